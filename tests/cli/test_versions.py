"""`berth versions`, `berth update`, `berth pin`: what they print and ask."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable

import msgspec
import pytest

from berth import commands, version_commands
from berth.core import messages as m
from berth.core.problem import Problem

NEW = m.VersionInfo("a.b:2", "2", "sha256:" + "2" * 64, 86400.0, 9_000_000, 1_000_000, True, False, ("b-1", "b-2"))
OLD = m.VersionInfo(
    "a.b:1", "1", "sha256:" + "1" * 64, 0.0, 8_000_000, 500_000, pinned=True, profile="Version 1", data=2000
)
DONE = m.Update(
    "a.b",
    "a.b:1",
    "a.b:2",
    (m.PackageChange("app", "1", "2"), m.PackageChange("lib", "", "5")),
    -1_500_000,
    ("camera",),
    ("network",),
)
CHECKED = msgspec.structs.replace(DONE, new="", grown=0, fewer_permissions=())

FETCHED = m.Update(
    "fetched",
    "local.b:1",
    "",
    (),
    configuration=(
        m.ConfigurationChange("command", "/bin/a", "/bin/b"),
        m.ConfigurationChange("environment.X", "", "1"),
    ),
    fetch=5_000_000,
    source="docker.io/a/b:1@sha256:0",
    signature=m.Signature("unsigned"),
)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[m.EngineRequest]:
    requests: list[m.EngineRequest] = []

    def answer(_options: argparse.Namespace, request: m.EngineRequest) -> m.Result:
        requests.append(request)
        if isinstance(request, m.UpdateApp):
            return {
                "a.b": CHECKED if request.check else DONE,
                "same": same("same"),
                "held": held(),
                "fetched": FETCHED,
            }[request.app]
        freed = 502_000 if isinstance(request, m.ChangeVersion) and request.with_data else 0
        return m.Versions("a.b", () if getattr(request, "app", "") == "none" else (NEW, OLD), freed=freed)

    monkeypatch.setattr(commands, "ask", answer)
    monkeypatch.setattr(commands, "ask_showing_progress", answer)
    return requests


def same(app: str) -> m.Update:
    return m.Update(app, "same:2", "same:2", ())


def held() -> m.Update:
    return msgspec.structs.replace(DONE, held=True)


@pytest.fixture
def shown(capsys: pytest.CaptureFixture[str], asked: list[m.EngineRequest]) -> Callable[..., str]:
    def show(command: Callable[[argparse.Namespace], int], **options: object) -> str:
        assert command(argparse.Namespace(**{"json": False, "app": "a.b", "action": "list", **options})) == 0
        return capsys.readouterr().out

    return show


def test_versions_are_listed(shown: Callable[..., str]) -> None:
    _title, new, old = shown(version_commands.versions).splitlines()
    assert new.split()[:2] == ["2", "2" * 8] and new.endswith(
        "9.0 MB  1.0 MB      -       current, runs: b-1, runs: b-2"
    )
    assert old.endswith("500.0 kB    2.0 kB  pinned")
    assert [v["image"] for v in json.loads(shown(version_commands.versions, json=True))] == ["a.b:2", "a.b:1"]


def test_one_is_removed(shown: Callable[..., str], asked: list[m.EngineRequest]) -> None:
    said = shown(version_commands.versions, action="remove", version="1", with_data=True)
    assert said == "1 is removed, 502.0 kB are free again.\n"
    found = json.loads(shown(version_commands.versions, action="remove", version="1", with_data=False, json=True))
    assert found["freed"] == 0 and len(found["versions"]) == 2
    assert asked == [m.ChangeVersion("a.b", "remove", "1", True), m.ChangeVersion("a.b", "remove", "1")]
    with pytest.raises(Problem, match="Which version"):
        shown(version_commands.versions, action="remove", version="", with_data=False)


def test_an_update_says_what_has_changed(shown: Callable[..., str]) -> None:
    lines = shown(version_commands.update, check=False).splitlines()
    assert [line.split() for line in lines[1:3]] == [["app", "1", "2"], ["lib", "-", "5"]]
    assert lines[3:] == [
        "It now also asks for: camera",
        "It no longer asks for: network",
        "a.b:1 -> a.b:2: 2 packages, -1.5 MB",
    ]
    assert shown(version_commands.update, check=True).splitlines()[-2:] == [
        "It now also asks for: camera",
        "2 packages would change: berth update a.b",
    ]
    assert shown(version_commands.update, app="same", check=False) == "same:2 is the newest there is.\n"
    lines = shown(version_commands.update, app="fetched", check=True).splitlines()
    assert [line.split() for line in lines[1:3]] == [["command", "/bin/a", "/bin/b"], ["environment.X", "-", "1"]]
    assert lines[3:] == [
        "docker.io/a/b:1@sha256:0 is newer, 5.0 MB to fetch: berth update fetched",
        "It is not signed.",
        "Which packages change is known once it is here.",
    ]
    assert "a.b:1 is pinned, so it stays" in shown(version_commands.update, app="held", check=False)
    assert json.loads(shown(version_commands.update, json=True, check=True))["packages"][0]["package"] == "app"


def test_without_a_version_the_current_one_is_pinned(shown: Callable[..., str], asked: list[m.EngineRequest]) -> None:
    shown(version_commands.pin, version="", unpin=False)
    shown(version_commands.pin, version="1", unpin=True)
    assert len(json.loads(shown(version_commands.rollback, version="", json=True))) == 2
    assert asked[1:] == [
        m.ChangeVersion("a.b", "pin", NEW.digest),
        m.ChangeVersion("a.b", "unpin", "1"),
        m.ChangeVersion("a.b", "use", ""),
    ]
    with pytest.raises(Problem, match="no image of none"):
        shown(version_commands.pin, app="none", version="", unpin=False)
