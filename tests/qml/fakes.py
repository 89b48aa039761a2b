"""Stand-ins for the two neighbours of the shell: the engine behind its socket, and the scene."""

from __future__ import annotations

import os
import socket
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar

import msgspec
from PySide6.QtCore import (
    Property,
    QCoreApplication,
    QEvent,
    QObject,
    QRect,
    QSocketNotifier,
    QTimer,
    Signal,
    Slot,
)
from PySide6.QtGui import QImage
from PySide6.QtQml import QmlElement, QmlSingleton, QQmlEngine
from PySide6.QtQuick import QQuickItem

from berth.core.arrangement import stepped
from berth.core.messages import (
    AnyMessage,
    AppInfo,
    Apps,
    Call,
    Done,
    Failure,
    InstanceInfo,
    Instances,
    ListApps,
    ListInstances,
    ListPrompts,
    OutputState,
    PermissionInfo,
    ProblemInfo,
    PromptInfo,
    Prompts,
    Rect,
    Reply,
    Result,
    Subscribe,
)
from berth.core.outputs import Direction, next_scale, row
from berth.core.problem import Problem
from berth.link.frames import FrameReader, encode, receive
from berth.ui.desk import Desk
from berth.ui.output import Output
from berth.ui.rowmodel import RowList, RowModel
from berth.ui.singletons import provided

QML_IMPORT_NAME = "Berth"
QML_IMPORT_MAJOR_VERSION = 1

Message = TypeVar("Message")


def pump(until: Callable[[], object], seconds: float = 30.0) -> None:
    """Run the Qt loop until `until` is true; fail after `seconds`."""
    deadline = time.monotonic() + seconds
    wake = QTimer()
    wake.start(5)
    while not until():
        assert time.monotonic() < deadline, "it did not happen in time"
        QCoreApplication.processEvents()
        QCoreApplication.sendPostedEvents(None, int(QEvent.Type.DeferredDelete.value))
        time.sleep(0.002)


