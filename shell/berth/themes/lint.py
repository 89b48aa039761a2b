"""What an author wants to know about a theme before anyone uses it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from berth.core.problem import Problem
from berth.themes.app_icons import INDEX as ICON_INDEX
from berth.themes.app_icons import PROPERTY as APP_ICONS
from berth.themes.assets import assets, broken_assets
from berth.themes.bars import WORDS as BARS
from berth.themes.cursors import PROPERTIES as CURSORS
from berth.themes.cursors import SIZE
from berth.themes.custom import needed
from berth.themes.design_tokens import parse_tokens
from berth.themes.engine import Engine
from berth.themes.findings import ERROR, MOST_FINDINGS, WARNING, Finding, nearest
from berth.themes.folder import is_id, parse_description, read_inside
from berth.themes.icons import PROPERTIES as ICONS
from berth.themes.knobs import knob_of
from berth.themes.legibility import Look, Weakness
from berth.themes.loose_ends import loose_ends, loose_tokens, wrong_in_use, wrong_tokens
from berth.themes.package import check_name, collect, examine_file, is_text
from berth.themes.reach import reachable, why_never
from berth.themes.rules import Item, Registration, Rule
from berth.themes.selectors import Selector, attributes, within
from berth.themes.situations import SITUATIONS
from berth.themes.sounds import PROPERTIES as SOUNDS
from berth.themes.stack import Stack
from berth.themes.token_schema import SCHEMA, property_name
from berth.themes.vocabulary import KINDS, ROOT, WORDS, element_at

_MOST_CONTAINERS = 16


def check(folder: Path, base: Path) -> list[Finding]:
    """Everything that is wrong with the theme in `folder`, errors first; `base` is the default theme's folder."""
    findings: list[Finding] = []
    description = folder / "theme.toml"
    try:
        described = parse_description(read_inside(folder, "theme.toml"), str(description))
        if not is_id(described.id):
            hint = "Lower case letters, digits and dashes."
            raise Problem("theme-invalid", f"“{described.id}” is no id of a theme.", hint)
        if not described.license:
            hint = 'Add its name at spdx.org/licenses, as license = "CC-BY-SA-4.0".'
            findings.append(Finding(WARNING, "license-missing", "Nobody knows how to use it.", hint, str(description)))
    except Problem as problem:
        message = problem.message.removeprefix(f"{description}: ")
        findings.append(Finding(ERROR, problem.code, message, problem.hint, str(description)))
    stack = Stack(base, folder)
    for seen in reversed(SITUATIONS):  # a set of tokens may be wrong in one of them alone
        items = stack.read(seen.contexts)
        findings += stack.findings
    own = [item for item in items if isinstance(item, Rule) and item.place.file.startswith(f"{folder}/")]
    for found in (
        _unknown_names(own),
        _unknown_words(own),
        _without_effect(own),
        _without_value(items, own),
        _without_use(items, own),
        _without_control(items, folder),
        loose_ends(items, own, str(folder)),
        _loose_tokens(folder, own),
    ):
        findings += islice(found, MOST_FINDINGS)
    findings += broken_assets(items, folder)
    named = {asset.path for asset in assets(items, folder)}
    findings += _files(folder, named | {os.path.relpath(file, folder) for file in stack.watched()})
    findings += _weaknesses(stack, folder, own)
    findings += wrong_in_use(own)
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


def _unknown_words(rules: Iterable[Rule]) -> Iterator[Finding]:
    """``[uses~="netwrok"]``: words that the attribute never holds."""
    for place, attribute in dict.fromkeys((rule.place, one) for rule in rules for one in attributes(rule.selector)):
        known = WORDS.get(attribute.name)
        for word in attribute.value.split() if known is not None and attribute.operator in ("=", "~=") else ():
            if known is not None and (word.lower() if attribute.any_case else word) not in known:
                message = f"Nothing in the desktop ever has “{word}” in “{attribute.name}”."
                hint = nearest(word, known) or f"It can be {', '.join(known)}."
                yield Finding(WARNING, "word-unknown", message, hint, place.file, place.line, place.column)


def _named_uses(items: Iterable[Item]) -> frozenset[str]:
    """What some rule asks whether an app uses it."""
    rules = (item for item in items if isinstance(item, Rule))
    asked = (one for rule in rules for one in attributes(rule.selector) if one.name == "uses")
    return frozenset(word for one in asked for word in one.value.split())


def _names(selector: Selector) -> Iterator[tuple[str, str]]:
    for compound in (compound for one in within(selector) for compound in one.compounds):
        if compound.type:
            yield "element", compound.type
        for name in compound.classes:
            yield "class", name


