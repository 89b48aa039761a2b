"""Names that the kernel tells may be of any bytes: a mount point, a file in use, a process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

LOOK_AT_MOUNTS = """
import pathlib, sys
from berth.runtimes import cgroups
from berth.runtimes.residue import residue
assert b"strange" in pathlib.Path("/proc/self/mountinfo").read_bytes()
cgroups.find_hierarchy(), cgroups.own_version(), cgroups.of_process(1), cgroups.directory_of(1, "cpu")
assert cgroups.leftovers("berth-strange") == []
found = residue("strange", pathlib.Path("/nowhere"))
assert len(found) == 4 and all(what.startswith("mount /") and what.encode() for what in found), found
"""
LOOK_AT_FILES = """
import mmap, os, sys
with open(os.fsencode(sys.argv[1]) + b"/\\xff\\x0b", "w+b") as file:
    file.write(b"x")
    file.flush()
    seen = mmap.mmap(file.fileno(), 1)
from berth.display import binding
assert binding.ffi
"""
LOOK_AT_PROCESSES = """
import os, pathlib
pathlib.Path("/proc/self/comm").write_bytes(b"\\xff 1) \\x0b")
os.getppid = os.getpid
from berth.engine.__main__ import session_identity
assert session_identity().rpartition("-")[2].isdecimal(), session_identity()
"""


def look(program: str, place: Path, *prefix: str) -> None:
    done = subprocess.run(
        [*prefix, sys.executable, "-c", program, str(place)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_a_mount_point(tmp_path: Path) -> None:
    alone = ("unshare", "--mount", *(() if os.getuid() == 0 else ("--user", "--map-root-user")))
    probe = [*alone, "mount", "-t", "tmpfs", "none", str(tmp_path)]
    if subprocess.run(probe, capture_output=True, check=False).returncode != 0:
        pytest.skip("nothing can be mounted here")
    for name in (b"\xff\xfe", b"\x0b", "\u2028".encode(), b"\x85"):
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name), "strange").mkdir(parents=True)
    mount = 'for place in "$1"/*/strange; do mount -t tmpfs none "$place" || exit; done; shift; exec "$@"'
    look(LOOK_AT_MOUNTS, tmp_path, *alone, "sh", "-c", mount, "sh", str(tmp_path))


def test_a_file_in_use(tmp_path: Path) -> None:
    look(LOOK_AT_FILES, tmp_path)


def test_a_process(tmp_path: Path) -> None:
    look(LOOK_AT_PROCESSES, tmp_path)
