"""Apps are given the desktop's colours: files in their containers, and where to look for them."""

from __future__ import annotations

import configparser
import json
import os
import shutil
import subprocess
import tomllib
from pathlib import Path

import msgspec
import pytest
import tinycss2

from berth.core import messages as m
from berth.core.compile import compile_plan, has_bus
from berth.core.manifest import parse_manifest
from berth.core.plan import THEME_NAMES, LaunchPlan, Style, Toolkit
from berth.core.problem import Problem
from berth.engine.appearance import live
from berth.engine.appearance.files import contents, dress, remembered, toolkits
from tests.engine.conftest import DRAWN
from tests.engine.process import Caller, EngineProcess, PlayedDisplay
from tests.engine.test_life import SLEEPER, inside

PALETTE = m.AppPalette(
    scheme="dark",
    high_contrast=False,
    **{name: f"#0000{number:02x}" for number, name in enumerate(m.AppPalette.__struct_fields__[2:-2])},  # type: ignore[arg-type]
    terminal=tuple(f"#ff00{number:02x}" for number in range(16)),
)
ALL: tuple[Toolkit, ...] = ("gtk3", "gtk4", "adwaita", "qt")
STYLE = "/run/berth/style"
_X11 = 'display = "xwayland"'


def environment(*there: Toolkit, dark: bool = False, more: str = "") -> dict[str, str]:
    plan = compiled(*there, dark=dark, more=more)
    return dict(plan.environment)


def compiled(*there: Toolkit, dark: bool = False, more: str = "") -> LaunchPlan:
    manifest = parse_manifest(f'id = "org.example.App"\nname = "App"\ncommand = ["app"]\n{more}', "app.toml")
    style = Style(frozenset(there), dark)
    return compile_plan(manifest, instance="i", rootfs="/r", instance_directory="/i", home="/h", style=style)


def test_a_running_app_has_the_colours_and_gets_new_ones(
    engine: EngineProcess, display: PlayedDisplay, caller: Caller
) -> None:
    plain = caller.call(m.RunApp(SLEEPER)).instance
    caller.call(m.SetAppPalette(PALETTE))
    instance = caller.call(m.RunApp(SLEEPER)).instance
    assert "style" not in inside(caller, plain, "ls", "/run/berth")
    said = inside(caller, instance, "env")
    assert f"XDG_CONFIG_DIRS={STYLE}/config:/etc/xdg" in said and "GTK_THEME" not in said
    found = json.loads(inside(caller, instance, "cat", f"{STYLE}/palette.json"))
    assert (found["scheme"], found["accent"]) == ("dark", PALETTE.accent)
    caller.call(m.SetAppPalette(msgspec.structs.replace(PALETTE, view="#abcdef")))
    assert "background=abcdef" in inside(caller, instance, "cat", f"{STYLE}/config/foot/foot.ini")
    assert ".foot.ini.new" not in inside(caller, instance, "ls", "-a", f"{STYLE}/config/foot")
    inside(caller, instance, "sh", "-c", f"! touch {STYLE}/palette.json && ! touch {STYLE}/mine")


def test_one_that_cannot_get_them_keeps_nobody_else_from_it(
    engine: EngineProcess, display: PlayedDisplay, caller: Caller
) -> None:
    caller.call(m.SetAppPalette(PALETTE))
    first, other = (caller.call(m.RunApp(SLEEPER)).instance for _ in range(2))
    folder = engine.paths.instances / first / "style/config/foot"
    shutil.rmtree(folder)
    folder.touch()
    changed = msgspec.structs.replace(PALETTE, view="#abcdef")
    with pytest.raises(Problem, match="could not be written"):
        caller.call(m.SetAppPalette(changed))
    assert "background=abcdef" in inside(caller, other, "cat", f"{STYLE}/config/foot/foot.ini")
    assert (display.expect(m.StyleWritten).palette, display.expect(m.StyleWritten).palette) == (PALETTE, changed)


def test_the_next_engine_knows_the_colours(engine: EngineProcess, display: PlayedDisplay, caller: Caller) -> None:
    caller.call(m.SetAppPalette(PALETTE))
    engine.restart()
    engine.display()
    again = engine.caller()
    instance = again.call(m.RunApp(SLEEPER)).instance
    assert PALETTE.accent in inside(again, instance, "cat", f"{STYLE}/palette.json")


