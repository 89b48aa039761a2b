"""Writing down what an image is made of: its Debian packages as a CycloneDX document (SBOM).

Equal for equal images, whenever and wherever it is made.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import msgspec

from berth.core import sbom
from berth.core.sbom import Bom, Component, ExternalReference, Metadata, Property, Supplier
from berth.engine.images.packages import Package, installed


@dataclass(frozen=True)
class UnpackedLayer:
    """An unpacked layer: its diff id, where it lies, bytes of its files."""

    digest: str
    tree: Path
    size: int


def make_bill(reference: str, digest: str, created: str, suite: str, layers: Sequence[UnpackedLayer]) -> bytes:
    """The document for the image `reference` with this digest.

    Args:
        created: the image's own time (RFC 3339), may be empty.
        suite: the Debian suite it was built from, may be empty.
    """
    distribution = f"&distro={quote(suite)}" if suite else ""
    found = [
        _component(package, layer, distribution) for layer, packages in brought(layers).items() for package in packages
    ]
    name, _, version = reference.rpartition(":")
    size = Property(sbom.SIZE, str(sum(layer.size for layer in layers)))
    document = Bom(
        "CycloneDX",
        "1.5",
        uuid.uuid5(uuid.NAMESPACE_URL, digest).urn,
        1,
        Metadata(Component("container", name, version, digest, properties=(size,)), created),
        tuple(sorted(found, key=lambda component: component.name)),
    )
    return msgspec.json.format(msgspec.json.encode(document))


def brought(layers: Sequence[UnpackedLayer]) -> Mapping[str, tuple[Package, ...]]:
    """For each layer (by diff id) the packages of the whole image that it brought, or brought anew."""
    below: dict[str, Package] = {}
    origin: dict[str, str] = {}
    for layer in layers:
        packages = installed(layer.tree)
        if packages is None:
            continue
        origin |= {package.name: layer.digest for package in packages if below.get(package.name) != package}
        below = {package.name: package for package in packages}
    return {
        layer.digest: tuple(package for name, package in below.items() if origin[name] == layer.digest)
        for layer in layers
    }


def _component(package: Package, layer: str, suite: str) -> Component:
    version = quote(package.version, safe="")
    reference = f"pkg:deb/debian/{quote(package.name, safe='')}@{version}?arch={quote(package.architecture)}{suite}"
    return Component(
        "library",
        package.name,
        package.version,
        reference,
        reference,
        Supplier(package.maintainer) if package.maintainer else None,
        (ExternalReference("website", package.homepage),) if package.homepage else (),
        (Property(sbom.LAYER, layer), Property(sbom.SOURCE, f"{package.source} {package.source_version}")),
    )
