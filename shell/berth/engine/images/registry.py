"""What a registry says about an image: its manifest, the one for this machine among several, its configuration.

Nothing is believed: documents are bounded, their types have to be those of images, and their digests those that led
to them.

Source: OCI distribution specification 1.1; OCI image specification 1.1 (manifest.md, image-index.md); Docker image
manifest version 2, schema 2.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from berth.core.image_reference import ImageReference
from berth.core.problem import Problem
from berth.engine.images import layout
from berth.engine.images.archive import check_config, fits, wrong_architecture
from berth.engine.images.layout import Config, Descriptor, Index, Manifest
from berth.engine.images.registry_connection import RegistryConnection, wrong

_INDEXES = (layout.INDEX_TYPE, layout.DOCKER_INDEX_TYPE)
_MANIFESTS = (layout.MANIFEST_TYPE, layout.DOCKER_MANIFEST_TYPE)
_CONFIGS = (layout.CONFIG_TYPE, "application/vnd.docker.container.image.v1+json")
_OCI_LAYER = "application/vnd.oci.image.layer.v1.tar"
_DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar"
_LAYERS = frozenset(
    [
        *(f"{_OCI_LAYER}{packed}" for packed in ("", "+gzip", "+zstd")),
        *(f"{_DOCKER_LAYER}{packed}" for packed in ("", ".gzip", ".zstd")),
    ]
)
_MOST_LAYERS = 512
_MOST_BYTES = 16 << 30
_VARIANTS = ("", "v1", "v8", "v7", "v6", "v5")
"""Of one architecture, those that run on the most machines first; of arm what this one surely is."""


class _Typed(msgspec.Struct, frozen=True, rename="camel"):
    media_type: str = ""


@dataclass(frozen=True)
class Found:
    """An image of a registry.

    Attributes:
        digest: of what the name leads to; of an index, if there are several variants.
        descriptor: of the manifest for this machine.
        document: that manifest as it came, `manifest` what it says.
    """

    digest: str
    descriptor: Descriptor
    document: bytes
    manifest: Manifest
    config: Config

    @property
    def blobs(self) -> tuple[Descriptor, ...]:
        """All that has to be fetched, each once."""
        return tuple({item.digest: item for item in (self.manifest.config, *self.manifest.layers)}.values())


def current_digest(connection: RegistryConnection, reference: ImageReference) -> str:
    """What the tag leads to now, without fetching it; "" if the registry does not say so."""
    with connection.get(f"manifests/{reference.tag}", {"Accept": _accept()}, "HEAD") as answer:
        told = answer.headers.get("Docker-Content-Digest", "")
    return told if layout.is_digest(told) else ""


def find(connection: RegistryConnection, reference: ImageReference) -> Found:
    """The image as it is for this machine; a digest in `reference` counts more than a tag.

    Raises:
        Problem: as `RegistryConnection.get`; ``image-invalid``, ``image-digest``, ``image-architecture``.
    """
    kind, document = _document(connection, reference, reference.digest or reference.tag)
    digest = layout.digest_of(document)
    descriptor = Descriptor(kind, digest, len(document))
    if kind in _INDEXES:
        descriptor = _for_this_machine(layout.decode(document, Index, "index"))
        kind, document = _document(connection, reference, descriptor.digest)
        if kind not in _MANIFESTS or len(document) != descriptor.size:
            raise wrong(reference.registry, "an index leads to something else than it says")
    manifest = _checked(layout.decode(document, Manifest, "manifest"))
    config = check_config(_configuration(connection, reference, manifest.config))
    return Found(digest, Descriptor(kind, descriptor.digest, len(document)), document, manifest, config)


def _accept() -> str:
    return ", ".join((*_INDEXES, *_MANIFESTS))


def _document(connection: RegistryConnection, reference: ImageReference, name: str) -> tuple[str, bytes]:
    """Type and bytes of the manifest or index called `name`, a tag or a digest."""
    with connection.get(f"manifests/{name}", {"Accept": _accept()}) as answer:
        kind = answer.headers.get("Content-Type", "").partition(";")[0].strip()
        if kind not in (*_INDEXES, *_MANIFESTS):
            raise Problem(
                "image-invalid",
                f"What {reference.registry} has as “{reference}” is no image ({kind[:80] or 'of no type'}).",
                "Images of schema 1, which nobody makes any more, are not understood either.",
            )
        document = answer.read(layout.MAX_DOCUMENT)
        told = answer.headers.get("Docker-Content-Digest", "")
    wanted = name if layout.is_digest(name) else told if layout.is_digest(told) else ""
    if wanted and layout.digest_of(document) != wanted:
        raise _other_digest("manifest", wanted)
    # One document must not be read as two kinds of thing.
    if layout.decode(document, _Typed, "manifest").media_type not in ("", kind):
        raise Problem("image-invalid", "The manifest of the image is of another type than the registry says.")
    return kind, document


def _for_this_machine(index: Index) -> Descriptor:
    fitting = [item for item in index.manifests if item.platform is not None and fits(item.platform)]
    if not fitting:
        offered = sorted({item.platform.architecture for item in index.manifests if item.platform} - {"unknown"})
        raise wrong_architecture(", ".join(offered) or "none")
    return min(fitting, key=_rank)


def _rank(item: Descriptor) -> int:
    variant = item.platform.variant if item.platform else ""
    return _VARIANTS.index(variant) if variant in _VARIANTS else len(_VARIANTS)


def _checked(manifest: Manifest) -> Manifest:
    """Raises `Problem` ``image-invalid`` if what it names is not what images are made of."""
    if manifest.config.media_type not in _CONFIGS:
        raise Problem(
            "image-invalid", f"This is no image of a program, but of type {manifest.config.media_type[:100]}."
        )
    foreign = {layer.media_type for layer in manifest.layers} - _LAYERS
    if foreign:
        raise Problem("image-invalid", f"The image has layers of an unknown type: {', '.join(sorted(foreign))[:200]}.")
    if not 0 < len(manifest.layers) <= _MOST_LAYERS:
        raise Problem("image-invalid", f"The image has {len(manifest.layers)} layers, not 1 to {_MOST_LAYERS}.")
    if manifest.config.size > layout.MAX_DOCUMENT or sum(layer.size for layer in manifest.layers) > _MOST_BYTES:
        raise Problem("archive-too-large", f"The image is larger than {_MOST_BYTES >> 30} GB.")
    return manifest


def _configuration(connection: RegistryConnection, reference: ImageReference, wanted: Descriptor) -> bytes:
    with connection.get(f"blobs/{wanted.digest}", {}) as answer:
        document = answer.read(layout.MAX_DOCUMENT)
    if len(document) != wanted.size or layout.digest_of(document) != wanted.digest:
        raise _other_digest("configuration", wanted.digest)
    return document


def _other_digest(what: str, digest: str) -> Problem:
    return Problem(
        "image-digest",
        f"The {what} that came does not match its digest {digest}.",
        "It was changed or damaged on its way; nothing of it was kept.",
    )
