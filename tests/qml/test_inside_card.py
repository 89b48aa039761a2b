"""The card that looks into a running app: from both menus, by keyboard, whole on every screen; it hides no news."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QAccessible, QGuiApplication
from PySide6.QtTest import QTest

from berth.core import inside as i
from berth.core.messages import Done, InstanceChanged, InstanceEnded, InstanceInside, LookInside, OpenShell
from berth.core.problem import Problem
from berth.ui.inside_rows import SECTIONS, inside_rows
from tests.qml.conftest import OpenStage
from tests.qml.fakes import FakeEngine, app_info, instance_info, pump
from tests.qml.stage import Stage, items, keep
from tests.qml.test_run_settings import focused, tab_to

MINES = "org.gnome.Mines"
NOTHING = i.Capabilities((), (), (), (), ())
FOUND = i.Inside(
    instance="mines-1",
    runtime="bubblewrap",
    processes=(
        i.ProcessInside(1, 4241, 0, "bwrap", "bwrap --args 12", 1_000_000, 0.0, 1),
        i.ProcessInside(2, 4242, 1, "gnome-mines", "/usr/games/gnome-mines --big", 61_000_000, 1.5, 5),
    ),
    namespaces=tuple(i.NamespaceInside(kind, 4026532000, kind == "time") for kind in ("user", "mnt", "net", "time")),
    mounts=(
        i.MountInside("/", "/images/rootfs/1", "ext4", "ro", False, "image"),
        i.MountInside("/home/berth", "/data/apps/mines", "ext4", "rw", True, "home"),
        i.MountInside("/proc", "proc", "proc", "rw", True, "kernel"),
        i.MountInside("/dev", "tmpfs", "tmpfs", "rw", True, "kernel"),
    ),
    capabilities=NOTHING,
    seccomp=i.Seccomp("filter", 1, ("bpf", "mount"), ("socket",)),
    no_new_privileges=True,
    uid=1001,
    uid_map=(i.IdRange(1000, 1001, 1),),
    gid_map=(),
    limits=(i.ResourceLimit("open files", 256, 4096, "files"), i.ResourceLimit("stack size", 1, -1, "bytes")),
    group=i.ControlGroup(2, "/g", 62_000_000, 512_000_000, 6, 514, 1.5, 0.5),
    sockets=(
        i.SocketInside("unix", "connected", "", "", False, (2,)),
        i.SocketInside("unix", "connected", "", "wayland-0", True, (2,)),
    ),
    devices=(i.DeviceInside("lo", 1, 1),),
    environment=(),
    files=(i.FileInside("/home/berth/scores", 2, "home"),),
    directory="/usr/share/games",
    stop_signal="SIGQUIT",
)
BARE = msgspec.structs.replace(
    FOUND,
    runtime="docker",
    mounts=(i.MountInside("/run/folders/P", "/home/me/P", "ext4", "rw", True, "folder", "folder-write:/home/me/P"),),
    capabilities=msgspec.structs.replace(NOTHING, effective=("net_admin",)),
    seccomp=i.Seccomp("off", 0),
    no_new_privileges=False,
    uid=0,
    uid_map=(i.IdRange(0, 0, 4294967295),),
    group=None,
    sockets=(i.SocketInside("tcp", "connected", "10.0.2.100:41000", "192.0.2.7:443", False, (2,)),),
    devices=(i.DeviceInside("tap0", 1, 1),),
    hidden=("environment",),
    left_out=("mounts",),
)


@pytest.fixture
def engine_with(engine: FakeEngine) -> FakeEngine:
    engine.apps = (app_info(MINES, "Mines", "Clear the field"),)
    engine.answers = {LookInside: lambda _request: InstanceInside(FOUND)}
    return engine


def asked(engine: FakeEngine, open_stage: OpenStage, layout: str = "Desktop", **options: Any) -> Stage:
    """A stage with the card open, by way of the launcher and the app's menu."""
    stage = open_stage(layout, **options)
    stage.listed()
    engine.send(InstanceChanged(instance_info("mines-1", MINES, "Mines")))
    pump(lambda: stage.shell.instances.count == 1)
    stage.shell.launcherOpen = True
    pump(lambda: stage.item("launcher").opacity() == 1)
    QTest.keyClick(stage.view, Qt.Key.Key_Menu)
    pump(lambda: any(item.objectName() == "appMenu" for item in items(stage.view.contentItem())))
    stage.type("s")
    stage.key(Qt.Key.Key_Return)
    pump(lambda: stage.shell.inside.ready and not stage.shell._calls)
    stage.picture()  # lays everything out
    return stage


