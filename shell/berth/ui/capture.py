"""Pictures of the screen or of one window, as PNG."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QObject, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QImage, QPainter

from berth.core.messages import Picture
from berth.core.problem import Problem
from berth.ui.captures import upright_image
from berth.ui.output import Output
from berth.ui.outputs import Outputs
from berth.ui.scene import Scene

_OPAQUE = {
    QImage.Format.Format_ARGB32_Premultiplied: QImage.Format.Format_RGB32,
    QImage.Format.Format_RGBA8888_Premultiplied: QImage.Format.Format_RGBX8888,
}
"""A picture of opaque clients has their unused byte where others have alpha."""

_QUALITY = 80
"""Half of the time that Qt's usual compression takes, for a picture half as large again."""

Answer = Callable[[Picture | Problem], None]


class Capture(QObject):
    """Takes pictures; compressing them happens on a thread of its own."""

    _encoded = Signal(int, bytes)

    def __init__(self, outputs: Outputs, scene: Scene) -> None:
        super().__init__(outputs)
        self._outputs = outputs
        self._scene = scene
        self._answers: dict[int, Answer] = {}
        self._waiting: dict[int, list[Answer]] = {}
        self._next = 0
        self._encoded.connect(self._finish)
        scene.pictureTaken.connect(self._taken)
        scene.pictureFailed.connect(lambda window: self._taken(window, QImage()))

    def screen(self, name: str, answer: Answer) -> None:
        """A picture of one output, or with an empty name of all, each in its own pixels where one scale fits all.

        Raises `Problem` if there is no such output.
        """
        outputs = [self._outputs.get(name)] if name else self._outputs.all
        images = [
            upright_image(output.window.grabWindow(), output.looks.transform)
            for output in outputs
            if output.window is not None
        ]
        self._encode(images[0] if len(images) == 1 else _together(outputs, images), answer)

    def frame(self, window: int, answer: Answer) -> None:
        """A picture of a shown window with its frame, even where other windows cover it."""
        waiting = self._waiting.setdefault(window, [])
        waiting.append(answer)
        if len(waiting) == 1:
            found = self._scene.stage.windows.get(window)
            self._scene.pictureWanted.emit(found.output if found is not None else "", window)

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
        saved = image.save(buffer, "PNG", _QUALITY)  # type: ignore[call-overload]
        self._encoded.emit(number, bytes(data.data()) if saved else b"")

    def _finish(self, number: int, png: bytes) -> None:
        answer = self._answers.pop(number)
        answer(Picture(png) if png else _failed())


def _together(outputs: Sequence[Output], images: Sequence[QImage]) -> QImage:
    """Pictures of several outputs as they lie beside each other, at the finest of their scales."""
    scale = max(output.looks.scale for output in outputs)
    whole = QRect()
    for output in outputs:
        whole |= QRect(*output.rect)
    picture = QImage(whole.size() * scale, QImage.Format.Format_RGB32)
    picture.fill(Qt.GlobalColor.black)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    for output, image in zip(outputs, images, strict=True):
        x, y, width, height = output.rect
        image.setDevicePixelRatio(1.0)
        corner = (x - whole.x()) * scale, (y - whole.y()) * scale
        painter.drawImage(QRectF(*corner, width * scale, height * scale), image)
    painter.end()
    return picture


def _failed() -> Problem:
    return Problem("no-picture", "The picture could not be taken.", "Try again.")
