"""The pointer and the fingers of a conformance run, and the windows that they drag."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from berth.core import messages as m
from tests.conformance.spots import NOWHERE, Spot, geometry, nearest
from tests.conformance.stage import SCREEN, Stage, clock

_LEFT, _TOP, _RIGHT, _BOTTOM = 4, 1, 8, 2  # xdg_toplevel.resize_edge


class _Grip(NamedTuple):
    """A window that the pointer drags, by its place (`edges` 0) or by its edges."""

    window: int
    edges: int
    x: float  # of the pointer, at the start
    y: float
    rect: m.Rect  # of the window, at the start


class Hands(Stage):
    """A stage with a pointer, which is nowhere until it is used, and fingers that their callers number."""

    def __init__(self, socket: Path) -> None:
        self._pointer: tuple[float, float] | None = None
        self._over = NOWHERE
        self._told = (0, 0.0, 0.0)
        self._buttons: set[int] = set()
        self._grip: _Grip | None = None
        self._fingers: dict[int, int] = {}
        super().__init__(socket)

    # --- what the display server says

    def take(self, message: m.AnyMessage, fds: list[int]) -> None:
        if isinstance(message, m.WindowDestroyed) and self._grip is not None and self._grip.window == message.window:
            self._grip = None
        super().take(message, fds)
        match message:
            case m.PointerConstraint(kind="", hint=(x, y)):
                self._warp(message.surface, x, y)
            case m.PointerWarp():
                self._warp(message.surface, message.x, message.y)
            case m.VirtualPointer():
                self._virtual(message)
        self.followed()

    def wish(self, request: m.WindowRequest) -> None:
        if request.action not in ("move", "resize"):
            super().wish(request)
        elif self._pointer is not None and self._buttons:
            placement = self.placements[request.window]
            size = geometry(self.states[self.windows[request.window].surface])[2:]
            self._grip = _Grip(request.window, request.edges, *self._pointer, (placement.x, placement.y, *size))
            self._tell(NOWHERE)

    # --- pointer

    def point(self, x: float, y: float) -> None:
        """The pointer goes to a place on the screen."""
        self.quiet()
        with self._changed:
            before = self._pointer or (x, y)
            self._go(x - before[0], y - before[1], (x, y))
        self.quiet()

    def push(self, dx: float, dy: float) -> None:
        self.quiet()
        with self._changed:
            x, y = self._pointer or (0.0, 0.0)
            self._go(dx, dy, (x + dx, y + dy))
        self.quiet()

    def click(self, code: int, pressed: bool) -> None:
        self.quiet()
        with self._changed:
            self._button(code, pressed)
        self.quiet()

    def _go(self, dx: float, dy: float, to: tuple[float, float]) -> None:
        self._pointer = self._allowed(*to)
        if self._grip is not None:
            self._drag(self._grip)
        self.followed(dx, dy)

    def _allowed(self, x: float, y: float) -> tuple[float, float]:
        """Where the pointer may go instead of x, y."""
        constraint = self.constraint
        if constraint.kind == "lock" and self._pointer is not None:
            return self._pointer
        if constraint.kind == "confine":
            spot = self._spot(constraint.surface)
            state = self.states[constraint.surface]
            rects = constraint.region or ((0, 0, state.logical_width, state.logical_height),)
            points = [nearest((left + spot.x, top + spot.y, w, h), x, y) for left, top, w, h in rects]
            return min(points, key=lambda point: (point[0] - x) ** 2 + (point[1] - y) ** 2)
        return nearest(SCREEN, x, y)

    def _button(self, code: int, pressed: bool) -> None:
        if self._pointer is None:
            self._pointer = (0.0, 0.0)
            self.followed()
        (self._buttons.add if pressed else self._buttons.discard)(code)
        if pressed and self._over.surface:
            self.want(self.scene_map.root_of(self._over.surface))
        self.send(m.PointerButton(code, pressed, clock()))
        if not self._buttons:
            self._grip = None
            self.followed()

    def followed(self, dx: float = 0.0, dy: float = 0.0) -> None:
        """Tell what is under the pointer if that has changed; a pressed button keeps it where it was."""
        if self._pointer is None or self._grip is not None:
            return
        over = self.scene_map.at(self.spots(), *self._pointer)
        if self._buttons and self._over.surface and self.drag is None:
            over = self._spot(self._over.surface)
        self._tell(over, dx, dy)

    def _tell(self, over: Spot, dx: float = 0.0, dy: float = 0.0) -> None:
        x, y = self._pointer or (0.0, 0.0)
        told = (over.surface, x - over.x, y - over.y) if over.surface else (0, 0.0, 0.0)
        if told != self._told or dx or dy:
            self._told = told
            self.send(m.PointerMotion(*told, clock(), dx, dy, warp=not (dx or dy)))
        self._over = over

    def _spot(self, surface: int) -> Spot:
        return next((spot for spot in self.spots() if spot.surface == surface), NOWHERE)

    def _warp(self, surface: int, x: float, y: float) -> None:
        spot = self._spot(surface)
        if spot.surface:
            self._pointer = (spot.x + x, spot.y + y)

    def _virtual(self, message: m.VirtualPointer) -> None:
        x, y = message.place or self._pointer or (0.0, 0.0)
        if message.place is not None or message.dx or message.dy:
            self._go(message.dx, message.dy, (x + message.dx, y + message.dy))
        for code, pressed in message.buttons:
            self._button(code, pressed)
        if message.axis is not None:
            self.send(message.axis)

    def _drag(self, grip: _Grip) -> None:
        assert self._pointer is not None
        dx, dy = round(self._pointer[0] - grip.x), round(self._pointer[1] - grip.y)
        x, y, width, height = grip.rect
        if not grip.edges or grip.edges & _LEFT:
            x += dx
        if not grip.edges or grip.edges & _TOP:
            y += dy
        self._move(grip.window, x, y)
        if grip.edges:
            width += dx if grip.edges & _RIGHT else -dx if grip.edges & _LEFT else 0
            height += dy if grip.edges & _BOTTOM else -dy if grip.edges & _TOP else 0
            self.ask(grip.window, max(width, 1), max(height, 1), "resizing")

    # --- touch

    def finger_down(self, finger: int, x: float, y: float) -> None:
        self.quiet()
        with self._changed:
            spot = self.scene_map.at(self.spots(), x, y)
            if spot.surface:
                self._fingers[finger] = spot.surface
                self.want(self.scene_map.root_of(spot.surface))
            self._touch("down", finger, spot, x, y)
        self.quiet()

    def finger_to(self, finger: int, x: float, y: float) -> None:
        self.quiet()
        with self._changed:
            spot = self._spot(self._fingers.get(finger, 0))
            if spot.surface:
                self._touch("motion", finger, spot, x, y)
        self.quiet()

    def finger_up(self, finger: int) -> None:
        self.quiet()
        with self._changed:
            self._fingers.pop(finger, None)
            self._touch("up", finger, NOWHERE, 0, 0)
        self.quiet()

    def _touch(self, kind: str, finger: int, spot: Spot, x: float, y: float) -> None:
        self.send(m.Touch(kind, finger, spot.surface, x - spot.x, y - spot.y, clock()))  # type: ignore[arg-type]
        self.send(m.Touch("frame", time=clock()))
