"""Looking at screenshots in tests: what colour is where, and what changed."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from PySide6.QtGui import QImage

Rect = tuple[int, int, int, int]
Colour = tuple[int, int, int]


class Picture:
    """An RGB picture; rectangles are x, y, width, height in pixels."""

    def __init__(self, source: Path | bytes) -> None:
        image = QImage()
        loaded = image.loadFromData(source) if isinstance(source, bytes) else image.load(str(source))
        assert loaded, f"no picture: {source!r:.80}"
        image = image.convertToFormat(QImage.Format.Format_RGB888)
        self.width, self.height, self._stride = image.width(), image.height(), image.bytesPerLine()
        self._pixels = bytes(image.constBits())

    def at(self, x: int, y: int) -> Colour:
        start = y * self._stride + x * 3
        red, green, blue = self._pixels[start : start + 3]
        return red, green, blue

    def rows(self, rect: Rect) -> list[bytes]:
        x, y, width, height = rect
        inside = min(x, y) >= 0 and x + width <= self.width and y + height <= self.height
        assert inside, f"{rect} is outside"
        return [
            self._pixels[(y + i) * self._stride + x * 3 : (y + i) * self._stride + (x + width) * 3]
            for i in range(height)
        ]

    def colours(self, rect: Rect) -> Counter[Colour]:
        """How often each colour occurs in `rect`."""
        counts: Counter[Colour] = Counter()
        for row in self.rows(rect):
            counts.update(zip(row[::3], row[1::3], row[2::3], strict=True))
        return counts

    def changed(self, other: Picture, rect: Rect | None = None) -> int:
        """Number of pixels that differ from `other` in `rect`."""
        area = rect or (0, 0, self.width, self.height)
        count = 0
        for mine, theirs in zip(self.rows(area), other.rows(area), strict=True):
            if mine != theirs:
                count += sum(mine[i : i + 3] != theirs[i : i + 3] for i in range(0, len(mine), 3))
        return count
