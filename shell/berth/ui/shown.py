"""Which elements of the theme are on the screen, and where: what the inspector can point at.

Everything of the shell that a sheet can reach says so by a property ``element``, a path like
``panel button.icon:hover``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtQuick import QQuickItem

from berth.themes.vocabulary import ROOT


class Shown(NamedTuple):
    """`place` is in coordinates of the root."""

    item: QQuickItem
    path: str
    place: QRectF


def element_of(item: QQuickItem) -> str | None:
    """The path of an item's element, as `normal` writes it; None if sheets do not reach it."""
    path = item.property("element")
    return normal(path) if isinstance(path, str) and path else None


def normal(path: str) -> str:
    """The one way to write a path: all are inside of the desktop, whose own path is empty."""
    words = path.split()
    return " ".join(words[1:] if words[:1] == [ROOT] else words)


def shown(root: QQuickItem, without: Sequence[QQuickItem] = ()) -> list[Shown]:
    """What can be seen, in the order it is painted; an item that only paints for its parent is left out."""
    whole = QRectF(0, 0, root.width(), root.height())
    return list(_within(root, root, without, whole, ""))


def _within(
    item: QQuickItem, root: QQuickItem, without: Sequence[QQuickItem], clip: QRectF, around: str
) -> Iterator[Shown]:
    for child in sorted(item.childItems(), key=QQuickItem.z):
        if child in without or not child.isVisible() or child.opacity() <= 0:
            continue
        place = child.mapRectToItem(root, QRectF(0, 0, child.width(), child.height()))
        seen = place.intersected(clip)
        path = element_of(child)
        if path is not None and path != around and not seen.isEmpty():
            yield Shown(child, path, place)
        inner = seen if child.clip() else clip
        yield from _within(child, root, without, inner, path or around)


def at(root: QQuickItem, point: QPointF, without: Sequence[QQuickItem] = ()) -> Shown | None:
    """The topmost element under a point of `root`."""
    return next((one for one in reversed(shown(root, without)) if one.place.contains(point)), None)
