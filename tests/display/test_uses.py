"""What apps use of their permissions at a moment, as the engine hears it."""

from __future__ import annotations

import time
from collections.abc import Callable

from pywayland.protocol.ext_foreign_toplevel_list_v1 import ExtForeignToplevelListV1
from pywayland.protocol.wayland import WlOutput, WlSeat

from berth.core import messages as m
from berth.core.permissions import (
    CLIPBOARD_MANAGER,
    DESKTOP_PARTS,
    INPUT_METHOD,
    SCREEN_CAPTURE,
    VIRTUAL_INPUT,
    WINDOW_LIST,
)
from berth.display.input_method import ZwpInputMethodManagerV2
from berth.display.screencopy import ZwlrScreencopyManagerV1
from berth.display.virtual_keyboard import ZwpVirtualKeyboardManagerV1
from berth.display.virtual_pointer import ZwlrVirtualPointerManagerV1
from berth.display.wlr_data_control import ZwlrDataControlManagerV1
from berth.display.wlr_foreign_toplevel import ZwlrForeignToplevelManagerV1
from tests.display.conftest import Display
from tests.display.shapes import App, Window
from tests.display.test_captures import Stream, small_ui
from tests.display.test_layer_shell import Layer
from tests.display.test_text_input import Method

LINGERS = 3.0
ALL = (CLIPBOARD_MANAGER, DESKTOP_PARTS, INPUT_METHOD, SCREEN_CAPTURE, VIRTUAL_INPUT, WINDOW_LIST)
End = Callable[[], object]


def told(display: Display, *uses: str) -> None:
    display.until_engine(m.InstanceUses, instance="a", uses=uses)


def nothing_more(display: Display, *already: str) -> None:
    """The engine has heard of these uses, in this order, and of nothing else until now."""
    other = display.app(display.instance("other"))
    display.until_engine(m.InstanceConnections, instance="other", clients=1)
    heard = [event.uses for event in display.engine_events if isinstance(event, m.InstanceUses)]
    assert heard == [tuple(uses.split()) for uses in already]
    other.close()


def session(app: App) -> End:
    return Stream(app).session.destroy


def screencopy(app: App) -> End:
    manager = app.bind(ZwlrScreencopyManagerV1)
    frame = manager.capture_output(0, app.bind(WlOutput))
    return lambda: (frame.destroy(), manager.destroy())


def clipboard(app: App) -> End:
    device = app.bind(ZwlrDataControlManagerV1).get_data_device(app.bind(WlSeat))
    return lambda: device.destroy()


def windows(app: App) -> End:
    listing = app.bind(ExtForeignToplevelListV1)
    return lambda: listing.stop()


def tasks(app: App) -> End:
    listing = app.bind(ZwlrForeignToplevelManagerV1)
    return lambda: listing.stop()


def method(app: App) -> End:
    made = app.bind(ZwpInputMethodManagerV2).get_input_method(app.bind(WlSeat))
    return lambda: made.destroy()


def keyboard(app: App) -> End:
    played = app.bind(ZwpVirtualKeyboardManagerV1).create_virtual_keyboard(app.bind(WlSeat))
    return lambda: played.destroy()


def pointer(app: App) -> End:
    played = app.bind(ZwlrVirtualPointerManagerV1).create_virtual_pointer(None)
    return lambda: played.destroy()


def layer(app: App) -> End:
    shown = Layer(app).map()
    return lambda: (shown.layer.destroy(), shown.surface.destroy())


WAYS = {
    session: SCREEN_CAPTURE,
    screencopy: SCREEN_CAPTURE,
    clipboard: CLIPBOARD_MANAGER,
    windows: WINDOW_LIST,
    tasks: WINDOW_LIST,
    method: INPUT_METHOD,
    keyboard: VIRTUAL_INPUT,
    pointer: VIRTUAL_INPUT,
    layer: DESKTOP_PARTS,
}


def test_a_use_begins_and_ends_with_what_it_is_made_of(display: Display) -> None:
    small_ui(display)
    apps = {way: display.app(display.instance(way.__name__, granted=ALL)) for way in WAYS}
    for app in apps.values():
        app.roundtrip()
    nothing_more(display)
    ends = []
    for way, app in apps.items():
        ends.append(way(app))
        app.roundtrip()
        display.until_engine(m.InstanceUses, instance=way.__name__, uses=(WAYS[way],))
    for end, app in zip(ends, apps.values(), strict=True):
        end()
        app.roundtrip()
    for way in apps:
        display.until_engine(m.InstanceUses, instance=way.__name__, uses=())


def test_it_ends_with_the_connection(display: Display) -> None:
    small_ui(display)
    app = display.app(display.instance("a", granted=ALL))
    for way in (session, keyboard, windows):
        way(app)
    app.roundtrip()
    told(display, SCREEN_CAPTURE, VIRTUAL_INPUT, WINDOW_LIST)
    app.close()
    told(display)


