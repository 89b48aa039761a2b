"""The card in which the user changes how an app runs: reached and used by keyboard, checked by the engine's rules."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtQuick import QQuickItem
from PySide6.QtTest import QTest

from berth.core.manifest import Display, Manifest
from berth.core.messages import (
    AppsChanged,
    ChangeProfile,
    ChangeSettings,
    Done,
    Failure,
    GetSettings,
    InstanceChanged,
    PermissionInfo,
    ProblemInfo,
    RestartInstance,
    RunApp,
    SetPermission,
    Settings,
    SettingsChanged,
    Started,
)
from berth.core.overlay import Overlay, without_defaults
from berth.core.permissions import PermissionRequest
from berth.core.problem import Problem
from berth.core.settings import change_overlay, list_settings
from tests.qml.conftest import OpenStage
from tests.qml.fakes import FakeEngine, WindowRow, app_info, instance_info, pump, wants
from tests.qml.stage import Stage, items
from tests.qml.test_pictures import View, name_of

SCREENS = [
    ("Desktop", "light", Qt.LayoutDirection.LeftToRight, "variables"),
    ("Desktop", "dark", Qt.LayoutDirection.RightToLeft, "display"),
    ("Tablet", "light", Qt.LayoutDirection.RightToLeft, "changes"),
    ("Phone", "dark", Qt.LayoutDirection.LeftToRight, "variables"),
    ("Phone", "light", Qt.LayoutDirection.RightToLeft, "folders"),
]
FOOT = "org.codeberg.dnkl.foot"
MANIFEST = Manifest(
    FOOT,
    "Foot",
    ("foot", "--title", "A terminal"),
    environment=(("GTK_A11Y", "none"), ("LANG", "C.UTF-8")),
    permissions=(PermissionRequest("network", "To fetch."),),
)


class Kept:
    """What the engine would keep, by the engine's own rules."""

    def __init__(self, engine: FakeEngine) -> None:
        self.engine = engine
        self.overlays: dict[str, Overlay] = {"": Overlay(), "Work": Overlay()}
        self.decision: Any = "ask"
        self.problem: ProblemInfo | None = None
        engine.answers = {
            GetSettings: lambda request: self.settings(request.profile),
            ChangeSettings: self.change,
            ChangeProfile: self.change_profile,
            SetPermission: self.decide,
            RestartInstance: lambda _request: Started("foot-2"),
        }
        engine.apps = (self.info(),)

    def info(self) -> Any:
        profiles = tuple(name for name in self.overlays if name)
        return app_info(FOOT, "Foot", "A terminal", permissions=(wants("network"),), profiles=profiles)

    def settings(self, profile: str, overlay: Overlay | None = None) -> Settings:
        overlay = self.overlays[profile] if overlay is None else overlay
        displays: tuple[Display, ...] = ("wayland", "xwayland", "terminal")
        listed = list_settings(MANIFEST, overlay, runtime="bubblewrap", profile=profile, displays=displays)
        asked = [PermissionInfo("network", "To fetch.", False, self.decision)]
        asked += [PermissionInfo(folder.permission, "", False, "ask") for folder in overlay.folders]
        offers = {"/home/me/Music", "/home/me/Documents"} - {folder.path for folder in overlay.folders}
        return Settings(FOOT, profile, listed, tuple(asked), self.problem, tuple(sorted(offers)))

    def change(self, request: ChangeSettings) -> Settings:
        before = Overlay() if request.reset else self.overlays[request.profile]
        if request.reset:
            self.problem = None
        after = without_defaults(MANIFEST, change_overlay(before, request.changes), "bubblewrap")
        if not request.check:
            self.overlays[request.profile] = after
        return self.settings(request.profile, after)

    def change_profile(self, request: ChangeProfile) -> Done:
        if request.to and request.to in self.overlays:
            raise Problem("profile-exists", "There is one already.")
        source = self.overlays[request.profile] if request.action != "new" else Overlay()
        if request.action in ("rename", "delete"):
            del self.overlays[request.profile]
        if request.to:
            self.overlays[request.to] = source
        self.engine.send(AppsChanged((self.info(),)))
        return Done()

    def decide(self, request: SetPermission) -> Done:
        self.decision = request.decision
        return Done()


@pytest.fixture
def kept(engine: FakeEngine) -> Kept:
    return Kept(engine)


@pytest.fixture
def stage(kept: Kept, open_stage: OpenStage) -> Stage:
    stage = open_stage()
    stage.listed()
    return stage


def opened(stage: Stage, section: str = "", profile: str = "") -> None:
    stage.shell.runSettings.ask(FOOT, profile)
    settled(stage)
    if section:
        stage.shell.runSettings.showSection(section)
    stage.picture()  # lays everything out


def settled(stage: Stage) -> None:
    pump(lambda: stage.shell.runSettings.ready and not stage.shell._calls)


