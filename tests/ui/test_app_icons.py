"""The ui reads the icons that a theme has for apps, and tells the engine those of a sound one."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from berth.core.messages import SetAppIcons
from berth.core.problem import Problem
from berth.themes.app_icons import IconFolder
from berth.themes.values import Url
from berth.ui import app_icons
from berth.ui.app_icons import AppIcons

BEIGE = Path(__file__).parents[2] / "themes/beige"
SVG = '<svg xmlns="http://www.w3.org/2000/svg"/>'


@pytest.fixture
def theme(tmp_path: Path) -> Path:
    shutil.copytree(BEIGE / "app-icons", tmp_path / "mine/app-icons")
    return tmp_path / "mine"


def said(theme: Path, path: str = "app-icons/index.theme") -> IconFolder:
    return IconFolder(Url(path), f"{theme}/style.css")


def test_another_content_has_another_name(theme: Path) -> None:
    problems: list[Problem] = []
    icons = AppIcons(problems.append)
    first = icons.find(said(theme), [theme])
    assert isinstance(first, SetAppIcons) and first.name.startswith("Berth-") and "index.theme" in first.files
    assert icons.find(said(theme), [theme]) is first
    (theme / "app-icons/scalable/actions/zoom-in.svg").write_text(SVG)
    other = icons.find(said(theme), [theme])
    assert isinstance(other, SetAppIcons) and other.name != first.name
    assert other.files["scalable/actions/zoom-in.svg"] == SVG.encode()
    assert (icons.find("Papirus", [theme]), icons.find("", [theme])) == ("Papirus", "")
    assert not problems


def test_one_that_is_written_in_its_place_is_seen_too(theme: Path) -> None:
    icons = AppIcons(lambda problem: pytest.fail(str(problem)))
    first = icons.find(said(theme), [theme])
    cut = theme / "app-icons/scalable/actions/edit-cut.svg"
    cut.write_text(SVG)
    os.utime(cut, ns=(0, 0))
    other = icons.find(said(theme), [theme])
    assert isinstance(other, SetAppIcons) and other != first
    assert other.files["scalable/actions/edit-cut.svg"] == SVG.encode()


def test_nothing_outside_of_the_theme_is_looked_at_nor_very_much(theme: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at: list[str] = []
    monkeypatch.setattr(os, "scandir", lambda path, really=os.scandir: looked_at.append(str(path)) or really(path))
    (theme.parent / "other/folder").mkdir(parents=True)
    (theme / "app-icons/link").symlink_to(theme.parent / "other")
    problems: list[Problem] = []
    icons = AppIcons(problems.append)
    for path in ("../other/index.theme", "app-icons/link/index.theme"):
        assert icons.find(said(theme, path), [theme]) == ""
    assert not looked_at and len(problems) == 2
    assert isinstance(icons.find(said(theme), [theme]), SetAppIcons)
    assert looked_at and not any("link" in path or "other" in path for path in looked_at)
    looked_at.clear()
    monkeypatch.setattr(app_icons, "_MOST_LOOKED_AT", 1)
    icons.find(said(theme), [theme])
    assert len(app_icons._changes(theme, "app-icons/index.theme")) == 1


def test_unsound_ones_are_told_of_once_and_there_are_none(theme: Path) -> None:
    problems: list[Problem] = []
    icons = AppIcons(problems.append)
    (theme / "app-icons/scalable/actions/zoom-in.svg").write_text("<svg><script/></svg>")
    for _time in range(2):
        assert icons.find(said(theme), [theme]) == ""
    assert [problem.code for problem in problems] == ["theme-icons"]
    assert icons.find(said(theme, "../other/index.theme"), [theme]) == ""
    assert icons.find(said(theme), []) == ""
