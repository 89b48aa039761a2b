"""Drag and drop with real apps: text between toolkits, files within one app, a tab that becomes a window."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.picture import Picture
from tests.session.desktop import Desktop, wait_until

MOUSEPAD = "org.xfce.mousepad"
TEXT_EDITOR = "org.gnome.TextEditor"
FEATHERPAD = "io.github.tsujan.FeatherPad"
THUNAR = "org.xfce.thunar"
CHROMIUM = "org.chromium.Chromium"

Point = tuple[int, int]
_TAKEN = ("copy", "move")
"""What the pointer looks like then."""


class Hand:
    """The pointer of a desktop, as slow as a person's."""

    def __init__(self, desktop: Desktop, tmp_path: Path) -> None:
        self._desktop = desktop
        self._file = tmp_path / "screen.png"

    def _run(self, *arguments: object) -> None:
        self._desktop.run("input", *map(str, arguments))

    def take(self, start: Point) -> None:
        """Press there and pull far enough for a drag to begin."""
        self._run("move", *start)
        self._run("button", "press")
        for step in range(1, 6):
            self._run("move", start[0] + 4 * step, start[1] + 2 * step)

    def carry(self, to: Point) -> None:
        self._run("move", to[0] - 4, to[1] - 4)
        self._run("move", *to)

    def offer(self, to: Point) -> None:
        """Carry it about there, until who is there takes it: what is dropped before is given up.

        An app that has just opened its window may hear nothing of what came to it before.
        """

        window = self._at(to)

        def taken() -> bool:
            self.carry(to)
            pointer = self._desktop.json("pointer")
            # Whatever is on the way may take it, too.
            return pointer["cursor"] in _TAKEN and pointer["target"] == window

        wait_until(taken, f"what is at {to} to take it")

    def _at(self, place: Point) -> int:
        """The window that is seen there, 0 for the background."""
        x, y = place
        found = [w for w in self._desktop.windows() if 0 <= x - w["x"] < w["width"] and 0 <= y - w["y"] < w["height"]]
        return int(max(found, key=lambda window: window["z"])["window"]) if found else 0

    def drop(self) -> None:
        self._run("button", "release")

    def key(self, keys: str) -> None:
        self._run("key", keys)

    def screen(self) -> Picture:
        return Picture(self._desktop.screenshot(self._file))


def open_at(desktop: Desktop, app: str, place: Point, size: Point = (560, 420)) -> str:
    instance = desktop.start(app)
    number = str(desktop.window_of(instance)["window"])
    desktop.run("resize", number, *map(str, size))
    desktop.run("move", number, *map(str, place))
    wait_until(lambda: desktop.window_of(instance)["width"] == size[0], f"the new size of {app}")
    return instance


def marked_text(desktop: Desktop, hand: Hand, instance: str, text: str) -> Point:
    """Type into a Mousepad and mark all of it; returns a point in the marked text."""
    window = desktop.window_of(instance)
    desktop.run("focus", str(window["window"]))
    desktop.run("input", "type", text)
    hand.key("ctrl+a")
    line = (window["x"] + 4, window["y"] + 32, 60, 12)
    wait_until(lambda: marked(hand.screen(), line), "the text to be marked")
    return window["x"] + 40, window["y"] + 38


def marked(picture: Picture, area: tuple[int, int, int, int]) -> bool:
    red, _green, blue = max(picture.colours(area).items(), key=lambda found: found[1])[0]
    return blue > red + 60


def title_of(desktop: Desktop, instance: str) -> str:
    return str(desktop.window_of(instance)["title"])


def test_text_goes_from_one_app_to_another(desktop: Desktop, tmp_path: Path) -> None:
    """From GTK 3 to GTK 3 and to GTK 4, with the words in hand on their way."""
    hand = Hand(desktop, tmp_path)
    source = open_at(desktop, MOUSEPAD, (40, 60))
    start = marked_text(desktop, hand, source, "dragged words")
    for app, place in ((MOUSEPAD, (660, 60)), (TEXT_EDITOR, (660, 300))):
        target = open_at(desktop, app, place)
        desktop.run("focus", str(desktop.window_of(source)["window"]))
        before = hand.screen()
        hand.take(start)
        hand.offer((place[0] + 200, place[1] + 200))
        words = (place[0] + 190, place[1] + 190, 140, 40)
        wait_until(lambda before=before, words=words: hand.screen().changed(before, words) > 100, "the words in hand")
        hand.drop()
        wait_until(
            lambda target=target: title_of(desktop, target).startswith(("*", "dragged words")), f"the text in {app}"
        )
        assert desktop.window_of(target)["focused"]
        assert title_of(desktop, source).startswith("*"), "it was copied"
        desktop.run("stop", target)
        wait_until(lambda: len(desktop.windows()) == 1, f"{app} to go")


