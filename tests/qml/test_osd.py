"""The sign that says what a key has changed: what it shows, where, for how long, and what it leaves alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QAccessible, QGuiApplication
from PySide6.QtQuick import QQuickItem
from PySide6.QtTest import QTest

from berth.core.messages import ChangeVolume, Level, LevelChanged, LockChanged, PromptOpened
from berth.ui.osd import Osd, Sign
from tests.qml.conftest import OpenStage
from tests.qml.fakes import FakeEngine, prompt_info, pump
from tests.qml.stage import ROOT, Stage, items, keep

LAYOUTS = ("Desktop", "Tablet", "Phone")
THEMES = sorted(folder.name for folder in (ROOT / "themes").iterdir())


def show(stage: Stage, sign: Sign) -> QQuickItem:
    item = stage.item("osd")
    stage.shell.osd.show(sign)

    def there() -> bool:
        if not item.isVisible():  # it was not looked at before its time was over
            stage.shell.osd.show(sign)
        return item.opacity() == 1

    pump(there)
    stage.picture()  # lays everything out
    return item


def place(item: QQuickItem) -> QRectF:
    return item.mapRectToScene(QRectF(0, 0, item.width(), item.height()))


def part(item: QQuickItem, kind: str) -> QQuickItem:
    return next(one for one in items(item) if one.metaObject().className().startswith(kind))


def pieces(item: QQuickItem) -> tuple[QRectF, QRectF]:
    """Where the bar is, and what of it is filled."""
    bar = part(item, "ProgressBar")
    content = bar.property("contentItem")
    return place(bar), place(content.childItems()[0])


@pytest.mark.parametrize(
    ("said", "words", "symbol", "muted"),
    [
        (Level("volume", 40), "Volume 40 %", "volume", False),
        (Level("volume", 0), "Volume 0 %", "volumeOff", False),
        (Level("volume", 130), "Volume 130 %", "volume", False),
        (Level("volume", 40, True), "Sound is off", "volumeOff", True),
        (Level("microphone", 40), "Microphone 40 %", "microphone", False),
        (Level("microphone", 40, True), "Microphone is off", "microphoneOff", True),
        (Level("brightness", 55), "Brightness 55 %", "brightness", False),
    ],
)
def test_what_is_said_of_levels(said: Level, words: str, symbol: str, muted: bool) -> None:
    osd = Osd()
    osd.level(said)
    assert (osd.property("words"), osd.property("symbol"), osd.property("muted")) == (words, symbol, muted)
    assert osd.property("fraction") == min(said.percent, 100) / 100
    assert osd.property("kind") == said.kind


def test_what_is_said_of_keys_and_screens() -> None:
    osd = Osd()
    for told, words, symbol in (
        (lambda: osd.lock(LockChanged("caps")), "Caps Lock is on", "capsLock"),
        (lambda: osd.lock(LockChanged("num", False)), "Num Lock is off", "numLock"),
        (lambda: osd.lock(LockChanged("layout", True, "German")), "German", "keyboard"),
        (lambda: osd.scaled(1.5), "Scale 150 %", "screen"),
        (lambda: osd.turned(1), "Screen turned by 90°", "turnLeft"),
        (lambda: osd.turned(0), "Screen upright", "screen"),
        (lambda: osd.turned(4), "Screen mirrored", "turnLeft"),
    ):
        told()
        assert (osd.property("words"), osd.property("symbol")) == (words, symbol)
        assert osd.property("fraction") < 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_it_is_within_the_screen_and_free_of_the_panel(open_stage: OpenStage, layout: str, scheme: str) -> None:
    stage = open_stage(layout, scheme=scheme)
    item = show(stage, Sign("volume", "volume", "Volume 60 %", 0.6))
    keep(stage.picture(), f"osd-{layout.lower()}-{scheme}")
    screen = QRectF(0, 0, stage.view.width(), stage.view.height())
    assert screen.contains(place(item))
    assert not place(item).intersects(place(stage.item("panel")))
    assert place(item).center().x() == pytest.approx(screen.center().x(), abs=1)
    assert (place(item).center().y() < screen.center().y()) == (layout != "Desktop")


def test_long_words_stay_on_the_screen_of_a_phone(open_stage: OpenStage) -> None:
    stage = open_stage("Phone")
    item = show(stage, Sign("keyboard", "keyboard", "English (international, with dead keys and more) " * 3))
    assert QRectF(0, 0, stage.view.width(), stage.view.height()).contains(place(item))


def test_the_bar_begins_where_lines_begin(open_stage: OpenStage) -> None:
    stage = open_stage()
    bar, filled = pieces(show(stage, Sign("volume", "volume", "Volume 30 %", 0.3)))
    assert filled.left() == pytest.approx(bar.left(), abs=1)
    assert filled.width() == pytest.approx(0.3 * bar.width(), abs=1)


def test_from_right_to_left_it_is_mirrored(open_stage: OpenStage) -> None:
    QGuiApplication.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    stage = open_stage()
    item = show(stage, Sign("volume", "volume", "Volume 30 %", 0.3))
    keep(stage.picture(), "osd-rtl")
    bar, filled = pieces(item)
    assert filled.right() == pytest.approx(bar.right(), abs=1)
    assert filled.width() == pytest.approx(0.3 * bar.width(), abs=1)
    assert place(part(item, "Symbol")).left() > bar.right()


def test_it_leaves_by_itself(open_stage: OpenStage, tmp_path: Path) -> None:
    (tmp_path / "style.css").write_text(":root { --duration-osd: 60ms }")
    stage = open_stage(config=tmp_path)
    item = stage.item("osd")
    assert not item.isVisible()

    def seen() -> bool:
        if not item.isVisible():  # not yet, or its time was over before it was looked at
            stage.shell.osd.show(Sign(words="Volume 100 %", fraction=1.0))
        return item.isVisible()

    pump(seen)
    pump(lambda: not item.isVisible())
    assert not stage.shell.osd.property("up")


def test_without_motion_it_is_there_at_once(open_stage: OpenStage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BERTH_MOTION", "reduced")
    stage = open_stage()
    stage.shell.osd.show(Sign(words="Volume 100 %", fraction=1.0))
    assert stage.item("osd").opacity() == 1


def test_the_pointer_and_the_keys_go_through_it(open_stage: OpenStage) -> None:
    stage = open_stage()
    focus = stage.view.activeFocusItem()
    item = show(stage, Sign("volume", "volume", "Volume 60 %", 0.6))
    area = stage.item("windowArea")
    before = area.property("presses")
    middle = item.mapToScene(QPointF(item.width() / 2, item.height() / 2)).toPoint()
    QTest.mouseClick(stage.view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(middle))
    assert area.property("presses") == before + 1
    assert stage.view.activeFocusItem() is focus


def test_a_question_lies_above_it(open_stage: OpenStage, engine: FakeEngine) -> None:
    stage = open_stage()
    stage.listed()
    engine.send(PromptOpened(prompt_info()))
    pump(lambda: stage.item("prompts").property("asking"))
    item = show(stage, Sign("volume", "volume", "Volume 60 %", 0.6))
    siblings = item.parentItem().childItems()
    assert siblings.index(stage.item("prompts")) > siblings.index(item)
    keep(stage.picture(), "osd-prompt")


def test_it_is_only_where_the_user_works(open_stage: OpenStage) -> None:
    stage = open_stage()
    stage.output.look(active=False)
    stage.shell.osd.show(Sign(words="Volume 100 %"))
    stage.picture()
    assert not stage.item("osd").isVisible()


def test_it_is_read_out(open_stage: OpenStage) -> None:
    stage = open_stage()
    item = show(stage, Sign("volume", "volume", "Volume 60 %", 0.6))
    interface = QAccessible.queryAccessibleInterface(item)
    assert interface.role() == QAccessible.Role.AlertMessage
    assert interface.text(QAccessible.Text.Name) == "Volume 60 %"


def test_what_the_engine_tells_is_shown(open_stage: OpenStage, engine: FakeEngine, tmp_path: Path) -> None:
    (tmp_path / "style.css").write_text(":root { --duration-osd: 60s }")  # longer than anybody waits
    stage = open_stage(config=tmp_path)
    stage.listed()
    engine.send(LevelChanged(Level("microphone", 20, True)))
    pump(lambda: stage.item("osd").isVisible())
    assert stage.shell.osd.property("words") == "Microphone is off"


def test_keys_that_were_pressed_while_no_engine_was_there_hold_up_no_others(
    open_stage: OpenStage, engine: FakeEngine
) -> None:
    engine.answers[ChangeVolume] = lambda _request: Level("volume", 40)
    stage = open_stage()
    stage.listed()
    engine.drop()
    pump(lambda: not stage.shell.engineConnected)
    stage.shell.level_keys.press("volume-up")
    engine.revive()
    pump(lambda: stage.shell.engineConnected)
    before = len(engine.asked(ChangeVolume))
    for number in (1, 2):
        stage.shell.level_keys.press("volume-up")
        pump(lambda number=number: len(engine.asked(ChangeVolume)) == before + number)


@pytest.mark.parametrize("theme", THEMES)
def test_each_theme_draws_it(open_stage: OpenStage, theme: str, tmp_path: Path) -> None:
    (tmp_path / "theme").write_text(theme)
    stage = open_stage(config=tmp_path)
    item = show(stage, Sign("volume", "volume", "Volume 60 %", 0.6))
    on = stage.picture()
    keep(on, f"osd-{theme}")
    show(stage, Sign("volume", "volumeOff", "Volume 60 %", 0.6, muted=True))
    off = stage.picture()
    keep(off, f"osd-{theme}-muted")
    bar, filled = pieces(item)
    full, empty = filled.center().toPoint(), QPointF(bar.right() - bar.width() / 10, bar.center().y()).toPoint()
    assert on.pixelColor(full) != on.pixelColor(empty)
    assert on.copy(place(item).toRect()) != off.copy(place(item).toRect())