@pytest.mark.parametrize(
    "evil",
    ["#00000", "#0000000", "#000000;}", "#000000\n", "red", "#GGGGGG", "#000000\n[main]\nshell=/bin/evil", "", 7],
)
def test_nothing_but_colours_gets_through(evil: object) -> None:
    for name in ("accent", "terminal"):
        value = evil if name == "accent" else (evil,) * 16
        packet = msgspec.msgpack.encode(
            m.Call(1, m.SetAppPalette(msgspec.structs.replace(PALETTE, **{name: value}))),  # type: ignore[arg-type]
        )
        with pytest.raises(msgspec.ValidationError):
            msgspec.msgpack.decode(packet, type=m.AnyMessage)


def test_what_is_remembered_is_checked_too(tmp_path: Path) -> None:
    file = tmp_path / "palette.json"
    for text in ("", "[]", json.dumps(["AppPalette", "dark", False, *["red"] * 15, ["red"] * 16])):
        file.write_text(text)
        assert remembered(file) is None


def test_each_file_is_well_formed() -> None:
    for there in (ALL, ("gtk3", "gtk4", "qt")):
        for name, text in contents(PALETTE, there).items():
            if name.endswith((".ini", "kdeglobals")):
                configparser.ConfigParser(strict=True).read_string(text)
            elif name.endswith(".toml"):
                assert tomllib.loads(text)["colors"]["primary"]["background"] == PALETTE.view
            elif name.endswith(".css"):
                rules = tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True)
                assert rules and all(rule.type in ("at-rule", "qualified-rule") for rule in rules)
                assert PALETTE.accent in text


def test_what_is_switched_off_in_qt_can_be_seen() -> None:
    def ground(raised: str) -> str:
        palette = msgspec.structs.replace(PALETTE, raised=raised, view_text="#ffffff")
        parser = configparser.ConfigParser()
        parser.read_string(contents(palette, ("qt",))["config/kdeglobals"])
        return parser["Colors:Button"]["BackgroundNormal"]

    assert (ground("#000000"), ground("#405060")) == ("51,51,51", "64,80,96")


def test_files_are_for_what_is_in_the_image(tmp_path: Path) -> None:
    library = tmp_path / "usr/lib64"
    library.mkdir(parents=True)
    assert toolkits(str(tmp_path)) == frozenset()
    assert not [name for name in contents(PALETTE, ()) if "gtk" in name or "kde" in name]
    for name in ("libgtk-4.so.1", "libQt6Gui.so.6", "libadwaita-1.so.0"):
        (library / name).symlink_to("/nowhere")
    found = toolkits(str(tmp_path))
    assert found == {"gtk4", "adwaita", "qt", "qt6"}
    sheets = [name for name in contents(PALETTE, found) if name.endswith(".css")]
    assert sheets == ["share/themes/Berth/gtk-4.0/gtk.css", "adwaita/defaults-dark.css"]


def test_what_is_drawn_by_gtk_has_a_bus() -> None:
    assert has_bus(compiled("gtk3")) and has_bus(compiled("gtk4", "adwaita"))
    assert (
        has_bus(compiled("qt", "qt6"))
        and not has_bus(compiled("qt"))
        and not has_bus(compiled())
        and not has_bus(compiled("gtk3", more=_X11))
    )


def test_a_theme_has_many_names_and_a_scheme_one_file(tmp_path: Path) -> None:
    style = tmp_path / "style"
    for scheme, other in (("dark", "light"), ("light", "dark"), ("light", "dark")):
        dress(tmp_path, msgspec.structs.replace(PALETTE, scheme=scheme), ALL)  # type: ignore[arg-type]
        sheet = "gtk-3.0/gtk.css"
        names = [(style / "share/themes" / name / sheet).read_text() for name in THEME_NAMES]
        assert len(set(names)) == 1 < len(names) and PALETTE.accent in names[0]
        assert PALETTE.accent in (style / f"adwaita/defaults-{scheme}.css").read_text()
        assert not (style / f"adwaita/defaults-{other}.css").exists()


def settings_after(home: Path, *, backend: str = "keyfile", meanwhile: str = ":") -> str:
    """What the app's settings are after a program inside has been told to draw itself anew, and did something then."""
    variables = {"HOME": str(home), "GSETTINGS_BACKEND": backend, "PATH": os.environ["PATH"]}
    script = live.script("/nonexistent", ("gtk3",)).replace("sleep 1", meanwhile)
    subprocess.run(["/bin/sh", "-c", script], env=variables, check=True)
    file = home / ".config/glib-2.0/settings/keyfile"
    return file.read_text() if file.exists() else ""


