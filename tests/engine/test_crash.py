"""The engine or the display server dies at any moment; no app is lost and nothing is left over."""

from __future__ import annotations

import os
import signal
import sqlite3

from berth.core import messages as m
from tests.engine.process import WAIT, Caller, EngineProcess, PlayedDisplay, is_alive
from tests.engine.test_life import SLEEPER
from tests.engine.test_permissions import ASKS, started_and_asking
from tests.ready import readable


def test_killed_engine_knows_its_apps_again(engine: EngineProcess, display: PlayedDisplay, caller: Caller) -> None:
    names = {caller.call(m.RunApp(SLEEPER)).instance for _ in range(3)}
    before = {info.instance: info.pid for info in caller.call(m.ListInstances()).instances}
    engine.restart()
    engine.display(*names)
    caller = engine.caller()
    assert {info.instance: info.pid for info in caller.call(m.ListInstances()).instances} == before
    one = names.pop()
    caller.call(m.StopInstance(one))
    assert {info.instance for info in caller.call(m.ListInstances()).instances} == names


def test_engine_that_leaves_lets_its_apps_run(engine: EngineProcess, display: PlayedDisplay, caller: Caller) -> None:
    instance = caller.call(m.RunApp(SLEEPER)).instance
    assert engine.leave() == 75
    engine.restart()
    engine.display(instance)
    assert engine.caller().call(m.ListInstances()).instances[0].instance == instance


def test_app_that_ends_while_no_engine_runs_is_removed(
    engine: EngineProcess, display: PlayedDisplay, caller: Caller
) -> None:
    instance = caller.call(m.RunApp(SLEEPER)).instance
    pid = caller.call(m.ListInstances()).instances[0].pid
    engine.kill()
    supervisor = os.pidfd_open(pid)
    os.kill(pid, signal.SIGTERM)
    assert readable([supervisor], WAIT)
    os.close(supervisor)
    engine.restart()
    display = engine.display(instance)
    assert display.expect(m.ForgetInstance).instance == instance
    assert engine.caller().call(m.ListInstances()).instances == ()
    assert not (engine.paths.instances / instance).exists()


def test_supervisor_that_is_killed_takes_its_app_along(
    engine: EngineProcess, display: PlayedDisplay, caller: Caller
) -> None:
    instance = caller.call(m.RunApp(SLEEPER)).instance
    os.kill(caller.call(m.ListInstances()).instances[0].pid, signal.SIGKILL)
    ended = caller.event(m.InstanceEnded)
    assert ended.instance == instance and ended.reason
    assert not (engine.paths.instances / instance).exists()


def test_instance_without_a_row_is_reaped(engine: EngineProcess, display: PlayedDisplay, caller: Caller) -> None:
    instance = caller.call(m.RunApp(SLEEPER)).instance
    pid = caller.call(m.ListInstances()).instances[0].pid
    engine.kill()
    with sqlite3.connect(engine.paths.state / "ledger.sqlite") as ledger:
        ledger.execute("DELETE FROM instances")
    ledger.close()
    engine.restart()
    display = engine.display(instance)
    assert display.expect(m.ForgetInstance).instance == instance
    assert engine.caller().call(m.ListInstances()).instances == ()
    assert not is_alive(pid)


def test_row_and_directory_of_a_start_that_never_came_about_are_removed(
    engine: EngineProcess, display: PlayedDisplay, caller: Caller
) -> None:
    engine.kill()
    with sqlite3.connect(engine.paths.state / "ledger.sqlite") as ledger:
        columns = "instance, app, name, publisher, image, created"
        values = ("gone-123456", "org.example.Gone", "Gone", "x", "", 0)
        ledger.execute(f"INSERT INTO instances ({columns}) VALUES (?, ?, ?, ?, ?, ?)", values)
    ledger.close()
    (engine.paths.instances / "gone-123456").mkdir()
    (engine.paths.instances / "stray-123456").mkdir()
    engine.restart()
    engine.display()
    assert engine.caller().call(m.ListInstances()).instances == ()
    assert list(engine.paths.instances.iterdir()) == []
    ledger = sqlite3.connect(engine.paths.state / "ledger.sqlite")
    assert ledger.execute("SELECT * FROM instances").fetchall() == []
    ledger.close()


