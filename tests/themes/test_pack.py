"""A theme as one file: always the same bytes, and nothing that a stranger sends comes further than it should."""

from __future__ import annotations

import io
import os
import stat
import struct
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from berth.core.problem import Problem
from berth.themes import package
from berth.themes.pack import MANIFEST, MOST_PACKED, packed, unpacked
from berth.themes.package import collect, examine
from tests.themes.packing import TOML, files, folder_of, png

SOUND = packed(files())


def refusal(data: bytes) -> Problem:
    with pytest.raises(Problem) as caught:
        unpacked(data)
    assert caught.value.message and caught.value.hint
    return caught.value


def zipped(entries: list[tuple[str | zipfile.ZipInfo, bytes]], method: int = zipfile.ZIP_STORED) -> bytes:
    """As another program would make it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return out.getvalue()


def with_entry(name: str, data: bytes = b"x", mode: int = stat.S_IFREG | 0o644) -> bytes:
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    return zipped([(MANIFEST, b'{"format": 1}'), *files().items(), (info, data)])


def test_what_was_packed_comes_out_again() -> None:
    assert unpacked(SOUND) == dict(sorted(files().items()))


def test_the_same_theme_is_the_same_bytes(tmp_path: Path) -> None:
    one = folder_of(files(), tmp_path / "one")
    other = folder_of(dict(reversed(files().items())), tmp_path / "other")
    os.utime(other / "style.css", (1, 1))
    (other / "style.css").chmod(0o700)
    (other / ".git").mkdir()
    (other / "style.css~").write_text("an editor's copy")
    assert packed(collect(one)) == packed(collect(other)) == SOUND


def test_other_programs_can_read_it() -> None:
    with zipfile.ZipFile(io.BytesIO(SOUND)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [MANIFEST, *sorted(files())]
        assert archive.read("theme.toml") == TOML


@pytest.mark.parametrize(
    "name",
    [
        *("/etc/passwd", "../style.css", "a/../../b.css", "a\\b.css", "C:/x.css", "a//b.css", "./a.css", "a/./b.css"),
        *("a/b/c/d/e.css", f"{'x' * 65}.css", "a.css ", "a.", "ä.css", "a\n.css", "-rf.css", ".hidden.css", "con:.css"),
        *("STYLE.css", "style.css/more.css", "Parts/other.css", ""),
    ],
)
def test_a_name_that_leads_elsewhere_is_refused(name: str) -> None:
    with pytest.raises(Problem) as caught:
        examine(files() | {name: b"a"})
    assert caught.value.code == "theme-refused" and caught.value.hint
    if name:
        assert refusal(with_entry(name)).code in ("theme-refused", "pack-invalid")


@pytest.mark.parametrize(
    ("mode", "word"),
    [(stat.S_IFLNK, "link"), (stat.S_IFDIR, "folder"), (stat.S_IFCHR, "plain"), (stat.S_IFIFO, "plain")],
)
def test_what_is_no_plain_file_is_refused(mode: int, word: str) -> None:
    assert word in refusal(with_entry("link.css", b"/etc/passwd", mode | 0o777)).message


def test_compressed_archives_are_not_unpacked() -> None:
    bomb = zipped([(MANIFEST, b'{"format": 1}'), ("a.css", bytes(30 << 20))], zipfile.ZIP_DEFLATED)
    assert len(bomb) < 1 << 20
    assert "folder" in refusal(bomb).hint


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK\3\4",
        b"no zip",
        SOUND[:-1],
        SOUND + b"\0",
        b"\0" + SOUND,
        SOUND.replace(b"border-radius: 3px", b"border-radius: 4px"),
        SOUND.replace(b'"version": "1.0"', b'"version": "2.0"'),
        zipped([(MANIFEST, b'{"format": 1}'), *files().items()]),
        zipped(list(files().items())),
        zipped([(MANIFEST, b"[" * 5000), *files().items()]),
        bytes(MOST_PACKED + 1),
    ],
    ids=range(12),
)
def test_there_is_one_form_only(data: bytes) -> None:
    assert refusal(data).code == "pack-invalid"


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_file_is_there_once() -> None:
    assert "twice" in refusal(with_entry("style.css")).message


def test_encryption_and_lies_about_sizes_are_refused() -> None:
    directory = SOUND.index(b"PK\1\2")
    for place, value in ((8, 1), (20, 0xFFFFFF), (24, 7), (42, 0xFFFFFF)):
        data = bytearray(SOUND)
        struct.pack_into("<I" if place >= 20 else "<H", data, directory + place, value)
        assert refusal(bytes(data)).code == "pack-invalid"


def test_a_newer_format_says_so() -> None:
    assert "newer" in refusal(zipped([(MANIFEST, b'{"format": 2}'), *files().items()])).hint


def test_number_and_size_of_files_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    many = files() | {f"a{number}.css": b"" for number in range(package.MOST_FILES)}
    with pytest.raises(Problem, match="files"):
        examine(many)
    entries: list[tuple[str | zipfile.ZipInfo, bytes]] = [*many.items(), ("one-more.css", b"")]
    assert "too many" in refusal(zipped(entries)).message
    monkeypatch.setattr(package, "MOST_BYTES", 1000)
    with pytest.raises(Problem, match="MiB"):
        examine(files(a__txt=bytes(b"x" * 1000)))


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("code.qml", b"import QtQuick", "theme-refused"),
        ("run.sh", b"#!/bin/sh", "theme-refused"),
        ("a.svg", b"<svg/>", "theme-refused"),
        ("a.png", b"<svg/>", "theme-picture"),
        ("a.jpg", png(), "theme-picture"),
        ("a.ttf", b"\0\1\0\0", "theme-font"),
        ("a.css", b"\xff", "theme-refused"),
        ("a.css", bytes(b" " * (1 << 21)), "theme-refused"),
        ("a.txt", b"\0", "theme-refused"),
        ("tokens.json", b"[]", "tokens-invalid"),
        ("theme.toml", b"id =", "theme-invalid"),
        ("theme.toml", TOML.replace(b'"mine"', b'"../mine"'), "theme-invalid"),
        ("theme.toml", TOML.replace(b'"Mine"', b'""'), "theme-invalid"),
        ("theme.toml", TOML.replace(b'"Mine"', b'"a\\u001b[2J"'), "theme-invalid"),
        ("theme.toml", TOML.replace(b'"MIT"', b'""'), "theme-invalid"),
        ("theme.toml", TOML.replace(b'"1.0"', b'"new"'), "theme-invalid"),
        ("theme.toml", TOML.replace(b'"1.0"', b"1.0"), "theme-invalid"),
    ],
)
def test_files_are_what_they_are_called(name: str, data: bytes, code: str) -> None:
    with pytest.raises(Problem) as caught:
        examine(files() | {name: data})
    assert caught.value.code == code


def test_a_theme_says_what_it_is() -> None:
    assert examine(files()).license == "MIT"
    without = files()
    del without["theme.toml"]
    with pytest.raises(Problem, match=r"theme\.toml"):
        examine(without)


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_a_changed_archive_is_refused(data: st.DataObject) -> None:
    """Whatever a stranger does to the file: refused with words, or the very theme."""
    made = bytearray(SOUND)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(made)) | st.integers(SOUND.index(b"PK\1\2"), len(made)))
        cut = data.draw(st.integers(0, 8))
        made[place : place + cut] = data.draw(st.binary(max_size=8))
    try:
        found = unpacked(bytes(made))
    except Problem as problem:
        assert problem.message and problem.hint
        return
    assert packed(found) == bytes(made)


# --- folders


def test_links_and_devices_in_a_folder_are_refused(tmp_path: Path) -> None:
    (tmp_path / "secret.css").write_text("secret")
    for number, make in enumerate(
        (
            lambda path: path.symlink_to(tmp_path / "secret.css"),
            lambda path: path.symlink_to(tmp_path),
            lambda path: path.hardlink_to(tmp_path / "secret.css"),
            os.mkfifo,
        )
    ):
        theme = folder_of(files(), tmp_path / str(number))
        make(theme / "more.css")
        with pytest.raises(Problem) as caught:
            collect(theme)
        assert caught.value.code == "theme-refused" and "secret" not in str(caught.value)


def test_folders_have_an_end(tmp_path: Path) -> None:
    deep = folder_of(files(), tmp_path / "deep")
    (deep / "a/b/c/d").mkdir(parents=True)
    with pytest.raises(Problem, match="deep"):
        collect(deep)
    wide = folder_of({f"a{number}.css": b"" for number in range(package.MOST_FILES + 1)}, tmp_path / "wide")
    with pytest.raises(Problem, match="more than"):
        collect(wide)
    large = tmp_path / "large"
    large.mkdir()
    with (large / "a.css").open("wb") as file:
        file.truncate(package.MOST_BYTES + 1)
    with pytest.raises(Problem, match="MiB"):
        collect(large)
    with pytest.raises(Problem):
        collect(tmp_path / "none")


def test_an_author_who_is_not_named_changes_no_bytes() -> None:
    assert b'"author"' not in SOUND
    named = files(theme__toml=TOML + b'author = "Ann"\n')
    assert b'"author": "Ann"' in packed(named) and examine(unpacked(packed(named))).author == "Ann"
    with pytest.raises(Problem, match="author is no line of words"):
        packed(files(theme__toml=TOML + b'author = "a\\nb"\n'))


@pytest.mark.parametrize("name", ["preview.png", "preview.jpg", "preview.webp"])
def test_a_theme_brings_a_picture_of_itself(name: str) -> None:
    kind = {"preview.jpg": "jpeg"}.get(name, name[8:])
    theme = {**files(), name: _picture(kind)}
    assert unpacked(packed(theme))[name] == theme[name]
    with pytest.raises(Problem) as caught:
        packed({**theme, name: theme[name][:-1]})
    assert caught.value.code == "theme-picture"
    with pytest.raises(Problem, match="another format"):
        packed({**theme, name: _picture("jpeg" if kind == "png" else "png")})


def _picture(kind: str) -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (64, 40), "teal").save(data, kind)
    return data.getvalue()
