"""Apps that are display servers themselves, such as an X server in a window."""

from __future__ import annotations

import time

from pywayland.protocol import wayland
from pywayland.protocol import xdg_output_unstable_v1 as xdg_output

from berth.core import messages as m
from tests.display.client import WAIT
from tests.display.conftest import Display
from tests.display.shapes import Window
from tests.display.ui import FakeUi


def test_outputs_are_as_large_as_the_window(display: Display) -> None:
    ui = display.ui(auto_configure=False)
    ui.send(m.OutputChanged(1920, 1080, 2.0, usable=(0, 0, 1920, 1030)))
    app = display.app(display.instance(nested=True))
    output = app.bind(wayland.WlOutput)
    logical = app.bind(xdg_output.ZxdgOutputManagerV1).get_xdg_output(output)
    app.until(lambda: output.named("mode") and logical.named("logical_size"))
    assert output.last("mode")[1:3] == (1024, 720)
    assert (output.last("scale"), logical.last("logical_size")) == ((1,), (1024, 720))
    window = Window(app, 1024, 720)
    ui.until(lambda: any(w.mapped for w in ui.windows.values()))
    shown = next(iter(ui.windows.values()))
    assert shown.server_decorated, "it has no title bar of its own"
    output.events.clear()
    ui.send(m.Configure(shown.window, 1, 640, 400, ("activated",)))
    app.until(lambda: output.named("done"))
    assert output.last("mode")[1:3] == (640, 400)
    assert logical.last("logical_size") == (640, 400)
    window.ack()
    app.show(window.surface, app.pixels(640, 400))
    app.roundtrip()  # drawn as it shall be, it is not asked again
    output.events.clear()
    ui.send(m.Configure(shown.window, 2, 640, 400, ()))
    app.until(lambda: window.toplevel.last("configure")[2] == b"")
    assert not output.events, "nothing has changed for it"


def test_a_small_screen_leaves_room_for_the_title_bar(display: Display) -> None:
    ui = display.ui()
    ui.send(m.OutputChanged(800, 600, usable=(0, 0, 800, 550)))
    app = display.app(display.instance(nested=True))
    output = app.bind(wayland.WlOutput)
    Window(app)
    assert output.last("mode")[1:3] == (720, 495)


def _resize(ui: FakeUi, number: int, window: Window) -> None:
    """Have the window acknowledge configure 7, of 640x400."""
    ui.send(m.Configure(number, 7, 640, 400, ()))
    window.app.until(lambda: window.toplevel.last("configure")[:2] == (640, 400))
    window.ack()


def test_an_acknowledged_size_counts_when_the_content_has_it(display: Display) -> None:
    """An X server acknowledges a configure at once, and goes on with the old size for a while."""
    ui = display.ui()
    app = display.app(display.instance(nested=True))
    window = Window(app, 1024, 720)
    ui.until(lambda: any(w.mapped for w in ui.windows.values()))
    shown = next(iter(ui.windows.values()))
    _resize(ui, shown.window, window)
    app.show(window.surface, app.pixels(1024, 720, 0x90))
    app.roundtrip()
    small = app.pixels(640, 400, 0x40)
    app.show(window.surface, small)
    app.flush()
    ui.until(lambda: ui.states[shown.surface].width == 640)
    assert ui.states[shown.surface].configure == 7
    app.roundtrip()
    assert small.buffer.named("release")


def test_a_frame_of_a_past_size_is_left_out(display: Display) -> None:
    """Shown, it would have the window jump there and back; what changed with it is drawn with the next."""
    ui = display.ui()
    app = display.app(display.instance(nested=True))
    window = Window(app, 640, 400)
    ui.until(lambda: any(w.mapped for w in ui.windows.values()))
    shown = next(iter(ui.windows.values()))
    _resize(ui, shown.window, window)
    app.show(window.surface, app.pixels(1024, 720, 0x90))
    app.roundtrip()
    ui.settle()
    assert ui.states[shown.surface].width == 640
    window.surface.attach(app.pixels(640, 400, 0x40).buffer, 0, 0)
    window.surface.damage_buffer(0, 0, 1, 1)
    window.surface.commit()
    app.flush()
    ui.until(lambda: ui.pixels(shown.surface)[0] == 0x40)
    assert set(ui.pixels(shown.surface)[::4]) == {0x40}
    assert (0, 0, 1, 1) not in ui.states[shown.surface].damage, "more than that has changed"


def test_a_window_that_keeps_its_size_is_asked_again(display: Display) -> None:
    ui = display.ui()
    app = display.app(display.instance(nested=True))
    output = app.bind(wayland.WlOutput)
    window = Window(app, 1024, 720)
    ui.until(lambda: any(w.mapped for w in ui.windows.values()))
    _resize(ui, next(iter(ui.windows)), window)
    output.events.clear()
    app.show(window.surface, app.pixels(1024, 720))
    app.until(lambda: len(output.named("done")) >= 2)
    assert {event.arguments[1:3] for event in output.named("mode")} == {(640, 400)}


def test_a_server_with_a_size_of_its_own_keeps_it(display: Display) -> None:
    ui = display.ui()
    app = display.app(display.instance(nested=True))
    window = Window(app, 1024, 720)
    ui.until(lambda: any(w.mapped for w in ui.windows.values()))
    shown = next(iter(ui.windows.values()))
    _resize(ui, shown.window, window)
    for _ in range(13):
        app.show(window.surface, app.pixels(1024, 720, 0x90))
        app.roundtrip()
    ui.until(lambda: ui.pixels(shown.surface)[0] == 0x90)
    assert (ui.states[shown.surface].configure, ui.states[shown.surface].width) == (7, 1024)


def test_a_buffer_of_a_past_size_is_given_back_with_a_later_frame(display: Display) -> None:
    """An X server would take it for its next frame."""
    ui = display.ui()
    app = display.app(display.instance(nested=True))
    window = Window(app, 1024, 720)
    ui.until(lambda: any(w.mapped for w in ui.windows.values()))
    _resize(ui, next(iter(ui.windows)), window)
    old, new = app.pixels(1024, 720), app.pixels(640, 400)
    app.show(window.surface, old)
    app.show(window.surface, new)
    app.until(lambda: new.buffer.named("release"))
    assert not old.buffer.named("release")

    deadline = time.monotonic() + WAIT
    while not old.buffer.named("release"):
        assert time.monotonic() < deadline
        app.show(window.surface, new)
        app.roundtrip()


def test_other_apps_see_the_real_outputs(display: Display) -> None:
    ui = display.ui()
    ui.send(m.OutputChanged(800, 600))
    display.instance("x", nested=True)
    app = display.app(display.instance("a"))
    output = app.bind(wayland.WlOutput)
    app.until(lambda: output.named("done"))
    assert output.last("mode")[1:3] == (800, 600)


def test_closing_its_window_is_the_engines_matter(display: Display) -> None:
    """An X server pays no heed to a close, and the program inside may have something to save."""
    ui = display.ui()
    app = display.app(display.instance(nested=True))
    window = Window(app)
    ui.until(lambda: any(w.mapped for w in ui.windows.values()))
    ui.send(m.CloseWindow(next(iter(ui.windows))))
    display.until_engine(m.InstanceCloseWanted, instance="a")
    app.roundtrip()
    assert not window.toplevel.named("close")
