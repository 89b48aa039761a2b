"""Files handed from one app to another: the list is read here, the files are brought, then the other app hears."""

from __future__ import annotations

import contextlib
import os
import socket

import pytest

from berth.core import messages as m
from berth.core.uri_list import CUT_MARK, MAX_BYTES, URI_LIST
from tests.display.client import Object
from tests.display.conftest import Display, DisplayWith
from tests.display.test_drag import COPY, MOVE, Pair, names
from tests.display.test_drag import Side as DragSide
from tests.display.test_selection import Side
from tests.ready import readable

COPIED = "x-special/gnome-copied-files"
LIST = b"file:///home/berth/a%20b\r\nhttps://example.org/\r\nfile:///tmp/x\r\n"
FILES = ((b"/home/berth/a b", b"a b"), (b"/tmp/x", b"x"))


@pytest.fixture
def display(display_with: DisplayWith) -> Display:
    """Where no files come late."""
    return display_with({"file_list._LATE": 3_600 * 10**9})


class Paste:
    """Two apps; the first has copied files."""

    def __init__(self, display: Display, *types: str) -> None:
        self.display, self.ui = display, display.ui()
        self.one, self.two = Side(display, self.ui, "a", "clipboard"), Side(display, self.ui, "b", "clipboard")
        self.source = self.one.copy(self.one.focus(), *(types or (URI_LIST, COPIED, CUT_MARK, "text/plain")))
        self.turn()

    def turn(self) -> None:
        """The second app gets the focus, and with it a new offer."""
        self.two.focus()
        self.two.app.until(lambda: self.two.device.named("selection") and self.two.offered is not None)

    def ask(self, mime_type: str = URI_LIST) -> int:
        """The second app asks; where it reads."""
        assert self.two.offered is not None
        return receive(self.two.offered, self.two, mime_type)

    def send(self, data: bytes = LIST, mime_type: str = URI_LIST) -> None:
        answer(self.source, self.one, data, mime_type)

    def wanted(self, **fields: object) -> m.FilesWanted:
        message = self.display.until_engine(m.FilesWanted, **fields)
        assert isinstance(message, m.FilesWanted)
        return message

    def ready(self, wanted: m.FilesWanted, *missing: int) -> None:
        self.display.engine.send(m.FilesReady(wanted.transfer, missing))


def receive(offer: Object, side: Side | DragSide, mime_type: str) -> int:
    ours, theirs = os.pipe()
    offer.receive(mime_type, theirs)
    os.close(theirs)
    side.app.roundtrip()
    return ours


def answer(source: Object, side: Side | DragSide, data: bytes, mime_type: str) -> None:
    """The source writes what it is asked for, once."""
    side.app.until(lambda: source.named("send"))
    asked, fd = source.last("send")
    source.events = [event for event in source.events if event.name != "send"]
    assert asked == mime_type
    try:
        with contextlib.suppress(BrokenPipeError):
            while data:
                data = data[os.write(fd, data) :]
    finally:
        os.close(fd)


def text(fd: int) -> bytes:
    assert readable([fd], 10), "nothing comes"
    with os.fdopen(fd, "rb") as pipe:
        return pipe.read()


def is_silent(fd: int) -> bool:
    return not readable([fd])


def places(transfer: str) -> tuple[bytes, bytes]:
    folder = f"file:///run/received/{transfer}/".encode()
    return folder + b"a%20b", folder + b"x"


def test_paste(display: Display) -> None:
    paste = Paste(display)
    fd = paste.ask()
    paste.send()
    wanted = paste.wanted()
    assert wanted == m.FilesWanted(wanted.transfer, "a", "b", FILES)
    assert is_silent(fd), "not before the files are there"
    paste.ready(wanted)
    first, second = places(wanted.transfer)
    assert text(fd) == first + b"\r\nhttps://example.org/\r\n" + second + b"\r\n"
    assert text(paste.ask(COPIED)) == b"copy\n" + first + b"\nhttps://example.org/\n" + second, "the same files"
    assert text(paste.ask(CUT_MARK)) == b"0"
    paste.one.app.roundtrip()
    assert not paste.source.named("send"), "the source was asked once"
    fd = paste.ask("text/plain")
    paste.send(b"words", "text/plain")
    assert text(fd) == b"words", "anything else goes from app to app"


