"""An offscreen Qt application, and the rule that a Qt warning fails the test."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("QT_QUICK_BACKEND", "software")

from PySide6.QtCore import QLocale, Qt, QtMsgType, qInstallMessageHandler
from PySide6.QtGui import QGuiApplication

from berth.themes.stack import choose
from berth.ui import shell
from tests.qml.fakes import FakeEngine, pump
from tests.qml.stage import Stage, qml_tree
from tests.qt_messages import STOPPED_TWICE

_BAD = (QtMsgType.QtWarningMsg, QtMsgType.QtCriticalMsg, QtMsgType.QtFatalMsg)


@pytest.fixture(scope="session")
def application() -> Iterator[QGuiApplication]:
    QLocale.setDefault(QLocale(QLocale.Language.English, QLocale.Country.UnitedKingdom))
    existing = QGuiApplication.instance()
    yield existing if isinstance(existing, QGuiApplication) else QGuiApplication(["berth-tests"])


@pytest.fixture(autouse=True)
def qt_warnings(application: QGuiApplication) -> Iterator[list[str]]:
    """Messages of Qt and QML at warning level or above; any left at the end fails the test."""
    messages: list[str] = []

    def handler(kind: QtMsgType, _context: object, text: str) -> None:
        if kind in _BAD and text != STOPPED_TWICE:
            messages.append(text)

    before = qInstallMessageHandler(handler)
    yield messages
    qInstallMessageHandler(before)
    assert messages == []


@pytest.fixture(scope="session")
def qml(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return qml_tree(tmp_path_factory.mktemp("qml"))


@pytest.fixture
def engine(qt_warnings: list[str]) -> Iterator[FakeEngine]:
    fake = FakeEngine()
    yield fake
    fake.close()


@pytest.fixture
def theme(tmp_path: Path) -> Path:
    """A theme of the user's that is in use; ``style.css`` is still empty."""
    folder = tmp_path / "themes/mine"
    folder.mkdir(parents=True)
    (folder / "theme.toml").write_text('id = "mine"\nname = "Mine"\n')
    (folder / "style.css").write_text("")
    choose(tmp_path / "config", "mine")
    return folder


def save(stage: Stage, theme: Path, sheet: str) -> None:
    """Write the theme's sheet, and wait until it counts."""
    read: list[bool] = []
    stage.styles.refreshed.connect(lambda: read.append(True))
    (theme / "style.css").write_text(sheet)
    pump(lambda: bool(read))


OpenStage = Callable[..., Stage]


@pytest.fixture
def open_stage(engine: FakeEngine, qml: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenStage]:
    """Opens a layout; prompts take answers at once unless a test sets `PROMPT_GUARD_MS` itself."""
    monkeypatch.setattr(shell, "PROMPT_GUARD_MS", 0)
    opened: list[Stage] = []

    def open_one(layout: str = "Desktop", **options: Any) -> Stage:
        stage = Stage(qml, engine, layout, **options)
        opened.append(stage)
        return stage

    yield open_one
    for stage in opened:
        stage.close()
    pump(lambda: True)
    QGuiApplication.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
