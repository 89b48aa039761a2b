"""The launch plan holds what was granted, and nothing else."""

from __future__ import annotations

import os
from unittest import mock

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from berth.core.compile import compile_plan
from berth.core.manifest import RESERVED_VARIABLES, Manifest, WebPage
from berth.core.permissions import GPU, NETWORK, PermissionRequest
from berth.core.plan import SANDBOX_HOME, SANDBOX_RECEIVED, LaunchPlan, Limits, Mount, RenderNode
from berth.core.problem import Problem

WANTED = PermissionRequest(NETWORK, "To fetch.")
DRAWS = PermissionRequest(GPU, "To draw.")
NAMES = st.text("abcXYZ09._-", min_size=1, max_size=12)
MANIFESTS = st.builds(
    Manifest,
    id=NAMES,
    name=NAMES,
    command=st.lists(NAMES, min_size=1, max_size=3).map(tuple),
    persist=st.booleans(),
    environment=st.lists(st.tuples(st.from_regex(r"[A-Z]{1,5}", fullmatch=True), NAMES), max_size=3).map(tuple),
    limits=st.builds(Limits, st.integers(1 << 25, 1 << 40), st.integers(16, 999), st.integers(256, 9999)),
    permissions=st.sampled_from([(), (WANTED,), (DRAWS,), (WANTED, DRAWS), (PermissionRequest("other", "x"),)]),
)
GRANTS = st.sets(st.sampled_from([NETWORK, GPU, "other", "root", ""]))
CARD = "/sys/devices/pci0000:00/0000:00:02.0"
NODES = (RenderNode("/dev/dri/renderD128", CARD), RenderNode("/dev/dri/renderD129"))


def plan_of(manifest: Manifest, granted: object = (), **more: object) -> LaunchPlan:
    return compile_plan(
        manifest,
        instance="app-1",
        rootfs="/images/app",
        instance_directory="/run/i/app-1",
        home="/data/apps/app/home",
        granted=granted,  # type: ignore[arg-type]
        **more,  # type: ignore[arg-type]
    )


@given(MANIFESTS, GRANTS)
def test_plan_holds_nothing_that_was_not_granted(manifest: Manifest, granted: set[str]) -> None:
    plan = plan_of(manifest, granted, graphics=NODES)
    declared = {request.name for request in manifest.permissions}
    draws = GPU in granted & declared
    described = (Mount("/sys/dev/char", "/sys/dev/char"), Mount(CARD, CARD)) if draws else ()
    home = (Mount("/data/apps/app/home", SANDBOX_HOME, True),) if manifest.persist else ()
    assert plan.mounts == home + described
    assert plan.tmpfs == (() if manifest.persist else (SANDBOX_HOME,)) + (("/sys",) if draws else ())
    assert plan.devices == (("/dev/dri/renderD128", "/dev/dri/renderD129") if draws else ())
    assert (plan.network == "nat") == (NETWORK in granted & declared)
    assert plan.network_later == (NETWORK in declared)
    assert (plan.rootfs, plan.instance_directory) == ("/images/app", "/run/i/app-1")


def test_it_starts_in_its_home_or_where_its_manifest_says() -> None:
    assert plan_of(Manifest("a.b", "x", ("app",))).working_directory == SANDBOX_HOME
    assert plan_of(Manifest("a.b", "x", ("app",), directory="/srv/app")).working_directory == "/srv/app"


def test_what_its_image_has_beside_its_home_is_seen_and_no_more() -> None:
    names = ("node", "app.py", "berth", "", ".", "..", "../etc", "a/b", "a\nb", "x" * 65, ".ssh")
    plan = plan_of(Manifest("a.b", "x", ("app",), persist=True), homes=names)
    assert plan.mounts == (
        Mount("/data/apps/app/home", SANDBOX_HOME, True),
        Mount("/images/app/home/app.py", "/home/app.py"),
        Mount("/images/app/home/node", "/home/node"),
    )


def test_its_volumes_are_writable_where_they_may_be() -> None:
    manifest = Manifest("a.b", "x", ("app",), persist=True, volumes=("/data", "/data/db", "/etc", "/a/../etc", "/o t"))
    kept = Mount("/data/apps/app/volumes/data", "/data", writable=True)
    assert plan_of(manifest, volumes="/data/apps/app/volumes").mounts[1:] == (kept,)
    assert len(plan_of(manifest).mounts) == 1
    whole = msgspec.structs.replace(manifest, volumes=("/home/node",))
    assert plan_of(whole, homes=("node", "other"), volumes="/kept").mounts[1:] == (
        Mount("/images/app/home/other", "/home/other"),
        Mount("/kept/home%node", "/home/node", writable=True),
    )
    lost = Manifest("a.b", "x", ("app",), volumes=("/data",))
    assert plan_of(lost, volumes="/data/apps/app/volumes").mounts == ()


