"""The ui tells the engine what apps shall look like."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication

from berth.core.messages import AppPalette
from berth.ui.app_colors import follow
from berth.ui.tokens import Tokens
from tests.qml.fakes import pump

DEFAULT = Path(__file__).parents[2] / "themes/default/tokens.json"


@pytest.fixture(scope="module", autouse=True)
def application() -> QGuiApplication:
    existing = QGuiApplication.instance()
    if isinstance(existing, QGuiApplication):
        return existing
    return QGuiApplication(["berth-tests", "-platform", "offscreen"])


def test_each_palette_is_told_once_and_the_first_at_once() -> None:
    tokens = Tokens([DEFAULT], scheme="light", contrast="", motion="")
    told: list[AppPalette] = []
    follow(tokens, told.append)
    assert [palette.scheme for palette in told] == ["light"]
    tokens.setProperty("scheme", "dark")
    tokens.set_theme_values({"space.md": 20.0})
    pump(lambda: len(told) > 1)
    tokens.set_theme_values({"color.accent": "#ff0000ff"})
    tokens.set_theme_values({"color.accent": "#ffcc00ff"})
    pump(lambda: len(told) > 2)
    assert [palette.scheme for palette in told] == ["light", "dark", "dark"]
    assert told[2].accent == "#ffcc00"


def test_high_contrast_is_told() -> None:
    told: list[AppPalette] = []
    follow(Tokens([DEFAULT], scheme="dark", contrast="high", motion=""), told.append)
    assert told[0].high_contrast and told[0].window == "#000000"