def test_what_does_not_come_is_not_named(display: Display) -> None:
    paste = Paste(display, COPIED)
    fd = paste.ask(COPIED)
    paste.send(b"cut\nfile:///home/berth/a%20b\nfile:///tmp/x", COPIED)
    wanted = paste.wanted()
    assert wanted.files == FILES
    paste.ready(wanted, 0, 99, -1)
    assert text(fd) == b"copy\n" + places(wanted.transfer)[1]


def test_within_one_app_nothing_changes(display: Display) -> None:
    paste = Paste(display)
    paste.one.focus()
    assert paste.one.offered is not None
    fd = receive(paste.one.offered, paste.one, URI_LIST)
    paste.send()
    assert text(fd) == LIST


def test_each_focus_brings_the_files_anew(display: Display) -> None:
    paste = Paste(display)
    fd = paste.ask()
    paste.send()
    first = paste.wanted()
    paste.ready(first)
    text(fd)
    paste.one.focus()
    paste.turn()
    fd = paste.ask()
    paste.send()
    display.engine_events.clear()
    second = paste.wanted()
    assert second.transfer != first.transfer
    paste.one.focus()
    paste.ready(second)
    assert text(fd).startswith(places(second.transfer)[0]), "the user may go on meanwhile"


def test_files_that_come_late_are_offered_anew(display_with: DisplayWith) -> None:
    """Some programs have given up by then, and remember of the old offer that it was empty."""
    paste = Paste(display_with({"file_list._LATE": 0}))
    old = paste.two.offered
    fd = paste.ask()
    paste.send()
    wanted = paste.wanted()
    os.close(fd)
    paste.ready(wanted)
    paste.two.app.until(lambda: paste.two.offered is not old)
    assert places(wanted.transfer)[0] in text(paste.ask()), "they are not copied again"
    paste.one.app.roundtrip()
    assert not paste.source.named("send")


def test_without_the_focus_nothing_is_read(display: Display) -> None:
    paste = Paste(display)
    offer = paste.two.offered
    assert offer is not None
    paste.one.focus()
    assert text(receive(offer, paste.two, URI_LIST)) == b""
    paste.one.app.roundtrip()
    assert not paste.source.named("send")


@pytest.mark.parametrize("data", [b"", b"https://x/\r\n", b"file:relative\r\n/etc/passwd\r\n"])
def test_lists_without_files_bring_nothing(display: Display, data: bytes) -> None:
    paste = Paste(display)
    fd = paste.ask()
    paste.send(data)
    assert text(fd) == (data if data.startswith(b"https") else b"")
    assert not any(isinstance(event, m.FilesWanted) for event in display.engine_events)


@pytest.mark.parametrize("data", [b"file:///x\n" * 100_000, b"x" * (MAX_BYTES + 1)])
def test_lists_without_end(display: Display, data: bytes) -> None:
    paste = Paste(display)
    fd = paste.ask()
    paste.send(data)
    assert text(fd) == b""
    display.until_engine(m.FilesRefused, source="a", target="b")


def test_source_that_never_answers_or_goes(display: Display) -> None:
    paste = Paste(display)
    fd = paste.ask()
    paste.one.app.until(lambda: paste.source.named("send"))
    _type, pipe = paste.source.last("send")
    assert is_silent(fd)
    paste.one.app.close()
    os.close(pipe)
    assert text(fd) == b""


def test_the_next_engine_is_asked_again(display: Display) -> None:
    paste = Paste(display)
    fd = paste.ask()
    paste.send()
    wanted = paste.wanted()
    display.new_engine()
    assert paste.wanted() == wanted
    paste.ready(wanted)
    paste.ready(wanted)
    assert places(wanted.transfer)[0] in text(fd)
    display.engine.send(m.FilesReady("unknown"))


def test_target_that_is_forgotten(display: Display) -> None:
    paste = Paste(display)
    fd = paste.ask()
    paste.send()
    wanted = paste.wanted()
    display.engine.send(m.ForgetInstance("b"))
    assert text(fd) == b""
    paste.ready(wanted)


