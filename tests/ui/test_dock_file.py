"""What is kept of the dock: read piece by piece, written whole."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from berth.core.problem import Problem
from berth.ui.dock_file import MOST_PINNED, DockChoice, read_choice, words_of, write_choice


def write(folder: Path, content: object) -> None:
    (folder / "dock.json").write_text(json.dumps(content))


def test_what_was_written_is_read(tmp_path: Path) -> None:
    choice = DockChoice(("a.b.c", "d.e"), "auto-hide", "left", "never")
    write_choice(tmp_path / "new", choice)
    assert read_choice(tmp_path / "new") == choice
    assert [file.name for file in (tmp_path / "new").iterdir()] == ["dock.json"]


def test_nothing_is_nothing(tmp_path: Path) -> None:
    assert read_choice(tmp_path) == DockChoice()


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"{", b"[1]", b"null", b"\xff", b'{"edge": "\xff"}', b'{"edge": "\\ud800"}'),
        *(b"[" * 60_000, b"[" * 70_000, b'{"pinned": ["a.b"]}' * 9000),
    ],
)
def test_what_is_not_sound_is_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "dock.json").write_bytes(content)
    assert read_choice(tmp_path) == DockChoice()


def test_bad_pieces_take_no_others_with_them(tmp_path: Path) -> None:
    pinned = ["a.b", "../../etc", 7, None, "a.b", "c.d", "", "x" * 5000]
    write(tmp_path, {"pinned": pinned, "shown": "sideways", "edge": "right", "panel": 1, "more": {}})
    assert read_choice(tmp_path) == DockChoice(("a.b", "c.d"), "", "right", "")
    write(tmp_path, {"pinned": {"a.b": 1}, "edge": ["left"]})
    assert read_choice(tmp_path) == DockChoice()


def test_there_are_not_too_many(tmp_path: Path) -> None:
    write(tmp_path, {"pinned": [f"a.b{number}" for number in range(MOST_PINNED + 20)]})
    assert len(read_choice(tmp_path).pinned) == MOST_PINNED


def test_what_cannot_be_written_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "dock.json").mkdir()
    with pytest.raises(Problem) as caught:
        write_choice(tmp_path, DockChoice(("a.b",)))
    assert caught.value.code == "write-failed"
    assert [file.name for file in tmp_path.iterdir()] == ["dock.json"]


def test_the_words_of_settings() -> None:
    assert words_of("edge") == ("bottom", "left", "right")
    assert words_of("pinned") == ()
