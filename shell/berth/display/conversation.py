"""One attempt to unlock: a process that asks PAM, which may take its time, and what it wants to know.

Nothing of what the user answers is kept or logged here; the answer typed before the first question waits for that
and is forgotten.
"""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence

import msgspec

from berth.display.loop import Loop

_LARGEST = 8192
_log = logging.getLogger("berth.display")
_said = msgspec.json.Decoder(tuple[str, str])


class Conversation:
    """Args:
    said: told what kind of message comes (``secret``, ``visible``, ``info``, ``error``), and its text.
    ended: told once how it ended, as `berth.login` has it; ``failed`` if that is not known.
    options: further words for `berth.login`.
    """

    def __init__(
        self,
        loop: Loop,
        said: Callable[[str, str], None],
        ended: Callable[[str], None],
        options: Sequence[str] = (),
    ) -> None:
        self._loop = loop
        self._said = said
        self._ended = ended
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_CLOEXEC)
        self._socket.setblocking(False)
        with theirs:
            command = [sys.executable, "-m", "berth.login", "--fd", str(theirs.fileno()), *options]
            try:
                self._process = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)
            except OSError:
                self._socket.close()
                raise
        self._pidfd = os.pidfd_open(self._process.pid)
        self._open = True
        loop.watch(self._socket.fileno(), self._readable)

    def answer(self, text: str) -> None:
        try:
            # Never an empty packet, which would mean the end.
            self._socket.send(b"=" + text.encode("utf-8", "replace"))
        except OSError:
            self._finish("failed")

    def close(self) -> None:
        """Give it up; `ended` is not called any more."""
        if not self._open:
            return
        self._open = False
        self._loop.forget(self._socket.fileno())
        # In this order: it would complain of a socket that nobody holds any more.
        self._process.kill()
        self._socket.close()
        if self._process.poll() is None:
            self._loop.watch(self._pidfd, lambda _events: self._reap())
        else:
            os.close(self._pidfd)

    def _reap(self) -> None:
        self._loop.forget(self._pidfd)
        os.close(self._pidfd)
        self._process.wait()

    def _finish(self, outcome: str) -> None:
        if self._open:
            self.close()
            self._ended(outcome)

    def _readable(self, _events: int) -> None:
        try:
            packet = self._socket.recv(_LARGEST)
        except BlockingIOError:
            return
        except OSError:
            packet = b""
        try:
            kind, text = _said.decode(packet)
        except msgspec.DecodeError:
            _log.warning("the check of the password ended without a word")
            self._finish("failed")
            return
        if kind == "done":
            self._finish(text)
        else:
            self._said(kind, text)
