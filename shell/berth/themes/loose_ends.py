"""What a sheet says to no effect: names that lead nowhere or in a circle, and values of another type than declared."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain, islice
from typing import NamedTuple

import tinycss2

from berth.themes import cursors, icons, sounds
from berth.themes.computed import Style
from berth.themes.custom import Custom, InvalidAtComputedTime, inner, references, substitute
from berth.themes.design_tokens import MODIFIERS, TokenFile, alias_of, places_of_keys
from berth.themes.findings import MOST_FINDINGS, WARNING, Finding, Invalid, nearest
from berth.themes.images import read_image
from berth.themes.named_files import declaration_of
from berth.themes.numbers import Token
from berth.themes.rules import Declaration, Item, Keyframes, Place, Registration, Rule
from berth.themes.selectors import Nth, within
from berth.themes.shorthands import NAMES, read_value
from berth.themes.stream import Stream, written
from berth.themes.syntax import Registered
from berth.themes.token_schema import SCHEMA, property_name
from berth.themes.token_types import TYPES, check_token
from berth.themes.values import Url

_WORDS = ("none", "all")
_CONTAINERS = ("container-type", "container")
_CONTEXTS = {
    "scheme": ("light", "dark"),
    "contrast": ("high",),
    "density": ("compact", "touch"),
    "formFactor": ("desktop", "tablet", "phone"),
    "motion": ("reduced",),
}
"""What sets of tokens can be for; see `berth.ui.tokens.Tokens.contexts`."""


def loose_ends(items: Sequence[Item], own: Sequence[Rule], folder: str) -> Iterator[Finding]:
    """Findings in `own`, the rules of the theme in `folder`; `items` is that and what it lies on."""
    frames = [item for item in items if isinstance(item, Keyframes)]
    declared = [one for block in dict.fromkeys(rule.block for rule in own) for one, _important in block.declared]
    moving = [one for item in frames for frame in item.frames for one, _important in frame.block.declared]
    yield from _unknown_names(declared, {frame.name for frame in frames})
    yield from _unused_keyframes([item for item in frames if item.place.file.startswith(f"{folder}/")], items, moving)
    yield from _circles(own)
    yield from _containers(items, own)
    yield from _siblings(own)
    yield from _other_types(items, declared)


def _finding(code: str, place: Place, message: str, hint: str) -> Finding:
    return Finding(WARNING, code, message, hint, place.file, place.line, place.column)


# --- names


def _unknown_names(declared: Iterable[Declaration], keyframes: set[str]) -> Iterator[Finding]:
    for one in declared:
        values = one.values or {}
        for name in values.get("animation-name", ()):
            if str(name) not in (*_WORDS, *keyframes):
                hint = nearest(str(name), keyframes) or f"Write @keyframes {name} {{ … }}."
                yield _finding("keyframes-unknown", one.place, f"There are no @keyframes “{name}”.", hint)
        for name in values.get("transition-property", ()):
            if str(name) not in (*_WORDS, *NAMES) and not str(name).startswith("--"):
                message = f"There is no property “{name}” that could change slowly."
                yield _finding("property-unknown", one.place, message, nearest(str(name), NAMES))


def _unused_keyframes(
    own: Iterable[Keyframes], items: Iterable[Item], moving: Iterable[Declaration]
) -> Iterator[Finding]:
    rules = {item.block: None for item in items if isinstance(item, Rule)}
    named: set[str] = set()
    for one in (*(one for block in rules for one, _important in block.declared), *moving):
        named |= {str(name) for name in (one.values or {}).get("animation-name", ())}
        named |= set(_words(one.tokens))  # what var() may put there
    for item in own:
        if item.name not in named:
            hint = f"Use them with animation: {item.name} 1s, or take them away."
            yield _finding("keyframes-unused", item.place, f"Nothing uses the @keyframes “{item.name}”.", hint)


def _words(tokens: Sequence[Token]) -> Iterator[str]:
    for token in tokens:
        if token.type in ("ident", "string"):
            yield token.value
        yield from _words(inner(token))


def _containers(items: Iterable[Item], own: Iterable[Rule]) -> Iterator[Finding]:
    """Conditions on containers that there are none of."""
    asking = dict.fromkeys(rule.place for rule in own if rule.containers)
    blocks = dict.fromkeys(item.block for item in items if isinstance(item, Rule)) if asking else {}
    if any(one.name in _CONTAINERS for block in blocks for one, _important in block.declared):
        return
    for place in asking:
        hint = "Give one to what it shall ask, like panel { container-type: inline-size }."
        yield _finding("container-unused", place, "This @container never holds: nothing has a container-type.", hint)


def _siblings(own: Iterable[Rule]) -> Iterator[Finding]:
    """Looks belong to paths, in which nothing has siblings."""
    for place, selector in dict.fromkeys((rule.place, rule.selector) for rule in own):
        asked = list(within(selector))
        if any(isinstance(test, Nth) for one in asked for compound in one.compounds for test in compound.tests):
            message = f"“{selector.text}” asks for siblings, and on the screen each element is an only child."
        elif any(link in ("+", "~") for one in asked for link in one.links):
            message = f"On the screen nothing has siblings, so “{selector.text}” matches nothing."
        else:
            continue
        yield _finding("siblings-unknown", place, message, "Ask for classes and states instead.")


# --- custom properties


def _circles(own: Iterable[Rule]) -> Iterator[Finding]:
    """``--a: calc(var(--a) + 1px)``: none of those in a circle has a value."""
    groups: dict[tuple[object, ...], dict[str, Declaration]] = {}
    for rule in own:
        key = (rule.selector.text, rule.layer, rule.media, rule.containers, rule.apps)
        groups.setdefault(key, {}).update(rule.block.customs)
    for customs in groups.values():
        for circle in _ways_back(customs):
            message = f"{circle[0]} has no value: it leads back to itself ({' → '.join((*circle, circle[0]))})."
            place = customs[circle[0]].place
            yield _finding("custom-circle", place, message, "Give one of them a value of its own.")


def _ways_back(customs: Mapping[str, Declaration]) -> Iterator[list[str]]:
    """Circles, each as the names on the way from its first back to it, of which no two share a name."""
    left = {name: references(one.tokens) for name, one in customs.items()}
    for name in customs:
        way = {name: None} if name in left else {}
        while way:
            here = next(reversed(way))
            asked = next(left[here], None)
            if asked is None:
                del left[here], way[here]
            elif asked in way:
                circle = list(way)
                circle = circle[circle.index(asked) :]
                yield circle
                for one in circle:
                    del left[one], way[one]
            elif asked in left:
                way[asked] = None


def _other_types(items: Iterable[Item], declared: Iterable[Declaration]) -> Iterator[Finding]:
    """Of properties with a type; tokens are looked at when a sheet is read."""
    registered = {item.registered.name: item.registered for item in items if isinstance(item, Registration)}
    for one in declared:
        if one.tokens and not one.asks and (read := _reader(one.name, registered)) is not None:
            try:
                read(one.tokens)
            except Invalid as error:
                message = f"“{_text(one.tokens)}” is no value of {one.name}: {error.message}."
                yield _finding("value-invalid", one.place, message, error.hint)


def _reader(name: str, registered: Mapping[str, Registered]) -> Callable[[Sequence[Token]], object] | None:
    if name in registered:
        known = registered[name]
        return known.read if known.choices else None
    if name in sounds.PROPERTIES or name in icons.PROPERTIES:
        return partial(_file, read_image)
    if name in cursors.PROPERTIES:
        return partial(_file, lambda stream: cursors.read_picture(stream, "").url)
    return None


def _file(read: Callable[[Stream], object], tokens: Sequence[Token]) -> object:
    stream = Stream(tokens)
    found = stream.word("none") or read(stream)
    if not isinstance(found, str | Url):
        raise Stream(tokens).fail(hint="Expected none or url(…) with a file of the theme.")
    if not stream.done():
        raise stream.fail(hint="Take it away.")
    return found


def wrong_in_use(own: Iterable[Rule]) -> Iterator[Finding]:
    """``color: var(--space-md)``: what is no value with what `own` rules have put there since they were read."""
    for block in dict.fromkeys(rule.block for rule in own):
        for one, _important in block.declared:
            if one.asks and not one.name.startswith("--"):
                for texts in [texts for texts, found in one.known.items() if found is None and None not in texts][:1]:
                    values = dict(zip(one.asks, map(str, texts), strict=False))
                    said = ", ".join(f"{name} is {text.strip()[:40]}" for name, text in values.items())
                    message = f"“{_text(one.tokens)}” is no value of {one.name} where {said}."
                    yield _finding("value-invalid", one.place, message, _expected(one, values))


def wrong_tokens(root: Style, own: Iterable[Rule]) -> Iterator[Finding]:
    """``--color-accent: var(--mine)`` where that is no colour, of what counts for the `root`."""
    waiting = [one for rule in own for one in rule.block.customs.values() if one.asks and one.name in TYPES]
    for one in dict.fromkeys(waiting):
        custom = root.customs.get(one.name)
        if custom is None or declaration_of(root, one.name) is not one:
            continue
        try:
            check_token(one.name, Stream(custom.tokens))
        except Invalid as error:
            message = f"“{_text(one.tokens)}” is no value of {one.name}: {error.message}."
            yield _finding("value-invalid", one.place, message, error.hint)


def _expected(declaration: Declaration, values: Mapping[str, str]) -> str:
    customs = {name: Custom(tinycss2.parse_component_value_list(text)) for name, text in values.items()}
    try:
        read_value(declaration.name, Stream(substitute(declaration.tokens, customs.get)))
    except Invalid as error:
        return error.hint
    except InvalidAtComputedTime:
        pass
    return ""


def _text(tokens: Sequence[Token]) -> str:
    return "".join(map(written, tokens[:20]))


# --- tokens.json


class _Loose(NamedTuple):
    """A finding at the key of the file that `keys` lead to."""

    keys: tuple[str, ...]
    code: str
    message: str
    hint: str


def loose_tokens(file: TokenFile, own: Iterable[Rule]) -> Iterator[Finding]:
    """Tokens that nothing is made of, and sets of tokens that never hold; `own` are the rules of the theme's sheet."""
    found = list(islice(chain(_unused_tokens(file, own), _unknown_contexts(file)), MOST_FINDINGS))
    places = places_of_keys(file.text, {one.keys for one in found})
    for one in found:
        yield Finding(WARNING, one.code, one.message, one.hint, file.source, *places.get(one.keys, (0, 0)))


