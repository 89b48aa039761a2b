"""Images without windows and without a terminal, in a window of Berth's: typed to, resized, ended, killed."""

from __future__ import annotations

import gzip
import os
import re
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from berth.core.lent_terminal import companion
from tests.images.archives import ARCHITECTURE, directory, link, member, tar
from tests.images.registry import Made, Memory, PlayedRegistry, playing
from tests.picture import Picture
from tests.session.desktop import Desktop, wait_until

pytestmark = pytest.mark.timeout(300)
FOOT = "org.codeberg.dnkl.foot"
SENTENCE = 1000
"""Pixels that it changes at least, more than a word and what is typed."""
BUSYBOX = Path("/bin/busybox")
APPLETS = ("sh", "cat", "sleep", "stty", "tty", "ls", "env", "ps")


def image(*command: str) -> Made:
    """An image as registries have them: a program of the command line, and nothing that shows it."""
    folders = [directory(name) for name in ("bin", "etc", "usr", "proc", "dev", "tmp", "run", "home", "var")]
    files = [member("bin/busybox", BUSYBOX.read_bytes(), mode=0o755), member("etc/resolv.conf")]
    links = [link(f"bin/{name}", "busybox") for name in APPLETS]
    config = {"Cmd": list(command), "Env": ["GREETING=ahoy"]}
    said: dict[str, object] = {"architecture": ARCHITECTURE, "os": "linux", "config": config}
    return Made([tar([*folders, *files, *links])], said, lambda layer: gzip.compress(layer, 1, mtime=0))


@pytest.fixture
def memory() -> Memory:
    return Memory()


@pytest.fixture
def registry(memory: Memory) -> Iterator[PlayedRegistry]:
    with playing(memory) as played:
        yield played


def left(desktop: Desktop, start: str) -> list[str]:
    """What lies in the session's directory under names that begin so; its folders may go meanwhile."""
    found = (name for _folder, folders, files in os.walk(desktop.paths.runtime) for name in (*folders, *files))
    return [name for name in found if name.startswith(start)]


class Shown:
    """One instance, its window, and what its program has said."""

    def __init__(self, desktop: Desktop, instance: str) -> None:
        self.desktop = desktop
        self.instance = instance
        self.window = desktop.window_of(instance)
        wait_until(lambda: desktop.window_of(instance)["focused"], "the keyboard to be the program's")

    def type(self, text: str) -> None:
        self.desktop.run("input", "type", text)
        self.desktop.run("input", "key", "Return")

    def said(self, text: str) -> str:
        logs = wait_until(lambda: self._logs(text), f"“{text}” in {self._logs('')!r}")
        return str(logs)

    def _logs(self, text: str) -> str:
        log = self.desktop.run("logs", self.instance, code=None).stdout
        return log if text in log else ""

    def picture(self) -> Picture:
        return Picture(self.desktop.screenshot(self.desktop.paths.runtime / "now.png"))

    def area(self) -> tuple[int, int, int, int]:
        window = self.desktop.window_of(self.instance)
        return window["x"], window["y"], window["width"], window["height"]

    def gone(self) -> None:
        wait_until(lambda: not self.desktop.json("ps"), "the end of the app")
        assert left(self.desktop, self.instance) == []


@pytest.fixture
def start(
    new_desktop: Callable[..., Desktop], memory: Memory, registry: PlayedRegistry
) -> Iterator[Callable[..., Shown]]:
    """Fetches an image by its reference, and starts it as a user would; removed in the end without a trace."""
    desktop = new_desktop()
    apps: set[str] = set()

    def begin(*command: str) -> Shown:
        image(*command).push(memory)
        app = desktop.run("images", "pull", f"{registry.name}:1", "--yes").stdout.strip()
        apps.add(app)
        desktop.run("permissions", app, "network", "deny")  # a question would take the keyboard
        desktop.run("run", f"{registry.name}:1", "--wait", "window")
        (row,) = desktop.json("ps")
        return Shown(desktop, row["instance"])

    yield begin
    for app in apps:
        desktop.run("remove", "--yes", app)
        assert not desktop.json("residue", app)["found"]


