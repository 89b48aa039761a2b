"""`berth inside`: each part with its sentence, of an app that is confined and of one that is not."""

from __future__ import annotations

import argparse
import json

import msgspec
import pytest

from berth import commands, inside_commands
from berth.core import inside as i
from berth.core import messages as m

NOTHING = i.Capabilities((), (), (), (), ())
FOUND = i.Inside(
    instance="b-1",
    runtime="bubblewrap",
    processes=(i.ProcessInside(2, 4242, 1, "b\x1b[31m", "b --quick", 3_000_000, 1.25, 2),),
    namespaces=(
        i.NamespaceInside("net", 17, False),
        i.NamespaceInside("ipc", 18, False, ("c-1",)),
        i.NamespaceInside("time", 1, True),
    ),
    mounts=(i.MountInside("/run/folders/P", "/home/me/P", "ext4", "ro", False, "folder", "folder:/home/me/P"),),
    capabilities=NOTHING,
    seccomp=i.Seccomp("filter", 1, ("bpf", "mount"), ("socket",)),
    no_new_privileges=True,
    uid=1001,
    uid_map=(i.IdRange(1000, 1001, 1),),
    gid_map=(),
    limits=(i.ResourceLimit("open files", 256, 256, "files"), i.ResourceLimit("cpu time", -1, -1, "seconds")),
    group=i.ControlGroup(2, "/g", 5_000_000, 512_000_000, 3, i.UNLIMITED, 1.5, 0.5),
    sockets=(i.SocketInside("unix", "connected", "", "wayland-0", True, (2, 3)),),
    devices=(i.DeviceInside("lo", 1, 1),),
    environment=(i.Variable("TOKEN"), i.Variable("LANG", "C", True)),
    files=(i.FileInside("/home/berth/x", 2, "home"),),
    directory="/srv",
    stop_signal="SIGINT",
)


def shown(found: i.Inside, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], **options: bool) -> str:
    monkeypatch.setattr(commands, "ask", lambda _options, _request: m.InstanceInside(found))
    assert inside_commands.inside(argparse.Namespace(**{"instance": "b-1", "json": False, **options})) == 0
    return capsys.readouterr().out


def test_a_confined_app(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(FOUND, monkeypatch, capsys)
    lines = [" ".join(line.split()) for line in text.splitlines()]
    for line in (
        "1 process of b-1, under bubblewrap.",
        "2 4242 b\N{REPLACEMENT CHARACTER}[31m 3.0 MB 1.2 s 2 b --quick",
        "It runs as nobody you know: user 1000 inside, 1001 outside.",
        "It works in /srv and is asked to end by SIGINT.",
        "net 17 its own",
        "ipc 18 shared with c-1",
        "time 1 the desktop's, shared",
        "It has no power over the system at all (capabilities).",
        "2 system calls are refused, and some uses of socket (seccomp; the names: --json).",
        "memory 5.0 MB 512.0 MB",
        "processes 3 no limit",
        "processors 1.5 s 0.5",
        "open files 256 256 files",
        "/run/folders/P no a folder of yours /home/me/P ext4 folder:/home/me/P",
        "unix connected - the desktop: wayland-0 2, 3",
        "It has no way to any network.",
        "TOKEN (not shown)",
        "LANG C",
        "2 /home/berth/x its own data",
    ):
        assert line in lines, line
    assert "cpu time" not in text and "Not visible" not in text and "\x1b" not in text


def test_an_app_with_powers(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    found = msgspec.structs.replace(
        FOUND,
        capabilities=msgspec.structs.replace(NOTHING, effective=("net_admin",)),
        seccomp=i.Seccomp("off", 0),
        no_new_privileges=False,
        uid=0,
        uid_map=(i.IdRange(0, 0, 4294967295),),
        group=None,
        sockets=(),
        devices=(i.DeviceInside("tap0", 1000, 2000),),
        hidden=("environment", "files"),
        left_out=("mounts",),
        directory="",
    )
    lines = [" ".join(line.split()) for line in shown(found, monkeypatch, capsys).splitlines()]
    for line in (
        "It runs as user 0 inside, 0 outside.",
        "It is asked to end by SIGINT.",
        "It has these powers over the system: net_admin. A program that it starts may get more.",
        "Its system calls are not filtered (seccomp: off).",
        "It has no control group of its own; limits hold for each process.",
        "It has no connection to anything.",
        "It has a way to the network.",
        "tap0 1.0 kB 2.0 kB",
        "Not visible to you: variables, open files.",
        "Too much to show all: mounts.",
    ):
        assert line in lines, line


def test_data(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    data = json.loads(shown(FOUND, monkeypatch, capsys, json=True))
    assert (data["directory"], data["stop_signal"]) == ("/srv", "SIGINT")
    assert data["processes"][0]["host_pid"] == 4242 and data["seccomp"]["refused"] == ["bpf", "mount"]
    assert data["environment"][0] == {"name": "TOKEN", "value": "", "shown": False}