def test_readers_that_do_not_read_and_pipes_that_are_none(display: Display) -> None:
    """The display server waits for none of them."""
    paste = Paste(display)
    offer = paste.two.offered
    assert offer is not None
    near, far = socket.socketpair()
    for _number in range(40):
        offer.receive(URI_LIST, far.fileno())
    file = os.open(display.directory / "file", os.O_RDWR | os.O_CREAT)
    offer.receive(URI_LIST, file)
    gone, nobody = os.pipe()
    os.close(gone)
    offer.receive(URI_LIST, nobody)
    stuck, full = os.pipe()
    offer.receive(URI_LIST, full)
    os.set_blocking(full, True)
    paste.two.app.roundtrip()
    many = b"".join(b"file:///%0500d\n" % number for number in range(2_000))
    paste.send(many)
    wanted = paste.wanted()
    paste.ready(wanted)
    paste.two.app.roundtrip()
    os.close(full)
    assert text(stuck).count(b"/run/received/") == 2_000
    assert os.fstat(file).st_size == 0
    for fd in (file, nobody):
        os.close(fd)
    near.close()
    far.close()


def test_readers_of_what_is_there_are_not_endless(display: Display) -> None:
    """Each that does not read holds a descriptor and, of a long list, memory."""
    paste = Paste(display)
    first = paste.ask()
    paste.send(b"".join(b"file:///%0200d\n" % number for number in range(2_000)))
    paste.ready(paste.wanted())
    whole = text(first)
    readers = [paste.ask() for _number in range(40)]
    assert [text(fd) for fd in readers] == [whole] * 32 + [b""] * 8
    assert text(paste.ask()) == whole


# --- drag and drop


class Drop(Pair):
    """Files are dragged from the first app over the second."""

    def __init__(self, display: Display, types: tuple[str, ...] = (URI_LIST, "text/plain"), version: int = 0) -> None:
        super().__init__(display, (0, version))
        self.display = display
        self.source = self.one.source(COPY | MOVE, *types)
        self.one.drag(self.source)
        self.over()

    def wanted(self) -> m.FilesWanted:
        message = self.display.until_engine(m.FilesWanted)
        assert isinstance(message, m.FilesWanted)
        return message

    def ready(self, wanted: m.FilesWanted, *missing: int) -> None:
        self.display.engine.send(m.FilesReady(wanted.transfer, missing))
        self.two.app.until(lambda: "drop" in self.two.heard())


def test_drop(display: Display) -> None:
    """The list is read with the drop, and the target hears of that when the files are there."""
    drop = Drop(display)
    offer = drop.two.agree(mime_type=URI_LIST)
    assert offer.last("source_actions") == (COPY,) and offer.last("action") == (COPY,), "nobody else may remove a file"
    drop.release()
    answer(drop.source, drop.one, LIST, URI_LIST)
    wanted = drop.wanted()
    assert wanted == m.FilesWanted(wanted.transfer, "a", "b", FILES)
    drop.settle()
    assert drop.two.heard()[-1] == "enter" and drop.ui.drops == [0] and not drop.ui.requests
    drop.ready(wanted, 1)
    drop.ui.until(lambda: [request.action for request in drop.ui.requests] == ["activate"])
    assert drop.ui.windows[drop.ui.requests[0].window].surface == drop.two.surface
    assert text(receive(offer, drop.two, URI_LIST)) == places(wanted.transfer)[0] + b"\r\nhttps://example.org/\r\n"
    offer.finish()
    drop.settle()
    assert names(drop.source)[-1] == "dnd_finished"


def test_hovering_tells_places_and_brings_nothing(display: Display) -> None:
    """Some programs read then and never again: what they have read becomes true with the drop."""
    drop = Drop(display)
    fd = receive(drop.two.offer, drop.two, URI_LIST)
    answer(drop.source, drop.one, LIST, URI_LIST)
    seen = text(fd)
    assert seen.startswith(b"file:///run/received/") and b"/home" not in seen
    drop.settle()
    offer = drop.two.agree(mime_type="text/plain")
    assert not any(isinstance(event, m.FilesWanted) for event in display.engine_events)
    drop.release()
    wanted = drop.wanted()
    assert places(wanted.transfer)[0] in seen
    drop.ready(wanted)
    assert text(receive(offer, drop.two, URI_LIST)) == seen


