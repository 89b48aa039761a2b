"""Reads selectors: https://www.w3.org/TR/selectors-4/#grammar and nesting, https://www.w3.org/TR/css-nesting-1/."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import lru_cache

import tinycss2
import tinycss2.nth

from berth.themes.findings import Invalid, nearest
from berth.themes.numbers import Token
from berth.themes.selector_text import relative
from berth.themes.selectors import (
    PART,
    STATES,
    AnyOf,
    Attribute,
    Compound,
    Has,
    Nth,
    Root,
    Selector,
    Specificity,
    Test,
)
from berth.themes.stream import comma_separated, written

MOST_COMPOUNDS = 24
MOST_CHOICES = 256
MOST_SOUGHT = 2000
"""Characters of a ``:has()`` with all that it is nested in: it is known by its text."""
_DEEPEST = 12
_COMBINATORS = ">+~"
_POSITIONS = {
    "first-child": Nth(0, 1),
    "last-child": Nth(0, 1, True),
    "first-of-type": Nth(0, 1, False, True),
}
_NTH = {"nth-child": (False, False), "nth-last-child": (True, False), "nth-of-type": (False, True)}
_FUNCTIONS = ("is", "where", "not", "has", *_NTH)
_ATTRIBUTE_OPERATORS = ("=", "~=", "|=", "^=", "$=", "*=")


def read_selectors(tokens: Sequence[Token], parent: tuple[Selector, ...] | None = None) -> tuple[Selector, ...]:
    """A list of selectors.

    Args:
        parent: selectors of the rule around, for ``&``; None outside of any rule.

    Raises:
        Invalid: one of them is wrong, which makes the whole list wrong.
    """
    return _read(tokens, None if parent is None else _around(parent), 0, within_has=False)


@lru_cache(maxsize=16)
def _around(parent: tuple[Selector, ...]) -> AnyOf:
    """The same for all rules in a rule. Parts cannot be looked at through &."""
    return AnyOf(tuple(item for item in parent if not item.compounds[0].parts))


def _read(tokens: Sequence[Token], around: AnyOf | None, depth: int, *, within_has: bool) -> tuple[Selector, ...]:
    """`within_has`: they are in an argument of ``:has()``, in which there is no other."""
    if depth > _DEEPEST:
        raise _at(tokens[0] if tokens else None, "selectors are nested too deeply")
    nested = around is not None and depth == 0
    return tuple(_Reader(part, around, depth, within_has).read(relative=nested) for part in _parts(tokens))


def _parts(tokens: Sequence[Token]) -> Sequence[Sequence[Token]]:
    parts = comma_separated(tokens)
    if len(parts) > MOST_CHOICES:
        raise _at(tokens[0], "there are too many selectors")
    return parts


def _forgiving(tokens: Sequence[Token], around: AnyOf | None, depth: int, within_has: bool) -> tuple[Selector, ...]:
    """The list of ``:is()``, in which a wrong selector counts for nothing."""
    if depth > _DEEPEST:
        raise _at(tokens[0] if tokens else None, "selectors are nested too deeply")
    found = []
    for part in comma_separated(tokens)[:MOST_CHOICES]:
        try:
            selector = _Reader(part, around, depth, within_has).read(relative=False)
        except Invalid:
            continue
        if not selector.compounds[0].parts:
            found.append(selector)
    return tuple(found)


class _Reader:
    """One complex selector. `around` is what ``&`` stands for, the same for all of a list."""

    def __init__(self, tokens: Sequence[Token], around: AnyOf | None, depth: int, within_has: bool = False) -> None:
        self._tokens = [token for token in tokens if token.type != "comment"]
        while self._tokens and self._tokens[0].type == "whitespace":
            self._tokens.pop(0)
        while self._tokens and self._tokens[-1].type == "whitespace":
            self._tokens.pop()
        self._place = 0
        self._around = around
        self._depth = depth
        self._within_has = within_has
        self._specificity: Specificity = (0, 0, 0)
        self._amp = False

    def read(self, *, relative: bool, anchored: bool = False) -> Selector:
        """`relative` begins at ``&`` if it does not say where, `anchored` always at the element of a ``:has()``."""
        if not self._tokens:
            raise Invalid("a selector is missing")
        compounds: list[Compound] = []
        links: list[str] = []
        first = self._combinator() if relative or anchored else ""
        while True:
            compounds.append(self._compound())
            if self._part_follows():
                links.append(PART)
                compounds.append(self._part())
            if self._peek() is None:
                break
            if compounds[-1].parts:
                raise self._fail("nothing can follow ::part()")
            links.append(self._combinator() or " ")
            if len(compounds) > MOST_COMPOUNDS:
                raise self._fail("the selector is too long")
        if anchored:
            compounds.insert(0, Compound())
            links.insert(0, first or " ")
        elif relative and not self._amp:
            compounds.insert(0, self._compound_of([self._nested()]))
            links.insert(0, first or " ")
        elif first:
            compounds.insert(0, self._compound_of([self._nested()]))
            links.insert(0, first)
        text = tinycss2.serialize(self._tokens).strip()
        return Selector(tuple(reversed(compounds)), tuple(reversed(links)), self._specificity, text)

    def _compound_of(self, tests: list[Test]) -> Compound:
        return Compound(tests=tuple(tests))

    def _peek(self, ahead: int = 0) -> Token:
        place = self._place + ahead
        return self._tokens[place] if place < len(self._tokens) else None

    def _fail(self, message: str, hint: str = "") -> Invalid:
        return _at(self._peek() or self._tokens[-1], message, hint)

    def _skip_space(self) -> bool:
        start = self._place
        while (token := self._peek()) is not None and token.type == "whitespace":
            self._place += 1
        return self._place > start

    def _combinator(self) -> str:
        self._skip_space()
        token = self._peek()
        if token is not None and token.type == "literal" and token.value in _COMBINATORS:
            self._place += 1
            self._skip_space()
            combinator: str = token.value
            return combinator
        return ""

    def _weigh(self, ids: int = 0, classes: int = 0, types: int = 0) -> None:
        a, b, c = self._specificity
        self._specificity = (a + ids, b + classes, c + types)

    def _nested(self) -> AnyOf:
        """What ``&`` stands for; outside of any rule, the root."""
        self._amp = True
        if self._around is None:
            root = Selector((Compound(tests=(Root(),)),), (), (0, 0, 0), "&")
            return AnyOf((root,), weightless=True)
        self._weigh(*self._around.specificity)
        return self._around

    def _compound(self) -> Compound:
        kind = name = ""
        classes: set[str] = set()
        states: set[str] = set()
        tests: list[Test] = []
        never = False
        start = self._place
        while (token := self._peek()) is not None and token.type != "whitespace":
            if token.type == "ident" and self._place == start:
                kind = token.lower_value
                self._weigh(types=1)
            elif token.type == "hash" and token.is_identifier:
                never = never or (name != "" and name != token.value)
                name = token.value
                self._weigh(1)
            elif token.type == "[] block":
                tests.append(_attribute(token))
                self._weigh(classes=1)
            elif token.type == "literal" and token.value == "*" and self._place == start:
                pass
            elif token.type == "literal" and token.value == "&":
                tests.append(self._nested())
            elif token.type == "literal" and token.value == "." and self._follows("ident"):
                self._place += 1
                classes.add(self._peek().value)
                self._weigh(classes=1)
            elif token.type == "literal" and token.value == ":" and not self._is_colon(1):
                self._place += 1
                self._pseudo(states, tests)
            else:
                break
            self._place += 1
        if self._place == start:
            raise self._fail("a selector is expected here", "Like button, .class, #name or :hover.")
        return Compound(kind, name, frozenset(classes), frozenset(states), frozenset(), tuple(tests), never)

    def _follows(self, kind: str) -> bool:
        token = self._peek(1)
        return token is not None and token.type == kind

    def _is_colon(self, ahead: int) -> bool:
        token = self._peek(ahead)
        return token is not None and token.type == "literal" and token.value == ":"

    def _part_follows(self) -> bool:
        return self._is_colon(0) and self._is_colon(1)

    def _part(self) -> Compound:
        self._place += 2
        token = self._peek()
        if token is None or token.type != "function" or token.lower_name != "part":
            raise self._fail("only ::part(name) can follow two colons")
        names = [item.value for item in token.arguments if item.type == "ident"]
        if not names or any(item.type not in ("ident", "whitespace") for item in token.arguments):
            raise self._fail("::part() takes names")
        self._weigh(types=1)
        self._place += 1
        states: set[str] = set()
        tests: list[Test] = []
        while self._is_colon(0) and not self._is_colon(1):
            self._place += 1
            self._pseudo(states, tests)
            self._place += 1
        if any(not isinstance(test, AnyOf) for test in tests):
            raise self._fail("only states can follow ::part()")
        return Compound("", "", frozenset(), frozenset(states), frozenset(names), tuple(tests))

    def _pseudo(self, states: set[str], tests: list[Test]) -> None:
        """What follows a colon; its last token is left for the caller to step over."""
        token = self._peek()
        if token is not None and token.type == "function":
            self._function(token, tests)
            return
        if token is None or token.type != "ident":
            raise self._fail("the name of a state is expected after the colon")
        name = token.lower_value
        self._weigh(classes=1)
        if name == "root":
            tests.append(Root())
        elif name == "only-child":
            tests += [Nth(0, 1), Nth(0, 1, True)]
        elif name in _POSITIONS:
            tests.append(_POSITIONS[name])
        elif name in STATES:
            states.add(name)
        else:
            known = [*STATES, *_POSITIONS, "root", "only-child"]
            raise self._fail(f"the state “:{token.value}” is not known", nearest(name, known))

    def _function(self, token: Token, tests: list[Test]) -> None:
        name = token.lower_name
        if name in _NTH:
            read = tinycss2.nth.parse_nth(token.arguments)
            if read is None:
                raise self._fail(f":{name}() takes a number, odd, even or an+b")
            self._weigh(classes=1)
            last, of_type = _NTH[name]
            tests.append(Nth(read[0], read[1], last, of_type))
            return
        if name == "has":
            tests.append(self._has(token))
            return
        if name not in ("is", "where", "not"):
            raise self._fail(f"“:{token.name}()” is not known", nearest(name, _FUNCTIONS))
        if name == "not":
            choices = _read(token.arguments, self._around, self._depth + 1, within_has=self._within_has)
            if any(choice.compounds[0].parts for choice in choices):
                raise self._fail("::part() cannot be negated")
        else:
            choices = _forgiving(token.arguments, self._around, self._depth + 1, self._within_has)
        self._amp = self._amp or _mentions_amp(token)
        test = AnyOf(choices, negated=name == "not", weightless=name == "where")
        self._weigh(*test.specificity)
        tests.append(test)

    def _has(self, token: Token) -> Has:
        """https://www.w3.org/TR/selectors-4/#relational: not forgiving, and never one in another."""
        if self._within_has:
            raise self._fail(":has() cannot be in another :has()")
        if self._depth >= _DEEPEST:
            raise self._fail("selectors are nested too deeply")
        parts = _parts(token.arguments)
        if any(all(item.type in ("whitespace", "comment") for item in part) for part in parts):
            raise self._fail("a selector is missing in :has()")
        arguments = tuple(
            _Reader(part, self._around, self._depth + 1, True).read(relative=False, anchored=True) for part in parts
        )
        if any(compound.parts for argument in arguments for compound in argument.compounds):
            raise self._fail("::part() cannot be looked for by :has()")
        if sum(argument.size for argument in arguments) > MOST_SOUGHT:
            raise self._fail(":has() asks for too much", "With all that it is nested in it has many words.")
        self._amp = self._amp or _mentions_amp(token)
        found = Has(arguments, sys.intern(relative(arguments)))
        self._weigh(*found.specificity)
        return found


