"""A theme's pointers become pictures for apps that draw their own."""

from __future__ import annotations

from pathlib import Path

from berth.core.messages import AppPalette, SetAppPalette, SetAppPointers
from berth.themes.cursors import Cursors
from berth.ui.app_look import AppLook, LookPart
from berth.ui.app_pointers import AppPointers
from berth.ui.box_pictures import ThemePictures
from berth.ui.cursor_theme import CursorTheme
from berth.ui.tokens import Tokens
from tests.qml.fakes import pump
from tests.themes.packing import png
from tests.ui.test_app_look import DEFAULT
from tests.ui.test_cursor_theme import SHEET, follow, themed
from tests.ui.test_scene_pens import application  # noqa: F401

Told = list[tuple[LookPart, ...]]


def drawn(theme: CursorTheme) -> tuple[AppPointers, Told]:
    told: Told = []
    look = AppLook(Tokens([DEFAULT], scheme="light", contrast="", motion=""), told.append)
    pointers = AppPointers(theme, look)
    look.look()
    return pointers, told


def last(told: Told) -> tuple[SetAppPointers | None, AppPalette]:
    pointers = [part for part in told[-1] if isinstance(part, SetAppPointers)]
    palette = told[-1][-1]
    assert isinstance(palette, SetAppPalette)
    return pointers[0] if pointers else None, palette.palette


def test_each_is_drawn_in_the_sizes_that_apps_ask_for(application: object, tmp_path: Path) -> None:  # noqa: F811
    _pointers, told = drawn(themed(tmp_path / "mine"))
    assert told == []
    pump(lambda: bool(told))
    found, palette = last(told)
    assert found is not None and set(found.pictures) == {"default", "pointer", "ew-resize"}
    assert (palette.pointers, palette.pointer_size) == (found.name, 20)
    sizes = [(one.width, one.height, one.x, one.y) for one in found.pictures["pointer"]]
    assert sizes == [(20, 10, 8, 2), (40, 20, 15, 5), (60, 30, 22, 8)]
    assert found.pictures["pointer"][0].pixels == bytes((50, 50, 50, 255)) * 200


def test_another_look_has_another_name_and_none_is_told_too(application: object, tmp_path: Path) -> None:  # noqa: F811
    theme = themed(tmp_path / "mine")
    _pointers, told = drawn(theme)
    pump(lambda: bool(told))
    first, _ = last(told)
    (tmp_path / "mine/hand.png").write_bytes(png(80, 40, 51))
    follow(theme, tmp_path / "mine", SHEET)
    pump(lambda: len(told) > 1)
    other, _ = last(told)
    assert first is not None and other is not None and first.name != other.name
    theme.use(Cursors({}), ThemePictures())
    pump(lambda: len(told) > 2)
    found, palette = last(told)
    assert (found, palette.pointers, palette.pointer_size) == (None, "", 24)


def test_files_that_are_no_pictures_are_none(application: object, tmp_path: Path) -> None:  # noqa: F811
    theme = themed(tmp_path / "mine")
    (tmp_path / "mine/hand.png").write_bytes(png(600, 600))
    (tmp_path / "mine/arrow.png").unlink()
    (tmp_path / "mine/arrow.png").symlink_to("/etc/passwd")
    follow(theme, tmp_path / "mine", SHEET)
    _pointers, told = drawn(theme)
    pump(lambda: bool(told))
    assert last(told)[0] is None


def test_the_largest_have_fewer_sizes(application: object, tmp_path: Path) -> None:  # noqa: F811
    theme = themed(tmp_path / "mine")
    follow(theme, tmp_path / "mine", SHEET.replace("20px", "128px"))
    _pointers, told = drawn(theme)
    pump(lambda: bool(told))
    found, _ = last(told)
    assert found is not None and [one.width for one in found.pictures["default"]] == [128]
