"""What a program beside a display server in a window may do with the selections: as much as an app with the focus."""

from __future__ import annotations

import pytest
from pywayland.protocol import ext_data_control_v1 as ext
from pywayland.protocol import wayland

from berth.core import messages as m
from berth.core.permissions import CLIPBOARD_MANAGER
from tests.display.client import ClientError, Object
from tests.display.conftest import Display, DisplayWith
from tests.display.shapes import App
from tests.display.test_data_control import paste
from tests.display.test_selection import LONG_MOMENT, TEXT, Side

CONTROL = ext.ExtDataControlManagerV1
KINDS = pytest.mark.parametrize("kind", ["clipboard", "primary"])


class Beside:
    """An app that is a display server, an app beside it on the screen, and a program beside the server's window."""

    def __init__(self, display: Display, kind: str = "clipboard") -> None:
        self.display, self.ui = display, display.ui()
        self.front = Side(display, self.ui, "x", kind, nested=True)
        self.other = Side(display, self.ui, "b", kind)
        self.app: App = display.app(display.directory / "wayland-x")
        self.manager = self.app.bind(CONTROL)
        self.device: Object = self.manager.get_data_device(self.app.bind(wayland.WlSeat))
        self.app.roundtrip()
        self.told, self._set = ("selection", "set_selection") if kind == "clipboard" else _PRIMARY

    def copy(self) -> Object:
        source: Object = self.manager.create_data_source()
        source.offer(TEXT)
        getattr(self.device, self._set)(source)
        self.app.roundtrip()
        return source


_PRIMARY = ("primary_selection", "set_primary_selection")


def test_only_beside_a_display_server(display: Display) -> None:
    assert CONTROL.name not in display.app(display.instance("a")).globals
    assert CONTROL.name in display.app(display.instance("x", nested=True)).globals


@KINDS
def test_it_hears_of_a_selection_with_the_focus_alone(display: Display, kind: str) -> None:
    beside = Beside(display, kind)
    source = beside.other.copy(beside.other.focus(), TEXT)
    beside.app.roundtrip()
    assert not beside.device.events
    beside.front.focus()
    beside.app.until(lambda: beside.device.named(beside.told))
    (offer,) = beside.device.last(beside.told)
    assert paste(beside.app, offer, beside.other.app, source) == b"hello"

    beside.other.focus()
    assert paste(beside.app, offer, beside.other.app, source) == b"", "the offer ends with the focus"
    assert not source.named("send")


@KINDS
def test_it_sets_with_the_focus_alone(display: Display, kind: str) -> None:
    beside = Beside(display, kind)
    beside.front.focus()
    ours = beside.copy()
    assert not ours.named("cancelled")
    assert beside.front.offered is not None or beside.front.app.until(lambda: beside.front.offered) is None
    theirs = beside.other.copy(beside.other.focus(), TEXT)
    beside.app.until(lambda: ours.named("cancelled"))
    assert beside.copy().named("cancelled"), "the other app has got input since"
    assert not theirs.named("cancelled")


def test_a_moment_after_the_focus_has_gone_is_soon_enough(display_with: DisplayWith) -> None:
    beside = Beside(display_with(LONG_MOMENT))
    beside.front.focus()
    beside.other.focus()
    assert not beside.copy().named("cancelled")


def test_another_display_server_has_the_focus(display: Display) -> None:
    beside = Beside(display)
    Side(display, beside.ui, "y", "clipboard", nested=True).focus()
    source = beside.copy()
    assert source.named("cancelled"), "it never had it"
    assert not beside.device.events


def test_the_permission_is_for_what_goes_beyond(display: Display) -> None:
    """Who may manage the clipboard finds both, that one second."""
    path = display.instance("x", nested=True)
    app = display.app(path)
    display.grant(CLIPBOARD_MANAGER, name="x")
    app.until(lambda: len([event for event in app.registry.named("global") if event.arguments[1] == CONTROL.name]) == 2)


def test_a_server_that_the_user_ends_takes_along_what_is_beside_it(display: Display) -> None:
    beside = Beside(display)
    app, ui = beside.front.app, beside.ui
    app.hangs = True
    window = next(number for number, w in ui.windows.items() if w.instance == "x")
    ui.send(m.KeyboardFocus(beside.front.surface), m.Key(30, True, 1_000), m.Key(30, False, 1_010))
    app.until(lambda: app.wm.named("ping"))
    ui.send(m.Key(30, True, 7_000), m.Key(30, False, 7_010))
    ui.until(lambda: not ui.windows[window].responding)
    ui.send(m.CloseWindow(window, force=True))
    display.until_engine(m.InstanceEndWanted, instance="x")


def test_a_handful_of_devices_is_enough(display: Display) -> None:
    beside = Beside(display)
    seat = beside.app.bind(wayland.WlSeat)
    with pytest.raises(ClientError, match="more than 4 objects of ext_data_control_device_v1"):
        for _ in range(4):
            beside.manager.get_data_device(seat)
            beside.app.roundtrip()
