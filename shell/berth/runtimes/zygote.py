"""The process that supervisors are forked from: started once, so an app waits for no interpreter.

It keeps one supervisor ready. Whichever process is idle takes the next orders from the same
socket: the ready one, and only if there is none yet the zygote makes one at once. When the
engine goes away the socket ends, and with it the zygote and the ready supervisor; the
supervisors that run an instance stay.
"""

from __future__ import annotations

import gc
import os
import select
import signal
import socket
import sys

from berth.runtimes import kernel, orders
from berth.runtimes.cgroups import Hierarchy, find_hierarchy
from berth.runtimes.launch import Launcher
from berth.runtimes.seccomp import compile_filter
from berth.runtimes.supervisor import supervise

_PAUSE_MS = 250
"""After a start the processors belong to the app first: then the next supervisor is made."""


class _Zygote:
    def __init__(self, requests: socket.socket, hierarchy: Hierarchy | None, program: bytes) -> None:
        self._requests = requests
        self._hierarchy = hierarchy
        self._program = program

    def serve(self) -> None:
        """Until the engine closes its end."""
        while True:
            taken = self._fork_ready()
            if not self._wait_taken(taken):
                return
            if not self._wait_request(_PAUSE_MS):
                return

    def _wait_taken(self, taken: int) -> bool:
        """Until the ready supervisor has got orders; false if the engine is gone."""
        poll = select.poll()
        poll.register(taken, select.POLLIN)
        poll.register(self._requests, 0)
        ready = dict(poll.poll())
        os.close(taken)
        return self._requests.fileno() not in ready

    def _wait_request(self, timeout: int) -> bool:
        poll = select.poll()
        poll.register(self._requests, select.POLLIN)
        return not any(mask & select.POLLHUP for _fd, mask in poll.poll(timeout))

    def _fork_ready(self) -> int:
        """Make a supervisor; the returned descriptor ends when it has got orders."""
        taken, taken_end = os.pipe2(os.O_CLOEXEC)
        if os.fork() == 0:
            try:
                os.close(taken)
                self._become_supervisor(taken_end)
            except Exception:  # this process's boundary
                sys.excepthook(*sys.exc_info())
                os._exit(1)
            os._exit(0)
        os.close(taken_end)
        return taken

    def _become_supervisor(self, taken: int) -> None:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.setsid()
        kernel.set_process_name("berth-instance")
        launcher = Launcher(self._hierarchy, self._program)
        packet, fds = orders.receive(self._requests)
        os.close(taken)
        self._requests.close()
        if not packet:
            launcher.abandon()
            return
        supervise(orders.decode_orders(packet), socket.socket(fileno=fds[0]), launcher, self._program)


def main() -> None:
    """Arguments: descriptor of the socket that orders come from; "rlimits" to leave cgroups alone."""
    requests = socket.socket(fileno=int(sys.argv[1]))
    requests.set_inheritable(False)
    kernel.set_process_name("berth-zygote")
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    program = compile_filter()
    hierarchy = find_hierarchy(enabled="rlimits" not in sys.argv[2:])
    gc.disable()
    gc.freeze()
    _Zygote(requests, hierarchy, program).serve()


if __name__ == "__main__":
    main()
