"""Pixels in every format that clients may use: what Qt makes of them, and what is on the screen."""

from __future__ import annotations

import os
import re
import struct

import pytest
from PySide6.QtCore import QPoint

from berth.core.messages import SurfaceState
from berth.core.pixels import FORMATS, stride_of
from berth.ui.convert import Converted, converted
from berth.ui.slot import Content, Slot
from tests.display.shapes import App, Window
from tests.picture import Picture
from tests.ui.conftest import OpenSession
from tests.ui.session import Session
from tests.ui.test_scene_hosts import needs_xvfb, on_x, x_display

__all__ = ["x_display"]  # the fixture

_IDS = [known.name for known in FORMATS.values()]
_SUMS = {"8888": (8,) * 4, "888": (8,) * 3, "2101010": (2, 10, 10, 10), "565": (5, 6, 5), "1555": (1, 5, 5, 5)}
_SUMS |= {"4444": (4,) * 4, "16161616": (16,) * 4}


def encode(name: str, red: float, green: float, blue: float, alpha: float) -> bytes:
    """One premultiplied pixel, written down from nothing but the definition of the format's name."""
    letters, sizes = re.fullmatch(r"([a-z]+?)(\d+f?)", name).groups()  # type: ignore[union-attr]
    values = {"r": red * alpha, "g": green * alpha, "b": blue * alpha, "a": alpha, "x": 0.0}
    if sizes.endswith("f"):
        code = "e" if sizes.startswith("16") else "f"
        return struct.pack("<" + code * 4, *(values[letter] for letter in reversed(letters)))
    number, bits = 0, 0
    for letter, size in zip(letters, _SUMS[sizes], strict=True):
        number = number << size | round(values[letter] * ((1 << size) - 1))
        bits += size
    return number.to_bytes(bits // 8, "little")


def content_of(format_: int, pixel: bytes, width: int = 5, height: int = 3) -> tuple[Content, int]:
    """An image of one colour, and a descriptor to change it by."""
    stride = stride_of(width, format_)
    fd = os.memfd_create("slot")
    os.ftruncate(fd, stride * height)
    other = os.dup(fd)
    for row in range(height):
        os.pwrite(other, pixel * width, row * stride)
    state = SurfaceState(1, 0, width, height, stride, not FORMATS[format_].alpha, format=format_)
    content = Slot(fd, stride * height).content(state)
    assert content is not None
    return content, other


@pytest.mark.parametrize("format_", FORMATS, ids=_IDS)
def test_qt_reads_what_the_format_says(format_: int) -> None:
    known = FORMATS[format_]
    alpha = 2 / 3 if known.alpha else 1.0
    content, other = content_of(format_, encode(known.name, 1.0, 0.5, 0.25, alpha))
    os.close(other)
    seen = converted(content, (4, 2, 1, 1)).pixelColor(QPoint(0, 0))
    coarse = 0.07 if "4444" in known.name else 0.04
    expected = (1.0, 0.5, 0.25, alpha)
    assert seen.getRgbF() == pytest.approx(expected, abs=coarse)


def test_a_converted_picture_follows_only_damage() -> None:
    format_ = next(code for code, known in FORMATS.items() if known.name == "abgr8888")
    content, other = content_of(format_, bytes((255, 0, 0, 255)))
    picture = Converted(content)
    picture.follow(content, [(0, 0, 5, 3)])
    assert picture.image.pixel(4, 2) == 0xFFFF0000
    for row in range(3):
        os.pwrite(other, bytes((0, 255, 0, 255)) * 5, row * 20)
    os.close(other)
    picture.follow(content, [(1, 1, 2, 2)])
    green = {(x, y) for x in range(5) for y in range(3) if picture.image.pixel(x, y) == 0xFF00FF00}
    assert green == {(1, 1), (2, 1), (1, 2), (2, 2)}
    picture.follow(content, [(0, 0, 5, 1)])
    assert picture.image.pixel(3, 0) == 0xFF00FF00


def fill(app: App, window: Window, format_: int, colour: tuple[float, float, float]) -> None:
    pixels = app.pixels(300, 200, format_=format_)
    pixels.memory[:] = encode(FORMATS[format_].name, *colour, 1.0) * (300 * 200)
    app.show(window.surface, pixels)
    app.roundtrip()


def test_all_formats_on_the_screen(session: Session) -> None:
    show_all(session)


@needs_xvfb
def test_all_formats_with_opengl(x_display: str, open_session: OpenSession) -> None:
    show_all(on_x(open_session, x_display, "opengl"))


def show_all(session: Session) -> None:
    app = session.app("formats")
    window = Window(app, map_=False)
    window.ack()
    red, blue = (1.0, 0.0, 0.0), (0.0, 0.0, 1.0)
    for format_ in FORMATS:
        for colour in (red, blue):
            fill(app, window, format_, colour)
            session.until_windows(1)
            info = session.window("formats")
            expected = tuple(int(255 * part) for part in colour)

            def drawn(picture: Picture, expected: tuple[int, ...] = expected, x: int = info.x, y: int = info.y) -> bool:
                return set(picture.colours((x, y, 300, 200))) == {expected}

            session.until_picture(drawn)