def test_hovering_without_a_drop(display: Display) -> None:
    drop = Drop(display)
    fd = receive(drop.two.offer, drop.two, URI_LIST)
    answer(drop.source, drop.one, LIST, URI_LIST)
    text(fd)
    drop.ui.send(m.PointerMotion(0, 0, 0, 5))
    drop.release()
    drop.settle()
    display.engine.send(m.ForgetInstance("b"))
    display.until_engine(m.InstanceConnections, instance="b", clients=0)
    assert not any(isinstance(event, m.FilesWanted) for event in display.engine_events)


def test_drop_of_anything_else_waits_for_nothing(display: Display) -> None:
    drop = Drop(display)
    offer = drop.two.agree(mime_type="text/plain")
    drop.release()
    assert drop.two.heard()[-1] == "drop" and drop.ui.drops == [drop.two.surface]
    fd = receive(offer, drop.two, URI_LIST)
    answer(drop.source, drop.one, LIST, URI_LIST)
    drop.display.engine.send(m.FilesReady(drop.wanted().transfer))
    assert b"/run/received/" in text(fd), "it may still take the files"


def test_drop_within_one_app(display: Display) -> None:
    drop = Drop(display)
    drop.ui.send(m.PointerMotion(drop.one.surface, 5, 6, 3))
    drop.settle()
    offer = drop.one.agree(COPY | MOVE, MOVE, URI_LIST)
    assert offer.last("action") == (MOVE,)
    drop.release()
    assert drop.one.heard()[-1] == "drop"
    fd = receive(offer, drop.one, URI_LIST)
    answer(drop.source, drop.one, LIST, URI_LIST)
    assert text(fd) == LIST


def test_source_that_only_moves_has_nothing_to_give(display: Display) -> None:
    drop = Pair(display)
    source = drop.one.source(MOVE, URI_LIST)
    drop.one.drag(source)
    drop.over()
    drop.two.agree(COPY | MOVE, MOVE, URI_LIST)
    drop.release()
    assert drop.two.heard()[-1] == "leave" and names(source)[-1] == "cancelled"


@pytest.mark.parametrize("version", [1, 4])
def test_offer_that_is_thrown_away_before_the_files_come(display: Display, version: int) -> None:
    drop = Drop(display, version=version)
    offer = drop.two.agree(mime_type=URI_LIST)
    drop.release()
    answer(drop.source, drop.one, LIST, URI_LIST)
    wanted = drop.wanted()
    offer.destroy()
    drop.settle()
    assert names(drop.source)[-1] == ("dnd_finished" if version < 3 else "cancelled")
    display.engine.send(m.FilesReady(wanted.transfer))
    drop.settle()
    assert "drop" not in drop.two.heard()


def test_next_drag_comes_before_the_files(display: Display) -> None:
    drop = Drop(display)
    drop.two.agree(mime_type=URI_LIST)
    drop.release()
    answer(drop.source, drop.one, LIST, URI_LIST)
    wanted = drop.wanted()
    drop.two.app.roundtrip()
    second = drop.one.source(COPY, "text/plain")
    drop.one.drag(second)
    drop.over()
    assert drop.two.heard()[-3:] == ["leave", "data_offer", "enter"]
    assert names(drop.source)[-1] == "cancelled"
    display.engine.send(m.FilesReady(wanted.transfer))
    drop.settle()
    assert "drop" not in drop.two.heard()


def test_apps_that_go_before_the_files_come(display: Display) -> None:
    drop = Drop(display)
    drop.two.agree(mime_type=URI_LIST)
    drop.release()
    answer(drop.source, drop.one, LIST, URI_LIST)
    wanted = drop.wanted()
    drop.one.app.close()
    drop.two.app.close()
    for name in ("a", "b"):
        display.until_engine(m.InstanceConnections, instance=name, clients=0)
    display.engine.send(m.FilesReady(wanted.transfer))
    third = DragSide(display, drop.ui, "c")
    third.drag(None)
    assert third.heard()[-1] == "enter"
