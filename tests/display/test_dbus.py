"""The message bus of an app, spoken to by a client that is not ours, and by hostile ones."""

from __future__ import annotations

import contextlib
import socket
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from jeepney import (
    DBusAddress,
    HeaderFields,
    MatchRule,
    MessageFlag,
    MessageType,
    message_bus,
    new_error,
    new_method_call,
)
from jeepney import new_method_return as returned
from jeepney import new_signal as signal_of
from jeepney.io.blocking import DBusConnection, open_dbus_connection
from jeepney.low_level import Message

from berth.core import messages as m
from berth.display.dbus import bus, connection, driver, match, names, wire
from tests.display.conftest import Display
from tests.display.ui import WAIT
from tests.ready import readable

PALETTE = m.AppPalette(
    "dark", False, *["#000000"] * 9, *["#336699"] * 6, terminal=tuple(["#000000"] * 16), reduced_motion=True
)
LIGHT = msgspec.structs.replace(PALETTE, scheme="light", accent="#ff0000", reduced_motion=False)
PORTAL = DBusAddress(
    "/org/freedesktop/portal/desktop", "org.freedesktop.portal.Desktop", "org.freedesktop.portal.Settings"
)
BUS = DBusAddress("/org/freedesktop/DBus", "org.freedesktop.DBus", "org.freedesktop.DBus")
APPEARANCE, GNOME = "org.freedesktop.appearance", "org.gnome.desktop.interface"


def _connected(directory: Path, name: str = "a") -> DBusConnection:
    return open_dbus_connection(f"unix:path={directory}/bus-{name}", auth_timeout=WAIT)


@pytest.fixture
def connect(display: Display) -> Iterator[Callable[..., DBusConnection]]:
    """Connects to the bus of an instance, which is made with the first connection."""
    made: list[DBusConnection] = []
    there: set[str] = set()

    def one(name: str = "a") -> DBusConnection:
        if name not in there:
            there.add(name)
            display.instance(name, bus=True)
        made.append(_connected(display.directory, name))
        return made[-1]

    yield one
    for each in made:
        each.close()


def call(who: DBusConnection, address: DBusAddress, method: str, signature: str = "", *values: Any) -> Any:
    """The body of the answer, a single value as such; the name of an error."""
    serial = next(who.outgoing_serial)
    who.send(new_method_call(address, method, signature or None, values), serial=serial)
    reply = until(who, lambda message: message.header.fields.get(HeaderFields.reply_serial) == serial)
    if reply.header.message_type is MessageType.error:
        return reply.header.fields[HeaderFields.error_name]
    return reply.body[0] if len(reply.body) == 1 else reply.body


def until(who: DBusConnection, wanted: Callable[[Message], bool]) -> Message:
    """The first message, old or new, that is wanted; `heard` keeps the others."""
    heard: list[Message] = who.__dict__.setdefault("heard", [])
    for message in heard:
        if wanted(message):
            heard.remove(message)
            return message
    while not wanted(message := who.receive(timeout=WAIT)):
        heard.append(message)
    return message


def member(message: Message) -> Any:
    return message.header.fields.get(HeaderFields.member)


