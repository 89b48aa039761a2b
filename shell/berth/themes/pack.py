"""A theme as one file: a zip archive in exactly one form.

The same theme is the same bytes everywhere: entries are sorted, stored as they are, without times, owners and
comments, behind a manifest with the digest of each file. Since there is one form only, a file is what it
claims if making it anew gives the same bytes; nothing can hide between, before or behind the entries, and
nothing is unpacked. Format: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT.
"""

from __future__ import annotations

import hashlib
import json
import stat
import struct
import zlib

from berth.core.problem import Problem
from berth.core.uri_list import THEME_SUFFIX
from berth.themes.folder import Description
from berth.themes.package import MOST_BYTES, MOST_FILES, Files, check_names, examine

SUFFIX = THEME_SUFFIX
FORMAT = 1
MANIFEST = "manifest.json"
MOST_PACKED = MOST_BYTES + (1 << 20)

_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_LOCAL_SIGN, _CENTRAL_SIGN, _END_SIGN = b"PK\3\4", b"PK\1\2", b"PK\5\6"
_NEEDS = 10
_UNIX = 3 << 8 | 20
_DATE = 0x21
_MODE = stat.S_IFREG | 0o644
_ENCRYPTED = 1
_HINT = "Get the file again, or ask who made it to use: berth theme pack."


def packed(files: Files) -> bytes:
    """The one file of a theme. Raises what `examine` raises."""
    return _archive({MANIFEST: _manifest(examine(files), files), **dict(sorted(files.items()))})


def unpacked(data: bytes) -> dict[str, bytes]:
    """The files of a theme from its one file.

    Raises:
        Problem: ``pack-invalid`` if `data` is nothing that `packed` makes, or what `examine` raises.
    """
    if len(data) > MOST_PACKED:
        raise _invalid("The file is too large.", f"A packed theme has {MOST_PACKED >> 20} MiB at most.")
    try:
        files = _entries(data)
    except struct.error:
        raise _invalid("The file is damaged.") from None
    manifest = files.pop(MANIFEST, None)
    _check_format(manifest)
    if packed(files) != data:
        raise _invalid("The file is not as a theme is packed.")
    return files


def _invalid(message: str, hint: str = _HINT) -> Problem:
    return Problem("pack-invalid", message, hint)


def _manifest(description: Description, files: Files) -> bytes:
    listed = [
        {"path": name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        for name, data in sorted(files.items())
    ]
    # An author who is not named is not written either, as before there were any.
    says = {key: text for key, text in description._asdict().items() if text or key != "author"}
    found = {"format": FORMAT, **says, "files": listed}
    return json.dumps(found, ensure_ascii=True, indent=1, sort_keys=True).encode() + b"\n"


def _check_format(manifest: bytes | None) -> None:
    try:
        found = json.loads(manifest or b"")
        kind = found["format"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise _invalid("The file is no packed theme.") from None
    if kind != FORMAT:
        raise _invalid("The file was packed by another version of Berth.", "Use a newer Berth.")


# --- the archive


def _archive(entries: Files) -> bytes:
    body, directory = bytearray(), bytearray()
    for name, data in entries.items():
        path = name.encode("ascii")
        common = (_NEEDS, 0, 0, 0, _DATE, zlib.crc32(data), len(data), len(data), len(path), 0)
        directory += _CENTRAL.pack(_CENTRAL_SIGN, _UNIX, *common, 0, 0, 0, _MODE << 16, len(body)) + path
        body += _LOCAL.pack(_LOCAL_SIGN, *common) + path + data
    end = _END.pack(_END_SIGN, 0, 0, len(entries), len(entries), len(directory), len(body), 0)
    return bytes(body + directory + end)


def _entries(data: bytes) -> dict[str, bytes]:
    """What the directory names; only what would be dangerous to go on with is refused here."""
    if not data.startswith(_LOCAL_SIGN) or len(data) < _END.size:
        raise _invalid("The file is no packed theme.")
    sign, _disk, _first, _here, count, _size, place, _comment = _END.unpack_from(data, len(data) - _END.size)
    if sign != _END_SIGN:
        raise _invalid("The file is damaged, or was not made by Berth.")
    if count > MOST_FILES + 1:
        raise _invalid("The file holds too many files.", f"A theme has {MOST_FILES} at most.")
    found: dict[str, bytes] = {}
    names: list[str] = []
    total = 0
    for _ in range(count):
        name, start, size, place = _entry(data, place)
        names.append(name)
        total += size
        if start + size > len(data) or total > len(data):
            raise _invalid("The file is damaged.")
        found[name] = data[start : start + size]
    check_names([name for name in names if name != MANIFEST])
    return found


def _entry(data: bytes, place: int) -> tuple[str, int, int, int]:
    """Name, start and size of an entry, and where the next one is described."""
    sign, _by, _needs, flags, method, _time, _date, _crc, size, unpacked_size, length, *rest = _CENTRAL.unpack_from(
        data, place
    )
    extra, comment, _disk, _inner, attributes, start = rest
    if sign != _CENTRAL_SIGN:
        raise _invalid("The file is damaged.")
    raw = data[place + _CENTRAL.size : place + _CENTRAL.size + length]
    name = raw.decode("latin-1")
    shown = ascii(name[:80])[1:-1]
    mode = attributes >> 16
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        what = "a link" if stat.S_ISLNK(mode) else "a folder" if stat.S_ISDIR(mode) else "no plain file"
        raise _invalid(f"“{shown}” is {what}.", "A packed theme has plain files only.")
    if flags & _ENCRYPTED:
        raise _invalid(f"“{shown}” is encrypted.")
    if method or size != unpacked_size:
        hint = "Unpack it with another program, and install the folder."
        raise _invalid("The file was not made by berth theme pack.", hint)
    start += _LOCAL.size + length
    return name, start, size, place + _CENTRAL.size + length + extra + comment
