"""What clients and the display server are told of windows: the difference to what they were told last."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from berth.core import layout
from berth.core.messages import Configure, Placement, Rect, SceneRequest, WindowPolicy
from berth.core.outputs import overlap
from berth.ui.places import Places
from berth.ui.stacking import Stacking
from berth.ui.window import CLIENT_STATES, Window


class WindowReports:
    """Args:
    send: takes messages for the display server.

    Attributes:
        hidden_outputs: of which the host shows nothing.
    """

    def __init__(self, send: Callable[[SceneRequest], None], stacking: Stacking, places: Places) -> None:
        self._send = send
        self._stacking = stacking
        self._places = places
        self._serial = 0
        self._policy: WindowPolicy | None = None
        self.hidden_outputs: set[str] = set()

    def seen(self, serial: int) -> None:
        """A client knows a configure of that number, perhaps of an earlier ui."""
        self._serial = max(self._serial, serial)

    def settle(self, held: int) -> None:
        """Tell what has changed; `held` is the window in the user's hand."""
        covered = self._covered()
        for window in self._stacking.all.values():
            self._configure(window, window.id in covered or window.output in self.hidden_outputs)
        for z, window in enumerate(self._stacking):
            placement = window.placement(z)
            if window.id == held:
                # Not every step of a movement, but the stacking that came with it, and other outputs.
                placement = self._held(placement, window.reported)
            if placement != window.reported:
                window.reported = placement
                self._send(placement)

    def _held(self, placement: Placement, reported: Placement | None) -> Placement:
        """`placement` with the place that was reported last, as long as the same outputs show it."""
        if reported is None or self._touched(placement) != self._touched(reported):
            return placement
        x, y, width, height = reported.x, reported.y, reported.width, reported.height
        return msgspec.structs.replace(placement, x=x, y=y, width=width, height=height)

    def _touched(self, placement: Placement) -> list[bool]:
        rect = (placement.x, placement.y, placement.width, placement.height)
        return [bool(overlap(rect, output.rect)) for output in self._places.outputs]

    def tell_policy(self, anew: bool = False) -> None:
        """Let the display server know what new windows are told; `anew` to one that knows nothing yet."""
        policy = WindowPolicy()
        if self._places.maximizes_all:
            policy = WindowPolicy(
                *self._places.output(self._places.active).area[2:],
                CLIENT_STATES["maximized"],
                ("window_menu", "fullscreen", "minimize"),
            )
        if anew or policy != self._policy:
            self._policy = policy
            self._send(policy)

    def _covered(self) -> set[int]:
        """Windows of which nothing is to be seen, because one above that fills its place has no gaps."""
        covers: list[Rect] = []
        covered: set[int] = set()
        for number in reversed(self._stacking.order):
            window = self._stacking.all[number]
            if not window.shown:
                continue
            frame = self._places.frame(window)
            if any(layout.covers(cover, frame) for cover in covers):
                covered.add(number)
            elif window.state != "normal":
                covers.append(frame)
        return covered

    def _configure(self, window: Window, unseen: bool) -> None:
        if not window.output:
            parent = self._stacking.all.get(window.parent)
            there = parent is not None and parent.shown
            window.output = parent.output if parent is not None and there else self._places.output("").name
        wanted = (window.target, window.client_states(window.id == self._stacking.focused, unseen))
        same = wanted == window.sent and not window.answer
        if same or (window.resizing and window.acked < window.serial):
            return
        self._serial += 1
        window.serial = self._serial
        window.sent = wanted
        window.answer = False
        place = self._place_after(window)
        self._send(Configure(window.id, window.serial, *wanted[0], wanted[1], window.output, place))

    def _place_after(self, window: Window) -> tuple[int, int] | None:
        """Where the corner will be once the client has drawn its target, if that is elsewhere."""
        if window.state != "normal" or not window.placed or not (window.edges.left or window.edges.top):
            return None
        x, y, _width, _height = layout.anchor(window.rect, window.edges, *window.target)
        return x, y
