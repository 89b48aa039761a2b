"""Tells the engine the colours that apps shall follow, whenever the theme or its contexts change them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QTimer
from PySide6.QtGui import QColor

from berth.core.messages import AppPalette
from berth.themes.app_palette import app_palette
from berth.themes.token_schema import COLOR
from berth.ui.tokens import Tokens

_QUIET_MS = 50
"""A colour that is being dragged about changes with every frame."""


def follow(tokens: Tokens, tell: Callable[[AppPalette], None]) -> None:
    """Call `tell` with the palette now, and with each other one later, once it has settled."""
    told: list[AppPalette] = []

    def look() -> None:
        palette = current(tokens)
        if told != [palette]:
            told[:] = [palette]
            tell(palette)

    settled = QTimer(tokens, singleShot=True, interval=_QUIET_MS)
    settled.timeout.connect(look)
    tokens.changed.connect(settled.start)
    look()


def current(tokens: Tokens) -> AppPalette:
    colors = {name: _hex(tokens.groups["color"].value(name)) for name in COLOR}
    contexts = tokens.contexts()
    return app_palette(
        colors, high_contrast=contexts["contrast"] == "high", reduced_motion=contexts["motion"] == "reduced"
    )


def _hex(color: QColor) -> str:
    return f"{color.name()}{color.alpha():02x}"