def test_open_question_is_asked_again_after_a_crash(
    engine: EngineProcess, display: PlayedDisplay, caller: Caller
) -> None:
    instance, _asked = started_and_asking(display, caller)
    engine.restart()
    engine.display(instance)
    again = engine.caller().event(m.PromptOpened).info
    assert (again.instance, again.permission) == (instance, "network")


def test_answer_for_once_survives_a_crash(engine: EngineProcess, display: PlayedDisplay, caller: Caller) -> None:
    instance, asked = started_and_asking(display, caller)
    caller.call(m.AnswerPrompt(asked.prompt, True, "once"))
    caller.event(m.InstanceChanged, lambda event: event.info.network)
    engine.restart()
    engine.display(instance)
    caller = engine.caller()
    assert caller.call(m.ListPrompts()).prompts == ()
    assert caller.call(m.ListInstances()).instances[0].network


def test_decision_made_while_no_engine_ran_is_followed(
    engine: EngineProcess, display: PlayedDisplay, caller: Caller
) -> None:
    instance, asked = started_and_asking(display, caller)
    caller.call(m.AnswerPrompt(asked.prompt, True, "always"))
    caller.event(m.InstanceChanged, lambda event: event.info.network)
    engine.kill()
    with sqlite3.connect(engine.paths.state / "grants.sqlite") as grants:
        grants.execute("UPDATE grants SET allow = 0 WHERE app = ?", (ASKS,))
    grants.close()
    engine.restart()
    engine.display(instance)
    engine.caller().event(m.InstanceChanged, lambda event: not event.info.network)


def test_damaged_state_is_moved_aside_and_the_engine_starts(
    engine: EngineProcess, display: PlayedDisplay, caller: Caller
) -> None:
    engine.kill()
    for name in ("ledger", "grants"):
        (engine.paths.state / f"{name}.sqlite").write_bytes(b"this is no database" * 100)
        for suffix in ("-wal", "-shm"):
            (engine.paths.state / f"{name}.sqlite{suffix}").unlink(missing_ok=True)
    engine.restart()
    engine.display()
    caller = engine.caller()
    caller.call(m.RunApp(SLEEPER))
    assert len(list(engine.paths.state.glob("*.damaged-*"))) == 2


def test_new_display_server_gets_every_socket(engine: EngineProcess, display: PlayedDisplay, caller: Caller) -> None:
    names = {caller.call(m.RunApp(SLEEPER)).instance for _ in range(2)}
    display.close()
    new = engine.display()
    assert {new.expect(m.ListenInstance).instance for _ in names} == names


def test_display_server_that_stayed_is_asked_for_nothing_twice(
    engine: EngineProcess, display: PlayedDisplay, caller: Caller
) -> None:
    instance = caller.call(m.RunApp(SLEEPER)).instance
    display.expect(m.ListenInstance)
    engine.restart()
    display = engine.display(instance, "stranger-1")
    assert display.expect(m.ForgetInstance | m.ListenInstance) == m.ForgetInstance("stranger-1")  # type: ignore[arg-type]
    other = engine.caller().call(m.RunApp(SLEEPER)).instance
    assert display.expect(m.ListenInstance).instance == other


def test_socket_is_made_anew_for_a_display_server_that_knows_nothing(
    engine: EngineProcess, display: PlayedDisplay, caller: Caller
) -> None:
    """Both died: the instance directory is still bound into the app, so a new socket appears there."""
    instance = caller.call(m.RunApp(SLEEPER)).instance
    engine.restart()
    display = engine.display()
    assert display.expect(m.ListenInstance).instance == instance
    assert (engine.paths.instances / instance / "wayland-0").is_socket()
