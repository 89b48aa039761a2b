"""What selectors look at: an element of the desktop with its names, states, ancestors and neighbours.

Elements are values. Two things of the desktop that look alike to every selector are one `Element`, so what
is computed for one is computed for all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

Size = tuple[float, float]
"""Width and height, in pixels."""


class Element:
    """One element; make them with `Elements.make`, which gives the same object for the same description.

    Attributes:
        type: like ``button``.
        states: pseudo-classes that hold, without the colon: ``hover``, ``checked`` ...
        parts: names under which its parent shows this element to ``::part()``; it has no other selectors then.
        previous: the sibling before it.
        place: from 1, and `count` is how many siblings there are with it.
        size: width and height in pixels, of elements that container queries may ask.
        app: id of the app whose window this is in; empty for the shell's own.
        holds: which conditions on what is inside of it hold, see `berth.themes.tree`.
    """

    __slots__ = (
        *("type", "name", "classes", "attributes", "states", "parts", "parent", "previous", "place", "count"),
        *("size", "app", "holds", "key", "depth"),
    )

    def __init__(self, key: tuple[object, ...], depth: int) -> None:
        self.key = key
        self.depth = depth
        self.type: str = ""
        self.name = ""
        self.classes: frozenset[str] = frozenset()
        self.attributes: Mapping[str, str] = {}
        self.states: frozenset[str] = frozenset()
        self.parts: frozenset[str] = frozenset()
        self.parent: Element | None = None
        self.previous: Element | None = None
        self.place = 1
        self.count = 1
        self.size: Size | None = None
        self.app = ""
        self.holds: frozenset[str] = frozenset()

    def __repr__(self) -> str:
        text = "".join((*(f".{name}" for name in sorted(self.classes)), *(f":{name}" for name in sorted(self.states))))
        part = f"::part({' '.join(sorted(self.parts))})" if self.parts else ""
        return f"<{self.type}{part}{text}>"


DEEPEST = 64


class Elements:
    """All elements that were ever asked for, each once; `MOST` of them, then it starts anew."""

    MOST = 20_000

    def __init__(self) -> None:
        self._known: dict[tuple[object, ...], Element] = {}

    def make(
        self,
        type: str,
        parent: Element | None = None,
        *,
        name: str = "",
        classes: Iterable[str] = (),
        attributes: Mapping[str, str] | None = None,
        states: Iterable[str] = (),
        parts: Iterable[str] = (),
        previous: Element | None = None,
        place: int = 1,
        count: int = 1,
        size: Size | None = None,
        app: str = "",
        holds: Iterable[str] = (),
    ) -> Element:
        """The element of this description. `name` is what ``#name`` selects. Raises ValueError beyond `DEEPEST`."""
        classes, states, parts, holds = frozenset(classes), frozenset(states), frozenset(parts), frozenset(holds)
        attributes = attributes or {}
        app = app or (parent.app if parent else "")
        written = tuple(sorted(attributes.items()))
        key = (type, parent, name, classes, written, states, parts, previous, place, count, size, app, holds)
        found = self._known.get(key)
        if found is None:
            found = Element(key, parent.depth + 1 if parent else 0)
            if found.depth > DEEPEST:
                raise ValueError("elements are nested too deeply")
            found.type, found.name, found.parent, found.previous = type, name, parent, previous
            found.classes, found.states, found.parts, found.attributes = classes, states, parts, attributes
            found.place, found.count, found.size, found.app, found.holds = place, count, size, app, holds
            if len(self._known) >= self.MOST:
                self._known.clear()
            self._known[key] = found
        return found

    def in_states(self, element: Element, states: Iterable[str]) -> Element:
        """The same as `element` but for its states."""
        return self.again(element, element.parent, element.previous, states, element.holds, element.size)

    def again(
        self,
        element: Element,
        parent: Element | None,
        previous: Element | None,
        states: Iterable[str],
        holds: Iterable[str],
        size: Size | None,
    ) -> Element:
        """The same as `element` but for these."""
        return self.make(
            element.type,
            parent,
            name=element.name,
            classes=element.classes,
            attributes=element.attributes,
            states=states,
            parts=element.parts,
            previous=previous,
            place=element.place,
            count=element.count,
            size=size,
            app=element.app,
            holds=holds,
        )

    def __len__(self) -> int:
        return len(self._known)
