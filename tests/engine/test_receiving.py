"""The receiving end of a loan, with lenders that lie."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from berth.engine.receiving import Bounds, Receiver
from berth.runtimes import orders
from berth.runtimes.lending import MAX_DEPTH, Lent

NAMES = (b"one", b"two")
BOUNDS = Bounds(size=1 << 20, entries=50, reserve=0, silence=10)


class Lender:
    """Sends what it likes, then ends; `receive` is the other side's whole work."""

    def __init__(self, directory: Path) -> None:
        self.near, self._far = orders.packet_pair()
        self.directory = directory
        self.place = directory / "incoming"
        self.place.mkdir()
        self._file = directory / "lent"

    def lend(
        self, kind: str, item: int = 0, path: tuple[bytes, ...] = (), target: bytes = b"", fds: object = ()
    ) -> None:
        packet = msgspec.msgpack.encode((item, kind, path, target))
        assert msgspec.msgpack.decode(packet, type=Lent).item == item
        socket.send_fds(self._far, [packet], list(fds))  # type: ignore[call-overload]

    def file(self, content: bytes, item: int = 0, path: tuple[bytes, ...] = ()) -> None:
        self._file.write_bytes(content)
        fd = os.open(self._file, os.O_RDONLY)
        self._file.unlink()
        self.lend("file", item, path, fds=[fd])
        os.close(fd)

    def receive(self, bounds: Bounds = BOUNDS, stop: threading.Event | None = None) -> Receiver:
        self._far.close()
        receiver = Receiver(self.near, self.place, NAMES, bounds, stop or threading.Event())
        before = len(list(Path("/proc/self/fd").iterdir()))
        receiver.run()
        assert len(list(Path("/proc/self/fd").iterdir())) == before
        return receiver

    def there(self) -> dict[str, bytes | str | None]:
        found: dict[str, bytes | str | None] = {}
        for path in sorted(self.place.rglob("*")):
            name = str(path.relative_to(self.place))
            found[name] = str(path.readlink()) if path.is_symlink() else path.read_bytes() if path.is_file() else None
        return found


@pytest.fixture
def lender(tmp_path: Path) -> Iterator[Lender]:
    lender = Lender(tmp_path)
    yield lender
    lender.near.close()


def test_files_folders_and_links(lender: Lender) -> None:
    lender.file(b"content")
    lender.lend("end")
    lender.lend("directory", 1)
    lender.lend("link", 1, (b"link",), b"sub/deep")
    lender.lend("directory", 1, (b"sub",))
    lender.file(b"x" * 100_000, 1, (b"sub", b"deep"))
    lender.lend("link", 1, (b"sub", b"up"), b"../link")
    lender.lend("left_out", 1, (b"sub", b"fifo"))
    lender.lend("end", 1)
    receiver = lender.receive()
    assert receiver.missing == {} and receiver.left_out == 1 and receiver.size == 100_007
    assert lender.there() == {
        "one": b"content",
        "two": None,
        "two/link": "sub/deep",
        "two/sub": None,
        "two/sub/deep": b"x" * 100_000,
        "two/sub/up": "../link",
    }