def _mentions_amp(token: Token) -> bool:
    inner = getattr(token, "arguments", None) or getattr(token, "content", None) or ()
    return any((item.type == "literal" and item.value == "&") or _mentions_amp(item) for item in inner)


def _attribute(token: Token) -> Attribute:
    items = [item for item in token.content if item.type not in ("whitespace", "comment")]
    if not items or items[0].type != "ident":
        raise _at(token, "the name of an attribute is expected in the brackets")
    name = items[0].lower_value
    if len(items) == 1:
        return Attribute(name)
    known = items[1].type == "literal" and items[1].value in _ATTRIBUTE_OPERATORS
    if not known or len(items) < 3 or items[2].type not in ("ident", "string"):
        raise _at(token, f"“{written(token)}” is no test of an attribute", 'Write for example [kind="menu"].')
    flag = items[3].lower_value if len(items) == 4 and items[3].type == "ident" else ""
    if len(items) > 4 or (len(items) == 4 and flag not in ("i", "s")):
        raise _at(token, "only i or s can stand after the value")
    return Attribute(name, items[1].value, items[2].value, flag == "i")


def _at(token: Token, message: str, hint: str = "") -> Invalid:
    if token is None:
        return Invalid(message, hint)
    return Invalid(message, hint, token.source_line, token.source_column)
