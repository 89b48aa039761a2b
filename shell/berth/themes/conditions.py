"""Conditions of ``@media`` and ``@container``.

After https://www.w3.org/TR/mediaqueries-5/ and https://www.w3.org/TR/css-contain-3/#container-queries. What
is not known is neither true nor false; a rule holds only if its condition is true.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from berth.themes.arithmetic import simplify
from berth.themes.environment import FEATURES, RANGES, Environment
from berth.themes.findings import Invalid, nearest
from berth.themes.numbers import Token, read_number
from berth.themes.stream import Stream, comma_separated, written
from berth.themes.units import Lengths, Number

Truth = bool | None
_DEEPEST = 12
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
}
_MIRROR = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "="}
CONTAINER_RANGES = {
    "width": "length",
    "height": "length",
    "inline-size": "length",
    "block-size": "length",
    "aspect-ratio": "ratio",
}


class Source(NamedTuple):
    """Who answers: `word` and `range` give the value of a feature, `lengths` what relative units are."""

    word: Callable[[str], str]
    range: Callable[[str], float]
    lengths: Lengths


@dataclass(frozen=True)
class Word:
    """``(pointer: coarse)``; with `value` empty whether it is anything but none."""

    feature: str
    value: str

    def holds(self, source: Source) -> Truth:
        have = source.word(self.feature)
        return have == self.value if self.value else have not in ("none", "no-preference")


@dataclass(frozen=True)
class Compare:
    """``(width >= 600px)``."""

    feature: str
    operator: str
    value: Number

    def holds(self, source: Source) -> Truth:
        value = simplify(self.value, source.lengths)
        assert isinstance(value, Number)
        return _COMPARE[self.operator](source.range(self.feature), value.value)


@dataclass(frozen=True)
class Unknown:
    """What we do not know, as every browser treats what it does not know."""

    text: str

    def holds(self, source: Source) -> Truth:
        return None


@dataclass(frozen=True)
class Not:
    inner: Condition

    def holds(self, source: Source) -> Truth:
        found = self.inner.holds(source)
        return None if found is None else not found


@dataclass(frozen=True)
class All:
    parts: tuple[Condition, ...]

    def holds(self, source: Source) -> Truth:
        found = [part.holds(source) for part in self.parts]
        return False if False in found else None if None in found else True


@dataclass(frozen=True)
class AnyHolds:
    parts: tuple[Condition, ...]

    def holds(self, source: Source) -> Truth:
        found = [part.holds(source) for part in self.parts]
        return True if True in found else None if None in found else False


Condition = Word | Compare | Unknown | Not | All | AnyHolds
_NEVER = AnyHolds(())
_ALWAYS = All(())


@dataclass(frozen=True)
class MediaList:
    """The queries of one ``@media``, of which one has to hold."""

    queries: tuple[Condition, ...]

    def holds(self, environment: Environment) -> bool:
        # In media queries units are those of the initial font, whatever the sheet says.
        lengths = Lengths(width=environment.width, height=environment.height)
        source = Source(environment.word, environment.range, lengths)
        return not self.queries or any(query.holds(source) is True for query in self.queries)


@dataclass(frozen=True)
class ContainerQuery:
    """``@container name (condition)``; `axes` are those that the container has to offer."""

    name: str
    condition: Condition
    axes: frozenset[str]


def read_media(tokens: Sequence[Token], wrong: Callable[[Invalid], None]) -> MediaList:
    """A list of media queries; a wrong one never holds, and `wrong` is told why."""
    if all(token.type in ("whitespace", "comment") for token in tokens):
        return MediaList(())
    queries: list[Condition] = []
    for part in comma_separated(tokens):
        try:
            queries.append(_query(Stream(part, part[0] if part else None), wrong))
        except Invalid as error:
            wrong(error)
            queries.append(_NEVER)
    return MediaList(tuple(queries))


def _query(stream: Stream, wrong: Callable[[Invalid], None]) -> Condition:
    reader = _Conditions(FEATURES, RANGES, wrong)
    token = stream.peek()
    if token is None:
        raise stream.fail("a media query is missing")
    names_type = token.type == "ident" and (token.lower_value != "not" or _next_is_word(stream))
    if not names_type:
        condition = reader.read(stream)
        stream.end()
        return condition
    prefix = stream.word("not", "only")
    kind = stream.word()
    if kind is None or kind in ("and", "or", "layer", "not", "only"):
        raise stream.fail(hint="Expected screen, all or a condition in parentheses.")
    found: Condition = _ALWAYS if kind in ("all", "screen") else _NEVER
    if stream.word("and"):
        found = All((found, reader.read(stream, without_or=True)))
    if not stream.done():
        raise stream.fail(hint="Conditions stand in parentheses, like (min-width: 600px).")
    return Not(found) if prefix == "not" else found


def _next_is_word(stream: Stream) -> bool:
    return len(stream.tokens) > 1 and stream.tokens[1].type == "ident"


def read_container(tokens: Sequence[Token], wrong: Callable[[Invalid], None]) -> ContainerQuery:
    """The prelude of ``@container``. Raises `Invalid`."""
    stream = Stream(tokens)
    name = ""
    token = stream.peek()
    if token is not None and token.type == "ident" and token.lower_value != "not":
        name = stream.next().value
    reader = _Conditions({"orientation": FEATURES["orientation"]}, CONTAINER_RANGES, wrong)
    condition = reader.read(stream) if not stream.done() or not name else _ALWAYS
    stream.end()
    return ContainerQuery(name, condition, frozenset(reader.axes))


class _Conditions:
    """Reads conditions with and, or and not over the features of one kind of query."""

    def __init__(
        self, words: dict[str, tuple[str, ...]], ranges: dict[str, str], wrong: Callable[[Invalid], None]
    ) -> None:
        self._words = words
        self._ranges = ranges
        self._wrong = wrong
        self.axes: set[str] = set()

    def read(self, stream: Stream, *, without_or: bool = False, depth: int = 0) -> Condition:
        if depth > _DEEPEST:
            raise stream.fail("conditions are nested too deeply")
        if stream.word("not"):
            return Not(self._in_parens(stream, depth))
        parts = [self._in_parens(stream, depth)]
        joint = None if stream.done() else stream.word(*(("and",) if without_or else ("and", "or")))
        while joint:
            parts.append(self._in_parens(stream, depth))
            if not stream.word(joint):
                break
        if len(parts) == 1:
            return parts[0]
        return AnyHolds(tuple(parts)) if joint == "or" else All(tuple(parts))

    def _in_parens(self, stream: Stream, depth: int) -> Condition:
        token = stream.peek()
        if token is None or token.type not in ("() block", "function"):
            raise stream.fail(hint="Expected a condition in parentheses.")
        stream.next()
        if token.type == "function":
            return self._unknown(token)
        inner = Stream(token.content, token)
        first = inner.peek()
        if first is not None and (
            (first.type in ("() block", "function") and not _is_calc(first))
            or (first.type == "ident" and first.lower_value == "not")
        ):
            try:
                found = self.read(inner, depth=depth + 1)
                inner.end()
            except Invalid:
                return self._unknown(token)
            return found
        try:
            found = self._feature(Stream(token.content, token))
        except Invalid as error:
            self._wrong(error)
            return Unknown(written(token))
        return found

    def _unknown(self, token: Token) -> Condition:
        message = f"the condition “{written(token)}” is not known"
        self._wrong(Invalid(message, "", token.source_line, token.source_column))
        return Unknown(written(token))

    def _feature(self, stream: Stream) -> Condition:
        token = stream.peek()
        if token is not None and token.type == "ident":
            name = token.lower_value
            if len(stream.tokens) == 1:
                return self._boolean(name, stream)
            if stream.tokens[1].type == "literal" and stream.tokens[1].value == ":":
                stream.place = 2
                return self._plain(name, stream)
        return self._range(stream)

    def _boolean(self, name: str, stream: Stream) -> Condition:
        if name in self._words:
            return Word(name, "") if name not in ("orientation", "prefers-color-scheme", "form-factor") else _ALWAYS
        self._known(name, stream)
        unit = {"length": "px", "ratio": "", "resolution": "dppx"}[self._ranges[name]]
        return Compare(name, ">", Number(0, unit))

    def _known(self, name: str, stream: Stream) -> None:
        if name not in self._ranges:
            stream.place = 0
            prefix = stream.tokens[0].lower_value[:4] if stream.tokens[0].type == "ident" else ""
            ranged = prefix in ("min-", "max-") and prefix != name[:4]
            known = [f"{prefix}{one}" for one in self._ranges] if ranged else [*self._words, *self._ranges]
            written_name = f"{prefix}{name}" if ranged else name
            raise stream.fail(f"there is no feature “{written_name}”", nearest(written_name, known))
        self.axes.add(name)

    def _plain(self, name: str, stream: Stream) -> Condition:
        if name in self._words:
            value = stream.one_of(self._words[name])
            stream.end()
            if name == "orientation":
                self.axes.add(name)
            return Word(name, value)
        sign = "="
        for prefix, meant in (("min-", ">="), ("max-", "<=")):
            if name.startswith(prefix):
                name, sign = name.removeprefix(prefix), meant
        self._known(name, stream)
        return Compare(name, sign, self._value(name, stream, at_end=True))

    def _value(self, name: str, stream: Stream, *, at_end: bool) -> Number:
        kind = self._ranges[name]
        if kind == "ratio":
            value = self._ratio(stream)
        else:
            token = stream.peek()
            read = read_number(token) if token is not None else None
            zero = read is not None and read[0] == Number(0, "")
            if read is None or not (read[1] == kind or (zero and kind == "length")):
                raise stream.fail(hint=f"Expected a {kind}.")
            stream.next()
            node = simplify(read[0], Lengths() if not isinstance(read[0], Number) else None)
            assert isinstance(node, Number)
            value = node
        if at_end:
            stream.end()
        return value

    def _ratio(self, stream: Stream) -> Number:
        numbers = []
        while (read := stream.number("number")) is not None:
            numbers.append(read[0].value if isinstance(read[0], Number) else 0)
            if not stream.literal("/"):
                break
        if not 1 <= len(numbers) <= 2 or min(numbers) < 0:
            raise stream.fail(hint="Expected a ratio, like 16/9.")
        over, under = numbers[0], numbers[1] if len(numbers) == 2 else 1
        return Number(over / under if under else float("inf"), "")

    def _range(self, stream: Stream) -> Condition:
        """``width > 400px``, ``400px < width`` or ``400px < width <= 800px``."""
        token = stream.peek()
        if token is not None and token.type == "ident" and token.lower_value in self._ranges:
            name = stream.next().lower_value
            self.axes.add(name)
            sign = self._sign(stream)
            return Compare(name, sign, self._value(name, stream, at_end=True))
        name = next((item.lower_value for item in stream.tokens if item.type == "ident"), "")
        self._known(name, stream)
        left = self._value(name, stream, at_end=False)
        sign = self._sign(stream)
        if stream.word(name) is None:
            raise stream.fail()
        first = Compare(name, _MIRROR[sign], left)
        if stream.done():
            return first
        other = self._sign(stream)
        if other[0] != sign[0] or sign == "=":
            raise stream.fail("both comparisons have to go the same way")
        return All((first, Compare(name, other, self._value(name, stream, at_end=True))))

    def _sign(self, stream: Stream) -> str:
        for sign in ("<=", ">=", "<", ">", "="):
            if stream.literal(sign):
                return sign
            if len(sign) == 2 and stream.literal(sign[0]):
                if stream.literal("="):
                    return sign
                return sign[0]
        raise stream.fail(hint="Expected a comparison: <, <=, =, >= or >.")


def _is_calc(token: Token) -> bool:
    return token.type == "function" and read_is_math(token)


def read_is_math(token: Token) -> bool:
    return token.lower_name in ("calc", "min", "max", "clamp", "round", "abs")
