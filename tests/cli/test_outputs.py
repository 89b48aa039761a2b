"""`berth output`: what it asks."""

from __future__ import annotations

import argparse

import pytest

from berth import cli, commands
from berth.core import messages as m
from berth.core.problem import Problem


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    requests: list[object] = []

    def do(_options: argparse.Namespace, request: m.ShellRequest) -> int:
        requests.append(request)
        return 0

    monkeypatch.setattr(commands, "do", do)
    return requests


def test_where_an_output_lies(asked: list[object]) -> None:
    for words in (["--position", "1280,0"], ["--position=-800,-20"], ["--left-of", "DP-2"], ["--below", "DP-2"]):
        assert cli.run(["output", "DP-1", *words]) == 0
    assert asked == [
        m.ChangeOutput("DP-1", position=(1280, 0)),
        m.ChangeOutput("DP-1", position=(-800, -20)),
        m.ChangeOutput("DP-1", side="left-of", beside="DP-2"),
        m.ChangeOutput("DP-1", side="below", beside="DP-2"),
    ]


def test_the_rest_of_it(asked: list[object]) -> None:
    assert cli.run(["output", "DP-1", "--scale", "2", "--transform", "90", "--primary", "--default"]) == 0
    assert asked == [m.ChangeOutput("DP-1", 2.0, primary=True, transform=1, default=True)]


@pytest.mark.parametrize("place", ["", "1280", "1280x0", "1,2,3", "a,b", "1.5,2"])
def test_what_is_no_place(asked: list[object], place: str) -> None:
    with pytest.raises(Problem, match="is no place like 1280,0") as caught:
        cli.run(["output", "DP-1", "--position", place])
    assert caught.value.code == "bad-position" and not asked
