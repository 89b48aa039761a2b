"""What of the shell is on which output: the panel on the primary one, questions where the user works."""

from __future__ import annotations

from PySide6.QtQuick import QQuickItem

from berth.core.messages import PromptOpened
from tests.qml.conftest import OpenStage
from tests.qml.fakes import FakeEngine, prompt_info, pump
from tests.qml.stage import Stage, items, kind


def cards(stage: Stage) -> list[QQuickItem]:
    kinds = (item for item in items(stage.item("prompts")) if kind(item).startswith("PromptCard"))
    return list(kinds)


def test_the_panel_and_its_room_belong_to_the_primary_output(open_stage: OpenStage) -> None:
    stage = open_stage("Desktop")
    panel = stage.item("panel")
    assert panel.isVisible()
    stage.output.look(primary=False)
    pump(lambda: stage.output.usable == (0, 0, 1280, 800))
    assert not panel.isVisible() and not stage.item("notices").isVisible()
    stage.output.look(primary=True)
    pump(lambda: stage.output.usable == (0, 0, 1280, 800 - round(panel.height())))


def test_a_question_is_asked_where_the_user_works(open_stage: OpenStage, engine: FakeEngine) -> None:
    stage = open_stage("Desktop")
    stage.listed()
    stage.output.look(active=False)
    engine.send(PromptOpened(prompt_info()))
    pump(lambda: stage.shell.prompts.count)
    assert cards(stage) == []
    # No app gets a key meanwhile, wherever the question is.
    assert stage.scene.keyboardCaptured
    stage.output.look(active=True)
    pump(lambda: cards(stage))


def test_the_launcher_opens_where_the_user_works(open_stage: OpenStage) -> None:
    stage = open_stage("Desktop")
    stage.output.look(active=False)
    stage.scene.shortcutActivated.emit("launcher")
    assert not stage.shell.launcherOpen
    stage.output.look(active=True)
    stage.scene.shortcutActivated.emit("launcher")
    assert stage.shell.launcherOpen
    pump(stage.item("launcher").isVisible)
