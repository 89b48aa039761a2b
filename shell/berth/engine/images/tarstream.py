"""A strict reader of tar streams from strangers.

Python's `tarfile` accepts far more than an image needs and has a history of loops and
blow-ups on crafted headers, so this one reads just what image tools write: ustar,
pax (path, linkpath, size, mtime) and GNU long names. Anything else is refused.

Source: POSIX.1-2017 pax, "ustar Interchange Format"; GNU tar manual, "Basic Tar Format".
"""

from __future__ import annotations

import functools
import hashlib
import lzma
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, BinaryIO, Literal, Protocol

from berth.core.problem import Problem

BLOCK = 512
CHUNK = 1 << 20
_MAX_EXTENSION = 1 << 20
_MAX_NAME = 4096
_MAX_TIME = 1 << 40
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_GZIP = 31
"""What zlib calls a window of 32 KB with gzip's header and checksum around."""
_GZIP_CHUNK = 1 << 17
_GZIP_HEADER = 1 << 12
"""Bytes, more than any has: a header that comes in two pieces is not always understood."""
_ZSTD_CHUNK = 1 << 10
_ZSTD_WINDOW = 128 << 20
"""Bytes of memory that an archive may ask for: what ``zstd`` itself takes without being told to."""

Kind = Literal["file", "directory", "symlink", "hardlink", "device", "special"]
_KINDS: dict[bytes, Kind] = {
    b"0": "file",
    b"\0": "file",
    b"7": "file",
    b"1": "hardlink",
    b"2": "symlink",
    b"3": "device",
    b"4": "device",
    b"5": "directory",
    b"6": "special",
}


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


def damaged(why: str) -> Problem:
    return Problem("archive-damaged", f"The archive is damaged: {why}.", "Fetch or make the archive again.")


class NotTar(Problem):
    """It does not even begin like one."""


def open_compressed(file: BinaryIO) -> Readable:
    """The uncompressed bytes of a plain, gzip, xz or zstd file, told apart by its first bytes."""
    magic = file.read(6)
    file.seek(0)
    if magic[:2] == b"\x1f\x8b":
        return _Gzip(file)
    if magic == b"\xfd7zXZ\0":
        return lzma.LZMAFile(file)
    if magic[:4] == ZSTD_MAGIC:
        return _Zstd(file)
    return file


class _Gzip:
    """Python's own reader asks zlib for 8 KB at a time, and zlib takes four times as long."""

    def __init__(self, file: BinaryIO) -> None:
        # Imported with the first archive that needs it.
        from isal import isal_zlib

        self._file = file
        self._fresh: Callable[[], Any] = functools.partial(isal_zlib.decompressobj, wbits=_GZIP)
        self._error: type[Exception] = isal_zlib.error  # type: ignore[assignment]  # its stub declares an instance
        self._member = self._fresh()
        self._packed = b""

    def read(self, size: int, /) -> bytes:
        while True:
            if self._member.eof and not self._begin_next():
                return b""
            try:
                data: bytes = self._member.decompress(self._packed, size)
            except self._error as error:
                raise damaged(f"it cannot be uncompressed ({error})") from None
            self._packed = self._member.unconsumed_tail
            if data:
                return data
            if not self._packed and not self._member.eof:
                self._packed = self._file.read(_GZIP_CHUNK)
                if not self._packed:
                    raise damaged("it ends too early")

    def _begin_next(self) -> bool:
        """Members follow each other; zeros, as those that fill up the last block of a tape, do not count."""
        packed = self._member.unused_data or self._file.read(_GZIP_CHUNK)
        while packed and not packed.strip(b"\0"):
            packed = self._file.read(_GZIP_CHUNK)
        self._packed = packed.lstrip(b"\0")
        if len(self._packed) < _GZIP_HEADER:
            self._packed += self._file.read(_GZIP_CHUNK)
        self._member = self._fresh()
        return bool(packed)


