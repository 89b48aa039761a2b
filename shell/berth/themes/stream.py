"""Reading the component values of one declaration, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TypeVar

from berth.themes.findings import Invalid, Refused, nearest
from berth.themes.numbers import Token, read_number
from berth.themes.units import Numeric

_Value = TypeVar("_Value")


class Stream:
    """Component values without white space and comments.

    Methods named for what they read return None, and read nothing, if something else stands there.
    """

    def __init__(self, tokens: Sequence[Token], at: Token = None) -> None:
        self.tokens = [token for token in tokens if token.type not in ("whitespace", "comment")]
        self.place = 0
        self._at = at
        self._inside: dict[int, Invalid] = {}

    def peek(self) -> Token:
        return self.tokens[self.place] if self.place < len(self.tokens) else None

    def next(self) -> Token:
        token = self.peek()
        self.place += 1
        return token

    def done(self) -> bool:
        return self.place >= len(self.tokens)

    def fail(self, message: str = "", hint: str = "") -> Invalid:
        """The error to raise for what stands here; without a `message`, that of what is inside of it, if any."""
        if not message and self.place in self._inside:
            return self._inside[self.place]
        token = self.peek() or (self.tokens[-1] if self.tokens else self._at)
        if not message:
            message = "the value ends too early" if self.done() else f"“{written(self.peek())}” does not fit here"
        if token is None:
            return Invalid(message, hint)
        return Invalid(message, hint, token.source_line, token.source_column)

    def end(self) -> None:
        """Raises `Invalid` if something is left."""
        if not self.done():
            raise self.fail()

    def word(self, *words: str) -> str | None:
        """One of `words` (any word, if none are given), in lower case."""
        token = self.peek()
        if token is None or token.type != "ident" or (words and token.lower_value not in words):
            return None
        self.place += 1
        word: str = token.lower_value
        return word

    def one_of(self, words: Collection[str]) -> str:
        """Raises `Invalid`, naming the nearest word, if none of `words` stands here."""
        found = self.word(*words)
        if found is None:
            token = self.peek()
            hint = nearest(token.lower_value, words) if token is not None and token.type == "ident" else ""
            raise self.fail(hint=hint or f"Expected one of: {', '.join(sorted(words))}.")
        return found

    def literal(self, text: str) -> bool:
        token = self.peek()
        if token is not None and token.type == "literal" and token.value == text:
            self.place += 1
            return True
        return False

    def function(self, *names: str) -> Token:
        """The function token of one of `names`."""
        token = self.peek()
        if token is None or token.type != "function" or token.lower_name not in names:
            return None
        self.place += 1
        return token

    def string(self) -> str | None:
        token = self.peek()
        if token is None or token.type != "string":
            return None
        self.place += 1
        text: str = token.value
        return text

    def number(self, *kinds: str) -> tuple[Numeric, str] | None:
        """A number of one of `kinds` (see `kind_of_unit`) with its kind."""
        token = self.peek()
        read = read_number(token) if token is not None else None
        if read is None or read[1] not in kinds:
            return None
        self.place += 1
        return read

    def attempt(self, read: Callable[[Stream], _Value]) -> _Value | None:
        """What `read` reads, or None, with nothing read, if that is invalid."""
        place = self.place
        try:
            return read(self)
        except Invalid as error:
            self.place = place
            if isinstance(error, Refused) or self._is_inside(error):
                self._inside.setdefault(place, error)
            return None

    def _is_inside(self, error: Invalid) -> bool:
        """Whether `error` is in the arguments of the function that stands here, which was recognised then."""
        token = self.peek()
        if token is None or token.type != "function":
            return False
        after = self.tokens[self.place + 1] if self.place + 1 < len(self.tokens) else None
        end = (after.source_line, after.source_column) if after is not None else (error.line + 1, 0)
        return (token.source_line, token.source_column) < (error.line, error.column) < end


def comma_separated(tokens: Sequence[Token]) -> list[list[Token]]:
    parts: list[list[Token]] = [[]]
    for token in tokens:
        if token.type == "literal" and token.value == ",":
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def written(token: Token) -> str:
    """A token as it stands in the sheet, cut short."""
    text: str = token.serialize()
    return text if len(text) <= 40 else f"{text[:39]}…"
