"""A protocol that needs a permission appears in a running app when it is allowed, and goes when that is taken back."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from tests.display.client import RawClient
from tests.session.desktop import Desktop, wait_until
from tests.session.test_permissions import FOOT, prompt_of

LIST = "ext_foreign_toplevel_list_v1"


def test_window_list_follows_the_users_decisions(new_desktop: Callable[..., Desktop], tmp_path: Path) -> None:
    manifests = tmp_path / "manifests"
    shutil.copytree("app-manifests", manifests)
    file = manifests / f"{FOOT}.toml"
    file.write_text(f'{file.read_text()}\n[[permission]]\nname = "window-list"\nreason = "To list windows."\n')
    desktop = new_desktop(environment={"BERTH_MANIFESTS": str(manifests)})
    instance = desktop.start(FOOT)
    client = RawClient(desktop.paths.instances / instance / "wayland-0")
    try:
        assert LIST not in client.globals
        desktop.run("prompts", "answer", prompt_of(desktop, instance)["prompt"], "allow")
        client.until(lambda: LIST in client.globals)
        desktop.run("permissions", FOOT, "window-list", "deny")
        client.until(lambda: LIST not in client.globals)
        desktop.kill("engine")
        desktop.run("permissions", FOOT, "window-list", "allow")
        client.until(lambda: LIST in client.globals)
    finally:
        client.close()
    assert wait_until(lambda: desktop.json("ps"), "the app")[0]["state"] == "running"
