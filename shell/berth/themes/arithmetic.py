"""The arithmetic of ``calc()``, ``min()``, ``max()``, ``clamp()`` and their like, and how results are written.

After https://www.w3.org/TR/css-values-4/#calc-simplification.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from berth.themes.units import RELATIVE, Calc, Lengths, Number, Numeric


def simplify(node: Numeric, lengths: Lengths | None = None, percent: float | None = None) -> Numeric:
    """The same with everything worked out that can be.

    Args:
        lengths: makes relative units pixels.
        percent: what 100 % is; the result is then in pixels.
    """
    if isinstance(node, Number):
        return _leaf(node, lengths, percent)
    parts = tuple(simplify(part, lengths, percent) for part in node.parts)
    return _OPERATIONS.get(node.op, _function_of)(node.op, parts)


def _leaf(number: Number, lengths: Lengths | None, percent: float | None) -> Number:
    unit = number.unit
    if unit == "%" and percent is not None:
        return Number(number.value / 100 * percent, "px")
    if lengths is None or unit not in RELATIVE:
        return number
    if unit == "em":
        return Number(number.value * lengths.em, "px")
    if unit == "rem":
        return Number(number.value * lengths.rem, "px")
    side = unit[1:] if unit[0] in "sld" else unit
    sides = {"vw": lengths.width, "vi": lengths.width, "vh": lengths.height, "vb": lengths.height}
    sides |= {"vmin": min(lengths.width, lengths.height), "vmax": max(lengths.width, lengths.height)}
    return Number(number.value * sides[side] / 100, "px")


def _add(_op: str, parts: tuple[Numeric, ...]) -> Numeric:
    flat = [term for part in parts for term in (part.parts if isinstance(part, Calc) and part.op == "+" else (part,))]
    sums: dict[str, float] = {}
    others: list[Numeric] = []
    for term in flat:
        if isinstance(term, Number):
            sums[term.unit] = sums.get(term.unit, 0) + term.value
        else:
            others.append(term)
    terms: list[Numeric] = [Number(sums[unit], unit) for unit in sorted(sums, key=_unit_order)]
    terms += others
    return terms[0] if len(terms) == 1 else Calc("+", tuple(terms))


def _unit_order(unit: str) -> tuple[int, str]:
    """Plain numbers, then percentages, then units by name, as a calculation is written out."""
    return (0 if not unit else 1 if unit == "%" else 2, unit)


def _multiply(_op: str, parts: tuple[Numeric, ...]) -> Numeric:
    flat = [term for part in parts for term in (part.parts if isinstance(part, Calc) and part.op == "*" else (part,))]
    factor = 1.0
    rest: list[Numeric] = []
    for term in flat:
        if isinstance(term, Number) and not term.unit:
            factor *= term.value
        else:
            rest.append(term)
    if not rest:
        return Number(factor, "")
    if len(rest) == 1:
        return _scaled(rest[0], factor)
    return _by_units(factor, rest) or Calc("*", (Number(factor, ""), *rest))


def _scaled(node: Numeric, factor: float) -> Numeric:
    if isinstance(node, Number):
        return Number(node.value * factor, node.unit)
    if node.op == "+":
        return Calc("+", tuple(_scaled(part, factor) for part in node.parts))
    return node if factor == 1 else Calc("*", (Number(factor, ""), node))


def _by_units(factor: float, terms: Sequence[Numeric]) -> Number | None:
    """``10px / 2px * 3px``: units that cancel out."""
    powers: dict[str, int] = {}
    for term in terms:
        inverse = isinstance(term, Calc) and term.op == "/"
        leaf = term.parts[0] if isinstance(term, Calc) and inverse else term
        if not isinstance(leaf, Number):
            return None
        factor = _divided(factor, leaf.value) if inverse else factor * leaf.value
        powers[leaf.unit] = powers.get(leaf.unit, 0) + (-1 if inverse else 1)
    left = [(unit, power) for unit, power in powers.items() if power and unit]
    if not left:
        return Number(factor, "")
    return Number(factor, left[0][0]) if len(left) == 1 and left[0][1] == 1 else None


def _invert(_op: str, parts: tuple[Numeric, ...]) -> Numeric:
    part = parts[0]
    if isinstance(part, Number) and not part.unit:
        return Number(_divided(1, part.value), "")
    return Calc("/", parts)


def _divided(value: float, by: float) -> float:
    if by:
        return value / by
    return math.nan if not value or math.isnan(value) else math.copysign(math.inf, value) * math.copysign(1, by)


def _function_of(op: str, parts: tuple[Numeric, ...]) -> Numeric:
    numbers = [part for part in parts if isinstance(part, Number)]
    units = {number.unit for number in numbers}
    if len(numbers) != len(parts) or len(units) != 1:
        return Calc(op, parts)
    unit = units.pop()
    if unit.startswith("@") or (unit == "%" and op == "sign"):
        # What a word stands for may be negative, 100 % may be nothing.
        return Calc(op, parts)
    values = [number.value for number in numbers]
    value = math.nan if any(math.isnan(value) for value in values) else _FUNCTIONS[op](*values)
    return Number(value, "" if op == "sign" else unit)


def _rounded(way: Callable[[float], float]) -> Callable[[float, float], float]:
    def function(value: float, step: float) -> float:
        if step == 0 or math.isinf(value):
            return math.nan if step == 0 or math.isinf(step) else value
        if math.isinf(step):
            return _to_infinity(way, value, step)
        return way(value / step) * step

    return function


def _to_infinity(way: Callable[[float], float], value: float, step: float) -> float:
    if way is math.ceil and value > 0:
        return math.inf
    if way is math.floor and value < 0:
        return -math.inf
    return math.copysign(0.0, value)


def _nearest(value: float) -> float:
    return math.floor(value + 0.5)


def _modulo(value: float, by: float) -> float:
    if by == 0 or math.isinf(value):
        return math.nan
    if math.isinf(by):
        return value if math.copysign(1, value) == math.copysign(1, by) else math.nan
    return value - math.floor(value / by) * by


def _remainder(value: float, by: float) -> float:
    if by == 0 or math.isinf(value):
        return math.nan
    return math.fmod(value, by)


def _power(value: float, by: float) -> float:
    try:
        result = value**by
    except (OverflowError, ZeroDivisionError):
        return math.inf
    return result if isinstance(result, float | int) else math.nan


_FUNCTIONS: dict[str, Callable[..., float]] = {
    "min": min,
    "max": max,
    "clamp": lambda low, value, high: max(low, min(value, high)),
    "abs": abs,
    "sign": lambda value: math.copysign(1, value) if value else value,
    "hypot": math.hypot,
    "mod": _modulo,
    "rem": _remainder,
    "pow": _power,
    "sqrt": lambda value: math.sqrt(value) if value >= 0 else math.nan,
    "round-nearest": _rounded(_nearest),
    "round-up": _rounded(math.ceil),
    "round-down": _rounded(math.floor),
    "round-to-zero": _rounded(math.trunc),
}
_FUNCTIONS["min"] = lambda *values: min(values)
_FUNCTIONS["max"] = lambda *values: max(values)
_OPERATIONS: dict[str, Callable[[str, tuple[Numeric, ...]], Numeric]] = {"+": _add, "*": _multiply, "/": _invert}


# --- writing


def plain(value: float) -> str:
    """A number as CSS writes it: six digits, no trailing zeros, no exponent."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "infinity" if value > 0 else "-infinity"
    text = f"{value:.6g}"
    if "e" in text:
        text = f"{value:.6f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def number_css(node: Numeric) -> str:
    """How a computed number is written."""
    if isinstance(node, Number):
        return plain(node.value) + node.unit
    if node.op in ("+", "*", "/"):
        return f"calc({_inner(node)})"
    return _inner(node)


def _inner(node: Numeric) -> str:
    if isinstance(node, Number):
        return number_css(node)
    if node.op == "+":
        text = _inner(node.parts[0])
        for part in node.parts[1:]:
            if isinstance(part, Number) and part.value < 0:
                text += f" - {number_css(Number(-part.value, part.unit))}"
            else:
                text += f" + {_inner(part)}"
        return text
    if node.op in ("*", "/"):
        written = [
            f"({_inner(part)})" if isinstance(part, Calc) and part.op == "+" else _inner(part) for part in node.parts
        ]
        return " * ".join(written) if node.op == "*" else f"1 / {written[0]}"
    name, _, strategy = node.op.partition("-")
    arguments = [strategy] if strategy and strategy != "nearest" else []
    return f"{name}({', '.join([*arguments, *map(_inner, node.parts)])})"
