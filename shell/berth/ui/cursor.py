"""The pointer's picture: what clients ask for in terms of the host's cursors."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QCursor, QPixmap

from berth.core.messages import SurfaceState
from berth.core.transform import to_turned
from berth.ui.captures import turned_image
from berth.ui.convert import converted
from berth.ui.slot import Content

_Shape = Qt.CursorShape

SHAPES: dict[str, Qt.CursorShape] = {
    "default": _Shape.ArrowCursor,
    "context-menu": _Shape.ArrowCursor,
    "help": _Shape.WhatsThisCursor,
    "pointer": _Shape.PointingHandCursor,
    "progress": _Shape.BusyCursor,
    "wait": _Shape.WaitCursor,
    "cell": _Shape.CrossCursor,
    "crosshair": _Shape.CrossCursor,
    "text": _Shape.IBeamCursor,
    "vertical-text": _Shape.IBeamCursor,
    "alias": _Shape.DragLinkCursor,
    "copy": _Shape.DragCopyCursor,
    "dnd-ask": _Shape.WhatsThisCursor,
    "move": _Shape.SizeAllCursor,
    "no-drop": _Shape.ForbiddenCursor,
    "not-allowed": _Shape.ForbiddenCursor,
    "grab": _Shape.OpenHandCursor,
    "grabbing": _Shape.ClosedHandCursor,
    "e-resize": _Shape.SizeHorCursor,
    "w-resize": _Shape.SizeHorCursor,
    "ew-resize": _Shape.SizeHorCursor,
    "col-resize": _Shape.SplitHCursor,
    "n-resize": _Shape.SizeVerCursor,
    "s-resize": _Shape.SizeVerCursor,
    "ns-resize": _Shape.SizeVerCursor,
    "row-resize": _Shape.SplitVCursor,
    "ne-resize": _Shape.SizeBDiagCursor,
    "sw-resize": _Shape.SizeBDiagCursor,
    "nesw-resize": _Shape.SizeBDiagCursor,
    "nw-resize": _Shape.SizeFDiagCursor,
    "se-resize": _Shape.SizeFDiagCursor,
    "nwse-resize": _Shape.SizeFDiagCursor,
    "all-scroll": _Shape.SizeAllCursor,
    "zoom-in": _Shape.PointingHandCursor,
    "zoom-out": _Shape.PointingHandCursor,
    "none": _Shape.BlankCursor,
}
"""CSS cursor names, as in cursor-shape-v1."""

_LARGEST = 512


_LYING = {
    _Shape.SizeHorCursor: _Shape.SizeVerCursor,
    _Shape.SizeVerCursor: _Shape.SizeHorCursor,
    _Shape.SplitHCursor: _Shape.SplitVCursor,
    _Shape.SplitVCursor: _Shape.SplitHCursor,
}
_MIRRORED = {
    _Shape.SizeBDiagCursor: _Shape.SizeFDiagCursor,
    _Shape.SizeFDiagCursor: _Shape.SizeBDiagCursor,
}


def named_cursor(shape: str, transform: int = 0) -> QCursor:
    """The host's cursor for a CSS name; the arrow for names nobody knows.

    Where the output stands turned, those that show a direction are exchanged for each other.
    """
    found = SHAPES.get(shape, _Shape.ArrowCursor)
    if transform & 1:
        found = _LYING.get(found, found)
    # A quarter turn and a mirror both exchange the diagonals.
    if (transform & 1) ^ (transform >> 2):
        found = _MIRRORED.get(found, found)
    return QCursor(found)


def drawn_cursor(content: Content, state: SurfaceState, hotspot_x: int, hotspot_y: int, transform: int = 0) -> QCursor:
    """A cursor drawn by the client; the hotspot is in surface coordinates, `transform` that of the output."""
    if max(content.width, content.height) > _LARGEST:
        return QCursor(_Shape.ArrowCursor)
    image = converted(content, (0, 0, content.width, content.height))
    ratio = max(state.width / state.logical_width, 1.0) if state.logical_width else 1.0
    size = (content.width / ratio, content.height / ratio)
    hotspot = to_turned(hotspot_x, hotspot_y, transform, *size)
    pixmap = QPixmap.fromImage(turned_image(image, transform))
    pixmap.setDevicePixelRatio(ratio)
    return QCursor(pixmap, round(hotspot[0]), round(hotspot[1]))