def test_settings_are_read_and_changes_told(display: Display, connect: Callable[..., DBusConnection]) -> None:
    display.engine.send(m.StyleWritten(PALETTE))
    app = connect()
    assert call(app, PORTAL, "ReadOne", "ss", APPEARANCE, "color-scheme") == ("u", 1)
    assert call(app, PORTAL, "Read", "ss", APPEARANCE, "color-scheme") == ("v", ("u", 1))
    assert call(app, PORTAL, "ReadOne", "ss", APPEARANCE, "accent-color") == ("(ddd)", (0.2, 0.4, 0.6))
    everything = call(app, PORTAL, "ReadAll", "as", [])
    assert everything[APPEARANCE]["reduced-motion"] == ("u", 1) and everything[APPEARANCE]["contrast"] == ("u", 0)
    assert everything[GNOME]["color-scheme"] == ("s", "prefer-dark")
    assert everything[GNOME]["enable-animations"] == ("b", False)
    assert everything[GNOME]["text-scaling-factor"] == ("d", 1.0)
    assert set(call(app, PORTAL, "ReadAll", "as", ["org.gnome.*"])) == {GNOME, "org.gnome.desktop.a11y.interface"}
    assert set(call(app, PORTAL, "ReadAll", "as", [APPEARANCE])) == {APPEARANCE}
    properties = PORTAL.with_interface("org.freedesktop.DBus.Properties")
    assert call(app, properties, "Get", "ss", PORTAL.interface, "version") == ("u", 2)
    assert call(app, properties, "GetAll", "s", PORTAL.interface) == {"version": ("u", 2)}

    rule = MatchRule(type="signal", sender=PORTAL.bus_name, interface=PORTAL.interface, path=PORTAL.object_path)
    assert call(app, BUS, "AddMatch", "s", rule.serialise()) == ()
    display.engine.send(m.StyleWritten(PALETTE))  # is known
    display.engine.send(m.StyleWritten(LIGHT))
    told: list[tuple[str, str, Any]] = []
    while not told or told[-1] != ("org.gnome.desktop.a11y.interface", "high-contrast", ("b", False)):
        told.append(until(app, lambda message: member(message) == "SettingChanged").body)
    changed = {(namespace, key): value for namespace, key, value in told}
    assert changed[APPEARANCE, "color-scheme"] == ("u", 2)
    assert changed[APPEARANCE, "accent-color"] == ("(ddd)", (1.0, 0.0, 0.0))
    assert changed[GNOME, "enable-animations"] == ("b", True)
    assert changed[GNOME, "gtk-theme"] != everything[GNOME]["gtk-theme"]
    assert (APPEARANCE, "contrast") not in changed and (GNOME, "font-name") not in changed
    # Whoever reads its sheets again when the contrast changes has a reason to.
    assert told[-2:] == [("org.gnome.desktop.a11y.interface", "high-contrast", ("b", value)) for value in (True, False)]


def test_what_there_is_not_is_said(display: Display, connect: Callable[..., DBusConnection]) -> None:
    app = connect()
    assert call(app, PORTAL, "ReadOne", "ss", APPEARANCE, "color-scheme") == "org.freedesktop.portal.Error.NotFound"
    assert call(app, PORTAL, "ReadAll", "as", []) == {}
    error = "org.freedesktop.DBus.Error."
    files = PORTAL.with_interface("org.freedesktop.portal.FileChooser")
    assert call(app, files, "OpenFile", "ss", "", "") == error + "UnknownMethod"
    assert call(
        app, files.with_interface("org.freedesktop.DBus.Properties"), "Get", "ss", files.interface, "version"
    ) == (error + "InvalidArgs")
    elsewhere = DBusAddress("/", PORTAL.bus_name, PORTAL.interface)
    assert call(app, elsewhere, "ReadAll", "as", []) == error + "UnknownObject"
    assert call(app, PORTAL, "ReadAll", "s", "") == error + "InvalidArgs"
    nobody = DBusAddress("/", "org.freedesktop.Notifications", "org.freedesktop.Notifications")
    assert call(app, nobody, "Notify") == error + "ServiceUnknown"
    assert call(app, BUS, "StartServiceByName", "su", nobody.bus_name, 0) == error + "ServiceUnknown"
    assert call(app, BUS, "UpdateActivationEnvironment", "a{ss}", {}) == error + "UnknownMethod"
    assert call(app, BUS, "GetConnectionUnixProcessID", "s", app.unique_name) == error + "UnixProcessIdUnknown"
    assert call(app, BUS, "GetConnectionUnixUser", "s", app.unique_name) == 1000
    assert call(app, BUS, "GetNameOwner", "s", "org.example.None") == error + "NameHasNoOwner"
    assert call(app, BUS, "AddMatch", "s", "type='nonsense'") == error + "MatchRuleInvalid"
    assert call(app, BUS, "RemoveMatch", "s", "type='signal'") == error + "MatchRuleNotFound"
    assert call(app, BUS, "Hello") == error + "Failed"


