"""`berth keys` and how signatures are told."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from berth import cli, commands, key_commands, registry_commands
from berth.core import messages as m
from berth.core.problem import Problem

KEYS = m.Keys(
    (
        m.KeyInfo("Acme", "ghcr.io/acme/*", True, "ECDSA P-256", "ab" * 32),
        m.KeyInfo("Me", "*", False, "Ed25519", "cd" * 32),
    )
)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    requests: list[object] = []

    def ask(_options: argparse.Namespace, request: m.EngineRequest) -> m.Result:
        requests.append(request)
        return KEYS

    monkeypatch.setattr(commands, "ask", ask)
    return requests


def test_they_are_listed(asked: list[object], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["keys"]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines[1] == ["Acme", "ghcr.io/acme/*", "required", "ECDSA", "P-256", "ab" * 8]
    assert lines[2] == ["Me", "*", "shown", "Ed25519", "cd" * 8]
    assert cli.run(["keys", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["required"] is True
    assert asked == [m.ListKeys(), m.ListKeys()]


def test_they_are_changed(asked: list[object], tmp_path: Path) -> None:
    file = tmp_path / "cosign.pub"
    file.write_text("PEM")
    assert cli.run(["keys", "add", "Acme", str(file), "--for", "ghcr.io/acme/*", "--require"]) == 0
    assert cli.run(["keys", "add", "Me", str(file)]) == 0
    for action in ("remove", "require", "show"):
        assert cli.run(["keys", action, "Acme"]) == 0
    assert asked == [
        m.AddKey("Acme", "PEM", "ghcr.io/acme/*", True),
        m.AddKey("Me", "PEM"),
        m.ChangeKey("Acme", "remove"),
        m.ChangeKey("Acme", "require"),
        m.ChangeKey("Acme", "show"),
    ]
    file.write_bytes(b"\xff\xfe")
    for name in (file, tmp_path / "missing", tmp_path):
        with pytest.raises(Problem) as caught:
            key_commands.add(argparse.Namespace(key="x", file=str(name), pattern="*", require=False))
        assert caught.value.code == "key-invalid"


def test_signatures_in_words() -> None:
    text = registry_commands.signature_text
    assert text(m.Signature("signed", "Acme", "ab" * 32)) == f"signed by Acme (key {'ab' * 8})"
    assert text(m.Signature("untrusted")) == "signed by a key that you do not trust"
    assert (text(m.Signature("unsigned")), text(m.Signature())) == ("not signed", "")
