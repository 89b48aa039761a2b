"""Programs of the X Window System whose windows are windows of the desktop, each with a server of its own.

What of XTerm a person uses, also its clipboard, is in the matrix of apps.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from berth.core import messages as m
from berth.engine.images.sources import host_suite
from berth.link.blocking import BlockingLink
from tests.picture import Picture, Rect
from tests.session.desktop import Desktop, wait_until

# Each app brings up a server, and a client of it.
pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.skipif(host_suite() != "bookworm", reason="of Debian's suites bookworm alone has Xpra"),
]

XTERM = "net.invisible_island.XTerm"
_PANEL = 50
_CLOCK = 120
"""Width of the part of the panel, at its end, that changes by itself."""
_TITLE_BAR = 37
"""Pixels of a window's frame above what its program draws; another colour while the window is not in front."""
_LINE = 13
"""Pixels from one line of XTerm's text to the next."""
_REVERSE_VIDEO = 66
"""Pixels from the upper edge of XTerm's menu to its third entry."""


def windows(desktop: Desktop, instance: str) -> dict[str, dict[str, Any]]:
    """Those of the instance, by their titles."""
    return {window["title"]: window for window in desktop.windows() if window["instance"] == instance}


def inside(desktop: Desktop, instance: str, *command: str) -> str:
    return desktop.run("exec", instance, "--", *command).stdout


def started(desktop: Desktop, title: str) -> str:
    instance = desktop.start(XTERM, "-T", title)
    wait_until(lambda: title in windows(desktop, instance), f"the window “{title}”")
    return instance


def processes_of(place: str) -> list[str]:
    """Processes of this machine that were started with `place` in their arguments."""
    found = []
    for directory in Path("/proc").glob("[0-9]*"):
        try:
            arguments = (directory / "cmdline").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if place in arguments:
            found.append(arguments[:200])
    return found


def test_windows_are_apart_outlive_their_client_and_leave_nothing(desktop: Desktop, tmp_path: Path) -> None:
    instance = started(desktop, "first")
    place = inside(desktop, instance, "sh", "-c", "echo /tmp/tmp.*").strip()
    assert processes_of(place)
    inside(desktop, instance, "sh", "-c", "xterm -T second -e tee /tmp/typed >/dev/null 2>&1 &")
    wait_until(lambda: {"first", "second"} == set(windows(desktop, instance)), "a window for each")

    second = windows(desktop, instance)["second"]["window"]
    desktop.run("focus", str(second))
    desktop.run("resize", str(second), "600", "400")
    wait_until(lambda: abs(windows(desktop, instance)["second"]["width"] - 600) < 8, "its new size")
    framed = windows(desktop, instance)["second"]
    assert framed["y"] - framed["frame"][1] == _TITLE_BAR
    typed = 6 * "what it shows, "
    desktop.run("input", "type", typed)
    desktop.run("input", "key", "Return")
    wait_until(lambda: inside(desktop, instance, "cat", "/tmp/typed") == f"{typed}\n", "what was typed")
    before = wait_until(lambda: with_equal_lines(look(desktop, second, tmp_path)), "both lines that show it")
    numbers = {window["window"] for window in windows(desktop, instance).values()}

    inside(desktop, instance, "pkill", "-KILL", "-x", "python3")
    wait_until(
        lambda: (
            {"first", "second"} == set(found := windows(desktop, instance))
            and not numbers & {window["window"] for window in found.values()}
        ),
        "the windows to be back",
        60,
    )
    again = windows(desktop, instance)["second"]["window"]
    wait_until(
        lambda: same(look(desktop, again, tmp_path), before), "what was in the window, without the program's doing"
    )

    for title in ("second", "first"):
        desktop.run("close", str(windows(desktop, instance)[title]["window"]))
        wait_until(lambda title=title: title not in windows(desktop, instance), f"“{title}” to close")
    wait_until(lambda: desktop.json("ps") == [], "the app to end with its last window")
    wait_until(lambda: not processes_of(place), "its last processes to be gone")


def with_equal_lines(picture: Picture) -> Picture | None:
    """If its first two lines of text are there: what is typed, and what is made of it, which comes later."""
    left, top, width, _height = _inner(picture)
    lines = [(left, top + 1 + n * _LINE, width, _LINE) for n in range(2)]
    full = letters(picture, lines[0]) > 500
    return picture if full and picture.rows(lines[0]) == picture.rows(lines[1]) else None


def letters(picture: Picture, area: Rect) -> int:
    """Pixels of another colour than most have."""
    _ground, *others = picture.colours(area).most_common()
    return sum(count for _colour, count in others)


def look(desktop: Desktop, window: int, tmp_path: Path) -> Picture:
    """What is in a window; in all of the screen for 0."""
    return Picture(desktop.screenshot(tmp_path / "window.png", window))


def settled(desktop: Desktop, tmp_path: Path) -> Picture:
    """The screen once three looks at it agree but for a cursor."""
    looks: list[Picture] = []

    def still() -> bool:
        looks.append(look(desktop, 0, tmp_path))
        return len(looks) > 2 and all(same(looks[-1], look) for look in looks[-3:-1])

    wait_until(still, "the screen to stand still")
    return looks[-1]