def rows(stage: Stage) -> dict[str, Any]:
    return {row.key: row for row in stage.shell.runSettings._rows}


def focused(stage: Stage) -> str:
    """Names of the item that has the keyboard, and of what it is in."""
    item = stage.view.activeFocusItem()
    names = []
    while item is not None:
        names.append(item.objectName())
        item = item.parentItem()
    return " ".join(filter(None, names))


def tab_to(stage: Stage, name: str) -> QQuickItem:
    for _ in range(60):
        if name in focused(stage).split():
            return stage.view.activeFocusItem()
        stage.key(Qt.Key.Key_Tab)
    raise AssertionError(f"Tab does not reach {name}, but {focused(stage)}")


def clear_and_type(stage: Stage, text: str) -> None:
    QTest.keySequence(stage.view, "Ctrl+A")
    stage.type(text)


def test_it_is_opened_from_the_menu_of_an_app_by_keyboard_alone(stage: Stage) -> None:
    stage.shell.launcherOpen = True
    pump(lambda: stage.item("launcher").opacity() == 1)
    stage.key(Qt.Key.Key_Menu)
    pump(lambda: "appMenu" in focused(stage))
    stage.type("h")
    stage.key(Qt.Key.Key_Return)
    pump(lambda: "section-variables" in focused(stage))
    assert stage.item("runCard").isVisible()
    stage.key(Qt.Key.Key_Escape)
    pump(lambda: not stage.shell.runSettings.open)
    assert stage.shell.launcherOpen, "one thing after the other"


def test_a_profile_is_opened_from_the_menu_of_an_app(stage: Stage, engine: FakeEngine) -> None:
    stage.shell.launcherOpen = True
    pump(lambda: stage.item("launcher").opacity() == 1)
    stage.key(Qt.Key.Key_Menu)
    pump(lambda: "appMenu" in focused(stage))
    stage.key(Qt.Key.Key_Down)
    assert stage.view.activeFocusItem().property("text") == "Open “Work”"
    stage.key(Qt.Key.Key_Return)
    pump(lambda: engine.asked(RunApp))
    assert engine.asked(RunApp)[0].profile == "Work"


def test_it_is_opened_from_the_menu_of_a_window_for_its_profile(stage: Stage, engine: FakeEngine) -> None:
    info = instance_info("foot-1", FOOT, "Foot")
    engine.send(InstanceChanged(type(info)("foot-1", FOOT, "Foot", "running", profile="Work")))
    pump(lambda: stage.shell.instances.count == 1)
    stage.scene.rows.put(WindowRow(7, "foot-1", FOOT, "Foot", "", "Shell", focused=True))
    stage.scene.openMenu(7, 300, 300)
    pump(lambda: "windowMenu" in focused(stage))
    stage.type("h")
    stage.key(Qt.Key.Key_Return)
    pump(lambda: stage.shell.runSettings.open)
    assert stage.shell.runSettings.profile == "Work"


@pytest.mark.parametrize("changed", [False, True])
def test_the_keyboard_stays_in_the_card(stage: Stage, kept: Kept, changed: bool) -> None:
    kept.overlays[""] = change_overlay(Overlay(), [("environment.X", "1")] if changed else [])
    for section in ("variables", "display", "changes"):
        opened(stage, section)
        for key in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
            met = []
            for _ in range(30):
                stage.key(key)
                met.append(focused(stage))
            assert all("runCard" in names.split() for names in met), (section, key, met)
            assert any("leaveSettings" in names for names in met)


def test_a_variable_is_changed_added_and_taken_back_by_keyboard(stage: Stage, kept: Kept, engine: FakeEngine) -> None:
    opened(stage)
    assert list(rows(stage)) == ["environment.GTK_A11Y", "environment.LANG"]
    tab_to(stage, "environment.LANG")
    clear_and_type(stage, "de_DE.UTF-8")
    stage.key(Qt.Key.Key_Return)
    row = rows(stage)["environment.LANG"]
    assert (row.value, row.changed) == ("de_DE.UTF-8", True), "at once, whatever the engine says later"
    settled(stage)
    assert kept.overlays[""] == Overlay(environment=(("LANG", "de_DE.UTF-8"),))

    tab_to(stage, "newSetting")
    stage.type("X=a b")
    stage.key(Qt.Key.Key_Return)
    settled(stage)
    assert dict(kept.overlays[""].environment)["X"] == "a b"
    assert stage.item("newSetting").property("text") == ""
    assert stage.shell.runSettings.changes == 2

    tab_to(stage, "undo-environment.X")
    stage.key(Qt.Key.Key_Return)
    settled(stage)
    assert "environment.X" not in rows(stage)
    tab_to(stage, "resetSettings")
    stage.key(Qt.Key.Key_Return)
    settled(stage)
    assert kept.overlays[""] == Overlay()
    assert rows(stage)["environment.LANG"].value == "C.UTF-8"
    assert stage.item("environment.LANG").childItems()


