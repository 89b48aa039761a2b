"""Apps that draw their own pointer draw the theme's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from berth.engine.appearance.files import remembered
from tests.session.desktop import Desktop, wait_until
from tests.themes.packing import png

pytestmark = pytest.mark.timeout(300)

SPOT = (17, 19)
"""Where the picture over text points: nobody else's does."""
SHEET = f""":root {{ --cursor-size: 40px;
  --cursor-default: url(pointer.png) 3 5; --cursor-text: url(pointer.png) {SPOT[0]} {SPOT[1]}; }}"""
TEXT = (100, 150)
"""A place over the text of each app."""


@pytest.mark.parametrize("app", ["io.github.tsujan.FeatherPad", "org.codeberg.dnkl.foot"])
def test_the_pointer_over_text_is_the_themes(app: str, new_desktop: Callable[..., Desktop], tmp_path: Path) -> None:
    config = tmp_path / "config/berth"
    config.mkdir(parents=True)
    (config / "pointer.png").write_bytes(png(40, 40))
    (config / "style.css").write_text(SHEET)
    desktop = new_desktop(environment={"XDG_CONFIG_HOME": str(config.parent)})

    def known() -> bool:
        palette = remembered(desktop.paths.state / "palette.json")
        return palette is not None and palette.pointers != ""

    wait_until(known, "the engine to know them")
    window = desktop.window_of(desktop.start(app))

    def seen() -> tuple[str, int, int]:
        desktop.run("input", "move", "2", "400")
        desktop.run("input", "move", str(window["x"] + TEXT[0]), str(window["y"] + TEXT[1]))
        now = desktop.json("pointer")
        return now["cursor"], now["hotspot_x"], now["hotspot_y"]

    wait_until(lambda: seen() == ("surface", *SPOT), "the theme's pointer over the text", 60)
