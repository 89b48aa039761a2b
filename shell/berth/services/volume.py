"""How loud the host plays and records, in its sound server: PulseAudio, or PipeWire in its place.

There is no connection before the first request. It stays then, without a sign of life, until the server ends; the
next request looks for a server anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from berth.core.messages import ChangeVolume, Level
from berth.core.problem import Problem

if TYPE_CHECKING:
    from pulsectl_asyncio import PulseAsync

MOST = 150
"""Per cent that can be asked for by number; more than 100 is made louder than it was recorded."""
_FULL = 100
_PATIENCE = 5.0
"""Seconds for a server that accepts connections and says nothing."""


class Volume:
    """Must be used on one loop.

    Args:
        server: where the sound server is; None = where libpulse looks for it (``PULSE_SERVER``, the runtime directory).
    """

    def __init__(self, server: str | None = None) -> None:
        self._server = server
        self._pulse: PulseAsync | None = None
        self._turn = asyncio.Lock()

    async def change(self, request: ChangeVolume) -> Level:
        """What the default device is set to afterwards.

        Raises:
            Problem: ``no-sound-server``, ``no-sound-device`` or ``no-microphone``.
        """
        async with self._turn, self._connection() as pulse:
            return await _change(pulse, request)

    def close(self) -> None:
        if self._pulse is not None:
            self._pulse.close()
            self._pulse = None

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[PulseAsync]:
        # Loaded with the first request: most engines never need it. Without libpulse it cannot be.
        try:
            from pulsectl import PulseDisconnected, PulseError
            from pulsectl_asyncio import PulseAsync
        except (ImportError, OSError):
            raise _no_server("Install libpulse0.") from None
        try:
            async with asyncio.timeout(_PATIENCE):
                if self._pulse is None or not self._pulse.connected:
                    self.close()
                    self._pulse = PulseAsync("Berth", self._server)
                    await self._pulse.connect()
                yield self._pulse
        except (PulseError, PulseDisconnected, TimeoutError):
            self.close()
            raise _no_server("Start one, e.g.: systemctl --user start pipewire-pulse") from None


async def _change(pulse: PulseAsync, request: ChangeVolume) -> Level:
    device, mute, set_volume = await _device(pulse, request.what == "microphone")
    volume = device.volume
    loudest = max(volume.values, default=0.0)
    now = round(loudest * _FULL)
    wanted = _wanted(request, now)
    if wanted != now:
        # Each channel keeps its share; from silence they begin alike.
        volume.values = [wanted / _FULL * (one / loudest if loudest else 1.0) for one in volume.values]
        await set_volume(device.index, volume)
    muted = _muted(request, bool(device.mute), wanted > now)
    if muted != bool(device.mute):
        await mute(device.index, muted)
    return Level(request.what, wanted, muted, str(device.description)[:200])


def _wanted(request: ChangeVolume, now: int) -> int:
    """In steps nobody gets louder than full by accident; who is louder already can go down from there."""
    if request.to >= 0:
        return min(request.to, MOST)
    return max(0, min(now + request.by, max(_FULL, now)))


def _muted(request: ChangeVolume, now: bool, louder: bool) -> bool:
    """Whoever turns it up wants to hear it."""
    match request.mute:
        case "on":
            return True
        case "off":
            return False
        case "toggle":
            return not now
    return now and not louder


async def _device(pulse: PulseAsync, microphone: bool) -> tuple[Any, Any, Any]:
    """The default one, and what mutes and changes it."""
    server = await pulse.server_info()
    if microphone:
        sources = {source.name: source for source in await pulse.source_list() if source.monitor_of_sink_name is None}
        # What a server without microphone calls its default source is what it plays itself.
        found = sources.get(server.default_source_name) or next(iter(sources.values()), None)
        if found is None:
            raise Problem("no-microphone", "There is no microphone.", "Plug one in, or switch it on.")
        return found, pulse.source_mute, pulse.source_volume_set
    sinks = {sink.name: sink for sink in await pulse.sink_list()}
    found = sinks.get(server.default_sink_name) or next(iter(sinks.values()), None)
    if found is None:
        raise Problem("no-sound-device", "There is nothing to hear sound with.", "Plug in headphones or speakers.")
    return found, pulse.sink_mute, pulse.sink_volume_set


def _no_server(hint: str) -> Problem:
    return Problem("no-sound-server", "The volume cannot be changed: no sound server runs here.", hint)
