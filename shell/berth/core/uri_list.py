"""Lists of files as apps hand them over (``text/uri-list`` and its relatives), read and written without trust.

What an app names are places in its own file system. Another app sees other files there, so a list is taken
apart, and put together again with the places where the other app finds what is meant.

Source: RFC 2483, section 5; RFC 8089 for ``file:``.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple
from urllib.parse import quote_from_bytes, unquote_to_bytes

URI_LIST = "text/uri-list"
_KDE_LIST = "application/x-kde4-urilist"
_COPIED = ("x-special/gnome-copied-files", "x-special/mate-copied-files")
"""The clipboard of file managers: the word *copy* or *cut*, then the list."""

LISTS = (URI_LIST, _KDE_LIST, *_COPIED)
"""Types that name files, the one to read first first."""

CUT_MARK = "application/x-kde-cutselection"
"""The word *cut* for file managers of KDE, beside the list: ``1`` or ``0``."""

THEME_SUFFIX = ".berth-theme"
"""What the name of a packed theme ends with."""

MAX_BYTES = 4 << 20
MAX_FILES = 10_000
MAX_NAME = 255
MAX_PATH = 4096

_WELL_FORMED = re.compile(rb"[A-Za-z][A-Za-z0-9+.-]*:[\x21-\x7e\x80-\xff]+")
"""No blank and no control character: some programs ignore those inside an address, and so read it differently."""

_ELSEWHERE = frozenset(b"http https ftp ftps sftp smb dav davs ssh mailto magnet tel sms geo".split())
"""Schemes of addresses that mean the same in every app, as they do not lead into its own files."""


class Item(NamedTuple):
    """A line of a list: a file by its absolute `path`, or the address of something elsewhere."""

    path: bytes = b""
    address: bytes = b""


def read_list(data: bytes, mime_type: str) -> tuple[Item, ...]:
    """The items of a list in their order; lines that are neither a file's address nor one of elsewhere are left out.

    Raises:
        ValueError: more than `MAX_FILES`.
    """
    lines = data.split(b"\n")
    found = [_item(line.strip(b" \t\r\0")) for line in (lines[1:] if mime_type in _COPIED else lines)]
    items = tuple(item for item in found if item is not None)
    if len(items) > MAX_FILES:
        raise ValueError(f"{len(items)} files")
    return items


def write_list(addresses: Iterable[bytes], mime_type: str) -> bytes:
    """A list of one of the types `LISTS`. Files go as copies: nobody but their own app may take them away."""
    if mime_type in _COPIED:
        return b"\n".join((b"copy", *addresses))
    return b"".join(address + b"\r\n" for address in addresses)


def file_address(path: bytes) -> bytes:
    return b"file://" + quote_from_bytes(path).encode()


def names_of(paths: Sequence[bytes]) -> tuple[bytes, ...]:
    """A name for each path, all different, so that the files can lie in one directory."""
    taken: set[bytes] = set()
    return tuple(_free_name(posixpath.basename(path.rstrip(b"/")), taken) for path in paths)


def is_name(part: bytes) -> bool:
    """Whether it can be the name of one entry of a directory, and of nothing else."""
    return 0 < len(part) <= MAX_NAME and part not in (b".", b"..") and b"/" not in part and b"\0" not in part


def stays_below(depth: int, target: bytes) -> bool:
    """Whether a symbolic link that lies `depth` directories below a root leads to something below that root,
    whatever other links that stay below it are met on the way.

    It may go up first, as far as the root, and then only down: each link is then followed from where it
    really lies, never from where another one seemed to lead.
    """
    if not target or target.startswith(b"/"):
        return False
    parts = [part for part in target.split(b"/") if part not in (b"", b".")]
    ups = next((at for at, part in enumerate(parts) if part != b".."), len(parts))
    return ups <= depth and b".." not in parts[ups:]


def _item(line: bytes) -> Item | None:
    if not _WELL_FORMED.fullmatch(line):
        return None
    scheme, _colon, rest = line.partition(b":")
    if scheme.lower() == b"file":
        path = _path(rest)
        return Item(path) if path else None
    return Item(address=line) if scheme.lower() in _ELSEWHERE else None


def _path(rest: bytes) -> bytes:
    """What follows ``file:`` as an absolute path of this machine, empty if it is none."""
    if rest.startswith(b"//"):
        host, slash, local = rest[2:].partition(b"/")
        if host.lower() not in (b"", b"localhost"):
            return b""
        rest = slash + local
    path = unquote_to_bytes(re.split(rb"[?#]", rest, maxsplit=1)[0])
    return path if path.startswith(b"/") and b"\0" not in path and len(path) < MAX_PATH else b""


def _free_name(wanted: bytes, taken: set[bytes]) -> bytes:
    name = wanted if is_name(wanted) else b"files"
    stem, dot, ending = name.rpartition(b".") if b"." in name[1:] else (name, b"", b"")
    number = 1
    while name in taken:
        number += 1
        tail = b" (%d)" % number + dot + ending
        name = stem[: max(MAX_NAME - len(tail), 0)] + tail if len(tail) < MAX_NAME else b"%d" % number
    taken.add(name)
    return name
