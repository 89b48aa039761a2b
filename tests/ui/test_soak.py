"""Windows that come and go leave nothing behind in the ui."""

from __future__ import annotations

import os
from pathlib import Path

from berth.core.messages import InputKey
from tests.display.shapes import Window
from tests.ui.session import Session
from tests.ui.test_scene_session import RED, coloured

AT_ONCE = 10
WARM, ROUNDS = 4, 12
TOLERANCE = 2 << 20
"""Bytes. What was forgotten of each of `AT_ONCE` x `ROUNDS` windows once was more."""


def memory(session: Session) -> int:
    words = Path(f"/proc/{session.ui.pid}/smaps_rollup").read_text().split()
    return int(words[words.index("Private_Dirty:") + 1]) << 10


def descriptors(session: Session) -> int:
    return len(os.listdir(f"/proc/{session.ui.pid}/fd"))  # noqa: PTH208


def one_round(session: Session) -> None:
    """Windows with frames, a look at all of them in the switcher and at their names in the panel."""
    app = session.app("more")
    for i in range(AT_ONCE):
        Window(app, 60, 40).toplevel.set_title(f"Window {i}")
    app.roundtrip()
    session.until_windows(AT_ONCE + 1)
    session.input(InputKey("alt+Tab"))
    app.close()
    session.until_windows(1)


def test_windows_that_come_and_go(session: Session) -> None:
    coloured(session, "stays", RED)
    for _ in range(WARM):
        one_round(session)
    before, files = memory(session), descriptors(session)
    for _ in range(ROUNDS):
        one_round(session)
    after = memory(session)
    print(f"{before >> 10} KiB before, {after >> 10} KiB after")  # noqa: T201
    session.until(lambda: descriptors(session) <= files)
    assert after - before < TOLERANCE
