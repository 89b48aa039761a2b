"""zwp_input_timestamps: the time of input events with more digits than the events themselves carry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pywayland.protocol.input_timestamps_unstable_v1 import ZwpInputTimestampsManagerV1, ZwpInputTimestampsV1

from berth.display.clock import widened
from berth.display.resource import Resource, event

if TYPE_CHECKING:
    from berth.display.client import Client

MAX_DEVICES = 256
"""Objects of a client that one movement is told to; toolkits make one of a kind, programs with plug-ins some."""


class Stamped(Resource):
    """A pointer, keyboard or touch screen of a client; `stamps` are told the time before each of its events."""

    __slots__ = ("stamps",)
    most = MAX_DEVICES

    def __init__(self, client: Client, version: int, new_id: int) -> None:
        super().__init__(client, version, new_id)
        self.stamps: list[InputTimestamps] = []

    def stamp(self, time: int) -> None:
        """An event of `time` follows."""
        if self.stamps:
            seconds, milliseconds = divmod(widened(time), 1000)
            for stamp in self.stamps:
                stamp.send_timestamp(seconds >> 32, seconds & 0xFFFFFFFF, milliseconds * 1_000_000)


class InputTimestamps(Resource):
    __slots__ = ("_device",)
    interface = ZwpInputTimestampsV1
    listed = True
    most = MAX_DEVICES
    send_timestamp = event(ZwpInputTimestampsV1, "timestamp")

    def __init__(self, client: Client, version: int, new_id: int, device: Stamped) -> None:
        super().__init__(client, version, new_id)
        self._device = device
        device.stamps.append(self)

    def destroyed(self) -> None:
        self._device.stamps.remove(self)


class InputTimestampsManager(Resource):
    __slots__ = ()
    interface = ZwpInputTimestampsManagerV1

    def on_get_keyboard_timestamps(self, new_id: int, keyboard: Stamped) -> None:
        InputTimestamps(self.client, self.version, new_id, keyboard)

    def on_get_pointer_timestamps(self, new_id: int, pointer: Stamped) -> None:
        InputTimestamps(self.client, self.version, new_id, pointer)

    def on_get_touch_timestamps(self, new_id: int, touch: Stamped) -> None:
        InputTimestamps(self.client, self.version, new_id, touch)
