"""A program on a pseudo-terminal inside a container, shown by a terminal in another container.

The terminal's side connects to a socket that lies in the directory of the terminal's own instance; what goes through
it are packets, their first byte says what they are. Neither container gets a descriptor of the other one. The
pseudo-terminal is one of the program's container, made by the process that becomes the program.

Source: pty(7), ioctl_tty(2), termios(3).
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import select
import selectors
import signal
import socket
import struct
import termios
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from berth.core.problem import Problem
from berth.runtimes import orders, processes
from berth.runtimes.escapes import ClipboardFilter, PlainText
from berth.runtimes.logfile import BoundedLog
from berth.runtimes.port import TerminalProgram

SIZE, AGAIN, INPUT = b"s", b"a", b"i"
"""From the terminal's side: rows and columns of it; the same, and that the program is to be started again; keys."""
OUTPUT, ENDED = b"o", b"e"
"""To it: what the program writes; that it has ended, in words, and that a key decides before they can be seen."""

_MOST_CELLS = 4096
_READ = 32 << 10
_LAST_WORDS = 1 << 20
"""Bytes of output that are taken after the program's end: who holds its terminal may go on writing."""
_QUIET = frozenset([0, 128 + signal.SIGHUP, 128 + signal.SIGINT, 128 + signal.SIGTERM])
"""Codes of an end that is no surprise to who has typed something."""
_PLAIN = b"\x1b" + b"".join(
    b"\x1b" + what
    for what in (
        *(b"[?1049l", b"[?25h", b"[0m", b"[?1000l", b"[?1002l", b"[?1003l", b"[?1004l", b"[?1006l", b"[?2004l"),
        *(b"[=0u", b"[?1l", b">"),
    )
)
"""Takes back what a program that was killed has left: the other screen, a hidden cursor, colours, reports of the
mouse, of focus and of pasted text, other codes of keys. The first escape may be taken for a part of half a letter."""


@dataclass
class Surroundings:
    """What a terminal needs of its supervisor.

    Attributes:
        enter: starts a process in the container, with a channel to it; 0 if the container is not ready yet.
        program: of a process that `enter` has started, the process of the program; 0 if there is none.
        why: one sentence on an exit code, "" if there is nothing to say.
        log: keeps what the program writes; None to keep nothing.
        closed: told when the window is closed, or nobody has to see the end of the program: with its exit code, None
            while it runs.
    """

    selector: selectors.BaseSelector
    enter: Callable[[Terminal, socket.socket], int]
    program: Callable[[int], int]
    why: Callable[[int], str]
    log: BoundedLog | None
    closed: Callable[[Terminal, int | None], None]


