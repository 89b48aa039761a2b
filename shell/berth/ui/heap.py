"""Gives memory that nothing uses back to the system.

Large pictures that come and go with a theme leave holes; the C library keeps those for what comes next, and QML its
own garbage until there is a lot of it. After a change of the whole look neither is worth the memory.
"""

from __future__ import annotations

import ctypes

from PySide6.QtCore import QObject, QTimer
from PySide6.QtQml import QQmlEngine

_QUIET_MS = 1000
"""Until nothing of the former look is on the screen any more: longer than transitions are, mostly."""
_trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
"""Only the GNU C library has it: malloc_trim(3)."""


class Heap(QObject):
    """Args:
    engine: whose garbage it is.
    """

    def __init__(self, engine: QQmlEngine, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._engine = engine
        self._quiet = QTimer(self, singleShot=True, interval=_QUIET_MS)
        self._quiet.timeout.connect(self.tidy)

    def changed(self) -> None:
        """Much has become garbage; it is collected once things are quiet."""
        self._quiet.start()

    def tidy(self) -> None:
        """Now; some milliseconds."""
        self._engine.collectGarbage()
        if _trim is not None:
            _trim(0)
