"""`berth image`, `berth sbom`, `berth images diff`: what they print of what the engine says."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable

import msgspec
import pytest

from berth import commands, image_commands
from berth.core import messages as m
from berth.core import sbom
from berth.core.problem import Problem

INSIDE = m.ImageInside(
    "a.b:2",
    "sha256:1",
    0.0,
    "built",
    "amd64",
    "{}",
    (
        m.LayerInfo("sha256:" + "1" * 64, "gtk", 117_000_000, 45_000_000, 900, ("libgtk-3-0 3.24",)),
        m.LayerInfo("sha256:" + "2" * 64, "", 2_000_000, 1_000_000, 30, ("app 2",)),
    ),
    (
        m.FileInfo("usr/bin/app", 1500, 2),
        m.FileInfo("usr/\x1b[31mred", 1, 2, "changed"),
        m.FileInfo("usr/old", 0, 2, "removed"),
    ),
)


def bill(version: str, size: int) -> str:
    own = sbom.Component("container", "a.b", version, "x", properties=(sbom.Property(sbom.SIZE, str(size)),))
    packages = (
        sbom.Component("library", "app", version, "y", properties=(sbom.Property(sbom.SOURCE, f"app {version}"),)),
        sbom.Component("library", "same", "1", "z"),
    )
    document = sbom.Bom("CycloneDX", "1.5", "urn:uuid:0", 1, sbom.Metadata(own), packages)
    return msgspec.json.encode(document).decode()


def image_info(version: str, created: float) -> m.ImageInfo:
    return m.ImageInfo(f"a.b:{version}", f"sha256:{version}", 1, 0, created)


@pytest.fixture(autouse=True)
def asked(monkeypatch: pytest.MonkeyPatch) -> list[m.EngineRequest]:
    requests: list[m.EngineRequest] = []

    def answer(_options: argparse.Namespace, request: m.EngineRequest) -> m.Result:
        requests.append(request)
        match request:
            case m.InspectImage(layer=layer):
                return INSIDE if layer else msgspec.structs.replace(INSIDE, files=())
            case m.GetSbom(image):
                version = image.rpartition(":")[2]
                return m.Sbom(bill(version, int(version) * 1_000_000))
            case _:
                return m.Images((image_info("2", 20.0), image_info("1", 10.0), m.ImageInfo("c.d:1", "", 1, 0, 30.0)))

    monkeypatch.setattr(commands, "ask", answer)
    return requests


@pytest.fixture
def shown(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    def show(command: Callable[[argparse.Namespace], int], **options: object) -> str:
        assert command(argparse.Namespace(**{"json": False, "search": "", **options})) == 0
        return capsys.readouterr().out

    return show


def test_layers(shown: Callable[..., str]) -> None:
    lines = shown(image_commands.image, image="a.b", files=0).splitlines()
    assert lines[0].split() == ["Image", "a.b:2"] and "built here from Debian packages" in lines[2]
    assert lines[-2].split() == ["1", "gtk", "(shared)", "1" * 12, "117.0", "MB", "45.0", "MB", "900", "1"]
    assert json.loads(shown(image_commands.image, image="a.b", files=0, json=True))["layers"][1]["packages"] == [
        "app 2"
    ]


def test_files_cannot_colour_the_terminal(shown: Callable[..., str]) -> None:
    text = shown(image_commands.image, image="a.b", files=2)
    lines = [line.split() for line in text.splitlines()]
    assert lines[1] == ["2", "added", "1.5", "kB", "/usr/bin/app"] and lines[3][:3] == ["2", "removed", "-"]
    assert "\x1b" not in text


def test_files_are_searched_in_all_layers(shown: Callable[..., str], asked: list[m.EngineRequest]) -> None:
    shown(image_commands.image, image="a.b", files=0, search="app")
    shown(image_commands.image, image="a.b", files=2, search="app")
    assert asked == [m.InspectImage("a.b", -1, "app"), m.InspectImage("a.b", 2, "app")]


def test_packages(shown: Callable[..., str]) -> None:
    assert shown(image_commands.sbom, image="a.b:2").splitlines()[1].split() == ["app", "2", "app", "2"]
    assert shown(image_commands.sbom, image="a.b:2", json=True) == bill("2", 2_000_000) + "\n"


def test_the_last_two_are_compared(shown: Callable[..., str]) -> None:
    lines = shown(image_commands.diff, what="a.b", other=None).splitlines()
    assert lines[1].split() == ["app", "1", "2"] and lines[-1] == "a.b:1 -> a.b:2: 1 packages, +1.0 MB"
    data = json.loads(shown(image_commands.diff, what="a.b:2", other="a.b:1", json=True))
    assert data["sizes"] == [2_000_000, 1_000_000]
    assert data["changes"] == [{"package": "app", "old": "2", "new": "1"}]


@pytest.mark.parametrize(("what", "message"), [("c.d", "no two images of “c.d”"), (None, "Which image")])
def test_nothing_to_compare_is_told(shown: Callable[..., str], what: str | None, message: str) -> None:
    with pytest.raises(Problem, match=message):
        shown(image_commands.diff, what=what, other=None)
