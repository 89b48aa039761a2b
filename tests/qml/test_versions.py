"""The card of an app's versions: reached and used by keyboard, whole on every screen; an update is seen before."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QAccessible, QGuiApplication
from PySide6.QtTest import QTest

from berth.core.messages import (
    AppsChanged,
    Cancel,
    ChangeVersion,
    ConfigurationChange,
    Failure,
    ImageProgress,
    InstanceChanged,
    InstanceEnded,
    ListVersions,
    PackageChange,
    ProblemInfo,
    Reply,
    RunApp,
    Signature,
    Started,
    Update,
    UpdateApp,
    VersionInfo,
    Versions,
)
from berth.core.problem import Problem
from tests.qml.conftest import OpenStage
from tests.qml.fakes import FakeEngine, app_info, instance_info, pump
from tests.qml.stage import Stage, items, keep
from tests.qml.test_run_settings import focused, tab_to

MINES = "org.gnome.Mines"
NEW, OLD, OLDEST = ("sha256:" + digit * 64 for digit in "321")
FOUND = Update(
    MINES,
    f"{MINES}:3",
    "",
    (
        PackageChange("gnome-mines", "43.1-1", "43.2-1"),
        PackageChange("libfoo", "", "5"),
        PackageChange("libbar", "1", ""),
    ),
    0,
    ("camera",),
    ("network",),
)
SCREENS = [
    ("Desktop", "light", Qt.LayoutDirection.LeftToRight),
    ("Desktop", "dark", Qt.LayoutDirection.RightToLeft),
    ("Tablet", "light", Qt.LayoutDirection.RightToLeft),
    ("Phone", "dark", Qt.LayoutDirection.LeftToRight),
    ("Phone", "light", Qt.LayoutDirection.RightToLeft),
]


class Kept:
    """The versions that the engine would have."""

    def __init__(self, engine: FakeEngine) -> None:
        self.engine = engine
        self.versions = [
            VersionInfo(f"{MINES}:3", "3", NEW, 1_760_000_000.0, 12_300_000, 1_000_000, current=True),
            VersionInfo(
                f"{MINES}:2", "2", OLD, 1_750_000_000.0, 12_000_000, 900_000, profile="Version 2", data=3_000_000
            ),
            VersionInfo(f"{MINES}:1", "1", OLDEST, 1_740_000_000.0, 11_000_000, 800_000, pinned=True),
        ]
        self.keeps_data = True
        self.refuses: Problem | None = None
        engine.apps = (app_info(MINES, "Mines", "Clear the field"),)
        engine.answers = {ListVersions: self.list, ChangeVersion: self.change, RunApp: lambda _request: Started("m-1")}

    def list(self, _request: ListVersions) -> Versions:
        return Versions(MINES, tuple(self.versions), self.keeps_data)

    def change(self, request: ChangeVersion) -> Versions:
        if self.refuses is not None:
            raise self.refuses
        chosen = next(info for info in self.versions if info.digest == request.version)
        if request.action == "remove":
            self.versions.remove(chosen)
            return msgspec.structs.replace(self.list(ListVersions(MINES)), freed=chosen.own)
        for place, info in enumerate(self.versions):
            if request.action == "use":
                self.versions[place] = msgspec.structs.replace(info, current=info is chosen)
            elif info is chosen:
                self.versions[place] = msgspec.structs.replace(info, pinned=request.action == "pin")
        return self.list(ListVersions(MINES))


@pytest.fixture
def kept(engine: FakeEngine) -> Kept:
    return Kept(engine)


def asked(open_stage: OpenStage, layout: str = "Desktop", **options: Any) -> Stage:
    """A stage with the card open, by way of the launcher and the app's menu."""
    stage = open_stage(layout, **options)
    stage.listed()
    stage.shell.launcherOpen = True
    pump(lambda: stage.item("launcher").opacity() == 1)
    QTest.keyClick(stage.view, Qt.Key.Key_Menu)
    pump(lambda: any(item.objectName() == "appMenu" for item in items(stage.view.contentItem())))
    stage.type("v")
    stage.key(Qt.Key.Key_Return)
    settled(stage)
    stage.picture()  # lays everything out
    return stage


def settled(stage: Stage) -> None:
    pump(lambda: stage.shell.versions.ready and not stage.shell._calls)


def words(stage: Stage) -> str:
    card = stage.item("versionsCard")
    return "\n".join(str(item.property("text")) for item in items(card) if item.isVisible() and item.property("text"))


