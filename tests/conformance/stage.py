"""The ui of a conformance run: windows in a stack, focus by click, parts of the desktop around them.

It manages windows in the simplest way that a real ui could: what is tested is the display server.
"""

from __future__ import annotations

import threading
import time
from pathlib import Path

from berth.core import messages as m
from berth.core.layers import LEVELS, Rules, arrange
from tests.conformance.spots import Scene, Spot, geometry
from tests.display.ui import FakeUi

SCREEN: m.Rect = (0, 0, 1920, 1200)
_FIRST_PLACE, _STEP = 40, 30
_STATES = {"maximize": "maximized", "fullscreen": "fullscreen"}


def clock() -> int:
    return time.monotonic_ns() // 1_000_000 & 0xFFFFFFFF


class Stage(FakeUi):
    """One screen. All methods but `quiet` and `put` are called while `_changed` is held."""

    def __init__(self, socket: Path) -> None:
        self.created: dict[str, list[int]] = {}  # surfaces of each instance, oldest first
        self._stack: list[int] = []  # mapped windows, lowest first
        self._wishes: dict[int, tuple[str, ...]] = {}  # states that clients asked for
        self._minimized: set[int] = set()
        self._places: dict[int, tuple[int, int]] = {}  # by surface: what is unmapped comes back to where it was
        self._area = SCREEN  # for windows
        self._placed: dict[int, m.LayerPlaced] = {}
        self._put: dict[int, tuple[int, int]] = {}  # layers moved by hand
        self._wanted = 0  # the surface that asked for the keyboard last
        self._focus = 0  # the surface that has it
        self._frames: list[str] = []  # questions, each asked when a frame was wanted
        self._asking = threading.Lock()
        super().__init__(socket, auto_configure=False)
        self.send(m.OutputChanged(*SCREEN[2:]))

    @property
    def scene_map(self) -> Scene:
        return Scene(self.states, self.popups)

    def close(self) -> None:
        super().close()
        self.slots.clear()

    # --- what the display server says

    def take(self, message: m.AnyMessage, fds: list[int]) -> None:
        super().take(message, fds)
        match message:
            case m.SurfaceCreated():
                self.created.setdefault(message.instance, []).append(message.surface)
            case m.WindowChanged():
                if message.mapped and message.window not in self._stack:
                    self._appeared(message.window)
            case m.WindowDestroyed():
                self._gone(message.window)
            case m.WindowRequest():
                self.wish(message)
            case m.LayerChanged():
                if message.mapped and message.keyboard != "none":
                    self._wanted = message.surface
                self._lay_out()
            case m.LayerDestroyed():
                self._placed.pop(message.layer, None)
                self._put.pop(message.layer, None)
                self._lay_out()
            case m.ProblemInfo() if self._frames and self.answered(self._frames[-1]):
                self._frames.clear()
                self.done()

    def _frame(self, seq: int) -> None:
        # A frame is drawn after everything that came with its commit was heard.
        self.last_seq = seq
        self._frames.append(self.ask_back())

    def done(self) -> None:
        now = time.monotonic_ns()
        self.send(m.FrameDone(self.last_seq, now // 1_000_000 & 0xFFFFFFFF, now, 16_666_666))

    def quiet(self) -> None:
        """Wait until the server has nothing left to say, and has sent its clients what it had for them."""
        with self._asking:
            # The answer to a question leaves before what its turn brings the clients: a second one comes after that.
            self.hear()
            heard = -1
            while heard != len(self.log):
                heard = len(self.log) + 1
                self.hear()

    # --- windows

    def _appeared(self, window: int) -> None:
        surface = self.windows[window].surface
        fresh = _FIRST_PLACE + _STEP * len(self._stack)
        self._stack.append(window)
        self._move(window, *self._places.get(surface, (fresh, fresh)))
        self.want(surface)

    def _gone(self, window: int) -> None:
        self._wishes.pop(window, None)
        self._minimized.discard(window)
        self.placements.pop(window, None)
        if window in self._stack:
            self._stack.remove(window)
        self.refocus()

    def ask(self, window: int, width: int = 0, height: int = 0, *more: str) -> None:
        """Tell a window its size, unless a state gives it one, and its states."""
        states = self._wishes.get(window, ())
        if "fullscreen" in states:
            width, height = SCREEN[2:]
        elif states:
            width, height = self._area[2:]
        if self.windows[window].surface == self._focus:
            more = (*more, "activated")
        self.configure(window, width, height, (*states, *more))

    def _move(self, window: int, x: int, y: int) -> None:
        state = self.states.get(self.windows[window].surface)
        size = (0, 0) if state is None else geometry(state)[2:]
        self._places[self.windows[window].surface] = (x, y)
        self.place(window, x, y, *size, minimized=window in self._minimized)

    def wish(self, request: m.WindowRequest) -> None:
        """A client asks for something."""
        window, action = request.window, request.action
        if action.removeprefix("un") in _STATES:
            self._change(window, _STATES[action.removeprefix("un")], not action.startswith("un"))
        elif action == "minimize":
            self._minimized.add(window)
        elif action == "unminimize":
            self._minimized.discard(window)
        if action in ("activate", "unminimize", *_STATES):
            self._minimized.discard(window)
            self.want(self.windows[window].surface)
        if window in self._stack:
            placement = self.placements[window]
            self._move(window, placement.x, placement.y)
        self.refocus()

    def _change(self, window: int, state: str, hold: bool) -> None:
        states = [other for other in self._wishes.get(window, ()) if other != state]
        self._wishes[window] = tuple([*states, state] if hold else states)
        self.ask(window)
        if hold and window in self._stack:
            self._move(window, *(self._area[:2] if state == "maximized" else SCREEN[:2]))

    # --- focus

    def want(self, surface: int) -> None:
        """A window or layer, by its surface, is to be in front and to have the keyboard if it may."""
        self._wanted = surface
        for window in self._stack:
            if self.windows[window].surface == surface:
                self._stack.remove(window)
                self._stack.append(window)
                break
        self.refocus()

    def refocus(self) -> None:
        target = self._target()
        before, self._focus = self._focus, target
        if target == before:
            return
        for window in self._stack:
            if self.windows[window].surface in (before, target):
                self.ask(window)
        self.send(m.KeyboardFocus(target))

    def _target(self) -> int:
        """Where the keyboard belongs now."""
        layers = [layer for layer in self.layers.values() if layer.mapped]
        held = [layer for layer in layers if layer.keyboard == "exclusive" and layer.level in ("top", "overlay")]
        if held:
            return max(held, key=lambda layer: LEVELS.index(layer.level)).surface
        windows = [self.windows[window].surface for window in self._stack if window not in self._minimized]
        takers = [*windows, *(layer.surface for layer in layers if layer.keyboard != "none")]
        if self._wanted in takers:
            return self._wanted
        return windows[-1] if windows else 0

    # --- parts of the desktop

    def _lay_out(self) -> None:
        """Place all layers, and what is maximised into what they leave."""
        mapped = [layer for layer in self.layers.values() if layer.mapped]
        places, area = arrange([_rules(layer) for layer in mapped], SCREEN, SCREEN)
        for layer in self.layers.values():
            if layer.mapped:
                place = places[mapped.index(layer)]
            else:
                place = arrange([*(_rules(other) for other in mapped), _rules(layer)], SCREEN, SCREEN)[0][-1]
            x, y = self._put.get(layer.layer, place[:2])
            told = m.LayerPlaced(layer.layer, x, y, place.width, place.height)
            if self._placed.get(layer.layer) != told:
                self._placed[layer.layer] = told
                self.send(told)
        if area != self._area:
            self._area = area
            for window in self._stack:
                if "maximized" in self._wishes.get(window, ()):
                    self._change(window, "maximized", True)
        self.refocus()

    # --- where things are

    def spots(self) -> list[Spot]:
        """Every surface that is shown, lowest first."""
        roots = [*self._layer_spots("background", "bottom")]
        for window in self._stack:
            if window not in self._minimized:
                placement = self.placements[window]
                roots.append(Spot(self.windows[window].surface, placement.x, placement.y))
        return self.scene_map.spots([*roots, *self._layer_spots("top", "overlay")])

    def _layer_spots(self, *levels: str) -> list[Spot]:
        layers = sorted(self.layers.values(), key=lambda layer: (LEVELS.index(layer.level), layer.layer))
        placed = [(layer, self._placed[layer.layer]) for layer in layers if layer.level in levels and layer.mapped]
        return [Spot(layer.surface, place.x, place.y) for layer, place in placed]

    def window_of(self, surface: int) -> int:
        """The mapped window that carries a surface, 0 for none."""
        root = self.scene_map.root_of(surface)
        return next((window for window in self._stack if self.windows[window].surface == root), 0)

    def put(self, surface: int, x: int, y: int) -> None:
        """Move the window or layer of `surface` so that its geometry starts at x, y."""
        self.quiet()
        with self._changed:
            window = self.window_of(surface)
            if window:
                self._move(window, x, y)
            else:
                layer = next(layer.layer for layer in self.layers.values() if layer.surface == surface)
                self._put[layer] = (x, y)
                self._lay_out()
            self.followed()
        self.quiet()

    def followed(self, dx: float = 0.0, dy: float = 0.0) -> None:
        """Something may have moved under the pointer, or the pointer was moved by dx, dy."""


def _rules(layer: m.LayerChanged) -> Rules:
    size = (layer.width, layer.height)
    return Rules(layer.level, layer.anchor, size, layer.zone, layer.edge, layer.margin)
