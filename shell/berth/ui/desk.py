"""The windows as the dock sees them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, Protocol

from PySide6.QtCore import QRect

from berth.ui.rowmodel import RowModel


class WindowLike(Protocol):
    """What the dock needs of a row of windows."""

    window: int
    instance: str
    app: str
    app_name: str
    icon: str
    picture: str
    title: str
    focused: bool
    minimized: bool
    urgent: bool


class Desk(NamedTuple):
    """The windows, and what can be done with them.

    Args:
        windows: a model of rows like `WindowLike`.
        recent: their numbers, the one used last first.
        frames: where the windows of an output are that can be seen, from its corner.
    """

    windows: RowModel[Any]
    recent: Callable[[], Iterable[int]]
    frames: Callable[[str], list[QRect]]
    focus: Callable[[int], None]
    minimize: Callable[[int], None]
    close: Callable[[int], None]
