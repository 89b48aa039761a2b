"""Colours of terminals, in the places where each looks for its system's configuration; of X11's own toolkit, too.

Sources: foot.ini(5), https://sw.kovidgoyal.net/kitty/conf/, https://alacritty.org/config-alacritty.html, xterm(1),
https://www.x.org/releases/X11R7.7/doc/libX11/libX11/libX11.html#Resource_File_Syntax.
"""

from __future__ import annotations

from berth.core.messages import AppPalette
from berth.core.plan import SANDBOX_HOME

_NAMES = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")


def files(palette: AppPalette) -> dict[str, str]:
    return {
        "config/foot/foot.ini": _foot(palette),
        "config/kitty/kitty.conf": _kitty(palette),
        # Up to 0.12 it reads YAML, from 0.13 on TOML.
        "config/alacritty/alacritty.yml": _alacritty_yaml(palette),
        "config/alacritty/alacritty.toml": _alacritty_toml(palette),
        "config/Xresources": _x_resources(palette),
    }


def _foot(palette: AppPalette) -> str:
    values = {
        "background": palette.view,
        "foreground": palette.view_text,
        "selection-background": palette.accent,
        "selection-foreground": palette.on_accent,
        "urls": palette.link,
        **{f"regular{number}": color for number, color in enumerate(palette.terminal[:8])},
        **{f"bright{number}": color for number, color in enumerate(palette.terminal[8:])},
    }
    lines = [f"{name}={color[1:]}" for name, color in values.items()]
    return "\n".join(["[colors]", *lines, ""])


def _kitty(palette: AppPalette) -> str:
    values = {
        "background": palette.view,
        "foreground": palette.view_text,
        "cursor": palette.view_text,
        "selection_background": palette.accent,
        "selection_foreground": palette.on_accent,
        "url_color": palette.link,
        **{f"color{number}": color for number, color in enumerate(palette.terminal)},
    }
    return "".join(f"{name} {color}\n" for name, color in values.items())


def _groups(palette: AppPalette) -> dict[str, dict[str, str]]:
    return {
        "primary": {"background": palette.view, "foreground": palette.view_text},
        "selection": {"background": palette.accent, "text": palette.on_accent},
        "normal": dict(zip(_NAMES, palette.terminal[:8], strict=True)),
        "bright": dict(zip(_NAMES, palette.terminal[8:], strict=True)),
    }


def _x_resources(palette: AppPalette) -> str:
    """What stands here is stronger than the user's own file, unless that is read afterwards."""
    values = {
        "*background": palette.window,
        "*foreground": palette.window_text,
        "Emacs.background": palette.view,
        "Emacs.foreground": palette.view_text,
        "XTerm*background": palette.view,
        "XTerm*foreground": palette.view_text,
        "XTerm*highlightColor": palette.accent,
        "XTerm*highlightTextColor": palette.on_accent,
        **{f"XTerm*color{number}": color for number, color in enumerate(palette.terminal)},
    }
    own = f'#include "{SANDBOX_HOME}/.Xdefaults"\n'
    return "".join(f"{name}: {color}\n" for name, color in values.items()) + own


def _alacritty_yaml(palette: AppPalette) -> str:
    lines = ["colors:"]
    for group, values in _groups(palette).items():
        lines += [f"  {group}:", *(f"    {name}: '{color}'" for name, color in values.items())]
    return "\n".join([*lines, ""])


def _alacritty_toml(palette: AppPalette) -> str:
    lines = []
    for group, values in _groups(palette).items():
        lines += [f"[colors.{group}]", *(f'{name} = "{color}"' for name, color in values.items())]
    return "\n".join([*lines, ""])
