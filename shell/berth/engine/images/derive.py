"""A manifest for an image that came without one, from what the image says about itself.

All of it is a stranger's text: it is written as a manifest and read again as one, so that whatever a manifest may
not hold does not come in this way either.

Source: OCI image specification, config.md and annotations.md; Desktop Entry Specification 1.5.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import platform
import posixpath
import re
import shlex
import signal
import stat
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from berth.core.manifest import MAX_ARGUMENT, NO_REASON, RESERVED_VARIABLES, is_app_id, parse_manifest
from berth.core.plan import SANDBOX_HOMES, STOP_SIGNALS
from berth.core.problem import Problem
from berth.core.volumes import MOST_VOLUMES, outer, shortest
from berth.core.volumes import fault_of as volume_fault_of
from berth.engine.images.brought import has_folder, homes
from berth.engine.images.layout import Config
from berth.runtimes import kernel

_MARK = "# Derived by Berth from the image, and again from its next version unless this file is changed:"
_OLD_MARK = "# Derived by Berth from the image, and again from its next version unless this line is removed."
_APPLICATIONS = b"usr/share/applications"
_MOST_ENTRIES = 200
_MOST_BYTES = 64 << 10
_MOST_VARIABLES = 60
_MAX_SIGNAL = 20
_SHELLS = frozenset(["sh", "bash", "dash", "ash", "zsh"])
_SHELL_PATHS = ("/bin/bash", "/bin/sh")
_WINDOWS = "libwayland-client.so.0"
_LIBRARIES = (f"usr/lib/{platform.machine()}-linux-gnu", "usr/lib64", "usr/lib", "lib64", "lib")
_HIDDEN = frozenset(["dev", "proc", "run", "sys", "tmp"])
"""Folders of an image that an app does not see: something of its own is there instead."""
_HOMES = SANDBOX_HOMES.lstrip("/")
_UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,100}")
_GROUPS = {
    "Network": "internet",
    "Office": "office",
    "Graphics": "graphics",
    "AudioVideo": "media",
    "Game": "games",
    "Development": "development",
    "System": "system",
    "Settings": "settings",
    "Education": "education",
    "Science": "science",
}


def app_id(name: str) -> str:
    """The id of the app in an image called `name`: the name itself if it is one, else below ``local``."""
    if is_app_id(name) and "/" not in name:
        return name
    name = name.removeprefix("docker.io/").removeprefix("library/").removeprefix("localhost/")
    slug = re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")[:80] or "image"
    return f"local.{slug}" if slug[0].isalpha() else f"local.app-{slug}"


class Derived(NamedTuple):
    """A manifest's text, and what is wanted of the image besides: a name to call it by, an icon's name or path."""

    text: str
    name: str
    icon: str


def derive(app: str, config: Config, rootfs: Path, called: str = "", *, looks: bool = True) -> Derived:
    """What becomes of an image.

    Args:
        called: what to call it if it does not say so itself, otherwise its id.
        looks: its files are at `rootfs`; else what it says of them is believed.

    Raises:
        Problem: ``image-command`` if nothing in the image tells what to start, ``manifest-invalid``.
    """
    said = config.config
    labels = _labels(said)
    entry = _desktop_entry(rootfs)
    command = [*_texts(said.get("Entrypoint")), *_texts(said.get("Cmd"))]
    if not command or (entry and command[0].rpartition("/")[2] in _SHELLS):
        command = _exec(entry)
    lends_shell = not command and not entry and looks
    if lends_shell:
        command = _shell(rootfs)
    if not command or any(_UNFIT.search(word) for word in command):
        raise Problem(
            "image-command",
            "The image does not say which program to start.",
            f"Write a manifest for “{app}” that does, then import the image again.",
        )
    wanted = _directory(said)
    directory = "" if looks and not _can_start_in(rootfs, wanted) else wanted
    volumes = _volumes(said, rootfs if looks else None)
    values: dict[str, object] = {
        "id": app,
        "name": _line(labels.get("org.opencontainers.image.title") or entry.get("Name", ""), 60)
        or _named(called or app.rpartition(".")[2]),
        "summary": _line(labels.get("org.opencontainers.image.description") or entry.get("Comment", ""), 200),
        "categories": [_GROUPS[word] for word in entry.get("Categories", "").split(";") if word in _GROUPS][:3],
        "command": command,
        "directory": directory,
        "display": "" if entry or (not lends_shell and _can_have_windows(rootfs)) else "terminal",
        "stop_signal": _stop_signal(said),
        "persist": bool(said.get("Volumes")),
        "volumes": [path for path, fault in volumes.items() if not fault],
    }
    lines = [f"{key} = {_toml(value)}" for key, value in values.items() if value]
    lines += [f"# What its image writes to {_toml(path)} {fault}." for path, fault in volumes.items() if fault]
    if directory != wanted:
        lines.append(f"# Its image wants it to start in {_toml(wanted)}, where it cannot be: it starts in its home.")
    lines += ["", "[environment]", *(f"{name} = {_toml(value)}" for name, value in _environment(said))]
    # The reason is shown as words of the app.
    reason = _toml(values["summary"] or NO_REASON)
    lines += ["", "[[permission]]", 'name = "network"', f"reason = {reason}", ""]
    text = _marked("\n".join(lines))
    manifest = parse_manifest(text, f"the manifest of {app}")
    return Derived(text, manifest.name, _line(entry.get("Icon", ""), 200))


def is_derived(text: str) -> bool:
    """Whether this manifest is one that `derive` has written, and that nobody has changed since."""
    first, _, rest = text.partition("\n")
    return first == _OLD_MARK or text == _marked(rest)


def _marked(text: str) -> str:
    """Below a line that tells whether the text was changed."""
    return f"{_MARK} {hashlib.sha256(text.encode()).hexdigest()[:16]}\n{text}"


def _toml(value: object) -> str:
    """Texts without control characters are written in TOML as in JSON."""
    return json.dumps(value, ensure_ascii=False)


def _line(text: str, limit: int) -> str:
    return _UNFIT.sub(" ", text).strip()[:limit].strip()


def _named(text: str) -> str:
    return re.sub(r"[-_.]+", " ", text).strip().capitalize()[:60]


def _texts(value: object) -> list[str]:
    return [word for word in value if isinstance(word, str)] if isinstance(value, list) else []


def _labels(said: Mapping[str, object]) -> dict[str, str]:
    found = said.get("Labels")
    return {k: v for k, v in found.items() if isinstance(v, str)} if isinstance(found, dict) else {}


def _environment(said: Mapping[str, object]) -> list[tuple[str, str]]:
    pairs = (word.partition("=") for word in _texts(said.get("Env")))
    kept = {
        name: value
        for name, equals, value in pairs
        if equals and _VARIABLE.fullmatch(name) and name not in RESERVED_VARIABLES and not _UNFIT.search(value)
    }
    return sorted(kept.items())[:_MOST_VARIABLES]


def _stop_signal(said: Mapping[str, object]) -> str:
    """What the image's program wants to be asked to end with; "" for the usual one, or none of ours."""
    wanted = said.get("StopSignal")
    name = wanted.upper() if isinstance(wanted, str) and len(wanted) < _MAX_SIGNAL else ""
    if name.isascii() and name.isdecimal():
        name = next((known for known in STOP_SIGNALS if signal.Signals[known] == int(name)), "")
    elif not name.startswith("SIG"):
        name = f"SIG{name}"
    return name if name in STOP_SIGNALS[1:] else ""


