"""Limits that hold against a hostile app, and what is said about them."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from berth.core.plan import Limits
from berth.runtimes import kernel
from berth.runtimes.bubblewrap import BubblewrapRuntime
from berth.runtimes.cgroups import PREFIX, SPARE, Cgroup, find_hierarchy, leftovers
from berth.runtimes.residue import remove_spare_cgroups
from tests.runtimes.conftest import Bench

SMALL = Limits(memory=64 << 20, processes=20, open_files=64)
TOLD = """
import os, time
print('up', flush=True)
while not os.path.exists('go'):
    time.sleep(0.01)
"""
"""Has a program begin once there is a file in its home: what ends at once may have ended before it is looked at."""
MEMORY_HOG = """
blocks = []
try:
    while len(blocks) < 1024:
        blocks.append(b"x" * (1 << 20))
except MemoryError:
    pass
import sys
blocks_held = len(blocks)
blocks.clear()
print("held", blocks_held)
sys.exit(blocks_held > 100)
"""

FORK_BOMB = """
import os, signal, sys
count = 1
while True:
    try:
        if os.fork() == 0:
            signal.pause()
    except OSError:
        break
    count += 1
print(count, "full", flush=True)
while True:
    try:
        if os.fork() == 0:
            continue
    except OSError:
        pass
