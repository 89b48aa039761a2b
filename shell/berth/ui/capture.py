"""Pictures of the screen or of one window, as PNG."""

from __future__ import annotations

import threading
from collections.abc import Callable

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QObject, Signal
from PySide6.QtGui import QImage
from PySide6.QtQuick import QQuickWindow

from berth.core.messages import Picture
from berth.core.problem import Problem
from berth.ui.scene import Scene

_OPAQUE = {
    QImage.Format.Format_ARGB32_Premultiplied: QImage.Format.Format_RGB32,
    QImage.Format.Format_RGBA8888_Premultiplied: QImage.Format.Format_RGBX8888,
}
"""A picture of opaque clients has their unused byte where others have alpha."""

Answer = Callable[[Picture | Problem], None]


class Capture(QObject):
    """Takes pictures; compressing them happens on a thread of its own."""

    _encoded = Signal(int, bytes)

    def __init__(self, window: QQuickWindow, scene: Scene) -> None:
        super().__init__(window)
        self._window = window
        self._scene = scene
        self._answers: dict[int, Answer] = {}
        self._waiting: dict[int, list[Answer]] = {}
        self._next = 0
        self._encoded.connect(self._finish)
        scene.pictureTaken.connect(self._taken)
        scene.pictureFailed.connect(lambda window: self._taken(window, QImage()))

    def screen(self, answer: Answer) -> None:
        self._encode(self._window.grabWindow(), answer)

    def frame(self, window: int, answer: Answer) -> None:
        """A picture of a shown window with its frame, even where other windows cover it."""
        waiting = self._waiting.setdefault(window, [])
        waiting.append(answer)
        if len(waiting) == 1:
            self._scene.pictureWanted.emit(window)

    def _taken(self, window: int, image: QImage) -> None:
        for answer in self._waiting.pop(window, []):
            self._encode(image, answer)

    def _encode(self, image: QImage, answer: Answer) -> None:
        if image.isNull():
            answer(_failed())
            return
        if (opaque := _OPAQUE.get(image.format())) is not None:
            image.reinterpretAsFormat(opaque)
        self._next += 1
        self._answers[self._next] = answer
        threading.Thread(target=self._compress, args=(self._next, image), daemon=True).start()

    def _compress(self, number: int, image: QImage) -> None:
        data = QByteArray()
        buffer = QBuffer(data)
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        saved = image.save(buffer, "PNG")  # type: ignore[call-overload]
        self._encoded.emit(number, bytes(data.data()) if saved else b"")

    def _finish(self, number: int, png: bytes) -> None:
        answer = self._answers.pop(number)
        answer(Picture(png) if png else _failed())


def _failed() -> Problem:
    return Problem("no-picture", "The picture could not be taken.", "Try again.")
