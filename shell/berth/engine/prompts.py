"""Prompts: questions to the user as request handles.

A handle is opened, waits for as long as it takes, and ends by an answer or by being withdrawn
(its app has ended, its caller gave up). It never times out. An app cannot flood the screen:
few of its questions are open at a time, the others queue, and one that was denied again and
again is not asked for a while.

Source of the pattern: xdg-desktop-portal's Request objects.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec

from berth.core.messages import Event, PromptClosed, PromptInfo, PromptOpened
from berth.core.permissions import Grant
from berth.core.problem import Problem

OPEN_PER_APP = 3
DENIALS_BEFORE_SILENCE = 3
SILENCE_SECONDS = 600.0
_REMEMBERED = 256


class Question(msgspec.Struct, frozen=True):
    """What is asked, and by whom; `image` is a digest."""

    app: str
    publisher: str
    name: str
    icon: str
    instance: str
    permission: str
    reason: str
    image: str = ""

    @property
    def topic(self) -> tuple[str, str, str]:
        """Questions with one topic are settled by one lasting answer."""
        return (self.app, self.publisher, self.permission)


@dataclass
class Prompt:
    """One handle. `answer` is resolved once: a grant, or None when it was withdrawn."""

    id: str
    question: Question
    answer: asyncio.Future[Grant | None]
    info: PromptInfo | None = field(default=None)

    @property
    def is_open(self) -> bool:
        return self.info is not None


class Prompts:
    """All handles.

    Args:
        emit: receives `PromptOpened` and `PromptClosed`.
        record: stores a decision before anyone acts on it; if it raises, the prompt stays open.
    """

    def __init__(
        self,
        emit: Callable[[Event], None],
        record: Callable[[Question, Grant], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._emit = emit
        self._record = record
        self._clock = clock
        self._numbers = itertools.count(1)
        self._waiting: dict[str, Prompt] = {}
        self._ended: deque[str] = deque(maxlen=_REMEMBERED)
        self._denials: dict[tuple[str, str, str], deque[float]] = {}

    def open(self) -> tuple[PromptInfo, ...]:
        """The prompts to show, oldest first."""
        return tuple(prompt.info for prompt in self._waiting.values() if prompt.info is not None)

    def is_silenced(self, question: Question) -> bool:
        """The question was denied so often lately that asking it again would only be pestering."""
        times = self._denials.get(question.topic, ())
        recent = [denied for denied in times if self._clock() - denied < SILENCE_SECONDS]
        return len(recent) >= DENIALS_BEFORE_SILENCE

    async def ask(self, question: Question) -> Grant | None:
        """Ask and wait. None: withdrawn without an answer. Cancelling withdraws."""
        prompt = Prompt(f"p{next(self._numbers)}", question, asyncio.get_running_loop().create_future())
        self._waiting[prompt.id] = prompt
        self._open_next(question.app)
        try:
            return await prompt.answer
        finally:
            self._close(prompt)

    def answer(self, prompt_id: str, grant: Grant) -> None:
        """Settle a prompt, and those of the same topic unless the answer is for once.

        Raises:
            Problem: ``unknown-prompt``, or what storing the decision raised.
        """
        prompt = self._waiting.get(prompt_id)
        if prompt is None or not prompt.is_open or prompt.answer.done():
            raise self._unknown(prompt_id)
        self._record(prompt.question, grant)
        if not grant.allow and grant.duration == "once":
            denials = self._denials.setdefault(prompt.question.topic, deque(maxlen=DENIALS_BEFORE_SILENCE))
            denials.append(self._clock())
        for other in self._settled_by(prompt, grant):
            other.answer.set_result(grant)
            self._close(other)

    def withdraw_instance(self, instance: str) -> None:
        """Close every prompt of an instance: its app has ended."""
        for prompt in [prompt for prompt in self._waiting.values() if prompt.question.instance == instance]:
            self._withdraw(prompt)

    def withdraw_topic(self, app: str, permission: str) -> None:
        """Close the prompts about what was decided elsewhere."""
        for prompt in list(self._waiting.values()):
            if (prompt.question.app, prompt.question.permission) == (app, permission):
                self._withdraw(prompt)

    def forget_denials(self, app: str, permission: str) -> None:
        for topic in [topic for topic in self._denials if (topic[0], topic[2]) == (app, permission)]:
            del self._denials[topic]

    def forget_app(self, app: str) -> None:
        for topic in [topic for topic in self._denials if topic[0] == app]:
            del self._denials[topic]

    def _settled_by(self, prompt: Prompt, grant: Grant) -> list[Prompt]:
        if grant.duration == "once":
            return [prompt]
        same = (other for other in self._waiting.values() if other.question.topic == prompt.question.topic)
        return [other for other in same if not other.answer.done()]

    def _withdraw(self, prompt: Prompt) -> None:
        if not prompt.answer.done():
            prompt.answer.set_result(None)
        self._close(prompt)

    def _close(self, prompt: Prompt) -> None:
        if self._waiting.pop(prompt.id, None) is None:
            return
        self._ended.append(prompt.id)
        if prompt.is_open:
            self._emit(PromptClosed(prompt.id))
        self._open_next(prompt.question.app)

    def _open_next(self, app: str) -> None:
        ours = [prompt for prompt in self._waiting.values() if prompt.question.app == app]
        for prompt in ours[:OPEN_PER_APP]:
            if not prompt.is_open:
                prompt.info = _info(prompt.id, prompt.question)
                self._emit(PromptOpened(prompt.info))

    def _unknown(self, prompt_id: str) -> Problem:
        if prompt_id in self._ended:
            return Problem("unknown-prompt", f"The prompt “{prompt_id}” was answered or withdrawn already.")
        return Problem(
            "unknown-prompt", f"There is no prompt “{prompt_id[:40]}”.", "List the open ones with: berth prompts"
        )


def _info(prompt_id: str, question: Question) -> PromptInfo:
    return PromptInfo(
        prompt=prompt_id,
        app=question.app,
        name=question.name,
        icon=question.icon,
        instance=question.instance,
        permission=question.permission,
        reason=question.reason,
        publisher=question.publisher,
        image=question.image,
        opened=time.time(),
    )