def same(one: Picture, other: Picture) -> bool:
    """Whether only a cursor, or a frame, differs: which of the windows is in front says nothing of what they show."""
    if (one.width, one.height) != (other.width, other.height):
        return False
    return one.changed(other, _inner(one)) < 300


def _inner(picture: Picture) -> Rect:
    """Below the title bar."""
    return 10, _TITLE_BAR, picture.width - 20, picture.height - _TITLE_BAR - 10


def test_what_joins_an_x_server_in_a_window_to_the_clipboard_is_started_again(desktop: Desktop) -> None:
    desktop.run("set", XTERM, "display=xwayland")
    instance = desktop.start(XTERM, "-T", "first")

    def joins() -> set[str]:
        return set(inside(desktop, instance, "sh", "-c", "pgrep -x python3 || :").split())

    before = wait_until(joins, "the program that joins them")
    inside(desktop, instance, "pkill", "-KILL", "-x", "python3")
    wait_until(lambda: joins() - before, "another one in its place")


def test_a_menu_stays_on_the_screen_and_is_used_where_it_is_seen(desktop: Desktop, tmp_path: Path) -> None:
    """Near the lower edge the desktop moves it up, which its program does not know."""
    menu = "XTerm*VT100.translations: #override <Btn3Down>: popup-menu(vtMenu)"
    instance = desktop.start(XTERM, "-xrm", menu)
    window = desktop.window_of(instance)["window"]
    desktop.run("move", str(window), "300", "380")
    wait_until(lambda: has_prompt(look(desktop, window, tmp_path)), "the prompt")
    before = settled(desktop, tmp_path)
    x, y = desktop.window_of(instance)["x"] + 200, desktop.window_of(instance)["y"] + 250

    desktop.run("input", "move", str(x), str(y))
    desktop.run("input", "button", "--button", "right", "press")
    shown: list[Picture] = []

    def appeared() -> bool:
        shown.append(settled(desktop, tmp_path))
        return shown[-1].changed(before) > 20_000

    wait_until(appeared, "the menu")
    above = (0, 0, before.width, before.height - _PANEL)
    panel = (0, above[3], before.width - _CLOCK, _PANEL)
    left, top, _, bottom = shown[-1].changes(before, above, faint=40).getbbox()
    assert [w["instance"] for w in desktop.windows()] == [instance], "it is no window by itself"
    assert bottom - top > 300 and top < y - 200, "it was moved up, and all of it is there"
    assert shown[-1].changes(before, panel, faint=40).getbbox() is None, "it does not lie over the panel"

    desktop.run("input", "move", str(left + 80), str(top + _REVERSE_VIDEO))
    desktop.run("input", "move", str(left + 82), str(top + _REVERSE_VIDEO))
    desktop.run("input", "button", "--button", "right", "release")

    def is_dark() -> bool:
        info = desktop.window_of(instance)
        area = (info["x"] + 10, info["y"] + 10, info["width"] - 20, info["height"] // 2)
        return max(Picture(desktop.screenshot(tmp_path / "dark.png")).colours(area).items(), key=_count)[0][0] < 80

    wait_until(is_dark, "the entry that the pointer was on to do its work")


def has_prompt(picture: Picture) -> bool:
    """A program may draw its window long before what runs in it writes something."""
    return letters(picture, _inner(picture)) > 20


def _count(found: tuple[tuple[int, ...], int]) -> int:
    return found[1]


def test_two_programs_cannot_see_each_other_and_one_ends_with_its_server(desktop: Desktop) -> None:
    one, other = started(desktop, "one"), started(desktop, "other")
    for instance, title in ((one, "one"), (other, "other")):
        seen = inside(desktop, instance, "wmctrl", "-l")
        assert [line.split()[-1] for line in seen.splitlines()] == [title], "its own windows and no others"
        listening = inside(desktop, instance, "sh", "-c", "cat /proc/net/unix /proc/net/tcp /proc/net/tcp6")
        assert "@" not in listening, "an abstract socket would be there for all of a network namespace"
        assert " 0A " not in listening, "something listens on TCP"
        assert "Xauthority" not in inside(desktop, instance, "ls", "-A", "/home/berth")
    servers = {inside(desktop, instance, "stat", "-c", "%d %i", "/tmp/.X11-unix/X0") for instance in (one, other)}
    assert len(servers) == 2

    link = desktop.link()
    try:
        link.call(m.Subscribe())
        desktop.run("exec", one, "--", "pkill", "-KILL", "Xvfb", code=None)
        ended = end_of(link, one)
        assert "The X server of this app has ended" in ended.reason
        assert [row["instance"] for row in desktop.json("ps")] == [other]
        assert set(windows(desktop, other)) == {"other"}
        # Without what hands out its windows nobody would see them.
        desktop.run("exec", other, "--", "pkill", "-KILL", "-x", "xpra", code=None)
        assert "The X server of this app has ended" in end_of(link, other).reason
    finally:
        link.close()


def end_of(link: BlockingLink, instance: str) -> m.InstanceEnded:
    while True:
        message, fds = link.receive(60)
        for fd in fds:
            os.close(fd)
        if isinstance(message, m.InstanceEnded) and message.instance == instance:
            return message