def words(stage: Stage) -> str:
    card = stage.item("insideCard")
    return "\n".join(str(item.property("text")) for item in items(card) if item.isVisible() and item.property("text"))


def text_of(found: i.Inside, section: str) -> list[tuple[str, str, bool]]:
    return [(row.label, row.text, row.notable) for row in inside_rows(found, section)]


def test_it_is_reached_and_read_by_keyboard(engine_with: FakeEngine, open_stage: OpenStage) -> None:
    stage = asked(engine_with, open_stage)
    said = words(stage)
    for expected in (
        "Inside Mines",
        "What the system itself says about it, at this moment.",
        "It runs as nobody you know: user 1000 inside, 1001 outside.",
        "62.0 MB of at most 512.0 MB",
        "It has no way to any network.",
        "/usr/share/games",
        "SIGQUIT",
    ):
        assert expected in said
    for section in list(SECTIONS)[1:]:
        tab_to(stage, f"inside-{section}")
        stage.key(Qt.Key.Key_Return)
        assert stage.shell.inside.section == section and stage.shell.inside.sentence in words(stage)
        assert all(row.label in words(stage) for row in stage.shell.inside._rows)
    assert engine_with.asked(LookInside) == [LookInside("mines-1")], "nothing is asked again by itself"
    tab_to(stage, "lookAgain")
    stage.key(Qt.Key.Key_Return)
    pump(lambda: len(engine_with.asked(LookInside)) == 2 and not stage.shell._calls)
    stage.key(Qt.Key.Key_Escape)
    pump(lambda: not stage.shell.inside.open)
    assert stage.shell.launcherOpen and stage.item("search").hasActiveFocus(), "one thing after the other"


def test_the_keyboard_stays_in_the_card(engine_with: FakeEngine, open_stage: OpenStage) -> None:
    stage = asked(engine_with, open_stage)
    for key in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
        met = []
        for _ in range(12):
            stage.key(key)
            met.append(focused(stage))
        assert all("insideCard" in names.split() for names in met), met
        assert any("leaveInside" in names for names in met) and any("lookAgain" in names for names in met)


def test_it_follows_what_happens(engine_with: FakeEngine, open_stage: OpenStage) -> None:
    stage = asked(engine_with, open_stage)

    def refuse(_request: LookInside) -> InstanceInside:
        raise Problem("instance-gone", "The instance mines-1 has ended, or is just starting.")

    engine_with.answers = {LookInside: refuse}
    stage.shell.inside.look()
    pump(lambda: "has ended, or is just starting" in words(stage))
    engine_with.send(InstanceEnded("mines-1", MINES, 0, ""))
    pump(lambda: not stage.shell.inside.open)
    stage.shell.inside.ask(MINES)
    stage.shell.inside.askInstance("mines-1")
    assert not stage.shell.inside.open, "nothing runs"


def test_a_terminal_is_opened_inside(engine_with: FakeEngine, open_stage: OpenStage) -> None:
    stage = asked(engine_with, open_stage)

    def refuse(_request: OpenShell) -> Done:
        raise Problem("terminal-not-lent", "No terminal can be lent: what keeps it has ended.")

    engine_with.answers |= {OpenShell: refuse}
    tab_to(stage, "openShell")
    stage.key(Qt.Key.Key_Return)
    pump(lambda: "No terminal can be lent: what keeps it has ended." in words(stage))
    engine_with.answers |= {OpenShell: lambda _request: Done()}
    stage.key(Qt.Key.Key_Return)
    pump(lambda: not stage.shell.inside.open)
    assert not stage.shell.launcherOpen, "nothing lies over the window"
    assert engine_with.asked(OpenShell) == [OpenShell("mines-1")] * 2


def test_an_engine_that_is_gone_closes_it(engine_with: FakeEngine, open_stage: OpenStage) -> None:
    stage = asked(engine_with, open_stage)
    engine_with.drop()
    pump(lambda: not stage.shell.inside.open)


