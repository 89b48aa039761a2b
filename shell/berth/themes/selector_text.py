"""A selector as text that stands alone: what it is nested in is written out."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from tinycss2.serializer import serialize_identifier

from berth.themes.selectors import PART, AnyOf, Attribute, Compound, Has, Nth, Root, Selector, Test

_MOST_WRITTEN = 20_000
"""Characters, as `Selector.size` counts them."""


@lru_cache(maxsize=1024)
def resolved(selector: Selector) -> str:
    """Like ``button.start:hover`` for ``&:hover`` inside of ``button { &.start { … } }``.

    What would be endless stays as the sheet writes it.
    """
    if selector.size > _MOST_WRITTEN:
        return selector.text
    text = _compound(selector.compounds[-1], first=True)
    pairs = zip(reversed(selector.links), reversed(selector.compounds[:-1]), strict=True)
    for link, compound in pairs:
        between = {" ": " ", PART: ""}.get(link, f" {link} ")
        text += between + _compound(compound, first=False)
    return text


def relative(arguments: Iterable[Selector]) -> str:
    """Like ``:has(> button:hover, label)``; what the last compounds stand for is not written."""
    return f":has({', '.join(_relative(argument) for argument in arguments)})"


def _relative(argument: Selector) -> str:
    link = argument.links[-1].strip()
    inner = Selector(argument.compounds[:-1], argument.links[:-1], argument.specificity, argument.text)
    return f"{link} {resolved(inner)}" if link else resolved(inner)


def _compound(compound: Compound, *, first: bool) -> str:
    if compound.never:
        return ":is()"
    if compound.parts:
        names = " ".join(map(serialize_identifier, sorted(compound.parts)))
        return f"::part({names})" + _rest(compound, list(compound.tests))
    tests = list(compound.tests)
    head = serialize_identifier(compound.type) if compound.type else ""
    outer = next((test for test in tests if _can_lead(test, first=first)), None)
    if not head and isinstance(outer, AnyOf):
        tests.remove(outer)
        head = resolved(outer.choices[0])
    text = head + _rest(compound, tests)
    return text or "*"


def _can_lead(test: Test, *, first: bool) -> bool:
    """Whether what a test asks for can stand in front of the others just so."""
    plain = isinstance(test, AnyOf) and not test.negated and not test.weightless and len(test.choices) == 1
    return plain and isinstance(test, AnyOf) and (first or len(test.choices[0].compounds) == 1)


def _rest(compound: Compound, tests: list[Test]) -> str:
    parts = [f"#{serialize_identifier(compound.name)}"] if compound.name else []
    parts += [f".{serialize_identifier(name)}" for name in sorted(compound.classes)]
    parts += [_test(test) for test in tests]
    parts += [f":{state}" for state in sorted(compound.states)]
    return "".join(parts)


def _test(test: Test) -> str:
    if isinstance(test, Root):
        return ":root"
    if isinstance(test, Attribute):
        value = test.value.replace("\\", "\\\\").replace('"', '\\"')
        flag = " i" if test.any_case else ""
        return f'[{test.name}{test.operator}"{value}"{flag}]' if test.operator else f"[{test.name}]"
    if isinstance(test, Nth):
        name = f"nth{'-last' if test.last else ''}-{'of-type' if test.of_type else 'child'}"
        return f":{name}({test.a}n{test.b:+d})"
    if isinstance(test, Has):
        return test.key
    name = "not" if test.negated else "where" if test.weightless else "is"
    return f":{name}({', '.join(map(resolved, test.choices))})"
