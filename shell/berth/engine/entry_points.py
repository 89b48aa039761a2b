"""Ways to start apps from elsewhere: a script for each app that is here, and on request entries for other desktops.

Scripts are called by the app's id, which has a dot in it: no image can put a ``sudo`` or ``ls`` into anybody's path.
Only files with our mark are ever replaced or removed.

Source: Desktop Entry Specification 1.5, https://specifications.freedesktop.org/desktop-entry-spec/latest/
"""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec

from berth.core.manifest import Manifest
from berth.core.messages import Belonging
from berth.core.paths import DEFAULT_NAME, Paths
from berth.core.problem import Problem

_MARK = "Made by Berth, which replaces and removes this file."
_MOST_BYTES = 16 << 10
_CATEGORIES = {
    "internet": "Network",
    "network": "Network",
    "communication": "Network",
    "office": "Office",
    "graphics": "Graphics",
    "photos": "Graphics",
    "media": "AudioVideo",
    "audio": "AudioVideo",
    "video": "AudioVideo",
    "music": "AudioVideo",
    "games": "Game",
    "development": "Development",
    "system": "System",
    "settings": "Settings",
    "education": "Education",
    "science": "Science",
}
"""Words of manifests as registered main categories: https://specifications.freedesktop.org/menu-spec/latest/"""

_OTHERS = "Utility"
_RESERVED = re.compile(r"""[\s"'\\><~|&;$*?#()`]""")


class Startable(msgspec.Struct, frozen=True):
    """An app that can be started at once; `icon` is a path, "" for none."""

    manifest: Manifest
    icon: str


class EntryPoints:
    """Those of one session's apps.

    Args:
        program: what starts Berth; found beside this Python if not given.
    """

    def __init__(self, paths: Paths, program: tuple[str, ...] = ()) -> None:
        self._session = paths.name
        self._scripts = paths.scripts
        self._entries = paths.desktop_entries
        self._switch = paths.state / "desktop-entries"
        self._command = program or _program()
        if paths.name != DEFAULT_NAME:
            self._command = (*self._command, "--name", paths.name)

    @property
    def for_desktops(self) -> bool:
        """Whether other desktops get entries."""
        return self._switch.exists()

    def offer_to_desktops(self, on: bool) -> None:
        """From the next `follow` on. Raises `Problem` ``entries-not-kept``."""
        with _problems(self._switch):
            if on:
                self._switch.touch()
            else:
                self._switch.unlink(missing_ok=True)

    def follow(self, apps: Iterable[Startable]) -> None:
        """Have exactly these apps started from elsewhere. Blocks.

        Raises:
            Problem: ``entries-not-kept`` if the disk refuses.
        """
        there = tuple(apps)
        scripts = {app.manifest.id: self._script(app.manifest.id) for app in there}
        _follow(self._scripts, "", scripts, 0o755)
        entries = {self._entry_name(app.manifest.id): self._entry(app) for app in there if self.for_desktops}
        _follow(self._entries, self._entry_name(""), entries, 0o644)

    def of(self, app: str) -> Iterator[Belonging]:
        script, entry = self._scripts / app, self._entries / self._entry_name(app)
        if _is_ours(script):
            yield Belonging("script", str(script))
        if _is_ours(entry):
            yield Belonging("desktop-entry", str(entry))

    def forget(self, app: str) -> None:
        """Raises `Problem` ``entries-not-kept``."""
        for path in (self._scripts / app, self._entries / self._entry_name(app)):
            if _is_ours(path):
                with _problems(path):
                    path.unlink(missing_ok=True)

    def _entry_name(self, app: str) -> str:
        """Neither sessions nor the first part of ids have underscores, so that no two are the same."""
        return f"berth_{self._session}_{app}.desktop" if app else f"berth_{self._session}_"

    def _script(self, app: str) -> str:
        return f'#!/bin/sh\n# {_MARK}\nexec {shlex.join([*self._command, "run", app])} -- "$@"\n'

    def _entry(self, app: Startable) -> str:
        manifest = app.manifest
        words = [*self._command, "run", manifest.id]
        values = {
            "Type": "Application",
            "Version": "1.0",
            "Name": escaped(manifest.name),
            "Comment": escaped(manifest.summary),
            "Exec": escaped(" ".join(map(quoted, words))),
            "TryExec": escaped(self._command[0]),
            "Icon": escaped(app.icon),
            "Categories": f"{_category(manifest)};",
            "Terminal": "false",
        }
        lines = [f"{key}={value}" for key, value in values.items() if value]
        return "\n".join((f"# {_MARK}", "[Desktop Entry]", *lines, ""))


def escaped(text: str) -> str:
    """A value of type string: section "Possible value types"."""
    text = text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")
    return f"\\s{text[1:]}" if text.startswith(" ") else text


def quoted(word: str) -> str:
    """An argument of Exec: section "The Exec key"."""
    word = word.replace("%", "%%")
    if word and not _RESERVED.search(word):
        return word
    return '"' + re.sub(r'(["`$\\])', r"\\\1", word) + '"'


def _category(manifest: Manifest) -> str:
    """One only: menus would show the app in each."""
    return next((_CATEGORIES[word] for word in manifest.categories if word in _CATEGORIES), _OTHERS)


def _program() -> tuple[str, ...]:
    beside = Path(sys.executable).with_name("berth")
    return (str(beside),) if beside.exists() else (sys.executable, "-m", "berth")


def _follow(directory: Path, prefix: str, wanted: Mapping[str, str], mode: int) -> None:
    """Write what is new or differs, remove what is ours and not wanted."""
    with _problems(directory):
        # What a crash has left half-way is ours as well.
        names = [*directory.glob(f"{prefix}*"), *directory.glob(f".{prefix}*.new")] if directory.is_dir() else []
        there = [path for path in dict.fromkeys(names) if _is_ours(path)]
        for path in there:
            if path.name not in wanted:
                path.unlink(missing_ok=True)
        if not wanted:
            with contextlib.suppress(OSError):
                directory.rmdir()  # unless somebody has put something there
            return
        directory.mkdir(parents=True, exist_ok=True)
        for name, text in wanted.items():
            path = directory / name
            if path in there:
                if path.read_text() != text:
                    _replace(path, text, mode)
            elif not os.path.lexists(path):
                _replace(path, text, mode)


def _replace(path: Path, text: str, mode: int) -> None:
    temporary = path.with_name(f".{path.name}.new")
    temporary.unlink(missing_ok=True)
    with temporary.open("x") as file:
        os.fchmod(file.fileno(), mode)
        file.write(text)
    temporary.replace(path)


def _is_ours(path: Path) -> bool:
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(fd, "rb") as file:
            return f"# {_MARK}".encode() in file.read(_MOST_BYTES).splitlines()[:2]
    except OSError:
        return False


@contextlib.contextmanager
def _problems(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Problem(
            "entries-not-kept",
            f"Launcher scripts and entries in {path} cannot be written: {error.strerror or error}.",
            "Check that the directory belongs to you and has space left.",
        ) from None
