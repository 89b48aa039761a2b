"""What apps take: ten images on the disk, and twenty running instances in memory, in Berth and in Docker.

The images are those of this machine's store; Docker is given the same layers by ``docker load``. Files count once
however many names they have, in Berth's store as in Docker's.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from berth.core.paths import DEFAULT_NAME, session_paths
from berth.core.plan import SANDBOX_HOME, LaunchPlan
from berth.engine.images import layout
from berth.engine.images.store import Image, ImageStore
from berth.runtimes.bubblewrap import BubblewrapRuntime
from berth.runtimes.container_image import StoredImage
from tests.benchmarks.measure import descendants, proportional_memory, row, table
from tests.benchmarks.starting import docker_daemon
from tests.runtimes.engines import Dockerd, processes_of

APPS = (
    *("org.xfce.mousepad", "org.xfce.thunar", "org.xfce.ristretto", "org.geany.Geany", "org.gnome.Mines"),
    *("org.gnome.Calculator", "org.gnome.Sudoku", "org.gnome.Mahjongg", "org.gnome.TextEditor", "org.gnome.Chess"),
)
INSTANCES = 20
_LIBRARY = "libgtk-3.so.0"
_COMMAND = ("sleep", "1000")
_SETTLED = 60.0


def report() -> None:
    """Prints MiB; nothing if the store of this machine lacks the images."""
    store = ImageStore(session_paths(DEFAULT_NAME, os.environ, os.getuid()).images)
    images = [image for app in APPS if (image := store.find(app)) is not None]
    if len(images) < len(APPS):
        row(f"only {len(images)} of the {len(APPS)} images are here: build them with berth images build")
        return
    with docker_daemon() as (base, daemon):
        empty = _disk(daemon)
        tags = [_load(daemon, store, image) for image in images]
        _report_disk(store, images, _disk(daemon) - empty)
        table(f"{INSTANCES} running instances, GTK 3 loaded", "Berth, MiB", "Docker, MiB", "Berth over Docker")
        for what, count in (("of one image", 1), (f"of {len(images)} images", len(images))):
            berth = asyncio.run(
                _berth_memory(base / f"b{count}", [str(store.rootfs(image)) for image in images[:count]])
            )
            docker = _docker_memory(daemon, tags[:count])
            row(what, f"{berth:.0f}", f"{docker:.0f}", f"{berth / docker:.2f}")


def _report_disk(store: ImageStore, images: Sequence[Image], docker: float) -> None:
    table(f"{len(images)} apps on the disk", "MiB", "over Docker")
    digests = {image.digest for image in images}
    layers = {pair for image in images for pair in _layers(image)}
    packed = _usage(_place(store, "blobs/sha256", digest) for digest, _diff in layers)
    trees = [_place(store, "layers", diff) for _digest, diff in layers]
    unpacked = _usage([*trees, *(_place(store, "rootfs", digest) for digest in digests)])
    rows = {"Docker": docker, "Berth": packed + unpacked, "of these, unpacked": unpacked, "of these, packed": packed}
    for what, size in rows.items():
        row(what, f"{size:.0f}", f"{size / docker:.2f}")


def _layers(image: Image) -> Iterable[tuple[str, str]]:
    """Digests of each layer, packed and unpacked."""
    return zip((layer.digest for layer in image.manifest.layers), image.config.rootfs.diff_ids, strict=True)


def _place(store: ImageStore, kind: str, digest: str) -> Path:
    return store.root / kind / layout.hex_digits(digest)


def _usage(places: Iterable[Path]) -> float:
    """MiB of the disk, each file once."""
    said = subprocess.run(["du", "--total", "--summarize", "--block-size=1", *places], capture_output=True, check=True)
    return int(said.stdout.split(b"\n")[-2].split()[0]) / (1 << 20)


def _disk(daemon: Dockerd) -> float:
    return _usage([daemon.base / "data"])


def _load(daemon: Dockerd, store: ImageStore, image: Image) -> str:
    stored = StoredImage.of(str(store.rootfs(image)))
    with daemon.client() as client:
        client.load_image(stored.archive())
    return stored.tag


async def _berth_memory(root: Path, roots: Sequence[str]) -> float:
    """Supervisors, bubblewrap, and the apps."""
    runtime = BubblewrapRuntime(root / "private")
    try:
        for number in range(INSTANCES):
            await _start(runtime, root, roots[number % len(roots)], f"bench-{number}-{os.urandom(3).hex()}")
        supervisors = [instance.pid for instance in await runtime.list()]
        return proportional_memory(await asyncio.to_thread(_loaded, supervisors))
    finally:
        for instance in await runtime.list():
            await runtime.kill(instance)
            await runtime.reap(instance.id)
        await runtime.close()


async def _start(runtime: BubblewrapRuntime, root: Path, rootfs: str, instance: str) -> None:
    (root / "instances" / instance).mkdir(parents=True)
    plan = LaunchPlan(
        instance=instance,
        app="org.example.Bench",
        rootfs=rootfs,
        arguments=_COMMAND,
        environment=(("HOME", SANDBOX_HOME), ("PATH", "/usr/bin"), ("LD_PRELOAD", _LIBRARY)),
        working_directory=SANDBOX_HOME,
        hostname="app",
        instance_directory=str(root / "instances" / instance),
        mounts=(),
        tmpfs=(SANDBOX_HOME,),
    )
    private = root / "private" / instance
    await runtime.start(plan, private / "log", private)


def _docker_memory(daemon: Dockerd, tags: Sequence[str]) -> float:
    """What Docker keeps beside each container, its init, and the apps; without the daemon itself."""
    environment = {**os.environ, "DOCKER_HOST": f"unix://{daemon.socket}"}
    options = ["--detach", "--init", "--network", "none", "--env", f"LD_PRELOAD={_LIBRARY}"]
    before = set(processes_of(str(daemon.base)))
    started = [
        subprocess.check_output(["docker", "run", *options, tags[number % len(tags)], *_COMMAND], env=environment)
        for number in range(INSTANCES)
    ]
    shims = [pid for pid in processes_of(str(daemon.base)) if pid not in before]
    try:
        return proportional_memory(_loaded(shims))
    finally:
        subprocess.run(
            ["docker", "rm", "--force", *(name.decode().strip() for name in started)],
            env=environment,
            check=True,
            capture_output=True,
        )


def _loaded(above: Sequence[int]) -> list[int]:
    """These processes and all below them, once all instances have loaded what they need."""
    end = time.monotonic() + _SETTLED
    while True:
        pids = [pid for one in above for pid in descendants(one)]
        if sum(_has_loaded(pid) for pid in pids) == INSTANCES:
            return pids
        if time.monotonic() > end:
            raise SystemExit("the instances did not all start")
        time.sleep(0.05)


def _has_loaded(pid: int) -> bool:
    try:
        maps, sleeps = Path(f"/proc/{pid}/maps").read_text(), Path(f"/proc/{pid}/wchan").read_text()
    except OSError:  # one of those that prepare an instance
        return False
    return _LIBRARY in maps and sleeps.endswith("nanosleep")
