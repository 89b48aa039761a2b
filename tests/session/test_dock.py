"""The dock of a whole session: real apps are started, brought forward, put away and kept by it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.picture import Picture
from tests.session.desktop import Desktop, wait_until

EDITOR, TERMINAL = "org.xfce.mousepad", "org.codeberg.dnkl.foot"
HEIGHT, PANEL, THICK, GAP, STEP = 800, 52, 64, 8, 56
"""Of the desktop and, with the tokens of the default theme, of panel, dock, its gap, and from app to app."""
FIRST = (640 - STEP // 2, HEIGHT - PANEL - GAP - THICK // 2)
SECOND = (FIRST[0] + STEP, FIRST[1])
DOCK = (FIRST[0] - STEP // 2, FIRST[1] - STEP // 2, 2 * STEP, STEP)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    found = tmp_path / "config/berth/dock.json"
    found.parent.mkdir(parents=True)
    found.write_text(json.dumps({"pinned": [EDITOR, "org.not.There", TERMINAL], "shown": "always"}))
    return found


@pytest.fixture
def docked(new_desktop: Callable[..., Desktop], file: Path) -> Desktop:
    return new_desktop(environment={"XDG_CONFIG_HOME": str(file.parents[1])})


def act(desktop: Desktop, *words: object) -> None:
    desktop.run("input", *map(str, words))


def looks(desktop: Desktop, picture: Path) -> Picture:
    return Picture(desktop.screenshot(picture))


def windows(desktop: Desktop, app: str) -> list[dict[str, Any]]:
    return [window for window in desktop.windows() if window["app"] == app]


def window(desktop: Desktop, app: str, **states: object) -> dict[str, Any]:
    """The app's only window once it is like that."""

    def found() -> dict[str, Any] | None:
        all_ = windows(desktop, app)
        return all_[0] if len(all_) == 1 and states.items() <= all_[0].items() else None

    return dict(wait_until(found, f"{app}: {states}", 90))


@pytest.mark.timeout(300)
def test_it_starts_apps_and_knows_their_windows(docked: Desktop, file: Path, tmp_path: Path) -> None:
    docked.start(EDITOR)
    window(docked, EDITOR, focused=True)
    act(docked, "key", "super+1")
    window(docked, EDITOR, minimized=True)
    act(docked, "key", "super+1")
    window(docked, EDITOR, focused=True)
    act(docked, "click", *SECOND)
    terminal = window(docked, TERMINAL, focused=True)
    act(docked, "click", *SECOND)
    window(docked, TERMINAL, minimized=True)
    window(docked, EDITOR, focused=True)
    act(docked, "click", *SECOND)
    window(docked, TERMINAL, focused=True, minimized=False)
    act(docked, "click", *FIRST)
    window(docked, EDITOR, focused=True)
    # Windows keep clear of it.
    act(docked, "key", "super+Up")
    frame = window(docked, EDITOR, state="maximized")["frame"]
    assert frame[1] + frame[3] <= HEIGHT - PANEL - GAP - THICK
    # By the keys alone.
    act(docked, "key", "super+t")
    act(docked, "key", "Right")
    act(docked, "key", "Return")
    window(docked, TERMINAL, focused=True)
    assert windows(docked, TERMINAL)[0]["instance"] == terminal["instance"], "none was started beside it"

    act(docked, "drag", *FIRST, SECOND[0] + 4, SECOND[1])
    wait_until(lambda: json.loads(file.read_text())["pinned"].index(EDITOR) == 2, "the new order", 60)
    assert json.loads(file.read_text())["pinned"] == ["org.not.There", TERMINAL, EDITOR]

    act(docked, "move", 640, 20)
    picture = tmp_path / "dock.png"
    wait_until(lambda: not looks(docked, picture).changed(looks(docked, picture), DOCK), "the dock to be still")
    before = looks(docked, picture)
    docked.kill("ui")
    window(docked, TERMINAL, focused=True)
    wait_until(lambda: not looks(docked, picture).changed(before, DOCK), "the dock as it was", 60)
    act(docked, "key", "super+2")
    window(docked, EDITOR, focused=True)
    act(docked, "click", *FIRST, "--button", "middle")
    wait_until(lambda: len(windows(docked, TERMINAL)) == 2, "a second terminal", 90)
