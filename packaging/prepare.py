"""Set-up of a checkout: Debian packages, virtual environment, first app images.

Needs nothing but Python's standard library. What is there already is left alone, so a
second run takes a fraction of a second.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "prepared"
FIRST_IMAGES = ("org.codeberg.dnkl.foot",)
BUILDS_AT_ONCE = 2
REGISTRY = "docker-registry"
TUN = Path("/dev/net/tun")
POLICY = Path("/usr/sbin/policy-rc.d")
INSTEAD = {"docker.io": ("docker-ce",), "pulseaudio": ("pipewire-alsa", "pipewire-audio", "pipewire-pulse")}
"""Of two programs for the same thing the one that the machine has stays; these take the place of the other one."""
REPLACED = {"busybox"}
"""What a package of ours may take the place of: busybox-static is the same program."""

# What running needs, and why.
RUN_PACKAGES = {
    "python3-venv": "the virtual environment",
    "python3-dev": "building the keyboard library",
    "gcc": "building the keyboard library",
    "libxkbcommon-dev": "building the keyboard library",
    "libffi-dev": "building the keyboard library",
    "bubblewrap": "isolating apps",
    "mmdebstrap": "building app images",
    "uidmap": "building app images without root",
    "slirp4netns": "giving an app network",
    "libseccomp2": "filtering system calls",
    "ca-certificates": "fetching packages",
    "xkb-data": "keyboard layouts",
    "fonts-inter": "text",
    "fonts-dejavu-core": "text Inter has no letters for",
    "fonts-wqy-microhei": "text in Chinese, Japanese and Korean",
    "libpulse0": "the volume",
    "pulseaudio-utils": "playing the sounds of themes",
    "libegl1": "Qt",
    "libgl1": "Qt",
    "libopengl0": "Qt",
    "libfontconfig1": "Qt",
    "libdbus-1-3": "Qt",
    "libglib2.0-0": "Qt",
    "libxkbcommon0": "Qt",
    "libxkbcommon-x11-0": "Qt in an X11 window",
    "libxcb-cursor0": "Qt in an X11 window",
    "libxcb-icccm4": "Qt in an X11 window",
    "libxcb-keysyms1": "Qt in an X11 window",
    "libxcb-image0": "Qt in an X11 window",
    "libxcb-render-util0": "Qt in an X11 window",
    "libxcb-shape0": "Qt in an X11 window",
    "libxcb-xinerama0": "Qt in an X11 window",
    "libxcb-randr0": "Qt in an X11 window",
    "libwayland-client0": "Qt in a Wayland window",
    "libwayland-cursor0": "Qt in a Wayland window",
    "libwayland-egl1": "Qt in a Wayland window",
    "cage": "full screen without another desktop",
    "xwayland": "cage does not start without it",
    "tigervnc-standalone-server": "a screen where there is no display",
    "tigervnc-tools": "a screen where there is no display",
}
TEST_PACKAGES = {
    "weston": "a compositor to compare with",
    "sway": "a compositor to compare with",
    "cage": "a compositor to compare with",
    "libxdamage1": "benchmarks see what reaches an X screen",
    "libxtst6": "benchmarks press keys",
    "foot": "a real client",
    "wlcs": "the conformance tests",
    "libwayland-dev": "building the conformance tests' module",
    "wl-clipboard": "a real client of the clipboard",
    "xclip": "a real X client of the clipboard",
    "wtype": "a real client that types into others",
    "libsdl2-2.0-0": "a real client that locks the pointer",
    "xvfb": "the OpenGL tests",
    "x11-xserver-utils": "screens that come and go",
    "xdotool": "hands on an X screen",
    "gtk-4-examples": "a real client that is resized",
    "libgl1-mesa-dri": "the OpenGL tests",
    "qt6-shader-baker": "compiling the shaders of filters",
    "busybox-static": "a small image",
    "docker.io": "a real Docker, started and stopped by the tests",
    "podman": "a real Podman without root",
    "catatonit": "the init of Podman's containers",
    "flatpak": "a peer of the benchmarks",
    "skopeo": "a peer of the benchmarks",
    "iproute2": "network tests",
    "e2fsprogs": "a drive with images",
    "swaybg": "a background of somebody else's",
    "waybar": "a panel of somebody else's",
    "fuzzel": "a launcher of somebody else's",
    "grim": "pictures of the screen",
    "wf-recorder": "films of the screen",
    "pulseaudio": "a real sound server, started and stopped by the tests",
    "vorbis-tools": "sounds to be examined",
    "dbus": "a message bus for logind's stand-in",
    "desktop-file-utils": "the judge of our desktop entries",
    "chromium": "the judge of our stylesheets",
    REGISTRY: "a real registry, started and stopped by the tests",
}


def say(text: str) -> None:
    print(f"berth: {text}", flush=True)


def fail(message: str, hint: str) -> None:
    sys.exit(f"berth: {message}\n  {hint}")


def as_root(command: list[str]) -> list[str]:
    if os.getuid() == 0:
        return command
    if shutil.which("sudo"):
        return ["sudo", *command]
    fail(
        "Debian packages have to be installed, and neither root nor sudo is there.", "Run as root: " + " ".join(command)
    )
    raise AssertionError


def installed(names: list[str]) -> set[str]:
    query = ["dpkg-query", "--show", "--showformat", "${db:Status-Abbrev} ${Package} ${Provides}\n", *names]
    found = subprocess.run(query, capture_output=True, text=True, check=False).stdout
    words = [line.split() for line in found.splitlines() if line.startswith("ii ")]
    return {row[1] for row in words}


@contextmanager
def registry_stays_off(names: list[str]) -> Iterator[None]:
    """Debian starts what it installs, now and at each boot: also a registry that the whole network may write to."""
    if REGISTRY not in names:
        yield
        return
    ours = not POLICY.exists()
    if ours:
        script = f"printf '#!/bin/sh\\nexit 101\\n' > {POLICY} && chmod 755 {POLICY}"
        subprocess.run(as_root(["sh", "-c", script]), check=True)
    try:
        yield
    finally:
        if ours:
            subprocess.run(as_root(["rm", "-f", str(POLICY)]), check=True)
        subprocess.run(as_root(["update-rc.d", REGISTRY, "disable"]), capture_output=True, check=False)


def would_go(names: list[str]) -> set[str]:
    """What the machine has, and Debian would remove for these packages."""
    command = ["apt-get", "install", "--simulate", "-y", "--no-install-recommends", *names]
    environment = {**os.environ, "LC_ALL": "C"}
    said = subprocess.run(command, env=environment, capture_output=True, text=True, check=False).stdout
    return {line.split()[1] for line in said.splitlines() if line.startswith("Remv ")} - REPLACED


def install_packages(names: list[str]) -> None:
    # libglib2.0-0 is called libglib2.0-0t64 from Debian 13 on; its old name is only provided.
    there = installed(names) | {name for name in names if installed([f"{name}t64"])}
    there |= {name for name, others in INSTEAD.items() if installed([*others])}
    missing = sorted(set(names) - there)
    if not missing:
        return
    say(f"installing {len(missing)} Debian packages (one to three minutes): {' '.join(missing)}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    log = Path("/tmp") / f"berth-packages-{os.getuid()}.log"
    commands = (["apt-get", "update", "-q"], ["apt-get", "install", "-y", "-q", "--no-install-recommends", *missing])
    with log.open("w") as output, registry_stays_off(missing):
        for command in commands:
            if "install" in command and (gone := would_go(missing)):
                fail(
                    f"Debian would remove what this machine has: {' '.join(sorted(gone))}.",
                    f"Nothing was changed. Install by hand what can stay beside it: {' '.join(missing)}",
                )
            kept = ["env", "DEBIAN_FRONTEND=noninteractive", *command] if os.getuid() else command
            result = subprocess.run(
                as_root(kept), env=environment, stdout=output, stderr=subprocess.STDOUT, check=False
            )
            if result.returncode and "install" in command:
                tail = "\n  ".join(log.read_text(errors="replace").splitlines()[-8:])
                fail("Debian packages could not be installed.", f"{tail}\n  The whole log is {log}")


def open_tun() -> None:
    """What udev does with it; where nobody has, ordinary users' apps get no network."""
    mode = TUN.stat().st_mode if TUN.exists() else 0
    if not stat.S_ISCHR(mode) or mode & 0o666 == 0o666 or not (os.getuid() == 0 or shutil.which("sudo")):
        return
    say(f"letting everybody use {TUN}, as Debian's udev does")
    if subprocess.run(as_root(["chmod", "0666", str(TUN)]), check=False).returncode:
        say("that was not possible: apps of ordinary users get no network")


