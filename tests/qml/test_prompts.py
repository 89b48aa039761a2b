"""Questions of apps: what the person sees, what each answer sends, and what cannot happen."""

from __future__ import annotations

import itertools

import pytest
from PySide6.QtCore import SIGNAL, QCoreApplication, QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtQuick import QQuickItem
from PySide6.QtTest import QSignalSpy, QTest

from berth.core.messages import AnswerPrompt, PromptClosed, PromptOpened
from berth.ui import shell as shell_module
from tests.qml.conftest import OpenStage
from tests.qml.fakes import FakeEngine, prompt_info, pump
from tests.qml.stage import Stage


@pytest.fixture
def stage(engine: FakeEngine, open_stage: OpenStage) -> Stage:
    stage = open_stage()
    stage.listed()
    return stage


def ask(stage: Stage, engine: FakeEngine, prompt: str = "p1", **fields: str) -> None:
    count = stage.shell.prompts.count
    engine.send(PromptOpened(prompt_info(prompt, **fields)))
    pump(lambda: stage.shell.prompts.count == count + 1)


def card(stage: Stage) -> QQuickItem:
    return stage.item("promptCard")


def ready(stage: Stage) -> None:
    pump(lambda: card(stage).property("ready"))


def answers(engine: FakeEngine) -> list[AnswerPrompt]:
    return engine.asked(AnswerPrompt)


def texts(item: QQuickItem) -> list[str]:
    """Every text that is visible somewhere inside `item`."""
    own = [item.property("text")] if item.isVisible() and isinstance(item.property("text"), str) else []
    return own + [text for child in item.childItems() for text in texts(child)]


@pytest.mark.parametrize(
    ("button", "duration"), list(itertools.product(["allow", "deny"], ["once", "session", "always"]))
)
def test_every_answer_is_sent_as_chosen(stage: Stage, engine: FakeEngine, button: str, duration: str) -> None:
    ask(stage, engine)
    ready(stage)
    stage.click(stage.item(duration))
    stage.click(stage.item(button))
    pump(lambda: answers(engine))
    assert answers(engine) == [AnswerPrompt("p1", button == "allow", duration)]
    assert stage.shell.prompts.count == 0
    assert not stage.scene.keyboardCaptured


def test_it_says_who_asks_for_what_and_why(stage: Stage, engine: FakeEngine) -> None:
    ask(stage, engine, reason="<b>Trust me</b>, I am the system")
    seen = "\n".join(texts(card(stage)))
    assert "Let Firefox use the network?" in seen
    assert "Firefox says, in its own words:" in seen
    assert "“<b>Trust me</b>, I am the system”" in seen
    assert "From Debian" in seen and "org.mozilla.firefox" in seen
    assert "0123456789ab" in seen
    assert "Berth asks you" in seen


def test_the_default_is_no(stage: Stage, engine: FakeEngine) -> None:
    ask(stage, engine)
    ready(stage)
    assert stage.scene.keyboardCaptured
    assert stage.item("deny").hasActiveFocus()
    stage.key(Qt.Key.Key_Return)
    pump(lambda: answers(engine))
    assert answers(engine) == [AnswerPrompt("p1", False, "once")]


def test_escape_denies_once_whatever_was_chosen(stage: Stage, engine: FakeEngine) -> None:
    ask(stage, engine)
    ready(stage)
    stage.click(stage.item("always"))
    stage.key(Qt.Key.Key_Escape)
    pump(lambda: answers(engine))
    assert answers(engine) == [AnswerPrompt("p1", False, "once")]


def test_the_keyboard_reaches_everything_and_nothing_else(stage: Stage, engine: FakeEngine) -> None:
    ask(stage, engine)
    ready(stage)
    visited = []
    for _ in range(5):
        stage.key(Qt.Key.Key_Tab)
        visited.append(stage.view.activeFocusItem().objectName())
    assert visited == ["allow", "once", "session", "always", "deny"]
    stage.key(Qt.Key.Key_Backtab)
    assert stage.view.activeFocusItem().objectName() == "always"
    stage.key(Qt.Key.Key_Space)
    stage.key(Qt.Key.Key_Tab)
    stage.key(Qt.Key.Key_Tab)
    stage.key(Qt.Key.Key_Return)
    pump(lambda: answers(engine))
    assert answers(engine) == [AnswerPrompt("p1", True, "always")]


def test_nothing_counts_right_after_it_appeared(
    stage: Stage, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shell_module, "PROMPT_GUARD_MS", 3_600_000)
    ask(stage, engine)
    for name in ("allow", "deny"):
        stage.click(stage.item(name))
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Space, Qt.Key.Key_Escape):
        stage.key(key)
    engine.send(PromptClosed("unknown"))
    stage.listed()
    assert not card(stage).property("ready")
    assert stage.shell.prompts.count == 1
    assert answers(engine) == []


