"""Folders of its image that an app writes to begin as the image has them, whole or not at all."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from berth.core.problem import Problem
from berth.engine import volumes


@pytest.fixture
def image(tmp_path: Path) -> Path:
    root = tmp_path / "image"
    (root / "srv/db/inner").mkdir(parents=True)
    (root / "data").mkdir()
    (root / "srv/db/inner/run").write_text("first")
    (root / "srv/db/inner/run").chmod(0o555)
    (root / "srv/db/inner").chmod(0o555)
    (root / "srv/db/away").symlink_to("/etc/passwd")
    return root


def prepare(image: Path, *paths: str) -> None:
    asyncio.run(volumes.prepare("App", paths, image, image.parent / "volumes"))


def test_they_begin_as_the_image_has_them(image: Path, tmp_path: Path) -> None:
    prepare(image, "/srv/db", "/data")
    made = tmp_path / "volumes/srv%db"
    assert sorted(path.name for path in made.parent.iterdir()) == ["data", "srv%db"]
    assert (made / "away").readlink() == Path("/etc/passwd")
    assert (made / "inner/run").read_text() == "first"
    assert not (made / "inner/run").samefile(image / "srv/db/inner/run")
    assert [(made / name).stat().st_mode & 0o777 for name in ("inner/run", "inner")] == [0o755, 0o755]


def test_they_are_the_app_s_own_from_then_on(image: Path, tmp_path: Path) -> None:
    prepare(image, "/srv/db")
    (tmp_path / "volumes/srv%db/away").unlink()
    (tmp_path / "volumes/srv%db/inner/run").write_text("changed")
    prepare(image, "/srv/db", "/data")
    assert not (tmp_path / "volumes/srv%db/away").is_symlink()
    assert (tmp_path / "volumes/srv%db/inner/run").read_text() == "changed"
    assert (image / "srv/db/inner/run").read_text() == "first"


def test_what_a_killed_engine_has_left_is_made_again(image: Path, tmp_path: Path) -> None:
    (tmp_path / "volumes/%srv%db/inner").mkdir(parents=True)
    (tmp_path / "volumes/%srv%db/half").write_text("half")
    prepare(image, "/srv/db")
    assert [path.name for path in (tmp_path / "volumes").iterdir()] == ["srv%db"]
    assert sorted(path.name for path in (tmp_path / "volumes/srv%db").iterdir()) == ["away", "inner"]


def test_none_is_taken_for_what_is_left_of_another(image: Path, tmp_path: Path) -> None:
    (image / ".data.new").mkdir()
    prepare(image, "/.data.new")
    (tmp_path / "volumes/.data.new/file").touch()
    prepare(image, "/data", "/.data.new")
    assert (tmp_path / "volumes/.data.new/file").exists()


@pytest.mark.parametrize("path", ["/none", "/srv/db/inner/run", "/srv/db/away"])
def test_what_the_image_does_not_have(image: Path, tmp_path: Path, path: str) -> None:
    with pytest.raises(Problem) as caught:
        prepare(image, "/data", path)
    assert caught.value.code == "volume-missing" and path in caught.value.message
    assert not (tmp_path / "volumes").exists()


def test_too_much_is_not_begun_with(image: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for bound, least in (("MOST_BYTES", 4), ("MOST_ENTRIES", 2)):
        with monkeypatch.context() as changed:
            changed.setattr(volumes, bound, least)
            with pytest.raises(Problem) as caught:
                prepare(image, "/srv/db")
        assert caught.value.code == "volume-too-large"
        assert list((tmp_path / "volumes").iterdir()) == []


def test_who_gives_up_leaves_nothing_that_still_writes(image: Path, tmp_path: Path) -> None:
    given_up = threading.Event()
    given_up.set()
    with pytest.raises(Problem) as caught:
        volumes._make_all("App", ["/srv/db"], image, tmp_path / "volumes", given_up)
    assert caught.value.code == "cancelled"
    assert list((tmp_path / "volumes").iterdir()) == []


def test_instances_that_begin_at_once_share_them(image: Path, tmp_path: Path) -> None:
    async def both() -> None:
        place = tmp_path / "volumes"
        await asyncio.gather(*(volumes.prepare("App", ["/srv/db"], image, place) for _number in range(4)))

    asyncio.run(both())
    assert [path.name for path in (tmp_path / "volumes").iterdir()] == ["srv%db"]


def test_a_place_that_cannot_be_written_to(image: Path, tmp_path: Path) -> None:
    (tmp_path / "volumes").touch()
    with pytest.raises(Problem) as caught:
        prepare(image, "/data")
    assert caught.value.code == "volume-not-made"