class _Zstd:
    """The library's own reader takes a file that was cut off for one that has ended, so this one looks for itself."""

    def __init__(self, file: BinaryIO) -> None:
        # Imported with the first archive that needs it.
        import zstandard

        self._file = file
        self._error: type[Exception] = zstandard.ZstdError
        self._decompressor = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
        self._frame: Any = None
        self._data = b""
        self._taken = 0

    def read(self, size: int, /) -> bytes:
        while self._taken >= len(self._data):
            # So little at a time because a bomb makes 32 KB of each byte.
            packed = (self._frame.unused_data if self._ended else b"") or self._file.read(_ZSTD_CHUNK)
            if not packed:
                if self._frame is not None and not self._frame.eof:
                    raise damaged("it ends too early")
                return b""
            if self._frame is None or self._ended:
                self._frame = self._decompressor.decompressobj()
            try:
                self._data, self._taken = self._frame.decompress(packed), 0
            except self._error as error:
                raise damaged(f"it cannot be uncompressed ({error})") from None
        data = self._data[self._taken : self._taken + size]
        self._taken += len(data)
        return data

    @property
    def _ended(self) -> bool:
        return self._frame is not None and bool(self._frame.eof)


class Measured:
    """Counts and hashes what is read through it, and stops a stream that grows past `limit` bytes."""

    def __init__(self, stream: Readable, limit: int) -> None:
        self._stream = stream
        self._limit = limit
        self._hash = hashlib.sha256()
        self.count = 0

    @property
    def digest(self) -> str:
        return f"sha256:{self._hash.hexdigest()}"

    def read(self, size: int, /) -> bytes:
        try:
            data = self._stream.read(size)
        except (EOFError, lzma.LZMAError) as error:
            raise damaged(f"it cannot be uncompressed ({error})") from None
        self.count += len(data)
        if self.count > self._limit:
            raise Problem(
                "archive-too-large",
                f"The archive unpacks to more than {self._limit // 1_000_000:,} MB,"
                " which is more than an image of its size may have.",
                "Use only images from people you trust; nothing of this one was kept.",
            )
        self._hash.update(data)
        return data

    def drain(self) -> None:
        while self.read(CHUNK):
            pass


@dataclass(frozen=True)
class Entry:
    """One member. `name` and `link` are as the archive has them: check before use."""

    name: str
    kind: Kind
    mode: int
    size: int
    mtime: int
    link: str = ""


