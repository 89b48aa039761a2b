"""What must be true before bubblewrap runs, so that what is wrong is said in the app's terms."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable
from pathlib import Path

from berth.core.plan import SANDBOX_HOME, STOP_SIGNALS, LaunchPlan, Mount
from berth.core.problem import Problem
from berth.core.volumes import is_in
from berth.runtimes import kernel

_INSTANCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
MOUNT_POINTS = ("proc", "dev", "tmp", "run", "home", "etc")
"""Directories that every root file system of an app has, relative to it."""

RESOLVER = "etc/resolv.conf"
"""A file that every one has: the list of name servers is mounted over it."""

_GIVEN = ("proc", "dev", "tmp", "run", "home", "sys")
"""Directories that are not the image's own in an app's container."""

_HOSTNAME_BYTES = 64
_DEFAULT_PATH = "/usr/local/bin:/usr/bin:/bin"


def check_plan(plan: LaunchPlan) -> None:
    """Raises `Problem` ``plan-invalid``, ``image-missing``, ``image-broken``, ``mount-missing``,
    ``directory-missing`` or ``command-missing``."""
    _check_form(plan)
    _check_image(plan)
    for mount in plan.mounts:
        _check_mount(mount, plan.app)
    _check_directory(plan)
    if not _has_command(plan):
        raise Problem(
            "command-missing",
            f"The image of {plan.app} has no command “{plan.arguments[0]}”.",
            "Correct the command in the app's manifest, or build its image again.",
        )


def _check_mount(mount: Mount, app: str) -> None:
    source = Path(mount.source)
    if not source.exists():
        raise Problem("mount-missing", f"{source} does not exist, but {app} needs it.")
    if mount.writable and source.is_symlink():
        # Whoever can place the link would choose what the app may write to.
        raise Problem("plan-invalid", f"{source} is a symbolic link and is not given to {app} for writing.")


def _check_directory(plan: LaunchPlan) -> None:
    if _is_given(plan, plan.working_directory):
        return  # not part of the image
    if not stat.S_ISDIR(_mode(plan.rootfs, plan.working_directory)):
        raise Problem(
            "directory-missing",
            f"The image of {plan.app} has no directory “{plan.working_directory}” to start in.",
            f"Let it start in its home: berth set {plan.app} directory={SANDBOX_HOME}",
        )


def _is_given(plan: LaunchPlan, path: str) -> bool:
    """Whether the app finds something else there than what the image has."""
    for mount in reversed(plan.mounts):
        if is_in(path, mount.target):
            return not _shows_image(plan, mount)
    return any(is_in(path, place) for place in (*plan.tmpfs, *(f"/{name}" for name in _GIVEN)))


def _shows_image(plan: LaunchPlan, mount: Mount) -> bool:
    return mount.source == f"{plan.rootfs}{mount.target}"


def _check_form(plan: LaunchPlan) -> None:
    paths = [plan.rootfs, plan.instance_directory, plan.working_directory, *plan.tmpfs, *plan.devices]
    paths += [path for mount in plan.mounts for path in (mount.source, mount.target)]
    texts = [*paths, *plan.arguments, plan.hostname, *(text for pair in plan.environment for text in pair)]
    if not _INSTANCE.fullmatch(plan.instance):
        raise Problem("plan-invalid", f"“{plan.instance}” cannot name an instance.")
    if Path(plan.instance_directory).name != plan.instance:
        raise Problem("plan-invalid", f"The instance directory must be called {plan.instance}.")
    if not plan.arguments or not plan.arguments[0]:
        raise Problem("plan-invalid", f"{plan.app} names no command to run.", "Add one to its manifest.")
    if not all(_is_text(text) for text in texts):
        raise Problem("plan-invalid", f"The launch plan of {plan.app} contains a null character or is no valid UTF-8.")
    if not 0 < len(plan.hostname.encode()) <= _HOSTNAME_BYTES:
        raise Problem("plan-invalid", f"“{plan.hostname}” cannot name a machine.")
    if plan.stop_signal not in STOP_SIGNALS:
        raise Problem("plan-invalid", f"“{plan.stop_signal}” does not ask an app to end.")
    for path in paths:
        if not path.startswith("/") or ".." in path.split("/"):
            raise Problem("plan-invalid", f"“{path}” is not an absolute path.")
    if any(not name or "=" in name for name, _value in plan.environment):
        raise Problem("plan-invalid", f"{plan.app} sets an environment variable without a valid name.")


def _is_text(text: str) -> bool:
    try:
        return b"\0" not in text.encode()
    except UnicodeEncodeError:  # an undecodable byte of a command line
        return False


def _check_image(plan: LaunchPlan) -> None:
    root = Path(plan.rootfs)
    if not root.is_dir():
        raise Problem(
            "image-missing", f"The image of {plan.app} is not there.", f"Build it: berth images build {plan.app}"
        )
    if not Path(plan.instance_directory).is_dir():
        raise Problem("plan-invalid", f"{plan.instance_directory} does not exist.")
    for name in MOUNT_POINTS:
        _require(root, name, stat.S_ISDIR, plan.app)
    _require(root, RESOLVER, stat.S_ISREG, plan.app)


def _require(root: Path, name: str, kind: Callable[[int], bool], app: str) -> None:
    try:
        mode = (root / name).lstat().st_mode
    except OSError:
        mode = 0
    if not kind(mode):
        raise Problem(
            "image-broken",
            f"The image of {app} lacks a proper /{name}.",
            f"Get another image of it; its data can stay: berth remove {app} --keep-data",
        )


def _has_command(plan: LaunchPlan) -> bool:
    name = plan.arguments[0]
    if "/" in name:
        candidates = [str(Path(plan.working_directory) / name)]
    else:
        path = dict(plan.environment).get("PATH", _DEFAULT_PATH)
        candidates = [f"{directory}/{name}" for directory in path.split(":") if directory]
    covered = [mount.target for mount in plan.mounts if not _shows_image(plan, mount)]
    if any(is_in(candidate, target) for candidate in candidates for target in covered):
        return True  # not part of the image: bubblewrap will find out
    return any(_is_program(_mode(plan.rootfs, candidate)) for candidate in candidates)


def _mode(rootfs: str, path: str) -> int:
    """Of a file as the app sees it, 0 if there is none."""
    root = os.open(rootfs, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fd = kernel.open_beneath(root, path, os.O_PATH)
    except OSError:
        return 0
    finally:
        os.close(root)
    try:
        return os.fstat(fd).st_mode
    finally:
        os.close(fd)


def _is_program(mode: int) -> bool:
    return stat.S_ISREG(mode) and bool(mode & 0o111)