def _directory(said: Mapping[str, object]) -> str:
    """Where the image's program is to start; "" for no place in particular."""
    wanted = said.get("WorkingDir")
    if not isinstance(wanted, str) or not wanted or _UNFIT.search(wanted) or len(wanted) > MAX_ARGUMENT:
        return ""
    path = posixpath.normpath(f"/{wanted.lstrip('/')}")
    return "" if path == "/" else path


def _volumes(said: Mapping[str, object], rootfs: Path | None) -> dict[str, str]:
    """Folders that the image's program is to keep, with why it cannot have them, "" if it can.

    Args:
        rootfs: the image's files, None if what it says of them is believed.
    """
    wanted = said.get("Volumes")
    paths = [path for path in wanted if isinstance(path, str)] if isinstance(wanted, dict) else []
    fit = {shortest(path) for path in paths[:_MOST_VARIABLES] if len(path) <= MAX_ARGUMENT and not _UNFIT.search(path)}
    found = {path: _volume_fault(path, rootfs) for path in sorted(fit)}
    kept = [path for path, fault in found.items() if not fault]
    found = {path: fault for path, fault in found.items() if not outer(path, kept)}
    over = [path for path, fault in found.items() if not fault][MOST_VOLUMES:]
    return found | dict.fromkeys(over, "cannot be kept: it has too many such folders")


def _volume_fault(path: str, rootfs: Path | None) -> str:
    fault = volume_fault_of(path)
    if fault:
        return f"cannot be kept: it {fault}"
    return "" if rootfs is None or has_folder(rootfs, path) else "cannot be kept: the image has no such folder"


