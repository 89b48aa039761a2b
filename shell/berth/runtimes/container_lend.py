"""``python -m berth.runtimes.container_lend PID USER``: lends files of an app that a container engine supervises.

Under bubblewrap the supervisor does this (`berth.runtimes.lending`); the engines' own know nothing of it. Standard
input holds the paths, standard output is the channel. Everything is imported before the app's place is entered,
where none of it can be found.
"""

from __future__ import annotations

import contextlib
import os
import socket
import sys

from berth.core.plan import SANDBOX_HOME
from berth.runtimes import kernel, lending
from berth.runtimes.confinement import Entry, enter_and_do, namespaces_of
from berth.runtimes.seccomp import compile_filter


def main() -> int:
    init, user = int(sys.argv[1]), int(sys.argv[2])
    namespaces = namespaces_of(init)
    if os.getuid() and not namespaces & kernel.CLONE_NEWUSER:
        return _lend_from_outside(init)

    def become_user() -> None:
        with contextlib.suppress(PermissionError):  # not ours to change in a user namespace
            os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)

    def hand_out() -> None:
        with socket.socket(fileno=1) as channel:
            lending.lend(0, channel)

    entry = Entry(
        command=("lend",),
        environment={},
        directory=SANDBOX_HOME,
        program=compile_filter(),
        join=lambda: None,
        limit=become_user,
        namespaces=namespaces,
    )
    return enter_and_do(init, entry, hand_out)


def _lend_from_outside(init: int) -> int:
    """An ordinary user may not enter a container of Docker's, but is the app's own user, and sees its root."""
    root = os.open(f"/proc/{init}/root", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    with socket.socket(fileno=1) as channel:
        lending.lend(0, channel, lambda path, flags: kernel.open_plainly(path, flags, root))
    return 0


if __name__ == "__main__":
    sys.exit(main())
