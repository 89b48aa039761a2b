"""`berth dock`: what it asks, and how the answer is told."""

from __future__ import annotations

import argparse
import json

import pytest

from berth import cli, dock_commands
from berth.core import messages as m
from berth.core.problem import Problem

FOOT, GONE = m.DockEntry("a.foot", "Foot", True, True, 2), m.DockEntry("a.gone", "a.gone", True, False, 0)
DOCK = m.DockInfo("never", (FOOT, GONE))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    requests: list[object] = []

    def ask(_options: argparse.Namespace, request: m.ShellRequest) -> m.Result:
        requests.append(request)
        return DOCK

    monkeypatch.setattr(dock_commands, "ask", ask)
    return requests


def test_it_is_listed(asked: list[object], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["dock", "list"]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines[1] == ["1", "a.foot", "Foot", "pinned", "2"]
    assert lines[2] == ["2", "a.gone", "a.gone", "pinned", "not", "installed"]
    assert cli.run(["dock", "list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["apps"][0]["windows"] == 2
    assert asked == [m.ChangeDock(), m.ChangeDock()]


def test_it_is_changed(asked: list[object], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["dock", "pin", "a.foot"]) == 0
    assert cli.run(["dock", "pin", "a.foot", "--place", "2"]) == 0
    assert cli.run(["dock", "unpin", "a.foot"]) == 0
    assert cli.run(["dock", "move", "a.foot", "1"]) == 0
    assert capsys.readouterr().out == ""
    changes = [("pin", "a.foot", 0), ("pin", "a.foot", 2), ("unpin", "a.foot", 0), ("move", "a.foot", 1)]
    assert asked == [m.ChangeDock(*change) for change in changes]


def test_places_count_from_one(asked: list[object]) -> None:
    with pytest.raises(Problem, match="no place 0"):
        cli.run(["dock", "move", "a.foot", "0"])
    assert not asked
