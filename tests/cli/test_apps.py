"""`berth apps`: the catalogue as a table, one app in full, data for programs."""

from __future__ import annotations

import argparse
import json

import pytest

from berth import commands, making
from berth.core.messages import AppInfo, Apps, ImageProgress, PermissionInfo, ProblemInfo, Runtimes
from berth.core.problem import Problem

MINES = AppInfo(
    "org.example.Mines",
    "Mines",
    "Clear the field",
    "1.2",
    "",
    ("games",),
    (),
    "sha256:1",
    "ready",
    "/mines.toml",
    publisher="Example",
    licence="MIT",
    homepage="https://example.org/",
    keywords=("logic",),
    size=1_785_000,
)
MAIL = AppInfo(
    "org.example.Mail",
    "Letters",
    "Read and write",
    "",
    "",
    ("mail", "internet"),
    (PermissionInfo("network", "To fetch mail.", False, "ask"),),
    "",
    "missing",
    "/mail.toml",
    keywords=("email",),
    size=9_000_000,
)


def apps(monkeypatch: pytest.MonkeyPatch, *words: str, category: str | None = None, json: bool = False) -> None:
    monkeypatch.setattr(commands, "ask", lambda _options, _request: Apps((MINES, MAIL), ()))
    assert commands.apps(argparse.Namespace(words=words, category=category, json=json)) == 0


def test_all_of_them_in_a_table(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    apps(monkeypatch)
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines[1] == ["org.example.Mines", "Mines", "games", "1.8", "MB", "1.2", "ready", "-"]
    assert lines[2][-6:] == ["internet", "~9.0", "MB", "-", "missing", "network"]


def test_one_alone_in_full(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    apps(monkeypatch, "logic")
    shown = capsys.readouterr().out
    for value in ("Clear the field", "Example", "MIT", "https://example.org/", "1.8 MB", "/mines.toml"):
        assert value in shown
    assert "Letters" not in shown and "Screenshot" not in shown


@pytest.mark.parametrize(
    ("words", "category", "found"),
    [(("email",), None, [MAIL]), ((), "games", [MINES]), (("mail",), "games", []), (("example",), None, [MINES, MAIL])],
)
def test_as_data(
    words: tuple[str, ...],
    category: str | None,
    found: list[AppInfo],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    apps(monkeypatch, *words, category=category, json=True)
    assert [app["app"] for app in json.loads(capsys.readouterr().out)] == [app.app for app in found]


def test_finding_nothing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Problem, match="No app of the catalogue fits"):
        apps(monkeypatch, "zzz")


def test_manifests_that_give_no_app_are_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = ProblemInfo("manifest-invalid", "/a.toml:2: \x1b[1m\n/a.toml:3: wrong", "How to write one")
    monkeypatch.setattr(commands, "ask", lambda _options, _request: Apps((MINES,), (broken,)))
    assert commands.apps(argparse.Namespace(words=(), category=None, json=False)) == 0
    said = capsys.readouterr()
    assert said.err == "berth: /a.toml:2: �[1m\nberth: /a.toml:3: wrong\n  How to write one\n"
    assert "Mines" in said.out
    assert commands.apps(argparse.Namespace(words=(), category=None, json=True)) == 0
    assert capsys.readouterr().err == ""


def test_a_category_that_there_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Problem) as caught:
        apps(monkeypatch, category="gams")
    assert "gams" in caught.value.message and caught.value.hint == "Categories are: games, internet, mail"


def test_a_runtime_that_there_is_not() -> None:
    for words, message in (("a.b", "lxc"), "There is no runtime “lxc”."), (("a.b", "c.d"), "One app and one runtime"):
        with pytest.raises(Problem, match=message):
            commands.runtime(argparse.Namespace(words=words))


def test_the_runtime_as_data(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(commands, "ask", lambda _options, _request: Runtimes("", "podman", ()))
    assert commands.runtime(argparse.Namespace(words=["a.b"], json=True)) == 0
    assert json.loads(capsys.readouterr().out) == {"runtime": "podman", "chosen": ""}


def test_what_is_done_has_no_time_left(capsys: pytest.CaptureFixture[str]) -> None:
    for fraction, left, finished in ((0.5, 3.0, False), (0.99, 0.4, False), (1.0, 0.0, True)):
        making.show_progress(ImageProgress("a.b", "Fetching", fraction, left, finished))
    assert capsys.readouterr().err == "Fetching 50%, about 3 s left\nFetching 99%\nFetching\n"