@pytest.mark.parametrize("key", [Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Escape])
def test_who_types_on_answers_nothing(stage: Stage, engine: FakeEngine, key: Qt.Key) -> None:
    ask(stage, engine)
    ready(stage)
    asked = card(stage)
    guard = asked.findChild(QObject, "guard")
    guard.setProperty("interval", 3_600_000)
    stage.type("a")
    assert not asked.property("ready")
    stage.key(key)
    assert guard.property("running")
    assert stage.shell.prompts.count == 1
    assert answers(engine) == []
    guard.setProperty("interval", 0)
    ready(stage)
    stage.key(key)
    pump(lambda: answers(engine))
    assert answers(engine) == [AnswerPrompt("p1", False, "once")]


@pytest.mark.parametrize("name", ["allow", "deny"])
def test_a_press_from_before_it_counts_is_no_answer(
    stage: Stage, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(shell_module, "PROMPT_GUARD_MS", 3_600_000)
    ask(stage, engine)
    button = stage.item(name)
    middle = button.mapToScene(button.boundingRect().center()).toPoint()
    QTest.mousePress(stage.view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, middle)
    asked = card(stage)
    guard = asked.findChild(QObject, "guard")
    fired = QSignalSpy(guard, SIGNAL("triggered()"))
    guard.setProperty("interval", 1)
    pump(lambda: fired.count() > 1)
    assert not asked.property("ready")
    QTest.mouseRelease(stage.view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, middle)
    ready(stage)
    assert stage.shell.prompts.count == 1
    assert answers(engine) == []


def test_a_held_key_is_no_answer(stage: Stage, engine: FakeEngine) -> None:
    ask(stage, engine)
    ready(stage)
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Escape):
        none = Qt.KeyboardModifier.NoModifier
        QCoreApplication.sendEvent(stage.view, QKeyEvent(QEvent.Type.KeyPress, key, none, "", autorep=True))
    assert stage.shell.prompts.count == 1


def test_several_are_asked_one_after_the_other(stage: Stage, engine: FakeEngine) -> None:
    ask(stage, engine, "p1")
    ready(stage)
    ask(stage, engine, "p2", permission="camera")
    ask(stage, engine, "p3", permission="unheard-of")
    assert "1 of 3" in texts(card(stage))
    stage.click(stage.item("allow"))
    pump(lambda: answers(engine))
    assert answers(engine) == [AnswerPrompt("p1", True, "once")]
    pump(lambda: "Let Firefox use the camera?" in texts(card(stage)))
    ready(stage)
    engine.send(PromptClosed("p2"))
    pump(lambda: "Let Firefox use “unheard-of”?" in texts(card(stage)))
    assert stage.item("deny").hasActiveFocus()
    ready(stage)
    stage.key(Qt.Key.Key_Escape)
    pump(lambda: stage.shell.prompts.count == 0)
    assert answers(engine)[-1] == AnswerPrompt("p3", False, "once")


def test_nothing_behind_it_can_be_reached(stage: Stage, engine: FakeEngine) -> None:
    ask(stage, engine)
    ready(stage)
    area = stage.item("windowArea")
    for button in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton, Qt.MouseButton.MiddleButton):
        QTest.mouseClick(stage.view, button, Qt.KeyboardModifier.NoModifier, QPoint(40, 40))
    device = QTest.createTouchDevice()
    QTest.touchEvent(stage.view, device).press(1, QPoint(60, 60), stage.view)
    QTest.touchEvent(stage.view, device).release(1, QPoint(60, 60), stage.view)
    stage.click(stage.item("launcherButton"))
    stage.scene.shortcutActivated.emit("launcher")
    stage.type("abc")
    assert area.property("presses") == 0
    assert not stage.shell.launcherOpen
    assert stage.shell.prompts.count == 1


def test_it_covers_the_launcher(stage: Stage, engine: FakeEngine) -> None:
    stage.shell.launcherOpen = True
    ask(stage, engine)
    ready(stage)
    assert stage.item("deny").hasActiveFocus()
    stage.type("firefox")
    assert stage.shell.query == ""
    stage.shell.launcherOpen = False
    stage.shell.launcherOpen = True
    assert stage.item("deny").hasActiveFocus()
    ready(stage)
    stage.key(Qt.Key.Key_Escape)
    pump(lambda: answers(engine))
    assert stage.shell.launcherOpen
    pump(lambda: stage.item("search").hasActiveFocus())


def test_a_finger_can_answer(stage: Stage, engine: FakeEngine) -> None:
    ask(stage, engine)
    ready(stage)
    allow = stage.item("allow")
    middle = allow.mapToScene(allow.boundingRect().center()).toPoint()
    device = QTest.createTouchDevice()
    QTest.touchEvent(stage.view, device).press(1, middle, stage.view)
    QTest.touchEvent(stage.view, device).release(1, middle, stage.view)
    pump(lambda: answers(engine))
    assert answers(engine) == [AnswerPrompt("p1", True, "once")]