class Content:
    """The bytes of the entry last yielded by `entries`."""

    def __init__(self, stream: Readable, size: int) -> None:
        self._stream = stream
        self._left = size
        self._padding = -size % BLOCK

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes, none at the end. Raises `Problem` if the archive ends too early."""
        wanted = min(size, self._left)
        data = _exactly(self._stream, wanted) if wanted else b""
        self._left -= len(data)
        return data

    def skip(self) -> None:
        while self.read(CHUNK):
            pass
        _exactly(self._stream, self._padding)
        self._padding = 0


def entries(stream: Readable) -> Iterator[tuple[Entry, Content]]:
    """Each member with its content, which must be read before the next one is asked for.

    Raises:
        NotTar: for what never was one.
        Problem: ``archive-damaged`` for what is not a well-formed tar, ``archive-unsupported``
            for members no image has (sparse files, multiple volumes).
    """
    extensions: dict[str, str] = {}
    header = _first(stream)
    while header.strip(b"\0"):
        kind = header[156:157]
        size = _number(header[124:136], "size")
        if kind in b"xgLK":
            _extend(extensions, kind, _extension(stream, size))
            header = _exactly(stream, BLOCK, end_allowed=True)
            continue
        entry = _entry(header, kind, size, extensions)
        extensions = {}
        content = Content(stream, entry.size)
        yield entry, content
        content.skip()
        header = _exactly(stream, BLOCK, end_allowed=True)


def _first(stream: Readable) -> bytes:
    """Known by its magic or, where that is older than the magic, by its checksum."""
    header = b""
    while len(header) < BLOCK and (more := stream.read(BLOCK - len(header))):
        header += more
    if not header.strip(b"\0") or header[257:262] == b"ustar":
        return header
    try:
        _check_sum(header.ljust(BLOCK, b"\0"))
    except Problem as problem:
        raise NotTar(problem.code, problem.message, problem.hint) from None
    return header


def _entry(header: bytes, kind: bytes, size: int, extensions: dict[str, str]) -> Entry:
    _check_sum(header)
    if kind not in _KINDS or any(key.startswith("GNU.sparse") for key in extensions):
        raise Problem(
            "archive-unsupported",
            "The archive holds a kind of entry that images do not have (sparse or multi-volume files).",
            "Make it with: tar --format=pax --no-recursion, or with an image tool such as skopeo.",
        )
    name = _text(header[0:100])
    prefix = _text(header[345:500]) if header[257:263] == b"ustar\0" else ""
    entry = Entry(
        name=f"{prefix}/{name}" if prefix else name,
        kind=_KINDS[kind],
        mode=_number(header[100:108], "mode") & 0o7777,
        size=size,
        mtime=_number(header[136:148], "time", signed=True),
        link=_text(header[157:257]),
    )
    entry = _extended(entry, extensions)
    # Before ustar a directory was told by its name alone.
    if entry.kind == "file" and entry.name.endswith("/"):
        entry = replace(entry, kind="directory")
    # Some tools store the size of the target with links; only files have content.
    return entry if entry.kind == "file" else replace(entry, size=0)


def _extended(entry: Entry, extensions: dict[str, str]) -> Entry:
    if "size" in extensions:
        entry = replace(entry, size=_decimal(extensions["size"], "size"))
    if "mtime" in extensions:
        entry = replace(entry, mtime=_decimal(extensions["mtime"].partition(".")[0], "time"))
    entry = replace(
        entry,
        name=extensions.get("path", entry.name),
        link=extensions.get("linkpath", entry.link),
        mtime=max(0, min(entry.mtime, _MAX_TIME)),
    )
    if len(entry.name) > _MAX_NAME or len(entry.link) > _MAX_NAME:
        raise damaged("a name in it is longer than any file system allows")
    return entry


def _extension(stream: Readable, size: int) -> bytes:
    if size > _MAX_EXTENSION:
        raise damaged("an extended header is too large")
    data = _exactly(stream, size)
    _exactly(stream, -size % BLOCK)
    return data


def _extend(extensions: dict[str, str], kind: bytes, data: bytes) -> None:
    if kind == b"L":
        extensions["path"] = os.fsdecode(data.rstrip(b"\0"))
    elif kind == b"K":
        extensions["linkpath"] = os.fsdecode(data.rstrip(b"\0"))
    elif kind == b"x":
        extensions.update(_records(data))
    # Global headers (g) carry comments such as a commit; nothing in them may rename members.


def _records(data: bytes) -> dict[str, str]:
    """The records ``LENGTH KEY=VALUE\\n`` of a pax header."""
    records: dict[str, str] = {}
    start = 0
    while start < len(data):
        space = data.find(b" ", start, start + 20)
        if space < 0 or not data[start:space].isdigit():
            raise damaged("an extended header is malformed")
        end = start + int(data[start:space])
        if end <= space or end > len(data) or data[end - 1 : end] != b"\n":
            raise damaged("an extended header is malformed")
        key, separator, value = data[space + 1 : end - 1].partition(b"=")
        if not separator or b"\0" in value:
            raise damaged("an extended header is malformed")
        records[os.fsdecode(key)] = os.fsdecode(value)
        start = end
    return records


def _check_sum(header: bytes) -> None:
    expected = _number(header[148:156], "checksum")
    if sum(header) - sum(header[148:156]) + 8 * ord(" ") != expected:
        raise damaged("a header has a wrong checksum")


def _number(field: bytes, what: str, signed: bool = False) -> int:
    """An octal field, or GNU's base 256 where the first bit is set."""
    if field[0] & 0x80:
        value = int.from_bytes(bytes([field[0] & 0x7F]) + field[1:], "big")
        if field[0] == 0xFF:
            value = 0 if signed else -1
    else:
        digits = field.split(b"\0", 1)[0].strip()
        if digits.strip(b"01234567"):
            raise damaged(f"a header has an invalid {what}")
        value = int(digits or b"0", 8)
    if value < 0 or value > 1 << 62:
        raise damaged(f"a header has an invalid {what}")
    return value


def _decimal(text: str, what: str) -> int:
    negative = text.startswith("-") and what == "time"
    digits = text[1:] if negative else text
    if not (digits.isascii() and digits.isdigit() and len(digits) < 20):
        raise damaged(f"an extended header has an invalid {what}")
    return 0 if negative else int(digits)


def _text(field: bytes) -> str:
    return os.fsdecode(field.split(b"\0", 1)[0])


def _exactly(stream: Readable, size: int, end_allowed: bool = False) -> bytes:
    data = b""
    while len(data) < size:
        more = stream.read(size - len(data))
        if not more:
            if end_allowed and not data:
                return b""
            raise damaged("it ends too early")
        data += more
    return data
