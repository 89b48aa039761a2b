"""The tar reader: what tools write is read, what strangers craft ends in a `Problem`."""

from __future__ import annotations

import gzip
import io
import random
import tarfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from berth.core.problem import Problem
from berth.engine.images.tarstream import CHUNK, Measured, entries, open_compressed
from tests.images.archives import directory, link, member, small_root, tar


def read(data: bytes) -> list[tuple[str, str, bytes, str]]:
    found = []
    for entry, content in entries(io.BytesIO(data)):
        found.append((entry.name.rstrip("/"), entry.kind, content.read(CHUNK), entry.link))
    return found


@pytest.mark.parametrize("format", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_reads_what_tools_write(format: int) -> None:
    data = tar(
        [directory("a"), member("a/b", b"text" * 1000), link("a/c", "b"), link("d", "a/b", tarfile.LNKTYPE)], format
    )
    assert read(data) == [
        ("a", "directory", b"", ""),
        ("a/b", "file", b"text" * 1000, ""),
        ("a/c", "symlink", b"", "b"),
        ("d", "hardlink", b"", "a/b"),
    ]


@pytest.mark.parametrize("format", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_reads_long_names_and_links(format: int) -> None:
    name, target = "/".join(["directory"] * 30), "x" * 300
    assert read(tar([member(name, b"1"), link("link", target)], format)) == [
        (name, "file", b"1", ""),
        ("link", "symlink", b"", target),
    ]


def test_reads_names_that_are_not_utf8() -> None:
    data = tar([member("caf\udce9", b"")], tarfile.GNU_FORMAT)
    assert read(data)[0][0] == "caf\udce9"


@pytest.mark.parametrize(
    ("offset", "replacement"),
    [
        (148, b"00000000"),  # checksum
        (124, b"\xff" * 12),  # negative size
        (124, b"99999999999\0"),  # no octal number
        (156, b"S"),  # sparse
        (156, b"M"),  # continued on another volume
    ],
)
def test_refuses_a_damaged_header(offset: int, replacement: bytes) -> None:
    data = bytearray(tar([member("file", b"text")], tarfile.GNU_FORMAT))
    data[offset : offset + len(replacement)] = replacement
    if offset != 148:
        data[148:156] = b" " * 8
        data[148:156] = b"%06o\0 " % sum(data[:512])
    with pytest.raises(Problem):
        read(bytes(data))


@pytest.mark.parametrize(
    "record",
    [b"999999 path=x\n", b"0 path=x\n", b"-5 path=x\n", b"x path=x\n", b"10 path=x", b"9 nothing\n", b"20 size=-5\n"],
)
def test_refuses_a_malformed_extended_header(record: bytes) -> None:
    header = tarfile.TarInfo("pax")
    header.type, header.size = tarfile.XHDTYPE, len(record)
    data = header.tobuf(tarfile.USTAR_FORMAT) + record.ljust(512, b"\0") + tar([member("file", b"text")])
    with pytest.raises(Problem) as caught:
        read(data)
    assert caught.value.code == "archive-damaged"


def test_refuses_an_extended_header_that_would_fill_the_memory() -> None:
    header = tarfile.TarInfo("pax")
    header.type, header.size = tarfile.XHDTYPE, 1 << 33
    with pytest.raises(Problem):
        read(header.tobuf(tarfile.GNU_FORMAT))


def test_refuses_an_archive_that_ends_too_early() -> None:
    data = tar([member("file", b"text" * 1000)])
    with pytest.raises(Problem) as caught:
        read(data[:2000])
    assert caught.value.code == "archive-damaged"


def test_a_global_header_renames_nothing() -> None:
    header = tarfile.TarInfo("pax")
    record = b"20 path=/etc/passwd\n"
    header.type, header.size = tarfile.XGLTYPE, len(record)
    data = header.tobuf(tarfile.USTAR_FORMAT) + record.ljust(512, b"\0") + tar([member("file", b"text")])
    assert read(data) == [("file", "file", b"text", "")]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4095), st.integers(0, 255)), min_size=1, max_size=8))
def test_changed_bytes_never_end_in_anything_but_a_problem(changes: list[tuple[int, int]]) -> None:
    data = bytearray(small_root([link("usr/lib", "x" * 150)]))
    for offset, value in changes:
        data[offset] = value
    try:
        read(bytes(data))
    except Problem as problem:
        assert problem.message


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=3000))
def test_arbitrary_bytes_never_end_in_anything_but_a_problem(data: bytes) -> None:
    try:
        for _ in entries(Measured(open_compressed(io.BytesIO(data)), 1 << 20)):
            pass
    except Problem as problem:
        assert problem.message


def test_a_bomb_is_stopped_by_what_it_unpacks_to() -> None:
    with pytest.raises(Problem) as caught:
        Measured(io.BytesIO(b"0" * 5000), 4000).drain()
    assert caught.value.code == "archive-too-large"


MEMBERS = gzip.compress(b"one " * 1000) + gzip.compress(b"two " * 1000)
LARGE = b"three " * (1 << 20)


@pytest.mark.parametrize(
    ("packed", "plain"),
    [
        (MEMBERS, b"one " * 1000 + b"two " * 1000),
        (gzip.compress(b"one") + b"\0" * (1 << 18) + gzip.compress(b"two"), b"onetwo"),
        (gzip.compress(b"one") + b"\0" * 511, b"one"),
        (gzip.compress(LARGE), LARGE),
        (gzip.compress(b""), b""),
    ],
)
def test_gzip_is_read_as_gzip_does(packed: bytes, plain: bytes) -> None:
    assert gzip.decompress(packed) == plain
    for size in (7 if len(plain) < 10_000 else CHUNK, CHUNK):
        stream = open_compressed(io.BytesIO(packed))
        assert b"".join(iter(lambda stream=stream, size=size: stream.read(size), b"")) == plain


@pytest.mark.parametrize(
    "packed",
    [
        MEMBERS[:-4],
        MEMBERS[:-8] + b"\1\2\3\4" + MEMBERS[-4:],
        MEMBERS[:-4] + b"\1\2\3\4",
        MEMBERS + b"more",
        MEMBERS[:12] + b"\xff\xff" + MEMBERS[14:],
        b"\x1f\x8b",
    ],
)
def test_gzip_that_is_damaged_is_told(packed: bytes) -> None:
    with pytest.raises(Problem) as caught:
        Measured(open_compressed(io.BytesIO(packed)), 1 << 20).drain()
    assert caught.value.code == "archive-damaged"


def test_a_gzip_header_may_lie_anywhere() -> None:
    """One with a name and an extra field, at each place around the end of what is read at once."""
    extra, name, trailer = b"\x08\x00SG\x04\x00four", b"layer.tar\x00", gzip.compress(b"second", mtime=0)[10:]
    second = b"\x1f\x8b\x08\x0c" + bytes(6) + extra + name + trailer
    noise = random.Random(1).randbytes(1 << 17)
    stored = len(gzip.compress(noise, 0)) - len(noise)
    for place in range(40):
        packed = gzip.compress(noise[: -stored - place], 0) + second
        stream = open_compressed(io.BytesIO(packed))
        assert b"".join(iter(lambda stream=stream: stream.read(CHUNK), b"")) == gzip.decompress(packed), place
