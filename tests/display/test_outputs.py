"""Outputs as clients see them: they come, change and go, and surfaces know which of them they are on."""

from __future__ import annotations

import pytest
from pywayland.protocol import fractional_scale_v1, viewporter, wayland, xdg_output_unstable_v1, xdg_shell

from berth.core import messages as m
from tests.display.client import ClientError, Object
from tests.display.conftest import Display, DisplayWith
from tests.display.shapes import App, Popup, Window
from tests.display.ui import FakeUi

LEFT = m.OutputChanged(1280, 800, 1.0, name="LEFT")
RIGHT = m.OutputChanged(
    1280, 720, 1.5, 75_000, (1280, 0, 1280, 680), "RIGHT", 1280, 0, 1, "Acme", "Wide", "Acme Wide 24", False, (530, 300)
)
RIGHT_UPRIGHT = m.OutputChanged(1280, 720, 1.5, 75_000, (1280, 0, 1280, 680), "RIGHT", 1280, primary=False)


def outputs_of(app: App) -> dict[int, tuple[int, int]]:
    """Names of the wl_output globals that are announced now, with their versions."""
    found: dict[int, tuple[int, int]] = {}
    for event in app.registry.events:
        if event.name == "global" and event.arguments[1] == "wl_output":
            found[event.arguments[0]] = event.arguments[1:]
        elif event.name == "global_remove":
            found.pop(event.arguments[0], None)
    return found


def bind_all(app: App) -> dict[str, Object]:
    """Every output by its name."""
    bound = [app.bind_name(name, wayland.WlOutput, 4) for name in outputs_of(app)]
    app.roundtrip()
    return {output.last("name")[0]: output for output in bound}


def entered(surface: Object) -> set[str]:
    """The outputs a surface is on, by what its events say."""
    on: set[str] = set()
    for event in surface.events:
        if event.name in ("enter", "leave"):
            (output,) = event.arguments
            (on.add if event.name == "enter" else on.discard)(output.last("name")[0])
    return on


class Wall:
    """Two outputs beside each other, one client with both bound."""

    def __init__(self, display: Display, right: m.OutputChanged = RIGHT_UPRIGHT) -> None:
        self.display = display
        self.ui: FakeUi = display.ui()
        self.ui.send(LEFT, m.OutputRemoved("BERTH-1"), right)
        self.ui.settle()
        self.app = display.app()
        self.outputs = bind_all(self.app)

    def window(self, x: int, y: int, width: int = 100, height: int = 80) -> Window:
        window = Window(self.app, width, height)
        self.ui.until(lambda: any(known.mapped for known in self.ui.windows.values()))
        self.place(x, y, width, height)
        return window

    def place(self, x: int, y: int, width: int = 100, height: int = 80, **more: object) -> None:
        self.ui.place(max(self.ui.windows), x, y, width, height, **more)
        self.sync()

    def sync(self) -> None:
        """Everything sent so far has reached the client."""
        self.ui.settle()
        self.app.roundtrip()


@pytest.fixture
def wall(display: Display) -> Wall:
    return Wall(display)


# --- coming, changing, going


def test_each_output_is_described(display: Display) -> None:
    wall = Wall(display, RIGHT)
    left, right = wall.outputs["LEFT"], wall.outputs["RIGHT"]
    assert left.last("geometry") == (0, 0, 339, 212, 0, "Berth", "desktop", 0)
    assert left.last("mode") == (3, 1280, 800, 60_000)
    # Turned by a quarter: the mode is the panel's, the logical size what is looked at.
    assert right.last("geometry") == (1280, 0, 530, 300, 0, "Acme", "Wide", 1)
    assert right.last("mode") == (3, 1080, 1920, 75_000)
    assert right.last("scale") == (2,)
    assert right.last("description") == ("Acme Wide 24",)
    manager = wall.app.bind(xdg_output_unstable_v1.ZxdgOutputManagerV1)
    logical = manager.get_xdg_output(right)
    wall.app.roundtrip()
    assert logical.last("logical_position") == (1280, 0)
    assert logical.last("logical_size") == (1280, 720)
    assert logical.last("name") == ("RIGHT",)
    assert logical.last("description") == ("Acme Wide 24",)
    assert not logical.named("done")
    assert [event.name for event in right.events[-1:]] == ["done"]


