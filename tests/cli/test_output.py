"""What apps have written, on the terminal of who asks for it."""

from __future__ import annotations

import argparse
import sys

import pytest

from berth import __main__ as program
from berth import commands
from berth.core import messages as m
from berth.core.problem import Problem

WRITTEN = "\x1b[1;31mred\x1b[0m\t10%\r20%\r\n\x1b]52;c;eA==\x07\x9b2Jend\n"


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> argparse.Namespace:
    monkeypatch.setattr(commands, "ask", lambda _options, _request: m.Logs(WRITTEN))
    return argparse.Namespace(instance="i")


def test_a_terminal_obeys_no_log(
    log: argparse.Namespace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    commands.logs(log)
    assert capsys.readouterr().out == "red\t10%\n20%\n�]52;c;eA==��2Jend\n"


def test_a_file_gets_all_of_it(log: argparse.Namespace, capsys: pytest.CaptureFixture[str]) -> None:
    commands.logs(log)
    assert capsys.readouterr().out == WRITTEN


def test_nor_does_it_obey_what_an_app_said_last(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_arguments: list[str], _requested: None) -> int:
        raise Problem("app-exited", "Thing ended: \x1b]52;c;eA==\x07", "\x1b[2J")

    monkeypatch.setattr(sys, "argv", ["berth", "ps"])
    monkeypatch.setattr("berth.cli.run", fail)
    assert program.main() == 1
    assert capsys.readouterr().err == "berth: Thing ended: �]52;c;eA==�\n  �[2J\n"
