"""The engine is killed at a step of a start: the next one knows the app again, or nothing of it is left."""

from __future__ import annotations

import signal
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

from berth.core import messages as m
from berth.core.problem import Problem
from berth.engine.instance import private_root
from berth.runtimes.residue import residue
from tests.dying import chosen
from tests.engine import mortal
from tests.engine.process import WAIT, Caller, EngineProcess, PlayedDisplay, is_alive

KEEPER = "org.example.Keeper"


class Dying:
    """Engines of one session that die while they start an app."""

    def __init__(self, engine: EngineProcess, base: Path) -> None:
        self.engine = engine
        self._taken = base / "steps"
        engine.environment[mortal.TAKEN] = str(self._taken)

    def start_until(self, step: int) -> tuple[PlayedDisplay, bool]:
        """Start the app with an engine that may take so many steps; whether it died."""
        self.engine.environment[mortal.LAST] = str(step)
        self.engine.module = "tests.engine.mortal"
        self.engine.restart()
        display = self.engine.display()
        caller = self.engine.caller(subscribed=False)
        caller.call(m.ListInstances())
        self.engine.process.send_signal(signal.SIGUSR2)
        try:
            caller.call(m.RunApp(KEEPER))
        except (OSError, Problem):
            assert self.engine.process.wait(WAIT) == -signal.SIGKILL
            return display, True
        return display, False

    def steps(self) -> int:
        """How many an undisturbed start takes."""
        _display, died = self.start_until(-1)
        assert not died
        self.engine.process.send_signal(signal.SIGUSR2)
        end = time.monotonic() + WAIT
        while not (self._taken.exists() and self._taken.read_text()):
            assert time.monotonic() < end
            time.sleep(0.01)
        return int(self._taken.read_text())

    def next_engine(self, known: tuple[str, ...]) -> Caller:
        self.engine.module = "berth.engine"
        self.engine.restart()
        self.engine.display(*known)
        return self.engine.caller()


def rows(engine: EngineProcess) -> set[str]:
    ledger = sqlite3.connect(engine.paths.state / "ledger.sqlite")
    try:
        return {row[0] for row in ledger.execute("SELECT instance FROM instances")}
    finally:
        ledger.close()


def names(*directories: Path) -> set[str]:
    return {path.name for directory in directories if directory.is_dir() for path in directory.iterdir()}


def test_death_at_any_moment_of_a_start(new_engine: Callable[..., EngineProcess], base: Path) -> None:
    engine = new_engine()
    engine.display()
    dying = Dying(engine, base)
    private = private_root(engine.paths)
    count = dying.steps()
    # Of the start itself; what an engine does for itself once it is up may be among them, or over by then.
    assert count > 20
    for step in chosen(count, 4):
        display, _died = dying.start_until(step)
        begun = rows(engine) | names(engine.paths.instances, private)
        caller = dying.next_engine(tuple(display.sockets))
        found = {info.instance: info.pid for info in caller.call(m.ListInstances()).instances}
        assert rows(engine) == names(engine.paths.instances) == names(private) == set(found), step
        assert names(engine.paths.received) == set(found)
        assert all(is_alive(pid) for pid in found.values())
        assert all((engine.paths.instances / instance / "wayland-0").is_socket() for instance in found)
        for gone in begun - set(found):
            assert residue(gone, private) == [], step
        found[caller.call(m.RunApp(KEEPER)).instance] = 0
        for instance in found:
            caller.call(m.StopInstance(instance))
        for instance in begun | set(found):
            assert residue(instance, private) == [], step
