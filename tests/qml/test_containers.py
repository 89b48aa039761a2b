"""Rules in ``@container`` on the running desktop: how large an element is changes what is inside of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtQml import QQmlComponent, QQmlPropertyMap
from PySide6.QtQuick import QQuickItem

from berth.ui import containers
from berth.ui import styles as styles_module
from tests.qml.conftest import OpenStage, save
from tests.qml.fakes import pump
from tests.qml.stage import Stage, items

_CARDS = b"""
import QtQuick
import "components"
Item {
    Repeater {
        model: 2
        Box {
            id: card
            required property int index
            property real wanted: 300
            objectName: "card" + index
            element: "card"
            width: wanted + inner.look.letterSpacing
            height: 100
            Box {
                id: inner
                objectName: "inner" + card.index
                element: "card button"
            }
        }
    }
}
"""


@pytest.fixture
def stage(theme: Path, tmp_path: Path, open_stage: OpenStage) -> Stage:
    stage = open_stage(themes=[theme.parent], config=tmp_path / "config")
    stage.listed()
    component = QQmlComponent(stage.qml_engine)
    component.setData(_CARDS, QUrl.fromLocalFile(f"{stage.qml}/cards.qml"))
    cards = component.create()
    assert isinstance(cards, QQuickItem), component.errors()
    cards.setParentItem(stage.view.contentItem())
    return stage


def opacities(stage: Stage) -> list[float]:
    looks = [stage.item(f"inner{index}").property("look") for index in (0, 1)]
    assert all(isinstance(look, QQmlPropertyMap) for look in looks)
    return [float(look.value("opacity")) for look in looks]


def resize(stage: Stage, index: int, width: float) -> None:
    stage.item(f"card{index}").setProperty("wanted", width)


WIDE = (
    "card { container-type: inline-size; border: 0; padding: 0 } @container (width > 400px) { button { opacity: 0.5 } }"
)


def test_each_is_asked_for_itself(stage: Stage, theme: Path) -> None:
    save(stage, theme, WIDE)
    assert opacities(stage) == [1, 1]
    resize(stage, 1, 500)
    pump(lambda: opacities(stage) == [1, 0.5])
    resize(stage, 0, 401)
    pump(lambda: opacities(stage) == [0.5, 0.5])
    resize(stage, 1, 400)
    pump(lambda: opacities(stage) == [0.5, 1])
    # The rule goes while it holds.
    save(stage, theme, "card { container-type: inline-size }")
    assert opacities(stage) == [1, 1]
    assert not any(item.property("dressed") for item in items(stage.view.contentItem()))


def test_the_room_inside_of_borders_and_paddings_counts(stage: Stage, theme: Path) -> None:
    save(stage, theme, f"{WIDE} card {{ border: 10px solid; padding: 0 20px }}")
    resize(stage, 0, 460)
    resize(stage, 1, 461)
    pump(lambda: opacities(stage) == [1, 0.5])


def test_names_and_heights(stage: Stage, theme: Path) -> None:
    asks = "@container of-cards (height < 200px) and (orientation: landscape) { button { opacity: 0.5 } }"
    save(stage, theme, f"card {{ container: of-cards / size }} {asks}")
    pump(lambda: opacities(stage) == [0.5, 0.5])
    stage.item("card1").setProperty("height", 250)
    pump(lambda: opacities(stage) == [0.5, 1])
    save(stage, theme, f"card {{ container: of-others / size }} {asks}")
    assert opacities(stage) == [1, 1]


def test_the_desktop_is_as_large_as_media_queries_say(stage: Stage, theme: Path) -> None:
    size = "desktop { container-type: size }"
    save(stage, theme, f"{size} @container (width = 1280px) and (height = 800px) {{ card button {{ opacity: 0.5 }} }}")
    assert opacities(stage) == [0.5, 0.5]
    save(stage, theme, f"{size} @container (width > 1280px) {{ card button {{ opacity: 0.5 }} }}")
    assert opacities(stage) == [1, 1]


def test_a_look_changes_where_a_condition_turns_alone(stage: Stage, theme: Path) -> None:
    save(stage, theme, WIDE)
    resize(stage, 0, 500)
    pump(lambda: opacities(stage) == [0.5, 1])
    wide = stage.item("inner0").property("look")
    follower = stage.styles._inside
    made = len(stage.styles.engine._styles)
    for width in range(500, 600):
        resize(stage, 0, width)
        assert not follower._soon.isActive()
    assert stage.item("inner0").property("look") is wide
    # Alike ones share a look, whatever their sizes.
    resize(stage, 1, 444)
    pump(lambda: opacities(stage) == [0.5, 0.5])
    assert stage.item("inner1").property("look") is wide
    assert len(stage.styles.engine._styles) <= made


def test_one_that_turns_itself_stays_as_it_is_and_is_told_of(
    stage: Stage, theme: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(stage.styles, "_tell", lambda problem: told.append(problem.code))
    turns = "@container (width > 290px) { card button { letter-spacing: -20px; opacity: 0.5 } }"
    save(stage, theme, f"card {{ container-type: inline-size; border: 0; padding: 0 }} {turns}")
    pump(lambda: bool(told))
    assert set(told) == {"theme-container"}
    assert not stage.styles._inside._soon.isActive()
    # What is sound holds again with the next sheet.
    save(stage, theme, WIDE)
    resize(stage, 0, 500)
    pump(lambda: opacities(stage) == [0.5, 1])


def test_too_many_conditions_are_told_of(stage: Stage, theme: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(stage.styles, "_tell", lambda problem: told.append(problem.code))
    many = "".join(f"@container (width > {n}px) {{ card button {{ opacity: 0.5 }} }}" for n in range(65))
    save(stage, theme, f"card {{ container-type: inline-size }} {many}")
    assert told == ["theme-container"]
    assert opacities(stage) == [1, 1]
    assert containers.MOST_QUERIES == styles_module.MOST_QUERIES == 64


def test_the_inspector_tells_of_rules_that_hold(stage: Stage, theme: Path) -> None:
    save(stage, theme, WIDE)
    resize(stage, 0, 500)
    pump(lambda: opacities(stage) == [0.5, 1])
    for index, expected in enumerate((0.5, 1)):
        inspector = stage.inspector
        inspector.open = True
        inspector._select("card button", stage.item(f"inner{index}"))
        assert inspector._matched is not None
        opacity = inspector._matched._provenance.style.values["opacity"]
        assert float(opacity.value) == expected
