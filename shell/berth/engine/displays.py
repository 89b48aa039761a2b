"""Which ways of display an app's image can do: each but the plain one needs a program in it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import get_args

import msgspec

from berth.core.lent_terminal import without_starter
from berth.core.manifest import Display, Manifest
from berth.core.problem import Problem
from berth.core.starters import PROGRAMS
from berth.core.x11 import X11_WAYS
from berth.engine.catalogue import Entry
from berth.engine.images.recipe import Base, read_recipe
from berth.engine.images.sources import host_suite

_SHOWN = {"xwayland": "by Xwayland", "xpra": "by Xpra", "terminal": "in a terminal", "web": "in a browser"}
_HINT = "Which base has what: docs/add-an-app.md"


def possible(entry: Entry, rootfs: str) -> tuple[Display, ...]:
    """The ways that an app can be shown, its manifest's own always among them.

    Args:
        rootfs: its unpacked image, "" while there is none: what it will hold follows from its packages.
    """
    manifest = entry.manifest
    packages = frozenset() if rootfs else _packages(entry)
    return tuple(way for way in get_args(Display) if way == manifest.display or _can(entry, way, rootfs, packages))


def check_choice(manifest: Manifest, able: tuple[Display, ...]) -> None:
    """Raises `Problem` ``display-impossible`` if `manifest`, with what the user has set, is not among them."""
    if manifest.display not in able:
        raise _impossible(manifest)


def needs_terminal(manifest: Manifest, rootfs: str) -> bool:
    """Whether the app is to be shown in a terminal that its image does not bring."""
    return manifest.display == "terminal" and not _holds(rootfs, PROGRAMS["terminal"])


def fitting(manifest: Manifest, rootfs: str, lends_terminal: bool) -> Manifest:
    """The manifest, shown by Xwayland if it was to be by Xpra, which not every suite of Debian has, and not at all if
    its image came from elsewhere and would need a terminal where none is lent.

    Args:
        lends_terminal: an app can be shown in a terminal that its image does not bring.

    Raises:
        Problem: ``display-impossible`` if the image lacks what its display needs.
    """
    if manifest.display == "xpra" and not _holds(rootfs, PROGRAMS["xpra"]) and _holds(rootfs, PROGRAMS["xwayland"]):
        return msgspec.structs.replace(manifest, display="xwayland")
    if needs_terminal(manifest, rootfs) and lends_terminal:
        return manifest
    if needs_terminal(manifest, rootfs) and not manifest.image.packages:
        return without_starter(manifest)
    program = PROGRAMS.get(manifest.display)
    if program is not None and not _holds(rootfs, program):
        problem = _impossible(manifest)
        hint = f"If its manifest is newer than its image: berth update {manifest.id}"
        raise Problem(problem.code, problem.message, hint)
    return manifest


def _impossible(manifest: Manifest) -> Problem:
    name, way = manifest.name, manifest.display
    program = PROGRAMS.get(way)
    if program is None:
        return Problem("display-impossible", f"{name} has no windows of its own.", "It is shown as its manifest says.")
    if way == "web" and not manifest.web.port:
        return Problem("display-impossible", f"{name} has no page: its manifest names no port of one.", _HINT)
    return Problem("display-impossible", f"{name} cannot be shown {_SHOWN[way]}: its image has no {program}.", _HINT)


def _can(entry: Entry, way: Display, rootfs: str, packages: frozenset[str]) -> bool:
    manifest = entry.manifest
    if entry.derived and way in ("wayland", "terminal"):
        return True  # only a guess tells whether the image has a program with windows
    if way == "wayland":
        return manifest.display in ("wayland", *X11_WAYS)
    if way == "web" and not manifest.web.port:
        return False
    return _holds(rootfs, PROGRAMS[way]) if rootfs else PROGRAMS[way].lower() in packages


def _holds(rootfs: str, program: str) -> bool:
    return os.path.lexists(Path(rootfs, "usr/bin", program))


def _packages(entry: Entry) -> frozenset[str]:
    """Packages that are asked for by name; none for an image that is not built from packages."""
    try:
        recipe = read_recipe(entry.path)
    except Problem:
        return frozenset()
    found = set(recipe.packages)
    base: Base | None = recipe.base
    while base is not None:
        found.update(base.packages_for(host_suite()))
        base = base.on
    return frozenset(found)
