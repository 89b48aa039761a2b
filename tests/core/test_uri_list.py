"""Lists of files from apps that mean no good, and from those that do."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from berth.core.uri_list import (
    LISTS,
    MAX_FILES,
    MAX_NAME,
    MAX_PATH,
    URI_LIST,
    Item,
    file_address,
    is_name,
    names_of,
    read_list,
    stays_below,
    write_list,
)

COPIED = "x-special/gnome-copied-files"


def test_lists_of_file_managers() -> None:
    data = b"# from Files\r\nfile:///home/berth/a%20b.txt\r\n\r\nfile://localhost/x\r\nFILE:/y\r\nhttps://example.org/?q#f\r\n"
    items = read_list(data, URI_LIST)
    assert items == (
        Item(b"/home/berth/a b.txt"),
        Item(b"/x"),
        Item(b"/y"),
        Item(address=b"https://example.org/?q#f"),
    )
    assert read_list(b"cut\nfile:///x\nfile:///y\0", COPIED) == (Item(b"/x"), Item(b"/y"))
    assert write_list([b"file:///x", b"file:///y"], COPIED) == b"copy\nfile:///x\nfile:///y", "never cut"
    assert write_list([b"file:///x"], URI_LIST) == b"file:///x\r\n"
    assert read_list(b"", COPIED) == () == read_list(b"", URI_LIST)


def test_names_that_are_no_text() -> None:
    assert read_list(b"file:///home/%ff%FE%0a.txt", URI_LIST) == (Item(b"/home/\xff\xfe\n.txt"),)
    assert file_address(b"/home/\xff\n#?%.txt") == b"file:///home/%FF%0A%23%3F%25.txt"
    assert read_list("file:///ä".encode(), URI_LIST) == (Item("/ä".encode()),)


@pytest.mark.parametrize(
    "line",
    [
        b"file://server/share/x",
        b"file:relative",
        b"file:///nul%00",
        b"/home/berth/x",
        b"home/berth",
        b"fi\tle:///etc/passwd",
        b"\x01file:///etc/passwd",
        b"http://a\tb",
        b"view-source:file:///etc/passwd",
        b"javascript:alert(1)",
        b"trash:///x",
        b"admin:///etc/shadow",
        b"file:///" + b"x" * MAX_PATH,
        b"://",
    ],
)
def test_what_another_app_would_read_as_its_own_file_is_left_out(line: bytes) -> None:
    assert read_list(line, URI_LIST) == ()
    assert read_list(b"copy\n" + line, COPIED) == ()


def test_dots_are_kept_for_the_kernel_to_resolve() -> None:
    assert read_list(b"file:///home/%2e%2e/%2E%2E%2fetc/shadow", URI_LIST) == (Item(b"/home/../../etc/shadow"),)


def test_too_many() -> None:
    assert len(read_list(b"file:///x\n" * MAX_FILES, URI_LIST)) == MAX_FILES
    with pytest.raises(ValueError, match="100000"):
        read_list(b"file:///x\n" * 100_000, URI_LIST)


@given(st.binary(max_size=200), st.sampled_from(LISTS))
def test_no_line_of_any_list_leads_out_of_the_known(data: bytes, mime_type: str) -> None:
    for item in read_list(data, mime_type):
        assert item.path.startswith(b"/") != bool(item.address)
        assert not item.address.lower().startswith(b"file")


@given(st.lists(st.binary(min_size=1, max_size=20).filter(lambda p: b"\0" not in p and b"\n" not in p), max_size=8))
def test_what_is_written_is_read_again(names: list[bytes]) -> None:
    paths = [b"/" + name for name in names]
    for mime_type in LISTS:
        read = read_list(write_list(map(file_address, paths), mime_type), mime_type)
        assert read == tuple(map(Item, paths))


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_every_file_has_a_name_of_its_own(paths: list[bytes]) -> None:
    names = names_of(paths)
    assert len(names) == len(set(names)) == len(paths)
    assert all(is_name(name) for name in names)


def test_names_of_files_with_the_same_name() -> None:
    assert names_of([b"/a/x.tar.gz", b"/b/x.tar.gz", b"/c/x.tar.gz/", b"/.rc", b"/d/.rc"]) == (
        b"x.tar.gz",
        b"x.tar (2).gz",
        b"x.tar (3).gz",
        b".rc",
        b".rc (2)",
    )
    assert names_of([b"/", b"/x/..", b"/."]) == (b"files", b"files (2)", b"files (3)")
    long = b"/" + b"n" * 300
    assert names_of([long]) == (b"files",) and len(names_of([b"/" + b"n" * 255] * 2)[1]) <= MAX_NAME


@pytest.mark.parametrize(
    ("depth", "target", "stays"),
    [
        (0, b"file", True),
        (0, b"sub/./file", True),
        (0, b"..", False),
        (1, b"..", True),
        (1, b"../../x", False),
        (2, b"../../x", True),
        (1, b"../sub/../../x", False),
        (5, b"sub/../x", False),
        (5, b"/home/berth", False),
        (5, b"", False),
        (1, b"./../x", True),
    ],
)
def test_links_that_stay_below(depth: int, target: bytes, stays: bool) -> None:
    assert stays_below(depth, target) == stays


def test_no_chain_of_links_that_stay_leads_out(tmp_path: Path) -> None:
    """Up through another link is what would lead out, and is what is refused."""
    root = tmp_path / "root"
    (root / "a/b").mkdir(parents=True)
    (tmp_path / "secret").touch()
    (root / "a/b/up").symlink_to("../..")
    assert stays_below(2, b"../..")
    assert (root / "a/b/up/../secret").exists(), "the way out, if .. could follow a link"
    assert not stays_below(0, b"a/b/up/../secret")
    (root / "in").symlink_to("a/b/up/a/b/up")
    assert os.path.realpath(root / "in") == str(root)
