"""Follows what is inside of elements on the screen, and how large they are: for ``:has()`` and ``@container``.

Looks belong to paths, which all that look alike share, and a path does not say either. While a sheet asks for
that, and only then, the items that say by ``element`` what they are become a tree; those that look different by what
is inside of them, by what they are in and how large that is, get a table of their own, as ``dressed``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtQml import QQmlPropertyMap
from PySide6.QtQuick import QQuickItem
from shiboken6 import getCppPointer, isValid

from berth.themes.element import Element, Size
from berth.themes.engine import Engine
from berth.themes.tree import Node, hold
from berth.themes.vocabulary import element_at
from berth.ui.containers import MOST_QUERIES, Containers
from berth.ui.shown import element_of

MOST_STEPS = 20_000
"""As `berth.themes.tree.MOST_STEPS`, each time that something changes: 20 ms."""


class _Place(NamedTuple):
    """A node, and by their path those in it whose own item is beside what is inside of them, or not there yet."""

    path: str
    node: Node
    loose: dict[str, _Place]
    items: list[QQuickItem]


class _Dressed(NamedTuple):
    item: QQuickItem
    element: Element


class Inside(QObject):
    """Args:
        engine: has the rules.
        new_table: makes a table of a look; `fill` lets it be that of an element.
        screen: the size of the desktop.

    Attributes:
        active: a rule asks.
    """

    refused = Signal()
    crowded = Signal()
    circled = Signal()

    def __init__(
        self,
        engine: Engine,
        new_table: Callable[[], QQmlPropertyMap],
        fill: Callable[[QQmlPropertyMap, Element], None],
        screen: Callable[[], Size],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.active = False
        self._engine = engine
        self._new_table = new_table
        self._fill = fill
        self._screen = screen
        self._containers = Containers(engine, self._turned, self.circled.emit)
        self._is_measured = False
        self._followed: dict[int, QQuickItem] = {}
        self._tables: dict[Element, QQmlPropertyMap] = {}
        self._spare: list[QQmlPropertyMap] = []
        self._dressed: dict[int, _Dressed] = {}
        self._heard: set[int] = set()
        self._made: set[Element] = set()
        self._writing = False
        self._sound = True
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self._look)

    def follow(self, item: QQuickItem) -> None:
        """Count what is in the window of `item`, too."""
        pointer = getCppPointer(item)[0]
        self._followed[pointer] = item
        # Kept any longer, it would be taken for whatever Qt makes at the same address.
        item.destroyed.connect(lambda: self._followed.pop(pointer, None))
        self.moved()

    def moved(self) -> None:
        """Something on the screen is another element now, or has come or gone."""
        if self.active and not self._writing and not self._soon.isActive():
            self._soon.start()

    def element_of(self, item: QQuickItem) -> Element | None:
        """What `item` is with what is inside of it and around it; None where that makes no difference."""
        found = self._dressed.get(getCppPointer(item)[0])
        return None if found is None else found.element

    def _turned(self) -> None:
        """A container answers otherwise; also while looks are written, of which that may come."""
        if self.active and not self._soon.isActive():
            self._soon.start()

    def refresh(self) -> None:
        """The rules may be others."""
        self._is_measured = 0 < len(self._engine.queries) <= MOST_QUERIES
        before, self.active = self.active, bool(self._engine.watches) or self._is_measured
        if len(self._engine.queries) > MOST_QUERIES:
            self.crowded.emit()
        if self.active or before:
            self._sound = True
            self._containers.forget()
            for element, table in self._tables.items():
                self._fill(table, element)
            self._look()

    def _look(self) -> None:
        desktop = Node(element_at(self._engine.elements, ""))
        places: list[_Place] = []
        for window in self._windows():
            self._walk(window, [_Place("", desktop, {}, [])], places)
        if not hold([place.node for place in places], self._engine.watches, MOST_STEPS) and self._sound:
            self._sound = False
            self.refused.emit()
        # What the desktop holds would make everything differ, and its wallpaper and tokens are nobody's item.
        desktop.holds.clear()
        asked = self._measure(desktop, places) if self._is_measured else set()
        self._writing = True
        try:
            self._dress(places, asked)
        finally:
            self._writing = False

    def _windows(self) -> list[QQuickItem]:
        found = [item.window() for item in self._followed.values()] if self.active else []
        return list(dict.fromkeys(window.contentItem() for window in found if window is not None))

    def _measure(self, desktop: Node, places: list[_Place]) -> set[Element]:
        """Those around come first. Returns the elements that were asked whether they are containers."""
        elements, containers = self._engine.elements, self._containers
        containers.begin()
        if self._engine.is_container(desktop.element):
            answers = self._engine.answers(desktop.element, self._screen())
            desktop.measured(containers.standing(desktop.element, answers, self._screen()))
        asked = set()
        for place in places:
            element = place.node.dressed(elements)
            if element is not place.node.element:
                asked.add(element)
            if place.items and self._engine.is_container(element):
                # One of several paints its ground, and that one knows its look.
                painted = (item for item in place.items if item.property("look") is not None)
                place.node.measured(containers.size(element, next(painted, place.items[0])))
        containers.end()
        return asked

    def _dress(self, places: list[_Place], asked: set[Element]) -> None:
        elements = self._engine.elements
        wanted = [
            (place, element) for place in places if (element := place.node.dressed(elements)) is not place.node.element
        ]
        different = {element for _, element in wanted}
        self._spare += [self._tables.pop(element) for element in [*self._tables] if element not in different]
        made = different | asked
        self._engine.forget(self._made - made)
        self._made = made
        dressed = {}
        for place, element in wanted:
            for item in place.items:
                table = self._table(element)
                dressed[getCppPointer(item)[0]] = _Dressed(item, element)
                item.setProperty("dressed", table)
        for pointer, before in self._dressed.items():
            if pointer not in dressed and isValid(before.item):
                before.item.setProperty("dressed", None)
        self._dressed = dressed

    def _table(self, element: Element) -> QQmlPropertyMap:
        found = self._tables.get(element)
        if found is None:
            found = self._tables[element] = self._spare.pop() if self._spare else self._new_table()
            self._fill(found, element)
        return found

    # --- the tree

    def _walk(self, item: QQuickItem, around: list[_Place], found: list[_Place]) -> None:
        for child in item.childItems():
            path = element_of(child)
            if not child.isVisible():
                self._hear(child)
            elif path:
                self._hear(child)
                place = self._place(path, around, found)
                place.items.append(child)
                self._walk(child, [*around, place], found)
            else:
                self._walk(child, around, found)

    def _hear(self, item: QQuickItem) -> None:
        """Whether an item can be seen is noticed, and that it is gone."""
        pointer = getCppPointer(item)[0]
        if pointer not in self._heard:
            self._heard.add(pointer)
            item.visibleChanged.connect(self.moved)
            item.destroyed.connect(lambda: self._gone(pointer))

    def _gone(self, pointer: int) -> None:
        self._heard.discard(pointer)
        self._dressed.pop(pointer, None)
        self.moved()

    def _place(self, path: str, around: list[_Place], found: list[_Place]) -> _Place:
        """The place of an item of this path: that of the item around which it paints for, one that waits for it, or
        a new one."""
        nearest = around[-1]
        if nearest.path == path:
            return nearest
        words = path.split()
        outer = next(place for place in reversed(around) if _is_in(words[:-1], place.path))
        for depth in range(len(outer.path.split()) + 1, len(words)):
            outer = self._loose(" ".join(words[:depth]), outer, found)
        waiting = outer.loose.get(path)
        if waiting is not None and not waiting.items:
            return waiting
        place = self._new(path, outer, found)
        outer.loose.setdefault(path, place)
        return place

    def _loose(self, path: str, outer: _Place, found: list[_Place]) -> _Place:
        place = outer.loose.get(path)
        if place is None:
            place = outer.loose[path] = self._new(path, outer, found)
        return place

    def _new(self, path: str, outer: _Place, found: list[_Place]) -> _Place:
        place = _Place(path, Node(element_at(self._engine.elements, path), outer.node), {}, [])
        found.append(place)
        return place


def _is_in(words: list[str], path: str) -> bool:
    around = path.split()
    return words[: len(around)] == around
