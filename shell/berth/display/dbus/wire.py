"""Messages of D-Bus as bytes: headers are read and written, bodies passed on as they are unless they are for us.

What a body holds is between the app's own processes: it is not looked at.
Source: https://dbus.freedesktop.org/doc/dbus-specification.html#message-protocol.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

METHOD_CALL, METHOD_RETURN, ERROR, SIGNAL = range(1, 5)
NO_REPLY_EXPECTED = 1
MAX_MESSAGE = 256 << 10
"""Bytes. An app's own programs tell each other of windows and actions, and nothing large; what is larger is not passed
on, a picture in a notification for example."""
TOO_LARGE = f"A message of more than {MAX_MESSAGE >> 10} KiB is not passed on here."

_FIXED = 16
_LARGEST = 128 << 20
"""Bytes that a message may have by the specification."""
_MAX_HEADER = 16 << 10
_MAX_STRINGS = 1024
_MAX_NAME = 255
_LOCAL = "org.freedesktop.DBus.Local"
_FIELDS = {1: "o", 2: "s", 3: "s", 4: "s", 5: "u", 6: "s", 7: "s", 8: "g"}
_NAMES = ("path", "interface", "member", "error", "reply_to", "destination", "sender", "signature")
_ELEMENT = "[A-Za-z_][A-Za-z0-9_]*"
_DASHED = "[A-Za-z_-][A-Za-z0-9_-]*"
_VALID = {
    "path": re.compile(r"/|(?:/[A-Za-z0-9_]+)+"),
    "interface": re.compile(rf"{_ELEMENT}(?:\.{_ELEMENT})+"),
    "member": re.compile(_ELEMENT),
    "error": re.compile(rf"{_ELEMENT}(?:\.{_ELEMENT})+"),
    "destination": re.compile(rf":[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+|{_DASHED}(?:\.{_DASHED})+"),
}
"""Programs end their connection when they are brought a message that has anything else there."""
_NUMBERS = {"y": "B", "b": "I", "n": "h", "q": "H", "i": "i", "u": "I", "x": "q", "t": "Q", "d": "d"}


class WireError(ValueError):
    """What a client sent is no message, or too large."""


class Failure(Exception):
    """A call cannot be answered: the name of the D-Bus error, and a sentence for who wrote the app."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(text)
        self.name = name if "." in name else f"org.freedesktop.DBus.Error.{name}"
        self.text = text


@dataclass
class Message:
    """`body` in the byte order `order` (as of `struct`), described by `signature`."""

    kind: int
    serial: int
    path: str = ""
    interface: str = ""
    member: str = ""
    error: str = ""
    reply_to: int = 0
    destination: str = ""
    sender: str = ""
    signature: str = ""
    body: bytes = b""
    flags: int = 0
    order: str = "<"
    unix_fds: int = 0  # descriptors that came with it; is not written

    @property
    def wants_reply(self) -> bool:
        return self.kind == METHOD_CALL and not self.flags & NO_REPLY_EXPECTED

    def encoded(self) -> bytes:
        values = [(code, getattr(self, name)) for code, name in enumerate(_NAMES, 1)]
        fields = [(code, (_FIELDS[code], value)) for code, value in values if value]
        writer = Writer(self.order)
        little = b"l" if self.order == "<" else b"B"
        writer.data += struct.pack(self.order + "cBBBII", little, self.kind, self.flags, 1, len(self.body), self.serial)
        writer.write("a(yv)", fields)
        writer.align(8)
        return bytes(writer.data) + self.body

    def arguments(self, signature: str) -> tuple[Any, ...]:
        """The body as values, for the few types that are asked of us. Raises `WireError` if it is anything else."""
        if self.signature != signature:
            raise WireError(f"arguments are “{signature}”, not “{self.signature[:50]}”")
        reader = Reader(self.body, self.order)
        return tuple(reader.read(part) for part in signature.replace("as", "A"))

    def first_string(self) -> str | None:
        if not self.signature.startswith(("s", "o")):
            return None
        try:
            return str(Reader(self.body, self.order).read("s"))
        except WireError:
            return None


class Reader:
    def __init__(self, data: bytes, order: str, at: int = 0) -> None:
        self.at = at
        self._data = data
        self._order = order

    def read(self, kind: str) -> Any:
        """One value of a basic type; “A” stands for a list of strings."""
        if kind in _NUMBERS:
            return self._number(_NUMBERS[kind])
        if kind == "A":
            length = self._number("I")
            end = self.at + length
            found: list[str] = []
            while self.at < end:
                if len(found) == _MAX_STRINGS:
                    raise WireError(f"a list of more than {_MAX_STRINGS} texts")
                found.append(self.read("s"))
            return found
        if kind not in "sog":
            raise WireError(f"type {kind!r}")
        length = self._number("B" if kind == "g" else "I")
        end = self.at + length
        if self._data[end : end + 1] != b"\0":
            raise WireError("a text without an end")
        raw, self.at = self._data[self.at : end], end + 1
        if b"\0" in raw:
            raise WireError("a text with an end inside")
        try:
            return raw.decode("ascii" if kind == "g" else "utf-8")
        except UnicodeDecodeError:
            raise WireError("a text that is not UTF-8") from None

    def align(self, size: int) -> None:
        self.at += -self.at % size

    def _number(self, code: str) -> Any:
        self.align(struct.calcsize(code))
        try:
            (value,) = struct.unpack_from(self._order + code, self._data, self.at)
        except struct.error:
            raise WireError("a value is cut off") from None
        self.at += struct.calcsize(code)
        return value