class Terminal:
    """Args:
    listening: where the terminal's side connects, once.
    name: what the program is called in sentences.

    Attributes:
        commands: of these the first one that there is in the image is started.
        child: the process that has entered the container for the program; 0 while none runs.
    """

    def __init__(
        self, listening: socket.socket, name: str, commands: Sequence[tuple[str, ...]], around: Surroundings
    ) -> None:
        self.commands = commands
        self.child = 0
        self._name = name
        self._around = around
        self._listening: socket.socket | None = listening
        self._window: socket.socket | None = None
        self._closing: select.epoll | None = None
        self._channel: socket.socket | None = None
        self._master = -1
        self._size = b""
        self._wanted = True
        self._typed = False
        self._code: int | None = None
        self._out: deque[bytes] = deque()
        self._in = b""
        self._deaf = False
        self._filter, self._plain = ClipboardFilter(), PlainText()
        listening.setblocking(False)
        around.selector.register(listening, selectors.EVENT_READ, self._on_connect)

    # --- the program

    def begin(self) -> None:
        """Start the program, if a window waits for it and the container is ready."""
        if self._wanted and self._window is not None and self._size and not self.child:
            try:
                near = self._enter()
            except OSError as error:  # too many files or processes, say: all other terminals go on
                self._wanted = False
                self._let_a_key_decide(f"{self._name} cannot be started: {error.strerror}.")
                return
            if near is None:
                return
            self._wanted, self._code, self._deaf = False, None, False
            self._filter, self._plain = ClipboardFilter(), PlainText()
            self._channel = near
            self._around.selector.register(near, selectors.EVENT_READ, self._on_master_made)

    def _enter(self) -> socket.socket | None:
        """The channel that the terminal comes through; None if the container is not ready. Raises OSError."""
        near, far = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_CLOEXEC)
        try:
            with far:
                self.child = self._around.enter(self, far)
        finally:
            if not self.child:
                near.close()
        return near if self.child else None

    def _on_master_made(self) -> None:
        assert self._channel is not None
        _packet, fds = orders.receive(self._channel)
        self._drop_channel()
        if fds:
            self._master = fds[0]
            os.set_blocking(self._master, False)
            self._resize()
            self._attend()

    def _drop_channel(self) -> None:
        if self._channel is not None:
            self._around.selector.unregister(self._channel)
            self._channel.close()
            self._channel = None

    def has_ended(self, code: int, quiet: bool) -> None:
        """The program's process has; who is left of it loses the terminal. With `quiet` the window goes, too."""
        self.child, self._code = 0, code
        if self._channel is not None:
            self._on_master_made()
        left = _LAST_WORDS
        while self._master >= 0 and left > 0 and (count := self._read()):
            left -= count
        self._drop_master()
        if self._window is None or quiet or (self._typed and code in _QUIET):
            meant = self._window is None  # who closes a window means it
            if self._window is not None:
                self._tell()
            self.close()
            self._around.closed(self, 0 if meant else code)
            return
        said = self._around.why(code) or f"{self._name} has ended{f' with code {code}' if code else ''}."
        self._let_a_key_decide(said)

    def _let_a_key_decide(self, said: str) -> None:
        text = f"\r\n\x1b[1m{said}\x1b[0m\r\nEnter starts it again, Escape closes this window.\r\n"
        self._out.append(ENDED + _PLAIN + text.encode())
        self._attend()

    def ask_to_end(self, asking: signal.Signals) -> bool:
        """As who stops an app does; False if nothing runs. Shells that people type to take no other request."""
        pid = self._around.program(self.child) if self.child else 0
        if pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, asking)
            if processes.ignores(pid, asking):
                self._drop_master()
        return bool(pid)

    def _hang_up(self) -> None:
        """The window is closed: the kernel tells the program, as with any terminal."""
        self._drop_master()
        running = self.child != 0
        self.close()
        self._around.closed(self, None if running else self._code or 0)

    def close(self) -> None:
        """The terminal's window goes with it."""
        self._drop_channel()
        self._drop_master()
        for connection in (self._listening, self._closing, self._window):
            if connection is not None:
                with contextlib.suppress(KeyError):
                    self._around.selector.unregister(connection)
                connection.close()
        self._listening = self._closing = self._window = None
        self._out.clear()

    def _drop_master(self) -> None:
        if self._master >= 0:
            self._listen_to(self._master, 0, self._on_master)
            os.close(self._master)
            self._master = -1
        self._in = b""
        self._attend()

    # --- what goes between them

    def _on_connect(self) -> None:
        assert self._listening is not None
        try:
            self._window, _address = self._listening.accept()
            self._closing = select.epoll()
        except (BlockingIOError, ConnectionAbortedError):
            return
        except OSError:  # too many files, say: who is left waiting would have us try again without a pause
            self._hang_up()
            return
        self._window.setblocking(False)
        self._closing.register(self._window, select.EPOLLRDHUP)
        self._around.selector.unregister(self._listening)
        self._listening.close()
        self._listening = None
        self._attend()

    def _attend(self) -> None:
        """Who is too slow makes the other one wait: nothing is kept but one piece each way."""
        if self._window is not None and self._closing is not None:
            told = selectors.EVENT_WRITE if self._out else 0
            self._listen_to(self._window, told | (0 if self._full() else selectors.EVENT_READ), self._on_window)
            # Who waits for the program to read hears all the same that the window is closed.
            self._listen_to(self._closing, selectors.EVENT_READ if self._full() else 0, self._hang_up)
        if self._master >= 0:
            heard = 0 if self._out or self._deaf else selectors.EVENT_READ
            self._listen_to(self._master, heard | (selectors.EVENT_WRITE if self._in else 0), self._on_master)

    def _listen_to(self, whom: socket.socket | select.epoll | int, events: int, react: Callable[[], None]) -> None:
        selector = self._around.selector
        known = selector.get_map().get(whom)
        if known is None:
            if events:
                selector.register(whom, events, react)
        elif not events:
            selector.unregister(whom)
        elif known.events != events:
            selector.modify(whom, events, react)

    def _on_master(self) -> None:
        self._type(self._in)
        if not self._out:
            self._read()
        self._attend()

    def _read(self) -> int:
        """Take what the program has written; how many bytes, 0 if there is nothing now."""
        try:
            data = os.read(self._master, _READ)
        except BlockingIOError:
            return 0
        except OSError:  # EIO: nobody has the terminal any more
            data = b""
        if not data:
            self._deaf = True
            return 0
        if self._around.log is not None:
            self._around.log.write(self._plain.feed(data))
        self._out.append(OUTPUT + self._filter.feed(data))
        return len(data)

    def _on_window(self) -> None:
        if not self._tell():
            self._hang_up()
            return
        if not self._full() and not self._hear():
            self._hang_up()
            return
        self._attend()

    def _tell(self) -> bool:
        """False if the window is gone."""
        assert self._window is not None
        try:
            while self._out:
                self._window.send(self._out[0])
                self._out.popleft()
        except BlockingIOError:
            pass
        except OSError:
            return False
        return True

    def _hear(self) -> bool:
        assert self._window is not None
        try:
            packet = self._window.recv(_READ)
        except BlockingIOError:
            return True
        except OSError:
            packet = b""
        kind, rest = packet[:1], packet[1:]
        if kind == INPUT and (self.child or self._wanted):
            self._typed = True
            self._type((self._in + rest)[:_READ])
        elif kind in (SIZE, AGAIN) and len(rest) == 4:
            self._size = rest
            self._resize()
            if kind == AGAIN and not self.child:
                self._wanted, self._typed = True, False
            self.begin()
        return bool(packet)

    def _full(self) -> bool:
        """What was typed has to be read by the program first."""
        return bool(self._in) and self.child != 0

    def _type(self, data: bytes) -> None:
        self._in = data
        if data and self._master >= 0:
            with contextlib.suppress(OSError):
                self._in = data[os.write(self._master, data) :]

    def _resize(self) -> None:
        """The kernel tells who is in front of the terminal (SIGWINCH)."""
        rows, columns = (min(number, _MOST_CELLS) for number in struct.unpack("!HH", self._size))
        if self._master >= 0 and rows and columns:
            with contextlib.suppress(OSError):
                fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("4H", rows, columns, 0, 0))

    def fit(self, master: int) -> None:
        """The size that the window has, before the program looks at it."""
        self._master, before = master, self._master
        self._resize()
        self._master = before


