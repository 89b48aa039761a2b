"""Timers: in order, replaced, forgotten, and not lost when one of them fails."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from berth.display.loop import Loop
from berth.display.timers import Timers

_MILLISECOND = 1_000_000


class Clock:
    def __init__(self) -> None:
        self.loop = Loop(lambda: None)
        self.timers = Timers(self.loop)
        self.called: list[str] = []

    def at(self, key: str, milliseconds: int, name: str = "") -> None:
        self.timers.set(key, self.start + milliseconds * _MILLISECOND, lambda: self.call(name or key))

    def call(self, name: str) -> None:
        self.called.append(name)
        if name == "broken":
            raise RuntimeError("broken on purpose")
        if name == "end":
            self.loop.stop()

    @property
    def start(self) -> int:
        return _START

    def run(self, until: int) -> None:
        self.at("end", until)
        self.loop.run()


_START = time.monotonic_ns() - 1_000 * _MILLISECOND
"""A moment that is past: most of what follows is due at once, in whatever order it was set."""


@pytest.fixture
def clock() -> Iterator[Clock]:
    clock = Clock()
    yield clock
    clock.timers.close()
    clock.loop.close()


def test_the_earlier_does_not_wait_for_the_later(clock: Clock) -> None:
    now = (time.monotonic_ns() - _START) // _MILLISECOND
    clock.at("later", now + 100_000)
    clock.at("soon", now + 30)
    clock.at("past", 0)
    clock.run(now + 60)
    assert clock.called == ["past", "soon", "end"]
    assert time.monotonic_ns() >= _START + (now + 60) * _MILLISECOND


def test_replaced_and_forgotten(clock: Clock) -> None:
    clock.at("a", 0, "first")
    clock.at("a", 1, "second")
    clock.at("b", 1)
    clock.timers.forget("b")
    clock.timers.forget("unknown")
    clock.run(2)
    assert clock.called == ["second", "end"]


def test_one_that_fails_leaves_the_others(clock: Clock) -> None:
    clock.at("broken", 0)
    clock.at("other", 0)
    clock.run(1)
    assert clock.called == ["broken", "other", "end"]


def test_a_call_may_set_the_next(clock: Clock) -> None:
    clock.timers.set("a", 0, lambda: clock.at("a", 1, "again"))
    now = (time.monotonic_ns() - _START) // _MILLISECOND
    clock.run(now + 20)
    assert clock.called == ["again", "end"]
