"""wl_shm: every format that the ui can draw, byte for byte."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from pywayland.protocol import wayland

from berth.core.pixels import FORMATS, stride_of
from tests.display.client import ClientError
from tests.display.conftest import Display
from tests.display.shapes import App, Window


def test_the_formats_are_announced_under_their_own_codes(display: Display) -> None:
    app = display.app()
    app.roundtrip()
    assert sorted(event.arguments[0] for event in app.shm.named("format")) == sorted(FORMATS)
    for code, known in FORMATS.items():
        assert int(getattr(wayland.WlShm.format, known.name)) == code


@pytest.mark.parametrize("format_", FORMATS, ids=[known.name for known in FORMATS.values()])
def test_pixels_arrive_as_they_are(display: Display, format_: int) -> None:
    ui = display.ui()
    app = display.app()
    window = Window(app, byte=1)
    pixels = app.pixels(33, 20, 3, format_=format_)
    pixels.put(5, 6, 7, 8, 9)
    app.show(window.surface, pixels)
    app.roundtrip()
    ui.until(lambda: any(state.width == 33 for state in ui.states.values()))
    (state,) = ui.states.values()
    assert state.format == format_
    assert state.opaque != FORMATS[format_].alpha
    assert state.stride == stride_of(33, format_)
    assert state.damage == ((0, 0, 33, 20),)
    row = 33 * FORMATS[format_].bytes
    taken = ui.pixels(state.surface)
    assert b"".join(taken[y * state.stride : y * state.stride + row] for y in range(20)) == pixels.packed()
    pixels.put(20, 1, 3, 3, 200)
    window.surface.attach(pixels.buffer, 0, 0)
    window.surface.damage_buffer(20, 1, 3, 3)
    window.surface.commit()
    app.roundtrip()
    ui.until(lambda: ui.states[state.surface].damage == ((20, 1, 3, 3),))
    taken = ui.pixels(state.surface)
    assert b"".join(taken[y * state.stride : y * state.stride + row] for y in range(20)) == pixels.packed()


def test_another_format_of_the_same_size_is_drawn_anew(display: Display) -> None:
    ui = display.ui()
    app = display.app()
    window = Window(app, byte=1)
    pixels = app.pixels(100, 80, 2, format_=int(wayland.WlShm.format.abgr8888))
    window.surface.attach(pixels.buffer, 0, 0)
    window.surface.commit()
    app.roundtrip()
    ui.until(lambda: any(state.format for state in ui.states.values()))
    (state,) = ui.states.values()
    assert state.damage == ((0, 0, 100, 80),)
    assert set(ui.pixels(state.surface)) == {2}


@pytest.mark.parametrize(("format_", "stride"), [(int(wayland.WlShm.format.abgr16161616), 7 * 10), (0, 39)])
def test_rows_that_overlap_are_refused(display: Display, format_: int, stride: int) -> None:
    app = display.app()
    surface = app.surface()
    app.show(surface, app.pixels(10, 4, 1, stride, format_))
    with pytest.raises(ClientError):
        app.roundtrip()


def test_formats_that_were_not_announced_are_refused(display: Display) -> None:
    app = display.app()
    pool = app.shm.create_pool(app.pixels(10, 10).fd, 400)
    pool.create_buffer(0, 10, 10, 40, int(wayland.WlShm.format.nv12))
    with pytest.raises(ClientError) as raised:
        app.roundtrip()
    assert raised.value.code == int(wayland.WlShm.error.invalid_format)


def _pipe_as_pool(app: App) -> None:
    read, write = os.pipe()
    app.shm.create_pool(read, 4096)
    os.close(read)
    os.close(write)


def _empty_pool(app: App) -> None:
    app.shm.create_pool(app.pixels(10, 10).fd, 0)


def _shrinking_pool(app: App) -> None:
    app.shm.create_pool(app.pixels(10, 10).fd, 400).resize(399)


def _beyond_the_pool(app: App) -> None:
    app.shm.create_pool(app.pixels(10, 10).fd, 400).create_buffer(4, 10, 10, 40, 0)


def _negative_offset(app: App) -> None:
    app.shm.create_pool(app.pixels(10, 10).fd, 400).create_buffer(-4, 10, 10, 40, 0)


def _no_width(app: App) -> None:
    app.shm.create_pool(app.pixels(10, 10).fd, 400).create_buffer(0, 0, 10, 40, 0)


_Error = wayland.WlShm.error


@pytest.mark.parametrize(
    ("misuse", "interface", "code"),
    [
        (_pipe_as_pool, "wl_shm", _Error.invalid_fd),
        (_empty_pool, "wl_shm", _Error.invalid_stride),
        (_shrinking_pool, "wl_shm_pool", _Error.invalid_fd),
        (_beyond_the_pool, "wl_shm_pool", _Error.invalid_stride),
        (_negative_offset, "wl_shm_pool", _Error.invalid_stride),
        (_no_width, "wl_shm_pool", _Error.invalid_stride),
    ],
)
def test_misuse(display: Display, misuse: Callable[[App], None], interface: str, code: int) -> None:
    app = display.app()
    misuse(app)
    with pytest.raises(ClientError) as raised:
        app.roundtrip()
    assert (raised.value.interface, raised.value.code) == (interface, int(code)), raised.value.message
