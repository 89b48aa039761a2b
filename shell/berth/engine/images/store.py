"""The image store: an OCI image layout on disk that several processes share.

A store directory holds, beside what the OCI specification asks for::

    blobs/sha256/HEX   documents and compressed layers
    layers/HEX/        a layer unpacked once (tree/, whiteouts, size), HEX is its diff id; of those that are built here
                       equal files are links to each other
    rootfs/HEX/        an image's root file system: hard links into layers/, HEX is its digest; of an image with one
                       layer that has all mount points a symbolic link to that
    icons/             an app's icon, taken out of its image
    partial/HEX/       what has come of an image that is being fetched, HEX is its digest
    incoming/          the writer's unfinished work

One process writes at a time (store.lock). ``index.json`` is replaced last and atomically, and
whatever it does not reach is debris: a writer that was killed at any step leaves the store as
it was, and the next one sweeps. Readers need no lock.

Source: https://github.com/opencontainers/image-spec/blob/main/image-layout.md
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Protocol

import msgspec

from berth.core.manifest import parse_manifest
from berth.core.messages import ImageInfo, Signature
from berth.core.problem import Problem
from berth.engine.images import layout, versions
from berth.engine.images.alike import share
from berth.engine.images.archive import read_archive, read_fetched
from berth.engine.images.bill import UnpackedLayer, make_bill
from berth.engine.images.icons import extract_icon
from berth.engine.images.layout import Config, Descriptor, Index, Manifest, NewImage
from berth.engine.images.merge import merge
from berth.engine.images.mount_points import add_mount_points, lacks_mount_points
from berth.engine.images.namespaces import sweep_builds
from berth.engine.images.partial import sweep_partial
from berth.engine.images.readahead import ReadAhead
from berth.engine.images.syncing import sync_file_system
from berth.engine.images.tarstream import Measured, open_compressed
from berth.engine.images.unpack import Limits, Unpacked, Whiteouts, unpack

_LAYOUT = b'{"imageLayoutVersion":"1.0.0"}'

_NO_PROGRAM = 64 << 10
"""Bytes of a layer that can hold no program: what is left of packages that a base has already."""


@dataclass(frozen=True)
class Image:
    """An image in the store. `reference` is ``NAME:VERSION``; an app's image has its app id as name."""

    reference: str
    digest: str
    manifest: Manifest
    config: Config
    annotations: Mapping[str, str]

    @property
    def name(self) -> str:
        return self.reference.rpartition(":")[0]

    @property
    def version(self) -> str:
        return self.reference.rpartition(":")[2]

    @property
    def is_base(self) -> bool:
        return layout.BASE in self.annotations

    @property
    def recipe(self) -> str:
        return self.annotations.get(layout.RECIPE, "")

    @cached_property
    def packages(self) -> dict[str, str]:
        """Debian packages inside, with their versions."""
        words = self.annotations.get(layout.PACKAGES, "").split()
        return dict(word.split("=", 1) for word in words if "=" in word)

    @property
    def pinned(self) -> bool:
        return bool(self.annotations.get(layout.PINNED))

    @property
    def superseded(self) -> bool:
        """A newer one has come since, whether that is here still or not."""
        return bool(self.annotations.get(layout.SUPERSEDED))

    @property
    def permissions(self) -> frozenset[str] | None:
        """What the app's manifest asked for when this was made, None if that is not known."""
        known = self.annotations.get(layout.PERMISSIONS)
        return None if known is None else frozenset(known.split())

    @property
    def suite(self) -> str:
        """The Debian suite it was built from, "" if it was not."""
        return self.annotations.get(layout.SUITE, "")

    @property
    def source(self) -> str:
        """The registry's name for it with the digest it had there, "" if it was not fetched from one."""
        return self.annotations.get(layout.SOURCE, "")

    @property
    def signature(self) -> Signature:
        try:
            return msgspec.json.decode(self.annotations.get(layout.SIGNATURE, "[]"), type=Signature)
        except ValueError:
            return Signature()

    @property
    def created(self) -> float:
        """When it came into the store, Unix time."""
        return datetime.fromisoformat(self.annotations[layout.CREATED]).timestamp()


