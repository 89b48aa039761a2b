"""Graphics hardware for apps: what counts as such, and when the user is asked about it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from berth.core import messages as m
from berth.core.manifest import Manifest
from berth.core.paths import Paths
from berth.core.permissions import GPU, Grant, PermissionRequest
from berth.core.plan import LaunchPlan, RenderNode
from berth.engine.catalogue import Catalogue, Entry
from berth.engine.choices import RuntimeChoices
from berth.engine.graphics import render_nodes
from berth.engine.launcher import Launcher
from berth.engine.overlays import Overlays
from berth.runtimes.port import Instance
from tests.engine.fake_runtime import World
from tests.engine.test_sequences import EngineParts, Images

APP = "org.example.Draws"
NODE = RenderNode("/dev/dri/renderD128")


def test_render_nodes_are_found_with_their_description(tmp_path: Path) -> None:
    devices, numbers, card, image = (tmp_path / name for name in ("dri", "char", "card", "image"))
    number = Path("/dev/null").stat().st_rdev
    for folder in (devices, card, image / "sys", numbers / f"{os.major(number)}:{os.minor(number)}"):
        folder.mkdir(parents=True)
    (devices / "renderD128").symlink_to("/dev/null")
    (devices / "card0").symlink_to("/dev/null")
    (devices / "renderD129").touch()
    node = str(devices / "renderD128")
    assert render_nodes(str(image), devices, numbers) == (RenderNode(node),)
    (numbers / f"{os.major(number)}:{os.minor(number)}" / "device").symlink_to(card)
    assert render_nodes(str(image), devices, numbers) == (RenderNode(node, str(card)),)
    # An image without /sys has no place for it; one with a link in its place must not choose another.
    assert render_nodes(str(tmp_path), devices, numbers) == (RenderNode(node),)
    (tmp_path / "sys").symlink_to(card)
    assert render_nodes(str(tmp_path), devices, numbers) == (RenderNode(node),)
    assert render_nodes(str(image), tmp_path / "nothing", numbers) == ()


class Desk:
    """An engine of parts with one app that would like to draw."""

    def __init__(self, base: Path, nodes: tuple[RenderNode, ...], required: bool = False) -> None:
        paths = Paths("t", base / "run", base / "state", base / "images")
        paths.instances.mkdir(parents=True)
        self.parts = EngineParts(paths, World())
        self.plans: list[LaunchPlan] = []
        request = PermissionRequest(GPU, "To draw.", required)
        manifest = Manifest(APP, APP, ("x",), permissions=(request,))
        self.entry = Entry(manifest, Path("/m"), "p")
        self.launcher = Launcher(
            paths,
            catalogue=lambda: Catalogue({APP: self.entry}),
            choices=RuntimeChoices(paths.state / "runtimes.json"),
            overlays=Overlays(paths),
            images=Images(paths.images),
            builds=None,  # type: ignore[arg-type]
            consent=self.parts.consent,
            ledger=self.parts.ledger,
            runtime=self,  # type: ignore[arg-type]
            display=self.parts.display,
            supervision=self.parts.supervision,
            graphics=lambda _rootfs: nodes,
        )

    async def start(self, plan: LaunchPlan, log: Path, private: Path) -> Instance:
        self.plans.append(plan)
        return await self.parts.runtime.start(plan, log, private)

    async def launch(self, answer: Callable[[m.PromptInfo], Grant | None]) -> LaunchPlan:
        """The plan of a start in which every question gets that answer; None closes it."""
        instance = self.launcher.launch(APP, ())
        assert instance.launch is not None
        while not instance.launch.done():
            for prompt in self.parts.consent.prompts.open():
                grant = answer(prompt)
                if grant is None:
                    self.parts.consent.prompts.withdraw_topic(APP, GPU)
                else:
                    self.parts.consent.prompts.answer(prompt.prompt, grant)
            await asyncio.sleep(0)
        await instance.launch
        await self.parts.supervision.stop(instance)
        return self.plans[-1]

    def close(self) -> None:
        self.parts.ledger.close()
        self.parts.grants.close()


def never(prompt: m.PromptInfo) -> Grant | None:
    raise AssertionError(prompt)


@pytest.mark.parametrize(
    ("grant", "devices", "asked_again"),
    [
        (Grant(True, "always"), (NODE.device,), False),
        (Grant(True, "once"), (NODE.device,), True),
        (Grant(False, "always"), (), False),
        (None, (), True),
    ],
)
def test_it_is_asked_for_before_the_start(
    base: Path, grant: Grant | None, devices: tuple[str, ...], asked_again: bool
) -> None:
    async def work() -> None:
        asked: list[m.PromptInfo] = []
        desk = Desk(base, (NODE,))
        plan = await desk.launch(lambda prompt: asked.append(prompt) or grant)  # type: ignore[func-returns-value]
        assert plan.devices == devices
        assert [(prompt.permission, prompt.reason) for prompt in asked] == [(GPU, "To draw.")]
        await desk.launch(lambda prompt: asked.append(prompt) or grant)  # type: ignore[func-returns-value]
        assert (len(asked) == 2) == asked_again
        desk.close()

    asyncio.run(work())


def test_where_there_is_none_nobody_is_asked(base: Path) -> None:
    async def work() -> None:
        desk = Desk(base, ())
        assert (await desk.launch(never)).devices == ()
        # Nor does an earlier yes stand in the way.
        desk.parts.consent.set(desk.entry, GPU, "allow")
        assert (await desk.launch(never)).devices == ()
        desk.close()

    asyncio.run(work())
