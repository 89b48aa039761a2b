"""Unmodified apps of each toolkit in their containers take on the desktop's colours."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from berth.engine.images.sources import host_suite
from tests.picture import Colour, Picture
from tests.session.desktop import Desktop, wait_until

# Programs of each toolkit, one after the other.
pytestmark = pytest.mark.timeout(300)

GROUND, BAR, ACCENT = (18, 52, 86), (70, 20, 60), (255, 150, 60)
APPS = {
    "org.codeberg.dnkl.foot": GROUND,
    "org.xfce.mousepad": GROUND,
    "org.gnome.TextEditor": BAR,
    "io.github.tsujan.FeatherPad": BAR,
    "net.invisible_island.XTerm": GROUND,
}
"""What a colour that fills a good part of each app's window is."""
LIGHT = (255, 250, 240), (200, 230, 210)
LIVE = {
    "org.codeberg.dnkl.foot": LIGHT[0],
    "net.invisible_island.XTerm": LIGHT[0],
    "org.xfce.mousepad": LIGHT[0],
    "org.gnome.TextEditor": LIGHT[1],
}
"""The same when the theme is another one by then."""


def sheet(ground: Colour, bar: Colour) -> str:
    tokens = {
        "window-background": ground,
        "title-bar": bar,
        "surface-sunken": bar,
        "text": (240, 240, 240),
        "accent": ACCENT,
    }
    return ":root {" + "".join(f"--color-{name}: rgb{value};" for name, value in tokens.items()) + "}"


def wears(desktop: Desktop, instance: str, colour: Colour, picture: Path, least: int = 5000) -> bool:
    """Whether the app itself, without our title bar, shows at least so many pixels of a colour."""
    window = desktop.window_of(instance)
    seen = Picture(desktop.screenshot(picture, window["window"]))
    top = window["y"] - window["frame"][1]
    return seen.colours((0, top, seen.width, seen.height - top))[colour] >= least


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Where the sheet of the desktop's own lies, which is dark."""
    config = tmp_path / "config/berth"
    config.mkdir(parents=True)
    (config / "style.css").write_text(sheet(GROUND, BAR))
    return config


def test_apps_of_each_toolkit_follow_the_theme(
    new_desktop: Callable[..., Desktop], config: Path, tmp_path: Path
) -> None:
    desktop = new_desktop(environment={"XDG_CONFIG_HOME": str(config.parent), "BERTH_SCHEME": "dark"})
    instances = {app: desktop.start(app) for app in APPS}
    for app, instance in instances.items():
        wait_until(
            lambda instance=instance, app=app: wears(desktop, instance, APPS[app], tmp_path / "app.png"),
            f"{app} in the theme's colours",
            60,
        )
        assert "Theme pars" not in desktop.run("logs", instance).stdout

    editor = instances["org.xfce.mousepad"]
    desktop.run("focus", str(desktop.window_of(editor)["window"]))
    desktop.run("input", "type", "marked words")
    desktop.run("input", "key", "ctrl+a")
    wait_until(lambda: wears(desktop, editor, ACCENT, tmp_path / "marked.png", 300), "marked words in the accent", 60)

    def told() -> str:
        said = desktop.run("exec", editor, "--", "cat", "/run/berth/style/palette.json")
        return str(json.loads(said.stdout)["view"])

    assert told() == "#123456"
    (config / "style.css").write_text(sheet(*LIGHT))
    wait_until(lambda: told() == "#fffaf0", "a running app's files to follow", 60)
    for app, colour in LIVE.items():
        instance = instances[app]
        wait_until(
            lambda instance=instance, colour=colour: wears(desktop, instance, colour, tmp_path / "live.png"),
            f"the colours of {app}, which runs",
            60,
        )


def test_a_program_of_qt_6_hears_of_the_theme_by_its_bus(
    new_desktop: Callable[..., Desktop], config: Path, tmp_path: Path
) -> None:
    desktop = new_desktop(environment={"XDG_CONFIG_HOME": str(config.parent), "BERTH_SCHEME": "dark"})
    writer = desktop.start("org.gottcode.FocusWriter")

    def has_bars(colour: Colour) -> bool:
        """They are in sight while the pointer is near them."""
        desktop.run("input", "move", "640", "2")
        desktop.run("input", "move", "642", "3")
        return wears(desktop, writer, colour, tmp_path / "writer.png")

    wait_until(lambda: has_bars(BAR), "bars in the theme's colours", 60)
    (config / "style.css").write_text(sheet(*LIGHT))
    wait_until(lambda: has_bars(LIGHT[1]), "the running program's bars in other colours", 60)


