"""Apps are given the desktop's colours: files in their containers, and where to look for them."""

from __future__ import annotations

import configparser
import json
import os
import shutil
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
import tinycss2

from berth.core import messages as m
from berth.core.compile import compile_plan, has_bus
from berth.core.manifest import parse_manifest
from berth.core.plan import POINTER_THEME, THEME_NAMES, LaunchPlan, Style, Toolkit
from berth.core.problem import Problem
from berth.core.x11 import STYLE_CHANGED
from berth.engine.appearance import live
from berth.engine.appearance.files import contents, dress, remembered, toolkits
from tests.engine.conftest import DRAWN
from tests.engine.process import Caller, EngineProcess, PlayedDisplay
from tests.engine.test_life import SLEEPER, inside

PALETTE = m.AppPalette(
    scheme="dark",
    high_contrast=False,
    **{name: f"#0000{number:02x}" for number, name in enumerate(m.AppPalette.__struct_fields__[2:-5])},  # type: ignore[arg-type]
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


def test_the_engine_works_on_while_files_are_written_and_the_last_look_stays(
    engine: EngineProcess, display: PlayedDisplay, caller: Caller
) -> None:
    caller.call(m.SetAppPalette(PALETTE))
    instance = caller.call(m.RunApp(SLEEPER)).instance
    style = engine.paths.instances / instance / "style"
    reached, held = style / ".palette.json.new", style / "config/foot/.foot.ini.new"
    for gate in (reached, held):
        os.mkfifo(gate)  # whoever writes it waits for one who reads
    looks = [msgspec.structs.replace(PALETTE, view=view) for view in ("#aaaaaa", "#bbbbbb", "#cccccc")]
    begun = [caller.begin(m.SetAppPalette(looks[0]))]
    assert b"#aaaaaa" in reached.read_bytes()
    begun += [caller.begin(m.SetAppPalette(look)) for look in looks[1:]]
    assert instance in {one.instance for one in caller.call(m.ListInstances()).instances}
    other = caller.call(m.RunApp(SLEEPER)).instance
    assert "background=cccccc" in inside(caller, other, "cat", f"{STYLE}/config/foot/foot.ini")
    assert b"background=aaaaaa" in held.read_bytes()
    for number in begun:
        caller.result(number)
    assert "background=cccccc" in inside(caller, instance, "cat", f"{STYLE}/config/foot/foot.ini")
    told = [display.expect(m.StyleWritten).palette for _look in range(3)]
    assert told == [PALETTE, looks[0], looks[2]], "the second was old before its turn came"


def test_an_app_ends_after_what_is_written_for_it(
    engine: EngineProcess, display: PlayedDisplay, caller: Caller
) -> None:
    caller.call(m.SetAppPalette(PALETTE))
    instance = caller.call(m.RunApp(SLEEPER)).instance
    directory = engine.paths.instances / instance
    held = directory / "style/config/foot/.foot.ini.new"
    os.mkfifo(held)
    begun = caller.begin(m.SetAppPalette(msgspec.structs.replace(PALETTE, view="#aaaaaa")))
    with held.open("rb") as reader:  # the writer is there
        stopping = caller.begin(m.StopInstance(instance, force=True))
        caller.state(instance, "stopping")
        assert reader.read()
    caller.result(begun)
    caller.result(stopping)
    assert not directory.exists()


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
    assert not [name for name in contents(PALETTE, found) if "qt5ct" in name]
    plugins = library / "qt5/plugins/platformthemes"
    plugins.mkdir(parents=True)
    (plugins / "libqt5ct.so").touch()
    assert "qt5ct" in toolkits(str(tmp_path))


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


@pytest.fixture
def qt_5_told(tmp_path: Path) -> Callable[[m.AppPalette], None]:
    """Writes files for a palette and does what is done in the app's container then."""
    style = tmp_path / "style"
    script = live.script("/nonexistent", ("qt", "qt5ct")).replace(STYLE, str(style))

    def tell(palette: m.AppPalette) -> None:
        dress(tmp_path, palette, ("qt", "qt5ct"))
        variables = {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}
        subprocess.run(["/bin/sh", "-c", script], env=variables, check=True)

    return tell


def test_qt_5_has_a_palette_of_all_its_roles() -> None:
    found = contents(PALETTE, ("qt", "qt5ct"))
    colors = configparser.ConfigParser()
    colors.read_string(found["config/qt5ct/colors.conf"])
    for state in ("active", "inactive", "disabled"):
        values = colors["ColorScheme"][f"{state}_colors"].split(", ")
        assert len(values) == 21 and {len(value) for value in values} == {7}
    settings = configparser.ConfigParser()
    settings.read_string(found["config/qt5ct/qt5ct.conf"])
    assert settings["Appearance"]["color_scheme_path"] == f"{STYLE}/config/qt5ct/colors.conf"
    assert list(found).index("config/qt5ct/colors.conf") < list(found).index("config/qt5ct/qt5ct.conf")


def test_qt_5_finds_another_file_in_its_home_after_a_change(
    tmp_path: Path, qt_5_told: Callable[[m.AppPalette], None]
) -> None:
    qt_5_told(PALETTE)
    assert not (tmp_path / ".config").exists(), "it takes the settings of its system by itself"
    ours, own = tmp_path / "style/config/qt5ct/qt5ct.conf", tmp_path / ".config/qt5ct/qt5ct.conf"
    own.parent.mkdir(parents=True)
    shutil.copyfile(ours, own)
    file = own.stat().st_ino
    qt_5_told(PALETTE)
    assert own.stat().st_ino == file, "nothing is drawn anew for nothing"
    for changed in ({"accent": "#abcdef"}, {"icons": "Berth-1"}):
        before = own.read_text()
        qt_5_told(msgspec.structs.replace(PALETTE, **changed))
        assert own.read_text() == ours.read_text() != before
    assert "icon_theme=Berth-1\n" in own.read_text() and [path.name for path in own.parent.iterdir()] == [own.name]


def test_settings_of_qt_5_that_the_user_has_written_stay(
    tmp_path: Path, qt_5_told: Callable[[m.AppPalette], None]
) -> None:
    own = tmp_path / ".config/qt5ct/qt5ct.conf"
    own.parent.mkdir(parents=True)
    own.write_text("[Appearance]\nicon_theme=Own\n")
    qt_5_told(PALETTE)
    assert own.read_text() == "[Appearance]\nicon_theme=Own\n"


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
    assert live.script(str(tmp_path), ("qt",)) == ""
    assert "keyfile" in live.script(str(tmp_path), ("gtk3", "gtk4"))
    assert "berth-icons" in live.script(str(tmp_path), ("gtk3", "gtk4", "adwaita")).splitlines()[1]
    (tmp_path / "usr/bin").mkdir(parents=True)
    (tmp_path / "usr/bin/foot").touch()
    assert "/dev/pts" in live.script(str(tmp_path), ())


def test_variables_lead_each_toolkit_to_its_files() -> None:
    assert environment("gtk4")["GTK_THEME"] == "Berth" and "GTK_THEME" not in environment("gtk3")
    themes = f"/org/gtk/libgtk/theme/Adwaita={STYLE}/share/themes/Berth/gtk-3.0"
    assert environment("gtk3", "gtk4")["G_RESOURCE_OVERLAYS"] == themes
    assert environment("gtk3")["XDG_DATA_DIRS"].endswith(f":{STYLE}/share")
    assert environment("qt")["QT_QPA_PLATFORMTHEME"] == environment("qt", "qt6")["QT_QPA_PLATFORMTHEME"] == "kde"
    assert environment("qt", "qt5ct")["QT_QPA_PLATFORMTHEME"] == "qt5ct"
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


def test_x_programs_have_settings_and_gtk_2_has_colours() -> None:
    found = contents(PALETTE, ("gtk2",))
    said = found["config/xsettings"].splitlines()
    assert "Net/IconThemeName=Adwaita" in said and "Gtk/EnableAnimations=1" in said
    assert f'bg[SELECTED] = "{PALETTE.accent}"' in found["config/gtkrc-2.0"]
    still = contents(msgspec.structs.replace(PALETTE, reduced_motion=True), ())
    assert "Gtk/EnableAnimations=0" in still["config/xsettings"] and "config/gtkrc-2.0" not in still
    gtk2 = environment("gtk2", more=_X11)["GTK2_RC_FILES"]
    assert gtk2 == f"{STYLE}/config/gtkrc-2.0:/home/berth/.gtkrc-2.0"
    gtk3 = environment("gtk3", more=_X11)
    assert "GTK_THEME" not in gtk3 and gtk3["G_RESOURCE_OVERLAYS"].endswith("Berth/gtk-3.0")


def test_x_programs_are_told_by_one_of_ours_where_it_runs(tmp_path: Path) -> None:
    (tmp_path / "usr/bin").mkdir(parents=True)
    (tmp_path / "usr/bin/Xwayland").touch()
    script = live.script(str(tmp_path), ("gtk3",))
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    script = script.replace(STYLE_CHANGED, str(fifo))
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    variables = {"HOME": str(tmp_path), "GSETTINGS_BACKEND": "keyfile", "PATH": os.environ["PATH"]}
    subprocess.run(["/bin/sh", "-c", script], env=variables, check=True)
    assert os.read(reader, 10) == b"\n"
    os.close(reader)
    subprocess.run(["/bin/sh", "-c", script], env=variables, check=True, timeout=30)
    assert not (tmp_path / ".config").exists()


ICONS = m.SetAppIcons("Berth-1", {"index.theme": b"[Icon Theme]\n", "scalable/actions/edit-cut.svg": b"<svg/>"})


def test_icons_are_where_each_toolkit_looks_once_they_are_named(tmp_path: Path) -> None:
    place = tmp_path / "style/share/icons"

    def theirs() -> list[str]:
        return [path.name for path in place.iterdir() if path.name != POINTER_THEME]

    dress(tmp_path, PALETTE, ALL, ICONS)
    assert theirs() == []
    named = msgspec.structs.replace(PALETTE, icons="Berth-1")
    dress(tmp_path, named, ALL, ICONS)
    assert (place / "Berth-1/scalable/actions/edit-cut.svg").read_text() == "<svg/>"
    style = tmp_path / "style/config"
    assert "gtk-icon-theme-name=Berth-1\n" in (style / "gtk-3.0/settings.ini").read_text()
    assert "Theme=Berth-1\n" in (style / "kdeglobals").read_text()
    assert "Net/IconThemeName=Berth-1\n" in (style / "xsettings").read_text()
    others = msgspec.structs.replace(ICONS, name="Berth-2")
    dress(tmp_path, msgspec.structs.replace(PALETTE, icons="Berth-2"), ALL, others)
    assert theirs() == ["Berth-2"]
    dress(tmp_path, msgspec.structs.replace(PALETTE, icons="Papirus"), ALL, others)
    assert not theirs() and "Theme=Papirus\n" in (style / "kdeglobals").read_text()
    dress(tmp_path / "terminal", named, (), ICONS)
    assert [path.name for path in (tmp_path / "terminal/style/share/icons").iterdir()] == [POINTER_THEME]


def test_an_app_that_runs_gets_icons_and_the_next_engine_knows_them(
    engine: EngineProcess, display: PlayedDisplay, caller: Caller
) -> None:
    caller.call(m.SetAppPalette(PALETTE))
    drawn = caller.call(m.RunApp(DRAWN)).instance
    named = msgspec.structs.replace(PALETTE, icons="Berth-1")
    caller.call(ICONS)
    caller.call(m.SetAppPalette(named))
    cut = f"{STYLE}/share/icons/Berth-1/scalable/actions/edit-cut.svg"
    assert inside(caller, drawn, "cat", cut) == "<svg/>"
    inside(caller, drawn, "sh", "-c", f"! touch {cut} && ! rm {cut}")
    engine.restart()
    engine.display()
    again = engine.caller()
    assert inside(again, again.call(m.RunApp(DRAWN)).instance, "cat", cut) == "<svg/>"


def test_icons_of_the_look_before_stay_until_there_is_another(
    engine: EngineProcess, display: PlayedDisplay, caller: Caller
) -> None:
    """An app draws with them until it has heard of the new ones; what lies there does not grow."""
    caller.call(m.SetAppPalette(PALETTE))
    drawn = caller.call(m.RunApp(DRAWN)).instance
    for number in range(10):
        icons = f"Berth-{number}"
        caller.call(msgspec.structs.replace(ICONS, name=icons))
        for accent in ("#000001", "#000002"):  # of another colour alone nothing goes
            caller.call(m.SetAppPalette(msgspec.structs.replace(PALETTE, icons=icons, accent=accent)))
        there = inside(caller, drawn, "ls", "-A", f"{STYLE}/share/icons").split()
        assert there == [POINTER_THEME, *(f"Berth-{one}" for one in (number - 1, number) if one >= 0)]


def test_icons_that_cannot_be_kept_for_the_next_engine_are_there_all_the_same(
    engine: EngineProcess, display: PlayedDisplay, caller: Caller
) -> None:
    (engine.paths.state / "app-icons").mkdir()
    with pytest.raises(Problem, match="could not be written"):
        caller.call(ICONS)
    caller.call(m.SetAppPalette(msgspec.structs.replace(PALETTE, icons="Berth-1")))
    drawn = caller.call(m.RunApp(DRAWN)).instance
    assert inside(caller, drawn, "cat", f"{STYLE}/share/icons/Berth-1/scalable/actions/edit-cut.svg") == "<svg/>"


def test_icons_of_all_sizes_do_not_get_through(engine: EngineProcess, display: PlayedDisplay, caller: Caller) -> None:
    large = {f"scalable/{number}.svg": bytes(128 << 10) for number in range(17)}
    with pytest.raises(Problem, match="at most"):
        caller.call(m.SetAppIcons("Berth-1", large))


@pytest.mark.parametrize("evil", ["../x", "/etc/x", "a/../b", "a//b", ".x", "a/b/c/d", "a/.b", "", "a\n", "a\0"])
def test_no_icon_lies_elsewhere(evil: str) -> None:
    for icons in (m.SetAppIcons("Berth-1", {evil: b""}), m.SetAppIcons(evil if "/" not in evil else "..", {})):
        if icons.name == "":
            continue  # for none
        packet = msgspec.msgpack.encode(m.Call(1, icons))
        with pytest.raises(msgspec.ValidationError):
            msgspec.msgpack.decode(packet, type=m.AnyMessage)


def test_gtk_3_hears_of_icons_and_a_choice_of_the_users_stays(tmp_path: Path) -> None:
    def after(icons: str) -> str:
        variables = {"HOME": str(tmp_path), "GSETTINGS_BACKEND": "keyfile", "PATH": os.environ["PATH"]}
        script = live.script("/nonexistent", ("gtk3",)).replace("sleep 1", ":")
        subprocess.run(["/bin/sh", "-c", script, "berth-colours", "", icons], env=variables, check=True)
        return (tmp_path / ".config/glib-2.0/settings/keyfile").read_text()

    group = "[org/gnome/desktop/interface]\n"
    assert after("Berth-9") == f"{group}gtk-theme='{THEME_NAMES[1]}'\nicon-theme='Berth-9'\n"
    assert after("Papirus") == f"{group}gtk-theme='{THEME_NAMES[2]}'\nicon-theme='Papirus'\n"
    assert after("") == f"{group}gtk-theme='{THEME_NAMES[3]}'\n"
    (tmp_path / ".config/glib-2.0/settings/keyfile").write_text(f"{group}icon-theme='Own'\n")
    assert after("Berth-9") == f"{group}gtk-theme='{THEME_NAMES[1]}'\nicon-theme='Own'\n"
