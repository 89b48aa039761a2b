"""The versions of an app that are here: which is started, which stay, what an update changes.

Each is an image of the store, which keeps the order and the pins. What decides here is what only an engine knows:
which of them run, in this session and in others.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import msgspec

from berth.core import sbom
from berth.core.image_reference import ImageReference, parse_reference
from berth.core.lent_terminal import TERMINAL_APP
from berth.core.manifest import Manifest, parse_manifest
from berth.core.messages import ChangeVersion, PackageChange, RegistryImage, Update, VersionInfo, Versions
from berth.core.paths import Paths
from berth.core.problem import Problem
from berth.core.sbom import Change
from berth.engine.builds import Builds
from berth.engine.catalogue import Catalogue, Entry
from berth.engine.consent import Consent
from berth.engine.image_index import ImageIndex, ReadyImage
from berth.engine.images import versions
from berth.engine.images.configuration import compare
from berth.engine.overlays import Overlays, profile_of_version
from berth.engine.removal import disk_use, ledgers_elsewhere, lends_terminals
from berth.engine.supervision import Supervision


class AppVersions:
    """Args:
    catalogue: the current catalogue.
    arrival: what the image process has to know of the apps when a newer image is fetched.
    """

    def __init__(
        self,
        paths: Paths,
        *,
        catalogue: Callable[[], Catalogue],
        overlays: Overlays,
        images: ImageIndex,
        builds: Builds,
        consent: Consent,
        supervision: Supervision,
        arrival: Callable[[], tuple[str, ...]],
    ) -> None:
        self._paths = paths
        self._catalogue = catalogue
        self._overlays = overlays
        self._images = images
        self._builds = builds
        self._consent = consent
        self._supervision = supervision
        self._arrival = arrival

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
                    profile=profile_of_version(image) if image.digest in data else "",
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

    async def update(self, entry: Entry, reference: str = "") -> Update:
        """Build the newest there is, or fetch it from where the current one came; what runs keeps its image.

        Args:
            reference: what exactly to fetch, as a check has found it.

        Raises:
            Problem: ``not-updatable``, or why it could not be had: then nothing has changed.
        """
        app = entry.manifest.id
        known = {image.digest for image in self._images.versions(app)}
        old = self._images.get(app)
        tag = self._tag(entry)
        if tag is None:
            await self._builds.update(app, entry.path)
        else:
            wanted = _checked(tag, reference) if reference else (await self._newer(app, tag)).reference
            if wanted:
                await self._builds.pull(wanted, *self._arrival(), "--strict", subject=app)
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
        tag = self._tag(entry)
        current = self._images.get(app)
        if tag is not None:
            return await self._check_registry(entry, tag)
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
        if doomed.get(TERMINAL_APP) and self._lends_terminals():
            del doomed[TERMINAL_APP]
        if not any(doomed.values()):
            return False
        await self._images.discard(doomed)
        return True

    # --- from a registry

    def _tag(self, entry: Entry) -> ImageReference | None:
        """Where newer ones of the app's image are, None if it is built here. Raises `Problem` ``not-updatable``."""
        image = next(reversed(self._images.versions(entry.manifest.id)), None)
        if image is None or not image.source:
            if entry.manifest.image.packages:
                return None
            raise Problem(
                "not-updatable",
                f"The image of {entry.manifest.name} came from a file, so there is nowhere to ask for a newer one."
                if image is not None
                else f"There is no image of {entry.manifest.name} yet.",
                "Import a newer one: berth images import FILE",
            )
        source = parse_reference(image.source)
        if not source.tag:
            raise Problem(
                "not-updatable",
                f"{entry.manifest.name} was fetched by a digest, which always means the same image.",
                f"Fetch it by a name that moves on: berth images pull {source.name}:latest",
            )
        return replace(source, digest="")

    async def _newer(self, app: str, tag: ImageReference) -> RegistryImage:
        """What the registry has for the tag; without a reference if that is current, or held back by a pin."""
        found = await self._builds.look(str(tag), *self._arrival())
        digest = parse_reference(found.reference).digest
        images = self._present(app)
        here = [bool(image.source) and parse_reference(image.source).digest == digest for image in images]
        is_here = found.present or here[-1] or (any(here) and images[-1].pinned)
        return msgspec.structs.replace(found, reference="") if is_here else found

    async def _check_registry(self, entry: Entry, tag: ImageReference) -> Update:
        app = entry.manifest.id
        if self._builds.is_building(app):
            raise Problem("app-building", f"The image of {app} is being made just now.", "Try again after that.")
        found = await self._newer(app, tag)
        current = self._present(app)[-1]
        if not found.reference:
            return Update(app, current.reference, "", ())
        manifest = entry.manifest if found.own_manifest or not found.manifest else _parsed(found)
        asked = frozenset(request.name for request in manifest.permissions) if manifest is not None else None
        more, fewer = _difference(current.permissions, asked)
        return Update(
            app,
            current.reference,
            "",
            (),
            0,
            more,
            fewer,
            current.pinned,
            found.changes,
            found.size,
            found.reference,
            found.signature,
        )

    # --- details

    async def _remove(self, app: str, image: ReadyImage, with_data: bool) -> int:
        self._check_removable(app, image)
        freed = (await self._images.sizes(app)).get(image.reference, (0, 0))[1]
        profile = profile_of_version(image)
        place = self._overlays.own_data(app, profile) if with_data else None
        if place is not None:
            self._check_data_removable(app, image, profile)
            freed += await asyncio.to_thread(disk_use, place)
        await self._images.discard({app: (image,)})
        if place is not None:
            await asyncio.to_thread(self._overlays.delete, app, profile)
        self._forget_decisions(app, image)
        return freed

    def _forget_decisions(self, app: str, gone: ReadyImage) -> None:
        """What only this version asked for is asked about again, should the app ask for it once more."""
        left = [image.permissions for image in self._images.versions(app)]
        if gone.permissions is None or None in left:
            return
        for permission in gone.permissions.difference(*filter(None, left)):
            self._consent.forget(app, permission)

    def _check_data_removable(self, app: str, image: ReadyImage, profile: str) -> None:
        if any((instance.app, instance.profile) == (app, profile) for instance in self._supervision.all()):
            raise Problem("profile-in-use", f"The data of version {image.version} is in use.", "Close its app first.")
        others = (other for other in self._images.versions(app) if other.reference != image.reference)
        if any(profile_of_version(other) == profile for other in others):
            raise Problem(
                "profile-in-use",
                f"Another image of version {image.version} has the same data.",
                "Remove this one without its data.",
            )

    def _data(self, app: str, images: Iterable[ReadyImage]) -> dict[str, int]:
        """For each image (by digest) that has data of its own the bytes of that."""
        places = ((image, self._overlays.own_data(app, profile_of_version(image))) for image in images)
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
        if app == TERMINAL_APP and self._lends_terminals():
            raise Problem("version-in-use", f"{name} may be what a terminal runs from.", "Close all terminals first.")
        if image.pinned:
            raise Problem("version-pinned", f"{name} is pinned.", f"Unpin it: berth pin {app} {image.version} --unpin")

    def _lends_terminals(self) -> bool:
        """Here or in another session; from which of its versions is not known of all."""
        elsewhere = (runtime / "instances" for _name, _ledger, runtime in ledgers_elsewhere(self._paths))
        return any(map(lends_terminals, (self._paths.instances, *elsewhere)))

    def _present(self, app: str) -> tuple[ReadyImage, ...]:
        """Raises `Problem` ``image-missing`` if somebody has removed them meanwhile."""
        found = self._images.versions(app)
        if not found:
            raise Problem("image-missing", f"The image of {app} is gone again.", "Try once more.")
        return found

    async def _compared(self, app: str, old: ReadyImage, new: ReadyImage) -> Update:
        bills = [sbom.read((await self._images.sbom(image.reference)).document) for image in (old, new)]
        sizes = [int(bill.metadata.component.property(sbom.SIZE) or 0) for bill in bills]
        before, after = [await self._images.details(image.reference) for image in (old, new)]
        more, fewer = _difference(old.permissions, new.permissions)
        current = self._present(app)[-1]
        return Update(
            app,
            old.reference,
            new.reference,
            _told(sbom.compare(*bills)),
            sizes[1] - sizes[0],
            more,
            fewer,
            held=current.digest != new.digest,
            configuration=compare(before.config, after.config) if before and after else (),
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


def _checked(tag: ImageReference, reference: str) -> str:
    """What is wanted may only be of the same place. Raises `Problem` ``image-elsewhere``."""
    wanted = parse_reference(reference)
    if wanted.name != tag.name or not wanted.digest:
        raise Problem("image-elsewhere", f"“{reference[:100]}” is no version of {tag}.", "Look for an update first.")
    return str(replace(wanted, tag=tag.tag))


def _parsed(found: RegistryImage) -> Manifest | None:
    try:
        return parse_manifest(found.manifest, found.reference)
    except Problem:
        return None


def _difference(then: frozenset[str] | None, now: frozenset[str] | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What is asked for now and was not then, and the other way round; nothing if one of them is not known."""
    if then is None or now is None:
        return (), ()
    return tuple(sorted(now - then)), tuple(sorted(then - now))


def _told(changes: Iterable[Change]) -> tuple[PackageChange, ...]:
    return tuple(PackageChange(change.package, change.old, change.new) for change in changes)