def press(stage: Stage, name: str) -> None:
    tab_to(stage, name)
    stage.key(Qt.Key.Key_Return)


def begun(stage: Stage, engine: FakeEngine) -> None:
    """Looks for an update, by keyboard."""
    press(stage, "lookForUpdate")
    pump(lambda: engine.asked(UpdateApp))


def test_it_says_what_is_here(kept: Kept, open_stage: OpenStage) -> None:
    kept.versions[1] = msgspec.structs.replace(kept.versions[1], running=("m-2", "m-3"))
    stage = asked(open_stage)
    said = words(stage)
    for expected in ("Versions of Mines", "12.3 MB, of its own 1.0 MB", "its data 3.0 MB", "222222222222"):
        assert expected in said
    tags = [item for item in items(stage.item("versionsCard")) if item.metaObject().className().startswith("Tag")]
    assert [tag.property("text") for tag in tags if tag.isVisible()] == ["current", "2 running", "pinned"]


def test_versions_are_started_with_data_of_their_own_or_shared(
    kept: Kept, open_stage: OpenStage, engine: FakeEngine
) -> None:
    stage = asked(open_stage)
    press(stage, "open-3")
    press(stage, "open-2")
    press(stage, "sharedData")
    press(stage, "open-2")
    pump(lambda: len(engine.asked(RunApp)) == 3)
    assert engine.asked(RunApp) == [
        RunApp(MINES),
        RunApp(MINES, version=OLD),
        RunApp(MINES, version=OLD, share_data=True),
    ]
    assert stage.shell.versions.open, "more than one can be started"


def test_data_are_not_spoken_of_where_there_are_none(kept: Kept, open_stage: OpenStage) -> None:
    kept.keeps_data = False
    stage = asked(open_stage)
    assert not stage.item("ownData").isVisible()


def test_going_back_and_pinning(kept: Kept, open_stage: OpenStage, engine: FakeEngine) -> None:
    stage = asked(open_stage)
    assert not stage.item("use-3").isVisible()
    press(stage, "use-2")
    settled(stage)
    assert "open-2" in focused(stage) and not stage.item("use-2").isVisible() and stage.item("use-3").isVisible()
    press(stage, "pin-2")
    settled(stage)
    press(stage, "pin-1")
    settled(stage)
    assert [info.pinned for info in kept.versions] == [False, True, False]
    assert [request.action for request in engine.asked(ChangeVersion)] == ["use", "pin", "unpin"]


def test_removing_asks_in_its_place(kept: Kept, open_stage: OpenStage, engine: FakeEngine) -> None:
    stage = asked(open_stage)
    press(stage, "remove-2")
    assert "keep-2" in focused(stage)
    assert "Remove version 2? This frees 900.0 kB, and 3.0 MB if its data goes as well." in words(stage)
    stage.key(Qt.Key.Key_Escape)
    assert "remove-2" in focused(stage) and stage.shell.versions.open
    stage.key(Qt.Key.Key_Return)
    press(stage, "confirmData-2")
    settled(stage)
    assert engine.asked(ChangeVersion) == [ChangeVersion(MINES, "remove", OLD, True)]
    assert [row.version for row in stage.shell.versions._rows] == ["3", "1"]
    assert [notice.message for notice in stage.shell._notices] == ["Version 2 is removed, 900.0 kB are free again."]
    pump(lambda: "versionsCard" in focused(stage))


def test_what_cannot_be_removed_says_why(kept: Kept, open_stage: OpenStage, engine: FakeEngine) -> None:
    stage = asked(open_stage)
    press(stage, "remove-3")
    assert "This is the current version: make another one current first." in words(stage)
    press(stage, "remove-1")
    assert "This version is pinned: unpin it first." in words(stage)
    kept.versions[1] = msgspec.structs.replace(kept.versions[1], running=("m-2",))
    engine.send(InstanceChanged(instance_info("m-2", MINES, "Mines")))
    pump(lambda: "running" in words(stage))
    press(stage, "remove-2")
    assert "This version is running: close it first." in words(stage) and engine.asked(ChangeVersion) == []
    kept.versions[1] = msgspec.structs.replace(kept.versions[1], running=())
    engine.send(InstanceEnded("m-2", MINES, 0, ""))
    pump(lambda: "This version is running" not in words(stage))
    kept.refuses = Problem("version-in-use", "Version 2 of Mines is running.", "Close it first.")
    press(stage, "remove-2")
    press(stage, "confirm-2")
    settled(stage)
    assert "Version 2 of Mines is running. Close it first." in words(stage)


