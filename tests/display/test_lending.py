"""Buffers in memory that lasts are shown from where they are, and come back when another one is shown."""

from __future__ import annotations

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path

import pytest
from pywayland.protocol import wayland

from berth.core import messages as m
from berth.display.scene import _MAX_FILES
from tests.display.client import Object
from tests.display.conftest import Display, DisplayWith
from tests.display.shapes import XRGB, App, Pixels, Window
from tests.display.ui import FakeUi

WIDTH, HEIGHT = 200, 150


@dataclass
class Desk:
    """An app with one window, for a ui that draws a frame only when it is told to."""

    display: Display
    ui: FakeUi
    app: App
    window: Window
    surface: int

    def buffer(self, byte: int = 1, width: int = WIDTH, height: int = HEIGHT) -> Pixels:
        return self.app.pixels(width, height, byte, format_=XRGB, sealing=True)

    def show(self, pixels: Pixels) -> m.SurfaceState:
        """Commit, and what the ui gets."""
        before = len(self.ui.log)
        self.app.show(self.window.surface, pixels)
        self.app.flush()
        self.ui.until(lambda: any(isinstance(message, m.Commit) for message in self.ui.log[before:]))
        return self.state

    def draw(self) -> None:
        self.ui.settle()
        self.ui.done()
        self.ui.settle()
        self.app.roundtrip()

    def calm(self) -> None:
        """Have everything drawn that follows from the window being there."""
        for _ in range(3):
            self.draw()

    @property
    def state(self) -> m.SurfaceState:
        return self.ui.states[self.surface]

    def content(self) -> set[int]:
        return set(self.ui.pixels(self.surface))


@pytest.fixture
def desk(display_with: DisplayWith) -> Desk:
    """Where an app gets nothing back for having waited."""
    return _desk(display_with({"lease._PATIENCE": 3_600 * 10**9}))


@pytest.fixture
def impatient(display: Display) -> Desk:
    """As it is: where it gets back what it has waited for."""
    return _desk(display)


def _desk(display: Display, path: Path | None = None) -> Desk:
    ui = display.ui(auto_frames=False)
    app = display.app(path)
    window = Window(app)
    ui.until(lambda: any(w.mapped for w in ui.windows.values()) and ui.states)
    (surface,) = ui.states
    desk = Desk(display, ui, app, window, surface)
    desk.calm()
    return desk


def released(pixels: Pixels) -> int:
    return len(pixels.buffer.named("release"))


def test_a_buffer_is_shown_from_where_it_is(desk: Desk) -> None:
    one, two = desk.buffer(1), desk.buffer(2)
    state = desk.show(one)
    assert state.pool and (state.stride, state.damage) == (WIDTH * 4, ((0, 0, WIDTH, HEIGHT),))
    assert desk.content() == {1}
    one.fill(9)
    assert desk.content() == {9}, "it is the client's own memory"
    desk.draw()
    assert not released(one)
    assert desk.show(two).pool not in (0, state.pool)
    desk.app.roundtrip()
    assert not released(one), "until the other one was drawn"
    desk.draw()
    assert released(one) == 1 and not released(two)


def test_it_comes_back_with_the_frame_callback_of_the_next(desk: Desk) -> None:
    one, two = desk.buffer(), desk.buffer()
    desk.show(one)
    desk.draw()
    callback = desk.window.surface.frame()
    desk.show(two)
    desk.draw()
    assert released(one) and callback.events
    names = [e.name for e in one.buffer.events] + [e.name for e in callback.events]
    assert names == ["release", "done"]


def test_what_was_never_told_comes_back_at_once(desk: Desk) -> None:
    buffers = [desk.buffer(byte) for byte in range(1, 4)]
    desk.show(buffers[0])
    for pixels in buffers[1:]:
        desk.app.show(desk.window.surface, pixels)
    desk.app.roundtrip()
    assert [released(pixels) for pixels in buffers] == [0, 1, 0]
    desk.draw()
    assert desk.content() == {3}


def test_a_buffer_without_damage_changes_nothing(desk: Desk) -> None:
    one, two = desk.buffer(1), desk.buffer(2)
    desk.show(one)
    desk.draw()
    desk.window.surface.attach(two.buffer, 0, 0)
    desk.window.surface.commit()
    desk.app.roundtrip()
    desk.ui.settle()
    assert released(two) and not released(one)
    assert desk.content() == {1}


