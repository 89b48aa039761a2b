"""What a command is handed in place of the terminal that it is shown on: by `berth exec`, and again inside.

A process that has a terminal can read what is typed there and write to it for as long as it lives, also after its
command has ended. So a command gets a pseudo-terminal, or pipes, and what goes through them is carried here. One that
comes from outside of a container has no name there (ttyname(3)), so the same is done once more at its door.

Source: pty(7), ioctl_tty(2), termios(3).
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import selectors
import signal
import sys
import termios
import threading
import tty
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import Any

_READ = 32 << 10
_LAST_WORDS = 1 << 20
"""Bytes of output that are taken after the command's end: who holds its terminal may go on writing."""
_LOCAL, _CHARACTERS = 3, 6
"""Places in what `termios.tcgetattr` returns."""

Fds = tuple[int, int, int]


def call_through(call: Callable[[Fds], int], own: Fds = (0, 1, 2)) -> int:
    """The result of `call`, which is given three standard streams, none of them one of our terminals.

    Returns when it does, or raises what it raises; KeyboardInterrupt leaves it behind in its thread.

    Args:
        own: our streams; those that are no terminals are passed on.
    """
    outcome: list[int | BaseException] = []

    def begin(given: Fds) -> int:
        ended, ends = os.pipe()  # the thread closes the second: it may outlive us, when numbers are other files'
        threading.Thread(target=_work, args=(lambda: call(given), outcome, ends), daemon=True).start()
        return ended

    carry(begin, own)
    if isinstance(outcome[0], BaseException):
        raise outcome[0]
    return outcome[0]


def carry(begin: Callable[[Fds], int], own: Fds = (0, 1, 2)) -> None:
    """Until a command has ended, what goes through streams of its own, none of them one of our terminals.

    Args:
        begin: starts the command, given its streams; returns a descriptor that can be read once it has ended, closed
            here.
        own: as in `call_through`.
    """
    with contextlib.ExitStack() as stack:
        carrier = _Carrier(stack)
        on_terminal = os.isatty(own[0]) and any(os.isatty(fd) for fd in own[1:]) and _in_front(own[0])
        carrier.carry(begin(carrier.terminal(own) if on_terminal else carrier.pipes(own)))


def _in_front(terminal: int) -> bool:
    """Whether keys are ours now; a shell may have started us beside something else."""
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:  # not our controlling terminal: nobody else's shell cares
        return True


