"""Which apps have an image, kept at hand so that starting an app looks nothing up on disk."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from pathlib import Path

import msgspec

from berth.core.messages import ImageInfo, ImageInside, Sbom, Signature
from berth.core.problem import Problem
from berth.engine.images import inside, versions
from berth.engine.images.store import Footprint, Image, ImageStore

_LOOKS = 5


class ReadyImage(msgspec.Struct, frozen=True):
    """One of an app's images; `rootfs` and `icon` are host paths, `icon` may be empty.

    `size` is what it adds to the bases that apps share, in bytes; `created` is when it came here, Unix time.
    `superseded`: a newer one has come since, whether that is here still or not.
    `source` is where it was fetched, with its digest, `manifest` the text that was derived from it, `permissions` what
    the app asked for then; "" or None where there is none.
    """

    digest: str
    version: str
    rootfs: str
    icon: str
    size: int = 0
    reference: str = ""
    created: float = 0.0
    pinned: bool = False
    source: str = ""
    manifest: str = ""
    permissions: frozenset[str] | None = None
    signature: Signature = Signature()
    superseded: bool = False


class ImageIndex:
    """A view of the store that other processes may change; `refresh` after each change."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._store: ImageStore | None = None
        self._ready: Mapping[str, tuple[ReadyImage, ...]] = {}

    def get(self, app: str) -> ReadyImage | None:
        """The app's current image; a damaged one counts as missing: it is built again when its app is started."""
        found = self.versions(app)
        return found[-1] if found and found[-1].rootfs else None

    def versions(self, app: str) -> tuple[ReadyImage, ...]:
        """The current one last; damaged ones have no root file system."""
        return self._ready.get(app, ())

    def all(self) -> Mapping[str, tuple[ReadyImage, ...]]:
        return self._ready

    def find(self, app: str, version: str) -> ReadyImage:
        """Raises `Problem` ``no-such-version``."""
        found = versions.choose(self.versions(app), version)
        if found is None:
            raise versions.no_such_version(app, version)
        return found

    def with_digest(self, app: str, digest: str) -> ReadyImage | None:
        """The image that an instance runs from."""
        return next((image for image in self.versions(app) if image.digest == digest), None)

    async def refresh(self) -> bool:
        """Read the store again; tells whether anything changed.

        Raises:
            Problem: if the store cannot be used.
        """
        ready = await asyncio.to_thread(self._read)
        changed = ready != self._ready
        self._ready = ready
        return changed

    async def discard(self, doomed: Mapping[str, Collection[ReadyImage]]) -> None:
        """Remove images of apps; nothing can be started from them from now on.

        Raises:
            Problem: if the store cannot be used.
        """
        self._ready = {
            app: tuple(image for image in images if image not in doomed.get(app, ()))
            for app, images in self._ready.items()
        }
        references = {image.reference for images in doomed.values() for image in images}
        await asyncio.to_thread(lambda: self._opened().discard(references))

    async def use(self, reference: str) -> None:
        """Raises `Problem` ``image-missing``."""
        await asyncio.to_thread(lambda: self._opened().use(reference))

    async def pin(self, reference: str, on: bool) -> None:
        """Raises `Problem` ``image-missing``."""
        await asyncio.to_thread(lambda: self._opened().pin(reference, on))

    async def sizes(self, app: str) -> dict[str, tuple[int, int]]:
        """For each image of the app (by reference) bytes in all, and bytes that nothing else needs."""
        return await asyncio.to_thread(self._sizes, app)

    async def details(self, image: str) -> Image | None:
        return await asyncio.to_thread(lambda: self._opened().find(image))

    async def images(self) -> tuple[ImageInfo, ...]:
        return tuple(await asyncio.to_thread(lambda: self._opened().images()))

    async def footprint(self, app: str) -> Footprint:
        return await asyncio.to_thread(lambda: self._opened().footprint(app))

    async def remove(self, app: str) -> None:
        """Remove all images of an app; raises nothing if there are none."""
        await asyncio.to_thread(lambda: self._opened().remove_all(app))

    async def inside(self, image: str, layer: int, search: str) -> ImageInside:
        """Raises `Problem`: ``image-missing``, ``layer-missing``."""
        return await asyncio.to_thread(lambda: inside.describe(self._opened(), image, layer, search))

    async def sbom(self, image: str) -> Sbom:
        """Raises `Problem`: ``image-missing``."""
        return Sbom(await asyncio.to_thread(lambda: inside.bill(self._opened(), image)))

    def _opened(self) -> ImageStore:
        if self._store is None:
            self._store = ImageStore(self._root)
        return self._store

    def _sizes(self, app: str) -> dict[str, tuple[int, int]]:
        store = self._opened()
        return {image.reference: store.sizes(image) for image in store.apps().get(app, ())}

    def _read(self) -> dict[str, tuple[ReadyImage, ...]]:
        """Again if the store was changed meanwhile: an image that was replaced would count as damaged."""
        store = self._opened()
        for _ in range(_LOOKS):
            before, shared = store.state(), store.base_layers()
            apps = store.apps().items()
            ready = {name: tuple(_ready(store, image, shared) for image in images) for name, images in apps}
            if store.state() == before:
                break
        return ready


def _ready(store: ImageStore, image: Image, shared: Collection[str]) -> ReadyImage:
    try:
        rootfs = str(store.rootfs(image))
    except Problem:
        rootfs = ""
    return ReadyImage(
        image.digest,
        versions.label(image.reference, image.digest),
        rootfs,
        str(store.icon(image) or ""),
        store.size_above(image, shared),
        image.reference,
        image.created,
        image.pinned,
        image.source,
        store.app_manifest(image),
        image.permissions,
        image.signature,
        image.superseded,
    )
