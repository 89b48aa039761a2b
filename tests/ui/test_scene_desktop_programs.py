"""Programs that people bring along for their desktop, from Debian's packages, on the real one."""

from __future__ import annotations

import json
import shutil

import pytest

from berth.core.messages import InputClick, InputKey, InputType
from berth.core.permissions import DESKTOP_PARTS, WINDOW_LIST
from tests.ui.session import Session
from tests.ui.test_scene_session import RED, coloured, rgb

PROGRAMS = ("swaybg", "waybar", "fuzzel")
missing = [program for program in PROGRAMS if shutil.which(program) is None]
pytestmark = pytest.mark.skipif(bool(missing), reason=f"not installed: {', '.join(missing)}")

BACKGROUND, BAR = 0x2244AA, 0x335533


def test_swaybg_paints_what_is_behind_the_windows(session: Session) -> None:
    session.run("swaybg", "swaybg", "--color", f"#{BACKGROUND:06x}", granted=(DESKTOP_PARTS,))
    session.until_picture(lambda picture: picture.at(10, 10) == rgb(BACKGROUND))
    coloured(session, "red", RED)


def test_waybar_takes_its_room_and_its_buttons_switch_windows(session: Session) -> None:
    config = session.folder / "waybar.json"
    module = {"format": "{title}", "on-click": "minimize-raise", "tooltip": False}
    bar = {"layer": "top", "position": "top", "height": 40, "modules-left": ["wlr/taskbar"], "wlr/taskbar": module}
    config.write_text(json.dumps(bar))
    style = session.folder / "waybar.css"
    style.write_text(f"* {{ min-height: 0; }} window {{ background: #{BAR:06x}; }}")
    coloured(session, "red", RED)
    session.act("red", "maximize")
    # A bus of its own would outlive the test; it shows windows without one.
    no_bus = ("env", "DBUS_SESSION_BUS_ADDRESS=disabled:", "NO_AT_BRIDGE=1")
    command = (*no_bus, "waybar", "-c", str(config), "-s", str(style))
    session.run("waybar", *command, granted=(DESKTOP_PARTS, WINDOW_LIST))
    session.until(lambda: session.window("red").frame[1] == 40)
    session.until_picture(lambda picture: picture.at(900, 20) == rgb(BAR) != picture.at(20, 20))
    session.input(InputClick(20, 20))
    session.until(lambda: session.window("red").minimized)
    session.input(InputClick(20, 20))
    session.until(lambda: session.window("red").focused)


def test_fuzzel_is_typed_into_and_goes(session: Session) -> None:
    empty = session.picture()
    words = session.folder / "words"  # which are there as soon as it is
    words.write_text("one\ntwo\n")
    program = session.run("fuzzel", "sh", "-c", f"fuzzel --dmenu < {words}", granted=(DESKTOP_PARTS,))
    session.until_picture(lambda picture: picture.changed(empty) > 10_000)
    session.input(InputType("tw"), InputKey("Return"))
    assert program.wait(15) == 0 and "two" in session.log("fuzzel")
    session.until_picture(lambda picture: picture.changed(empty) < 5_000)