"""


@pytest.fixture(params=["cgroups", "rlimits"])
def limited(request: pytest.FixtureRequest, bench: Bench) -> Iterator[Bench]:
    """A bench whose runtime limits in one of the two ways."""
    if request.param == "cgroups" and find_hierarchy() is None:
        pytest.skip("no writable cgroup here")
    bench.runtime = BubblewrapRuntime(bench.root, use_cgroups=request.param == "cgroups")
    yield bench


async def test_open_files(bench: Bench) -> None:
    output = await bench.output(bench.shell("ulimit -n; ulimit -Hn; ulimit -c", limits=SMALL))
    assert output.split() == ["64", "64", "0"]


async def test_a_memory_hog_is_contained(bench: Bench, limited: Bench) -> None:
    instance = await bench.start(bench.python(MEMORY_HOG, limits=SMALL))
    end = await bench.runtime.wait(instance)
    if instance.limits.startswith("cgroup"):
        assert end.code == 137
        assert "memory" in end.reason
    else:
        assert end.code == 0, await bench.runtime.logs(instance)


async def test_a_fork_bomb_is_contained(bench: Bench, limited: Bench) -> None:
    instance = await bench.start(bench.python(FORK_BOMB, limits=SMALL))
    if "unlimited" in instance.limits:
        await bench.runtime.kill(instance)
        pytest.skip("without cgroups the processes of the superuser cannot be limited")
    log = await bench.said(instance, "full")
    assert SMALL.processes - 2 <= int(log.split()[0]) <= SMALL.processes
    assert (await bench.runtime.stats(instance)).processes <= SMALL.processes
    assert (await bench.runtime.kill(instance)).code == 137


async def test_a_command_counts_against_the_limits(bench: Bench, limited: Bench) -> None:
    instance = await bench.start(bench.plan("sleep", "1000", limits=SMALL))
    many = "i=0; while [ $i -lt 40 ]; do sleep 1000 & i=$((i+1)); done; exit 0"
    code, output = await bench.execute(instance, "sh", "-c", many)
    if "unlimited" in instance.limits:
        assert code == 0
    else:
        assert "fork" in output
        assert code != 0


async def test_what_holds_is_reported(bench: Bench, limited: Bench) -> None:
    instance = await bench.start(bench.plan("sleep", "1000", limits=SMALL))
    hierarchy = find_hierarchy()
    if bench.runtime.uses_cgroups and hierarchy is not None:
        assert instance.limits == f"cgroup v{hierarchy.version}"
    else:
        assert instance.limits == ("rlimits" if os.getuid() else "rlimits, processes unlimited")


V1 = """\
30 25 0:26 / {top}/memory rw,nosuid - cgroup cgroup rw,memory
31 25 0:27 / {top}/pids rw,nosuid - cgroup cgroup rw,pids
32 25 0:28 / {top}/freezer rw,nosuid - cgroup cgroup rw,freezer
"""
V2 = "35 25 0:30 / {top} rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n"


def make_group(path: Path, controllers: str = "") -> Path:
    path.mkdir(parents=True)
    (path / "cgroup.procs").touch()
    (path / "cgroup.subtree_control").write_text(controllers)
    return path


def test_v2_uses_the_nearest_ancestor_that_hands_out_controllers(tmp_path: Path) -> None:
    make_group(tmp_path / "user", "cpu memory pids")
    app = make_group(tmp_path / "user/app.slice", "memory pids")
    make_group(tmp_path / "user/app.slice/terminal.scope")
    hierarchy = find_hierarchy("0::/user/app.slice/terminal.scope\n", V2.format(top=tmp_path))
    assert hierarchy is not None
    assert (hierarchy.version, dict(hierarchy.parents)) == (2, {"": app})


def test_v2_without_controllers_is_no_use(tmp_path: Path) -> None:
    make_group(tmp_path / "app", "cpu")
    assert find_hierarchy("0::/app\n", V2.format(top=tmp_path)) is None


def test_v1_needs_all_three_controllers(tmp_path: Path) -> None:
    own = "4:memory:/a\n8:pids:/\n6:freezer:/\n0::/\n"
    for path in ("memory/a", "pids", "freezer"):
        make_group(tmp_path / path)
    hierarchy = find_hierarchy(own, V1.format(top=tmp_path))
    assert hierarchy is not None
    assert hierarchy.version == 1
    assert hierarchy.parents["memory"] == tmp_path / "memory/a"
    (tmp_path / "freezer/cgroup.procs").unlink()
    assert find_hierarchy(own, V1.format(top=tmp_path)) is None


def test_v1_shares_the_processors_by_app_where_it_can(tmp_path: Path) -> None:
    own = "4:memory:/a\n8:pids:/\n6:freezer:/\n2:cpu,cpuacct:/b\n0::/\n"
    mounts = V1 + "33 25 0:29 / {top}/cpu rw,nosuid - cgroup cgroup rw,cpu,cpuacct\n"
    for path in ("memory/a", "pids", "freezer", "cpu/b"):
        make_group(tmp_path / path)
    hierarchy = find_hierarchy(own, mounts.format(top=tmp_path))
    assert hierarchy is not None
    assert hierarchy.parents["cpu"] == tmp_path / "cpu/b"
    (tmp_path / "cpu/b/cgroup.procs").unlink()
    hierarchy = find_hierarchy(own, mounts.format(top=tmp_path))
    assert hierarchy is not None
    assert "cpu" not in hierarchy.parents


async def test_all_processes_of_an_app_share_the_time_of_one(bench: Bench) -> None:
    hierarchy = find_hierarchy()
    if hierarchy is None or hierarchy.version != 1 or "cpu" not in hierarchy.parents:
        pytest.skip("no writable cgroup v1 with the controller cpu here")
    instance = await bench.start(bench.shell("sleep 1000 & sleep 1000 & echo up; wait"))
    while "up" not in await bench.runtime.logs(instance):
        await asyncio.sleep(0.01)
    everybody = hierarchy.group(PREFIX + instance.id)
    inside = {key: set((path / "cgroup.procs").read_text().split()) for key, path in everybody.paths.items()}
    assert len(inside["cpu"]) >= 3
    assert inside["cpu"] == inside["pids"]


def test_v2_limits_are_written_and_read_back(tmp_path: Path) -> None:
    group = Cgroup(2, {"": make_group(tmp_path / "berth-x")})
    assert group.limit(SMALL)
    assert (tmp_path / "berth-x/memory.max").read_text() == str(SMALL.memory)
    assert (tmp_path / "berth-x/memory.swap.max").read_text() == "0"
    assert int((tmp_path / "berth-x/pids.max").read_text()) >= SMALL.processes


def test_a_limit_that_does_not_hold_is_noticed(tmp_path: Path) -> None:
    directory = make_group(tmp_path / "berth-x")
    (directory / "memory.max").symlink_to("/dev/null")
    assert not Cgroup(2, {"": directory}).limit(SMALL)


def unified_mount() -> Path:
    """A writable cgroup2 hierarchy, with or without controllers."""
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        point = Path(line.split(" ")[4])
        if " - cgroup2 " in line and os.access(point, os.W_OK):
            return point
    pytest.skip("no writable cgroup v2 here")


def test_v2_on_the_kernel() -> None:
    group = Cgroup(2, {"": unified_mount() / f"berth-test-{os.getpid()}"})
    group.create()
    directory = os.open(group.paths[""], os.O_PATH)
    child = kernel.fork_into(directory)
    if child == 0:
        signal.pause()
        os._exit(0)
    os.close(directory)
    try:
        assert group.processes() == {child}
        assert [found.paths for found in leftovers(group.paths[""].name)] == [group.paths]
        group.freeze(True)
        assert (group.paths[""] / "cgroup.freeze").read_text() == "1\n"
        assert not group.remove()
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        removed = group.remove()
    assert removed
    assert leftovers(f"berth-test-{os.getpid()}") == []


async def test_spare_groups_of_the_dead_are_removed_and_of_the_living_kept(bench: Bench) -> None:
    hierarchy = find_hierarchy()
    if hierarchy is None or hierarchy.version != 1:
        pytest.skip("no writable cgroup v1 here")
    dead = subprocess.Popen(["true"])
    dead.wait()
    groups = [hierarchy.group(f"{SPARE}{pid}-test") for pid in (dead.pid, os.getpid())]
    for group in groups:
        group.create()
    try:
        remove_spare_cgroups()
        assert [group.paths["pids"].exists() for group in groups] == [False, True]
    finally:
        for group in groups:
            group.remove()


class SweptCgroup(Cgroup):
    """Loses a group twice between being made and being joined."""

    sweeps = 2

    def create(self) -> None:
        super().create()
        if self.sweeps:
            self.sweeps -= 1
            self.paths["pids"].rmdir()


def test_a_spare_group_that_is_taken_away_is_made_again() -> None:
    hierarchy = find_hierarchy()
    if hierarchy is None or hierarchy.version != 1:
        pytest.skip("no writable cgroup v1 here")
    group = SweptCgroup(1, hierarchy.group(f"berth-test-{os.getpid()}").paths)
    child = os.fork()
    if child == 0:
        group.create_and_join()
        os._exit(len(group.processes() - {os.getpid()}))
    _pid, status = os.waitpid(child, 0)
    assert group.remove()
    assert os.waitstatus_to_exitcode(status) == 0


async def test_the_time_of_processors_is_limited(bench: Bench, limited: Bench) -> None:
    instance = await bench.start(bench.plan("sleep", "1000", limits=Limits(256 << 20, 20, 64, cpus=0.5)))
    if not instance.limits.startswith("cgroup"):
        assert instance.limits.endswith(", processors unlimited")
        return
    said = []
    for path in (path for group in leftovers(PREFIX + instance.id) for path in group.paths.values()):
        said += [file.read_text().split() for file in path.glob("cpu.max")]
        said += [[file.read_text().strip(), "100000"] for file in path.glob("cpu.cfs_quota_us")]
    assert said == ([] if "unlimited" in instance.limits else [["50000", "100000"]])


def test_processors_that_no_group_counts_are_not_said_to_be_limited(tmp_path: Path) -> None:
    assert Cgroup(1, {"memory": tmp_path}).limit_processors(0.0)
    assert not Cgroup(1, {"memory": tmp_path}).limit_processors(0.5)
    assert not Cgroup(2, {"": tmp_path / "none"}).limit_processors(0.5)
    assert Cgroup(2, {"": tmp_path}).limit_processors(1.5)
    assert (tmp_path / "cpu.max").read_text() == "150000 100000"
