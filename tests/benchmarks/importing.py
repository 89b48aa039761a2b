"""Taking in an image archive: Berth's import against ``docker load``, the same files for both.

The archive holds one layer of this machine's own libraries. Both check and unpack it; Berth also reads what packages
are in it and brings all of it to the disk before it says that it has it, which is told apart.
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import zstandard

from tests.benchmarks.measure import median, row, table
from tests.benchmarks.starting import docker_daemon
from tests.images.archives import ARCHITECTURE, digest, member, tar
from tests.runtimes.engines import Dockerd

ROUNDS = 3
SIZE = 60 << 20
_SOURCES = (Path("/usr/lib"), Path("/usr/share"))
_TAG = "bench/import:1"


def report() -> None:
    """Prints seconds and megabytes of files a second."""
    with docker_daemon() as (base, daemon):
        archives = _archives(base)
        berth: dict[str, list[float]] = {name: [] for name in archives}
        docker: dict[str, list[float]] = {name: [] for name in archives}
        for _round in range(ROUNDS):
            for name, path in archives.items():
                berth[name].append(_import(base, path))
                docker[name] += _load(daemon, path)
    table(f"import, {SIZE >> 20} MiB of files", "Berth, s", "docker load, s", "Berth over docker", "Berth, MiB/s")
    for name in archives:
        ours, size = median(berth[name]), SIZE >> 20
        theirs = median(docker[name]) if docker[name] else 0.0
        compared = (f"{theirs:.2f}", f"{ours / theirs:.2f}") if theirs else ("refuses it", "")
        row(name, f"{ours:.2f}", *compared, f"{size / ours:.0f}")


def _import(base: Path, archive: Path) -> float:
    """Seconds of the process that the engine runs, with a new store each time."""
    store = base / "store"
    command = [sys.executable, "-m", "berth.engine.images", "import", "--root", str(store), str(archive)]
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    taken = time.perf_counter() - started
    shutil.rmtree(store)
    return taken


def _load(daemon: Dockerd, archive: Path) -> list[float]:
    """Seconds, nothing if it cannot read such an archive; the image goes afterwards."""
    environment = {**os.environ, "DOCKER_HOST": f"unix://{daemon.socket}"}
    command = ["docker", "load", "--quiet", "--input", str(archive)]
    started = time.perf_counter()
    loaded = subprocess.run(command, env=environment, check=False, capture_output=True)
    taken = time.perf_counter() - started
    if loaded.returncode:
        return []
    subprocess.run(["docker", "rmi", _TAG], env=environment, check=True, capture_output=True)
    return [taken]


def _archives(base: Path) -> dict[str, Path]:
    """One docker archive, as it is and compressed."""
    layer = base / "layer.tar"
    _fill(layer)
    plain = layer.read_bytes()
    config = json.dumps(
        {
            "architecture": ARCHITECTURE,
            "os": "linux",
            "config": {},
            "rootfs": {"type": "layers", "diff_ids": [digest(plain)]},
        }
    ).encode()
    manifest = json.dumps([{"Config": "config.json", "RepoTags": [_TAG], "Layers": ["layer.tar"]}]).encode()
    members = [member("config.json", config), member("layer.tar", plain), member("manifest.json", manifest)]
    layer.unlink()
    written = {"plain": base / "image.tar", "gzip": base / "image.tar.gz", "zstd": base / "image.tar.zst"}
    data = tar(members)
    written["plain"].write_bytes(data)
    written["gzip"].write_bytes(gzip.compress(data, 6))
    written["zstd"].write_bytes(zstandard.compress(data, 3))
    return written


def _fill(layer: Path) -> None:
    """Files of this machine in a fixed order, up to `SIZE` bytes."""
    left = SIZE
    with tarfile.open(layer, "w", format=tarfile.PAX_FORMAT) as archive:
        for source in _SOURCES:
            for path in sorted(path for path in source.rglob("*") if path.is_file() and not path.is_symlink()):
                size = path.stat().st_size
                if size <= min(left, SIZE // 20):
                    archive.add(path, f"opt/{path.relative_to('/usr')}", recursive=False)
                    left -= size
