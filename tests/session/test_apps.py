"""Real apps in their containers, used through the desktop."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

from berth.core.compile import WAYLAND_SOCKET
from berth.core.permissions import CLIPBOARD_MANAGER
from tests.matrix.clipboard import Clipboard
from tests.picture import Picture
from tests.session.desktop import Desktop, given_until_it_comes, wait_until
from tests.session.test_display_permissions import desktop_with

FOOT = "org.codeberg.dnkl.foot"


def inside(desktop: Desktop, instance: str, *command: str) -> str:
    return desktop.run("exec", instance, "--", *command).stdout.strip()


def test_typed_text_reaches_the_app_and_the_screen(desktop: Desktop, tmp_path: Path) -> None:
    instance = desktop.start(FOOT)
    window = desktop.window_of(instance)
    area = (window["x"], window["y"], window["width"], window["height"])
    before = Picture(desktop.screenshot(tmp_path / "before.png"))
    desktop.run("input", "type", "echo 'Typed: AB\"$_' > /home/berth/typed")
    wait_until(
        lambda: Picture(desktop.screenshot(tmp_path / "after.png")).changed(before, area) > 200, "the text on screen"
    )
    desktop.run("input", "key", "Return")
    wait_until(
        lambda: desktop.run("exec", instance, "--", "cat", "/home/berth/typed", code=None).stdout.startswith("Typed"),
        "the command to run",
    )


def test_app_sees_its_own_place_and_nothing_else(desktop: Desktop) -> None:
    instance = desktop.start(FOOT)
    assert inside(desktop, instance, "/bin/sh", "-c", "echo $HOME; id -u") == "/home/berth\n1000"
    status = inside(desktop, instance, "cat", "/proc/self/status")
    fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    assert int(fields["CapEff"], 16) == 0 and int(fields["CapBnd"], 16) == 0
    assert fields["NoNewPrivs"] == "1" and fields["Seccomp"] == "2"
    assert inside(
        desktop,
        instance,
        "/bin/sh",
        "-c",
        "ls /sys/class/net 2>/dev/null; cat /proc/net/dev | tail -n +3 | cut -d: -f1",
    ).split() == ["lo"]
    assert (
        Path.home().name not in inside(desktop, instance, "/bin/sh", "-c", "ls /home /root 2>/dev/null; true").split()
    )
    assert (
        "Read-only file system"
        in desktop.run("exec", instance, "--", "/bin/sh", "-c", "touch /usr/x", code=None).stderr
    )
    processes = inside(desktop, instance, "/bin/sh", "-c", "ls -d /proc/[0-9]* | wc -l")
    assert int(processes) < 10
    check_the_same_from_outside(desktop, instance)


def check_the_same_from_outside(desktop: Desktop, instance: str) -> None:
    found = desktop.json("inside", instance)
    assert found["hidden"] == found["left_out"] == []
    assert {"bwrap", "foot"} <= {process["name"] for process in found["processes"]}
    assert {entry["peer"] for entry in found["sockets"] if entry["desktop"]} == {"wayland-0"}
    assert [device["name"] for device in found["devices"]] == ["lo"]
    assert next(mount["source"] for mount in found["mounts"] if mount["origin"] == "desktop") == str(
        desktop.paths.instances / instance
    )
    text = desktop.run("inside", instance).stdout
    assert "It runs as nobody you know" in text and "It has no way to any network." in text
    assert "the desktop: wayland-0" in text and "(not shown)" not in text.partition("HOME")[2].splitlines()[0]
    refused = desktop.run("inside", "nobody-000000", code=None)
    assert refused.returncode != 0 and "nobody-000000" in refused.stderr


def test_ended_app_leaves_nothing(desktop: Desktop) -> None:
    instance = desktop.start(FOOT)
    window = desktop.window_of(instance)["window"]
    assert (desktop.paths.instances / instance).exists()
    desktop.run("close", str(window))
    wait_until(lambda: desktop.json("ps") == [], "the instance to end")
    wait_until(lambda: not (desktop.paths.instances / instance).exists(), "its directory to go")
    wait_until(lambda: desktop.windows() == [], "its window to go")
    # Groups of others go while one looks.
    assert not [folder for folder, _folders, _files in os.walk("/sys/fs/cgroup") if instance in folder]
    assert instance not in Path("/proc/mounts").read_text()


def test_windows_can_be_moved_resized_maximised_minimised_closed(desktop: Desktop) -> None:
    instance = desktop.start(FOOT)
    window = str(desktop.window_of(instance)["window"])
    desktop.run("move", window, "200", "150")
    assert (desktop.window_of(instance)["x"], desktop.window_of(instance)["y"]) == (200, 150)
    desktop.run("resize", window, "700", "420")
    wait_until(lambda: abs(desktop.window_of(instance)["width"] - 700) < 30, "the new width")
    desktop.run("maximize", window)
    wait_until(lambda: desktop.window_of(instance)["width"] > 1200, "the window to fill the screen")
    desktop.run("restore", window)
    wait_until(lambda: abs(desktop.window_of(instance)["width"] - 700) < 30, "the old width")
    desktop.run("minimize", window)
    wait_until(lambda: desktop.window_of(instance)["minimized"], "the window to be minimised")
    desktop.run("focus", window)
    wait_until(lambda: not desktop.window_of(instance)["minimized"], "the window to be back")


def test_window_is_moved_by_its_title_bar(desktop: Desktop) -> None:
    instance = desktop.start(FOOT)
    desktop.run("move", str(desktop.window_of(instance)["window"]), "200", "150")
    window = desktop.window_of(instance)
    frame = window["frame"]
    x, y = frame[0] + frame[2] // 2, (frame[1] + window["y"]) // 2
    desktop.run("input", "drag", str(x), str(y), str(x + 120), str(y + 80))
    moved = desktop.window_of(instance)
    assert (moved["x"], moved["y"]) == (window["x"] + 120, window["y"] + 80)


def test_clipboard_goes_from_one_app_to_another(new_desktop: Callable[..., Desktop], tmp_path: Path) -> None:
    desktop = desktop_with(new_desktop, tmp_path, CLIPBOARD_MANAGER)
    desktop.run("permissions", FOOT, CLIPBOARD_MANAGER, "allow")
    first, second = desktop.start(FOOT), desktop.start(FOOT)
    one, two = str(desktop.window_of(first)["window"]), str(desktop.window_of(second)["window"])
    desktop.run("move", one, "60", "100")
    desktop.run("move", two, "560", "300")
    desktop.run("focus", one)
    desktop.run("input", "type", r"clear; printf 'berthclip %.0s' 1 2 3 4 5; printf '\033]2;said\007'")
    desktop.run("input", "key", "Return")
    wait_until(lambda: desktop.window_of(first)["title"] == "said", "the terminal to have what comes before its title")
    place = desktop.window_of(first)
    desktop.run("input", "click", str(place["x"] + 40), str(place["y"] + 12), "--count", "2")
    with contextlib.closing(Clipboard(desktop.paths.instances / second / WAYLAND_SOCKET)) as clipboard:
        clipboard.after(lambda: desktop.run("input", "key", "ctrl+shift+c"))
    desktop.run("focus", two)
    # Each character at once: a line's end that is typed after the paste may come before it.
    desktop.run("input", "type", "stty -icanon; cat > /home/berth/pasted")
    desktop.run("input", "key", "Return")

    def pasted(*test: str) -> subprocess.CompletedProcess[str]:
        return desktop.run("exec", second, "--", *test, "/home/berth/pasted", code=None)

    wait_until(lambda: pasted("test", "-e").returncode == 0, "a program that takes the text")
    given_until_it_comes(
        lambda: desktop.run("input", "key", "ctrl+shift+v"),
        lambda: "berthclip" in pasted("cat").stdout,
        lambda: desktop.run("logs", second).stdout,
    )
