"""What clients say about their windows beside xdg-shell: dialogs, tags, the bell."""

from __future__ import annotations

import pytest
from pywayland.protocol import xdg_dialog_v1, xdg_system_bell_v1, xdg_toplevel_tag_v1

from berth.core import messages as m
from tests.display.client import ClientError, Object
from tests.display.conftest import Display, DisplayWith
from tests.display.shapes import App, Window
from tests.display.ui import FakeUi


class Scene:
    def __init__(self, display: Display) -> None:
        self.ui: FakeUi = display.ui()
        self.app: App = display.app()
        self.window = Window(self.app)
        self.settle()

    def settle(self) -> None:
        self.app.roundtrip()
        self.ui.settle()

    @property
    def told(self) -> m.WindowChanged:
        self.settle()
        return list(self.ui.windows.values())[-1]

    @property
    def bells(self) -> list[int]:
        self.settle()
        return [request.window for request in self.ui.requests if request.action == "bell"]


@pytest.fixture
def scene(display: Display) -> Scene:
    return Scene(display)


def test_modal_dialogs(scene: Scene) -> None:
    dialog: Object = scene.app.bind(xdg_dialog_v1.XdgWmDialogV1).get_xdg_dialog(scene.window.toplevel)
    assert not scene.told.modal
    dialog.set_modal()
    assert scene.told.modal
    dialog.unset_modal()
    assert not scene.told.modal
    dialog.set_modal()
    assert scene.told.modal
    dialog.destroy()
    assert not scene.told.modal


def test_a_dialog_outlives_its_window(scene: Scene) -> None:
    manager = scene.app.bind(xdg_dialog_v1.XdgWmDialogV1)
    dialog = manager.get_xdg_dialog(scene.window.toplevel)
    scene.window.toplevel.destroy()
    dialog.set_modal()
    dialog.destroy()
    scene.settle()
    assert not scene.ui.windows


def test_a_second_dialog_object(scene: Scene) -> None:
    manager = scene.app.bind(xdg_dialog_v1.XdgWmDialogV1)
    manager.get_xdg_dialog(scene.window.toplevel).destroy()
    manager.get_xdg_dialog(scene.window.toplevel)
    manager.get_xdg_dialog(scene.window.toplevel)
    with pytest.raises(ClientError) as raised:
        scene.app.roundtrip()
    assert raised.value.interface == "xdg_wm_dialog_v1"
    assert raised.value.code == int(xdg_dialog_v1.XdgWmDialogV1.error.already_used)


def test_tags(scene: Scene) -> None:
    manager = scene.app.bind(xdg_toplevel_tag_v1.XdgToplevelTagManagerV1)
    manager.set_toplevel_tag(scene.window.toplevel, "settings")
    manager.set_toplevel_description(scene.window.toplevel, "Einstellungen")
    assert (scene.told.tag, scene.told.description) == ("settings", "Einstellungen")
    scene.window.surface.attach(None, 0, 0)
    scene.window.surface.commit()
    scene.window.surface.commit()
    assert (scene.told.tag, scene.told.description) == ("", "")


def test_the_bell(display_with: DisplayWith) -> None:
    scene = Scene(display_with({"bell._PAUSE": 3_600_000}))
    bell = scene.app.bind(xdg_system_bell_v1.XdgSystemBellV1)
    bell.ring(scene.window.surface)
    assert scene.bells == [scene.told.window]
    for _ in range(500):
        bell.ring(None)
    assert len(scene.bells) == 1, "a storm is not passed on"


def test_the_bell_after_a_while(display_with: DisplayWith) -> None:
    scene = Scene(display_with({"bell._PAUSE": 0}))
    bell = scene.app.bind(xdg_system_bell_v1.XdgSystemBellV1)
    for _ in range(3):
        bell.ring(None)
    assert len(scene.bells) == 3


def test_the_bell_without_a_window(display: Display) -> None:
    scene = Scene(display)
    second = Window(scene.app)
    scene.settle()
    scene.ui.send(m.KeyboardFocus(scene.told.surface))
    scene.settle()
    scene.app.bind(xdg_system_bell_v1.XdgSystemBellV1).ring(None)
    assert scene.bells == [scene.told.window]
    assert second.surface is not scene.window.surface


def test_the_bell_of_what_is_no_window(scene: Scene) -> None:
    scene.app.bind(xdg_system_bell_v1.XdgSystemBellV1).ring(scene.app.surface())
    assert scene.bells == []