def _unused_tokens(file: TokenFile, own: Iterable[Rule]) -> Iterator[_Loose]:
    known = {f"{group}.{name}" for group, names in SCHEMA.items() for name in names}
    used = {name for rule in own for one, _important in rule.block.declared for name in one.asks}
    sets = [file.base, *file.modifiers.values()]
    aliases = {alias_of(token) for tokens in sets for token in tokens.values()}
    for path, token in file.base.items():
        if path in known or path in aliases or property_name(path) in used:
            continue
        close = nearest(path, known)
        if close or path.partition(".")[0] in SCHEMA:  # a palette of the theme's own may have steps to spare
            hint = close or "Take it away, or point to it from another token."
            yield _Loose(token.keys, "token-unused", f"Nothing uses the token “{path}”.", hint)


def _unknown_contexts(file: TokenFile) -> Iterator[_Loose]:
    for modifier, context in file.modifiers:
        keys = ("$extensions", MODIFIERS, modifier)
        contexts = _CONTEXTS.get(modifier)
        if contexts is None:
            message = f"Nothing in the desktop is called “{modifier}”."
            yield _Loose(keys, "context-unknown", message, _one_of(modifier, _CONTEXTS))
        elif context not in contexts:
            message = f"“{modifier}” is never “{context}”."
            yield _Loose((*keys, context), "context-unknown", message, _one_of(context, contexts))


def _one_of(name: str, known: Iterable[str]) -> str:
    return nearest(name, known) or f"It can be {', '.join(known)}."