def test_who_begins_and_ends_all_the_time_is_no_flood(display: Display) -> None:
    """What has ended is told for a while, so there is at most one end in that time, however many there are."""
    app = display.app(display.instance("a", granted=ALL))
    began = time.monotonic()
    for _picture in range(50):
        end = keyboard(app)
        app.roundtrip()
        end()
        app.roundtrip()
    told(display, VIRTUAL_INPUT)
    display.instance("later")
    display.app(display.directory / "wayland-later")
    display.until_engine(m.InstanceConnections, instance="later", clients=1)
    heard, took = _heard(display), time.monotonic() - began
    assert 1 <= len(heard) <= 1 + 2 * took / LINGERS, (heard, took)


def test_two_of_a_kind_are_one_use_until_the_last_ends(display: Display) -> None:
    small_ui(display)
    app = display.app(display.instance("a", granted=ALL))
    first, second = keyboard(app), pointer(app)
    app.roundtrip()
    first()
    app.roundtrip()
    other = clipboard(app)
    app.roundtrip()
    told(display, CLIPBOARD_MANAGER, VIRTUAL_INPUT)
    assert _heard(display) == [VIRTUAL_INPUT, f"{CLIPBOARD_MANAGER} {VIRTUAL_INPUT}"]
    display.engine_events.clear()
    other()
    app.roundtrip()
    # The time in which the first would have ended is over with this.
    told(display, VIRTUAL_INPUT)
    second()
    app.roundtrip()
    told(display)
    nothing_more(display, VIRTUAL_INPUT, "")


def test_it_is_over_at_once_with_the_permission(display: Display) -> None:
    small_ui(display)
    app = display.app(display.instance("a", granted=ALL))
    for way in WAYS:
        way(app)
    app.roundtrip()
    told(display, *ALL)
    display.grant(VIRTUAL_INPUT, WINDOW_LIST)
    told(display, VIRTUAL_INPUT, WINDOW_LIST)
    display.grant()
    told(display)
    # Given again, nothing of the old is used but what plays on.
    display.grant(*ALL)
    nothing_more(display, *_heard(display))
    app.roundtrip()
    clipboard(app)
    app.roundtrip()
    told(display, CLIPBOARD_MANAGER)


def _heard(display: Display) -> list[str]:
    return [" ".join(event.uses) for event in display.engine_events if isinstance(event, m.InstanceUses)]


def test_a_keyboard_that_plays_on_is_used_again(display: Display) -> None:
    app = display.app(display.instance("a", granted=(VIRTUAL_INPUT,)))
    hand = app.bind(ZwlrVirtualPointerManagerV1).create_virtual_pointer(None)
    app.roundtrip()
    told(display, VIRTUAL_INPUT)
    display.grant()
    told(display)
    app.until(lambda: ZwlrVirtualPointerManagerV1.name not in app.globals)
    display.engine_events.clear()
    display.grant(VIRTUAL_INPUT)
    app.until(lambda: ZwlrVirtualPointerManagerV1.name in app.globals)
    hand.motion(1, 5, 5)
    hand.frame()
    app.roundtrip()
    told(display, VIRTUAL_INPUT)


def test_a_second_input_method_is_none(display: Display) -> None:
    first = Method(display)
    display.until_engine(m.InstanceUses, instance="ime", uses=(INPUT_METHOD,))
    app = display.app(display.instance("a", granted=(INPUT_METHOD,)))
    method(app)
    app.roundtrip()
    display.engine_events.clear()
    nothing_more(display)
    first.app.close()


def test_an_unmapped_part_of_the_desktop_is_none(display: Display) -> None:
    display.ui()
    app = display.app(display.instance("a", granted=(DESKTOP_PARTS,)))
    bar = Layer(app)
    bar.surface.commit()
    app.until(lambda: bar.layer.named("configure"))
    nothing_more(display)
    bar.map()
    told(display, DESKTOP_PARTS)
    bar.surface.attach(None, 0, 0)
    bar.surface.commit()
    app.roundtrip()
    told(display)


def test_windows_that_are_followed_after_the_list_was_stopped(display: Display) -> None:
    display.ui()
    Window(display.app(display.instance("shown")))
    app = display.app(display.instance("a", granted=(WINDOW_LIST,)))
    listing = app.bind(ExtForeignToplevelListV1)
    app.until(lambda: listing.named("toplevel"))
    (handle,) = listing.last("toplevel")
    listing.stop()
    app.roundtrip()
    told(display, WINDOW_LIST)
    nothing_more(display, WINDOW_LIST)
    handle.destroy()
    app.roundtrip()
    told(display)


def test_an_engine_that_comes_hears_what_is_used(display: Display) -> None:
    app = display.app(display.instance("a", granted=ALL))
    keyboard(app)
    app.roundtrip()
    told(display, VIRTUAL_INPUT)
    display.new_engine()
    told(display, VIRTUAL_INPUT)


def test_a_plain_app_uses_nothing(display: Display) -> None:
    display.ui()
    Window(display.app(display.instance("a")))
    display.until_engine(m.InstanceMapped, instance="a", windows=1)
    nothing_more(display)
