"""Reads the declarations of a block."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import islice

from berth.themes import logical
from berth.themes.custom import is_sound, references, trimmed, uses_var
from berth.themes.findings import Invalid, nearest
from berth.themes.numbers import Token
from berth.themes.properties import WIDE
from berth.themes.rules import Block, Declaration, Place
from berth.themes.shorthands import NAMES, longhands_of, read_value
from berth.themes.stream import Stream, written
from berth.themes.token_types import check_token
from berth.themes.values import is_constant

_KNOWN = frozenset(NAMES)
_LOGICAL = frozenset(logical.NAMES)
_PLACES = frozenset(
    (
        *("display", "position", "inset", "top", "right", "bottom", "left", "float", "clear", "order", "overflow"),
        *("flex", "grid", "align", "justify", "place", "gap", "row", "column", "columns"),
    )
)
"""Properties of web pages that lay out, and how the names of others begin."""
_MOST_SAID = 60
"""Characters of a wrong value."""

Wrong = Callable[[str, Invalid, Token], None]
"""Told the code of a finding, the error, and the token at whose place it is if the error names none."""


def add_declaration(block: Block, node: Token, place: Place, wrong: Wrong) -> None:
    """Reads a declaration of tinycss2 into `block`; one that is wrong counts for nothing."""
    try:
        declaration = read_declaration(node, place)
    except Invalid as error:
        wrong(_code(node.lower_name), error, node)
        return
    block.declared.append((declaration, node.important))
    if declaration.name.startswith("--"):
        (block.important_customs if node.important else block.customs)[declaration.name] = declaration
        return
    target = block.important if node.important else block.normal
    for longhand in longhands_of(declaration.name):
        # A beginning may turn out to be the same side as what stands before it: the order tells which counts.
        target.pop(longhand, None)
        target[longhand] = declaration
        block.logical = block.logical or longhand in _LOGICAL


def _code(name: str) -> str:
    return "value-invalid" if name in _KNOWN or name.startswith("--") else "property-unknown"


def read_declaration(node: Token, place: Place) -> Declaration:
    """One declaration. Raises `Invalid`."""
    tokens = trimmed([token for token in node.value if token.type != "comment"])
    custom = node.name.startswith("--")
    name = node.name if custom else node.lower_name
    if not custom and name not in _KNOWN:
        raise Invalid(f"there is no property “{node.name}”", _instead_of(name))
    if not is_sound(tokens):
        raise Invalid("the value is broken", "var() takes a name that begins with two dashes.")
    wide = wide_word(tokens)
    if wide:
        return Declaration(name, place, wide=wide)
    waits = uses_var(tokens)
    try:
        values = None if custom or waits else read_value(name, Stream(tokens, node))
        if custom and not waits:
            check_token(name, Stream(tokens, node))
    except Invalid as error:
        # A value that is refused for its length has very many.
        first = islice((token for token in tokens if token.type != "whitespace"), _MOST_SAID)
        text = " ".join(map(written, first))
        short = text if len(text) <= _MOST_SAID else f"{text[: _MOST_SAID - 1]}…"
        message = f"“{short}” is no value of {name}: {error.message}"
        raise Invalid(message, _slip(tokens) or error.hint, error.line, error.column) from None
    if values is None:
        return Declaration(name, place, tokens=tokens, asks=tuple(dict.fromkeys(references(tokens))))
    return Declaration(name, place, values=values, constant=all(map(is_constant, values.values())))


def _instead_of(name: str) -> str:
    """A hint for who has written the property `name`, which there is not."""
    if name in _PLACES or name.partition("-")[0] in _PLACES:
        return "Where things are is up to the desktop."
    return nearest(name, _KNOWN)


def _slip(tokens: Sequence[Token]) -> str:
    """What was most likely forgotten, from what a value never has."""
    for place, token in enumerate(tokens):
        if token.type == "literal" and token.value == ":" and place and tokens[place - 1].type == "ident":
            return f"Put a semicolon before “{tokens[place - 1].value}”."
        if token.type == "literal" and token.value == "!":
            word = next((one for one in tokens[place + 1 :] if one.type == "ident"), None)
            return nearest(f"!{word.lower_value}", ("!important",)) if word is not None else ""
    return ""


def wide_word(tokens: Sequence[Token]) -> str:
    """The word if the whole value is one that fits every property, like ``inherit``; else nothing."""
    if len(tokens) == 1 and tokens[0].type == "ident" and tokens[0].lower_value in WIDE:
        word: str = tokens[0].lower_value
        return word
    return ""
