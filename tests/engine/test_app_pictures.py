"""Pictures of manifests: sound ones are told with their size, what is wrong with others in one sentence each."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PIL import Image

from berth.core import messages as m
from berth.engine.app_pictures import Known
from berth.engine.catalogue import read_catalogue
from tests.engine.conftest import write_manifest
from tests.engine.process import Caller

APP = "org.example.Shown"


def shown(directory: Path, *files: str) -> Path:
    lines = (f'[[screenshots]]\nfile = "{file}"\ncaption = "{file} is this"' for file in files)
    return write_manifest(directory, APP, '["/bin/true"]', "\n".join(lines))


def save(file: Path, size: tuple[int, int] = (64, 40)) -> Path:
    file.parent.mkdir(exist_ok=True)
    Image.new("RGB", size, "teal").save(file)
    return file


def problems(directory: Path) -> list[str]:
    """The app is there, and shows nothing; returns what is said of that."""
    catalogue = read_catalogue((directory,))
    assert catalogue.find(APP).pictures == ()
    return [problem.message for _path, problem in catalogue.broken]


def test_pictures_are_told_with_size_and_caption(tmp_path: Path) -> None:
    shown(tmp_path, "pictures/a.webp", "b.png", "c.jpg")
    for name in ("pictures/a.webp", "b.png", "c.jpg"):
        save(tmp_path / name)
    catalogue = read_catalogue((tmp_path,))
    assert catalogue.broken == ()
    assert catalogue.find(APP).pictures == tuple(
        m.AppPicture(str(tmp_path / name), f"{name} is this", 64, 40) for name in ("pictures/a.webp", "b.png", "c.jpg")
    )


def test_one_that_is_missing_leaves_the_others(tmp_path: Path) -> None:
    manifest = shown(tmp_path, "a.png", "b.png")
    save(tmp_path / "b.png")
    catalogue = read_catalogue((tmp_path,))
    assert [picture.caption for picture in catalogue.find(APP).pictures] == ["b.png is this"]
    [(path, problem)] = catalogue.broken
    assert path == tmp_path / "a.png"
    assert problem.message == f"{manifest}: “a.png” cannot be read: No such file or directory."
    assert "works without it" in problem.hint


def test_links_lead_nowhere(tmp_path: Path) -> None:
    outside = save(tmp_path / "outside/a.png")
    inside = tmp_path / "manifests"
    inside.mkdir()
    (inside / "a.png").symlink_to(outside)
    shown(inside, "a.png")
    assert "cannot be read" in problems(inside)[0]
    (inside / "pictures").symlink_to(outside.parent)
    shown(inside, "pictures/a.png")
    assert "cannot be read" in problems(inside)[0]


@pytest.mark.parametrize("kind", ["pipe", "directory", "socket"])
def test_what_is_no_file_is_not_waited_for(tmp_path: Path, kind: str) -> None:
    shown(tmp_path, "a.png")
    match kind:
        case "pipe":
            os.mkfifo(tmp_path / "a.png")
        case "directory":
            (tmp_path / "a.png").mkdir()
        case _:
            os.mknod(tmp_path / "a.png", 0o140600)
    [said] = problems(tmp_path)
    assert "is no file" in said or "cannot be read" in said


def test_hostile_contents_are_refused(tmp_path: Path) -> None:
    shown(tmp_path, "a.png")
    (tmp_path / "a.png").write_text("<svg/>")
    assert "is no picture that can be used here" in problems(tmp_path)[0]
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(3 << 20))
    assert "is too large" in problems(tmp_path)[0]
    Image.new("L", (5000, 10)).save(tmp_path / "a.png")
    assert "has 5000 × 10 pixels" in problems(tmp_path)[0]
    Image.new("L", (10, 10)).save(tmp_path / "a.png", "jpeg")
    assert "is a jpeg file, which its name does not say" in problems(tmp_path)[0]


def test_only_what_has_changed_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from berth.engine import app_pictures

    looks: list[str] = []
    examine = app_pictures.examine_picture
    monkeypatch.setattr(
        app_pictures, "examine_picture", lambda data, name, bounds: looks.append(name) or examine(data, name, bounds)
    )
    shown(tmp_path, "a.png", "b.png")
    save(tmp_path / "a.png")
    save(tmp_path / "b.png")
    known: Known = {}
    read_catalogue((tmp_path,), known)
    read_catalogue((tmp_path,), known)
    assert looks == ["a.png", "b.png"]
    save(tmp_path / "b.png", (65, 40))
    pictures = read_catalogue((tmp_path,), known).find(APP).pictures
    assert looks[2:] == ["b.png"] and [picture.width for picture in pictures] == [64, 65]


def test_changes_are_seen_without_a_restart(caller: Caller, manifests: Path) -> None:
    def pictured(event: m.AppsChanged, width: int) -> bool:
        return any(app.app == APP and [p.width for p in app.pictures] == [width] for app in event.apps)

    caller.events.clear()
    save(manifests / "pictures/a.png")
    shown(manifests, "pictures/a.png")
    caller.event(m.AppsChanged, lambda event: pictured(event, 64))
    save(manifests / "pictures/a.png", (70, 40))
    caller.event(m.AppsChanged, lambda event: pictured(event, 70))
    (manifests / "pictures/a.png").unlink()
    caller.event(m.Notice, lambda event: "cannot be read" in event.message)
