"""Tables of protocols that pywayland has no module for, written down by hand.

A message is a line like ``"get_popup new:xdg_popup ?object:xdg_surface"``: its name, then its arguments in
order, each a type of the wire (int uint fixed string object new array fd), ``?`` before it if it may be
null, and the interface after a colon. A name like ``set_layer@2`` says since which version.
"""

from __future__ import annotations

import enum
import types
from collections.abc import Mapping, Sequence
from typing import Any

from pywayland.protocol_core.argument import Argument
from pywayland.protocol_core.interface import Interface
from pywayland.scanner.argument import ArgumentType

_TYPES = {
    "int": ArgumentType.Int,
    "uint": ArgumentType.Uint,
    "fixed": ArgumentType.Fixed,
    "string": ArgumentType.String,
    "object": ArgumentType.Object,
    "new": ArgumentType.NewId,
    "array": ArgumentType.Array,
    "fd": ArgumentType.FileDescriptor,
}


def declare(name: str, version: int, **enums: Mapping[str, int]) -> Any:
    """An interface without messages yet, so that others can refer to it; `enums` become its attributes."""
    made: Any = types.new_class(name, (Interface,), exec_body=lambda body: body.update(name=name, version=version))
    for enum_name, values in enums.items():
        setattr(made, enum_name, enum.IntEnum(enum_name, dict(values)))
    return made


def complete(interface: Any, known: Sequence[Any], requests: Sequence[str] = (), events: Sequence[str] = ()) -> None:
    """Give a declared interface its messages.

    Args:
        known: the interfaces that arguments name.
        requests: the lines of its requests, in the order of their opcodes.
        events: likewise.
    """
    by_name = {other.name: other for other in known}
    for lines, add in ((requests, interface.request), (events, interface.event)):
        for line in lines:
            words = line.split()
            name, _at, since = words[0].partition("@")
            arguments = [_argument(word, by_name) for word in words[1:]]
            add(*arguments, version=int(since) if since else None)(types.SimpleNamespace(__name__=name))
    interface._gen_c()


def _argument(word: str, known: Mapping[str, Any]) -> Argument:
    kind, _colon, interface = word.partition(":")
    return Argument(_TYPES[kind.lstrip("?")], kind.startswith("?"), known[interface] if interface else None)
