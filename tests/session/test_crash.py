"""A crash of the shell or the engine costs no app anything."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.picture import Picture
from tests.session.desktop import Desktop, wait_until

FOOT = "org.codeberg.dnkl.foot"
PLACE = ("x", "y", "width", "height", "z", "state", "minimized", "focused", "title")


def places(desktop: Desktop) -> dict[int, tuple[Any, ...]]:
    return {window["window"]: tuple(window[key] for key in PLACE) for window in desktop.windows()}


def test_killed_ui_comes_back_with_every_window_as_it_was(desktop: Desktop, tmp_path: Path) -> None:
    instances = [desktop.start(FOOT) for _ in range(5)]
    windows = [desktop.window_of(instance)["window"] for instance in instances]
    for index, window in enumerate(windows):
        desktop.run("move", str(window), str(40 + 60 * index), str(60 + 40 * index))
        desktop.run("resize", str(window), str(500 + 20 * index), str(300 + 10 * index))
    for index, instance in enumerate(instances):
        wait_until(lambda: abs(desktop.window_of(instance)["width"] - 500 - 20 * index) < 30, "its new size")  # noqa: B023
    desktop.run("focus", str(windows[1]))
    desktop.run("maximize", str(windows[3]))
    desktop.run("minimize", str(windows[4]))
    desktop.run("focus", str(windows[2]))
    wait_until(lambda: desktop.window_of(instances[3])["width"] > 1200, "a window that fills the screen")
    shown = desktop.window_of(instances[2])
    area = (shown["x"], shown["y"], shown["width"], shown["height"])

    def screen() -> Picture:
        return Picture(desktop.screenshot(tmp_path / "screen.png"))

    empty = screen()
    desktop.run("input", "type", "echo kept > /home/berth/kept")
    wait_until(lambda: screen().changed(empty, area) > 200, "the line on screen")
    settle(desktop)
    before, picture = places(desktop), screen()
    running = {row["instance"]: row["pid"] for row in desktop.json("ps")}

    desktop.kill("ui")
    link = desktop.link()
    link.close()
    after = wait_until(lambda: (found := places(desktop)) and len(found) == 5 and found, "the windows to be back")
    assert after == before
    assert {row["instance"]: row["pid"] for row in desktop.json("ps")} == running
    # The cursor of the terminal is all that may blink.
    wait_until(lambda: screen().changed(picture, area) < area[2] * area[3] // 100, "what was on screen")
    # The app noticed nothing: the half-typed line is still there and goes on.
    desktop.run("input", "key", "Return")
    wait_until(
        lambda: desktop.run("exec", instances[2], "--", "cat", "/home/berth/kept", code=None).stdout.strip() == "kept",
        "the line typed before the crash to be run after it",
    )


def settle(desktop: Desktop) -> None:
    """Until two looks at the windows agree."""
    last: dict[int, tuple[Any, ...]] = {}

    def same() -> bool:
        nonlocal last
        now = places(desktop)
        equal, last = now == last, now
        return equal

    wait_until(same, "windows to settle")


def test_killed_engine_comes_back_and_knows_every_instance(desktop: Desktop) -> None:
    instances = {desktop.start(FOOT) for _ in range(3)}
    for instance in instances:
        desktop.window_of(instance)
    settle(desktop)
    windows = places(desktop)
    pids = {row["instance"]: row["pid"] for row in desktop.json("ps")}
    desktop.kill("engine")
    wait_until(lambda: {row["instance"] for row in ps(desktop)} == instances, "the engine to know its instances")
    assert {row["instance"]: row["pid"] for row in ps(desktop)} == pids
    assert places(desktop) == windows
    one = instances.pop()
    desktop.run("stop", one)
    wait_until(lambda: {row["instance"] for row in ps(desktop)} == instances, "one to be gone")
    wait_until(lambda: len(desktop.windows()) == 2, "its window to be gone")


def ps(desktop: Desktop) -> list[dict[str, Any]]:
    result = desktop.run("ps", "--json", code=None)
    return list(json.loads(result.stdout)) if result.returncode == 0 else []


def test_ui_killed_again_and_again_still_comes_back(desktop: Desktop) -> None:
    instance = desktop.start(FOOT)
    for _ in range(3):
        desktop.kill("ui")
        wait_until(lambda: desktop.run("windows", "--json", code=None).returncode == 0, "the shell")
    assert desktop.window_of(instance)["focused"]


def test_killed_display_ends_its_apps_and_the_desktop_goes_on(desktop: Desktop) -> None:
    desktop.start(FOOT)
    desktop.kill("display")
    wait_until(lambda: ps(desktop) == [], "the app to be gone with its connection")
    again = desktop.start(FOOT)
    assert desktop.window_of(again)["width"] > 100
