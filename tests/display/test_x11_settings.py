"""What the desktop looks like is told to X programs beside one, and told again."""

from __future__ import annotations

import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from berth.core.plan import THEME_NAMES
from berth.inside.x11_settings import packed, read_settings
from berth.inside.x11_wire import CLIENT_MESSAGE, NONE, PROPERTY_NOTIFY, Event, Property, XConnection
from tests.display.x_programs import x_server
from tests.session.desktop import wait_until

_SHELL = Path(__file__).parents[2] / "shell"
_RUN = f"import sys; sys.path.insert(0, {str(_SHELL)!r}); import berth.inside.x11_settings as s; sys.exit(s._main())"


class Program:
    """One of X that looks for the settings, as toolkits do."""

    def __init__(self, display: str) -> None:
        self.display = display
        self.x = XConnection(display)
        self.seen: list[Event] = []
        self.atoms = {name: self._atom(name) for name in ("_XSETTINGS_S0", "_XSETTINGS_SETTINGS", "MANAGER")}

    def _atom(self, name: str) -> int:
        found: list[int] = []
        self.x.atom(name, found.append)
        return self._first(found)

    def _first(self, found: list[int]) -> int:
        while not found:
            self.seen += self.x.events()
        return found[0]

    def owner(self) -> int:
        found: list[int] = []
        self.x.owner(self.atoms["_XSETTINGS_S0"], found.append)
        return self._first(found)

    def settings(self) -> tuple[int, dict[str, int | str]]:
        found: list[Property | None] = []
        self.x.get_property(self.owner(), self.atoms["_XSETTINGS_SETTINGS"], 0, 1 << 16, found.append)
        while not found:
            self.seen += self.x.events()
        assert found[0] is not None and found[0].type == self.atoms["_XSETTINGS_SETTINGS"]
        return unpacked(found[0].data)

    def hears(self, kind: int) -> Event:
        while not (found := [event for event in self.seen if event.kind == kind]):
            self.seen += self.x.events()
        self.seen.clear()
        return found[0]


def unpacked(data: bytes) -> tuple[int, dict[str, int | str]]:
    """The serial and the settings, read as the specification says."""
    order, serial, count = struct.unpack_from("=B3xII", data)
    assert order == (0 if sys.byteorder == "little" else 1)
    at, found = 12, dict[str, int | str]()
    for _setting in range(count):
        kind, length = struct.unpack_from("=BxH", data, at)
        name = data[at + 4 : at + 4 + length].decode()
        at += 4 + (length + 3 & ~3)
        changed, value = struct.unpack_from("=Ii", data, at)
        assert changed == serial
        at += 8
        if kind == 1:
            found[name] = data[at : at + value].decode()
            at += value + 3 & ~3
        else:
            found[name] = value
    assert at == len(data)
    return serial, found


@pytest.fixture
def program() -> Iterator[Program]:
    with x_server() as display:
        program = Program(display)
        yield program
        program.x.close()


@pytest.fixture
def style(tmp_path: Path) -> Path:
    (tmp_path / "style/config").mkdir(parents=True)
    (tmp_path / "style/config/xsettings").write_text("Gtk/CursorThemeSize=24\nNet/IconThemeName=Wood = good\nbad\n")
    for name in THEME_NAMES:
        (tmp_path / "style/share/themes" / name).mkdir(parents=True)
    return tmp_path / "style"


@contextmanager
def told(display: str, style: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The program as it runs in an app's container."""
    command = [sys.executable, "-IB", "-c", _RUN, str(style), str(style / "changed")]
    process = subprocess.Popen(command, env={"DISPLAY": display}, stdin=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def change(style: Path) -> None:
    with (style / "changed").open("r+b", buffering=0) as fifo:
        fifo.write(b"\n")


def test_programs_are_told_and_told_again_under_another_name(program: Program, style: Path) -> None:
    program.x.request(2, 0, struct.pack("=III", program.x.root, 1 << 11, 1 << 17))
    program.owner()
    with told(program.display, style):
        kind, _time, selection, manager = program.hears(CLIENT_MESSAGE).words(7)[1:5]
        assert (kind, selection) == (program.atoms["MANAGER"], program.atoms["_XSETTINGS_S0"])
        assert manager == program.owner()
        told_first = {"Gtk/CursorThemeSize": 24, "Net/IconThemeName": "Wood = good", "Net/ThemeName": "Berth"}
        assert program.settings() == (1, told_first)
        program.x.watch_properties(manager)
        program.owner()
        for serial in range(2, 2 + len(THEME_NAMES)):
            (style / "config/xsettings").write_text(f"Net/IconThemeName={serial}x\n")
            change(style)
            program.hears(PROPERTY_NOTIFY)
            name = THEME_NAMES[(serial - 1) % len(THEME_NAMES)]
            assert program.settings() == (serial, {"Net/IconThemeName": f"{serial}x", "Net/ThemeName": name})


def test_windows_of_gtk_2_are_told_to_read_their_styles(program: Program, style: Path) -> None:
    with told(program.display, style):
        wait_until(lambda: program.owner() != NONE, "the settings")
        read_styles = program._atom("_GTK_READ_RCFILES")
        frame, window = program.x.new_window(), program.x.new_window()
        program.x.request(7, 0, struct.pack("=IIhh", window, frame, 0, 0))
        program.owner()
        change(style)
        heard: set[int] = set()
        while not {frame, window} <= heard:
            told_now = [event.words(2) for event in program.x.events() if event.kind == CLIENT_MESSAGE]
            heard |= {target for target, kind in told_now if kind == read_styles}


def test_a_settings_program_of_the_apps_own_stays(program: Program, style: Path) -> None:
    window = program.x.new_window()
    program.x.own(program.atoms["_XSETTINGS_S0"], window)
    assert program.owner() == window
    with told(program.display, style) as late:
        assert late.wait(30) == 0 and program.owner() == window
    program.x.destroy_window(window)
    assert program.owner() == NONE
    with told(program.display, style) as first:
        wait_until(lambda: program.owner() != NONE, "the settings")
        own = program.x.new_window()
        program.x.own(program.atoms["_XSETTINGS_S0"], own)
        program.owner()
        assert first.wait(30) == 0 and program.owner() == own


def test_without_files_there_is_nothing_to_tell(tmp_path: Path) -> None:
    assert read_settings(tmp_path / "none") == {}
    assert unpacked(packed({}, 7)) == (7, {})
    assert unpacked(packed({"a": 1, "bcde": "ü"}, 1)) == (1, {"a": 1, "bcde": "ü"})
