"""Namespaces in which images are built: mounts and processes of a build end with it, however it ends.

As root a mount and a process namespace suffice. For others a user namespace with a range of
ids is needed, since Debian packages bring files of several users.
"""

from __future__ import annotations

import fcntl
import getpass
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from berth.core.problem import Problem
from berth.engine.run import run

_CONTAINED = (
    # Whoever began a build may be killed alone; what works for it in its namespaces then ends, too.
    *("setpriv", "--pdeathsig", "KILL", "--"),
    *("unshare", "--mount", "--pid", "--fork", "--kill-child", "--propagation", "private"),
)
_AS_ROOT = ("--user", "--map-root-user", "--map-auto")


@cache
def contained() -> tuple[str, ...]:
    """The words to put before a command that shall run as root among its own mounts and processes.

    Raises:
        Problem: ``build-needs-ids`` or ``build-needs-namespaces``, saying what this machine lacks.
    """
    users = () if os.geteuid() == 0 else _AS_ROOT
    if users:
        _check_ids()
    complaint = ""
    # In some containers a fresh /proc is refused; the outer one then serves.
    for mounts in (("--mount-proc",), ()):
        command = (*_CONTAINED, *users, *mounts)
        tried = run([*command, "true"], check=False)
        if tried.code == 0:
            return command
        complaint = tried.last_lines(1)
    raise Problem(
        "build-needs-namespaces",
        f"Images cannot be built here, because Linux refuses new namespaces: {complaint}",
        "Allow them with: sudo sysctl -w kernel.unprivileged_userns_clone=1, or import an image archive instead.",
    )


def _check_ids() -> None:
    if not shutil.which("newuidmap"):
        raise Problem(
            "build-needs-ids",
            "Building images without root needs the program newuidmap.",
            "Install it with: sudo apt-get install uidmap",
        )
    user = getpass.getuser()
    for path in (Path("/etc/subuid"), Path("/etc/subgid")):
        lines = path.read_text().splitlines() if path.exists() else []
        if not any(line.split(":")[0] in (user, str(os.getuid())) for line in lines):
            raise Problem(
                "build-needs-ids",
                f"Building images without root needs a range of ids for {user} in {path}.",
                f"Add one with: sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 {user}",
            )


@contextmanager
def scratch_directory(builds: Path) -> Iterator[Path]:
    """A directory for one build, removed afterwards; its lock tells the living from debris."""
    builds.mkdir(parents=True, exist_ok=True)
    place = Path(tempfile.mkdtemp(dir=builds))
    # The package manager's unprivileged helpers have to reach what lies in it.
    place.chmod(0o755)
    lock = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield place
    finally:
        _remove(place)
        os.close(lock)


def sweep_builds(builds: Path) -> None:
    """Remove what killed builds have left."""
    if not builds.is_dir():
        return
    for place in builds.iterdir():
        try:
            lock = os.open(place, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            continue  # whoever had it was faster
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _remove(place)
        except BlockingIOError:
            continue
        finally:
            os.close(lock)


def _remove(place: Path) -> None:
    try:
        shutil.rmtree(place)
    except FileNotFoundError:
        return
    except OSError:
        # Files of other users of a user namespace: only in such a namespace they are ours.
        if os.geteuid():
            run([*contained(), "rm", "-rf", "--one-file-system", "--", place], check=False)
