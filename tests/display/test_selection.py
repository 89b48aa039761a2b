"""The clipboard and the primary selection between two apps."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest
from pywayland.protocol import wayland, xdg_shell
from pywayland.protocol import wp_primary_selection_unstable_v1 as primary

from berth.core import messages as m
from tests.display.client import ClientError, Object
from tests.display.conftest import Display, DisplayWith
from tests.display.shapes import App, Window
from tests.display.ui import FakeUi

TEXT = "text/plain;charset=utf-8"
LONG_MOMENT = {"selection._GRACE": 3_600_000}
"""After the focus has gone, however slow the machine is."""


class Side:
    """One of two apps: a window, a keyboard and the objects of one kind of selection."""

    def __init__(
        self, display: Display, ui: FakeUi, name: str, kind: str, hidden: tuple[str, ...] = (), nested: bool = False
    ) -> None:
        self.ui = ui
        self.name = name
        self.app: App = display.app(display.instance(name, hidden, nested=nested))
        Window(self.app)
        ui.until(lambda: any(w.instance == name and w.mapped for w in ui.windows.values()))
        self.surface = next(w.surface for w in ui.windows.values() if w.instance == name)
        seat = self.app.bind(wayland.WlSeat)
        self.keyboard: Object = seat.get_keyboard()
        self.manager: Object
        if kind == "clipboard":
            self.manager = self.app.bind(wayland.WlDataDeviceManager)
            self.device: Object = self.manager.get_data_device(seat)
            self.create: Callable[[], Any] = self.manager.create_data_source
        else:
            self.manager = self.app.bind(primary.ZwpPrimarySelectionDeviceManagerV1)
            self.device = self.manager.get_device(seat)
            self.create = self.manager.create_source
        self.app.roundtrip()

    def focus(self) -> int:
        """Get the keyboard; returns the serial of the event."""
        before = len(self.keyboard.named("enter"))
        self.ui.send(m.KeyboardFocus(self.surface))
        self.app.until(lambda: len(self.keyboard.named("enter")) > before)
        serial: int = self.keyboard.last("enter")[0]
        return serial

    def copy(self, serial: int, *types: str) -> Object:
        source: Object = self.create()
        for mime_type in types:
            source.offer(mime_type)
        self.device.set_selection(source, serial)
        self.app.roundtrip()
        return source

    @property
    def offered(self) -> Object | None:
        offer: Object | None = self.device.last("selection")[0]
        return offer


def read(receiver: Side, offer: Object, sender: Side, source: Object, mime_type: str, data: bytes) -> bytes:
    """The whole way of a paste."""
    ours, theirs = os.pipe()
    offer.receive(mime_type, theirs)
    os.close(theirs)
    receiver.app.roundtrip()
    sender.app.roundtrip()
    if source.named("send"):
        asked, fd = source.last("send")
        assert asked == mime_type
        os.write(fd, data)
        os.close(fd)
    with os.fdopen(ours, "rb") as pipe:
        return pipe.read()


@pytest.mark.parametrize("kind", ["clipboard", "primary"])
def test_copy_and_paste(display: Display, kind: str) -> None:
    ui = display.ui()
    first, second = Side(display, ui, "a", kind), Side(display, ui, "b", kind)
    source = first.copy(first.focus(), TEXT, "UTF8_STRING")
    assert first.offered is not None, "the owner is offered its own selection"
    assert not second.device.named("selection"), "nobody else without the focus"
    second.focus()
    second.app.until(lambda: second.device.named("selection"))
    order = [event.name for event in second.device.events]
    assert order == ["data_offer", "selection"]
    offer = second.offered
    assert offer is not None
    assert [event.arguments for event in offer.named("offer")] == [(TEXT,), ("UTF8_STRING",)]
    assert read(second, offer, first, source, TEXT, b"hello") == b"hello"
    source.events.clear()
    assert read(second, offer, first, source, "image/png", b"never") == b"", "what was not offered"
    assert not source.named("send")


def test_an_app_is_asked_for_life_through_what_it_uses(display: Display) -> None:
    """Firefox has an xdg_wm_base that it never reads: a ping there would make it one that hangs."""
    ui = display.ui()
    first, second = Side(display, ui, "a", "clipboard"), Side(display, ui, "b", "clipboard")
    spare = first.app.bind(xdg_shell.XdgWmBase)
    source = first.copy(first.focus(), TEXT)
    second.focus()
    second.app.until(lambda: second.device.named("selection"))
    assert second.offered is not None
    assert read(second, second.offered, first, source, TEXT, b"hello") == b"hello"
    assert first.app.wm.named("ping") and not spare.named("ping")


@pytest.mark.parametrize("kind", ["clipboard", "primary"])
def test_an_app_that_has_just_lost_the_focus_may_still_set(display_with: DisplayWith, kind: str) -> None:
    """It read the copy key late; toolkits use the serial they saw last, which is that of the leave."""
    display = display_with(LONG_MOMENT)
    ui = display.ui()
    first, second = Side(display, ui, "a", kind), Side(display, ui, "b", kind)
    first.focus()
    second.focus()
    first.app.until(lambda: first.keyboard.named("leave"))
    assert not first.copy(first.keyboard.last("leave")[0], TEXT).named("cancelled")
    second.app.until(lambda: second.device.named("selection") and second.offered is not None)


def test_the_selection_may_be_set_again_with_more_types(display: Display) -> None:
    """As GTK 3 does."""
    ui = display.ui()
    first, second = Side(display, ui, "a", "clipboard"), Side(display, ui, "b", "clipboard")
    source = first.copy(first.focus(), TEXT)
    source.offer("text/html")
    first.device.set_selection(source, first.keyboard.last("enter")[0])
    first.app.roundtrip()
    assert not source.named("cancelled")
    second.focus()
    second.app.until(lambda: second.device.named("selection"))
    assert second.offered is not None
    assert [event.arguments[0] for event in second.offered.named("offer")] == [TEXT, "text/html"]
    second.copy(second.keyboard.last("enter")[0], "image/png")
    first.device.set_selection(source, first.focus())
    first.app.roundtrip()
    second.focus()
    second.app.until(lambda: second.offered is not None and second.offered.last("offer") == ("text/html",))


@pytest.mark.parametrize("kind", ["clipboard", "primary"])
def test_replaced_and_cleared(display: Display, kind: str) -> None:
    ui = display.ui()
    first, second = Side(display, ui, "a", kind), Side(display, ui, "b", kind)
    old = first.copy(first.focus(), TEXT)
    new = second.copy(second.focus(), "image/png")
    first.app.until(lambda: old.named("cancelled"))
    assert not new.named("cancelled")
    first.focus()
    first.app.until(lambda: first.offered is not None and first.offered.named("offer"))
    assert first.offered is not None and first.offered.last("offer") == ("image/png",)
    new.destroy()
    second.app.roundtrip()
    first.app.until(lambda: first.offered is None)


@pytest.mark.parametrize("kind", ["clipboard", "primary"])
def test_an_offer_ends_with_the_focus(display: Display, kind: str) -> None:
    ui = display.ui()
    first, second = Side(display, ui, "a", kind), Side(display, ui, "b", kind)
    source = first.copy(first.focus(), TEXT)
    second.focus()
    second.app.until(lambda: second.device.named("selection"))
    offer = second.offered
    assert offer is not None
    ui.send(m.KeyboardFocus(0))
    second.app.until(lambda: second.keyboard.named("leave"))
    assert read(second, offer, first, source, TEXT, b"secret") == b""
    second.focus()
    assert second.offered is not None and second.offered is not offer
    assert read(second, second.offered, first, source, TEXT, b"hello") == b"hello"


def test_a_hoarder_of_offers_is_the_one_to_go(display: Display) -> None:
    ui = display.ui()
    first, second = Side(display, ui, "a", "clipboard"), Side(display, ui, "b", "clipboard")
    first.copy(first.focus(), TEXT)
    for _ in range(19_900):
        second.app.compositor.create_region()
    second.app.roundtrip()
    with pytest.raises(ClientError, match="protocol objects"):
        for _ in range(200):
            ui.send(m.KeyboardFocus(first.surface), m.KeyboardFocus(second.surface))
            second.app.roundtrip()
    first.app.roundtrip()


@pytest.mark.parametrize("kind", ["clipboard", "primary"])
def test_the_owner_may_die(display: Display, kind: str) -> None:
    ui = display.ui()
    first, second = Side(display, ui, "a", kind), Side(display, ui, "b", kind)
    source = first.copy(first.focus(), TEXT)
    second.focus()
    second.app.until(lambda: second.device.named("selection"))
    offer = second.offered
    first.app.close()
    second.app.until(lambda: second.offered is None)
    assert offer is not None
    assert read(second, offer, second, source, TEXT, b"") == b"", "a dead offer's pipe is closed"


@pytest.mark.parametrize("kind", ["clipboard", "primary"])
def test_only_the_focus_with_real_input_may_set(display: Display, kind: str) -> None:
    ui = display.ui()
    first, second, third = (Side(display, ui, name, kind) for name in "abc")
    stale = first.focus()
    third.focus()
    second.focus()
    assert first.copy(stale, TEXT).named("cancelled")
    assert second.copy(stale, TEXT).named("cancelled"), "a serial of somebody else"
    assert second.copy(4_000_000, TEXT).named("cancelled")
    second.app.roundtrip()
    assert second.device.named("selection") == [] or second.offered is None


def test_a_hidden_clipboard_is_neither_read_nor_set(display: Display) -> None:
    """An app that loses the grant while it runs."""
    ui = display.ui()
    first, second = Side(display, ui, "a", "clipboard"), Side(display, ui, "b", "clipboard")
    first.copy(first.focus(), TEXT)
    display.engine.send(m.FilterGlobals("b", ("wl_data_device_manager",)))
    second.app.until(lambda: "wl_data_device_manager" not in second.app.globals)
    serial = second.focus()
    second.app.roundtrip()
    assert not second.device.named("selection")
    assert second.copy(serial, TEXT).named("cancelled")


def _reused(side: Side) -> None:
    source = side.copy(side.focus(), TEXT)
    side.device.start_drag(source, side.app.surface(), None, 1)


def _drag_source(side: Side) -> None:
    source = side.create()
    source.set_actions(1)
    side.device.set_selection(source, 1)


def _icon(side: Side) -> None:
    surface = side.app.surface()
    side.app.subcompositor.get_subsurface(surface, side.app.surface())
    side.device.start_drag(None, side.app.surface(), surface, 1)


def _offer(side: Side) -> Object:
    side.copy(side.focus(), TEXT)
    side.app.until(lambda: side.offered)
    assert side.offered is not None
    return side.offered


_Source, _Offer = wayland.WlDataSource.error, wayland.WlDataOffer.error


@pytest.mark.parametrize(
    ("misuse", "interface", "code"),
    [
        (_reused, "wl_data_device", wayland.WlDataDevice.error.used_source),
        (_drag_source, "wl_data_source", _Source.invalid_source),
        (lambda s: s.create().set_actions(8), "wl_data_source", _Source.invalid_action_mask),
        (_icon, "wl_data_device", wayland.WlDataDevice.error.role),
        (lambda s: _offer(s).finish(), "wl_data_offer", _Offer.invalid_finish),
        (lambda s: _offer(s).set_actions(8, 0), "wl_data_offer", _Offer.invalid_action_mask),
        (lambda s: _offer(s).set_actions(1, 3), "wl_data_offer", _Offer.invalid_action),
        (lambda s: _offer(s).set_actions(1, 1), "wl_data_offer", _Offer.invalid_offer),
    ],
)
def test_misuse(display: Display, misuse: Callable[[Side], object], interface: str, code: int) -> None:
    side = Side(display, display.ui(), "a", "clipboard")
    misuse(side)
    with pytest.raises(ClientError) as raised:
        side.app.roundtrip()
    assert (raised.value.interface, raised.value.code) == (interface, int(code)), raised.value.message
