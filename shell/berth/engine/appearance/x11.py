"""What programs on an X server are told: a file for `berth.inside.x11_settings`, and the colours of GTK 2.

GTK 2 has a file of styles named to it, as it looks for themes only where the image's own lie. It reads that again when
its theme has another name.

Sources: https://specifications.freedesktop.org/xsettings-spec/0.5/ and the names that GTK knows
(``gdk/x11/gdksettings.c``), https://docs.gtk.org/gtk2/gtk2-Resource-Files.html.
"""

from __future__ import annotations

from berth.core.messages import AppPalette
from berth.core.plan import GTK2_STYLES

_SETTINGS = {
    "Gtk/FontName": "Sans 10",
    "Net/FallbackIconTheme": "Adwaita",
    "Xft/Antialias": 1,
    "Xft/DPI": 96 * 1024,
    "Xft/HintStyle": "hintslight",
    "Xft/Hinting": 1,
    "Xft/RGBA": "none",
}
"""What GTK takes without a word, and what the settings portal says of how letters are drawn."""

_STYLES = """\
style "berth" {{
  bg[NORMAL] = "{window}"
  bg[PRELIGHT] = "{raised}"
  bg[ACTIVE] = "{border}"
  bg[SELECTED] = "{accent}"
  bg[INSENSITIVE] = "{window}"
  fg[NORMAL] = "{window_text}"
  fg[PRELIGHT] = "{window_text}"
  fg[ACTIVE] = "{window_text}"
  fg[SELECTED] = "{on_accent}"
  fg[INSENSITIVE] = "{muted}"
  base[NORMAL] = "{view}"
  base[PRELIGHT] = "{view}"
  base[ACTIVE] = "{accent}"
  base[SELECTED] = "{accent}"
  base[INSENSITIVE] = "{window}"
  text[NORMAL] = "{view_text}"
  text[PRELIGHT] = "{view_text}"
  text[ACTIVE] = "{on_accent}"
  text[SELECTED] = "{on_accent}"
  text[INSENSITIVE] = "{muted}"
  GtkWidget::link-color = "{link}"
  GtkWidget::cursor-color = "{view_text}"
}}
style "berth-chosen" {{
  bg[PRELIGHT] = "{accent}"
  fg[PRELIGHT] = "{on_accent}"
}}
class "GtkWidget" style : gtk "berth"
widget_class "*<GtkMenuItem>*" style : gtk "berth-chosen"
"""


def files(palette: AppPalette) -> dict[str, str]:
    values = _SETTINGS | {
        "Gtk/CursorThemeName": palette.pointers or "Adwaita",
        "Gtk/CursorThemeSize": palette.pointer_size,
        "Net/IconThemeName": palette.icons or "Adwaita",
        "Gtk/EnableAnimations": int(not palette.reduced_motion),
    }
    return {"config/xsettings": "".join(f"{name}={value}\n" for name, value in values.items())}


def files2(palette: AppPalette) -> dict[str, str]:
    colors = {name: getattr(palette, name) for name in palette.__struct_fields__}
    return {GTK2_STYLES: _STYLES.format_map(colors)}
