"""Packing: what is packed and unpacked is what was there, and equal input gives equal bytes."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from berth.engine.images.merge import merge
from berth.engine.images.pack import of_copy, of_overlay, pack, whole
from berth.engine.images.tarstream import Measured, open_compressed
from berth.engine.images.unpack import unpack

EPOCH = 1_700_000_000


def make_lower(place: Path) -> None:
    for name in ("usr/bin", "etc/gone", "var/cache", "dev"):
        (place / name).mkdir(parents=True)
    for name in (
        "usr/bin/kept",
        "usr/bin/changed",
        "usr/bin/removed",
        "etc/gone/file",
        "var/cache/replaced",
        "dev/null",
    ):
        (place / name).write_text(name)
    os.link(place / "usr/bin/kept", place / "usr/bin/hard")


def change(place: Path) -> None:
    # In place, without changing size or time: only the inode's own clock betrays it.
    times = (place / "usr/bin/changed").stat()
    with (place / "usr/bin/changed").open("r+") as file:
        file.write("USR")
    os.utime(place / "usr/bin/changed", ns=(times.st_atime_ns, times.st_mtime_ns))
    (place / "usr/bin/removed").unlink()
    shutil.rmtree(place / "etc/gone")
    shutil.rmtree(place / "var/cache")
    (place / "var/cache").mkdir()
    (place / "var/cache/new").write_text("new")
    (place / "usr/new").symlink_to("bin")


def next_tick(marker: Path) -> int:
    """The file system's clock, once it has moved on."""
    marker.touch()
    first = now = marker.stat().st_ctime_ns
    while now == first:
        marker.touch()
        now = marker.stat().st_ctime_ns
    return now


def tree(place: Path) -> dict[str, object]:
    found: dict[str, object] = {}
    for path in sorted(place.rglob("*")):
        name = str(path.relative_to(place))
        if name.startswith("dev/"):
            continue
        found[name] = str(path.readlink()) if path.is_symlink() else path.read_text() if path.is_file() else None
    return found


def layered(lower: Path, layer: Path, work: Path) -> dict[str, object]:
    """What comes out when `layer` is unpacked and merged onto `lower`."""
    work = work / "out"
    for name in ("unpacked", "merged"):
        (work / name).mkdir(parents=True)
    with layer.open("rb") as file:
        unpacked = unpack(open_compressed(file), work / "unpacked")
    merge(lower, type(unpacked.whiteouts)(), work / "merged")
    merge(work / "unpacked", unpacked.whiteouts, work / "merged")
    return tree(work / "merged")


def test_a_tree_comes_back_as_it_was_without_devices(tmp_path: Path) -> None:
    make_lower(tmp_path / "root")
    packed = pack(tmp_path / "root", whole(tmp_path / "root"), tmp_path / "layer.tar.gz", EPOCH)
    (tmp_path / "out").mkdir()
    with packed.path.open("rb") as file:
        stream = Measured(open_compressed(file), 1 << 30)
        unpack(stream, tmp_path / "out")
        stream.drain()
    assert tree(tmp_path / "out") == tree(tmp_path / "root")
    assert stream.digest == packed.diff_id and packed.size == packed.path.stat().st_size
    assert list((tmp_path / "out/dev").iterdir()) == []
    assert (tmp_path / "out/usr/bin/kept").samefile(tmp_path / "out/usr/bin/hard")
    assert max(path.stat().st_mtime for path in (tmp_path / "out").rglob("*")) <= EPOCH


def test_equal_trees_give_equal_layers(tmp_path: Path) -> None:
    for name in ("one", "two"):
        make_lower(tmp_path / name)
    (tmp_path / "two/usr/bin/kept").chmod(0o600)
    digests = {pack(tmp_path / n, whole(tmp_path / n), tmp_path / f"{n}.gz", EPOCH).digest for n in ("one", "two")}
    assert len(digests) == 1


def test_the_difference_to_a_copy(tmp_path: Path) -> None:
    lower, copy = tmp_path / "lower", tmp_path / "copy"
    make_lower(lower)
    subprocess.run(["cp", "-a", lower, copy], check=True)
    copied = next_tick(tmp_path / "marker")
    change(copy)
    difference = of_copy(copy, lower, copied)
    assert "usr/bin/kept" not in difference.changed
    assert set(difference.removed) == {"usr/bin/removed", "etc/gone", "var/cache/replaced"}
    packed = pack(copy, difference, tmp_path / "layer.tar.gz", EPOCH)
    assert layered(lower, packed.path, tmp_path) == tree(copy)


@pytest.fixture
def overlay(tmp_path: Path) -> Iterator[tuple[Path, Path, Path]]:
    # Overlays do not stack on every file system; a tmpfs always serves.
    base = tmp_path / "base"
    base.mkdir()
    if os.geteuid() or subprocess.run(["mount", "-t", "tmpfs", "tmpfs", base], check=False).returncode:
        pytest.skip("mounting an overlay needs root")
    for name in ("lower", "upper", "work", "merged"):
        (base / name).mkdir()
    make_lower(base / "lower")
    options = f"lowerdir={base}/lower,upperdir={base}/upper,workdir={base}/work"
    mounted = subprocess.run(["mount", "-t", "overlay", "-o", options, "overlay", base / "merged"], check=False)
    try:
        if mounted.returncode:
            pytest.skip("this kernel mounts no overlay here")
        yield base / "lower", base / "upper", base / "merged"
    finally:
        subprocess.run(["umount", base / "merged"], check=False, stderr=subprocess.DEVNULL)
        subprocess.run(["umount", base], check=True)


def test_the_difference_of_an_overlay(overlay: tuple[Path, Path, Path]) -> None:
    lower, upper, merged = overlay
    change(merged)
    difference = of_overlay(upper, lower)
    assert set(difference.removed) == {"usr/bin/removed", "etc/gone", "var/cache/replaced"}
    packed = pack(upper, difference, lower.parent / "layer.tar.gz", EPOCH)
    assert layered(lower, packed.path, lower.parent) == tree(merged)
