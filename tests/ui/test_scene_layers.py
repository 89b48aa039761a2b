"""Panels, backgrounds and notifications of apps on the real desktop: where they are, above what, with which keys."""

from __future__ import annotations

from pywayland.protocol.wayland import WlSeat

from berth.core.messages import InputClick, InputType, OpenLauncher, WindowAction
from berth.core.permissions import DESKTOP_PARTS
from berth.display.layer_surface import ZwlrLayerShellV1
from tests.display.client import Object
from tests.display.shapes import XRGB, App
from tests.picture import Picture
from tests.ui.session import Session
from tests.ui.test_scene_session import BLUE, GREEN, RED, coloured, rgb

BACKGROUND, BOTTOM_LAYER, TOP_LAYER, OVERLAY = range(4)
TOP, BOTTOM, LEFT, RIGHT = 1, 2, 4, 8
ALL = 15
SCREEN = (1000, 700)
PANEL = 52


class Part:
    """A part of the desktop in one colour, in whatever size the ui gives it."""

    def __init__(
        self,
        app: App,
        layer: int,
        colour: int,
        size: tuple[int, int],
        anchor: int,
        zone: int = 0,
        keyboard: int = 0,
        margin: tuple[int, int, int, int] = (0, 0, 0, 0),
    ) -> None:
        self.app, self.colour = app, colour
        self.surface = app.surface()
        self.layer: Object = app.bind(ZwlrLayerShellV1).get_layer_surface(self.surface, None, layer, "test")
        self.layer.set_size(*size)
        self.layer.set_anchor(anchor)
        self.layer.set_exclusive_zone(zone)
        self.layer.set_keyboard_interactivity(keyboard)
        self.layer.set_margin(*margin)
        self.surface.commit()
        self.draw()

    def draw(self) -> None:
        self.app.until(lambda: self.layer.named("configure"))
        serial, width, height = self.layer.last("configure")
        self.layer.events.clear()
        self.layer.ack_configure(serial)
        pixels = self.app.pixels(width, height, format_=XRGB)
        pixels.memory[:] = self.colour.to_bytes(4, "little") * (width * height)
        self.app.show(self.surface, pixels)
        self.app.roundtrip()


def parts_app(session: Session) -> App:
    return session.app("parts", granted=(DESKTOP_PARTS,))


def seen(session: Session, x: int, y: int, colour: int) -> Picture:
    return session.until_picture(lambda picture: picture.at(x, y) == rgb(colour))


def test_bar_takes_room_from_windows_and_gives_it_back(session: Session) -> None:
    _app, window = coloured(session, "red", RED)
    session.act("red", "maximize")
    session.until(lambda: session.window("red").frame[1] == 0)
    app = parts_app(session)
    bar = Part(app, TOP_LAYER, GREEN, (0, 40), TOP | LEFT | RIGHT, zone=40)
    seen(session, 500, 20, GREEN)
    session.until(lambda: session.window("red").frame[1] == 40)
    assert sum(session.window("red").frame[1::2]) == SCREEN[1] - PANEL
    below = Part(app, TOP_LAYER, BLUE, (0, 30), BOTTOM | LEFT | RIGHT, zone=30)
    picture = seen(session, 500, SCREEN[1] - PANEL - 15, BLUE)
    assert picture.at(500, SCREEN[1] - 10) != rgb(BLUE)
    session.until(lambda: sum(session.window("red").frame[1::2]) == SCREEN[1] - PANEL - 30)
    bar.layer.destroy()
    below.surface.attach(None, 0, 0)
    below.surface.commit()
    app.roundtrip()
    session.until(lambda: session.window("red").frame[1::2] == (0, SCREEN[1] - PANEL))
    assert window.toplevel.named("configure")


def test_levels_lie_below_and_above_windows_but_never_above_the_panel(session: Session) -> None:
    app = parts_app(session)
    Part(app, BACKGROUND, BLUE, (0, 0), ALL, zone=-1)
    picture = seen(session, 20, 20, BLUE)
    assert picture.at(20, SCREEN[1] - PANEL - 5) == rgb(BLUE) and picture.at(200, SCREEN[1] - 5) != rgb(BLUE)
    coloured(session, "red", RED)
    info = session.window("red")
    x, y = info.x + 10, info.y + 10
    bottom = Part(app, BOTTOM_LAYER, GREEN, (0, 0), ALL)
    seen(session, 20, 20, GREEN)
    seen(session, x, y, RED)
    bottom.layer.set_layer(TOP_LAYER)
    bottom.surface.commit()
    app.roundtrip()
    seen(session, x, y, GREEN)
    session.call(WindowAction(info.window, "fullscreen"))
    seen(session, 20, 20, RED)
    bottom.layer.set_layer(OVERLAY)
    bottom.layer.set_exclusive_zone(-1)
    bottom.surface.commit()
    app.roundtrip()
    bottom.draw()
    seen(session, 20, 20, GREEN)
    session.act("red", "restore")
    picture = seen(session, 20, SCREEN[1] - PANEL - 5, GREEN)
    assert picture.at(200, SCREEN[1] - 5) != rgb(GREEN)


def test_keyboard_goes_to_what_asks_for_it_but_not_from_the_shell(session: Session) -> None:
    other, _window = coloured(session, "red", RED)
    other_keys: Object = other.bind(WlSeat).get_keyboard()
    app = parts_app(session)
    keys: Object = app.bind(WlSeat).get_keyboard()
    other.roundtrip()
    app.roundtrip()
    session.input(InputType("a"))
    other.until(lambda: len(other_keys.named("key")) == 2)
    bar = Part(app, TOP_LAYER, GREEN, (100, 40), TOP | LEFT, keyboard=2)
    seen(session, 20, 20, GREEN)
    session.input(InputClick(20, 20), InputType("b"))
    app.until(lambda: len(keys.named("key")) == 2)
    info = session.window("red")
    session.input(InputClick(info.x + 5, info.y + 5), InputType("c"))
    other.until(lambda: len(other_keys.named("key")) == 4)
    bar.layer.set_keyboard_interactivity(1)
    bar.surface.commit()
    app.until(lambda: len(keys.named("enter")) == 2)
    session.input(InputClick(info.x + 5, info.y + 5), InputType("d"))
    app.until(lambda: len(keys.named("key")) == 4)
    session.call(OpenLauncher(True))
    app.until(lambda: len(keys.named("leave")) == 2)
    session.input(InputType("e"))
    session.call(OpenLauncher(False))
    app.until(lambda: len(keys.named("enter")) == 3)
    assert len(keys.named("key")) == 4
    other.roundtrip()
    entered = len(other_keys.named("enter"))
    bar.layer.destroy()
    app.flush()
    other.until(lambda: len(other_keys.named("enter")) > entered)
    session.input(InputType("f"))
    other.until(lambda: len(other_keys.named("key")) == 6)


def test_parts_are_there_again_after_the_ui_has_died(session: Session) -> None:
    app = parts_app(session)
    Part(app, TOP_LAYER, GREEN, (0, 40), TOP | LEFT | RIGHT, zone=40)
    seen(session, 500, 20, GREEN)
    session.kill_ui()
    session.start_ui()
    seen(session, 500, 20, GREEN)
    coloured(session, "red", RED)
    session.act("red", "maximize")
    session.until(lambda: session.window("red").frame[1] == 40)
