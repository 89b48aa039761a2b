"""The tokens the shell needs, with values that always work.

The names are the contract between the QML and every theme. The values are the last
resort when no theme can be read at all: plain, legible, without any finesse.
"""

from __future__ import annotations

import re

_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

COLOR: dict[str, str] = {
    # the desktop behind everything
    "wallpaperTop": "#e8edf4",
    "wallpaperBottom": "#cdd8e6",
    "wallpaperGlow": "#ffffff80",
    "wave1": "#b9cbe3",
    "wave2": "#a3bad8",
    "wave3": "#8aa6ca",
    "wave4": "#7392bb",
    # layers, lowest first
    "surfaceRaised": "#ffffff",
    "surfaceSunken": "#f0f2f5",
    "panel": "#f7f8fa",
    "launcher": "#f7f8fa",
    "scrim": "#00000080",
    "border": "#d5d9e0",
    "borderStrong": "#808794",
    # words and symbols
    "text": "#1b1f27",
    "textMuted": "#4a5160",
    "textOnAccent": "#ffffff",
    "link": "#1a56c4",
    # states; hover and pressed lie above whatever is there
    "hover": "#0000000f",
    "pressed": "#0000001f",
    "selected": "#dbe6fb",
    "focus": "#1a56c4",
    "accent": "#1a56c4",
    "accentHover": "#174eb2",
    "accentPressed": "#13439a",
    "danger": "#b3261e",
    "dangerHover": "#a0221b",
    "dangerPressed": "#8b1d17",
    "dangerSoft": "#fbe3e1",
    "warning": "#8a5a00",
    "warningSoft": "#fdf0d5",
    "info": "#1a56c4",
    "infoSoft": "#dbe6fb",
    # windows
    "titleBar": "#ffffff",
    "titleBarInactive": "#f0f2f5",
    "titleText": "#1b1f27",
    "titleTextInactive": "#5b6270",
    "windowBorder": "#b8bec9",
    "windowBorderInactive": "#d5d9e0",
    "windowBackground": "#ffffff",
    # letter tiles of apps without an icon
    "tile1": "#2f6fde",
    "tile2": "#7a4fd0",
    "tile3": "#b8418f",
    "tile4": "#c24a3a",
    "tile5": "#a8680c",
    "tile6": "#3f7f3a",
    "tile7": "#12807a",
    "tile8": "#51627d",
    "tileText": "#ffffff",
}

SPACE: dict[str, float] = {"xxs": 2, "xs": 4, "sm": 8, "md": 12, "lg": 16, "xl": 24}

SIZE: dict[str, float] = {
    "control": 36,
    "target": 36,
    "iconSmall": 16,
    "icon": 20,
    "iconLarge": 28,
    "appIcon": 24,
    "tileIcon": 56,
    "tileWidth": 168,
    "tileHeight": 176,
    "panel": 52,
    "panelItem": 40,
    "panelItemWidth": 180,
    "dock": 64,
    "dockItem": 52,
    "dockIcon": 36,
    "dockGap": 8,
    "searchWidth": 560,
    "launcherWidth": 760,
    "launcherHeight": 640,
    "prompt": 480,
    "notice": 380,
    "titleBar": 36,
    "titleButton": 28,
    "resizeHandle": 6,
    "marker": 3,
    "progress": 6,
    "menu": 264,
    "switcherItem": 200,
    "switcherRow": 56,
    "key": 48,
    "bell": 4,
    "osd": 280,
}

RADIUS: dict[str, float] = {"sm": 6, "md": 10, "lg": 16, "full": 999, "window": 10, "tile": 14}

STROKE: dict[str, float] = {"hairline": 1, "focus": 2, "icon": 2}

DURATION: dict[str, int] = {"fast": 120, "normal": 200, "spin": 1200, "bell": 400, "notice": 7000, "osd": 1500}

OPACITY: dict[str, float] = {"disabled": 0.45, "muted": 0.7, "shadow": 0.3}

FONT: dict[str, str | float] = {
    "family": "sans-serif",
    "monospace": "monospace",
    "caption": 12,
    "body": 14,
    "title": 17,
    "clock": 14,
    "regular": 400,
    "medium": 500,
    "bold": 600,
}

SCHEMA: dict[str, dict[str, str | float | int]] = {
    "color": {**COLOR},
    "space": {**SPACE},
    "size": {**SIZE},
    "radius": {**RADIUS},
    "stroke": {**STROKE},
    "duration": {**DURATION},
    "opacity": {**OPACITY},
    "font": {**FONT},
}
"""Group -> name -> value. Sizes are logical pixels, durations milliseconds, colours #rrggbb or #rrggbbaa."""


def property_name(token: str) -> str:
    """The custom property of a token: ``color.surfaceRaised`` is ``--color-surface-raised``."""
    return "--" + _CAPITAL.sub("-", token.replace(".", "-")).lower()