def test_old_xdg_output_ends_with_its_own_done(wall: Wall) -> None:
    manager = wall.app.bind(xdg_output_unstable_v1.ZxdgOutputManagerV1, 2)
    logical = manager.get_xdg_output(wall.outputs["RIGHT"])
    wall.app.roundtrip()
    assert logical.events[-1].name == "done"


def test_only_the_changed_output_is_described_again(wall: Wall) -> None:
    changed = m.OutputChanged(960, 540, 2.0, 75_000, name="RIGHT", x=1280, primary=False)
    wall.ui.send(changed)
    wall.sync()
    assert len(wall.outputs["LEFT"].named("done")) == 1
    assert wall.outputs["RIGHT"].last("mode") == (3, 1920, 1080, 75_000)
    # What panels leave is not a client's business.
    wall.ui.send(m.OutputChanged(960, 540, 2.0, 75_000, (1280, 0, 900, 500), "RIGHT", 1280, primary=False))
    wall.sync()
    assert len(wall.outputs["RIGHT"].named("done")) == 2


def test_globals_come_and_go(wall: Wall) -> None:
    before = set(outputs_of(wall.app))
    assert len(before) == 2
    wall.ui.send(m.OutputChanged(640, 480, name="THIRD", x=2560, primary=False))
    wall.sync()
    (third,) = set(outputs_of(wall.app)) - before
    wall.ui.send(m.OutputRemoved("THIRD"))
    wall.sync()
    assert set(outputs_of(wall.app)) == before
    wall.ui.send(m.OutputChanged(640, 480, name="THIRD", x=2560, primary=False))
    wall.sync()
    assert third not in outputs_of(wall.app)
    assert len(outputs_of(wall.app)) == 3


def test_the_last_output_stays(wall: Wall) -> None:
    wall.ui.send(m.OutputRemoved("LEFT"), m.OutputRemoved("RIGHT"), m.OutputRemoved("nobody"))
    wall.sync()
    assert len(outputs_of(wall.app)) == 1


def test_an_output_can_be_bound_for_a_while_after_it_went(display_with: DisplayWith) -> None:
    wall = Wall(display_with({"outputs.GRACE": 3_600}))
    names = outputs_of(wall.app)
    wall.ui.send(m.OutputRemoved("RIGHT"))
    wall.sync()
    (gone,) = set(names) - set(outputs_of(wall.app))
    late = wall.app.bind_name(gone, wayland.WlOutput, 4)
    wall.app.roundtrip()
    assert late.last("name") == ("RIGHT",)
    # What is done with it then has no effect, but is no error either.
    manager = wall.app.bind(xdg_output_unstable_v1.ZxdgOutputManagerV1)
    manager.get_xdg_output(late)
    window = wall.window(0, 0)
    window.toplevel.set_fullscreen(late)
    wall.app.flush()
    wall.ui.until(lambda: wall.ui.requests)
    late.release()
    wall.app.roundtrip()


def test_a_removed_global_is_destroyed_later(display_with: DisplayWith) -> None:
    impatient = display_with({"outputs.GRACE": 0.01})
    wall = Wall(impatient)
    names = outputs_of(wall.app)
    wall.ui.send(m.OutputRemoved("RIGHT"))
    wall.sync()
    (gone,) = set(names) - set(outputs_of(wall.app))
    path = impatient.directory / "wayland-a"
    error = None
    while error is None:
        late = impatient.app(path)
        late.bind_name(gone, wayland.WlOutput, 4)
        try:
            late.roundtrip()
        except ClientError as refused:
            error = refused
    assert error.interface == "wl_registry"
    wall.app.roundtrip()


