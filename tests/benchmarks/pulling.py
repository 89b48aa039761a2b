"""Fetching an image from a registry: Berth's pull against ``skopeo copy``, from a real registry on this machine.

skopeo only fetches and checks. Berth also unpacks, and brings all of it to the disk: how long it fetches is told apart.
"""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks.importing import ROUNDS, children_seconds, some_files
from tests.benchmarks.measure import median, row, table
from tests.images.archives import ARCHITECTURE
from tests.images.registry import NAME, Made, RealRegistry

LAYERS = 4


class Took(NamedTuple):
    """Seconds until all was fetched, until the end, and of the processor."""

    fetched: float
    all: float
    processor: float


def report() -> None:
    """Prints seconds; nothing where skopeo is not there."""
    if shutil.which("skopeo") is None:
        return
    with tempfile.TemporaryDirectory(prefix="berth-bench-") as directory:
        base = Path(directory)
        registry = RealRegistry(base)
        try:
            _compare(base, registry)
        finally:
            registry.close()


def _compare(base: Path, registry: RealRegistry) -> None:
    layers = [some_files(number) for number in range(LAYERS)]
    made = Made(
        layers, {"architecture": ARCHITECTURE, "os": "linux", "config": {}}, lambda data: gzip.compress(data, 6)
    )
    size = sum(map(len, made.blobs)) >> 20
    berth, skopeo = [], []
    for number in range(ROUNDS):
        made.push(registry, f"{number}")
        berth.append(_pull(base / f"store-{number}", f"{registry.address}/{NAME}:{number}"))
        skopeo.append(_copy(base / f"copy-{number}", f"{registry.address}/{NAME}:{number}"))
    table(f"pull, {LAYERS} layers of {size} MiB together", "fetched, s", "MiB/s", "unpacked, too, s", "processor s")
    for name, took in {"Berth": berth, "skopeo copy": skopeo}.items():
        fetched, everything, processor = (median([one[what] for one in took]) for what in range(3))
        unpacked = f"{everything:.2f}" if name == "Berth" else ""
        row(name, f"{fetched:.2f}", f"{size / fetched:.0f}", unpacked, f"{processor:.2f}")


def _pull(store: Path, reference: str) -> Took:
    words = ["pull", "--root", str(store), "--manifests", str(store / "manifests"), reference]
    before, started, fetched = children_seconds(), time.perf_counter(), 0.0
    with subprocess.Popen([sys.executable, "-m", "berth.engine.images", *words], stdout=subprocess.PIPE) as process:
        for line in process.stdout or ():
            if not fetched and json.loads(line).get("text", "").startswith("Unpacking"):
                fetched = time.perf_counter() - started
    if process.returncode:
        raise SystemExit("Berth could not fetch the image")
    return Took(fetched, time.perf_counter() - started, children_seconds() - before)


def _copy(place: Path, reference: str) -> Took:
    words = ["copy", "--quiet", "--src-tls-verify=false", f"docker://{reference}", f"oci:{place}:1"]
    before, started = children_seconds(), time.perf_counter()
    subprocess.run(["skopeo", "--insecure-policy", *words], check=True)
    took = time.perf_counter() - started
    return Took(took, took, children_seconds() - before)
