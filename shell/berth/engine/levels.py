"""Volume and brightness as requests: carried out by the services, and told to the desktop, which shows them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from berth.core.messages import ChangeBrightness, ChangeVolume, Event, Level, LevelChanged
from berth.services import backlight
from berth.services.volume import Volume


class Levels:
    def __init__(self, emit: Callable[[Event], None]) -> None:
        self._emit = emit
        self._volume = Volume()
        self._writing = asyncio.Lock()

    async def change(self, request: ChangeVolume | ChangeBrightness) -> Level:
        """A request that asks for no change only reads. Raises `Problem`."""
        if isinstance(request, ChangeVolume):
            level = await self._volume.change(request)
            asks = request != ChangeVolume(request.what)
        else:
            async with self._writing:
                level = await asyncio.to_thread(backlight.change, request)
            asks = request != ChangeBrightness()
        if asks:
            self._emit(LevelChanged(level))
        return level

    def close(self) -> None:
        self._volume.close()
