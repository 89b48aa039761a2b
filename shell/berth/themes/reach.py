"""Which elements of the desktop a selector can ever match."""

from __future__ import annotations

from functools import lru_cache

from berth.themes.findings import nearest
from berth.themes.selector_text import resolved
from berth.themes.selectors import PART, AnyOf, Attribute, Compound, Has, Root, Selector
from berth.themes.vocabulary import ATTRIBUTES, KINDS, ROOT


@lru_cache(maxsize=4096)
def reachable(selector: Selector) -> frozenset[str]:
    """Types of the elements that `selector` can match; none means that it never does.

    Nesting asks for the same again and again.
    """
    return _from(selector, 0)


def why_never(selector: Selector) -> tuple[str, str]:
    """A sentence on why nothing matches `selector`, and a hint."""
    for compound in selector.compounds:
        kind = KINDS.get(compound.type)
        if kind is None:
            continue
        for state in sorted(compound.states - {*kind.states}):
            listed = ", ".join(f":{name}" for name in kind.states)
            hint = nearest(state, kind.states) or (f"It can be {listed}." if listed else "It has no states.")
            return f"“{compound.type}” is never “:{state}”.", hint
        for name in sorted(compound.classes - {*kind.classes}):
            listed = ", ".join(f".{other}" for other in kind.classes)
            hint = nearest(name, kind.classes) or (f"It can be {listed}." if listed else "It has no classes.")
            return f"“{compound.type}” is never “.{name}”.", hint
        for test in compound.tests:
            if isinstance(test, Attribute) and test.name not in kind.attributes:
                return f"“{compound.type}” has no attribute “{test.name}”.", _who_has(test.name)
    kind = KINDS.get(selector.compounds[0].type)
    hint = f"A {selector.compounds[0].type} is inside of {', '.join(kind.inside)}." if kind and kind.inside else ""
    return f"Nothing in the desktop matches “{resolved(selector)}”.", hint


def _who_has(attribute: str) -> str:
    known = {name: kind for name in ATTRIBUTES if (kind := [one for one in KINDS if name in KINDS[one].attributes])}
    if attribute not in known:
        return nearest(attribute, known) or f"Attributes are {', '.join(known)}."
    return f"It is one of {', '.join(f'“{kind}”' for kind in known[attribute])}."


def _from(selector: Selector, place: int) -> frozenset[str]:
    found = frozenset(name for name in KINDS if _fits(selector.compounds[place], name))
    if place == len(selector.links) or not found:
        return found
    others = _from(selector, place + 1)
    link = selector.links[place]
    if link == PART:
        return found
    if link == ">":
        return frozenset(name for name in found if others & _parents(name))
    if link == " ":
        return frozenset(name for name in found if others & _ancestors(name))
    # Which neighbours an element has is not said in the vocabulary.
    return found if others else frozenset()


def _fits(compound: Compound, name: str) -> bool:
    kind = KINDS[name]
    if compound.never or (compound.type and compound.type != name):
        return False
    if compound.parts:
        return True
    if not compound.classes <= {*kind.classes} or not compound.states <= {*kind.states}:
        return False
    return all(_passes(test, name) for test in compound.tests)


def _passes(test: object, name: str) -> bool:
    if isinstance(test, Attribute):
        return test.name in KINDS[name].attributes
    if isinstance(test, AnyOf) and not test.negated:
        return any(name in reachable(choice) for choice in test.choices)
    if isinstance(test, Has):
        return any(_can_hold(argument, name) for argument in test.arguments)
    return not isinstance(test, Root) or name == ROOT


def _can_hold(argument: Selector, name: str) -> bool:
    """Whether an element of this type can have in it what the argument of a ``:has()`` asks for."""
    compounds = (*argument.compounds[:-1], Compound(name))
    return bool(reachable(Selector(compounds, argument.links, argument.specificity, argument.text)))


def _parents(name: str) -> frozenset[str]:
    return frozenset(KINDS[name].inside)


def _ancestors(name: str) -> frozenset[str]:
    found: frozenset[str] = frozenset()
    for parent in KINDS[name].inside:
        found |= {parent} | _ancestors(parent)
    return found | ({ROOT} if name != ROOT else frozenset())
