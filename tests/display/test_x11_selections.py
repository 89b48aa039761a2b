"""What is copied and marked in X programs, whose server is in a window, goes to other apps, and the other way round."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from berth.core import messages as m
from berth.core.uri_list import URI_LIST
from berth.inside.x11_transfers import Request
from tests.display.client import Object
from tests.display.conftest import Display
from tests.display.test_files import FILES, LIST, receive
from tests.display.test_selection import TEXT, Side
from tests.display.ui import FakeUi
from tests.display.x_programs import IMPATIENT, PATIENT, Owner, bridge, copy, owner_of, paste, pasted, targets, x_server
from tests.session.desktop import wait_until

PNG = "image/png"
KINDS = pytest.mark.parametrize("kind", ["clipboard", "primary"])


class Joined:
    """An X program's app, one of the desktop beside it, and who has the keyboard."""

    def __init__(self, display: Display, x: str, kind: str = "clipboard") -> None:
        self.display, self.x, self.kind = display, x, kind
        self.ui: FakeUi = display.ui()
        self.front = Side(display, self.ui, "x", kind, nested=True)
        self.other = Side(display, self.ui, "b", kind)
        self.focused: Side | None = None
        self.wayland = display.directory / "wayland-x"

    def turn_to(self, side: Side) -> int:
        """The user does; returns a serial of that side's last event."""
        if side is not self.focused:
            self.focused = side
            side.focus()
        serial: int = side.keyboard.last("enter")[0]
        return serial

    def copy_elsewhere(self, *types: str) -> Object:
        """An app of the desktop copies, then the user turns to the X program."""
        self.turn_to(self.front)
        source = self.other.copy(self.turn_to(self.other), *types)
        self.turn_to(self.front)
        return source

    def copy(self, data: bytes, selection: str = "clipboard", target: str = "UTF8_STRING") -> None:
        """The X program copies something, which the desktop has not had before."""
        self.front.app.roundtrip()
        self.front.device.events.clear()
        copy(self.x, data, selection, target)

    def offered(self) -> Object:
        """The user turns to the app of the desktop, which is offered what the X program has copied."""
        wait_until(self._is_of_x, "the desktop to have it")
        self.turn_to(self.other)
        self.other.app.until(lambda: self.other.device.named("selection") and self.other.offered is not None)
        assert self.other.offered is not None
        return self.other.offered

    def _is_of_x(self) -> bool:
        """What the X server's own connection is offered, by the X program beside it."""
        self.front.app.roundtrip()
        return bool(self.front.device.named("selection")) and self.front.offered is not None

    def read(self, offer: Object, mime_type: str = TEXT) -> bytes:
        with os.fdopen(receive(offer, self.other, mime_type), "rb") as pipe:
            return pipe.read()

    def answer(self, source: Object, data: bytes) -> str:
        """The app of the desktop writes what it is asked for; returns as what."""
        self.other.app.until(lambda: source.named("send"))
        mime_type, fd = source.last("send")
        source.events = [event for event in source.events if event.name != "send"]
        with os.fdopen(fd, "wb") as pipe:
            pipe.write(data)
        return str(mime_type)

    def answer_all(self, source: Object, data: bytes) -> None:
        self.other.app.roundtrip()
        while source.named("send"):
            event = source.events.pop(source.events.index(source.named("send")[0]))
            with os.fdopen(event.arguments[1], "wb") as pipe, suppress(BrokenPipeError):
                pipe.write(data)
                pipe.flush()


@pytest.fixture
def x() -> Iterator[str]:
    with x_server() as name:
        yield name


@pytest.fixture
def joined(display: Display, x: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Joined]:
    kind = request.node.callspec.params.get("kind", "clipboard") if hasattr(request.node, "callspec") else "clipboard"
    made = Joined(display, x, kind)
    made.turn_to(made.front)
    with bridge(made.wayland, x, tmp_path / "bridge.log", setting=getattr(request, "param", "")):
        display.until_engine(m.InstanceConnections, instance="x", clients=2)
        yield made


@KINDS
def test_text_goes_out(joined: Joined, kind: str) -> None:
    joined.copy("zyäß, 東京".encode(), kind)
    offer = joined.offered()
    types = [event.arguments[0] for event in offer.named("offer")]
    assert {TEXT, "text/plain", "UTF8_STRING"} <= set(types)
    assert joined.read(offer).decode() == "zyäß, 東京"
    assert joined.read(offer, "text/plain").decode() == "zyäß, 東京"


