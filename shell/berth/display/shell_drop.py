"""A drag over the desktop itself, which takes one thing: a packed theme, to be looked at before it counts.

What is in hand is known from its name, which the app that drags it gives; the file is copied as one that goes to
another app is. Everything else is not taken, as before.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from berth.core.messages import ThemeDropped
from berth.core.uri_list import LISTS, THEME_SUFFIX, Item
from berth.display.data_device import COPY, DRAG_RESULT_SINCE
from berth.display.file_list import DESKTOP, FileList

if TYPE_CHECKING:
    from berth.display.data_device import DataSource


def may_take(source: DataSource) -> bool:
    """Whether it is worth asking what is dragged: files that may be copied."""
    return bool(source.drag_actions & COPY) and any(mime_type in LISTS for mime_type in source.types)


class ShellDrop:
    """One source in hand.

    Attributes:
        takes: whether it is a theme; false until that is known.

    Args:
        known: called when it is known.
    """

    def __init__(self, source: DataSource, known: Callable[[], None]) -> None:
        self.takes = False
        self._source = source
        self._known = known
        self._files = FileList(source, DESKTOP)
        self._files.learn(self._learnt)

    def _learnt(self, items: tuple[Item, ...]) -> None:
        self.takes = len(items) == 1 and items[0].path.endswith(THEME_SUFFIX.encode())
        self._known()

    def enter(self) -> None:
        """The drag is over the desktop."""
        if self.takes and not self._source.ended:
            self._source.tell_target(self._files.mime_type)
            self._source.tell_action(COPY)

    def drop(self) -> None:
        self._source.drop_performed()
        self._files.bring(self._brought)

    def _brought(self) -> None:
        """The engine says on its own why one has not come."""
        if self._source.alive and self._source.version >= DRAG_RESULT_SINCE:
            self._source.send_dnd_finished()
        for name in self._files.names:
            self._files.server.scene.send(ThemeDropped(self._files.transfer, name))
