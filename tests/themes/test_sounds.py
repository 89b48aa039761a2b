"""Sounds of a theme: what a sheet names, and what of strangers' files never reaches a decoder."""

from __future__ import annotations

import runpy
import struct
import subprocess
import wave
from functools import cache
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from berth.core.problem import Problem
from berth.themes import sounds
from berth.themes.engine import Engine
from berth.themes.lint import check
from berth.themes.package import examine_file
from berth.themes.sounds import SOUNDS, examine_sound, read_sound, read_sounds
from berth.themes.stack import Stack
from berth.themes.vocabulary import ROOT, element_at
from tests.themes.packing import TOML, folder_of

REPOSITORY = Path(__file__).parents[2]
DEFAULT = REPOSITORY / "themes/default"
made = runpy.run_path(str(REPOSITORY / "packaging/make_sounds.py"))["made"]


def wav(seconds: float = 0.5, rate: int = 22050, channels: int = 1, width: int = 2) -> bytes:
    file = BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setparams((channels, width, rate, 0, "NONE", ""))
        writer.writeframes(bytes(width * channels * round(seconds * rate)))
    return file.getvalue()


def vorbis(data: bytes) -> bytes:
    """As a real encoder makes it."""
    return subprocess.run(["oggenc", "--quiet", "-"], input=data, capture_output=True, check=True).stdout


@cache
def short_ogg() -> bytes:
    return vorbis(wav(0.05, 8000))


@pytest.fixture(scope="module")
def ogg() -> bytes:
    return vorbis(wav(1.25, channels=2))


def refused(data: bytes, words: str) -> None:
    with pytest.raises(Problem, match=words) as caught:
        examine_sound(data, "a")
    assert caught.value.code == "theme-sound"


def test_sound_files_have_their_length(ogg: bytes) -> None:
    assert examine_sound(wav(0.5), "a") == sounds.Sound("wav", 0.5)
    assert examine_sound(wav(0.25, 48000, 2, 3), "a") == sounds.Sound("wav", 0.25)
    assert examine_sound(wav(1, 8000, 1, 1), "a").seconds == 1
    found = examine_sound(ogg, "a")
    assert (found.format, round(found.seconds, 3)) == ("vorbis", 1.25)
    assert examine_sound(vorbis(wav(4.9, 8000)), "a").seconds == pytest.approx(4.9)


def test_what_is_too_long_or_too_large_is_refused() -> None:
    refused(wav(5.1, 8000), "seconds long")
    refused(vorbis(wav(5.1, 8000)), "seconds long")
    refused(wav(4, 44100, 2), "too large")


def test_rare_kinds_are_refused(ogg: bytes) -> None:
    refused(wav(0.1, 96000), "rare kind")
    refused(wav(0.1, 4000), "rare kind")
    refused(wav(0.1, channels=6), "rare kind")
    refused(wav(0.1, width=4), "rare kind")
    floats = bytearray(wav(0.1))
    floats[20:22] = struct.pack("<H", 3)
    refused(bytes(floats), "rare kind")
    refused(b"ID3\x04" + bytes(200), "no sound")
    refused(b"fLaC" + bytes(200), "no sound")
    refused(b"", "no sound")


def test_a_wav_has_exactly_what_it_says() -> None:
    good = wav(0.1)
    refused(good + b"\0\0", "damaged")
    refused(good[:-2], "damaged")
    refused(good[:30], "damaged")
    refused(wav(0), "damaged")
    refused(good[:36] + struct.pack("<4sI", b"data", 3) + good[44:47], "damaged")


def test_extensible_wavs_are_plain_ones() -> None:
    body = struct.pack("<HHIIHHHHI", 0xFFFE, 1, 8000, 16000, 2, 16, 22, 16, 4) + sounds._PCM_SUBTYPE
    chunks = b"WAVE" + struct.pack("<4sI", b"fmt ", len(body)) + body + struct.pack("<4sI", b"data", 1600) + bytes(1600)
    assert examine_sound(b"RIFF" + struct.pack("<I", len(chunks)) + chunks, "a").seconds == 0.1