def test_an_image_of_a_registry_opens_in_a_terminal(start: Callable[..., Shown]) -> None:
    shown = start("sh")
    desktop, window = shown.desktop, shown.window
    assert window["app"] == window["app_id"] and window["app"].startswith("local.")
    (row,) = desktop.json("ps")
    assert (row["runtime"], row["windows"]) == ("bubblewrap", 1)
    shown.said("$ ")
    shown.type("tty; echo $GREETING, $TERM; stty size; ls /run/berth")
    log = shown.said("ahoy, xterm-256color")
    assert "/dev/pts/0" in log
    assert "wayland-0" in log and "program" not in log.rpartition("ls /run/berth")[2], (
        "the terminal's socket is not the program's"
    )
    desktop.run("maximize", str(window["window"]))

    def grown() -> bool:
        shown.type("echo now $(stty size).")
        sizes = re.findall(r"^now ([0-9]+) ([0-9]+)[.]$", shown.said("now "), re.MULTILINE)
        return bool(sizes) and int(sizes[-1][0]) > 30 and int(sizes[-1][1]) > 100

    wait_until(grown, "the size of the window")
    shown.type("sleep 1000")
    # A shell that has not begun it yet takes the key for a letter.
    listed = ("exec", shown.instance, "--", "ps")
    wait_until(lambda: "sleep 1000" in desktop.run(*listed).stdout, "the program to run")
    desktop.run("input", "key", "ctrl+c")
    shown.type("echo then $((3 + 3))")
    shown.said("then 6")
    desktop.run("close", str(window["window"]))
    shown.gone()


def test_what_ends_stays_to_be_read_and_starts_again(start: Callable[..., Shown]) -> None:
    shown = start("sh", "-c", "echo turn; read word; exit $word")
    shown.said("turn")
    before = shown.picture()
    shown.type("3")
    wait_until(lambda: shown.picture().changed(before, shown.area()) > SENTENCE, "the sentence about its end")
    shown.desktop.run("input", "key", "Return")
    wait_until(lambda: shown.said("turn").count("turn") == 2, "the second turn")
    before = shown.picture()
    shown.type("4")
    wait_until(lambda: shown.picture().changed(before, shown.area()) > SENTENCE, "the sentence about its end")
    shown.desktop.run("input", "key", "Escape")
    shown.gone()


@pytest.mark.parametrize("name", ["engine", "ui"])
def test_it_goes_on_when_a_part_of_the_desktop_dies(start: Callable[..., Shown], name: str) -> None:
    shown = start("sh")
    desktop = shown.desktop
    desktop.kill(name)
    wait_until(lambda: [row["instance"] for row in desktop.json("ps")] == [shown.instance], "the app to be known again")
    again = Shown(desktop, shown.instance)
    again.said("$ ")
    again.type("echo alive $((4 + 4))")
    again.said("alive 8")
    desktop.run("close", str(again.window["window"]))
    again.gone()


def test_a_terminal_that_is_killed_takes_its_program_along(start: Callable[..., Shown]) -> None:
    shown = start("sh", "-c", "trap '' HUP; echo up; sleep 1000")
    shown.said("up")
    socket = shown.desktop.paths.runtime / "private" / companion(shown.instance) / "supervisor.sock"
    assert socket.exists()
    pid = next(
        int(path.name)
        for path in Path("/proc").glob("[0-9]*")
        if path.name != str(os.getpid()) and companion(shown.instance).encode() in _environment(path)
    )
    os.kill(pid, signal.SIGKILL)
    shown.gone()


def _environment(process: Path) -> bytes:
    try:
        return (process / "environ").read_bytes()
    except OSError:
        return b""


def test_a_shell_inside_of_any_app(desktop: Desktop) -> None:
    """Foot has a window of its own: the shell is another one, in the same container."""
    instance = desktop.start(FOOT)
    first = desktop.window_of(instance)["window"]
    desktop.run("shell", instance)

    def shell_window() -> dict[str, Any] | None:
        return next((w for w in desktop.windows() if w["instance"] == instance and w["window"] != first), None)

    window = wait_until(shell_window, "the shell's window")
    assert (window["title"], window["app"]) == ("Foot (shell)", FOOT)
    wait_until(lambda: (shell_window() or {}).get("focused"), "the keyboard to be the shell's")
    desktop.run("input", "type", "tty >/tmp/where")
    desktop.run("input", "key", "Return")
    wait_until(
        lambda: desktop.run("exec", instance, "--", "cat", "/tmp/where", code=None).stdout == "/dev/pts/1\n", "it"
    )
    desktop.kill("engine")
    wait_until(lambda: [row["instance"] for row in desktop.json("ps")] == [instance], "the app to be known again")
    desktop.run("close", str(window["window"]))
    wait_until(lambda: not shell_window(), "the end of the shell alone")
    wait_until(lambda: not left(desktop, f"{instance}."), "nothing to be left of it")
    assert desktop.window_of(instance)["window"] == first
    desktop.run("shell", instance)
    wait_until(shell_window, "another one")
    desktop.run("stop", instance)
    wait_until(lambda: not desktop.windows(), "all of its windows to go")
    wait_until(lambda: not left(desktop, instance), "nothing to be left of the app")
