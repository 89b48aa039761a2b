"""The themes that come with Berth on a running desktop, in each layout; with BERTH_PICTURES a picture of each."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QBuffer, QSize, Qt
from PySide6.QtGui import QImage, QPainter

from berth.themes.lint import check
from tests.picture import Picture
from tests.session.desktop import Desktop, wait_until

SHIPPED = Path(__file__).parents[2] / "themes"
THEMES = sorted(path.name for path in SHIPPED.iterdir())
OUTPUTS = {"desktop": (1280, 800), "tablet": (834, 1112), "phone": (390, 844)}
_HEIGHT = 400
_GAP = 12
_UNLIKE = ("beige", "glass", "paper")
"""As unlike as can be; the others are shown when pictures are wanted."""
_SAMPLES = QSize(64, 64)


@pytest.mark.parametrize("theme", THEMES)
def test_nothing_is_wrong_with_it(theme: str) -> None:
    assert check(SHIPPED / theme, SHIPPED / "default") == []


def opened(new_desktop: Callable[..., Desktop], base: Path, scheme: str) -> Desktop:
    """A desktop of three outputs, with two windows on the first one."""
    sizes = ",".join(f"{width}x{height}" for width, height in OUTPUTS.values())
    desktop = new_desktop(
        extra=("--outputs", sizes),
        environment={"XDG_CONFIG_HOME": str(base / scheme), "BERTH_SCHEME": scheme},
    )
    editor = desktop.window_of(desktop.start("org.xfce.mousepad"))["window"]
    terminal = desktop.window_of(desktop.start("org.codeberg.dnkl.foot"))["window"]
    desktop.run("resize", str(editor), "620", "420")
    desktop.run("move", str(editor), "560", "90")
    desktop.run("resize", str(terminal), "560", "360")
    desktop.run("move", str(terminal), "90", "220")
    return desktop


def open_launcher(desktop: Desktop, output: str) -> None:
    """It comes where the user pressed last."""
    place = next(known for known in desktop.json("outputs") if known["name"] == output)
    desktop.run("input", "click", str(place["x"] + place["width"] - 3), str(place["y"] + 3))
    desktop.run("launcher")


def settled(desktop: Desktop, file: Path, output: str, before: QImage | None) -> QImage:
    """What is on an output once it differs from `before` and changes no more."""
    last = QImage()

    def still() -> QImage | None:
        nonlocal last
        desktop.run("screenshot", str(file), "--output", output)
        seen = QImage(str(file))
        other = before is None or differing(seen, before) > _SAMPLES.width() * _SAMPLES.height() // 20
        same, last = seen == last, seen
        return seen if other and same else None

    found = wait_until(still, f"{file.stem} on {output}", 60)
    assert isinstance(found, QImage)
    return found


def differing(one: QImage, two: QImage) -> int:
    """Of `_SAMPLES` places, how many have another colour."""
    first, second = Picture(small(one)), Picture(small(two))
    return first.changed(second)


def small(picture: QImage) -> bytes:
    file = QBuffer()
    picture.scaled(_SAMPLES).save(file, "PNG")  # type: ignore[call-overload]
    return bytes(file.data().data())


@pytest.mark.timeout(300)
def test_each_looks_like_itself_in_every_layout(new_desktop: Callable[..., Desktop], tmp_path: Path) -> None:
    light, dark = (opened(new_desktop, tmp_path, scheme) for scheme in ("light", "dark"))
    before: dict[str, QImage] = {}
    shown = [name for name in THEMES if name in _UNLIKE or "BERTH_PICTURES" in os.environ]
    for theme in shown:
        for desktop in (light, dark):
            desktop.run("theme", "use", theme)
        for number, layout in enumerate(OUTPUTS, 1):
            light.run("output", f"BERTH-{number}", "--primary")
            if layout != "desktop":
                open_launcher(light, f"BERTH-{number}")
            file = tmp_path / f"{theme}-{layout}.png"
            before[layout] = settled(light, file, f"BERTH-{number}", before.get(layout))
            if layout != "desktop":
                light.run("launcher")
        open_launcher(dark, "BERTH-1")
        before["dark"] = settled(dark, tmp_path / f"{theme}-dark.png", "BERTH-1", before.get("dark"))
        dark.run("launcher")
        keep(theme, tmp_path)


def keep(theme: str, folder: Path) -> None:
    """All layouts of a theme beside each other, for the documentation."""
    if "BERTH_PICTURES" not in os.environ:
        return
    pictures = [QImage(str(folder / f"{theme}-{layout}.png")) for layout in ("desktop", "dark", "tablet", "phone")]
    widths = [picture.width() * _HEIGHT // picture.height() for picture in pictures]
    sheet = QImage(sum(widths) + _GAP * (len(widths) - 1), _HEIGHT, QImage.Format.Format_RGB32)
    sheet.fill(0xFFFFFF)
    painter = QPainter(sheet)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    x = 0
    for picture, width in zip(pictures, widths, strict=True):
        painter.drawImage(x, 0, picture.scaled(width, _HEIGHT, mode=Qt.TransformationMode.SmoothTransformation))
        x += width + _GAP
    painter.end()
    sheet.save(str(Path(os.environ["BERTH_PICTURES"]) / f"theme-{theme}.jpg"), quality=85)
