"""One output as QML sees it: a window of the host, its scale, and the windows on it."""

from __future__ import annotations

from typing import Any

import msgspec
from PySide6.QtCore import Property, QObject, QPointF, QRect, Signal, Slot
from PySide6.QtQml import QmlElement, QmlUncreatable
from PySide6.QtQuick import QQuickWindow

from berth.core import transform
from berth.core.messages import OutputState, Rect
from berth.ui.rowmodel import RowList, RowModel

QML_IMPORT_NAME = "Berth"
QML_IMPORT_MAJOR_VERSION = 1


class WindowRow(msgspec.Struct, frozen=True):
    """A window that is mapped and has a place. `place_x` and so on are its
    geometry rectangle on screen, the insets what is drawn around it; `level` counts
    from the lowest window. `icon` is the app's, which nobody can choose but who made it; `picture` is
    what the window says. `rings` counts its bell. `asking` that the user shall say what to do about an
    app that does not answer."""

    window: int
    instance: str
    app: str
    app_name: str
    icon: str
    picture: str
    title: str
    description: str
    focused: bool
    minimized: bool
    window_state: str
    urgent: bool
    rings: int
    responding: bool
    asking: bool
    resizable: bool
    place_x: int
    place_y: int
    place_width: int
    place_height: int
    level: int
    inset_left: int
    inset_top: int
    inset_right: int
    inset_bottom: int
    uses: str = ""  # what its app uses now, see `berth.core.permissions.USES`


class Looks(msgspec.Struct, frozen=True):
    """What QML binds to."""

    primary: bool = False
    active: bool = False
    full_screen: bool = False
    zoom: float = 1.0
    scale: float = 1.0
    preview: Rect = (0, 0, 0, 0)
    transform: int = 0  # wl_output.transform, of what the shell turns itself


@QmlElement
@QmlUncreatable("The host has the outputs.")
class Output(QObject):  # type: ignore[operator]
    """Coordinates that QML sees are logical pixels from the output's own corner.

    Attributes:
        rect: in the space that all outputs share.
        usable: what panels leave, from the output's corner; None = all.
        wanted_scale: pixels per logical pixel, 0 = as the host has it.
        usual_scale: what it would be if the user had set nothing.
        before: what it goes back to while the user has not said that it is good as it is.
        window: what the host shows.
    """

    changed = Signal()
    usableChanged = Signal()

    def __init__(self, name: str, window: QQuickWindow | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self.window = window
        self.rect: Rect = (0, 0, 1, 1)
        self.usable: Rect | None = None
        self.wanted_scale = 0.0
        self.usual_scale = 0.0
        self.before: OutputState | None = None
        self.looks = Looks()
        self.rows = RowModel(WindowRow, "window", self)

    def look(self, **changes: Any) -> None:
        looks = msgspec.structs.replace(self.looks, **changes)
        if looks != self.looks:
            self.looks = looks
            self.changed.emit()

    def show_windows(self, rows: list[WindowRow]) -> None:
        """`rows` are in the shared space."""
        x, y, _width, _height = self.rect
        if x or y:
            rows = [msgspec.structs.replace(row, place_x=row.place_x - x, place_y=row.place_y - y) for row in rows]
        self.rows.replace(rows)

    def to_space(self, point: QPointF) -> QPointF:
        """A point of the host's window in the shared space."""
        zoom, (left, top, _width, _height) = self.looks.zoom, self.rect
        x, y = transform.to_upright(point.x(), point.y(), self.looks.transform, *self._upright())
        return QPointF(x / zoom + left, y / zoom + top)

    def to_window(self, x: float, y: float) -> QPointF:
        """A point of the shared space in the host's window."""
        zoom = self.looks.zoom
        place = (x - self.rect[0]) * zoom, (y - self.rect[1]) * zoom
        return QPointF(*transform.to_turned(*place, self.looks.transform, *self._upright()))

    def _upright(self) -> tuple[int, int]:
        """Size of the host's window as it is looked at."""
        size = (self.window.width(), self.window.height()) if self.window is not None else (0, 0)
        return transform.turned(*size, self.looks.transform)

    def holds(self, point: QPointF) -> bool:
        """Whether a point counted from the corner of the host's window is in it."""
        window = self.window
        return window is not None and 0 <= point.x() < window.width() and 0 <= point.y() < window.height()

    @property
    def area(self) -> Rect:
        """What panels leave, in the shared space."""
        if self.usable is None:
            return self.rect
        x, y, width, height = self.usable
        return (x + self.rect[0], y + self.rect[1], width, height)

    # --- for QML

    def _get_windows(self) -> RowList:
        return self.rows

    def _get_name(self) -> str:
        return self._name

    name: str = Property(str, _get_name, constant=True)  # type: ignore[assignment]
    windows = Property(RowList, _get_windows, constant=True)
    primary = Property(bool, lambda self: self.looks.primary, notify=changed)
    active = Property(bool, lambda self: self.looks.active, notify=changed)
    fullScreen = Property(bool, lambda self: self.looks.full_screen, notify=changed)
    zoom = Property(float, lambda self: self.looks.zoom, notify=changed)
    scale = Property(float, lambda self: self.looks.scale, notify=changed)
    transform = Property(int, lambda self: self.looks.transform, notify=changed)
    snapPreview = Property(QRect, lambda self: QRect(*self.looks.preview), notify=changed)

    @Slot(int, int, int, int)
    def setUsableArea(self, x: int, y: int, width: int, height: int) -> None:
        """What panels leave of the output."""
        self.usable = (x, y, max(width, 1), max(height, 1))
        self.usableChanged.emit()
