"""What two images say otherwise about how their programs run, in a few words.

All of it is a stranger's text: cut short, and without what could move a cursor.

Source: OCI image specification, config.md.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping

from berth.core.messages import ConfigurationChange
from berth.core.plan import SANDBOX_UID
from berth.engine.images.layout import Config

_LONGEST = 300
_MOST = 100
_LONGEST_NAME = 60
_PORT = re.compile(r"([0-9]{1,5})(?:/(tcp|udp|sctp))?")
_HIGHEST_PORT = 65_535
_MOST_PORTS = 16
_UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


def compare(old: Config, new: Config) -> tuple[ConfigurationChange, ...]:
    """What is set in one of them only, or otherwise."""
    before, after = _said(old.config), _said(new.config)
    names = list(dict.fromkeys((*before, *after)))
    changes = [ConfigurationChange(name, before.get(name, ""), after.get(name, "")) for name in names]
    return tuple(change for change in changes if change.old != change.new)[:_MOST]


def _said(config: Mapping[str, object]) -> dict[str, str]:
    command = [*_texts(config.get("Entrypoint")), *_texts(config.get("Cmd"))]
    said = {
        "command": shlex.join(command),
        "user": config.get("User"),
        "directory": config.get("WorkingDir"),
        "stop_signal": config.get("StopSignal"),
        "ports": " ".join(sorted(_keys(config.get("ExposedPorts")))),
        "volumes": " ".join(sorted(_keys(config.get("Volumes")))),
    }
    pairs = (word.partition("=") for word in _texts(config.get("Env")))
    said |= {f"environment.{_fit(name)}": value for name, _equals, value in sorted(pairs) if name}
    return {name: _fit(value) for name, value in said.items() if isinstance(value, str) and value}


def expected_user(config: Config) -> str:
    """Whom an image's program expects to run as; "" if any ordinary user will do, or who has an app's number."""
    said = config.config.get("User")
    name = _fit(said).partition(":")[0].strip() if isinstance(said, str) else ""
    return "" if name == str(SANDBOX_UID) else "root" if name in ("", "0") else name[:_LONGEST_NAME]


def exposed_ports(config: Config) -> tuple[str, ...]:
    """Ports that an image's program listens on, lowest first, like ``6379/tcp``; what is no port is left out."""
    found: set[tuple[int, str]] = set()
    for said in _keys(config.config.get("ExposedPorts")):
        match = _PORT.fullmatch(said)
        if match and 0 < int(match[1]) <= _HIGHEST_PORT:
            found.add((int(match[1]), match[2] or "tcp"))
    return tuple(f"{port}/{protocol}" for port, protocol in sorted(found)[:_MOST_PORTS])


def _texts(value: object) -> list[str]:
    return [word for word in value if isinstance(word, str)] if isinstance(value, list) else []


def _keys(value: object) -> list[str]:
    return [key for key in value if isinstance(key, str)] if isinstance(value, dict) else []


def _fit(text: str) -> str:
    plain = _UNFIT.sub(" ", text)
    return plain if len(plain) <= _LONGEST else f"{plain[:_LONGEST]}…"
