"""Clipboard managers: both selections at any time, for apps with the permission alone, as long as they have it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pywayland.protocol import ext_data_control_v1 as ext
from pywayland.protocol import wayland

from berth.core.permissions import CLIPBOARD_MANAGER
from berth.display import wlr_data_control as wlr
from tests.display.client import ClientError, Object
from tests.display.conftest import Display
from tests.display.shapes import App
from tests.display.test_selection import TEXT, Side
from tests.display.ui import FakeUi

GLOBALS: dict[str, Any] = {"ext": ext.ExtDataControlManagerV1, "wlr": wlr.ZwlrDataControlManagerV1}


class Manager:
    """A clipboard manager without a window."""

    def __init__(self, display: Display, kind: str, name: str = "manager", version: int = 0) -> None:
        self.app: App = display.app(display.instance(name, granted=(CLIPBOARD_MANAGER,)))
        self.seat = self.app.bind(wayland.WlSeat)
        self.manager = self.app.bind(GLOBALS[kind], version)
        self.device: Object = self.manager.get_data_device(self.seat)
        self.app.roundtrip()

    def source(self, *types: str) -> Object:
        source: Object = self.manager.create_data_source()
        for mime_type in types:
            source.offer(mime_type)
        return source

    def types(self, event: str) -> list[str] | None:
        (offer,) = self.device.last(event)
        return None if offer is None else [told.arguments[0] for told in offer.named("offer")]


def paste(reader: App, offer: Object, writer: App, source: Object, data: bytes = b"hello") -> bytes:
    ours, theirs = os.pipe()
    offer.receive(TEXT, theirs)
    os.close(theirs)
    reader.roundtrip()
    writer.roundtrip()
    if source.named("send"):
        _type, fd = source.last("send")
        source.events.clear()
        os.write(fd, data)
        os.close(fd)
    with os.fdopen(ours, "rb") as pipe:
        return pipe.read()


@pytest.fixture(params=["ext", "wlr"])
def kind(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


def test_invisible_without_the_permission(display: Display) -> None:
    app = display.app()
    assert not {manager.name for manager in GLOBALS.values()} & set(app.globals)


def test_both_selections_are_seen(display: Display, kind: str) -> None:
    ui = display.ui()
    manager = Manager(display, kind)
    assert [event.name for event in manager.device.events] == ["selection", "primary_selection"]
    clipboard, primary = Side(display, ui, "a", "clipboard"), Side(display, ui, "b", "primary")
    source = clipboard.copy(clipboard.focus(), TEXT, "UTF8_STRING")
    manager.app.roundtrip()
    assert manager.types("selection") == [TEXT, "UTF8_STRING"]
    (offer,) = manager.device.last("selection")
    assert paste(manager.app, offer, clipboard.app, source) == b"hello"
    marked = primary.copy(primary.focus(), TEXT)
    manager.app.roundtrip()
    assert manager.types("primary_selection") == [TEXT]
    (other,) = manager.device.last("primary_selection")
    assert paste(manager.app, other, primary.app, marked) == b"hello"
    late = manager.manager.get_data_device(manager.seat)
    manager.app.roundtrip()
    assert [event.name for event in late.events] == ["data_offer", "selection", "data_offer", "primary_selection"]
    source.destroy()
    clipboard.app.roundtrip()
    manager.app.roundtrip()
    assert manager.types("selection") is None
    assert paste(manager.app, offer, clipboard.app, source) == b"", "an offer of the past"


@pytest.mark.parametrize("selection", ["clipboard", "primary"])
def test_selections_are_set(display: Display, kind: str, selection: str) -> None:
    ui = display.ui()
    manager, side = Manager(display, kind), Side(display, ui, "a", selection)
    side.focus()
    first = manager.source(TEXT)
    setter = "set_selection" if selection == "clipboard" else "set_primary_selection"
    getattr(manager.device, setter)(first)
    manager.app.roundtrip()
    side.app.until(lambda: side.device.named("selection") and side.offered is not None)
    assert side.offered is not None
    assert paste(side.app, side.offered, manager.app, first) == b"hello"
    own = side.copy(side.keyboard.last("enter")[0], TEXT)
    manager.app.until(lambda: first.named("cancelled"))
    second = manager.source(TEXT)
    getattr(manager.device, setter)(second)
    manager.app.roundtrip()
    side.app.until(lambda: own.named("cancelled"))
    getattr(manager.device, setter)(None)
    manager.app.until(lambda: second.named("cancelled"))
    side.app.roundtrip()
    side.app.until(lambda: side.offered is None)


def test_the_permission_is_taken_back(display: Display, kind: str) -> None:
    ui = display.ui()
    manager, side = Manager(display, kind), Side(display, ui, "a", "clipboard")
    serial = side.focus()
    held = manager.source(TEXT)
    manager.device.set_primary_selection(held)
    source = side.copy(serial, TEXT)
    manager.app.roundtrip()
    (offer,) = manager.device.last("selection")
    display.grant(name="manager")
    manager.app.until(lambda: manager.device.named("finished") and held.named("cancelled"))
    assert GLOBALS[kind].name not in manager.app.globals
    assert paste(manager.app, offer, side.app, source) == b"", "what it had been offered"
    seen = len(manager.device.events)
    mine = manager.source(TEXT)
    manager.device.set_selection(mine)
    manager.device.set_primary_selection(None)
    late = manager.manager.get_data_device(manager.seat)
    manager.app.roundtrip()
    assert mine.named("cancelled") and not source.named("cancelled")
    assert [event.name for event in late.events] == ["finished"]
    side.copy(serial, "image/png")
    manager.app.roundtrip()
    assert len(manager.device.events) == seen
    manager.device.destroy()
    late.destroy()
    manager.manager.destroy()
    manager.app.roundtrip()
    display.grant(CLIPBOARD_MANAGER, name="manager")
    manager.app.until(lambda: GLOBALS[kind].name in manager.app.globals)
    again = manager.app.bind(GLOBALS[kind]).get_data_device(manager.seat)
    manager.app.until(lambda: again.named("selection"))


def test_both_protocols_see_each_other(display: Display) -> None:
    one, two = Manager(display, "ext", "one"), Manager(display, "wlr", "two")
    source = one.source(TEXT)
    one.device.set_selection(source)
    one.app.roundtrip()
    two.app.roundtrip()
    (offer,) = two.device.last("selection")
    assert paste(two.app, offer, one.app, source) == b"hello"
    one.app.close()
    two.app.until(lambda: two.types("selection") is None)


def test_the_first_version_of_wlr_knows_one_selection(display: Display) -> None:
    manager = Manager(display, "wlr", version=1)
    assert [event.name for event in manager.device.events] == ["selection"]


def test_a_manager_that_does_not_read_is_spared_what_is_obsolete(display: Display, kind: str) -> None:
    ui = display.ui()
    manager, side = Manager(display, kind), Side(display, ui, "a", "clipboard")
    serial = side.focus()
    names = [f"application/x-{number}-{'n' * 100}" for number in range(100)]
    for _ in range(200):
        side.copy(serial, *names)
        side.app.roundtrip()
    last = side.copy(serial, TEXT)
    # As it reads, it throws away the offers that are out of date.
    manager.app.roundtrip()
    for event in manager.device.named("data_offer")[:-1]:
        event.arguments[0].destroy()
    manager.app.until(lambda: manager.types("selection") == [TEXT])
    assert len(manager.device.named("selection")) < 100
    (offer,) = manager.device.last("selection")
    assert paste(manager.app, offer, side.app, last) == b"hello"


_MANY = [f"x/{number}" for number in range(600)]
_LONG = [f"x/{'y' * 3000}{number}" for number in range(30)]


@pytest.mark.parametrize("types", [_MANY, _LONG], ids=["many", "long"])
def test_a_source_has_its_limits(display: Display, types: list[str]) -> None:
    side = Side(display, display.ui(), "a", "clipboard")
    with pytest.raises(ClientError, match="types"):
        side.copy(1, *types)


def test_a_hoarder_of_offers_is_the_one_to_go(display: Display, kind: str) -> None:
    ui = display.ui()
    manager, side = Manager(display, kind), Side(display, ui, "a", "clipboard")
    for _ in range(19_900):
        manager.app.compositor.create_region()
    manager.app.roundtrip()
    serial = side.focus()
    with pytest.raises(ClientError, match="protocol objects"):
        for _ in range(200):
            side.copy(serial, TEXT)
            manager.app.roundtrip()
    assert not side.copy(serial, TEXT).named("cancelled")


def _reused(manager: Manager) -> None:
    source = manager.source(TEXT)
    manager.device.set_selection(source)
    manager.device.set_primary_selection(source)


def _offered_late(manager: Manager) -> None:
    source = manager.source(TEXT)
    manager.device.set_selection(source)
    source.offer("x/y")


@pytest.mark.parametrize(("misuse", "name"), [(_reused, "device"), (_offered_late, "source")])
def test_misuse(display: Display, kind: str, misuse: Any, name: str) -> None:
    manager = Manager(display, kind)
    misuse(manager)
    with pytest.raises(ClientError) as raised:
        manager.app.roundtrip()
    prefix = {"ext": "ext", "wlr": "zwlr"}[kind]
    assert (raised.value.interface, raised.value.code) == (f"{prefix}_data_control_{name}_v1", 1)


# --- wl-clipboard, a real program


class Tools:
    """wl-copy and wl-paste as apps of one instance."""

    def __init__(self, display: Display) -> None:
        path = display.instance("tools", granted=(CLIPBOARD_MANAGER,))
        self.environment = {**os.environ, "XDG_RUNTIME_DIR": str(path.parent), "WAYLAND_DISPLAY": str(path)}

    def copy(self, text: str, *options: str) -> subprocess.Popen[bytes]:
        """In the foreground, so that the test knows when it ends."""
        return subprocess.Popen(["wl-copy", "--foreground", *options, text], env=self.environment)

    def paste(self, *options: str) -> bytes:
        command = ["wl-paste", "--no-newline", *options]
        return subprocess.run(command, env=self.environment, capture_output=True, timeout=30, check=False).stdout


@pytest.fixture
def tools(display: Display) -> Iterator[Tools]:
    yield Tools(display)


@pytest.mark.parametrize("options", [(), ("--primary",)])
def test_wl_clipboard(display: Display, tools: Tools, options: tuple[str, ...], tmp_path: Path) -> None:
    ui: FakeUi = display.ui()
    side = Side(display, ui, "a", "primary" if options else "clipboard")
    serial = side.focus()
    copying = tools.copy("from the tool", *options)
    try:
        side.app.until(lambda: side.device.named("selection") and side.offered is not None)
        assert tools.paste(*options) == b"from the tool"
        assert side.offered is not None
        ours, theirs = os.pipe()
        side.offered.receive("text/plain", theirs)
        os.close(theirs)
        side.app.flush()
        with os.fdopen(ours, "rb") as pipe:
            assert pipe.read() == b"from the tool"
        source = side.copy(serial, "text/plain")
        assert copying.wait(30) == 0, "it ends when somebody else copies"
        with subprocess.Popen(
            ["wl-paste", "--no-newline", *options], env=tools.environment, stdout=subprocess.PIPE
        ) as pasting:
            side.app.until(lambda: source.named("send"))
            _type, fd = source.last("send")
            os.write(fd, b"from the app")
            os.close(fd)
            assert pasting.communicate(timeout=30)[0] == b"from the app"
    finally:
        copying.kill()
        copying.wait()