def test_the_next_ui_hears_of_the_outputs_and_globals_stay(wall: Wall) -> None:
    before = set(outputs_of(wall.app))
    wall.ui.close()
    ui = wall.display.ui()
    assert ui.outputs == {"LEFT": LEFT, "RIGHT": RIGHT_UPRIGHT}
    ui.send(RIGHT_UPRIGHT, LEFT)
    ui.settle()
    wall.app.roundtrip()
    assert set(outputs_of(wall.app)) == before
    assert all(len(output.named("done")) == 1 for output in wall.outputs.values())


# --- enter and leave


def test_windows_are_where_they_are_placed(wall: Wall) -> None:
    window = wall.window(0, 0)
    assert entered(window.surface) == {"LEFT"}
    wall.place(1230, 0)
    assert entered(window.surface) == {"LEFT", "RIGHT"}
    wall.place(1280, 0)
    assert entered(window.surface) == {"RIGHT"}
    wall.place(1280, 720)
    assert entered(window.surface) == set()
    wall.place(0, 0)
    assert entered(window.surface) == {"LEFT"}


def test_a_window_without_place_is_on_the_output_it_was_configured_for(wall: Wall) -> None:
    wall.ui.auto_configure = False
    window = Window(wall.app, map_=False)
    wall.app.flush()
    wall.ui.until(lambda: wall.ui.windows)
    wall.ui.send(m.Configure(max(wall.ui.windows), 1, 0, 0, (), "RIGHT"))
    # Together or one after the other.
    wall.app.until(lambda: len(window.xdg.named("configure")) > 1)
    window.ack()
    assert window.surface.last("preferred_buffer_scale") == (2,)
    assert window.toplevel.last("configure_bounds") == (1280, 680)
    assert entered(window.surface) == set()
    wall.app.show(window.surface, wall.app.pixels(10, 10))
    wall.sync()
    assert entered(window.surface) == {"RIGHT"}


def test_outputs_are_left_without_content(wall: Wall) -> None:
    window = wall.window(0, 0)
    window.surface.attach(None, 0, 0)
    window.surface.commit()
    wall.sync()
    assert entered(window.surface) == set()


def test_growing_reaches_the_next_output(wall: Wall) -> None:
    window = wall.window(1180, 0)
    assert entered(window.surface) == {"LEFT"}
    wall.app.show(window.surface, wall.app.pixels(101, 10))
    wall.sync()
    assert entered(window.surface) == {"LEFT", "RIGHT"}


def test_a_shadow_outside_of_the_window_geometry_counts(wall: Wall) -> None:
    window = wall.window(1280, 0)
    window.xdg.set_window_geometry(10, 10, 50, 50)
    window.surface.commit()
    wall.sync()
    assert entered(window.surface) == {"LEFT", "RIGHT"}


def test_subsurfaces_have_their_own_outputs(wall: Wall) -> None:
    window = wall.window(1200, 0, 80, 80)
    inner = wall.app.surface()
    role = wall.app.subcompositor.get_subsurface(inner, window.surface)
    role.set_position(40, 0)
    wall.app.show(inner, wall.app.pixels(80, 10))
    window.surface.commit()
    wall.sync()
    assert entered(inner) == {"LEFT", "RIGHT"}
    assert entered(window.surface) == {"LEFT"}
    role.set_position(80, 0)
    window.surface.commit()
    wall.sync()
    assert entered(inner) == {"RIGHT"}
    role.destroy()
    wall.sync()
    assert entered(inner) == set()


def test_popups_go_with_their_parent(wall: Wall) -> None:
    window = wall.window(0, 0)
    popup = Popup(wall.app, window.xdg, wall.app.positioner(50, 50, (0, 0, 10, 10))).map()
    wall.sync()
    assert entered(popup.surface) == {"LEFT"}
    nested = Popup(wall.app, popup.xdg, wall.app.positioner(50, 50, (0, 0, 10, 10))).map()
    wall.place(1300, 0)
    assert entered(popup.surface) == {"RIGHT"}
    assert entered(nested.surface) == {"RIGHT"}