class _Carrier:
    def __init__(self, stack: contextlib.ExitStack) -> None:
        self._stack = stack
        self._selector = stack.enter_context(selectors.DefaultSelector())
        self._waiting = b""
        self._keys = self._target = self._master = -1
        self._outputs: dict[int, int] = {}

    # --- what the command is given

    def terminal(self, own: Fds) -> Fds:
        """A pseudo-terminal for each stream that is one, as large as ours and with its settings."""
        master, slave = os.openpty()
        self._own(master, slave)
        self._keys = own[0]
        before = termios.tcgetattr(self._keys)
        termios.tcsetattr(slave, termios.TCSANOW, before)
        self._stack.callback(_restore, self._keys, before)
        tty.setraw(self._keys, termios.TCSADRAIN)
        self._target = self._master = master
        self._outputs[master] = next(fd for fd in own[1:] if os.isatty(fd))
        self._follow_size()
        return _each(own, lambda _fd: slave)

    def pipes(self, own: Fds) -> Fds:
        """Pipes for terminals: keys are for a whole line at a time, and end with ours."""

        def pipe(fd: int) -> int:
            reads, writes = os.pipe()
            self._own(reads, writes)
            if fd != own[0]:
                self._outputs[reads] = fd
                return writes
            if _in_front(fd):
                self._keys, self._target = fd, writes
            else:
                self._let_go(writes)
            return reads

        return _each(own, pipe)

    def _own(self, *fds: int) -> None:
        for fd in fds:
            os.set_inheritable(fd, False)
            self._stack.callback(_close, fd)

    def _let_go(self, fd: int) -> None:
        """Close it before everything else; its number may be another file's afterwards."""
        null = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
        os.dup2(null, fd, inheritable=False)
        os.close(null)

    def _follow_size(self) -> None:
        ours, theirs = self._keys, self._master

        def follow(_number: int = 0, _frame: FrameType | None = None) -> None:
            with contextlib.suppress(OSError):
                fcntl.ioctl(theirs, termios.TIOCSWINSZ, fcntl.ioctl(ours, termios.TIOCGWINSZ, bytes(8)))

        follow()
        if threading.current_thread() is threading.main_thread():
            self._handle(signal.SIGWINCH, follow)
            # The terminal's settings have to come back first.
            self._handle(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))

    def _handle(self, number: signal.Signals, handler: Callable[[int, FrameType | None], object]) -> None:
        self._stack.callback(signal.signal, number, signal.signal(number, handler))

    # --- until it has ended

    def carry(self, ended: int) -> None:
        self._own(ended)
        self._selector.register(ended, selectors.EVENT_READ)
        for source in self._outputs:
            os.set_blocking(source, False)
            self._selector.register(source, selectors.EVENT_READ, partial(self._show, source))
        if self._target >= 0:
            os.set_blocking(self._target, False)
        self._attend()
        goes_on = True
        while goes_on:
            for key, _events in self._selector.select():
                if key.data is None:
                    goes_on = False
                else:
                    key.data()
        for source in self._outputs:
            left = _LAST_WORDS
            while left > 0 and (count := self._show(source)):
                left -= count

    def _attend(self) -> None:
        """What was typed is taken by the command before more is read; a command that does not read is no reason to
        stop showing what it writes."""
        if self._keys >= 0:
            self._listen(self._keys, 0 if self._waiting else selectors.EVENT_READ, self._hear)
        if self._master >= 0:
            told = selectors.EVENT_WRITE if self._waiting else 0
            self._listen(self._master, selectors.EVENT_READ | told, self._both)
        elif self._target >= 0:
            self._listen(self._target, selectors.EVENT_WRITE if self._waiting else 0, self._type)

    def _listen(self, fd: int, events: int, react: Callable[[], object]) -> None:
        if fd in self._selector.get_map():
            self._selector.unregister(fd)
        if events:
            self._selector.register(fd, events, react)

    def _both(self) -> None:
        if self._master < 0:  # hung up by what happened at the same time
            return
        self._show(self._master)
        if self._waiting:
            self._type()

    def _hear(self) -> None:
        try:
            data = os.read(self._keys, _READ)
        except OSError:  # the terminal is gone
            data = b""
        if not data:
            self._selector.unregister(self._keys)
            self._keys = -1
            if self._master >= 0:
                self._hang_up()
            else:
                self._let_go(self._target)
            return
        if self._master >= 0 and self._interrupts(data):
            raise KeyboardInterrupt
        self._waiting = data
        self._type()

    def _hang_up(self) -> None:
        """Our terminal is gone, so is the command's: the kernel tells it."""
        self._listen(self._master, 0, self._both)
        self._let_go(self._master)
        self._target = self._master = -1

    def _interrupts(self, data: bytes) -> bool:
        """Ctrl+C where nobody is told of it: the command has not begun, or has no terminal of its own."""
        settings = termios.tcgetattr(self._master)
        character = settings[_CHARACTERS][termios.VINTR]
        return bool(settings[_LOCAL] & termios.ISIG) and character in data and not _foreground(self._master)

    def _type(self) -> None:
        try:
            self._waiting = self._waiting[os.write(self._target, self._waiting) :]
        except BlockingIOError:
            pass
        except OSError:  # nobody reads any more
            self._waiting = b""
        self._attend()

    def _show(self, source: int) -> int:
        """Pass on what the command has written; how many bytes, 0 if there is nothing now."""
        try:
            data = os.read(source, _READ)
        except BlockingIOError:
            return 0
        except OSError:  # EIO: nobody has the pseudo-terminal any more
            data = b""
        write_all(self._outputs[source], data)
        return len(data)


def _each(own: Fds, replace: Callable[[int], int]) -> Fds:
    """The streams, with those that are terminals replaced."""
    first, second, third = (replace(fd) if os.isatty(fd) else fd for fd in own)
    return first, second, third


def write_all(target: int, data: bytes) -> None:
    """All of it, however slow who reads is; nothing if nobody does any more."""
    room = select.poll()
    room.register(target, select.POLLOUT)
    while data:
        try:
            data = data[os.write(target, data) :]
        except BlockingIOError:  # a terminal is as others have set it, who share it
            room.poll()
        except OSError:
            return


def _restore(terminal: int, before: list[Any]) -> None:
    with contextlib.suppress(termios.error):  # it is gone
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)


def _foreground(master: int) -> int:
    try:
        return os.tcgetpgrp(master)
    except OSError:
        return 0


def _close(fd: int) -> None:
    with contextlib.suppress(OSError):
        os.close(fd)


def _work(call: Callable[[], int], outcome: list[int | BaseException], ends: int) -> None:
    try:
        outcome.append(call())
    except BaseException as error:  # raised again where it is waited for
        outcome.append(error)
    os.close(ends)
