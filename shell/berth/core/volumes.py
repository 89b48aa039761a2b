"""Folders of an image that its app may write to: what is in them is kept beside the app's home, and goes with it.

What shall be one is a stranger's word. So it is never a place that programs are started from, that configures them or
that is not the image's at all.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterable

from berth.core.plan import SANDBOX_HOME, SANDBOX_HOMES, Mount

MOST_VOLUMES = 16
_LONGEST = 200
_PART = re.compile(r"(?!\.\.?$)[A-Za-z0-9_.+@-]{1,64}")
VOLUME = re.compile(r"/apps/[^/]+/(profiles/[^/]+/)?volumes/[^/]+$")
"""How paths of the host end that are volumes of apps."""

_SEPARATOR = "%"
"""In the name of a volume's folder on the host; in no path of a volume."""
_SYSTEM = frozenset(
    [
        *("bin", "boot", "dev", "etc", "lib", "lib32", "lib64", "libx32", "nix", "proc"),
        *("run", "sbin", "sys", "tmp", "usr"),
    ]
)
_WHOLE = ("/var", "/var/lib", "/var/run", "/var/tmp", SANDBOX_HOMES)
"""Folders that are too much; what lies in them may be a volume."""


def fault_of(path: str) -> str:
    """Why an app cannot have this folder of its image as its own, "" if it can."""
    parts = path.split("/")[1:]
    if not path.startswith("/") or len(path) > _LONGEST or not all(_PART.fullmatch(part) for part in parts):
        return "is no plain path of a folder"
    if parts[0] in _SYSTEM or path in _WHOLE or is_in(path, "/var/run"):
        return "is a folder of the system"
    if is_in(path, SANDBOX_HOME):
        return "lies in the app's home, which it has anyway"
    return ""


def is_in(path: str, place: str) -> bool:
    return f"{path}/".startswith(f"{place}/")


def outer(path: str, others: Iterable[str]) -> str:
    """The one of the others that holds `path`, "" if none does."""
    return next((other for other in others if other != path and is_in(path, other)), "")


def shortest(path: str) -> str:
    """The same path without what means nothing in it."""
    return posixpath.normpath(f"/{path.lstrip('/')}")


def folder_name(path: str) -> str:
    """What the folder on the host is called that is such a volume; another one for each volume."""
    return path.lstrip("/").replace("/", _SEPARATOR)


def unfinished_name(path: str) -> str:
    """What it is called until it is whole; no volume's."""
    return f"{_SEPARATOR}{folder_name(path)}"


def mounts_of(volumes: Collection[str], directory: str) -> list[Mount]:
    """
    Args:
        directory: of the host, in which the app's volumes lie.
    """
    fit = [path for path in volumes if not fault_of(path) and not outer(path, volumes)]
    return [Mount(f"{directory}/{folder_name(path)}", path, writable=True) for path in fit[:MOST_VOLUMES]]
