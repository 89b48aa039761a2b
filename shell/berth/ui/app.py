"""The ui process: puts scene, shell and QML together and runs until the user or the supervisor ends it.

Exit codes: 0 when the user closed the window or SIGTERM came, which ends the session;
anything else is a failure, after which the supervisor starts the process again.
"""

from __future__ import annotations

import argparse
import gc
import logging
import os
import resource
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QMessageLogContext, QObject, QSocketNotifier, QtMsgType, QUrl, qInstallMessageHandler
from PySide6.QtGui import QGuiApplication
from PySide6.QtQml import QQmlEngine
from PySide6.QtQuick import QQuickItem, QQuickWindow

import berth.ui.wallpaper  # noqa: F401
from berth.core.messages import (
    CaptureWanted,
    CursorFollowed,
    EnterText,
    Hello,
    KeyboardLayout,
    LockState,
    PowerState,
    ProblemInfo,
)
from berth.core.outputs import OutputSpec, parse_spec
from berth.core.paths import Paths, session_paths
from berth.core.problem import Problem
from berth.link.qt import QtLink
from berth.themes.stack import config_folder, search_path
from berth.ui import renderer
from berth.ui.app_icons import AppIcons
from berth.ui.app_look import AppLook
from berth.ui.app_pointers import AppPointers
from berth.ui.box_pictures import BOXES_PROVIDER, BoxPictures
from berth.ui.captures import Captures
from berth.ui.commands import Commands
from berth.ui.dock import Dock
from berth.ui.greeter import Greeter
from berth.ui.heap import Heap
from berth.ui.host_window import HostWindow
from berth.ui.inspector import Inspector
from berth.ui.key_levels import KeyLevels
from berth.ui.key_strokes import KeyStrokes
from berth.ui.keymap import Keymap, layout_from
from berth.ui.lock import Lock, choose_time, usual_time
from berth.ui.lock_shown import LockWatch
from berth.ui.output import Output
from berth.ui.output_file import KeptOutputs
from berth.ui.output_settings import OutputSettings
from berth.ui.outputs import Outputs
from berth.ui.own_fields import OwnFields
from berth.ui.power import Power
from berth.ui.preview import WINDOWS_PROVIDER, WindowPictures
from berth.ui.scene import Scene
from berth.ui.screen_keyboard import ScreenKeyboard
from berth.ui.shell import Shell
from berth.ui.shortcuts import DISMISS_NOTICES, INPUT_HELD, LOCK, SCREEN_KEYBOARD
from berth.ui.singletons import provide
from berth.ui.styles import Styles
from berth.ui.symbols import SYMBOLS_PROVIDER, SymbolPictures
from berth.ui.themes import Themes
from berth.ui.tokens import Tokens

log = logging.getLogger("berth.ui")

_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


def main(arguments: Sequence[str] | None = None) -> int:
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")
    options = _parse(arguments)
    # Every buffer of every window is a descriptor; the usual 1,024 would be a limit on windows.
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        paths = session_paths(options.name, os.environ, os.getuid())
        return _run(paths, options)
    except Problem as problem:
        log.error("%s", problem)
        return 1


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="berth.ui", description="The desktop of a Berth session.")
    parser.add_argument("--name", required=True, help="name of the session")
    parser.add_argument(
        "--outputs",
        type=_outputs,
        default=(OutputSpec(1280, 800, 0.0),),
        metavar="WxH[@SCALE],...",
        help="a window for each, of this size in pixels",
    )
    parser.add_argument("--full-screen", action="store_true", help="a window on each screen of the host instead")
    parser.add_argument("--form-factor", choices=("auto", "desktop", "tablet", "phone"), default="auto")
    parser.add_argument("--renderer", choices=("auto", "software", "opengl"), default="auto")
    parser.add_argument("--greet", action="store_true", help="the session begins")
    parser.add_argument("--locked", action="store_true", help="the session is locked")
    parser.add_argument("--greeter", type=Path, help="nobody has logged in yet; the last login is remembered there")
    parser.add_argument("--ready-fd", type=int, default=-1, help="gets a byte when the first frame is on screen")
    return parser.parse_args(arguments)


def _outputs(text: str) -> tuple[OutputSpec, ...]:
    try:
        return tuple(parse_spec(part) for part in text.split(","))
    except Problem as problem:
        raise argparse.ArgumentTypeError(problem.message) from None


