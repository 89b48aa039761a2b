"""Names of images in registries, as people write them: ``HOST[:PORT]/PATH[:TAG][@DIGEST]``.

Source: https://github.com/distribution/reference; a name without a host is one of Docker Hub, as everywhere.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from berth.core.problem import Problem

_HUB = "docker.io"
_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_HOST = rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[0-9a-fA-F:]+\])(?::[0-9]{{1,5}})?"
_REFERENCE = re.compile(
    rf"(?:(?P<host>{_HOST})/)?(?P<path>{_PART}(?:/{_PART})*)"
    r"(?::(?P<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)
_LONGEST = 180


@dataclass(frozen=True)
class ImageReference:
    """An image of a registry. `tag` is "" if only a digest names it; `digest` is "" if only a tag does."""

    registry: str
    repository: str
    tag: str
    digest: str = ""

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        digest = f"@{self.digest}" if self.digest else ""
        return f"{self.name}{tag}{digest}"

    @property
    def name(self) -> str:
        """Registry and repository, without tag and digest."""
        return f"{self.registry}/{self.repository}"

    @property
    def is_local(self) -> bool:
        """The registry is on this machine: what it says crosses no network."""
        return is_loopback(self.registry)

    @property
    def in_store(self) -> str:
        """``NAME:VERSION``, as which it comes into the store: no host with a port has a place in that."""
        fit = re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", self.tag) and ".." not in self.tag
        version = self.tag if fit else self.digest[7:19] or "fetched"
        return f"{re.sub(r'[^A-Za-z0-9._/-]+', '-', self.name).strip('-')}:{version}"


def is_registry_reference(text: str) -> bool:
    """Whether this can only mean an image of a registry: no app's id has a slash."""
    return "/" in text


def parse_reference(text: str) -> ImageReference:
    """Raises `Problem` ``image-reference``."""
    match = _REFERENCE.fullmatch(_with_host(text))
    if match is None or len(text) > _LONGEST + 72 or len(match["path"]) > _LONGEST:
        raise Problem(
            "image-reference",
            f"“{text[:80]}” does not name an image of a registry.",
            "Write it like docker.io/library/debian:12; the name is in small letters.",
        )
    host, path, digest = match["host"].lower(), match["path"], match["digest"] or ""
    tag = match["tag"] or ("" if digest else "latest")
    if host in (_HUB, "index.docker.io", "registry-1.docker.io"):
        host = _HUB
        path = path if "/" in path else f"library/{path}"
    return ImageReference(host, path, tag, digest)


def _with_host(text: str) -> str:
    """The first part is a host only if it cannot be anything else."""
    first, slash, _rest = text.partition("/")
    is_host = bool(slash) and (any(mark in first for mark in ".:[") or first == "localhost" or first != first.lower())
    return text if is_host else f"{_HUB}/{text}"


def is_loopback(host: str) -> bool:
    """`host` may have a port."""
    name = host.partition("]")[0].removeprefix("[") if host.startswith("[") else host.partition(":")[0]
    if name.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
