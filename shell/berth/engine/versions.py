"""The versions of an app that are here: which is started, which stay, what an update changes.

Each is an image of the store, which keeps the order and the pins. What decides here is what only an engine knows:
which of them run, in this session and in others.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path

from berth.core import sbom
from berth.core.messages import ChangeVersion, PackageChange, Update, VersionInfo, Versions
from berth.core.paths import Paths
from berth.core.problem import Problem
from berth.core.sbom import Change
from berth.engine.builds import Builds
from berth.engine.catalogue import Catalogue, Entry
from berth.engine.image_index import ImageIndex, ReadyImage
from berth.engine.images import versions
from berth.engine.overlays import Overlays, profile_of_version
from berth.engine.removal import disk_use, ledgers_elsewhere
from berth.engine.supervision import Supervision


class AppVersions:
    """Args:
    catalogue: the current catalogue.
    """

    def __init__(
        self,
        paths: Paths,
        *,
        catalogue: Callable[[], Catalogue],
        overlays: Overlays,
        images: ImageIndex,
        builds: Builds,
        supervision: Supervision,
    ) -> None:
        self._paths = paths
        self._catalogue = catalogue
        self._overlays = overlays
        self._images = images
        self._builds = builds
        self._supervision = supervision

    async def list(self, app: str) -> Versions:
        """Raises `Problem` ``unknown-app`` if there is neither such an app nor an image of it."""
        found = self._images.versions(app)
        if not found:
            self._catalogue().find(app)
        sizes = await self._images.sizes(app)
        data = await asyncio.to_thread(self._data, app, found)
        newest = sorted(found, key=lambda image: image.created, reverse=True)
        return Versions(
            app,
            tuple(
                VersionInfo(
                    image.reference,
                    image.version,
                    image.digest,
                    image.created,
                    *sizes.get(image.reference, (0, 0)),
                    current=image is found[-1],
                    pinned=image.pinned,
                    running=self._running(app, image.digest),
                    profile=profile_of_version(image.version) if image.digest in data else "",
                    data=data.get(image.digest, 0),
                )
                for image in newest
            ),
            self._keeps_data(app),
        )

    async def change(self, request: ChangeVersion) -> int:
        """Returns the bytes that are free again.

        Raises:
            Problem: ``no-such-version``, ``no-earlier-version``, ``version-in-use``, ``version-pinned``.
        """
        app, freed = request.app, 0
        if request.action == "use" and not request.version:
            image = self._before(app)
        else:
            image = self._images.find(app, request.version)
        match request.action:
            case "use":
                await self._images.use(image.reference)
            case "pin" | "unpin":
                await self._images.pin(image.reference, request.action == "pin")
            case "remove":
                freed = await self._remove(app, image, request.with_data)
        await self._images.refresh()
        return freed

    async def update(self, entry: Entry) -> Update:
        """Build the newest there is; what runs keeps its image.

        Raises:
            Problem: ``not-updatable``, or why it could not be built: then nothing has changed.
        """
        app = entry.manifest.id
        _check_updatable(entry)
        known = {image.digest for image in self._images.versions(app)}
        old = self._images.get(app)
        await self._builds.update(app, entry.path)
        await self._images.refresh()
        came = [image for image in self._images.versions(app) if image.digest not in known]
        new = came[-1] if came else self._images.get(app)
        if new is None:
            raise Problem("image-missing", f"The image of {entry.manifest.name} is gone again.", "Try once more.")
        if old is None or old.digest == new.digest:
            return Update(app, new.reference, new.reference, ())
        old = self._images.with_digest(app, old.digest) or old
        return await self._compared(app, old, new)

    async def check(self, entry: Entry) -> Update:
        """What an update would change. Raises `Problem`: ``not-updatable``, or why it cannot be found out."""
        app = entry.manifest.id
        _check_updatable(entry)
        current = self._images.get(app)
        changes = await self._builds.newer(app, entry.path)
        image = await self._images.details(current.reference) if current is not None else None
        asked = frozenset(request.name for request in entry.manifest.permissions)
        more, fewer = _difference(image.permissions if image else None, asked)
        reference = current.reference if current is not None else ""
        return Update(app, reference, "", _told(changes), 0, more, fewer, current is not None and current.pinned)

    async def collect(self) -> bool:
        """Remove what nothing keeps; tells whether there was anything.

        Raises:
            Problem: if the store cannot be used.
        """
        used = {digest for instance in self._supervision.all() for digest in (instance.image, instance.version)}
        if not any(versions.surplus(images, used) for images in self._images.all().values()):
            return False
        used |= images_elsewhere(self._paths)
        doomed = {app: versions.surplus(images, used) for app, images in self._images.all().items()}
        if not any(doomed.values()):
            return False
        await self._images.discard(doomed)
        return True

    # --- details

    async def _remove(self, app: str, image: ReadyImage, with_data: bool) -> int:
        self._check_removable(app, image)
        freed = (await self._images.sizes(app)).get(image.reference, (0, 0))[1]
        profile = profile_of_version(image.version)
        place = self._overlays.own_data(app, profile) if with_data else None
        if place is not None:
            self._check_data_removable(app, image, profile)
            freed += await asyncio.to_thread(disk_use, place)
        await self._images.discard({app: (image,)})
        if place is not None:
            await asyncio.to_thread(self._overlays.delete, app, profile)
        return freed

    def _check_data_removable(self, app: str, image: ReadyImage, profile: str) -> None:
        if any((instance.app, instance.profile) == (app, profile) for instance in self._supervision.all()):
            raise Problem("profile-in-use", f"The data of version {image.version} is in use.", "Close its app first.")
        others = (other for other in self._images.versions(app) if other.reference != image.reference)
        if any(profile_of_version(other.version) == profile for other in others):
            raise Problem(
                "profile-in-use",
                f"Another image of version {image.version} has the same data.",
                "Remove this one without its data.",
            )

    def _data(self, app: str, images: Iterable[ReadyImage]) -> dict[str, int]:
        """For each image (by digest) that has data of its own the bytes of that."""
        places = ((image, self._overlays.own_data(app, profile_of_version(image.version))) for image in images)
        return {image.digest: disk_use(place) for image, place in places if place is not None}

    def _keeps_data(self, app: str) -> bool:
        entry = self._catalogue().entries.get(app)
        return entry is not None and entry.manifest.persist

    def _running(self, app: str, digest: str) -> tuple[str, ...]:
        return tuple(i.id for i in self._supervision.all() if i.app == app and digest in (i.image, i.version))

    def _before(self, app: str) -> ReadyImage:
        found = self._images.versions(app)
        image = versions.before(found) if found else None
        if image is None:
            self._catalogue().find(app)
            raise Problem("no-earlier-version", f"There is no earlier version of {app} to go back to.")
        return image

    def _check_removable(self, app: str, image: ReadyImage) -> None:
        name = f"Version {image.version} of {app}"
        if image.reference == self._images.versions(app)[-1].reference:
            raise Problem("version-in-use", f"{name} is the current one.", "Use another one first, or remove the app.")
        if self._running(app, image.digest) or image.digest in images_elsewhere(self._paths):
            raise Problem("version-in-use", f"{name} is running.", "Close it first.")
        if image.pinned:
            raise Problem("version-pinned", f"{name} is pinned.", f"Unpin it: berth pin {app} {image.version} --unpin")

    async def _compared(self, app: str, old: ReadyImage, new: ReadyImage) -> Update:
        bills = [sbom.read((await self._images.sbom(image.reference)).document) for image in (old, new)]
        sizes = [int(bill.metadata.component.property(sbom.SIZE) or 0) for bill in bills]
        images = [await self._images.details(image.reference) for image in (old, new)]
        then, now = (image.permissions if image else None for image in images)
        more, fewer = _difference(then, now)
        current = self._images.versions(app)[-1]
        return Update(
            app,
            old.reference,
            new.reference,
            _told(sbom.compare(*bills)),
            sizes[1] - sizes[0],
            more,
            fewer,
            held=current.digest != new.digest,
        )


def images_elsewhere(paths: Paths) -> set[str]:
    """Digests of the images that apps of other sessions, and of runs without one, run from."""
    return {digest for _name, ledger, runtime in ledgers_elsewhere(paths) for digest in _images_in(ledger, runtime)}


def _images_in(ledger: Path, runtime: Path) -> list[str]:
    if not ledger.exists():
        return []
    with contextlib.suppress(sqlite3.Error), contextlib.closing(_opened(ledger)) as connection:
        rows = connection.execute("SELECT instance, image FROM instances").fetchall()
        # Runtime directories do not outlive the log-in, ledgers do.
        return [image for instance, image in rows if (runtime / "instances" / instance).exists()]
    return []


def _opened(ledger: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{ledger}?mode=ro", uri=True)


def _check_updatable(entry: Entry) -> None:
    if not entry.manifest.image.packages:
        raise Problem(
            "not-updatable",
            f"The image of {entry.manifest.name} came from elsewhere, so Berth cannot make a newer one.",
            "Import a newer one: berth images import FILE",
        )


def _difference(then: frozenset[str] | None, now: frozenset[str] | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What is asked for now and was not then, and the other way round; nothing if one of them is not known."""
    if then is None or now is None:
        return (), ()
    return tuple(sorted(now - then)), tuple(sorted(then - now))


def _told(changes: Iterable[Change]) -> tuple[PackageChange, ...]:
    return tuple(PackageChange(change.package, change.old, change.new) for change in changes)
