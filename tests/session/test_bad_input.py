"""What goes wrong is said in one sentence with a hint, and nothing breaks."""

from __future__ import annotations

import io
import socket
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from berth.engine.images.store import ImageStore
from tests.session.desktop import Desktop, wait_until

FOOT = "org.codeberg.dnkl.foot"


@pytest.fixture
def manifests(tmp_path: Path) -> Path:
    directory = tmp_path / "manifests"
    directory.mkdir()
    (directory / "bases").symlink_to(Path("app-manifests/bases").absolute())
    for file in Path("app-manifests").glob("*.toml"):
        (directory / file.name).write_text(file.read_text())
    return directory


@pytest.fixture
def bad_desktop(new_desktop: Callable[..., Desktop], manifests: Path) -> Iterator[Desktop]:
    foot = (manifests / f"{FOOT}.toml").read_text()
    for app, command in (
        ("org.example.exits", '["/bin/sh", "-c", "echo sorry >&2; exit 3"]'),
        ("org.example.nowindow", '["/bin/sleep", "1000"]'),
        ("org.example.missing", '["/no/such/program"]'),
    ):
        lines = [line for line in foot.splitlines() if not line.startswith(("id ", "id=", "command"))]
        (manifests / f"{app}.toml").write_text(f'id = "{app}"\ncommand = {command}\n' + "\n".join(lines) + "\n")
    (manifests / "org.example.broken.toml").write_text('id = "org.example.broken"\nname = 7\ncomand = ["x"]\n')
    desktop = new_desktop(environment={"BERTH_MANIFESTS": str(manifests)})
    yield desktop
    # The image store is the user's: what the test put there goes again.
    store = ImageStore(desktop.paths.images)
    for image in store.images():
        if image.image.startswith("org.example."):
            store.remove(image.image)


def test_unknown_app_is_refused_with_the_nearest_name(desktop: Desktop) -> None:
    result = desktop.run("run", "org.codeberg.dnkl.fot", code=1)
    assert "org.codeberg.dnkl.foot" in result.stderr


def test_broken_manifest_hides_no_other_app(bad_desktop: Desktop) -> None:
    apps = {app["app"] for app in bad_desktop.json("apps")}
    assert FOOT in apps and "org.example.broken" not in apps
    result = bad_desktop.run("run", "org.example.broken", code=1)
    assert "org.example.broken.toml" in result.stderr


def test_app_that_exits_at_once_says_how_it_ended(bad_desktop: Desktop) -> None:
    result = bad_desktop.run("run", "org.example.exits", "--wait", "window", code=1)
    assert "3" in result.stderr and "sorry" in result.stderr
    wait_until(lambda: bad_desktop.json("ps") == [], "nothing to be left")


def test_missing_program_is_named(bad_desktop: Desktop) -> None:
    result = bad_desktop.run("run", "org.example.missing", "--wait", "window", code=1)
    assert "/no/such/program" in result.stderr
    wait_until(lambda: bad_desktop.json("ps") == [], "nothing to be left")


def test_app_without_a_window_runs_and_can_be_stopped(bad_desktop: Desktop) -> None:
    instance = bad_desktop.run("run", "org.example.nowindow").stdout.strip()
    wait_until(lambda: [row["state"] for row in bad_desktop.json("ps")] in (["starting"], ["running"]), "it to run")
    bad_desktop.run("stop", instance)
    assert bad_desktop.json("ps") == []


@pytest.mark.parametrize("command", [("stop", "nothing-1"), ("logs", "nothing-1"), ("exec", "nothing-1", "--", "ls")])
def test_unknown_instance_is_named(desktop: Desktop, command: tuple[str, ...]) -> None:
    result = desktop.run(*command, code=1)
    assert "nothing-1" in result.stderr


@pytest.mark.parametrize("command", ["focus", "close", "minimize"])
def test_unknown_window_is_named(desktop: Desktop, command: str) -> None:
    assert "4711" in desktop.run(command, "4711", code=1).stderr


def test_unknown_key_is_named(desktop: Desktop) -> None:
    assert "NoSuchKey" in desktop.run("input", "key", "ctrl+NoSuchKey", code=1).stderr


def test_screenshot_into_a_missing_directory_is_refused(desktop: Desktop) -> None:
    result = desktop.run("screenshot", "/no/such/directory/x.png", code=1)
    assert "/no/such/directory/x.png" in result.stderr


def test_hostile_archive_is_refused_and_changes_nothing(desktop: Desktop, tmp_path: Path) -> None:
    archive = tmp_path / "evil.tar"
    with tarfile.open(archive, "w") as tar:
        entry = tarfile.TarInfo("../../escaped")
        entry.size = 4
        tar.addfile(entry, io.BytesIO(b"evil"))
    before = desktop.json("images")
    result = desktop.run("images", "import", str(archive), code=1)
    assert "evil.tar" in result.stderr or "escaped" in result.stderr
    assert desktop.json("images") == before
    assert not (tmp_path.parent / "escaped").exists()


def test_garbage_on_the_sockets_harms_nobody(desktop: Desktop) -> None:
    for path in (desktop.paths.engine_socket, desktop.paths.display_socket):
        for garbage in (b"\xff" * 64, b"GET / HTTP/1.0\r\n\r\n", b"\x00" * 5):
            with socket.socket(socket.AF_UNIX) as connection:
                connection.connect(str(path))
                connection.sendall(garbage)
    pids = desktop.pids()
    instance = desktop.start(FOOT)
    assert desktop.window_of(instance)["width"] > 100
    assert desktop.pids() == pids
