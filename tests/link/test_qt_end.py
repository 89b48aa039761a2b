"""The Qt end: losing the connection is told in its own time."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEventLoop
from PySide6.QtGui import QGuiApplication

from berth.core import messages as m
from berth.link.qt import QtLink


@pytest.fixture(scope="session", autouse=True)
def application() -> QCoreApplication:
    return QCoreApplication.instance() or QGuiApplication(["test", "-platform", "offscreen"])


def test_loss_that_sending_meets_is_told_after_whoever_sent_has_finished(tmp_path: Path) -> None:
    path = tmp_path / "s"
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(str(path))
    listening.listen(1)
    lost: list[str] = []
    link = QtLink(path, m.Hello("ui"), lambda _message, _fds: None, on_close=lambda: lost.append("lost"))
    link.open()
    listening.accept()[0].close()
    listening.close()
    link.send(m.KeyboardFocus(1))
    assert not link.is_open and lost == []
    while not lost:
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
    assert lost == ["lost"]
    link.close()
