"""wlr-virtual-pointer: remote control and touch pads on screen move a pointer and click.

What a client does between two frames is sent to the ui as one, which knows what is under the pointer.
Source: wlr-protocols, wlr-virtual-pointer-unstable-v1, version 2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pywayland.protocol.wayland import WlOutput, WlPointer, WlSeat

from berth.core.messages import PointerAxis, Rect
from berth.core.messages import VirtualPointer as VirtualPointerMessage
from berth.core.permissions import VIRTUAL_INPUT
from berth.display.interface import complete, declare
from berth.display.region import bounding
from berth.display.resource import BudgetExceeded, Resource

if TYPE_CHECKING:
    from berth.display.client import Client
    from berth.display.output import Output
    from berth.display.seat import Seat

_VERSION = 2
ZwlrVirtualPointerV1 = declare("zwlr_virtual_pointer_v1", _VERSION, error={"invalid_axis": 0, "invalid_axis_source": 1})
ZwlrVirtualPointerManagerV1 = declare("zwlr_virtual_pointer_manager_v1", _VERSION)
complete(
    ZwlrVirtualPointerV1,
    (),
    requests=(
        "motion uint fixed fixed",
        "motion_absolute uint uint uint uint uint",
        "button uint uint uint",
        "axis uint uint fixed",
        "frame",
        "axis_source uint",
        "axis_stop uint uint",
        "axis_discrete uint uint fixed int",
        "destroy",
    ),
)
complete(
    ZwlrVirtualPointerManagerV1,
    (ZwlrVirtualPointerV1, WlSeat, WlOutput),
    requests=(
        "create_virtual_pointer ?object:wl_seat new:zwlr_virtual_pointer_v1",
        "destroy",
        "create_virtual_pointer_with_output@2 ?object:wl_seat ?object:wl_output new:zwlr_virtual_pointer_v1",
    ),
)

_SOURCES: dict[int, Literal["wheel", "finger", "continuous", "wheel_tilt"]] = {
    0: "wheel",
    1: "finger",
    2: "continuous",
    3: "wheel_tilt",
}
_AXES = {int(axis) for axis in WlPointer.axis}
_VERTICAL = int(WlPointer.axis.vertical_scroll)
_BURST, _PER_SECOND = 2_000, 1_000.0  # frames
_MAX_BUTTONS = 32
_STEP = 120


class VirtualPointer(Resource):
    __slots__ = (
        "_axes",
        "_buttons",
        "_held",
        "_moved",
        "_place",
        "_screen",
        "_source",
        "_steps",
        "_stopped",
        "_time",
    )
    interface = ZwlrVirtualPointerV1
    listed = True
    permission = VIRTUAL_INPUT
    highest = _VERSION

    def __init__(self, client: Client, version: int, new_id: int, output: Output | None = None) -> None:
        super().__init__(client, version, new_id)
        self._screen = None if output is None else output.screen
        self._held: set[int] = set()
        self._begin()
        client.instance.uses.begin(VIRTUAL_INPUT, self)

    def _begin(self) -> None:
        self._moved = (0.0, 0.0)
        self._place: tuple[float, float] | None = None
        self._buttons: list[tuple[int, bool]] = []
        self._axes = [0.0, 0.0]
        self._steps = [0, 0]
        self._source: Literal["wheel", "finger", "continuous", "wheel_tilt"] = "continuous"
        self._stopped = False
        self._time: int | None = None  # of scrolling

    # --- requests

    def on_motion(self, _time: int, dx: float, dy: float) -> None:
        self._moved = (self._moved[0] + dx, self._moved[1] + dy)

    def on_motion_absolute(self, _time: int, x: int, y: int, width: int, height: int) -> None:
        if width and height:
            left, top, across, down = self._area()
            self._place = (left + min(x / width, 1.0) * across, top + min(y / height, 1.0) * down)
            self._moved = (0.0, 0.0)

    def _area(self) -> Rect:
        """What absolute places are parts of: the output, or all of them."""
        if self._screen is not None and self._screen.present:
            return self._screen.rect
        return bounding([screen.rect for screen in self.client.server.outputs])

    def on_button(self, _time: int, button: int, state: int) -> None:
        pressed = state == 1
        if pressed == (button in self._held):
            return
        if len(self._buttons) >= _MAX_BUTTONS or len(self._held) >= _MAX_BUTTONS:
            raise BudgetExceeded(f"zwlr_virtual_pointer_v1: more than {_MAX_BUTTONS} buttons")
        (self._held.add if pressed else self._held.discard)(button)
        self._buttons.append((button, pressed))

    def on_axis(self, time: int, axis: int, value: float) -> None:
        self._axes[self._axis(time, axis)] += value

    def on_axis_discrete(self, time: int, axis: int, value: float, steps: int) -> None:
        index = self._axis(time, axis)
        self._axes[index] += value
        self._steps[index] = max(-_BURST, min(self._steps[index] + steps, _BURST))

    def on_axis_source(self, source: int) -> None:
        if source not in _SOURCES:
            raise self.error(ZwlrVirtualPointerV1.error.invalid_axis_source, f"{source} is no axis source")
        self._source = _SOURCES[source]

    def on_axis_stop(self, time: int, axis: int) -> None:
        self._axis(time, axis)
        self._stopped = True

    def _axis(self, time: int, axis: int) -> int:
        if axis not in _AXES:
            raise self.error(ZwlrVirtualPointerV1.error.invalid_axis, f"{axis} is no axis")
        self._time = time
        return 1 if axis == _VERTICAL else 0

    def on_frame(self) -> None:
        if not self.client.allowance(VirtualPointer, _BURST, _PER_SECOND).take():
            raise BudgetExceeded("zwlr_virtual_pointer_v1: too many frames")
        message = VirtualPointerMessage(*self._moved, self._place, tuple(self._buttons), self._scrolled())
        self._begin()
        server = self.client.server
        if message != VirtualPointerMessage() and self.client.sees(VirtualPointerManager) and not server.lock.locked:
            self.client.instance.uses.begin(VIRTUAL_INPUT, self)  # given anew, it plays on
            server.scene.send(message)

    def _scrolled(self) -> PointerAxis | None:
        if self._time is None:
            return None
        steps_x, steps_y = (steps * _STEP for steps in self._steps)
        stop = self._stopped and not any(self._axes)
        source = "finger" if stop else self._source
        return PointerAxis(self._axes[0], self._axes[1], steps_x, steps_y, source, self._time, stop)

    def revoked(self) -> None:
        """Let go of what is held."""
        if self._held:
            held = tuple((button, False) for button in sorted(self._held))
            self._held.clear()
            self.client.server.scene.send(VirtualPointerMessage(buttons=held))
        self.client.instance.uses.end(VIRTUAL_INPUT, self)

    def destroyed(self) -> None:
        self.revoked()


class VirtualPointerManager(Resource):
    __slots__ = ()
    interface = ZwlrVirtualPointerManagerV1
    highest = _VERSION
    permission = VIRTUAL_INPUT

    def on_create_virtual_pointer(self, _seat: Seat | None, new_id: int) -> None:
        VirtualPointer(self.client, self.version, new_id)

    def on_create_virtual_pointer_with_output(self, _seat: Seat | None, output: Output | None, new_id: int) -> None:
        VirtualPointer(self.client, self.version, new_id, output)
