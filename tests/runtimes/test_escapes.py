"""What a terminal that is lent gets of what a program writes, however it is cut into pieces."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from berth.runtimes.escapes import ClipboardFilter, PlainText

CLIPBOARD = [
    b"\x1b]52;c;aGVsbG8=\x07",
    b"\x1b]52;c;?\x1b\\",
    b"\x1b]052;p;eA==\x07",
    b"\x1b]\x0152;c;eA==\x07",
    b"\x1b]5\x002;c;eA==\x18",
    b"\x1b\x00]00000000000000000000000000000000000000000000000000000000000000000000052;;x\x1a",
    b"\x1b\x07]52;c;eA==\x07",
    b"\x1b]4294967348;c;eA==\x07",
    b"\x1b]0\x0018446744073\x01709551668;c;?\x1b\\",
    b"\x1b]52\x07",
    b"\x1b]52\x1b\\",
    b"\x1b]52;c;" + b"A" * 100_000 + b"\x1b\\",
]
OTHER = [
    b"plain\r\n",
    b"\x1b[31mred\x1b[0m",
    b"\x1b]0;a title\x07",
    b"\x1b]5;x\x07",
    b"\x1b]521;x\x07",
    b"\x1b]2;52;c\x07",
    b"\x1b]1337;SetMark\x07",
    b"\x1b]1000;x\x07",
    b"\xc3\xa9",
]


@pytest.mark.parametrize("sequence", CLIPBOARD)
@pytest.mark.parametrize("size", [1, 2, 3, 7, 1 << 20])
def test_a_program_does_not_reach_the_clipboard(sequence: bytes, size: int) -> None:
    text = b"before" + sequence + b"after"
    clipboard = ClipboardFilter()
    got = b"".join(clipboard.feed(text[start : start + size]) for start in range(0, len(text), size))
    assert got.replace(b"\x1b\\", b"") == b"beforeafter"


@given(st.lists(st.sampled_from([*OTHER, *CLIPBOARD[:-1]]), max_size=8), st.integers(1, 9))
def test_nothing_else_is_changed(parts: list[bytes], size: int) -> None:
    text = b"".join(parts) + b"."
    clipboard = ClipboardFilter()
    got = b"".join(clipboard.feed(text[start : start + size]) for start in range(0, len(text), size))
    assert got.replace(b"\x1b\\", b"") == b"".join(part for part in parts if part in OTHER) + b"."


def commands(data: bytes) -> set[int]:
    """Numbers of the operating system commands in what a terminal gets, as foot reads it: it counts with 32 bits."""
    state, text, found = "ground", b"", set()
    for byte in data:
        if state == "command" and byte in b"\x07\x18\x1a\x1b":
            number = text.partition(b";")[0]
            found |= {int(number) % (1 << 32)} if number.isdigit() else set()
        if byte == 0x1B:
            state = "escape"
        elif byte in b"\x18\x1a" or (state == "command" and byte == 0x07):
            state = "ground"
        elif byte < 0x20:
            continue
        elif state == "command":
            text += bytes([byte])
        elif state == "escape" and byte != 0x7F:
            state, text = {"]": "command", "_": "string", "[": "control"}.get(chr(byte), "ground"), b""
        elif state == "control" and byte >= 0x40:
            state = "ground"
    return found


PIECES = [b"\x1b", b"]", b"\x1b]", b"5", b"2", b"0", b"52", b";", b"c", b"\x07", b"\x00", b"\x18", b"\\", b"_", b"["]


@given(st.lists(st.sampled_from([*PIECES, b"\x7f", b"4294967348", b"\x1b]52;x\x07"]), max_size=24), st.integers(1, 30))
@example([b"\x1b", b"\x1b]52;x\x07", b"]52;c;eA==\x07"], 100)
@example([b"\x1b]5", b"\x1b]52;x\x07", b"2;c;eA==\x07"], 100)
def test_no_arrangement_of_pieces_reaches_it(pieces: list[bytes], size: int) -> None:
    text = b"".join(pieces)
    clipboard = ClipboardFilter()
    got = b"".join(clipboard.feed(text[start : start + size]) for start in range(0, len(text), size))
    assert 52 not in commands(got + b"\x07")


def test_what_looks_like_a_beginning_is_not_kept_for_ever() -> None:
    clipboard = ClipboardFilter()
    assert clipboard.feed(b"\x1b]" + b"\x00" * 100_000 + b"0" * 100_000) == b""
    assert clipboard.feed(b";title\x07") == b"\x1b]0;title\x07"


@pytest.mark.parametrize("size", [1, 2, 5, 1000])
def test_a_log_keeps_what_people_read(size: int) -> None:
    text = b"\x1b]0;title\x07\x1b[1;31mred\x1b[0m\r\n10%\r20%\r\n\x1b(B\x1b=caf\xc3\xa9\tx\x1b[?25h\x07\n"
    plain = PlainText()
    got = b"".join(plain.feed(text[start : start + size]) for start in range(0, len(text), size))
    assert got == b"red\n10%\n20%\ncaf\xc3\xa9\tx\n"


@given(st.lists(st.sampled_from([*PIECES, b"\x1b[31m", b"m", b"\r", b"\n"]), max_size=24), st.integers(1, 30))
@example([b"\x1b", b"\x07", b"[31m"], 100)
def test_a_log_gets_no_escape(pieces: list[bytes], size: int) -> None:
    text = b"".join(pieces)
    plain = PlainText()
    got = b"".join(plain.feed(text[start : start + size]) for start in range(0, len(text), size))
    assert b"\x1b" not in got
