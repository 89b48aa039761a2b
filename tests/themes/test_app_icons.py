"""Icons for apps come from a stranger's folder: what is none, lies elsewhere or asks for something is refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from berth.core.problem import Problem
from berth.themes import app_icons
from berth.themes.app_icons import examine_index, examine_svg, read_icon_theme
from berth.themes.package import examine_file
from tests.themes.packing import png

THEMES = Path(__file__).parents[2] / "themes"
INDEX = """\
# A comment.
[Icon Theme]
Name=Anything
Inherits=Papirus
Directories=scalable/actions,16x16

[scalable/actions]
Size=16
MinSize=8
MaxSize=512
Type=Scalable
Context=Actions
Exec=rm

[16x16]
Size=16
"""
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path d="M0 0h9v9z" fill="url(#a)"/></svg>'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A theme with icons."""
    (tmp_path / "theme/icons/scalable/actions").mkdir(parents=True)
    (tmp_path / "theme/icons/16x16").mkdir()
    (tmp_path / "theme/icons/index.theme").write_text(INDEX)
    (tmp_path / "theme/icons/scalable/actions/document-open.svg").write_text(SVG)
    (tmp_path / "theme/icons/16x16/edit-cut.png").write_bytes(png(16, 16))
    return tmp_path / "theme"


def test_an_icon_theme_is_its_pictures_and_an_index_of_ours(folder: Path) -> None:
    (folder / "icons/scalable/actions/document-open.svg~").touch()
    (folder / "icons/elsewhere.svg").write_text("no part of it")
    found = read_icon_theme(folder, "icons/index.theme")
    assert list(found) == ["index.theme", "scalable/actions/document-open.svg", "16x16/edit-cut.png"]
    index = found["index.theme"].decode()
    assert "Inherits=Papirus,Adwaita,hicolor" in index and "Exec" not in index and "Anything" not in index
    assert examine_index(found["index.theme"], "index.theme").sections["scalable/actions"]["MaxSize"] == "512"


def test_the_retro_theme_has_icons() -> None:
    found = read_icon_theme(THEMES / "beige", "app-icons/index.theme")
    assert len(found) > 50 and {"scalable/places/folder.svg", "scalable/actions/edit-cut.svg"} <= set(found)


@pytest.mark.parametrize(
    "name", ["../../../etc/passwd.svg", "a b.svg", "x.desktop", "x.svgz", "-x.svg", "x" * 70 + ".svg", "x.svg.exe"]
)
def test_no_other_file_lies_among_icons(folder: Path, name: str) -> None:
    if "/" not in name:
        (folder / "icons/16x16" / name).write_text(SVG)
        with pytest.raises(Problem, match="is no icon"):
            read_icon_theme(folder, "icons/index.theme")
    index = INDEX.replace("scalable/actions", name).replace("16x16,", "")
    with pytest.raises(Problem):
        (folder / "icons/index.theme").write_text(index)
        read_icon_theme(folder, "icons/index.theme")


def test_nothing_outside_of_the_folder_is_read(folder: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.svg"
    secret.write_text(SVG)
    link = folder / "icons/16x16/link.svg"
    link.symlink_to(secret)
    with pytest.raises(Problem, match="is no icon"):
        read_icon_theme(folder, "icons/index.theme")
    link.unlink()
    os.mkfifo(link)
    with pytest.raises(Problem, match="is no icon"):
        read_icon_theme(folder, "icons/index.theme")
    link.unlink()
    (folder / "icons/16x16/edit-cut.png").unlink()
    (folder / "icons/16x16").rmdir()
    (folder / "icons/16x16").symlink_to(tmp_path, target_is_directory=True)
    with pytest.raises(Problem, match="is a link"):
        read_icon_theme(folder, "icons/index.theme")
    (folder / "icons/16x16").unlink()
    (folder / "icons/16x16").symlink_to("16x16")
    with pytest.raises(Problem, match="cannot be read"):
        read_icon_theme(folder, "icons/index.theme")
    (folder / "icons/index.theme").unlink()
    (folder / "icons/index.theme").symlink_to("index.theme")
    with pytest.raises(Problem, match="cannot be read"):
        read_icon_theme(folder, "icons/index.theme")
    with pytest.raises(Problem, match="lies outside"):
        read_icon_theme(folder, "../secret.svg")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("[Icon Theme]", "[Desktop Entry]"),
        ("Directories=scalable/actions,16x16", "Directories="),
        ("Directories=scalable/actions,16x16", "Directories=16x16,16x16"),
        ("Directories=scalable/actions,16x16", "Directories=" + ",".join(f"d{n}" for n in range(40))),
        ("Directories=scalable/actions,16x16", "Directories=../16x16"),
        ("Directories=scalable/actions,16x16", "Directories=/etc"),
        ("Directories=scalable/actions,16x16", "Directories=unsaid"),
        ("Size=16", "Size=16000"),
        ("Size=16", "Size=-1"),
        ("Size=16", "Size=\u0663\u0662"),
        ("Size=16", ""),
        ("Inherits=Papirus", "Inherits=../../etc"),
        ("Inherits=Papirus", "Inherits=" + ",".join("abcdefghij")),
        ("[16x16]", "[scalable/actions]"),
        ("# A comment.", "\0\x80"),
    ],
)
def test_an_index_that_says_something_else_is_refused(old: str, new: str) -> None:
    assert old in INDEX
    with pytest.raises(Problem) as caught:
        examine_index(INDEX.replace(old, new, 1).encode(), "index.theme")
    assert caught.value.code == "theme-icons" and caught.value.hint


