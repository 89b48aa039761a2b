"""A session on two outputs, driven by the command line: windows on both, unplugging, the next ui."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.picture import Picture
from tests.session.desktop import Desktop, wait_until

FOOT = "org.codeberg.dnkl.foot"


def outputs(desktop: Desktop) -> dict[str, Any]:
    return {output["name"]: output for output in desktop.json("outputs")}


def test_two_outputs_of_different_scale(new_desktop: Callable[..., Desktop], tmp_path: Path) -> None:
    desktop = new_desktop(extra=("--outputs", "1280x800@1,1920x1080@1.5"))
    found = outputs(desktop)
    assert [(o["x"], o["width"], o["height"], o["scale"]) for o in found.values()] == [
        (0, 1280, 800, 1.0),
        (1280, 1280, 720, 1.5),
    ]
    instance = desktop.start(FOOT)
    window = desktop.window_of(instance)["window"]
    desktop.run("send", str(window), "BERTH-2")
    wait_until(lambda: desktop.window_of(instance)["output"] == "BERTH-2", "the window on the other output")
    desktop.run("input", "type", "echo two\n")

    def written() -> bool:
        info = desktop.window_of(instance)
        desktop.run("screenshot", str(tmp_path / "right.png"), "--output", "BERTH-2")
        picture = Picture(tmp_path / "right.png")
        assert (picture.width, picture.height) == (1920, 1080)
        left, top = round((info["x"] - 1280) * 1.5), round(info["y"] * 1.5)
        return len(picture.colours((left + 2, top + 2, 300, 120))) > 5

    wait_until(written, "text on the second output")
    before = desktop.window_of(instance)
    desktop.kill("ui")
    wait_until(lambda: set(outputs(desktop)) == {"BERTH-1", "BERTH-2"}, "both outputs with the next ui")
    wait_until(lambda: desktop.window_of(instance)["frame"] == before["frame"], "the window where it was")
    desktop.run("unplug", "BERTH-2")
    assert desktop.window_of(instance)["output"] == "BERTH-1"
    desktop.run("plug", "1920x1080@1.5")
    assert desktop.window_of(instance)["frame"] == before["frame"]
    desktop.run("output", "BERTH-1", "--transform", "270")
    assert [outputs(desktop)["BERTH-1"][key] for key in ("width", "height", "transform")] == [800, 1280, 3]
    assert "no output" in desktop.run("unplug", "nowhere", code=1).stderr
    assert "no output like" in desktop.run("plug", "large", code=1).stderr