def test_an_update_is_seen_before_it_is_done(kept: Kept, open_stage: OpenStage, engine: FakeEngine) -> None:
    stage = asked(open_stage)
    begun(stage, engine)
    assert engine.asked(UpdateApp) == [UpdateApp(MINES, check=True)]
    pump(lambda: "cancelUpdate" in focused(stage))
    assert "Looking for an update…" in words(stage)
    engine.send(Reply(engine.number(UpdateApp), FOUND))
    settled(stage)
    pump(lambda: "getUpdate" in focused(stage))
    said = words(stage)
    for expected in (
        "Packages that change: 3.",
        "What changes",
        "Now also asks for\nthe camera",
        "No longer asks for\nnetwork",
        "gnome-mines\n43.2-1 instead of 43.1-1",
        "libfoo\nnew: 5",
        "libbar\ngoes (was 1)",
    ):
        assert expected in said
    stage.key(Qt.Key.Key_Return)
    pump(lambda: len(engine.asked(UpdateApp)) == 2)
    assert engine.asked(UpdateApp)[1] == UpdateApp(MINES)
    engine.send(ImageProgress(MINES, "Installing packages for Mines", 0.4, 20.0))
    pump(lambda: "Installing packages for Mines" in words(stage))
    assert stage.shell.versions.fraction == pytest.approx(0.4)
    kept.versions.insert(0, VersionInfo(f"{MINES}:4", "4", "sha256:" + "4" * 64, 1_770_000_000.0, 9, 9, current=True))
    engine.send(Reply(engine.number(UpdateApp), msgspec.structs.replace(FOUND, new=f"{MINES}:4", grown=-2_000_000)))
    settled(stage)
    assert "Mines is up to date. It needs 2.0 MB less." in words(stage) and "What has changed" in words(stage)
    assert next(iter(stage.shell.versions._rows)).version == "4"


def test_an_update_of_a_registry_gets_what_was_shown(kept: Kept, open_stage: OpenStage, engine: FakeEngine) -> None:
    source = f"docker.io/some/thing:1@{NEW}"
    configuration = (ConfigurationChange("command", "/bin/a", "/bin/b"), ConfigurationChange("environment.X", "", "1"))
    stage = asked(open_stage)
    begun(stage, engine)
    found = Update(
        MINES,
        f"{MINES}:3",
        "",
        (),
        configuration=configuration,
        fetch=5_000_000,
        source=source,
        signature=Signature("signed", "Some Maker"),
    )
    engine.send(Reply(engine.number(UpdateApp), found))
    settled(stage)
    said = words(stage)
    assert "There is a newer image. 5.0 MB have to be fetched." in said
    assert "Signature\nsigned by Some Maker" in said
    assert "Command\n/bin/b instead of /bin/a" in said and "X\nnew: 1" in said
    press(stage, "getUpdate")
    pump(lambda: len(engine.asked(UpdateApp)) == 2)
    assert engine.asked(UpdateApp)[1] == UpdateApp(MINES, reference=source)


def test_an_update_is_given_up_and_refused(kept: Kept, open_stage: OpenStage, engine: FakeEngine) -> None:
    stage = asked(open_stage)
    begun(stage, engine)
    number = engine.number(UpdateApp)
    pump(lambda: "cancelUpdate" in focused(stage))
    stage.key(Qt.Key.Key_Return)
    pump(lambda: Cancel(number) in engine.messages)
    engine.send(Failure(number, ProblemInfo("cancelled", "Cancelled.")))
    settled(stage)
    assert stage.shell.versions.step == "" and stage.shell.notices.count == 0
    begun(stage, engine)
    pump(lambda: len(engine.asked(UpdateApp)) == 2)
    engine.send(
        Failure(engine.number(UpdateApp), ProblemInfo("not-updatable", "There is nowhere to ask.", "Import it."))
    )
    settled(stage)
    assert "There is nowhere to ask. Import it." in words(stage)
    begun(stage, engine)
    pump(lambda: len(engine.asked(UpdateApp)) == 3)
    engine.send(Reply(engine.number(UpdateApp), Update(MINES, f"{MINES}:3", "", ())))
    settled(stage)
    assert "There is nothing newer for Mines." in words(stage) and not stage.item("getUpdate").isVisible()