@KINDS
def test_text_comes_in(joined: Joined, kind: str) -> None:
    source = joined.copy_elsewhere(TEXT)
    wait_until(lambda: "UTF8_STRING" in targets(joined.x, kind), "the X server to have it")
    for target, expected in (("UTF8_STRING", "zyäß, 東京".encode()), ("STRING", b"zy\xe4\xdf, ??")):
        reader = paste(joined.x, kind, target)
        assert joined.answer(source, "zyäß, 東京".encode()) == TEXT
        assert reader.communicate(timeout=30)[0] == expected


def test_text_of_old_programs_is_read_as_latin_1(joined: Joined) -> None:
    joined.copy("zyäß".encode("latin-1"), target="STRING")
    assert joined.read(joined.offered()).decode() == "zyäß"


def test_pictures_go_out_and_come_in_however_large(joined: Joined) -> None:
    picture = os.urandom(3 << 20)
    joined.copy(picture, target=PNG)
    assert joined.read(joined.offered(), PNG) == picture

    picture = os.urandom(3 << 20)
    source = joined.copy_elsewhere(PNG)
    wait_until(lambda: targets(joined.x)[-1:] == [PNG], "the X server to have it")
    reader = paste(joined.x, target=PNG)
    assert joined.answer(source, picture) == PNG
    assert reader.communicate(timeout=30)[0] == picture


def test_files_are_brought_in_either_direction(joined: Joined) -> None:
    source = joined.copy_elsewhere(URI_LIST)
    wait_until(lambda: URI_LIST in targets(joined.x), "the X server to have it")
    reader = paste(joined.x, target=URI_LIST)
    joined.answer(source, LIST)
    wanted = joined.display.until_engine(m.FilesWanted, source="b", target="x")
    assert isinstance(wanted, m.FilesWanted) and wanted.files == FILES
    joined.display.engine.send(m.FilesReady(wanted.transfer, ()))
    assert b"file:///run/received/" in reader.communicate(timeout=30)[0]

    joined.copy(LIST, target=URI_LIST)
    pipe = receive(joined.offered(), joined.other, URI_LIST)
    wanted = joined.display.until_engine(m.FilesWanted, source="x", target="b")
    assert isinstance(wanted, m.FilesWanted) and wanted.files == FILES
    joined.display.engine.send(m.FilesReady(wanted.transfer, ()))
    with os.fdopen(pipe, "rb") as file:
        assert b"file:///run/received/" in file.read()


@KINDS
def test_nothing_is_read_without_the_keyboard(joined: Joined, kind: str) -> None:
    source = joined.copy_elsewhere(TEXT)
    wait_until(lambda: "UTF8_STRING" in targets(joined.x, kind), "the X server to have it")
    joined.turn_to(joined.other)
    joined.other.app.roundtrip()
    assert pasted(joined.x, kind) == b""
    joined.other.app.roundtrip()
    assert not source.named("send")


def test_what_another_app_has_copied_meanwhile_replaces_it(joined: Joined) -> None:
    joined.copy(b"first")
    joined.offered()
    source = joined.copy_elsewhere(TEXT)
    wait_until(lambda: pasted_from(joined, source) == b"second", "the X program to paste that")


def pasted_from(joined: Joined, source: Object) -> bytes:
    reader = paste(joined.x)
    wait_until(lambda: reader.poll() is not None or asked(joined, source), "an answer")
    if source.named("send"):
        joined.answer(source, b"second")
    return reader.communicate(timeout=30)[0]


def asked(joined: Joined, source: Object) -> bool:
    joined.other.app.roundtrip()
    return bool(source.named("send"))


def test_an_x_program_that_ends_takes_along_what_it_had(joined: Joined) -> None:
    owner = Owner(joined.x, {"UTF8_STRING": Owner.refuse})
    joined.offered()
    owner.x.destroy_window(owner.window)
    joined.other.app.until(lambda: joined.other.offered is None)


@pytest.mark.parametrize("joined", [PATIENT], indirect=True, ids=[""])
@pytest.mark.parametrize("has_offer", [False, True])
def test_a_click_that_pastes_may_be_faster_than_the_offer(joined: Joined, has_offer: bool) -> None:
    """The program asks while its window is only about to get the keyboard."""
    if has_offer:
        joined.copy_elsewhere(TEXT)
        wait_until(lambda: "UTF8_STRING" in targets(joined.x), "the X server to have what was copied first")
    else:
        joined.copy(b"of before")
        joined.offered()
    before = owner_of(joined.x)
    source = joined.other.copy(joined.turn_to(joined.other), TEXT)
    # What was offered first is the bridge's already, and what comes in its place, too.
    wait_until(lambda: has_offer or owner_of(joined.x) != before, "the X server to have something that is yet to come")
    reader = paste(joined.x)
    joined.turn_to(joined.front)
    # All who were not patient enough have asked as well.
    wait_until(lambda: joined.answer_all(source, b"hello") or reader.poll() is not None, "the program to have it")
    assert reader.communicate(timeout=30)[0] == b"hello"


