"""What the list of themes shows of each, and how one of the user's goes: by keyboard, pointer and finger."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtQuick import QQuickItem
from PySide6.QtTest import QTest

from berth.themes.pack import packed
from berth.themes.stack import adjusted_sheet, choose, chosen
from tests.picture import Picture
from tests.qml.conftest import OpenStage
from tests.qml.fakes import pump
from tests.qml.stage import Stage, items, keep, kind
from tests.qml.test_pictures import _png as png
from tests.qml.test_theme_menu import entries, opened, panel_colour
from tests.themes.packing import TOML, files

pytestmark = pytest.mark.timeout(300)
PATIENCE = 90


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two themes of the user's, one of which brings a picture, and where commands find them."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name, color in (("a-red", "#ff0000"), ("b-lime", "#00ff00")):
        folder = tmp_path / "data/berth/themes" / name
        folder.mkdir(parents=True)
        said = f'name = "{name[2:].title()}"\nsummary = "All of it"\nversion = "2.1"\nlicense = "MIT"\nauthor = "Ann"\n'
        (folder / "theme.toml").write_text(f'id = "{name}"\n{said}')
        (folder / "style.css").write_text(f"panel, desktop {{ background: {color} }}")
    Image.new("RGB", (960, 600), "#0000ff").save(tmp_path / "data/berth/themes/b-lime/preview.webp", lossless=True)
    (tmp_path / "config/berth").mkdir(parents=True)
    return tmp_path


@pytest.fixture
def stage(home: Path, open_stage: OpenStage) -> Stage:
    return opened_in(home, open_stage)


def opened_in(home: Path, open_stage: OpenStage, layout: str = "Desktop", scheme: str = "light") -> Stage:
    return open_stage(layout, themes=[home / "data/berth/themes"], config=home / "config/berth", scheme=scheme)


def previews(stage: Stage) -> dict[str, str]:
    return {row.theme: row.preview for row in stage.themes.model}


def thumbnail(entry: QQuickItem) -> QQuickItem:
    return next(item for item in items(entry) if kind(item).startswith("Thumbnail"))


def has_colour(stage: Stage, item: QQuickItem, colour: tuple[int, int, int]) -> bool:
    place = item.mapRectToScene(QRectF(0, 0, item.width(), item.height())).toRect()
    inside = place.intersected(QRectF(0, 0, stage.view.width(), stage.view.height()).toRect())
    found = Picture(png(stage.picture())).colours((inside.x(), inside.y(), inside.width(), inside.height()))
    return found[colour] > 0.2 * found.total()


def shown_list(stage: Stage, theme: str = "Red") -> dict[str, QQuickItem]:
    stage.scene.shortcutActivated.emit("output-menu")
    pump(lambda: entries(stage, "outputMenu"), 60)
    stage.picture()
    lines = entries(stage, "outputMenu")
    while not lines["Themes"].hasActiveFocus():
        stage.key(Qt.Key.Key_Down)
    stage.key(Qt.Key.Key_Return)
    pump(lambda: theme in entries(stage), 60)
    stage.picture()
    return entries(stage)


def test_each_theme_has_a_picture_and_says_who_made_it(stage: Stage) -> None:
    found = shown_list(stage)
    pump(lambda: all(previews(stage).values()), PATIENCE)
    pump(lambda: has_colour(stage, thumbnail(found["Red"]), (255, 0, 0)))
    pump(lambda: has_colour(stage, thumbnail(found["Lime"]), (0, 0, 255)), PATIENCE)
    rows = {row.theme: row for row in stage.themes.model}
    assert rows["a-red"].about == "Ann · 2.1 · MIT" and rows["a-red"].removable
    assert rows["default"].about == "The Berth developers · 1.0 · GPL-3.0-or-later" and not rows["default"].removable


@pytest.mark.parametrize(
    ("layout", "direction", "scheme"),
    [
        ("Desktop", Qt.LayoutDirection.LeftToRight, "dark"),
        ("Tablet", Qt.LayoutDirection.RightToLeft, "light"),
        ("Phone", Qt.LayoutDirection.LeftToRight, "light"),
    ],
)
def test_everything_has_its_place(
    home: Path, open_stage: OpenStage, layout: str, direction: Qt.LayoutDirection, scheme: str
) -> None:
    QGuiApplication.setLayoutDirection(direction)
    stage = opened_in(home, open_stage, layout, scheme)
    found = shown_list(stage)
    pump(lambda: all(previews(stage).values()), PATIENCE)
    pump(lambda: has_colour(stage, thumbnail(found["Red"]), (255, 0, 0)))
    name = f"{layout.lower()}-{scheme}-{'rtl' if direction.name == 'RightToLeft' else 'ltr'}"
    keep(stage.picture(), f"theme-list-{name}")
    remove = stage.item("removeTheme-a-red")
    row = found["Red"]
    where = remove.mapRectToItem(row, QRectF(0, 0, remove.width(), remove.height()))
    assert QRectF(0, 0, row.width(), row.height()).contains(where)
    picture = thumbnail(row)
    assert (picture.mapToItem(row, 0, 0).x() < where.x()) == (direction == Qt.LayoutDirection.LeftToRight)
    stage.click(remove)
    pump(lambda: stage.themes.removing.open and stage.item("cancelThemeRemoval").hasActiveFocus(), 60)
    keep(stage.picture(), f"theme-removal-{name}")
    card = stage.item("themeRemovalCard")
    assert stage.view.contentItem().boundingRect().contains(card.mapRectToScene(card.boundingRect()))


def test_the_keyboard_removes_the_theme_in_use_after_saying_so(stage: Stage, home: Path) -> None:
    config, folder = home / "config/berth", home / "data/berth/themes/a-red"
    choose(config, "a-red")
    adjusted_sheet(config, "a-red").parent.mkdir()
    adjusted_sheet(config, "a-red").write_text(":root { --x: 1px }")
    pump(lambda: panel_colour(stage).name() == "#ff0000", 60)
    found = shown_list(stage)
    pump(found["Red"].hasActiveFocus)
    stage.key(Qt.Key.Key_Delete)
    pump(lambda: stage.themes.removing.open and stage.item("cancelThemeRemoval").hasActiveFocus(), 60)
    assert not entries(stage), "the list has made room"
    said = [row.text for row in stage.themes.removing.rows]
    assert said == [
        f"The folder {folder} with all that is in it",
        "What you have adjusted in it",
        "It is in use: the desktop gets the look of Berth",
    ]
    stage.key(Qt.Key.Key_Escape)
    assert not stage.themes.removing.open and folder.is_dir()
    stage.themes.removing.ask("a-red")
    pump(lambda: stage.item("cancelThemeRemoval").hasActiveFocus(), 60)
    stage.key(Qt.Key.Key_Tab)
    assert stage.item("confirmThemeRemoval").hasActiveFocus()
    stage.key(Qt.Key.Key_Return)
    pump(lambda: not stage.themes.removing.open, 60)
    assert not folder.exists() and not adjusted_sheet(config, "a-red").exists() and chosen(config) == "default"
    pump(lambda: panel_colour(stage).name() != "#ff0000", 60)
    assert "a-red" not in {row.theme for row in stage.themes.model}


def test_a_theme_of_berth_stays(stage: Stage) -> None:
    found = shown_list(stage)
    while not found["Berth"].hasActiveFocus():
        stage.key(Qt.Key.Key_Down)
    stage.key(Qt.Key.Key_Delete)
    stage.themes.removing.ask("default")
    assert not stage.themes.removing.open
    [remove] = [item for item in items(found["Berth"]) if item.objectName() == "removeTheme-default"]
    assert not remove.isVisible()


def test_a_theme_that_cannot_be_removed_is_told(stage: Stage, home: Path) -> None:
    stage.themes.removing.ask("a-red")
    (home / "data/berth/themes/a-red").rename(home / "elsewhere")
    stage.themes.removing.confirm()
    pump(lambda: stage.themes.removing.message, 60)
    assert "You have no theme" in stage.themes.removing.message and stage.themes.removing.open


def test_of_a_linked_theme_the_link_alone_goes(stage: Stage, home: Path) -> None:
    (home / "data/berth/themes/a-red").rename(home / "a-red")
    (home / "data/berth/themes/a-red").symlink_to(home / "a-red")
    stage.themes.removing.ask("a-red")
    [row] = stage.themes.removing.rows
    assert row.text.startswith("The link ") and "stays" in row.text
    stage.themes.removing.confirm()
    pump(lambda: not stage.themes.removing.open, 60)
    assert (home / "a-red/theme.toml").is_file() and not (home / "data/berth/themes/a-red").is_symlink()


@pytest.mark.parametrize(("layout", "contrast"), [("Desktop", ""), ("Tablet", ""), ("Phone", "high")])
def test_where_the_keyboard_is_can_be_seen_whole(home: Path, open_stage: OpenStage, layout: str, contrast: str) -> None:
    """The line around it, in each theme of Berth and at both ends of the list, wherever a pointer rests."""
    stage = open_stage(layout, themes=[], config=home / "config/berth", contrast=contrast)
    shown_list(stage, "Berth")
    menu = stage.item("themeMenu")
    QTest.mouseMove(stage.view, menu.mapToScene(menu.boundingRect().center()).toPoint())
    pump(lambda: not rings(menu))
    for theme in [row.theme for row in stage.themes.model]:
        stage.themes.use(theme)
        pump(lambda theme=theme: stage.styles.stack.theme.name == theme, 60)  # type: ignore[misc]
        stage.picture()
        for key, name in ((Qt.Key.Key_Home, "Beige"), (Qt.Key.Key_End, "Trellis")):
            stage.key(key)
            stage.picture()
            [ring] = rings(menu)
            assert entries(stage)[name].hasActiveFocus() and is_within(menu, ring), theme


def rings(menu: QQuickItem) -> list[QQuickItem]:
    return [item for item in items(menu) if kind(item).startswith("Outline") and item.isVisible()]


def is_within(menu: QQuickItem, item: QQuickItem) -> bool:
    return bool(menu.boundingRect().contains(item.mapRectToItem(menu, item.boundingRect())))


def test_one_that_is_dropped_on_the_list_is_shown_in_it(stage: Stage, home: Path) -> None:
    (home / "new.berth-theme").write_bytes(packed(files(theme__toml=TOML.replace(b'"Mine"', b'"New"'))))
    before = set(shown_list(stage))  # entries that are not to be seen may yet come
    stage.themes.look_at(home / "new.berth-theme")
    pump(lambda: stage.themes.adding.ready and stage.item("confirmTheme").hasActiveFocus(), PATIENCE)
    assert before <= set(entries(stage)) and "New" not in entries(stage), "it is shown before it counts"
    stage.key(Qt.Key.Key_Return)
    pump(lambda: not stage.themes.adding.open and "New" in entries(stage), PATIENCE)
    pump(lambda: entries(stage)["New"].hasActiveFocus(), PATIENCE)
    [used] = [row for row in stage.themes.model if row.used]
    assert used.name == "New" and chosen(home / "config/berth") == "mine"
    pump(lambda: previews(stage)["mine"], PATIENCE)


def test_the_list_opens_again_with_the_pictures_that_are_known(stage: Stage) -> None:
    opened(stage)
    pump(lambda: all(previews(stage).values()), PATIENCE)
    before = previews(stage)
    stage.key(Qt.Key.Key_Escape)
    pump(lambda: not entries(stage))
    stage.themes.refresh()
    assert previews(stage) == before


def test_pictures_of_all_themes_of_berth(open_stage: OpenStage, home: Path) -> None:
    """The one of the documentation."""
    stage = open_stage(themes=[], config=home / "config/berth")
    stage.scene.shortcutActivated.emit("output-menu")
    pump(lambda: entries(stage, "outputMenu"), 60)
    stage.picture()
    stage.click(entries(stage, "outputMenu")["Themes"])
    pump(lambda: "Berth" in entries(stage), 60)
    pump(lambda: len(previews(stage)) == 8 and all(previews(stage).values()), PATIENCE)
    pump(lambda: stage.picture() and all(shows(thumbnail(entry)) for entry in listed(stage)))
    keep(stage.picture(), "theme-list")


def listed(stage: Stage) -> list[QQuickItem]:
    found = [item for item in entries(stage).values() if kind(item).startswith("ThemeEntry")]
    assert len(found) == 8
    return found


def shows(picture: QQuickItem) -> bool:
    """Whether the picture is there, and not the symbol that stands for it."""
    return not any(item.isVisible() for item in items(picture) if kind(item).startswith("Symbol"))
