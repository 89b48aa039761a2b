"""Windows for apps that may see them: ext_foreign_toplevel_list, wlr-foreign-toplevel-management, ext_workspace."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from pywayland.protocol.ext_foreign_toplevel_list_v1 import ExtForeignToplevelListV1
from pywayland.protocol.ext_workspace_v1 import ExtWorkspaceManagerV1
from pywayland.protocol.wayland import WlOutput, WlSeat

from berth.core import messages as m
from berth.core.permissions import WINDOW_LIST
from berth.display.wlr_foreign_toplevel import ZwlrForeignToplevelManagerV1 as WlrManager
from tests.display.client import ClientError, Object
from tests.display.conftest import Display, DisplayWith
from tests.display.shapes import App, Window

INTERFACES = (ExtForeignToplevelListV1, WlrManager, ExtWorkspaceManagerV1)
MAXIMIZED, MINIMIZED, ACTIVATED, FULLSCREEN = range(4)


def panel(display: Display, *granted: str) -> App:
    return display.app(display.instance("panel", granted=granted or (WINDOW_LIST,)))


def handles(watcher: Object) -> list[Object]:
    return [event.arguments[0] for event in watcher.named("toplevel")]


def states(handle: Object) -> set[int]:
    (data,) = handle.last("state")
    return set(struct.unpack(f"={len(data) // 4}I", data))


def names(objects: list[Any]) -> list[str]:
    return [event.name for each in objects for event in each.events]


def test_list_is_invisible_without_the_permission(display: Display) -> None:
    numbers = panel(display).globals
    plain = display.instance("plain", granted=("screen-capture",))
    assert not {interface.name for interface in INTERFACES} & set(display.app(plain).globals)
    for interface in INTERFACES:
        other = display.app(plain)
        other.bind_name(numbers[interface.name][0], interface, 1)
        with pytest.raises(ClientError):
            other.roundtrip()


def panel_again(display: Display) -> App:
    return display.app(display.directory / "wayland-panel")


def test_list_tells_each_mapped_window_with_a_lasting_identifier(display: Display) -> None:
    display.ui()
    app = display.app()
    first = Window(app)
    first.toplevel.set_app_id("org.example.First")
    Window(app, map_=False)
    app.roundtrip()
    watcher = panel(display)
    watching = watcher.bind(ExtForeignToplevelListV1)
    watcher.roundtrip()
    (handle,) = handles(watching)
    assert names([handle]) == ["identifier", "title", "app_id", "done"]
    assert (handle.last("title"), handle.last("app_id")) == (("test",), ("org.example.First",))
    (identifier,) = handle.last("identifier")
    assert len(identifier) == 32 and identifier.isalnum()
    other = panel_again(display)
    again = other.bind(ExtForeignToplevelListV1)
    other.roundtrip()
    assert handles(again)[0].last("identifier") == (identifier,)


def test_list_follows_titles_new_and_closed_windows(display: Display) -> None:
    ui = display.ui()
    app = display.app()
    first = Window(app)
    watcher = panel(display)
    watching = watcher.bind(ExtForeignToplevelListV1)
    watcher.roundtrip()
    (handle,) = handles(watching)
    handle.events.clear()
    first.toplevel.set_title("changed")
    first.toplevel.set_title("changed again")
    app.roundtrip()
    watcher.until(lambda: handle.named("done"))
    assert names([handle]) == ["title", "done"] and handle.last("title") == ("changed again",)
    second = Window(app)
    watcher.until(lambda: len(handles(watching)) == 2)
    second_handle = handles(watching)[1]
    second.surface.attach(None, 0, 0)
    second.surface.commit()
    app.flush()
    watcher.until(lambda: second_handle.named("closed"))
    assert not handle.named("closed")
    second.surface.commit()
    second.ack()
    app.show(second.surface, second.pixels)
    app.flush()
    watcher.until(lambda: len(handles(watching)) == 3)
    third_handle = handles(watching)[2]
    watcher.until(lambda: third_handle.named("done"))
    assert third_handle.last("identifier") != second_handle.last("identifier")
    app.close()
    watcher.until(lambda: handle.named("closed") and third_handle.named("closed"))
    ui.until(lambda: not ui.windows)


def test_list_that_was_stopped_hears_of_no_new_window(display: Display) -> None:
    display.ui()
    app = display.app()
    first = Window(app)
    watcher = panel(display)
    watching = watcher.bind(ExtForeignToplevelListV1)
    watching.stop()
    watching.stop()
    watcher.roundtrip()
    Window(app)
    first.toplevel.set_title("still told")
    app.roundtrip()
    watcher.roundtrip()
    assert [event.name for event in watching.events] == ["toplevel", "finished"]
    (handle,) = handles(watching)
    assert handle.last("title") == ("still told",)
    handle.destroy()
    watching.destroy()
    watcher.roundtrip()


def test_task_bar_sees_states_and_outputs(display: Display) -> None:
    ui = display.ui(auto_configure=False)
    app = display.app()
    window = Window(app, map_=False)
    app.flush()
    ui.until(lambda: ui.windows)
    ui.configure(1, 100, 80, ("activated", "maximized"))
    window.ack()
    app.show(window.surface, app.pixels(100, 80, 1))
    app.roundtrip()
    watcher = panel(display)
    output = watcher.bind(WlOutput)
    watching = watcher.bind(WlrManager)
    watcher.roundtrip()
    (handle,) = handles(watching)
    assert names([handle]) == ["output_enter", "title", "app_id", "state", "parent", "done"]
    assert handle.last("output_enter") == (output,) and handle.last("parent") == (None,)
    assert states(handle) == {MAXIMIZED, ACTIVATED}
    ui.configure(1, 100, 80, ("fullscreen",))
    ui.place(1, 0, 0, minimized=True)
    watcher.until(lambda: states(handle) == {MINIMIZED, FULLSCREEN})
    late = watcher.bind(WlOutput)
    watcher.roundtrip()
    assert handle.last("output_enter") == (late,)


def test_task_bar_follows_windows_to_other_outputs(display: Display) -> None:
    ui = display.ui()
    ui.send(m.OutputChanged(1280, 800, name="LEFT"), m.OutputRemoved("BERTH-1"))
    ui.send(m.OutputChanged(800, 600, name="RIGHT", x=1280, primary=False))
    ui.settle()
    Window(display.app())
    watcher = panel(display)
    announced = [event.arguments[0] for event in watcher.registry.named("global") if event.arguments[1] == "wl_output"]
    bound = [watcher.bind_name(name, WlOutput, 4) for name in announced]
    watcher.roundtrip()
    left, right = sorted(bound, key=lambda output: output.last("name"))
    watching = watcher.bind(WlrManager)
    workspaces = watcher.bind(ExtWorkspaceManagerV1)
    watcher.roundtrip()
    (handle,) = handles(watching)
    assert [event.arguments for event in handle.named("output_enter")] == [(left,)]
    ui.place(1, 1400, 0)
    watcher.until(lambda: handle.named("output_leave"))
    assert handle.last("output_leave") == (left,) and handle.last("output_enter") == (right,)
    watcher.roundtrip()
    assert handle.events[-1].name == "done"
    handle.set_fullscreen(left)
    watcher.flush()
    ui.until(lambda: ui.requests)
    assert (ui.requests[-1].action, ui.requests[-1].output) == ("fullscreen", "LEFT")
    ui.send(m.OutputRemoved("RIGHT"))
    (group,) = workspaces.last("workspace_group")
    watcher.until(lambda: group.named("output_leave") and len(handle.named("output_leave")) == 2)
    assert group.last("output_leave") == (right,)


def test_old_task_bar_is_not_told_what_it_does_not_know(display: Display) -> None:
    ui = display.ui()
    Window(display.app())
    ui.configure(1, 100, 80, ("fullscreen", "activated"))
    watcher = panel(display)
    ui.settle()
    watching = watcher.bind(WlrManager, 1)
    watcher.roundtrip()
    (handle,) = handles(watching)
    assert states(handle) == {ACTIVATED} and not handle.named("parent")


def test_dialogs_know_their_window_and_lose_it_with_it(display: Display) -> None:
    display.ui()
    app = display.app()
    parent, dialog = Window(app), Window(app, map_=False)
    dialog.toplevel.set_parent(parent.toplevel)
    dialog.ack()
    app.show(dialog.surface, app.pixels(10, 10, 1))
    app.roundtrip()
    watcher = panel(display)
    watching = watcher.bind(WlrManager)
    watcher.roundtrip()
    parent_handle, dialog_handle = handles(watching)
    assert dialog_handle.last("parent") == (parent_handle,)
    parent.toplevel.destroy()
    app.roundtrip()
    watcher.until(lambda: dialog_handle.last("parent") == (None,))
    assert parent_handle.named("closed")


@pytest.mark.parametrize(
    ("request_", "action"),
    [
        ("set_maximized", "maximize"),
        ("unset_maximized", "unmaximize"),
        ("set_minimized", "minimize"),
        ("unset_minimized", "unminimize"),
        ("unset_fullscreen", "unfullscreen"),
    ],
)
def test_wishes_go_to_the_ui(display: Display, request_: str, action: str) -> None:
    ui = display.ui()
    Window(display.app())
    watcher = panel(display)
    watching = watcher.bind(WlrManager)
    watcher.roundtrip()
    getattr(handles(watching)[0], request_)()
    watcher.flush()
    ui.until(lambda: ui.requests)
    assert ui.requests == [m.WindowRequest(1, action)]  # type: ignore[arg-type]


def test_activate_fullscreen_and_close(display: Display) -> None:
    ui = display.ui()
    app = display.app()
    window = Window(app)
    watcher = panel(display)
    watching = watcher.bind(WlrManager)
    seat = watcher.bind(WlSeat)
    watcher.roundtrip()
    (handle,) = handles(watching)
    handle.activate(seat)
    handle.set_fullscreen(None)
    handle.set_rectangle(watcher.surface(), 0, 0, 10, 10)
    handle.close()
    watcher.flush()
    app.until(lambda: window.toplevel.named("close"))
    ui.until(lambda: len(ui.requests) == 2)
    assert [request.action for request in ui.requests] == ["activate", "fullscreen"]


def test_negative_rectangle_is_an_error(display: Display) -> None:
    display.ui()
    Window(display.app())
    watcher = panel(display)
    watching = watcher.bind(WlrManager)
    watcher.roundtrip()
    handles(watching)[0].set_rectangle(watcher.surface(), 0, 0, -1, 10)
    with pytest.raises(ClientError) as raised:
        watcher.roundtrip()
    assert (raised.value.interface, raised.value.code) == ("zwlr_foreign_toplevel_handle_v1", 0)


def test_closed_window_takes_no_wishes(display: Display) -> None:
    ui = display.ui()
    app = display.app()
    Window(app)
    watcher = panel(display)
    watching = watcher.bind(WlrManager)
    watcher.roundtrip()
    app.close()
    (handle,) = handles(watching)
    watcher.until(lambda: handle.named("closed"))
    handle.set_maximized()
    handle.close()
    watcher.roundtrip()
    ui.settle()
    assert ui.requests == []


def test_stopped_task_bar_is_finished(display: Display) -> None:
    watcher = panel(display)
    watching = watcher.bind(WlrManager)
    watching.stop()
    watcher.roundtrip()
    assert names([watching]) == ["finished"]
    watching.stop()
    with pytest.raises(ClientError, match="invalid object"):
        watcher.roundtrip()


def test_revoking_ends_everything_and_granting_shows_it_again(display: Display) -> None:
    ui = display.ui()
    Window(display.app())
    watcher = panel(display)
    listing, bar, workspaces = (watcher.bind(interface) for interface in INTERFACES)
    watcher.roundtrip()
    told = [handles(listing)[0], handles(bar)[0]]
    display.grant(name="panel")
    watcher.until(lambda: all(each.named("finished") for each in (listing, bar, workspaces)))
    assert all(handle.named("closed") for handle in told)
    assert not {interface.name for interface in INTERFACES} & set(watcher.globals)
    told[1].set_maximized()
    told[1].destroy()
    told[0].destroy()
    listing.destroy()
    watcher.roundtrip()
    ui.settle()
    assert ui.requests == []
    display.grant(WINDOW_LIST, name="panel")
    watcher.until(lambda: WlrManager.name in watcher.globals)
    again = watcher.bind(WlrManager)
    watcher.roundtrip()
    assert len(handles(again)) == 1


def test_panel_that_does_not_read_costs_it_nothing_but_the_news(display: Display) -> None:
    display.ui()
    app = display.app()
    window = Window(app)
    watcher = panel(display)
    watching = watcher.bind(ExtForeignToplevelListV1)
    watcher.roundtrip()
    for number in range(3000):
        window.toplevel.set_title(f"{number} " + "x" * 3000)
        app.roundtrip()
    app.close()
    handle = handles(watching)[0]
    watcher.until(lambda: handle.named("closed"))
    assert len(handle.named("title")) < 3000


def test_there_is_one_workspace_on_all_outputs(display: Display) -> None:
    watcher = panel(display)
    output = watcher.bind(WlOutput)
    workspaces = watcher.bind(ExtWorkspaceManagerV1)
    watcher.roundtrip()
    assert names([workspaces]) == ["workspace_group", "workspace", "done"]
    (group,), (workspace,) = workspaces.last("workspace_group"), workspaces.last("workspace")
    assert names([group]) == ["capabilities", "output_enter", "workspace_enter"]
    assert group.last("output_enter") == (output,) and group.last("workspace_enter") == (workspace,)
    assert names([workspace]) == ["id", "name", "state", "capabilities"]
    assert workspace.last("state") == (1,) and workspace.last("capabilities") == (0,)
    late = watcher.bind(WlOutput)
    watcher.roundtrip()
    assert group.last("output_enter") == (late,) and len(workspaces.named("done")) == 2
    workspace.activate()
    workspace.deactivate()
    workspace.assign(group)
    workspace.remove()
    group.create_workspace("2")
    workspaces.commit()
    workspaces.stop()
    watcher.roundtrip()
    assert names([workspaces])[-1] == "finished" and len(workspaces.named("workspace")) == 1
    group.destroy()
    workspace.destroy()
    watcher.roundtrip()


def test_workspace_that_is_revoked_is_removed_in_order(display: Display) -> None:
    watcher = panel(display)
    workspaces = watcher.bind(ExtWorkspaceManagerV1)
    watcher.roundtrip()
    (group,), (workspace,) = workspaces.last("workspace_group"), workspaces.last("workspace")
    display.grant(name="panel")
    watcher.until(lambda: workspaces.named("finished"))
    assert names([group])[-2:] == ["workspace_leave", "removed"] and names([workspace])[-1] == "removed"
    group.destroy()
    workspace.destroy()
    watcher.roundtrip()


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("interface", [ExtForeignToplevelListV1, WlrManager])
def test_windows_with_long_titles_do_not_end_a_panel(display_with: DisplayWith, interface: Any, when: str) -> None:
    """An app may open in one turn what fills all that is kept for another."""
    display = display_with({"client._KERNEL_BUFFER": 128 << 10})
    display.ui()
    app, watcher = display.app(), panel(display)
    watching: list[Object] = [watcher.bind(interface)] if when == "before" else []
    watcher.roundtrip()
    for number in range(100):
        window = Window(app)
        window.toplevel.set_title(f"{number}".ljust(4_000))
        window.toplevel.set_app_id(f"{number}".ljust(4_000))
        app.roundtrip()
        if number == 50:
            window.toplevel.destroy()
    app.roundtrip()
    if when == "after":
        watching.append(watcher.bind(interface))
    watcher.until(lambda: len(handles(watching[0])) >= 3)
    while len([one for one in handles(watching[0]) if not one.named("closed")]) < 99:
        watcher.roundtrip()
    watcher.roundtrip()
    titles = [one.last("title")[0].strip() for one in handles(watching[0]) if not one.named("closed")]
    assert titles == [str(number) for number in range(100) if number != 50]
