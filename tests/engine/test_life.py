"""From a request to a running app, and back to nothing."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from berth.core import messages as m
from berth.core.problem import Problem
from tests.engine.process import Caller, EngineProcess, PlayedDisplay, ends

SLEEPER = "org.example.Sleeper"
CHANGED = "As changed by the test"


def inside(caller: Caller, instance: str, *command: str) -> str:
    """What a command inside the instance prints."""
    reader, writer = os.pipe()
    null = os.open(os.devnull, os.O_RDWR)
    try:
        result = caller.call(m.ExecInInstance(instance, command), (null, writer, writer))
    finally:
        os.close(writer)
        os.close(null)
    with os.fdopen(reader) as output:
        said = output.read()
    assert result == m.Exited(0), said
    return said


def test_app_runs_and_leaves_nothing(engine: EngineProcess, display: PlayedDisplay, caller: Caller) -> None:
    instance = caller.call(m.RunApp(SLEEPER)).instance
    assert instance.startswith("sleeper-")
    listening = display.expect(m.ListenInstance)
    assert (listening.instance, listening.app) == (instance, SLEEPER)
    assert (engine.paths.instances / instance / "wayland-0").is_socket()
    info = caller.call(m.ListInstances()).instances[0]
    assert (info.instance, info.app, info.name, info.network) == (instance, SLEEPER, "Sleeper", False)
    assert info.state == "starting" and info.pid > 0 and info.runtime == "bubblewrap" and info.limits
    caller.call(m.StopInstance(instance))
    assert caller.call(m.ListInstances()).instances == ()
    assert display.expect(m.ForgetInstance).instance == instance
    ended = caller.event(m.InstanceEnded)
    assert (ended.instance, ended.reason) == (instance, "")
    assert ends(info.pid)
    assert engine.residue() == [next(line for line in engine.residue() if "--name" in line)]


def test_an_app_that_runs_once_can_be_named_itself(
    engine: EngineProcess, display: PlayedDisplay, caller: Caller
) -> None:
    first = caller.call(m.RunApp(SLEEPER)).instance
    assert inside(caller, SLEEPER, "echo", "here") == "here\n"
    second = caller.call(m.RunApp(SLEEPER)).instance
    with pytest.raises(Problem) as caught:
        caller.call(m.StopInstance(SLEEPER))
    assert caught.value.code == "several-instances" and first in caught.value.hint and second in caught.value.hint
    caller.call(m.StopInstance(first))
    caller.call(m.StopInstance(SLEEPER))
    assert caller.call(m.ListInstances()).instances == ()
    with pytest.raises(Problem) as caught:
        caller.call(m.StopInstance(SLEEPER))
    assert caught.value.code == "unknown-instance"


def test_a_closed_window_that_nothing_inside_can_be_told_of_ends_the_app(
    engine: EngineProcess, display: PlayedDisplay, caller: Caller
) -> None:
    instance = caller.call(m.RunApp(SLEEPER)).instance
    display.expect(m.ListenInstance)
    display.link.send(m.InstanceCloseWanted("nobody"))
    display.link.send(m.InstanceCloseWanted(instance))
    assert caller.event(m.InstanceEnded).instance == instance


@pytest.mark.parametrize(("asked", "windows", "told"), [(True, (0,), False), (False, (0,), True), (True, (1, 0), True)])
def test_who_closes_an_app_is_not_told_of_its_exit_code(
    display: PlayedDisplay, caller: Caller, asked: bool, windows: tuple[int, ...], told: bool
) -> None:
    """Nor is the app excused for what it does after it went on with other windows."""
    instance = caller.call(m.RunApp("org.example.Waits")).instance
    display.expect(m.ListenInstance)
    display.map(instance, 2)
    if asked:
        display.link.send(m.InstanceCloseAsked(instance))
    for count in windows:
        display.map(instance, count)
    caller.event(m.InstanceChanged, lambda event: event.info.windows == 2)
    caller.events.clear()  # before it had windows it had none, too
    caller.event(m.InstanceChanged, lambda event: event.info.windows == windows[-1])
    inside(caller, instance, "/bin/touch", "/home/berth/told")
    ended = caller.event(m.InstanceEnded)
    assert (ended.code, ended.reason) == (3, "Waits exited with code 3: sorry" if told else "")


def test_the_socket_handed_to_display_is_the_one_in_the_app(
    engine: EngineProcess, display: PlayedDisplay, caller: Caller
) -> None:
    instance = caller.call(m.RunApp(SLEEPER)).instance
    display.expect(m.ListenInstance)
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(engine.paths.instances / instance / "wayland-0"))
        client.sendall(b"hello")
        served, _address = display.sockets[instance].accept()
        with served:
            assert served.recv(5) == b"hello"


def test_app_is_where_the_plan_says(display: PlayedDisplay, caller: Caller) -> None:
    instance = caller.call(m.RunApp(SLEEPER)).instance
    said = inside(caller, instance, "/bin/sh", "-c", "id -u; pwd; echo $HOME; ls -a /home /run/berth; ls /run/user/*")
    assert said.split() == [
        "1000",
        "/home/berth",
        "/home/berth",
        "/home:",
        ".",
        "..",
        "berth",
        "/run/berth:",
        ".",
        "..",
        "wayland-0",
        "wayland-0",
    ]
    inside(caller, instance, "/bin/touch", "/home/berth/file", "/tmp/file")


def test_home_is_kept_only_if_the_manifest_says_so(
    engine: EngineProcess, display: PlayedDisplay, caller: Caller
) -> None:
    for app, kept in ((SLEEPER, False), ("org.example.Keeper", True)):
        first = caller.call(m.RunApp(app)).instance
        inside(caller, first, "/bin/touch", "/home/berth/mine")
        caller.call(m.StopInstance(first))
        second = caller.call(m.RunApp(app)).instance
        assert ("mine" in inside(caller, second, "/bin/ls", "/home/berth")) == kept
        assert (engine.paths.apps / app / "home").exists() == kept


def test_waiting_for_a_window_ends_when_it_is_mapped(display: PlayedDisplay, caller: Caller) -> None:
    number = caller.begin(m.RunApp(SLEEPER, wait="window"))
    instance = display.expect(m.ListenInstance).instance
    display.map(instance)
    assert caller.result(number) == m.Started(instance)
    info = caller.call(m.ListInstances()).instances[0]
    assert (info.state, info.windows) == ("running", 1)


def test_waiting_for_a_window_of_an_app_that_exits_says_how(display: PlayedDisplay, caller: Caller) -> None:
    with pytest.raises(Problem) as raised:
        caller.call(m.RunApp("org.example.Exits", wait="window"))
    assert raised.value.message == "Exits exited at once with code 3: sorry"
    ended = caller.event(m.InstanceEnded)
    assert (ended.code, ended.reason) == (3, "Exits exited with code 3: sorry")


def test_app_that_ends_without_a_window_is_no_success(display: PlayedDisplay, caller: Caller) -> None:
    with pytest.raises(Problem, match="Ends ended without opening a window"):
        caller.call(m.RunApp("org.example.Ends", wait="window"))
    ended = caller.event(m.InstanceEnded)
    assert (ended.code, ended.reason) == (0, "")


def test_arguments_reach_the_app(display: PlayedDisplay, caller: Caller, manifests: Path) -> None:
    replace_command(caller, manifests, "org.example.Exits", '["/bin/sh", "-c"]')
    with pytest.raises(Problem, match="code 7: given"):
        caller.call(m.RunApp("org.example.Exits", ("echo given >&2; exit 7",), wait="window"))


def replace_command(caller: Caller, manifests: Path, app: str, command: str) -> None:
    """Change a manifest and wait until the engine has seen it."""
    path = manifests / f"{app}.toml"
    lines = [line for line in path.read_text().splitlines() if not line.startswith("command")]
    path.write_text("\n".join([f"command = {command}", f'summary = "{CHANGED}"', *lines]))
    caller.event(m.AppsChanged, lambda event: (app, CHANGED) in {(info.app, info.summary) for info in event.apps})


def test_stubborn_app_is_killed_by_force(display: PlayedDisplay, caller: Caller) -> None:
    instance = caller.call(m.RunApp("org.example.Stubborn")).instance
    caller.call(m.StopInstance(instance, force=True))
    assert caller.call(m.ListInstances()).instances == ()


def test_logs_hold_what_the_app_said(display: PlayedDisplay, caller: Caller) -> None:
    instance = caller.call(m.RunApp("org.example.Stubborn")).instance
    assert caller.call(m.GetLogs(instance)) == m.Logs("")


def test_what_an_app_said_is_known_after_its_end(display: PlayedDisplay, caller: Caller, manifests: Path) -> None:
    replace_command(caller, manifests, "org.example.Exits", '["/bin/sh", "-c"]')
    ended = []
    for word in ("first", "second"):
        with pytest.raises(Problem):
            caller.call(m.RunApp("org.example.Exits", (f"echo {word}; echo sorry >&2; exit 7",), wait="window"))
        ended.append(caller.event(m.InstanceEnded).instance)
    # By its app's id it is the latest.
    assert caller.call(m.GetLogs("org.example.Exits")) == m.Logs("second\nsorry\n")
    assert [caller.call(m.GetLogs(instance)).text for instance in ended] == ["first\nsorry\n", "second\nsorry\n"]
    with pytest.raises(Problem, match="no instance"):
        caller.call(m.GetLogs("org.example.Silent"))


def test_logs_are_bounded(display: PlayedDisplay, caller: Caller, manifests: Path) -> None:
    replace_command(caller, manifests, SLEEPER, '["/bin/sh", "-c", "yes line | head -n 200000; sleep 1000"]')
    instance = caller.call(m.RunApp(SLEEPER)).instance
    text = ""
    while len(text) < 200 << 10:
        text = caller.call(m.GetLogs(instance)).text
    assert len(text.encode()) <= 256 << 10
    assert set(text.splitlines()[:-1]) == {"line"}


def test_ending_the_session_stops_every_app(engine: EngineProcess, display: PlayedDisplay, caller: Caller) -> None:
    for _ in range(3):
        caller.call(m.RunApp(SLEEPER))
    caller.call(m.RunApp("org.example.Stubborn"))
    engine.end()  # looks for residue itself
