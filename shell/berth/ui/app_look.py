"""Tells the engine what apps shall look like, whenever the theme or its contexts change that.

Colours, icons and pointers go out together: with each change that they hear of, apps draw everything anew.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QColor

from berth.core.messages import AppPalette, SetAppIcons, SetAppPalette, SetAppPointers
from berth.core.pointers import USUAL_SIZE
from berth.themes.app_palette import app_palette
from berth.themes.token_schema import COLOR
from berth.ui.tokens import Tokens

_QUIET_MS = 50
"""A colour that is being dragged about changes with every frame."""

LookPart = SetAppIcons | SetAppPointers | SetAppPalette


class AppLook(QObject):
    """Args:
    tell: gets all parts, files before the palette that names them, whenever something else has settled.
    """

    def __init__(
        self, tokens: Tokens, tell: Callable[[tuple[LookPart, ...]], None], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._tokens = tokens
        self._tell = tell
        self._icons: str | SetAppIcons = ""
        self._pointers: SetAppPointers | None = None
        self._pointer_size = USUAL_SIZE
        self._drawing = False
        self._told: AppPalette | None = None
        self._settled = QTimer(self, singleShot=True, interval=_QUIET_MS)
        self._settled.timeout.connect(self.look)
        tokens.changed.connect(self._settled.start)

    def set_icons(self, icons: str | SetAppIcons) -> None:
        """Those of a name, or these."""
        self._icons = icons
        self._settled.start()

    def pointers_begin(self) -> None:
        """They are being drawn; nothing is told meanwhile."""
        self._drawing = True

    def set_pointers(self, pointers: SetAppPointers | None, size: int) -> None:
        """None are those of the apps' images; `size` in logical pixels."""
        self._drawing = False
        self._pointers, self._pointer_size = pointers, size
        self._settled.start()

    def look(self) -> None:
        """Tell what holds now, unless that is told or something is on its way."""
        if self._drawing:
            return
        palette = msgspec.structs.replace(
            current(self._tokens),
            icons=self._icons if isinstance(self._icons, str) else self._icons.name,
            pointers=self._pointers.name if self._pointers is not None else "",
            pointer_size=self._pointer_size,
        )
        if palette == self._told:
            return
        self._told = palette
        files = [part for part in (self._icons, self._pointers) if part is not None and not isinstance(part, str)]
        self._tell((*files, SetAppPalette(palette)))


def current(tokens: Tokens) -> AppPalette:
    colors = {name: _hex(tokens.groups["color"].value(name)) for name in COLOR}
    contexts = tokens.contexts()
    return app_palette(
        colors, high_contrast=contexts["contrast"] == "high", reduced_motion=contexts["motion"] == "reduced"
    )


def _hex(color: QColor) -> str:
    return f"{color.name()}{color.alpha():02x}"
