"""Where fonts lie in a root file system: links lead as they do for programs inside, and never out of it."""

from __future__ import annotations

from pathlib import Path

from berth.engine.images.rootfiles import font_directories


def test_links_are_followed_inside_the_root(tmp_path: Path) -> None:
    outside, root = tmp_path / "usr/share/elsewhere", tmp_path / "root"
    fonts = root / "usr/share/fonts"
    for directory in (
        outside / "x",
        fonts / "truetype/deep",
        root / "usr/share/poppler/cmap",
        root / "usr/local/share",
    ):
        directory.mkdir(parents=True)
    (fonts / "font.ttf").touch()
    (fonts / "absolute").symlink_to("/usr/share/poppler")
    (fonts / "relative").symlink_to("../poppler/cmap")
    (fonts / "file").symlink_to("font.ttf")
    (fonts / "above").symlink_to("/../../../usr/share/elsewhere")
    (fonts / "circle").symlink_to("circle")
    (fonts / "itself").symlink_to(".")
    (root / "usr/local/share/fonts").symlink_to("/usr/share/fonts/truetype")
    found = list(font_directories(root))
    expected = (
        "share/fonts",
        "share/fonts/truetype",
        "share/fonts/truetype/deep",
        "share/poppler",
        "share/poppler/cmap",
    )
    assert sorted(found) == sorted(root / "usr" / place for place in expected)


def test_without_fonts_there_are_none(tmp_path: Path) -> None:
    assert list(font_directories(tmp_path)) == []