class Writer:
    def __init__(self, order: str = "<") -> None:
        self.data = bytearray()
        self._order = order

    def align(self, size: int) -> None:
        self.data += bytes(-len(self.data) % size)

    def write(self, kind: str, value: Any) -> None:
        """`value` of a single complete type; variants are pairs of signature and value, arrays of entries dicts."""
        first = kind[0]
        if first in _NUMBERS:
            self.align(struct.calcsize(_NUMBERS[first]))
            self.data += struct.pack(self._order + _NUMBERS[first], value)
        elif first in "so":
            raw = value.encode()
            self.write("u", len(raw))
            self.data += raw + b"\0"
        elif first == "g":
            self.data += bytes([len(value)]) + value.encode() + b"\0"
        elif first == "v":
            signature, inner = value
            self.write("g", signature)
            self.write(signature, inner)
        elif first == "a":
            self._array(kind[1:], value)
        else:
            self.align(8)
            for part, item in zip(_parts(kind[1:-1]), value, strict=True):
                self.write(part, item)

    def _array(self, kind: str, value: Any) -> None:
        self.write("u", 0)
        at = len(self.data)
        self.align(8 if kind[0] in "({xtd" else 1 if kind[0] in "ygv" else 4)
        start = len(self.data)
        for item in value.items() if kind[0] == "{" else value:
            self.write(kind, item)
        self.data[at - 4 : at] = struct.pack(self._order + "I", len(self.data) - start)


def _parts(signature: str) -> list[str]:
    """The complete types that follow each other in a signature of ours."""
    found, depth, start = [], 0, 0
    for at, letter in enumerate(signature):
        depth += (letter in "({") - (letter in ")}")
        if depth == 0 and letter != "a":
            found.append(signature[start : at + 1])
            start = at + 1
    return found


def body(signature: str, values: Sequence[Any]) -> bytes:
    writer = Writer()
    for part, value in zip(_parts(signature), values, strict=True):
        writer.write(part, value)
    return bytes(writer.data)


def length(data: bytes | bytearray) -> int:
    """How long the message is that begins here, 0 if that is not known yet. Raises `WireError`."""
    if len(data) < _FIXED:
        return 0
    order = _order(data)
    size, _serial, fields = struct.unpack_from(order + "III", data, 4)
    header = _FIXED + fields
    if fields > _MAX_HEADER or header + size > _LARGEST:
        raise WireError(f"a header of {fields} bytes before {size}")
    return int(header + -header % 8 + size)


def header_length(data: bytes | bytearray) -> int:
    """Of the message that begins here, of which `length` is known."""
    (fields,) = struct.unpack_from(_order(data) + "I", data, 12)
    return int(_FIXED + fields + -fields % 8)


def decode(data: bytes) -> Message:
    """One whole message, or one without its body. Raises `WireError`."""
    order = _order(data)
    kind, flags, version = data[1:4]
    _size, serial, fields = struct.unpack_from(order + "III", data, 4)
    if not 1 <= kind <= 4 or version != 1 or not serial:
        raise WireError("a header that is none")
    values: dict[int, Any] = {}
    reader = Reader(data[: _FIXED + fields], order, _FIXED)
    while reader.at < _FIXED + fields:
        reader.align(8)
        code, signature = reader.read("y"), reader.read("g")
        if len(signature) != 1 or _FIELDS.get(code, signature) != signature:
            raise WireError(f"header field {code} is of type “{signature[:20]}”")
        values[code] = reader.read(signature)
    named = {name: values[code] for code, name in enumerate(_NAMES, 1) if code in values}
    unix_fds = values.get(9, 0)
    message = Message(kind, serial, **named, body=data[header_length(data) :], flags=flags, order=order)
    message.unix_fds = unix_fds if isinstance(unix_fds, int) else 0
    _check(message)
    return message


def _check(message: Message) -> None:
    """What each kind of message has to say, and how."""
    needed = {
        METHOD_CALL: (message.path, message.member),
        METHOD_RETURN: (message.reply_to,),
        ERROR: (message.reply_to, message.error),
        SIGNAL: (message.path, message.interface, message.member),
    }
    if not all(needed[message.kind]):
        raise WireError("a header that lacks a field")
    if message.interface == _LOCAL:
        raise WireError(f"{_LOCAL}, by which libraries tell themselves that a connection has ended")
    for field, valid in _VALID.items():
        value = getattr(message, field)
        if value and not (valid.fullmatch(value) and (field == "path" or len(value) <= _MAX_NAME)):
            raise WireError(f"“{value[:50]}” as {field}")


def _order(data: bytes | bytearray) -> str:
    if data[0] not in b"lB":
        raise WireError("a byte order that is none")
    return "<" if data[0] == ord("l") else ">"
