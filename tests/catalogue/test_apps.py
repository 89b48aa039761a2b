"""Apps of the catalogue, started once each: a window of theirs comes, with something in it.

A sample of three that changes daily; all with ``make test-apps`` or ``BERTH_APPS=all``, the sample of another day
with ``BERTH_SAMPLE=2026-01-31``. ``BERTH_APP_PICTURES=DIR`` keeps a picture of each.
"""

from __future__ import annotations

import os
import re
import tempfile
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

from berth.core.manifest import Display, Manifest, parse_manifest
from berth.engine.catalogue import read_catalogue
from tests.catalogue.pictures import WIDTH, prepare, take
from tests.catalogue.poses import POSES, Pose
from tests.catalogue.sample import ALL, MANIFESTS, NAMED, chosen, seed
from tests.catalogue.table import PAGE, page
from tests.picture import Picture
from tests.session.desktop import Desktop, wait_until

# An image that the set-up has not built is built now.
pytestmark = pytest.mark.timeout(600)

_BUILD_SECONDS = 400.0
_DRAW_SECONDS = 90.0
_COLOURS = 12
"""More than an empty window, or an X server without a program, shows."""
_LOOKS = 6
_ABOVE_PANEL = (0, 0, 1280, 740)
_BLINKING = 2000
"""Pixels that a text cursor or a spinner may change."""
_FAILURE = re.compile(r"\b(error|failed|failure|crash(ed)?|problem|fatal)\b", re.IGNORECASE)
SEED = seed()


@pytest.fixture(scope="module")
def desktop() -> Iterator[Desktop]:
    with tempfile.TemporaryDirectory(prefix="bc-", dir="/tmp") as base:
        desktop = Desktop(f"catalogue-{os.getpid()}", Path(base))
        try:
            yield desktop
        finally:
            desktop.end()


