"""What is let pass of Qt's own words, Qt says with nothing of ours in it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from PySide6.QtCore import QLibraryInfo

from tests.qt_messages import STOPPED_TWICE

_ITEM = b"""
import QtQuick
Item {
    id: item
    function stop() { last.stop() }
    function flash() { other.start(); other.stop() }
    function wait() { timer.start() }
    NumberAnimation { id: last; target: item; property: "x"; to: 100; duration: 100000; running: true }
    NumberAnimation { id: other; target: item; property: "y"; to: 100; duration: 100000 }
    Timer { id: timer; interval: 100; onTriggered: Qt.quit() }
}
"""
"""A timer of QML's is an animation that pauses."""

_PROGRAM = f"""
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QUrl
from PySide6.QtGui import QGuiApplication
from PySide6.QtQml import QQmlComponent, QQmlEngine

class Later(QObject):
    def __init__(self):
        super().__init__()
        self.steps = []
    def post(self, step):
        self.steps.append(step)
        QCoreApplication.postEvent(self, QEvent(QEvent.Type.User))
    def event(self, event):
        if event.type() == QEvent.Type.User:
            self.steps.pop(0)()
        return True

application = QGuiApplication([])
engine = QQmlEngine()
engine.quit.connect(application.quit)
component = QQmlComponent(engine)
component.setData({_ITEM!r}, QUrl())
item = component.create()
later = Later()

def act():
    # In the queue after this: that no animation is left, the wait, that there are new ones. The wait is one of these.
    item.stop()
    later.post(item.wait)
    item.flash()

def moved():
    item.xChanged.disconnect(moved)
    later.post(act)

item.xChanged.connect(moved)
application.exec()
"""


@pytest.mark.skipif(QLibraryInfo.version().segments()[:2] != [6, 11], reason="this was seen in Qt 6.11")
def test_qt_stops_what_drives_animations_twice() -> None:
    # In a locale that is not UTF-8, Qt would say so as well.
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "QT_QPA_PLATFORM": "offscreen", "QT_QUICK_BACKEND": "software"}
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM], env=environment, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stderr.splitlines() == [STOPPED_TWICE]
