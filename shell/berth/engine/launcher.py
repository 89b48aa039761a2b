"""The launcher: from an app's name to a running instance.

The ledger row comes first, so that whatever a crash leaves behind can be traced to it. From
the moment the runtime has the instance, `Supervision` has it too.
"""

from __future__ import annotations

import asyncio
import dataclasses
import secrets
from collections.abc import Callable
from functools import partial
from pathlib import Path

import msgspec

from berth.core.compile import WAYLAND_SOCKET, compile_plan, given, has_bus
from berth.core.lent_terminal import SHELLS, companion, without_starter
from berth.core.manifest import Manifest
from berth.core.messages import AppPalette, SetAppIcons, SetAppPointers
from berth.core.paths import Paths
from berth.core.permissions import GPU, allows, denied_required, undecided
from berth.core.plan import LaunchPlan, RenderNode, Toolkit
from berth.core.problem import Problem
from berth.engine import displays, volumes
from berth.engine.appearance import files as appearance
from berth.engine.builds import Builds
from berth.engine.catalogue import Catalogue, Entry
from berth.engine.choices import RuntimeChoices
from berth.engine.consent import Consent, question
from berth.engine.declared import declared
from berth.engine.graphics import render_nodes
from berth.engine.image_index import ImageIndex, ReadyImage
from berth.engine.images import brought
from berth.engine.images.versions import no_such_version
from berth.engine.instance import AppInstance, Ending, directory_problem, new_instance_id, private_root
from berth.engine.ledger import Ledger, Row
from berth.engine.lent_terminals import LentTerminals, own_program
from berth.engine.overlays import Overlays, fingerprint
from berth.engine.supervision import Display, Supervision
from berth.runtimes.port import Instance, Runtime, TerminalProgram


