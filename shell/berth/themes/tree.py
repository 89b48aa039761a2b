"""Which elements of a tree have in them what rules ask for: ``:has()``, https://www.w3.org/TR/selectors-4/#relational.

Elements are values that know their parents and not what is inside, so that all that look alike are one. Whoever has
a tree makes a `Node` for each of its elements; `hold` finds out which conditions hold for which of them, `measured`
says how large one is, and `dressed` are the elements that say so. Conditions on elements that no rule asks about are
not looked for.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from berth.themes.element import Element, Elements, Size
from berth.themes.selectors import Compound, Has, Selector, Watch

MOST_STEPS = 200_000
"""Looks at an element, for all conditions of all nodes together; a sheet that needs more is an attack."""
MOST_CONDITIONS = 64
"""Different ones; each makes elements that could be shared differ."""


class Node:
    """An element at its place in a tree.

    Attributes:
        element: without what it holds, as are its parent and its neighbour.
        holds: see `hold`.
    """

    __slots__ = ("_dressed", "_size", "element", "holds", "parent", "previous")

    def __init__(self, element: Element, parent: Node | None = None, previous: Node | None = None) -> None:
        self.element = element
        self.parent = parent
        self.previous = previous
        self.holds: set[str] = set()
        self._size: Size | None = None
        self._dressed: Element | None = None

    def measured(self, size: Size) -> None:
        """It is so large, in pixels; to be said before anything asks for what is inside of it, dressed."""
        self._size = size
        self._dressed = None

    def dressed(self, elements: Elements) -> Element:
        """The element with what it and those around it hold, and their sizes; the very same where there is nothing."""
        if self._dressed is None:
            parent = self.parent.dressed(elements) if self.parent is not None else self.element.parent
            previous = self.previous.dressed(elements) if self.previous is not None else self.element.previous
            element = self.element
            moved = parent is not element.parent or previous is not element.previous
            if self.holds or moved or self._size is not None:
                element = elements.again(element, parent, previous, element.states, self.holds, self._size)
            self._dressed = element
        return self._dressed


MOST_WATCHES = 4096
"""Rules, about, that ask; each look begins with them."""


def hold(nodes: Iterable[Node], watches: Sequence[Watch], most: int = MOST_STEPS) -> bool:
    """Say of each node which conditions hold for it, by their keys.

    Returns False if that takes more than `most` steps, or there are more than `MOST_CONDITIONS` or `MOST_WATCHES`; then
    nothing holds.
    """
    if not watches:
        return True
    conditions: dict[str, tuple[Has, dict[tuple[Compound, ...], None]]] = {}
    for watch in watches[:MOST_WATCHES]:
        conditions.setdefault(watch.has.key, (watch.has, {}))[1][watch.hosts] = None
    nodes = list(nodes)
    search = _Search(most)
    few = len(watches) <= MOST_WATCHES and len(conditions) <= MOST_CONDITIONS
    sound = few and all(search.run(node, has, hosts) for has, hosts in conditions.values() for node in nodes)
    if not sound:
        for node in nodes:
            node.holds.clear()
    return sound


class _Search:
    """Counts its steps."""

    def __init__(self, most: int) -> None:
        self._left = most

    def run(self, node: Node, has: Has, hosts: Collection[tuple[Compound, ...]]) -> bool:
        """Note the condition at all for whom `node` makes it hold; False if no steps are left."""
        for argument in has.arguments:
            self._left -= 1
            if argument.compounds[0].matches(node.element):
                for anchor in self._anchors(argument, node):
                    self._left -= len(hosts)
                    if any(all(one.matches(anchor.element) for one in group) for group in hosts):
                        anchor.holds.add(has.key)
        return self._left >= 0

    def _anchors(self, argument: Selector, subject: Node) -> list[Node]:
        """All elements from which `argument` leads to the subject.

        All ways are gone at once, from right to left, so that none is gone twice.
        """
        found = [subject]
        for link, compound in zip(argument.links, argument.compounds[1:], strict=True):
            beyond: dict[Node, None] = {}
            for node in found:
                other = _next(link, node)
                while other is not None and other not in beyond:
                    beyond[other] = None
                    other = _next(link, other) if link in (" ", "~") else None
            self._left -= len(beyond)
            # The last compound is empty: that is the element which is asked about.
            found = [node for node in beyond if compound.matches(node.element)]
        return found


def _next(link: str, node: Node) -> Node | None:
    return node.parent if link in (" ", ">") else node.previous
