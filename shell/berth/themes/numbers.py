"""Reads numbers with units and calculations: https://www.w3.org/TR/css-values-4/#math.

What depends on the element (em, %, vw) is kept as an expression until an element is there; everything else is
one number at once.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from berth.themes.arithmetic import simplify
from berth.themes.findings import Invalid, nearest
from berth.themes.units import ABSOLUTE, RELATIVE, Calc, Number, Numeric, absolute, kind_of_unit

Token = Any
"""A component value of tinycss2, which has no types of its own."""

DEEPEST = 24
MOST_TERMS = 256
_CONSTANTS = {"pi": math.pi, "e": math.e, "infinity": math.inf, "-infinity": -math.inf, "nan": math.nan}
_ARGUMENTS = {"min": (1, 64), "max": (1, 64), "clamp": (3, 3), "abs": (1, 1), "sign": (1, 1), "hypot": (1, 64)}
_ARGUMENTS |= {"mod": (2, 2), "rem": (2, 2), "round": (1, 3), "pow": (2, 2), "sqrt": (1, 1)}
MATH_FUNCTIONS = frozenset({"calc", *_ARGUMENTS})
_STRATEGIES = ("nearest", "up", "down", "to-zero")


class Untyped(Invalid):
    """Terms of different kinds were added, or the like."""


def read_number(token: Token, resolve: Mapping[str, Numeric] | None = None) -> tuple[Numeric, str] | None:
    """A number and its kind (as `kind_of_unit`, or ``length-percentage``), or None if `token` is none.

    Args:
        resolve: words that stand for numbers, as the channels of a relative colour do.

    Raises:
        Invalid: an unknown unit, or a calculation that does not fit together.
    """
    if token.type == "number":
        return Number(token.value, ""), "number"
    if token.type == "percentage":
        return Number(token.value, "%"), "percentage"
    if token.type == "dimension":
        unit = token.lower_unit
        kind = kind_of_unit(unit)
        if not kind:
            raise _at(token, f"the unit “{token.unit}” is not known", nearest(unit, [*ABSOLUTE, *RELATIVE]))
        return absolute(Number(token.value, unit)), kind
    if token.type == "function" and token.lower_name in MATH_FUNCTIONS:
        node, exponents = _function(token, resolve or {}, 0)
        return simplify(node), _kind(token, exponents)
    return None


_Type = dict[str, int]


def _kind(token: Token, exponents: _Type) -> str:
    kinds = {kind: power for kind, power in exponents.items() if power}
    if not kinds:
        return "number"
    if set(kinds) == {"length-percentage"}:
        return "length-percentage"
    if len(kinds) == 1 and next(iter(kinds.values())) == 1:
        return next(iter(kinds))
    raise _at(token, "the calculation gives no length, angle, time or number", "Multiply by plain numbers only.")


def _function(token: Token, words: Mapping[str, Numeric], depth: int) -> tuple[Numeric, _Type]:
    if depth > DEEPEST:
        raise _at(token, "calculations are nested too deeply")
    name = token.lower_name
    parts = _split_commas(token.arguments)
    if name == "calc":
        if len(parts) != 1:
            raise _at(token, "calc() takes one calculation")
        return _sum(parts[0], words, depth + 1, token)
    strategy = "nearest"
    if name == "round" and len(parts[0]) == 1 and getattr(parts[0][0], "lower_value", "") in _STRATEGIES:
        strategy = parts.pop(0)[0].lower_value
    low, high = _ARGUMENTS[name]
    if not low <= len(parts) <= (2 if name == "round" else high):
        raise _at(token, f"{name}() has the wrong number of arguments")
    read = [_sum(part, words, depth + 1, token) for part in parts]
    if name == "round" and len(read) == 1:
        read.append((Number(1, ""), {}))
    types = [kind for _node, kind in read]
    common = types[0]
    for kind in types[1:]:
        common = _same(token, common, kind)
    if name in ("pow", "sqrt") and any(common.values()):
        raise _at(token, f"{name}() takes plain numbers")
    op = f"round-{strategy}" if name == "round" else name
    return Calc(op, tuple(node for node, _kind in read)), {} if name == "sign" else common


def _same(token: Token, one: _Type, other: _Type) -> _Type:
    one = {kind: power for kind, power in one.items() if power}
    other = {kind: power for kind, power in other.items() if power}
    if one == other:
        return one
    mixed = ({"length": 1}, {"percentage": 1}, {"length-percentage": 1})
    if one in mixed and other in mixed:
        return {"length-percentage": 1}
    names = " and ".join("number" if not kind else "·".join(kind) for kind in (one, other))
    raise Untyped(f"{names} cannot be added or compared", "", token.source_line, token.source_column)


def _sum(tokens: Sequence[Token], words: Mapping[str, Numeric], depth: int, at: Token) -> tuple[Numeric, _Type]:
    """Reads ``a + b - c``; the signs need space around them."""
    items = _trim(tokens)
    if not items or len(items) > 2 * MOST_TERMS:
        raise _at(at, "a calculation is empty" if not items else "a calculation is too long")
    products: list[list[Token]] = [[]]
    signs = [1]
    for place, token in enumerate(items):
        spaced = 0 < place < len(items) - 1 and {items[place - 1].type, items[place + 1].type} == {"whitespace"}
        if token.type == "literal" and token.value in "+-" and spaced:
            products.append([])
            signs.append(1 if token.value == "+" else -1)
        else:
            products[-1].append(token)
    node, kind = _product(products[0], words, depth, at)
    if len(products) == 1:
        return node, kind
    terms: list[Numeric] = [node]
    for sign, part in zip(signs[1:], products[1:], strict=True):
        node, other = _product(part, words, depth, at)
        kind = _same(at, kind, other)
        terms.append(node if sign > 0 else Calc("*", (Number(-1, ""), node)))
    return Calc("+", tuple(terms)), kind


def _product(tokens: Sequence[Token], words: Mapping[str, Numeric], depth: int, at: Token) -> tuple[Numeric, _Type]:
    items = [token for token in tokens if token.type not in ("whitespace", "comment")]
    if len(items) % 2 == 0:
        raise _at(at, "a calculation is not complete", "Put spaces around + and -.")
    node, kind = _operand(items[0], words, depth)
    factors: list[Numeric] = [node]
    for place in range(1, len(items), 2):
        operator, operand = items[place], items[place + 1]
        node, other = _operand(operand, words, depth)
        if operator.type != "literal" or operator.value not in "*/":
            raise _at(operator, "an operator is expected here", "Put spaces around + and -.")
        sign = 1 if operator.value == "*" else -1
        kind = {name: kind.get(name, 0) + sign * other.get(name, 0) for name in {*kind, *other}}
        factors.append(node if sign > 0 else Calc("/", (node,)))
    return (factors[0] if len(factors) == 1 else Calc("*", tuple(factors))), kind


def _operand(token: Token, words: Mapping[str, Numeric], depth: int) -> tuple[Numeric, _Type]:
    if token.type == "() block":
        if depth > DEEPEST:
            raise _at(token, "calculations are nested too deeply")
        return _sum(token.content, words, depth + 1, token)
    if token.type == "function" and token.lower_name in MATH_FUNCTIONS:
        return _function(token, words, depth + 1)
    if token.type == "ident":
        word = token.lower_value
        if word in words:
            return words[word], {}
        if word in _CONSTANTS:
            return Number(_CONSTANTS[word], ""), {}
    read = read_number(token)
    if read is None:
        raise _at(token, "a number is expected here")
    node, kind = read
    return node, ({} if kind == "number" else {kind: 1})


def _split_commas(tokens: Sequence[Token]) -> list[list[Token]]:
    parts: list[list[Token]] = [[]]
    for token in tokens:
        if token.type == "literal" and token.value == ",":
            parts.append([])
        elif token.type != "comment":
            parts[-1].append(token)
    return [_trim(part) for part in parts]


def _trim(tokens: Sequence[Token]) -> list[Token]:
    items = [token for token in tokens if token.type != "comment"]
    while items and items[0].type == "whitespace":
        items.pop(0)
    while items and items[-1].type == "whitespace":
        items.pop()
    return items


def _at(token: Token, message: str, hint: str = "") -> Invalid:
    return Invalid(message, hint, token.source_line, token.source_column)
