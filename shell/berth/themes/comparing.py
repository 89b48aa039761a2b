"""Where two themes look different, so that a person can read it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import NamedTuple

from berth.themes.engine import Engine
from berth.themes.properties import CORNERS, INHERITED, SIDES
from berth.themes.situations import SITUATIONS
from berth.themes.stack import Stack
from berth.themes.token_types import TYPES
from berth.themes.vocabulary import ROOT, element_at, paths

_SEEN = tuple(seen for seen in SITUATIONS if "high contrast" not in seen.name)
_LAST = re.compile(r"(?:(.*) )?([a-z]+)(\.[a-z-]+)?(:[a-z-]+)?")
_FOUR = {f"border-{corner}-radius": "border-radius" for corner in CORNERS} | {
    pattern.format(side): pattern.format("").replace("--", "-").rstrip("-")
    for pattern in ("padding-{}", "margin-{}", "border-{}-color", "border-{}-style", "border-{}-width")
    for side in SIDES
}
"""Longhands that are mostly the same on all four sides, and what they are together."""


class Difference(NamedTuple):
    """`one` and `other` are computed values; `when` is the situation in which they were first seen to differ."""

    path: str
    name: str
    one: str
    other: str
    when: str


def differences(one: Stack, other: Stack) -> list[Difference]:
    """Tokens first, then element by element; what differs in light on a desktop is told for that alone."""
    found: dict[tuple[str, str], Difference] = {}
    for seen in _SEEN:
        engines = [Engine(stack.read(seen.contexts), seen.environment) for stack in (one, other)]
        for path, name, left, right in (*_tokens(engines), *_computed(engines)):
            found.setdefault((path, name), Difference(path, name, left, right, seen.name))
    return list(found.values())


def _tokens(engines: Sequence[Engine]) -> Iterator[tuple[str, str, str, str]]:
    left, right = (engine.style(element_at(engine.elements, ROOT)).customs for engine in engines)
    for name in TYPES:
        texts = ["" if custom is None else custom.text.strip() for custom in (left.get(name), right.get(name))]
        if texts[0] != texts[1]:
            yield ROOT, name, texts[0], texts[1]


def _computed(engines: Sequence[Engine]) -> Iterator[tuple[str, str, str, str]]:
    for path in paths():
        left, right = (engine.style(element_at(engine.elements, path)) for engine in engines)
        for name in left.values:
            if left.css(name) != right.css(name):
                yield path, name, left.css(name), right.css(name)


def in_short(found: Sequence[Difference]) -> list[Difference]:
    """Without what follows from something else: a state that differs as its element does, a label as what it is in,
    a line as the words, a side as all four."""
    known = {(item.path, item.name): item[2:] for item in found}
    short: dict[tuple[str, ...], Difference] = {}
    for item in found:
        following = [(path, item.name) for path in _above(item.path, item.name)]
        if item.name.endswith("-color"):
            following.append((item.path, "color"))  # as lines are that have no colour of their own
        if not any(known.get(one) == item[2:] for one in following):
            item = _together(item, known)
            short.setdefault((item.path, item.name), item)
    return list(short.values())


def _above(path: str, name: str) -> Iterator[str]:
    """More general elements than `path`, whose differences are those of `path`, too."""
    match = _LAST.fullmatch(path)
    if match is None:
        return
    around, kind, variant, state = (part or "" for part in match.groups())
    for place, with_variant, with_state in product(dict.fromkeys((around, "")), {variant, ""}, {state, ""}):
        general = f"{place} {kind}{with_variant}{with_state}".strip()
        if general != path:
            yield general
    if name in INHERITED and path != ROOT:
        yield around or ROOT


def _together(item: Difference, known: Mapping[tuple[str, str], tuple[str, ...]]) -> Difference:
    four = _FOUR.get(item.name)
    if four is None:
        return item
    others = [name for name, whole in _FOUR.items() if whole == four]
    return item._replace(name=four) if all(known.get((item.path, name)) == item[2:] for name in others) else item