def test_programs_of_an_app_reach_each_other(display: Display, connect: Callable[..., DBusConnection]) -> None:
    one, other = connect(), connect()
    rule = MatchRule(type="signal", interface="org.example.App", member="Moved", path_namespace="/org/example")
    call(other, BUS, "AddMatch", "s", rule.serialise())
    call(other, BUS, "AddMatch", "s", "type='signal',member='NameOwnerChanged',arg0='org.example.App'")
    assert call(one, BUS, "RequestName", "su", "org.example.App", 0) == names.PRIMARY
    moved = until(other, lambda message: member(message) == "NameOwnerChanged")
    assert moved.body == ("org.example.App", "", one.unique_name)
    until(one, lambda message: member(message) == "NameAcquired" and message.body == ("org.example.App",))
    assert call(other, BUS, "GetNameOwner", "s", "org.example.App") == one.unique_name
    assert "org.example.App" in call(other, BUS, "ListNames")

    app = DBusAddress("/org/example", "org.example.App", "org.example.App")
    asked = new_method_call(app, "Open", "s", ("file",))
    other.send(asked, serial=77)
    heard = until(one, lambda message: member(message) == "Open")
    fields = heard.header.fields
    assert heard.body == ("file",) and fields[HeaderFields.sender] == other.unique_name
    one.send(returned(heard, "s", ("done",)))
    answered = until(other, lambda message: message.header.message_type is MessageType.method_return)
    assert answered.body == ("done",) and answered.header.fields[HeaderFields.reply_serial] == 77

    one.send(signal_of(app, "Stayed"))
    one.send(signal_of(DBusAddress("/org/examples", None, "org.example.App"), "Moved"))
    one.send(signal_of(DBusAddress("/org/example/window", None, "org.example.App"), "Moved", "s", ("here",)))
    heard = until(other, lambda message: message.header.fields.get(HeaderFields.interface) == "org.example.App")
    assert heard.body == ("here",)

    other.send(asked, serial=78)
    until(one, lambda message: member(message) == "Open")
    one.close()
    lost = until(other, lambda message: message.header.message_type is MessageType.error)
    assert lost.header.fields[HeaderFields.error_name] == "org.freedesktop.DBus.Error.NoReply"
    assert until(other, lambda message: member(message) == "NameOwnerChanged").body[2] == ""
    assert call(other, BUS, "NameHasOwner", "s", "org.example.App") == 0


def test_names_are_queued_and_replaced(connect: Callable[..., DBusConnection]) -> None:
    first, second = connect(), connect()
    name = "org.example.App"
    assert call(first, BUS, "RequestName", "su", name, 1) == names.PRIMARY  # may be replaced
    assert call(first, BUS, "RequestName", "su", name, 1) == names.ALREADY
    assert call(second, BUS, "RequestName", "su", name, 4) == names.EXISTS
    assert call(second, BUS, "RequestName", "su", name, 0) == names.QUEUED
    assert call(first, BUS, "ListQueuedOwners", "s", name) == [first.unique_name, second.unique_name]
    assert call(second, BUS, "RequestName", "su", name, 2) == names.PRIMARY
    assert until(first, lambda message: member(message) == "NameLost").body == (name,)
    assert call(first, BUS, "RequestName", "su", name, 2) == names.QUEUED  # may not be replaced any more
    assert call(second, BUS, "ReleaseName", "s", name) == names.RELEASED
    assert call(second, BUS, "GetNameOwner", "s", name) == first.unique_name
    assert call(second, BUS, "ReleaseName", "s", name) == names.NOT_OWNER
    assert call(second, BUS, "ReleaseName", "s", "org.example.Other") == names.NON_EXISTENT
    assert call(second, BUS, "RequestName", "su", PORTAL.bus_name, 2) == names.EXISTS
    for bad in ("org", ":1.5", "org.freedesktop.DBus", "a..b", "a.b/c", "a." + "b" * 260):
        assert call(second, BUS, "RequestName", "su", bad, 0) == "org.freedesktop.DBus.Error.InvalidArgs"


def test_each_app_is_alone_on_its_bus(display: Display, connect: Callable[..., DBusConnection]) -> None:
    mine, other = connect(), connect("b")
    call(mine, BUS, "RequestName", "su", "org.example.App", 0)
    assert call(other, BUS, "NameHasOwner", "s", "org.example.App") == 0
    assert set(call(other, BUS, "ListNames")) == {BUS.bus_name, PORTAL.bus_name, ":1.0", other.unique_name}
    assert call(mine, BUS, "GetId") != call(other, BUS, "GetId")