def _without_effect(rules: Iterable[Rule]) -> Iterator[Finding]:
    """Selectors of names that exist and yet never come together."""
    seen: set[tuple[str, int, str]] = set()
    for rule in rules:
        key = (rule.place.file, rule.place.line, rule.selector.text)
        if key in seen or reachable(rule.selector) or any(True for _ in _unknown_names([rule])):
            continue
        seen.add(key)
        message, hint = why_never(rule.selector)
        place = rule.place
        yield Finding(WARNING, "selector-unused", message, hint, place.file, place.line, place.column)


def _without_use(items: Sequence[Item], own: Iterable[Rule]) -> Iterator[Finding]:
    """Custom properties that are no tokens, and that nobody asks for."""
    tokens = {property_name(f"{group}.{name}") for group, names in SCHEMA.items() for name in names}
    tokens |= {*CURSORS, *ICONS, *SOUNDS, SIZE, *BARS, APP_ICONS}
    asked: set[str] = set()
    for item in items:
        if isinstance(item, Rule):
            asked |= {name for declaration, _ in item.block.declared for name in declaration.asks}
    for block in dict.fromkeys(rule.block for rule in own):
        for declaration, _important in block.declared:
            name = declaration.name
            if name.startswith("--") and name not in tokens and name not in asked:
                place = declaration.place
                hint = nearest(name, tokens) or "Use it with var(), or take it away."
                where = (place.file, place.line, place.column)
                yield Finding(WARNING, "custom-unused", f"Nothing uses {name}.", hint, *where)


def _without_control(items: Sequence[Item], folder: Path) -> Iterator[Finding]:
    """Labels of properties that nobody can adjust."""
    for item in items:
        if not isinstance(item, Registration) or not item.registered.label:
            continue
        place = item.place
        if place.file.startswith(f"{folder}/") and knob_of(item.registered) is None:
            message = f"Users cannot adjust {item.registered.name}."
            hint = 'Take the label away, or give it a syntax like "<color>".'
            yield Finding(WARNING, "label-unused", message, hint, place.file, place.line, place.column)


def _without_value(items: Sequence[Item], own: Iterable[Rule]) -> Iterator[Finding]:
    """``var(--acent)``: properties that nobody gives a value, asked for without a fallback."""
    known = {item.registered.name for item in items if isinstance(item, Registration)}
    for item in items:
        if isinstance(item, Rule):
            known |= {*item.block.customs, *item.block.important_customs}
    for block in dict.fromkeys(rule.block for rule in own):
        for declaration, _important in block.declared:
            for name in needed(declaration.tokens):
                if name not in known:
                    place = declaration.place
                    message = f"Nothing gives {name} a value."
                    where = (place.file, place.line, place.column)
                    yield Finding(WARNING, "custom-unknown", message, nearest(name, known), *where)


def _loose_tokens(folder: Path, own: Iterable[Rule]) -> Iterator[Finding]:
    if (folder / "tokens.json").is_file():
        try:
            yield from loose_tokens(parse_tokens(read_inside(folder, "tokens.json"), str(folder / "tokens.json")), own)
        except Problem:
            return  # it is among the findings already


# --- how it looks


def _weaknesses(stack: Stack, folder: Path, own: Sequence[Rule]) -> list[Finding]:
    """Each in the situation in which it is worst."""
    wrong: list[Finding] = []
    worst: dict[tuple[str, str, str, int], Weakness] = {}
    for seen in SITUATIONS:
        items = stack.read(seen.contexts)
        for held in _contained(items):
            engine = Engine(held, seen.environment)
            wrong += wrong_tokens(engine.style(element_at(engine.elements, ROOT)), own)
            for weakness in Look(engine, seen, folder, _named_uses(items)).weaknesses():
                known = worst.get(weakness.key)
                if known is None or weakness.value < known.value:
                    worst[weakness.key] = weakness
    return [*wrong, *(weakness.finding for weakness in worst.values())]


def _contained(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """The sheets as where no ``@container`` holds, and as where one alone does, for each of the first few."""
    yield items
    queries = dict.fromkeys(item.containers for item in items if isinstance(item, Rule) and item.containers)
    for query in list(queries)[:_MOST_CONTAINERS]:
        yield [item.outside() if isinstance(item, Rule) and item.containers == query else item for item in items]


# --- files


def _files(folder: Path, used: set[str]) -> Iterator[Finding]:
    """What could not be given away, and what nobody needs."""
    try:
        files = collect(folder)
    except Problem as problem:
        yield Finding(WARNING, problem.code, problem.message, problem.hint, str(folder))
        return
    icons = [name.removesuffix(ICON_INDEX) for name in used if name.endswith(f"/{ICON_INDEX}")]
    for name, data in files.items():
        try:
            check_name(name)
            examine_file(name, data)
        except Problem as problem:
            yield Finding(WARNING, problem.code, problem.message, problem.hint, str(folder / name))
            continue
        if not is_text(name) and name not in used and not any(name.startswith(place) for place in icons):
            message = "No sheet of the theme uses this file."
            yield Finding(WARNING, "file-unused", message, "Take it away, or name it in a sheet.", str(folder / name))
