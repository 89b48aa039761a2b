"""Readers and writers of pipes and of the keymap that block, never come or never end: nobody waits for them."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from berth.core import messages as m
from tests.abuse.test_offenders import descriptors
from tests.display.client import ClientError, Object
from tests.display.conftest import Display
from tests.display.test_drag import Side as Dragging
from tests.display.test_selection import TEXT, Side
from tests.display.ui import FakeUi
from tests.ready import readable

SOON = 40.0
TOLERANCE = 4 << 20
"""Bytes that the server may grow by, while a hundred times as much goes through a pipe, or might."""
_BOUND = 1_200
"""Descriptors that may be on their way to one client that reads none."""


def memory(display: Display) -> int:
    pages = int(Path(f"/proc/{display.process.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGESIZE")


@pytest.fixture
def ui(display: Display) -> FakeUi:
    return display.ui()


class Pair:
    """One that has copied, one that may paste, and one that has nothing to do with it."""

    def __init__(self, display: Display, ui: FakeUi, kind: str) -> None:
        self.ui = ui
        self.one, self.two, self.witness = (Side(display, ui, name, kind) for name in ("a", "b", "c"))
        self.source = self.one.copy(self.one.focus(), TEXT)
        self.two.focus()
        self.two.app.until(lambda: self.two.offered, SOON)

    def paste(self) -> int:
        """Returns where the data come."""
        assert self.two.offered is not None
        reader, writer = os.pipe()
        self.two.offered.receive(TEXT, writer)
        os.close(writer)
        return reader

    def asked(self) -> int:
        """Where the one who has copied shall write."""
        count = len(self.source.named("send"))
        self.one.app.until(lambda: len(self.source.named("send")) > count, SOON)
        fd: int = self.source.last("send")[1]
        return fd

    def others_go_on(self) -> None:
        """Another app gets the keyboard and copies."""
        self.witness.app.roundtrip()
        before = len(self.two.device.named("selection"))
        self.witness.copy(self.witness.focus(), TEXT)
        self.two.focus()
        self.two.app.until(lambda: len(self.two.device.named("selection")) > before, SOON)


@pytest.fixture(params=["clipboard", "primary"])
def pair(display: Display, ui: FakeUi, request: pytest.FixtureRequest) -> Pair:
    return Pair(display, ui, request.param)


def test_data_without_an_end_for_a_reader_that_never_reads(display: Display, pair: Pair) -> None:
    before = memory(display)
    reader = pair.paste()
    pair.two.app.flush()
    writer = pair.asked()
    os.set_blocking(writer, False)
    written = 0
    with pytest.raises(BlockingIOError):
        while True:
            written += os.write(writer, b"x" * 65536)
    pair.others_go_on()
    assert written <= 1 << 20, "more than the pipe holds"
    assert memory(display) - before < TOLERANCE
    os.close(reader)
    os.close(writer)


def test_data_without_an_end_for_one_that_reads_all_of_it(display: Display, pair: Pair) -> None:
    """200 MiB from app to app, past the server."""
    before = memory(display)
    reader = pair.paste()
    pair.two.app.flush()
    writer = pair.asked()
    left = 200 << 20
    thread = threading.Thread(target=_pour, args=(writer, left))
    thread.start()
    while left:
        left -= len(os.read(reader, 1 << 20))
    pair.others_go_on()
    thread.join()
    os.close(reader)
    assert memory(display) - before < TOLERANCE


def _pour(writer: int, size: int) -> None:
    block = b"x" * (1 << 20)
    while size:
        size -= os.write(writer, block[:size])
    os.close(writer)


def test_a_source_that_never_writes_keeps_only_its_reader(display: Display, pair: Pair) -> None:
    readers = [pair.paste() for _ in range(50)]
    pair.two.app.roundtrip()
    before = descriptors(display)
    pair.others_go_on()
    assert not readable(readers)
    for reader in readers:
        os.close(reader)  # the readers have had enough
    pair.two.app.roundtrip()
    pair.one.app.close()
    pair.two.app.until(lambda: _spoken(pair.two) and descriptors(display) < before, SOON)


def _spoken(side: Side) -> bool:
    side.app.display.sync()
    side.app.flush()
    return True


def test_thousands_of_pastes_from_an_app_that_reads_nothing(display: Display, pair: Pair) -> None:
    """Their pipes wait in its connection: as many as that holds, and then it is ended."""
    before = descriptors(display)
    pair.two.app.roundtrip()
    most = 0
    for _ in range(40):
        for _ in range(100):
            os.close(pair.paste())
        pair.two.app.roundtrip()
        most = max(most, descriptors(display))
    assert most < before + _BOUND
    pair.others_go_on()


def test_thousands_of_keymaps_for_an_app_that_reads_nothing(display: Display, ui: FakeUi) -> None:
    side = Side(display, ui, "good", "clipboard")
    deaf = Dragging(display, ui, "deaf")
    before, most = descriptors(display), 0
    keyboards: list[Object] = []
    try:
        for _ in range(40):
            keyboards += [deaf.seat.get_keyboard() for _ in range(100)]
            deaf.app.flush()
            side.app.roundtrip()
            most = max(most, descriptors(display))
    except (ClientError, OSError):
        pass  # it has had enough, as it may
    assert most < before + _BOUND
    ui.send(m.KeyboardFocus(side.surface))
    side.app.until(lambda: side.keyboard.named("enter"), SOON)
    deaf.app.close()
    side.app.until(lambda: _spoken(side) and descriptors(display) <= before, SOON)


def test_a_drop_that_nobody_reads_or_writes(display: Display, ui: FakeUi) -> None:
    one, two, witness = (Dragging(display, ui, name) for name in ("a", "b", "c"))
    source = one.source(1)
    one.drag(source)
    ui.send(m.PointerMotion(two.surface, 5, 6, 3))
    offer = two.agree(1)
    ui.send(m.PointerButton(0x110, False, 9))
    two.app.until(lambda: two.device.named("drop"), SOON)
    reader, writer = os.pipe()
    offer.receive(TEXT, writer)
    os.close(writer)
    two.app.roundtrip()
    witness.drag(witness.source(1))  # others drag meanwhile
    ui.until(lambda: ui.drag, SOON)
    ui.send(m.CancelDrag(), m.PointerButton(0x110, False, 10))
    assert not readable([reader])
    offer.destroy()  # the target has waited long enough: no finish, so the drag has failed
    two.app.roundtrip()
    one.app.until(lambda: source.named("cancelled") or source.named("dnd_finished"), SOON)
    os.close(reader)
