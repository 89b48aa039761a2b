"""Looking at screenshots in tests: what colour is where, and what changed."""

from __future__ import annotations

import io
from collections import Counter
from functools import reduce
from pathlib import Path
from typing import cast

from PIL import Image, ImageChops

Rect = tuple[int, int, int, int]
Colour = tuple[int, int, int]


class Picture:
    """An RGB picture; rectangles are x, y, width, height in pixels."""

    def __init__(self, source: Path | bytes) -> None:
        with Image.open(io.BytesIO(source) if isinstance(source, bytes) else source) as image:
            self._image = image.convert("RGB")
        self.width, self.height = self._image.size

    def at(self, x: int, y: int) -> Colour:
        return cast(Colour, self._image.getpixel((x, y)))

    def rows(self, rect: Rect) -> list[bytes]:
        pixels, stride = self._part(rect).tobytes(), rect[2] * 3
        return [pixels[start : start + stride] for start in range(0, len(pixels), stride)]

    def colours(self, rect: Rect) -> Counter[Colour]:
        """How often each colour occurs in `rect`."""
        found = self._part(rect).getcolors(rect[2] * rect[3]) or []
        return Counter({cast(Colour, colour): count for count, colour in found})

    def changed(self, other: Picture, rect: Rect | None = None) -> int:
        """Number of pixels that differ from `other` in `rect`."""
        return self.changes(other, rect).histogram()[255]

    def changes(self, other: Picture, rect: Rect | None = None, faint: int = 0) -> Image.Image:
        """A mask of `rect`: 255 where the differences of red, green and blue from `other` are more than `faint`, up
        to 254, together, 0 elsewhere."""
        area = rect or (0, 0, self.width, self.height)
        difference = ImageChops.difference(self._part(area), other._part(area))
        return reduce(ImageChops.add, difference.split()).point([0] * (faint + 1) + [255] * (255 - faint))

    def _part(self, rect: Rect) -> Image.Image:
        x, y, width, height = rect
        inside = min(x, y) >= 0 and x + width <= self.width and y + height <= self.height
        assert inside, f"{rect} is outside"
        return self._image.crop((x, y, x + width, y + height))
