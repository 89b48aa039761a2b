"""What the command line asks of the desktop: windows, screenshots and input."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from PySide6.QtCore import QRectF
from PySide6.QtQuick import QQuickItem

from berth.core.messages import (
    ChangeDock,
    ChangeOutput,
    ChangeScreenKeyboard,
    Cursor,
    Done,
    GetPointer,
    InputButton,
    InputClick,
    InputDrag,
    InputKey,
    InputMove,
    InputScroll,
    InputTouch,
    InputType,
    ListOutputs,
    ListWindows,
    LockAfter,
    LockSession,
    MoveWindow,
    OpenInspector,
    OutputList,
    PlugOutput,
    PointerInfo,
    Rect,
    ResizeWindow,
    Result,
    Screenshot,
    SendWindow,
    ShellRequest,
    UnplugOutput,
    WindowAction,
    WindowInfo,
    Windows,
)
from berth.core.outputs import check_scale, check_transform, parse_spec
from berth.core.problem import Problem
from berth.ui.capture import Capture
from berth.ui.dock import Dock
from berth.ui.inject import Injector
from berth.ui.inspector import Inspector
from berth.ui.keymap import Keymap
from berth.ui.lock import Lock, choose_time
from berth.ui.outputs import Outputs
from berth.ui.scene import Scene
from berth.ui.screen_keyboard import ScreenKeyboard
from berth.ui.window import Window

Reply = Callable[[Result | Problem], None]
_LARGEST = 16_384


class Commands:
    """Carries out the requests that the engine forwards to the shell."""

    def __init__(
        self,
        scene: Scene,
        outputs: Outputs,
        keymap: Keymap,
        inspector: Inspector,
        screen_keyboard: ScreenKeyboard,
        lock: Lock,
        dock: Dock,
        config: Path,
        together: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self._scene = scene
        self._lock = lock
        self._dock = dock
        self._config = config
        self._inspector = inspector
        self._screen_keyboard = screen_keyboard
        self._stage = scene.stage
        self._outputs = outputs
        self._capture = Capture(outputs, scene)
        self._injector = Injector(outputs, keymap, together)

    def handle(self, request: ShellRequest, fds: list[int], reply: Reply) -> None:
        """Carry out `request`; `reply` is called once, now or later. Takes ownership of `fds`."""
        for fd in fds:
            os.close(fd)
        try:
            self._carry_out(request, reply)
        except Problem as problem:
            reply(problem)

    def _carry_out(self, request: ShellRequest, reply: Reply) -> None:
        match request:
            case ListWindows():
                reply(Windows(tuple(self._info(level, window) for level, window in enumerate(self._stage.windows))))
            case GetPointer():
                reply(self._pointer())
            case WindowAction(number, action):
                self._act(self._window(number), action)
                reply(Done())
            case MoveWindow(number, x, y):
                self._stage.windows.move(self._window(number).id, x, y)
                self._stage.settle()
                reply(Done())
            case ResizeWindow(number, width, height):
                self._resize(self._window(number), width, height)
                reply(Done())
            case SendWindow(number, output):
                self._stage.windows.send(self._window(number).id, self._outputs.get(output).name)
                self._stage.settle()
                reply(Done())
            case OpenInspector(element, wanted):
                self._inspect(element, wanted)
                reply(Done())
            case ChangeScreenKeyboard(action):
                self._screen_keyboard.change(action)
                reply(self._screen_keyboard.describe(self._on_screen))
            case ChangeDock():
                self._dock.change(request)
                reply(self._dock.describe())
            case LockSession():
                self._lock.lock_and(lambda problem: reply(problem or Done()))
            case LockAfter(seconds):
                choose_time(self._config, seconds)
                self._lock.set_time(seconds)
                reply(Done())
            case Screenshot(number, output):
                self._take_picture(number, output, reply)
            case ListOutputs() | ChangeOutput() | PlugOutput() | UnplugOutput():
                self._change_outputs(request)
                reply(OutputList(tuple(self._outputs.describe(output) for output in self._outputs.all)))
            case _:
                self._input(request, lambda: reply(Done()))

    def _inspect(self, element: str, wanted: bool) -> None:
        if wanted:
            self._inspector.show(element)
        else:
            self._inspector.close()

    def _input(self, request: ShellRequest, done: Callable[[], None]) -> None:
        injector = self._injector
        match request:
            case InputKey(keys):
                injector.key(keys, done)
            case InputType(text):
                injector.type(text, done)
            case InputClick(x, y, button, count):
                injector.click(x, y, button, count, done)
            case InputMove(x, y):
                injector.move(x, y, done)
            case InputButton(pressed, button):
                injector.press(button, pressed, done)
            case InputDrag(x1, y1, x2, y2, steps):
                injector.drag((x1, y1), (x2, y2), steps, done)
            case InputScroll(x, y, steps_x, steps_y):
                injector.scroll(x, y, steps_x, steps_y, done)
            case InputTouch(points):
                injector.touch(points, done)
            case _:
                raise Problem("unknown-request", "The desktop does not know this request.", "Update Berth.")

    # --- outputs

    def _change_outputs(self, request: ListOutputs | ChangeOutput | PlugOutput | UnplugOutput) -> None:
        match request:
            case ChangeOutput():
                self._change_output(request)
            case PlugOutput(width, height, scale):
                self._outputs.plug(parse_spec(f"{width}x{height}@{scale}"))
            case UnplugOutput(name):
                self._outputs.unplug(name)

    def _change_output(self, wish: ChangeOutput) -> None:
        outputs, name = self._outputs, wish.output
        outputs.get(name)
        check_scale(max(wish.scale, 0.0))
        check_transform(max(wish.transform, 0))
        outputs.end_trial()
        before = {output.name: outputs.state(output) for output in outputs.all}
        if wish.default:
            outputs.forget_places()
            outputs.reset(name)
        if wish.scale >= 0:
            outputs.set_scale(name, wish.scale)
        if wish.transform >= 0:
            outputs.set_transform(name, wish.transform)
        try:
            if wish.side is not None:
                outputs.set_beside(name, wish.side, wish.beside)
            elif wish.position is not None:
                outputs.set_position(name, wish.position)
        except Problem:
            outputs.restore(before)
            raise
        if wish.primary:
            outputs.set_primary(name)
        outputs.keep(
            name,
            scale=wish.default or wish.scale >= 0,
            transform=wish.default or wish.transform >= 0,
            arrangement=wish.default or wish.primary or (wish.side or wish.position) is not None,
        )

    def _pointer(self) -> PointerInfo:
        place, drag, cursor = self._stage.router.place, self._stage.drag, self._stage.cursor.wanted
        if drag.cursor:
            cursor = Cursor(drag.cursor)
        return PointerInfo(
            round(place.x()), round(place.y()), cursor.shape, cursor.hotspot_x, cursor.hotspot_y, drag.target
        )

    def _on_screen(self, item: QQuickItem, rect: QRectF) -> Rect:
        first = self._stage.space.from_item(item, rect.topLeft())
        last = self._stage.space.from_item(item, rect.bottomRight())
        left, top = min(first.x(), last.x()), min(first.y(), last.y())
        width, height = abs(last.x() - first.x()), abs(last.y() - first.y())
        return round(left), round(top), round(width), round(height)

    # --- windows

    def _window(self, number: int) -> Window:
        window = self._stage.windows.get(number)
        if window is None or not window.placed:
            raise Problem("no-window", f"There is no window {number}.", "List them with: berth windows")
        return window

    def _info(self, level: int, window: Window) -> WindowInfo:
        x, y, width, height = window.rect
        return WindowInfo(
            window=window.id,
            instance=window.instance,
            app=self._scene.label(window.instance)[0],
            title=window.title,
            app_id=window.app_id,
            x=x,
            y=y,
            width=width,
            height=height,
            z=level,
            state=window.state,
            minimized=window.minimized,
            focused=window.id == self._stage.windows.focused,
            frame=self._stage.windows.frame(window),
            output=window.output,
        )

    def _act(self, window: Window, action: str) -> None:
        windows = self._stage.windows
        match action:
            case "focus":
                windows.focus(window.id)
            case "close":
                self._stage.actions.close(window.id)
            case "minimize":
                windows.minimize(window.id)
            case "maximize":
                windows.set_state(window.id, "maximized")
            case "fullscreen":
                windows.set_state(window.id, "fullscreen")
            case _:
                self._restore(window)
        self._stage.settle()

    def _restore(self, window: Window) -> None:
        if window.minimized:
            self._stage.windows.focus(window.id)
        else:
            self._stage.windows.set_state(window.id, "normal")

    def _resize(self, window: Window, width: int, height: int) -> None:
        if not (0 < width <= _LARGEST and 0 < height <= _LARGEST):
            raise Problem("bad-size", f"A window cannot have {width}x{height} pixels.", f"Use 1 to {_LARGEST}.")
        if not window.resizable:
            raise Problem("fixed-size", "This window has a fixed size.")
        self._stage.windows.resize(window.id, width, height)
        self._stage.settle()

    def _take_picture(self, number: int, output: str, reply: Reply) -> None:
        if number == 0:
            self._capture.screen(output, reply)
            return
        if self._lock.property("locked"):
            raise Problem("locked", "The session is locked, so no window is shown.", "Unlock it with the password.")
        if self._window(number).minimized:
            raise Problem("minimized", "A minimised window shows nothing.", f"Restore it: berth focus {number}")
        self._capture.frame(number, reply)
