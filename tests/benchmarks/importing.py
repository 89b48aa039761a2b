"""Taking in an image archive: Berth's import against ``docker load``, the same files for both.

Each archive holds one layer of this machine's own libraries, and each differs from the others by one file. Both check
and unpack it; Berth also reads what packages are in it and brings all of it to the disk before it says that it has it.
Nothing is removed meanwhile: ext4 without a journal looks at each file number that was given back in the last
minutes before it makes a file, which took most of the time of whoever came second.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import resource
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import zstandard

from tests.benchmarks.measure import median, row, table
from tests.benchmarks.starting import docker_daemon
from tests.images.archives import ARCHITECTURE, digest, member, tar
from tests.runtimes.engines import Dockerd, processes_of

ROUNDS = 3
SIZE = 60 << 20
_SOURCES = (Path("/usr/lib"), Path("/usr/share"))
_TICKS = os.sysconf("SC_CLK_TCK")
_PACKED: dict[str, Callable[[bytes], bytes]] = {
    "plain": lambda data: data,
    "gzip": lambda data: gzip.compress(data, 6),
    "zstd": lambda data: zstandard.compress(data, 3),
}


class Took(NamedTuple):
    """Seconds of the clock, and of all processors."""

    clock: float
    processor: float


def report() -> None:
    """Prints seconds and megabytes of files a second."""
    with docker_daemon() as (base, daemon):
        berth: dict[str, list[Took]] = {name: [] for name in _PACKED}
        docker: dict[str, list[Took]] = {name: [] for name in _PACKED}
        for name, archive in _archives(base):
            berth[name].append(_import(base / f"{archive.name}.store", archive))
            docker[name] += _load(daemon, archive)
    table(
        f"import, {SIZE >> 20} MiB of files", "Berth, s", "docker load, s", "ratio", "processor s", "Docker's", "ratio"
    )
    for name in _PACKED:
        row(name, *_compared(berth[name], docker[name], 0), *_compared(berth[name], docker[name], 1))


def _compared(berth: list[Took], docker: list[Took], what: int) -> tuple[str, str, str]:
    ours = median([took[what] for took in berth])
    if not docker:
        return f"{ours:.2f}", "refuses it", ""
    theirs = median([took[what] for took in docker])
    return f"{ours:.2f}", f"{theirs:.2f}", f"{ours / theirs:.2f}"


def _import(store: Path, archive: Path) -> Took:
    """The process that the engine runs, with a new store each time."""
    command = [sys.executable, "-m", "berth.engine.images", "import", "--root", str(store), str(archive)]
    started, before = time.perf_counter(), children_seconds()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return Took(time.perf_counter() - started, children_seconds() - before)


def _load(daemon: Dockerd, archive: Path) -> list[Took]:
    """Nothing if Docker cannot read such an archive."""
    environment = {**os.environ, "DOCKER_HOST": f"unix://{daemon.socket}"}
    command = ["docker", "load", "--quiet", "--input", str(archive)]
    started, before = time.perf_counter(), children_seconds() + _daemon_seconds(daemon)
    loaded = subprocess.run(command, env=environment, check=False, capture_output=True)
    taken = time.perf_counter() - started
    if loaded.returncode:
        return []
    return [Took(taken, children_seconds() + _daemon_seconds(daemon) - before)]


def children_seconds() -> float:
    """Of the processor, of all children that were waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _daemon_seconds(daemon: Dockerd) -> float:
    """Of its processes, and of those that they have waited for."""
    return (
        sum(
            sum(int(ticks) for ticks in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:15])
            for pid in processes_of(str(daemon.base))
        )
        / _TICKS
    )


def _archives(base: Path) -> Iterator[tuple[str, Path]]:
    """Docker archives, one of each kind in each round."""
    files = some_files()
    for number in range(ROUNDS):
        for name, pack in _PACKED.items():
            tag = f"bench/import:{name}-{number}"
            path = base / f"{name}-{number}.tar"
            path.write_bytes(pack(_archive(tar([member("opt/which", tag.encode())])[:1024] + files, tag)))
            yield name, path


def _archive(layer: bytes, tag: str) -> bytes:
    rootfs = {"type": "layers", "diff_ids": [digest(layer)]}
    config = json.dumps({"architecture": ARCHITECTURE, "os": "linux", "config": {}, "rootfs": rootfs}).encode()
    manifest = json.dumps([{"Config": "config.json", "RepoTags": [tag], "Layers": ["layer.tar"]}]).encode()
    return tar([member("config.json", config), member("layer.tar", layer), member("manifest.json", manifest)])


def some_files(which: int = 0) -> bytes:
    """Files of this machine in a fixed order, up to `SIZE` bytes, as a layer; another number, other files."""
    left, before = SIZE, which * SIZE
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for source in _SOURCES:
            for path in sorted(path for path in source.rglob("*") if path.is_file() and not path.is_symlink()):
                size = path.stat().st_size
                if size > min(left, SIZE // 20):
                    continue
                if before > 0:
                    before -= size
                    continue
                archive.add(path, f"opt/{path.relative_to('/usr')}", recursive=False)
                left -= size
    return layer.getvalue()
