"""What is made of the files that packages leave: fonts found behind links as for programs inside, and never out of the
root; nothing that depends on the day."""

from __future__ import annotations

import os
import py_compile
import subprocess
import sys
from pathlib import Path

from berth.engine.images.rootfiles import font_directories, tidy


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


def test_nothing_tells_the_day_of_the_build(tmp_path: Path) -> None:
    (tmp_path / "etc/xpra").mkdir(parents=True)
    (tmp_path / "etc/xpra/key.pem").touch()
    shadow = tmp_path / "etc/shadow"
    shadow.write_text("root:*:19000:0:99999:7:::\nnew:!:20778::::::\nodd:!:::::::\nlocked\n")
    for _again in range(2):
        tidy(tmp_path, 20_000 * 86_400 + 5, lowest=False)
        assert shadow.read_text() == "root:*:19000:0:99999:7:::\nnew:!:20000::::::\nodd:!:::::::\nlocked\n"
    before = shadow.stat().st_mtime_ns
    tidy(tmp_path, 20_001 * 86_400, lowest=False)
    assert shadow.stat().st_mtime_ns == before, "what the layer below has is not written once more"
    assert list((tmp_path / "etc/xpra").iterdir()) == []


def test_python_believes_what_was_compiled_from_sources_that_are_too_new(tmp_path: Path) -> None:
    epoch, root, outside = 1_700_000_000, tmp_path / "root", tmp_path / "outside.pyc"
    for name, when in (("newer", epoch + 1000), ("older", epoch - 1000)):
        source = root / name / "module.py"
        source.parent.mkdir(parents=True)
        source.write_text("value = 1")
        os.utime(source, (when, when))
        py_compile.compile(str(source), doraise=True)
    hashed = root / "newer/module.py", root / "hashed/__pycache__/module.pyc"
    py_compile.compile(str(hashed[0]), str(hashed[1]), invalidation_mode=py_compile.PycInvalidationMode.CHECKED_HASH)
    outside.write_bytes(next((root / "newer/__pycache__").iterdir()).read_bytes())
    (root / "newer/__pycache__/link.pyc").symlink_to(outside)
    (root / "newer/__pycache__/empty.pyc").touch()
    kept = {path: path.read_bytes() for path in (outside, hashed[1], *(root / "older/__pycache__").iterdir())}
    tidy(root, epoch, lowest=False)
    assert kept == {path: path.read_bytes() for path in kept}
    for name in ("newer", "older"):
        source = root / name / "module.py"
        source.write_text("value = 2")  # who reads it has compiled it anew
        packed = epoch - 1000 if name == "older" else epoch
        os.utime(source, (packed, packed))
        command = [sys.executable, "-B", "-c", "import module; print(module.value)"]
        ran = subprocess.run(command, cwd=source.parent, capture_output=True, text=True, check=True)
        assert ran.stdout == "1\n"
