"""Images from elsewhere: files that someone names or drops, what a drive brings, registries."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from berth.core.image_reference import parse_reference
from berth.core.messages import Event, ImageProgress, InstanceEnded, Notice, Pulled, RegistryImage
from berth.core.paths import Paths
from berth.core.problem import Problem
from berth.engine.builds import Builds
from berth.engine.catalogue import Catalogue, shown
from berth.engine.dropping import DropFolder
from berth.engine.events import Events
from berth.engine.images.arrival import app_of
from berth.engine.sticks import Drive, Sticks
from berth.engine.supervision import Supervision

_REPLACES_NOTHING = ("--running=",)
"""To look at an image, or to get a newer one beside that which something runs from."""


class Arrivals:
    """Args:
    catalogue: tells the apps as they are now.
    progress: receives what drives offer.
    cancel: takes back what was offered, and gives up what is under way.
    reload: reads catalogue and images again.
    check_free: raises `Problem` if an app is being removed, which an image is to become.
    """

    def __init__(
        self,
        paths: Paths,
        *,
        catalogue: Callable[[], Catalogue],
        builds: Builds,
        supervision: Supervision,
        events: Events,
        progress: Callable[[ImageProgress], None],
        cancel: Callable[[str], None],
        reload: Callable[[], Awaitable[None]],
        check_free: Callable[[str], None],
    ) -> None:
        self._paths = paths
        self._catalogue = catalogue
        self._builds = builds
        self._supervision = supervision
        self._events = events
        self._progress = progress
        self._cancel = cancel
        self._reload = reload
        self._check_free = check_free
        self._drop: DropFolder | None = None
        self._sticks: Sticks | None = None
        self._offered: dict[str, Drive] = {}

    def start(self) -> None:
        """Must be called on the running loop."""
        try:
            self._drop = DropFolder(self._paths.drop, self._take, self._events.emit)
            self._events.subscribe(self._try_dropped_again, is_desktop=False)
        except Problem as problem:
            self._events.emit(Notice("warning", problem.message, problem.hint))
        self._sticks = Sticks(self._drives_changed)

    async def close(self) -> None:
        if self._drop is not None:
            await self._drop.close()
        if self._sticks is not None:
            await self._sticks.close()

    # --- what someone names

    async def import_file(self, path: Path) -> None:
        """Images of apps that Berth makes itself are replaced: who names a file means it. Raises `Problem`."""
        if not path.is_absolute():
            raise Problem("bad-request", f"{path} is not an absolute path.")
        await self._builds.import_archive(path, *self._known_apps(made=False))
        await self._reload()

    async def look(self, reference: str, here: bool) -> RegistryImage:
        """What an image of a registry would become; `here`: what was fetched before will do. Raises `Problem`."""
        options = (*self.beside_what_runs(), *(("--here",) if here else ()))
        return await self._builds.look(str(parse_reference(reference)), *options)

    async def pull(self, reference: str) -> Pulled:
        """It comes beside the version that runs, as any update does. Raises `Problem`."""
        parsed = parse_reference(reference)
        self._check_free(app_of(parsed.in_store))
        named = str(parsed)
        pulled = await self._builds.pull(named, *self.beside_what_runs(), "--strict")
        await self._reload()
        return Pulled(pulled.app, pulled.name)

    def beside_what_runs(self) -> tuple[str, ...]:
        """What the image process has to know to look at an image, or to get a newer one beside that in use."""
        return (*self._known_apps(made=True), *_REPLACES_NOTHING)

    def _known_apps(self, made: bool) -> tuple[str, ...]:
        """What the image process has to know of the apps; `made`: which of them Berth makes itself."""
        own = self._paths.state / "manifests"
        entries = self._catalogue().entries.values()
        known = (entry.manifest.id for entry in entries if entry.path.parent != own)
        built = (entry.manifest.id for entry in entries if entry.manifest.image.packages)
        running = {instance.app for instance in self._supervision.all()}
        return (
            *("--manifests", str(own), f"--known={','.join(known)}", f"--running={','.join(sorted(running))}"),
            f"--made={','.join(built) if made else ''}",
        )

    # --- what comes by itself

    async def _take(self, path: Path) -> str:
        """Returns the name of the app. Raises `Problem`."""
        imported = await self._builds.import_archive(path, *self._known_apps(made=True), "--strict")
        await self._reload()
        entry = self._catalogue().entries.get(imported.app)
        return entry.manifest.name if entry is not None else imported.name

    def _try_dropped_again(self, event: Event) -> None:
        if isinstance(event, InstanceEnded) and self._drop is not None:
            self._drop.try_again()

    def _drives_changed(self, drives: tuple[Drive, ...]) -> None:
        offered = {str(drive.path): drive for drive in drives}
        for path in self._offered.keys() - offered.keys():
            self._cancel(path)
        for path, drive in offered.items():
            if drive != self._offered.get(path):
                images = f"{len(drive.images)} image{'s' if len(drive.images) > 1 else ''}"
                self._progress(ImageProgress(path, images, -1.0, -1.0, finished=True, again=path))
        self._offered = offered

    async def take_from_drive(self, path: str) -> None:
        """Take in all that a drive offers; one that cannot come in is no reason not to take the others.

        Raises:
            Problem: ``no-drive``.
        """
        drive = self._offered.get(path)
        if drive is None:
            raise Problem("no-drive", f"There is no drive with images at {path[:200]} now.", "Plug it in again.")
        self._cancel(path)
        for image in drive.images:
            try:
                name = await self._take(image)
            except Problem as problem:
                hint = f"{problem.hint} It is {shown(image)}.".strip()
                self._events.emit(Notice("error", problem.message, hint))
            else:
                self._events.emit(Notice("info", f"{name} is in the launcher now.", f"It came from {shown(image)}."))
