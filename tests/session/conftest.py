"""Fixtures: whole sessions, each with its own runtime directory and name."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.session.desktop import Desktop

_numbers = itertools.count(1)


@pytest.fixture
def runtime_base() -> Iterator[Path]:
    """A short path: unix socket names end after 107 bytes."""
    base = Path(tempfile.mkdtemp(prefix="bt-", dir="/tmp"))
    yield base
    shutil.rmtree(base, ignore_errors=True)


@pytest.fixture
def new_desktop(runtime_base: Path) -> Iterator[Callable[..., Desktop]]:
    """Starts sessions; each must end cleanly when the test is over."""
    started: list[Desktop] = []

    def start(**options: object) -> Desktop:
        desktop = Desktop(f"test-{os.getpid()}-{next(_numbers)}", runtime_base, **options)  # type: ignore[arg-type]
        started.append(desktop)
        return desktop

    yield start
    for desktop in started:
        desktop.end()


@pytest.fixture
def desktop(new_desktop: Callable[..., Desktop]) -> Desktop:
    return new_desktop()


@pytest.fixture
def lasting(runtime_base: Path) -> None:
    """A desktop whose notices stay until they have been looked at."""
    sheet = runtime_base / "config/berth/style.css"
    sheet.parent.mkdir(parents=True)
    sheet.write_text(":root { --duration-notice: 90s }")
