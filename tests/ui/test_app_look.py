"""The ui tells the engine what apps shall look like."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication

from berth.core.messages import AppPalette, PointerPicture, SetAppIcons, SetAppPalette, SetAppPointers
from berth.ui.app_look import AppLook, LookPart
from berth.ui.tokens import Tokens
from tests.qml.fakes import pump

DEFAULT = Path(__file__).parents[2] / "themes/default/tokens.json"
ICONS = SetAppIcons("Berth-1", {"index.theme": b""})
POINTERS = SetAppPointers("Berth-2", {"default": (PointerPicture(1, 1, 0, 0, bytes(4)),)})


@pytest.fixture(scope="module", autouse=True)
def application() -> QGuiApplication:
    existing = QGuiApplication.instance()
    if isinstance(existing, QGuiApplication):
        return existing
    return QGuiApplication(["berth-tests", "-platform", "offscreen"])


def looked(**contexts: str) -> tuple[Tokens, AppLook, list[tuple[LookPart, ...]]]:
    tokens = Tokens([DEFAULT], **{"scheme": "light", "contrast": "", "motion": "", **contexts})
    told: list[tuple[LookPart, ...]] = []
    return tokens, AppLook(tokens, told.append), told


def palettes(told: list[tuple[LookPart, ...]]) -> list[AppPalette]:
    return [look[-1].palette for look in told if isinstance(look[-1], SetAppPalette)]


def test_each_palette_is_told_once_and_the_first_at_once() -> None:
    tokens, look, told = looked()
    look.look()
    assert [palette.scheme for palette in palettes(told)] == ["light"]
    tokens.setProperty("scheme", "dark")
    tokens.set_theme_values({"space.md": 20.0})
    pump(lambda: len(told) > 1)
    tokens.set_theme_values({"color.accent": "#ff0000ff"})
    tokens.set_theme_values({"color.accent": "#ffcc00ff"})
    pump(lambda: len(told) > 2)
    look.look()
    assert [palette.scheme for palette in palettes(told)] == ["light", "dark", "dark"]
    assert palettes(told)[2].accent == "#ffcc00"


def test_high_contrast_is_told() -> None:
    _tokens, look, told = looked(scheme="dark", contrast="high")
    look.look()
    assert palettes(told)[0].high_contrast and palettes(told)[0].window == "#000000"


def test_a_theme_is_told_in_one_and_what_it_names_comes_first() -> None:
    tokens, look, told = looked()
    tokens.setProperty("scheme", "dark")
    look.pointers_begin()
    look.set_icons(ICONS)
    look.look()
    assert told == []
    look.set_pointers(POINTERS, 40)
    pump(lambda: bool(told))
    palette = palettes(told)[0]
    assert told[0] == (ICONS, POINTERS, SetAppPalette(palette)) and len(told) == 1
    assert (palette.scheme, palette.icons, palette.pointers, palette.pointer_size) == ("dark", "Berth-1", "Berth-2", 40)
    look.set_icons("Papirus")
    look.set_pointers(None, 24)
    pump(lambda: len(told) > 1)
    last = palettes(told)[1]
    assert (len(told[1]), last.icons, last.pointers, last.pointer_size) == (1, "Papirus", "", 24)