def make_environment(extras: str) -> None:
    """The virtual environment with berth in it, editable; made again when pyproject.toml changes."""
    wanted = hashlib.sha256((ROOT / "pyproject.toml").read_bytes() + sys.version.encode()).hexdigest() + extras
    have = STAMP.read_text() if STAMP.exists() else ""
    if have == wanted or (not extras and have == wanted + "[test]"):
        return
    if not (VENV / "bin/python").exists():
        say("making the virtual environment")
        run([sys.executable, "-m", "venv", str(VENV)], "The virtual environment could not be made.")
    say("installing Python packages (about a minute, 200 MB the first time)")
    pip = [str(VENV / "bin/python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    run([*pip, "--editable", f"{ROOT}{extras}"], "Python packages could not be installed.")
    STAMP.write_text(wanted)


def compile_modules(folders: list[str]) -> None:
    """Where the environment keeps Python from writing byte code, every process would compile all of it again."""
    command = [str(VENV / "bin/python"), "-m", "compileall", "-q", *(str(ROOT / folder) for folder in folders)]
    subprocess.run(command, check=False, stdout=subprocess.DEVNULL)


def run(command: list[str], message: str) -> None:
    if subprocess.run(command, check=False, stdout=subprocess.DEVNULL).returncode:
        fail(message, "The reason stands above. Is the network reachable?")


def build_images(which: str) -> None:
    """Several at once: one fetches while the other unpacks. Shared layers are built once all the same."""
    manifests = manifests_of(which)
    command = [str(VENV / "bin/python"), "-m", "berth.engine.images", "build", "--missing", "--human"]
    shares = [manifests[number::BUILDS_AT_ONCE] for number in range(BUILDS_AT_ONCE)]
    # On a terminal each would draw over the line of the other; into a pipe they write lines.
    output = subprocess.PIPE if len(manifests) > 1 else None
    builds = [subprocess.Popen([*command, *share], stdout=output, text=True) for share in shares if share]
    readers = [threading.Thread(target=copy_lines, args=[build.stdout]) for build in builds if build.stdout]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    if any(build.wait() for build in builds):
        fail("An app image could not be built.", "The reason stands above; try again with: make setup")


def copy_lines(lines: IO[str]) -> None:
    for line in lines:
        print(line, end="", flush=True)


def manifests_of(which: str) -> list[str]:
    if which == "first":
        return [str(ROOT / "app-manifests" / f"{name}.toml") for name in FIRST_IMAGES]
    if which == "all":
        return [str(path) for path in sorted((ROOT / "app-manifests").glob("*.toml"))]
    sample = [str(VENV / "bin/python"), "-m", "tests.catalogue.sample"]
    return subprocess.run(sample, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tests", action="store_true", help="also what the tests need")
    parser.add_argument("--images", choices=("none", "first", "tests", "all"), default="none")
    options = parser.parse_args()
    if not shutil.which("dpkg-query"):
        fail("This set-up knows Debian and its relatives only.", "Use Debian 12 or 13.")
    if sys.version_info < (3, 11):
        fail("Python 3.11 or newer is needed.", "Use Debian 12 or 13.")
    start = time.monotonic()
    install_packages([*RUN_PACKAGES, *(TEST_PACKAGES if options.tests else {})])
    if options.tests:
        open_tun()
    make_environment("[test]" if options.tests else "")
    compile_modules(["shell", "tests"] if options.tests else ["shell"])
    if options.images != "none":
        build_images(options.images)
    if time.monotonic() - start > 5:
        say(f"set-up finished after {time.monotonic() - start:.0f} s")


if __name__ == "__main__":
    main()
