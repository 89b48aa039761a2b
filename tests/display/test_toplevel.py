"""xdg_toplevel: configures, their acknowledgement, requests, and every way to get it wrong."""

from __future__ import annotations

import struct
from collections.abc import Callable

import pytest
from pywayland.protocol import wayland, xdg_decoration_unstable_v1, xdg_shell

from berth.core import messages as m
from tests.display.client import ClientError, Object
from tests.display.conftest import Display
from tests.display.shapes import App, Window
from tests.display.ui import FakeUi

_Base = xdg_shell.XdgWmBase.error
_Surface = xdg_shell.XdgSurface.error
_Toplevel = xdg_shell.XdgToplevel.error
_Decoration = xdg_decoration_unstable_v1.ZxdgToplevelDecorationV1


def shown(display: Display) -> tuple[FakeUi, App, Window, int]:
    ui = display.ui()
    app = display.app()
    window = Window(app)
    ui.until(lambda: any(w.mapped for w in ui.windows.values()))
    return ui, app, window, next(iter(ui.windows))


def states_of(window: Window) -> list[str]:
    names = {int(state): state.name for state in xdg_shell.XdgToplevel.state}
    return [names[number] for (number,) in struct.iter_unpack("=I", window.toplevel.last("configure")[2])]


def test_a_window_appears(display: Display) -> None:
    ui = display.ui(auto_configure=False)
    app = display.app()
    window = Window(app, map_=False)
    window.toplevel.set_app_id("org.example.Test")
    window.toplevel.set_min_size(10, 20)
    window.toplevel.set_max_size(300, 0)
    app.flush()
    ui.until(lambda: ui.windows)
    number, told = next(iter(ui.windows.items()))
    assert (told.title, told.instance, told.mapped) == ("test", "a", False)
    serial = ui.configure(number, 120, 90, ("activated", "tiled_left", "suspended", "constrained_top"))
    app.until(lambda: len(window.xdg.named("configure")) > 1)
    window.ack()
    assert window.toplevel.last("configure")[:2] == (120, 90)
    assert states_of(window) == ["activated", "tiled_left", "suspended", "constrained_top"]
    assert window.toplevel.last("configure_bounds") == (1280, 800)
    assert len(window.toplevel.last("wm_capabilities")[0]) == 16
    app.show(window.surface, app.pixels(120, 90))
    app.roundtrip()
    ui.until(lambda: ui.windows[number].mapped)
    told = ui.windows[number]
    assert told.app_id == "org.example.Test"
    assert (told.min_width, told.min_height, told.max_width, told.max_height) == (10, 20, 300, 0)
    assert ui.states[told.surface].configure == serial
    positions = [type(message).__name__ for message in ui.log]
    mapped = next(i for i, message in enumerate(ui.log) if isinstance(message, m.WindowChanged) and message.mapped)
    assert positions.index("Commit") < mapped, "the content comes before the window that shows it"


def test_old_clients_get_what_they_know(display: Display) -> None:
    ui = display.ui(auto_configure=False)
    app = display.app()
    app.wm = app.bind(xdg_shell.XdgWmBase, 1)
    window = Window(app, map_=False)
    app.flush()
    ui.until(lambda: ui.windows)
    ui.configure(next(iter(ui.windows)), 10, 10, ("activated", "tiled_left", "suspended", "nonsense"))
    app.until(lambda: len(window.xdg.named("configure")) > 1)
    window.ack()
    assert window.toplevel.last("configure")[:2] == (10, 10)
    assert states_of(window) == ["activated"]
    assert not window.toplevel.named("configure_bounds") and not window.toplevel.named("wm_capabilities")


def test_only_the_last_of_several_configures_is_sent(display: Display) -> None:
    ui, app, window, number = shown(display)
    seen = len(window.xdg.named("configure"))
    for width in range(200, 260):
        ui.configure(number, width, 100)
    ui.settle()
    app.roundtrip()
    assert window.toplevel.last("configure")[:2] == (259, 100)
    assert len(window.xdg.named("configure")) - seen < 30


