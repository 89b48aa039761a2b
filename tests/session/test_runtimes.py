"""The runtime is the user's choice, and makes no difference on the screen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.picture import Picture
from tests.runtimes.engines import Dockerd, dockerd
from tests.session.desktop import Desktop, wait_until

__all__ = ["dockerd"]
FOOT = "org.codeberg.dnkl.foot"


@pytest.fixture
def desktop(new_desktop: Callable[..., Desktop], dockerd: Dockerd) -> Desktop:
    return new_desktop(environment={"DOCKER_HOST": f"unix://{dockerd.socket}"})


def test_an_app_in_docker_has_its_window_and_outlives_the_engine(
    desktop: Desktop, dockerd: Dockerd, tmp_path: Path
) -> None:
    assert desktop.run("runtime", FOOT).stdout == "bubblewrap (not chosen for this app)\n"
    desktop.run("runtime", FOOT, "docker")
    assert desktop.run("runtime", FOOT).stdout == "docker\n"
    assert desktop.run("runtime").stdout == "bubblewrap\n"
    assert next(app for app in desktop.json("apps") if app["app"] == FOOT)["runtime"] == "docker"

    instance = desktop.start(FOOT)
    (row,) = desktop.json("ps")
    assert (row["runtime"], row["limits"][:6]) == ("docker", "cgroup")
    window = desktop.window_of(instance)
    area = (window["x"], window["y"], window["width"], window["height"])
    before = Picture(desktop.screenshot(tmp_path / "before.png"))
    desktop.run("input", "type", "echo in docker > /home/berth/typed")
    wait_until(lambda: Picture(desktop.screenshot(tmp_path / "a.png")).changed(before, area) > 200, "text on screen")
    desktop.run("input", "key", "Return")
    typed = ("exec", instance, "--", "cat", "/home/berth/typed")
    wait_until(lambda: desktop.run(*typed, code=None).stdout == "in docker\n", "the command to run")

    desktop.kill("engine")
    wait_until(lambda: desktop.run("ps", code=None).returncode == 0, "the next engine")
    assert [(row["instance"], row["runtime"]) for row in desktop.json("ps")] == [(instance, "docker")]
    assert desktop.run(*typed).stdout == "in docker\n"
    assert [window["instance"] for window in desktop.windows()] == [instance]
    desktop.run("stop", instance)
    assert dockerd.leftovers(instance) == []

    desktop.run("runtime", FOOT, "default")
    desktop.start(FOOT)
    assert [row["runtime"] for row in desktop.json("ps")] == ["bubblewrap"]


def test_an_engine_that_is_not_there_is_one_sentence(new_desktop: Callable[..., Desktop], tmp_path: Path) -> None:
    desktop = new_desktop(environment={"DOCKER_HOST": f"unix://{tmp_path}/docker.sock"})
    desktop.run("runtime", "docker")
    result = desktop.run("run", FOOT, code=1)
    assert "Docker is not" in result.stderr
    assert "apt install docker.io" in result.stderr or "systemctl start docker" in result.stderr
    assert desktop.json("ps") == []
    result = desktop.run("runtime", FOOT, "lxc", code=1)
    assert "One app and one runtime at most" in result.stderr
    desktop.run("runtime", FOOT, "bubblewrap")
    desktop.start(FOOT)