class FakeEngine(QObject):
    """Listens like the engine, remembers every call, answers the listings."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(prefix="berth-qml-")
        self.path = Path(self.folder.name) / "engine.sock"
        self.calls: list[Call] = []
        self.messages: list[AnyMessage] = []
        self.files: list[bytes] = []  # that came beside messages
        self.apps: tuple[AppInfo, ...] = ()
        self.instances: tuple[InstanceInfo, ...] = ()
        self.prompts: tuple[PromptInfo, ...] = ()
        self.answers: dict[type, Callable[[Any], Result]] = {}
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(os.fspath(self.path))
        self._listener.listen()
        self._accepting = QSocketNotifier(self._listener.fileno(), QSocketNotifier.Type.Read, self)
        self._accepting.activated.connect(self._accept)
        self._peer: socket.socket | None = None
        self._reading: QSocketNotifier | None = None

    @property
    def connected(self) -> bool:
        return self._peer is not None

    def send(self, message: AnyMessage) -> None:
        assert self._peer is not None
        self._peer.sendall(encode(message))

    def asked(self, kind: type[Message]) -> list[Message]:
        """Requests of one kind so far."""
        return [call.request for call in self.calls if isinstance(call.request, kind)]

    def number(self, kind: type[msgspec.Struct]) -> int:
        """Number of the newest call with such a request."""
        return [call.call for call in self.calls if isinstance(call.request, kind)][-1]

    def drop(self) -> None:
        """Die under a supervisor: connections wait for an answer until `revive`."""
        self._accepting.setEnabled(False)
        self._hang_up()

    def vanish(self) -> None:
        """Die without a supervisor: nobody listens any more."""
        self.path.unlink()
        self.drop()

    def revive(self) -> None:
        self._accepting.setEnabled(True)

    def close(self) -> None:
        self._accepting.setEnabled(False)
        self._hang_up()
        self._listener.close()
        self.folder.cleanup()

    def _hang_up(self) -> None:
        if self._reading is not None:
            self._reading.setEnabled(False)
            self._reading.deleteLater()
            self._reading = None
        if self._peer is not None:
            self._peer.close()
            self._peer = None

    def _accept(self) -> None:
        self._hang_up()
        self._peer, _ = self._listener.accept()
        self._reader = FrameReader()
        self._reading = QSocketNotifier(self._peer.fileno(), QSocketNotifier.Type.Read, self)
        self._reading.activated.connect(self._read)

    def _read(self) -> None:
        if self._peer is None:
            return
        data, fds = receive(self._peer)
        if not data:
            self._hang_up()
            return
        for message, files in self._reader.feed(data, fds):
            for fd in files:
                self.files.append(os.pread(fd, 1 << 20, 0))
                os.close(fd)
            self.messages.append(message)
            if isinstance(message, Call):
                self.calls.append(message)
                self._answer(message)

    def _answer(self, call: Call) -> None:
        match call.request:
            case ListApps():
                self.send(Reply(call.call, Apps(self.apps)))
            case ListInstances():
                self.send(Reply(call.call, Instances(self.instances)))
            case ListPrompts():
                self.send(Reply(call.call, Prompts(self.prompts)))
            case Subscribe():
                self.send(Reply(call.call, Done()))
            case request if type(request) in self.answers:
                self._answer_as_told(call)

    def _answer_as_told(self, call: Call) -> None:
        try:
            self.send(Reply(call.call, self.answers[type(call.request)](call.request)))
        except Problem as problem:
            self.send(Failure(call.call, ProblemInfo(problem.code, problem.message, problem.hint)))


class WindowRow(msgspec.Struct, frozen=True):
    window: int
    instance: str
    app: str
    app_name: str
    icon: str
    title: str
    focused: bool = False
    minimized: bool = False
    urgent: bool = False
    picture: str = ""
    window_state: str = "normal"
    resizable: bool = True
    responding: bool = True
    asking: bool = False
    uses: str = ""


@QmlElement
@QmlSingleton
class Scene(QObject):
    """The part of the scene that the shell uses, remembering what it was told."""

    keyboardCapturedChanged = Signal()
    shortcutActivated = Signal(str, arguments=["name"])
    menuRequested = Signal(str, int, float, float, arguments=["output", "window", "x", "y"])
    menuReleased = Signal()
    choiceChanged = Signal()
    menuOpenChanged = Signal()
    handChanged = Signal()
    draggingChanged = Signal()
    pictureWanted = Signal(str, int, arguments=["output", "window"])

    def __init__(self) -> None:
        super().__init__()
        self.rows = RowModel(WindowRow, "window", self)
        self.actions: list[tuple[str, int]] = []
        self.levels: dict[str, QQuickItem] = {}
        self.desktops: dict[str, QQuickItem] = {}
        self._captured = False
        self.menu_open = False
        self.candidates = RowModel(WindowRow, "window", self)
        self.chosen = 0
        self.hand = ""
        self.recent: list[int] = []
        self.frames: list[QRect] = []

    @property
    def desk(self) -> Desk:
        acts = (self.focusWindow, self.minimizeWindow, self.closeWindow)
        return Desk(self.rows, lambda: self.recent, lambda _output: self.frames, *acts)

    @staticmethod
    def create(engine: QQmlEngine) -> Scene:
        return provided(engine, Scene)

    @Slot(str, int)
    def turnOutput(self, output: str, quarters: int) -> None:
        self.actions.append((f"turn {output}", quarters))

    @Slot(float, bool, result=float)
    def nextScale(self, scale: float, larger: bool) -> float:
        return next_scale(scale, larger)

    @Slot(str, float)
    def scaleOutput(self, output: str, scale: float) -> None:
        self.actions.append((f"scale {output}", round(scale * 100)))

    @Slot(str)
    def makePrimary(self, output: str) -> None:
        self.actions.append((f"primary {output}", 0))

    def _get_windows(self) -> RowList:
        return self.rows

    def _get_captured(self) -> bool:
        return self._captured

    def _set_captured(self, captured: bool) -> None:
        if captured != self._captured:
            self._captured = captured
            self.keyboardCapturedChanged.emit()

    def choose_from(self, rows: list[WindowRow], chosen: int) -> None:
        self.candidates.replace(rows)
        self.chosen = chosen
        self.choiceChanged.emit()

    def take_in_hand(self, hand: str) -> None:
        self.hand = hand
        self.handChanged.emit()

    def _get_menu_open(self) -> bool:
        return self.menu_open

    def _set_menu_open(self, menu_open: bool) -> None:
        if menu_open != self.menu_open:
            self.menu_open = menu_open
            self.menuOpenChanged.emit()

    menuOpen = Property(bool, _get_menu_open, _set_menu_open, notify=menuOpenChanged)
    choices = Property(RowList, lambda self: self.candidates, constant=True)
    chosenWindow = Property(int, lambda self: self.chosen, notify=choiceChanged)
    handKeys = Property(str, lambda self: self.hand, notify=handChanged)
    dragging = Property(bool, lambda _self: False, notify=draggingChanged)
    windows = Property(RowList, _get_windows, constant=True)
    keyboardCaptured = Property(bool, _get_captured, _set_captured, notify=keyboardCapturedChanged)

    @Slot(str, float, float, result=bool)
    def appAt(self, _output: str, _x: float, _y: float) -> bool:
        return False

    @Slot(int)
    def focusWindow(self, window: int) -> None:
        self.actions.append(("focus", window))

    @Slot(int)
    def minimizeWindow(self, window: int) -> None:
        self.actions.append(("minimize", window))

    @Slot(int)
    def closeWindow(self, window: int) -> None:
        self.actions.append(("close", window))

    @Slot(int)
    def waitFor(self, window: int) -> None:
        self.actions.append(("wait", window))

    @Slot(int)
    def toggleMaximized(self, window: int) -> None:
        self.actions.append(("maximize", window))

    @Slot(int)
    def toggleFullScreen(self, window: int) -> None:
        self.actions.append(("fullscreen", window))

    @Slot(int, str)
    def toggleTiled(self, window: int, side: str) -> None:
        self.actions.append((f"tile {side}", window))

    @Slot(int)
    def endApp(self, window: int) -> None:
        self.actions.append(("end", window))

    @Slot(int, bool)
    def beginKeys(self, window: int, resize: bool) -> None:
        self.actions.append(("resize" if resize else "move", window))

    @Slot(int, float, float)
    def openMenu(self, window: int, x: float, y: float) -> None:
        self.menuRequested.emit("BERTH-1", window, x, y)

    @Slot()
    def openSwitcher(self) -> None:
        self.actions.append(("switcher", 0))

    @Slot(int)
    def chooseWindow(self, window: int) -> None:
        self.actions.append(("choose", window))

    @Slot()
    def cancelSwitcher(self) -> None:
        self.actions.append(("cancel", 0))

    def preview(self, window: int, width: int, height: int) -> QImage:
        picture = QImage(max(width, 1), max(height // 2, 1), QImage.Format.Format_RGB32)
        picture.fill(0xFF3060A0 + window * 0x2000)
        return picture

    @Slot(str, int, QQuickItem)
    def attachContent(self, output: str, window: int, item: QQuickItem) -> None:
        pass

    @Slot(str, int, QQuickItem)
    def detachContent(self, output: str, window: int, item: QQuickItem) -> None:
        pass

    @Slot(str, QQuickItem)
    def attachDragLayer(self, output: str, layer: QQuickItem) -> None:
        pass

    @Slot(str, QQuickItem)
    def attachDesktop(self, output: str, desktop: QQuickItem) -> None:
        self.desktops[output] = desktop

    @Slot(str, QQuickItem)
    def detachDesktop(self, output: str, desktop: QQuickItem) -> None:
        self.desktops.pop(output)

    @Slot(str, QQuickItem)
    def detachDragLayer(self, output: str, layer: QQuickItem) -> None:
        pass

    @Slot(str, str, QQuickItem)
    def attachLevel(self, output: str, level: str, item: QQuickItem) -> None:
        self.levels[level] = item

    @Slot(str, str, QQuickItem)
    def detachLevel(self, output: str, level: str, item: QQuickItem) -> None:
        self.levels.pop(level)


class FakeOutputs:
    """Outputs without windows of a host, remembering what was to be kept."""

    def __init__(self, outputs: list[Output]) -> None:
        self.all = outputs
        self.kept: list[tuple[str, float, int]] = []
        self.arranged: list[tuple[str, Rect | None, bool]] = []
        self.wanted: dict[str, Rect] = {}
        self.titles: dict[str, str] = {}
        self.changed: Callable[[], None] = lambda: None

    def size(self, _output: Output) -> tuple[int, int]:
        return 1280, 800

    def usual_scale(self, output: Output) -> float:
        return output.usual_scale or 1.0

    def title(self, output: Output) -> str:
        return self.titles.get(output.name, "")

    def set_scale(self, name: str, scale: float) -> None:
        output = self._get(name)
        output.wanted_scale = scale
        output.look(scale=scale or 1.0)
        self.changed()

    def set_transform(self, name: str, turn: int) -> None:
        self._get(name).look(transform=turn)
        self.changed()

    def reset(self, name: str) -> None:
        self.set_scale(name, 0.0)
        self.set_transform(name, 0)

    def step(self, name: str, direction: Direction) -> None:
        names = [output.name for output in self.all]
        rects = stepped([output.rect for output in self.all], names.index(name), direction)
        self.wanted = dict(zip(names, rects, strict=True))
        self._lie(rects)

    def set_primary(self, name: str) -> None:
        for output in self.all:
            output.look(primary=output.name == name)
        self.changed()

    def line_up(self) -> None:
        """Beside each other as they came, all of one size."""
        self._lie(row([(1280, 800) for _output in self.all]))

    def _lie(self, rects: list[Rect]) -> None:
        for output, rect in zip(self.all, rects, strict=True):
            output.rect = rect
        self.changed()

    def keep_or_tell(
        self, name: str, *, scale: bool = False, transform: bool = False, arrangement: bool = False
    ) -> None:
        looks = self._get(name).looks
        if scale or transform:
            self.kept.append((name, looks.scale if scale else -1.0, looks.transform if transform else -1))
        if arrangement:
            self.arranged.append((name, self.wanted.get(name), looks.primary))

    def state(self, output: Output) -> OutputState:
        return OutputState(
            output.wanted_scale, output.looks.transform, self.wanted.get(output.name), output.looks.primary
        )

    def restore(self, states: Mapping[str, OutputState]) -> None:
        for name, state in states.items():
            self._get(name).look(primary=state.primary)
            self.set_scale(name, state.scale)
            self.set_transform(name, state.transform)
        self.wanted = {name: state.place for name, state in states.items() if state.place is not None}
        if self.wanted:
            self._lie([self.wanted[output.name] for output in self.all])
        else:
            self.line_up()

    def tell(self) -> None:
        self.changed()

    def _get(self, name: str) -> Output:
        return next(output for output in self.all if output.name == name)


def app_info(app: str, name: str, summary: str = "", **fields: Any) -> AppInfo:
    values: dict[str, Any] = {
        "app": app,
        "name": name,
        "summary": summary,
        "version": "1",
        "icon": "",
        "categories": (),
        "permissions": (),
        "image": "sha256:" + "ab" * 32,
        "image_state": "ready",
        "source": "/manifests/x.toml",
    }
    return AppInfo(**(values | fields))


def wants(permission: str, decision: Literal["ask", "allow", "deny"] = "ask") -> PermissionInfo:
    return PermissionInfo(permission, "It says so.", False, decision)


def prompt_info(prompt: str = "p1", **fields: Any) -> PromptInfo:
    values: dict[str, Any] = {
        "prompt": prompt,
        "app": "org.mozilla.firefox",
        "name": "Firefox",
        "icon": "",
        "instance": "firefox-1",
        "permission": "network",
        "reason": "Web pages come over the network.",
        "publisher": "Debian",
        "image": "sha256:" + "0123456789abcdef" * 4,
        "opened": 0.0,
    }
    return PromptInfo(**(values | fields))


def instance_info(instance: str, app: str, name: str, state: Any = "running") -> InstanceInfo:
    return InstanceInfo(instance, app, name, state)
