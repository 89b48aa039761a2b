"""Which elements of the desktop a selector can ever match."""

from __future__ import annotations

from berth.themes.findings import nearest
from berth.themes.selectors import PART, AnyOf, Compound, Root, Selector
from berth.themes.vocabulary import KINDS, ROOT


def reachable(selector: Selector) -> frozenset[str]:
    """Types of the elements that `selector` can match; none means that it never does."""
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
    kind = KINDS.get(selector.compounds[0].type)
    hint = f"A {selector.compounds[0].type} is inside of {', '.join(kind.inside)}." if kind and kind.inside else ""
    return f"Nothing in the desktop matches “{selector.text}”.", hint


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
    if isinstance(test, AnyOf) and not test.negated:
        return any(name in reachable(choice) for choice in test.choices)
    return not isinstance(test, Root) or name == ROOT


def _parents(name: str) -> frozenset[str]:
    return frozenset(KINDS[name].inside)


def _ancestors(name: str) -> frozenset[str]:
    found: frozenset[str] = frozenset()
    for parent in KINDS[name].inside:
        found |= {parent} | _ancestors(parent)
    return found | ({ROOT} if name != ROOT else frozenset())
