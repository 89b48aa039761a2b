"""The window policy: what becomes of windows when clients, the user or the outputs want something.

It changes nothing on screen and sends nothing while it decides. `settle` compares what
ought to be with what clients and the display server were told last and sends the
difference, so every way to a state leads to the same messages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from berth.core import layout, outputs
from berth.core.layout import NO_EDGES, Edges, Insets
from berth.core.messages import Placement, Rect, SceneRequest, WindowChanged
from berth.core.outputs import Direction, OutputArea
from berth.ui.places import TILE_SIDES, Places
from berth.ui.stacking import Stacking
from berth.ui.window import Window, WindowState
from berth.ui.window_reports import WindowReports


class Windows:
    """All toplevels of the session.

    Args:
        send: takes messages for the display server.

    Attributes:
        places: where they are.
        held: the window in the user's hand, reported when it is let go; 0 for none.
    """

    def __init__(self, send: Callable[[SceneRequest], None]) -> None:
        self._stacking = Stacking()
        self._windows = self._stacking.all
        self._by_surface: dict[int, int] = {}  # asked with every frame of every app
        self.places = Places(self._stacking)
        self._reports = WindowReports(send, self._stacking, self.places)
        self._restoring = False
        self._seen_instances: set[str] = set()
        self.held = 0

    def __iter__(self) -> Iterator[Window]:
        """Placed windows, lowest first."""
        return iter(self._stacking)

    def get(self, number: int) -> Window | None:
        return self._windows.get(number)

    def of_surface(self, surface: int) -> Window | None:
        return self._windows.get(self._by_surface.get(surface, 0))

    @property
    def focused(self) -> int:
        """The window with the focus, 0 for none."""
        return self._stacking.focused

    @property
    def recent(self) -> tuple[int, ...]:
        """Windows in order of use, the last one first."""
        return tuple(self._stacking.recent)

    @property
    def outputs(self) -> tuple[OutputArea, ...]:
        """All there are, the primary one first."""
        return self.places.outputs

    @property
    def active(self) -> str:
        """The output that the user works on; new windows open there."""
        return self.places.active

    @active.setter
    def active(self, name: str) -> None:
        self.places.active = name

    @property
    def maximizes_all(self) -> bool:
        return self.places.maximizes_all

    @property
    def hidden_outputs(self) -> set[str]:
        """Outputs of which the host shows nothing."""
        return self._reports.hidden_outputs

    def output(self, name: str) -> OutputArea:
        """The output of that name; the active one if it is not there, and else the primary one."""
        return self.places.output(name)

    def under(self, rect: Rect) -> str:
        """The output with most of `rect`."""
        return self.places.under(rect)

    def on_output(self, name: str) -> list[Window]:
        """Placed windows that belong to an output, lowest first."""
        return [window for window in self if window.output == name]

    def full_screen_on(self, name: str) -> bool:
        """Whether the window in front there covers the whole output."""
        shown = [window for window in self.on_output(name) if window.shown]
        front = next((window for window in shown if window.id == self.focused), shown[-1] if shown else None)
        return front is not None and front.state == "fullscreen"

    def insets_of(self, window: Window) -> Insets:
        """What the shell draws around a window in its present state."""
        return self.places.insets_of(window)

    def frame(self, window: Window) -> Rect:
        return self.places.frame(window)

    def asks(self, window: Window) -> bool:
        """Whether the user is asked what to do about its app, which does not answer."""
        wanted = window.closing or (window.pressed and window.id == self.focused)
        return window.shown and wanted and not window.responding and not window.patient

    def press(self, number: int) -> bool:
        """The user uses a window by pointer or key; returns whether that is news, as its app does not answer.

        Before, there is no question: who looks on while an app is busy is not disturbed.
        """
        window = self._windows.get(number)
        if window is None or window.responding or window.pressed:
            return False
        window.pressed = True
        return True

    def wait(self, number: int) -> None:
        """The user gives the app of a window more time."""
        window = self._windows.get(number)
        if window is not None:
            for other in self._windows.values():
                if other.instance == window.instance:
                    other.patient, other.closing = True, False

    # --- what the display server tells

    def reset(self) -> None:
        """Forget everything: the scene follows, up to `ready`."""
        self._stacking.clear()
        self._by_surface.clear()
        self.held = 0
        self._restoring = True

    def ready(self, focus: int, before: Sequence[OutputArea] = ()) -> None:
        """The scene is complete; `focus` had the keyboard, and outputs were as in `before`."""
        self._restoring = False
        for window in self:
            self.places.follow(window, before)
            self.places.fit(window)
        for window in list(self._windows.values()):
            if not window.placed:
                self._place_if_ready(window)
        shown = [window.id for window in self if window.shown]
        self._stacking.recent = [window.id for window in self][::-1]
        if focus in shown:
            self._stacking.take_focus(focus)
        elif shown:
            self._stacking.take_focus(shown[-1])

    def changed(self, change: WindowChanged) -> None:
        window = self._windows.get(change.window)
        if window is None:
            window = self._windows[change.window] = Window(change.window, change.surface, change.instance)
            self._by_surface[change.surface] = change.window
        insets = self.insets_of(window)
        window.describe(change)
        if window.placed and self.insets_of(window) != insets:
            # The title bar has come or gone.
            self.places.fit(window)
        if not window.mapped and change.mapped:
            window.mapped = True
        elif window.mapped and not change.mapped:
            self._unmap(window)
        self._place_if_ready(window)

    def destroyed(self, number: int) -> None:
        window = self._windows.get(number)
        if window is not None:
            self._unmap(window)
            del self._windows[number]
            if self._by_surface[window.surface] == number:
                del self._by_surface[window.surface]

    def placed_before(self, placement: Placement, z_of: dict[int, int]) -> None:
        """Part of a replayed scene: where an earlier ui process had the window. `z_of` is filled with its level."""
        window = self._windows.get(placement.window)
        if window is None:
            return
        window.replay(placement)
        z_of[window.id] = placement.z
        self._seen_instances.add(window.instance)
        self._stacking.put_at(window, z_of)

    def drew(self, surface: int, size: tuple[int, int], serial: int) -> bool:
        """A toplevel's surface has new content: its geometry's size and the configure it follows.

        Returns whether anything changed that `settle` has to look at.
        """
        window = self.of_surface(surface)
        if window is None:
            return False
        self._reports.seen(serial)
        caught_up = serial > window.acked
        window.acked = max(window.acked, serial)
        if size == window.drawn and not caught_up and window.placed:
            return False
        window.drawn = size
        if not window.placed:
            self._place_if_ready(window)
        elif window.state == "normal":
            self._fit_to_client(window)
        return True

    def _fit_to_client(self, window: Window) -> None:
        window.rect = layout.anchor(window.rect, window.edges, *window.drawn)
        if window.acked >= window.serial and not window.resizing:
            window.target = window.drawn
            window.sent = None if window.sent is None else (window.target, window.sent[1])
            window.edges = NO_EDGES

    # --- mapping

    def _place_if_ready(self, window: Window) -> None:
        if window.placed or self._restoring:
            return
        if window.sent is None and window.state == "normal" and self.places.maximizes(window):
            self.places.enter(window, "maximized")
        if not window.mapped or 0 in window.drawn:
            return
        window.placed = True
        self.places.open(window)
        first = window.instance not in self._seen_instances
        self._seen_instances.add(window.instance)
        self._stacking.join(window, asked_for=first or window.entitled)

    def _unmap(self, window: Window) -> None:
        window.mapped = window.placed = window.minimized = window.resizing = window.entitled = False
        window.drawn, window.sent, window.reported = (0, 0), None, None
        window.target, window.state = (0, 0), "normal"
        if self.held == window.id:
            self.held = 0
        self._stacking.remove(window)

    # --- what the user and clients want

    def focus(self, number: int) -> None:
        """Bring a window up with all that belongs to it; a modal dialog of it gets the focus in its place."""
        window = self._windows.get(number)
        if window is not None and window.placed:
            self._stacking.show(number)

    def modal_over(self, number: int) -> int:
        """The modal dialog that has to be answered before the window, or the window itself."""
        return self._stacking.modal_over(number)

    def ring(self, number: int) -> None:
        """A window wants to be noticed."""
        window = self._windows.get(number)
        if window is not None:
            window.rings += 1
            self.want_attention(number)

    def entitle(self, number: int) -> None:
        """The window's app was given the focus, by the user's doing."""
        window = self._windows.get(number)
        if window is not None and not window.placed:
            window.entitled = True
        else:
            self.focus(number)

    def want_attention(self, number: int) -> None:
        window = self._windows.get(number)
        if window is not None and number != self.focused:
            window.urgent = True

    def minimize(self, number: int) -> None:
        """Put a window away with all that belongs to it; of a modal dialog also what it belongs to."""
        window = self._windows.get(number)
        if window is not None and window.shown:
            self._stacking.put_away(window)

    def set_state(self, number: int, state: WindowState, output: str = "") -> None:
        """Give a window a state, on another output if one is named."""
        window = self._windows.get(number)
        if window is None or (state in TILE_SIDES and not window.resizable):
            return
        elsewhere = output != window.output and any(known.name == output for known in self.outputs)
        if window.state == state and not elsewhere:
            return
        if elsewhere:
            window.output = output
        self.places.enter(window, state)

    def leave(self, number: int, state: WindowState) -> None:
        """Go back to normal, if the window is in `state`."""
        window = self._windows.get(number)
        if window is not None and window.state == state:
            back: WindowState = window.back if state == "fullscreen" else "normal"
            self.set_state(number, "maximized" if self.places.maximizes(window) else back)

    def toggle(self, number: int, state: WindowState) -> None:
        window = self._windows.get(number)
        if window is not None and window.state == state:
            self.leave(number, state)
        else:
            self.set_state(number, state)

    def move(self, number: int, x: int, y: int, output: str = "") -> None:
        """Put the geometry rectangle's corner at x, y, or as near as it can still be reached.

        The window then belongs to `output`, by itself to the one with most of it.
        """
        window = self._windows.get(number)
        if window is None or not window.placed:
            return
        if window.state != "normal":
            self.set_state(number, "normal")
        window.stay()
        rect = (x, y, *window.rect[2:])
        window.output = self.output(output or self.under(rect)).name
        window.rect = self.places.reachable(window, rect)

    def send(self, number: int, output: str) -> None:
        """Move a window to another output, to the same place and in the same state there."""
        window = self._windows.get(number)
        if window is not None and window.placed:
            self.places.send(window, output)

    def send_beside(self, number: int, direction: Direction) -> None:
        """Move a window to the next output in a direction."""
        window = self._windows.get(number)
        if window is not None and window.placed:
            here = self.output(window.output).name
            self.send(number, outputs.neighbour(here, direction, self.outputs))

    def resize(self, number: int, width: int, height: int, edges: Edges = NO_EDGES) -> None:
        """Ask for a size; the sides opposite to `edges` stay where they are while the client follows."""
        window = self._windows.get(number)
        if window is None or not window.placed:
            return
        window.stay()
        if window.state != "normal":
            here, rect = window.output, window.rect
            self.set_state(number, "normal")
            window.output = here
            window.rect = self.places.reachable(window, (rect[0], rect[1], *window.rect[2:]))
        window.edges = edges
        window.target = layout.limit_size(width, height, window.limits)

    # --- outputs

    def set_outputs(self, areas: Sequence[OutputArea], insets: Insets, maximizes_all: bool) -> None:
        """All outputs, the primary one first, what is drawn around windows, and whether all windows fill theirs."""
        now, places = tuple(areas), self.places
        if (now, insets, maximizes_all) == (places.outputs, places.insets, places.maximizes_all):
            return
        before, places.outputs = places.outputs, now
        mode_changed = maximizes_all != places.maximizes_all
        places.insets, places.maximizes_all = insets, maximizes_all
        self.tell_policy()
        for window in self._windows.values() if not self._restoring else ():
            places.follow(window, before)
            if mode_changed:
                places.follow_mode(window)
            if window.placed:
                places.fit(window)

    # --- telling others

    def settle(self) -> None:
        """Tell clients and the display server what has changed for them."""
        if not self._restoring:
            self._reports.settle(self.held)

    def tell_policy(self, anew: bool = False) -> None:
        """Let the display server know what new windows are told; `anew` to one that knows nothing yet."""
        self._reports.tell_policy(anew)