def test_what_is_wrong_is_said_while_typing_and_not_kept(stage: Stage, kept: Kept) -> None:
    opened(stage, "limits")
    tab_to(stage, "limits.memory")
    clear_and_type(stage, "12")
    settled(stage)
    assert "at least 32M" in rows(stage)["limits.memory"].fault
    stage.key(Qt.Key.Key_Return)
    settled(stage)
    assert kept.overlays[""] == Overlay()
    stage.type("8M")
    settled(stage)
    assert rows(stage)["limits.memory"].fault == ""
    stage.key(Qt.Key.Key_Tab)
    settled(stage)
    assert kept.overlays[""].limits.memory == 128 << 20, "leaving the field keeps it"

    stage.shell.runSettings.showSection("variables")
    tab_to(stage, "newSetting")
    stage.type("HOME=x")
    settled(stage)
    assert stage.item("newFault").property("text") == "“HOME” is set by Berth and cannot be changed."
    stage.key(Qt.Key.Key_Return)
    settled(stage)
    assert kept.overlays[""].environment == ()


def test_what_was_typed_is_kept_when_the_card_is_closed_by_its_button(stage: Stage, kept: Kept) -> None:
    opened(stage, "limits")
    tab_to(stage, "limits.memory")
    clear_and_type(stage, "1G")
    stage.click(stage.item("leaveSettings"))
    pump(lambda: kept.overlays[""].limits.memory == 1 << 30)
    assert not stage.shell.runSettings.open
    opened(stage, "limits")
    tab_to(stage, "limits.memory")
    clear_and_type(stage, "3G")
    stage.key(Qt.Key.Key_Escape)
    pump(lambda: not stage.shell.runSettings.open and not stage.shell._calls)
    assert kept.overlays[""].limits.memory == 1 << 30, "Escape gives up"


def test_what_the_engine_refuses_goes_back_with_a_sentence(stage: Stage, engine: FakeEngine) -> None:
    opened(stage, "display")

    del engine.answers[ChangeSettings]
    tab_to(stage, "runtime=podman")
    stage.key(Qt.Key.Key_Return)
    pump(lambda: engine.asked(ChangeSettings))
    assert rows(stage)["runtime"].value == "podman"
    problem = ProblemInfo("settings-not-kept", "The disk is full.", "Free some space.")
    engine.send(Failure(engine.number(ChangeSettings), problem))
    settled(stage)
    row = rows(stage)["runtime"]
    assert (row.value, row.changed, row.fault) == ("bubblewrap", False, "The disk is full. Free some space.")


def test_choices_folders_and_permissions(stage: Stage, kept: Kept, engine: FakeEngine) -> None:
    opened(stage, "display")
    tab_to(stage, "display=xwayland")
    stage.key(Qt.Key.Key_Space)
    settled(stage)
    assert kept.overlays[""].display == "xwayland"
    choice = rows(stage)["display"]
    assert choice.words == ("Directly", "X11, in one window", "In a terminal"), "what its image can do"
    stage.shell.runSettings.showSection("folders")
    tab_to(stage, "newSetting")
    stage.type("/home/me/Music")
    stage.key(Qt.Key.Key_Return)
    settled(stage)
    assert "asked about it" in rows(stage)["folders./home/me/Music"].note
    tab_to(stage, "offer-/home/me/Documents")
    stage.key(Qt.Key.Key_Return)
    settled(stage)
    assert [folder.path for folder in kept.overlays[""].folders] == ["/home/me/Music", "/home/me/Documents"]
    tab_to(stage, "undo-folders./home/me/Documents")
    stage.key(Qt.Key.Key_Return)
    settled(stage)
    tab_to(stage, "folders./home/me/Music=write")
    stage.key(Qt.Key.Key_Return)
    settled(stage)
    assert kept.overlays[""].folders[0].writable
    stage.shell.runSettings.showSection("permissions")
    assert list(rows(stage)) == ["permission.network", "permission.folder-write:/home/me/Music"]
    tab_to(stage, "permission.network=deny")
    stage.key(Qt.Key.Key_Return)
    settled(stage)
    assert engine.asked(SetPermission) == [SetPermission(FOOT, "network", "deny")]
    assert rows(stage)["permission.network"].value == "deny"
    stage.shell.runSettings.showSection("changes")
    assert list(rows(stage)) == ["display", "folders./home/me/Music"]


