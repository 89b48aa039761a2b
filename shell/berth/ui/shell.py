"""The shell's side of the engine: models for QML, and what the user asks for.

Everything here answers at once. What the engine has to say arrives as messages; what the
user wants is sent as calls whose answers come back the same way, in any order.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, get_args

import msgspec
from PySide6.QtCore import Property, QObject, Signal, Slot
from PySide6.QtQml import QmlElement, QmlSingleton, QQmlEngine

from berth.core.image_reference import is_registry_reference
from berth.core.messages import (
    AnswerPrompt,
    AnyMessage,
    AppInfo,
    Apps,
    AppsChanged,
    BuildImage,
    Call,
    Cancel,
    CancelImage,
    Done,
    EngineRequest,
    Failure,
    Hello,
    ImageProgress,
    InstanceChanged,
    InstanceEnded,
    InstanceInfo,
    Instances,
    LevelChanged,
    ListApps,
    ListInstances,
    ListPrompts,
    Notice,
    OpenCatalogue,
    OpenLauncher,
    ProblemInfo,
    PromptClosed,
    PromptOpened,
    Prompts,
    PullImage,
    Reply,
    Result,
    RunApp,
    SetPermission,
    SettingsChanged,
    ShellRequest,
    SoundSetting,
    StopInstance,
    Subscribe,
    TakeImages,
)
from berth.core.permissions import SCREEN_CAPTURE
from berth.core.problem import Problem
from berth.link.qt import QtLink
from berth.ui import search
from berth.ui.about import About
from berth.ui.app_inside import AppInside
from berth.ui.app_look import LookPart
from berth.ui.app_versions import AppVersions
from berth.ui.catalogue import Catalogue
from berth.ui.icons import IconStore, letter_of, tile_of
from berth.ui.level_keys import LevelKeys
from berth.ui.osd import Osd
from berth.ui.removal import Removal
from berth.ui.review import Review
from berth.ui.rowmodel import RowList, RowModel
from berth.ui.rows import (
    AppRow,
    InstanceRow,
    NoticeRow,
    ProgressRow,
    PromptRow,
    WatcherRow,
    app_row,
    arriving_row,
    building_row,
    instance_row,
    is_offer,
    notice_row,
    offered_row,
    progress_words,
    prompt_row,
    stopped_row,
    told_apart,
)
from berth.ui.run_settings import RunSettings
from berth.ui.singletons import provided
from berth.ui.sounds import Sounds

QML_IMPORT_NAME = "Berth"
QML_IMPORT_MAJOR_VERSION = 1

ENGINE_GRACE_MS = 1500
"""How long the engine may be away before anyone is told: a restart is faster."""
PROMPT_GUARD_MS = 1000
"""A prompt takes no answer for this long after it appeared, and after a key that is none of its own, so that nobody
answers with a click or a key that was meant for another window."""
MAX_NOTICES = 6
_SOUNDS = {"info": "message", "warning": "dialog-warning", "error": "dialog-error"}

Answer = Callable[[Result | Problem], None]
CommandHandler = Callable[[ShellRequest, list[int], Answer], None]
Duration = Literal["once", "session", "always"]


def _model(name: str) -> Any:
    def read(self: Shell) -> RowList:
        model: RowList = getattr(self, name)
        return model

    return Property(RowList, read, constant=True)


@QmlElement
@QmlSingleton
class Shell(QObject):
    """The singleton ``Shell``: owns the link to the engine.

    Args:
        engine_socket: where the engine listens.
        icon_folders: folders icons of apps may be loaded from.

    Attributes:
        greets: the session has just begun, and not only this process.
    """

    engineConnectedChanged = Signal()
    launcherOpenChanged = Signal()
    queryChanged = Signal()
    categoriesChanged = Signal()

    def __init__(self, engine_socket: Path, icon_folders: Iterable[Path] = (), parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._apps = RowModel(AppRow, "app", self)
        self._results = RowModel(AppRow, "app", self)
        self._instances = RowModel(InstanceRow, "instance", self)
        self._prompts = RowModel(PromptRow, "prompt", self)
        self._notices = RowModel(NoticeRow, "notice", self)
        self._progress = RowModel(ProgressRow, "app", self)
        self._watchers = RowModel(WatcherRow, "app", self)
        self._watching: frozenset[str] = frozenset()
        self._icons = IconStore(icon_folders)
        self._infos: dict[str, AppInfo] = {}
        self._building: dict[str, ImageProgress] = {}
        self._stopped: dict[str, ImageProgress] = {}
        self._stopped_here: set[str] = set()
        self._calls: dict[int, Answer] = {}
        self._launching: dict[int, str] = {}
        self._call_number = 0
        self._notice_number = 0
        self._subscribed = False
        self._launcher_open = False
        self._query = ""
        self._category = ""
        self._commands: CommandHandler = _no_commands
        self._run_settings = RunSettings(
            self._call, self._show_failure, lambda app: self._infos.get(app), lambda: self._instances, self
        )
        self._removal = Removal(
            self._call, lambda text: self.post("info", text), self._show_failure, self._name_of, self
        )
        self._about = About(lambda app: self._infos.get(app), self)
        self._inside = AppInside(self._call, lambda: self._instances, lambda: self._set_launcher_open(False), self)
        self._versions = AppVersions(
            self._call,
            lambda number: self._link.send(Cancel(number)),
            self._start,
            lambda text: self.post("info", text),
            self._show_failure,
            self._name_of,
            self,
        )
        self._catalogue = Catalogue(self._apps, lambda app: self._infos.get(app), self._arriving, self)
        self._review = Review(self._call, self._show_failure, self.launch, self)
        self._osd = Osd(self)
        self._sounds = Sounds(self._call, self._show_failure, self.post_problem, self)
        self.level_keys = LevelKeys(self._call, self.post_problem)
        self.greets = False
        self._app_look: tuple[LookPart, ...] = ()
        self._link = QtLink(engine_socket, Hello("shell"), self._received, self._opened, self._lost, self)

    @staticmethod
    def create(engine: QQmlEngine) -> Shell:
        return provided(engine, Shell)

    # --- for the rest of the process

    def start(self) -> None:
        """Connect, and reconnect from now on whenever the engine comes back."""
        self._link.open()

    def close(self) -> None:
        self._link.close()

    def set_commands(self, handler: CommandHandler) -> None:
        """Who carries out the engine's `ShellRequest` calls; it owns the descriptors it is given."""
        self._commands = handler

    @property
    def instance_rows(self) -> RowModel[InstanceRow]:
        """The apps that run."""
        return self._instances

    def instance_label(self, instance: str) -> tuple[str, str, str]:
        """App id, name and icon URL of an instance; empty where unknown."""
        row = self._instances.get(instance)
        return (row.app, row.name, row.icon) if row is not None else ("", "", "")

    def instance_uses(self, instance: str) -> str:
        """What an instance uses now of its permissions, with spaces between; empty where unknown."""
        row = self._instances.get(instance)
        return row.uses if row is not None else ""

    def set_watchers(self, instances: frozenset[str]) -> None:
        """These instances take pictures of the screen or of windows: the user is told, and can end it."""
        if instances - self._watching:
            self._sounds.play("screen-capture")
        self._watching = instances
        self._refresh_watchers()

    def _refresh_watchers(self) -> None:
        labels = {self.instance_label(instance)[:2] for instance in self._watching}
        self._watchers.replace(WatcherRow(*label) for label in sorted(labels) if label[0])

    def post(self, severity: Literal["info", "warning", "error"], message: str, hint: str = "") -> None:
        """Show a notice of the shell's own."""
        self._add_notice(Notice(severity, message, hint))

    def post_problem(self, problem: Problem) -> None:
        self.post("error", problem.message, problem.hint)

    def withdraw_problem(self, problem: Problem) -> None:
        """What was told of is wrong no longer: its notice goes."""
        self._notices.keep(lambda row: (row.message, row.origin) != (problem.message, ""))

    def set_app_look(self, look: tuple[LookPart, ...]) -> None:
        """What apps shall look like, part by part; each new engine is told, too."""
        new = [part for part in look if part not in self._app_look]
        self._app_look = look
        if self._subscribed:
            self._tell_look(new)

    def _tell_look(self, parts: Iterable[LookPart]) -> None:
        for part in parts:
            self._call(part, self._show_failure)

    def tell_of_held_input(self) -> None:
        """An app has begun to hold the pointer or all keys."""
        message = self.tr("An app has taken the pointer or the keys of the desktop.")
        self.post("info", message, self.tr("Super+Escape takes them back."))

    # --- for QML

    apps = _model("_apps")
    results = _model("_results")
    instances = _model("_instances")
    prompts = _model("_prompts")
    notices = _model("_notices")
    progress = _model("_progress")
    watchers = _model("_watchers")

    def _get_run_settings(self) -> RunSettings:
        return self._run_settings

    def _get_removal(self) -> Removal:
        return self._removal

    def _get_about(self) -> About:
        return self._about

    def _get_versions(self) -> AppVersions:
        return self._versions

    def _get_inside(self) -> AppInside:
        return self._inside

    def _get_catalogue(self) -> Catalogue:
        return self._catalogue

    about = Property(About, _get_about, constant=True)
    review = Property(Review, lambda self: self._review, constant=True)
    catalogue = Property(Catalogue, _get_catalogue, constant=True)
    osd: Osd = Property(Osd, lambda self: self._osd, constant=True)  # type: ignore[assignment]
    sounds: Sounds = Property(Sounds, lambda self: self._sounds, constant=True)  # type: ignore[assignment]
    removal = Property(Removal, _get_removal, constant=True)
    runSettings = Property(RunSettings, _get_run_settings, constant=True)
    versions = Property(AppVersions, _get_versions, constant=True)
    inside = Property(AppInside, _get_inside, constant=True)

    def _name_of(self, app: str) -> str:
        info = self._infos.get(app)
        return info.name if info is not None else app

    def _get_engine_connected(self) -> bool:
        return self._subscribed

    def _get_launcher_open(self) -> bool:
        return self._launcher_open

    def _set_launcher_open(self, launcher_open: bool) -> None:
        if launcher_open != self._launcher_open:
            self._launcher_open = launcher_open
            self.launcherOpenChanged.emit()

    def _get_query(self) -> str:
        return self._query

    def _set_query(self, query: str) -> None:
        if query != self._query:
            self._query = query
            self._refresh_results()
            self.queryChanged.emit()

    def _get_category(self) -> str:
        return self._category

    def _set_category(self, category: str) -> None:
        if category != self._category:
            self._category = category
            self._refresh_results()
            self.queryChanged.emit()

    def _get_categories(self) -> list[dict[str, str]]:
        return [{"id": group, "name": search.group_name(group)} for group in search.groups_in(self._apps)]

    engineConnected = Property(bool, _get_engine_connected, notify=engineConnectedChanged)
    launcherOpen = Property(bool, _get_launcher_open, _set_launcher_open, notify=launcherOpenChanged)
    query = Property(str, _get_query, _set_query, notify=queryChanged)
    category = Property(str, _get_category, _set_category, notify=queryChanged)
    categories = Property(list, _get_categories, notify=categoriesChanged)
    promptGuard = Property(int, lambda self: PROMPT_GUARD_MS, constant=True)
    engineGrace = Property(int, lambda self: ENGINE_GRACE_MS, constant=True)

    @Slot(str)
    @Slot(str, str)
    def launch(self, app: str, profile: str = "") -> None:
        """Start an app; its row says so before the engine has answered."""
        self._start(RunApp(app, profile=profile))

    def _start(self, request: RunApp) -> None:
        if not self._link.is_open:
            self.post("warning", self.tr("Apps cannot start at the moment."), self.tr("Try again in a few seconds."))
            return
        number = self._call(request, lambda answer: self._launched(number, answer))
        self._launching[number] = request.app
        self._refresh_apps()

    @Slot()
    @Slot(str)
    def showCatalogue(self, app: str = "") -> None:
        self._set_launcher_open(False)
        self._catalogue.show(app)

    @Slot(str)
    def build(self, app: str) -> None:
        """Make an app's image without starting it."""
        self._call(BuildImage(app), self._show_failure)

    @Slot(str, result=list)
    def profilesOf(self, app: str) -> list[str]:
        info = self._infos.get(app)
        return list(info.profiles) if info is not None else []

    @Slot(str)
    def stop(self, instance: str) -> None:
        self._call(StopInstance(instance), self._show_failure)

    @Slot(str)
    def stopApp(self, app: str) -> None:
        """End all that runs of an app."""
        for row in list(self._instances):
            if row.app == app:
                self.stop(row.instance)

    @Slot(str)
    def stopWatching(self, app: str) -> None:
        """Take back what an app sees of the screen; it has to ask anew."""
        self._call(SetPermission(app, SCREEN_CAPTURE, "ask"), self._show_failure)

    @Slot(str)
    def cancelBuild(self, app: str) -> None:
        """Give up an update, starting an app that is being prepared, or an image that is no app yet, whoever asked for
        it."""
        if self._versions.cancel_of(app):
            return
        own = [number for number, launched in self._launching.items() if launched == app]
        for number in own:
            self._link.send(Cancel(number))
        if own:
            return
        waiting = [row for row in self._instances if row.app == app and row.state in ("asking", "preparing")]
        for row in waiting:
            self.stop(row.instance)
        if not waiting:
            self._call(CancelImage(app), self._show_failure)

    @Slot(str)
    def goOn(self, subject: str) -> None:
        """Make or fetch an image from where that was broken off, or take in those that a drive has brought."""
        stopped = self._stopped.get(subject)
        if stopped is not None:
            again = stopped.again
            if is_offer(stopped):
                request: EngineRequest = TakeImages(again)
            else:
                request = PullImage(again) if is_registry_reference(again) else BuildImage(again)
            self._call(request, self._show_failure)

    @Slot(str)
    def forgetStopped(self, subject: str) -> None:
        """Show no longer that something was broken off."""
        self._call(CancelImage(subject), self._show_failure)

    @Slot(str, bool, str)
    def answerPrompt(self, prompt: str, allow: bool, duration: str) -> None:
        if self._prompts.get(prompt) is None or duration not in get_args(Duration):
            return
        self._prompts.remove(prompt)
        chosen: Duration = "always" if duration == "always" else "session" if duration == "session" else "once"
        self._call(AnswerPrompt(prompt, allow, chosen), self._show_failure)

    @Slot(int)
    def dismissNotice(self, notice: int) -> None:
        self._notices.remove(notice)

    def dismiss_notices(self) -> None:
        """All that are up: the keyboard's way."""
        self._notices.keep(lambda row: False)

    @Slot(str, result=bool)
    def namesImage(self, text: str) -> bool:
        """Whether it can only mean an image of a registry."""
        return is_registry_reference(text.strip())

    @Slot(str)
    def reviewImage(self, reference: str) -> None:
        self._set_launcher_open(False)
        self._review.ask(reference)

    @Slot(str, result=str)
    def letter(self, name: str) -> str:
        """The letter that stands in for a missing icon."""
        return letter_of(name)

    @Slot(str, result=int)
    def tile(self, app: str) -> int:
        """Which of the eight tile colours stands behind that letter."""
        return tile_of(app)

    # --- the link

    def _call(self, request: EngineRequest, answer: Answer, fds: Sequence[int] = ()) -> int:
        self._call_number += 1
        number = self._call_number
        self._calls[number] = answer
        self._link.send(Call(number, request), fds)
        return number

    def _opened(self) -> None:
        # What was asked since the last connection went nowhere.
        self._calls.clear()
        self.level_keys.lost()
        # The supervisor holds the socket, so a connection alone does not mean that an engine runs.
        self._call(Subscribe(), self._subscribe_answered)
        self._call(ListApps(), self._listed_apps)
        self._call(ListInstances(), self._listed_instances)
        self._call(ListPrompts(), self._listed_prompts)

    def _subscribe_answered(self, outcome: Result | Problem) -> None:
        self._subscribed = isinstance(outcome, Done)
        self.engineConnectedChanged.emit()
        self._show_failure(outcome)
        if self._subscribed:
            self._tell_look(self._app_look)
            if self.greets:
                self.greets = False
                self._sounds.play("desktop-login")

    def _lost(self) -> None:
        # Instances stay: their windows do, and need their names. Prompts cannot be answered any more.
        self._calls.clear()
        self._launching.clear()
        self._prompts.replace([])
        self._removal.close()
        self._about.close()
        self._versions.lost()
        self._inside.close()
        self._catalogue.close()
        self._review.close()
        self._run_settings.close()
        self.level_keys.lost()
        self._building.clear()
        self._stopped.clear()
        self._stopped_here.clear()
        self._subscribed = False
        self._refresh_apps()
        self.engineConnectedChanged.emit()

    def _received(self, message: AnyMessage, fds: list[int]) -> None:
        match message:
            case Call(call, request):
                self._carry_out(call, request, fds)
                return
            case Reply(call, result):
                self._answered(call, result)
            case Failure(call, problem):
                self._answered(call, Problem(problem.code, problem.message, problem.hint))
            case AppsChanged(apps):
                self._set_apps(apps)
            case SettingsChanged(app):
                self._run_settings.settings_changed(app)
            case InstanceChanged(info):
                self._set_instance(info)
            case InstanceEnded():
                self._ended(message)
            case PromptOpened(info):
                if self._prompts.get(info.prompt) is None:
                    self._sounds.play("dialog-question")
                self._prompts.put(prompt_row(info, self._icons))
            case PromptClosed(prompt):
                self._prompts.remove(prompt)
            case ImageProgress():
                self._progressed(message)
            case LevelChanged(level):
                self._osd.level(level)
                if level.kind == "volume" and not level.muted:
                    self._sounds.play("audio-volume-change")
            case SoundSetting():
                self._sounds.set(message)
            case Notice():
                self._add_notice(message)
            case ProblemInfo(_code, text, hint):
                self.post("error", text, hint)
        for fd in fds:
            os.close(fd)

    def _carry_out(self, call: int, request: Any, fds: list[int]) -> None:
        def answer(outcome: Result | Problem) -> None:
            if isinstance(outcome, Problem):
                self._link.send(Failure(call, ProblemInfo(outcome.code, outcome.message, outcome.hint)))
            else:
                self._link.send(Reply(call, outcome))

        if isinstance(request, OpenLauncher | OpenCatalogue):
            for fd in fds:
                os.close(fd)
            answer(self._open_page(request))
        else:
            self._commands(request, fds, answer)

    def _open_page(self, request: OpenLauncher | OpenCatalogue) -> Result | Problem:
        if isinstance(request, OpenLauncher):
            self._set_launcher_open(request.open)
        elif not request.open:
            self._catalogue.close()
        elif request.app and request.app not in self._infos:
            return Problem("unknown-app", f"There is no app “{request.app[:100]}”.", "List the apps with: berth apps")
        else:
            self.showCatalogue(request.app)
        return Done()

    def _answered(self, call: int, outcome: Result | Problem) -> None:
        answer = self._calls.pop(call, None)
        if answer is not None:
            answer(outcome)

    def _show_failure(self, outcome: Result | Problem) -> None:
        if isinstance(outcome, Problem) and outcome.code != "cancelled":
            self.post_problem(outcome)

    def _launched(self, number: int, outcome: Result | Problem) -> None:
        self._launching.pop(number, None)
        self._refresh_apps()
        self._show_failure(outcome)

    def _listed_apps(self, outcome: Result | Problem) -> None:
        if isinstance(outcome, Apps):
            self._set_apps(outcome.apps)
            for broken in outcome.problems:
                self.post("warning", broken.message, broken.hint)
        self._show_failure(outcome)

    def _listed_instances(self, outcome: Result | Problem) -> None:
        if isinstance(outcome, Instances):
            self._instances.replace(self._instance_row(info) for info in outcome.instances)
            self._run_settings.instances_changed()
            self._refresh_apps()
        self._show_failure(outcome)

    def _listed_prompts(self, outcome: Result | Problem) -> None:
        if isinstance(outcome, Prompts):
            self._prompts.replace(prompt_row(info, self._icons) for info in outcome.prompts)
        self._show_failure(outcome)

    # --- state

    def _set_apps(self, apps: Iterable[AppInfo]) -> None:
        self._infos = {info.app: info for info in sorted(apps, key=lambda info: (info.name.casefold(), info.app))}
        self._refresh_apps()
        self._run_settings.apps_changed()
        self._versions.things_changed()
        self.categoriesChanged.emit()

    def _instance_row(self, info: InstanceInfo) -> InstanceRow:
        return instance_row(info, self._infos.get(info.app), self._icons)

    def _set_instance(self, info: InstanceInfo) -> None:
        if self._instances.get(info.instance) is None:
            self._removal.instance_changed(info.app)
            self._versions.things_changed()
        self._instances.put(self._instance_row(info))
        self._run_settings.instances_changed()
        self._refresh_watchers()
        self._refresh_apps()

    def _ended(self, ended: InstanceEnded) -> None:
        if ended.reason:
            self._add_notice(Notice("warning", ended.reason, instance=ended.instance))
        self._instances.remove(ended.instance)
        self._inside.instance_ended(ended.instance)
        self._removal.instance_changed(ended.app)
        self._versions.things_changed()
        self._run_settings.instances_changed()
        self._refresh_apps()

    def _progressed(self, progress: ImageProgress) -> None:
        if is_offer(progress) and progress.app not in self._stopped:
            self._sounds.play("device-added")
        seen = progress.app in self._building
        self._building.pop(progress.app, None)
        self._stopped.pop(progress.app, None)
        self._stopped_here.discard(progress.app)
        if progress.again:
            self._stopped[progress.app] = progress
            self._stopped_here |= {progress.app} if seen else set()
        elif not progress.finished:
            self._building[progress.app] = progress
        self._versions.progressed(progress)
        self._refresh_apps()

    def _add_notice(self, notice: Notice) -> None:
        origin = self.instance_label(notice.instance)[1]
        same = next((row for row in self._notices if (row.message, row.origin) == (notice.message, origin)), None)
        if same is not None:
            self._notices.change(same.notice, times=same.times + 1)
            return
        self._sounds.play(_SOUNDS[notice.severity])
        self._notice_number += 1
        self._notices.put(notice_row(self._notice_number, notice, origin))
        oldest = self._notice_number - MAX_NOTICES
        self._notices.keep(lambda row: row.notice > oldest or row.severity == "error")

    def _refresh_apps(self) -> None:
        shown = told_apart(app_row(info, self._icons) for info in self._infos.values())
        rows = [self._with_activity(row) for row in shown]
        self._apps.replace(rows)
        busy = [self._progress_row(row) for row in rows if row.activity in ("building", "starting")]
        under_way = [row for row in self._arriving() if row.building]
        self._progress.replace((*busy, *under_way, *self._not_under_way(self._stopped_here)))
        self._catalogue.refresh()
        self._refresh_results()

    def _arriving(self) -> Iterator[ProgressRow]:
        """Images that are no app yet, also those that were broken off."""
        for subject, progress in self._building.items():
            if subject not in self._infos:
                yield arriving_row(progress)
        yield from self._not_under_way(self._stopped.keys() - self._infos.keys())

    def _not_under_way(self, subjects: Iterable[str]) -> Iterator[ProgressRow]:
        for subject, progress in self._stopped.items():
            if is_offer(progress):
                yield offered_row(progress)
            elif subject in subjects:
                app = self._apps.get(subject)
                row = arriving_row(progress) if app is None else building_row(progress, app.name, app.icon)
                yield stopped_row(row)

    def _refresh_results(self) -> None:
        self._results.replace(search.find(self._apps, self._query, self._category))

    def _with_activity(self, row: AppRow) -> AppRow:
        building = self._building.get(row.app)
        if building is not None:
            return msgspec.structs.replace(
                row, activity="building", progress=building.fraction, progress_text=progress_words(building)
            )
        row = msgspec.structs.replace(row, stopped=row.app in self._stopped)
        states = {instance.state for instance in self._instances if instance.app == row.app}
        if row.app in self._launching.values() or states & {"asking", "preparing", "starting"}:
            return msgspec.structs.replace(row, activity="starting")
        return msgspec.structs.replace(row, activity="running" if states else "")

    def _progress_row(self, row: AppRow) -> ProgressRow:
        building = self._building.get(row.app)
        if building is not None:
            return building_row(building, row.name, row.icon)
        return ProgressRow(row.app, row.name, row.icon, self.tr("starting"))


def _no_commands(_request: ShellRequest, fds: list[int], answer: Answer) -> None:
    for fd in fds:
        os.close(fd)
    answer(Problem("shell-starting", "The desktop is not ready for this yet.", "Try again in a moment."))
