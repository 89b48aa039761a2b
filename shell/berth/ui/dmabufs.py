"""Graphics memory of apps: what the ui can show of it, and what has been opened of it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Protocol

from berth.core.messages import DmabufChecked, DmabufFormats, DmabufOpened, SurfaceState
from berth.ui.slot import Content

_log = logging.getLogger(__name__)


class Import(Protocol):
    """One image in graphics memory, ready to be shown."""

    def content(self, state: SurfaceState) -> Content | None:
        """What a surface with `state` shows of it, None if it cannot be that."""

    def close(self) -> None:
        """No surface will show it again."""


class Importer(Protocol):
    """A way to show graphics memory. `formats` is what it is good for."""

    @property
    def formats(self) -> DmabufFormats: ...

    def open(self, opened: DmabufOpened, fds: Sequence[int]) -> Import:
        """The descriptors stay the caller's. Raises OSError or ValueError if it cannot be shown."""


class Dmabufs:
    """Args:
    send: takes messages for the display server.
    """

    def __init__(self, send: Callable[[DmabufFormats | DmabufChecked], None]) -> None:
        self._send = send
        self._importer: Importer | None = None
        self._open: dict[int, Import] = {}

    def use(self, importer: Importer | None) -> None:
        """Import this way from now on, or not at all; before the display server is told."""
        self._importer = importer

    def tell(self) -> None:
        """Say what can be shown; nothing is an answer too, an earlier ui may have been able to do more."""
        self._send(self._importer.formats if self._importer is not None else DmabufFormats())

    def opened(self, message: DmabufOpened, fds: Sequence[int]) -> None:
        """The descriptors stay the caller's."""
        if self._importer is not None:
            try:
                self._open[message.buffer] = self._importer.open(message, fds)
            except (OSError, ValueError) as error:
                # What apps send is up to them: it is no fault of ours.
                _log.info("graphics memory of an app cannot be shown: %s", error)
        self._send(DmabufChecked(message.buffer, message.buffer in self._open))

    def closed(self, number: int) -> Import | None:
        """What it was."""
        gone = self._open.pop(number, None)
        if gone is not None:
            gone.close()
        return gone

    def get(self, number: int) -> Import | None:
        return self._open.get(number)

    def reset(self) -> None:
        for number in tuple(self._open):
            self.closed(number)
