"""Compares the engine's computed values with the browser's."""

from __future__ import annotations

import math
import re
from typing import Any

import tinycss2

from berth.themes.arithmetic import simplify
from berth.themes.computed import Style
from berth.themes.element import Element
from berth.themes.engine import Engine
from berth.themes.findings import Invalid
from berth.themes.numbers import read_number
from berth.themes.properties import PROPERTIES
from berth.themes.tree import Node as InTree
from berth.themes.tree import hold
from berth.themes.units import Lengths, Number, absolute, kind_of_unit
from berth.themes.values import Commas, css
from tests.themes.generate import Node

_TOKEN = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?|\"(?:\\.|[^\"\\])*\"|--[\w-]+|[a-zA-Z_][\w-]*|[^\s]")
NAMES = list(PROPERTIES)


def built(engine: Engine, node: Node) -> list[tuple[Element, str]]:
    """The elements of a tree in the browser's order, with a text that says which they are; the page is first."""
    nodes = planted(engine, node)
    assert hold(nodes, engine.watches)
    return [(one.dressed(engine.elements), repr(one.element) if one.parent else "html") for one in nodes]


def planted(engine: Engine, node: Node) -> list[InTree]:
    """The same, without what holds."""
    found = [InTree(engine.elements.make("html"))]
    _plant(engine, node, found[0], None, 1, 1, found)
    return found


def _plant(
    engine: Engine, node: Node, parent: InTree, previous: InTree | None, place: int, count: int, found: list[InTree]
) -> InTree:
    element = engine.elements.make(
        node.type, parent.element, name=node.name, classes=node.classes, attributes=node.attributes, parts=node.parts,
        previous=previous.element if previous is not None else None, place=place, count=count,
    )  # fmt: skip
    own = InTree(element, parent, previous)
    found.append(own)
    for children in (node.children, node.shadow):
        before = None
        for index, child in enumerate(children):
            before = _plant(engine, child, own, before, index + 1, len(children), found)
    return own


_UNIT = re.compile(r"(?<![\w#-])(-?\d+\.?\d*|-?\.\d+)([a-z]+)\b")
_METHOD = re.compile(r" in (?:srgb|oklab)\b|(?<=\()in (?:srgb|oklab), ")
"""The default depends on the colours, and is left out."""
_GREY_HUE = re.compile(r"(lch\([\w.-]+ (?:none|0(?:\.00\d*)?)) [\w.-]+")
"""The hue of a grey is noise."""
_LISTS = tuple(f"background-{name}" for name in ("position", "size", "repeat", "origin", "clip"))


def judged(style: Style, name: str, theirs: str) -> bool:
    """Whether the browser's text says what `style` has, after what ``getComputedStyle`` does to computed values."""
    value = style.values.get(name)
    if name in _LISTS:
        count = len(style.values["background-image"])
        value = Commas(value[index % len(value)] for index in range(count))
        return same(css(value), theirs)
    if name == "line-height" and isinstance(value, Number) and not value.unit:
        return same(css(Number(value.value * style.lengths.em, "px")), theirs)
    if name in ("min-width", "min-height") and value == "auto":
        return theirs == "0px"
    if name == "caret-color" and value == "auto":
        return same(style.css("color"), theirs)
    if name.endswith("-radius") and value[0] == value[1]:
        return same(css(value[0]), theirs)
    if name.endswith(("-image", "-source")):
        theirs = _UNIT.sub(lambda match: _in_pixels(match, style.lengths), theirs)
        return same(_METHOD.sub("", style.css(name)), _METHOD.sub("", theirs))
    if name == "font-family":
        theirs = theirs.replace('"Times New Roman"', "sans-serif")
        return same(style.css(name).replace('"', ""), theirs.replace('"', ""))
    if theirs.startswith("0%") and "calc(-" in style.css(name):
        # What is less than nothing, and how that is written, is settled when the box is laid out.
        return True
    return same(style.css(name).strip(), theirs.strip())


def _in_pixels(match: re.Match[str], lengths: Lengths) -> str:
    """Gradients keep the units that the sheet has."""
    number = Number(float(match[1]), match[2].lower())
    return css(simplify(absolute(number), lengths)) if kind_of_unit(match[2].lower()) else match[0]


def _worked_out(text: str) -> str:
    """The text with calculations and percentages as pixels: how far they are simplified is nobody's business."""
    tokens = tinycss2.parse_component_value_list(text)
    return tinycss2.serialize(_without_percentages(tokens))


def _without_percentages(tokens: list[Any]) -> list[Any]:
    found = []
    for token in tokens:
        try:
            read = read_number(token) if token.type in ("percentage", "function") else None
        except Invalid:
            # The arguments are var()s: custom properties are text.
            read = None
        done = simplify(read[0], percent=137) if read else None
        if isinstance(done, Number):
            found += tinycss2.parse_component_value_list(css(done))
        elif token.type == "function":
            token.arguments = _without_percentages(token.arguments)
            found.append(token)
        else:
            found.append(token)
    return found


def same(ours: str, theirs: str) -> bool:
    """Whether two values say the same, but for rounding."""
    if ours == theirs:
        return True
    one, two = _TOKEN.findall(ours.lower()), _TOKEN.findall(theirs.lower())
    ours, theirs = (_GREY_HUE.sub(r"\1 0", text) for text in (ours, theirs))
    # Browsers round colours to bytes on the way.
    if "%" in ours + theirs and ("(" in ours + theirs):
        return same(_worked_out(ours), _worked_out(theirs))
    room = 1 if "rgb" in ours else 0.03 if "lab" in ours or "lch" in ours else 2e-3
    return len(one) == len(two) and all(_same_token(a, b, room) for a, b in zip(one, two, strict=True))


def _same_token(one: str, two: str, room: float) -> bool:
    if one == two:
        return True
    try:
        a, b = float(one), float(two)
    except ValueError:
        return False
    return math.isclose(a, b, rel_tol=1e-3, abs_tol=room)
