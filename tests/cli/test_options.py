"""Options stand wherever one likes to write them."""

from __future__ import annotations

import argparse
import itertools

import pytest

from berth import cli, image_commands, setting_commands, version_commands


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[argparse.Namespace]:
    found: list[argparse.Namespace] = []

    def see(options: argparse.Namespace) -> int:
        found.append(options)
        return 0

    monkeypatch.setattr(setting_commands, "settings", see)
    monkeypatch.setattr(image_commands, "images", see)
    monkeypatch.setattr(version_commands, "pin", see)
    return found


def test_an_option_may_stand_anywhere(seen: list[argparse.Namespace]) -> None:
    for words in itertools.permutations(["app", "--profile=Work", "limits.memory=1G"]):
        if words.index("app") < words.index("limits.memory=1G"):
            assert cli.run(["set", *words]) == 0
    assert cli.run(["set", "app", "--unset", "command", "limits.memory=1G", "--profile", "Work"]) == 0
    assert [(o.app, o.profile, o.changes) for o in seen] == [("app", "Work", ["limits.memory=1G"])] * 4
    assert seen[3].unset == ["command"]


@pytest.mark.parametrize("place", range(4))
def test_words_that_may_be_left_out(seen: list[argparse.Namespace], place: int) -> None:
    words = ["diff", "old", "new"]
    assert cli.run(["images", *words[:place], "--json", *words[place:]]) == 0
    assert cli.run(["images", *words[: min(place, 2)], "--json", *words[place:2]]) == 0
    assert cli.run(["images", "--json"]) == 0
    found = [(o.action, o.what, o.other, o.json) for o in seen]
    assert found == [("diff", "old", "new", True), ("diff", "old", None, True), ("list", None, None, True)]


def test_a_word_too_many_is_refused(seen: list[argparse.Namespace], capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["pin", "app", "--unpin", "1", "2"], ["pin", "app", "1", "--no-such-option"]):
        with pytest.raises(SystemExit):
            cli.run(words)
        assert words[-1] in capsys.readouterr().err
    assert cli.run(["pin", "app", "--unpin", "1"]) == 0
    assert [(o.app, o.version, o.unpin) for o in seen] == [("app", "1", True)]


def test_what_stands_behind_two_dashes_is_no_option(seen: list[argparse.Namespace]) -> None:
    for words in (["diff", "--json", "--", "-q", "--json"], ["--json", "--", "diff", "-q", "--json"]):
        assert cli.run(["images", *words]) == 0
    assert [(o.action, o.what, o.other, o.json) for o in seen] == [("diff", "-q", "--json", True)] * 2
    for words in (["app", "--", "-a", "b"], ["app", "--profile=Work", "--"], ["--", "app"]):
        assert cli.run(["set", *words]) == 0
    found = [(o.app, o.profile, o.changes) for o in seen[2:]]
    assert found == [("app", "", ["-a", "b"]), ("app", "Work", []), ("app", "", [])]
    with pytest.raises(SystemExit):
        cli.run(["set", "app", "-a", "--", "b"])