def _can_start_in(rootfs: Path, directory: str) -> bool:
    """Whether it is there for the app, and everybody may enter it."""
    seen = homes(rootfs)
    if not directory or not _is_seen(PurePosixPath(directory).parts[1:], seen):
        return False
    root = os.open(rootfs, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        return all(_may_enter(root, str(path), seen) for path in (*PurePosixPath(directory).parents[:-1], directory))
    finally:
        os.close(root)


def _is_seen(parts: tuple[str, ...], homes: Collection[str]) -> bool:
    """Whether the app sees what its image has at the path of these parts."""
    if parts[:1] == (_HOMES,):
        return len(parts) == 1 or parts[1] in homes
    return _HIDDEN.isdisjoint(parts[:1])


def _shell(rootfs: Path) -> list[str]:
    """What there is to start in a root file system that names nothing; empty if it has no shell either."""
    root = os.open(rootfs, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        return next(([path] for path in _SHELL_PATHS if _is_program(root, path)), [])
    finally:
        os.close(root)


def _is_program(root: int, path: str) -> bool:
    try:
        fd = kernel.open_beneath(root, path, os.O_PATH)
    except OSError:
        return False
    try:
        mode = os.fstat(fd).st_mode
        return stat.S_ISREG(mode) and bool(mode & stat.S_IXOTH)
    finally:
        os.close(fd)


def _may_enter(root: int, path: str, homes: Collection[str]) -> bool:
    try:
        fd = kernel.open_beneath(root, path, os.O_PATH | os.O_DIRECTORY)
    except OSError:
        return False
    try:
        place = _path_of(fd).relative_to(_path_of(root))
        return _is_seen(place.parts, homes) and bool(os.fstat(fd).st_mode & stat.S_IXOTH)
    finally:
        os.close(fd)


def _path_of(fd: int) -> Path:
    return Path(f"/proc/self/fd/{fd}").readlink()


def _can_have_windows(rootfs: Path) -> bool:
    """Whether a library is there that every toolkit needs for windows of this desktop. No link is followed."""
    root = os.open(rootfs, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        return any(_exists(root, f"{folder}/{_WINDOWS}".encode()) for folder in _LIBRARIES)
    finally:
        os.close(root)


def _exists(root: int, path: bytes) -> bool:
    try:
        os.close(kernel.open_strictly_beneath(root, path, os.O_PATH | os.O_NOFOLLOW))
    except OSError:
        return False
    return True


# --- what the image brings for menus


def _desktop_entry(rootfs: Path) -> dict[str, str]:
    """The first program with a window that the image shows in menus; empty if there is none."""
    root = os.open(rootfs, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for text in _entries(root):
            entry = _fields(text)
            hidden = [entry.get(key) for key in ("NoDisplay", "Hidden", "Terminal")]
            if entry.get("Type") == "Application" and "true" not in hidden:
                return entry
    finally:
        os.close(root)
    return {}


def _entries(root: int) -> Iterator[str]:
    with contextlib.suppress(OSError):
        directory = kernel.open_strictly_beneath(root, _APPLICATIONS, os.O_RDONLY | os.O_DIRECTORY)
        try:
            with os.scandir(directory) as found:
                names = [entry.name for entry in found if entry.name.endswith(".desktop")]
            # A program's own entry has the shortest name of those that it brings.
            for name in sorted(names, key=lambda name: (len(name), name))[:_MOST_ENTRIES]:
                with contextlib.suppress(OSError):
                    yield _read(directory, name)
        finally:
            os.close(directory)


def _read(directory: int, name: str) -> str:
    fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=directory)
    with os.fdopen(fd, "rb") as file:
        return file.read(_MOST_BYTES).decode(errors="replace") if stat.S_ISREG(os.fstat(fd).st_mode) else ""


def _fields(text: str) -> dict[str, str]:
    """Keys and values of the group “Desktop Entry”."""
    found: dict[str, str] = {}
    group = ""
    for line in text.splitlines():
        if line.startswith("["):
            group = line.strip()
        elif group == "[Desktop Entry]" and "=" in line and not line.startswith("#"):
            key, _equals, value = line.partition("=")
            found.setdefault(key.strip(), value.strip())
    return found


def _exec(entry: Mapping[str, str]) -> list[str]:
    """The command without the places of files that are to be opened."""
    with contextlib.suppress(ValueError):
        words = shlex.split(entry.get("Exec", "").replace("\\\\", "\\"))
        return [word.replace("%%", "%") for word in words if not re.fullmatch(r"%[a-zA-Z]", word)]
    return []
