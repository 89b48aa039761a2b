"""Selectors as data, how they match, and how specific they are: https://www.w3.org/TR/selectors-4/."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from berth.themes.element import Element

Specificity = tuple[int, int, int]
"""How many ids, how many classes (attributes, states), how many types."""

STATES = frozenset(
    {
        *("hover", "active", "focus", "focus-visible", "focus-within", "enabled", "disabled", "checked"),
        *("indeterminate", "read-only", "placeholder-shown", "open", "default"),
        # The desktop's own.
        *("maximized", "minimized", "fullscreen", "tiled", "floating", "current", "selected", "dragged"),
        *("urgent", "running", "busy", "unresponsive", "destructive", "empty", "muted", "locked"),
    }
)
"""Pseudo-classes that hold or not, as the shell says."""

_MEMO = 4096


class Attribute(NamedTuple):
    """``[name=value]``; `operator` empty asks only whether it is there."""

    name: str
    operator: str = ""
    value: str = ""
    any_case: bool = False

    def matches(self, element: Element) -> bool:
        have = element.attributes.get(self.name)
        if have is None or not self.operator:
            return have is not None
        want = self.value
        if self.any_case:
            have, want = have.lower(), want.lower()
        return _OPERATORS[self.operator](have, want)


_OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "=": lambda have, want: have == want,
    "~=": lambda have, want: want in have.split() if want and not any(map(str.isspace, want)) else False,
    "|=": lambda have, want: have == want or have.startswith(f"{want}-"),
    "^=": lambda have, want: want != "" and have.startswith(want),
    "$=": lambda have, want: want != "" and have.endswith(want),
    "*=": lambda have, want: want != "" and want in have,
}


class Nth(NamedTuple):
    """``:nth-child(an+b)`` and its relatives; `of_type` counts only elements of the same type."""

    a: int
    b: int
    last: bool = False
    of_type: bool = False

    def matches(self, element: Element) -> bool:
        place = _place_of_type(element) if self.of_type else element.place
        if self.last:
            place = element.count - place + 1
        offset = place - self.b
        return offset == 0 if self.a == 0 else offset % self.a == 0 and offset // self.a >= 0


def _place_of_type(element: Element) -> int:
    place, other = 1, element.previous
    while other is not None:
        place += other.type == element.type
        other = other.previous
    return place


class Root(NamedTuple):
    def matches(self, element: Element) -> bool:
        return element.parent is None


class AnyOf:
    """``:is()``, ``:where()``, ``:not()`` and ``&``. What was found once is remembered: elements never change.

    Attributes:
        size: see `Selector`.
        subject_watches: those of all choices, as are `other_watches`.
    """

    __slots__ = (
        *("_memo", "choices", "negated", "weightless"),
        *("other_watches", "size", "specificity", "subject_watches"),
    )

    def __init__(self, choices: tuple[Selector, ...], *, negated: bool = False, weightless: bool = False) -> None:
        self.choices = choices
        self.negated = negated
        self.weightless = weightless
        weights = (choice.specificity for choice in choices)
        self.specificity: Specificity = (0, 0, 0) if weightless else max(weights, default=(0, 0, 0))
        self.size = sum(choice.size for choice in choices)
        self.subject_watches = _distinct(watch for choice in choices for watch in choice.subject_watches)
        self.other_watches = _distinct(watch for choice in choices for watch in choice.other_watches)
        self._memo: dict[Element, bool] = {}

    def matches(self, element: Element) -> bool:
        found = self._memo.get(element)
        if found is None:
            found = any(choice.matches(element) for choice in self.choices) != self.negated
            if len(self._memo) >= _MEMO:
                self._memo.clear()
            self._memo[element] = found
        return found


class Has:
    """``:has()``: something is where one of `arguments` says, as seen from the element.

    What is inside of an element is no part of it, so somebody who knows the tree says what holds: `berth.themes.tree`.

    Attributes:
        arguments: their last compound stands for the element itself.
        key: the text of the whole; conditions of the same text are the same.
    """

    __slots__ = ("arguments", "key", "size")

    def __init__(self, arguments: tuple[Selector, ...], key: str) -> None:
        self.arguments = arguments
        self.key = key
        self.size = len(key)

    def matches(self, element: Element) -> bool:
        return self.key in element.holds

    @property
    def specificity(self) -> Specificity:
        return max(argument.specificity for argument in self.arguments)


Test = Attribute | Nth | Root | AnyOf | Has


class Compound(NamedTuple):
    """What one element has to be; `type` empty means any."""

    type: str = ""
    name: str = ""
    classes: frozenset[str] = frozenset()
    states: frozenset[str] = frozenset()
    parts: frozenset[str] = frozenset()
    tests: tuple[Test, ...] = ()
    never: bool = False

    def matches(self, element: Element) -> bool:
        if (
            (self.type and self.type != element.type)
            or (self.name and self.name != element.name)
            or not self.classes <= element.classes
            or not self.states <= element.states
            or self.never
        ):
            return False
        if self.parts:
            return self.parts <= element.parts and all(test.matches(element) for test in self.tests)
        return not element.parts and all(test.matches(element) for test in self.tests)


def within(selector: Selector) -> Iterator[Selector]:
    """`selector`, and those in its parentheses and around it, each once: nesting makes very many ways to few."""
    waiting, seen = [selector], {selector}
    while waiting:
        one = waiting.pop()
        yield one
        for test in (test for compound in one.compounds for test in compound.tests):
            inner = test.choices if isinstance(test, AnyOf) else test.arguments if isinstance(test, Has) else ()
            new = [other for other in dict.fromkeys(inner) if other not in seen]
            seen.update(new)
            waiting += new


def attributes(selector: Selector) -> Iterator[Attribute]:
    """All that `selector` asks for in brackets, also in its parentheses."""
    for one in within(selector):
        for compound in one.compounds:
            yield from (test for test in compound.tests if isinstance(test, Attribute))


PART = "::"


class Watch(NamedTuple):
    """A condition, and all that an element has to be besides for the answer to matter."""

    has: Has
    hosts: tuple[Compound, ...]


_MOST_WATCHES = 64
"""As `berth.themes.tree.MOST_CONDITIONS`, of which one more are kept: where there are too many, none counts."""
_ANYTHING = Compound()


def _own_watches(compound: Compound) -> Iterator[Watch]:
    """Conditions on the element of a compound."""
    asked = [test for test in compound.tests if isinstance(test, Has | AnyOf)]
    if not any(isinstance(test, Has) or test.subject_watches for test in asked):
        return
    plain = compound._replace(tests=tuple(test for test in compound.tests if not isinstance(test, Has | AnyOf)))
    hosts = () if plain == _ANYTHING else (plain,)
    for test in dict.fromkeys(asked):
        if isinstance(test, Has):
            yield Watch(test, hosts)
        else:
            yield from (Watch(watch.has, (*hosts, *watch.hosts)) for watch in test.subject_watches)


def _other_watches(compounds: tuple[Compound, ...]) -> Iterator[Watch]:
    """Conditions on elements around the first one's."""
    for compound in compounds:
        for test in compound.tests:
            if isinstance(test, AnyOf):
                yield from test.other_watches
    for compound in compounds[1:]:
        yield from _own_watches(compound)


