"""Sessions for tests of the scene; a warning or worse in the ui's log fails the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.qt_messages import STOPPED_TWICE
from tests.ui.session import Session

OpenSession = Callable[..., Session]


@pytest.fixture
def open_session(tmp_path: Path) -> Iterator[OpenSession]:
    sessions: list[Session] = []

    def open_one(**options: object) -> Session:
        folder = tmp_path / str(len(sessions))
        folder.mkdir()
        sessions.append(Session(folder, **options))  # type: ignore[arg-type]
        return sessions[-1]

    yield open_one
    for session in sessions:
        session.close()
        lines = session.log("ui").splitlines()
        complaints = [line for line in lines if not line.startswith("INFO") and not line.endswith(STOPPED_TWICE)]
        assert complaints == []


@pytest.fixture
def session(open_session: OpenSession) -> Session:
    return open_session()
