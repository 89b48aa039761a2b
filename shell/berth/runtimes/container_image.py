"""An image of our store as a docker archive: what container engines load.

The store's layers go as they are, so that an engine keeps one copy of what images share. The
configuration is made anew: an app runs as its launch plan says, never as its image says.

Source: https://github.com/moby/moby/blob/master/image/spec/spec.md ("combined image JSON")
"""

from __future__ import annotations

import hashlib
import os
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from berth.core.problem import Problem

COPIES = "copies"
"""Directory of a store with a file for each container engine that was given images of it."""

_CHUNK = 1 << 20
_BLOCK = tarfile.BLOCKSIZE
_NOTHING = b"\0" * (2 * _BLOCK)


@dataclass(frozen=True)
class StoredImage:
    """An image in a store of OCI layout, found by the root file system that a launch plan names."""

    store: Path
    digest: str  # hexadecimal

    @classmethod
    def of(cls, rootfs: str) -> StoredImage:
        """Raises `Problem` ``image-missing`` if `rootfs` is in no store."""
        path = Path(rootfs)
        image = cls(path.parent.parent, path.name)
        if path.parent.name != "rootfs" or not image._blob(image.digest).is_file():
            raise Problem(
                "image-missing",
                f"{path} belongs to no image of the store, which a container engine needs.",
                "Build the app's image again: berth images build APP",
            )
        return image

    @property
    def repository(self) -> str:
        return repository(self.store)

    def mark_copied(self, service: str) -> None:
        """From now on the engine of this name has to be asked for copies of this store's images."""
        try:
            (self.store / COPIES).mkdir(exist_ok=True)
            (self.store / COPIES / service).touch()
        except OSError as error:
            raise Problem("start-failed", f"{self.store} cannot be written: {error.strerror}.") from None

    @property
    def tag(self) -> str:
        return f"{self.repository}:{self.digest}"

    def archive(self) -> Iterator[bytes]:
        """The docker archive, in pieces. Raises `Problem` ``image-missing`` or ``image-broken``."""
        manifest, config = self._documents()
        document = msgspec.json.encode(config)
        name = f"{hashlib.sha256(document).hexdigest()}.json"
        layers = [self._blob(layer["digest"].removeprefix("sha256:")) for layer in manifest["layers"]]
        names = [f"{number}-{layer.name}.tar" for number, layer in enumerate(layers)]
        yield from _member(name, document)
        for inside, layer in zip(names, layers, strict=True):
            yield from _file(inside, layer)
        yield from _member(
            "manifest.json", msgspec.json.encode([{"Config": name, "RepoTags": [self.tag], "Layers": names}])
        )
        yield _NOTHING

    def _documents(self) -> tuple[dict[str, Any], dict[str, Any]]:
        try:
            manifest = msgspec.json.decode(self._blob(self.digest).read_bytes())
            found = msgspec.json.decode(self._blob(manifest["config"]["digest"].removeprefix("sha256:")).read_bytes())
            kept = {key: found[key] for key in ("architecture", "os", "rootfs")}
        except (OSError, ValueError, LookupError, TypeError):
            raise Problem(
                "image-broken", f"The image {self.digest[:12]} is damaged.", "Remove the image and build it again."
            ) from None
        return manifest, {**kept, "created": found.get("created") or "1970-01-01T00:00:00Z", "config": {}}

    def _blob(self, digest: str) -> Path:
        return self.store / "blobs/sha256" / digest


def repository(store: Path) -> str:
    """Name that all images of a store have in an engine, so that two stores do not meddle."""
    return f"berth/{hashlib.sha256(os.fsencode(store)).hexdigest()[:16]}"


def is_in(store: Path, tag: str) -> bool:
    """Whether the image of a tag like ours is in the store still."""
    return (store / "rootfs" / tag.rpartition(":")[2]).is_dir()


def _member(name: str, data: bytes) -> Iterator[bytes]:
    yield _header(name, len(data))
    yield data
    yield _padding(len(data))


def _file(name: str, path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            yield _header(name, status.st_size)
            while chunk := file.read(_CHUNK):
                yield chunk
            yield _padding(status.st_size)
    except OSError as error:
        raise Problem(
            "image-broken", f"A layer of the image cannot be read: {error.strerror}.", "Build the image again."
        ) from None


def _header(name: str, size: int) -> bytes:
    entry = tarfile.TarInfo(name)
    entry.size = size
    return entry.tobuf(tarfile.PAX_FORMAT)


def _padding(size: int) -> bytes:
    return b"\0" * (-size % _BLOCK)
