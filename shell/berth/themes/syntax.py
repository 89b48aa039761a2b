"""Registered custom properties: https://www.w3.org/TR/css-properties-values-api-1/.

A theme declares its knobs with ``@property``. Beside ``syntax``, ``inherits`` and ``initial-value`` we read
``label``, ``range`` and ``step``, from which a settings page is made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import tinycss2

from berth.themes import grammar as g
from berth.themes.color_grammar import read_color
from berth.themes.findings import Invalid, nearest
from berth.themes.images import read_image
from berth.themes.numbers import Token
from berth.themes.properties import WIDE
from berth.themes.stream import Stream, written
from berth.themes.units import RELATIVE, Number
from berth.themes.values import Text, Url, Value, Words


def _kind(*kinds: str) -> g.Read:
    def read(stream: Stream) -> Value:
        token = stream.peek()
        if "length" in kinds and token is not None and token.type == "number" and token.value == 0:
            stream.next()
            return Number(0, "px")
        found = stream.number(*kinds)
        if found is None:
            raise stream.fail(hint=f"Expected a {kinds[0]}.")
        return found[0]

    return read


def _integer(stream: Stream) -> Value:
    token = stream.peek()
    if token is not None and token.type == "number" and not token.is_integer:
        raise stream.fail(hint="Expected a whole number.")
    return _kind("number")(stream)


def _url(stream: Stream) -> Value:
    value = read_image(stream)
    if not isinstance(value, Url):
        raise stream.fail(hint="Expected url(…).")
    return value


def _string(stream: Stream) -> Value:
    text = stream.string()
    if text is None:
        raise stream.fail(hint="Expected a text in quotes.")
    return Text(text)


def _name(stream: Stream) -> Value:
    token = stream.peek()
    if token is not None and token.type == "ident" and token.lower_value in (*WIDE, "default"):
        raise stream.fail()
    return g.identifier(stream)


TYPES: dict[str, g.Read] = {
    "length": _kind("length"),
    "number": _kind("number"),
    "percentage": _kind("percentage"),
    "length-percentage": _kind("length", "percentage", "length-percentage"),
    "integer": _integer,
    "angle": _kind("angle"),
    "time": _kind("time"),
    "resolution": _kind("resolution"),
    "color": read_color,
    "image": read_image,
    "url": _url,
    "string": _string,
    "custom-ident": _name,
}


class Choice(NamedTuple):
    """One of the alternatives of a syntax; `word` is the literal word, if it is one."""

    type: str
    word: str
    list: str

    def read(self, stream: Stream) -> Value:
        one = (lambda s: s.word(self.word.lower()) or _refuse(s)) if self.word else TYPES[self.type]
        if self.list == "#":
            return g.commas(one)(stream)
        if self.list == "+":
            found = [one(stream)]
            while not stream.done() and len(found) < g.MOST_ITEMS:
                found.append(one(stream))
            return Words(found)
        return one(stream)


def _refuse(stream: Stream) -> Value:
    raise stream.fail()


@dataclass(frozen=True)
class Registered:
    """One ``@property``. `choices` empty means any value (``*``)."""

    name: str
    choices: tuple[Choice, ...]
    inherits: bool
    initial: Value = None
    initial_tokens: tuple[Token, ...] | None = None
    label: str = ""
    least: float | None = None
    most: float | None = None
    step: float | None = None
    line: int = 0

    @property
    def kind(self) -> str:
        """``color``, ``length`` ...; ``*`` where anything fits."""
        return " | ".join((choice.word or choice.type) + choice.list for choice in self.choices) or "*"

    def read(self, tokens: Sequence[Token]) -> Value:
        """The value of the declared type. Raises `Invalid`."""
        error: Invalid | None = None
        for choice in self.choices:
            stream = Stream(tokens)
            try:
                value = choice.read(stream)
                stream.end()
            except Invalid as failed:
                error = failed
                continue
            return value
        if error is not None and not error.hint and all(choice.word for choice in self.choices):
            words = [choice.word for choice in self.choices]
            said = Stream(tokens).word() or ""
            error.hint = nearest(said, words) or f"Expected one of: {', '.join(words)}."
        raise error or Invalid("the value does not fit")


def read_syntax(text: str) -> tuple[Choice, ...]:
    """The alternatives of a ``syntax`` descriptor; none for ``*``. Raises `Invalid`."""
    if text.strip() == "*":
        return ()
    choices = []
    for part in text.split("|"):
        name = part.strip()
        listed = name[-1:] if name[-1:] in "+#" and name else ""
        name = name.removesuffix(listed) if listed else name
        if name.startswith("<") and name.endswith(">"):
            kind = name[1:-1]
            if kind not in TYPES:
                raise Invalid(f"the type “{name}” is not known", nearest(kind, TYPES))
            choices.append(Choice(kind, "", listed))
        elif name and name.replace("-", "").isalnum() and name.lower() not in (*WIDE, "default"):
            choices.append(Choice("", name, listed))
        else:
            raise Invalid(f"“{part.strip()}” is no syntax", 'Write for example "<color>" or "<length>".')
    return tuple(choices)


def read_registration(name: str, tokens: Sequence[Token]) -> Registered:
    """An ``@property`` rule: its name and the contents of its block. Raises `Invalid`."""
    found = {}
    for node in tinycss2.parse_blocks_contents(tokens, skip_comments=True, skip_whitespace=True):
        if node.type != "declaration":
            raise Invalid("only descriptors fit in @property", "", node.source_line, node.source_column)
        known = ("syntax", "inherits", "initial-value", "label", "range", "step")
        if node.lower_name not in known:
            hint = nearest(node.lower_name, known)
            raise Invalid(f"@property has no “{node.name}”", hint, node.source_line, node.source_column)
        found[node.lower_name] = node.value
    if "syntax" not in found or "inherits" not in found:
        raise Invalid("@property needs syntax and inherits", 'Like: syntax: "<color>"; inherits: true;')
    syntax = Stream(found["syntax"])
    text = syntax.string()
    if text is None:
        raise syntax.fail(hint='Expected a text, like "<color>".')
    inherits = Stream(found["inherits"]).one_of(("true", "false"))
    try:
        choices = read_syntax(text)
    except Invalid as error:
        at = syntax.tokens[0]
        raise Invalid(error.message, error.hint, at.source_line, at.source_column) from None
    return _checked(Registered(name, choices, inherits == "true"), found)


def _checked(plain: Registered, found: dict[str, list[Token]]) -> Registered:
    tokens = found.get("initial-value")
    value = None
    if plain.choices:
        if tokens is None:
            raise Invalid("@property needs an initial-value", "Only the syntax * can do without.")
        value = plain.read(tokens)
        if _is_relative(tokens):
            token = tokens[0]
            raise Invalid("an initial value cannot depend on the element", "", token.source_line, token.source_column)
    label = Stream(found["label"]).string() if "label" in found else ""
    least, most = _numbers(found["range"], 2) if "range" in found else (None, None)
    step = _numbers(found["step"], 1)[0] if "step" in found else None
    kept = tuple(tokens) if tokens is not None else None
    return Registered(plain.name, plain.choices, plain.inherits, value, kept, label or "", least, most, step)


def _is_relative(tokens: Sequence[Token]) -> bool:
    for token in tokens:
        if token.type == "dimension" and token.lower_unit in RELATIVE:
            return True
        if token.type == "function" and token.lower_name == "var":
            return True
        inner = getattr(token, "arguments", None) or getattr(token, "content", None) or ()
        if _is_relative(inner):
            return True
    return False


def _numbers(tokens: Sequence[Token], count: int) -> list[float]:
    found = [token for token in tokens if token.type not in ("whitespace", "comment")]
    if len(found) != count or any(token.type not in ("number", "percentage", "dimension") for token in found):
        at = found[0] if found else None
        where = (at.source_line, at.source_column) if at is not None else (0, 0)
        text = " ".join(map(written, found))
        raise Invalid(f"“{text}” is not {count} number{'s' * (count > 1)}", "", *where)
    return [float(token.value) for token in found]
