"""The picture of one surface in the scene, and the place where input for it arrives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QHoverEvent, QMouseEvent, QTouchEvent, QWheelEvent
from PySide6.QtQuick import QQuickItem, QQuickWindow, QSGImageNode, QSGNode, QSGTexture

from berth.core.messages import Rect, SurfaceState
from berth.ui.bands import Bands, band_count
from berth.ui.slot import Content
from berth.ui.upload import Upload, source_rect

_MOST_DAMAGE = 64
_GAME = 3  # wp_content_type_v1.type
_CLOCKWISE = (0, 90, 180, 270, 0, 270, 180, 90)
"""How far each wl_output.transform has to be turned back, after mirroring for the upper four."""


class SurfaceInput(Protocol):
    """Who is told about input on a surface. Positions are the surface's own coordinates."""

    def hover(self, surface: int, event: QHoverEvent, position: QPointF) -> None: ...
    def leave(self, surface: int) -> None: ...
    def press(self, surface: int, event: QMouseEvent, position: QPointF) -> None: ...
    def move(self, surface: int, event: QMouseEvent, position: QPointF) -> None: ...
    def release(self, surface: int, event: QMouseEvent, position: QPointF) -> None: ...
    def wheel(self, surface: int, event: QWheelEvent, position: QPointF) -> None: ...
    def touch(self, surface: int, event: QTouchEvent, to_surface: Callable[[QPointF], QPointF]) -> None: ...
    def grab_lost(self) -> None: ...

    @property
    def passes(self) -> Callable[[int], bool]:
        """Tells of a surface whether input goes to what is below it."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a buffer becomes a surface of a certain size. `drawn` is that size to the pixel, before it is turned."""

    width: int
    height: int
    source: tuple[float, float, float, float] | None
    transform: int
    smooth: bool
    pixels: tuple[int, int]
    drawn: tuple[float, float]


def look_of(state: SurfaceState, scale: float) -> Look:
    """The look on an output with `scale` pixels per logical pixel."""
    width, height = state.logical_width, state.logical_height
    turned = state.transform % 2 == 1
    pixels = (state.height, state.width) if turned else (state.width, state.height)
    wanted = (width * scale, height * scale)
    if state.source is None and abs(pixels[0] - wanted[0]) < 1 and abs(pixels[1] - wanted[1]) < 1:
        # Drawn for this output: each pixel of the buffer is one of the screen.
        drawn = (state.width / scale, state.height / scale)
        return Look(width, height, None, state.transform, False, pixels, drawn)
    drawn = (float(height), float(width)) if turned else (float(width), float(height))
    smooth = state.source is not None or pixels != (width, height) or scale != int(scale)
    if smooth and state.content_type == _GAME and state.source is None:
        # A game in whole multiples of its pixels wants them square.
        smooth = bool(width % pixels[0] or height % pixels[1])
    return Look(width, height, state.source, state.transform, smooth, pixels, drawn)


