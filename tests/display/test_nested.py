"""Apps that are display servers themselves, such as an X server in a window."""

from __future__ import annotations

from pywayland.protocol import wayland
from pywayland.protocol import xdg_output_unstable_v1 as xdg_output

from berth.core import messages as m
from tests.display.conftest import Display
from tests.display.shapes import Window


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


def test_an_acknowledged_size_counts_when_the_content_has_it(display: Display) -> None:
    """An X server acknowledges a configure at once, and goes on with the old size for a while."""
    ui = display.ui()
    app = display.app(display.instance(nested=True))
    window = Window(app, 1024, 720)
    ui.until(lambda: any(w.mapped for w in ui.windows.values()))
    shown = next(iter(ui.windows.values()))
    ui.send(m.Configure(shown.window, 7, 640, 400, ()))
    window.ack()
    app.show(window.surface, app.pixels(1024, 720, 0x90))
    app.roundtrip()
    ui.until(lambda: ui.pixels(shown.surface)[0] == 0x90)
    assert ui.states[shown.surface].configure != 7
    small = app.pixels(640, 400)
    app.show(window.surface, small)
    app.flush()
    ui.until(lambda: ui.states[shown.surface].width == 640)
    assert ui.states[shown.surface].configure == 7
    app.roundtrip()
    assert small.buffer.named("release")


def test_a_buffer_of_a_past_size_is_given_back_later(display: Display) -> None:
    ui = display.ui()
    app = display.app(display.instance(nested=True))
    window = Window(app, 1024, 720)
    ui.until(lambda: any(w.mapped for w in ui.windows.values()))
    ui.send(m.Configure(next(iter(ui.windows)), 7, 640, 400, ()))
    window.ack()
    old, new = app.pixels(1024, 720), app.pixels(640, 400)
    app.show(window.surface, old)
    app.show(window.surface, new)
    app.until(lambda: new.buffer.named("release"))
    assert not old.buffer.named("release")
    app.until(lambda: old.buffer.named("release"))


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
