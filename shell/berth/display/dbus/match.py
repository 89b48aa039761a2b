"""Match rules: which broadcasts a connection to a message bus wants to hear.

Source: https://dbus.freedesktop.org/doc/dbus-specification.html#message-bus-routing-match-rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from berth.display.dbus.wire import Message, WireError

_MAX_RULE = 1024
_MAX_PAIRS = 16
# Possessive where a value could be cut in as many ways as it has blanks.
_PAIR = re.compile(r"\s*([a-z_0-9]+)=(?:'([^']*+)'|([^',]*+))\s*(?:,|$)")
_KINDS = ("method_call", "method_return", "error", "signal")
_COMPARED = ("type", "sender", "interface", "member", "path", "path_namespace", "destination", "arg0")
_ARGUMENT = re.compile(r"arg([0-9]{1,2})(path|namespace)?")

Facts = frozenset[tuple[str, str]]


class Rule(NamedTuple):
    """What has to be so of a message; what else was said is for the receiver to look at."""

    needed: Facts
    rest: Facts


def parse(text: str) -> Rule:
    """Raises `WireError`."""
    found: dict[str, str] = {}
    at = 0
    if len(text) > _MAX_RULE:
        raise WireError("the rule is too long")
    while at < len(text):
        pair = _PAIR.match(text, at)
        if pair is None or not _is_key(pair[1]) or pair[1] in found or len(found) == _MAX_PAIRS:
            raise WireError("the rule cannot be understood")
        found[pair[1]] = pair[2] if pair[2] is not None else pair[3]
        at = pair.end()
    if found.get("type", "signal") not in _KINDS:
        raise WireError("there is no such type")
    needed = frozenset(pair for pair in found.items() if pair[0] in _COMPARED)
    return Rule(needed, frozenset(found.items()) - needed)


def _is_key(key: str) -> bool:
    return key in _COMPARED or key == "eavesdrop" or _ARGUMENT.fullmatch(key) is not None


def facts(message: Message, names: Iterable[str]) -> Facts:
    """All that rules can ask of a broadcast: those match whose needs are among it, which costs little to find out.

    Args:
        names: that the sender has beside the unique one.
    """
    path = message.path
    found = [("type", "signal"), ("sender", message.sender), ("interface", message.interface)]
    found += [("member", message.member), ("destination", message.destination)]
    found += [("path", path), ("path_namespace", path), ("path_namespace", "/")]
    found += [("path_namespace", path[:at]) for at, letter in enumerate(path[:_MAX_RULE]) if letter == "/"]
    found += [("sender", name) for name in names]
    first = message.first_string()
    return frozenset(found if first is None else [*found, ("arg0", first)])