def test_a_new_socket_leaves_connections_alone(display: Display, connect: Callable[..., DBusConnection]) -> None:
    app = connect()
    display.instance("a", bus=True)  # as an engine does that has started anew
    again = _connected(display.directory)
    assert call(app, BUS, "NameHasOwner", "s", again.unique_name) == 1
    again.close()


def test_the_bus_ends_with_its_app(display: Display, connect: Callable[..., DBusConnection]) -> None:
    app = connect()
    display.engine.send(m.ForgetInstance("a"))
    with pytest.raises((EOFError, OSError)):
        until(app, lambda _message: False)


class Raw:
    """A client that says what it likes."""

    def __init__(self, display: Display, greeting: bytes = b"\0AUTH EXTERNAL 30\r\nBEGIN\r\n") -> None:
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(WAIT)
        self.socket.connect(str(display.directory / "bus-a"))
        self.send(greeting)

    def send(self, data: bytes) -> None:
        """It may have been disconnected by then."""
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.socket.sendall(data)

    def is_disconnected(self) -> bool:
        while readable([self.socket], WAIT):
            try:
                if not self.socket.recv(65536):
                    return True
            except ConnectionResetError:
                return True
        return False


def header(size: int = 0, serial: int = 1, fields: bytes = b"", start: bytes = b"l\1\0\1", length: int = -1) -> bytes:
    data = start + struct.pack("<III", size, serial, len(fields) if length < 0 else length) + fields
    return data + bytes(-len(data) % 8)


HELLO = new_method_call(BUS, "Hello").serialise(serial=1)


@pytest.mark.parametrize(
    "evil",
    [
        b"x" * 32,
        header(start=b"l\1\0\2"),
        header(start=b"l\x09\0\1"),
        header(serial=0),
        header(),  # no path, no member
        header(size=128 << 20),
        header(size=wire.MAX_MESSAGE),  # no path, no member
        wire.Message(wire.METHOD_CALL, 1, "/", member="Open", body=bytes(wire.MAX_MESSAGE)).encoded(),  # before Hello
        header(length=1 << 20),
        header(length=0xFFFFFFFF),
        header(fields=b"\1\2so\0"),
        header(fields=b"\1\1s\0\xff\xff\xff\xff"),
        header(fields=b"\1\1o\0\4\0\0\0\xff\xff\xff\xff\0"),
        header(fields=b"\x20\1v\0"),
        new_method_call(BUS, "GetId").serialise(serial=1),  # before Hello
        HELLO + header(fields=b"\5\1u\0\7\0\0\0", start=b"l\3\0\1"),  # an error without a name
        HELLO + b"l\1\0\1" + b"\0" * 12,
        HELLO + wire.Message(wire.METHOD_CALL, 2, "/", member="Get/Id").encoded(),
        HELLO + wire.Message(wire.METHOD_CALL, 2, "/", member="G" * 256).encoded(),
        HELLO + wire.Message(wire.METHOD_CALL, 2, "/", "nothing", "GetId").encoded(),
        HELLO + wire.Message(wire.METHOD_CALL, 2, "no/path", member="GetId").encoded(),
        HELLO + wire.Message(wire.METHOD_CALL, 2, "/path/", member="GetId").encoded(),
        HELLO + wire.Message(wire.METHOD_CALL, 2, "/", member="Open", destination="org..example").encoded(),
        HELLO + wire.Message(wire.METHOD_CALL, 2, "/", member="Open", destination="org.example\0.App").encoded(),
        HELLO + wire.Message(wire.METHOD_CALL, 2, "/", member="GetId", signature="ä").encoded(),
        HELLO + wire.Message(wire.ERROR, 2, reply_to=1, error="Bad").encoded(),
        HELLO + wire.Message(wire.SIGNAL, 2, "/", "org.freedesktop.DBus.Local", "Disconnected").encoded(),
    ],
)
def test_whoever_sends_no_messages_is_disconnected(display: Display, evil: bytes) -> None:
    display.instance(bus=True)
    raw = Raw(display)
    raw.send(evil + b"\0" * 64)
    assert raw.is_disconnected()
    raw.socket.close()
    display.until_engine(m.InstanceMisbehaved)


