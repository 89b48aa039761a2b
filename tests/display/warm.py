"""Display servers that start fast: forked from a process that has imported everything and done nothing yet.

Every test wants a fresh one, and wlcs one for each of its thousand tests; importing alone would take minutes.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping

_MOST = 4096
"""Bytes of what is asked for."""


class Forked:
    """A server: what tests need of a process, by the names of `subprocess.Popen`."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self.pid = int(channel.recv(32))
        self._code: int | None = None

    def poll(self) -> int | None:
        try:
            return self.wait(0.0)
        except (TimeoutError, BlockingIOError):
            return None

    def send_signal(self, number: int) -> None:
        if self._code is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def wait(self, timeout: float | None = None) -> int:
        """Raises `TimeoutError`."""
        if self._code is None:
            self._channel.settimeout(timeout)
            try:
                self._code = int(self._channel.recv(32))
            finally:
                self._channel.settimeout(None)
        return self._code


class Nursery:
    """The process that forks, one server at a time. It ends when its channel does."""

    def __init__(self) -> None:
        self._channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            command = [sys.executable, "-m", __name__, str(theirs.fileno())]
            self._process = subprocess.Popen(command, pass_fds=[theirs.fileno()])

    def start(self, listener: int, log: int, constants: Mapping[str, float]) -> Forked:
        """A server like ``python -m berth.display --listen-fd`` makes one, with its log in the file `log`.

        Args:
            constants: what it has another value for, as ``module.NAME`` of the display's.
        """
        socket.send_fds(self._channel, [json.dumps(constants).encode()], [listener, log])
        return Forked(self._channel)

    def close(self) -> None:
        self._channel.close()
        self._process.wait(10)


def _serve(channel: socket.socket) -> None:
    from berth.display import __main__ as display

    while True:
        data, fds, _flags, _address = socket.recv_fds(channel, _MOST, 2)
        if not data:
            return
        listener, log = fds
        pid = os.fork()
        if not pid:
            channel.close()
            os.dup2(log, 2)
            os.close(log)
            for name, value in json.loads(data).items():
                module, _dot, constant = name.rpartition(".")
                setattr(importlib.import_module(f"berth.display.{module}"), constant, value)
            sys.argv = ["berth.display", "--listen-fd", str(listener)]
            os._exit(display.main())
        for fd in fds:
            os.close(fd)
        channel.send(str(pid).encode())
        channel.send(str(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])).encode())


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])))
