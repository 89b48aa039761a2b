"""Prompts as handles: a queue that no app can flood."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from berth.core import messages as m
from berth.core.permissions import Grant
from berth.core.problem import Problem
from berth.engine.prompts import DENIALS_BEFORE_SILENCE, OPEN_PER_APP, SILENCE_SECONDS, Prompts, Question


def asked(instance: str, app: str = "a") -> Question:
    return Question(app, "p", app, "", instance, "network", "x")


class Played:
    """Prompts with what they have told and stored, and a clock that is set."""

    def __init__(self) -> None:
        self.events: list[m.Event] = []
        self.stored: list[tuple[Question, Grant]] = []
        self.now = 0.0
        self.full = False
        self.prompts = Prompts(self.events.append, self._store, lambda: self.now)

    def _store(self, question: Question, grant: Grant) -> None:
        if self.full:
            raise Problem("disk-full", "No space.")
        self.stored.append((question, grant))

    def ask(self, question: Question) -> asyncio.Task[Grant | None]:
        return asyncio.create_task(self.prompts.ask(question))

    def open(self) -> list[str]:
        return [info.instance for info in self.prompts.open()]


def in_loop(work: Callable[[Played], Awaitable[None]]) -> None:
    async def bounded() -> None:
        await asyncio.wait_for(work(Played()), 10)

    asyncio.run(bounded())


def test_few_are_open_and_the_others_follow_in_order() -> None:
    async def work(played: Played) -> None:
        tasks = [played.ask(asked(str(number))) for number in range(OPEN_PER_APP + 2)]
        other = played.ask(asked("other", "b"))
        await asyncio.sleep(0)
        assert played.open() == ["0", "1", "2", "other"]
        played.prompts.answer("p2", Grant(True, "once"))
        assert await tasks[1] == Grant(True, "once")
        assert played.open() == ["0", "2", "3", "other"]
        with pytest.raises(Problem, match="There is no prompt"):
            played.prompts.answer("p5", Grant(True, "once"))
        for task in [*tasks, other]:
            task.cancel()
        await asyncio.gather(*tasks, other, return_exceptions=True)
        assert played.open() == []
        opened = [event.info.prompt for event in played.events if isinstance(event, m.PromptOpened)]
        closed = [event.prompt for event in played.events if isinstance(event, m.PromptClosed)]
        assert sorted(opened) == sorted(closed)

    in_loop(work)


def test_answer_that_cannot_be_stored_leaves_the_prompt_open() -> None:
    async def work(played: Played) -> None:
        task = played.ask(asked("1"))
        await asyncio.sleep(0)
        played.full = True
        with pytest.raises(Problem, match="No space"):
            played.prompts.answer("p1", Grant(True, "always"))
        assert played.open() == ["1"] and not task.done()
        played.full = False
        played.prompts.answer("p1", Grant(True, "always"))
        assert await task == Grant(True, "always")

    in_loop(work)


def test_waiting_ones_are_settled_by_a_lasting_answer_too() -> None:
    async def work(played: Played) -> None:
        tasks = [played.ask(asked(str(number))) for number in range(OPEN_PER_APP + 2)]
        other = played.ask(asked("x", "b"))
        await asyncio.sleep(0)
        played.prompts.answer("p1", Grant(False, "session"))
        assert set(await asyncio.gather(*tasks)) == {Grant(False, "session")}
        assert played.open() == ["x"] and len(played.stored) == 1
        other.cancel()

    in_loop(work)


def test_silence_after_denials_ends_with_time_or_a_decision() -> None:
    async def work(played: Played) -> None:
        for number in range(DENIALS_BEFORE_SILENCE):
            assert not played.prompts.is_silenced(asked("x"))
            task = played.ask(asked(str(number)))
            await asyncio.sleep(0)
            played.prompts.answer(f"p{number + 1}", Grant(False, "once"))
            await task
        assert played.prompts.is_silenced(asked("x"))
        assert not played.prompts.is_silenced(asked("x", "b"))
        played.now += SILENCE_SECONDS
        assert not played.prompts.is_silenced(asked("x"))
        played.now -= 1
        assert played.prompts.is_silenced(asked("x"))
        played.prompts.forget_denials("a", "network")
        assert not played.prompts.is_silenced(asked("x"))

    in_loop(work)


def test_withdrawn_prompts_answer_with_nothing() -> None:
    async def work(played: Played) -> None:
        one, two = played.ask(asked("1")), played.ask(asked("2"))
        await asyncio.sleep(0)
        played.prompts.withdraw_instance("1")
        assert await one is None
        played.prompts.withdraw_topic("a", "network")
        assert await two is None
        with pytest.raises(Problem, match="answered or withdrawn already"):
            played.prompts.answer("p1", Grant(True, "once"))

    in_loop(work)
