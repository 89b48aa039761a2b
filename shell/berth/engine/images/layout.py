"""The JSON documents of an OCI image layout, validated as they are read.

Source: https://github.com/opencontainers/image-spec (image-layout.md, manifest.md, config.md).
Unknown fields are ignored, as the specification asks.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta

from berth.core.problem import Problem

INDEX_TYPE = "application/vnd.oci.image.index.v1+json"
MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"
LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar+gzip"
DOCKER_INDEX_TYPE = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_MANIFEST_TYPE = "application/vnd.docker.distribution.manifest.v2+json"

REFERENCE = "org.opencontainers.image.ref.name"
CREATED = "org.opencontainers.image.created"
"""When the image came into this store (RFC 3339); its own documents stay the same from build to build."""

# Ours stand in the index only, which no archive brings: a stranger's image cannot pass as a base.
RECIPE = "app.berth.recipe"
"""Hash of what an image was built from: an equal recipe need not be built again."""
BASE = "app.berth.base"
"""On a base: the image serves only to build others, and goes when nobody uses it."""
PACKAGES = "app.berth.packages"
"""``name=version`` of all Debian packages inside, separated by spaces."""
SUITE = "app.berth.suite"
"""The Debian suite that the image was built from."""
SBOM = "app.berth.sbom"
"""Digest of the blob that lists what the image is made of."""
SOURCE = "app.berth.source"
"""Where the image was fetched: registry, repository, tag and the digest that the tag led to."""
SIGNATURE = "app.berth.signature"
"""Who had signed the image when it was fetched, as JSON."""
PINNED = "app.berth.pinned"
"""Not empty: the user keeps this image, and as current one it stays so."""
SUPERSEDED = "app.berth.superseded"
"""Not empty: a newer image of its name has come since, whether that is here still or not."""
PERMISSIONS = "app.berth.permissions"
"""Permissions that the app's manifest asked for when the image was built, separated by spaces."""
APP_MANIFEST = "app.berth.manifest"
"""Digest of the blob with the app's manifest, of images whose manifest was derived from them."""
ICON = "app.berth.icon"
"""File name in the store's directory of icons."""

MAX_DOCUMENT = 4 << 20

_DIGEST = r"^sha256:[0-9a-f]{64}$"
Digest = Annotated[str, Meta(pattern=_DIGEST)]
Size = Annotated[int, Meta(ge=0)]
T = TypeVar("T")


class Platform(msgspec.Struct, frozen=True, omit_defaults=True):
    architecture: str
    os: str = ""
    variant: str = ""


class Descriptor(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    media_type: str
    digest: Digest
    size: Size
    annotations: dict[str, str] = {}
    platform: Platform | None = None


class Manifest(msgspec.Struct, frozen=True, rename="camel"):
    config: Descriptor
    layers: tuple[Descriptor, ...]
    schema_version: int = 2
    media_type: str = MANIFEST_TYPE
    annotations: dict[str, str] = {}


class Index(msgspec.Struct, frozen=True, rename="camel"):
    manifests: tuple[Descriptor, ...] = ()
    schema_version: int = 2
    media_type: str = INDEX_TYPE


class RootFs(msgspec.Struct, frozen=True):
    diff_ids: tuple[Digest, ...]
    type: str = "layers"


class Config(msgspec.Struct, frozen=True):
    architecture: str
    os: str
    rootfs: RootFs
    created: str = ""
    config: dict[str, object] = {}


@dataclass(frozen=True)
class NewImage:
    """An image on its way into a store.

    Attributes:
        reference: ``NAME:VERSION``.
        manifest: the manifest document as it came; its sha256 is the image's digest.
        blobs: files of the blobs that `manifest` names and the store may lack, their digests
            already verified; they are moved into the store.
        annotations: what the index shall say about it.
        icon: an icon file to keep, or None.
    """

    reference: str
    manifest: bytes
    blobs: Mapping[str, Path]
    annotations: Mapping[str, str] = field(default_factory=dict)
    icon: Path | None = None


def decode(data: bytes, kind: type[T], what: str) -> T:
    """Raises `Problem` ``image-invalid``."""
    try:
        return msgspec.json.decode(data, type=kind)
    except (ValueError, RecursionError) as error:
        raise Problem("image-invalid", f"The {what} of the image is not valid: {error}.") from None


def encode(document: Manifest | Index | Config) -> bytes:
    return msgspec.json.encode(document)


def digest_of(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def is_digest(text: str) -> bool:
    return re.fullmatch(_DIGEST, text) is not None


def hex_digits(digest: str) -> str:
    """The part of a digest that serves as file name.

    Raises:
        Problem: ``image-invalid`` for anything but a well-formed sha256 digest.
    """
    if not is_digest(digest):
        raise Problem("image-invalid", f"“{digest[:80]}” is not a sha256 digest.")
    return digest.removeprefix("sha256:")


_REFERENCE = re.compile(r"(?P<name>[A-Za-z0-9][A-Za-z0-9._/-]{0,199}):(?P<version>[A-Za-z0-9][A-Za-z0-9._+~-]{0,99})")


def split_reference(reference: str) -> tuple[str, str]:
    """Name and version of ``NAME:VERSION``. Raises `Problem` ``image-reference``."""
    match = _REFERENCE.fullmatch(reference)
    if not match or ".." in reference:
        raise Problem(
            "image-reference",
            f"“{reference[:80]}” does not name an image.",
            "Write it as NAME:VERSION, e.g. foot:1.13.",
        )
    return match["name"], match["version"]
