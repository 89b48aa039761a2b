"""Leaving: what can be chosen, the question with what runs, and how it looks in every theme and layout."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QPoint, QRectF, Qt
from PySide6.QtGui import QAccessible, QGuiApplication
from PySide6.QtTest import QTest

from berth.core.messages import ChangePower, InstanceChanged, InstanceEnded, InstanceInfo, LookAtPower, PowerState
from berth.themes.stack import choose
from berth.ui.power import Power
from tests.qml.conftest import OpenStage
from tests.qml.fakes import pump
from tests.qml.stage import SIZES, Stage, keep
from tests.qml.test_lock import THEMES, whole, words

ALL = PowerState(("suspend", "restart", "power-off"))


def settle(stage: Stage) -> None:
    """What is called later has been called, and what it laid out is drawn."""
    stage.picture()
    QCoreApplication.processEvents()
    stage.picture()


def run(stage: Stage, *names: str) -> None:
    for name in names:
        stage.engine.send(InstanceChanged(InstanceInfo(f"{name}-1", name, name.title(), "running")))
    pump(lambda: stage.shell.instance_rows.rowCount() == len(names))


def leave(stage: Stage) -> None:
    """By the button in the launcher."""
    stage.power.take(ALL)
    stage.shell.launcherOpen = True
    pump(lambda: stage.item("launcher").opacity() == 1)
    stage.click(stage.item("powerButton"))
    pump(lambda: stage.power.property("open") and not stage.item("launcher").isVisible())
    settle(stage)


def test_the_launcher_leads_to_it(open_stage: OpenStage) -> None:
    stage = open_stage()
    stage.listed()
    run(stage, "editor", "paint")
    leave(stage)
    assert not stage.shell.launcherOpen and stage.said[-1] == LookAtPower()
    assert {"Leave", "Log out", "Suspend", "Restart", "Power off", "Cancel"} <= set(words(stage))
    assert stage.item("power-log-out").property("activeFocus")
    for _step in range(3):
        stage.key(Qt.Key.Key_Down)
    stage.key(Qt.Key.Key_Return)
    settle(stage)
    shown = set(words(stage))
    assert {"Power off this machine?", "Editor", "Paint"} <= shown and any("not saved" in word for word in shown)
    assert stage.item("cancelPower").property("activeFocus")
    stage.key(Qt.Key.Key_Tab)
    stage.key(Qt.Key.Key_Return)
    settle(stage)
    assert stage.said[-1] == ChangePower("power-off") and not stage.power.property("open")


def test_it_follows_what_runs(open_stage: OpenStage) -> None:
    stage = open_stage()
    stage.listed()
    run(stage, "editor", "paint")
    stage.power.ask("log-out")
    settle(stage)
    assert {"Log out?", "Editor", "Paint"} <= set(words(stage))
    for app in ("editor", "paint"):
        stage.engine.send(InstanceEnded(f"{app}-1", app, 0))
    pump(lambda: not stage.power.property("running"))
    settle(stage)
    assert not any("not saved" in word for word in words(stage))
    assert stage.item("cancelPower").property("activeFocus")
    stage.click(stage.item("confirmPower"))
    assert stage.logged_out == 1 and not stage.said


@pytest.mark.parametrize("way", ["escape", "cancel", "beside"])
def test_it_can_be_left(open_stage: OpenStage, way: str) -> None:
    stage = open_stage()
    stage.power.take(ALL)
    stage.power.ask("restart")
    settle(stage)
    if way == "escape":
        stage.key(Qt.Key.Key_Escape)
    elif way == "cancel":
        stage.click(stage.item("cancelPower"))
    else:
        nothing = Qt.KeyboardModifier.NoModifier
        QTest.mouseClick(stage.view, Qt.MouseButton.LeftButton, nothing, QPoint(20, 20))
    settle(stage)
    assert not stage.power.property("open") and not stage.said and not stage.logged_out
    stage.power.confirm()
    assert not stage.said


def test_only_what_is_possible_is_offered_and_done(open_stage: OpenStage) -> None:
    stage = open_stage()
    stage.power.ask("power-off")
    stage.power.ask("format-disk")
    assert not stage.power.property("open")
    stage.power.show()
    settle(stage)
    assert "Power off" not in words(stage) and "Log out" in words(stage)
    stage.power.take(ALL)
    settle(stage)
    assert "Power off" in words(stage) and stage.item("power-log-out").property("activeFocus")


def test_an_app_is_named_once(open_stage: OpenStage) -> None:
    stage = open_stage()
    stage.listed()
    for number in (1, 2):
        stage.engine.send(InstanceChanged(InstanceInfo(f"e-{number}", "editor", "Editor", "running")))
    pump(lambda: stage.shell.instance_rows.rowCount() == 2)
    assert [one["name"] for one in stage.power.property("running")] == ["Editor"]


def test_before_anybody_has_logged_in_there_is_no_logging_out() -> None:
    said: list[object] = []
    power = Power(said.append)
    power.ask("log-out")
    assert not power.property("open") and power.property("choices") == [] and power.property("running") == []


def test_it_has_names(open_stage: OpenStage) -> None:
    stage = open_stage()
    stage.power.ask("log-out")
    settle(stage)
    card = QAccessible.queryAccessibleInterface(stage.item("powerCard"))
    assert card.text(QAccessible.Text.Name) == "Log out?"
    button = QAccessible.queryAccessibleInterface(stage.item("powerButton"))
    assert button.text(QAccessible.Text.Name) == "Log out or power off"


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("layout", ["Desktop", "Tablet", "Phone"])
def test_it_fits(open_stage: OpenStage, theme: str, layout: str, tmp_path: Path) -> None:
    choose(tmp_path / "config", theme)
    stage = open_stage(layout, config=tmp_path / "config")
    stage.listed()
    run(stage, *(f"app{number}" for number in range(20)))
    leave(stage)
    _check(stage, f"power-{theme}-{layout.lower()}", layout, "cancelPower")
    stage.power.ask("power-off")
    settle(stage)
    _check(stage, f"power-off-{theme}-{layout.lower()}", layout, "confirmPower")


def test_right_to_left(open_stage: OpenStage) -> None:
    QGuiApplication.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    stage = open_stage()
    stage.power.take(ALL)
    stage.power.ask("power-off")
    settle(stage)
    keep(stage.picture(), "power-off-rtl")
    assert whole(stage.item("confirmPower")).right() <= whole(stage.item("cancelPower")).left()


def _check(stage: Stage, name: str, layout: str, inner: str) -> None:
    keep(stage.picture(), name)
    card = whole(stage.item("powerCard"))
    assert QRectF(0, 0, *SIZES[layout.lower()]).contains(card) and card.contains(whole(stage.item(inner)))
