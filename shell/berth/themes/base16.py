"""Colour schemes of the base16 and base24 collections, which name what each of their colours is for.

Their files are YAML of the simplest form, names and texts; only that is read here, so there is nothing in a
stranger's file that could be anything else. Sources: https://github.com/tinted-theming/home/blob/main/styling.md,
https://github.com/tinted-theming/base24/blob/main/styling.md.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from berth.core.problem import Problem
from berth.themes.color_spaces import Triple
from berth.themes.rgb import is_dark, mixed, parsed
from berth.themes.swatches import Swatches

MOST_BYTES = 64 << 10
_ENTRY = re.compile(r"\s*([A-Za-z0-9_-]{1,40})\s*:\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s#'\"][^#]*?))?\s*(?:#.*)?")
_COLOR = re.compile(r"#?([0-9A-Fa-f]{6})")
_NAMES = tuple(f"base0{digit}" for digit in "0123456789ABCDEF")


class Scheme(NamedTuple):
    name: str
    author: str
    light: Swatches
    dark: Swatches


def read_scheme(data: bytes, source: str) -> Scheme:
    """Args:
    source: names the file in problems.

    Raises:
        Problem: ``scheme-invalid``.
    """
    entries = _entries(data, source)
    colors = [_color(entries, name, source) for name in _NAMES]
    name, author = (_text(entries, *keys) for keys in (("name", "scheme"), ("author",)))
    given, other = _swatches(colors), _turned(colors)
    light, dark = (other, given) if is_dark(given.ground) else (given, other)
    return Scheme(name or "Imported", author, light, dark)


def _entries(data: bytes, source: str) -> dict[str, str]:
    if len(data) > MOST_BYTES:
        raise Problem("scheme-invalid", f"{source} is larger than {MOST_BYTES >> 10} KiB.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Problem("scheme-invalid", f"{source} is no UTF-8 text.") from None
    found: dict[str, str] = {}
    for line in text.splitlines():
        entry = _ENTRY.fullmatch(line)
        if entry is not None:
            key = entry[1].lower()
            found.setdefault(key, next((value for value in entry.groups()[1:] if value is not None), "").strip())
    return found


def _color(entries: dict[str, str], name: str, source: str) -> Triple:
    value = entries.get(name.lower())
    hint = "A scheme has base00 to base0F, each like “1d2021”."
    if value is None:
        raise Problem("scheme-invalid", f"{source} has no {name}.", hint)
    match = _COLOR.fullmatch(value)
    if match is None:
        raise Problem("scheme-invalid", f"{source}: {name} is no colour.", hint)
    return parsed(f"#{match[1]}")


def _text(entries: dict[str, str], *keys: str) -> str:
    text = next((entries[key] for key in keys if entries.get(key)), "")
    return "".join(character for character in text if character.isprintable())[:60]


def _swatches(colors: list[Triple]) -> Swatches:
    red, orange, yellow, green, cyan, blue, magenta = colors[8:15]
    return Swatches(
        ground=colors[0],
        second=colors[1],
        line=colors[3],
        muted=colors[4],
        text=colors[5],
        accent=blue,
        red=red,
        orange=orange,
        yellow=yellow,
        green=green,
        cyan=cyan,
        blue=blue,
        magenta=magenta,
    )


def _turned(colors: list[Triple]) -> Swatches:
    """The scheme that the collection does not have: its greys from the other end."""
    greys = sorted(colors[:8], key=lambda rgb: sum(rgb), reverse=is_dark(colors[0]))
    ground = greys[0]
    if is_dark(ground) == is_dark(colors[0]):
        ground = (1.0, 1.0, 1.0) if is_dark(colors[0]) else (0.06, 0.06, 0.08)
    second = mixed(ground, greys[-1], 0.07)
    return _swatches([ground, second, greys[2], greys[3], greys[-3], greys[-1], *greys[6:], *colors[8:]])
