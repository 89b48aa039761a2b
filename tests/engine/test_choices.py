"""Which runtime an app gets."""

from __future__ import annotations

from pathlib import Path

import pytest

from berth.core.manifest import Manifest
from berth.core.problem import Problem
from berth.engine.choices import RuntimeChoices

PLAIN = Manifest("org.example.Plain", "Plain", ("x",))
WANTS = Manifest("org.example.Wants", "Wants", ("x",), runtime="podman")


def test_the_nearer_choice_wins(tmp_path: Path) -> None:
    choices = RuntimeChoices(tmp_path / "runtimes.json")
    assert [choices.effective(app) for app in (PLAIN, WANTS)] == ["bubblewrap", "podman"]
    choices.choose("", "docker")
    assert [choices.effective(app) for app in (PLAIN, WANTS)] == ["docker", "podman"]
    choices.choose(PLAIN.id, "bubblewrap")
    choices.choose(WANTS.id, "docker")
    assert [choices.effective(app) for app in (PLAIN, WANTS)] == ["bubblewrap", "docker"]
    again = RuntimeChoices(tmp_path / "runtimes.json")
    assert [again.effective(app) for app in (PLAIN, WANTS)] == ["bubblewrap", "docker"]
    for app in ("", PLAIN.id, WANTS.id):
        again.choose(app, "")
    assert [again.effective(app) for app in (PLAIN, WANTS)] == ["bubblewrap", "podman"]


def test_an_unknown_runtime_is_refused(tmp_path: Path) -> None:
    choices = RuntimeChoices(tmp_path / "runtimes.json")
    with pytest.raises(Problem) as caught:
        choices.choose("", "lxc")
    assert caught.value.code == "unknown-runtime"
    assert "docker" in caught.value.hint
    assert not (tmp_path / "runtimes.json").exists()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"everywhere": 7}', '{"everywhere": "lxc", "apps": {"a": "lxc"}}'])
def test_a_damaged_file_chooses_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "runtimes.json").write_text(text)
    choices = RuntimeChoices(tmp_path / "runtimes.json")
    assert (choices.everywhere, choices.of("a")) == ("bubblewrap", "")
    choices.choose("", "docker")
    assert RuntimeChoices(tmp_path / "runtimes.json").everywhere == "docker"


def test_a_choice_that_cannot_be_kept_is_not_made(tmp_path: Path) -> None:
    choices = RuntimeChoices(tmp_path / "missing" / "runtimes.json")
    with pytest.raises(Problem) as caught:
        choices.choose("", "docker")
    assert caught.value.code == "choice-not-kept"
    assert choices.everywhere == "bubblewrap"
