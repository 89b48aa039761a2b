"""``berth doctor``: what this machine lacks, in plain words, with the exact command that mends it."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

from berth.core.paths import Paths
from berth.core.problem import Problem

_LOW_SPACE = 3 << 30


@dataclass(frozen=True)
class Check:
    """One finding. `fix` is a command or instruction, empty when all is well."""

    name: str
    state: Literal["ok", "warning", "missing"]
    message: str
    fix: str = ""


@dataclass(frozen=True)
class Report:
    checks: tuple[Check, ...]
    session: dict[str, object]

    @property
    def healthy(self) -> bool:
        return all(check.state != "missing" for check in self.checks)

    def as_dict(self) -> dict[str, object]:
        return {"healthy": self.healthy, "checks": [asdict(check) for check in self.checks], "session": self.session}

    def print(self) -> None:
        marks = {"ok": "ok      ", "warning": "warning ", "missing": "MISSING "}
        for check in self.checks:
            print(f"{marks[check.state]} {check.message}", file=sys.stdout)
            if check.fix:
                print(f"          mend it with: {check.fix}", file=sys.stdout)
        print(_session_line(self.session), file=sys.stdout)


def examine(paths: Paths, environment: Mapping[str, str]) -> Report:
    """Look at everything; takes well under a second and changes nothing."""
    probes: tuple[Callable[[], Check], ...] = (
        _python,
        _qt,
        _sandbox,
        _program("mmdebstrap", "mmdebstrap", "builds app images from Debian packages"),
        _subordinate_ids,
        _network,
        _limits,
        _docker,
        _podman,
        lambda: _screen(environment),
        lambda: _runtime_directory(paths),
        lambda: _space(paths),
    )
    return Report(tuple(probe() for probe in probes), _session(paths))


def _program(name: str, package: str, purpose: str) -> Callable[[], Check]:
    def probe() -> Check:
        if shutil.which(name):
            return Check(name, "ok", f"{name} {purpose}")
        return Check(name, "missing", f"{name}, which {purpose}, is not there", f"apt-get install {package}")

    return probe


def _python() -> Check:
    return Check("python", "ok", f"Python {'.'.join(str(part) for part in sys.version_info[:3])}")


def _qt() -> Check:
    try:
        version = metadata.version("PySide6-Essentials")
    except metadata.PackageNotFoundError:
        return Check("qt", "missing", "PySide6 is not installed", "make setup")
    if version == "6.12.0" and sys.version_info < (3, 12):
        return Check("qt", "missing", "PySide6 6.12.0 crashes on this Python", "make setup")
    return Check("qt", "ok", f"PySide6 {version}")


def _sandbox() -> Check:
    if not shutil.which("bwrap"):
        return Check(
            "bubblewrap", "missing", "bubblewrap, which isolates apps, is not there", "apt-get install bubblewrap"
        )
    command = ["bwrap", "--unshare-all", "--unshare-user", "--ro-bind", "/", "/", "--proc", "/proc", "true"]
    result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
    if result.returncode == 0:
        return Check("bubblewrap", "ok", "bubblewrap isolates apps")
    reason = (result.stderr.strip().splitlines() or ["no reason given"])[-1]
    return Check(
        "bubblewrap",
        "missing",
        f"bubblewrap cannot make a sandbox here ({reason})",
        "sysctl -w kernel.unprivileged_userns_clone=1 kernel.apparmor_restrict_unprivileged_userns=0",
    )


def _subordinate_ids() -> Check:
    if os.getuid() == 0:
        return Check("subordinate-ids", "ok", "images are built as root")
    import pwd

    user = pwd.getpwuid(os.getuid()).pw_name
    present = any(line.startswith(f"{user}:") for line in _lines("/etc/subuid"))
    if shutil.which("newuidmap") and present:
        return Check("subordinate-ids", "ok", "images are built without root")
    fix = f"sudo apt-get install uidmap && sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 {user}"
    return Check("subordinate-ids", "missing", "images cannot be built without subordinate user ids", fix)


def _lines(path: str) -> list[str]:
    try:
        text = os.fsdecode(Path(path).read_bytes())
    except OSError:
        return []
    return [line for line in text.split("\n") if line]  # what else Python takes for the end of one may be in a name


def _network() -> Check:
    if not shutil.which("slirp4netns"):
        return Check(
            "network", "missing", "slirp4netns, which gives an app network, is not there", "apt-get install slirp4netns"
        )
    if not os.access("/dev/net/tun", os.R_OK | os.W_OK):
        fix = "sudo chmod 666 /dev/net/tun" if Path("/dev/net/tun").exists() else "sudo modprobe tun"
        return Check("network", "warning", "apps cannot be given network: /dev/net/tun is closed", fix)
    return Check("network", "ok", "apps can be given network")


def _limits() -> Check:
    """Memory limits hold only in a control group we may write to."""
    own = {parts[1]: parts[2] for parts in (line.split(":", 2) for line in _lines("/proc/self/cgroup"))}
    if "memory" in own and os.access(f"/sys/fs/cgroup/memory{own['memory']}", os.W_OK):
        return Check("limits", "ok", "memory and process limits are held by cgroup v1")
    group = Path(f"/sys/fs/cgroup{own.get('', '/')}")
    if (group / "cgroup.controllers").exists() and os.access(group, os.W_OK):
        return Check("limits", "ok", "memory and process limits are held by cgroup v2")
    return Check(
        "limits",
        "warning",
        "no control group is writable: limits are held per process only",
        "systemd-run --user --scope -p Delegate=yes berth session",
    )


def _docker() -> Check:
    """Optional: looked at without asking it anything, as only the engine may talk to it."""
    from berth.runtimes.container_daemon import check_reachable
    from berth.runtimes.docker import DOCKER, docker_socket

    try:
        check_reachable(DOCKER, docker_socket())
    except Problem as problem:
        return _unusable(problem)
    return Check("docker", "ok", "Docker can run apps; control groups hold their limits and pause them")


def _podman() -> Check:
    from berth.runtimes.podman import check_allowed, check_installed, podman_traits

    try:
        check_installed()
        check_allowed(os.getuid())
    except Problem as problem:
        return _unusable(problem)
    if podman_traits(os.getuid()).cgroups:
        return Check("podman", "ok", "Podman can run apps; control groups hold their limits and pause them")
    message = "Podman can run apps; without root their limits hold per process here, and a pause stops each process"
    return Check("podman", "ok", f"{message} (control groups of version 1)")


def _unusable(problem: Problem) -> Check:
    """An engine that is not installed is no fault: nothing needs it."""
    name, _dash, what = problem.code.partition("-")
    if what == "missing":
        return Check(name, "ok", f"{problem.message.rstrip('.')}; only apps that you choose it for need it")
    return Check(name, "warning", problem.message.rstrip("."), problem.hint.rpartition(": ")[2])


def _screen(environment: Mapping[str, str]) -> Check:
    from berth.screens import choose_platform

    platform = choose_platform(environment)
    if platform == "offscreen":
        return Check(
            "screen",
            "warning",
            "there is no display and no VNC server: a session would be invisible",
            "apt-get install tigervnc-standalone-server tigervnc-tools",
        )
    words = {"window": "in a window", "cage": "full screen on cage", "vnc": "as a VNC screen on loopback"}
    return Check("screen", "ok", f"a session opens {words[platform]}")


def _runtime_directory(paths: Paths) -> Check:
    for directory in (paths.runtime.parent, paths.runtime):
        if not directory.exists():
            continue
        status = directory.lstat()
        if status.st_uid != os.getuid() or not stat.S_ISDIR(status.st_mode):
            fix = "set XDG_RUNTIME_DIR to a directory of your own"
            return Check("runtime-directory", "missing", f"{directory} is not yours", fix)
        if status.st_mode & 0o077 and directory == paths.runtime:
            return Check("runtime-directory", "missing", f"others can enter {directory}", f"chmod 700 {directory}")
    return Check("runtime-directory", "ok", f"sockets lie in {paths.runtime}")


def _space(paths: Paths) -> Check:
    place = paths.images
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    if free < _LOW_SPACE:
        fix = "free some space"
        return Check("space", "warning", f"only {free / 1e9:.1f} GB are free for images in {place}", fix)
    return Check("space", "ok", f"{free / 1e9:.0f} GB are free for images")


def _session(paths: Paths) -> dict[str, object]:
    """The running session's facts with the process ids of ui, display and engine, or only its name."""
    try:
        facts: dict[str, object] = json.loads(paths.session_file.read_text())
        alive = Path(f"/proc/{facts['pid']}").exists()
    except (OSError, ValueError, KeyError):
        alive = False
    return {**facts, "running": True} if alive else {"name": paths.name, "running": False}


def _session_line(session: dict[str, object]) -> str:
    if not session["running"]:
        return f"session  “{session['name']}” is not running"
    processes = session["processes"]
    assert isinstance(processes, dict)
    listed = ", ".join(f"{name} {pid}" for name, pid in processes.items())
    return f"session  “{session['name']}” runs on {session['platform']} ({listed})"