def test_popups_stay_on_the_output_of_their_window(wall: Wall) -> None:
    window = wall.window(1300, 600)
    slide = xdg_shell.XdgPositioner.constraint_adjustment
    positioner = wall.app.positioner(100, 100, (0, 70, 10, 10))
    positioner.set_constraint_adjustment(int(slide.slide_y) | int(slide.slide_x))
    popup = Popup(wall.app, window.xdg, positioner).map()
    # The usable part of the right output ends at 680.
    assert popup.popup.last("configure")[1] == -20
    # Counted as being on the left output, it must not reach over the border.
    wall.place(1250, 600, output="LEFT")
    popup = Popup(wall.app, window.xdg, positioner).map()
    assert popup.popup.last("configure")[0] == 1280 - 100 - 1250


def test_an_output_that_is_bound_later_is_entered(wall: Wall) -> None:
    window = wall.window(0, 0)
    again = bind_all(wall.app)
    assert window.surface.last("enter") == (again["LEFT"],)


def test_unplugging_makes_windows_leave_first(wall: Wall) -> None:
    window = wall.window(1300, 0)
    wall.ui.send(m.OutputRemoved("RIGHT"))
    wall.sync()
    assert entered(window.surface) == set()
    assert len(outputs_of(wall.app)) == 1
    wall.place(1000, 0)
    assert entered(window.surface) == {"LEFT"}


def test_minimised_windows_keep_their_output(wall: Wall) -> None:
    window = wall.window(1300, 0)
    wall.place(1300, 0, minimized=True)
    assert entered(window.surface) == {"RIGHT"}


def test_cursors_are_as_sharp_as_what_they_point_at(wall: Wall) -> None:
    window = wall.window(1300, 0)
    pointer = wall.app.bind(wayland.WlSeat).get_pointer()
    wall.app.roundtrip()
    wall.ui.send(m.PointerMotion(wall.ui.windows[max(wall.ui.windows)].surface, 1, 1, 0))
    wall.app.until(lambda: pointer.named("enter"))
    cursor = wall.app.surface()
    pointer.set_cursor(pointer.last("enter")[0], cursor, 0, 0)
    wall.app.show(cursor, wall.app.pixels(24, 24))
    wall.sync()
    assert entered(cursor) == {"RIGHT"}
    assert cursor.last("preferred_buffer_scale") == (2,)
    assert entered(window.surface) == {"RIGHT"}


# --- scale and transform


def fractional(app: App, surface: Object) -> Object:
    made: Object = app.bind(fractional_scale_v1.WpFractionalScaleManagerV1).get_fractional_scale(surface)
    return made


def test_scale_follows_the_outputs(wall: Wall) -> None:
    window = wall.window(0, 0)
    scale = fractional(wall.app, window.surface)
    wall.app.roundtrip()
    assert [event.arguments for event in scale.named("preferred_scale")] == [(120,)]
    assert window.surface.last("preferred_buffer_scale") == (1,)
    wall.place(1230, 0)
    assert scale.last("preferred_scale") == (180,)
    assert window.surface.last("preferred_buffer_scale") == (2,)
    wall.place(1400, 0)
    assert len(scale.named("preferred_scale")) == 2
    wall.place(100, 0)
    assert scale.last("preferred_scale") == (120,)