def test_pools_in_which_several_buffers_lie(desk: Desk) -> None:
    size = WIDTH * HEIGHT * 4
    fd = os.memfd_create("two", os.MFD_ALLOW_SEALING)
    os.ftruncate(fd, size)
    pool = desk.app.shm.create_pool(fd, size)
    first: Object = pool.create_buffer(0, WIDTH, HEIGHT, WIDTH * 4, XRGB)
    desk.window.surface.attach(first, 0, 0)
    desk.window.surface.damage_buffer(0, 0, WIDTH, HEIGHT)
    desk.window.surface.commit()
    desk.app.roundtrip()
    desk.ui.until(lambda: desk.state.pool)
    number = desk.state.pool
    desk.draw()
    os.ftruncate(fd, 2 * size)
    pool.resize(2 * size)
    os.pwrite(fd, b"\7" * size, size)
    second: Object = pool.create_buffer(size, WIDTH, HEIGHT, WIDTH * 4, XRGB)
    pool.destroy()
    desk.window.surface.attach(second, 0, 0)
    desk.window.surface.damage_buffer(0, 0, WIDTH, HEIGHT)
    desk.window.surface.commit()
    desk.app.flush()
    desk.ui.until(lambda: desk.state.offset == size)
    assert desk.state.pool == number and len(desk.ui.pools[number]) == 2 * size
    assert desk.content() == {7}
    os.close(fd)


def test_we_seal_what_the_app_has_not(desk: Desk) -> None:
    pixels = desk.buffer()
    assert desk.show(pixels).pool
    assert fcntl.fcntl(pixels.fd, fcntl.F_GET_SEALS) & fcntl.F_SEAL_SHRINK
    with pytest.raises(PermissionError):
        os.ftruncate(pixels.fd, 0)


def _unsealable(desk: Desk) -> Object:
    return desk.app.pixels(WIDTH, HEIGHT, 5, format_=XRGB).buffer


def _too_short(desk: Desk) -> Object:
    """The file is as long as its buffer, but not as its pool."""
    size = WIDTH * HEIGHT * 4
    fd = os.memfd_create("short", os.MFD_ALLOW_SEALING)
    os.pwrite(fd, b"\5" * size, 0)
    made: Object = desk.app.shm.create_pool(fd, size + 1).create_buffer(0, WIDTH, HEIGHT, WIDTH * 4, XRGB)
    desk.app.flush()
    os.close(fd)
    return made


def _small(desk: Desk) -> Object:
    return desk.app.pixels(100, 100, 5, format_=XRGB, sealing=True).buffer


def _of_16_bits(desk: Desk) -> Object:
    return desk.app.pixels(WIDTH, HEIGHT, 5, format_=int(wayland.WlShm.format.abgr16161616), sealing=True).buffer


def _on_a_disk(desk: Desk) -> Object:
    size = WIDTH * HEIGHT * 4
    path = desk.display.directory / "pool"
    path.write_bytes(b"\5" * size)
    with path.open("r+b") as file:
        made: Object = desk.app.shm.create_pool(file.fileno(), size).create_buffer(0, WIDTH, HEIGHT, WIDTH * 4, XRGB)
        desk.app.flush()
    return made


def _of_mesa(desk: Desk) -> Object:
    """Its software renderer loses its head when a buffer is away for long."""
    size = WIDTH * HEIGHT * 4
    fd = os.memfd_create("mesa-shared", os.MFD_ALLOW_SEALING)
    os.pwrite(fd, b"\5" * size, 0)
    made: Object = desk.app.shm.create_pool(fd, size).create_buffer(0, WIDTH, HEIGHT, WIDTH * 4, XRGB)
    desk.app.flush()
    os.close(fd)
    return made


@pytest.mark.parametrize("make", [_unsealable, _too_short, _small, _of_16_bits, _on_a_disk, _of_mesa])
def test_everything_else_is_copied(desk: Desk, make: object) -> None:
    buffer: Object = make(desk)  # type: ignore[operator]
    desk.window.surface.attach(buffer, 0, 0)
    desk.window.surface.damage_buffer(0, 0, WIDTH, HEIGHT)
    desk.window.surface.commit()
    desk.app.until(lambda: buffer.named("release"))
    desk.ui.until(lambda: desk.content() == {5})
    assert not desk.state.pool


