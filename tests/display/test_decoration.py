"""Who draws the title bar: xdg-decoration from version 2 on, and KDE's older protocol beside it."""

from __future__ import annotations

import pytest
from pywayland.protocol import xdg_decoration_unstable_v1 as xdg

from berth.display import kde_decoration as kde
from tests.display.client import ClientError, Object
from tests.display.conftest import Display
from tests.display.shapes import App, Window
from tests.display.ui import FakeUi

CLIENT, SERVER = 1, 2


class Scene:
    def __init__(self, display: Display) -> None:
        self.ui: FakeUi = display.ui()
        self.app: App = display.app()

    def window(self, map_: bool = True) -> Window:
        return Window(self.app, map_=map_)

    def map(self, window: Window) -> None:
        window.ack()
        self.app.show(window.surface, self.app.pixels(50, 50))
        self.settle()

    def answer(self, window: Window) -> None:
        """Acknowledge the newest configure and draw."""
        self.settle()
        window.xdg.ack_configure(*window.xdg.last("configure"))
        window.surface.commit()
        self.settle()

    def settle(self) -> None:
        self.app.roundtrip()
        self.ui.settle()
        self.app.roundtrip()
        self.ui.settle()

    @property
    def decorated(self) -> bool:
        (window,) = self.ui.windows.values()
        return window.server_decorated


@pytest.fixture
def scene(display: Display) -> Scene:
    return Scene(display)


def test_a_mapped_window_may_get_one_later(scene: Scene) -> None:
    window = scene.window()
    manager = scene.app.bind(xdg.ZxdgDecorationManagerV1)
    decoration: Object = manager.get_toplevel_decoration(window.toplevel)
    scene.settle()
    assert decoration.last("configure") == (SERVER,)
    assert not scene.decorated, "the client has not drawn itself without a title bar yet"
    scene.answer(window)
    assert scene.decorated


def test_without_the_object_the_window_loses_it_with_the_next_commit(scene: Scene) -> None:
    manager = scene.app.bind(xdg.ZxdgDecorationManagerV1)
    window = scene.window(map_=False)
    decoration: Object = manager.get_toplevel_decoration(window.toplevel)
    scene.map(window)
    assert scene.decorated
    decoration.destroy()
    scene.settle()
    assert scene.decorated
    window.surface.commit()
    scene.settle()
    assert not scene.decorated


def test_a_new_object_before_that_commit_keeps_it(scene: Scene) -> None:
    manager = scene.app.bind(xdg.ZxdgDecorationManagerV1)
    window = scene.window(map_=False)
    manager.get_toplevel_decoration(window.toplevel)
    scene.map(window)
    first = next(o for o in scene.app.objects.values() if o.interface is xdg.ZxdgToplevelDecorationV1)
    first.destroy()
    manager.get_toplevel_decoration(window.toplevel)
    window.surface.commit()
    scene.settle()
    assert scene.decorated


def test_the_ui_knows_before_the_first_frame(scene: Scene) -> None:
    manager = scene.app.bind(xdg.ZxdgDecorationManagerV1)
    surface = scene.app.surface()
    toplevel = scene.app.wm.get_xdg_surface(surface).get_toplevel()
    manager.get_toplevel_decoration(toplevel)
    surface.commit()
    scene.settle()
    assert scene.decorated


def test_kde_decorations(scene: Scene) -> None:
    manager = scene.app.bind(kde.Manager)
    scene.app.roundtrip()
    assert manager.last("default_mode") == (SERVER,)
    window = scene.window(map_=False)
    decoration: Object = manager.create(window.surface)
    scene.app.roundtrip()
    assert decoration.last("mode") == (SERVER,)
    scene.map(window)
    assert scene.decorated
    decoration.request_mode(CLIENT)
    scene.settle()
    assert decoration.last("mode") == (CLIENT,)
    assert scene.decorated, "the mode belongs to the next frame"
    window.surface.commit()
    scene.settle()
    assert not scene.decorated
    decoration.request_mode(SERVER)
    window.surface.commit()
    scene.settle()
    assert scene.decorated
    decoration.request_mode(77)
    window.surface.commit()
    scene.settle()
    assert decoration.last("mode") == (0,) and not scene.decorated


def test_kde_decorations_outlive_their_surface(scene: Scene) -> None:
    surface = scene.app.surface()
    decoration: Object = scene.app.bind(kde.Manager).create(surface)
    surface.destroy()
    decoration.request_mode(SERVER)
    decoration.release()
    scene.settle()


def test_xdg_decoration_counts_where_a_client_has_both(scene: Scene) -> None:
    window = scene.window(map_=False)
    scene.app.bind(kde.Manager).create(window.surface).request_mode(CLIENT)
    decoration = scene.app.bind(xdg.ZxdgDecorationManagerV1).get_toplevel_decoration(window.toplevel)
    scene.map(window)
    assert scene.decorated
    decoration.set_mode(CLIENT)
    scene.answer(window)
    assert not scene.decorated


def test_a_newer_object_is_orphaned_as_well(scene: Scene) -> None:
    window = scene.window()
    scene.app.bind(xdg.ZxdgDecorationManagerV1).get_toplevel_decoration(window.toplevel)
    window.toplevel.destroy()
    with pytest.raises(ClientError) as raised:
        scene.app.roundtrip()
    assert raised.value.code == int(xdg.ZxdgToplevelDecorationV1.error.orphaned)