@pytest.mark.parametrize(
    "inside",
    [
        "<script>alert(1)</script>",
        "<image href='/etc/passwd'/>",
        "<use href='#a'/>",
        "<text>words</text>",
        "<style>@import 'http://example.org/a.css';</style>",
        "<foreignObject/>",
        "<path fill='url(http://example.org/a.svg#b)'/>",
        "<path fill='&#117;rl( file:///etc/passwd )'/>",
        r"<path style='fill:u\72l(a.svg#b)'/>",
        "<path xmlns:xlink='http://www.w3.org/1999/xlink' xlink:href='a.svg'/>",
        "<linearGradient href='b.svg#a'/>",
        "<path onclick='x()'/>",
        "<?xml-stylesheet href='a.css'?>",
        "<g>" * 17 + "</g>" * 17,
        "<g/>" * 2001,
        "<path>",
    ],
)
def test_a_picture_that_asks_for_something_is_refused(inside: str) -> None:
    with pytest.raises(Problem) as caught:
        examine_svg(f'<svg xmlns="http://www.w3.org/2000/svg">{inside}</svg>'.encode(), "a.svg")
    assert caught.value.code == "theme-icons" and caught.value.hint


@pytest.mark.parametrize(
    ("encoding", "fits"), [("UTF-8", True), ("utf-7", False), ("UTF-16", False), ("IBM037", False)]
)
def test_it_is_read_as_whoever_draws_it_reads_it(encoding: str, fits: bool) -> None:
    """In UTF-7 these words are an element."""
    inside = "<title>+ADw-/title+AD4APA-script/+AD4-</title>"
    data = f'<?xml version="1.0" encoding="{encoding}"?><svg xmlns="http://www.w3.org/2000/svg">{inside}</svg>'.encode()
    if fits:
        examine_svg(data, "a.svg")
        return
    with pytest.raises(Problem, match="not in UTF-8"):
        examine_svg(data, "a.svg")


def test_what_is_no_picture_is_refused() -> None:
    bomb = '<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><svg>&b;</svg>'
    for data in (b"", b"\xff\xfe", b"<html/>", bomb.encode(), b"<svg>" + b" " * (129 << 10) + b"</svg>"):
        with pytest.raises(Problem):
            examine_svg(data, "a.svg")
    examine_svg(SVG.encode(), "a.svg")
    with pytest.raises(Problem):
        examine_file("icons/16x16/a.svg", b"<html/>")
    examine_file("icons/16x16/a.svg", SVG.encode())
    with pytest.raises(Problem, match="does not belong"):
        examine_file("pictures/a.svg", SVG.encode())
    examine_file("icons/index.theme", INDEX.encode())


def test_there_are_not_too_many(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app_icons, "MOST_FILES", 2)
    assert len(read_icon_theme(folder, "icons/index.theme")) == 3
    (folder / "icons/16x16/more.svg").write_text(SVG)
    with pytest.raises(Problem, match="too many icons"):
        read_icon_theme(folder, "icons/index.theme")
    monkeypatch.undo()
    monkeypatch.setattr(app_icons, "MOST_BYTES", 100)
    with pytest.raises(Problem, match="too many icons"):
        read_icon_theme(folder, "icons/index.theme")