def test_it_is_asked_to_end_as_its_manifest_says() -> None:
    assert plan_of(Manifest("a.b", "x", ("app",))).stop_signal == "SIGTERM"
    app = Manifest("a.b", "x", ("app",), stop_signal="SIGQUIT")
    assert plan_of(app).stop_signal == "SIGQUIT"
    # What starts before the program knows one request only.
    assert plan_of(msgspec.structs.replace(app, display="terminal")).stop_signal == "SIGTERM"


@given(MANIFESTS)
def test_what_other_apps_hand_over_is_read_only(manifest: Manifest) -> None:
    mounts = plan_of(manifest, received="/data/received/app-1").mounts
    assert mounts[-1] == Mount("/data/received/app-1", SANDBOX_RECEIVED, writable=False)
    assert mounts[:-1] == plan_of(manifest).mounts
    assert not SANDBOX_RECEIVED.startswith(SANDBOX_HOME), "no link that the app makes could turn the mount elsewhere"


@given(MANIFESTS, GRANTS)
def test_without_graphics_hardware_the_permission_changes_nothing(manifest: Manifest, granted: set[str]) -> None:
    assert plan_of(manifest, granted) == plan_of(manifest, granted - {GPU})


@pytest.mark.parametrize(
    "device",
    ["/dev/dri/card0", "/dev/dri/renderD128/../card0", "/dev/sda", "/dev/dri/renderD", "renderD128", "/dev/dri/*", ""],
)
def test_only_render_nodes_are_given(device: str) -> None:
    plan = plan_of(Manifest("a.b", "x", ("app",), permissions=(DRAWS,)), {GPU}, graphics=(RenderNode(device, CARD),))
    assert plan.devices == () and plan.mounts == () and "/sys" not in plan.tmpfs


@pytest.mark.parametrize("path", ["/sys", "/sys/devices", "/sys/devices/../../etc", "/sys/devices/a/..", "/etc", "a"])
def test_nothing_else_of_the_host_describes_them(path: str) -> None:
    node = RenderNode("/dev/dri/renderD128", path)
    plan = plan_of(Manifest("a.b", "x", ("app",), permissions=(DRAWS,)), {GPU}, graphics=(node,))
    assert plan.devices == (node.device,) and plan.mounts == ()


@given(MANIFESTS, GRANTS)
def test_same_input_gives_the_same_plan_whatever_the_host(manifest: Manifest, granted: set[str]) -> None:
    before = plan_of(manifest, granted)
    with mock.patch.dict(os.environ, {"HOME": "/leak", "DBUS_SESSION_BUS_ADDRESS": "unix:path=/leak"}):
        after = plan_of(manifest, granted)
    assert before == after
    assert "/leak" not in repr(after)


@given(MANIFESTS)
def test_variables_that_berth_relies_on_cannot_be_changed(manifest: Manifest) -> None:
    plan = plan_of(manifest)
    environment = dict(plan.environment)
    assert len(environment) == len(plan.environment)
    assert environment["HOME"] == SANDBOX_HOME
    assert environment["WAYLAND_DISPLAY"] == "wayland-0"
    assert environment["XDG_RUNTIME_DIR"] == "/run/user/1000"
    assert not any(name.startswith("DBUS_") for name in environment)
    assert not {"DISPLAY", "WAYLAND_SOCKET"} & set(environment) - {name for name, _value in manifest.environment}


def test_manifest_adds_variables_and_limits() -> None:
    manifest = Manifest(
        "a.b", "x", ("app", "-v"), environment=(("KEY", "value"), ("LANG", "C")), limits=Limits(1 << 30, 99, 999)
    )
    plan = plan_of(manifest, arguments=("file.txt",))  # type: ignore[arg-type]
    environment = dict(plan.environment)
    assert (environment["KEY"], environment["LANG"]) == ("value", "C")
    assert plan.limits == Limits(1 << 30, 99, 999)
    assert plan.arguments == ("app", "-v", "file.txt")
    assert (plan.app, plan.instance, plan.working_directory) == ("a.b", "app-1", SANDBOX_HOME)


def test_reserved_variables_win_even_if_a_manifest_got_past_validation() -> None:
    manifest = Manifest("a.b", "x", ("app",), environment=tuple((name, "/evil") for name in RESERVED_VARIABLES))
    kept = {name for name, value in plan_of(manifest).environment if value == "/evil"}
    assert kept <= {"DISPLAY", "WAYLAND_SOCKET", "DBUS_SESSION_BUS_ADDRESS", "DBUS_SYSTEM_BUS_ADDRESS"}


