"""When something was copied or marked, as a clipboard manager hears it: a person would see it, and then turn to the
other app. How long a busy app takes for that nobody knows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from pywayland.protocol import wayland
from pywayland.protocol.ext_data_control_v1 import ExtDataControlManagerV1

from tests.display.client import Object, RawClient
from tests.session.desktop import wait_until

Kind = Literal["selection", "primary_selection"]


class Clipboard:
    """Listens through the socket of an app that may, and reads nothing of what is offered."""

    def __init__(self, socket: Path) -> None:
        self._client = RawClient(socket)
        self._client.until(lambda: ExtDataControlManagerV1.name in self._client.globals)
        manager = self._client.bind(ExtDataControlManagerV1)
        self._device: Object = manager.get_data_device(self._client.bind(wayland.WlSeat))
        self._offers: dict[str, Object] = {}
        self._heard: Counter[str] = Counter()

    def close(self) -> None:
        self._client.end()

    def after(self, action: Callable[[], object], kind: Kind = "selection") -> None:
        """Do something that copies or marks, and wait until it has."""
        before = self.heard(kind)
        action()
        wait_until(lambda: self.heard(kind) > before, f"a {kind}")

    def heard(self, kind: Kind) -> int:
        """How often there was something new until now."""
        self._client.roundtrip()
        for event in self._device.events:
            if event.name != "data_offer":
                self._take(event.name, event.arguments[0])
        self._device.events.clear()
        return self._heard[kind]

    def _take(self, kind: str, offer: Object | None) -> None:
        if kind in self._offers:
            self._offers.pop(kind).destroy()
        if offer is not None:
            self._offers[kind] = offer
            self._heard[kind] += 1