def test_the_handshake_as_each_library_does_it(display: Display) -> None:
    display.instance(bus=True)
    for greeting, answers in (
        (b"\0AUTH\r\nAUTH EXTERNAL 31303030\r\nNEGOTIATE_UNIX_FD\r\nBEGIN\r\n", (b"REJECTED", b"OK", b"ERROR")),
        (b"\0AUTH EXTERNAL\r\nDATA\r\nNEGOTIATE_UNIX_FD\r\nBEGIN\r\n", (b"DATA", b"OK", b"ERROR")),
        (b"\0AUTH ANONYMOUS\r\nCANCEL\r\nAUTH EXTERNAL 30\r\nBEGIN\r\n", (b"REJECTED", b"REJECTED", b"OK")),
    ):
        raw = Raw(display, greeting)
        said = raw.socket.makefile("rb")
        for answer in answers:
            assert said.readline().startswith(answer)
        raw.socket.sendall(HELLO)
        assert said.read(4) == b"l\2\1\1"
        said.close()
        raw.socket.close()
    for endless in (b"x" * 5000, b"AUTH\r\n" * 100, b"\0BEGIN\r\n" + b"x" * 16):
        raw = Raw(display, endless)
        assert raw.is_disconnected()
        raw.socket.close()


def test_what_is_too_large_is_answered_and_forgotten(display: Display, connect: Callable[..., DBusConnection]) -> None:
    one, other = connect(), connect()
    limit = "org.freedesktop.DBus.Error.LimitsExceeded"
    picture = bytes(600 << 10)
    app = DBusAddress("/", other.unique_name, "org.example.App")
    nobody = DBusAddress("/", "org.freedesktop.Notifications", "org.freedesktop.Notifications")
    for address in (app, nobody, BUS):
        assert call(one, address, "Show", "ay", picture) == limit
    one.send(signal_of(DBusAddress("/", None, "org.example.App"), "Drawn", "ay", (picture,)))
    silent = new_method_call(app, "Keep", "ay", (picture,))
    silent.header.flags = MessageFlag.no_reply_expected
    one.send(silent)
    assert call(one, BUS, "GetId"), "and it goes on"

    one.send(new_method_call(app, "Draw"), serial=77)
    asked = until(other, lambda message: member(message) == "Draw")
    other.send(returned(asked, "ay", (picture,)))
    told = until(one, lambda message: message.header.fields.get(HeaderFields.reply_serial) == 77)
    assert told.header.fields[HeaderFields.error_name] == limit
    assert told.header.fields[HeaderFields.sender] == other.unique_name
    other.send(returned(asked, "s", ("once more",)))
    assert call(other, BUS, "GetId")
    one.send(new_method_call(app, "Draw", "s", ("again",)), serial=78)
    other.send(returned(until(other, lambda message: member(message) == "Draw"), "s", ("done",)))
    answers = [message for message in heard_until(one, 78) if message.header.message_type is MessageType.method_return]
    assert [message.body for message in answers] == [("done",)], "an answer counts once"


def heard_until(who: DBusConnection, serial: int) -> list[Message]:
    """The answer to this call, and all that came before it and was not wanted."""
    last = until(who, lambda message: message.header.fields.get(HeaderFields.reply_serial) == serial)
    return [*who.__dict__["heard"], last]


def test_a_large_message_that_comes_for_ever_takes_no_room(display: Display) -> None:
    display.instance(bus=True)
    raw = Raw(display)
    raw.send(HELLO)
    large = wire.Message(wire.SIGNAL, 2, "/", "org.example.App", "Drawn").encoded()
    raw.send(large[:4] + struct.pack("<I", 100 << 20) + large[8:])
    before = memory_of(display.process.pid)
    for _ in range(100):
        raw.send(bytes(1 << 20))
    raw.send(wire.Message(wire.METHOD_CALL, 3, "/", member="GetId", destination=BUS.bus_name).encoded())
    said = b""
    while said.count(b"l\2\1\1") < 2:  # the answers to Hello and to what came after
        said += raw.socket.recv(65536)
    assert memory_of(display.process.pid) - before < 8 << 20
    raw.socket.close()


def memory_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096


