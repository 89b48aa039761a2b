"""The on-screen keyboard and real apps: what fingers type arrives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.session.desktop import Desktop, wait_until

pytestmark = pytest.mark.timeout(300)
FOOT = "org.codeberg.dnkl.foot"
KEYS = {" ": "space", "\n": "enter", ">": "t>", "/": "t/"}


class Screen:
    """Fingers on the keys of a desktop."""

    def __init__(self, desktop: Desktop) -> None:
        self.desktop = desktop

    def keyboard(self, action: str = "") -> dict[str, Any]:
        return dict(self.desktop.json("keyboard", *([action] if action else [])))

    def touch(self, label: str) -> None:
        """Put a finger on the key of that name, or else with that on it."""
        x, y, width, height = wait_until(lambda: self._place(label), f"the key {label}")
        self.desktop.run("input", "touch", str(x + width // 2), str(y + height // 2))

    def _place(self, label: str) -> list[int] | None:
        keys = self.keyboard()["keys"]
        named = [key["rect"] for key in keys if key["name"] == label]
        return next(iter(named or [key["rect"] for key in keys if key["label"] == label]), None)

    def type(self, text: str) -> None:
        for character in text:
            self.touch(KEYS.get(character, character))


def test_a_terminal_is_typed_in_by_fingers(new_desktop: Callable[..., Desktop]) -> None:
    desktop = new_desktop(extra=("--form-factor", "tablet"))
    instance = desktop.start(FOOT)
    desktop.window_of(instance)
    screen = Screen(desktop)
    screen.keyboard("show")
    wait_until(lambda: screen.keyboard()["keys"], "the keys")
    screen.type("mkdir typed\n")
    wait_until(
        lambda: "typed" in desktop.run("exec", instance, "--", "/bin/sh", "-c", "ls ~", code=None).stdout.split(),
        "the command to run",
    )
    assert desktop.window_of(instance)["focused"]
    desktop.kill("ui")
    wait_until(lambda: desktop.json("keyboard")["mode"] == "auto", "the next ui")


@pytest.mark.parametrize("app", ["org.gnome.TextEditor", "io.github.tsujan.FeatherPad"])
def test_it_comes_when_a_text_editor_is_touched(new_desktop: Callable[..., Desktop], app: str) -> None:
    """GTK 4 speaks text-input 3 and Qt 5 version 2; what no key makes arrives as text."""
    desktop = new_desktop()
    home = desktop.paths.apps / app / "home"
    home.mkdir(mode=0o700, parents=True)
    (home / "note.txt").write_text("")
    instance = desktop.start(app, "/home/berth/note.txt")
    # Some open their window first, and the file in a while.
    wait_until(lambda: "note.txt" in desktop.window_of(instance)["title"], "the file in the editor")
    window = desktop.window_of(instance)
    screen = Screen(desktop)
    assert not screen.keyboard()["shown"]
    # In its text, and where the keyboard will not lie: it may come between a look and the next touch.
    x, y = str(window["x"] + window["width"] // 2), str(window["y"] + window["height"] // 3)

    def touched() -> bool:
        desktop.run("input", "touch", x, y)
        return bool(screen.keyboard()["shown"])

    wait_until(touched, "the keyboard")
    assert int(y) < min(key["rect"][1] for key in screen.keyboard()["keys"]), "no key was touched"
    screen.touch("k35")
    screen.touch("k23")
    screen.touch("page-symbols")
    screen.touch("t€")
    screen.touch("page-letters")
    screen.touch("control")
    screen.touch("k31")
    wait_until(
        lambda: desktop.run("exec", instance, "--", "cat", "/home/berth/note.txt", code=None).stdout.strip() == "hi€",
        "the file",
    )
    desktop.run("close", str(window["window"]))
    wait_until(lambda: not screen.keyboard()["shown"], "the keyboard to go with its window")


def test_x11_programs_get_keys(new_desktop: Callable[..., Desktop]) -> None:
    desktop = new_desktop(extra=("--form-factor", "tablet"))
    instance = desktop.start("net.invisible_island.XTerm")
    desktop.window_of(instance)
    screen = Screen(desktop)
    screen.keyboard("show")
    screen.type("mkdir typed\n")
    wait_until(
        lambda: "typed" in desktop.run("exec", instance, "--", "/bin/sh", "-c", "ls ~", code=None).stdout.split(),
        "the command to run",
    )