def _run(paths: Paths, options: argparse.Namespace) -> int:
    qInstallMessageHandler(_log_qt)
    renderer.prepare_environment()
    # Memory of windows is a descriptor each; the usual 1,024 would be a limit on windows.
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    application = QGuiApplication(["berth"])
    application.setApplicationDisplayName("Berth")
    application.setQuitOnLastWindowClosed(False)
    signals = _quit_on_signals(application)
    desktop = Desktop(
        paths,
        options.form_factor,
        options.renderer,
        options.full_screen,
        application.quit,
        options.locked,
        options.greeter,
    )
    desktop.shell.greets = options.greet
    desktop.show(options.outputs, lambda: _say_ready(options.ready_fd))
    gc.collect()
    gc.freeze()
    code: int = application.exec()
    signals.setEnabled(False)
    desktop.close()
    return code


class Desktop:
    """The objects of a running shell, in the order they depend on each other."""

    def __init__(
        self,
        paths: Paths,
        form_factor: str,
        wanted_renderer: str,
        full_screen: bool,
        quit_session: Callable[[], None],
        locked: bool = False,
        greeter: Path | None = None,
    ) -> None:
        chosen = renderer.choose(wanted_renderer, QGuiApplication.platformName())
        renderer.select(chosen)
        log.info("renderer %s on %s", chosen, QGuiApplication.platformName())
        self.tokens = Tokens([_shared("themes") / "default/tokens.json"])
        self.shell = Shell(paths.engine_socket, [paths.images, paths.state, _shared("app-manifests")])
        self.link = QtLink(
            paths.display_socket, Hello("ui"), self._received, self._opened, self._lost, on_read=self._read
        )
        layout, keymap = self._keyboard()
        self.scene = Scene(
            self.link.send, self.shell.instance_label, layout, form_factor, uses=self.shell.instance_uses
        )
        started = quit_session if greeter is not None else None
        self.lock = Lock(self.link.send, self.scene.stage.set_locked, layout.layout, locked, started)
        self.lock.timeChosen.connect(self._choose_lock_time)
        self.lock_watch = LockWatch(self._seen_windows, self.link.send)
        self.scene.stage.keyboard.locked = locked
        self.greeter = Greeter(self.lock, greeter)
        log_out = quit_session if greeter is None else None
        self.power = Power(self.link.send, self.shell.instance_rows, log_out)
        self.lock.lockedChanged.connect(self.power.close)
        self._full_screen = full_screen
        self.engine = QQmlEngine()
        self.engine.addImageProvider(WINDOWS_PROVIDER, WindowPictures(self.scene.preview))
        folders = search_path(_shared("themes"), os.environ)
        config, effects = config_folder(os.environ), chosen == "opengl"
        tell, mended = self.shell.post_problem, self.shell.withdraw_problem
        self.styles = Styles(self.tokens, folders, config, tell, mended=mended, effects=effects)
        self.engine.addImageProvider(SYMBOLS_PROVIDER, SymbolPictures(self.styles.theme_icons))
        self.engine.addImageProvider(BOXES_PROVIDER, BoxPictures(self.styles.paintings))
        self.themes = Themes(folders, config_folder(os.environ), self.styles, self.tokens, self.shell.post_problem)
        self.scene.stage.cursor.use(self.styles.cursors)
        self.inspector = Inspector(self.styles, lambda text, hint: self.shell.post("info", text, hint))
        self.screen_keyboard = self._screen_keyboard(keymap, layout, config)
        singletons = (self.tokens, self.styles, self.themes, self.shell, self.scene, self.inspector)
        self.dock = Dock(self.shell, self.scene.desk, self.styles, config)
        provide(self.engine, *singletons, self.screen_keyboard, self.lock, self.greeter, self.dock, self.power)
        self.heap = Heap(self.engine)
        self.styles.refreshed.connect(self.heap.changed)
        self.app_look = AppLook(self.tokens, self.shell.set_app_look)
        self.app_pointers = AppPointers(self.styles.cursors, self.app_look)
        kept = KeptOutputs(config if greeter is None else None, self.shell.post_problem)
        self.outputs = Outputs(self._new_window, self._load, self._outputs_changed, quit_session, full_screen, kept)
        self.output_settings = OutputSettings(self.outputs)
        self.outputs.end_trial = self.output_settings.goBack
        provide(self.engine, self.output_settings)
        self.scene.stage.dmabufs.use(renderer.importer_for(chosen))
        self.scene.attach(self.outputs, renderer.upload_for(chosen), self.link)
        self.commands = Commands(
            self.scene,
            self.outputs,
            keymap,
            self.inspector,
            self.screen_keyboard,
            self.lock,
            self.dock,
            config,
            self._together,
        )
        self.shell.set_commands(self.commands.handle)
        stage = self.scene.stage
        stage.lock_changed = self.shell.osd.lock
        self.outputs.scaled, self.outputs.turned = self.shell.osd.scaled, self.shell.osd.turned
        self.outputs.failed = self.shell.post_problem
        stage.requests.rang = lambda: self.shell.sounds.play("bell")
        self.app_icons = AppIcons(self.shell.post_problem)
        self.styles.refreshed.connect(self._follow_theme)
        self._follow_theme()
        self.app_look.look()
        self.captures = Captures(self.link.send, self._pictured, stage.cursor.painted, self.shell.set_watchers)
        stage.take_pictures(self.captures)
        stage.theme_dropped = lambda transfer, name: self.themes.look_at(
            paths.dropped / transfer / Path(os.fsdecode(name)).name
        )
        for change in (self.shell.instances.rowsInserted, self.shell.instances.dataChanged):
            change.connect(self.scene.refresh_labels)
        self.scene.shortcutActivated.connect(self._shortcut_activated)
        for problem in self.tokens.problems:
            self.shell.post_problem(problem)

    def _pictured(self, wish: CaptureWanted | CursorFollowed) -> QQuickItem | None:
        """What a wish for a picture is about; questions to the user are in no picture of the screen."""
        asking = self.shell.prompts.rowCount() > 0 and not wish.window
        return None if asking or self.lock.property("locked") else self.scene.stage.contents.pictured(wish)

    def _keyboard(self) -> tuple[KeyboardLayout, Keymap]:
        layout = layout_from(os.environ)
        try:
            return layout, Keymap(layout)
        except Problem as problem:
            self.shell.post_problem(problem)
            plain = KeyboardLayout("us")
            return plain, Keymap(plain)

    @contextmanager
    def _together(self) -> Iterator[None]:
        """What apps hear meanwhile is one piece, of one moment."""
        with self.link.together(), self.scene.stage.router.at_once():
            yield

    def _screen_keyboard(self, keymap: Keymap, layout: KeyboardLayout, config: Path) -> ScreenKeyboard:
        stage = self.scene.stage
        send = self.link.send
        strokes = KeyStrokes(
            self._worked_on,
            lambda: stage.keyboard.focus > 0,
            lambda text: send(EnterText(text)),
            self.link.together,
        )
        keyboard = ScreenKeyboard(KeyLevels(keymap), strokes, layout, config, self.shell.post_problem, send=send)
        keyboard.pressed.connect(stage.presses.spare)
        self.scene.formFactorChanged.connect(lambda: keyboard.set_handheld(self.scene.form != "desktop"))
        keyboard.covers.connect(self._keyboard_covers)
        self._own_fields = OwnFields(keyboard.own_field)
        stage.serve_keyboard(keyboard.used, keyboard.learn, self._own_fields.pressed)
        return keyboard

    def _outputs_changed(self, at_once: bool) -> None:
        self.scene.outputs_changed(at_once)
        self.output_settings.refresh()

    def _keyboard_covers(self, output: str, height: int) -> None:
        if self.scene.stage.room.cover(output, height):
            self.scene.outputs_changed(False)

    def _worked_on(self) -> QQuickWindow | None:
        """The host's window that the user works in."""
        known = self.outputs.all
        return next((output.window for output in known if output.looks.active), known[0].window if known else None)

    def _seen_windows(self) -> list[QQuickWindow]:
        """Those of the host that it shows something of."""
        windows = [output.window for output in self.outputs.all]
        return [window for window in windows if window is not None and window.isExposed()]

    def _new_window(self, output: Output, closed: Callable[[], None]) -> HostWindow:
        return HostWindow(self.engine, self.scene.stage, output, closed)

    def _load(self, output: Output) -> None:
        window = output.window
        assert isinstance(window, HostWindow)
        self.scene.loading(output)
        window.setInitialProperties({"output": output})
        self.captures.attach(window)
        window.setSource(QUrl.fromLocalFile(os.fspath(_shared("qml") / "Main.qml")))
        root = window.rootObject()
        if root is None or not root.property("loaded"):
            errors = "; ".join(error.toString() for error in window.errors()) or "a layout does not load"
            raise Problem("qml", f"The desktop's QML cannot be loaded: {errors}.", "Reinstall Berth.")

    def show(self, specs: Sequence[OutputSpec], first_frame: Callable[[], None]) -> None:
        self.outputs.open(specs)
        self.scene.lay_out()
        first = self.outputs.all[0].window
        assert first is not None
        _once(first, first_frame)
        self.outputs.show()
        self.link.open()
        if self.greeter.property("active"):
            self.greeter.look()
        else:
            self.shell.start()

    def close(self) -> None:
        self.themes.close()
        self.greeter.close()
        self.shell.close()
        self.link.close()
        self.outputs.close()
        self.engine.deleteLater()

    def _shortcut_activated(self, name: str) -> None:
        if name == INPUT_HELD:
            self.shell.tell_of_held_input()
        elif name == LOCK:
            self.lock.lock()
        elif name == SCREEN_KEYBOARD:
            self.screen_keyboard.toggle()
        elif name == DISMISS_NOTICES:
            self.shell.dismiss_notices()
        else:
            self.shell.level_keys.press(name)

    def _choose_lock_time(self, seconds: int) -> None:
        try:
            choose_time(config_folder(os.environ), seconds)
        except Problem as problem:
            self.shell.post_problem(problem)
        else:
            self.lock.set_time(seconds)

    def _follow_theme(self) -> None:
        folders = self.styles.stack.folders
        self.shell.sounds.use(self.styles.sounds, folders)
        self.app_look.set_icons(self.app_icons.find(self.styles.app_icons, folders))

    def _received(self, message: object, fds: list[int]) -> None:
        if isinstance(message, LockState):
            self.lock.take(message)
            self.lock_watch.take(message)
            if message.problem is not None:
                self.shell.post("error", message.problem.message, message.problem.hint)
        elif isinstance(message, PowerState):
            self.power.take(message)
            if message.problem is not None:
                self.shell.post("error", message.problem.message, message.problem.hint)
        elif isinstance(message, ProblemInfo):
            self.shell.post("error", message.message, message.hint)
        else:
            self.scene.stage.received(message, fds)  # type: ignore[arg-type]

    def _read(self) -> None:
        self.scene.stage.received_all()

    def _opened(self) -> None:
        self.scene.stage.opened()
        self.lock.set_time(usual_time(config_folder(os.environ), self._full_screen))

    def _lost(self) -> None:
        self.lock_watch.reset()
        self.scene.stage.lost()


