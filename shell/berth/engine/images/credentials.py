"""The user's log-ins at registries, as ``docker login`` and ``podman login`` keep them. Only read.

Passwords that another program keeps (``credsStore``) are left alone: it would have to be run.
"""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

_HUB_KEYS = ("https://index.docker.io/v1/", "index.docker.io", "docker.io", "registry-1.docker.io")
_MOST_BYTES = 1 << 20


class _LogIn(msgspec.Struct, frozen=True):
    auth: str = ""


class _Configuration(msgspec.Struct, frozen=True):
    auths: dict[str, _LogIn] = {}


@dataclass(frozen=True)
class Credentials:
    """`basic` is what HTTP's Basic authentication sends, "" if nobody is logged in."""

    basic: str = ""


def find_credentials(registry: str, environment: Mapping[str, str]) -> Credentials:
    """Those for `registry` (a host, perhaps with a port). What cannot be read counts as none."""
    keys = _HUB_KEYS if registry == "docker.io" else (registry, f"https://{registry}", f"https://{registry}/v2/")
    for path in _files(environment):
        auths = _read(path).auths
        for key in keys:
            if key in auths and _is_pair(auths[key].auth):
                return Credentials(auths[key].auth)
    return Credentials()


def _files(environment: Mapping[str, str]) -> tuple[Path, ...]:
    home = Path(environment.get("HOME", "/nonexistent"))
    docker = Path(environment["DOCKER_CONFIG"]) if environment.get("DOCKER_CONFIG") else home / ".docker"
    podman = Path(environment.get("XDG_RUNTIME_DIR", "/nonexistent")) / "containers/auth.json"
    return docker / "config.json", podman


def _read(path: Path) -> _Configuration:
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(fd, "rb") as file:
            return msgspec.json.decode(file.read(_MOST_BYTES), type=_Configuration)
    except (OSError, ValueError):
        return _Configuration()


def _is_pair(auth: str) -> bool:
    """Base64 of ``NAME:PASSWORD``, and nothing that ends a header."""
    try:
        return b":" in base64.b64decode(auth, validate=True)
    except (binascii.Error, ValueError):
        return False
