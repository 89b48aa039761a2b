"""The engine: sheets in, styles out, and after a change only what is different.

Styles are shared: elements that the same rules match under parents of the same style have one `Style`.
A change of a sheet matches only rules that came or went; everything that it does not touch stays the same
object, so telling what changed is comparing identities.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from berth.themes.cascade import RuleSet
from berth.themes.computed import Style, compute_style
from berth.themes.conditions import ContainerQuery, Source
from berth.themes.element import Element, Elements, Size
from berth.themes.environment import Environment
from berth.themes.properties import INITIAL
from berth.themes.rules import FontFace, Item, Keyframes, Registration, Rule
from berth.themes.selectors import Watch
from berth.themes.syntax import Registered
from berth.themes.units import Lengths

_Key = tuple[tuple[Rule, ...], Style | None]


class Engine:
    """Computes styles of elements in one environment.

    Args:
        items: of all sheets, the weakest layer first.
    """

    def __init__(self, items: Sequence[Item] = (), environment: Environment | None = None) -> None:
        self.elements = Elements()
        self.environment = environment or Environment()
        self._items = list(items)
        self._rules = RuleSet(self._items, self.environment)
        self._matched: dict[Element, tuple[Rule, ...]] = {}
        self._styles: dict[Element, Style] = {}
        self._shared: dict[_Key, Style] = {}
        self._older: dict[_Key, Style] = {}
        # While a change of rules alone is worked in: what was there.
        self._before: Mapping[Element, Style] = {}

    @property
    def registry(self) -> Mapping[str, Registered]:
        return self._rules.registry

    @property
    def registrations(self) -> Mapping[str, Registration]:
        """The rules that `registry` was made of, which know their place."""
        return self._rules.registrations

    @property
    def keyframes(self) -> Mapping[str, Keyframes]:
        return self._rules.keyframes

    @property
    def font_faces(self) -> Sequence[FontFace]:
        return self._rules.font_faces

    @property
    def watches(self) -> Sequence[Watch]:
        """The conditions on what is inside of elements, of all rules; see `berth.themes.tree`."""
        return self._rules.watches

    @property
    def queries(self) -> Collection[ContainerQuery]:
        """The different conditions on containers, of all rules."""
        return self._rules.queries

    def is_container(self, element: Element) -> bool:
        """Whether what is in `element` may ask for its size."""
        return bool(self.style(element).values["container-type"] != INITIAL["container-type"])

    def answers(self, element: Element, size: Size) -> tuple[bool, ...]:
        """What a container of that size, in pixels, answers to each of `queries`."""
        return tuple(self._asks(query, element, size) for query in self.queries)

    def matched(self, element: Element) -> tuple[Rule, ...]:
        """Rules for `element`, the strongest last; conditions of containers are not asked."""
        found = self._matched.get(element)
        if found is None:
            found = self._matched[element] = self._rules.match(element)
        return found

    def style(self, element: Element) -> Style:
        found = self._styles.get(element)
        if found is None:
            found = self._styles[element] = self._compute(element)
        return found

    def _compute(self, element: Element) -> Style:
        parent = self.style(element.parent) if element.parent is not None else None
        rules = self.matched(element)
        if any(rule.containers for rule in rules):
            rules = tuple(rule for rule in rules if not rule.containers or self._contained(rule, element))
        key = (rules, parent)
        found = self._shared.get(key)
        if found is None:
            found = self._older.get(key)
            if found is None:
                root = self.style(_root(element)) if element.parent is not None else None
                before = self._under_same(element, parent)
                found = compute_style(rules, parent, root, self.environment, self._rules.registry, before)
            self._shared[key] = found
        return found

    def _under_same(self, element: Element, parent: Style | None) -> Style | None:
        """The style of `element` before this change, if its parent has not changed."""
        if element.parent is not None and self._before.get(element.parent) is not parent:
            return None
        return self._before.get(element)

    def _contained(self, rule: Rule, element: Element) -> bool:
        return all(self._container_holds(query, element) for query in rule.containers)

    def _container_holds(self, query: ContainerQuery, element: Element) -> bool:
        other = element.parent
        while other is not None:
            if other.size is not None and self._is_container(other, query):
                return self._asks(query, other, other.size)
            other = other.parent
        return False

    def _is_container(self, element: Element, query: ContainerQuery) -> bool:
        values = self.style(element).values
        kind = values["container-type"]
        if query.name and query.name not in values["container-name"]:
            return False
        return kind == "size" or (kind == "inline-size" and query.axes <= {"width", "inline-size"}) or not query.axes

    def _asks(self, query: ContainerQuery, element: Element, size: Size) -> bool:
        width, height = size
        ranges = {
            "width": width,
            "inline-size": width,
            "height": height,
            "block-size": height,
            "aspect-ratio": width / height if height else 0,
        }
        orientation = "landscape" if width > height else "portrait"
        lengths: Lengths = self.style(element).lengths
        return query.condition.holds(Source(lambda _: orientation, ranges.__getitem__, lengths)) is True

    # --- changes

    def update(
        self, items: Sequence[Item] | None = None, environment: Environment | None = None
    ) -> dict[Element, set[str]]:
        """Take other sheets, another environment or both.

        Returns the elements asked for so far that look different now, with the longhands that changed.
        """
        before = self._rules
        if items is not None:
            self._items = list(items)
        moved = environment is not None and environment != self.environment
        self.environment = environment or self.environment
        self._rules = RuleSet(self._items, self.environment)
        alone = not moved and before.registry == self._rules.registry
        old = self._styles
        self._older, self._before = (self._shared, old) if alone else ({}, {})
        self._shared = {}
        self._rematch(before)
        self._styles = {}
        changed = {element: names for element in old if (names := old[element].differences(self.style(element)))}
        self._older, self._before = {}, {}
        return changed

    def _rematch(self, before: RuleSet) -> None:
        added = [rule for rule in self._rules.keys if rule not in before.keys]
        if len(added) * 2 > len(self._rules.keys):
            self._matched = {}
            return
        self._matched = {element: self._rules.merged(rules, added, element) for element, rules in self._matched.items()}

    def forget(self, elements: Iterable[Element] | None = None) -> None:
        """Elements that nobody shows any more; all of them without an argument."""
        for element in list(self._styles) if elements is None else elements:
            self._styles.pop(element, None)
            self._matched.pop(element, None)


def _root(element: Element) -> Element:
    while element.parent is not None:
        element = element.parent
    return element