def test_apps_with_one_buffer_go_on(impatient: Desk) -> None:
    """One that draws only into what it got back: first after a moment, then at once."""
    desk = impatient
    pixels = desk.buffer(1)
    lent = []
    for byte in range(1, 8):
        pixels.fill(byte)
        lent.append(bool(desk.show(pixels).pool))
        desk.draw()
        if released(pixels) != byte:
            desk.app.flush()
            desk.ui.until(lambda: not desk.state.pool, 30.0)
            assert desk.state.damage == ()
            desk.draw()
        desk.app.until(lambda byte=byte: released(pixels) == byte)
        assert desk.content() == {byte}
    assert lent[0]


def test_who_has_another_buffer_keeps_it_lent(desk: Desk) -> None:
    buffers = [desk.buffer(1), desk.buffer(2)]
    for i in range(6):
        assert desk.show(buffers[i % 2]).pool
        desk.draw()
    assert [released(pixels) for pixels in buffers] == [3, 2]
    assert not desk.ui.slots, "the memory for copies was given back"


def test_release_callbacks(desk: Desk) -> None:
    one, two = desk.buffer(), desk.buffer()
    callback = desk.window.surface.get_release()
    desk.show(one)
    desk.draw()
    assert not callback.events
    desk.show(two)
    desk.draw()
    assert callback.events


def test_a_buffer_on_two_surfaces_is_released_once(desk: Desk) -> None:
    other = Window(desk.app)
    desk.calm()
    one, two = desk.buffer(1), desk.buffer(2)
    desk.show(one)
    desk.draw()
    desk.app.show(other.surface, one)
    desk.app.roundtrip()
    desk.draw()
    desk.show(two)
    desk.draw()
    assert not released(one), "the other window shows it"
    desk.app.show(other.surface, two)
    desk.app.roundtrip()
    desk.draw()
    assert released(one) == 1


def test_a_destroyed_buffer_stays_until_it_is_replaced(desk: Desk) -> None:
    one, two = desk.buffer(1), desk.buffer(2)
    number = desk.show(one).pool
    desk.draw()
    one.buffer.destroy()
    desk.app.roundtrip()
    assert desk.content() == {1}
    desk.show(two)
    desk.draw()
    desk.ui.until(lambda: number not in desk.ui.pools)


def test_hiding_gives_everything_back(desk: Desk) -> None:
    one = desk.buffer(1)
    desk.show(one)
    desk.draw()
    desk.window.surface.attach(None, 0, 0)
    desk.window.surface.commit()
    desk.app.roundtrip()
    desk.draw()
    desk.app.until(lambda: released(one))


def test_without_a_ui_nothing_is_lent(desk: Desk) -> None:
    one, two = desk.buffer(1), desk.buffer(2)
    desk.show(one)
    desk.draw()
    desk.ui.close()
    desk.app.until(lambda: released(one))
    desk.app.show(desk.window.surface, two)
    desk.app.until(lambda: released(two))
    desk.ui = desk.display.ui(auto_frames=False)
    assert desk.content() == {2} and not desk.state.pool
    desk.calm()
    assert desk.show(one).pool in desk.ui.pools
    assert desk.content() == {1}


def test_a_ui_opens_no_more_than_so_many_pools(desk: Desk) -> None:
    number = 0
    for _ in range(_MAX_FILES + 2):
        number = desk.show(desk.buffer()).pool
        desk.draw()
    assert not number
    assert len(desk.ui.pools) == _MAX_FILES


def test_no_more_than_so_much_is_lent(desk: Desk) -> None:
    """Pages of a sparse file appear when the ui looks at them."""
    side = 8_000
    fd = os.memfd_create("sparse", os.MFD_ALLOW_SEALING)
    os.ftruncate(fd, side * side * 4)
    pool = desk.app.shm.create_pool(fd, side * side * 4)
    os.close(fd)
    for _ in range(5):
        surface = desk.app.surface()
        surface.attach(pool.create_buffer(0, side, side, side * 4, XRGB), 0, 0)
        surface.damage_buffer(0, 0, side, side)
        surface.commit()
    desk.app.flush()
    desk.ui.until(lambda: len(desk.ui.states) == 6, 60.0)
    assert sum(state.pool > 0 for state in desk.ui.states.values()) == 4
