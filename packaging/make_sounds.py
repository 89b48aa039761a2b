"""Makes the sounds that come with Berth's themes, anew and the same each time. What it writes is under CC0-1.0.

Needs nothing but Python's standard library: ``python3 packaging/make_sounds.py`` in the checkout.
"""

from __future__ import annotations

import math
import struct
import wave
from collections.abc import Callable, Iterable
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent


class Note(NamedTuple):
    """`pitch` in hertz; `start` and `length` in seconds."""

    pitch: float
    start: float
    length: float
    loudness: float = 1.0


# Partials of a struck bar of wood, softened: their pitch, their loudness, and how fast they fade.
_PARTIALS = ((1.0, 1.0, 7.0), (2.01, 0.28, 11.0), (3.97, 0.12, 18.0))
_ATTACK = 0.006
_RELEASE = 0.03

CALM: dict[str, tuple[Note, ...]] = {
    "bell": (Note(880, 0, 0.4),),
    "message": (Note(659.26, 0, 0.3, 0.7), Note(987.77, 0.09, 0.36, 0.8)),
    "dialog-warning": (Note(587.33, 0, 0.26), Note(587.33, 0.16, 0.34)),
    "dialog-error": (Note(493.88, 0, 0.3), Note(349.23, 0.15, 0.42)),
    "dialog-question": (Note(523.25, 0, 0.26), Note(659.26, 0.12, 0.26), Note(783.99, 0.24, 0.4)),
    "device-added": (Note(523.25, 0, 0.22, 0.8), Note(783.99, 0.1, 0.36, 0.8)),
    "screen-capture": (Note(1567.98, 0, 0.08, 0.6), Note(1046.5, 0.07, 0.14, 0.6)),
    "audio-volume-change": (Note(698.46, 0, 0.09, 0.6),),
    "desktop-login": (
        *(Note(392, 0, 0.6, 0.5), Note(523.25, 0.14, 0.6, 0.6), Note(659.26, 0.28, 0.6, 0.6)),
        Note(783.99, 0.42, 0.7, 0.7),
    ),
}
"""The default theme's, in C major."""
BEEPS: dict[str, tuple[Note, ...]] = {
    "bell": (Note(800, 0, 0.2),),
    "message": (Note(1000, 0, 0.08), Note(1333, 0.1, 0.08)),
    "dialog-warning": (Note(600, 0, 0.12), Note(600, 0.16, 0.12)),
    "dialog-error": (Note(300, 0, 0.3),),
    "dialog-question": (Note(700, 0, 0.1), Note(900, 0.12, 0.16)),
    "device-added": (Note(500, 0, 0.08), Note(1000, 0.1, 0.12)),
    "screen-capture": (Note(2000, 0, 0.03),),
    "audio-volume-change": (Note(1000, 0, 0.03),),
    "desktop-login": (Note(523, 0, 0.1), Note(659, 0.11, 0.1), Note(784, 0.22, 0.1), Note(1047, 0.33, 0.25)),
}
"""Beige's: the little speaker that computers had."""


def bar(note: Note, time: float) -> float:
    """A soft bar of wood, `time` seconds after it was struck; between -1 and 1."""
    sum_ = sum(
        share * math.exp(-fade * time) * math.sin(2 * math.pi * note.pitch * factor * time)
        for factor, share, fade in _PARTIALS
    )
    edge = min(time / _ATTACK, 1.0, (note.length - time) / _RELEASE)
    return sum_ * max(edge, 0.0) / sum(share for _factor, share, _fade in _PARTIALS)


def speaker(note: Note, time: float) -> float:
    """A membrane that is out or in."""
    return 1.0 if (time * note.pitch) % 1.0 < 0.5 else -1.0


def samples(notes: Iterable[Note], voice: Callable[[Note, float], float], rate: int, loudness: float) -> list[float]:
    """The notes together, `rate` times a second."""
    notes = list(notes)
    mixed = [0.0] * math.ceil(max(note.start + note.length for note in notes) * rate)
    for note in notes:
        first = round(note.start * rate)
        for number in range(min(math.floor(note.length * rate), len(mixed) - first)):
            mixed[first + number] += loudness * note.loudness * voice(note, number / rate)
    return [max(-1.0, min(1.0, value)) for value in mixed]


def calm(notes: Iterable[Note]) -> bytes:
    """A WAV of 16 bits."""
    values = [round(32767 * value) for value in samples(notes, bar, 22050, 0.55)]
    return _wav(struct.pack(f"<{len(values)}h", *values), 22050, 2)


def beeps(notes: Iterable[Note]) -> bytes:
    """A WAV of 8 bits, which are counted from 0 in these."""
    return _wav(bytes(round(128 + 127 * value) for value in samples(notes, speaker, 11025, 0.25)), 11025, 1)


def _wav(frames: bytes, rate: int, width: int) -> bytes:
    file = BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(width)
        writer.setframerate(rate)
        writer.writeframes(frames)
    return file.getvalue()


def made() -> dict[Path, bytes]:
    """Every file, from the root of the checkout on."""
    found = {Path("themes/default/sounds", f"{name}.wav"): calm(notes) for name, notes in CALM.items()}
    return found | {Path("themes/beige/sounds", f"{name}.wav"): beeps(notes) for name, notes in BEEPS.items()}


def main() -> None:
    for path, data in made().items():
        (ROOT / path).parent.mkdir(exist_ok=True)
        (ROOT / path).write_bytes(data)


if __name__ == "__main__":
    main()