def test_what_one_app_can_have_is_bounded(display: Display, connect: Callable[..., DBusConnection]) -> None:
    app = connect()
    limit = "org.freedesktop.DBus.Error.LimitsExceeded"
    given = [call(app, BUS, "RequestName", "su", f"org.example.N{number}", 0) for number in range(names.MAX_NAMES + 1)]
    assert given[-2:] == [names.PRIMARY, limit]
    given = [call(app, BUS, "AddMatch", "s", f"arg0='{number}'") for number in range(driver.MAX_RULES + 1)]
    assert given[-2:] == [(), limit]
    raws = [Raw(display) for _ in range(bus.MAX_CONNECTIONS)]
    assert raws[-1].is_disconnected()
    assert call(app, BUS, "GetId")
    for raw in raws:
        raw.socket.close()


def test_whoever_does_not_read_is_disconnected(display: Display, connect: Callable[..., DBusConnection]) -> None:
    app, lazy = connect(), connect()
    mail = signal_of(DBusAddress("/", None, "org.example.App"), "Mail", "s", ("x" * 100_000,))
    mail.header.fields[HeaderFields.destination] = lazy.unique_name
    call(app, BUS, "AddMatch", "s", "member='NameOwnerChanged'")
    for _ in range(30 * connection._MAX_UNREAD // 1_000_000):
        app.send(mail)
    gone = until(app, lambda message: member(message) == "NameOwnerChanged")
    assert gone.body == (lazy.unique_name, lazy.unique_name, "")
    assert call(app, BUS, "GetId")


def test_errors_are_passed_on_and_answers_that_nobody_asked_for_are_not(connect: Callable[..., DBusConnection]) -> None:
    one, other = connect(), connect()
    other.send(new_method_call(DBusAddress("/", one.unique_name, "org.example.App"), "Fail"), serial=5)
    asked = until(one, lambda message: member(message) == "Fail")
    failed = new_error(asked, "org.example.Broken")
    one.send(failed)
    one.send(failed)
    one.send(returned(asked))
    until(other, lambda message: message.header.fields.get(HeaderFields.error_name) == "org.example.Broken")
    other.send(message_bus.GetId(), serial=6)
    answered = until(other, lambda message: HeaderFields.reply_serial in message.header.fields)
    assert answered.header.fields[HeaderFields.reply_serial] == 6


def test_broadcasts_are_held_against_rules() -> None:
    told = wire.Message(wire.SIGNAL, 1, "/a/b", "org.example.I", "Moved", sender=":1.5", signature="s")
    told.body = wire.body("s", ["here"])
    facts = match.facts(told, ["org.example.App"])

    def is_wanted(rule: str) -> bool:
        return match.parse(rule).needed <= facts

    for rule in (
        "",
        "type='signal',sender='org.example.App',interface='org.example.I',member='Moved',path='/a/b',arg0='here'",
        "sender=:1.5, path_namespace='/a', eavesdrop='true'",
        "path_namespace='/a/b'",
        "path_namespace='/',arg1='there',arg0path='/',arg0namespace='there'",
    ):
        assert is_wanted(rule), rule
    for rule in (
        *("type='method_call'", "sender='org.example.Other'", "interface='org.example'", "member='moved'", "path='/a'"),
        *("path_namespace='/a/b/c'", "path_namespace='/b'", "destination=':1.5'", "arg0='there'", "member=''"),
    ):
        assert not is_wanted(rule), rule
    assert match.parse("arg1='x',member='m'") == match.parse("member=m,arg1=x") != match.parse("member=m,arg2=x")
    for rule in ("member", "member='m", "member='m'x", "nothing='m'", "member='a',member='b'", "arg100='m'"):
        with pytest.raises(wire.WireError):
            match.parse(rule)
    with pytest.raises(wire.WireError):
        match.parse(",".join(f"arg{number}=''" for number in range(17)))


def _changed(directory: Path, change: str) -> Display:
    """A display server that is otherwise than the usual one."""
    code = f"from berth.display import __main__\nfrom berth.display.dbus import connection, driver\n{change}\n"
    display = Display(directory, ("-c", code + "__main__.main()"))
    display.until_engine(m.KnownInstances)
    return display


def _answers(raw: Raw, count: int) -> list[int]:
    """To what the next `count` answers are."""
    found: list[int] = []
    data = b""
    while len(found) < count:
        data += raw.socket.recv(65536)
        while 0 < (size := wire.length(data)) <= len(data):
            message = wire.decode(data[:size])
            data = data[size:]
            found += [message.reply_to] if message.kind == wire.METHOD_RETURN else []
    return found


def test_what_was_read_is_looked_at_however_short_a_turn_is(tmp_path: Path) -> None:
    display = _changed(tmp_path, "connection._TURN = -(1 << 60)")
    try:
        display.instance(bus=True)
        asked = b"".join(message_bus.GetId().serialise(serial=number) for number in range(2, 42))
        raw = Raw(display, b"\0AUTH EXTERNAL 30\r\nBEGIN\r\n" + HELLO + asked)
        assert raw.socket.recv(37, socket.MSG_WAITALL).startswith(b"OK ")
        assert _answers(raw, 41) == list(range(1, 42))
        for byte in b"".join(message_bus.GetId().serialise(serial=number) for number in (42, 43)):
            raw.send(bytes([byte]))
        assert _answers(raw, 2) == [42, 43]
        # What has hung up is heard to its end, and is not waited for.
        raw.send(asked)
        raw.socket.close()
        with _connected(tmp_path) as other:
            while call(other, BUS, "NameHasOwner", "s", ":1.1"):
                pass
    finally:
        display.stop()


def test_a_mistake_of_ours_ends_only_whom_it_concerns(tmp_path: Path) -> None:
    display = _changed(tmp_path, "driver.Driver._start = lambda *_: {}[0]")
    display.may_fail = True
    try:
        display.instance(bus=True)
        with _connected(tmp_path) as one, _connected(tmp_path) as other:
            with pytest.raises((EOFError, OSError)):
                call(one, BUS, "StartServiceByName", "su", "org.example.App", 0)
            assert call(other, BUS, "NameHasOwner", "s", one.unique_name) == 0
        display.until_engine(m.InstanceMisbehaved, reason="internal error in the display server")
    finally:
        display.stop()


def test_what_all_connections_have_together_is_bounded(connect: Callable[..., DBusConnection]) -> None:
    limit = "org.freedesktop.DBus.Error.LimitsExceeded"
    apps = [connect() for _ in range(5)]
    for number, app in enumerate(apps[:4]):
        for other in range(names.MAX_NAMES):
            assert call(app, BUS, "RequestName", "su", f"org.example.N{number}.N{other}", 0) == names.PRIMARY
        for rule in range(driver.MAX_RULES):
            assert call(app, BUS, "AddMatch", "s", f"arg0='{rule}'") == ()
    assert call(apps[4], BUS, "RequestName", "su", "org.example.App", 0) == limit
    assert call(apps[4], BUS, "AddMatch", "s", "") == limit
    for app in apps[:2]:
        asked = new_method_call(DBusAddress("/", app.unique_name, "org.example.App"), "Open")
        for _ in range(bus._MAX_WAITING):
            apps[4].send(asked)
    assert call(apps[4], DBusAddress("/", apps[2].unique_name, "org.example.App"), "Open") == limit
    apps[0].close()
    until(apps[4], lambda message: message.header.fields.get(HeaderFields.error_name, "").endswith("NoReply"))
    assert call(apps[4], BUS, "RequestName", "su", "org.example.App", 0) == names.PRIMARY
    assert call(apps[4], BUS, "AddMatch", "s", "") == ()


def test_all_can_stop_reading_at_once(display: Display, connect: Callable[..., DBusConnection]) -> None:
    app = connect()
    lazy = [connect() for _ in range(bus.MAX_CONNECTIONS - 1)]
    for one in lazy:
        call(one, BUS, "AddMatch", "s", "")  # each end is news to all others
    mail = signal_of(DBusAddress("/", None, "org.example.App"), "Mail", "s", ("x" * 1000,))
    while call(app, BUS, "NameHasOwner", "s", lazy[-1].unique_name):
        for _ in range(50):
            app.send(mail)
    assert len(call(app, BUS, "ListNames")) == 4
    assert call(app, PORTAL, "ReadAll", "as", [str(number) for number in range(1024)]) == {}
    assert call(app, PORTAL, "ReadAll", "as", [""] * 1025) == "org.freedesktop.DBus.Error.InvalidArgs"