def _once(window: QQuickWindow, first_frame: Callable[[], None]) -> None:
    def drawn() -> None:
        window.frameSwapped.disconnect(drawn)
        first_frame()

    window.frameSwapped.connect(drawn)


def _say_ready(fd: int) -> None:
    if fd >= 0:
        os.write(fd, b"\n")
        os.close(fd)


def _shared(folder: str) -> Path:
    """A folder of data: beside the source, or where an installation puts it."""
    source = Path(__file__).parents[3] / folder
    return source if source.is_dir() else Path(sys.prefix) / "share/berth" / folder


def _quit_on_signals(application: QGuiApplication) -> QSocketNotifier:
    """SIGTERM and SIGINT end the event loop; Python alone would only see them at the next event."""
    reader, writer = socket.socketpair()
    for end in (reader, writer):
        end.setblocking(False)
    signal.set_wakeup_fd(writer.fileno())
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: None)
    notifier = QSocketNotifier(reader.fileno(), QSocketNotifier.Type.Read, application)
    # The notifier keeps both ends open for as long as it lives.
    notifier.activated.connect(lambda: _quit(application, reader, writer))
    return notifier


def _quit(application: QObject, *_ends: socket.socket) -> None:
    QGuiApplication.quit()


def _log_qt(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
    logging.getLogger(f"qt.{context.category}").log(_LEVELS.get(kind, logging.WARNING), "%s", message)
