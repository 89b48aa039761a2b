"""Drag and drop: what the source, the surfaces below and the ui hear, from the press to the end."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest
from pywayland.protocol import wayland
from pywayland.protocol import xdg_toplevel_drag_v1 as toplevel_drag

from berth.core import messages as m
from tests.display.client import ClientError, Object
from tests.display.conftest import Display
from tests.display.shapes import Popup, Window
from tests.display.test_seat import LEFT, Desk
from tests.display.ui import FakeUi

RIGHT = 0x111
COPY, MOVE, ASK = 1, 2, 4
SHIFT, CONTROL, ALT, A = 42, 29, 56, 30
TEXT = "text/plain;charset=utf-8"


class Side(Desk):
    """An app that can drag and be dropped on."""

    def __init__(self, display: Display, ui: FakeUi, name: str, version: int = 0, nested: bool = False) -> None:
        super().__init__(display, 9, name, ui, nested)
        self.manager = self.app.bind(wayland.WlDataDeviceManager, version)
        self.device: Object = self.manager.get_data_device(self.seat)
        self.app.roundtrip()

    def source(self, actions: int | None = COPY | MOVE, *types: str) -> Object:
        source: Object = self.manager.create_data_source()
        for mime_type in types or (TEXT, "text/html"):
            source.offer(mime_type)
        if actions is not None:
            source.set_actions(actions)
        return source

    def press(self, x: float = 10, y: float = 10, button: int = LEFT) -> int:
        """The pointer goes down in the window; returns the serial."""
        before = len(self.pointer.named("button"))
        self.ui.send(m.PointerMotion(self.surface, x, y, 1), m.PointerButton(button, True, 2))
        self.app.until(lambda: len(self.pointer.named("button")) > before)
        serial: int = self.pointer.last("button")[0]
        return serial

    def drag(self, source: Object | None, icon: Object | None = None) -> None:
        """Press and begin to drag."""
        self.device.start_drag(source, self.window.surface, icon, self.press())
        self.settle()

    @property
    def offer(self) -> Object:
        offer: Object = self.device.last("enter")[4]
        return offer

    def agree(self, actions: int = COPY | MOVE, preferred: int = 0, mime_type: str | None = TEXT) -> Object:
        """What a target answers to a drag that has entered it."""
        self.app.until(lambda: self.device.named("enter"))
        offer = self.offer
        offer.accept(self.device.last("enter")[0], mime_type)
        if offer.version >= 3:
            offer.set_actions(actions, preferred)
        self.settle()
        return offer

    def heard(self) -> list[str]:
        return [event.name for event in self.device.events]


class Pair:
    """Two apps; the drag goes from the first to the second."""

    def __init__(self, display: Display, versions: tuple[int, int] = (0, 0)) -> None:
        self.ui = display.ui()
        self.one, self.two = Side(display, self.ui, "a", versions[0]), Side(display, self.ui, "b", versions[1])

    def settle(self) -> None:
        for side in (self.one, self.two):
            side.app.roundtrip()
        self.ui.settle()
        for side in (self.one, self.two):
            side.app.roundtrip()

    def over(self, x: float = 5, y: float = 6) -> None:
        self.ui.send(m.PointerMotion(self.two.surface, x, y, 3))
        self.settle()

    def release(self) -> None:
        self.ui.send(m.PointerButton(LEFT, False, 9))
        self.settle()


@pytest.fixture
def pair(display: Display) -> Pair:
    return Pair(display)


def names(target: Object) -> list[str]:
    return [event.name for event in target.events]


def transfer(sender: Side, source: Object, receiver: Side, offer: Object, mime_type: str = TEXT) -> bytes:
    """The receiver asks for the data, the sender writes it."""
    ours, theirs = os.pipe()
    offer.receive(mime_type, theirs)
    os.close(theirs)
    receiver.app.roundtrip()
    sender.app.roundtrip()
    if source.named("send"):
        fd = source.named("send").pop().arguments[1]
        source.events = [event for event in source.events if event.name != "send"]
        os.write(fd, b"dragged")
        os.close(fd)
    with os.fdopen(ours, "rb") as pipe:
        return pipe.read()


def test_from_one_window_to_another(pair: Pair) -> None:
    one, two, ui = pair.one, pair.two, pair.ui
    source = one.source()
    one.drag(source)
    assert one.names(one.pointer)[-2:] == ["leave", "frame"], "the pointer belongs to the drag"
    assert one.heard() == ["data_offer", "enter"], "the origin may be the target, too"
    assert one.device.last("enter")[1:4] == (one.window.surface, 10, 10)
    pair.over()
    assert one.heard()[2:] == ["leave"]
    assert two.heard() == ["data_offer", "enter"] and not two.pointer.events
    offer = two.offer
    assert names(offer) == ["offer", "offer", "source_actions"]
    assert offer.last("source_actions") == (COPY | MOVE,)
    two.agree(COPY | MOVE, MOVE)
    assert offer.last("action") == (MOVE,)
    one.app.roundtrip()
    assert source.last("target") == (TEXT,) and source.last("action") == (MOVE,)
    ui.until(lambda: ui.drag and ui.drag.action == "move")
    assert ui.drag is not None and ui.drag.target == two.surface
    pair.over(7, 8)
    assert two.device.last("motion")[1:] == (7, 8)
    assert transfer(one, source, two, offer) == b"dragged", "a look at the data before the drop"
    pair.release()
    assert two.heard()[2:] == ["motion", "drop"], "no leave: the offer is still needed"
    assert names(source)[-1] == "dnd_drop_performed"
    assert ui.drops == [two.surface]
    assert transfer(one, source, two, offer) == b"dragged"
    offer.finish()
    pair.settle()
    assert names(source)[-1] == "dnd_finished" and not source.named("cancelled")
    assert two.pointer.last("enter")[1:] == (two.window.surface, 7, 8), "the pointer is free again"
    assert not one.pointer.named("button")[1:], "the release was the drag's"
    ui.send(m.PointerButton(LEFT, True, 10))
    two.settle()
    assert two.pointer.last("button")[2:] == (LEFT, 1)


def test_within_one_window(pair: Pair) -> None:
    side = pair.one
    source = side.source(MOVE)
    side.drag(source)
    offer = side.agree(MOVE)
    pair.release()
    assert side.heard()[-1] == "drop"
    offer.finish()
    side.settle()
    assert names(source) == ["target", "action", "dnd_drop_performed", "dnd_finished"]


@pytest.mark.parametrize(
    ("actions", "mime_type"), [(0, TEXT), (MOVE, TEXT), (COPY, None)], ids=["no action", "no common", "no type"]
)
def test_a_target_that_declines(pair: Pair, actions: int, mime_type: str | None) -> None:
    source = pair.one.source(COPY)
    pair.one.drag(source)
    pair.over()
    pair.two.agree(actions, 0, mime_type)
    pair.release()
    assert pair.two.heard() == ["data_offer", "enter", "leave"]
    assert names(source)[-2:] == ["dnd_drop_performed", "cancelled"]
    assert pair.ui.drops == [0]


def test_dropped_on_nothing(pair: Pair) -> None:
    source = pair.one.source()
    pair.one.drag(source)
    pair.ui.send(m.PointerMotion(0, 0, 0, 5))
    pair.release()
    assert pair.one.heard() == ["data_offer", "enter", "leave"]
    assert source.named("cancelled") and pair.ui.drops == [0]


def test_what_it_would_do_changes_with_the_place(pair: Pair) -> None:
    source = pair.one.source()
    pair.one.drag(source)
    pair.over()
    pair.two.agree()
    pair.ui.send(m.PointerMotion(0, 0, 0, 5))
    pair.settle()
    assert source.last("target") == (None,) and source.last("action") == (0,)
    assert pair.ui.drag is not None and (pair.ui.drag.action, pair.ui.drag.target) == ("none", 0)


def test_keys_choose_the_action(pair: Pair) -> None:
    one, two, ui = pair.one, pair.two, pair.ui
    source = one.source(COPY | MOVE | ASK)
    ui.send(m.KeyboardFocus(one.surface), m.Key(A, True, 1))
    one.drag(source)
    pair.over()
    offer = two.agree(COPY | MOVE | ASK, ASK)
    assert offer.last("action") == (ASK,)
    for key, action in ((SHIFT, MOVE), (CONTROL, COPY), (ALT, ASK)):
        ui.send(m.Key(key, True, 5))
        pair.settle()
        assert offer.last("action") == source.last("action") == (action,)
        ui.send(m.Key(key, False, 5))
    pair.settle()
    assert offer.last("action") == (ASK,)
    ui.send(m.Key(A, False, 7), m.Key(44, True, 8), m.Key(44, False, 9), m.Key(45, True, 10))
    pair.release()
    ui.send(m.Key(45, False, 11), m.Key(46, True, 12))
    pair.settle()
    seen = [event.arguments[2:] for event in one.keyboard.named("key")]
    assert seen == [(A, 1), (A, 0), (46, 1)], "keys pressed during the drag are the drag's"
    assert len(one.keyboard.named("modifiers")) > 6


def test_a_key_does_not_choose_what_the_source_does_not_allow(pair: Pair) -> None:
    pair.ui.send(m.KeyboardFocus(pair.one.surface), m.Key(SHIFT, True, 1))
    pair.one.drag(pair.one.source(COPY))
    pair.over()
    assert pair.two.agree().last("action") == (COPY,)


def test_asking(pair: Pair) -> None:
    one, two = pair.one, pair.two
    source = one.source(COPY | MOVE | ASK)
    one.drag(source)
    pair.over()
    offer = two.agree(COPY | MOVE | ASK, ASK)
    pair.release()
    assert source.last("action") == (ASK,)
    popup = Popup(
        two.app, two.window.xdg, two.app.positioner(20, 20, (1, 1, 1, 1)), (two.seat, two.device.last("enter")[0])
    )
    popup.map()
    assert not popup.popup.named("popup_done"), "the drop is reason enough for a menu"
    offer.set_actions(COPY | MOVE, MOVE)
    pair.settle()
    assert offer.last("action") == (MOVE,) and source.last("action") == (ASK,)
    offer.finish()
    pair.settle()
    assert names(source)[-3:] == ["dnd_drop_performed", "action", "dnd_finished"]
    assert source.last("action") == (MOVE,)


def test_an_answer_that_is_thrown_away(pair: Pair) -> None:
    source = pair.one.source(COPY | ASK)
    pair.one.drag(source)
    pair.over()
    offer = pair.two.agree(COPY | ASK, ASK)
    pair.release()
    offer.destroy()
    pair.settle()
    assert names(source)[-2:] == ["dnd_drop_performed", "cancelled"]


def test_a_target_that_never_finishes_is_in_nobodys_way(pair: Pair) -> None:
    first = pair.one.source()
    pair.one.drag(first)
    pair.over()
    pair.two.agree()
    pair.release()
    second = pair.one.source()
    pair.one.drag(second)
    pair.over()
    offer = pair.two.agree()
    pair.release()
    offer.finish()
    pair.settle()
    assert names(first)[-1] == "dnd_drop_performed" and names(second)[-1] == "dnd_finished"
    pair.two.app.close()
    pair.one.app.until(lambda: first.named("cancelled"))


@pytest.mark.parametrize("versions", [(0, 2), (2, 0), (1, 1), (2, 2)])
def test_old_clients(display: Display, versions: tuple[int, int]) -> None:
    pair = Pair(display, versions)
    one, two = pair.one, pair.two
    source = one.source(COPY if versions[0] == 0 else None)
    one.drag(source)
    pair.over()
    assert two.offer.named("source_actions") == ([] if versions[1] else two.offer.named("source_actions"))
    two.agree(COPY)
    assert pair.ui.drag is not None and pair.ui.drag.action == "copy"
    pair.release()
    assert two.heard()[-1] == "drop"
    assert transfer(one, source, two, two.offer) == b"dragged"
    if versions[1] == 0:
        two.offer.finish()
    two.offer.destroy()
    pair.settle()
    if versions[0] == 0:
        assert names(source)[-2:] == ["dnd_drop_performed", "dnd_finished"]
    else:
        assert set(names(source)) == {"target"}
    one.drag(old := one.source(None))
    pair.ui.send(m.CancelDrag())
    pair.settle()
    assert bool(old.named("cancelled")) == (versions[0] == 0), "old sources hear nothing"


def test_without_a_source_it_stays_inside_the_client(pair: Pair) -> None:
    one, two = pair.one, pair.two
    inner = Window(one.app)
    pair.ui.until(lambda: len(pair.ui.windows) == 3)
    number = max(window.surface for window in pair.ui.windows.values())
    one.drag(None)
    assert one.heard() == ["enter"] and one.device.last("enter")[4] is None
    pair.over()
    assert one.heard() == ["enter", "leave"] and not two.device.events
    pair.ui.send(m.PointerMotion(number, 1, 1, 3))
    pair.settle()
    assert one.device.last("enter")[1] is inner.surface
    pair.release()
    assert one.heard() == ["enter", "leave", "enter", "drop"]


def test_several_devices_of_one_target(pair: Pair) -> None:
    other = pair.two.manager.get_data_device(pair.two.seat)
    pair.two.app.roundtrip()
    source = pair.one.source()
    pair.one.drag(source)
    pair.over()
    assert names(other) == ["data_offer", "enter"]
    offer = other.last("enter")[4]
    offer.accept(1, "text/uri-list")
    offer.set_actions(MOVE, MOVE)
    pair.settle()
    assert source.last("target") == ("text/uri-list",)
    pair.release()
    assert names(other)[-1] == "drop" and pair.two.heard()[-1] == "leave"


def test_an_app_without_the_grant_is_no_target(display: Display, pair: Pair) -> None:
    display.engine.send(m.FilterGlobals("b", ("wl_data_device_manager",)))
    pair.two.app.until(lambda: "wl_data_device_manager" not in pair.two.app.globals)
    pair.one.drag(pair.one.source())
    pair.over()
    assert not pair.two.device.events


# --- fingers


def test_by_touch(pair: Pair) -> None:
    one, two, ui = pair.one, pair.two, pair.ui
    ui.send(m.Touch("down", 3, one.surface, 10, 11, 1), m.Touch("frame"), m.PointerMotion(two.surface, 1, 1, 1))
    one.app.until(lambda: one.touch.named("frame"))
    source = one.source()
    one.device.start_drag(source, one.window.surface, None, one.touch.last("down")[0])
    pair.settle()
    assert one.names(one.touch)[-1] == "cancel"
    assert one.device.last("enter")[1:4] == (one.window.surface, 10, 11)
    assert ui.drag is not None and ui.drag.touch == 3
    ui.send(m.Touch("motion", 3, two.surface, 5, 6, 2), m.Touch("frame"))
    offer = two.agree(MOVE)
    assert two.device.last("enter")[1:4] == (two.window.surface, 5, 6)
    ui.send(m.Touch("motion", 3, two.surface, 7, 8, 2), m.Touch("frame"), m.PointerMotion(two.surface, 2, 2, 1))
    pair.settle()
    assert two.device.last("motion")[1:] == (7, 8) and two.pointer.last("motion")[1:] == (2, 2)
    ui.send(m.Touch("up", 3, two.surface, 7, 8, 3), m.Touch("frame"))
    pair.settle()
    assert two.heard()[-1] == "drop" and not two.touch.events
    offer.finish()
    pair.settle()
    assert names(source)[-1] == "dnd_finished"


def test_touch_is_cancelled(pair: Pair) -> None:
    one = pair.one
    pair.ui.send(m.Touch("down", 3, one.surface, 10, 11, 1), m.Touch("frame"))
    one.app.until(lambda: one.touch.named("frame"))
    source = one.source()
    one.device.start_drag(source, one.window.surface, None, one.touch.last("down")[0])
    one.settle()
    pair.ui.send(m.Touch("cancel"), m.Touch("down", 3, one.surface, 1, 1, 5), m.Touch("frame"))
    pair.settle()
    assert source.named("cancelled") and one.names(one.touch)[-2:] == ["down", "frame"]


# --- who may begin


def test_only_the_holder_of_a_grab_begins_a_drag(pair: Pair) -> None:
    one, two = pair.one, pair.two
    serial = one.press()

    def refused(side: Side, surface: Object, serial: int) -> bool:
        source = side.source()
        side.device.start_drag(source, surface, None, serial)
        pair.settle()
        return bool(source.named("cancelled")) and pair.ui.drag is None

    assert refused(two, two.window.surface, serial), "a serial of somebody else"
    assert refused(one, one.window.surface, serial + 1000), "no serial at all"
    assert refused(one, one.window.surface, one.pointer.last("enter")[0]), "no press"
    other = Window(one.app)
    assert refused(one, other.surface, serial), "another window"
    pair.release()
    assert refused(one, one.window.surface, serial), "too late"
    one.drag(one.source())
    assert pair.ui.drag is not None
    assert one.source().named("cancelled") == []
    second = one.source()
    one.device.start_drag(second, one.window.surface, None, one.pointer.last("button")[0])
    pair.settle()
    assert second.named("cancelled") and pair.ui.drag is not None, "one drag at a time"


def test_from_a_menu(pair: Pair) -> None:
    """A grabbing popup stays while something is dragged out of it, and closes when it is dropped elsewhere."""
    one, two = pair.one, pair.two
    grab = one.seat, one.press()
    pair.release()
    popup = Popup(one.app, one.window.xdg, one.app.positioner(20, 20, (1, 1, 1, 1)), grab).map()
    pair.ui.until(lambda: any(popup.mapped for popup in pair.ui.popups.values()))
    number = next(popup.surface for popup in pair.ui.popups.values())
    pair.ui.send(m.PointerMotion(number, 2, 2, 1), m.PointerButton(LEFT, True, 2))
    one.app.until(lambda: one.pointer.last("button")[3] == 1)
    one.device.start_drag(one.source(), one.window.surface, None, one.pointer.last("button")[0])
    one.settle()
    pair.over()
    two.agree()
    assert not popup.popup.named("popup_done")
    pair.release()
    assert popup.popup.named("popup_done")
    assert pair.ui.drops == [two.surface]


# --- giving up


def test_cancelled_by_the_user(pair: Pair) -> None:
    one, two = pair.one, pair.two
    source = one.source()
    one.drag(source)
    pair.over()
    offer = two.agree()
    pair.ui.send(m.CancelDrag())
    pair.settle()
    assert two.heard()[-1] == "leave" and names(source)[-1] == "cancelled" and pair.ui.drops == [0]
    offer.accept(1, TEXT)
    offer.set_actions(MOVE, MOVE)
    assert transfer(one, source, two, offer) == b"", "an offer of the past"
    pair.ui.send(m.PointerMotion(two.surface, 8, 8, 5))
    pair.settle()
    assert not two.pointer.events, "the button is still down"
    pair.release()
    assert two.names(two.pointer) == ["enter", "frame"]
    pair.ui.send(m.CancelDrag())
    pair.settle()
    assert pair.ui.drops == [0]


def test_the_ui_dies(display: Display, pair: Pair) -> None:
    source = pair.one.source()
    pair.one.drag(source)
    pair.ui.close()
    pair.one.app.until(lambda: source.named("cancelled"))
    ui = display.ui()
    assert ui.drag is None
    pair.one.ui = pair.two.ui = pair.ui = ui
    again = pair.one.source()
    pair.one.drag(again)
    assert ui.drag is not None and not again.named("cancelled")


def test_a_second_button_does_not_drop(pair: Pair) -> None:
    source = pair.one.source()
    pair.one.drag(source)
    pair.ui.send(m.PointerButton(RIGHT, True, 5), m.PointerButton(LEFT, False, 6))
    pair.settle()
    assert pair.ui.drag is not None
    pair.ui.send(m.PointerButton(RIGHT, False, 7))
    pair.settle()
    assert pair.ui.drag is None and source.named("cancelled")
    assert len(pair.one.pointer.named("button")) == 1


# --- what may vanish


def _source(pair: Pair, source: Object) -> None:
    source.destroy()
    pair.one.app.roundtrip()


def _client(pair: Pair, _source: Object) -> None:
    number = pair.one.surface
    pair.one.app.close()
    pair.ui.until(lambda: number not in pair.ui.surfaces)


@pytest.mark.parametrize("end", [_source, _client])
@pytest.mark.parametrize("dropped", [False, True])
def test_the_source_vanishes(pair: Pair, end: Callable[[Pair, Object], None], dropped: bool) -> None:
    two = pair.two
    icon = pair.one.app.surface()
    source = pair.one.source()
    pair.one.drag(source, icon)
    pair.over()
    offer = two.agree()
    if dropped:
        pair.release()
    end(pair, source)
    two.app.until(lambda: two.heard()[-1] == ("drop" if dropped else "leave"))
    pair.ui.until(lambda: pair.ui.drag is None)
    ours, theirs = os.pipe()
    offer.receive(TEXT, theirs)
    os.close(theirs)
    if dropped:
        offer.finish()
    two.app.roundtrip()
    with os.fdopen(ours, "rb") as pipe:
        assert pipe.read() == b""
    pair.ui.send(m.PointerButton(LEFT, False, 9))
    two.settle()
    pair.ui.send(m.PointerMotion(two.surface, 1, 2, 10))
    two.settle()
    assert two.pointer.named("enter"), "nothing is stuck"


def test_without_source_the_client_vanishes(pair: Pair) -> None:
    pair.one.drag(None)
    pair.one.app.close()
    pair.ui.until(lambda: pair.ui.drops == [0])


def test_the_target_vanishes(pair: Pair) -> None:
    source = pair.one.source()
    pair.one.drag(source)
    pair.over()
    pair.two.agree()
    pair.two.window.toplevel.destroy()
    pair.two.window.xdg.destroy()
    pair.two.window.surface.destroy()
    pair.two.settle()
    assert pair.two.heard()[-1] == "leave"
    pair.one.app.roundtrip()
    assert source.last("action") == (0,) and pair.ui.drag is not None
    pair.ui.send(m.PointerMotion(pair.one.surface, 1, 1, 5))
    pair.one.settle()
    pair.one.agree()
    pair.two.app.close()
    pair.ui.send(m.PointerButton(LEFT, False, 9))
    pair.ui.until(lambda: pair.ui.drops == [pair.one.surface])


def test_a_dropped_offer_dies_with_its_client(pair: Pair) -> None:
    source = pair.one.source()
    pair.one.drag(source)
    pair.over()
    pair.two.agree()
    pair.release()
    pair.two.app.close()
    pair.one.app.until(lambda: source.named("cancelled"))


def test_a_device_is_released_and_an_offer_destroyed_meanwhile(pair: Pair) -> None:
    source = pair.one.source()
    pair.one.drag(source)
    pair.over()
    pair.two.agree().destroy()
    pair.settle()
    assert source.last("action") == (0,)
    pair.two.device.release()
    pair.over(9, 9)
    pair.release()
    assert source.named("cancelled")


def test_a_target_that_does_not_read_is_not_drowned(pair: Pair) -> None:
    names = [f"application/x-{number}-{'n' * 100}" for number in range(200)]
    source = pair.one.source(COPY, *names)
    pair.one.drag(source)
    for time in range(300):
        pair.ui.send(m.PointerMotion(0, 0, 0, time), m.PointerMotion(pair.two.surface, 5, 6, time))
    pair.ui.settle()
    pair.two.app.roundtrip()
    assert len(pair.two.device.named("enter")) < 100
    pair.over(8, 8)
    pair.two.agree(COPY, 0, names[0])
    pair.release()
    assert pair.two.device.named("drop")


def test_a_target_that_hoards_offers_is_the_one_to_go(display: Display, pair: Pair) -> None:
    display.may_fail = False
    two = pair.two
    for _ in range(19_990 - 60):
        two.app.compositor.create_region()
    two.app.roundtrip()
    for _ in range(100):
        two.manager.get_data_device(two.seat) if _ < 40 else None
    source = pair.one.source()
    pair.one.drag(source)
    pair.ui.send(m.PointerMotion(two.surface, 5, 6, 3))
    with pytest.raises(ClientError, match="protocol objects"):
        for _ in range(20):
            pair.ui.send(m.PointerMotion(0, 0, 0, 3), m.PointerMotion(two.surface, 5, 6, 3))
            two.app.roundtrip()
    pair.one.app.roundtrip()
    assert pair.ui.drag is not None and not source.named("cancelled")


# --- icons


def test_an_icon(pair: Pair) -> None:
    one, ui = pair.one, pair.ui
    icon = one.app.surface()
    region = one.app.compositor.create_region()
    region.add(0, 0, 9, 9)
    icon.set_input_region(region)
    one.drag(one.source(), icon)
    one.app.show(icon, one.app.pixels(16, 16, 7))
    one.settle()
    number = max(ui.surfaces)
    assert ui.drag is not None and (ui.drag.icon, ui.drag.icon_x, ui.drag.icon_y) == (number, 0, 0)
    assert set(ui.pixels(number)) == {7} and ui.states[number].input == ()
    icon.offset(-3, -4)
    icon.commit()
    icon.offset(1, 1)
    icon.commit()
    one.settle()
    assert (ui.drag.icon_x, ui.drag.icon_y) == (-2, -3)
    icon.destroy()
    one.settle()
    assert ui.drag is not None and ui.drag.icon == 0, "the drag goes on without"
    pair.release()
    again = one.app.surface()
    one.drag(one.source(), again)
    again.offset(5, 5)
    again.commit()
    one.settle()
    pair.release()
    one.drag(one.source(), again)
    assert ui.drag is not None and (ui.drag.icon, ui.drag.icon_x) == (max(ui.surfaces), 0), "each drag begins anew"


# --- windows that go along


def _attach(side: Side, source: Object) -> Object:
    manager = side.app.bind(toplevel_drag.XdgToplevelDragManagerV1)
    made: Object = manager.get_xdg_toplevel_drag(source)
    manager.destroy()
    return made


def test_a_torn_off_window_goes_along(pair: Pair) -> None:
    one, ui = pair.one, pair.ui
    source = one.source(MOVE)
    attached = _attach(one, source)
    one.drag(source)
    torn = Window(one.app, map_=False)
    attached.attach(torn.toplevel, 30, 8)
    one.settle()
    window = max(ui.windows)
    assert ui.drag is not None and (ui.drag.window, ui.drag.window_x, ui.drag.window_y) == (window, 30, 8)
    torn.ack()
    one.app.show(torn.surface, one.app.pixels(50, 40))
    one.settle()
    torn.surface.attach(None, 0, 0)
    torn.surface.commit()
    one.settle()
    assert ui.drag.window == 0, "unmapped means detached"
    second = Window(one.app)
    attached.attach(second.toplevel, 1, 2)
    one.settle()
    assert ui.drag.window == max(ui.windows)
    pair.ui.send(m.PointerMotion(0, 0, 0, 5))
    pair.release()
    assert source.named("cancelled")
    attached.destroy()
    one.settle()


# --- errors


def _reused(pair: Pair) -> None:
    source = pair.one.source()
    pair.one.drag(source)
    pair.one.device.start_drag(source, pair.one.window.surface, None, 1)


def _icon_with_a_role(pair: Pair) -> None:
    pair.one.drag(None, pair.one.window.surface)


def _icon_with_half_a_role(pair: Pair) -> None:
    icon = pair.one.app.surface()
    pair.one.app.wm.get_xdg_surface(icon)
    pair.one.drag(None, icon)


def _icon_becomes_a_cursor(pair: Pair) -> None:
    icon = pair.one.app.surface()
    pair.one.drag(None, icon)
    pair.one.pointer.set_cursor(1, icon, 0, 0)


def _offered(pair: Pair, *answer: object) -> Object:
    pair.one.drag(pair.one.source(COPY | ASK))
    return pair.one.agree(*answer)  # type: ignore[arg-type]


def _dropped(pair: Pair, *answer: object) -> Object:
    offer = _offered(pair, *answer)
    pair.release()
    return offer


def _finished(pair: Pair) -> Object:
    offer = _dropped(pair)
    offer.finish()
    return offer


def _unaccepted_after_the_drop(pair: Pair) -> None:
    offer = _dropped(pair)
    offer.accept(1, None)
    offer.finish()


def _received_after_the_end(pair: Pair) -> None:
    ours, theirs = os.pipe()
    _finished(pair).receive(TEXT, theirs)
    os.close(ours)
    os.close(theirs)


def _toplevel_of_selection(pair: Pair) -> None:
    source = pair.one.source(None)
    _attach(pair.one, source)
    pair.one.device.set_selection(source, 1)


def _toplevel_of_used(pair: Pair) -> None:
    source = pair.one.source()
    pair.one.drag(source)
    _attach(pair.one, source)


def _toplevel_twice(pair: Pair) -> None:
    source = pair.one.source()
    _attach(pair.one, source)
    _attach(pair.one, source)


def _attached_twice(pair: Pair) -> None:
    attached = _attach(pair.one, pair.one.source())
    attached.attach(pair.one.window.toplevel, 0, 0)
    attached.attach(Window(pair.one.app).toplevel, 0, 0)


def _ended_too_early(pair: Pair) -> None:
    source = pair.one.source()
    attached = _attach(pair.one, source)
    pair.one.drag(source)
    attached.destroy()


_Device, _Source, _Offer = wayland.WlDataDevice.error, wayland.WlDataSource.error, wayland.WlDataOffer.error
_Manager, _Drag = toplevel_drag.XdgToplevelDragManagerV1.error, toplevel_drag.XdgToplevelDragV1.error


@pytest.mark.parametrize(
    ("misuse", "interface", "code"),
    [
        (_reused, "wl_data_device", _Device.used_source),
        (_icon_with_a_role, "wl_data_device", _Device.role),
        (_icon_with_half_a_role, "wl_data_device", _Device.role),
        (_icon_becomes_a_cursor, "wl_pointer", 0),
        (lambda p: p.one.source(COPY).set_actions(COPY), "wl_data_source", _Source.invalid_source),
        (lambda p: p.one.source(8), "wl_data_source", _Source.invalid_action_mask),
        (lambda p: _offered(p).set_actions(8, 0), "wl_data_offer", _Offer.invalid_action_mask),
        (lambda p: _offered(p).set_actions(COPY, 3), "wl_data_offer", _Offer.invalid_action),
        (lambda p: _dropped(p, COPY | ASK, ASK).set_actions(MOVE, MOVE), "wl_data_offer", _Offer.invalid_action),
        (lambda p: _offered(p).finish(), "wl_data_offer", _Offer.invalid_finish),
        (lambda p: _dropped(p, COPY | ASK, ASK).finish(), "wl_data_offer", _Offer.invalid_finish),
        (_unaccepted_after_the_drop, "wl_data_offer", _Offer.invalid_finish),
        (lambda p: _finished(p).finish(), "wl_data_offer", _Offer.invalid_finish),
        (lambda p: _finished(p).accept(1, TEXT), "wl_data_offer", _Offer.invalid_offer),
        (lambda p: _finished(p).set_actions(1, 1), "wl_data_offer", _Offer.invalid_offer),
        (_received_after_the_end, "wl_data_offer", _Offer.invalid_offer),
        (_toplevel_of_selection, "wl_data_source", _Source.invalid_source),
        (_toplevel_of_used, "xdg_toplevel_drag_manager_v1", _Manager.invalid_source),
        (_toplevel_twice, "xdg_toplevel_drag_manager_v1", _Manager.invalid_source),
        (_attached_twice, "xdg_toplevel_drag_v1", _Drag.toplevel_attached),
        (_ended_too_early, "xdg_toplevel_drag_v1", _Drag.ongoing_drag),
    ],
)
def test_misuse(pair: Pair, misuse: Callable[[Pair], object], interface: str, code: int) -> None:
    with pytest.raises(ClientError) as raised:
        misuse(pair)
        pair.one.app.roundtrip()
    assert (raised.value.interface, raised.value.code) == (interface, int(code)), raised.value.message
    pair.ui.settle()


def test_a_drag_over_a_display_server_is_told_to_what_is_beside_it(display: Display) -> None:
    """By a surface that stands for the window; nobody else hears, nor the program without such a surface."""
    ui = display.ui()
    path = display.instance("x", nested=True)
    server = display.app(path)
    Window(server)
    ui.until(lambda: any(w.instance == "x" and w.mapped for w in ui.windows.values()))
    surface = next(w.surface for w in ui.windows.values() if w.instance == "x")
    beside, without = display.app(path), display.app(path)
    devices = []
    for app in (beside, without):
        manager = app.bind(wayland.WlDataDeviceManager)
        devices.append(manager.get_data_device(app.bind(wayland.WlSeat)))
    stand_in = beside.surface()
    without.roundtrip()
    beside.roundtrip()
    one = Side(display, ui, "a")
    source = one.source()
    one.drag(source)
    ui.send(m.PointerMotion(surface, 30, 40, 3))
    beside.until(lambda: devices[0].named("enter"))
    serial, place, x, y, offer = devices[0].last("enter")
    assert (place, x, y) == (stand_in, 30, 40)
    offer.accept(serial, TEXT)
    offer.set_actions(COPY, COPY)
    beside.roundtrip()
    one.app.until(lambda: source.named("action") and source.last("action") == (COPY,))
    ui.send(m.PointerButton(LEFT, False, 9))
    beside.until(lambda: devices[0].named("drop"))
    offer.finish()
    beside.roundtrip()
    one.app.until(lambda: source.named("dnd_finished"))
    without.roundtrip()
    assert not devices[1].events
