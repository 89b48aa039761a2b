"""An engine that dies at a step of what it does next: ``python -m tests.engine.mortal``, else as ``berth.engine``.

It counts from SIGUSR2 on. The number of steps it may take is in the environment; a second signal has it write how
many it has taken.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
from pathlib import Path
from typing import Any

from berth.engine import database
from berth.engine.__main__ import main
from tests.dying import Steps

LAST, TAKEN = "BERTH_TEST_LAST_STEP", "BERTH_TEST_STEPS_TAKEN"


def _watched(steps: Steps) -> None:
    """Statements of the databases are steps, too."""
    plain = database._open

    def opened(path: Path, schema: str) -> sqlite3.Connection:
        connection = plain(path, schema)
        connection.set_trace_callback(lambda _statement: steps.count() if steps.watching else None)
        return connection

    database._open = opened


def run() -> int:
    steps = Steps(int(os.environ[LAST]))
    _watched(steps)

    def signalled(_number: int, _frame: Any) -> None:
        if steps.watching:
            taken = str(steps.taken)
            Path(os.environ[TAKEN]).write_text(taken)
        else:
            steps.watch()

    signal.signal(signal.SIGUSR2, signalled)
    return main()


if __name__ == "__main__":
    sys.exit(run())
