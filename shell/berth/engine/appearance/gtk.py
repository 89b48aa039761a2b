"""Colours of GTK 3, GTK 4 and libadwaita: a theme called Berth, which lies on the one that the library brings.

Programs with libadwaita take no themes. They get a file instead of that among the library's resources that gives
each of its colours a value; on X11, where they do not hear of a dark desktop, a theme that has the library's sheets.

The themes of GTK itself have their colours written into each rule, so the rules that draw grounds, words and the
accent are said again here, by colours with names. libadwaita has names for all of its colours.
Sources: https://docs.gtk.org/gtk3/css-overview.html, https://docs.gtk.org/gtk4/css-overview.html,
https://gnome.pages.gitlab.gnome.org/libadwaita/doc/1.2/named-colors.html.
"""

from __future__ import annotations

import re

from berth.core.messages import AppPalette
from berth.core.plan import THEME_NAMES

_THEME = f"share/themes/{THEME_NAMES[0]}"
_NAMES = (
    *("window", "window_text", "view", "view_text", "header", "header_text", "raised", "muted", "border"),
    *("accent", "on_accent", "link", "error", "warning", "success"),
)
_RULES = """
.background, .titlebar, headerbar, menubar, toolbar, statusbar, actionbar, .action-bar, infobar > revealer > box,
searchbar > revealer > box, notebook > header, .sidebar, stacksidebar, scrolledwindow undershoot {
  background-color: @berth_window; background-image: none; color: @berth_window_text;
  border-color: @berth_border; text-shadow: none; box-shadow: none;
}
.titlebar, headerbar { background-color: @berth_header; color: @berth_header_text; }
.view, .view text, iconview, textview, textview text, treeview.view, list, listview, columnview, notebook > stack,
notebook > stack:not(:only-child),
textview border, placessidebar list {
  background-color: @berth_view; color: @berth_view_text; caret-color: @berth_view_text; text-shadow: none;
}
textview border gutter, .gutter { color: @berth_muted; }
entry, spinbutton, spinbutton:not(.vertical) {
  background-color: @berth_view; background-image: none; color: @berth_view_text;
  caret-color: @berth_view_text; border-color: @berth_border; box-shadow: none;
}
entry:focus, spinbutton:focus, entry:focus-within, spinbutton:focus-within { border-color: @berth_accent; }
spinbutton button, entry button { background: none; border-color: @berth_border; color: inherit; }
button {
  background-color: @berth_raised; background-image: none; color: @berth_window_text;
  border-color: @berth_border; box-shadow: none; text-shadow: none; -gtk-icon-shadow: none;
}
button.flat, headerbar button:not(.suggested-action):not(.destructive-action), notebook > header button,
toolbar button, menubar > menuitem { background-color: transparent; color: inherit; }
button:hover, headerbar button:hover, toolbar button:hover, button.flat:hover {
  background-color: mix(@berth_raised, @berth_window_text, 0.1); background-image: none;
}
button:active, button:checked, headerbar button:checked, toolbar button:checked {
  background-color: mix(@berth_raised, @berth_window_text, 0.2); background-image: none;
}
label:disabled { color: alpha(@berth_window_text, 0.5); }
button:disabled, entry:disabled, spinbutton:disabled, spinbutton:disabled:not(.vertical) {
  background-color: @berth_window; background-image: none; color: alpha(@berth_window_text, 0.5);
}
button.suggested-action, button.suggested-action:hover, button.suggested-action:active {
  background-color: @berth_accent; background-image: none; color: @berth_on_accent;
}
button.destructive-action, button.destructive-action:hover, button.destructive-action:active {
  background-color: @berth_error; background-image: none; color: @berth_view;
}
menu, .menu, .context-menu, popover, popover.background, popover > contents, popover > arrow, .csd popover.background {
  background-color: @berth_raised; background-image: none; color: @berth_window_text; border-color: @berth_border;
}
popover > arrow, popover.menu > arrow { background-image: none; }
popover .view, popover list, popover listview { background-color: transparent; color: inherit; }
menuitem, modelbutton { color: @berth_window_text; text-shadow: none; }
menuitem:disabled, modelbutton:disabled { color: alpha(@berth_window_text, 0.5); }
menuitem:hover, menubar > menuitem:hover, menubar > item:selected, modelbutton:hover, modelbutton:selected,
.view:selected, .view text:selected, iconview:selected, treeview.view:selected, row:selected, flowboxchild:selected,
columnview row:selected, listview > row:selected, selection, .view text selection, textview text selection,
entry selection, label selection, spinbutton selection, .view:selected:focus, .view text:selected:focus,
iconview:selected:focus, treeview.view:selected:focus, flowbox > flowboxchild:selected, .view text selection:focus,
textview text selection:focus, entry selection:focus, label selection:focus, spinbutton selection:focus {
  background-color: @berth_accent; background-image: none; color: @berth_on_accent; box-shadow: none;
}
check, radio { background-color: @berth_view; background-image: none; border-color: @berth_muted; box-shadow: none; }
check:checked, check:indeterminate, radio:checked, radio:indeterminate, switch:checked {
  background-color: @berth_accent; background-image: none; border-color: @berth_accent; color: @berth_on_accent;
}
menu check, menu radio, menuitem check, menuitem radio, treeview.view check { border-color: currentColor; }
switch { background-color: @berth_border; background-image: none; border-color: @berth_border; }
scale trough, progressbar trough, levelbar trough {
  background-color: mix(@berth_window, @berth_window_text, 0.15); background-image: none; border-color: @berth_border;
}
scale highlight, progressbar progress, levelbar block.filled, scale fill {
  background-color: @berth_accent; background-image: none; border-color: @berth_accent;
}
scale slider, switch slider { background-color: @berth_raised; background-image: none; border-color: @berth_muted; }
scrollbar, scrollbar trough { background-color: @berth_window; background-image: none; border-color: @berth_border; }
scrollbar slider { background-color: alpha(@berth_muted, 0.7); }
scrollbar slider:hover, scrollbar slider:active { background-color: @berth_accent; }
notebook > header tab { color: @berth_muted; background-image: none; box-shadow: none; }
notebook > header tab:hover, notebook > header tab:checked { color: @berth_window_text; border-color: @berth_accent; }
notebook > header.top > tabs > tab:checked { box-shadow: inset 0 -3px @berth_accent; }
notebook > header.bottom > tabs > tab:checked { box-shadow: inset 0 3px @berth_accent; }
notebook > header.left > tabs > tab:checked { box-shadow: inset -3px 0 @berth_accent; }
notebook > header.right > tabs > tab:checked { box-shadow: inset 3px 0 @berth_accent; }
notebook, frame > border, separator, paned > separator { border-color: @berth_border; }
separator, paned > separator { background-color: @berth_border; background-image: none; }
treeview.view header button, columnview header button { background-color: @berth_window; color: @berth_muted; }
link, button.link, *:link, *:visited { color: @berth_link; }
.error, entry.error { color: @berth_error; }
.warning, entry.warning { color: @berth_warning; }
.success { color: @berth_success; }
.dim-label { color: @berth_muted; opacity: 1; }
"""


