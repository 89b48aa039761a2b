"""What is inside an image: its layers with what each brought, and the list of all packages (SBOM).

Slow (every file is looked at): never on an event loop.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from itertools import islice

import msgspec

from berth.core.messages import FileInfo, ImageInside, LayerInfo
from berth.core.problem import Problem
from berth.engine.images.bill import brought, make_bill
from berth.engine.images.layer_files import LayerTree, layer_files
from berth.engine.images.store import Image, ImageStore

_MAX_FILES = 100_000


def describe(store: ImageStore, reference: str, layer: int = 0, search: str = "") -> ImageInside:
    """All that is known of the image; with `layer` (from 1; negative: each) what that layer did to files, too.

    Args:
        search: only files with this in their path.

    Raises:
        Problem: ``image-missing``, ``layer-missing``.
    """
    image = _find(store, reference)
    layers = tuple(_layers(store, image))
    if layer > len(layers):
        raise Problem("layer-missing", f"{image.reference} has {len(layers)} layers, and none with number {layer}.")
    wanted = range(1, len(layers) + 1) if layer < 0 else (layer,) if layer else ()
    files = list(islice(_files(store, image, wanted, search.casefold()), _MAX_FILES + 1))
    return ImageInside(
        image.reference,
        image.digest,
        image.created,
        "built" if image.recipe else "fetched" if image.source else "imported",
        image.config.architecture,
        msgspec.json.encode(image.config.config).decode(),
        layers,
        tuple(files[:_MAX_FILES]),
        image.source,
        image.signature,
        len(files) > _MAX_FILES,
    )


def bill(store: ImageStore, reference: str) -> str:
    """The image's SBOM, CycloneDX 1.5 as JSON: the one that was kept with it, or one made now.

    Raises:
        Problem: ``image-missing``.
    """
    image = _find(store, reference)
    kept = store.sbom(image)
    if kept is None:
        kept = make_bill(image.reference, image.digest, image.config.created, image.suite, store.layers(image))
    return kept.decode()


def _find(store: ImageStore, reference: str) -> Image:
    image = store.find(reference)
    if image is None:
        raise Problem("image-missing", f"There is no image “{reference[:100]}”.", "List them with: berth images")
    return image


def _layers(store: ImageStore, image: Image) -> Iterator[LayerInfo]:
    bases = store.base_names()
    layers = store.layers(image)
    packages = brought(layers)
    for descriptor, layer in zip(image.manifest.layers, layers, strict=True):
        yield LayerInfo(
            layer.digest,
            bases.get(layer.digest, ""),
            layer.size,
            descriptor.size,
            sum(len(names) for _place, _directories, names in os.walk(layer.tree)),
            tuple(f"{package.name} {package.version}" for package in packages[layer.digest]),
        )


def _files(store: ImageStore, image: Image, numbers: Iterable[int], search: str) -> Iterator[FileInfo]:
    trees = [LayerTree(layer.tree, store.whiteouts(layer)) for layer in store.layers(image)]
    for number in numbers:
        for path, size, change in layer_files(trees[:number]):
            shown = os.fsencode(path).decode(errors="replace")
            if search in shown.casefold():
                yield FileInfo(shown, size, number, change)