def test_the_acknowledged_configure_is_reported(display: Display) -> None:
    ui, app, window, number = shown(display)
    surface = ui.windows[number].surface
    first = ui.configure(number, 200, 100)
    ui.settle()
    app.roundtrip()
    earlier = window.xdg.last("configure")
    second = ui.configure(number, 300, 100)
    ui.settle()
    app.roundtrip()
    window.xdg.ack_configure(*earlier)
    app.show(window.surface, app.pixels(200, 100))
    app.roundtrip()
    ui.settle()
    assert ui.states[surface].configure == first
    window.xdg.ack_configure(*window.xdg.last("configure"))
    window.surface.commit()
    app.roundtrip()
    ui.settle()
    assert ui.states[surface].configure == second


def test_without_a_ui_a_window_still_maps(display: Display) -> None:
    app = display.app()
    window = Window(app)
    assert window.toplevel.last("configure") == (0, 0, b"")
    ui = display.ui()
    ui.until(lambda: any(w.mapped for w in ui.windows.values()))
    assert ui.pixels(next(iter(ui.windows.values())).surface) == window.pixels.packed()


def test_geometry_is_clamped_to_the_surface(display: Display) -> None:
    ui, app, window, number = shown(display)
    surface = ui.windows[number].surface
    assert ui.states[surface].geometry is None
    for given, effective in (
        ((10, 5, 50, 40), (10, 5, 50, 40)),
        ((-10, 70, 500, 500), (0, 70, 100, 10)),
        ((500, 500, 5, 5), None),
    ):
        window.xdg.set_window_geometry(*given)
        window.surface.commit()
        app.roundtrip()
        ui.settle()
        assert ui.states[surface].geometry == effective


def test_requests_before_the_first_commit_reach_the_ui(display: Display) -> None:
    ui = display.ui()
    app = display.app()
    surface = app.surface()
    toplevel = app.wm.get_xdg_surface(surface).get_toplevel()
    toplevel.set_maximized()
    surface.commit()
    app.roundtrip()
    ui.until(lambda: ui.requests)
    assert ui.requests == [m.WindowRequest(next(iter(ui.windows)), "maximize")]


def test_requests(display: Display) -> None:
    ui, app, window, number = shown(display)
    for name, arguments in (
        ("set_maximized", ()),
        ("unset_maximized", ()),
        ("set_fullscreen", (None,)),
        ("unset_fullscreen", ()),
        ("set_minimized", ()),
    ):
        getattr(window.toplevel, name)(*arguments)
    app.roundtrip()
    ui.settle()
    assert [request.action for request in ui.requests] == [
        "maximize",
        "unmaximize",
        "fullscreen",
        "unfullscreen",
        "minimize",
    ]
    assert {request.window for request in ui.requests} == {number}


def test_the_last_request_of_each_kind_is_enough(display: Display) -> None:
    """The ui is not told the same a thousand times, and what comes last counts."""
    ui, app, window, _number = shown(display)
    for _ in range(300):
        window.toplevel.set_maximized()
        window.toplevel.unset_maximized()
    window.toplevel.set_minimized()
    app.roundtrip()
    ui.settle()
    assert [request.action for request in ui.requests][-3:] == ["maximize", "unmaximize", "minimize"]
    assert len(ui.requests) < 50


def test_moving_needs_a_button_that_is_down(display: Display) -> None:
    ui, app, window, number = shown(display)
    seat = app.bind(wayland.WlSeat)
    pointer = seat.get_pointer()
    app.roundtrip()
    window.toplevel.move(seat, 1)
    ui.send(m.PointerMotion(ui.windows[number].surface, 5, 5, 1))
    app.until(lambda: pointer.named("enter"))
    window.toplevel.move(seat, pointer.last("enter")[0])
    app.roundtrip()
    ui.settle()
    assert not ui.requests
    ui.send(m.PointerButton(0x110, True, 2))
    app.until(lambda: pointer.named("button"))
    serial = pointer.last("button")[0]
    window.toplevel.move(seat, serial)
    window.toplevel.resize(seat, serial, 5)
    window.toplevel.show_window_menu(seat, serial, 3, 4)
    window.toplevel.resize(seat, serial + 1000, 5)
    app.roundtrip()
    ui.settle()
    assert ui.requests == [
        m.WindowRequest(number, "move"),
        m.WindowRequest(number, "resize", 5),
        m.WindowRequest(number, "menu", 0, 3, 4),
    ]
    ui.send(m.PointerButton(0x110, False, 3))
    ui.settle()
    window.toplevel.move(seat, serial)
    app.roundtrip()
    ui.settle()
    assert len(ui.requests) == 3


