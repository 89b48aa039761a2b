"""The list of what an image is made of (SBOM), as a CycloneDX 1.5 document, and what differs between two.

Only what Berth writes and reads of the format is described here.

Source: https://cyclonedx.org/docs/1.5/json/ (ECMA-424).
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from berth.core.problem import Problem

SIZE = "app.berth:size"
"""Property of the image: bytes of all its unpacked layers."""
LAYER = "app.berth:layer"
"""Property of a package: digest (diff id) of the layer that brought it."""
SOURCE = "app.berth:source"
"""Property of a package: ``NAME VERSION`` of the Debian source package it was built from."""


class Property(msgspec.Struct, frozen=True):
    name: str
    value: str


class Supplier(msgspec.Struct, frozen=True):
    name: str


class ExternalReference(msgspec.Struct, frozen=True):
    type: str
    url: str


_RENAMED = {"bom_ref": "bom-ref", "references": "externalReferences"}


class Component(msgspec.Struct, frozen=True, rename=_RENAMED, omit_defaults=True):
    """A package, or the image itself."""

    type: str
    name: str
    version: str
    bom_ref: str
    purl: str = ""
    supplier: Supplier | None = None
    references: tuple[ExternalReference, ...] = ()
    properties: tuple[Property, ...] = ()

    def property(self, name: str) -> str:
        return next((found.value for found in self.properties if found.name == name), "")


class Metadata(msgspec.Struct, frozen=True, omit_defaults=True):
    component: Component
    timestamp: str = ""


class Bom(msgspec.Struct, frozen=True, rename="camel"):
    """The whole document. `serial_number` follows from the image's digest, so that equal images have equal lists."""

    bom_format: str
    spec_version: str
    serial_number: str
    version: int
    metadata: Metadata
    components: tuple[Component, ...]


class Change(msgspec.Struct, frozen=True):
    """What became of one package: "" stands for not there."""

    package: str
    old: str
    new: str


def read(document: str | bytes) -> Bom:
    """Raises `Problem` ``sbom-invalid``."""
    try:
        return msgspec.json.decode(document, type=Bom)
    except msgspec.DecodeError as error:
        raise Problem("sbom-invalid", f"The list of packages cannot be read: {error}.") from None


def compare(old: Bom, new: Bom) -> tuple[Change, ...]:
    """Packages that came, went, or have another version, by name."""
    before, after = _versions(old.components), _versions(new.components)
    names = sorted(before.keys() | after.keys())
    changes = (Change(name, before.get(name, ""), after.get(name, "")) for name in names)
    return tuple(change for change in changes if change.old != change.new)


def _versions(components: Iterable[Component]) -> dict[str, str]:
    return {component.name: component.version for component in components}
