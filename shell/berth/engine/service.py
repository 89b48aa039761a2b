"""The engine as a whole: its parts put together, and what answers each request."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from berth.core.messages import (
    AddKey,
    AnswerPrompt,
    AppInfo,
    Apps,
    AppsChanged,
    BuildImage,
    CancelImage,
    ChangeBrightness,
    ChangeKey,
    ChangeProfile,
    ChangeSettings,
    ChangeSounds,
    ChangeVersion,
    ChangeVolume,
    DesktopEntries,
    Done,
    EngineRequest,
    Event,
    ExecInInstance,
    Exited,
    FilesRefused,
    FilesWanted,
    FindResidue,
    GetDesktopEntries,
    GetLogs,
    GetPermissions,
    GetRuntimes,
    GetSbom,
    GetSettings,
    ImageProgress,
    Images,
    ImportImage,
    InspectImage,
    InstanceChanged,
    InstanceInside,
    Instances,
    ListApps,
    ListImages,
    ListInstances,
    ListKeys,
    ListPrompts,
    ListVersions,
    Logs,
    LookAtImage,
    LookInside,
    Notice,
    OfferToDesktops,
    OpenShell,
    Permissions,
    PlanRemoval,
    PlaySound,
    PostNotice,
    ProblemInfo,
    PromptOpened,
    Prompts,
    PullImage,
    RemoveApp,
    RestartInstance,
    Result,
    RunApp,
    Runtimes,
    SetAppIcons,
    SetAppPalette,
    SetAppPointers,
    SetPermission,
    SetRuntime,
    SettingsChanged,
    Signature,
    Started,
    StopInstance,
    TakeImages,
    UpdateApp,
)
from berth.core.paths import Paths
from berth.core.permissions import Grant
from berth.core.plan import RUNTIMES
from berth.core.problem import Problem
from berth.engine.adoption import adopt_and_reap
from berth.engine.app_pictures import Known
from berth.engine.app_settings import AppSettings
from berth.engine.appearance.following import Following
from berth.engine.arrivals import Arrivals
from berth.engine.builds import Builds
from berth.engine.catalogue import Catalogue, Entry, manifest_directories, picture_directories, read_catalogue, shown
from berth.engine.choices import RuntimeChoices
from berth.engine.consent import Consent
from berth.engine.declared import as_current
from berth.engine.displaylink import DisplayEvent, DisplayLink
from berth.engine.entry_points import EntryPoints, Startable
from berth.engine.events import Events
from berth.engine.grants import GrantStore
from berth.engine.image_index import ImageIndex
from berth.engine.images.arrival import complete
from berth.engine.images.partial import dismiss, subject_of, unfinished
from berth.engine.instance import AppInstance
from berth.engine.keys import TrustedKeys
from berth.engine.launcher import Launcher
from berth.engine.ledger import Ledger
from berth.engine.levels import Levels
from berth.engine.overlays import Overlays
from berth.engine.prompts import Prompts as PromptHandles
from berth.engine.removal import Removals
from berth.engine.residue import find_residue
from berth.engine.sounds import Sounds
from berth.engine.supervision import Supervision
from berth.engine.transfers import Transfers
from berth.engine.versions import AppVersions
from berth.engine.watch import DirectoryWatch
from berth.runtimes.inside.look import look_inside
from berth.runtimes.port import Runtime

_log = logging.getLogger(__name__)
T = TypeVar("T")


class Engine:
    """Must be made on the running loop.

    Args:
        session: identifies the session that decisions "for this session" belong to.

    Raises:
        Problem: if the state directory cannot be used.
    """

    def __init__(self, paths: Paths, environment: Mapping[str, str], runtime: Runtime, session: str) -> None:
        self.events = Events()
        self._paths = paths
        self._runtime = runtime
        self._directories = manifest_directories(paths, environment)
        self._known_pictures: Known = {}
        self._written = self._catalogue = Catalogue()  # as the files say, and as the current images declare
        self._reloading = asyncio.Lock()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._apps_due = False
        self._adopted = False
        self._ledger = Ledger(paths.state / "ledger.sqlite")
        self._grants = GrantStore(paths.state / "grants.sqlite", session)
        self._choices = RuntimeChoices(paths.state / "runtimes.json")
        self._overlays = Overlays(paths)
        self._images = ImageIndex(paths.images)
        self._unfinished: dict[str, ImageProgress] = {}
        self._keys = TrustedKeys(paths.state / "keys.json")
        self._builds = Builds(paths.images, self._progress, keys=self._keys.path)
        self._consent = Consent(
            self._grants, lambda record: PromptHandles(self.events.emit, record), self._decision_changed
        )
        self._display = DisplayLink(paths.display_socket, self._display_event)
        self._supervision = Supervision(
            consent=self._consent,
            ledger=self._ledger,
            runtime=runtime,
            display=self._display,
            icon=self._icon,
            emit=self.events.emit,
        )
        self._transfers = Transfers(
            paths, runtime=runtime, find=self._supervision.find, ready=self._display.files_ready, emit=self.events.emit
        )
        self._launcher = Launcher(
            paths,
            catalogue=lambda: self._written,
            choices=self._choices,
            overlays=self._overlays,
            images=self._images,
            builds=self._builds,
            consent=self._consent,
            ledger=self._ledger,
            runtime=runtime,
            display=self._display,
            supervision=self._supervision,
        )
        self._entry_points = EntryPoints(paths)
        self._removals = Removals(
            paths,
            catalogue=lambda: self._catalogue,
            choices=self._choices,
            images=self._images,
            builds=self._builds,
            consent=self._consent,
            entry_points=self._entry_points,
            ledger=self._ledger,
            runtime=runtime,
            supervision=self._supervision,
        )
        self._arrivals = Arrivals(
            paths,
            catalogue=lambda: self._catalogue,
            builds=self._builds,
            supervision=self._supervision,
            events=self.events,
            progress=self._progress,
            cancel=self._cancel_image,
            reload=self._reload,
            check_free=self._removals.check_free,
        )
        self._versions = AppVersions(
            paths,
            catalogue=lambda: self._catalogue,
            overlays=self._overlays,
            images=self._images,
            builds=self._builds,
            consent=self._consent,
            supervision=self._supervision,
            arrival=self._arrivals.beside_what_runs,
        )
        self._settings = AppSettings(
            self._overlays,
            catalogue=lambda: self._catalogue,
            choices=self._choices,
            images=self._images,
            consent=self._consent,
            supervision=self._supervision,
            changed=self._settings_changed,
        )
        self._appearance = Following(
            paths.state / "palette.json",
            launcher=self._launcher,
            images=self._images,
            supervision=self._supervision,
            display=self._display,
            runtime=runtime,
        )
        self._levels = Levels(self.events.emit)
        self._sounds = Sounds(paths.state / "sounds.json", environment, self.events.emit)
        self._watch: DirectoryWatch | None = None

    # --- life

    async def start(self) -> None:
        """Read what there is and adopt what runs; requests may be served afterwards."""
        try:
            followed = (*self._directories, *picture_directories(self._directories), self._paths.images)
            self._watch = DirectoryWatch(followed, self._files_changed)
        except Problem as problem:
            self.events.emit(Notice("warning", problem.message, problem.hint))
        await self._reload()
        if await asyncio.to_thread(complete, self._paths.state / "manifests", self._derived()):
            await self._reload()
        await adopt_and_reap(
            self._paths,
            catalogue=self._written,
            images=self._images,
            ledger=self._ledger,
            grants=self._grants,
            runtime=self._runtime,
            supervision=self._supervision,
        )
        for again in await self._left_unfinished():
            subject = subject_of(again)
            if self._images.get(subject) is not None:
                continue  # an update was broken off, and the next one finds what has come
            self._unfinished[subject] = ImageProgress(subject, "Interrupted", -1.0, -1.0, finished=True, again=again)
        # Which images are in use was not known before.
        self._adopted = True
        self._spawn(self._collect_what_is_left())
        for app, keep_data in self._removals.interrupted().items():
            self._spawn(self._finish_removal(app, keep_data))
        self._follow_settings()
        self._arrivals.start()
        self._display.open()

    async def end_session(self) -> None:
        """Stop all apps and remove everything of them."""
        await self._supervision.stop_all()
        await self._close()

    async def leave(self) -> None:
        """End this engine alone: the apps run on, and the next engine adopts them."""
        await self._supervision.let_go()
        await self._close()

    async def _close(self) -> None:
        if self._watch is not None:
            self._watch.close()
        await self._arrivals.close()
        await self._builds.close()
        self._display.close()
        await self._transfers.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._appearance.close()
        self._levels.close()
        await self._sounds.close()
        await self._runtime.close()
        self._ledger.close()
        self._grants.close()

    # --- catalogue

    def _files_changed(self) -> None:
        self._spawn(self._reload())

    def _spawn(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Work that ends with the engine."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _reload(self) -> None:
        async with self._reloading:
            old = self._written
            self._written = await asyncio.to_thread(read_catalogue, self._directories, self._known_pictures)
            self._catalogue = as_current(self._written, self._images)
            for _path, problem in self._written.broken:
                if str(problem) not in (str(known) for _path, known in old.broken):
                    self.events.emit(Notice("warning", problem.message, problem.hint))
            try:
                await self._images.refresh()
                if self._adopted:
                    await self._collect()
                self._catalogue = as_current(self._written, self._images)
                await self._follow_entries()
            except Problem as problem:
                self.events.emit(Notice("error", problem.message, problem.hint))
            self._follow_settings()
            self._apps_changed()

    async def _collect(self) -> None:
        """Images that nothing keeps go. Raises `Problem`."""
        if await self._versions.collect():
            await self._images.refresh()

    async def _collect_what_is_left(self) -> None:
        """Of sessions before, and of builds without one."""
        async with self._reloading:
            try:
                await self._collect()
            except Problem as problem:
                self.events.emit(Notice("error", problem.message, problem.hint))

    async def _follow_entries(self) -> None:
        """Scripts and desktop entries are for the apps that can be started at once. Raises `Problem`."""
        ready = [
            Startable(entry.manifest, image.icon)
            for app, entry in self._catalogue.entries.items()
            if (image := self._images.get(app)) is not None
        ]
        await asyncio.to_thread(self._entry_points.follow, ready)

    async def _offer_to_desktops(self, on: bool) -> DesktopEntries:
        self._entry_points.offer_to_desktops(on)
        async with self._reloading:
            await self._follow_entries()
        return self._desktop_entries()

    def _desktop_entries(self) -> DesktopEntries:
        return DesktopEntries(self._entry_points.for_desktops, str(self._paths.desktop_entries))

    def _apps_changed(self) -> None:
        """Several changes in one turn of the loop are told once."""
        if not self._apps_due:
            self._apps_due = True
            asyncio.get_running_loop().call_soon(self._tell_apps)

    def _tell_apps(self) -> None:
        self._apps_due = False
        self.events.emit(AppsChanged(self._apps()))

    def _apps(self) -> tuple[AppInfo, ...]:
        entries = sorted(self._catalogue.entries.values(), key=lambda entry: entry.manifest.name.lower())
        return tuple(self._app(entry) for entry in entries)

    def _app(self, entry: Entry) -> AppInfo:
        manifest = entry.manifest
        image = self._images.get(manifest.id)
        building = self._builds.is_building(manifest.id)
        return AppInfo(
            app=manifest.id,
            name=manifest.name,
            summary=manifest.summary,
            version=image.version if image else "",
            icon=image.icon if image else "",
            categories=manifest.categories,
            permissions=self._consent.describe(entry),
            image=image.digest if image else "",
            image_state="building" if building else "ready" if image else "missing",
            source=shown(entry.path),
            runtime=self._settings.runtime(entry),
            publisher=manifest.about.publisher,
            licence=manifest.about.licence,
            homepage=manifest.about.homepage,
            keywords=manifest.about.keywords,
            screenshots=manifest.about.screenshots,
            size=image.size if image else manifest.image.size,
            profiles=self._overlays.profiles(manifest.id),
            signature=image.signature if image else Signature(),
            pictures=entry.pictures,
        )

    def _derived(self) -> dict[str, tuple[str, ...]]:
        """By app the manifests that were derived from its images."""
        return {app: tuple(image.manifest for image in images) for app, images in self._images.all().items()}

    def _icon(self, app: str) -> str:
        image = self._images.get(app)
        return image.icon if image else ""

    def _progress(self, progress: ImageProgress) -> None:
        if progress.again:
            self._unfinished[progress.app] = progress
        else:
            self._unfinished.pop(progress.app, None)
        self.events.emit(progress)
        if progress.finished or not progress.fraction:
            self._apps_changed()

    async def _left_unfinished(self) -> list[str]:
        return await asyncio.to_thread(lambda: list(unfinished(self._paths.images / "partial")))

    async def _forget_removed(self) -> None:
        """What was broken off and has gone with its app can no longer be gone on with."""
        offered = dict(self._unfinished)
        left = await self._left_unfinished()
        for subject, progress in offered.items():
            is_drive = progress.again == subject and subject.startswith("/")
            if progress.again not in left and not is_drive and self._unfinished.get(subject) is progress:
                self._progress(ImageProgress(subject, "Cancelled", -1.0, -1.0, finished=True))

    def _display_event(self, event: DisplayEvent | FilesWanted | FilesRefused) -> None:
        if isinstance(event, FilesWanted):
            self._transfers.begin(event)
        elif isinstance(event, FilesRefused):
            self._transfers.refused(event)
        else:
            self._supervision.display_event(event)

    def _decision_changed(self, app: str) -> None:
        self._supervision.follow_grants(app)
        self._settings_changed(app)

    def _settings_changed(self, app: str) -> None:
        self.events.emit(SettingsChanged(app))
        self._follow_settings()
        self._apps_changed()

    def _follow_settings(self) -> None:
        """What runs keeps what it was started with; who looks at it sees when that is something else by now."""
        for instance in self._supervision.all():
            outdated = self._launcher.is_outdated(instance)
            if outdated != instance.outdated:
                instance.outdated = outdated
                self._supervision.changed(instance)

    # --- requests

    def current(self) -> tuple[Event, ...]:
        return (
            AppsChanged(self._apps()),
            *(InstanceChanged(instance.info()) for instance in self._supervision.all()),
            *(PromptOpened(info) for info in self._consent.prompts.open()),
            *self._unfinished.values(),
            self._sounds.setting,
        )

    async def handle(self, request: EngineRequest, fds: Sequence[int]) -> Result:
        match request:
            case RunApp():
                return await self._run(request)
            case ExecInInstance():
                return await self._exec(request, fds)
            case StopInstance(instance, force):
                await self._supervision.stop(self._supervision.find(instance), force)
            case GetLogs(instance):
                return Logs(await self._supervision.logs(instance))
            case LookInside(instance):
                return await self._look_inside(self._supervision.find(instance))
            case OpenShell(instance):
                await self._launcher.open_shell(self._supervision.find(instance))
            case BuildImage(app):
                await self._build(self._catalogue.find(app))
            case ImportImage(path):
                await self._arrivals.import_file(Path(path))
            case TakeImages(drive):
                await self._arrivals.take_from_drive(drive)
            case LookAtImage(reference, here):
                return await self._arrivals.look(reference, here)
            case PullImage(reference):
                return await self._arrivals.pull(reference)
            case ListVersions(app):
                return await self._versions.list(app)
            case ChangeVersion(app):
                self._removals.check_free(app)
                freed = await self._versions.change(request)
                await self._reload()
                return msgspec.structs.replace(await self._versions.list(app), freed=freed)
            case UpdateApp(app, check):
                return await self._update(self._written.find(app), check, request.reference)
            case PlanRemoval(app, keep_data):
                return await self._removals.plan(app, keep_data)
            case RemoveApp(app, keep_data, stop):
                return await self._remove(app, keep_data, stop)
            case FindResidue(app):
                return await find_residue(app, self._paths, self._runtime)
            case RestartInstance(instance):
                return await self._restart(self._supervision.find(instance))
            case OfferToDesktops(on):
                return await self._offer_to_desktops(on)
            case AddKey(name, pem, pattern, required):
                await asyncio.to_thread(self._keys.add, name, pem, pattern, required)
                return self._keys.list()
            case ChangeKey(name, action):
                await asyncio.to_thread(self._keys.change, name, action)
                return self._keys.list()
            case ChangeVolume() | ChangeBrightness():
                return await self._levels.change(request)
            case PlaySound():
                self._sounds.play(request, fds)
            case ListImages():
                return Images(await self._images.images())
            case InspectImage(image, layer, search):
                return await self._images.inside(image, layer, search)
            case GetSbom(image):
                return await self._images.sbom(image)
            case SetAppIcons():
                await self._appearance.take_icons(request)
            case SetAppPointers():
                await self._appearance.take_pointers(request)
            case SetAppPalette(palette):
                await self._appearance.change(palette)
            case _:
                return self._handle_at_once(request)
        return Done()

    def _handle_at_once(self, request: EngineRequest) -> Result:
        match request:
            case ListApps():
                broken = (problem for _path, problem in self._catalogue.broken)
                return Apps(self._apps(), tuple(ProblemInfo(p.code, p.message, p.hint) for p in broken))
            case GetDesktopEntries():
                return self._desktop_entries()
            case CancelImage(subject):
                self._cancel_image(subject)
            case ListInstances():
                return Instances(tuple(instance.info() for instance in self._supervision.all()))
            case ListKeys():
                return self._keys.list()
            case ListPrompts():
                return Prompts(self._consent.prompts.open())
            case AnswerPrompt(prompt, allow, duration):
                self._consent.prompts.answer(prompt, Grant(allow, duration))
            case GetPermissions(app):
                return Permissions(self._consent.describe(self._overlays.declaring(self._catalogue.find(app))))
            case SetPermission(app, permission, decision):
                self._consent.set(self._overlays.declaring(self._catalogue.find(app)), permission, decision)
            case GetRuntimes(app):
                return self._runtimes(app)
            case SetRuntime(app, runtime):
                self._choose_runtime(app, runtime)
            case GetSettings(app, profile):
                return self._settings.get(app, profile)
            case ChangeSettings(app):
                self._removals.check_free(app)
                return self._settings.change(request)
            case ChangeProfile(app):
                self._removals.check_free(app)
                self._settings.change_profile(request)
            case ChangeSounds(on):
                return self._sounds.setting if on is None else self._sounds.choose(on)
            case PostNotice(severity, message, hint):
                self.events.emit(Notice(severity, message[:500], hint[:500]))
        return Done()

    def _cancel_image(self, subject: str) -> None:
        if not self._builds.cancel(subject) and subject in self._unfinished:
            dismiss(subject, self._paths.images / "partial")
            self._progress(ImageProgress(subject, "Cancelled", -1.0, -1.0, finished=True))

    def _runtimes(self, app: str) -> Runtimes:
        if not app:
            return Runtimes(self._choices.everywhere, self._choices.everywhere, RUNTIMES)
        entry = self._catalogue.find(app)
        return Runtimes(self._settings.chosen_runtime(app), self._settings.runtime(entry), RUNTIMES)

    def _choose_runtime(self, app: str, runtime: str) -> None:
        """What runs already stays where it is."""
        if app:
            self._catalogue.find(app)
            self._settings.choose_runtime(app, runtime)
        else:
            self._choices.choose("", runtime)
        self._settings_changed(app)

    async def _restart(self, instance: AppInstance) -> Result:
        """Not before it is known that the app can be started again as it is set now."""
        self._overlays.check_folders(self._overlays.effective(self._catalogue.find(instance.app), instance.profile))
        await self._supervision.stop(instance)
        # Without a profile it had the app's own data, whichever version it was.
        how = (instance.profile, instance.version, True)
        return await self._run(RunApp(instance.app, instance.arguments, "", *how))

    async def _run(self, request: RunApp) -> Result:
        """Giving up the call gives up the start; an app that runs already is left alone."""
        self._removals.check_free(request.app)
        instance = self._launcher.launch(
            request.app, request.arguments, request.profile, request.version, request.share_data
        )
        if instance.profile != request.profile:
            self._settings_changed(request.app)
        assert instance.launch is not None
        try:
            await asyncio.shield(instance.launch)
        except asyncio.CancelledError:
            if instance.launch.cancelled():
                raise Problem("app-stopped", f"{instance.name} was stopped before it had started.") from None
            instance.launch.cancel()
            raise
        if request.wait == "window":
            await self._supervision.wait_for_window(instance)
        return Started(instance.id)

    async def _exec(self, request: ExecInInstance, fds: Sequence[int]) -> Result:
        running = self._supervision.find_running(request.instance)
        if len(fds) != 3 or not request.command or not request.command[0]:
            raise Problem("bad-request", "A command and its three standard streams are needed.")
        return Exited(await self._runtime.exec(running, request.command, (fds[0], fds[1], fds[2])))

    async def _look_inside(self, instance: AppInstance) -> Result:
        running = self._supervision.find_running(instance.id)
        others = {
            other.id: other.running.pid
            for other in self._supervision.all()
            if other is not instance and other.running is not None
        }
        return InstanceInside(await asyncio.to_thread(look_inside, running, instance.directory, others))

    async def _build(self, entry: Entry) -> None:
        """An app that runs keeps the image that it runs from."""
        self._removals.check_free(entry.manifest.id)
        await self._launcher.build(entry)
        await self._reload()

    async def _update(self, entry: Entry, check: bool, reference: str) -> Result:
        if check:
            return await self._versions.check(entry)
        self._removals.check_free(entry.manifest.id)
        found = await self._versions.update(entry, reference)
        await self._reload()
        return found

    async def _remove(self, app: str, keep_data: bool, stop: bool) -> Result:
        """Once begun it goes on, whoever asked for it."""
        removing = self._spawn(self._remove_and_tell(app, keep_data, stop))
        return await asyncio.shield(removing)

    async def _remove_and_tell(self, app: str, keep_data: bool, stop: bool) -> Result:
        try:
            return await self._removals.remove(app, keep_data, stop)
        finally:
            await self._forget_removed()
            await self._reload()

    async def _finish_removal(self, app: str, keep_data: bool) -> None:
        try:
            await self._removals.carry_out(app, keep_data)
        except Problem as problem:
            told = Notice("error", problem.message, problem.hint)
        else:
            told = Notice("info", f"The removal of {app}, which was interrupted, is finished.")
        await self._forget_removed()
        await self._reload()
        self.events.emit(told)
