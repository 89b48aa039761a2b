"""xdg-activation: the focus is given on, and nobody gets it without the user's doing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pywayland.protocol import wayland
from pywayland.protocol.xdg_activation_v1 import XdgActivationTokenV1, XdgActivationV1

from berth.core import messages as m
from tests.display.client import ClientError, Object
from tests.display.conftest import Display
from tests.display.shapes import App, Window
from tests.display.ui import FakeUi


class Scene:
    """Two apps; the user types in the first."""

    def __init__(self, display: Display) -> None:
        self.ui: FakeUi = display.ui()
        self.apps = [display.app(display.instance(name)) for name in ("one", "two", "three")]
        self.windows = [Window(app) for app in self.apps]
        self.keyboards = [app.bind(wayland.WlSeat).get_keyboard() for app in self.apps]
        self.settle()
        self.focus(0)

    def settle(self) -> None:
        for app in self.apps:
            app.roundtrip()
        self.ui.settle()
        for app in self.apps:
            app.roundtrip()

    def focus(self, index: int) -> None:
        self.ui.send(m.KeyboardFocus(list(self.ui.windows.values())[index].surface))
        self.settle()

    def press(self, index: int) -> int:
        """The serial of a key that the app has got."""
        self.ui.send(m.Key(30, True, 1), m.Key(30, False, 2))
        self.settle()
        serial: int = self.keyboards[index].named("key")[0].arguments[0]
        return serial

    def token(self, index: int, serial: int | None, surface: Object | None = None) -> str:
        app = self.apps[index]
        token: Object = app.bind(XdgActivationV1).get_activation_token()
        token.set_app_id("org.example")
        if serial is not None:
            token.set_serial(serial, app.bind(wayland.WlSeat))
        if surface is not None:
            token.set_surface(surface)
        token.commit()
        app.until(lambda: token.named("done"))
        word: str = token.last("done")[0]
        token.destroy()
        app.roundtrip()
        return word

    def activate(self, index: int, token: str) -> str:
        """What the ui is asked for."""
        seen = len(self.ui.requests)
        self.apps[index].bind(XdgActivationV1).activate(token, self.windows[index].surface)
        self.settle()
        (request,) = self.ui.requests[seen:]
        assert request.window == index + 1
        return request.action


@pytest.fixture
def scene(display: Display) -> Scene:
    return Scene(display)


def test_the_app_in_use_gives_its_focus_on_once(scene: Scene) -> None:
    token = scene.token(0, scene.press(0), scene.windows[0].surface)
    assert len(token) > 30
    assert scene.activate(1, token) == "activate"
    assert scene.activate(1, token) == "attention"


def test_the_app_in_use_may_raise_another_window_of_its_own(scene: Scene) -> None:
    assert scene.activate(0, scene.token(0, scene.press(0))) == "activate"


def test_without_input_there_is_attention_only(scene: Scene) -> None:
    assert scene.activate(1, scene.token(0, None, scene.windows[0].surface)) == "attention"
    assert scene.activate(1, scene.token(0, 424242, scene.windows[0].surface)) == "attention"
    assert scene.activate(1, "made-up") == "attention"


def test_an_app_behind_cannot_take_the_focus(scene: Scene) -> None:
    serial = scene.press(0)
    scene.focus(1)
    assert scene.activate(0, scene.token(0, serial, scene.windows[0].surface)) == "attention"


def test_the_user_has_gone_on_meanwhile(scene: Scene) -> None:
    token = scene.token(0, scene.press(0))
    scene.focus(2)
    assert scene.activate(1, token) == "attention"


def test_tokens_are_limited(scene: Scene) -> None:
    serial = scene.press(0)
    first = scene.token(0, serial)
    later = [scene.token(0, serial) for _ in range(40)]
    assert scene.activate(1, first) == "attention"
    assert scene.activate(1, later[-1]) == "activate"


def test_a_window_that_is_not_there_yet(scene: Scene) -> None:
    token = scene.token(0, scene.press(0))
    surface = scene.apps[1].surface()
    scene.apps[1].wm.get_xdg_surface(surface).get_toplevel()
    scene.apps[1].bind(XdgActivationV1).activate(token, surface)
    surface.commit()
    scene.settle()
    assert scene.ui.requests == [m.WindowRequest(4, "activate")]


def test_surfaces_without_a_window_are_let_be(scene: Scene) -> None:
    scene.apps[1].bind(XdgActivationV1).activate("x", scene.apps[1].surface())
    scene.settle()
    assert not scene.ui.requests


@pytest.mark.parametrize(
    "misuse",
    [
        lambda app, token, surface: token.commit(),
        lambda app, token, surface: token.set_app_id("x"),
        lambda app, token, surface: token.set_surface(surface),
        lambda app, token, surface: token.set_serial(1, app.bind(wayland.WlSeat)),
    ],
)
def test_a_token_object_serves_once(display: Display, misuse: Callable[[App, Object, Object], None]) -> None:
    app = display.app()
    token: Object = app.bind(XdgActivationV1).get_activation_token()
    token.commit()
    app.until(lambda: token.named("done"))
    misuse(app, token, app.surface())
    with pytest.raises(ClientError) as raised:
        app.roundtrip()
    assert (raised.value.interface, raised.value.code) == (
        "xdg_activation_token_v1",
        int(XdgActivationTokenV1.error.already_used),
    )