def test_profiles_are_made_renamed_and_deleted_by_keyboard(stage: Stage, kept: Kept) -> None:
    opened(stage)
    tab_to(stage, "newProfile")
    stage.key(Qt.Key.Key_Return)
    pump(lambda: "profileName" in focused(stage))
    stage.type("Play")
    stage.key(Qt.Key.Key_Return)
    pump(lambda: stage.shell.runSettings.profile == "Play")
    settled(stage)
    assert set(kept.overlays) == {"", "Work", "Play"}
    tab_to(stage, "renameProfile")
    stage.key(Qt.Key.Key_Return)
    pump(lambda: "profileName" in focused(stage))
    clear_and_type(stage, "Fun")
    stage.key(Qt.Key.Key_Return)
    pump(lambda: stage.shell.runSettings.profile == "Fun")
    settled(stage)
    tab_to(stage, "deleteProfile")
    stage.key(Qt.Key.Key_Return)
    tab_to(stage, "confirmProfile")
    stage.key(Qt.Key.Key_Return)
    pump(lambda: stage.shell.runSettings.profile == "")
    settled(stage)
    assert set(kept.overlays) == {"", "Work"}
    tab_to(stage, "profile-Work")
    stage.key(Qt.Key.Key_Return)
    settled(stage)
    stage.shell.runSettings.showSection("display")
    assert "data" in rows(stage)


def test_what_runs_is_told_and_restarted(stage: Stage, engine: FakeEngine) -> None:
    opened(stage)
    info = instance_info("foot-1", FOOT, "Foot")
    engine.send(InstanceChanged(type(info)("foot-1", FOOT, "Foot", "running", outdated=True)))
    pump(lambda: stage.item("restartApp").isVisible())
    assert "apply at its next start" in stage.item("effect").property("text")
    tab_to(stage, "restartApp")
    stage.key(Qt.Key.Key_Return)
    pump(lambda: engine.asked(RestartInstance))
    assert engine.asked(RestartInstance) == [RestartInstance("foot-1")]


def test_changes_made_elsewhere_are_followed(stage: Stage, kept: Kept, engine: FakeEngine) -> None:
    opened(stage, "limits")
    kept.overlays[""] = change_overlay(Overlay(), [("limits.memory", "1G")])
    engine.send(SettingsChanged(FOOT))
    pump(lambda: rows(stage)["limits.memory"].value == "1G")


def test_what_is_chosen_for_all_apps_is_followed_too(stage: Stage, kept: Kept, engine: FakeEngine) -> None:
    engine.send(SettingsChanged(""))
    kept.overlays["New"] = Overlay()
    engine.send(AppsChanged((kept.info(),)))
    pump(lambda: "New" in stage.shell.runSettings._info_of(FOOT).profiles)
    opened(stage, "limits")
    assert {request.app for request in engine.asked(GetSettings)} == {FOOT}, "nothing is asked while no card is open"
    kept.overlays[""] = change_overlay(Overlay(), [("limits.memory", "1G")])
    engine.send(SettingsChanged(""))
    pump(lambda: rows(stage)["limits.memory"].value == "1G")


def test_a_damaged_file_is_told_and_can_be_reset(stage: Stage, kept: Kept) -> None:
    kept.problem = ProblemInfo("overlay-invalid", "overlay.toml:3: unknown key “x”", "Mend the file.")
    opened(stage)
    assert stage.shell.runSettings.problem == "overlay.toml:3: unknown key “x” Mend the file."
    assert not stage.item("settings").isVisible()
    tab_to(stage, "resetSettings")
    stage.key(Qt.Key.Key_Return)
    settled(stage)
    assert stage.shell.runSettings.problem == "" and stage.item("settings").isVisible()


@pytest.mark.parametrize(
    ("layout", "scheme", "direction", "section"), SCREENS, ids=lambda value: getattr(value, "name", value)
)
def test_the_card_is_whole_on_every_screen(
    kept: Kept, open_stage: OpenStage, layout: str, scheme: str, direction: Qt.LayoutDirection, section: str
) -> None:
    QGuiApplication.setLayoutDirection(direction)
    changes = [
        ("environment.LANG", "de_DE.UTF-8"),
        ("environment.MOZ_LOG", "all:3"),
        ("folders./home/me/Music", "read"),
    ]
    kept.overlays[""] = change_overlay(Overlay(), changes)
    stage = open_stage(layout, scheme=scheme)
    stage.listed()
    opened(stage, section)
    stage.shell.runSettings.check("environment.LANG", "a\nb")
    settled(stage)
    view = View(stage, f"run-{section}-{name_of('', layout, scheme, direction)}")
    card = view.rect(stage.item("runCard"))
    for item in items(stage.item("runCard")):
        kind = item.metaObject().className()
        if item.isVisible() and item.opacity() and kind.startswith(("Button", "IconButton", "TextField", "Label")):
            whole = item.mapRectToScene(QRectF(0, 0, item.width(), item.height()))
            assert card[0] <= whole.left() and whole.right() <= card[0] + card[2], item.property("text")
    assert view.share(card, "surfaceRaised") > 0.3
    assert view.has_words(card)