def test_an_ogg_is_one_whole_stream(ogg: bytes) -> None:
    refused(ogg + b"\0", "damaged")
    refused(ogg[:-1], "damaged")
    refused(ogg + ogg, "damaged")
    changed = bytearray(ogg)
    changed[len(ogg) // 2] ^= 1
    refused(bytes(changed), "damaged")
    pages = [b"OggS" + page for page in ogg.split(b"OggS")[1:]]
    refused(b"".join(pages[:-1]), "damaged")
    refused(pages[0] + b"".join(pages[2:]), "damaged")


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 200), st.sampled_from(["wav", "ogg", ""]))
def test_nothing_else_than_a_problem_comes_of_any_bytes(noise: bytes, at: int, kind: str) -> None:
    base = {"wav": wav(0.01), "ogg": short_ogg(), "": b""}[kind]
    try:
        examine_sound(base[:at] + noise + base[at + len(noise) :], "a")
    except Problem as problem:
        assert problem.code == "theme-sound"


def test_only_files_of_the_folder_are_read(tmp_path: Path) -> None:
    folder = folder_of({"a.wav": wav()}, tmp_path / "theme")
    (tmp_path / "secret.wav").write_bytes(wav())
    (folder / "link.wav").symlink_to(tmp_path / "secret.wav")
    assert read_sound(folder, "a.wav") == wav()
    for name in ("../secret.wav", "link.wav", "none.wav", "/dev/zero"):
        with pytest.raises(Problem) as caught:
            read_sound(folder, name)
        assert caught.value.code == "theme-file"


def named(style: str, tmp_path: Path) -> dict[str, str]:
    folder = folder_of({"theme.toml": TOML, "style.css": style.encode(), "parts/more.css": b""}, tmp_path / "mine")
    engine = Engine(Stack(DEFAULT, folder).read({}))
    return {name: file.url.path for name, file in read_sounds(engine.style(element_at(engine.elements, ROOT))).items()}


def test_a_sheet_names_sounds_and_takes_them_away(tmp_path: Path) -> None:
    found = named(":root { --sound-bell: url(ding.ogg); --sound-message: none; --sound-dialog-error: loud }", tmp_path)
    assert found["bell"] == "ding.ogg"
    assert "message" not in found
    assert "dialog-error" not in found
    assert found["dialog-question"] == "sounds/dialog-question.wav", "the default theme's"


def test_sounds_follow_conditions(tmp_path: Path) -> None:
    style = "@media (prefers-color-scheme: light) { :root { --sound-bell: none } }"
    assert "bell" not in named(style, tmp_path)


def test_check_judges_them(tmp_path: Path) -> None:
    style = ":root { --sound-bell: url(a.wav); --sound-message: url(b.wav); --sound-belly: none; --sound-dialog-error: "
    files = {"theme.toml": TOML, "style.css": f"{style}url(gone.wav) }}".encode()}
    files |= {"a.wav": wav(), "b.wav": b"RIFF", "unused.ogg": short_ogg()}
    found = {(one.code, one.message) for one in check(folder_of(files, tmp_path / "mine"), DEFAULT)}
    assert ("theme-sound", "“b.wav” is a damaged sound.") in found
    assert ("theme-file", "There is no file “gone.wav” in the theme.") in found
    assert ("custom-unused", "Nothing uses --sound-belly.") in found
    assert ("file-unused", "No sheet of the theme uses this file.") in found
    assert not any("a.wav" in message for _code, message in found)


def test_a_packed_theme_has_what_its_names_say(ogg: bytes) -> None:
    examine_file("sounds/a.wav", wav())
    examine_file("sounds/a.oga", ogg)
    for name, data in (("a.wav", ogg), ("a.ogg", wav()), ("a.mp3", b"ID3")):
        with pytest.raises(Problem):
            examine_file(name, data)


def test_those_that_ship_are_made_by_the_script_and_all_are_there() -> None:
    for path, data in made().items():
        kept = (REPOSITORY / path).read_bytes()
        assert kept[:44] == data[:44]
        # The last bit is the business of each machine's mathematics.
        assert max(abs(one - other) for one, other in zip(_values(kept), _values(data), strict=True)) <= 1
        assert examine_sound(kept, path.name).seconds < 1.5
    for theme in ("default", "beige"):
        assert {path.stem for path in made() if path.parts[1] == theme} == set(SOUNDS)


def _values(data: bytes) -> list[int]:
    with wave.open(BytesIO(data)) as reader:
        frames, wide = reader.readframes(reader.getnframes()), reader.getsampwidth() == 2
    return list(struct.unpack(f"<{len(frames) // 2}h", frames)) if wide else list(frames)
