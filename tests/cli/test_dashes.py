"""File names that begin with a dash, and what is for an app."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from berth import cli, commands, registry_commands, theme_commands
from berth.core.problem import Problem


def test_a_file_may_begin_with_a_dash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for words in (("theme", "look"), ("theme", "install"), ("theme", "check"), ("theme", "from-picture")):
        with pytest.raises(Problem) as raised:
            cli.run([*words, "--", "-x"])
        assert "-x" in raised.value.message, words


def test_what_follows_is_the_app_s_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[argparse.Namespace] = []

    def see(options: argparse.Namespace) -> int:
        seen.append(options)
        return 0

    monkeypatch.setattr(registry_commands, "run", see)
    monkeypatch.setattr(commands, "exec_in", see)
    for command in ("run", "exec"):
        assert cli.run(["--name", "theme", command, "foot", "--", "-e", "--", "true"]) == 0
    assert [options.inner for options in seen] == [["-e", "--", "true"]] * 2
    monkeypatch.setattr(theme_commands, "look", see)
    assert cli.run(["--name=run", "theme", "look", "--", "-x"]) == 0
    assert (seen[2].file, seen[2].inner) == ("-x", [])
