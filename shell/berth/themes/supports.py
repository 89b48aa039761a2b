"""What ``@supports`` asks: https://www.w3.org/TR/css-conditional-4/#at-supports. Known as soon as it is read."""

from __future__ import annotations

from collections.abc import Sequence

import tinycss2

from berth.themes.custom import is_sound, trimmed, uses_var
from berth.themes.declarations import wide_word
from berth.themes.findings import Invalid
from berth.themes.numbers import Token
from berth.themes.selector_grammar import read_selectors
from berth.themes.shorthands import NAMES, read_value
from berth.themes.stream import Stream, comma_separated

_KNOWN = frozenset(NAMES)
_DEEPEST = 12


def supports(tokens: Sequence[Token]) -> bool:
    """Whether the condition holds. Raises `Invalid` if it is none."""
    stream = Stream(tokens)
    found = _condition(stream, 0)
    stream.end()
    return found


def _condition(stream: Stream, depth: int) -> bool:
    if depth > _DEEPEST:
        raise stream.fail("conditions are nested too deeply")
    if stream.word("not"):
        return not _in_parens(stream, depth)
    found = [_in_parens(stream, depth)]
    joint = None if stream.done() else stream.word("and", "or")
    while joint:
        found.append(_in_parens(stream, depth))
        if not stream.word(joint):
            break
    return any(found) if joint == "or" else all(found)


def _in_parens(stream: Stream, depth: int) -> bool:
    token = stream.peek()
    if token is None or token.type not in ("() block", "function"):
        raise stream.fail(hint="Expected a condition in parentheses, like (filter: blur(2px)).")
    stream.next()
    if token.type == "function":
        return token.lower_name == "selector" and _is_selector(token.arguments)
    try:
        inner = Stream(token.content, token)
        found = _condition(inner, depth + 1)
        inner.end()
    except Invalid:
        return _is_declaration(token.content)
    return found


def _is_declaration(tokens: Sequence[Token]) -> bool:
    node = tinycss2.parse_one_declaration(tokens, skip_comments=True)
    if node.type != "declaration":
        return False
    if node.name.startswith("--"):
        return True
    value = trimmed([token for token in node.value if token.type != "comment"])
    if node.lower_name not in _KNOWN or not is_sound(value):
        return False
    if wide_word(value) or uses_var(value):
        return True
    try:
        read_value(node.lower_name, Stream(value, node))
    except Invalid:
        return False
    return True


def _is_selector(tokens: Sequence[Token]) -> bool:
    try:
        return len(comma_separated(tokens)) == 1 and bool(read_selectors(tokens))
    except Invalid:
        return False
