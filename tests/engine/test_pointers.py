"""A theme's pointers lie in apps as libXcursor reads them, and stay what they say."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from berth.core import messages as m
from berth.core.compile import compile_plan
from berth.core.manifest import parse_manifest
from berth.core.plan import Style
from berth.core.pointers import names_of
from berth.core.problem import Problem
from berth.engine.appearance import live
from berth.engine.appearance.files import dress
from berth.engine.appearance.pointers import xcursor
from tests.engine.conftest import DRAWN
from tests.engine.process import Caller, EngineProcess, PlayedDisplay
from tests.engine.test_appearance import ALL, PALETTE, STYLE
from tests.engine.test_life import inside


def picture(width: int, height: int, x: int = 0, y: int = 0, blue: int = 0) -> m.PointerPicture:
    return m.PointerPicture(width, height, x, y, bytes((blue, 1, 2, 255)) * (width * height))


POINTERS = m.SetAppPointers(
    "Berth-1",
    {
        "default": (picture(24, 24, 3, 2, 10), picture(48, 48, 6, 4, 11)),
        "text": (picture(12, 24, 6, 12, 20), picture(24, 48, 12, 24, 21)),
        "ew-resize": (picture(24, 12, 12, 6, 30),),
    },
)
NAMED = msgspec.structs.replace(PALETTE, pointers="Berth-1", pointer_size=32)

LOAD = """
import ctypes, json, sys

class Image(ctypes.Structure):
    _fields_ = [*((name, ctypes.c_uint32) for name in ("version", "size", "width", "height", "x", "y", "delay")),
                ("pixels", ctypes.POINTER(ctypes.c_uint32))]

load = ctypes.CDLL("libXcursor.so.1").XcursorLibraryLoadImage
load.restype, load.argtypes = ctypes.POINTER(Image), [ctypes.c_char_p, ctypes.c_char_p, ctypes.c_int]
theme, *names = sys.argv[1:]
found = {}
for name in names:
    image = load(name.encode(), theme.encode(), 24)
    if image:
        one = image.contents
        found[name] = [one.width, one.height, one.x, one.y, one.pixels[0]]