def test_an_update_goes_on_when_the_card_is_closed(kept: Kept, open_stage: OpenStage, engine: FakeEngine) -> None:
    stage = asked(open_stage)
    begun(stage, engine)
    engine.send(Reply(engine.number(UpdateApp), FOUND))
    settled(stage)
    press(stage, "getUpdate")
    pump(lambda: len(engine.asked(UpdateApp)) == 2)
    stage.key(Qt.Key.Key_Escape)
    pump(lambda: not stage.shell.versions.open)
    assert stage.shell.launcherOpen and stage.item("search").hasActiveFocus(), "one thing after the other"
    number = engine.number(UpdateApp)
    stage.shell.versions.ask(MINES)
    pump(lambda: stage.shell.versions.step == "updating")
    stage.shell.versions.close()
    engine.send(Reply(number, msgspec.structs.replace(FOUND, new=f"{MINES}:4", grown=1_000_000)))
    pump(lambda: stage.shell.notices.count)
    assert "Mines is up to date. It needs 1.0 MB more." in [notice.message for notice in stage.shell._notices]
    assert not any(isinstance(message, Cancel) for message in engine.messages)


def test_the_panel_gives_an_update_up(kept: Kept, open_stage: OpenStage, engine: FakeEngine) -> None:
    stage = asked(open_stage)
    begun(stage, engine)
    stage.shell.cancelBuild(MINES)
    pump(lambda: Cancel(engine.number(UpdateApp)) in engine.messages)


def test_what_changes_elsewhere_is_followed(kept: Kept, open_stage: OpenStage, engine: FakeEngine) -> None:
    stage = asked(open_stage)
    del kept.versions[2]
    engine.send(AppsChanged(engine.apps))
    pump(lambda: stage.shell.versions.rows.count == 2)
    engine.drop()
    pump(lambda: not stage.shell.versions.open)


def test_the_keyboard_stays_in_the_card(kept: Kept, open_stage: OpenStage) -> None:
    stage = asked(open_stage)
    for key in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
        met = []
        for _ in range(30):
            stage.key(key)
            met.append(focused(stage))
        assert all("versionsCard" in names.split() for names in met), met
        assert any("leaveVersions" in names for names in met) and any("lookForUpdate" in names for names in met)


@pytest.mark.parametrize(("layout", "scheme", "direction"), SCREENS, ids=lambda value: getattr(value, "name", value))
def test_it_is_whole_on_every_screen(
    kept: Kept, open_stage: OpenStage, engine: FakeEngine, layout: str, scheme: str, direction: Qt.LayoutDirection
) -> None:
    QGuiApplication.setLayoutDirection(direction)
    stage = asked(open_stage, layout, scheme=scheme)
    begun(stage, engine)
    engine.send(Reply(engine.number(UpdateApp), FOUND))
    settled(stage)
    picture = stage.picture()
    keep(picture, f"versions-{layout}-{scheme}-{'rtl' if direction.name == 'RightToLeft' else 'ltr'}".lower())
    card = stage.item("versionsCard")
    first, last = card.mapToScene(QPointF(0, 0)), card.mapToScene(QPointF(card.width(), card.height()))
    assert first.x() >= 0 and last.x() <= stage.view.width()
    assert first.y() >= 0 and last.y() <= stage.view.height()
    for item in items(card):
        kind = item.metaObject().className()
        if item.isVisible() and item.width() and kind.startswith(("Button", "IconButton", "Choice", "Label", "Tag")):
            left, right = sorted((item.mapToScene(QPointF(0, 0)).x(), item.mapToScene(QPointF(item.width(), 0)).x()))
            assert first.x() <= left and right <= last.x(), item.property("text")
    changes, update = stage.item("updateChanges"), stage.item("updateMessage")
    assert changes.mapToScene(QPointF(0, 0)).y() + changes.height() <= update.mapToScene(QPointF(0, 0)).y()
    ground = picture.pixelColor(int(first.x() + card.width() / 2), int(first.y()) + 6).lightnessF()
    assert ground > 0.8 if scheme == "light" else ground < 0.4
    assert stage.item("getUpdate").isVisible() and stage.scene.keyboardCaptured
    named = QAccessible.queryAccessibleInterface(stage.item("version-3"))
    assert named.text(QAccessible.Text.Name) == "Version 3" and "current" in named.text(QAccessible.Text.Description)
