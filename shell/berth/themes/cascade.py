"""Which rules match an element, and in which order they count: https://www.w3.org/TR/css-cascade-5/#cascading."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from berth.themes.conditions import ContainerQuery
from berth.themes.element import Element
from berth.themes.environment import Environment
from berth.themes.rules import FontFace, Item, Keyframes, LayerName, LayerOrder, Registration, Rule
from berth.themes.selectors import Watch
from berth.themes.syntax import Registered

Rank = tuple[int, ...]
_LAST = 1 << 30
"""Where rules of a layer stand among its own layers: after all of them."""

SortKey = tuple[Rank, tuple[int, int, int], int]


class LayerRanks:
    """The order of layers: as first named, rules outside of a layer after the layers beside them."""

    def __init__(self) -> None:
        self._children: dict[LayerName, dict[str, int]] = {}
        self._ranks: dict[LayerName, Rank] = {}

    def name(self, layer: LayerName) -> None:
        for depth in range(len(layer)):
            beside = self._children.setdefault(layer[:depth], {})
            beside.setdefault(layer[depth], len(beside))

    def rank(self, layer: LayerName) -> Rank:
        found = self._ranks.get(layer)
        if found is None:
            places = (self._children[layer[:depth]][layer[depth]] for depth in range(len(layer)))
            found = self._ranks[layer] = (*places, _LAST)
        return found


class RuleSet:
    """The rules that hold in an environment, found by what their subject has to have.

    Attributes:
        keys: of each rule, what it is sorted by.
        watches: the conditions on what is inside of elements.
        queries: the different conditions on containers.
    """

    def __init__(self, items: Iterable[Item], environment: Environment) -> None:
        self.keys: dict[Rule, SortKey] = {}
        self.registry: dict[str, Registered] = {}
        self.registrations: dict[str, Registration] = {}
        self.keyframes: dict[str, Keyframes] = {}
        self.font_faces: list[FontFace] = []
        self.watches: list[Watch] = []
        self.queries: dict[ContainerQuery, None] = {}
        self._by_name: dict[str, list[Rule]] = {}
        self._by_class: dict[str, list[Rule]] = {}
        self._by_type: dict[str, list[Rule]] = {}
        self._by_part: dict[str, list[Rule]] = {}
        self._others: list[Rule] = []
        held: dict[tuple[object, ...], bool] = {}
        active = []
        ranks = LayerRanks()
        for item in items:
            if isinstance(item, LayerOrder | Rule | Keyframes | Registration | FontFace) and item.media:
                holds = held.get(item.media)
                if holds is None:
                    holds = held[item.media] = all(media.holds(environment) for media in item.media)
                if not holds:
                    continue
            active.append(item)
            if isinstance(item, LayerOrder):
                for name in item.names:
                    ranks.name(name)
            elif isinstance(item, Rule | Keyframes):
                ranks.name(item.layer)
        self._fill(active, ranks)

    def _fill(self, active: Iterable[Item], ranks: LayerRanks) -> None:
        frames: dict[str, Rank] = {}
        for order, item in enumerate(active):
            if isinstance(item, Rule):
                self.keys[item] = (ranks.rank(item.layer), item.selector.specificity, order)
                self.watches += item.selector.subject_watches
                self.watches += item.selector.other_watches
                self.queries |= dict.fromkeys(item.containers)
                self._file(item)
            elif isinstance(item, Registration):
                self.registry[item.registered.name] = item.registered
                self.registrations[item.registered.name] = item
            elif isinstance(item, FontFace):
                self.font_faces.append(item)
            elif isinstance(item, Keyframes) and frames.get(item.name, ()) <= ranks.rank(item.layer):
                frames[item.name] = ranks.rank(item.layer)
                self.keyframes[item.name] = item

    def _file(self, rule: Rule) -> None:
        subject = rule.selector.compounds[0]
        if subject.parts:
            self._by_part.setdefault(min(subject.parts), []).append(rule)
        elif subject.name:
            self._by_name.setdefault(subject.name, []).append(rule)
        elif subject.classes:
            self._by_class.setdefault(min(subject.classes), []).append(rule)
        elif subject.type:
            self._by_type.setdefault(subject.type, []).append(rule)
        else:
            self._others.append(rule)

    def match(self, element: Element) -> tuple[Rule, ...]:
        """Rules whose selector and app fit, the strongest last. Conditions of containers are not asked."""
        candidates: list[Rule] = []
        if element.parts:
            for part in element.parts:
                candidates += self._by_part.get(part, ())
        else:
            candidates += self._others
            candidates += self._by_type.get(element.type, ())
            for name in element.classes:
                candidates += self._by_class.get(name, ())
            if element.name:
                candidates += self._by_name.get(element.name, ())
        app = element.app
        found = [rule for rule in candidates if rule.selector.matches(element) and (not rule.apps or rule.for_app(app))]
        found.sort(key=self.keys.__getitem__)
        return tuple(found)

    def merged(self, matched: tuple[Rule, ...], added: Iterable[Rule], element: Element) -> tuple[Rule, ...]:
        """What `match` gives, made from what matched before and the rules that are new."""
        found = [rule for rule in matched if rule in self.keys]
        found += [rule for rule in added if rule.selector.matches(element) and rule.for_app(element.app)]
        found.sort(key=self.keys.__getitem__)
        return tuple(found)


def by_layer(rules: Iterable[Rule]) -> Mapping[LayerName, list[Rule]]:
    """Rules in groups, in their order."""
    groups: dict[LayerName, list[Rule]] = {}
    for rule in rules:
        groups.setdefault(rule.layer, []).append(rule)
    return groups
