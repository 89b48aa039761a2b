"""The pointer as a theme draws it: over apps, over the shell's own parts, in pictures, and gone with the theme."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, QSizeF, Qt
from PySide6.QtGui import QCursor, QGuiApplication, QImage
from PySide6.QtQuick import QQuickItem

from berth.core.messages import Cursor, DragChanged
from berth.themes.cursors import CursorPicture, Cursors, read_cursors
from berth.themes.engine import Engine
from berth.themes.lint import check
from berth.themes.sheet import SheetReader
from berth.themes.vocabulary import element_at
from berth.ui.box_pictures import ThemePictures
from berth.ui.cursor_theme import CursorTheme
from tests.themes.packing import TOML, folder_of, png
from tests.ui.test_scene_pens import Board, application, board  # noqa: F401

BITMAP = Qt.CursorShape.BitmapCursor
SHEET = """:root { --cursor-size: 20px;
  --cursor-default: url(arrow.png) 1 1; --cursor-pointer: url(hand.png) 30 10; --cursor-ew-resize: url(hand.png);
}"""
THEME = {"theme.toml": TOML, "style.css": SHEET.encode(), "arrow.png": png(40, 40, 200), "hand.png": png(80, 40, 50)}


def read(text: str, sheet: str = "style.css") -> Cursors:
    engine = Engine(SheetReader(sheet).read(text).items)
    return read_cursors(engine.style(element_at(engine.elements, "desktop")))


def themed(folder: Path) -> CursorTheme:
    folder_of(THEME, folder)
    theme = CursorTheme()
    follow(theme, folder, SHEET)
    return theme


def follow(theme: CursorTheme, folder: Path, text: str) -> None:
    pictures = ThemePictures()
    pictures.use([folder])
    theme.use(read(text, str(folder / "style.css")), pictures)


def size(cursor: QCursor) -> tuple[float, float]:
    found = cursor.pixmap().deviceIndependentSize()
    return found.width(), found.height()


def test_what_a_sheet_says_of_the_pointer() -> None:
    found = read(SHEET)
    assert found.size == 20
    assert found.pictures["pointer"] == CursorPicture(found.pictures["pointer"].url, "style.css", 30, 10)
    assert set(found.pictures) == {"default", "pointer", "ew-resize"}


@pytest.mark.parametrize(
    "value", ["none", "url(a.png) 1", "url(a.png) a b", "red", "url(a.png) 1 2 3", "url(../a.png)", ""]
)
def test_what_cannot_be_read_is_the_hosts(value: str) -> None:
    assert read(f":root {{ --cursor-pointer: {value} }}").pictures == {}


@pytest.mark.parametrize(("written", "seen"), [("9000px", 128), ("1px", 8), ("large", 24), ("2em", 32)])
def test_the_size_has_bounds(written: str, seen: float) -> None:
    assert read(f":root {{ --cursor-size: {written} }}").size == seen


def test_pictures_have_the_size_and_the_hot_spot_of_the_theme(board: Board, tmp_path: Path) -> None:  # noqa: F811
    theme = themed(tmp_path / "mine")
    pointer = theme.named("pointer")
    assert (pointer.shape(), size(pointer), pointer.hotSpot()) == (BITMAP, (20, 10), QPoint(8, 2))
    turned = theme.named("pointer", 1)
    assert size(turned) == (10, 20)
    # What stands in for others, and what the theme does not have.
    assert theme.named("e-resize").shape() == BITMAP
    assert theme.named("text").shape() == Qt.CursorShape.IBeamCursor
    drawn = theme.picture("default")
    assert drawn is not None and drawn[0].pixelColor(9, 9).red() == 200
    assert theme.picture("text") is None


def test_pictures_that_are_no_cursors_are_not_shown(board: Board, tmp_path: Path) -> None:  # noqa: F811
    theme = themed(tmp_path / "mine")
    (tmp_path / "mine/hand.png").write_bytes(png(600, 600))
    (tmp_path / "mine/arrow.png").write_bytes(b"no picture")
    follow(theme, tmp_path / "mine", SHEET)
    assert theme.named("pointer").shape() == Qt.CursorShape.PointingHandCursor
    assert theme.named("default").shape() == Qt.CursorShape.ArrowCursor


def wish(board: Board, name: str) -> None:  # noqa: F811
    """The app wants a pointer; nobody moves the real one here, so it comes anew."""
    board.mouse(150, 130)
    board.stage.cursor.change(Cursor(name))
    board.mouse(500, 500)
    board.mouse(150, 130)


def test_apps_and_the_shell_have_the_themes_pointer(board: Board, tmp_path: Path) -> None:  # noqa: F811
    theme = themed(tmp_path / "mine")
    edge = QQuickItem(board.window.contentItem())
    edge.setPosition(QPointF(600, 100))
    edge.setSize(QSizeF(100, 100))
    edge.setCursor(QCursor(Qt.CursorShape.SizeHorCursor))
    board.mouse(620, 120)
    assert board.window.cursor().shape() == Qt.CursorShape.SizeHorCursor
    board.stage.cursor.use(theme)
    board.mouse(630, 120)
    assert size(board.window.cursor()) == (20, 10)
    board.mouse(500, 500)
    assert size(board.window.cursor()) == (20, 20)  # the usual arrow
    wish(board, "pointer")
    assert size(board.window.cursor()) == (20, 10)
    painted = board.stage.cursor.painted(board.window.contentItem())
    assert painted is not None and isinstance(painted.image, QImage) and painted.image.pixelColor(5, 5).red() == 50
    wish(board, "text")
    assert board.window.cursor().shape() == Qt.CursorShape.IBeamCursor
    # A theme without pictures.
    board.mouse(630, 120)
    assert board.window.cursor().shape() == BITMAP
    theme.use(Cursors({}), ThemePictures())
    assert board.window.cursor().shape() == Qt.CursorShape.SizeHorCursor


def test_a_drag_has_a_pointer_of_its_own_unless_it_is_a_programs(board: Board) -> None:  # noqa: F811
    drag, worn = board.stage.drag, QGuiApplication.overrideCursor
    drag.changed(DragChanged(action="own", nested=True))
    assert worn() is None
    drag.changed(DragChanged(action="copy", nested=True))
    assert (worn().shape(), drag.cursor) == (Qt.CursorShape.DragCopyCursor, "copy")
    drag.changed(DragChanged(action="none", nested=True))
    assert worn().shape() == Qt.CursorShape.ForbiddenCursor
    drag.changed(DragChanged(action="own", nested=True))
    assert worn() is None
    drag.ended(0)
    drag.changed(DragChanged(action="move"))
    assert worn().shape() == Qt.CursorShape.SizeAllCursor
    drag.ended(0)
    assert (worn(), drag.cursor) == (None, "")


def test_check_knows_pointers(tmp_path: Path) -> None:
    base = Path(__file__).parents[2] / "themes/default"
    place = folder_of(THEME, tmp_path / "mine")
    assert [str(finding) for finding in check(place, base)] == []
    (place / "style.css").write_text(SHEET.replace("cursor-pointer", "cursor-pointr").replace("arrow.png", "none.png"))
    found = {finding.code: finding for finding in check(place, base)}
    assert found["custom-unused"].hint == "Did you mean “--cursor-pointer”?"
    assert "none.png" in found["theme-file"].message
