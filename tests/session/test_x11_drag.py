"""What is dragged out of a program of an X server in a window, here one of GTK 3, to apps of the desktop."""

from __future__ import annotations

from pathlib import Path

import pytest

from berth.engine.images.sources import host_suite
from tests.session.desktop import Desktop, wait_until
from tests.session.test_drag import MOUSEPAD, Hand, Point, marked, open_at, title_of

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.skipif(host_suite() != "bookworm", reason="GTK for Python comes with Xpra, which bookworm alone has"),
]

XTERM = "net.invisible_island.XTerm"
_PLACE, _TARGET = (40, 60), (660, 60)
_FRAME = (660, 80, 560, 12)
"""Of the target, where it shows that it takes what is over it."""
_PROGRAM = """
import gi
gi.require_version("Gtk", "3.0")
from gi.repository import Gdk, GLib, Gtk

def say(*words):
    print(*words, flush=True)

view, entry, files = Gtk.TextView(), Gtk.Entry(), Gtk.Button(label="a file")
text = view.get_buffer()
text.set_text("dragged words")
entry.connect("changed", lambda entry: say("entry:", entry.get_text()))
entry.connect("drag-motion", lambda *_arguments: say("over"))
view.connect_after("drag-end", lambda *_arguments: say("end"))
open("/home/berth/zfile.txt", "w").write("from an X program\\n")
files.drag_source_set(Gdk.ModifierType.BUTTON1_MASK, [], Gdk.DragAction.COPY)
files.drag_source_add_uri_targets()
files.connect("drag-data-get", lambda _b, _c, data, *_rest: data.set_uris(["file:///home/berth/zfile.txt"]))
box = Gtk.Box(orientation=Gtk.Orientation.VERTICAL)
box.pack_start(view, True, True, 0)
box.pack_start(entry, False, False, 0)
box.pack_start(files, False, False, 0)
window = Gtk.Window(title="words")
window.add(box)
window.show_all()

def mark():
    text.select_range(*text.get_bounds())
    say("marked")

GLib.idle_add(mark)
Gtk.main()
"""


class Program:
    """It has words that are marked, a field below, and a button that stands for a file."""

    def __init__(self, desktop: Desktop, hand: Hand) -> None:
        self._desktop = desktop
        desktop.run("set", XTERM, "display=xwayland")
        self.instance = open_at(desktop, XTERM, _PLACE)
        self._inside("sh", "-c", ': >/tmp/said; python3 -c "$0" >/tmp/said 2>&1 &', _PROGRAM)
        window = desktop.window_of(self.instance)
        left, top, height = window["x"], window["y"], window["height"]
        self.words: Point = (left + 40, top + 8)
        self.field: Point = (left + 200, top + height - 50)
        self.file: Point = (left + 200, top + height - 16)
        wait_until(lambda: "marked" in self.said(), "the program to have marked its words")
        wait_until(lambda: marked(hand.screen(), (left + 4, top + 2, 60, 12)), "the marked words")

    def _inside(self, *command: str) -> str:
        return self._desktop.run("exec", self.instance, "--", *command).stdout

    def said(self) -> str:
        return self._inside("cat", "/tmp/said")


def carry_to_target(hand: Hand, start: Point) -> None:
    before = hand.screen()
    hand.take(start)
    hand.offer((860, 260))
    wait_until(lambda: hand.screen().changed(before, _FRAME) > 300, "the target to offer itself")


def test_text_and_files_go_to_another_app(desktop: Desktop, tmp_path: Path) -> None:
    hand = Hand(desktop, tmp_path)
    target = open_at(desktop, MOUSEPAD, _TARGET)
    program = Program(desktop, hand)

    carry_to_target(hand, program.words)
    hand.key("Escape")
    wait_until(lambda: "end" in program.said(), "the program to have given it up")
    hand.drop()

    hand.take(program.words)
    hand.carry(program.field)
    wait_until(lambda: "over" in program.said(), "the program to see its words over the field")
    hand.drop()
    wait_until(lambda: "entry: dragged words" in program.said(), "the words in another part of the program")
    assert not title_of(desktop, target).startswith("*"), "it has got nothing so far"

    carry_to_target(hand, program.file)
    hand.drop()
    wait_until(lambda: "zfile.txt" in title_of(desktop, target), "the file in the other app")
    assert desktop.window_of(target)["focused"]


def test_words_are_copied(desktop: Desktop, tmp_path: Path) -> None:
    hand = Hand(desktop, tmp_path)
    target = open_at(desktop, MOUSEPAD, _TARGET)
    program = Program(desktop, hand)
    carry_to_target(hand, program.words)
    hand.drop()
    wait_until(lambda: title_of(desktop, target).startswith("*"), "the words in the other app")
    wait_until(lambda: "end" in program.said(), "the program to have ended the drag")