class Welcome(Protocol):
    """Whoever has a say in which images come in. Both raise `Problem` to refuse one; nothing of it is kept then."""

    def reference(self, reference: str) -> str:
        """What it shall be called, given what it calls itself."""
        ...

    def look_at(self, config: Config, rootfs: Path) -> str:
        """Look at the unpacked image before it is one of the store; names the icon in it that it shall have, or ""."""
        ...

    def manifest(self) -> str:
        """The app's manifest, if it was derived from the image that was looked at, else ""."""
        ...


@dataclass(frozen=True)
class Layer:
    """A layer as it counts on the disk: unpacked and packed, in bytes. `base` names what it is the top of."""

    diff_id: str
    base: str
    size: int
    users: tuple[str, ...]


@dataclass(frozen=True)
class Footprint:
    """Images of one name, and their layers: those that go with them, and those that others use."""

    references: tuple[str, ...]
    goes: tuple[Layer, ...]
    stays: tuple[Layer, ...]


class ImageStore:
    """The store at `root`, made if there is none.

    Raises:
        Problem: ``store-unusable`` if the directory cannot be used.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._documents: dict[str, tuple[Manifest, Config]] = {}
        with storage_problems(root):
            for name in ("blobs/sha256", "layers", "rootfs", "icons", "incoming", "locks"):
                (root / name).mkdir(parents=True, exist_ok=True, mode=0o755)
            with self._writing(wait=False) as alone:
                if alone:
                    self._prepare()
            sweep_builds(root / "builds")
            sweep_partial(root / "partial")

    # --- reading

    def state(self) -> tuple[int, int]:
        """Differs after each change of which images there are."""
        try:
            status = (self.root / "index.json").stat()
        except FileNotFoundError:
            return 0, 0
        return status.st_ino, status.st_mtime_ns

    def images(self) -> list[ImageInfo]:
        """All images of apps, by reference; sizes are of unpacked layers."""
        apps = [image for image in self._all() if not image.is_base]
        users: dict[str, int] = {}
        for image in apps:
            for diff_id in set(image.config.rootfs.diff_ids):
                users[diff_id] = users.get(diff_id, 0) + 1
        return sorted((self._info(image, users) for image in apps), key=lambda info: info.image)

    def find(self, reference: str) -> Image | None:
        """The image with this ``NAME:VERSION``, this digest, or the current one of this name."""
        matching = [image for image in self._all() if reference in (image.reference, image.digest, image.name)]
        return matching[-1] if matching else None

    def find_recipe(self, recipe: str) -> Image | None:
        """The newest image that was built from this recipe."""
        built = [image for image in self._all() if image.recipe == recipe]
        return max(built, key=lambda image: image.created, default=None)

    def apps(self) -> dict[str, list[Image]]:
        """The images of each app, the current one last."""
        found: dict[str, list[Image]] = {}
        for image in self._all():
            if not image.is_base:
                found.setdefault(image.name, []).append(image)
        return found

    def sizes(self, image: Image) -> tuple[int, int]:
        """Bytes of the image's unpacked layers: of all, and of those that no other image stands on."""
        others = {
            diff_id
            for other in self._all()
            if not other.is_base and other.reference != image.reference
            for diff_id in other.config.rootfs.diff_ids
        }
        layers = {diff_id: self._layer_size(diff_id) for diff_id in image.config.rootfs.diff_ids}
        return sum(layers.values()), sum(size for diff_id, size in layers.items() if diff_id not in others)

    def rootfs(self, image: Image) -> Path:
        """The image's root file system, to be mounted read-only and nothing else."""
        place = self._rootfs_path(image.digest)
        if place.is_dir():
            return place
        with storage_problems(self.root), self._writing():
            self._unpack_layers(image.manifest, image.config)
            self._merge_layers(image.digest, image.config)
        return place

    def base_layers(self) -> frozenset[str]:
        """Diff ids of all layers of bases."""
        return frozenset(diff_id for base in self._all() if base.is_base for diff_id in base.config.rootfs.diff_ids)

    def size_above(self, image: Image, shared: Collection[str]) -> int:
        """Bytes of the unpacked layers that are not in `shared`, or of the last one that is, if they hold no program:
        an app that a base consists of is as large as that."""
        own = sum(self._layer_size(diff_id) for diff_id in set(image.config.rootfs.diff_ids) - set(shared))
        below = [diff_id for diff_id in image.config.rootfs.diff_ids if diff_id in shared]
        return own if own > _NO_PROGRAM or not below else own + self._layer_size(below[-1])

    def base_names(self) -> dict[str, str]:
        """The name of the base that each layer (by diff id) is the last of."""
        bases = (image for image in self._all() if image.is_base)
        return {image.config.rootfs.diff_ids[-1]: image.annotations[layout.BASE] for image in bases}

    def layers(self, image: Image) -> tuple[UnpackedLayer, ...]:
        """The image's unpacked layers, the lowest first."""
        return self._layers(image.config)

    def _layers(self, config: Config) -> tuple[UnpackedLayer, ...]:
        return tuple(
            UnpackedLayer(diff_id, self._layer_path(diff_id) / "tree", self._layer_size(diff_id))
            for diff_id in config.rootfs.diff_ids
        )

    def whiteouts(self, layer: UnpackedLayer) -> Whiteouts:
        """What a layer hides of those below."""
        return Whiteouts.load((layer.tree.parent / "whiteouts").read_bytes())

    def sbom(self, image: Image) -> bytes | None:
        """The list of packages that was kept with the image, None for images that came before there were any."""
        return self._kept(image, layout.SBOM)

    def app_manifest(self, image: Image) -> str:
        """The app's manifest as it was derived from the image, "" if it was not."""
        return (self._kept(image, layout.APP_MANIFEST) or b"").decode(errors="replace")

    def _kept(self, image: Image, annotation: str) -> bytes | None:
        digest = image.annotations.get(annotation)
        if digest is None:
            return None
        try:
            return self._blob(digest).read_bytes()
        except FileNotFoundError:
            return None

    def icon(self, image: Image) -> Path | None:
        name = image.annotations.get(layout.ICON)
        return self.root / "icons" / name if name else None

    def footprint(self, name: str) -> Footprint:
        """What there is because of the images called `name`."""
        images = list(self._all())
        own = [image for image in images if image.name == name]
        others = [image for image in images if image.name != name and not image.is_base]
        used = {diff_id for image in others for diff_id in image.config.rootfs.diff_ids}
        bases = {image.config.rootfs.diff_ids[-1]: image.annotations[layout.BASE] for image in images if image.is_base}
        goes: dict[str, Layer] = {}
        stays: dict[str, Layer] = {}
        for image in own:
            for descriptor, diff_id in zip(image.manifest.layers, image.config.rootfs.diff_ids, strict=True):
                users = tuple(sorted({other.name for other in others if diff_id in other.config.rootfs.diff_ids}))
                size = self._layer_size(diff_id) + descriptor.size
                (stays if diff_id in used else goes)[diff_id] = Layer(diff_id, bases.get(diff_id, ""), size, users)
        return Footprint(tuple(image.reference for image in own), tuple(goes.values()), tuple(stays.values()))

    def verify(self) -> list[Problem]:
        """Every fault of the store: blobs missing or changed, documents that do not fit together."""
        faults: list[Problem] = []
        for descriptor in self._index().manifests:
            for digest in sorted(self._reached(Index((descriptor,)))[0]):
                fault = self._verify_blob(digest)
                if fault:
                    faults.append(fault)
        return faults

    # --- writing

    def import_archive(
        self, path: Path, welcome: Welcome | None = None, report: Callable[[float], None] | None = None
    ) -> Image:
        """Add the image of an OCI archive or directory, a docker archive or a plain root file system tar.

        Args:
            welcome: may give it another reference, and refuse it by raising a `Problem`.
            report: told how much of the archive was read, 0 to 1.

        Raises:
            Problem: whatever is wrong with the archive; the store is then as it was.
        """
        with storage_problems(self.root), self._writing():
            new = read_archive(path, self._fresh("archive"), report)
            if welcome is not None:
                new = replace(new, reference=welcome.reference(new.reference))
            return self._add(new, welcome)

    def import_fetched(self, place: Path, source: str, welcome: Welcome, signature: Signature) -> Image:
        """Add the image of an OCI image layout in the store's own file system.

        Args:
            source: where it was fetched.
            signature: what was found of one there.

        Raises:
            Problem: as `import_archive`.
        """
        with storage_problems(self.root), self._writing():
            new = read_fetched(place)
            reference = welcome.reference(new.reference)
            told = {layout.SOURCE: source, layout.SIGNATURE: msgspec.json.encode(signature).decode()}
            return self._add(replace(new, reference=reference, annotations=told), welcome)

    def has_blob(self, digest: str) -> bool:
        return self._blob(digest).exists()

    def lend_blob(self, digest: str, place: Path) -> bool:
        """Give the blob a second name, `place`; False if there is no such blob."""
        try:
            os.link(self._blob(digest), place)
        except FileNotFoundError:
            return False
        return True

    def versions(self, name: str) -> list[Image]:
        """All images of this name."""
        return [image for image in self._all() if image.name == name]

    def add(self, new: NewImage) -> Image:
        """Add an image, which becomes the current one of its name (see `versions.placed`).

        Raises:
            Problem: ``image-invalid``, ``disk-full`` or what `unpack` finds; the store is then as it was.
        """
        with storage_problems(self.root), self._writing():
            return self._add(new)

    def name_also(self, image: Image, reference: str, more: Mapping[str, str]) -> Image:
        """Give an image of the store a second reference, with `more` annotations; nothing is copied."""
        layout.split_reference(reference)
        created = datetime.now(UTC).isoformat()
        annotations = {**image.annotations, layout.REFERENCE: reference, layout.CREATED: created, **more}
        for of_the_other in (layout.PINNED, layout.SUPERSEDED):
            annotations.pop(of_the_other, None)
        with storage_problems(self.root), self._writing():
            present = next((item for item in self._index().manifests if item.digest == image.digest), None)
            if present is None:
                raise Problem("image-missing", f"The image “{image.reference}” was removed meanwhile.", "Try again.")
            new = msgspec.structs.replace(present, annotations=annotations)
            self._write_index(versions.placed(self._index(), new))
        return Image(reference, image.digest, image.manifest, image.config, annotations)

    def remove(self, reference: str) -> None:
        """Remove the image ``NAME:VERSION`` and all that no other image uses. No instance may run from it.

        Raises:
            Problem: ``image-missing``.
        """
        with storage_problems(self.root), self._writing():
            self._check_there(reference)
            kept = [item for item in self._index().manifests if item.annotations.get(layout.REFERENCE) != reference]
            self._write_index(Index(tuple(kept)))
            self._drop_unused_bases()
            self._sweep()

    def remove_all(self, name: str) -> None:
        """Remove every version of the image `name`, if there is any, and all that no other image uses."""
        with storage_problems(self.root), self._writing():
            kept = tuple(item for item in self._index().manifests if versions.name_of(item) != name)
            if len(kept) < len(self._index().manifests):
                self._write_index(Index(kept))
            self._drop_unused_bases()
            self._sweep()

    def use(self, reference: str) -> None:
        """Make the image ``NAME:VERSION`` the current one of its name. Raises `Problem` ``image-missing``."""
        with storage_problems(self.root), self._writing():
            self._check_there(reference)
            self._write_index(versions.with_current(self._index(), reference))

    def pin(self, reference: str, on: bool) -> None:
        """Keep the image ``NAME:VERSION`` whatever comes, or no longer. Raises `Problem` ``image-missing``."""
        with storage_problems(self.root), self._writing():
            self._check_there(reference)
            self._write_index(versions.with_pin(self._index(), reference, on))

    def discard(self, references: Collection[str]) -> None:
        """Remove images that are neither pinned nor current, and all that no other image uses. None may be in use."""
        with storage_problems(self.root), self._writing():
            self._write_index(versions.without(self._index(), references))
            # A base that nobody uses yet may be the one that a build of somebody else stands on.
            self._drop_replaced_bases()
            self._sweep()

    def _check_there(self, reference: str) -> None:
        if all(item.annotations.get(layout.REFERENCE) != reference for item in self._index().manifests):
            raise Problem("image-missing", f"There is no image “{reference}”.", "List them with: berth images")

    # --- documents

    def _index(self) -> Index:
        try:
            return layout.decode((self.root / "index.json").read_bytes(), Index, "index")
        except FileNotFoundError:
            return Index()

    def _all(self) -> Iterator[Image]:
        for descriptor in self._index().manifests:
            documents = self._load(descriptor.digest)
            reference = descriptor.annotations.get(layout.REFERENCE)
            if documents and reference and layout.CREATED in descriptor.annotations:
                yield Image(reference, descriptor.digest, *documents, descriptor.annotations)

    def _load(self, digest: str) -> tuple[Manifest, Config] | None:
        """Manifest and configuration; None for a damaged image, or when a remover was faster than this reader."""
        # Looked up once: another thread that sweeps may forget it at any time.
        known = self._documents.get(digest)
        if known is None:
            try:
                manifest = layout.decode(self._blob(digest).read_bytes(), Manifest, "manifest")
                data = self._blob(manifest.config.digest).read_bytes()
                known = self._documents[digest] = manifest, layout.decode(data, Config, "configuration")
            except (FileNotFoundError, Problem):
                return None
        return known

    def _info(self, image: Image, users: Mapping[str, int]) -> ImageInfo:
        sizes = {diff_id: self._layer_size(diff_id) for diff_id in image.config.rootfs.diff_ids}
        return ImageInfo(
            image=image.reference,
            digest=image.digest,
            size=sum(sizes.values()),
            shared=sum(size for diff_id, size in sizes.items() if users[diff_id] > 1),
            created=image.created,
            packages=len(image.packages),
        )

    def _layer_size(self, diff_id: str) -> int:
        try:
            return int((self._layer_path(diff_id) / "size").read_text())
        except (FileNotFoundError, ValueError):
            return 0

    def _verify_blob(self, digest: str) -> Problem | None:
        hint = "Remove the image that uses it and build or import it again."
        try:
            with self._blob(digest).open("rb") as file:
                measured = Measured(file, limit=1 << 62)
                measured.drain()
        except OSError:
            return Problem("blob-missing", f"The store lacks the blob {digest}.", hint)
        if measured.digest != digest:
            return Problem("blob-changed", f"The blob {digest} was changed or is damaged.", hint)
        return None

    # --- places

    def _blob(self, digest: str) -> Path:
        return self.root / "blobs/sha256" / layout.hex_digits(digest)

    def _layer_path(self, diff_id: str) -> Path:
        return self.root / "layers" / layout.hex_digits(diff_id)

    def _rootfs_path(self, digest: str) -> Path:
        return self.root / "rootfs" / layout.hex_digits(digest)

    def _fresh(self, name: str) -> Path:
        """An empty directory for unfinished work."""
        place = self.root / "incoming" / name
        if place.is_symlink():  # of a writer that was killed
            place.unlink()
        elif place.exists():
            shutil.rmtree(place)
        place.mkdir()
        return place

    # --- the writer's steps; all of them hold the lock

    @contextmanager
    def _writing(self, wait: bool = True) -> Iterator[bool]:
        """Be the only writer; yields False if another one is and `wait` is not wanted."""
        with (self.root / "store.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError:
                yield False
                return
            try:
                yield True
            except BaseException:
                self._sweep()
                raise

    def _prepare(self) -> None:
        if not (self.root / "oci-layout").exists():
            self._write("oci-layout", _LAYOUT)
        if not (self.root / "index.json").exists():
            self._write_index(Index())
        self._sweep()

    def _add(self, new: NewImage, welcome: Welcome | None = None) -> Image:
        layout.split_reference(new.reference)
        manifest = layout.decode(new.manifest, Manifest, "manifest")
        digest = self._take_documents(new, manifest)
        config = layout.decode(self._blob(manifest.config.digest).read_bytes(), Config, "configuration")
        self._unpack_layers(manifest, config, self._built_trees() if layout.RECIPE in new.annotations else ())
        self._merge_layers(digest, config)
        if welcome is not None:
            rootfs = self._rootfs_path(digest)
            wanted = welcome.look_at(config, rootfs)
            icon = extract_icon(rootfs, wanted, self._fresh("icon") / "icon") if wanted else None
            new = replace(new, icon=new.icon or icon, annotations={**new.annotations, **self._described(welcome)})
        created = datetime.now(UTC).isoformat()
        annotations = {**new.annotations, layout.REFERENCE: new.reference, layout.CREATED: created}
        if new.icon:
            annotations[layout.ICON] = f"{layout.split_reference(new.reference)[0]}{new.icon.suffix}"
            new.icon.replace(self.root / "icons" / annotations[layout.ICON])
        annotations[layout.SBOM] = self._keep_bill(digest, config, annotations)
        # After a power cut the index must not name trees whose files never reached the disk.
        sync_file_system(self.root)
        descriptor = Descriptor(manifest.media_type, digest, len(new.manifest), annotations=annotations)
        self._write_index(versions.placed(self._index(), descriptor))
        self._drop_replaced_bases()
        self._sweep()
        return Image(new.reference, digest, manifest, config, annotations)

    def _keep_bill(self, digest: str, config: Config, annotations: Mapping[str, str]) -> str:
        """Store the list of packages beside the image; returns the blob's digest."""
        suite = annotations.get(layout.SUITE, "")
        bill = make_bill(annotations[layout.REFERENCE], digest, config.created, suite, self._layers(config))
        return self._keep(bill)

    def _described(self, welcome: Welcome) -> dict[str, str]:
        """What the index shall say of the manifest that an image has got; none if its app has another one."""
        text = welcome.manifest()
        if not text:
            return {}
        asked = {request.name for request in parse_manifest(text, "manifest").permissions}
        return {layout.APP_MANIFEST: self._keep(text.encode()), layout.PERMISSIONS: " ".join(sorted(asked))}

    def _keep(self, document: bytes) -> str:
        kept = layout.digest_of(document)
        place = self._fresh("document") / "document"
        place.write_bytes(document)
        place.replace(self._blob(kept))
        return kept

    def _take_documents(self, new: NewImage, manifest: Manifest) -> str:
        document = self._fresh("manifest") / "manifest.json"
        document.write_bytes(new.manifest)
        digest = layout.digest_of(new.manifest)
        blobs = {**new.blobs, digest: document}
        for needed in (digest, manifest.config.digest, *(layer.digest for layer in manifest.layers)):
            if needed in blobs and not self._blob(needed).exists():
                self._take_blob(blobs[needed], self._blob(needed))
            if not self._blob(needed).exists():
                raise Problem("image-invalid", f"The image names the blob {needed}, which is not there.")
        return digest

    def _take_blob(self, came: Path, place: Path) -> None:
        """Under a second name: what a registry has sent is there still if we die before the index names it."""
        try:
            os.link(came, place)
        except OSError:  # not every file system has hard links
            came.replace(place)

    def _built_trees(self) -> tuple[Path, ...]:
        """Unpacked layers of images that were built here, each once."""
        built = (diff_id for image in self._all() if image.recipe for diff_id in image.config.rootfs.diff_ids)
        return tuple(self._layer_path(diff_id) / "tree" for diff_id in dict.fromkeys(built))

    def _unpack_layers(self, manifest: Manifest, config: Config, alike: Sequence[Path] = ()) -> None:
        """`alike`: layers to share files with that are the same."""
        if len(manifest.layers) != len(config.rootfs.diff_ids) or not manifest.layers:
            raise Problem("image-invalid", "The manifest and the configuration of the image name different layers.")
        for descriptor, diff_id in zip(manifest.layers, config.rootfs.diff_ids, strict=True):
            if not self._layer_path(diff_id).exists():
                self._unpack_layer(descriptor, diff_id, alike)

    def _unpack_layer(self, descriptor: Descriptor, diff_id: str, alike: Sequence[Path]) -> None:
        place = self._fresh("layer")
        (place / "tree").mkdir()
        limits = Limits()
        with self._blob(descriptor.digest).open("rb") as file:
            stream = Measured(open_compressed(file), limits.unpacked(os.fstat(file.fileno()).st_size))
            with ReadAhead(stream) as ahead:
                unpacked = unpack(ahead, place / "tree", limits)
                ahead.drain()
        if stream.digest != diff_id:
            raise Problem(
                "image-digest",
                f"A layer of the image is not what its configuration says (expected {diff_id}, found {stream.digest}).",
                "Fetch or make the image again; nothing of this one was kept.",
            )
        share(place / "tree", alike)
        _describe(place, unpacked)
        place.replace(self._layer_path(diff_id))

    def _merge_layers(self, digest: str, config: Config) -> None:
        if self._rootfs_path(digest).exists():
            return
        place = self._fresh("rootfs")
        alone = self._layer_path(config.rootfs.diff_ids[0]) / "tree"
        if len(config.rootfs.diff_ids) == 1 and not lacks_mount_points(alone):
            # What a layer alone holds is all: a second tree would only take space and time.
            place.rmdir()
            place.symlink_to(Path("../layers", layout.hex_digits(config.rootfs.diff_ids[0]), "tree"))
            place.replace(self._rootfs_path(digest))
            return
        for diff_id in config.rootfs.diff_ids:
            layer = self._layer_path(diff_id)
            merge(layer / "tree", Whiteouts.load((layer / "whiteouts").read_bytes()), place)
        add_mount_points(place)
        place.replace(self._rootfs_path(digest))

    def _write_index(self, index: Index) -> None:
        self._write("index.json", layout.encode(index))

    def _write(self, name: str, data: bytes) -> None:
        temporary = self.root / "incoming" / name
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self.root / name)

    # --- what nobody uses

    def _drop_unused_bases(self) -> None:
        """Forget bases that no app stands on."""
        self._forget(self._unused_bases())

    def _drop_replaced_bases(self) -> None:
        """Forget unused bases that a newer one for the same purpose has replaced."""
        newest: dict[str, float] = {}
        for image in self._all():
            if image.is_base:
                purpose = image.annotations[layout.BASE]
                newest[purpose] = max(newest.get(purpose, 0.0), image.created)
        unused = self._unused_bases()
        self._forget(image for image in unused if image.created < newest[image.annotations[layout.BASE]])

    def _unused_bases(self) -> list[Image]:
        images = list(self._all())
        used = {diff_id for image in images if not image.is_base for diff_id in image.config.rootfs.diff_ids}
        return [image for image in images if image.is_base and image.config.rootfs.diff_ids[-1] not in used]

    def _forget(self, images: Iterable[Image]) -> None:
        references = {image.reference for image in images}
        kept = (item for item in self._index().manifests if item.annotations.get(layout.REFERENCE) not in references)
        self._write_index(Index(tuple(kept)))

    def _sweep(self) -> None:
        """Remove all that the index does not reach."""
        index = self._index()
        blobs, layers, icons = self._reached(index)
        roots = {layout.hex_digits(item.digest) for item in index.manifests}
        _keep_only(self.root / "incoming", set())
        _keep_only(self.root / "blobs/sha256", {layout.hex_digits(digest) for digest in blobs})
        _keep_only(self.root / "layers", {layout.hex_digits(digest) for digest in layers})
        _keep_only(self.root / "rootfs", roots)
        _keep_only(self.root / "icons", icons)
        self._documents = {digest: found for digest, found in [*self._documents.items()] if digest in blobs}

    def _reached(self, index: Index) -> tuple[set[str], set[str], set[str]]:
        """Digests of the blobs and of the layers, and names of the icons, that `index` leads to."""
        blobs: set[str] = set()
        layers: set[str] = set()
        icons: set[str] = set()
        for descriptor in index.manifests:
            blobs.add(descriptor.digest)
            documents = self._load(descriptor.digest)
            if documents:
                manifest, config = documents
                blobs.update((manifest.config.digest, *(layer.digest for layer in manifest.layers)))
                layers.update(config.rootfs.diff_ids)
            kept = (layout.SBOM, layout.APP_MANIFEST)
            blobs.update(descriptor.annotations[name] for name in kept if name in descriptor.annotations)
            icons.add(descriptor.annotations.get(layout.ICON, ""))
        return blobs, layers, icons


@contextmanager
def storage_problems(root: Path) -> Iterator[None]:
    """Turns what the file system refuses into a `Problem` a person can act on."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise Problem(
                "disk-full",
                f"There is not enough space for the image in {root}.",
                "Free some space, e.g. with berth images remove, and try again.",
            ) from None
        raise Problem(
            "store-unusable",
            f"The image store in {root} cannot be used: {error.strerror or error}.",
            "Check that the directory belongs to you and can be written.",
        ) from None


def _describe(layer: Path, unpacked: Unpacked) -> None:
    (layer / "whiteouts").write_bytes(unpacked.whiteouts.dump())
    (layer / "size").write_text(str(unpacked.size))


def _keep_only(directory: Path, names: set[str]) -> None:
    with os.scandir(directory) as children:
        for child in children:
            if child.name in names:
                continue
            if child.is_dir(follow_symlinks=False):
                shutil.rmtree(child.path)
            else:
                Path(child.path).unlink(missing_ok=True)