@pytest.mark.parametrize("layout", ["Desktop", "Tablet", "Phone"])
@pytest.mark.parametrize(
    ("direction", "scheme"),
    [(Qt.LayoutDirection.LeftToRight, "light"), (Qt.LayoutDirection.RightToLeft, "dark")],
)
def test_it_is_whole_on_every_screen(
    engine_with: FakeEngine, open_stage: OpenStage, layout: str, scheme: str, direction: Qt.LayoutDirection
) -> None:
    QGuiApplication.setLayoutDirection(direction)
    stage = asked(engine_with, open_stage, layout, scheme=scheme)
    stage.shell.inside.showSection("files")
    picture = stage.picture()
    keep(picture, f"inside-{layout}-{scheme}-{'rtl' if direction.name == 'RightToLeft' else 'ltr'}".lower())
    card = stage.item("insideCard")
    first, last = card.mapToScene(QPointF(0, 0)), card.mapToScene(QPointF(card.width(), card.height()))
    assert first.x() >= 0 and last.x() <= stage.view.width()
    assert first.y() >= 0 and last.y() <= stage.view.height()
    for item in items(card):
        kind = item.metaObject().className()
        if item.isVisible() and item.width() and kind.startswith(("Button", "IconButton", "Choice", "Label")):
            left, right = sorted((item.mapToScene(QPointF(0, 0)).x(), item.mapToScene(QPointF(item.width(), 0)).x()))
            assert first.x() <= left and right <= last.x(), item.property("text")
    ground = picture.pixelColor(int(first.x() + card.width() / 2), int(first.y()) + 6).lightnessF()
    assert ground > 0.8 if scheme == "light" else ground < 0.4
    assert stage.scene.keyboardCaptured
    named = QAccessible.queryAccessibleInterface(card)
    assert named.text(QAccessible.Text.Name) == "Inside Mines"
    entry = next(item for item in items(card) if item.metaObject().className().startswith("InsideEntry"))
    told = QAccessible.queryAccessibleInterface(entry).text(QAccessible.Text.Name)
    assert told == "/, the app’s image, may only read, /images/rootfs/1"


def test_a_confined_app_in_words(engine_with: FakeEngine, open_stage: OpenStage) -> None:
    assert not any(row.notable for section in SECTIONS for row in inside_rows(FOUND, section))
    processes = text_of(FOUND, "processes")
    assert processes[1][:2] == (
        "2  gnome-mines",
        "61.0 MB, 1.5 s of the processor, number 4242 outside\n/usr/games/gnome-mines --big",
    )
    files = text_of(FOUND, "files")
    assert ("/home/berth", "its own data, may write, /data/apps/mines", False) in files
    assert ("/proc, /dev, /sys", "2 places with the kernel’s own files", False) in files
    assert ("/home/berth/scores", "Process 2 has it open for writing.", False) in files
    assert ("The desktop", "wayland-0, connected", False) in text_of(FOUND, "connections")
    limits = text_of(FOUND, "limits")
    assert ("Processes", "6 of at most 514", False) in limits and ("Processors, at most", "0.5", False) in limits
    assert ("open files", "at most 4096 for each process", False) in limits and "stack size" not in str(limits)
    isolation = text_of(FOUND, "isolation")
    assert ("Network", "its own", False) in isolation and ("Clocks", "the same as the desktop’s", False) in isolation
    assert ("Refused system calls", "bpf, mount", False) in isolation


def test_an_app_that_may_more_in_words() -> None:
    overview = text_of(BARE, "overview")
    assert ("Who it is", "User 0 inside, 0 outside.", True) in overview
    assert ("Power over the system", "net_admin", True) in overview
    assert ("Network", "It has a way out: tap0", True) in overview
    assert ("Folders of yours", "/home/me/P", True) in overview
    assert ("Not visible to you", "its variables", True) in overview
    assert ("Too much to show all of", "its files", True) in overview
    assert ("TCP", "192.0.2.7:443, connected", True) in text_of(BARE, "connections")
    assert "Only each of its processes is limited, not all of them together." in str(text_of(BARE, "limits"))
    isolation = text_of(BARE, "isolation")
    assert ("Refused system calls", "none: they are not filtered", True) in isolation
    assert ("More of it later", "A program that it starts may get more.", True) in isolation
    many = msgspec.structs.replace(BARE, processes=BARE.processes * 200)
    assert text_of(many, "processes")[-1] == ("and 200 more", "", False)
