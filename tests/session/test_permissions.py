"""An app that wants network asks for it, and the answer holds."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.picture import Picture
from tests.session.desktop import Desktop, wait_until

FOOT = "org.codeberg.dnkl.foot"
REASON = "To show that asking works."


@pytest.fixture
def asking_desktop(new_desktop: Callable[..., Desktop], tmp_path: Path) -> Desktop:
    """A session in which the terminal declares network."""
    manifests = tmp_path / "manifests"
    shutil.copytree("app-manifests", manifests)
    file = manifests / f"{FOOT}.toml"
    file.write_text(f'{file.read_text()}\n[[permission]]\nname = "network"\nreason = "{REASON}"\n')
    return new_desktop(environment={"BERTH_MANIFESTS": str(manifests)})


def prompt_of(desktop: Desktop, instance: str) -> dict[str, Any]:
    prompts = wait_until(
        lambda: [p for p in desktop.json("prompts") if p["instance"] == instance], f"a prompt of {instance}"
    )
    assert len(prompts) == 1
    return dict(prompts[0])


def interfaces(desktop: Desktop, instance: str) -> set[str]:
    table = desktop.run("exec", instance, "--", "cat", "/proc/net/dev").stdout
    return {line.split(":")[0].strip() for line in table.splitlines() if ":" in line}


def has_network(desktop: Desktop, instance: str) -> bool:
    return bool(interfaces(desktop, instance) - {"lo"})


def test_prompt_shows_the_reason_above_the_app_and_deny_keeps_it_running(
    asking_desktop: Desktop, tmp_path: Path
) -> None:
    desktop = asking_desktop

    def screen() -> Picture:
        return Picture(desktop.screenshot(tmp_path / "screen.png"))

    desktop.run("permissions", FOOT, "network", "deny")
    without = desktop.start(FOOT)
    wait_until(lambda: desktop.window_of(without)["focused"], "a window without a prompt")
    alone = screen()
    desktop.run("stop", without)
    wait_until(lambda: desktop.windows() == [], "it to be gone")
    desktop.run("permissions", FOOT, "network", "ask")
    instance = desktop.start(FOOT)
    prompt = prompt_of(desktop, instance)
    assert (prompt["permission"], prompt["reason"], prompt["app"]) == ("network", REASON, FOOT)
    wait_until(lambda: screen().changed(alone) > 10_000, "the prompt on screen")
    desktop.run("prompts", "answer", prompt["prompt"], "deny")
    wait_until(lambda: desktop.json("prompts") == [], "the prompt to close")
    wait_until(lambda: screen().changed(alone) < 10_000, "the prompt to disappear")
    assert not has_network(desktop, instance)
    assert [row["state"] for row in desktop.json("ps")] == ["running"]


def test_allow_once_holds_for_this_run_only(asking_desktop: Desktop) -> None:
    desktop = asking_desktop
    instance = desktop.start(FOOT)
    assert not has_network(desktop, instance)
    desktop.run("prompts", "answer", prompt_of(desktop, instance)["prompt"], "allow")
    wait_until(lambda: has_network(desktop, instance), "network in the running app")
    desktop.run("stop", instance)
    again = desktop.start(FOOT)
    prompt_of(desktop, again)
    assert not has_network(desktop, again)


def test_always_is_remembered_and_can_be_taken_back(asking_desktop: Desktop) -> None:
    desktop = asking_desktop
    instance = desktop.start(FOOT)
    desktop.run("prompts", "answer", prompt_of(desktop, instance)["prompt"], "allow", "--for", "always")
    wait_until(lambda: has_network(desktop, instance), "network in the running app")
    desktop.run("stop", instance)
    again = desktop.start(FOOT)
    wait_until(lambda: has_network(desktop, again), "network from the beginning")
    assert desktop.json("prompts") == []
    decided = desktop.json("permissions", FOOT)[0]
    assert (decided["decision"], decided["duration"]) == ("allow", "always")
    desktop.run("permissions", FOOT, "network", "deny")
    wait_until(lambda: not has_network(desktop, again), "network to be taken away")


def test_prompt_is_answered_with_the_keyboard_but_not_by_keys_meant_for_the_app(asking_desktop: Desktop) -> None:
    desktop = asking_desktop
    instance = desktop.start(FOOT)
    prompt_of(desktop, instance)
    desktop.run("input", "type", "touch /home/berth/stolen")
    desktop.run("input", "key", "Return")
    assert desktop.run("exec", instance, "--", "ls", "/home/berth/stolen", code=None).returncode != 0
    assert not has_network(desktop, instance)


def test_prompt_ends_with_its_app(asking_desktop: Desktop) -> None:
    desktop = asking_desktop
    instance = desktop.start(FOOT)
    prompt_of(desktop, instance)
    desktop.run("stop", instance)
    wait_until(lambda: desktop.json("prompts") == [], "the prompt to be withdrawn")


def test_answering_twice_is_refused_in_words(asking_desktop: Desktop) -> None:
    desktop = asking_desktop
    prompt = prompt_of(desktop, desktop.start(FOOT))["prompt"]
    desktop.run("prompts", "answer", prompt, "deny")
    result = desktop.run("prompts", "answer", prompt, "allow", code=1)
    assert "prompt" in result.stderr.lower()