def _also_inactive(rules: str) -> str:
    """GTK's own themes say again how windows look that have no focus, and more exactly than `rules`."""
    return re.sub(r"[^{}]+(?=\{)", _doubled, rules)


def _doubled(selectors: re.Match[str]) -> str:
    each = [selector.strip() for selector in selectors[0].split(",")]
    return "\n" + ",\n".join([*each, *(f"{selector}:backdrop" for selector in each)]) + " "


_SHARED = _also_inactive(_RULES)


def files3(palette: AppPalette) -> dict[str, str]:
    base = "HighContrast" if palette.high_contrast else "Adwaita"
    dark = "-inverse" if palette.high_contrast else "-dark"
    sheet = f"gtk-contained{dark if palette.scheme == 'dark' else ''}.css"
    css = _import(f"/org/gtk/libgtk/theme/{base}/{sheet}") + _names(palette) + _SHARED
    return {
        f"{_THEME}/gtk-3.0/gtk.css": css,
        # As GTK calls it when it is over its own theme.
        f"{_THEME}/gtk-3.0/gtk-dark.css": css,
        "config/gtk-3.0/settings.ini": _settings(palette),
    }


def files4(palette: AppPalette, *, adwaita: bool) -> dict[str, str]:
    """Args:
    adwaita: whether the image's apps draw with libadwaita.
    """
    if adwaita:
        colors = _define(_adwaita_colors(palette))
        return {f"{_THEME}/gtk-4.0/gtk.css": _adwaita(palette, colors), _defaults(palette.scheme): colors}
    contrast = "hc-dark" if palette.scheme == "dark" else "hc"
    sheet = f"Default-{contrast if palette.high_contrast else palette.scheme}.css"
    css = _import(f"/org/gtk/libgtk/theme/Default/{sheet}") + _names(palette) + _SHARED
    return {f"{_THEME}/gtk-4.0/gtk.css": css, "config/gtk-4.0/settings.ini": _settings(palette)}


