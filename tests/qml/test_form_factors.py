"""One desktop on every form factor: exchanged while it runs, and large enough for fingers."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from berth.core.messages import AnswerPrompt, ImageProgress, Notice, PromptOpened
from tests.qml.conftest import OpenStage
from tests.qml.fakes import FakeEngine, WindowRow, app_info, prompt_info, pump
from tests.qml.stage import Stage, items, kind

FINGER = 44


@pytest.fixture
def stage(engine: FakeEngine, open_stage: OpenStage) -> Stage:
    engine.apps = tuple(app_info(f"org.example.app{number}", f"App {number}") for number in range(12))
    stage = open_stage()
    stage.listed()
    return stage


def test_an_open_launcher_stays_open(stage: Stage) -> None:
    stage.shell.launcherOpen = True
    stage.show_layout("Tablet")
    assert stage.tokens.formFactor == "tablet"
    assert stage.scene.keyboardCaptured
    assert stage.item("search").hasActiveFocus()
    assert stage.output.usable == (0, 0, 1280, 800 - round(stage.tokens.groups["size"].value("panel")))


def test_a_question_stays_and_keeps_the_focus(stage: Stage, engine: FakeEngine) -> None:
    engine.send(PromptOpened(prompt_info()))
    pump(lambda: stage.shell.prompts.count == 1)
    for layout in ("Phone", "Tablet", "Desktop"):
        stage.show_layout(layout)
        assert stage.item("deny").hasActiveFocus()
    pump(lambda: stage.item("promptCard").property("ready"))
    stage.key(Qt.Key.Key_Return)
    pump(lambda: engine.asked(AnswerPrompt))


@pytest.mark.parametrize("layout", ["Tablet", "Phone"])
def test_everything_is_large_enough_for_a_finger(layout: str, stage: Stage, engine: FakeEngine) -> None:
    stage.scene.rows.put(WindowRow(1, "i", "org.example.app1", "App 1", "", "One"))
    engine.send(Notice("error", "Something happened."))
    engine.send(ImageProgress("org.example.app2", "Fetching", 0.5, 10))
    engine.send(PromptOpened(prompt_info()))
    pump(lambda: stage.shell.prompts.count == 1 and stage.shell.progress.count == 1)
    stage.shell.launcherOpen = True
    stage.show_layout(layout)
    pump(lambda: stage.item("launcher").opacity() == 1)
    stage.picture()
    buttons = [item for item in items(stage.view.contentItem()) if item.inherits("QQuickAbstractButton")]
    shown = [button for button in buttons if button.isVisible()]
    assert len(shown) > 10
    small = {
        button.property("text") or kind(button): (button.width(), button.height())
        for button in shown
        if min(button.width(), button.height()) < FINGER
    }
    assert small == {}