def test_time_and_executability_are_kept(lender: Lender, tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text("#!/bin/sh")
    script.chmod(0o4751)
    os.utime(script, ns=(5, 1_000_000_007))
    fd = os.open(script, os.O_RDONLY)
    lender.lend("file", fds=[fd])
    os.close(fd)
    lender.lend("end")
    lender.receive()
    found = (lender.place / "one").stat()
    assert (found.st_mode & 0o7777, found.st_mtime_ns) == (0o755, 1_000_000_007)


@pytest.mark.parametrize("target", [b"/etc/passwd", b"..", b"sub/../../x", b"../lent", b""])
def test_links_that_lead_out_are_left_out(lender: Lender, target: bytes) -> None:
    lender.lend("directory")
    lender.lend("link", 0, (b"link",), target)
    lender.lend("link", 0, (), target)
    lender.lend("end")
    receiver = lender.receive()
    assert receiver.left_out >= 1
    assert not [path for path in lender.place.rglob("*") if path.is_symlink()]


def test_nothing_is_created_through_a_link(lender: Lender) -> None:
    """Neither while they are only announced nor where one lies already."""
    lender.lend("directory")
    lender.lend("link", 0, (b"way",), b".")
    lender.lend("directory", 0, (b"way",))
    lender.lend("link", 0, (b"way", b"a"), b"b")
    lender.lend("end")
    lender.lend("directory", 1)
    lender.lend("link", 1, (b"in",), b".")
    lender.lend("link", 1, (b"in", b"deeper"), b".")
    lender.file(b"x", 1, (b"in", b"file"))
    lender.lend("end", 1)
    receiver = lender.receive()
    assert lender.there() == {"one": None, "one/way": None, "one/way/a": "b", "two": None, "two/in": "."}
    assert receiver.left_out == 3


@pytest.mark.parametrize("part", [b"..", b".", b"", b"a/b", b"/etc", b"nul\0", b"x" * 256])
def test_names_that_are_none(lender: Lender, part: bytes) -> None:
    lender.lend("directory")
    lender.file(b"x", 0, (part,))
    lender.lend("end")
    assert lender.receive().missing == {0: "ended", 1: "ended"}
    assert lender.there() == {}
    assert list(lender.directory.iterdir()) == [lender.place]


def test_depth_without_end(lender: Lender) -> None:
    lender.lend("directory")
    for depth in range(1, MAX_DEPTH + 2):
        lender.lend("directory", 0, (b"d",) * depth)
    assert lender.receive(Bounds(reserve=0)).missing == {0: "ended", 1: "ended"}
    assert lender.there() == {}


def test_descriptors_that_are_no_files(lender: Lender, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    fifo = os.open(tmp_path / "fifo", os.O_RDONLY | os.O_NONBLOCK)
    device = os.open("/dev/zero", os.O_RDONLY)
    written = os.open(tmp_path / "written", os.O_WRONLY | os.O_CREAT)
    os.write(written, b"secret")
    lender.lend("directory")
    for name, fds in ((b"a", [fifo]), (b"b", [device]), (b"c", [written]), (b"d", []), (b"e", [device, device])):
        lender.lend("file", 0, (name,), fds=fds)
    lender.lend("end")
    lender.lend("file", 1, fds=[device])
    lender.lend("end", 1)
    for fd in (fifo, device, written):
        os.close(fd)
    receiver = lender.receive()
    assert receiver.missing == {1: "unreadable"}
    assert receiver.left_out == 5 and lender.there() == {"one": None}


def test_too_large(lender: Lender, tmp_path: Path) -> None:
    """What counts is what the file says, before a byte is copied: holes are not free."""
    huge = os.open(tmp_path / "huge", os.O_RDWR | os.O_CREAT)
    os.ftruncate(huge, 1 << 40)
    lender.lend("directory")
    lender.file(b"x", 0, (b"a",))
    lender.lend("file", 0, (b"huge",), fds=[huge])
    lender.file(b"x", 0, (b"b",))
    lender.lend("end")
    os.close(huge)
    lender.file(b"small", 1)
    lender.lend("end", 1)
    assert lender.receive().missing == {0: "too-large"}
    assert lender.there() == {"two": b"small"}


def test_too_many(lender: Lender) -> None:
    lender.file(b"x")
    lender.lend("end")
    lender.lend("directory", 1)
    for number in range(60):
        lender.lend("directory", 1, (str(number).encode(),))
    assert lender.receive().missing == {1: "too-many"}
    assert lender.there() == {"one": b"x"}


def test_disk_that_is_almost_full(lender: Lender) -> None:
    lender.file(b"")
    lender.lend("end")
    lender.file(b"x", 1)
    lender.lend("end", 1)
    assert lender.receive(Bounds(reserve=1 << 60)).missing == {1: "disk-full"}
    assert lender.there() == {"one": b""}


def _nothing(_lender: Lender) -> None:
    return


def _half(lender: Lender) -> None:
    lender.lend("directory")
    lender.file(b"x", 0, (b"a",))


def _wrong_item(lender: Lender) -> None:
    lender.file(b"x", 1)


def _end_alone(lender: Lender) -> None:
    lender.lend("end")
    lender.lend("end", 1)


def _orphan(lender: Lender) -> None:
    lender.file(b"x", 0, (b"no", b"parent"))
    lender.lend("end")


def _twice(lender: Lender) -> None:
    lender.file(b"x")
    lender.lend("directory")
    lender.file(b"x", 0, (b"inside",))
    lender.file(b"y")
    lender.lend("end")


@pytest.mark.parametrize("play", [_nothing, _half, _wrong_item, _end_alone, _orphan, _twice])
def test_loans_that_make_no_sense(lender: Lender, play: Callable[[Lender], None]) -> None:
    play(lender)
    assert set(lender.receive().missing) >= {1}
    assert set(lender.there()) == set()


def test_nonsense_and_silence(lender: Lender) -> None:
    lender._far.send(b"\xc1")
    assert lender.receive().missing == {0: "ended", 1: "ended"}


def test_silence(lender: Lender) -> None:
    lender.file(b"x")
    lender.lend("end")
    receiver = Receiver(lender.near, lender.place, NAMES, Bounds(silence=0.05), threading.Event())
    receiver.run()
    assert receiver.missing == {1: "silent"}
    lender._far.close()


def test_lender_who_dawdles(lender: Lender) -> None:
    """A word now and then does not hold a thread for ever."""
    ended = threading.Event()

    def dawdle() -> None:
        lender.lend("directory")
        number = 0
        while not ended.wait(0.02):
            number += 1
            lender.lend("left_out", 0, (b"%d" % number,))

    dawdler = threading.Thread(target=dawdle)
    dawdler.start()
    receiver = Receiver(lender.near, lender.place, NAMES, Bounds(waiting=0.3), threading.Event())
    receiver.run()
    ended.set()
    dawdler.join()
    assert receiver.missing == {0: "silent", 1: "silent"} and lender.there() == {}
    lender._far.close()


def test_given_up(lender: Lender) -> None:
    stop = threading.Event()
    stop.set()
    lender.file(b"x")
    assert lender.receive(stop=stop).missing == {0: "ended", 1: "ended"}
    assert lender.there() == {}