def other_adwaita(palette: AppPalette) -> str:
    """The file that is not there: an app that is always dark in a light desktop has the library's own colours."""
    return _defaults("light" if palette.scheme == "dark" else "dark")


def _defaults(scheme: str) -> str:
    return f"adwaita/defaults-{scheme}.css"


def _settings(palette: AppPalette) -> str:
    lines = ["[Settings]", f"gtk-application-prefer-dark-theme={str(palette.scheme == 'dark').lower()}"]
    if palette.icons:
        lines.append(f"gtk-icon-theme-name={palette.icons}")
    if palette.pointers:
        lines += [f"gtk-cursor-theme-name={palette.pointers}", f"gtk-cursor-theme-size={palette.pointer_size}"]
    return "\n".join(lines) + "\n"


def _import(resource: str) -> str:
    return f'@import url("resource://{resource}");\n'


def _define(colors: dict[str, str]) -> str:
    return "".join(f"@define-color {name} {color};\n" for name, color in colors.items())


def _names(palette: AppPalette) -> str:
    """Ours, and those that apps know from GTK's own theme."""
    p = palette
    known: dict[str, str] = {}
    for state in ("", "unfocused_"):
        known |= {
            f"theme_{state}fg_color": p.window_text,
            f"theme_{state}bg_color": p.window,
            f"theme_{state}text_color": p.view_text,
            f"theme_{state}base_color": p.view,
            f"theme_{state}selected_bg_color": p.accent,
            f"theme_{state}selected_fg_color": p.on_accent,
        }
    known |= {"borders": p.border, "unfocused_borders": p.border, "insensitive_bg_color": p.window}
    known |= {"insensitive_fg_color": p.muted, "insensitive_base_color": p.window}
    known |= {"error_color": p.error, "warning_color": p.warning, "success_color": p.success}
    known |= {"content_view_bg": p.view, "text_view_bg": p.view}
    return _define({f"berth_{name}": getattr(p, name) for name in _NAMES} | known)


def _adwaita(palette: AppPalette, colors: str) -> str:
    style = "/org/gnome/Adwaita/styles"
    base = f"{style}/base{'-hc' if palette.high_contrast else ''}.css"
    return _import(base) + _import(f"{style}/defaults-{palette.scheme}.css") + colors


def _adwaita_colors(palette: AppPalette) -> dict[str, str]:
    p = palette
    shade = "rgba(0, 0, 0, 0.36)" if p.scheme == "dark" else "rgba(0, 0, 0, 0.07)"
    return {
        "window_bg_color": p.window,
        "window_fg_color": p.window_text,
        "view_bg_color": p.view,
        "view_fg_color": p.view_text,
        "headerbar_bg_color": p.header,
        "headerbar_fg_color": p.header_text,
        "headerbar_border_color": p.header_text,
        "headerbar_backdrop_color": p.window,
        "card_bg_color": p.raised,
        "card_fg_color": p.window_text,
        "dialog_bg_color": p.window,
        "dialog_fg_color": p.window_text,
        "popover_bg_color": p.raised,
        "popover_fg_color": p.window_text,
        "sidebar_bg_color": p.window,
        "sidebar_fg_color": p.window_text,
        "accent_bg_color": p.accent,
        "accent_fg_color": p.on_accent,
        "accent_color": p.link,
        "destructive_bg_color": p.error,
        "destructive_fg_color": p.view,
        "destructive_color": p.error,
        "error_bg_color": p.error,
        "error_fg_color": p.view,
        "error_color": p.error,
        "warning_bg_color": p.warning,
        "warning_fg_color": p.view,
        "warning_color": p.warning,
        "success_bg_color": p.success,
        "success_fg_color": p.view,
        "success_color": p.success,
        "shade_color": shade,
        "headerbar_shade_color": shade,
        "card_shade_color": shade,
        "scrollbar_outline_color": "rgba(0, 0, 0, 0.5)" if p.scheme == "dark" else "white",
    }
