"""Colours of Qt 6, of Qt 5 without `qt5`, and of KDE's apps: the file that Qt's own theme for KDE reads.

Source: ``QKdeTheme`` in qtbase, https://develop.kde.org/docs/features/configuration/.
"""

from __future__ import annotations

from berth.core.messages import AppPalette

_DARKEST = 0x20
_FIXED = """\
[General]
ColorScheme=Berth

[KDE]
SingleClick=false
widgetStyle=Fusion
"""


def files(palette: AppPalette) -> dict[str, str]:
    p = palette
    sets = {
        "Window": _set(p, p.window, p.view, p.window_text),
        "View": _set(p, p.view, p.window, p.view_text),
        "Button": _set(p, button(p), p.window, p.window_text),
        "Selection": _set(p, p.accent, p.accent, p.on_accent),
        "Tooltip": _set(p, p.raised, p.window, p.view_text),
    }
    icons = f"[Icons]\nTheme={p.icons or 'Adwaita'}\n"
    parts = [_FIXED, icons, *(_section(f"Colors:{name}", values) for name, values in sets.items())]
    return {"config/kdeglobals": "\n".join(parts)}


def _set(palette: AppPalette, ground: str, alternate: str, text: str) -> dict[str, str]:
    return {
        "BackgroundNormal": ground,
        "BackgroundAlternate": alternate,
        "ForegroundNormal": text,
        "ForegroundInactive": palette.muted,
        "ForegroundLink": palette.link,
        "ForegroundVisited": palette.link,
        "ForegroundNegative": palette.error,
        "ForegroundNeutral": palette.warning,
        "ForegroundPositive": palette.success,
        "DecorationFocus": palette.accent,
        "DecorationHover": palette.accent,
    }


def button(palette: AppPalette) -> str:
    """Words of what is switched off get twice the brightness of this ground, which must not be none."""
    if max(_channels(palette.raised)) > _DARKEST:
        return palette.raised
    return mixed(palette.raised, palette.view_text, 0.2)


def mixed(ground: str, ink: str, share: float) -> str:
    """A colour between two, from 0 = the first to 1 = the second."""
    pairs = zip(_channels(ground), _channels(ink), strict=True)
    return "#" + "".join(f"{round(low * (1 - share) + high * share):02x}" for low, high in pairs)


def _section(name: str, values: dict[str, str]) -> str:
    return "\n".join([f"[{name}]", *(f"{key}={_decimal(color)}" for key, color in values.items()), ""])


def _decimal(color: str) -> str:
    return ",".join(map(str, _channels(color)))


def _channels(color: str) -> list[int]:
    return [int(color[at : at + 2], 16) for at in (1, 3, 5)]