def test_what_is_copied_without_the_keyboard_stays_among_x_programs(joined: Joined) -> None:
    joined.turn_to(joined.front)
    source = joined.other.copy(joined.turn_to(joined.other), TEXT)
    asked = Insisting(joined.x)
    asked.was_asked("TARGETS")
    for _ in range(20):
        assert pasted(joined.x) == b"insists"
    assert not source.named("cancelled")
    assert asked.taken < 5, "there is no race for it"


class Insisting(Owner):
    """Has something that it takes again whenever somebody else has."""

    def __init__(self, display: str) -> None:
        self.taken = 0
        super().__init__(display, {"UTF8_STRING": Insisting.write})

    def write(self, request: Request) -> None:
        self.x.change_property(request.window, request.into, request.target, 8, b"insists")
        self.notify(request, request.into)

    def cleared(self) -> None:
        self.taken += 1
        self.x.own(self.atoms["CLIPBOARD"], self.window)


def test_both_selections_are_apart(joined: Joined) -> None:
    joined.copy(b"marked", "primary")
    joined.copy(b"copied")
    assert joined.read(joined.offered()) == b"copied"
    assert pasted(joined.x, "primary") == b"marked"


def test_it_ends_with_either_server(display: Display, tmp_path: Path) -> None:
    with x_server() as x, bridge(display.instance("x", nested=True), x, tmp_path / "bridge.log", ends=True) as process:
        display.until_engine(m.InstanceConnections, instance="x", clients=1)
        display.engine.send(m.ForgetInstance("x"))
        assert process.wait(30) == 0


# --- programs that mean no good


def still_works(joined: Joined) -> None:
    joined.turn_to(joined.front)
    joined.copy(b"works")
    assert joined.read(joined.offered()) == b"works"


def test_an_owner_that_does_not_say_what_it_has(joined: Joined) -> None:
    owner = Owner(joined.x, {"TARGETS": Owner.ignore})
    owner.was_asked("TARGETS")
    still_works(joined)


@pytest.mark.parametrize("joined", [IMPATIENT.format("Listing")], indirect=True, ids=[""])
def test_an_owner_that_says_nothing_does_not_keep_out_what_others_copy(joined: Joined) -> None:
    owner = Owner(joined.x, {"TARGETS": Owner.ignore})
    owner.was_asked("TARGETS")

    def comes_in() -> bool:
        """Once that program was given up."""
        joined.copy_elsewhere(TEXT)
        reader = paste(joined.x, target="TARGETS")
        try:
            return b"UTF8_STRING" in reader.communicate(timeout=1)[0]
        except subprocess.TimeoutExpired:
            reader.kill()
            reader.communicate()
            return False

    wait_until(comes_in, "the X server to have what another app has copied")


@pytest.mark.parametrize("joined", [IMPATIENT.format("Fetch")], indirect=True, ids=[""])
@pytest.mark.parametrize("reaction", [Owner.ignore, Owner.never_go_on, Owner.refuse])
def test_an_owner_that_does_not_give_what_it_has(joined: Joined, reaction: object) -> None:
    owner = Owner(joined.x, {"UTF8_STRING": reaction})  # type: ignore[dict-item]
    assert joined.read(joined.offered()) == b"", "the reader is let go"
    assert owner.deleted == []
    still_works(joined)


def test_parts_without_an_end_take_no_memory(joined: Joined, display: Display) -> None:
    Owner(joined.x, {"UTF8_STRING": Owner.flood})
    pipe = receive(joined.offered(), joined.other, TEXT)
    read = 0
    while read < 40 << 20:
        read += len(os.read(pipe, 1 << 20))
    still_works(joined)
    os.close(pipe)
    still_works(joined)


def test_a_reader_that_never_reads(joined: Joined) -> None:
    Owner(joined.x, {"UTF8_STRING": Owner.flood})
    pipe = receive(joined.offered(), joined.other, TEXT)
    os.read(pipe, 1)
    still_works(joined)
    os.close(pipe)


def test_an_app_that_writes_without_an_end_and_an_x_program_that_does_not_read(joined: Joined) -> None:
    source = joined.copy_elsewhere(TEXT)
    wait_until(lambda: "UTF8_STRING" in targets(joined.x), "the X server to have it")
    reader = paste(joined.x)
    joined.other.app.until(lambda: source.named("send"))
    _type, fd = source.last("send")
    os.set_blocking(fd, False)
    written = 0
    while written < 8 << 20:
        try:
            written += os.write(fd, b"x" * (64 << 10))
        except BlockingIOError:
            reader.poll()
    reader.kill()
    reader.communicate()
    still_works(joined)
    os.close(fd)
