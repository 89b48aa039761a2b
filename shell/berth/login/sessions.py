"""The sessions that can be chosen at login: Berth, and what other desktops have put beside it.

Their files are read as a stranger's: what is not as the specification has it is left out.

Source: Desktop Entry Specification 1.5 (values, the Exec key).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from berth.login.accounts import printable

FOLDERS = (Path("/usr/local/share/wayland-sessions"), Path("/usr/share/wayland-sessions"))
_MOST = 64
_LARGEST = 64 * 1024
_MOST_WORDS = 64
_GROUP = "[Desktop Entry]"
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_ESCAPES = {"s": " ", "n": "\n", "t": "\t", "r": "\r", "\\": "\\"}
_WORD = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|([^\s"\'\\><~|&;$*?#()`]+))(?=\s|$)', re.DOTALL)


@dataclass(frozen=True)
class Session:
    """What can be started: `words` are its command, `desktops` its names for XDG_CURRENT_DESKTOP."""

    id: str
    name: str
    words: tuple[str, ...]
    desktops: tuple[str, ...] = ()


def offered(folders: Sequence[Path] = FOLDERS) -> list[Session]:
    """Berth first, then the others by name; of two with the same id that of the first folder counts."""
    found = {
        "berth": Session("berth", "Berth", (sys.executable, "-m", "berth", "session", "--full-screen"), ("Berth",))
    }
    others: dict[str, Session | None] = {}
    for folder in folders:
        for path in _files(folder):
            if path.stem not in found and path.stem not in others:
                others[path.stem] = _session(path)
    known = sorted((one for one in others.values() if one is not None), key=lambda one: (one.name.casefold(), one.id))
    return [*found.values(), *known[:_MOST]]


def _files(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.suffix == ".desktop")[: 4 * _MOST]
    except OSError:
        return []


def _session(path: Path) -> Session | None:
    entry = _entry(path)
    hidden = "true" in (entry.get("Hidden"), entry.get("NoDisplay"))
    words = command(entry.get("Exec", ""))
    name = entry.get("Name", "")
    if hidden or not words or not printable(name) or not _ID.fullmatch(path.stem):
        return None
    desktops = [one for one in entry.get("DesktopNames", "").split(";") if _ID.fullmatch(one)]
    return Session(path.stem, name, words, tuple(desktops[:8]))


def _entry(path: Path) -> dict[str, str]:
    """The keys of the main group, without translations."""
    try:
        if not path.is_file():  # a pipe would be waited for
            return {}
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
    except OSError:
        return {}
    if len(content) > _LARGEST:
        return {}
    found: dict[str, str] = {}
    group = ""
    for line in content.decode("utf-8", "replace").splitlines():
        if line.startswith("["):
            group = line.strip()
        elif group == _GROUP and "=" in line and not line.startswith("#"):
            key, value = line.split("=", 1)
            found.setdefault(key.strip(), _unescaped(value.strip()))
    return found


def _unescaped(value: str) -> str:
    return re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[0]), value)


def command(line: str) -> tuple[str, ...]:
    """The words of an Exec key; empty if it is none."""
    words: list[str] = []
    rest = line.rstrip()
    while rest:
        found = _WORD.match(rest)
        if found is None or len(words) == _MOST_WORDS:
            return ()
        rest = rest[found.end() :]
        word = re.sub(r"\\(.)", r"\1", found[1], flags=re.DOTALL) if found[1] is not None else _expanded(found[2])
        if word or found[1] is not None:
            words.append(word)
    return tuple(words) if all(word.isprintable() for word in words) and words and words[0] else ()


def _expanded(word: str) -> str:
    """A session is given no files, so its codes stand for nothing."""
    return re.sub(r"%(.)", lambda found: "%" if found[1] == "%" else "", word)
