"""What moves: changes take their time, animations run while they are seen, and nothing runs else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from PySide6.QtCore import QObject, QPointF
from PySide6.QtGui import QColor
from PySide6.QtQuick import QQuickItem

from berth.themes.animation import MOST_ANIMATIONS, tracks
from berth.themes.engine import Engine
from berth.themes.sheet import SheetReader
from tests.qml.conftest import OpenStage
from tests.qml.fakes import pump
from tests.qml.stage import kind
from tests.themes.boxes import KEYFRAMES, Shown

Show = Callable[..., Shown]
State = TypeVar("State")


@pytest.fixture
def show(tmp_path: Path, qt_warnings: list[str]) -> Iterator[Show]:
    folder = tmp_path / "themes/mine"
    folder.mkdir(parents=True)
    (tmp_path / "config").mkdir()
    shown: list[Shown] = []

    def one(*boxes: str, motion: str = "") -> Shown:
        shown.append(Shown(boxes, folder, tmp_path / "config", motion))
        return shown[-1]

    yield one
    for each in shown:
        each.close()


def motion(box: QQuickItem) -> QObject | None:
    """What moves a box; None if nothing ever did."""
    adornment = box.property("adornment")
    if adornment is None:
        return None
    kinds = {kind(child).split("_")[0]: child for child in _below(adornment)}
    return kinds.get("Motion")


def _below(item: QQuickItem) -> Iterator[QQuickItem]:
    for child in item.childItems():
        yield child
        yield from _below(child)


def corner(box: QQuickItem) -> QPointF:
    return box.mapToScene(QPointF(0, 0))


def travel(
    box: QQuickItem, ends: dict[str, State], now: Callable[[], State], between: Callable[[set[State]], bool]
) -> None:
    """Put the pointer on it until it has arrived there, and was seen on the way.

    Of a way that nobody looked at before it was over there is nothing to be said: back, and once more.
    """
    seen: set[State] = set()

    def arrived() -> bool:
        seen.add(now())
        situation = str(box.property("situation"))
        if now() != ends[situation]:
            return False
        if situation and between(seen):
            return True
        box.setProperty("situation", "" if situation else ":hover")
        return False

    box.setProperty("situation", ":hover")
    pump(arrived)


def test_a_change_of_state_takes_the_time_that_the_theme_says(show: Show) -> None:
    shown = show(
        "background-color: red; opacity: 0.5; transition: all 1s linear;"
        " &:hover { background-color: blue; opacity: 1; translate: 50px 0; }"
    )
    (box,) = shown.boxes()
    start = corner(box).x()

    def now() -> tuple[float, str, float]:
        return box.opacity(), QColor(box.property("color")).name(), corner(box).x() - start

    def between(seen: set[tuple[float, str, float]]) -> bool:
        opacities, colours, ways = zip(*seen, strict=True)
        moved = any(0.5 < opacity < 1 for opacity in opacities) and any(0 < way < 50 for way in ways)
        return moved and bool(set(colours) - {"#ff0000", "#0000ff"})

    travel(box, {"": (0.5, "#ff0000", 0), ":hover": (1, "#0000ff", 50)}, now, between)
    box.setProperty("situation", "")
    pump(lambda: box.opacity() == 0.5 and corner(box).x() == start)


def test_painted_grounds_fade_into_each_other(show: Show) -> None:
    shown = show(
        "background: linear-gradient(red, red); transition: background 300ms;"
        " &:hover { background: linear-gradient(blue, blue) }"
    )
    (box,) = shown.boxes()
    place = box.mapToScene(QPointF(60, 40)).toPoint()
    ends = {"": "#ff0000", ":hover": "#0000ff"}
    travel(box, ends, lambda: shown.picture().pixelColor(place).name(), lambda seen: bool(seen - {*ends.values()}))


def test_what_a_transition_does_not_name_changes_at_once(show: Show) -> None:
    shown = show("background-color: red; transition: opacity 5s; &:hover { background-color: blue }")
    (box,) = shown.boxes()
    box.setProperty("situation", ":hover")
    assert QColor(box.property("color")) == QColor("blue")


def test_an_animation_runs_while_it_is_seen(show: Show) -> None:
    shown = show("background: red; animation: turn 2s infinite linear", "background: blue")
    box, other = shown.boxes()
    before = corner(box)
    pump(lambda: corner(box) != before)
    assert motion(other) is None
    moved = motion(box)
    assert moved is not None
    box.setVisible(False)
    stopped = moved.property("time")
    for _ in range(5):
        shown.picture()
        pump(lambda: True)
    assert moved.property("time") == stopped
    box.setVisible(True)
    pump(lambda: moved.property("time") > stopped)


def test_an_animation_that_is_over_lets_nothing_run(show: Show) -> None:
    shown = show("background: red; animation: grow 60ms 2 forwards")
    (box,) = shown.boxes()
    moved = motion(box)
    assert moved is not None
    pump(lambda: moved.property("over"))
    (clock,) = [child for child in moved.findChildren(QObject) if "FrameAnimation" in kind(child)]
    assert not clock.property("running")
    assert corner(box) != box.position()


def test_nothing_moves_where_motion_is_reduced(show: Show) -> None:
    shown = show(
        "background: red; animation: grow 1s infinite; transition: all 9s; &:hover { background: blue }",
        motion="reduced",
    )
    (box,) = shown.boxes()
    assert motion(box) is None
    box.setProperty("situation", ":hover")
    assert QColor(box.property("color")) == QColor("blue")


def test_an_element_gets_back_what_a_theme_took(show: Show) -> None:
    shown = show("background: red; &:hover { opacity: 0.3; rotate: 45deg }")
    (box,) = shown.boxes()
    start = corner(box)
    for _ in range(2):
        box.setProperty("situation", ":hover")
        assert (box.opacity(), corner(box) == start) == (0.3, False)
        box.setProperty("situation", "")
        assert (box.opacity(), corner(box)) == (1, start)


def test_windows_stay_where_they_are_and_prompts_as_they_are(tmp_path: Path, open_stage: OpenStage) -> None:
    folder = tmp_path / "themes/mine"
    folder.mkdir(parents=True)
    (folder / "theme.toml").write_text('id = "mine"\n')
    moving = "opacity: 0; transform: translateX(900px) scale(0); animation: grow 1s infinite; transition: all 60s"
    (folder / "style.css").write_text(f"{KEYFRAMES} prompt, prompt *, window, desktop {{ {moving} }}")
    (tmp_path / "config").mkdir()
    (tmp_path / "config/theme").write_text("mine\n")
    stage = open_stage(themes=[folder.parent], config=tmp_path / "config")
    for path in ("prompt", "prompt quote", "prompt button.primary:hover", "prompt tag"):
        look = stage.styles.of(path)
        assert (look.value("opacity"), look.value("move"), look.value("tracks")) == (1, [], "")
        assert look.value("changes") == {}
    assert stage.styles.of("window").value("move") == []


def test_many_animations_and_frames_are_bounded() -> None:
    frames = "".join(f"{number / 10}% {{ opacity: {number / 1000} }}" for number in range(1000))
    names = ", ".join(f"k{number} 9e9s" for number in range(50))
    sheet = "".join(f"@keyframes k{number} {{ {frames} }}" for number in range(8))
    engine = Engine(SheetReader("test.css").read(f"{sheet} box {{ animation: {names} }}").items)
    box = engine.elements.make("box", engine.elements.make("desktop"))
    found = tracks(engine, box)
    assert len(found) == MOST_ANIMATIONS
    assert all(len(samples) <= 241 for track in found for samples in track.samples.values())
