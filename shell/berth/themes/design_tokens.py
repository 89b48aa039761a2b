"""Reads design tokens: the JSON format of the W3C Design Tokens Community Group.

Groups, ``$type`` inherited from a group, ``$value`` and aliases ``{group.name}`` follow
https://www.designtokens.org/tr/2025.10/format/ ; the vendor extension `MODIFIERS` of the
top level holds, per modifier and context, tokens that replace the base ones, as in the
resolver module of the same specification.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from berth.core.problem import Problem

MODIFIERS = "berth.modifiers"
MAX_BYTES = 1 << 20
_MAX_ALIASES = 16
_ALIAS = re.compile(r"\{([^{}]+)\}")
_HEX = re.compile(r"#(?:[0-9a-fA-F]{6}|[0-9a-fA-F]{8})")
_WEIGHTS = {"thin": 100, "light": 300, "regular": 400, "normal": 400, "medium": 500, "semi-bold": 600, "bold": 700}

Value = str | float | tuple[str, ...]
"""Colours as #rrggbb or #rrggbbaa, dimensions in pixels, durations in milliseconds, font families as a tuple."""


@dataclass(frozen=True)
class Token:
    kind: str
    value: Any


@dataclass(frozen=True)
class TokenFile:
    """A parsed file; tokens by their dotted path."""

    source: str
    base: Mapping[str, Token]
    modifiers: Mapping[tuple[str, str], Mapping[str, Token]] = field(default_factory=dict)

    def resolve(self, contexts: Mapping[str, str]) -> dict[str, Value]:
        """Every token's final value in the given `contexts` (modifier -> context).

        Raises:
            Problem: ``tokens-invalid`` for a value of the wrong form or an alias that leads nowhere.
        """
        tokens = dict(self.base)
        for (modifier, context), changed in self.modifiers.items():
            if contexts.get(modifier) == context:
                tokens.update(changed)
        return {path: self._value(path, tokens) for path in tokens}

    def _value(self, path: str, tokens: Mapping[str, Token]) -> Value:
        token, seen = tokens[path], [path]
        while isinstance(token.value, str) and (alias := _ALIAS.fullmatch(token.value)):
            target = alias.group(1)
            if target in seen or len(seen) > _MAX_ALIASES:
                raise _invalid(self.source, path, "the alias leads back to itself", "Give one of them a value.")
            if target not in tokens:
                raise _invalid(self.source, path, f"there is no token “{target}”", "Check the spelling of the alias.")
            seen.append(target)
            token = tokens[target]
        convert = _CONVERT.get(token.kind)
        if convert is None:
            known = ", ".join(_CONVERT)
            raise _invalid(self.source, path, f"the type “{token.kind}” is not known here", f"Use one of: {known}.")
        try:
            return convert(token.value)
        except (ValueError, TypeError, KeyError, IndexError):
            raise _invalid(self.source, path, f"this is no {token.kind}", _EXAMPLE[token.kind]) from None


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
        where = f"line {error.lineno}, column {error.colno}"
        raise Problem("tokens-invalid", f"{source}, {where}: {error.msg}.", "Correct the JSON there.") from None
    except RecursionError:
        raise Problem("tokens-invalid", f"{source} is nested too deeply.") from None
    if not isinstance(document, dict):
        raise Problem("tokens-invalid", f"{source} holds no object of token groups.")
    base = dict(_walk(document, (), "", source))
    return TokenFile(source, base, _modifiers(document, source, base))


def _modifiers(
    document: Mapping[str, Any], source: str, base: Mapping[str, Token]
) -> dict[tuple[str, str], dict[str, Token]]:
    extensions = document.get("$extensions", {})
    modifiers = extensions.get(MODIFIERS, {}) if isinstance(extensions, dict) else None
    found: dict[tuple[str, str], dict[str, Token]] = {}
    for modifier, contexts in _object(modifiers, source, f"$extensions.{MODIFIERS}").items():
        for context, group in _object(contexts, source, modifier).items():
            place = f"{modifier}.{context}"
            tokens = dict(_walk(_object(group, source, place), (), "", source))
            for path in tokens:
                if path not in base:
                    raise _invalid(source, f"{place}: {path}", "there is no such token to change", "Add it first.")
            found[modifier, context] = {
                path: token if token.kind else Token(base[path].kind, token.value) for path, token in tokens.items()
            }
    return found


def _object(value: Any, source: str, place: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _invalid(source, place, "an object is expected here", "Write { … }.")
    return value


def _walk(group: Mapping[str, Any], path: tuple[str, ...], kind: str, source: str) -> Iterator[tuple[str, Token]]:
    own = group.get("$type", kind)
    if not isinstance(own, str):
        raise _invalid(source, ".".join(path), "$type is no word", 'Write for example "$type": "color".')
    for name, child in group.items():
        if name.startswith("$"):
            continue
        place = (*path, name)
        entry = _object(child, source, ".".join(place))
        if "$value" in entry:
            entry_kind = entry.get("$type", own)
            yield ".".join(place), Token(entry_kind if isinstance(entry_kind, str) else "", entry["$value"])
        else:
            yield from _walk(entry, place, own, source)


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
    if not names or not all(isinstance(name, str) for name in names):
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


def _invalid(source: str, path: str, what: str, hint: str) -> Problem:
    return Problem("tokens-invalid", f"{source}: {path}: {what}.", hint)
