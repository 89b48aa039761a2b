"""Every way of display in every runtime: apps of the catalogue, from this machine's images, show a window and stop."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from berth.core.compile import WAYLAND_SOCKET, compile_plan
from berth.core.manifest import Display, parse_manifest
from berth.core.messages import NO_CONTENT
from berth.core.paths import session_paths
from berth.core.plan import LaunchPlan
from berth.core.problem import Problem
from berth.engine import displays
from tests.catalogue.sample import MANIFESTS
from tests.display.conftest import Display as DisplayServer
from tests.display.ui import FakeUi
from tests.runtimes.conftest import Bench

# Container engines are given the images first; some apps start an X server, or a browser.
pytestmark = pytest.mark.timeout(300)

IMAGES = "BERTH_TEST_IMAGES"
"""Variable that names a store of images, if it is not this user's."""
REFERENCE = "org.opencontainers.image.ref.name"
_SECONDS = 90.0
_COLOURS = 2
"""More than an empty window shows; XTerm has black and white."""

XTERM = "net.invisible_island.XTerm"
WAYS: list[tuple[Display, str]] = [
    ("wayland", "org.codeberg.dnkl.foot"),
    ("xwayland", XTERM),
    ("xpra", XTERM),
    ("terminal", "org.vim.Vim"),
    ("web", "net.syncthing.Syncthing"),
]


@pytest.fixture
def bench(contract: Bench) -> Bench:
    return contract


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[tuple[DisplayServer, FakeUi]]:
    server = DisplayServer(tmp_path)
    try:
        yield server, server.ui()
    finally:
        server.stop()


def plan_of(app: str, way: Display, bench: Bench) -> LaunchPlan:
    """What the app's manifest compiles to; the test is skipped where there is no image that can be shown so."""
    wanted = msgspec.structs.replace(parse_manifest((MANIFESTS / f"{app}.toml").read_text(), app), display=way)
    rootfs = rootfs_of(app)
    try:
        manifest = displays.fitting(wanted, rootfs, lends_terminal=False)
    except Problem as problem:
        pytest.skip(problem.message)
    if manifest.display != way:
        pytest.skip(f"the image of {app} has no {way}")
    instance = bench.identity()
    return compile_plan(
        manifest,
        instance=instance,
        rootfs=rootfs,
        instance_directory=str(bench.directory(f"instances/{instance}")),
        home=str(bench.home),
    )


def rootfs_of(app: str) -> str:
    """Of its current image; without the store's own code, which tidies up what an ordinary user cannot write."""
    store = Path(os.environ.get(IMAGES) or session_paths("default", os.environ, os.getuid()).images)
    index = json.loads((store / "index.json").read_text()) if (store / "index.json").exists() else {"manifests": []}
    named = [
        store / "rootfs" / image["digest"].removeprefix("sha256:")
        for image in index["manifests"]
        if image.get("annotations", {}).get(REFERENCE, "").startswith(f"{app}:")
    ]
    if not named or not named[-1].is_dir():
        pytest.skip(f"no image of {app} here: berth images build {app}")
    return str(named[-1])


def colours(ui: FakeUi) -> int:
    """Of the surface that has most of them."""
    shown = [number for number, state in ui.states.items() if state.slot != NO_CONTENT or state.pool]
    return max((len(set(memoryview(ui.pixels(number)).cast("I"))) for number in shown), default=0)


async def until(ui: FakeUi, condition: Callable[[], object], goes_on: Callable[[], bool] = lambda: True) -> None:
    """Wait for `condition`, as long as the app goes on."""
    async with asyncio.timeout(_SECONDS):
        while goes_on() and not ui.holds(condition):
            await asyncio.sleep(0.05)


def is_drawn(ui: FakeUi) -> bool:
    return any(window.mapped for window in ui.windows.values()) and colours(ui) >= _COLOURS


@pytest.mark.parametrize(("way", "app"), WAYS, ids=[f"{way}-{app.rpartition('.')[2]}" for way, app in WAYS])
async def test_an_app_shows_its_window_and_stops(
    bench: Bench, screen: tuple[DisplayServer, FakeUi], way: Display, app: str
) -> None:
    server, ui = screen
    plan = plan_of(app, way, bench)
    server.instance_at(Path(plan.instance_directory) / WAYLAND_SOCKET, plan.instance)
    instance = await bench.start(plan)
    watching = asyncio.ensure_future(bench.runtime.wait(instance))
    await until(ui, lambda: is_drawn(ui), lambda: not watching.done())
    assert not watching.done(), (watching.result(), await bench.runtime.logs(instance))

    ended = await bench.runtime.stop(instance, grace=30)
    assert ended.code != 137, "it ends when it is asked to"
    assert await watching == ended
    await until(ui, lambda: not ui.windows)