@pytest.mark.skipif(host_suite() != "bookworm", reason="of Debian's suites bookworm alone has its Qt apps use Qt 5")
def test_a_program_of_qt_5_follows_while_it_runs(
    new_desktop: Callable[..., Desktop], config: Path, tmp_path: Path
) -> None:
    desktop = new_desktop(environment={"XDG_CONFIG_HOME": str(config.parent), "BERTH_SCHEME": "dark"})
    editor = desktop.start("io.github.tsujan.FeatherPad")
    picture = tmp_path / "editor.png"
    wait_until(lambda: wears(desktop, editor, BAR, picture), "a program of Qt 5 in the theme's colours", 60)
    for ground, bar in (LIGHT, (GROUND, BAR)):
        (config / "style.css").write_text(sheet(ground, bar))
        wait_until(lambda bar=bar: wears(desktop, editor, bar, picture), "the running program in other colours", 60)


@pytest.mark.skipif(host_suite() != "bookworm", reason="of Debian's suites bookworm alone has Xpra and GTK 2")
def test_programs_on_x11_follow_while_they_run(
    new_desktop: Callable[..., Desktop], config: Path, tmp_path: Path
) -> None:
    """Bars of Emacs, which is drawn by GTK 3, and all of HexChat, by GTK 2."""
    desktop = new_desktop(environment={"XDG_CONFIG_HOME": str(config.parent), "BERTH_SCHEME": "dark"})
    instances = [desktop.start(app) for app in ("org.gnu.emacs", "io.github.Hexchat")]

    def all_wear(colour: Colour) -> bool:
        return all(wears(desktop, instance, colour, tmp_path / "x11.png") for instance in instances)

    wait_until(lambda: all_wear(BAR), "programs of X11 in the theme's colours", 60)
    for ground, bar in (LIGHT, (GROUND, BAR)):
        (config / "style.css").write_text(sheet(ground, bar))
        wait_until(lambda bar=bar: all_wear(bar), "the running programs' bars in other colours", 60)


ICONS = {
    "org.xfce.mousepad": (255, 230, 138),
    "org.gnu.emacs": (255, 230, 138),
    "io.github.tsujan.FeatherPad": (192, 0, 0),
}
"""What fills an icon of the retro theme that each app shows: “open”, or the cross of a tab."""
TOOLBAR = r"""
keyfile=$XDG_CONFIG_HOME/glib-2.0/settings/keyfile
mkdir -p "${keyfile%/*}"
grep -qs toolbar-visible "$keyfile" ||
  printf '\n[org/xfce/mousepad/preferences/window]\ntoolbar-visible=true\n' >>"$keyfile"
"""
"""Who else writes to the file may lose it, so it is looked for, and written again."""


def test_icons_of_a_theme_are_those_of_apps(new_desktop: Callable[..., Desktop], config: Path, tmp_path: Path) -> None:
    """Of GTK 3 on Wayland and on X11 and of Qt 5 while they run, of Qt 6 from their start."""
    (config / "style.css").unlink()
    (config / "theme").write_text("beige\n")
    desktop = new_desktop(environment={"XDG_CONFIG_HOME": str(config.parent)})
    instances = {app: desktop.start(app) for app in ICONS}
    mousepad = "org.xfce.mousepad"

    def shows(app: str) -> bool:
        if app == mousepad:
            desktop.run("exec", instances[app], "--", "sh", "-c", TOOLBAR)
        return wears(desktop, instances[app], ICONS[app], tmp_path / "icons.png", 10)

    for app in ICONS:
        wait_until(lambda app=app: shows(app), f"the theme's icons in {app}", 60)
    desktop.run("theme", "use", "default")
    for app in ICONS:
        wait_until(lambda app=app: not shows(app), f"the image's icons in {app}", 60)
    desktop.run("theme", "use", "beige")
    for app in ICONS:
        wait_until(lambda app=app: shows(app), f"the theme's icons in {app}, which runs", 60)
