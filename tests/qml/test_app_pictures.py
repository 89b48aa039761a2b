"""Pictures of an app in the catalogue: in a row, and large, by pointer, finger and keyboard."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtQuick import QQuickItem
from PySide6.QtTest import QTest

from berth.core.messages import AppPicture, AppsChanged
from tests.picture import Picture
from tests.qml.conftest import OpenStage
from tests.qml.fakes import FakeEngine, app_info, pump
from tests.qml.stage import Stage, items, keep
from tests.qml.test_pictures import _png as png

KATE = "org.kde.kate"
COLOURS = {"red": (200, 30, 30), "green": (30, 150, 30), "blue": (30, 30, 200)}
LEFT_TO_RIGHT, RIGHT_TO_LEFT = Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft

Opened = Callable[..., Stage]


def pictures(folder: Path) -> tuple[AppPicture, ...]:
    found = []
    for name, colour in COLOURS.items():
        Image.new("RGB", (640, 400), colour).save(folder / f"{name}.webp", lossless=True)
        found.append(AppPicture(str(folder / f"{name}.webp"), f"A {name} one", 640, 400))
    return tuple(found)


@pytest.fixture
def opened(engine: FakeEngine, open_stage: OpenStage, tmp_path: Path) -> Opened:
    def show(layout: str = "Desktop", shown: tuple[AppPicture, ...] | None = None, **tokens: object) -> Stage:
        found = pictures(tmp_path) if shown is None else shown
        engine.apps = (
            app_info(KATE, "Kate", "An editor", source=str(tmp_path / "kate.toml"), pictures=found),
            app_info("org.example.Plain", "Plain"),
        )
        stage = open_stage(layout, **tokens)
        stage.listed()
        stage.shell.showCatalogue(KATE)
        pump(lambda: visible(stage, "openApp"))
        stage.picture()
        return stage

    return show


def visible(stage: Stage, name: str) -> QQuickItem | None:
    return next((item for item in items(stage.view.contentItem()) if shown_as(item, name)), None)


def shown_as(item: QQuickItem, name: str) -> bool:
    return item.objectName() == name and item.isVisible()


def there(stage: Stage, name: str) -> QQuickItem:
    item = visible(stage, name)
    assert item is not None, f"{name} is not there"
    return item


def colour_at(stage: Stage, place: QPointF, name: str) -> bool:
    at = Picture(png(stage.picture())).at(int(place.x()), int(place.y()))
    return max(abs(a - b) for a, b in zip(at, COLOURS[name], strict=True)) < 12


def middle(item: QQuickItem) -> QPointF:
    return item.mapToScene(QPointF(item.width() / 2, item.height() / 2))


def large(stage: Stage, name: str) -> bool:
    """Whether the picture of this colour fills the middle of the card."""
    stage.picture()
    return visible(stage, "largePictures") is not None and colour_at(stage, middle(there(stage, "largePictures")), name)


@pytest.mark.parametrize("layout", ["Desktop", "Tablet", "Phone"])
@pytest.mark.parametrize("direction", [LEFT_TO_RIGHT, RIGHT_TO_LEFT])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_row_and_large_picture_are_inside_the_screen(
    opened: Opened, layout: str, direction: Qt.LayoutDirection, scheme: str
) -> None:
    QGuiApplication.setLayoutDirection(direction)
    stage = opened(layout, scheme=scheme)
    name = f"{layout.lower()}-{scheme}-{'rtl' if direction == RIGHT_TO_LEFT else 'ltr'}"
    first = there(stage, "picture-0")
    pump(lambda: colour_at(stage, middle(first), "red"))
    keep(stage.picture(), f"app-pictures-{name}")
    assert (middle(first).x() > stage.view.width() / 2) == (direction == RIGHT_TO_LEFT) or layout == "Phone"
    stage.click(first)
    pump(lambda: large(stage, "red"))
    keep(stage.picture(), f"app-picture-{name}")
    whole = QRectF(0, 0, stage.view.width(), stage.view.height())
    for part in ("pictureCard", "closePicture", "previousPicture", "nextPicture"):
        item = there(stage, part)
        assert whole.contains(item.mapRectToScene(QRectF(0, 0, item.width(), item.height()))), part


def test_by_keyboard_alone(opened: Opened) -> None:
    stage = opened()
    for _ in range(12):
        if there(stage, "picture-0").hasActiveFocus():
            break
        stage.key(Qt.Key.Key_Tab)
    assert there(stage, "picture-0").hasActiveFocus()
    stage.key(Qt.Key.Key_Right)
    assert there(stage, "picture-1").hasActiveFocus()
    stage.key(Qt.Key.Key_Return)
    assert stage.shell.catalogue.enlarged == 1
    pump(lambda: large(stage, "green"))
    stage.key(Qt.Key.Key_Right)
    pump(lambda: large(stage, "blue"))
    stage.key(Qt.Key.Key_Right)
    assert stage.shell.catalogue.enlarged == 2, "it is the last one"
    stage.key(Qt.Key.Key_Left)
    stage.key(Qt.Key.Key_Left)
    pump(lambda: large(stage, "red"))
    assert stage.shell.catalogue.caption == "A red one"
    stage.key(Qt.Key.Key_Escape)
    assert stage.shell.catalogue.enlarged == -1 and stage.shell.catalogue.app == KATE
    pump(lambda: any(there(stage, f"picture-{number}").hasActiveFocus() for number in range(3)))


def test_arrow_keys_go_the_way_that_the_row_goes(opened: Opened) -> None:
    QGuiApplication.setLayoutDirection(RIGHT_TO_LEFT)
    stage = opened()
    stage.shell.catalogue.enlarge(0)
    pump(lambda: large(stage, "red"))
    stage.key(Qt.Key.Key_Left)
    pump(lambda: large(stage, "green"))
    stage.key(Qt.Key.Key_Right)
    pump(lambda: large(stage, "red"))


def test_buttons_and_a_press_beside_it(opened: Opened) -> None:
    stage = opened()
    stage.shell.catalogue.enlarge(0)
    pump(lambda: large(stage, "red"))
    assert not there(stage, "previousPicture").isEnabled()
    stage.click(there(stage, "nextPicture"))
    pump(lambda: large(stage, "green"))
    QTest.mouseClick(stage.view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(5, 400))
    assert stage.shell.catalogue.enlarged == -1 and stage.shell.catalogue.open


def test_a_swipe_goes_to_the_next(opened: Opened) -> None:
    stage = opened("Phone")
    stage.shell.catalogue.enlarge(0)
    pump(lambda: large(stage, "red"))
    row, finger = there(stage, "largePictures"), QTest.createTouchDevice()
    start = middle(row).toPoint() + QPoint(150, 0)
    QTest.touchEvent(stage.view, finger).press(1, start, stage.view)
    for way in range(20, 320, 20):
        QTest.touchEvent(stage.view, finger).move(1, start - QPoint(way, 0), stage.view)
        QTest.qWait(20)  # a finger's moves within a frame are one
    pump(lambda: stage.picture() and row.property("dragging"))
    QTest.touchEvent(stage.view, finger).release(1, start - QPoint(300, 0), stage.view)
    pump(lambda: stage.picture() and stage.shell.catalogue.enlarged == 1)
    pump(lambda: large(stage, "green"))


def test_what_is_said_of_a_picture_is_its_caption(opened: Opened) -> None:
    stage = opened()
    assert there(stage, "picture-1").property("text") == "A green one"


def test_only_what_is_in_sight_is_made(opened: Opened, tmp_path: Path) -> None:
    one = pictures(tmp_path)[0]
    stage = opened("Phone", (one,) * 8)
    stage.picture()
    made = [item for item in items(stage.view.contentItem()) if item.objectName().startswith("picture-")]
    assert 0 < len(made) < 5


def test_an_app_without_pictures_has_no_row(opened: Opened) -> None:
    stage = opened()
    stage.shell.catalogue.look("org.example.Plain")
    stage.picture()
    assert visible(stage, "picture-0") is None and stage.shell.catalogue.pictures.count == 0


def test_files_elsewhere_and_links_are_not_shown(opened: Opened, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    sound = pictures(other)[0]
    (tmp_path / "link.webp").symlink_to(other / "red.webp")
    beside = tmp_path / "beside"
    beside.mkdir()
    stage = opened(shown=())
    [info, *_] = stage.engine.apps
    outside = AppPicture("/etc/passwd", "Words", 10, 10)
    link = AppPicture(str(tmp_path / "link.webp"), "A link", 10, 10)
    gone = AppPicture(str(tmp_path / "gone.webp"), "Gone", 10, 10)
    changed = app_info(KATE, "Kate", source=info.source, pictures=(outside, link, gone, sound))
    stage.engine.send(AppsChanged((changed,)))
    pump(lambda: stage.shell.catalogue.pictures.count > 0)
    assert [row.caption for row in stage.shell.catalogue.pictures] == ["A red one"]


def test_a_picture_that_goes_is_shown_large_no_longer(opened: Opened) -> None:
    stage = opened()
    stage.shell.catalogue.enlarge(2)
    pump(lambda: large(stage, "blue"))
    [info, *_] = stage.engine.apps
    fewer = app_info(KATE, "Kate", source=info.source, pictures=info.pictures[:2])
    stage.engine.send(AppsChanged((fewer,)))
    pump(lambda: stage.shell.catalogue.enlarged == -1)


def test_a_file_that_is_no_picture_leaves_its_frame(opened: Opened, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_text("no picture")
    stage = opened(shown=(AppPicture(str(tmp_path / "a.png"), "Nothing", 64, 40),))
    assert isinstance(stage.picture(), QImage)
    assert there(stage, "picture-0").width() > 0
