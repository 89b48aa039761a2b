"""The card that says what an app is: from the menu of the launcher, by keyboard, in every layout and direction."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from berth.core.messages import Signature
from tests.qml.conftest import OpenStage
from tests.qml.fakes import FakeEngine, app_info, pump, wants
from tests.qml.stage import Stage, items, keep, kind

MINES = "org.gnome.Mines"


def asked(engine: FakeEngine, open_stage: OpenStage, layout: str = "Desktop", **fields: object) -> Stage:
    """A stage with the card open, by way of the launcher and the app's menu."""
    engine.apps = (app_info(MINES, "Mines", "Clear the field", **fields),)
    stage = open_stage(layout)
    stage.listed()
    stage.shell.launcherOpen = True
    pump(lambda: stage.item("launcher").opacity() == 1)
    QTest.keyClick(stage.view, Qt.Key.Key_Menu)
    pump(lambda: any(item.objectName() == "appMenu" for item in items(stage.view.contentItem())))
    passed: set[str] = set()
    while (entry := str(stage.view.activeFocusItem().property("text"))) != "What it is…":
        assert entry not in passed, f"no such entry: {passed}"
        passed.add(entry)
        stage.key(Qt.Key.Key_Down)
    stage.key(Qt.Key.Key_Return)
    pump(lambda: stage.shell.about.open)
    stage.picture()
    return stage


def words(stage: Stage) -> list[str]:
    card = stage.item("aboutCard")
    return [str(item.property("text")) for item in items(card) if item.isVisible() and item.property("text")]


@pytest.mark.parametrize("layout", ["Desktop", "Tablet", "Phone"])
@pytest.mark.parametrize("direction", [Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft])
def test_it_says_all_there_is_to_know(
    open_stage: OpenStage, engine: FakeEngine, layout: str, direction: Qt.LayoutDirection
) -> None:
    QGuiApplication.setLayoutDirection(direction)
    stage = asked(
        engine,
        open_stage,
        layout,
        publisher="The GNOME Project",
        licence="GPL-3.0-or-later",
        homepage="https://wiki.gnome.org/Apps/Mines",
        size=3_900_000,
        permissions=(wants("network"),),
    )
    said = words(stage)
    for expected in (
        "Mines",
        "Clear the field",
        "The GNOME Project",
        "GPL-3.0-or-later",
        "3.9 MB",
        "/manifests/x.toml",
    ):
        assert expected in said
    assert any(text.startswith("asks for network: “") for text in said)
    keep(stage.picture(), f"about-{layout.lower()}-{'rtl' if direction.name == 'RightToLeft' else 'ltr'}")
    card = stage.item("aboutCard")
    last = card.mapToScene(QPointF(card.width(), card.height()))
    assert 0 < last.x() <= stage.view.width() and last.y() <= stage.view.height()
    assert stage.item("closeAbout").hasActiveFocus() and stage.scene.keyboardCaptured


def test_a_size_that_is_only_expected_is_called_so(open_stage: OpenStage, engine: FakeEngine) -> None:
    said = words(asked(engine, open_stage, image="", image_state="missing", version="", size=18 << 20))
    assert "about 18.9 MB, once it is built" in said
    assert "Licence" not in said and "Signature" not in said and "Version" not in said, "what is not known is left out"


@pytest.mark.parametrize(
    ("signature", "words_for_it"),
    [
        (Signature("signed", "Acme", "ab" * 32), "signed by Acme"),
        (Signature("untrusted"), "signed by a key that you do not trust"),
        (Signature("unsigned"), "not signed"),
    ],
)
def test_who_has_signed_it(open_stage: OpenStage, engine: FakeEngine, signature: Signature, words_for_it: str) -> None:
    said = words(asked(engine, open_stage, signature=signature))
    assert said[said.index("Signature") + 1] == words_for_it


@pytest.mark.parametrize("key", [Qt.Key.Key_Escape, Qt.Key.Key_Return])
def test_it_closes_by_keyboard_and_the_launcher_has_the_keys_again(
    open_stage: OpenStage, engine: FakeEngine, key: Qt.Key
) -> None:
    stage = asked(engine, open_stage)
    stage.key(key)
    pump(lambda: not stage.shell.about.open)
    assert stage.shell.launcherOpen and stage.item("search").hasActiveFocus()


def test_the_keyboard_stays_in_the_card(open_stage: OpenStage, engine: FakeEngine) -> None:
    stage = asked(engine, open_stage)
    for key in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
        for _ in range(3):
            stage.key(key)
            assert stage.item("closeAbout").hasActiveFocus()


@pytest.mark.parametrize("direction", [Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft])
def test_what_is_told_lies_beside_the_scroll_bar(
    open_stage: OpenStage, engine: FakeEngine, direction: Qt.LayoutDirection
) -> None:
    QGuiApplication.setLayoutDirection(direction)
    pictures = tuple(f"https://example.org/{number}.png" for number in range(40))
    stage = asked(engine, open_stage, "Phone", screenshots=pictures)
    card = stage.item("aboutCard")
    bar = next(item for item in items(card) if kind(item).startswith("ScrollBar"))
    assert bar.isVisible()
    left = bar.mapToScene(QPointF(0, 0)).x()
    for item in items(card):
        if str(item.property("text") or "").startswith("https://"):
            begin = item.mapToScene(QPointF(0, 0)).x()
            assert begin + item.width() <= left or left + bar.width() <= begin


def test_nothing_opens_for_an_app_that_is_gone(open_stage: OpenStage, engine: FakeEngine) -> None:
    stage = open_stage()
    stage.shell.about.ask("org.example.Gone")
    assert not stage.shell.about.open
