"""What a running app uses now of what it may: told with the instance, and with each change."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from berth.core import messages as m
from berth.core.compile import compile_plan, given
from berth.core.folders import Folder
from berth.core.manifest import Manifest
from berth.core.permissions import DISPLAY, FOLDERS, GPU, SCREEN_LOCK, USES, VOCABULARY, PermissionRequest, in_order
from berth.core.plan import RenderNode
from tests.engine.process import Caller, EngineProcess, PlayedDisplay
from tests.engine.test_overlays import SLEEPER, put
from tests.engine.test_permissions import ASKS, started_and_asking

RECORDER = "org.example.Recorder"


def used(caller: Caller, instance: str, *uses: str) -> None:
    """Wait until the app uses exactly this, and forget what was told before."""
    caller.event(m.InstanceChanged, lambda event: event.info.instance == instance and event.info.uses == uses)
    caller.events.clear()


def listed(caller: Caller) -> tuple[str, ...]:
    (info,) = caller.call(m.ListInstances()).instances
    uses: tuple[str, ...] = info.uses
    return uses


def recording(display: PlayedDisplay, caller: Caller) -> str:
    caller.call(m.SetPermission(RECORDER, "screen-capture", "allow"))
    instance: str = caller.call(m.RunApp(RECORDER)).instance
    display.expect(m.ListenInstance)
    return instance


def test_every_permission_can_be_used_but_one_that_nothing_gives() -> None:
    assert set(USES) == set(VOCABULARY) - {SCREEN_LOCK} | {FOLDERS}
    assert in_order({"screen-capture", "network", "fame"}) == ("network", "screen-capture")


def test_network_is_used_while_there_is_a_way_out(display: PlayedDisplay, caller: Caller) -> None:
    instance, prompt = started_and_asking(display, caller)
    assert listed(caller) == ()
    caller.call(m.AnswerPrompt(prompt.prompt, True, "always"))
    used(caller, instance, "network")
    assert listed(caller) == ("network",)
    caller.call(m.SetPermission(ASKS, "network", "deny"))
    used(caller, instance)


def test_what_the_display_server_says_is_told_on_and_nothing_else(display: PlayedDisplay, caller: Caller) -> None:
    instance = recording(display, caller)
    assert listed(caller) == (), "it may, and does not"
    display.link.send(m.InstanceUses(instance, ("screen-capture", "network", "folder", "fame")))
    used(caller, instance, "screen-capture")
    # Not what is in a container, and nothing that does not exist.
    assert listed(caller) == ("screen-capture",)
    display.link.send(m.InstanceUses("nobody", ("screen-capture",)))
    display.link.send(m.InstanceUses(instance))
    used(caller, instance)


def test_the_same_told_again_is_no_news(display: PlayedDisplay, caller: Caller) -> None:
    instance = recording(display, caller)
    for _again in range(3):
        display.link.send(m.InstanceUses(instance, ("screen-capture",)))
    display.map(instance)
    caller.event(m.InstanceChanged, lambda event: event.info.windows == 1)
    told = [event for event in caller.events if isinstance(event, m.InstanceChanged) and event.info.uses]
    assert told and all(one != other for one, other in pairwise(told)), "each tells of a change"


def test_a_new_display_server_and_a_new_engine(engine: EngineProcess, display: PlayedDisplay, caller: Caller) -> None:
    instance = recording(display, caller)
    display.link.send(m.InstanceUses(instance, ("screen-capture",)))
    used(caller, instance, "screen-capture")
    display.close()
    display = engine.display()
    used(caller, instance)
    display.link.send(m.InstanceUses(instance, ("screen-capture",)))
    used(caller, instance, "screen-capture")
    engine.restart()
    display = engine.display(instance)
    caller = engine.caller()
    assert listed(caller) == ()
    caller.call(m.Subscribe())
    display.link.send(m.InstanceUses(instance, ("screen-capture",)))
    used(caller, instance, "screen-capture")


def test_a_folder_is_used_as_long_as_it_is_there(
    engine: EngineProcess, display: PlayedDisplay, caller: Caller, tmp_path: Path
) -> None:
    folder = tmp_path / "music"
    folder.mkdir()
    put(caller, SLEEPER, (f"folders.{folder}", "read"))
    caller.call(m.SetPermission(SLEEPER, f"folder:{folder}", "allow"))
    caller.call(m.RunApp(SLEEPER))
    assert listed(caller) == (FOLDERS,)
    # It stays mounted until the app ends, whatever the next start will get.
    caller.call(m.SetPermission(SLEEPER, f"folder:{folder}", "deny"))
    assert listed(caller) == (FOLDERS,)
    engine.restart()
    engine.display()
    assert listed(engine.caller()) == (FOLDERS,)


def test_what_lies_in_a_container() -> None:
    folder = Folder("/home/u/Music").permission
    manifest = Manifest(
        id="org.example.A",
        name="A",
        command=("a",),
        permissions=tuple(PermissionRequest(name, "") for name in (GPU, folder, "network", "screen-capture")),
    )

    def uses(*granted: str) -> frozenset[str]:
        nodes = (RenderNode("/dev/dri/renderD128"),)
        plan = compile_plan(
            manifest, instance="a", rootfs="/r", instance_directory="/i", home="/h", granted=granted, graphics=nodes
        )
        return given(plan)

    assert uses() == uses(*DISPLAY - {GPU}, "network") == frozenset()
    assert uses(GPU) == {GPU} and uses(folder) == {FOLDERS} and uses(GPU, folder) == {GPU, FOLDERS}
