"""What a new window is told before the ui has seen it, and how the ui's own word follows."""

from __future__ import annotations

import struct

import pytest
from pywayland.protocol import xdg_shell

from berth.core import messages as m
from tests.display.client import ClientError, Object
from tests.display.conftest import Display
from tests.display.shapes import App, Window

PHONE = m.WindowPolicy(400, 700, ("maximized",), ("window_menu", "fullscreen", "minimize"))


def capabilities(window: Window) -> list[str]:
    names = {int(one): one.name for one in xdg_shell.XdgToplevel.wm_capabilities}
    return [names[number] for (number,) in struct.iter_unpack("=I", window.toplevel.last("wm_capabilities")[0])]


def test_one_round_trip_is_enough(display: Display) -> None:
    """As wl-copy does it: commit, sync, and draw."""
    display.ui(auto_configure=False)
    app = display.app()
    surface = app.surface()
    xdg: Object = app.wm.get_xdg_surface(surface)
    xdg.get_toplevel()
    surface.commit()
    app.roundtrip()
    xdg.ack_configure(*xdg.last("configure"))
    app.show(surface, app.pixels(1, 1))
    app.roundtrip()


def test_the_same_word_from_the_ui_costs_the_client_nothing(display: Display) -> None:
    ui = display.ui(auto_configure=False)
    app = display.app()
    window = Window(app)
    ui.until(lambda: any(w.mapped for w in ui.windows.values()))
    serial = ui.configure(1)
    ui.settle()
    app.roundtrip()
    ui.settle()
    assert len(window.xdg.named("configure")) == 1
    assert ui.states[ui.windows[1].surface].configure == serial
    ui.configure(1)
    app.until(lambda: len(window.xdg.named("configure")) == 2)


def test_the_answer_still_to_come_answers_the_ui(display: Display) -> None:
    ui = display.ui(auto_configure=False)
    app = display.app()
    window = Window(app, map_=False)
    app.roundtrip()
    ui.until(lambda: ui.windows)
    serial = ui.configure(1)
    ui.settle()
    window.ack()
    app.show(window.surface, app.pixels(10, 10))
    app.roundtrip()
    ui.settle()
    assert len(window.xdg.named("configure")) == 1
    assert ui.states[ui.windows[1].surface].configure == serial


def test_the_policy_is_what_new_windows_are_told(display: Display) -> None:
    ui = display.ui(auto_configure=False)
    ui.send(PHONE)
    ui.settle()
    app = display.app()
    window = Window(app)
    assert window.toplevel.last("configure")[:2] == (400, 700)
    assert window.toplevel.last("configure")[2] == struct.pack("=I", int(xdg_shell.XdgToplevel.state.maximized))
    assert capabilities(window) == ["window_menu", "fullscreen", "minimize"]


def test_dialogs_and_fixed_sizes_choose_for_themselves(display: Display) -> None:
    ui = display.ui(auto_configure=False)
    ui.send(PHONE)
    ui.settle()
    app = display.app()
    parent = Window(app)
    for prepare in (
        lambda toplevel: toplevel.set_parent(parent.toplevel),
        lambda toplevel: (toplevel.set_min_size(50, 50), toplevel.set_max_size(50, 50)),
    ):
        surface = app.surface()
        toplevel: Object = app.wm.get_xdg_surface(surface).get_toplevel()
        prepare(toplevel)
        surface.commit()
        app.roundtrip()
        assert toplevel.last("configure") == (0, 0, b"")


def test_changed_capabilities_and_bounds_are_told(display: Display) -> None:
    ui = display.ui()
    app = display.app()
    window = Window(app)
    seen = len(window.xdg.named("configure"))
    ui.send(PHONE)
    app.until(lambda: len(window.xdg.named("configure")) > seen)
    assert capabilities(window) == ["window_menu", "fullscreen", "minimize"]
    seen = len(window.xdg.named("configure"))
    ui.send(m.OutputChanged(1280, 800, usable=(0, 0, 1280, 700)))
    app.until(lambda: len(window.xdg.named("configure")) > seen)
    assert window.toplevel.last("configure_bounds") == (1280, 700)


def silent(display: Display) -> tuple[App, m.WindowChanged]:
    """An app that has not answered a ping for long."""
    ui = display.ui()
    app = display.app()
    app.hangs = True
    Window(app)
    ui.until(lambda: any(w.mapped for w in ui.windows.values()))
    (window,) = ui.windows.values()
    ui.send(m.KeyboardFocus(window.surface))
    ui.send(m.Key(30, True, 1_000), m.Key(30, False, 1_001), m.Key(30, True, 7_000), m.Key(30, False, 7_001))
    ui.until(lambda: not ui.windows[window.window].responding)
    ui.send(m.CloseWindow(window.window, force=True))
    return app, window


def test_an_app_that_hangs_can_be_ended(display: Display) -> None:
    app, _window = silent(display)
    with pytest.raises(ClientError) as raised:
        app.until(lambda: False)
    assert (raised.value.interface, raised.value.code) == (
        "xdg_wm_base",
        int(xdg_shell.XdgWmBase.error.unresponsive),
    )


def test_an_app_that_answers_is_asked_only(display: Display) -> None:
    ui = display.ui()
    app = display.app()
    window = Window(app)
    ui.until(lambda: any(w.mapped for w in ui.windows.values()))
    ui.send(m.CloseWindow(1, force=True))
    app.until(lambda: window.toplevel.named("close"))
    app.roundtrip()