@pytest.mark.parametrize(("scale", "told"), [(1.25, 150), (1.5, 180), (1.75, 210), (1.1, 132), (2.0, 240), (1 / 3, 40)])
def test_fractions_are_exact(wall: Wall, scale: float, told: int) -> None:
    window = wall.window(0, 0)
    preferred = fractional(wall.app, window.surface)
    wall.ui.send(m.OutputChanged(1280, 800, scale, name="LEFT"))
    wall.sync()
    assert preferred.last("preferred_scale") == (told,)
    assert wall.outputs["LEFT"].last("scale") == (max(1, -(-told // 120)),)
    assert wall.outputs["LEFT"].last("mode")[1:3] == (round(1280 * scale), round(800 * scale))


def test_a_viewport_makes_a_fractional_buffer_the_logical_size(wall: Wall) -> None:
    window = wall.window(1300, 0)
    viewport = wall.app.bind(viewporter.WpViewporter).get_viewport(window.surface)
    viewport.set_destination(101, 67)
    wall.app.show(window.surface, wall.app.pixels(152, 101))
    wall.sync()
    number = wall.ui.windows[max(wall.ui.windows)].surface
    wall.ui.until(lambda: wall.ui.states[number].width == 152)
    state = wall.ui.states[number]
    assert (state.logical_width, state.logical_height) == (101, 67)


def test_popups_know_their_scale_before_they_draw(wall: Wall) -> None:
    window = wall.window(1300, 0)
    surface = wall.app.surface()
    scale = fractional(wall.app, surface)
    xdg = wall.app.wm.get_xdg_surface(surface)
    xdg.get_popup(window.xdg, wall.app.positioner(50, 50, (0, 0, 10, 10)))
    surface.commit()
    wall.app.until(lambda: xdg.named("configure"))
    assert scale.last("preferred_scale") == (180,)


def test_transform_is_preferred_where_all_outputs_agree(display: Display) -> None:
    wall = Wall(display, RIGHT)
    window = wall.window(0, 0)
    assert window.surface.last("preferred_buffer_transform") == (0,)
    wall.place(1300, 0)
    assert window.surface.last("preferred_buffer_transform") == (1,)
    wall.place(1230, 0)
    assert window.surface.last("preferred_buffer_transform") == (0,)


def test_old_surfaces_are_spared_new_events(wall: Wall) -> None:
    compositor = wall.app.bind(wayland.WlCompositor, 5)
    surface = compositor.create_surface()
    wall.app.roundtrip()
    assert surface.events == []


def test_a_second_fractional_scale_is_refused(wall: Wall) -> None:
    surface = wall.app.surface()
    fractional(wall.app, surface).destroy()
    fractional(wall.app, surface)
    wall.app.roundtrip()
    fractional(wall.app, surface)
    with pytest.raises(ClientError) as error:
        wall.app.roundtrip()
    assert error.value.code == int(fractional_scale_v1.WpFractionalScaleManagerV1.error.fractional_scale_exists)


def test_fractional_scale_outlives_its_surface(wall: Wall) -> None:
    surface = wall.app.surface()
    scale = fractional(wall.app, surface)
    surface.destroy()
    wall.ui.send(m.OutputChanged(1280, 800, 2.0, name="LEFT"))
    wall.sync()
    scale.destroy()
    wall.app.roundtrip()


# --- windows


def test_full_screen_names_its_output(wall: Wall) -> None:
    window = wall.window(0, 0)
    window.toplevel.set_fullscreen(wall.outputs["RIGHT"])
    wall.app.flush()
    wall.ui.until(lambda: wall.ui.requests)
    assert wall.ui.requests[-1].output == "RIGHT"
    window.toplevel.set_fullscreen(None)
    wall.app.flush()
    wall.ui.until(lambda: len(wall.ui.requests) == 2)
    assert wall.ui.requests[-1].output == ""


def test_full_screen_before_the_first_commit(wall: Wall) -> None:
    surface = wall.app.surface()
    toplevel = wall.app.wm.get_xdg_surface(surface).get_toplevel()
    toplevel.set_fullscreen(wall.outputs["RIGHT"])
    surface.commit()
    wall.sync()
    wall.app.flush()
    wall.ui.until(lambda: wall.ui.requests)
    assert (wall.ui.requests[-1].action, wall.ui.requests[-1].output) == ("fullscreen", "RIGHT")


def test_bounds_are_those_of_the_windows_output(wall: Wall) -> None:
    window = wall.window(0, 0)
    assert window.toplevel.last("configure_bounds") == (1280, 800)
    wall.place(1300, 0)
    wall.ui.configure(max(wall.ui.windows))
    window.ack()
    wall.sync()
    assert window.toplevel.last("configure_bounds") == (1280, 680)
