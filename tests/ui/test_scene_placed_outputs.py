"""Where the user lets outputs lie and which has the panel: told to clients, kept, and never a gap between them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pywayland.protocol import wayland
from pywayland.protocol.xdg_output_unstable_v1 import ZxdgOutputManagerV1

from berth.core import messages as m
from berth.core.messages import InputClick, InputDrag, InputKey
from berth.core.problem import Problem
from tests.ui.conftest import OpenSession
from tests.ui.session import Session
from tests.ui.test_scene_outputs import LEFT, RIGHT, bind_all, opened, outputs, until_seen
from tests.ui.test_scene_session import RED

TWO = "1000x700,1500x900"
THIRD = "BERTH-3"


def corners(session: Session) -> dict[str, tuple[int, int]]:
    return {name: (output.x, output.y) for name, output in outputs(session).items()}


def primary(session: Session) -> list[str]:
    return [name for name, output in outputs(session).items() if output.primary]


def arrangements(config: Path) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads((config / "berth/outputs.json").read_text()).get("arrangements", [])
    return found


@pytest.fixture
def two(open_session: OpenSession) -> Session:
    return open_session(size=TWO)


def test_clients_are_told_and_windows_go_along(two: Session) -> None:
    app, _window = opened(two, "red", RED)
    known = bind_all(app)
    logical = app.bind(ZxdgOutputManagerV1).get_xdg_output(known[RIGHT])
    app.roundtrip()
    assert logical.last("logical_position") == (1000, 0)
    two.call(m.SendWindow(two.window("red").window, RIGHT))
    two.move("red", 1100, 50)
    two.call(m.ChangeOutput(RIGHT, side="above", beside=LEFT))
    assert corners(two) == {LEFT: (0, 900), RIGHT: (0, 0)}
    info = two.window("red")
    assert (info.output, info.x, info.y) == (RIGHT, 100, 50)
    until_seen(two, RIGHT, RED, (103, 53, 290, 190))
    app.until(lambda: known[LEFT].last("geometry")[:2] == (0, 900))
    app.until(lambda: known[RIGHT].last("geometry")[:2] == (0, 0) and logical.last("logical_position") == (0, 0))


def test_the_pointer_crosses_where_they_touch(two: Session) -> None:
    two.call(m.ChangeOutput(RIGHT, side="above", beside=LEFT))
    app, _window = opened(two, "red", RED, decorated=True)
    pointer = app.bind(wayland.WlSeat).get_pointer()
    app.roundtrip()
    x, y, width, _height = two.window("red").frame
    two.input(InputDrag(x + width // 2, y + 15, 500, 300, 30))
    info = two.window("red")
    assert (info.output, info.frame[1]) == (RIGHT, 285)
    until_seen(two, RIGHT, RED, (info.x + 3, info.y + 3, 290, 190))
    two.input(m.InputMove(info.x + 20, info.y + 30))
    app.until(lambda: pointer.named("enter"))
    with pytest.raises(Problem, match="outside the screen"):
        two.input(m.InputMove(1200, 1000))


def test_a_place_of_its_own_has_no_gap_and_covers_nothing(two: Session) -> None:
    two.call(m.ChangeOutput(RIGHT, position=(200, 700)))
    assert corners(two) == {LEFT: (0, 0), RIGHT: (200, 700)}
    for position, sentence, hint in (
        ((900, 100), f"cover a part of “{LEFT}”", "Try 1000,100."),
        ((2000, 0), "lie beside no other one", "Try 1000,0."),
    ):
        with pytest.raises(Problem, match=sentence) as caught:
            two.call(m.ChangeOutput(RIGHT, 2.0, position=position))
        assert (caught.value.code, caught.value.hint) == ("bad-position", hint)
    assert outputs(two)[RIGHT].scale == 1.0, "all of it or nothing"
    assert corners(two) == {LEFT: (0, 0), RIGHT: (200, 700)}
    for other in (RIGHT, "nowhere"):
        with pytest.raises(Problem):
            two.call(m.ChangeOutput(RIGHT, side="above", beside=other))
    # Who lies beside another one stays there, whatever becomes of sizes.
    two.call(m.ChangeOutput(LEFT, 2.0))
    assert corners(two) == {LEFT: (0, 0), RIGHT: (200, 350)}
    two.call(m.ChangeOutput(LEFT, 1.0))
    assert corners(two) == {LEFT: (0, 0), RIGHT: (200, 700)}


def test_it_is_kept_for_the_outputs_that_are_there_together(open_session: OpenSession, tmp_path: Path) -> None:
    config = tmp_path / "config"
    environment = {"XDG_CONFIG_HOME": str(config)}
    first = open_session(size=TWO, environment=environment)
    first.call(m.ChangeOutput(RIGHT, primary=True, side="left-of", beside=LEFT))
    assert (corners(first), primary(first)) == ({LEFT: (1500, 0), RIGHT: (0, 0)}, [RIGHT])
    first.call(m.PlugOutput(800, 600))
    assert corners(first)[THIRD] == (2500, 0)
    first.call(m.ChangeOutput(THIRD, side="below", beside=RIGHT))
    three = corners(first)
    assert three == {LEFT: (1500, 0), RIGHT: (0, 0), THIRD: (0, 900)}
    # Whoever is gone leaves no gap, and finds its place again.
    first.call(m.UnplugOutput(RIGHT))
    first.call(m.UnplugOutput(THIRD))
    assert (corners(first), primary(first)) == ({LEFT: (0, 0)}, [LEFT])
    first.call(m.PlugOutput(1500, 900))
    assert (corners(first), primary(first)) == ({LEFT: (1500, 0), RIGHT: (0, 0)}, [RIGHT])
    first.call(m.PlugOutput(800, 600))
    assert (corners(first), primary(first)) == (three, [RIGHT])
    second = open_session(size=TWO, environment=environment)
    assert (corners(second), primary(second)) == ({LEFT: (1500, 0), RIGHT: (0, 0)}, [RIGHT])
    # The way back.
    second.call(m.ChangeOutput(LEFT, primary=True, default=True))
    assert (corners(second), primary(second)) == ({LEFT: (0, 0), RIGHT: (1000, 0)}, [LEFT])
    assert len(arrangements(config)) == 1, "that of the three"


def test_the_panel_stays_where_it_was_put_and_moves_no_output(open_session: OpenSession, tmp_path: Path) -> None:
    environment = {"XDG_CONFIG_HOME": str(tmp_path / "config")}
    first = open_session(size=TWO, environment=environment)
    first.call(m.ChangeOutput(RIGHT, primary=True))
    assert (corners(first), primary(first)) == ({LEFT: (0, 0), RIGHT: (1000, 0)}, [RIGHT])
    second = open_session(size=TWO, environment=environment)
    assert (corners(second), primary(second)) == ({LEFT: (0, 0), RIGHT: (1000, 0)}, [RIGHT])
    second.until(lambda: outputs(second)[RIGHT].usable[3] < 900 and outputs(second)[LEFT].usable[3] == 700)


def test_the_next_ui_has_them_there(two: Session) -> None:
    two.call(m.ChangeOutput(RIGHT, primary=True, side="above", beside=LEFT))
    before = outputs(two)
    two.kill_ui()
    two.start_ui()
    two.until(lambda: outputs(two) == before)


def test_screens_lie_as_the_host_has_them_at_any_scale(open_session: OpenSession, tmp_path: Path) -> None:
    size = {"width": 1200, "height": 900, "logicalDpi": 96, "logicalBaseDpi": 96, "dpr": 1, "x": 0}
    screens = tmp_path / "screens.json"
    screens.write_text(json.dumps({"screens": [{"name": "low", "y": 900, **size}, {"name": "high", "y": 0, **size}]}))
    session = open_session(
        environment={"QT_QPA_PLATFORM": f"offscreen:configfile={screens}"},
        options=["--full-screen", "--form-factor", "desktop"],
    )
    assert corners(session) == {"low": (0, 900), "high": (0, 0)}
    session.call(m.ChangeOutput("high", 1.5))
    assert corners(session) == {"low": (0, 600), "high": (0, 0)}
    session.call(m.ChangeOutput("high", side="right-of", beside="low"))
    assert corners(session) == {"low": (0, 0), "high": (1200, 0)}
    session.call(m.ChangeOutput("high", default=True))
    assert corners(session) == {"low": (0, 900), "high": (0, 0)}


def try_scale(session: Session) -> None:
    """Choose 125 % for the left output in the card of the screens, and do not say that it is good."""
    session.input(InputClick(100, 300), InputKey("super+o"), InputKey("s"), InputKey("Return"))
    session.input(InputKey("Tab"), InputKey("Return"))
    session.until(lambda: (left := outputs(session)[LEFT]).before is not None and left.scale == 1.25)


def test_what_is_on_trial_goes_back_even_if_the_ui_dies(two: Session) -> None:
    two.call(m.ChangeOutput(RIGHT, side="above", beside=LEFT))
    two.call(m.ChangeOutput(RIGHT, 1.5, transform=2))
    before = outputs(two)
    try_scale(two)
    two.kill_ui()
    two.start_ui()
    two.until(lambda: outputs(two) == before)


def test_what_is_said_by_hand_ends_the_trial(two: Session) -> None:
    try_scale(two)
    two.call(m.ChangeOutput(LEFT, transform=1))
    left = outputs(two)[LEFT]
    assert (left.scale, left.turned, left.before) == (1.0, 1, None)
    # Whoever answers the question that is gone changes nothing.
    two.input(InputKey("Escape"))
    left = outputs(two)[LEFT]
    assert (left.scale, left.turned) == (1.0, 1)
