"""Selectors as data, how they match, and how specific they are: https://www.w3.org/TR/selectors-4/."""

from __future__ import annotations

from collections.abc import Callable
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
        *("urgent", "busy", "unresponsive", "destructive", "empty"),
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
    """``:is()``, ``:where()``, ``:not()`` and ``&``. What was found once is remembered: elements never change."""

    __slots__ = ("_memo", "choices", "negated", "weightless")

    def __init__(self, choices: tuple[Selector, ...], *, negated: bool = False, weightless: bool = False) -> None:
        self.choices = choices
        self.negated = negated
        self.weightless = weightless
        self._memo: dict[Element, bool] = {}

    def matches(self, element: Element) -> bool:
        found = self._memo.get(element)
        if found is None:
            found = any(choice.matches(element) for choice in self.choices) != self.negated
            if len(self._memo) >= _MEMO:
                self._memo.clear()
            self._memo[element] = found
        return found

    @property
    def specificity(self) -> Specificity:
        if self.weightless:
            return 0, 0, 0
        return max((choice.specificity for choice in self.choices), default=(0, 0, 0))


Test = Attribute | Nth | Root | AnyOf


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


PART = "::"


class Selector:
    """A complex selector, read from right to left.

    Attributes:
        compounds: the subject first.
        links: between each compound and the next: space, ``>``, ``+``, ``~`` or `PART`.
        text: as the sheet writes it.
    """

    __slots__ = ("compounds", "links", "specificity", "text")

    def __init__(
        self, compounds: tuple[Compound, ...], links: tuple[str, ...], specificity: Specificity, text: str
    ) -> None:
        self.compounds = compounds
        self.links = links
        self.specificity = specificity
        self.text = text

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
