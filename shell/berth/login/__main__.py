"""``python -m berth.login --fd N``: asks PAM whether whoever answers on a socket is the user that this runs as.

Each packet of the socket is a message: from here a pair of what it is and its text as JSON, to here an answer as it
is. The last pair is ``done`` with an `Outcome`. With ``--probe`` nobody is asked: ``done`` comes with ``possible``,
or with the reason for which nobody could ever unlock the session: ``no-pam``, ``no-password``.

With ``--greet STATE`` it is the login screen of a machine that asks: the first two answers are the account and the
session, and greetd asks PAM and starts the session.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import locale
import os
import pwd
import resource
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from berth.core.problem import Problem
from berth.login import greetd, pam
from berth.login.accounts import printable
from berth.login.offers import remember
from berth.login.sessions import offered

FOLDER = "BERTH_PAM_DIR"
"""The environment variable that names another folder of PAM's services."""
_PR_SET_PDEATHSIG = 1
_LARGEST = 8192
_LONGEST = _LARGEST // 16
"""Characters of a text that fit into a packet, whatever they are."""
_STATUS_SECONDS = 5


class _Gone(Exception):
    """Nobody is there to answer any more."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="berth.login", description="Checks who somebody is.")
    parser.add_argument("--fd", type=int, required=True, help="inherited socket of packets")
    parser.add_argument("--probe", action="store_true")
    parser.add_argument("--greet", type=Path, metavar="STATE", help="where the last login is remembered")
    options = parser.parse_args()
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    # A dump of this process would hold a password.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # A language that is not installed here is no reason to keep its user out.
    with suppress(locale.Error):
        locale.setlocale(locale.LC_ALL, "")
    with socket.socket(fileno=options.fd) as connection, suppress(_Gone):
        folder = os.environ.get(FOLDER, "")
        if options.greet is not None:
            outcome = _greet(connection, options.greet)
        else:
            outcome = _probe(folder) if options.probe else _check(connection, folder)
        _say(connection, "done", outcome)
    return 0


def _say(connection: socket.socket, kind: str, text: str) -> None:
    try:
        connection.send(json.dumps([kind, text[:_LONGEST]]).encode())
    except OSError as error:
        raise _Gone from error


def _hear(connection: socket.socket) -> str:
    answer = connection.recv(_LARGEST)
    if not answer:
        raise _Gone
    return answer[1:].decode("utf-8", "replace")  # the first byte makes an empty answer a packet


def _converse(connection: socket.socket, style: pam.Style, text: str) -> str:
    _say(connection, style, text)
    return _hear(connection) if style in ("secret", "visible") else ""


def _check(connection: socket.socket, folder: str) -> str:
    def converse(style: pam.Style, text: str) -> str:
        return _converse(connection, style, text)

    try:
        return pam.authenticate(pwd.getpwuid(os.getuid()).pw_name, converse, folder)
    except Problem as problem:
        return problem.code
    except KeyError:
        return "failed"


def _greet(connection: socket.socket, state: Path) -> str:
    def converse(style: pam.Style, text: str) -> str:
        return _converse(connection, style, text)

    user, wanted = _hear(connection), _hear(connection)
    session = next((session for session in offered() if session.id == wanted), None)
    if session is None or not printable(user):
        return "failed"
    program = greetd.Program(session.words, greetd.environment_of(session.id, session.desktops))
    try:
        outcome = greetd.log_in(os.environ.get(greetd.SOCKET, ""), user, program, converse)
    except Problem as problem:
        converse("error", problem.message)
        return "unavailable"
    if outcome == "ok":
        _remember(state, user, wanted)
    return outcome


def _remember(state: Path, user: str, session: str) -> None:
    try:
        remember(state, user, session)
    except OSError as error:
        print(f"The login is not remembered: {error}", file=sys.stderr)  # noqa: T201


def _probe(folder: str) -> str:
    try:
        pam.load()
    except Problem as problem:
        return problem.code
    # With services of its own the machine's file of passwords means nothing.
    if folder or pam.service_of("") == pam.SERVICE:
        return "possible"
    return "possible" if _has_password() else "no-password"


def _has_password() -> bool:
    """As far as the file of passwords tells; an account that is kept elsewhere may have one."""
    try:
        name = pwd.getpwuid(os.getuid()).pw_name
        told = subprocess.run(
            ["passwd", "-S", name], capture_output=True, text=True, timeout=_STATUS_SECONDS, check=False
        )
    except (OSError, KeyError, subprocess.SubprocessError):
        return True
    words = told.stdout.split()
    return told.returncode != 0 or len(words) < 2 or words[1] not in ("L", "LK", "NP")


if __name__ == "__main__":
    sys.exit(main())