def execute_on_terminal(terminal: Terminal, environment: Mapping[str, str]) -> None:
    """Become the program. In the container, as the leader of a session; descriptor 0 is the channel to hand the other
    end of the terminal to. Raises OSError."""
    master, slave = os.openpty()
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    terminal.fit(master)
    with socket.socket(fileno=os.dup(0)) as channel:
        socket.send_fds(channel, [b"m"], [master])
    os.close(master)
    for stream in range(3):
        os.dup2(slave, stream)
    os.close(slave)
    for command in terminal.commands:
        with contextlib.suppress(FileNotFoundError):
            os.execvpe(command[0], list(command), dict(environment))
    raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))


class Terminals:
    """Those of one instance, the first of which may show the app's own program.

    Args:
        around: what they all need; `closed` and `log` are for the app's own.
        end: told when nobody needs the app any more: with the program's exit code, None if that still runs.
        program: as in `Surroundings`.
    """

    def __init__(
        self,
        selector: selectors.BaseSelector,
        log: BoundedLog,
        enter: Callable[[Terminal, socket.socket], int],
        why: Callable[[int], str],
        end: Callable[[int | None], None],
        program: Callable[[int], int],
    ) -> None:
        self._around = Surroundings(
            selector, enter, program, why, None, lambda terminal, code: self._closed(terminal, code)
        )
        self._log = log
        self._end = end
        self._main: Terminal | None = None
        self._open: list[Terminal] = []

    def open(self, program: TerminalProgram, fds: Sequence[int]) -> None:
        """Raises `Problem` ``bad-message``, ``too-many-files``."""
        if not fds:
            raise _too_many()  # the kernel leaves out what there is no room for
        if len(fds) != 1 or not all(program.commands) or not program.commands or (program.main and self._main):
            raise Problem("bad-message", "A terminal needs a socket that listens, and a command.")
        around = replace(self._around, log=self._log if program.main else None)
        try:
            listening = socket.socket(fileno=os.dup(fds[0]))
        except OSError as error:
            raise _too_many() from error
        terminal = Terminal(listening, program.name, program.commands, around)
        self._main = terminal if program.main else self._main
        self._open.append(terminal)

    def begin(self) -> None:
        """The container is ready."""
        for terminal in self._open:
            terminal.begin()

    def took_end(self, child: int, code: int, quiet: bool) -> bool:
        """Whether it was one of theirs that ended; with `quiet` nobody has to see how."""
        found = [terminal for terminal in self._open if terminal.child == child]
        for terminal in found:
            terminal.has_ended(code, quiet)
        return bool(found)

    def is_program(self, child: int) -> bool:
        return any(terminal.child == child for terminal in self._open)

    def ask_to_end(self, asking: signal.Signals) -> bool:
        """Ask the app's own program; False if it does not run on a terminal."""
        return self._main is not None and self._main.ask_to_end(asking)

    def _closed(self, terminal: Terminal, code: int | None) -> None:
        if code is not None:
            self._open.remove(terminal)
        if terminal is self._main:
            self._end(code)


def _too_many() -> Problem:
    return Problem("too-many-files", "It has too many files open for another terminal.", "Close some of its terminals.")
