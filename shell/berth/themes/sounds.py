"""Sounds that a theme brings, as custom properties of the root, and what of a stranger's file is one.

``--sound-bell: url(sounds/bell.ogg)`` is played when a window rings; ``none`` keeps quiet. Two formats are enough and
small enough to be looked through here: PCM in RIFF WAVE, and Vorbis in Ogg (RFC 3533, the Vorbis I specification).
Nothing here decodes; what does is a process of its own.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from berth.core.problem import Problem
from berth.themes.computed import Style
from berth.themes.folder import read_bytes_inside
from berth.themes.named_files import NamedFile, read_files

SOUNDS: Mapping[str, str] = {
    "bell": "a window rings",
    "message": "a notice tells of something",
    "dialog-warning": "a notice warns",
    "dialog-error": "a notice says what went wrong",
    "dialog-question": "an app asks for something",
    "device-added": "a drive with apps is there",
    "screen-capture": "an app begins to see the screen",
    "audio-volume-change": "the volume is another one",
    "desktop-login": "the session has begun",
}
"""Each of the names of freedesktop's sound naming that the desktop has a use for, and when it is played."""
PROPERTIES: Mapping[str, str] = {f"--sound-{name}": name for name in SOUNDS}
"""The custom property of each sound."""
FORMATS = {".wav": "wav", ".ogg": "vorbis", ".oga": "vorbis"}
MOST_BYTES = 256 << 10
MOST_SECONDS = 5.0

_RATES = range(8000, 48001)
_MOST_CHUNKS = 64
_PCM, _EXTENSIBLE = 1, 0xFFFE
# KSDATAFORMAT_SUBTYPE_PCM, with which an extensible WAVE says that it is a plain one.
_PCM_SUBTYPE = bytes.fromhex("0100000000001000800000aa00389b71")
_OGG_HEAD = struct.Struct("<4sBBqIIIB")
_VORBIS_HEAD = struct.Struct("<7sIBIiiiBB")
_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


class Sound(NamedTuple):
    """What a file says it is: ``wav`` or ``vorbis``, and how long."""

    format: str
    seconds: float


def read_sounds(root: Style) -> dict[str, NamedFile]:
    """The files of sounds that the style of the root names."""
    return read_files(root, PROPERTIES)


def read_sound(folder: Path, name: str) -> bytes:
    """The contents of the sound `name` of a theme's folder.

    Raises:
        Problem: ``theme-file`` if there is no such file inside of the folder, or as `examine_sound` does.
    """
    data = read_bytes_inside(folder, name, MOST_BYTES)
    examine_sound(data, name)
    return data


def examine_sound(data: bytes, name: str) -> Sound:
    """What `data`, the contents of a file called `name`, is a sound of.

    Raises:
        Problem: ``theme-sound`` if it is no WAV or Ogg Vorbis, is damaged, too large or too long.
    """
    if len(data) > MOST_BYTES:
        raise _refused(name, "is too large", f"A sound has {MOST_BYTES >> 10} KiB at most.")
    try:
        if data.startswith(b"RIFF"):
            found = Sound("wav", _wav(data, name))
        elif data.startswith(b"OggS"):
            found = Sound("vorbis", _vorbis(data, name))
        else:
            raise _refused(name, "is no sound that a theme can have", "Save it as WAV or Ogg Vorbis.")
    except struct.error:
        raise _damaged(name) from None
    if found.seconds > MOST_SECONDS:
        raise _refused(name, f"is {found.seconds:.1f} seconds long", f"A sound has {MOST_SECONDS:g} seconds at most.")
    return found


def _refused(name: str, what: str, hint: str) -> Problem:
    return Problem("theme-sound", f"“{name}” {what}.", hint)


def _damaged(name: str) -> Problem:
    return _refused(name, "is a damaged sound", "Save it again.")


def _rare(name: str) -> Problem:
    return _refused(name, "is a sound of a rare kind", "Save it with one or two channels and 8 to 48 kHz.")


# --- WAV


def _wav(data: bytes, name: str) -> float:
    """Its length in seconds."""
    size, form = struct.unpack_from("<I4s", data, 4)
    if size + 8 != len(data) or form != b"WAVE":
        raise _damaged(name)
    place, rate, frame = 12, 0, 0
    seconds = 0.0
    for _ in range(_MOST_CHUNKS):
        if place == len(data):
            if not seconds:
                raise _damaged(name)
            return seconds
        kind, length = struct.unpack_from("<4sI", data, place)
        body, end = place + 8, place + 8 + length
        if end > len(data):
            raise _damaged(name)
        # Many writers leave out the byte that fills up the last chunk.
        place = min(end + length % 2, len(data))
        if kind == b"fmt " and not rate:
            rate, frame = _wav_format(data[body : body + length], name)
        elif kind == b"data":
            if not rate or seconds or length % frame or not length:
                raise _damaged(name)
            seconds = length / frame / rate
    raise _damaged(name)


def _wav_format(body: bytes, name: str) -> tuple[int, int]:
    """Frames each second, and bytes of a frame."""
    kind, channels, rate, speed, frame, bits = struct.unpack_from("<HHIIHH", body)
    if kind == _EXTENSIBLE and body[24:40] == _PCM_SUBTYPE:
        kind = _PCM
    if kind != _PCM or channels not in (1, 2) or bits not in (8, 16, 24) or rate not in _RATES:
        raise _rare(name)
    if frame != channels * bits // 8 or speed != rate * frame:
        raise _damaged(name)
    return rate, frame


# --- Vorbis


def _vorbis(data: bytes, name: str) -> float:
    """Its length in seconds: one logical stream, each page sound and in its place."""
    place = number = stream = rate = samples = 0
    granule: int
    while True:
        mark, version, flags, granule, serial, sequence, crc, segments = _OGG_HEAD.unpack_from(data, place)
        table = data[place + _OGG_HEAD.size : place + _OGG_HEAD.size + segments]
        body = place + _OGG_HEAD.size + segments
        end = body + sum(table)
        if mark != b"OggS" or version or len(table) != segments or end > len(data) or sequence != number:
            raise _damaged(name)
        if crc != _crc(data[place : place + 22] + bytes(4) + data[place + 26 : end]):
            raise _damaged(name)
        if number == 0:
            stream, rate = serial, _vorbis_head(data[body:end], name)
        elif number == 1 and data[body : body + 7] != b"\x03vorbis":
            raise _damaged(name)
        if serial != stream or bool(flags & 2) != (number == 0) or -1 != granule < samples:
            raise _damaged(name)
        samples = max(samples, granule)
        place, number = end, number + 1
        if flags & 4:
            if place != len(data) or not samples:
                raise _damaged(name)
            return samples / rate


def _vorbis_head(body: bytes, name: str) -> int:
    """Samples each second."""
    if len(body) != _VORBIS_HEAD.size or not body.startswith(b"\x01vorbis"):
        raise _rare(name)
    rate: int
    _mark, version, channels, rate, _most, _usual, _least, _blocks, framing = _VORBIS_HEAD.unpack(body)
    if version or not framing & 1:
        raise _damaged(name)
    if channels not in (1, 2) or rate not in _RATES:
        raise _rare(name)
    return rate


def _crc(page: bytes) -> int:
    """Ogg's sum over a page, which is zlib's one with the bits the other way round and without its complements."""
    mirrored = zlib.crc32(page.translate(_MIRRORED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int.from_bytes(mirrored.to_bytes(4, "little").translate(_MIRRORED), "big")
