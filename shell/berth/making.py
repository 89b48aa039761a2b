"""What a command says while the image that it needs is made or fetched."""

from __future__ import annotations

import sys
from collections.abc import Collection
from pathlib import Path

from berth.core import messages as m
from berth.core.image_reference import parse_reference
from berth.core.lent_terminal import TERMINAL_APP
from berth.core.problem import Problem
from berth.link.blocking import BlockingLink

_PROGRESS_AFTER_SECONDS = 0.4


def subjects_of(request: m.EngineRequest) -> frozenset[str]:
    """What the progress of `request` is told of; somebody else's may be made at the same time."""
    match request:
        case m.RunApp(app):
            return frozenset((app, TERMINAL_APP))
        case m.BuildImage(app) | m.UpdateApp(app):
            return frozenset((app,))
        case m.PullImage(reference):
            return frozenset((str(parse_reference(reference)).partition("@")[0],))
        case m.ImportImage(path):
            return frozenset((str(Path(path)),))
    return frozenset()


def result_showing_progress(link: BlockingLink, call: int, subjects: Collection[str]) -> m.Result:
    """The result of `call`, which may have to build an image first: says how that goes, Ctrl+C cancels it."""
    timeout: float | None = _PROGRESS_AFTER_SECONDS
    try:
        while True:
            try:
                message, _fds = link.receive(timeout)
            except Problem as problem:
                if problem.code != "timeout":
                    raise
                timeout = None
                link.send(m.Call(call + 1, m.Subscribe()))
                continue
            if isinstance(message, m.Reply) and message.call == call:
                return message.result
            if isinstance(message, m.Failure) and message.call == call:
                raise Problem(message.problem.code, message.problem.message, message.problem.hint)
            if isinstance(message, m.ImageProgress) and message.app in subjects:
                show_progress(message)
    except KeyboardInterrupt:
        link.send(m.Cancel(call))
        raise


def show_progress(progress: m.ImageProgress) -> None:
    """One line on stderr, which a terminal shows in the place of the one before."""
    has_failed = progress.finished and progress.fraction < 0  # why is the answer to the call
    text = "" if has_failed else progress.text
    if progress.fraction >= 0 and not progress.finished:
        text += f" {progress.fraction:.0%}"
    if round(progress.seconds_left) > 0 and not progress.finished:
        text += f", about {progress.seconds_left:.0f} s left"
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\033[K{text}" + ("\n" if progress.finished and text else ""))
    elif text:
        sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