def _distinct(watches: Iterable[Watch]) -> tuple[Watch, ...]:
    """Each once; of too many, what nesting can make of few, each condition once, for all elements."""
    found: dict[tuple[str, tuple[Compound, ...]], Watch] = {}
    conditions: dict[str, Has] = {}
    for watch in watches:
        found[watch.has.key, watch.hosts] = watch
        conditions[watch.has.key] = watch.has
        if len(conditions) > _MOST_WATCHES:
            break
    if len(found) > _MOST_WATCHES:
        return tuple(Watch(has, ()) for has in conditions.values())
    return tuple(found.values())


class Selector:
    """A complex selector, read from right to left.

    Attributes:
        compounds: the subject first.
        links: between each compound and the next: space, ``>``, ``+``, ``~`` or `PART`.
        text: as the sheet writes it.
        size: characters, about, that it has when all that it is nested in is written out.
        subject_watches: the conditions on what is inside of the subject; most selectors have none.
        other_watches: those on what is inside of elements around it.
    """

    __slots__ = ("compounds", "links", "other_watches", "size", "specificity", "subject_watches", "text")

    def __init__(
        self, compounds: tuple[Compound, ...], links: tuple[str, ...], specificity: Specificity, text: str
    ) -> None:
        self.compounds = compounds
        self.links = links
        self.specificity = specificity
        self.text = text
        self.subject_watches: tuple[Watch, ...] = ()
        self.other_watches: tuple[Watch, ...] = ()
        tests = [test for compound in compounds for test in compound.tests]
        self.size: int = len(text) + sum(test.size for test in tests if isinstance(test, AnyOf | Has))
        if tests:
            self.subject_watches = _distinct(_own_watches(compounds[0]))
            self.other_watches = _distinct(_other_watches(compounds))

    def matches(self, element: Element) -> bool:
        return self._from(0, element)

    def _from(self, place: int, element: Element) -> bool:
        if not self.compounds[place].matches(element):
            return False
        if place == len(self.links):
            return True
        link, other = self.links[place], element.parent
        if link in (">", PART):
            return other is not None and self._from(place + 1, other)
        if link == " ":
            while other is not None:
                if self._from(place + 1, other):
                    return True
                other = other.parent
            return False
        other = element.previous
        while other is not None:
            if self._from(place + 1, other):
                return True
            other = other.previous if link == "~" else None
        return False

    def __repr__(self) -> str:
        return f"<Selector {self.text}>"
