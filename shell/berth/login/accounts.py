"""Who can log in at this machine: the people among the accounts that NSS knows.

NSS may ask a server on the network, so only a process that may wait calls this.
"""

from __future__ import annotations

import pwd
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

_MOST = 64
_DEFAULT_RANGE = (1000, 60000)
_NO_SHELLS = ("nologin", "false", "sync", "halt", "shutdown")
_LONGEST = 128


class Account(NamedTuple):
    user: str
    name: str  # of the person; the account's without one


def people(
    entries: Iterable[pwd.struct_passwd] | None = None,
    login_defs: Path = Path("/etc/login.defs"),
    shells: Path = Path("/etc/shells"),
) -> list[Account]:
    """Accounts of persons, in the order of their names; at most 64, as nobody looks through more.

    Source: login.defs(5), shells(5), passwd(5).
    """
    first, last = _range(login_defs)
    known = _shells(shells)
    found = {
        entry.pw_name: Account(entry.pw_name, _name(entry))
        for entry in (pwd.getpwall() if entries is None else entries)
        if first <= entry.pw_uid <= last and _is_shell(entry.pw_shell, known) and printable(entry.pw_name)
    }
    return sorted(found.values(), key=lambda account: (account.name.casefold(), account.user))[:_MOST]


def printable(text: str) -> bool:
    """Whether `text` can be a name: not empty, not endless, nothing in it that does something when it is shown."""
    return 0 < len(text) <= _LONGEST and text.isprintable()


def _name(entry: pwd.struct_passwd) -> str:
    name = entry.pw_gecos.split(",")[0].replace("&", entry.pw_name.capitalize()).strip()
    return name if printable(name) else entry.pw_name


def _is_shell(shell: str, known: frozenset[str]) -> bool:
    # An empty one means /bin/sh. Where there is no list, all but those that let nobody in are shells.
    return Path(shell).name not in _NO_SHELLS and (not shell or not known or shell in known)


def _shells(path: Path) -> frozenset[str]:
    return frozenset(line for line in _lines(path) if line.startswith("/"))


def _range(path: Path) -> tuple[int, int]:
    found = dict(zip(("UID_MIN", "UID_MAX"), _DEFAULT_RANGE, strict=True))
    for line in _lines(path):
        words = line.split()
        if len(words) == 2 and words[0] in found and words[1].isdecimal():
            found[words[0]] = int(words[1])
    return found["UID_MIN"], found["UID_MAX"]


def _lines(path: Path) -> list[str]:
    try:
        return [line.strip() for line in path.read_text(encoding="utf-8", errors="replace").splitlines()]
    except OSError:
        return []
