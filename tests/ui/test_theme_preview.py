"""Pictures of themes, drawn beside the desktop: what they show, what is kept, and what a stranger cannot do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from PIL import Image

from tests.picture import Picture

ROOT = Path(__file__).parents[2]
BASE = ROOT / "themes/default"


def run(
    cache: Path, *themes: Path, scheme: str = "light", program: Sequence[str] = ("-m", "berth.ui.theme_preview")
) -> dict[str, Path]:
    """Pictures by theme."""
    command = [sys.executable, *program, "--base", str(BASE), "--scheme", scheme, "--"]
    done = subprocess.run(
        [*command, *(f"{theme.name}={theme}" for theme in themes)],
        env={**os.environ, "XDG_CACHE_HOME": str(cache)},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert done.stderr == ""
    return {row["theme"]: Path(row["file"]) for row in map(json.loads, done.stdout.splitlines())}


def theme(folder: Path, sheet: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "theme.toml").write_text(f'id = "{folder.name}"\nname = "X"\n')
    (folder / "style.css").write_text(sheet)
    return folder


def share(file: Path, colour: tuple[int, int, int]) -> float:
    picture = Picture(file)
    found = picture.colours((0, 0, picture.width, picture.height))
    return found[colour] / found.total()


def test_every_theme_of_berth_looks_like_no_other(tmp_path: Path) -> None:
    shipped = sorted((ROOT / "themes").iterdir())
    light, dark = run(tmp_path, *shipped), run(tmp_path, *shipped, scheme="dark")
    assert set(light) == {folder.name for folder in shipped}
    assert len({file.read_bytes() for file in light.values()}) == len(shipped)
    changed = {name for name in light if light[name].read_bytes() != dark[name].read_bytes()}
    assert {"default", "dune", "glass", "pebble", "pocket", "trellis"} <= changed


def test_boxes_and_tokens_of_the_theme_are_in_it(tmp_path: Path) -> None:
    mine = theme(tmp_path / "mine", "desktop { background: #00ff00 } :root { --color-window-background: #ff00ff }")
    found = run(tmp_path / "cache", mine)["mine"]
    assert share(found, (0, 255, 0)) > 0.25 and share(found, (255, 0, 255)) > 0.1


@pytest.mark.parametrize("panel", ["always", "never"])
@pytest.mark.parametrize("dock", ["never", "bottom", "left", "right"])
def test_it_has_the_bars_that_the_theme_has(tmp_path: Path, dock: str, panel: str) -> None:
    places = {"bottom": (140, 200, 200, 100), "left": (0, 20, 60, 260), "right": (420, 20, 60, 260)}
    words = f"--panel-shown: {panel};" + (dock in places) * f"--dock-shown: always; --dock-edge: {dock};"
    sheet = f":root {{ {words} }} panel {{ background: #00ff00 }} dock {{ background: #ff00ff }}"
    picture = Picture(run(tmp_path / "cache", theme(tmp_path / "mine", sheet))["mine"])
    whole = picture.colours((0, 0, picture.width, picture.height))
    assert (whole[0, 255, 0] > 5_000) == (panel == "always" or dock == "never")
    assert (whole[255, 0, 255] > 1_000) == (dock in places)
    if dock in places:
        assert picture.colours(places[dock])[255, 0, 255] == whole[255, 0, 255]


def test_a_picture_is_kept_until_a_file_of_the_theme_changes(tmp_path: Path) -> None:
    mine = theme(tmp_path / "mine", "desktop { background: #00ff00 }")
    first = run(tmp_path / "cache", mine)["mine"]
    made = first.stat().st_mtime_ns
    assert run(tmp_path / "cache", mine)["mine"] == first and first.stat().st_mtime_ns == made
    theme(mine, "desktop { background: #0000ff }")
    second = run(tmp_path / "cache", mine)["mine"]
    assert second != first and share(second, (0, 0, 255)) > 0.25


@pytest.mark.parametrize("name", ["preview.png", "preview.jpg", "preview.webp"])
def test_a_picture_of_the_theme_s_own_is_taken(tmp_path: Path, name: str) -> None:
    mine = theme(tmp_path / "mine", "")
    Image.new("RGB", (1600, 1000), (200, 100, 50)).save(mine / name)
    found = run(tmp_path / "cache", mine)["mine"]
    with Image.open(found) as picture:
        assert picture.format == "PNG" and picture.size == (480, 300)
    middle = Picture(found).at(240, 150)
    assert all(abs(a - b) < 6 for a, b in zip(middle, (200, 100, 50), strict=True))


def test_a_picture_that_is_not_sound_gives_way_to_a_drawn_one(tmp_path: Path) -> None:
    mine = theme(tmp_path / "mine", "desktop { background: #00ff00 }")
    Image.new("L", (5000, 10)).save(mine / "preview.png")
    (mine / "preview.jpg").write_text("<svg/>")
    (mine / "preview.webp").symlink_to("/etc/passwd")
    assert share(run(tmp_path / "cache", mine)["mine"], (0, 255, 0)) > 0.25


def test_one_that_cannot_be_drawn_leaves_the_others(tmp_path: Path) -> None:
    broken = theme(tmp_path / "broken", "desktop { background: url(../../etc/x.png) } } } {")
    (broken / "tokens.json").write_text("{")
    gone = tmp_path / "gone"
    mine = theme(tmp_path / "mine", "desktop { background: #00ff00 }")
    found = run(tmp_path / "cache", broken, gone, mine)
    assert "mine" in found and "broken" not in found


_FAILS_LATE = """
import sys
from berth.ui import theme_preview, theme_scene

def fails_once(scene):
    theme_scene._Scene._panel = panel
    raise ValueError

panel, theme_scene._Scene._panel = theme_scene._Scene._panel, fails_once
sys.exit(theme_preview.main())
"""


def test_one_that_fails_half_drawn_leaves_the_others(tmp_path: Path) -> None:
    two = [theme(tmp_path / name, "desktop { background: #00ff00 }") for name in ("one", "two")]
    found = run(tmp_path / "cache", *two, program=["-c", _FAILS_LATE])
    assert set(found) == {"two"} and share(found["two"], (0, 255, 0)) > 0.25


_ENDS = """
import os, sys
from berth.ui import theme_preview

make = theme_preview._make
theme_preview._make = lambda folder, *rest: os._exit(0) if folder.name == "one" else make(folder, *rest)
sys.exit(theme_preview.main())
"""


def test_one_that_ends_the_process_has_its_turn_last_the_next_time(tmp_path: Path) -> None:
    two = [theme(tmp_path / name, "desktop { background: #00ff00 }") for name in ("one", "two")]
    assert run(tmp_path / "cache", *two, program=["-c", _ENDS]) == {}
    assert set(run(tmp_path / "cache", *two, program=["-c", _ENDS])) == {"two"}
    assert set(run(tmp_path / "cache", *two)) == {"one", "two"}, "whoever ended it, it is drawn when it can be"
    assert not list((tmp_path / "cache").rglob("*.begun"))