class SurfaceItem(QQuickItem):
    """Shows one surface's own content; children of the surface are other items beside this one.

    Args:
        number: the surface.
        router: is told about input.
        new_upload: makes what brings pixels into the scene graph of a window.
    """

    def __init__(self, number: int, router: SurfaceInput, new_upload: Callable[[QQuickWindow], Upload]) -> None:
        super().__init__()
        self.number = number
        self._router = router
        self._new_upload = new_upload
        self._upload: Upload | None = None
        self._bands: Bands | None = None
        self._content: Content | None = None
        self._damage: list[Rect] = []
        self._look = Look(0, 0, None, 0, False, (0, 0), (0.0, 0.0))
        self._fresh_look = True
        self._input: tuple[Rect, ...] | None = None
        self.setFlag(QQuickItem.Flag.ItemHasContents)
        self.setAcceptedMouseButtons(Qt.MouseButton.AllButtons)
        self.setAcceptHoverEvents(True)
        self.setAcceptTouchEvents(True)
        self.windowChanged.connect(self._enter)

    # --- what to show

    def set_content(self, content: Content, damage: Sequence[Rect]) -> None:
        """Show other pixels with the next frame, which the caller asks the window for."""
        self._content = content
        upload = self._upload
        if self._bands is not None and upload is not None and upload.anywhere and not self._fresh_look:
            # Marking the item dirty instead would make Qt Quick search the whole scene for what
            # is under the pointer, frame by frame.
            upload.show(self._bands, content, damage)
            return
        self._damage += damage
        if len(self._damage) > _MOST_DAMAGE:
            # Nobody looks for the time being.
            self._damage = [(0, 0, content.width, content.height)]
        self.update()

    def _enter(self, window: QQuickWindow | None) -> None:
        """The item is in another scene, or in none: its node there is thrown away."""
        self._bands = None
        self._upload = self._new_upload(window) if window is not None else None

    def set_look(self, look: Look) -> None:
        if look == self._look:
            return
        self._look = look
        self._fresh_look = True
        turned = look.transform % 2 == 1
        self.setSize(QSizeF(look.height, look.width) if turned else QSizeF(look.width, look.height))
        self.setTransformOrigin(QQuickItem.TransformOrigin.TopLeft)
        angle = _CLOCKWISE[look.transform]
        self.setRotation(angle)
        self.setPosition(
            QPointF(look.width if angle in (90, 180) else 0, look.height if angle in (180, 270) else 0),
        )
        self.update()

    def set_input(self, rects: tuple[Rect, ...] | None) -> None:
        self._input = rects

    def updatePaintNode(  # type: ignore[override]
        self, node: QSGNode | None, data: QQuickItem.UpdatePaintNodeData
    ) -> QSGNode | None:
        # Qt hands back its own wrapper of the node; None means that it threw the node away.
        content, upload = self._content, self._upload
        if content is None or upload is None:
            return node
        bands = self._bands
        if node is None or bands is None:
            bands = self._bands = Bands(upload.new_node)
            self._damage = [(0, 0, content.width, content.height)]
            self._fresh_look = True
        if self._fresh_look:
            bands.divide(self._band_count(content) if upload.divides else 1)
            if upload.divides:
                self._damage = [(0, 0, content.width, content.height)]
        if self._damage:
            upload.show(bands, content, self._damage)
            self._damage = []
        if self._fresh_look:
            self._apply_look(bands, content)
        return bands.root

    def _band_count(self, content: Content) -> int:
        look = self._look
        # Where pixels are mixed with their neighbours, the neighbours have to be in the same node.
        exact = look.pixels == (look.width, look.height)
        return band_count(content.width, content.height) if exact and not (look.smooth or look.transform) else 1

    def _apply_look(self, bands: Bands, content: Content) -> None:
        self._fresh_look = False
        look = self._look
        filtering = QSGTexture.Filtering.Linear if look.smooth else QSGTexture.Filtering.Nearest
        mirrored = QSGImageNode.TextureCoordinatesTransformFlag.MirrorHorizontally
        plain = QSGImageNode.TextureCoordinatesTransformFlag.NoTransform
        turn = mirrored if look.transform >= 4 else plain
        bands.lay_out(QRectF(0, 0, *look.drawn), source_rect(look.source, content), filtering, turn)

    # --- input

    def to_surface(self, position: QPointF) -> QPointF:
        """The surface's coordinates of a point of this item."""
        if self._look.transform == 0:
            return position
        x, y, width, height = position.x(), position.y(), self.width(), self.height()
        angle = _CLOCKWISE[self._look.transform]
        turned = {0: (x, y), 90: (height - y, x), 180: (width - x, height - y), 270: (y, width - x)}
        return QPointF(*turned[angle])

    def from_surface(self, place: QPointF) -> QPointF:
        """The point of this item that a place of the surface is at."""
        x, y, width, height = place.x(), place.y(), self.width(), self.height()
        angle = _CLOCKWISE[self._look.transform]
        turned = {0: (x, y), 90: (y, height - x), 180: (width - x, height - y), 270: (width - y, x)}
        return QPointF(*turned[angle])

    def contains(self, point: QPointF) -> bool:  # type: ignore[override]
        inside = 0 <= point.x() < self.width() and 0 <= point.y() < self.height()
        if inside and self._router.passes(self.number):
            return False
        if not inside or self._input is None:
            return inside
        place = self.to_surface(point)
        x, y = place.x(), place.y()
        return any(left <= x < left + width and top <= y < top + height for left, top, width, height in self._input)

    def hoverEnterEvent(self, event: QHoverEvent) -> None:
        self._router.hover(self.number, event, self.to_surface(event.position()))

    def hoverMoveEvent(self, event: QHoverEvent) -> None:
        self._router.hover(self.number, event, self.to_surface(event.position()))

    def hoverLeaveEvent(self, event: QHoverEvent) -> None:
        self._router.leave(self.number)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._router.press(self.number, event, self.to_surface(event.position()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._router.move(self.number, event, self.to_surface(event.position()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._router.release(self.number, event, self.to_surface(event.position()))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        # Qt sends it after the press of the same click; clients count clicks themselves.
        event.accept()

    def mouseUngrabEvent(self) -> None:
        self._router.grab_lost()

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._router.wheel(self.number, event, self.to_surface(event.position()))

    def touchEvent(self, event: QTouchEvent) -> None:
        self._router.touch(self.number, event, self.to_surface)
