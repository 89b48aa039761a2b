"""Scale and rotation of outputs outlive the session, and come back with an output that is plugged in again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from berth.core import messages as m
from berth.core.problem import Problem
from tests.ui.conftest import OpenSession
from tests.ui.session import Session
from tests.ui.test_scene_outputs import LEFT, RIGHT, outputs

TWO = "1000x700,1500x900"


def how(session: Session) -> dict[str, tuple[float, int]]:
    return {name: (output.scale, output.turned) for name, output in outputs(session).items()}


def kept(folder: Path) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads((folder / "berth/outputs.json").read_text())["outputs"]
    return found


def test_they_are_kept_from_one_session_to_the_next(open_session: OpenSession, tmp_path: Path) -> None:
    config = tmp_path / "config"
    environment = {"XDG_CONFIG_HOME": str(config)}
    first = open_session(size=TWO, environment=environment)
    first.call(m.ChangeOutput(LEFT, transform=1))
    first.call(m.ChangeOutput(RIGHT, 1.5))
    assert [(entry["name"], entry["scale"], entry["transform"]) for entry in kept(config)] == [
        (LEFT, 0.0, 1),
        (RIGHT, 1.5, 0),
    ]
    with pytest.raises(Problem, match="no transform 9"):
        first.call(m.ChangeOutput(RIGHT, 2.0, transform=9, default=True))
    assert how(first) == {LEFT: (1.0, 1), RIGHT: (1.5, 0)}, "all of it or nothing"
    # What is plugged in again is as it was; what is asked for in so many words counts more.
    first.call(m.UnplugOutput(RIGHT))
    first.call(m.PlugOutput(1500, 900))
    assert how(first) == {LEFT: (1.0, 1), RIGHT: (1.5, 0)}
    first.call(m.UnplugOutput(RIGHT))
    first.call(m.PlugOutput(1500, 900, 2.0))
    assert how(first)[RIGHT] == (2.0, 0)
    second = open_session(size=TWO, environment=environment)
    assert how(second) == {LEFT: (1.0, 1), RIGHT: (1.5, 0)}
    # The way back.
    second.call(m.ChangeOutput(LEFT, default=True))
    second.call(m.ChangeOutput(RIGHT, default=True))
    assert how(second) == {LEFT: (1.0, 0), RIGHT: (1.0, 0)}
    assert kept(config) == []


def test_a_scale_that_would_leave_no_room_does_not_count(open_session: OpenSession, tmp_path: Path) -> None:
    config = tmp_path / "config/berth"
    config.mkdir(parents=True)
    (config / "outputs.json").write_text(json.dumps({"outputs": [{"name": LEFT, "scale": 3.0, "transform": 2}]}))
    session = open_session(size="700x600", environment={"XDG_CONFIG_HOME": str(config.parent)})
    assert how(session) == {LEFT: (1.0, 2)}


def test_a_file_that_is_not_sound_stops_nothing(open_session: OpenSession, tmp_path: Path) -> None:
    config = tmp_path / "config/berth"
    config.mkdir(parents=True)
    (config / "outputs.json").write_text('{"outputs": [{"name": "BERTH-1", "transform": 99}]}')
    session = open_session(environment={"XDG_CONFIG_HOME": str(config.parent)})
    assert how(session) == {LEFT: (1.0, 0)}
    assert (config / "outputs.json.broken").exists()
    session.call(m.ChangeOutput(LEFT, transform=3))
    assert [entry["transform"] for entry in kept(config.parent)] == [3]


def test_screens_of_the_host_are_known_again(open_session: OpenSession, tmp_path: Path) -> None:
    size = {"width": 1200, "height": 900, "logicalDpi": 96, "logicalBaseDpi": 96, "dpr": 1}
    screens = tmp_path / "screens.json"
    screens.write_text(json.dumps({"screens": [{"name": "one", "x": 0, **size}, {"name": "two", "x": 1200, **size}]}))
    environment = {
        "QT_QPA_PLATFORM": f"offscreen:configfile={screens}",
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
    }
    options = ["--full-screen", "--form-factor", "desktop"]
    first = open_session(environment=environment, options=options)
    assert how(first) == {"one": (1.0, 0), "two": (1.0, 0)}
    first.call(m.ChangeOutput("two", 1.5, transform=1))
    second = open_session(environment=environment, options=options)
    assert how(second) == {"one": (1.0, 0), "two": (1.5, 1)}
    assert outputs(second)["two"].height == 800
