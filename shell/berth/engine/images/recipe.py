"""What an app's image is built from: the image part of its manifest and the chain of bases below it."""

from __future__ import annotations

import hashlib
import json
import tomllib
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from berth.core.manifest import parse_manifest
from berth.core.problem import Problem

BUILDER = 6
"""Raise when the builder itself changes what comes out: images are then built anew."""

_BUILT_IN = Path(__file__).parents[4] / "app-manifests"

BaseName = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,40}$")]
Package = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9+.-]{1,100}$")]


class NotBuildable(Problem):
    """The manifest names no packages: the image comes from elsewhere."""

    def __init__(self, name: str) -> None:
        super().__init__(
            "not-buildable",
            f"The image of {name} is not built from packages.",
            "Import it with: berth images import FILE",
        )


class _BaseFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: BaseName
    packages: tuple[Package, ...]
    on: BaseName | None = None
    suites: dict[str, tuple[Package, ...]] = {}


class Base(msgspec.Struct, frozen=True):
    """A named layer: Debian packages on top of another base, or on nothing.

    `suites` adds what only one suite has under that name.
    """

    name: str
    packages: tuple[str, ...]
    on: Base | None = None
    suites: dict[str, tuple[str, ...]] = {}

    def packages_for(self, suite: str) -> tuple[str, ...]:
        return (*self.packages, *self.suites.get(suite, ()))

    def digest(self, suite: str, architecture: str) -> str:
        below = self.on.digest(suite, architecture) if self.on else ""
        return _digest(suite, architecture, below, sorted(self.packages_for(suite)))


class Recipe(msgspec.Struct, frozen=True):
    """How to build an app's image. The first package gives the image its version.

    `permissions` are what the manifest asks for; the image does not depend on them.
    """

    app: str
    name: str
    icon: str
    base: Base
    packages: tuple[str, ...]
    permissions: tuple[str, ...] = ()

    def digest(self, suite: str, architecture: str) -> str:
        return _digest(suite, architecture, self.base.digest(suite, architecture), sorted(self.packages), self.icon)


def read_recipe(manifest: Path) -> Recipe:
    """The recipe in an app's manifest; bases lie in ``bases/`` beside it or come with Berth.

    Raises:
        Problem: ``manifest-missing``, ``manifest-invalid`` with the file's name.
        NotBuildable: if the manifest names no packages.
    """
    found = parse_manifest(_text(manifest), str(manifest))
    if not found.image.packages:
        raise NotBuildable(found.name)
    base = _read_base(manifest.parent, found.image.base, ())
    asked = tuple(sorted({request.name for request in found.permissions}))
    return Recipe(found.id, found.name, found.icon, base, found.image.packages, asked)


def _read_base(directory: Path, name: str, above: tuple[str, ...]) -> Base:
    if name in above:
        raise Problem("manifest-invalid", f"The base “{name}” stands on itself.", f"Change “on” in bases/{name}.toml.")
    beside = directory / "bases" / f"{name}.toml"
    path = beside if beside.exists() else _BUILT_IN / "bases" / f"{name}.toml"
    found = _read(path)
    if found.name != name:
        raise Problem("manifest-invalid", f"{path}: the name is “{found.name}”, expected “{name}” as in the file name.")
    below = _read_base(directory, found.on, (*above, name)) if found.on else None
    return Base(found.name, found.packages, below, found.suites)


def _read(path: Path) -> _BaseFile:
    try:
        return msgspec.convert(tomllib.loads(_text(path)), _BaseFile)
    except tomllib.TOMLDecodeError as error:
        raise Problem("manifest-invalid", f"{path} is not valid TOML: {error}.") from None
    except msgspec.ValidationError as error:
        raise Problem("manifest-invalid", f"{path}: {error}.") from None


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError as error:
        raise Problem("manifest-missing", f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise Problem("manifest-invalid", f"{path} is not a text file.") from None


def _digest(*parts: object) -> str:
    return hashlib.sha256(json.dumps([BUILDER, *parts]).encode()).hexdigest()
