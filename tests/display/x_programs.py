"""An X server, the bridge that joins its selections to the desktop's, and programs of X: real ones, and bad ones."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from berth.core.x11 import start_xwayland
from berth.inside.x11_drops import NAMES
from berth.inside.x11_transfers import Request
from berth.inside.x11_wire import (
    ATOM,
    CLIENT_MESSAGE,
    NONE,
    PROPERTY_NOTIFY,
    SELECTION_NOTIFY,
    SELECTION_REQUEST,
    Property,
    XConnection,
)
from tests.session.desktop import wait_until

Reaction = Callable[["Owner", Request], None]
_SELECTION_CLEAR = 29
_owners: list[Owner | DropTarget | DragSource] = []
DROP_TIME = 12345
_MOTION, _POINTER_MOTION = 6, 1 << 6
IMPATIENT = """
import berth.inside.x11_transfers as t
first = []
def within(exchange, seconds):
    first[:] = first or [exchange]
    t.Exchange.within(exchange, 2.0 if exchange is first[0] else seconds)
t.{}.within = within
"""
"""Of the exchanges of that kind, the first alone is soon given up: others may take their time on a slow machine."""
PATIENT = "import berth.inside.x11_offers as o; o.TURNING = 30.0\n"
_RUN = "import sys, berth.inside.x11_selections as s; sys.exit(s._main())"


@contextmanager
def x_server() -> Iterator[str]:
    """Its name, like ``:7``."""
    ours, theirs = os.pipe()
    command = ["Xvfb", "-displayfd", str(theirs), "-nolisten", "tcp", "-noreset", "-screen", "0", "640x480x24"]
    server = subprocess.Popen(command, pass_fds=[theirs], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(theirs)
    try:
        with os.fdopen(ours) as pipe:
            yield f":{int(pipe.readline())}"
    finally:
        while _owners:
            _owners.pop().close()
        server.kill()
        server.wait()


@contextmanager
def bridge(
    wayland: Path, display: str, log: Path, *, setting: str = "", ends: bool = False
) -> Iterator[subprocess.Popen[bytes]]:
    """The program as an app's container has it: nothing but those files, and Python's own library."""
    _sh, _c, _script, _name, parts, *named = start_xwayland()
    place = log.parent / "bridge"
    (place / "berth/inside").mkdir(parents=True)
    for at in range(int(parts)):
        (place / f"berth/inside/{named[2 * at]}.py").write_text(named[2 * at + 1])
    environment = {"DISPLAY": display, "XDG_RUNTIME_DIR": str(wayland.parent), "WAYLAND_DISPLAY": wayland.name}
    command = [sys.executable, "-EsSB", "-c", setting + _RUN]
    with log.open("wb") as errors:
        process = subprocess.Popen(command, env=environment, cwd=place, stdin=subprocess.DEVNULL, stderr=errors)
    try:
        yield process
        assert ends or process.poll() is None, log.read_text()
    finally:
        process.kill()
        process.wait()


def copy(display: str, data: bytes, selection: str = "clipboard", target: str = "UTF8_STRING") -> None:
    """As a person does in a program: it has this from now on, until another has something.

    The program goes on in a child of its own, which may claim the selection after its parent has ended.
    """
    before = owner_of(display, selection.upper())
    command = ["xclip", "-display", display, "-selection", selection, "-t", target, "-i"]
    quiet = subprocess.DEVNULL
    subprocess.run(command, input=data, stdout=quiet, stderr=quiet, check=True, timeout=30)
    wait_until(lambda: owner_of(display, selection.upper()) != before, "it to own the selection")


def paste(display: str, selection: str = "clipboard", target: str = "UTF8_STRING") -> subprocess.Popen[bytes]:
    command = ["xclip", "-display", display, "-selection", selection, "-t", target, "-o"]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


def pasted(display: str, selection: str = "clipboard", target: str = "UTF8_STRING") -> bytes:
    """What comes, where nothing of the test has to answer first."""
    return paste(display, selection, target).communicate(timeout=30)[0]


def targets(display: str, selection: str = "clipboard") -> list[str]:
    return pasted(display, selection, "TARGETS").decode().split()


def owner_of(display: str, selection: str = "CLIPBOARD") -> int:
    """The window that has it now."""
    x = XConnection(display)
    found: list[int] = []
    x.atom(selection, lambda atom: x.owner(atom, found.append))
    while not found:
        x.events()
    x.close()
    return found[0]


class Owner:
    """A program that owns a selection and reacts as it likes to who asks: `reactions` by target, in a thread."""

    def __init__(self, display: str, reactions: dict[str, Reaction], selection: str = "CLIPBOARD") -> None:
        self.x = XConnection(display)
        self.window = self.x.new_window()
        self.atoms: dict[str, int] = {}
        self.deleted: list[tuple[int, int]] = []
        self.on_deleted: Callable[[], None] = lambda: None
        for name in ("TARGETS", "INCR", selection, *reactions):
            self.x.atom(name, lambda atom, name=name: self.atoms.__setitem__(name, atom))  # type: ignore[misc]
        while len(self.atoms) < len({"TARGETS", "INCR", selection, *reactions}):
            self.x.events()
        self._reactions = {self.atoms[name]: reaction for name, reaction in reactions.items()}
        self._reactions.setdefault(self.atoms["TARGETS"], Owner.list)
        self._asked: set[int] = set()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self.x.own(self.atoms[selection], self.window)
        self._thread.start()
        _owners.append(self)

    def close(self) -> None:
        self.x.close()
        self._thread.join(30)

    def _serve(self) -> None:
        try:
            while True:
                for event in self.x.events():
                    if event.kind == SELECTION_REQUEST:
                        request = Request(event.words(6))
                        reaction = self._reactions.get(request.target, Owner.refuse)
                        reaction(self, request)
                        self._asked.add(request.target)
                    elif event.kind == _SELECTION_CLEAR:
                        self.cleared()
                    elif event.kind == PROPERTY_NOTIFY and event.words(4)[3] & 0xFF:
                        self.on_deleted()
        except OSError:
            pass  # the test is over

    def was_asked(self, target: str) -> None:
        wait_until(lambda: self.atoms[target] in self._asked, f"a request for {target}")

    def cleared(self) -> None:
        """Somebody else has something now."""

    # --- reactions

    def list(self, request: Request) -> None:
        data = b"".join(atom.to_bytes(4, "little") for atom in self._reactions)
        self.x.change_property(request.window, request.into, ATOM, 32, data)
        self.notify(request, request.into)

    def refuse(self, request: Request) -> None:
        self.notify(request, NONE)

    def ignore(self, request: Request) -> None:
        """It hangs."""

    def notify(self, request: Request, into: int) -> None:
        self.x.notify(request.window, request.selection, request.target, into, request.time)

    def flood(self, request: Request) -> None:
        """Parts without an end."""
        self.x.watch_properties(request.window)
        self.on_deleted = lambda: self.x.change_property(
            request.window, request.into, request.target, 8, b"x" * (200 << 10)
        )
        self.x.change_property(request.window, request.into, self.atoms["INCR"], 32, bytes(4))
        self.notify(request, request.into)

    def never_go_on(self, request: Request) -> None:
        """The first part is announced and never comes."""
        self.x.change_property(request.window, request.into, self.atoms["INCR"], 32, bytes(4))
        self.notify(request, request.into)


class DropTarget:
    """A program with a window that takes what is dropped on it: answers in a thread, notes what it hears and reads.

    Args:
        accepts: what it says to a drag that is over it; None for no word at all.
        target: what it asks for when something is dropped.
    """

    def __init__(self, display: str, accepts: bool | None = True, target: str = "UTF8_STRING") -> None:
        self.x = XConnection(display)
        self.heard: list[str] = []
        self.types: list[str] = []
        self.place = (0, 0)
        self.read = b""
        self._accepts = accepts
        self._atoms: dict[str, int] = {}
        names = (*NAMES, target)
        for name in names:
            self.x.atom(name, lambda atom, name=name: self._atoms.__setitem__(name, atom))  # type: ignore[misc]
        while len(self._atoms) < len(names):
            self.x.events()
        self._target = self._atoms[target]
        self.window = self.x.new_window()
        self._show(100, 50, 200, 150)
        _owners.append(self)
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _show(self, *area: int) -> None:
        self.x.request(12, 0, struct.pack("=IHxx4I", self.window, 0b1111, *area))
        aware = struct.pack("=I", 5)
        self.x.change_property(self.window, self._atoms["XdndAware"], ATOM, 32, aware)
        self.x.request(8, 0, struct.pack("=I", self.window))
        shown: list[bool] = []
        self.x.after_answers(lambda: shown.append(True))
        while not shown:
            self.x.events()

    def close(self) -> None:
        self.x.close()
        self._thread.join(30)

    def _serve(self) -> None:
        try:
            while True:
                for event in self.x.events():
                    if event.kind == CLIENT_MESSAGE:
                        self._told(*event.words(7)[1:])
                    elif event.kind == SELECTION_NOTIFY:
                        self.x.get_property(self.window, self._target, 0, 1 << 16, self._came)
        except OSError:
            pass  # the test is over

    def _told(self, kind: int, sender: int, *words: int) -> None:
        name = next(name for name, atom in self._atoms.items() if atom == kind)
        self.heard.append(name)
        if name == "XdndPosition":
            self._sender = sender
            self.place = (words[1] >> 16, words[1] & 0xFFFF)
            if self._accepts is not None:
                self._tell("XdndStatus", int(self._accepts), 0, 0, self._atoms["XdndActionCopy"] * self._accepts)
        elif name == "XdndDrop":
            self.x.convert(self.window, self._atoms["XdndSelection"], self._target, self._target)

    def _came(self, part: Property | None) -> None:
        self.read = part.data if part is not None else b""
        self._tell("XdndFinished", 1, self._atoms["XdndActionCopy"], 0, 0)

    def _tell(self, message: str, *words: int) -> None:
        self.x.tell(self._sender, self._atoms[message], (self.window, *words))


class _SharedConnection(XConnection):
    """For two threads: the answers to requests are known by their order."""

    def __init__(self, name: str) -> None:
        self._sending = threading.Lock()
        super().__init__(name)

    def request(
        self, opcode: int, detail: int, body: bytes, answer: Callable[[bytes | None], None] | None = None
    ) -> None:
        with self._sending:
            super().request(opcode, detail, body, answer)


class DragSource:
    """A program that drags, with the pointer grabbed, and tells what is below it wherever it moves; does so in a
    thread, and notes what it hears.

    Args:
        data: what it has, by target.
        answers: whether it gives that to who asks.
        listed: whether it lists its types; there is room for three where it does not.
    """

    def __init__(self, display: str, data: dict[str, bytes], *, answers: bool = True, listed: bool = True) -> None:
        self.x = _SharedConnection(display)
        self.heard: list[str] = []
        self.times: list[int] = []
        self.finished: tuple[int, int] | None = None
        self.target = NONE
        self.accepted = False
        self.visited: list[int] = []
        self._data, self._answers, self._listed = data, answers, listed
        self._waits = False
        self._moved = False
        self._atoms: dict[str, int] = {}
        names = (*NAMES, *data)
        for name in names:
            self.x.atom(name, lambda atom, name=name: self._atoms.__setitem__(name, atom))  # type: ignore[misc]
        while len(self._atoms) < len(names):
            self.x.events()
        self.window = self.x.new_window()
        _owners.append(self)
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def begin(self) -> None:
        types = [self._atoms[name] for name in self._data]
        if self._listed:
            listed = struct.pack(f"={len(types)}I", *types)
            self.x.change_property(self.window, self._atoms["XdndTypeList"], ATOM, 32, listed)
        grab = struct.pack("=IHBBIII", self.x.root, _POINTER_MOTION, 1, 1, NONE, NONE, 0)
        self.x.request(26, 0, grab, lambda _reply: None)
        self.x.own(self._atoms["XdndSelection"], self.window)
        self._thread.start()

    def release(self) -> None:
        """The button is up: a drop, or the end. Called once what it hears is as the test wants it."""
        if self.target and self.accepted:
            self._tell("XdndDrop", 0, DROP_TIME, 0, 0)
        else:
            self.leave()

    def leave(self) -> None:
        if self.target:
            self._tell("XdndLeave", 0, 0, 0, 0)
            self.target = NONE

    def close(self) -> None:
        self.x.close()
        if self._thread.ident is not None:
            self._thread.join(30)

    def _serve(self) -> None:
        try:
            while True:
                for event in self.x.events():
                    if event.kind == _MOTION:
                        self._look()
                    elif event.kind == CLIENT_MESSAGE:
                        self._told(*event.words(7)[1:])
                    elif event.kind == SELECTION_REQUEST:
                        self._give(Request(event.words(6)))
        except OSError:
            pass  # the test is over

    def _look(self) -> None:
        self.x.child_at(self.x.root, 320, 240, self._found)

    def _found(self, window: int) -> None:
        def aware(part: Property | None) -> None:
            self._over(window if part is not None and part.type == ATOM else NONE)

        self.x.get_property(window or self.x.root, self._atoms["XdndAware"], 0, 4, aware)

    def _over(self, window: int) -> None:
        if window != self.target:
            self.leave()
            self.target, self.accepted, self._waits = window, False, False
            if window:
                self.visited.append(window)
                types = [*(self._atoms[name] for name in self._data), 0, 0, 0][:3]
                self._tell("XdndEnter", 5 << 24 | int(self._listed and len(self._data) > 3), *types)
        if self.target and not self._waits:
            self._waits = True
            self._tell("XdndPosition", 0, 320 << 16 | 240, 0, self._atoms["XdndActionCopy"])
        else:
            self._moved = True

    def _told(self, kind: int, target: int, *words: int) -> None:
        name = next(name for name, atom in self._atoms.items() if atom == kind)
        self.heard.append(name)
        if name == "XdndStatus" and target == self.target:
            self._waits, self.accepted = False, bool(words[0] & 1)
            if self._moved:
                self._moved = False
                self._look()
        elif name == "XdndFinished":
            self.finished = (words[0], words[1])

    def _give(self, request: Request) -> None:
        if not self._answers:
            return
        self.times.append(request.time)
        name = next((name for name in self._data if self._atoms[name] == request.target), "")
        if name:
            self.x.change_property(request.window, request.into, request.target, 8, self._data[name])
        into = request.into if name else NONE
        self.x.notify(request.window, request.selection, request.target, into, request.time)

    def _tell(self, message: str, *words: int) -> None:
        self.x.tell(self.target, self._atoms[message], (self.window, *words))
