"""Match rules: which broadcasts a connection to a message bus wants to hear.

Source: https://dbus.freedesktop.org/doc/dbus-specification.html#message-bus-routing-match-rules.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from berth.display.dbus.wire import ERROR, METHOD_CALL, METHOD_RETURN, SIGNAL, Message, WireError

_MAX_RULE = 1024
_PAIR = re.compile(r"\s*([a-z_0-9]+)=(?:'([^']*)'|([^',]*))\s*(?:,|$)")
_KINDS = {"method_call": METHOD_CALL, "method_return": METHOD_RETURN, "error": ERROR, "signal": SIGNAL}
_KEYS = ("type", "sender", "interface", "member", "path", "path_namespace", "destination", "eavesdrop")
_ARGUMENT = re.compile(r"arg([0-9]{1,2})(path|namespace)?")

Rule = Mapping[str, str]


def parse(text: str) -> Rule:
    """Raises `WireError`."""
    found: dict[str, str] = {}
    at = 0
    if len(text) > _MAX_RULE:
        raise WireError("the rule is too long")
    while at < len(text):
        pair = _PAIR.match(text, at)
        if pair is None or not (pair[1] in _KEYS or _ARGUMENT.fullmatch(pair[1])) or pair[1] in found:
            raise WireError("the rule cannot be understood")
        found[pair[1]] = pair[2] if pair[2] is not None else pair[3]
        at = pair.end()
    if found.get("type", "signal") not in _KINDS:
        raise WireError("there is no such type")
    return found


def matches(rule: Rule, message: Message, owner: Callable[[str], str]) -> bool:
    """Whether `message` is one of those. Later arguments than the first are for the receiver to look at.

    Args:
        owner: the unique name of who has a name now, "" if nobody.
    """
    plain = {"interface": message.interface, "member": message.member, "path": message.path}
    if any(rule.get(key, value) != value for key, value in plain.items()):
        return False
    if _KINDS[rule.get("type", "signal")] != message.kind or rule.get("destination", "") != message.destination:
        return False
    sender = rule.get("sender", message.sender)
    if sender != message.sender and owner(sender) != message.sender:
        return False
    namespace = rule.get("path_namespace", "/")
    if namespace not in ("/", message.path) and not message.path.startswith(namespace + "/"):
        return False
    return "arg0" not in rule or rule["arg0"] == message.first_string()