class Launcher:
    """Args:
    catalogue: the current catalogue, as the files say.
    wayland_socket: host socket that apps use as their display; "" = each has its own, served by `display`.
    graphics: what the host has of it, for an image.

    Attributes:
        palette: what apps that start now look like; None leaves their look to themselves.
        icons: files of the icon theme that it may name.
        pointers: pictures of the pointers that it may name.
        began: told of each app that runs, what draws it, and where its image lies.
    """

    palette: AppPalette | None = None
    icons: SetAppIcons | None = None
    pointers: SetAppPointers | None = None
    began: Callable[[AppInstance, frozenset[Toolkit], str], None] = staticmethod(
        lambda _instance, _there, _rootfs: None
    )

    def __init__(
        self,
        paths: Paths,
        *,
        catalogue: Callable[[], Catalogue],
        choices: RuntimeChoices,
        overlays: Overlays,
        images: ImageIndex,
        builds: Builds,
        consent: Consent,
        ledger: Ledger,
        runtime: Runtime,
        display: Display,
        supervision: Supervision,
        wayland_socket: str = "",
        graphics: Callable[[str], tuple[RenderNode, ...]] = render_nodes,
    ) -> None:
        self._paths = paths
        self._catalogue = catalogue
        self._choices = choices
        self._overlays = overlays
        self._images = images
        self._builds = builds
        self._consent = consent
        self._ledger = ledger
        self._runtime = runtime
        self._display = display
        self._supervision = supervision
        self._wayland_socket = wayland_socket
        self._graphics = graphics
        self._time_zone = host_time_zone()
        self._terminals = LentTerminals(paths, catalogue=catalogue, images=images, build=self.build, runtime=runtime)

    def launch(
        self,
        app: str,
        arguments: tuple[str, ...],
        profile: str = "",
        version: str = "",
        share_data: bool = False,
    ) -> AppInstance:
        """Begin to start an app; its `launch` is the task that goes through with it.

        Args:
            version: of the app's image, "" for the current one.
            share_data: another version uses what the current one has stored, not a profile of its own.

        Raises:
            Problem: ``unknown-app``, ``unknown-profile``, ``no-such-version``, or what is wrong with its manifest or
                what the user has set.
        """
        written = self._catalogue().find(app)
        image = self._other_version(app, version)
        known = self._declared(written, image or self._images.get(app))
        if image is not None and known.manifest.persist and not profile and not share_data:
            profile = self._overlays.for_version(app, image)
        entry = self._overlays.effective(known, profile)
        self._overlays.check_folders(entry)
        manifest = entry.manifest
        instance_id = new_instance_id(manifest.id)
        directory = self._paths.instances / instance_id
        instance = AppInstance(instance_id, manifest.id, manifest.name, entry.publisher, directory, entry)
        instance.profile, instance.arguments = profile, arguments
        instance.version = image.digest if image is not None else ""
        if not self._wayland_socket:
            instance.received = self._paths.received / instance_id
        self._supervision.add(instance)
        instance.launch = asyncio.create_task(self._launch(instance, entry, arguments))
        return instance

    def _other_version(self, app: str, version: str) -> ReadyImage | None:
        """The image of this version, None if it is the current one. Raises `Problem` ``no-such-version``."""
        if not version:
            return None
        image = self._images.find(app, version)
        return None if image == self._images.get(app) else image

    def _declared(self, written: Entry, image: ReadyImage | None) -> Entry:
        return declared(written, image, self._images.versions(written.manifest.id))

    def is_outdated(self, instance: AppInstance) -> bool:
        """Whether the instance's app would be started otherwise now."""
        if not instance.settings:
            return False
        try:
            version = instance.version and self._images.with_digest(instance.app, instance.version)
            image = version or self._images.get(instance.app)
            known = self._declared(self._catalogue().find(instance.app), image)
            entry = self._overlays.effective(known, instance.profile)
            entry = entry if image is None else self._as_shown(entry, image)
        except Problem:
            return False
        return self._settings(instance, entry) != instance.settings

    def _settings(self, instance: AppInstance, entry: Entry) -> str:
        granted = self._consent.granted(entry, instance.id)
        return fingerprint(entry.manifest, self._runtime_of(entry), granted)

    def _runtime_of(self, entry: Entry) -> str:
        return entry.runtime or self._choices.effective(entry.manifest)

    async def _launch(self, instance: AppInstance, entry: Entry, arguments: tuple[str, ...]) -> None:
        try:
            await self._ask_early(instance, entry)
            image = await self._image(instance, entry)
            instance.image, instance.version_name = image.digest, image.version
            entry = instance.entry = self._as_shown(entry, image)
            terminal = await self._terminal(instance, entry, image)
            self._supervision.set_state(instance, "starting")
            plan = self._plan(instance, entry, image, arguments)
            await self._prepare(instance, entry, image, plan)
            await self._make_volumes(instance, entry.manifest, image)
            if terminal is None:
                running = await self._start(instance, plan)
            else:
                running = await self._start_in_terminal(instance, entry.manifest, plan, terminal)
        except BaseException as error:
            await asyncio.shield(self._supervision.remove(instance, _ending(error)))
            raise
        self._supervision.started(instance, running, plan.network != "none")
        self.began(instance, appearance.toolkits(image.rootfs), image.rootfs)

    async def _ask_early(self, instance: AppInstance, entry: Entry) -> None:
        """Permissions without which the app cannot run, or begin to use, are settled before anything of it exists."""
        requests = entry.manifest.permissions
        for request in undecided(requests, self._consent.decisions(entry, instance.id), early=True):
            if request.name == GPU and not request.required and not self._graphics("/"):
                continue  # there is nothing to give
            self._supervision.set_state(instance, "asking")
            image = self._images.get(instance.app)
            shown = (image.icon, image.digest) if image else ("", "")
            answer = await self._consent.ask(question(entry, instance.id, request, *shown))
            if not request.required:
                continue
            if answer is not None and not answer.allow:
                raise _denied(entry, request.name)
            if answer is None and request.name not in self._consent.decisions(entry, instance.id):
                raise Problem("cancelled", f"Starting {entry.manifest.name} was given up.")
        denied = denied_required(requests, self._consent.decisions(entry, instance.id))
        if denied is not None:
            raise _denied(entry, denied.name)

    async def _image(self, instance: AppInstance, entry: Entry) -> ReadyImage:
        if instance.version:
            chosen = self._images.with_digest(instance.app, instance.version)
            if chosen is None or not chosen.rootfs:
                raise no_such_version(instance.app, instance.version)
            return chosen
        image = self._images.get(instance.app)
        if image is not None:
            return image
        self._supervision.set_state(instance, "preparing")
        await self.build(entry)
        image = self._images.get(instance.app)
        if image is None:
            raise Problem("image-missing", f"The image of {entry.manifest.name} is gone again.", "Try once more.")
        return image

    async def build(self, entry: Entry) -> None:
        """Build an app's image as its manifest says.

        Raises:
            Problem: ``image-missing`` if the manifest does not say how, or why the build failed.
        """
        if not entry.manifest.image.packages:
            raise Problem(
                "image-missing",
                f"There is no image of {entry.manifest.name}, and its manifest does not say how to build one.",
                "Import one with: berth images import FILE",
            )
        await self._builds.build(entry.manifest.id, entry.path)
        await self._images.refresh()

    async def _prepare(self, instance: AppInstance, entry: Entry, image: ReadyImage, plan: LaunchPlan) -> None:
        self._ledger.add(
            Row(
                *(instance.id, instance.app, instance.name, instance.publisher, instance.image, instance.created),
                profile=instance.profile,
                settings=instance.settings,
                version=instance.version,
                manifest=msgspec.json.encode(entry.manifest).decode(),
                arguments=msgspec.json.encode(instance.arguments).decode(),
                given=" ".join(sorted(given(plan))),
            )
        )
        instance.recorded = True
        instance.given = given(plan)
        try:
            instance.directory.mkdir(mode=0o700)
            if instance.received is not None:
                instance.received.mkdir(mode=0o700, parents=True)
            if entry.manifest.persist:
                self._overlays.home(instance.app, instance.profile).mkdir(mode=0o700, parents=True, exist_ok=True)
            if self._wayland_socket:
                # A place to mount the host's socket on.
                (instance.directory / WAYLAND_SOCKET).touch()
        except OSError as error:
            raise directory_problem(instance.directory, error) from None
        if self.palette is not None:
            there = appearance.toolkits(image.rootfs)
            look = (self.palette, there, self.icons, self.pointers)
            await instance.in_directory(partial(appearance.dress, instance.directory, *look))
        if not self._wayland_socket:
            instance.listen(has_bus(plan))
            self._display.listen(instance, self._consent.granted_display(entry, instance.id))

    async def _make_volumes(self, instance: AppInstance, manifest: Manifest, image: ReadyImage) -> None:
        place = self._overlays.volumes(instance.app, instance.profile)
        await volumes.prepare(manifest.name, manifest.volumes, Path(image.rootfs), place)

    def _plan(self, instance: AppInstance, entry: Entry, image: ReadyImage, arguments: tuple[str, ...]) -> LaunchPlan:
        self._overlays.check_folders(entry)
        instance.settings = self._settings(instance, entry)
        plan = compile_plan(
            without_starter(entry.manifest)
            if displays.needs_terminal(entry.manifest, image.rootfs)
            else entry.manifest,
            instance=instance.id,
            rootfs=image.rootfs,
            instance_directory=str(instance.directory),
            home=str(self._overlays.home(instance.app, instance.profile)),
            granted=self._consent.granted(entry, instance.id),
            arguments=arguments,
            time_zone=self._time_zone,
            wayland_socket=self._wayland_socket,
            received=str(instance.received or ""),
            graphics=self._graphics(image.rootfs),
            style=None if self.palette is None else appearance.style(self.palette, appearance.toolkits(image.rootfs)),
            homes=brought.homes(Path(image.rootfs)),
            volumes=str(self._overlays.volumes(instance.app, instance.profile)),
        )
        return msgspec.structs.replace(plan, runtime=self._runtime_of(entry))

    def _as_shown(self, entry: Entry, image: ReadyImage) -> Entry:
        """Raises `Problem` ``display-impossible``."""
        return dataclasses.replace(
            entry, manifest=displays.fitting(entry.manifest, image.rootfs, self._terminals.known)
        )

    async def _terminal(self, instance: AppInstance, entry: Entry, image: ReadyImage) -> ReadyImage | None:
        """The image of the terminal that the app is to be lent, None if it needs none."""
        if not displays.needs_terminal(entry.manifest, image.rootfs):
            return None
        self._supervision.set_state(instance, "preparing")
        return await self._terminals.image(entry.manifest.name)

    async def _start_in_terminal(
        self, instance: AppInstance, manifest: Manifest, plan: LaunchPlan, image: ReadyImage
    ) -> Instance:
        """The program begins when its window is there."""
        self._terminals.make_place(instance)
        running = instance.running = await self._start(instance, self._terminals.held_open(plan, image))
        opening = asyncio.ensure_future(
            self._terminals.open(
                instance,
                manifest,
                image,
                own_program(manifest, plan),
                palette=self.palette,
                pointers=self.pointers,
                time_zone=self._time_zone,
                wayland_socket=self._wayland_socket,
            )
        )
        try:
            await asyncio.shield(opening)
        except asyncio.CancelledError:
            await asyncio.gather(opening, return_exceptions=True)
            raise
        return running

    async def open_shell(self, instance: AppInstance) -> None:
        """A window with a shell in a running instance, which counts as one of the app's.

        Raises:
            Problem: ``not-started``, ``terminal-not-lent``, or why there is no terminal.
        """
        self._supervision.find_running(instance.id)
        if instance.entry is None:
            raise Problem("unknown-app", f"The manifest of {instance.name} is gone.", "Start the app again.")
        image = await self._terminals.image(instance.name)
        what = f"shell-{secrets.token_hex(3)}"
        program = TerminalProgram(f"{instance.name} (shell)", SHELLS)
        self._terminals.make_place(instance, what)
        try:
            await self._terminals.open(
                instance,
                instance.entry.manifest,
                image,
                program,
                what=what,
                palette=self.palette,
                pointers=self.pointers,
                time_zone=self._time_zone,
                wayland_socket=self._wayland_socket,
            )
        except BaseException:
            await asyncio.shield(self._supervision.remove_terminal(instance, companion(instance.id, what)))
            raise
        self._supervision.watch_terminal(instance, companion(instance.id, what))

    async def _start(self, instance: AppInstance, plan: LaunchPlan) -> Instance:
        """A start that is half done must end before it can be undone: cancelling waits for it."""
        private = private_root(self._paths) / instance.id
        starting = asyncio.ensure_future(self._runtime.start(plan, private / "log", private))
        try:
            return await asyncio.shield(starting)
        except asyncio.CancelledError:
            await asyncio.gather(starting, return_exceptions=True)
            raise


def _denied(entry: Entry, permission: str) -> Problem:
    return Problem(
        "permission-denied",
        f"{entry.manifest.name} cannot run unless it may {allows(permission)}, which was denied.",
        f"Change it with: berth permissions {entry.manifest.id} {permission} ask",
    )


def _ending(error: BaseException) -> Ending:
    """A start that failed looks like an app that ended, to those who only watch."""
    if isinstance(error, Problem):
        return Ending(1, error.message, error.hint, wanted=error.code in ("cancelled", "permission-denied"))
    if isinstance(error, asyncio.CancelledError):
        return Ending(130, wanted=True)
    return Ending(1, "The app could not be started because of an error in Berth.", "See the log of the engine.")


def host_time_zone() -> str:
    """The host's time zone as a name of the tz database, "" if it has none."""
    try:
        target = str(Path("/etc/localtime").readlink())
    except OSError:
        return ""
    return target.partition("/zoneinfo/")[2]
