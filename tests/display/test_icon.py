"""xdg-toplevel-icon: the pixels that the ui gets, and what is refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pywayland.protocol.xdg_toplevel_icon_v1 import XdgToplevelIconManagerV1, XdgToplevelIconV1

from tests.display.client import ClientError, Object
from tests.display.conftest import Display
from tests.display.shapes import XRGB, App, Pixels, Window
from tests.display.ui import FakeUi

_Errors = XdgToplevelIconV1.error


class Scene:
    def __init__(self, display: Display) -> None:
        self.display = display
        self.ui: FakeUi = display.ui()
        self.app: App = display.app()
        self.window = Window(self.app)
        self.manager = self.app.bind(XdgToplevelIconManagerV1)
        self.settle()

    def icon(self, *pixels: Pixels) -> Object:
        icon: Object = self.manager.create_icon()
        for one in pixels:
            icon.add_buffer(one.buffer, 1)
        return icon

    def give(self, icon: Object | None) -> None:
        self.manager.set_icon(self.window.toplevel, icon)
        self.window.surface.commit()
        self.settle()

    def settle(self) -> None:
        self.app.roundtrip()
        self.ui.settle()


@pytest.fixture
def scene(display: Display) -> Scene:
    return Scene(display)


def test_sizes_are_announced(scene: Scene) -> None:
    assert [event.name for event in scene.manager.events] == ["icon_size", "icon_size", "icon_size", "done"]


def test_the_best_size_arrives_with_the_commit(scene: Scene) -> None:
    small, right, large = (scene.app.pixels(side, side, side // 2) for side in (16, 96, 256))
    icon = scene.icon(large, small, right)
    scene.manager.set_icon(scene.window.toplevel, icon)
    scene.settle()
    assert not scene.ui.icons
    scene.window.surface.commit()
    scene.settle()
    assert scene.ui.icons == {1: (96, right.packed())}


def test_an_icon_outlives_its_object_and_goes_when_it_is_reset(scene: Scene) -> None:
    icon = scene.icon(scene.app.pixels(32, 32, 7))
    scene.give(icon)
    icon.destroy()
    scene.settle()
    assert scene.ui.icons[1][0] == 32
    scene.give(None)
    assert not scene.ui.icons
    scene.give(scene.icon(scene.app.pixels(32, 32, 7)))
    assert scene.ui.icons
    nothing = scene.manager.create_icon()
    nothing.set_name("utilities-terminal")
    scene.give(nothing)
    assert not scene.ui.icons


def test_icons_are_there_for_the_next_ui(scene: Scene) -> None:
    scene.give(scene.icon(scene.app.pixels(48, 48, 9)))
    before = scene.ui.icons
    scene.ui.close()
    assert scene.display.ui().icons == before


def test_longer_rows_and_missing_alpha(scene: Scene) -> None:
    pixels = scene.app.pixels(10, 10, 0x20, stride=56, format_=XRGB)
    scene.give(scene.icon(pixels))
    assert scene.ui.icons[1] == (10, b"\x20\x20\x20\xff" * 100)


def test_before_the_window_is_known(scene: Scene) -> None:
    second = Window(scene.app, map_=False)
    scene.manager.set_icon(second.toplevel, scene.icon(scene.app.pixels(8, 8, 3)))
    second.ack()
    scene.app.show(second.surface, scene.app.pixels(20, 20))
    scene.settle()
    assert list(scene.ui.icons) == [2]


def test_a_buffer_may_go_after_the_icon(scene: Scene) -> None:
    pixels = scene.app.pixels(8, 8)
    icon = scene.icon(pixels, pixels)
    scene.give(icon)
    icon.destroy()
    pixels.buffer.destroy()
    scene.settle()
    assert scene.ui.icons


def _destroyed_buffer(s: Scene) -> None:
    pixels = s.app.pixels(8, 8)
    s.icon(pixels)
    pixels.buffer.destroy()


def _changed(s: Scene) -> Object:
    icon = s.icon(s.app.pixels(8, 8))
    s.manager.set_icon(s.window.toplevel, icon)
    return icon


@pytest.mark.parametrize(
    ("misuse", "code"),
    [
        (lambda s: s.icon(s.app.pixels(8, 9)), _Errors.invalid_buffer),
        (lambda s: s.manager.create_icon().add_buffer(s.app.pixels(8, 8).buffer, 0), _Errors.invalid_buffer),
        (lambda s: _changed(s).set_name("x"), _Errors.immutable),
        (lambda s: _changed(s).add_buffer(s.app.pixels(8, 8).buffer, 1), _Errors.immutable),
        (_destroyed_buffer, _Errors.no_buffer),
    ],
)
def test_misuse(scene: Scene, misuse: Callable[[Scene], object], code: int) -> None:
    misuse(scene)
    with pytest.raises(ClientError) as raised:
        scene.app.roundtrip()
    assert (raised.value.interface, raised.value.code) == ("xdg_toplevel_icon_v1", int(code)), raised.value.message


def test_memory_is_limited(scene: Scene) -> None:
    large = scene.app.pixels(512, 512)
    with pytest.raises(ClientError, match="memory for icons"):
        for _ in range(600):
            scene.icon(large)
        scene.app.roundtrip()
