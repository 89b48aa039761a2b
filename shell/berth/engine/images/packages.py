"""The Debian packages of a root file system or a layer, read from what dpkg noted in it.

An image may be a stranger's: no link in it is followed, and what is read has an end.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

import msgspec

STATUS = ("var", "lib", "dpkg", "status")
_MAX_STATUS = 32 << 20
_MAX_PACKAGES = 20_000
_MAX_FIELD = 200
_NAME = re.compile(r"[a-z0-9][a-z0-9+.-]{1,100}")
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+:~-]{0,100}")
_ADDRESS = re.compile(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~!$&'()*+,;=:@%/?#-]*)?")
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class Package(msgspec.Struct, frozen=True):
    """An installed Debian package; `homepage` may be empty."""

    name: str
    version: str
    architecture: str
    source: str
    source_version: str
    maintainer: str
    homepage: str


def installed(tree: Path) -> tuple[Package, ...] | None:
    """The packages that are installed in `tree`, by name; None if it says nothing of packages."""
    status = _read_inside(tree, STATUS)
    if status is None:
        return None
    found = {package.name: package for package in _packages(status.decode(errors="replace"))}
    return tuple(found[name] for name in sorted(found)[:_MAX_PACKAGES])


def _read_inside(tree: Path, parts: tuple[str, ...]) -> bytes | None:
    """A regular file of at most `_MAX_STATUS` bytes, reached through directories alone."""
    with contextlib.ExitStack() as opened:
        try:
            directory = os.open(tree, _DIRECTORY)
            for part in parts[:-1]:
                opened.callback(os.close, directory)
                directory = os.open(part, _DIRECTORY, dir_fd=directory)
            opened.callback(os.close, directory)
            # Without O_NONBLOCK a named pipe would block us for ever.
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
            file = os.open(parts[-1], flags, dir_fd=directory)
        except OSError:
            return None
        with os.fdopen(file, "rb") as content:
            if not stat.S_ISREG(os.fstat(file).st_mode):
                return None
            data = content.read(_MAX_STATUS + 1)
    return data if len(data) <= _MAX_STATUS else None


def _packages(status: str) -> Iterator[Package]:
    for stanza in status.split("\n\n"):
        fields = _fields(stanza)
        name, version = fields.get("Package", ""), fields.get("Version", "")
        there = fields.get("Status", "").endswith(" installed")
        if there and _NAME.fullmatch(name) and _VERSION.fullmatch(version):
            yield _package(name, version, fields)


def _package(name: str, version: str, fields: dict[str, str]) -> Package:
    # “NAME (VERSION)”, the version only where it is another than the package's; nothing where both are the same.
    source, _, source_version = fields.get("Source", "").partition(" ")
    homepage = fields.get("Homepage", "")
    return Package(
        name,
        version,
        fields.get("Architecture", ""),
        source or name,
        source_version.strip("()") or version,
        fields.get("Maintainer", ""),
        homepage if _ADDRESS.fullmatch(homepage) else "",
    )


def _fields(stanza: str) -> dict[str, str]:
    """The fields of one line; longer ones (descriptions, lists of files) are of no use here."""
    lines = (line.partition(":") for line in stanza.splitlines() if not line.startswith((" ", "\t")))
    return {name: value.strip()[:_MAX_FIELD] for name, _colon, value in lines}