print(json.dumps(found))
"""


def loaded(icons: Path, theme: str, *names: str) -> dict[str, list[int]]:
    """What libXcursor finds for names, asked for 24 pixels: width, height, hot spot, the first pixel."""
    variables = {"XCURSOR_PATH": str(icons), "PATH": os.environ["PATH"]}
    command = [sys.executable, "-I", "-c", LOAD, theme, *names]
    said = subprocess.run(command, env=variables, check=True, capture_output=True, text=True, timeout=60)
    found: dict[str, list[int]] = json.loads(said.stdout)
    return found


def test_a_file_is_as_the_manual_says() -> None:
    data = xcursor(POINTERS.pictures["text"])
    magic, header, version, count = struct.unpack_from("<4s3I", data)
    assert (magic, header, version, count) == (b"Xcur", 16, 0x10000, 2)
    for number, one in enumerate(POINTERS.pictures["text"]):
        kind, size, at = struct.unpack_from("<3I", data, 16 + 12 * number)
        assert (kind, size) == (0xFFFD0002, one.height)
        head = struct.unpack_from("<9I", data, at)
        assert head == (36, 0xFFFD0002, one.height, 1, one.width, one.height, one.x, one.y, 0)
        assert data[at + 36 : at + 36 + len(one.pixels)] == one.pixels
    assert len(data) == 16 + 2 * (12 + 36) + sum(len(one.pixels) for one in POINTERS.pictures["text"])


def test_libxcursor_finds_them_by_the_names_of_all_toolkits(tmp_path: Path) -> None:
    dress(tmp_path, NAMED, (), pointers=POINTERS)
    icons = tmp_path / "style/share/icons"
    arrow, beam, across = [24, 24, 3, 2, 0xFF02010A], [12, 24, 6, 12, 0xFF020114], [24, 12, 12, 6, 0xFF02011E]
    wanted = {
        **dict.fromkeys(("default", "left_ptr"), arrow),
        **dict.fromkeys(("text", "xterm", "ibeam", "vertical-text"), beam),
        **dict.fromkeys(("ew-resize", "e-resize", "left_side", "sb_h_double_arrow", "size_hor", "split_h"), across),
    }
    for theme in ("Berth-1", "Berth"):
        assert loaded(icons, theme, *wanted, "../../x", "pirate") == wanted


def test_what_a_theme_lacks_is_debians(tmp_path: Path) -> None:
    dress(tmp_path, NAMED, (), pointers=POINTERS)
    cursors = tmp_path / "style/share/icons/Berth-1/cursors"
    assert (cursors / "hand2").readlink() == Path("/usr/share/icons/Adwaita/cursors/hand2")
    assert {path.name for path in cursors.iterdir()} == set(names_of(())) >= set(names_of(POINTERS.pictures))
    assert "Inherits=Adwaita,default\n" in (cursors.parent / "index.theme").read_text()
    assert all(link.readlink() == Path(link.readlink().name) for link in cursors.glob("size_hor"))


def test_each_look_has_its_own_and_programs_that_look_once_the_present(tmp_path: Path) -> None:
    icons = tmp_path / "style/share/icons"
    dress(tmp_path, PALETTE, (), pointers=POINTERS)
    assert (icons / "Berth").readlink() == Path("/usr/share/icons/default")
    dress(tmp_path, NAMED, ALL, pointers=POINTERS)
    assert (icons / "Berth").readlink() == Path("Berth-1")
    config = tmp_path / "style/config"
    said = "gtk-cursor-theme-name=Berth-1\ngtk-cursor-theme-size=32\n"
    assert said in (config / "gtk-3.0/settings.ini").read_text()
    assert "Gtk/CursorThemeName=Berth-1\nGtk/CursorThemeSize=32\n" in (config / "xsettings").read_text()
    other = msgspec.structs.replace(POINTERS, name="Berth-2")
    dress(tmp_path, msgspec.structs.replace(NAMED, pointers="Berth-2"), ALL, pointers=other)
    assert (icons / "Berth").readlink() == Path("Berth-2") and (icons / "Berth-2/cursors/default").is_file()
    dress(tmp_path, PALETTE, ALL, pointers=other)
    assert (icons / "Berth").readlink() == Path("/usr/share/icons/default")
    assert "Gtk/CursorThemeName=Adwaita\nGtk/CursorThemeSize=24\n" in (config / "xsettings").read_text()


def test_what_an_engine_that_died_has_left_is_taken_away(tmp_path: Path) -> None:
    icons = tmp_path / "style/share/icons"
    dress(tmp_path, NAMED, ALL, pointers=POINTERS)
    (icons / ".Berth.new").symlink_to("Berth-1")
    (icons / ".Berth-2.new/cursors").mkdir(parents=True)
    dress(tmp_path, NAMED, ALL, pointers=POINTERS)
    assert {path.name for path in icons.iterdir()} == {"Berth", "Berth-1"}
    assert (icons / "Berth-1/cursors/default").is_file()


def test_programs_are_told_where_to_look() -> None:
    manifest = parse_manifest('id = "org.example.App"\nname = "App"\ncommand = ["app"]\n', "app.toml")
    style = Style(pointer_size=32)
    plan = compile_plan(manifest, instance="i", rootfs="/r", instance_directory="/i", home="/h", style=style)
    said = dict(plan.environment)
    assert (said["XCURSOR_THEME"], said["XCURSOR_SIZE"]) == ("Berth", "32")
    own, _, others = said["XCURSOR_PATH"].partition(f":{STYLE}/share/icons:")
    assert own == "/home/berth/.local/share/icons:/home/berth/.icons"
    assert others == "/usr/share/icons:/usr/share/pixmaps"


def test_an_app_that_runs_gets_them_and_the_next_engine_knows_them(
    engine: EngineProcess, display: PlayedDisplay, caller: Caller
) -> None:
    caller.call(m.SetAppPalette(PALETTE))
    drawn = caller.call(m.RunApp(DRAWN)).instance
    caller.call(POINTERS)
    caller.call(m.SetAppPalette(NAMED))
    arrow = f"{STYLE}/share/icons/Berth/cursors/left_ptr"
    assert inside(caller, drawn, "head", "-c4", arrow) == "Xcur"
    inside(caller, drawn, "sh", "-c", f"! touch {arrow} && ! rm {arrow}")
    engine.restart()
    engine.display()
    again = engine.caller()
    assert inside(again, again.call(m.RunApp(DRAWN)).instance, "head", "-c4", arrow) == "Xcur"


def test_pictures_that_are_not_what_they_say_do_not_get_through(
    engine: EngineProcess, display: PlayedDisplay, caller: Caller
) -> None:
    short = msgspec.structs.replace(picture(24, 24), pixels=bytes(24 * 24 * 4 - 1))
    for one in (short, picture(8, 8, 8, 0), picture(8, 8, 0, 8)):
        with pytest.raises(Problem, match="another size"):
            caller.call(m.SetAppPointers("Berth-1", {"text": (one,)}))
    large = {f"{letter}-x": (picture(256, 256),) for letter in "abcdefghijklmnopq"}
    with pytest.raises(Problem, match="at most"):
        caller.call(m.SetAppPointers("Berth-1", large))


@pytest.mark.parametrize("evil", ["../x", "/etc/x", ".x", "a/b", "", "Text", "a\n", "a\0", "a-b-c"])
def test_no_picture_lies_elsewhere(evil: str) -> None:
    for pictures in ({evil: (picture(1, 1),)}, {"text": ()}, {"text": (picture(257, 1),)}):
        packet = msgspec.msgpack.encode(m.Call(1, m.SetAppPointers("Berth-1", pictures)))
        with pytest.raises(msgspec.ValidationError):
            msgspec.msgpack.decode(packet, type=m.AnyMessage)


def test_gtk_3_hears_of_them_and_a_choice_of_the_users_stays(tmp_path: Path) -> None:
    keyfile = tmp_path / ".config/glib-2.0/settings/keyfile"

    def after(*named: str) -> list[str]:
        variables = {"HOME": str(tmp_path), "GSETTINGS_BACKEND": "keyfile", "PATH": os.environ["PATH"]}
        script = live.script("/nonexistent", ("gtk3",)).replace("sleep 1", ":")
        subprocess.run(["/bin/sh", "-c", script, "berth-colours", "", "", *named], env=variables, check=True)
        return [line for line in keyfile.read_text().splitlines() if line.startswith("cursor-")]

    assert after("Berth-1", "32") == ["cursor-theme='Berth-1'", "cursor-size=32"]
    assert after("Berth-2", "40") == ["cursor-theme='Berth-2'", "cursor-size=40"]
    assert after("", "") == []
    keyfile.write_text("[org/gnome/desktop/interface]\ncursor-theme='Own'\n")
    assert after("Berth-1", "32") == ["cursor-size=32", "cursor-theme='Own'"]


def test_gtk_4_hears_of_icons_and_pointers_and_is_left_alone_without(tmp_path: Path) -> None:
    keyfile = tmp_path / ".config/glib-2.0/settings/keyfile"

    def after(*named: str) -> str:
        variables = {"HOME": str(tmp_path), "GSETTINGS_BACKEND": "keyfile", "PATH": os.environ["PATH"]}
        script = live.script("/nonexistent", ("gtk4", "adwaita")).replace("sleep 1", ":")
        subprocess.run(["/bin/sh", "-c", script, "berth-colours", "", *named], env=variables, check=True)
        return keyfile.read_text() if keyfile.exists() else ""

    assert after("", "", "") == ""
    assert "\ncursor-theme='Berth-1'\ncursor-size=24\n" in after("", "Berth-1", "24")
    assert "\nicon-theme='Berth-2'\n" in after("Berth-2", "Berth-1", "24")
    bare = after("", "", "")
    assert "icon-theme" not in bare and "cursor" not in bare
    assert after("", "", "") == bare
