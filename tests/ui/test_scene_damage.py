"""What is on the screen is what the client drew, whatever parts it said have changed and whatever lies above."""

from __future__ import annotations

import random

import pytest

from tests.display.shapes import XRGB, App, Pixels, Window
from tests.picture import Picture
from tests.ui.conftest import OpenSession
from tests.ui.session import Session
from tests.ui.test_scene_hosts import needs_xvfb, on_x, x_display
from tests.ui.test_scene_session import BLUE, coloured, whole

__all__ = ["x_display"]  # the fixture

SIZES = ((200, 40), (300, 500), (340, 410))
ROUNDS = 40


class Painter:
    """A client with several buffers that changes random parts of its picture and tells only those.

    If they can be sealed, the larger ones are drawn from where they are.
    """

    def __init__(self, app: App, window: Window, seed: int, sealing: bool) -> None:
        self.app, self.window, self.sealing = app, window, sealing
        self.random = random.Random(seed)
        self.buffers: list[Pixels] = []
        self.resize(SIZES[0])

    def resize(self, size: tuple[int, int]) -> None:
        self.width, self.height = size
        # What the client wants to be seen; each buffer is brought up to it before it is attached.
        self.wanted = bytearray(self.width * self.height * 4)
        self.buffers = [self.app.pixels(*size, format_=XRGB, sealing=self.sealing) for _ in range(3)]
        self.commit([(0, 0, *size)])

    def change(self) -> None:
        self.commit([self._rect() for _ in range(self.random.choice((1, 1, 2, 5)))])

    def _rect(self) -> tuple[int, int, int, int]:
        width = self.random.choice((1, self.random.randint(1, self.width), self.width))
        height = self.random.choice((1, 8, self.random.randint(1, self.height)))
        return self.random.randint(0, self.width - width), self.random.randint(0, self.height - height), width, height

    def commit(self, rects: list[tuple[int, int, int, int]]) -> None:
        surface = self.window.surface
        buffer = self.buffers[0]
        self.buffers.append(self.buffers.pop(0))
        for x, y, width, height in rects:
            colour = bytes((self.random.randrange(256), self.random.randrange(256), self.random.randrange(256), 255))
            for row in range(y, y + height):
                start = (row * self.width + x) * 4
                self.wanted[start : start + width * 4] = colour * width
        buffer.memory[:] = bytes(self.wanted)
        surface.attach(buffer.buffer, 0, 0)
        for rect in rects:
            surface.damage_buffer(*rect)
        surface.commit()
        self.app.roundtrip()

    def seen(self, picture: Picture, x: int, y: int) -> bool:
        return picture.rows((x, y, self.width, self.height)) == [
            _rgb(self.wanted[row * self.width * 4 : (row + 1) * self.width * 4]) for row in range(self.height)
        ]


def _rgb(row: bytearray) -> bytes:
    packed = bytearray(len(row) // 4 * 3)
    packed[0::3], packed[1::3], packed[2::3] = row[2::4], row[1::4], row[0::4]
    return bytes(packed)


def random_damage(session: Session, seed: int, sealing: bool) -> None:
    app = session.app("red")
    window = Window(app, map_=False)
    window.ack()
    painter = Painter(app, window, seed, sealing)
    session.until_windows(1)
    coloured(session, "blue", BLUE, (60, 60))
    session.move("red", 20, 100)
    session.move("blue", 600, 100)
    choose = painter.random
    for _ in range(ROUNDS):
        for _ in range(choose.choice((1, 2, 7))):
            painter.change()
        if choose.random() < 0.2:
            painter.resize(choose.choice(SIZES))
        if choose.random() < 0.3:
            # Parts that did not change have to be painted again, because something lay above them.
            session.move("blue", choose.randint(20, 250), choose.randint(100, 500))
            session.move("blue", 600, 100)
        session.until_picture(lambda picture: painter.seen(picture, 20, 100))
    assert whole((600, 100, 60, 60), session.picture(), BLUE)


@pytest.mark.parametrize(("seed", "sealing"), [(0, False), (1, True), (2, True)])
def test_random_damage(open_session: OpenSession, seed: int, sealing: bool) -> None:
    random_damage(open_session(options=["--renderer", "software"]), seed, sealing)


@needs_xvfb
@pytest.mark.parametrize(("renderer", "sealing"), [("opengl", True), ("software", False)])
def test_random_damage_on_an_x_server(x_display: str, open_session: OpenSession, renderer: str, sealing: bool) -> None:
    random_damage(on_x(open_session, x_display, renderer), 7, sealing)
