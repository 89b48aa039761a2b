"""Custom properties and ``var()``: https://www.w3.org/TR/css-variables-1/."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence

import tinycss2

from berth.themes.numbers import Token
from berth.themes.syntax import Registered
from berth.themes.values import Value, css

MOST_TOKENS = 4096
"""What one declaration may become by substitution; more is an attack (a billion laughs)."""
DEEPEST = 48
"""Blocks within blocks after substitution, and properties that lead to one another."""


class Custom:
    """The computed value of a custom property: its tokens, and the typed value where it is registered."""

    __slots__ = ("_text", "count", "depth", "tokens", "value")

    def __init__(self, tokens: Sequence[Token], value: Value = None) -> None:
        self.tokens = tokens
        self.value = value
        self.count = _count(tokens)
        self.depth = _depth(tokens)
        self._text: str | None = None

    @property
    def text(self) -> str:
        if self._text is None:
            self._text = tinycss2.serialize(self.tokens)
        return self._text

    def __repr__(self) -> str:
        return f"<Custom {self.text}>"


Lookup = Callable[[str], Custom | None]
"""The value of a custom property; None is the guaranteed-invalid value."""


class InvalidAtComputedTime(Exception):
    """A ``var()`` without value or fallback, or one that grows beyond `MOST_TOKENS`."""


def typed(value: Value) -> Custom:
    """The computed value of a registered property."""
    return Custom(tinycss2.parse_component_value_list(css(value)), value)


def inner(token: Token) -> Sequence[Token]:
    """What is inside a block or function, or nothing."""
    return getattr(token, "arguments", None) or getattr(token, "content", None) or ()


def references(tokens: Sequence[Token]) -> Iterator[str]:
    """Names of the custom properties that `tokens` mention, fallbacks included."""
    for token in tokens:
        if token.type == "function" and token.lower_name == "var":
            name = _name(token)
            if name:
                yield name
        yield from references(inner(token))


def needed(tokens: Sequence[Token]) -> Iterator[str]:
    """Names of those that `tokens` ask for without a fallback."""
    for token in tokens:
        if token.type == "function" and token.lower_name == "var":
            name = _name(token)
            if name and not any(part.type == "literal" and part.value == "," for part in token.arguments):
                yield name
        yield from needed(inner(token))


def uses_var(tokens: Sequence[Token]) -> bool:
    for token in tokens:
        if token.type == "function" and token.lower_name == "var":
            return True
        inside = inner(token)
        if inside and uses_var(inside):
            return True
    return False


def is_sound(tokens: Sequence[Token]) -> bool:
    """Whether every ``var()`` is well formed."""
    for token in tokens:
        if token.type == "function" and token.lower_name == "var" and not _name(token):
            return False
        if token.type == "error" or not is_sound(inner(token)):
            return False
    return True


def _name(token: Token) -> str:
    """The name that a ``var()`` asks for, or nothing if it is not well formed."""
    items = [item for item in token.arguments if item.type not in ("whitespace", "comment")]
    if not items or items[0].type != "ident" or not items[0].value.startswith("--") or items[0].value == "--":
        return ""
    if len(items) > 1 and not (items[1].type == "literal" and items[1].value == ","):
        return ""
    name: str = items[0].value
    return name


def _fallback(token: Token) -> Sequence[Token] | None:
    for place, item in enumerate(token.arguments):
        if item.type == "literal" and item.value == ",":
            rest: Sequence[Token] = token.arguments[place + 1 :]
            return rest
    return None


def substitute(tokens: Sequence[Token], lookup: Lookup) -> list[Token]:
    """`tokens` with every ``var()`` replaced. Raises `InvalidAtComputedTime`."""
    found: list[Token] = []
    _substitute(tokens, lookup, found, MOST_TOKENS, 0)
    return found


def _substitute(tokens: Sequence[Token], lookup: Lookup, found: list[Token], room: int, depth: int) -> int:
    """Appends to `found`; returns how many tokens may still come."""
    for token in tokens:
        if room <= 0 or depth > DEEPEST:
            raise InvalidAtComputedTime
        if token.type == "function" and token.lower_name == "var":
            room = _replace(token, lookup, found, room, depth)
            continue
        inside = inner(token)
        if inside and uses_var(inside):
            replaced: list[Token] = []
            room = _substitute(inside, lookup, replaced, room - 1, depth + 1)
            twin = copy.copy(token)
            if token.type == "function":
                twin.arguments = replaced
            else:
                twin.content = replaced
            found.append(twin)
        else:
            room -= 1
            found.append(token)
    return room


def _replace(token: Token, lookup: Lookup, found: list[Token], room: int, depth: int) -> int:
    value = lookup(_name(token))
    if value is not None:
        room -= value.count
        if room < 0 or depth + value.depth > DEEPEST:
            raise InvalidAtComputedTime
        found.extend(value.tokens)
        return room
    fallback = _fallback(token)
    if fallback is None:
        raise InvalidAtComputedTime
    return _substitute(fallback, lookup, found, room, depth + 1)


def _count(tokens: Sequence[Token]) -> int:
    return sum(1 + _count(inner(token)) for token in tokens)


def _depth(tokens: Sequence[Token]) -> int:
    return max((1 + _depth(inside) for token in tokens if (inside := inner(token))), default=0)


def trimmed(tokens: Sequence[Token]) -> tuple[Token, ...]:
    """`tokens` without white space at either end."""
    first, last = 0, len(tokens)
    while first < last and tokens[first].type == "whitespace":
        first += 1
    while last > first and tokens[last - 1].type == "whitespace":
        last -= 1
    return tuple(tokens[first:last])


Customs = Mapping[str, Custom]
Registry = Mapping[str, Registered]
