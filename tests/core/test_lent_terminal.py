"""What a lent terminal is given, and what holds the program's container open."""

from __future__ import annotations

from berth.core.compile import compile_plan
from berth.core.lent_terminal import companion, held_open, owner_of, terminal_manifest, without_starter
from berth.core.manifest import Manifest
from berth.core.permissions import PermissionRequest
from berth.core.plan import LaunchPlan, Mount

APP = Manifest(
    "local.thing",
    "Thing; $(evil) 'quoted'",
    ("thing", "--serve"),
    display="terminal",
    persist=True,
    environment=(("TERM", "dumb"),),
    permissions=(PermissionRequest("network", ""),),
)


def plan(manifest: Manifest) -> LaunchPlan:
    return compile_plan(
        manifest, instance="thing-1", rootfs="/image", instance_directory="/i/thing-1", home="/h", granted=("network",)
    )


def test_the_terminal_gets_nothing_of_the_app_but_its_name() -> None:
    made = plan(terminal_manifest(APP))
    assert (made.network, made.network_later, made.devices) == ("none", False, ())
    assert made.mounts == () and made.limits.memory == 512 << 20
    assert made.arguments[:3] == ("foot", "--app-id=local.thing", "--title=Thing; $(evil) 'quoted'")
    assert not any("thing" in word for word in made.arguments[3:])


def test_the_program_s_container_keeps_all_but_its_command() -> None:
    own = plan(without_starter(APP))
    assert own.arguments == ("thing", "--serve")
    held = held_open(own, "/terminal", "usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2")
    assert held.arguments == ("/run/hold/ld.so", "--library-path", "/run/hold", "/run/hold/sleep", "infinity")
    assert held.mounts == (
        *own.mounts,
        Mount("/terminal/usr/bin/sleep", "/run/hold/sleep"),
        Mount("/terminal/usr/bin/dash", "/run/hold/dash"),
        Mount("/terminal/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2", "/run/hold/ld.so"),
        Mount("/terminal/usr/lib/x86_64-linux-gnu/libc.so.6", "/run/hold/libc.so.6"),
    )
    assert (held.network, held.limits, held.rootfs) == (own.network, own.limits, own.rootfs)
    assert dict(held.environment) == dict(own.environment) | {"TERM": "dumb", "COLORTERM": "truecolor"}


def test_whose_a_terminal_is_follows_from_its_id() -> None:
    assert owner_of(companion("thing-1")) == owner_of(companion("thing-1", "shell-2")) == "thing-1"
    assert owner_of("thing-1") == ""