@pytest.mark.parametrize("app", chosen(SEED))
def test_app_opens_a_window_with_content(
    desktop: Desktop, app: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    print(f"apps of the sample “{SEED}”")  # noqa: T201
    manifest = parse_manifest((MANIFESTS / f"{app}.toml").read_text(), app)
    for permission in manifest.permissions:
        # It has to start without what it may ask for, which no build machine has anyway.
        desktop.run("permissions", app, permission.name, "deny")
    pictures = request.config.getoption("--app-pictures")
    pose = POSES.get(app, Pose()) if pictures else Pose()
    if pictures:
        prepare(desktop, app, pose)
    inner = ("--", *pose.arguments) if pose.arguments else ()
    instance = desktop.run("run", app, "--wait", "window", *inner, timeout=_BUILD_SECONDS).stdout.strip()
    try:
        _check(desktop, manifest, instance, tmp_path)
        if pictures:
            take(desktop, instance, pose, Path(pictures), app)
    except AssertionError as error:
        raise AssertionError(f"{error}\n{desktop.run('logs', instance, code=None).stdout[-2000:]}") from None
    finally:
        _keep(desktop, app)
        desktop.run("stop", instance, "--force", code=None)
        wait_until(lambda: desktop.json("ps") == [], "the app to be gone")
    [info] = [info for info in desktop.json("apps") if info["app"] == app]
    assert info["size"] > 0, f"its image takes no space: {info}"
    assert Path(info["icon"]).is_file(), f"its image has no icon where the manifest says: {info}"


def _check(desktop: Desktop, manifest: Manifest, instance: str, tmp_path: Path) -> None:
    def windows() -> list[dict[str, Any]]:
        """Those of the app with something in them."""
        found = [window for window in desktop.windows() if window["instance"] == instance]
        return [window for window in found if _colours(desktop, window["window"], tmp_path) > _COLOURS]

    wait_until(windows, f"{manifest.name} to draw", _DRAW_SECONDS)
    _settle(desktop, tmp_path)

    def titled() -> tuple[list[dict[str, Any]], list[str]] | None:
        """What is shown, once something in it has a title: the picture of an app that is still starting has none."""
        shown = windows()
        titles = [title for title in _titles(desktop, manifest, instance, shown) if title]
        return (shown, titles) if shown and titles else None

    shown, titles = wait_until(titled, f"{manifest.name} to have a window with a title", _DRAW_SECONDS)
    for window in shown:
        assert window["width"] >= 150 and window["height"] >= 80, f"{window} is too small to be used"
    for title in titles:
        assert not _FAILURE.search(title), f"“{title}” tells of a failure"


def _titles(desktop: Desktop, manifest: Manifest, instance: str, shown: list[dict[str, Any]]) -> list[str]:
    if manifest.display != "xwayland":
        return [window["title"] for window in shown]
    # The window is the X server's: what is in it, its window manager knows.
    listed = desktop.run("exec", instance, "--", "wmctrl", "-l", code=None).stdout.splitlines()
    return [line.split(maxsplit=3)[3] for line in listed if len(line.split(maxsplit=3)) == 4]


def _settle(desktop: Desktop, tmp_path: Path) -> None:
    """Until the screen is still, so that splash screens are over; what moves for ever is not waited for."""
    looks: list[Picture] = []
    for number in range(_LOOKS):
        looks.append(Picture(desktop.screenshot(tmp_path / f"look-{number}.png")))
        if len(looks) > 2 and not any(looks[-1].changed(look, _ABOVE_PANEL) > _BLINKING for look in looks[-3:-1]):
            return
        time.sleep(1)


def _colours(desktop: Desktop, window: int, tmp_path: Path) -> int:
    file = tmp_path / "window.png"
    if desktop.run("screenshot", str(file), "--window", str(window), code=None).returncode:
        return 0
    picture = Picture(file)
    return len(picture.colours((0, 0, picture.width, picture.height)))


def _keep(desktop: Desktop, app: str) -> None:
    directory = os.environ.get("BERTH_APP_PICTURES")
    if directory:
        Path(directory).mkdir(parents=True, exist_ok=True)
        desktop.screenshot(Path(directory) / f"{app}.png")


def test_the_sample_follows_from_its_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BERTH_APPS", raising=False)
    assert chosen("2026-01-31") == chosen("2026-01-31")
    days = [set(chosen(f"2026-{month:02}-{day:02}")) for month in range(1, 13) for day in range(1, 29)]
    assert set().union(*days) == set(ALL) - NAMED, "every app has its turn"
    monkeypatch.setenv("BERTH_APPS", "all")
    assert chosen("2026-01-31") == ALL


def test_the_catalogue_is_large_and_asks_for_little() -> None:
    manifests = [parse_manifest((MANIFESTS / f"{app}.toml").read_text(), app) for app in ALL]
    assert len(manifests) >= 40
    wanted = {"internet", "mail", "office", "graphics", "audio", "video", "development", "chat", "games", "education"}
    assert wanted <= {category for manifest in manifests for category in manifest.categories}
    assert {manifest.display for manifest in manifests} == {*get_args(Display)}
    online = {"internet", "mail", "chat", "audio", "education"}
    for manifest in manifests:
        if any(permission.name == "network" for permission in manifest.permissions):
            assert online & set(manifest.categories), f"{manifest.name} asks for the network"
        assert not any(permission.required for permission in manifest.permissions)


def test_manifests_name_what_is_written_once() -> None:
    """TOML of the catalogue is written by hand: names and ids are unique."""
    documents = [tomllib.loads((MANIFESTS / f"{app}.toml").read_text()) for app in ALL]
    assert len({document["name"] for document in documents}) == len(documents)


def test_the_page_of_the_catalogue_is_of_now() -> None:
    """Written by ``python -m tests.catalogue.table``."""
    assert page() == PAGE.read_text()


def test_the_pictures_that_come_with_berth_are_sound_and_small() -> None:
    """Written by ``--app-pictures app-manifests/pictures``, and looked at by a person."""
    catalogue = read_catalogue((MANIFESTS,))
    assert catalogue.broken == ()
    pictures = [picture for entry in catalogue.entries.values() for picture in entry.pictures]
    assert len(pictures) >= 60 and len({picture.caption for picture in pictures}) > 50
    assert all(picture.width <= WIDTH and picture.height >= 200 for picture in pictures)
    files = set((MANIFESTS / "pictures").iterdir())
    assert files == {Path(picture.path) for picture in pictures}, "one that no manifest names"
    assert sum(file.stat().st_size for file in files) < 2 << 20


def test_every_pose_is_of_an_app_of_the_catalogue() -> None:
    assert set(POSES) <= set(ALL)