def test_gtk_is_told_another_name_of_the_theme_each_time(tmp_path: Path) -> None:
    group = "[org/gnome/desktop/interface]\n"
    for name in (*THEME_NAMES[1:], THEME_NAMES[0], THEME_NAMES[1]):
        assert settings_after(tmp_path) == f"{group}gtk-theme='{name}'\n"
    file = tmp_path / ".config/glib-2.0/settings/keyfile"
    assert [path.name for path in file.parent.iterdir()] == ["keyfile"] and file.stat().st_mode & 0o77 == 0
    others = "[org/app]\ngtk-theme='Its'\n\n"
    file.write_text(f"{others}{group}font-name='Mine'\n\n[org/z]\nsize=1\n")
    for name in THEME_NAMES[1:3]:
        after = f"{others}{group}gtk-theme='{name}'\nfont-name='Mine'\n\n[org/z]\nsize=1\n"
        assert settings_after(tmp_path) == after


def test_a_name_that_the_app_writes_over_is_written_again(tmp_path: Path) -> None:
    forgets = '[ $_attempt = 2 ] || echo "[org/app]" >"$settings/keyfile"'
    expected = f"[org/app]\n[org/gnome/desktop/interface]\ngtk-theme='{THEME_NAMES[1]}'\n"
    assert settings_after(tmp_path, meanwhile=forgets) == expected


def test_a_theme_that_the_user_has_chosen_stays(tmp_path: Path) -> None:
    own = "[org/gnome/desktop/interface]\ngtk-theme='Own'\n"
    settings_after(tmp_path)
    (tmp_path / ".config/glib-2.0/settings/keyfile").write_text(own)
    assert settings_after(tmp_path) == own
    assert settings_after(tmp_path / "other", backend="memory") == ""


def test_only_what_runs_and_hears_of_nothing_is_told_inside(tmp_path: Path) -> None:
    assert live.script(str(tmp_path), ("gtk4", "qt")) == ""
    assert "keyfile" in live.script(str(tmp_path), ("gtk3", "gtk4"))
    assert live.script(str(tmp_path), ("gtk3", "gtk4", "adwaita")) == ""
    (tmp_path / "usr/bin").mkdir(parents=True)
    (tmp_path / "usr/bin/foot").touch()
    assert "/dev/pts" in live.script(str(tmp_path), ())


def test_variables_lead_each_toolkit_to_its_files() -> None:
    assert environment("gtk4")["GTK_THEME"] == "Berth" and "GTK_THEME" not in environment("gtk3")
    themes = f"/org/gtk/libgtk/theme/Adwaita={STYLE}/share/themes/Berth/gtk-3.0"
    assert environment("gtk3", "gtk4")["G_RESOURCE_OVERLAYS"] == themes
    assert environment("gtk3")["XDG_DATA_DIRS"].endswith(f":{STYLE}/share")
    assert environment("qt")["QT_QPA_PLATFORMTHEME"] == "kde"
    adwaita = environment("gtk4", "adwaita")
    assert adwaita["G_RESOURCE_OVERLAYS"] == f"/org/gnome/Adwaita/styles={STYLE}/adwaita" and "GTK_THEME" not in adwaita
    on_x11 = environment("gtk4", "adwaita", dark=True, more='display = "xwayland"')
    assert on_x11["ADW_DEBUG_COLOR_SCHEME"] == "prefer-dark" and on_x11["GTK_THEME"] == "Berth"
    assert not {"GTK_THEME", "QT_QPA_PLATFORMTHEME", "DBUS_SESSION_BUS_ADDRESS"} & set(environment())
    assert "XENVIRONMENT" in environment(more='display = "xwayland"') and "XENVIRONMENT" not in environment()
    own = environment("gtk3", more='[environment]\nGTK_THEME = "Own"\n')
    assert own["GTK_THEME"] == "Own"


def test_an_app_has_its_bus_and_changes_are_told(engine: EngineProcess, display: PlayedDisplay, caller: Caller) -> None:
    caller.call(m.SetAppPalette(PALETTE))
    assert display.expect(m.StyleWritten).palette == PALETTE
    plain = caller.call(m.RunApp(SLEEPER)).instance
    drawn = caller.call(m.RunApp(DRAWN)).instance
    while drawn not in display.sockets:
        display.expect(m.ListenInstance)
    assert set(display.buses) == {drawn}
    assert "bus" in inside(caller, drawn, "ls", "/run/berth").split()
    assert "bus" not in inside(caller, plain, "ls", "/run/berth").split()
    assert "DBUS_SESSION_BUS_ADDRESS=unix:path=/run/berth/bus" in inside(caller, drawn, "env")
    engine.restart()
    again = engine.display()
    assert again.expect(m.StyleWritten).palette == PALETTE
    while {plain, drawn} > set(again.sockets):
        again.expect(m.ListenInstance)
    assert set(again.buses) == {drawn}
