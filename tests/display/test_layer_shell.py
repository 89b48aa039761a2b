"""zwlr_layer_shell: parts of the desktop made by apps with the permission for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pywayland.protocol.fifo_v1 import WpFifoManagerV1
from pywayland.protocol.wayland import WlOutput, WlPointer, WlSeat

from berth.core import messages as m
from berth.core.permissions import DESKTOP_PARTS
from berth.display.layer_surface import ZwlrLayerShellV1
from tests.display.client import ClientError, Object
from tests.display.conftest import Display
from tests.display.shapes import App, Popup, Window
from tests.display.ui import FakeUi

BACKGROUND, BOTTOM_LAYER, TOP_LAYER, OVERLAY = range(4)
TOP, BOTTOM, LEFT, RIGHT = 1, 2, 4, 8


def bar_app(display: Display, *granted: str) -> App:
    return display.app(display.instance("bar", granted=granted or (DESKTOP_PARTS,)))


class Layer:
    """A layer surface that is 200x30 at the top, unless a test says otherwise."""

    def __init__(self, app: App, layer: int = TOP_LAYER, output: Object | None = None, version: int = 0) -> None:
        self.app = app
        self.shell = app.bind(ZwlrLayerShellV1, version)
        self.surface = app.surface()
        self.layer: Object = self.shell.get_layer_surface(self.surface, output, layer, "test")
        self.layer.set_size(200, 30)
        self.layer.set_anchor(TOP)

    def map(self, byte: int = 0x50) -> Layer:
        self.surface.commit()
        self.app.until(lambda: self.layer.named("configure"))
        serial, width, height = self.layer.last("configure")
        self.layer.ack_configure(serial)
        self.app.show(self.surface, self.app.pixels(width, height, byte))
        self.app.roundtrip()
        return self


def test_permission_shows_and_hides_it(display: Display) -> None:
    app = bar_app(display, "window-list")
    assert ZwlrLayerShellV1.name not in app.globals
    display.grant(DESKTOP_PARTS, name="bar")
    app.until(lambda: ZwlrLayerShellV1.name in app.globals)
    assert app.globals[ZwlrLayerShellV1.name][1] == 5


def test_state_reaches_the_ui_with_its_commit_and_its_answer_the_client(display: Display) -> None:
    ui = display.ui(auto_configure=False)
    app = bar_app(display)
    layer = Layer(app)
    layer.layer.set_size(0, 30)
    layer.layer.set_anchor(TOP | LEFT | RIGHT)
    layer.layer.set_exclusive_zone(30)
    layer.layer.set_margin(1, 2, 3, 4)
    layer.layer.set_keyboard_interactivity(2)
    layer.layer.set_exclusive_edge(TOP)
    app.roundtrip()
    ui.settle()
    assert not ui.layers
    layer.surface.commit()
    app.roundtrip()
    # Before the ui has said anything: the margins are taken off the width of the screen.
    assert layer.layer.last("configure")[1:] == (1274, 30)
    ui.until(lambda: ui.layers)
    (told,) = ui.layers.values()
    assert told == m.LayerChanged(1, told.surface, "bar", "", "top", 13, 0, 30, 30, 1, (1, 2, 3, 4), "on_demand", False)
    ui.send(m.LayerPlaced(1, 4, 1, 994, 30))
    app.until(lambda: layer.layer.last("configure")[1:] == (994, 30))
    layer.map()
    ui.until(lambda: ui.layers and ui.layers[1].mapped)
    ui.send(m.LayerPlaced(1, 40, 1, 994, 30))
    ui.settle()
    app.roundtrip()
    assert len(layer.layer.named("configure")) == 2
    layer.layer.set_layer(OVERLAY)
    layer.layer.set_keyboard_interactivity(0)
    layer.surface.commit()
    app.flush()
    ui.until(lambda: ui.layers[1].level == "overlay" and ui.layers[1].keyboard == "none")


def test_what_was_not_committed_is_not_taken_along(display: Display) -> None:
    """By a commit that had to wait."""
    ui = display.ui(auto_frames=False)
    layer = Layer(bar_app(display)).map()
    fifo = layer.app.bind(WpFifoManagerV1).get_fifo(layer.surface)
    for margin in (1, 2):
        layer.layer.set_margin(margin, 0, 0, 0)
        fifo.wait_barrier()
        fifo.set_barrier()
        layer.surface.commit()
    layer.layer.set_margin(3, 0, 0, 0)
    margins = []
    for _ in range(4):
        layer.app.roundtrip()
        ui.settle()
        margins.append(ui.layers[1].margin[0])
        ui.done()
    assert sorted(set(margins)) == [1, 2]
    layer.surface.commit()
    layer.app.roundtrip()
    ui.settle()
    assert ui.layers[1].margin[0] == 3


def test_an_answer_that_an_unmap_overtakes(display: Display) -> None:
    ui = display.ui()
    layer = Layer(bar_app(display)).map()
    ui.until(lambda: ui.layers)
    ui.send(m.LayerPlaced(1, 0, 0, 150, 30))
    layer.app.until(lambda: len(layer.layer.named("configure")) > 1)
    late = layer.layer.last("configure")[0]
    layer.surface.attach(None, 0, 0)
    layer.surface.commit()
    layer.layer.ack_configure(late)
    layer.app.roundtrip()
    layer.layer.ack_configure(late + 1_000)
    with pytest.raises(ClientError) as raised:
        layer.app.roundtrip()
    assert (raised.value.interface, raised.value.code) == ("zwlr_layer_surface_v1", 0)


def test_it_is_on_the_outputs_that_it_was_placed_on(display: Display) -> None:
    ui = display.ui()
    app = bar_app(display)
    output = app.bind(WlOutput)
    layer = Layer(app, output=output).map()
    app.until(lambda: layer.surface.named("enter"))
    assert layer.surface.last("enter") == (output,)
    ui.until(lambda: ui.layers)
    assert ui.layers[1].output == "BERTH-1"


def test_unmapped_begins_anew(display: Display) -> None:
    ui = display.ui()
    app = bar_app(display)
    layer = Layer(app).map()
    layer.surface.attach(None, 0, 0)
    layer.surface.commit()
    app.roundtrip()
    ui.until(lambda: not ui.layers)
    layer.layer.events.clear()
    layer.layer.set_size(100, 20)
    layer.map()
    ui.until(lambda: ui.layers and ui.layers[2].mapped)
    assert (ui.layers[2].width, ui.layers[2].anchor) == (100, 0)


def test_size_is_drawn_again_after_the_ui_has_come_back(display: Display) -> None:
    ui = display.ui()
    app = bar_app(display)
    layer = Layer(app).map()
    ui.until(lambda: ui.layers and ui.layers[1].mapped)
    before = ui.scene()
    ui.close()
    alone = Layer(app).map()
    ui = display.ui()
    alone.layer.destroy()
    app.roundtrip()
    ui.until(lambda: ui.scene()["layers"] == before["layers"])
    assert len(layer.layer.named("configure")) == 1


def test_popup_is_placed_on_it_and_goes_with_it(display: Display) -> None:
    ui = display.ui(auto_configure=False)
    app = bar_app(display)
    layer = Layer(app)
    layer.surface.commit()
    app.flush()
    ui.until(lambda: ui.layers)
    ui.send(m.LayerPlaced(1, 1000, 770, 200, 30))
    layer.map()
    positioner = app.positioner(150, 100, (180, 0, 20, 30), anchor=8)
    positioner.set_constraint_adjustment(3)
    popup = _popup(app, layer, positioner).map()
    # The screen is 1280x800: it slides up and to the left of where its rules put it.
    assert popup.popup.last("configure") == (130, -70, 150, 100)
    ui.until(lambda: ui.popups and next(iter(ui.popups.values())).mapped)
    (told,) = ui.popups.values()
    assert told.parent == ui.layers[1].surface
    layer.layer.destroy()
    app.roundtrip()
    assert popup.popup.named("popup_done")
    popup.popup.destroy()
    popup.xdg.destroy()
    app.roundtrip()
    ui.settle()
    assert not ui.popups and not ui.layers


def _popup(app: App, layer: Layer, positioner: Object) -> Popup:
    popup = Popup.__new__(Popup)
    popup.app = app
    popup.surface = app.surface()
    popup.xdg = app.wm.get_xdg_surface(popup.surface)
    popup.popup = popup.xdg.get_popup(None, positioner)
    layer.layer.get_popup(popup.popup)
    popup.surface.commit()
    return popup


def test_output_that_is_unplugged_closes_what_was_made_for_it(display: Display) -> None:
    ui = display.ui()
    ui.send(m.OutputChanged(800, 600, name="TWO", x=1280, primary=False))
    ui.settle()
    app = bar_app(display)
    outputs = [app.bind_name(event.arguments[0], WlOutput, 4) for event in _outputs(app)]
    app.roundtrip()
    second = next(output for output in outputs if output.last("name") == ("TWO",))
    here, there = Layer(app).map(), Layer(app, output=second).map()
    ui.until(lambda: len(ui.layers) == 2)
    ui.send(m.OutputRemoved("TWO"))
    app.until(lambda: there.layer.named("closed"))
    late = Layer(app, output=second)
    app.roundtrip()
    assert late.layer.named("closed") and not here.layer.named("closed")
    # What it still does changes nothing.
    there.layer.set_size(10, 10)
    there.layer.ack_configure(77)
    app.show(there.surface, app.pixels(10, 10))
    late.surface.commit()
    app.show(late.surface, app.pixels(10, 10))
    app.roundtrip()
    ui.settle()
    assert [layer.output for layer in ui.layers.values()] == [""]
    there.layer.destroy()
    there.surface.destroy()
    app.roundtrip()


def _outputs(app: App) -> list[Any]:
    return [event for event in app.registry.named("global") if event.arguments[1] == "wl_output"]


def test_revoking_closes_it(display: Display) -> None:
    ui = display.ui()
    app = bar_app(display)
    layer = Layer(app).map()
    ui.until(lambda: ui.layers and ui.layers[1].mapped)
    display.grant(name="bar")
    app.until(lambda: layer.layer.named("closed"))
    ui.until(lambda: not ui.layers)
    late = layer.shell.get_layer_surface(app.surface(), None, TOP_LAYER, "late")
    app.roundtrip()
    assert late.named("closed")


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (lambda layer: layer.set_anchor(16), 2),
        (lambda layer: layer.set_keyboard_interactivity(3), 3),
        (lambda layer: layer.set_exclusive_edge(TOP | LEFT), 4),
        (lambda layer: layer.set_exclusive_edge(BOTTOM), 4),
        (lambda layer: layer.set_size(0, 30), 1),
        (lambda layer: layer.set_size(200, 0), 1),
        (lambda layer: layer.ack_configure(1), 0),
    ],
)
def test_wrong_state_is_an_error(display: Display, wrong: Callable[[Object], None], code: int) -> None:
    layer = Layer(bar_app(display))
    wrong(layer.layer)
    layer.surface.commit()
    with pytest.raises(ClientError) as raised:
        layer.app.roundtrip()
    assert (raised.value.interface, raised.value.code) == ("zwlr_layer_surface_v1", code)


def test_buffer_before_the_first_configure_is_an_error(display: Display) -> None:
    layer = Layer(bar_app(display))
    layer.app.show(layer.surface, layer.app.pixels(200, 30))
    with pytest.raises(ClientError) as raised:
        layer.app.roundtrip()
    assert (raised.value.interface, raised.value.code) == ("zwlr_layer_surface_v1", 0)


def test_a_buffer_before_the_initial_commit_is_an_error(display: Display) -> None:
    layer = Layer(bar_app(display))
    layer.surface.attach(layer.app.pixels(1, 1).buffer, 0, 0)
    with pytest.raises(ClientError) as raised:
        layer.app.roundtrip()
    assert (raised.value.interface, raised.value.code) == ("zwlr_layer_surface_v1", 0)


def test_old_client_knows_two_kinds_of_keyboard_interactivity(display: Display) -> None:
    layer = Layer(bar_app(display), version=3)
    layer.layer.set_keyboard_interactivity(1)
    layer.app.roundtrip()
    layer.layer.set_keyboard_interactivity(2)
    with pytest.raises(ClientError) as raised:
        layer.app.roundtrip()
    assert raised.value.code == 3


@pytest.mark.parametrize("later", [False, True])
def test_unknown_layer_is_an_error(display: Display, later: bool) -> None:
    app = bar_app(display)
    if later:
        Layer(app).layer.set_layer(4)
    else:
        Layer(app, layer=4)
    with pytest.raises(ClientError) as raised:
        app.roundtrip()
    assert (raised.value.interface, raised.value.code) == ("zwlr_layer_shell_v1", 1)


def test_surface_of_another_role_or_with_a_buffer_is_an_error(display: Display) -> None:
    display.ui()
    app = bar_app(display)
    Layer(app).shell.get_layer_surface(Window(app).surface, None, TOP_LAYER, "")
    with pytest.raises(ClientError) as raised:
        app.roundtrip()
    assert (raised.value.interface, raised.value.code) == ("zwlr_layer_shell_v1", 0)
    app = display.app(display.directory / "wayland-bar")
    surface = app.surface()
    surface.attach(app.pixels(10, 10).buffer, 0, 0)
    Layer(app).shell.get_layer_surface(surface, None, TOP_LAYER, "")
    with pytest.raises(ClientError) as raised:
        app.roundtrip()
    assert (raised.value.interface, raised.value.code) == ("zwlr_layer_shell_v1", 2)


def test_popup_that_has_a_parent_is_an_error(display: Display) -> None:
    display.ui()
    app = bar_app(display)
    window = Window(app)
    popup = Popup(app, window.xdg, app.positioner(10, 10, (0, 0, 10, 10)))
    Layer(app).layer.get_popup(popup.popup)
    with pytest.raises(ClientError) as raised:
        app.roundtrip()
    assert (raised.value.interface, raised.value.code) == ("zwlr_layer_surface_v1", 0)


def test_popup_takes_the_keyboard_of_its_bar(display: Display) -> None:
    ui = display.ui()
    app = bar_app(display)
    seat = app.bind(WlSeat)
    pointer: Object = seat.get_pointer()
    keyboard: Object = seat.get_keyboard()
    layer = Layer(app).map()
    _press(ui, app, pointer)
    positioner = app.positioner(50, 50, (0, 0, 10, 10))
    popup = Popup.__new__(Popup)
    popup.app, popup.surface = app, app.surface()
    popup.xdg = app.wm.get_xdg_surface(popup.surface)
    popup.popup = popup.xdg.get_popup(None, positioner)
    layer.layer.get_popup(popup.popup)
    popup.popup.grab(seat, pointer.last("button")[0])
    popup.surface.commit()
    popup.map()
    app.until(lambda: keyboard.named("enter"))
    assert keyboard.last("enter")[1] is popup.surface


def _press(ui: FakeUi, app: App, pointer: Object) -> None:
    assert pointer.interface is WlPointer
    ui.until(lambda: ui.layers)
    ui.send(m.PointerMotion(ui.layers[1].surface, 5, 5, 1), m.PointerButton(0x110, True, 2))
    app.until(lambda: pointer.named("button"))
