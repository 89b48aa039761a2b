"""What clients ask for their windows, as far as the user's interest allows."""

from __future__ import annotations

from collections.abc import Callable

from berth.core.layout import Edges
from berth.core.messages import WindowRequest
from berth.ui.hand import Hand
from berth.ui.window import Window, WindowState
from berth.ui.windows import Windows


class Requests:
    """Args:
    menu: opens the menu of a window at a point of the screen.
    """

    def __init__(self, windows: Windows, hand: Hand, menu: Callable[[int, float, float], None]) -> None:
        self._windows = windows
        self._hand = hand
        self._menu = menu
        self.rang: Callable[[], None] = lambda: None

    def carry_out(self, request: WindowRequest) -> None:
        window = self._windows.get(request.window)
        if window is None:
            return
        match request.action:
            case "move" if self._hand.holding:
                self._hand.begin_move(window.id, self._hand.last.x(), self._hand.last.y())
            case "resize" if self._hand.holding:
                last = self._hand.last
                self._hand.begin_resize(window.id, Edges.from_wire(request.edges), last.x(), last.y())
            case "menu":
                if window.placed:
                    self._menu(window.id, window.rect[0] + request.x, window.rect[1] + request.y)
            case "maximize" | "unmaximize" | "fullscreen" | "unfullscreen":
                self._change_state(window, request)
            case "minimize":
                self._windows.minimize(window.id)
            case "activate":
                self._windows.entitle(window.id)
            case "unminimize":
                self._windows.focus(window.id)
            case "attention":
                self._windows.want_attention(window.id)
            case "bell":
                self._windows.ring(window.id)
                self.rang()
            case _:
                pass

    def _change_state(self, window: Window, request: WindowRequest) -> None:
        """The client waits for a configure, whatever comes of it."""
        action = request.action
        window.answer = True
        if window.state == "fullscreen" and action.endswith("maximize"):
            # Without effect now; it is what the window goes back to.
            back: WindowState = "maximized" if action == "maximize" else "normal"
            window.back = back
        elif action == "maximize":
            self._windows.set_state(window.id, "maximized")
        elif action == "fullscreen":
            self._windows.set_state(window.id, "fullscreen", request.output)
        else:
            self._windows.leave(window.id, "maximized" if action == "unmaximize" else "fullscreen")
