"""A protocol that needs a permission appears in a running app when it is allowed, and goes when that is taken back."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from pywayland.protocol.ext_image_capture_source_v1 import ExtOutputImageCaptureSourceManagerV1
from pywayland.protocol.ext_image_copy_capture_v1 import ExtImageCopyCaptureManagerV1
from pywayland.protocol.wayland import WlOutput

from tests.display.client import RawClient
from tests.display.shapes import App
from tests.picture import Picture
from tests.session.desktop import Desktop, wait_until
from tests.session.test_permissions import FOOT, prompt_of

LIST = "ext_foreign_toplevel_list_v1"


def desktop_with(new_desktop: Callable[..., Desktop], folder: Path, permission: str) -> Desktop:
    """A session in which the terminal declares a permission."""
    manifests = folder / "manifests"
    shutil.copytree("app-manifests", manifests)
    file = manifests / f"{FOOT}.toml"
    file.write_text(f'{file.read_text()}\n[[permission]]\nname = "{permission}"\nreason = "To try it."\n')
    return new_desktop(environment={"BERTH_MANIFESTS": str(manifests)})


def test_window_list_follows_the_users_decisions(new_desktop: Callable[..., Desktop], tmp_path: Path) -> None:
    desktop = desktop_with(new_desktop, tmp_path, "window-list")
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


def test_a_window_shows_that_its_app_pictures_the_screen(new_desktop: Callable[..., Desktop], tmp_path: Path) -> None:
    """From a protocol's object to the title bar, through all three processes; also through an engine that is new."""
    desktop = desktop_with(new_desktop, tmp_path, "screen-capture")
    desktop.run("permissions", FOOT, "screen-capture", "allow")
    instance = desktop.start(FOOT)
    wait_until(lambda: desktop.window_of(instance)["focused"], "the window to have the keyboard")
    x, y, width, _height = desktop.window_of(instance)["frame"]
    # Past the app's icon, which comes when it has been read.
    rows = (x + 30, y + 1, width - 50, desktop.window_of(instance)["y"] - y - 1)

    def uses() -> list[str]:
        return [use for row in desktop.json("ps") for use in row["uses"]]

    def line() -> Picture:
        return Picture(desktop.screenshot(tmp_path / "now.png"))

    client = App(desktop.paths.instances / instance / "wayland-0")
    try:
        client.until(lambda: ExtImageCopyCaptureManagerV1.name in client.globals)
        wait_until(lambda: not line().changed(line(), rows), "the picture to be still")
        before = line()
        assert uses() == []
        source = client.bind(ExtOutputImageCaptureSourceManagerV1).create_source(client.bind(WlOutput))
        stream = client.bind(ExtImageCopyCaptureManagerV1).create_session(source, 0)
        client.roundtrip()
        wait_until(lambda: line().changed(before, rows) == 2 * rows[2], "a line below the title")
        assert uses() == ["screen-capture"]
        desktop.kill("engine")
        wait_until(lambda: uses() == ["screen-capture"], "the new engine to know it")
        wait_until(lambda: line().changed(before, rows) == 2 * rows[2], "the line to be there after that")
        stream.destroy()
        client.roundtrip()
        wait_until(lambda: not line().changed(before, rows), "the line to go")
        assert uses() == []
    finally:
        client.close()
