"""Programs as people use them, against the display server alone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from berth.core import messages as m
from tests.display.conftest import Display
from tests.display.ui import FakeUi

_QT = """
from PySide6.QtCore import QTimer, Qt
from PySide6.QtGui import QColor, QGuiApplication, QRasterWindow, QPainter

class Window(QRasterWindow):
    def paintEvent(self, event):
        QPainter(self).fillRect(0, 0, self.width(), self.height(), QColor(10, 20, 30))

    def mousePressEvent(self, event):
        self.popup = Window()
        self.popup.setFlags(Qt.Popup)
        self.popup.setTransientParent(self)
        self.popup.setGeometry(5, 5, 40, 30)
        self.popup.show()

    def keyPressEvent(self, event):
        QGuiApplication.clipboard().setText("from qt")
        self.setTitle("key " + event.text())

app = QGuiApplication([])
window = Window()
window.resize(200, 100)
window.setTitle("qt")
window.show()
app.exec()
"""


@contextmanager
def running(display: Display, ui: FakeUi, *command: str) -> Iterator[m.WindowChanged]:
    """A program and its first window, once that is on the screen."""
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    environment = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "QT_QPA_PLATFORM")}
    environment |= {
        "WAYLAND_DISPLAY": str(display.instance()),
        "XDG_RUNTIME_DIR": str(display.directory),
        "QT_QPA_PLATFORM": "wayland",
    }
    with (display.directory / "program.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    try:
        ui.until(lambda: any(window.mapped for window in ui.windows.values()), 30)
        yield next(window for window in ui.windows.values() if window.mapped)
    finally:
        process.terminate()
        process.wait(10)
    display.until_engine(m.InstanceConnections, clients=0)
    display.until_engine(m.InstanceMapped, windows=0)


def colours(ui: FakeUi, surface: int) -> int:
    pixels = ui.pixels(surface)
    return len({pixels[at : at + 4] for at in range(0, len(pixels), 4)})


@pytest.mark.parametrize(
    ("program", "colours_at_least"),
    [
        ("weston-simple-shm", 100),
        ("weston-flower", 10),
        ("weston-terminal", 10),
        ("weston-clickdot", 2),
        ("weston-eventdemo", 2),
        ("weston-smoke", 1),
    ],
)
def test_weston_clients_map_and_draw(display: Display, program: str, colours_at_least: int) -> None:
    ui = display.ui()
    with running(display, ui, program) as window:
        assert window.title or window.app_id
        assert colours(ui, window.surface) >= colours_at_least


def test_an_animation_runs_at_the_pace_of_the_ui(display: Display) -> None:
    ui = display.ui()
    with running(display, ui, "weston-simple-shm"):
        before = ui.last_seq
        ui.until(lambda: ui.last_seq > before + 50)
        assert len(ui.slots) <= 3
        ui.auto_frames = False
        ui.until(lambda: not ui.auto_frames)
        ui.settle()
        stopped = ui.last_seq
        ui.settle()
        ui.settle()
        assert ui.last_seq <= stopped + 1
        ui.done()
        ui.until(lambda: ui.last_seq > stopped)


def test_foot_is_typed_into_and_closed(display: Display) -> None:
    ui = display.ui()
    with running(
        display, ui, "foot", "sh", "-c", "read line; printf '\\033]2;got %s\\007' \"$line\"; read line"
    ) as window:
        assert window.server_decorated
        ui.send(m.KeyboardFocus(window.surface))
        ui.configure(window.window, 0, 0, ("activated",))
        for code in (35, 23, 28):  # h, i, enter
            ui.send(m.Key(code, True, code), m.Key(code, False, code))
        ui.until(lambda: ui.windows[window.window].title == "got hi")
        serial = ui.configure(window.window, 400, 300, ("activated", "maximized"))
        ui.until(lambda: ui.states[window.surface].configure == serial)
        geometry = ui.states[window.surface].geometry
        assert geometry is not None and geometry[2:] == (400, 300)
        ui.send(m.CloseWindow(window.window))
        ui.until(lambda: not ui.windows)


def test_subsurfaces_of_a_real_client(display: Display) -> None:
    ui = display.ui()
    with running(display, ui, "weston-subsurfaces") as window:
        ui.until(lambda: len(ui.states[window.surface].children) > 1)
        children = [number for number, _x, _y in ui.states[window.surface].children]
        ui.until(lambda: any(number in ui.states for number in children if number != window.surface))


def test_a_qt_program(display: Display) -> None:
    ui = display.ui()
    with running(display, ui, sys.executable, "-c", _QT) as window:
        pixels = ui.pixels(window.surface)
        assert bytes((30, 20, 10, 255)) in (pixels[:4], pixels[len(pixels) // 2 : len(pixels) // 2 + 4])
        ui.place(window.window, 100, 100, 200, 100)
        ui.configure(window.window, 200, 100, ("activated",))
        ui.send(m.KeyboardFocus(window.surface), m.Key(30, True, 1), m.Key(30, False, 2))
        ui.until(lambda: ui.windows[window.window].title.startswith("key a"))
        ui.send(m.PointerMotion(window.surface, 50, 50, 3), m.PointerButton(0x110, True, 4))
        ui.send(m.PointerButton(0x110, False, 5))
        ui.until(lambda: any(popup.mapped for popup in ui.popups.values()))
        number, popup = next(iter(ui.popups.items()))
        assert (popup.width, popup.height, popup.parent) == (40, 30, window.surface)
        ui.send(m.DismissPopup(number))
        ui.until(lambda: not ui.popups)


@pytest.mark.parametrize("program", ["foot", "weston-terminal"])
def test_programs_survive_a_ui_that_dies(display: Display, program: str) -> None:
    ui = display.ui()
    with running(display, ui, program) as window:
        for _ in range(3):
            ui.settle()
            before = ui.pixels(window.surface)
            ui.close()
            ui = display.ui()
            assert ui.windows.keys() == {window.window}
            assert len(ui.pixels(window.surface)) == len(before)
