"""Colours and icons of Qt 5 while it runs: the files of the platform theme qt5ct.

It takes its settings from the app's home, where it copies those of the system at the first start, and reads all anew
some seconds after something changed beside them. What is done there while an app runs is in `live`.

Source: ``Qt5CTPlatformTheme`` in qt5ct 1.5, https://doc.qt.io/qt-5/qpalette.html#ColorRole-enum.
"""

from __future__ import annotations

from berth.core.messages import AppPalette
from berth.core.plan import SANDBOX_STYLE
from berth.engine.appearance.qt import button, mixed

SETTINGS = "config/qt5ct/qt5ct.conf"
_COLORS = "config/qt5ct/colors.conf"
_HEAD = """\
; Berth keeps this file as the desktop looks, for as long as this is its first line.
; {colors}

[Appearance]
color_scheme_path={path}
custom_palette=true
icon_theme={icons}
standard_dialogs=default
style=Fusion

[Fonts]
fixed="Monospace,9,-1,5,50,0,0,0,0,0"
general="Sans Serif,9,-1,5,50,0,0,0,0,0"

[Interface]
activate_item_on_single_click=0
buttonbox_layout=2
dialog_buttons_have_icons=2
keyboard_scheme=3
toolbutton_style=2
"""
"""The colours are told as a comment, so that it is another file when they are others. The rest is what Qt's theme for
KDE does: its font, its order of buttons (2), its keys (3), words beside icons (2)."""


def files(palette: AppPalette) -> dict[str, str]:
    """The colours come first: an app that starts between the two has them, or is told of them."""
    words = _words(palette)
    colors = {"active": words, "inactive": words, "disabled": _off(palette, words)}
    scheme = "".join(f"{state}_colors={', '.join(values.values())}\n" for state, values in colors.items())
    settings = _HEAD.format(
        colors=" ".join([*words.values(), *colors["disabled"].values()]),
        path=f"{SANDBOX_STYLE}/{_COLORS}",
        icons=palette.icons or "Adwaita",
    )
    return {_COLORS: f"[ColorScheme]\n{scheme}", SETTINGS: settings}


def _words(p: AppPalette) -> dict[str, str]:
    """By Qt's names and in Qt's order."""
    raised = button(p)
    return {
        "WindowText": p.window_text,
        "Button": raised,
        "Light": mixed(raised, p.view_text, 0.2),
        "Midlight": mixed(raised, p.view_text, 0.1),
        "Dark": mixed(raised, p.border, 0.9),
        "Mid": mixed(raised, p.border, 0.6),
        "Text": p.view_text,
        "BrightText": p.on_accent,
        "ButtonText": p.window_text,
        "Base": p.view,
        "Window": p.window,
        "Shadow": "#000000",
        "Highlight": p.accent,
        "HighlightedText": p.on_accent,
        "Link": p.link,
        "LinkVisited": p.link,
        "AlternateBase": p.window,
        "NoRole": p.view,
        "ToolTipBase": p.raised,
        "ToolTipText": p.view_text,
        "PlaceholderText": p.muted,
    }


def _off(p: AppPalette, words: dict[str, str]) -> dict[str, str]:
    """What cannot be used now."""
    faint = {name: mixed(p.window, words[name], 0.5) for name in ("WindowText", "Text", "ButtonText", "Link")}
    return {**words, **faint, "Base": p.window, "Highlight": p.border, "HighlightedText": p.muted}
