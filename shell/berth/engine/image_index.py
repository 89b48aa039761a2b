"""Which apps have an image, kept at hand so that starting an app looks nothing up on disk."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

import msgspec

from berth.core.messages import ImageInfo, ImageInside, Sbom
from berth.core.problem import Problem
from berth.engine.images import inside
from berth.engine.images.store import Footprint, ImageStore


class ReadyImage(msgspec.Struct, frozen=True):
    """An app's newest image; `rootfs` and `icon` are host paths, `icon` may be empty.

    `size` is what it adds to the bases that apps share, in bytes.
    """

    digest: str
    version: str
    rootfs: str
    icon: str
    size: int = 0


class ImageIndex:
    """A view of the store that other processes may change; `refresh` after each change."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._store: ImageStore | None = None
        self._ready: Mapping[str, ReadyImage] = {}

    def get(self, app: str) -> ReadyImage | None:
        return self._ready.get(app)

    async def refresh(self) -> bool:
        """Read the store again; tells whether anything changed.

        Raises:
            Problem: if the store cannot be used.
        """
        ready = await asyncio.to_thread(self._read)
        changed = ready != self._ready
        self._ready = ready
        return changed

    async def images(self) -> tuple[ImageInfo, ...]:
        return tuple(await asyncio.to_thread(lambda: self._opened().images()))

    async def footprint(self, app: str) -> Footprint:
        return await asyncio.to_thread(lambda: self._opened().footprint(app))

    async def remove(self, app: str) -> None:
        """Remove all images of an app; raises nothing if there are none."""
        await asyncio.to_thread(lambda: self._opened().remove_all(app))

    async def inside(self, image: str, layer: int) -> ImageInside:
        """Raises `Problem`: ``image-missing``, ``layer-missing``."""
        return await asyncio.to_thread(lambda: inside.describe(self._opened(), image, layer))

    async def sbom(self, image: str) -> Sbom:
        """Raises `Problem`: ``image-missing``."""
        return Sbom(await asyncio.to_thread(lambda: inside.bill(self._opened(), image)))

    def _opened(self) -> ImageStore:
        if self._store is None:
            self._store = ImageStore(self._root)
        return self._store

    def _read(self) -> dict[str, ReadyImage]:
        store = self._opened()
        names = {info.image.rpartition(":")[0] for info in store.images()}
        found = {name: _ready(store, name) for name in names}
        return {name: image for name, image in found.items() if image is not None}


def _ready(store: ImageStore, name: str) -> ReadyImage | None:
    image = store.find(name)
    if image is None:
        return None
    try:
        rootfs = store.rootfs(image)
    except Problem:
        # A damaged image counts as missing: it is built again when its app is started.
        return None
    return ReadyImage(image.digest, image.version, str(rootfs), str(store.icon(image) or ""), store.own_size(image))
