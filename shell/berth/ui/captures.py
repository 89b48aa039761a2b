"""Pictures of the desktop and of windows for apps that the user lets see them.

While a question to the user is open no picture of the screen is taken, so no app ever sees one. Nothing
is done until an app waits for a picture and something was drawn since its last one. The picture is
drawn with the next frame; turning it into memory for the display server happens on a thread.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, QPoint, QPointF, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen, QTransform
from PySide6.QtQuick import QQuickItem, QQuickItemGrabResult, QQuickWindow

from berth.core.messages import CaptureDone, CaptureWanted, CursorAt, CursorFollowed
from berth.core.transform import inverse, to_turned, turned

_LINGER_MS = 3_000
"""For how long the user is told after an app has taken its last picture."""
_SEALS = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SEAL

Send = Callable[[CaptureDone | CursorAt, Sequence[int]], None]


@dataclass(frozen=True, slots=True)
class Pointer:
    """The cursor as it has to be painted: its picture with the hot spot, and where it points, in the window."""

    image: QImage
    hotspot: QPointF
    place: QPointF


@dataclass(slots=True)
class _Stream:
    """Attributes:
    wish: what has not been answered yet.
    seen: the number of the last frame that a picture shows.
    grab: the picture under way; Qt drops it with its last reference.
    followed: what the cursor is told over, if its place is told, which was `told` last.
    cursor: its picture as it was sent last, for wishes for nothing else.
    """

    instance: str
    wish: CaptureWanted | None = None
    seen: int = -1
    grab: tuple[object, QQuickItemGrabResult] | None = None
    moved: bool = False
    followed: CursorFollowed | None = None
    told: CursorAt | None = None
    cursor: QImage | None = None


class Captures(QObject):
    """Args:
    send: takes messages with descriptors, which become its own.
    item: what a wish for a picture, or for the cursor's place, is about; None while that cannot be pictured.
    pointer: the cursor, None where there is none to paint.
    users_changed: told which instances take pictures.
    """

    _written = Signal(object, int)

    def __init__(
        self,
        send: Send,
        item: Callable[[CaptureWanted | CursorFollowed], QQuickItem | None],
        pointer: Callable[[QQuickItem], Pointer | None],
        users_changed: Callable[[frozenset[str]], None],
    ) -> None:
        super().__init__()
        self._send = send
        self._item = item
        self._pointer = pointer
        self._users_changed = users_changed
        self._streams: dict[int, _Stream] = {}
        self._frame = 0
        self._users: frozenset[str] = frozenset()
        self._lingering: list[str] = []
        self._written.connect(self._finish)

    def attach(self, window: QQuickWindow) -> None:
        window.frameSwapped.connect(self._drawn)

    # --- what the display server tells

    def wanted(self, wish: CaptureWanted) -> None:
        stream = self._streams.setdefault(wish.capture, _Stream(wish.instance))
        stream.wish = wish
        self._tell_users()
        self._consider(stream)

    def followed(self, wish: CursorFollowed) -> None:
        """Tell where the cursor is, from now on."""
        stream = self._streams.setdefault(wish.capture, _Stream(wish.instance))
        stream.followed, stream.told = wish, None
        self._tell_users()
        self._follow(stream)

    def closed(self, number: int) -> None:
        stream = self._streams.pop(number, None)
        if stream is None:
            return
        self._lingering.append(stream.instance)
        QTimer.singleShot(_LINGER_MS, self, self._forget_oldest)

    def reset(self) -> None:
        self._streams.clear()
        self._tell_users()

    def _forget_oldest(self) -> None:
        self._lingering.pop(0)
        self._tell_users()

    def _tell_users(self) -> None:
        users = frozenset([*self._lingering, *(stream.instance for stream in self._streams.values())])
        if users != self._users:
            self._users = users
            self._users_changed(users)

    # --- when there is something new

    def pointer_moved(self) -> None:
        """Or it looks otherwise."""
        for stream in self._streams.values():
            if stream.followed is not None:
                self._follow(stream)
            elif stream.wish is not None and stream.wish.cursor:
                stream.moved = True
                self._consider(stream)

    def _drawn(self) -> None:
        self._frame += 1
        for stream in self._streams.values():
            if stream.followed is not None:
                self._follow(stream)
            else:
                self._consider(stream)

    def _follow(self, stream: _Stream) -> None:
        """Tell of the cursor alone what has changed."""
        followed = stream.followed
        assert followed is not None
        at, image = self._cursor_over(followed)
        if at != stream.told:
            stream.told = at
            self._send(at, ())
        wish = stream.wish
        if wish is not None and image is not None and (wish.fresh or image != stream.cursor):
            stream.wish, stream.cursor = None, image
            self._start_writing(wish, image)

    def _cursor_over(self, followed: CursorFollowed) -> tuple[CursorAt, QImage | None]:
        item = self._item(followed)
        pointer = self._pointer(item) if item is not None and item.isVisible() and item.width() > 0 else None
        if item is None or pointer is None:
            return CursorAt(followed.capture), None
        scale = followed.width / item.width()
        place, ratio = item.mapFromScene(pointer.place) * scale, scale / pointer.image.devicePixelRatio()
        size = QSize(max(round(pointer.image.width() * ratio), 1), max(round(pointer.image.height() * ratio), 1))
        hotspot = (pointer.hotspot * scale).toPoint()
        corner = place.toPoint() - hotspot
        if not QRect(corner, size).intersects(QRect(0, 0, followed.width, followed.height)):
            return CursorAt(followed.capture), None
        image = pointer.image.scaled(size, mode=Qt.TransformationMode.SmoothTransformation)
        image.setDevicePixelRatio(1.0)
        return _told_turned(followed, place.toPoint(), hotspot, size), image

    def _consider(self, stream: _Stream) -> None:
        wish = stream.wish
        if wish is None or stream.grab is not None:
            return
        if wish.alone:
            if stream.followed is not None:
                self._follow(stream)
            return
        if not (wish.fresh or stream.moved or stream.seen < self._frame):
            return
        item = self._item(wish)
        # What is hidden now is pictured as soon as it is shown again.
        shared = item.grabToImage(QSize(wish.width, wish.height)) if item is not None and item.isVisible() else None
        result: QQuickItemGrabResult | None = shared.data() if shared is not None else None
        if item is None or result is None:
            return
        stream.grab = (shared, result)
        stream.moved = False
        pointer = self._pointer(item) if wish.cursor else None
        place = None if pointer is None else item.mapFromScene(pointer.place)
        scale = wish.width / item.width()
        result.ready.connect(lambda: self._ready(stream, wish, pointer, place, scale))

    # --- from the picture to memory

    def _ready(
        self, stream: _Stream, wish: CaptureWanted, pointer: Pointer | None, place: QPointF | None, scale: float
    ) -> None:
        assert stream.grab is not None
        image = stream.grab[1].image()
        stream.grab = None
        if self._item(wish) is None:
            # A question was opened meanwhile and may be in the picture; the frame without it starts another.
            return
        stream.seen = self._frame
        if stream.wish is wish:
            stream.wish = None
        if pointer is not None and place is not None:
            _paint(image, pointer, place, scale)
        self._start_writing(wish, image)
        self._consider(stream)

    def _start_writing(self, wish: CaptureWanted, image: QImage) -> None:
        arguments = (wish.capture, image, time.monotonic_ns(), wish.transform)
        threading.Thread(target=self._write, args=arguments, daemon=True).start()

    def _write(self, number: int, image: QImage, moment: int, transform: int) -> None:
        if image.format() not in (QImage.Format.Format_ARGB32_Premultiplied, QImage.Format.Format_RGB32):
            image = image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
        image = turned_image(image, transform)
        fd = os.memfd_create("berth-picture", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        data = image.constBits()
        done = 0
        while done < len(data):
            done += os.write(fd, data[done:])
        fcntl.fcntl(fd, fcntl.F_ADD_SEALS, _SEALS)
        shape = (image.width(), image.height(), image.bytesPerLine())
        self._written.emit(CaptureDone(number, *shape, moment, transform), fd)

    def _finish(self, message: CaptureDone, fd: int) -> None:
        self._send(message, (fd,))


def _told_turned(followed: CursorFollowed, place: QPoint, hotspot: QPoint, size: QSize) -> CursorAt:
    """What pictures that are turned as the wish says have of a cursor that is known as it is seen."""
    turn = followed.transform
    x, y = to_turned(place.x(), place.y(), turn, followed.width, followed.height)
    hotspot_x, hotspot_y = to_turned(hotspot.x(), hotspot.y(), turn, size.width(), size.height())
    lying = turned(size.width(), size.height(), turn)
    return CursorAt(followed.capture, int(x), int(y), int(hotspot_x), int(hotspot_y), *lying)


def turned_image(image: QImage, transform: int) -> QImage:
    """An upright picture as it lies after a wl_output.transform."""
    if transform & 4:
        image = image.mirrored(True, False)
    return image.transformed(QTransform().rotate(-90 * (transform & 3))) if transform & 3 else image


def upright_image(image: QImage, transform: int) -> QImage:
    """A picture that lies as after a wl_output.transform, stood upright."""
    return turned_image(image, inverse(transform))


def _paint(image: QImage, pointer: Pointer, place: QPointF, scale: float) -> None:
    painter = QPainter(image)
    painter.scale(scale, scale)
    painter.drawImage(place - pointer.hotspot, pointer.image)
    painter.end()


def arrow() -> QImage:
    """Stands for the host's cursors, whose pictures nobody gives us. The hot spot is its tip, at the origin."""
    path = QPainterPath(QPointF(0.5, 0.5))
    for x, y in ((0.5, 17), (4.5, 13.5), (7, 19), (9.5, 18), (7, 12.5), (12.5, 12.5)):
        path.lineTo(x, y)
    path.closeSubpath()
    image = QImage(14, 21, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(Qt.GlobalColor.white), 1))
    painter.setBrush(QColor(Qt.GlobalColor.black))
    painter.drawPath(path)
    painter.end()
    return image
