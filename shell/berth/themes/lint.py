"""What an author wants to know about a theme before anyone uses it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from berth.core.problem import Problem
from berth.themes.colors import Color
from berth.themes.contrast import TEXT, over, ratio
from berth.themes.custom import references
from berth.themes.element import Element
from berth.themes.engine import Engine
from berth.themes.environment import Environment
from berth.themes.findings import ERROR, WARNING, Finding, nearest
from berth.themes.folder import read_description
from berth.themes.rules import Item, Registration, Rule
from berth.themes.selectors import AnyOf, Selector
from berth.themes.stack import Stack
from berth.themes.vocabulary import KINDS, element_at, paths

_BEHIND = (1.0, 1.0, 1.0)


class Situation(NamedTuple):
    """One way in which a theme is seen: what media queries are told, and which tokens hold."""

    name: str
    environment: Environment
    contexts: Mapping[str, str]


def situation(scheme: str, *, high_contrast: bool = False, form_factor: str = "desktop") -> Situation:
    touch = form_factor != "desktop"
    environment = Environment(
        390 if form_factor == "phone" else 1280,
        844 if form_factor == "phone" else 800,
        scheme=scheme,
        contrast="more" if high_contrast else "no-preference",
        pointer="coarse" if touch else "fine",
        hover="none" if touch else "hover",
        form_factor=form_factor,
    )
    contexts = {
        "scheme": scheme,
        "contrast": "high" if high_contrast else "",
        "density": "touch" if touch else "compact",
        "formFactor": form_factor,
        "motion": "",
    }
    return Situation(f"{scheme}{', high contrast' if high_contrast else ''}, {form_factor}", environment, contexts)


SITUATIONS = (
    *(situation(scheme, high_contrast=high) for scheme in ("light", "dark") for high in (False, True)),
    situation("light", form_factor="tablet"),
    situation("light", form_factor="phone"),
)


def check(folder: Path, base: Path) -> list[Finding]:
    """Everything that is wrong with the theme in `folder`, errors first; `base` is the default theme's folder."""
    findings: list[Finding] = []
    try:
        read_description(folder)
    except Problem as problem:
        findings.append(Finding(ERROR, problem.code, problem.message, problem.hint, str(folder / "theme.toml")))
    stack = Stack(base, folder)
    first = SITUATIONS[0]
    items = stack.read(first.contexts)
    findings += stack.findings
    own = [item for item in items if isinstance(item, Rule) and item.place.file.startswith(str(folder))]
    findings += _unknown_names(own)
    findings += _without_value(items, own)
    findings += _contrasts(stack, str(folder / "style.css"))
    return sorted(dict.fromkeys(findings), key=lambda finding: (finding.severity != ERROR, finding.file, finding.line))


# --- names


def _unknown_names(rules: Iterable[Rule]) -> Iterator[Finding]:
    classes = {name for kind in KINDS.values() for name in kind.classes}
    seen: set[tuple[str, int, str]] = set()
    for rule in rules:
        for kind, name in _names(rule.selector):
            known = KINDS if kind == "element" else classes
            key = (rule.place.file, rule.place.line, name)
            if name in known or key in seen:
                continue
            seen.add(key)
            sign = "" if kind == "element" else "."
            message = f"There is no {kind} “{sign}{name}” in the desktop."
            place = rule.place
            yield Finding(
                WARNING, f"{kind}-unknown", message, nearest(name, known), place.file, place.line, place.column
            )


def _names(selector: Selector) -> Iterator[tuple[str, str]]:
    for compound in selector.compounds:
        if compound.type:
            yield "element", compound.type
        for name in compound.classes:
            yield "class", name
        for test in compound.tests:
            if isinstance(test, AnyOf):
                for choice in test.choices:
                    yield from _names(choice)


def _without_value(items: Sequence[Item], own: Iterable[Rule]) -> Iterator[Finding]:
    """``var(--acent)``: properties that nobody gives a value, asked for without a fallback."""
    known = {item.registered.name for item in items if isinstance(item, Registration)}
    for item in items:
        if isinstance(item, Rule):
            known |= {*item.block.customs, *item.block.important_customs}
    for block in dict.fromkeys(rule.block for rule in own):
        for declaration, _important in block.declared:
            for name in references(declaration.tokens):
                if name not in known and not _has_fallback(declaration.tokens, name):
                    place = declaration.place
                    message = f"Nothing gives {name} a value."
                    where = (place.file, place.line, place.column)
                    yield Finding(WARNING, "custom-unknown", message, nearest(name, known), *where)


def _has_fallback(tokens: Sequence[object], name: str) -> bool:
    text = "".join(token.serialize() for token in tokens)  # type: ignore[attr-defined]
    return re.search(rf"var\(\s*{re.escape(name)}\s*,", text) is not None


# --- contrast and sizes


def _contrasts(stack: Stack, file: str) -> list[Finding]:
    """For each element the situation in which its words are hardest to read, if that is too hard."""
    worst: dict[str, tuple[float, Finding]] = {}
    for seen in SITUATIONS:
        for path, value, finding in _contrast(stack, seen, file):
            if path not in worst or value < worst[path][0]:
                worst[path] = (value, finding)
    return [finding for _value, finding in worst.values()]


def _contrast(stack: Stack, seen: Situation, file: str) -> Iterator[tuple[str, float, Finding]]:
    engine = Engine(stack.read(seen.contexts), seen.environment)
    for path in paths():
        element = element_at(engine.elements, path)
        if not KINDS[element.type].text or "disabled" in element.states:
            continue
        style = engine.style(element)
        color = style.used("color")
        value = ratio(color, ground(engine, element)) if isinstance(color, Color) else 0.0
        if value < TEXT:
            message = f"{path}: words have a contrast of {value:.1f} to 1 ({seen.name}); {TEXT} is needed."
            rule = next((rule for rule in reversed(style.rules) if "color" in rule.block.normal), None)
            finding = Finding(WARNING, "contrast", message, "Make text darker or lighter than its ground.", file)
            if rule is not None:
                finding = replace(finding, file=rule.place.file, line=rule.place.line, column=rule.place.column)
            yield path, value, finding


def ground(engine: Engine, element: Element) -> tuple[float, float, float]:
    """The opaque colour behind what is drawn on `element`; the raised surface where nothing is painted."""
    chain: list[Element] = []
    other: Element | None = element
    while other is not None:
        chain.append(other)
        other = other.parent
    surface = engine.style(chain[-1]).customs.get("--color-surface-raised")
    below = _BEHIND
    if surface is not None:
        made = engine.style(engine.elements.make("card", chain[-1])).used("background-color")
        below = over(made, _BEHIND) if isinstance(made, Color) else _BEHIND
    for one in reversed(chain):
        color = engine.style(one).used("background-color")
        if isinstance(color, Color):
            below = over(color, below)
    return below


# --- two themes


class Difference(NamedTuple):
    path: str
    name: str
    one: str
    other: str


def differences(one: Stack, other: Stack, seen: Situation = SITUATIONS[0]) -> list[Difference]:
    """Where two looks differ, element by element."""
    engines = [Engine(stack.read(seen.contexts), seen.environment) for stack in (one, other)]
    found = []
    for path in paths():
        left, right = (engine.style(element_at(engine.elements, path)) for engine in engines)
        for name in left.values:
            if left.css(name) != right.css(name):
                found.append(Difference(path, name, left.css(name), right.css(name)))
    return found