def test_close_and_destroy(display: Display) -> None:
    ui, app, window, number = shown(display)
    ui.send(m.CloseWindow(number))
    app.until(lambda: window.toplevel.named("close"))
    display.until_engine(m.InstanceCloseAsked, instance="a")
    window.toplevel.destroy()
    window.xdg.destroy()
    window.surface.destroy()
    app.roundtrip()
    ui.until(lambda: not ui.windows and not ui.surfaces)


def test_unmapped_windows_start_again(display: Display) -> None:
    ui, app, window, number = shown(display)
    window.surface.attach(None, 0, 0)
    window.surface.commit()
    app.roundtrip()
    ui.until(lambda: not ui.windows)
    window.surface.commit()
    app.flush()
    ui.until(lambda: ui.windows)
    again = next(iter(ui.windows))
    assert again != number
    assert ui.windows[again].title == ""
    window.ack()
    app.show(window.surface, app.pixels(50, 50))
    app.roundtrip()
    ui.until(lambda: ui.windows[again].mapped)


def test_parents(display: Display) -> None:
    ui, app, window, number = shown(display)
    child, grandchild = Window(app), Window(app)
    child.toplevel.set_parent(window.toplevel)
    grandchild.toplevel.set_parent(child.toplevel)
    app.roundtrip()
    ui.until(lambda: len([w for w in ui.windows.values() if w.parent]) == 2)
    middle = next(w.window for w in ui.windows.values() if w.parent == number)
    child.toplevel.destroy()
    app.roundtrip()
    ui.until(lambda: middle not in ui.windows)
    ui.until(lambda: [w.parent for w in ui.windows.values()] == [0, number])
    window.toplevel.set_parent(grandchild.toplevel)
    with pytest.raises(ClientError) as raised:
        app.roundtrip()
    assert raised.value.code == int(_Toplevel.invalid_parent)


def test_decorations_are_ours_unless_refused(display: Display) -> None:
    ui = display.ui()
    app = display.app()
    manager = app.bind(xdg_decoration_unstable_v1.ZxdgDecorationManagerV1)
    window = Window(app, map_=False)
    decoration: Object = manager.get_toplevel_decoration(window.toplevel)
    app.until(lambda: decoration.named("configure"))
    assert decoration.last("configure") == (2,)
    window.ack()
    app.show(window.surface, app.pixels(50, 50))
    app.roundtrip()
    ui.until(lambda: any(w.server_decorated and w.mapped for w in ui.windows.values()))
    decoration.set_mode(1)
    app.until(lambda: decoration.last("configure") == (1,))
    app.roundtrip()
    ui.settle()
    assert next(iter(ui.windows.values())).server_decorated, "not before the client has drawn its own"
    window.xdg.ack_configure(*window.xdg.last("configure"))
    window.surface.commit()
    app.roundtrip()
    ui.until(lambda: not next(iter(ui.windows.values())).server_decorated)
    decoration.unset_mode()
    app.until(lambda: decoration.last("configure") == (2,))


def bare(app: App) -> tuple[Object, Object]:
    surface = app.surface()
    return surface, app.wm.get_xdg_surface(surface)


def _role_twice(app: App, _w: Window) -> None:
    _surface, xdg = bare(app)
    xdg.get_toplevel()
    xdg.get_toplevel()


def _other_role(app: App, w: Window) -> None:
    surface = app.surface()
    app.subcompositor.get_subsurface(surface, w.surface)
    app.wm.get_xdg_surface(surface)


def _changed_role(app: App, w: Window) -> None:
    _surface, xdg = bare(app)
    xdg.get_toplevel().destroy()
    xdg.get_popup(w.xdg, app.positioner(1, 1, (0, 0, 1, 1)))


def _with_buffer(app: App, _w: Window) -> None:
    surface = app.surface()
    surface.attach(app.pixels(1, 1).buffer, 0, 0)
    app.wm.get_xdg_surface(surface)


def _early_buffer(app: App, _w: Window) -> None:
    surface, xdg = bare(app)
    xdg.get_toplevel()
    app.show(surface, app.pixels(1, 1))


def _attached_early(app: App, _w: Window) -> None:
    surface, xdg = bare(app)
    xdg.get_toplevel()
    surface.attach(app.pixels(1, 1).buffer, 0, 0)


def _attached_without_a_role(app: App, _w: Window) -> None:
    bare(app)[0].attach(app.pixels(1, 1).buffer, 0, 0)