@pytest.mark.parametrize(
    ("zone", "expected"),
    [("Europe/Berlin", "Europe/Berlin"), ("UTC", "UTC"), ("", None), ("../../etc/shadow", None), (":/etc/x", None)],
)
def test_time_zone_is_taken_if_it_is_one(zone: str, expected: str | None) -> None:
    assert dict(plan_of(Manifest("a.b", "x", ("app",)), time_zone=zone).environment).get("TZ") == expected


def test_socket_of_a_host_desktop_is_mounted_read_only_if_asked_for() -> None:
    plan = plan_of(Manifest("a.b", "x", ("app",)), wayland_socket="/run/user/7/wayland-9")
    assert plan.mounts == (Mount("/run/user/7/wayland-9", "/run/berth/wayland-0"),)


@pytest.mark.parametrize("arguments", [("a\0b",), ("x" * (128 << 10),), ("x",) * 257])
def test_arguments_no_program_can_take_are_refused(arguments: tuple[str, ...]) -> None:
    with pytest.raises(Problem) as raised:
        plan_of(Manifest("a.b", "x", ("app",)), arguments=arguments)  # type: ignore[arg-type]
    assert raised.value.code == "arguments-invalid"


def test_an_x11_program_gets_a_server_of_its_own_inside() -> None:
    manifest = Manifest(id="a.B", name="B", command=("xterm", "-e", "sh -c 'a b'"), display="xwayland")
    plan = plan_of(manifest)
    assert plan.arguments[:2] == ("/bin/sh", "-c")
    assert "-nolisten tcp" in plan.arguments[2]
    parts = int(plan.arguments[4])
    for name, text in zip(plan.arguments[5 : 5 + 2 * parts : 2], plan.arguments[6 : 5 + 2 * parts : 2], strict=True):
        compile(text, name, "exec")
    assert "x11_selections" in plan.arguments[5 : 5 + 2 * parts]
    assert plan.arguments[5 + 2 * parts :] == manifest.command, "as arguments, never as part of the script"
    environment = dict(plan.environment)
    assert (environment["DISPLAY"], environment["GDK_BACKEND"], environment["QT_QPA_PLATFORM"]) == (":0", "x11", "xcb")
    assert "DISPLAY" not in dict(plan_of(Manifest(id="a.B", name="B", command=("foot",))).environment)


def test_windows_of_an_x11_program_are_shown_by_xpra_inside() -> None:
    manifest = Manifest(id="a.B", name="B", command=("xterm", "-e", "sh -c 'a b'"), display="xpra")
    plan = plan_of(manifest)
    script, client = plan.arguments[2], plan.arguments[4]
    assert plan.arguments[:2] == ("/bin/sh", "-c")
    for word in ("-nolisten tcp", "-nolisten local", "--mdns=no", "--ssl=off", "--html=off"):
        assert word in script, "nothing but its own sockets, in its own files"
    assert "bind-tcp" not in script and "--bind=" in script
    parts = int(plan.arguments[5])
    written = dict(zip(plan.arguments[6 : 6 + 2 * parts : 2], plan.arguments[7 : 6 + 2 * parts : 2], strict=True))
    assert set(written) == {"x11_wire", "x11_settings"}
    for name, text in {**written, "xpra_client": client}.items():
        compile(text, f"{name}.py", "exec")
    assert plan.arguments[6 + 2 * parts :] == manifest.command, "as arguments, never as part of the script"
    assert dict(plan.environment)["DISPLAY"] == ":0"


def test_a_program_of_the_command_line_gets_a_terminal_inside_that_has_its_name() -> None:
    manifest = Manifest(id="a.B", name="B $(x) it's", command=("mc", "-e sh"), display="terminal")
    plan = plan_of(manifest, arguments=("a file", "--help"))
    assert plan.arguments[0] == "foot"
    assert {"--app-id=a.B", "--title=B $(x) it's"} <= set(plan.arguments)
    assert plan.arguments[-5:] == ("B $(x) it's", "mc", "-e sh", "a file", "--help"), "never as part of the script"
    assert not any("$(x)" in argument for argument in plan.arguments if "trap" in argument)
    assert dict(plan.environment)["WAYLAND_DISPLAY"] == "wayland-0" and plan.network == "none"


def test_an_app_that_serves_a_page_gets_a_browser_inside_and_no_network() -> None:
    manifest = Manifest(id="a.B", name="B", command=("serve",), display="web", web=WebPage(8888, "/$(x)?a='1'"))
    plan = plan_of(manifest, arguments=("folder",))
    assert plan.arguments[:2] == ("/bin/bash", "-c")
    assert plan.arguments[4:] == ("8888", "/$(x)?a='1'", "serve", "folder"), "never as part of the script"
    assert plan.network == "none" and not plan.network_later
