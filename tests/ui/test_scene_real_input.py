"""Input protocols with programs that other people wrote."""

from __future__ import annotations

import ctypes.util
import shutil
import sys
from pathlib import Path

import pytest

from berth.core.messages import InputClick, InputKey, InputMove
from berth.core.permissions import VIRTUAL_INPUT
from tests.ui.conftest import OpenSession
from tests.ui.session import Session
from tests.ui.test_scene_session import needs_foot

GAME = Path(__file__).with_name("sdl_game.py")


@pytest.mark.skipif(ctypes.util.find_library("SDL2-2.0") is None, reason="SDL 2 is not installed")
def test_a_game_locks_the_pointer(open_session: OpenSession) -> None:
    session: Session = open_session(environment={"SDL_VIDEODRIVER": "wayland"})
    session.run("game", sys.executable, str(GAME))
    session.until_windows(1)
    session.move("game", 100, 100)
    # The game may draw its window after it is listed.
    session.until(lambda: session.input(InputMove(150, 130), InputMove(151, 131)) or "motion" in session.log("game"))
    session.input(InputClick(150, 130))
    session.until(lambda: "locked 0" in session.log("game"))

    def far() -> bool:
        """The hand goes on to the right, further than the window or the screen is wide."""
        session.input(InputMove(950, 350))
        moves = [line.split() for line in session.log("game").splitlines() if line.startswith("motion")]
        return sum(max(int(dx), 0) for _word, dx, _dy in moves) > 3000

    session.until(far)


@needs_foot
@pytest.mark.skipif(shutil.which("wtype") is None, reason="wtype is not installed")
def test_a_program_types_what_no_key_of_the_layout_makes(open_session: OpenSession) -> None:
    session: Session = open_session(environment={"LC_ALL": "C.UTF-8"})
    got, ready = session.folder / "got", session.folder / "ready"
    session.instance("wtype", granted=(VIRTUAL_INPUT,))
    session.run("foot", "foot", "sh", "-c", f'echo x > {ready}; read -r line; echo "$line" > {got}; sleep 1000')
    session.until_windows(1)
    session.until(lambda: session.window("foot").focused and ready.exists())
    assert session.run("wtype", "wtype", "héß€ Ж").wait(10) == 0, session.log("wtype")
    session.input(InputKey("Return"))
    session.until(lambda: got.exists() and got.read_text())
    assert got.read_text() == "héß€ Ж\n"
