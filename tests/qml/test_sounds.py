"""Sounds of the desktop: what is heard when, how often, in which theme, and how it is turned off."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtQuick import QQuickItem

from berth.core.messages import (
    ChangeSounds,
    Done,
    Event,
    ImageProgress,
    Level,
    LevelChanged,
    Notice,
    PlaySound,
    PromptOpened,
    SoundSetting,
)
from berth.ui.sounds import Budget
from tests.qml.conftest import OpenStage
from tests.qml.fakes import FakeEngine, prompt_info, pump
from tests.qml.stage import ROOT, Stage, items, kind

Hear = Callable[..., Stage]


@pytest.fixture
def hear(open_stage: OpenStage, engine: FakeEngine) -> Hear:
    """Opens a stage that has the theme's sounds."""

    def one(layout: str = "Desktop", **options: object) -> Stage:
        stage = open_stage(layout, **options)
        engine.answers[PlaySound] = lambda _request: Done()
        _listen(stage)
        stage.styles.refreshed.connect(lambda: _listen(stage))
        stage.listed()
        return stage

    return one


def _listen(stage: Stage) -> None:
    stage.shell.sounds.use(stage.styles.sounds, stage.styles.stack.folders)


def heard(engine: FakeEngine) -> list[str]:
    return [request.name for request in engine.asked(PlaySound)]


@pytest.mark.parametrize(
    ("events", "name"),
    [
        ([Notice("info", "Done.")], "message"),
        ([Notice("warning", "Nearly full.")], "dialog-warning"),
        ([Notice("error", "It failed.")], "dialog-error"),
        ([PromptOpened(prompt_info())], "dialog-question"),
        ([ImageProgress("/media/stick", "Apps", -1, -1, finished=True, again="/media/stick")], "device-added"),
        ([LevelChanged(Level("volume", 40))], "audio-volume-change"),
    ],
)
def test_what_is_heard_when(hear: Hear, engine: FakeEngine, events: list[Event], name: str) -> None:
    hear()
    for event in events:
        engine.send(event)
    pump(lambda: heard(engine))
    assert heard(engine) == [name]
    assert engine.files == [(ROOT / f"themes/default/sounds/{name}.wav").read_bytes()]


def test_an_app_that_begins_to_watch_is_heard(hear: Hear, engine: FakeEngine) -> None:
    stage = hear()
    stage.shell.set_watchers(frozenset({"i1"}))
    pump(lambda: heard(engine))
    stage.shell.set_watchers(frozenset())
    assert heard(engine) == ["screen-capture"]


def test_silence_is_silent_and_the_same_notice_is_heard_once(hear: Hear, engine: FakeEngine) -> None:
    stage = hear()
    engine.send(LevelChanged(Level("volume", 40, True)))
    engine.send(LevelChanged(Level("brightness", 40)))
    for _number in range(3):
        engine.send(Notice("info", "Done."))
    pump(lambda: stage.shell.notices.rowCount() == 1 and next(iter(stage.shell.notices)).times == 3)
    pump(lambda: heard(engine))
    assert heard(engine) == ["message"]


def test_the_session_is_greeted_once(open_stage: OpenStage, engine: FakeEngine) -> None:
    engine.answers[PlaySound] = lambda _request: Done()
    stage = open_stage()
    _listen(stage)
    stage.shell.greets = True
    engine.drop()
    engine.revive()
    pump(lambda: heard(engine))
    engine.drop()
    pump(lambda: not stage.shell.engineConnected)
    engine.revive()
    stage.listed()
    assert heard(engine) == ["desktop-login"]


def test_a_few_at_once_and_then_one_in_a_while() -> None:
    budget = Budget(3, 10.0)
    assert [budget.take(moment) for moment in (0.0, 0.1, 1.0, 2.0, 3.0, 4.0)] == [True, False, True, True, False, False]
    assert budget.take(14.0)
    assert not budget.take(15.0)
    assert [budget.take(moment) for moment in (1000.0, 1001.0, 1002.0, 1003.0)] == [True, True, True, False]


def test_who_asks_too_often_gets_no_more_later() -> None:
    budget = Budget(1, 10.0)
    taken = [budget.take(second * 0.5) for second in range(200)]
    assert taken.count(True) <= 11


def test_an_app_that_rings_all_the_time_is_heard_three_times(hear: Hear, engine: FakeEngine) -> None:
    moments = iter(range(100))
    stage = hear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("berth.ui.sounds.time.monotonic", lambda: next(moments) * 0.5)
        for _number in range(12):
            stage.shell.sounds.play("bell")
    engine.send(Notice("info", "The end."))
    pump(lambda: "message" in heard(engine))
    assert heard(engine) == ["bell", "bell", "bell", "message"]


def test_nothing_is_heard_while_sounds_are_off(hear: Hear, engine: FakeEngine) -> None:
    stage = hear()
    engine.send(SoundSetting(False))
    engine.send(Notice("error", "It failed."))
    pump(lambda: stage.shell.notices.rowCount())
    assert not stage.shell.sounds.property("on")
    engine.send(SoundSetting(True))
    engine.send(Notice("info", "Now."))
    pump(lambda: heard(engine))
    assert heard(engine) == ["message"]


def entry(stage: Stage, text: str) -> QQuickItem:
    found = (item for item in items(stage.view.contentItem()) if kind(item).startswith("MenuEntry"))
    return next(item for item in found if item.isVisible() and item.property("text") == text)


@pytest.mark.parametrize("layout", ["Desktop", "Tablet", "Phone"])
def test_the_menu_of_the_background_turns_them_off_and_on(hear: Hear, engine: FakeEngine, layout: str) -> None:
    stage = hear(layout)
    engine.answers[ChangeSounds] = lambda request: SoundSetting(bool(request.on))
    for on, text in ((True, "Turn sounds off"), (False, "Turn sounds on")):
        engine.send(SoundSetting(on))
        pump(lambda on=on: stage.shell.sounds.property("on") == on)
        stage.scene.shortcutActivated.emit("output-menu")
        pump(lambda: any(item.objectName() == "outputMenu" for item in items(stage.view.contentItem())))
        stage.picture()
        item = entry(stage, text)
        item.forceActiveFocus(Qt.FocusReason.TabFocusReason)
        stage.key(Qt.Key.Key_Return)
        pump(lambda on=on: [one.on for one in engine.asked(ChangeSounds)][-1:] == [not on])
    assert [request.on for request in engine.asked(ChangeSounds)] == [False, True]


def test_a_theme_has_its_own(hear: Hear, engine: FakeEngine, tmp_path: Path) -> None:
    (tmp_path / "theme").write_text("beige")
    hear(config=tmp_path)
    engine.send(Notice("info", "Done."))
    pump(lambda: heard(engine))
    assert engine.files == [(ROOT / "themes/beige/sounds/message.wav").read_bytes()]


def test_what_is_no_sound_is_told_once_and_not_handed_on(hear: Hear, engine: FakeEngine, tmp_path: Path) -> None:
    (tmp_path / "style.css").write_text(":root { --sound-bell: url(bad.wav); --sound-message: url(../../etc/passwd) }")
    (tmp_path / "bad.wav").write_bytes(b"RIFF and more")
    stage = hear(config=tmp_path)
    for _number in range(2):
        stage.shell.sounds._budgets.clear()
        stage.shell.sounds.play("bell")
    stage.shell.sounds.play("message")
    messages = [row.message for row in stage.shell.notices]
    assert sum("bad.wav" in message for message in messages) == 1
    pump(lambda: heard(engine))
    assert "bell" not in heard(engine)
    assert not any(b"root:" in data for data in engine.files)
