"""Fonts of strangers: cut down, renamed, and refused where they are not sound."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QByteArray
from PySide6.QtGui import QFont, QFontDatabase, QFontInfo, QGuiApplication

from berth.core.problem import Problem
from berth.themes.fonts import MOST_BYTES, Face, examine_font, prepared
from tests.themes.making_fonts import font


@pytest.fixture(scope="module", autouse=True)
def application() -> QGuiApplication:
    existing = QGuiApplication.instance()
    if isinstance(existing, QGuiApplication):
        return existing
    return QGuiApplication(["berth-tests", "-platform", "offscreen"])


def test_a_font_gets_the_name_that_it_is_given() -> None:
    made = prepared(font(), "a.ttf", Face("Berth test one", 1))
    number = QFontDatabase.addApplicationFontFromData(QByteArray(made))
    assert QFontDatabase.applicationFontFamilies(number) == ["Berth test one"]
    assert QFontInfo(QFont("Berth test one")).family() == "Berth test one"
    assert QFontDatabase.removeApplicationFont(number)


def test_weight_and_slant_are_as_the_sheet_says() -> None:
    made = prepared(font(), "a.ttf", Face("Berth test two", 2, 700, True))
    number = QFontDatabase.addApplicationFontFromData(QByteArray(made))
    assert QFontDatabase.styles("Berth test two") == ["Bold Italic"]
    assert QFontDatabase.weight("Berth test two", "Bold Italic") == 700
    assert QFontDatabase.italic("Berth test two", "Bold Italic")
    QFontDatabase.removeApplicationFont(number)


def test_only_known_tables_are_handed_on() -> None:
    made = prepared(font({b"SVG ": b"<svg/>", b"junk": b"1234"}), "a.ttf", Face("x"))
    assert b"SVG " not in made and b"junk" not in made and b"<svg/>" not in made


def changed(tag: bytes, place: int, value: bytes) -> bytes:
    """A font of which a table has other bytes somewhere."""
    data = bytearray(font())
    at = data.index(tag) + 8
    start = struct.unpack_from(">I", data, at)[0] + place
    data[start : start + len(value)] = value
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "no font"),
        (b"wOF2" + bytes(60), "no font"),
        (b"ttcf" + bytes(60), "no font"),
        (font()[:-200], "damaged"),
        (font()[:20], "damaged"),
        (changed(b"head", 12, b"none"), "damaged"),
        (changed(b"head", 18, b"\0\0"), "damaged"),
        (changed(b"maxp", 4, b"\0\0"), "damaged"),
        (changed(b"maxp", 4, b"\xff\xff"), "damaged"),
        (changed(b"hhea", 34, b"\0\0"), "damaged"),
        (font().replace(b"cmap", b"cmaq", 1), "damaged"),
        (font().replace(b"cmap", b"head", 1), "damaged"),
        (b"\0\1\0\0" + b"\xff\xff" + bytes(70_000 * 16), "damaged"),
        (b"\0\1\0\0" + bytes(MOST_BYTES), "too large"),
    ],
    ids=range(14),
)
def test_a_font_that_is_not_sound_is_refused(data: bytes, word: str) -> None:
    with pytest.raises(Problem, match=word) as caught:
        examine_font(data, "a.ttf")
    assert caught.value.code == "theme-font" and caught.value.hint


def test_tables_that_share_their_bytes_are_refused() -> None:
    """Else a hundred names for one megabyte would become a hundred megabytes."""
    data = bytearray(font({b"GSUB": bytes(4000), b"GPOS": bytes(4)}))
    one, other = data.index(b"GSUB"), data.index(b"GPOS")
    data[other + 8 : other + 16] = data[one + 8 : one + 16]
    with pytest.raises(Problem):
        examine_font(bytes(data), "a.ttf")


@given(st.integers(0, 4000), st.binary(max_size=8), st.integers(0, 8))
@settings(max_examples=200, deadline=None)
def test_damage_is_refused_or_harmless(place: int, damage: bytes, cut: int) -> None:
    sound = font()
    place %= len(sound)
    try:
        made = prepared(sound[:place] + damage + sound[place + cut :], "a.ttf", Face("Berth damaged"))
    except Problem:
        return
    assert len(made) <= 2 * len(sound)
