"""`berth run IMAGE` and `berth images pull`: what is shown, asked and then fetched."""

from __future__ import annotations

import argparse

import pytest

from berth import commands, registry_commands
from berth.core import messages as m
from berth.core.manifest import NO_REASON
from berth.core.problem import Problem

FULL = "docker.io/some/thing:1@sha256:" + "a" * 64
MANIFEST = """
id = "local.some-thing"
name = "Thing"
command = ["/usr/bin/thing", "a b"]
directory = "/srv/thing"
stop_signal = "SIGQUIT"
[environment]
LANG = "C"
[[permission]]
name = "network"
reason = "\N{WHITE SMILING FACE}"
"""


class Engine:
    def __init__(self, found: m.RegistryImage) -> None:
        self.found = found
        self.asked: list[m.EngineRequest | m.ShellRequest] = []
        self.run: list[str] = []

    def ask(self, _options: argparse.Namespace, request: m.EngineRequest) -> m.Result:
        self.asked.append(request)
        return self.found if isinstance(request, m.LookAtImage) else m.Pulled("local.some-thing", "Thing")

    def run_app(self, options: argparse.Namespace) -> int:
        self.run.append(options.app)
        return 0


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Engine:
    engine = Engine(
        m.RegistryImage(FULL, "local.some-thing", 12_300_000, MANIFEST, user="root", ports=("80/tcp", "443/tcp"))
    )
    monkeypatch.setattr(commands, "ask", engine.ask)
    monkeypatch.setattr(commands, "ask_showing_progress", engine.ask)
    monkeypatch.setattr(commands, "run_app", engine.run_app)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    return engine


def options(**more: object) -> argparse.Namespace:
    return argparse.Namespace(**{"app": "some/thing:1", "what": "some/thing:1", "yes": False, "json": False, **more})


def answer(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("builtins.input", lambda _question: text)


def test_what_gives_no_reason_is_shown_without_one(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answer(monkeypatch, "y")
    manifest = MANIFEST.replace("\N{WHITE SMILING FACE}", NO_REASON)
    engine.found = m.RegistryImage(FULL, "local.some-thing", 1, manifest)
    assert registry_commands.run(options()) == 0
    assert "May ask for  network\n" in capsys.readouterr().out


def test_what_the_manifest_will_say_is_shown_before(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answer(monkeypatch, "y")
    assert registry_commands.run(options()) == 0
    shown = capsys.readouterr().out
    for part in (FULL, "12.3 MB", "Thing", "/usr/bin/thing 'a b'", "LANG=C", "network", "/srv/thing", "expects “root”"):
        assert part in shown
    assert "Ends by" in shown and "SIGQUIT" in shown
    assert "80/tcp 443/tcp, in its own network: no port of this machine leads there" in shown
    # What was shown is what is fetched, wherever the tag leads by now.
    assert engine.asked == [m.LookAtImage("some/thing:1", here=True), m.PullImage(FULL)]
    assert engine.run == ["local.some-thing"]


@pytest.mark.parametrize("said", ["", "n", "no"])
def test_no_is_no(engine: Engine, monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    answer(monkeypatch, said)
    with pytest.raises(Problem, match="Nothing was fetched"):
        registry_commands.run(options())
    assert engine.run == [] and len(engine.asked) == 1


def test_without_a_terminal_nobody_says_yes(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    with pytest.raises(Problem) as caught:
        registry_commands.pull(options())
    assert "--yes" in caught.value.hint and len(engine.asked) == 1
    assert registry_commands.pull(options(yes=True)) == 0 and engine.asked[-1] == m.PullImage(FULL)


def test_what_is_here_is_not_asked_about(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    engine.found = m.RegistryImage(FULL, "local.some-thing", 0, present=True)
    assert registry_commands.run(options()) == 0 and engine.run == ["local.some-thing"]
    assert registry_commands.pull(options()) == 0
    said = capsys.readouterr()
    assert said.out == "local.some-thing\n" and "here already" in said.err
    assert engine.asked == [m.LookAtImage("some/thing:1", True), m.LookAtImage("some/thing:1", False)]


def test_an_app_is_not_looked_for_in_registries(engine: Engine) -> None:
    assert registry_commands.run(options(app="org.gnome.Mines")) == 0
    assert engine.asked == [] and engine.run == ["org.gnome.Mines"]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("debian:12", "List\nAn image of a registry has a slash in its name: berth run docker.io/library/debian:12"),
        ("org.gnome.Miens", "List"),
        ("Not an app", "List"),
    ],
)
def test_who_leaves_the_registry_out_is_told_how_to_name_it(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, name: str, hint: str
) -> None:
    def unknown(_options: argparse.Namespace) -> int:
        raise Problem("unknown-app", "There is no app.", "List")

    monkeypatch.setattr(commands, "run_app", unknown)
    with pytest.raises(Problem) as caught:
        registry_commands.run(options(app=name))
    assert caught.value.hint == hint and engine.asked == []
