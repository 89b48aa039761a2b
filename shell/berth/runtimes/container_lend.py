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
from berth.runtimes import lending
from berth.runtimes.confinement import Entry, enter_and_do, namespaces_of
from berth.runtimes.seccomp import compile_filter


def main() -> int:
    init, user = int(sys.argv[1]), int(sys.argv[2])

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
        namespaces=namespaces_of(init),
    )
    return enter_and_do(init, entry, hand_out)


if __name__ == "__main__":
    sys.exit(main())