def _unanswered_configure(app: App, _w: Window) -> None:
    window = Window(app, map_=False)
    app.until(lambda: window.xdg.named("configure"))
    app.show(window.surface, app.pixels(1, 1))


def _sizes(app: App, w: Window) -> None:
    w.toplevel.set_min_size(50, 0)
    w.toplevel.set_max_size(40, 0)
    w.surface.commit()


def _orphaned_decoration(app: App, w: Window) -> None:
    manager = app.bind(xdg_decoration_unstable_v1.ZxdgDecorationManagerV1)
    _surface, xdg = bare(app)
    toplevel = xdg.get_toplevel()
    manager.get_toplevel_decoration(toplevel)
    toplevel.destroy()


def _two_decorations(app: App, w: Window) -> None:
    manager = app.bind(xdg_decoration_unstable_v1.ZxdgDecorationManagerV1)
    toplevel = bare(app)[1].get_toplevel()
    manager.get_toplevel_decoration(toplevel)
    manager.get_toplevel_decoration(toplevel)


def _decoration_mode(app: App, w: Window) -> None:
    manager = app.bind(xdg_decoration_unstable_v1.ZxdgDecorationManagerV1)
    manager.get_toplevel_decoration(bare(app)[1].get_toplevel()).set_mode(3)


def _late_decoration(app: App, w: Window) -> None:
    app.bind(xdg_decoration_unstable_v1.ZxdgDecorationManagerV1, 1).get_toplevel_decoration(w.toplevel)


@pytest.mark.parametrize(
    ("misuse", "interface", "code"),
    [
        (_role_twice, "xdg_surface", _Surface.already_constructed),
        (_other_role, "xdg_wm_base", _Base.role),
        (_changed_role, "xdg_wm_base", _Base.role),
        (lambda a, w: a.wm.get_xdg_surface(w.surface), "xdg_wm_base", _Base.role),
        (_with_buffer, "xdg_wm_base", _Base.invalid_surface_state),
        (_early_buffer, "xdg_surface", _Surface.unconfigured_buffer),
        (_attached_early, "xdg_surface", _Surface.unconfigured_buffer),
        (_attached_without_a_role, "xdg_surface", _Surface.unconfigured_buffer),
        (_unanswered_configure, "xdg_surface", _Surface.unconfigured_buffer),
        (lambda a, w: bare(a)[0].commit(), "xdg_surface", _Surface.not_constructed),
        (lambda a, w: bare(a)[1].set_window_geometry(0, 0, 1, 1), "xdg_surface", _Surface.not_constructed),
        (lambda a, w: bare(a)[1].ack_configure(1), "xdg_surface", _Surface.not_constructed),
        (lambda a, w: w.xdg.ack_configure(w.xdg.last("configure")[0]), "xdg_surface", _Surface.invalid_serial),
        (lambda a, w: w.xdg.set_window_geometry(0, 0, 0, 1), "xdg_surface", _Surface.invalid_size),
        (lambda a, w: w.xdg.destroy(), "xdg_surface", _Surface.defunct_role_object),
        (lambda a, w: w.surface.destroy(), "wl_surface", wayland.WlSurface.error.defunct_role_object),
        (lambda a, w: a.wm.destroy(), "xdg_wm_base", _Base.defunct_surfaces),
        (lambda a, w: w.toplevel.set_min_size(-1, 0), "xdg_toplevel", _Toplevel.invalid_size),
        (lambda a, w: w.toplevel.set_max_size(0, -1), "xdg_toplevel", _Toplevel.invalid_size),
        (_sizes, "xdg_toplevel", _Toplevel.invalid_size),
        (
            lambda a, w: w.toplevel.resize(a.bind(wayland.WlSeat), 1, 3),
            "xdg_toplevel",
            _Toplevel.invalid_resize_edge,
        ),
        (lambda a, w: w.toplevel.set_parent(w.toplevel), "xdg_toplevel", _Toplevel.invalid_parent),
        (_orphaned_decoration, _Decoration.name, _Decoration.error.orphaned),
        (_two_decorations, _Decoration.name, _Decoration.error.already_constructed),
        (_decoration_mode, _Decoration.name, _Decoration.error.invalid_mode),
        (_late_decoration, _Decoration.name, _Decoration.error.unconfigured_buffer),
    ],
)
def test_misuse(display: Display, misuse: Callable[[App, Window], object], interface: str, code: int) -> None:
    _ui, app, window, _number = shown(display)
    misuse(app, window)
    with pytest.raises(ClientError) as raised:
        app.roundtrip()
    assert (raised.value.interface, raised.value.code) == (interface, int(code)), raised.value.message


