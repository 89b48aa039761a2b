"""The link to the engine: what is asked at the start, and what a restart leaves behind."""

from __future__ import annotations

import os

import pytest

from berth.core.messages import (
    Call,
    Done,
    Failure,
    Hello,
    ImageProgress,
    ListWindows,
    ProblemInfo,
    PromptOpened,
    Reply,
    RunApp,
    Screenshot,
    ShellRequest,
    Subscribe,
    Windows,
)
from berth.core.problem import Problem
from berth.ui import shell as shell_module
from berth.ui.shell import Answer
from tests.qml.conftest import OpenStage
from tests.qml.fakes import FakeEngine, app_info, instance_info, prompt_info, pump


def test_it_introduces_itself_and_subscribes(engine: FakeEngine, open_stage: OpenStage) -> None:
    stage = open_stage()
    stage.listed()
    assert engine.messages[0] == Hello("shell")
    assert engine.asked(Subscribe) == [Subscribe()]


def test_a_restart_of_the_engine_leaves_a_true_picture(engine: FakeEngine, open_stage: OpenStage) -> None:
    engine.apps = (app_info("a.b.editor", "Editor"),)
    engine.instances = (instance_info("i1", "a.b.editor", "Editor"), instance_info("i2", "a.b.editor", "Editor"))
    engine.prompts = (prompt_info("p1"),)
    stage = open_stage()
    stage.listed()
    engine.send(ImageProgress("a.b.editor", "Fetching", 0.5, 30))
    pump(lambda: stage.shell.progress.count == 1)
    assert (stage.shell.instances.count, stage.shell.prompts.count) == (2, 1)

    engine.drop()
    pump(lambda: not stage.shell.engineConnected)
    assert stage.shell.instance_label("i1") == ("a.b.editor", "Editor", "")
    assert (stage.shell.apps.count, stage.shell.prompts.count, stage.shell.progress.count) == (1, 0, 0)
    assert not stage.scene.keyboardCaptured

    engine.instances = (instance_info("i2", "a.b.editor", "Editor"),)
    engine.prompts = (prompt_info("p2"),)
    engine.revive()
    stage.listed()
    assert [row.instance for row in stage.shell._instances] == ["i2"]
    assert [row.prompt for row in stage.shell._prompts] == ["p2"]
    assert stage.scene.keyboardCaptured
    assert stage.shell.notices.count == 0


def test_a_banner_says_so_only_when_it_takes_longer(
    engine: FakeEngine, open_stage: OpenStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shell_module, "ENGINE_GRACE_MS", 1)
    stage = open_stage()
    stage.listed()
    banner = stage.item("banner")
    assert not banner.isVisible()
    engine.drop()
    pump(banner.isVisible)
    engine.revive()
    pump(lambda: not banner.isVisible())


def test_the_banner_waits_out_a_short_absence(
    engine: FakeEngine, open_stage: OpenStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shell_module, "ENGINE_GRACE_MS", 3_600_000)
    stage = open_stage()
    stage.listed()
    engine.drop()
    pump(lambda: not stage.shell.engineConnected)
    assert not stage.item("banner").isVisible()


def test_what_was_asked_while_the_engine_was_away_is_done_later(engine: FakeEngine, open_stage: OpenStage) -> None:
    engine.apps = (app_info("a.b.editor", "Editor"),)
    stage = open_stage()
    stage.listed()
    engine.drop()
    pump(lambda: not stage.shell.engineConnected)
    pump(lambda: stage.shell._link.is_open)
    stage.shell.launch("a.b.editor")
    engine.revive()
    pump(lambda: engine.asked(RunApp))
    assert stage.shell._apps.get("a.b.editor").activity == "starting"


def test_requests_of_others_are_carried_out(engine: FakeEngine, open_stage: OpenStage) -> None:
    stage = open_stage()
    stage.listed()

    def commands(request: ShellRequest, fds: list[int], answer: Answer) -> None:
        for fd in fds:
            os.close(fd)
        answer(Windows(()) if isinstance(request, ListWindows) else Problem("window-unknown", "No such window."))

    engine.send(Call(1, ListWindows()))
    pump(lambda: len(_answers(engine)) == 1)
    stage.shell.set_commands(commands)
    engine.send(Call(2, ListWindows()))
    engine.send(Call(3, Screenshot(9)))
    pump(lambda: len(_answers(engine)) == 3)
    early, windows, failure = _answers(engine)
    assert isinstance(early, Failure) and early.problem.code == "shell-starting"
    assert windows == Reply(2, Windows(()))
    assert failure == Failure(3, ProblemInfo("window-unknown", "No such window."))


def _answers(engine: FakeEngine) -> list[object]:
    return [message for message in engine.messages if isinstance(message, Reply | Failure)]


def test_answers_nobody_waits_for_are_ignored(engine: FakeEngine, open_stage: OpenStage) -> None:
    stage = open_stage()
    stage.listed()
    engine.send(Reply(999, Done()))
    engine.send(Failure(998, ProblemInfo("x", "y")))
    engine.send(PromptOpened(prompt_info()))
    pump(lambda: stage.shell.prompts.count == 1)
    stage.shell.answerPrompt("p1", True, "forever")
    stage.shell.answerPrompt("unknown", True, "once")
    assert stage.shell.prompts.count == 1
    assert stage.shell.notices.count == 0


def test_a_refusal_of_the_engine_is_shown(engine: FakeEngine, open_stage: OpenStage) -> None:
    stage = open_stage()
    stage.listed()
    engine.send(ProblemInfo("version", "The engine is of another version.", "Restart the session."))
    pump(lambda: stage.shell.notices.count == 1)
    (row,) = stage.shell._notices
    assert (row.severity, row.message) == ("error", "The engine is of another version.")
