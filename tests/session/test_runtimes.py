"""The runtime is the user's choice, and makes no difference on the screen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.images.registry import Memory, PlayedRegistry
from tests.picture import Picture
from tests.runtimes.engines import Dockerd, dockerd
from tests.session.desktop import Desktop, wait_until
from tests.session.test_lent_terminal import Shown, image, left, memory, registry

__all__ = ["dockerd", "memory", "registry"]
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


def test_a_program_of_docker_on_a_lent_terminal(
    desktop: Desktop, dockerd: Dockerd, memory: Memory, registry: PlayedRegistry
) -> None:
    image("sh").push(memory)
    app = desktop.run("images", "pull", f"{registry.name}:1", "--yes").stdout.strip()
    desktop.run("permissions", app, "network", "deny")  # a question would take the keyboard
    desktop.run("runtime", app, "docker")
    desktop.run("run", f"{registry.name}:1", "--wait", "window")
    (row,) = desktop.json("ps")
    assert (row["runtime"], row["windows"]) == ("docker", 1)
    shown = Shown(desktop, row["instance"])
    shown.type("tty; echo $GREETING, $TERM.")
    assert "/dev/pts/0" in shown.said("ahoy, xterm-256color.")
    desktop.kill("engine")
    wait_until(lambda: [row["instance"] for row in desktop.json("ps")] == [shown.instance], "the app to be known again")
    again = Shown(desktop, shown.instance)
    again.type("echo alive $((4 + 4))")
    again.said("alive 8")
    desktop.run("close", str(again.window["window"]))
    again.gone()
    assert dockerd.leftovers(shown.instance) == []
    desktop.run("remove", "--yes", app)
    assert not desktop.json("residue", app)["found"]


def test_a_shell_inside_of_an_app_in_docker(desktop: Desktop, dockerd: Dockerd) -> None:
    desktop.run("runtime", FOOT, "docker")
    instance = desktop.start(FOOT)
    first = desktop.window_of(instance)["window"]
    desktop.run("shell", instance)
    others = lambda: [w for w in desktop.windows() if w["instance"] == instance and w["window"] != first]  # noqa: E731
    wait_until(lambda: [window["focused"] for window in others()] == [True], "the shell's window and its keyboard")
    desktop.run("input", "type", "tty >/tmp/where")
    desktop.run("input", "key", "Return")
    where = ("exec", instance, "--", "cat", "/tmp/where")
    wait_until(lambda: desktop.run(*where, code=None).stdout == "/dev/pts/1\n", "it")
    desktop.run("close", str(others()[0]["window"]))
    wait_until(lambda: not others(), "the end of the shell alone")
    wait_until(lambda: not left(desktop, f"{instance}."), "nothing to be left of it")
    desktop.run("stop", instance)
    wait_until(lambda: not left(desktop, instance), "nothing to be left of the app")
    assert dockerd.leftovers(instance) == []


def test_an_engine_that_is_not_there_is_one_sentence(new_desktop: Callable[..., Desktop], tmp_path: Path) -> None:
    desktop = new_desktop(environment={"DOCKER_HOST": f"unix://{tmp_path}/docker.sock"})
    desktop.run("runtime", "docker")
    result = desktop.run("run", FOOT, code=1)
    assert "Docker is not" in result.stderr
    assert "apt install docker.io" in result.stderr or "systemctl start docker" in result.stderr
    assert desktop.json("ps") == []
    result = desktop.run("runtime", FOOT, "lxc", code=1)
    assert "There is no runtime “lxc”." in result.stderr
    desktop.run("runtime", FOOT, "bubblewrap")
    desktop.start(FOOT)
