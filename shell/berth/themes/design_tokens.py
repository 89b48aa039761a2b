"""Reads design tokens: the JSON format of the W3C Design Tokens Community Group.

Groups, ``$type`` inherited from a group, ``$value`` and aliases ``{group.name}`` follow
https://www.designtokens.org/tr/2025.10/format/ ; the vendor extension `MODIFIERS` of the
top level holds, per modifier and context, tokens that replace the base ones, as in the
resolver module of the same specification.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from berth.core.problem import Problem
from berth.themes.findings import nearest

MODIFIERS = "berth.modifiers"
MAX_BYTES = 1 << 20
_MAX_ALIASES = 16
_MOST_FAMILIES = 64
_LONGEST_PATH = 300
_ALIAS = re.compile(r"\{([^{}]+)\}")
_JSON = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:,]')
_HEX = re.compile(r"#(?:[0-9a-fA-F]{6}|[0-9a-fA-F]{8})")
_WEIGHTS = {"thin": 100, "light": 300, "regular": 400, "normal": 400, "medium": 500, "semi-bold": 600, "bold": 700}

Value = str | float | tuple[str, ...]
"""Colours as #rrggbb or #rrggbbaa, dimensions in pixels, durations in milliseconds, font families as a tuple."""


@dataclass(frozen=True)
class Token:
    """`keys` lead to it in the file."""

    kind: str
    value: Any
    keys: tuple[str, ...] = ()


class InvalidTokens(Problem):
    """``tokens-invalid``: `reason` is what is wrong without the file's name, `line` and `column` where, from 1; 0 for
    the file as a whole."""

    def __init__(self, source: str, reason: str, hint: str = "", line: int = 0, column: int = 0) -> None:
        place = f", line {line}, column {column}" if line else ""
        super().__init__("tokens-invalid", f"{source}{place}: {reason}", hint)
        self.reason = reason
        self.line = line
        self.column = column


@dataclass(frozen=True)
class TokenFile:
    """A parsed file; tokens by their dotted path."""

    source: str
    base: Mapping[str, Token]
    modifiers: Mapping[tuple[str, str], Mapping[str, Token]] = field(default_factory=dict)
    text: str = ""

    def resolve(self, contexts: Mapping[str, str]) -> dict[str, Value]:
        """Every token's final value in the given `contexts` (modifier -> context).

        Raises:
            Problem: ``tokens-invalid`` for a value of the wrong form or an alias that leads nowhere.
        """
        tokens = self.tokens(contexts)
        return {path: self._value(path, tokens) for path in tokens}

    def tokens(self, contexts: Mapping[str, str]) -> dict[str, Token]:
        """Those that hold in `contexts`, in the order of `base`."""
        tokens = dict(self.base)
        for (modifier, context), changed in self.modifiers.items():
            if contexts.get(modifier) == context:
                tokens.update(changed)
        return tokens

    def _value(self, path: str, tokens: Mapping[str, Token]) -> Value:
        token, seen = tokens[path], [path]
        while target := alias_of(token):
            if target in seen or len(seen) > _MAX_ALIASES:
                raise self._wrong(path, token, "the alias leads back to itself", "Give one of them a value.")
            if target not in tokens:
                hint = nearest(target, tokens) or "Check the spelling of the alias."
                raise self._wrong(path, token, f"there is no token “{target}”", hint)
            seen.append(target)
            token = tokens[target]
        convert = _CONVERT.get(token.kind)
        if convert is None:
            hint = nearest(token.kind, _CONVERT) or f"Use one of: {', '.join(_CONVERT)}."
            raise self._wrong(path, token, f"the type “{token.kind}” is not known here", hint)
        try:
            return convert(token.value)
        except (ValueError, TypeError, KeyError, IndexError, OverflowError):
            raise self._wrong(path, token, f"this is no {token.kind}", _EXAMPLE[token.kind]) from None

    def _wrong(self, path: str, token: Token, what: str, hint: str) -> InvalidTokens:
        return InvalidTokens(self.source, f"{path}: {what}.", hint, *place_of_key(self.text, token.keys))


def alias_of(token: Token) -> str:
    """The path that a token points to; empty if it has a value of its own."""
    alias = _ALIAS.fullmatch(token.value) if isinstance(token.value, str) else None
    return alias.group(1) if alias is not None else ""