def test_text_goes_between_qt_and_gtk(desktop: Desktop, tmp_path: Path) -> None:
    hand = Hand(desktop, tmp_path)
    gtk = open_at(desktop, MOUSEPAD, (660, 60))
    open_at(desktop, FEATHERPAD, (40, 60))
    desktop.run("input", "type", "words")
    hand.key("ctrl+a")
    line = (44, 156, 40, 14)
    wait_until(lambda: marked(hand.screen(), line), "the text to be marked")
    before = hand.screen()
    hand.take((60, 163))
    hand.offer((850, 250))
    frame = (660, 80, 560, 12)
    wait_until(lambda: hand.screen().changed(before, frame) > 300, "the target to offer itself")
    hand.drop()
    wait_until(lambda: title_of(desktop, gtk).startswith("*"), "the text in the GTK app")


def test_a_file_is_dragged_into_a_folder(desktop: Desktop, tmp_path: Path) -> None:
    """Escape gives it up, the panel does not take it, the folder does."""
    hand = Hand(desktop, tmp_path)
    instance = open_at(desktop, THUNAR, (40, 80), (640, 420))
    shell = ("exec", instance, "--", "/bin/sh", "-c")
    before = hand.screen()
    desktop.run(*shell, "mkdir -p /home/berth/into; echo x > /home/berth/zfile.txt")
    file, folder = (325, 190), (252, 190)
    around = (file[0] - 30, file[1] - 30, 60, 60)
    wait_until(lambda: hand.screen().changed(before, around) > 500, "the file to be shown")

    def inside() -> str:
        return desktop.run(*shell, "ls /home/berth/into").stdout.strip()

    hand.take(file)
    hand.carry(folder)
    hand.key("Escape")
    hand.drop()
    hand.take(file)
    hand.carry((640, 780))
    hand.drop()
    assert inside() == ""
    shown = hand.screen()
    hand.take(file)
    hand.offer(folder)
    wait_until(lambda: hand.screen().changed(shown, (folder[0] - 30, folder[1] - 30, 60, 60)) > 100, "the open folder")
    hand.drop()
    wait_until(lambda: inside() == "zfile.txt", "the file in the folder")


def has_tabs(picture: Picture, window: dict[str, Any], first: bool, second: bool) -> bool:
    """Which place in the strip of tabs is the shown page's, to its end: that one has the colour of what is below."""

    def shown(along: int) -> bool:
        x, y = window["x"] + along, window["y"]
        return picture.at(x, y + 6) == picture.at(x, y + 42)

    return (shown(160), shown(480)) == (first, second)


def test_a_tab_becomes_a_window_and_a_tab_again(desktop: Desktop, tmp_path: Path) -> None:
    hand = Hand(desktop, tmp_path)
    desktop.run("permissions", CHROMIUM, "network", "deny")
    instance = open_at(desktop, CHROMIUM, (40, 60), (700, 420))
    window = desktop.window_of(instance)
    wait_until(lambda: has_tabs(hand.screen(), window, True, False), "the first page")
    hand.key("ctrl+t")
    wait_until(lambda: has_tabs(hand.screen(), window, False, True), "the second tab")
    hand.take((380, 80))
    hand.carry((600, 500))
    wait_until(lambda: len(desktop.windows()) == 2, "the window of the tab")
    hand.carry((640, 560))
    hand.drop()

    def let_go() -> dict[str, Any] | None:
        [found] = [found for found in desktop.windows() if found["window"] != window["window"]]
        return found if found["focused"] and abs(found["y"] + 20 - 560) < 20 else None

    torn = wait_until(let_go, "it to lie where it was let go")
    wait_until(lambda: has_tabs(hand.screen(), torn, True, False), "its tab")
    hand.take((torn["x"] + 110, torn["y"] + 20))
    hand.carry((600, 400))
    hand.carry((400, 80))
    wait_until(lambda: len(desktop.windows()) == 1, "the tab to be back")
    hand.drop()
    wait_until(lambda: len(desktop.windows()) == 1, "one window")
