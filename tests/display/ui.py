"""A ui without a screen: speaks the link like the real one and keeps what the scene says."""

from __future__ import annotations

import contextlib
import fcntl
import itertools
import mmap
import os
import socket as sockets
import threading
from collections.abc import Callable
from pathlib import Path

import msgspec

from berth.core import messages as m
from berth.core.problem import Problem
from berth.link.blocking import BlockingLink

WAIT = 30.0


class FakeUi:
    """Answers as the ui must, from a thread of its own: a size for every new window and frames at once.

    Attributes:
        auto_frames: whether `FrameDone` follows every commit by itself.
        auto_configure: whether a new window gets a configure of its own choice by itself.
    """

    def __init__(self, socket: Path, auto_frames: bool = True, auto_configure: bool = True) -> None:
        self.link = BlockingLink.connect(socket, m.Hello("ui"))
        self.auto_frames = auto_frames
        self.auto_configure = auto_configure
        self.surfaces: dict[int, m.SurfaceCreated] = {}
        self.states: dict[int, m.SurfaceState] = {}
        self.slots: dict[tuple[int, int], mmap.mmap] = {}
        self.dmabufs: dict[int, m.DmabufOpened] = {}
        self.takes_dmabufs: bool | None = True  # None: says nothing
        self._memory: dict[int, mmap.mmap] = {}  # first planes of graphics memory, which are files in tests
        self.pools: dict[int, mmap.mmap] = {}
        self.windows: dict[int, m.WindowChanged] = {}
        self.popups: dict[int, m.PopupChanged] = {}
        self.captures: list[m.CaptureWanted] = []
        self.cursors_followed: list[m.CursorFollowed] = []
        self.captures_closed: list[int] = []
        self.layers: dict[int, m.LayerChanged] = {}
        self.placements: dict[int, m.Placement] = {}
        self.outputs: dict[str, m.OutputChanged] = {}  # as an earlier ui had them
        self.requests: list[m.WindowRequest] = []
        self.icons: dict[int, tuple[int, bytes]] = {}
        self.cursor = m.Cursor("default")
        self.constraint = m.PointerConstraint(0)
        self.drag: m.DragChanged | None = None
        self.themes: list[m.ThemeDropped] = []
        self.drops: list[int] = []  # what took each drag that has ended
        self.ready: m.SceneReady | None = None
        self.lock = m.LockState(False)
        self.power = m.PowerState()
        self.log: list[m.AnyMessage] = []
        self._questions = itertools.count()
        self._answers = ""
        self._serial = 0
        self.last_seq = 0
        self.failure: BaseException | None = None
        self.lost = False
        self._closed = False
        self._sending = threading.Lock()
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._pump, daemon=True)
        self._thread.start()

    def _pump(self) -> None:
        try:
            while True:
                message, fds = self.link.receive()
                with self._changed:
                    self.take(message, fds)
                    self._changed.notify_all()
        except Problem:
            pass
        except BaseException as error:
            self.failure = error
        with self._changed:
            self.lost = True
            self._changed.notify_all()

    def close(self) -> None:
        """Go as a killed process goes: without a word."""
        if self._closed:
            return
        self._closed = True
        with sockets.socket(fileno=os.dup(self.link.fileno())) as connection, contextlib.suppress(OSError):
            connection.shutdown(sockets.SHUT_RDWR)
        self._thread.join(WAIT)
        self.link.close()
        for memory in {*self.slots.values(), *self.pools.values(), *self._memory.values()}:
            with contextlib.suppress(BufferError):  # a test still looks at it
                memory.close()
        if self.failure is not None:
            raise self.failure

    def send(self, *messages: m.AnyMessage) -> None:
        with self._sending:
            for message in messages:
                self.link.send(message)

    def configure(self, window: int, width: int = 0, height: int = 0, states: tuple[str, ...] = ()) -> int:
        """Ask for a size and states, after the first word that `auto_configure` has for every window."""
        self.until(lambda: window in self.windows)
        return self._configure(window, width, height, states)

    def _configure(self, window: int, width: int = 0, height: int = 0, states: tuple[str, ...] = ()) -> int:
        self._serial += 1
        self.send(m.Configure(window, self._serial, width, height, states))
        return self._serial

    def place(self, window: int, x: int, y: int, width: int = 100, height: int = 100, **more: object) -> None:
        self.placements[window] = m.Placement(window, x, y, width, height, 0, **more)  # type: ignore[arg-type]
        self.send(self.placements[window])

    def picture(self, wanted: m.CaptureWanted, rows: bytes, time: int = 1_500_000_000) -> None:
        """Answer with a picture whose rows have one colour each: a byte per row."""
        fd = os.memfd_create("picture", os.MFD_ALLOW_SEALING | os.MFD_CLOEXEC)
        os.write(fd, b"".join(bytes([byte]) * wanted.width * 4 for byte in rows))
        fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_WRITE)
        message = m.CaptureDone(wanted.capture, wanted.width, wanted.height, wanted.width * 4, time)
        with self._sending:
            self.link.send(message, [fd])
        os.close(fd)

    def done(self) -> None:
        self.send(m.FrameDone(self.last_seq, 1234, 1_234_000_567, 16_666_666))

    def draw_all(self) -> None:
        """Draw what there is and what waits for that: of a window that acknowledged its size before the server knew
        ours, a second commit says that it has it."""
        self.settle()
        for _ in range(2):
            self.done()
            self.settle()

    def until(self, condition: Callable[[], object], timeout: float = WAIT) -> None:
        """Wait until what came makes `condition` hold."""
        with self._changed:
            held = self._changed.wait_for(lambda: self.failure or self.lost or condition(), timeout)
            assert self.failure is None, self.failure
            assert held and condition(), self.log[-10:]

    def holds(self, condition: Callable[[], object]) -> bool:
        """Whether what has come so far makes `condition` hold."""
        with self._changed:
            assert self.failure is None, self.failure
            return bool(condition())

    def settle(self) -> None:
        """Take what the server has sent so far: everything up to the end of the turn in which it hears of us, when
        it tells of the scene. Of a second question it hears in another turn."""
        for _ in range(2):
            self.hear()

    def hear(self) -> None:
        """Take everything up to the answer to a question of ours."""
        question = self.ask_back()
        self.until(lambda: self.answered(question))

    def ask_back(self) -> str:
        """Ask something that is `answered` after everything that the server says before it hears of it."""
        # A keyboard layout that cannot be is answered with a problem, in order with all else.
        question = f"({next(self._questions)}"
        self.send(m.KeyboardLayout(question))
        return question

    def answered(self, question: str) -> bool:
        return f"“{question}”" in self._answers

    def take(self, message: m.AnyMessage, fds: list[int]) -> None:
        self.log.append(message)
        match message:
            case m.SceneReset():
                for known in (
                    self.surfaces,
                    self.states,
                    self.slots,
                    self.pools,
                    self.windows,
                    self.popups,
                    self.layers,
                    self.placements,
                    self.icons,
                ):
                    known.clear()  # type: ignore[attr-defined]
            case m.ProblemInfo():
                self._answers = f"{self._answers[-1000:]}{message.message}"
            case m.SceneReady():
                self.ready = message
            case m.LockState():
                self.lock = message
            case m.PowerState():
                self.power = message
            case m.SurfaceCreated():
                self.surfaces[message.surface] = message
            case m.SurfaceDestroyed():
                del self.surfaces[message.surface]
                self.states.pop(message.surface, None)
            case m.SlotOpened():
                assert os.fstat(fds[0]).st_size == message.size
                self.slots[message.surface, message.slot] = mmap.mmap(fds[0], message.size, prot=mmap.PROT_READ)
            case m.SlotClosed():
                del self.slots[message.surface, message.slot]
            case m.DmabufOpened(buffer):
                self.dmabufs[buffer] = message
                assert len(fds) == len(message.planes)
                with contextlib.suppress(OSError, ValueError):
                    self._memory[buffer] = mmap.mmap(fds[0], 0, prot=mmap.PROT_READ)
                if self.takes_dmabufs is not None:
                    self.send(m.DmabufChecked(buffer, self.takes_dmabufs and buffer in self._memory))
            case m.DmabufClosed(buffer):
                del self.dmabufs[buffer]
                self._memory.pop(buffer, None)
            case m.SlotImported(surface, slot, buffer):
                self.slots[surface, slot] = self._memory[buffer]
            case m.PoolOpened():
                assert os.fstat(fds[0]).st_size >= message.size
                assert fcntl.fcntl(fds[0], fcntl.F_GET_SEALS) & fcntl.F_SEAL_SHRINK
                self.pools[message.pool] = mmap.mmap(fds[0], message.size, prot=mmap.PROT_READ)
            case m.PoolClosed():
                del self.pools[message.pool]
            case m.Commit():
                self._commit(message)
            case m.FrameWanted():
                self._frame(message.seq)
            case m.WindowChanged():
                if message.window not in self.windows and self.auto_configure:
                    self._configure(message.window)
                self.windows[message.window] = message
            case m.WindowDestroyed():
                del self.windows[message.window]
                self.icons.pop(message.window, None)
            case m.WindowIcon():
                assert message.window in self.windows
                self._icon(message, fds)
            case m.PopupChanged():
                self.popups[message.popup] = message
            case m.PopupDestroyed():
                self.popups.pop(message.popup, None)
            case m.OutputChanged():
                self.outputs[message.name] = message
            case m.LayerChanged():
                if message.layer not in self.layers and self.auto_configure:
                    self.send(m.LayerPlaced(message.layer, 0, 0, message.width or 1000, message.height or 700))
                self.layers[message.layer] = message
            case m.CaptureWanted():
                self.captures.append(message)
            case m.CursorFollowed():
                self.cursors_followed.append(message)
            case m.CaptureClosed(capture):
                self.captures_closed.append(capture)
            case m.LayerDestroyed():
                self.layers.pop(message.layer, None)
            case m.Placement():
                self.placements[message.window] = message
            case m.WindowRequest():
                self.requests.append(message)
            case m.Cursor():
                self.cursor = message
            case m.PointerConstraint():
                self.constraint = message
            case m.DragChanged():
                self.drag = message
            case m.DragEnded():
                self.drag = None
                self.drops.append(message.surface)
            case m.ThemeDropped():
                self.themes.append(message)
        for fd in fds:
            os.close(fd)

    def _icon(self, message: m.WindowIcon, fds: list[int]) -> None:
        self.icons.pop(message.window, None)
        if message.side:
            assert os.fstat(fds[0]).st_size == message.side**2 * 4
            self.icons[message.window] = (message.side, os.pread(fds[0], message.side**2 * 4, 0))

    def _commit(self, commit: m.Commit) -> None:
        assert commit.seq > self.last_seq
        for state in commit.states:
            assert state.surface in self.surfaces
            if state.pool:
                assert state.offset + state.height * state.stride <= len(self.pools[state.pool])
            elif state.slot != m.NO_CONTENT:
                slot = self.slots[state.surface, state.slot]
                assert state.height * state.stride <= len(slot)
            self.states[state.surface] = state
        self._frame(commit.seq)

    def _frame(self, seq: int) -> None:
        self.last_seq = seq
        if self.auto_frames:
            self.done()

    def pixels(self, surface: int) -> bytes:
        """The content of a surface, row after row."""
        state = self.states[surface]
        memory = self.pools[state.pool] if state.pool else self.slots[surface, state.slot]
        return bytes(memory[state.offset : state.offset + state.stride * state.height])

    def scene(self) -> dict[str, object]:
        """All that is on the screen, for comparing one ui's picture with another's."""
        shown = {number: state for number, state in self.states.items() if state.slot != m.NO_CONTENT}
        return {
            "surfaces": dict(self.surfaces),
            "states": {
                number: msgspec.structs.replace(state, slot=0, pool=0, offset=0, damage=(), configure=0)
                for number, state in shown.items()
            },
            "pixels": {number: self.pixels(number) for number in shown},
            "windows": dict(self.windows),
            "icons": dict(self.icons),
            "popups": dict(self.popups),
            "layers": dict(self.layers),
            "placements": dict(self.placements),
        }