def test_destroying_in_any_order(display: Display) -> None:
    """A client that dies takes its objects down in an order nobody chose."""
    ui = display.ui()
    for number in range(4):
        app = display.app(display.instance(f"x{number}"))
        window = Window(app)
        child = app.surface()
        app.subcompositor.get_subsurface(child, window.surface).set_desync()
        app.show(child, app.pixels(10, 10))
        child.frame()
        app.show(child, app.pixels(10, 10))
        window.surface.commit()
        app.roundtrip()
        app.close()
    ui.until(lambda: not ui.windows and not ui.surfaces)
    display.until_engine(m.InstanceConnections, instance="x3", clients=0)


def test_an_app_that_hangs_is_noticed_when_it_is_used(display: Display) -> None:
    ui, app, window, number = shown(display)
    app.hangs = True
    pings = app.wm.named
    ui.send(m.CloseWindow(number))
    app.until(lambda: pings("ping"))
    app.wm.pong(*app.wm.last("ping"))
    app.roundtrip()
    ui.send(m.KeyboardFocus(ui.windows[number].surface), m.Key(30, True, 1_000), m.Key(30, False, 1_010))
    app.until(lambda: len(pings("ping")) == 2)
    ui.send(m.Key(30, True, 5_900), m.Key(30, False, 5_910))
    ui.settle()
    assert ui.windows[number].responding
    ui.send(m.Key(30, True, 6_001), m.Key(30, False, 6_002))
    ui.until(lambda: not ui.windows[number].responding)
    app.wm.pong(77)
    app.roundtrip()
    ui.settle()
    assert not ui.windows[number].responding
    app.wm.pong(*app.wm.last("ping"))
    app.roundtrip()
    ui.until(lambda: ui.windows[number].responding)
    assert window.toplevel.named("close")


def test_sizes_do_not_pile_up_for_a_client_that_sleeps(display: Display) -> None:
    ui, app, window, number = shown(display)
    for width in range(10_000):
        ui.configure(number, 100 + width, 100)
        if width % 10 == 0:
            ui.settle()
    ui.settle()
    app.roundtrip()
    assert len(window.xdg.named("configure")) < 900
    app.roundtrip()
    assert window.toplevel.last("configure")[:2] == (10_099, 100)


def test_window_that_the_ui_has_not_heard_of_goes_in_silence(display: Display) -> None:
    ui = display.ui(auto_frames=False)
    app = display.app()
    window = Window(app)
    ui.until(lambda: ui.states)
    # Unmapped and begun anew it is another window, which is told of after the frame that is under way.
    window.surface.attach(None, 0, 0)
    window.surface.commit()
    window.surface.commit()
    app.roundtrip()
    ui.settle()
    app.close()
    ui.until(lambda: not ui.surfaces)
    destroyed = [message.window for message in ui.log if isinstance(message, m.WindowDestroyed)]
    assert destroyed == [message.window for message in ui.log if isinstance(message, m.WindowChanged)][:1]


def test_an_answer_that_an_unmap_overtakes(display: Display) -> None:
    """A client cannot know, when it hides a window, what it is about to be told of that; it may answer that still."""
    ui, app, window, number = shown(display)
    before = len(window.xdg.named("configure"))
    ui.configure(number, 300, 200)
    app.until(lambda: len(window.xdg.named("configure")) > before)
    late = window.xdg.last("configure")[0]
    window.surface.attach(None, 0, 0)
    window.surface.commit()
    window.xdg.ack_configure(late)
    window.surface.commit()
    window.xdg.ack_configure(late)
    app.roundtrip()
    # It is no answer to what the client is told now.
    app.show(window.surface, window.pixels)
    with pytest.raises(ClientError) as raised:
        app.roundtrip()
    assert (raised.value.interface, raised.value.code) == ("xdg_surface", 3)


def test_an_answer_to_nothing(display: Display) -> None:
    _ui, app, window, _number = shown(display)
    window.surface.attach(None, 0, 0)
    window.surface.commit()
    window.xdg.ack_configure(window.xdg.last("configure")[0] + 1_000)
    with pytest.raises(ClientError) as raised:
        app.roundtrip()
    assert (raised.value.interface, raised.value.code) == ("xdg_surface", 4)
