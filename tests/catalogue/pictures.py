"""Pictures of apps for the catalogue, made of their windows by ``--app-pictures DIR``.

Small enough that all of them together cost the repository less than 2 MB.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from tests.catalogue.poses import Pose, samples
from tests.matrix.hands import Hands
from tests.session.desktop import Desktop

WIDTH = 640
"""Pixels; a smaller window keeps its size."""
_HEIGHT = 480
_QUALITY = 74
_CORNER = 9
_ASIDE = (1270, 500)
"""Where the pointer brings up no tip."""


def prepare(desktop: Desktop, app: str, pose: Pose) -> None:
    """Put what the app is to open into its home."""
    home = desktop.paths.apps / app / "home"
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, content in {**samples(), **{name: text.encode() for name, text in pose.files.items()}}.items():
        (home / name).parent.mkdir(exist_ok=True)
        (home / name).write_bytes(content)


def take(desktop: Desktop, instance: str, pose: Pose, directory: Path, app: str) -> None:
    """Bring the app into its pose, and write the picture of its largest window into `directory`."""
    hands = Hands(desktop)
    try:
        time.sleep(pose.patience)
        for step in pose.steps:
            window = _window(desktop, instance)
            desktop.run("focus", str(window["window"]))
            if isinstance(step, tuple):
                x = round(window["x"] + step[0] * window["width"])
                y = round(window["y"] + step[1] * window["height"])
                hands.hover(x, y)
                hands.click(x, y)
            elif step.startswith("="):
                hands.type(step[1:])
            else:
                hands.press(step)
            time.sleep(1)
            hands.still()
        hands.hover(*_ASIDE)
        hands.still()
        picture = desktop.screenshot(directory / f"{app}.png", _window(desktop, instance)["window"])
    finally:
        hands.close()
    _shrink(picture, directory / f"{app}.webp")
    picture.unlink()


def _window(desktop: Desktop, instance: str) -> dict[str, Any]:
    """The largest one: what lies beside it is a tip of the day or a toolbox."""
    windows = [window for window in desktop.windows() if window["instance"] == instance]
    return max(windows, key=lambda window: int(window["width"]) * int(window["height"]))


def _shrink(picture: Path, file: Path) -> None:
    with Image.open(picture) as shown:
        # A screenshot has black where a window ends with round corners and a thin line of shade.
        small = shown.convert("RGBA").crop((1, 1, shown.width - 1, shown.height - 1))
        small.thumbnail((WIDTH, _HEIGHT), Image.Resampling.LANCZOS)
        small.putalpha(_round(small.size))
        small.save(file, quality=_QUALITY, alpha_quality=80, method=6)


def _round(size: tuple[int, int]) -> Image.Image:
    """A mask that leaves out the corners."""
    fine = 4
    mask = Image.new("L", (size[0] * fine, size[1] * fine))
    draw: Any = ImageDraw.Draw(mask)
    draw.rounded_rectangle((0, 0, mask.width - 1, mask.height - 1), _CORNER * fine, fill=255)
    return mask.resize(size, Image.Resampling.LANCZOS)