def read_tokens(path: Path) -> TokenFile:
    """Read and check a tokens file.

    Raises:
        Problem: ``tokens-unreadable`` or ``tokens-invalid``, naming file and place.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise Problem("tokens-unreadable", f"{path} is too large for a tokens file.")
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
        raise Problem("tokens-unreadable", f"The tokens in {path} cannot be read: {reason}.") from None
    return parse_tokens(text, str(path))


def parse_tokens(text: str, source: str) -> TokenFile:
    """Parse tokens; `source` names the file in problems. Raises `Problem` ``tokens-invalid``."""
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise InvalidTokens(source, f"{error.msg}.", "Correct the JSON there.", error.lineno, error.colno) from None
    except RecursionError:
        raise Problem("tokens-invalid", f"{source} is nested too deeply.") from None
    except ValueError:
        raise Problem("tokens-invalid", f"{source} holds a number that is too long.") from None
    if not isinstance(document, dict):
        raise Problem("tokens-invalid", f"{source} holds no object of token groups.")
    return _Reader(source, text).read(document)


def place_of_key(text: str, keys: tuple[str, ...]) -> tuple[int, int]:
    """As `places_of_keys`, of one; zeros if it is not there."""
    return places_of_keys(text, {keys}).get(keys, (0, 0))


def places_of_keys(text: str, wanted: Collection[tuple[str, ...]]) -> dict[tuple[str, ...], tuple[int, int]]:
    """Line and column, from 1, of the keys of a sound JSON `text` that those of `wanted` lead to, if they are there."""
    depths = {len(keys) for keys in wanted}
    found: dict[tuple[str, ...], tuple[int, int]] = {}
    inside: list[str] = []
    key = word = ""
    begun = 0
    for match in _JSON.finditer(text):
        sign = match.group()
        if sign[0] == '"':
            word, begun = sign, match.start()
        elif sign == ":":
            key = json.loads(word)
            if len(inside) in depths and (keys := (*inside[1:], key)) in wanted:
                found[keys] = text.count("\n", 0, begun) + 1, begun - text.rfind("\n", 0, begun)
        elif sign in "{[":
            inside.append(key)
        elif sign in "}]":
            inside.pop()
    return found


class _Reader:
    """Goes through a document; `keys` lead to what is being read."""

    def __init__(self, source: str, text: str) -> None:
        self._source = source
        self._text = text

    def read(self, document: Mapping[str, Any]) -> TokenFile:
        base = dict(self._walk(document, (), (), ""))
        return TokenFile(self._source, base, self._modifiers(document, base), self._text)

    def _modifiers(
        self, document: Mapping[str, Any], base: Mapping[str, Token]
    ) -> dict[tuple[str, str], dict[str, Token]]:
        extensions = document.get("$extensions", {})
        modifiers = extensions.get(MODIFIERS, {}) if isinstance(extensions, dict) else None
        found: dict[tuple[str, str], dict[str, Token]] = {}
        keys: tuple[str, ...] = ("$extensions", MODIFIERS)
        for modifier, contexts in self._object(modifiers, keys, f"$extensions.{MODIFIERS}").items():
            for context, group in self._object(contexts, (*keys, modifier), modifier).items():
                place = f"{modifier}.{context}"
                inside = (*keys, modifier, context)
                tokens = dict(self._walk(self._object(group, inside, place), (), inside, ""))
                for path, token in tokens.items():
                    if path not in base:
                        hint = nearest(path, base) or "Add it first."
                        raise self._invalid(token.keys, f"{place}: {path}", "there is no such token to change", hint)
                found[modifier, context] = {
                    path: token if token.kind else replace(token, kind=base[path].kind)
                    for path, token in tokens.items()
                }
        return found

    def _object(self, value: Any, keys: tuple[str, ...], place: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise self._invalid(keys, place, "an object is expected here", "Write { … }.")
        return value

    def _walk(
        self, group: Mapping[str, Any], path: tuple[str, ...], keys: tuple[str, ...], kind: str
    ) -> Iterator[tuple[str, Token]]:
        own = group.get("$type", kind)
        if not isinstance(own, str):
            hint = 'Write for example "$type": "color".'
            raise self._invalid((*keys, *path, "$type"), ".".join(path), "$type is no word", hint)
        for name, child in group.items():
            if name.startswith("$"):
                continue
            place = (*path, name)
            if len(place) + sum(map(len, place)) > _LONGEST_PATH:
                raise self._invalid((*keys, *path), f"{name[:40]}…", "its names are too long", "Shorten them.")
            entry = self._object(child, (*keys, *place), ".".join(place))
            if "$value" in entry:
                entry_kind = entry.get("$type", own)
                kind_of_it = entry_kind if isinstance(entry_kind, str) else ""
                yield ".".join(place), Token(kind_of_it, entry["$value"], (*keys, *place))
            else:
                yield from self._walk(entry, place, keys, own)

    def _invalid(self, keys: tuple[str, ...], path: str, what: str, hint: str) -> InvalidTokens:
        return InvalidTokens(self._source, f"{path}: {what}.", hint, *place_of_key(self._text, keys))


def _color(value: Any) -> str:
    if isinstance(value, str):
        if not _HEX.fullmatch(value):
            raise ValueError
        return value.lower()
    if value["colorSpace"] != "srgb":
        raise ValueError
    red, green, blue = (_byte(part) for part in value["components"])
    alpha = _byte(value.get("alpha", 1))
    return f"#{red:02x}{green:02x}{blue:02x}" + ("" if alpha == 255 else f"{alpha:02x}")


def _byte(part: Any) -> int:
    number = _number(part)
    if not 0 <= number <= 1:
        raise ValueError
    return round(number * 255)


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError
    return float(value)


def _measure(units: Mapping[str, float]) -> Callable[[Any], float]:
    def convert(value: Any) -> float:
        return _number(value["value"]) * units[value["unit"]]

    return convert


def _family(value: Any) -> tuple[str, ...]:
    names = (value,) if isinstance(value, str) else tuple(value)
    if not 0 < len(names) <= _MOST_FAMILIES or not all(isinstance(name, str) for name in names):
        raise TypeError
    return names


def _weight(value: Any) -> float:
    weight = _WEIGHTS[value] if isinstance(value, str) else _number(value)
    if not 1 <= weight <= 1000:
        raise ValueError
    return float(weight)


_CONVERT: dict[str, Callable[[Any], Value]] = {
    "color": _color,
    "dimension": _measure({"px": 1, "rem": 16}),
    "duration": _measure({"ms": 1, "s": 1000}),
    "number": _number,
    "fontFamily": _family,
    "fontWeight": _weight,
}
_EXAMPLE = {
    "color": 'Write {"colorSpace": "srgb", "components": [0.1, 0.2, 0.3]} or "#1a334d".',
    "dimension": 'Write {"value": 8, "unit": "px"}.',
    "duration": 'Write {"value": 200, "unit": "ms"}.',
    "number": "Write a number.",
    "fontFamily": 'Write a name or a list of names, like ["Inter", "sans-serif"].',
    "fontWeight": "Write a number from 1 to 1000.",
}
