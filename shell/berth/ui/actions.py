"""What shortcuts do to the focused window, and choosing another one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from berth.core.messages import CloseWindow, SceneRequest
from berth.ui.switcher import Switcher
from berth.ui.windows import Windows


class Actions:
    """Args:
    send: takes messages for the display server.
    begin_keys: lets the arrow keys move or resize a window.
    free_input: takes back what an app holds of the user's input.
    """

    def __init__(
        self,
        send: Callable[[SceneRequest], None],
        windows: Windows,
        switcher: Switcher,
        begin_keys: Callable[[int, Literal["move", "resize"]], None],
        free_input: Callable[[], None],
    ) -> None:
        self._send = send
        self._windows = windows
        self._actions: dict[str, Callable[[], None]] = {
            "next-window": lambda: switcher.step(1),
            "previous-window": lambda: switcher.step(-1),
            "close-window": lambda: self.close(windows.focused),
            "maximize": lambda: windows.set_state(windows.focused, "maximized"),
            "restore": self._restore_or_minimize,
            "tile-left": lambda: windows.toggle(windows.focused, "tiled_left"),
            "tile-right": lambda: windows.toggle(windows.focused, "tiled_right"),
            "move-window": lambda: begin_keys(windows.focused, "move"),
            "resize-window": lambda: begin_keys(windows.focused, "resize"),
            "minimize": lambda: windows.minimize(windows.focused),
            "fullscreen": lambda: windows.toggle(windows.focused, "fullscreen"),
            "free-input": free_input,
            "output-left": lambda: windows.send_beside(windows.focused, "left"),
            "output-right": lambda: windows.send_beside(windows.focused, "right"),
            "output-up": lambda: windows.send_beside(windows.focused, "up"),
            "output-down": lambda: windows.send_beside(windows.focused, "down"),
        }

    def carry_out(self, name: str) -> bool:
        """Do what a shortcut is for; returns False if that is not about windows."""
        action = self._actions.get(name)
        if action is not None:
            action()
        return action is not None

    def close(self, number: int, force: bool = False) -> None:
        """Ask a window to close; `force` ends its app if that has not answered for long."""
        window = self._windows.get(number)
        if window is not None:
            window.close()
            self._send(CloseWindow(number, force))

    def _restore_or_minimize(self) -> None:
        window = self._windows.get(self._windows.focused)
        if window is None:
            return
        if window.state == "normal" or self._windows.maximizes_all:
            self._windows.minimize(window.id)
        else:
            self._windows.set_state(window.id, "normal")
