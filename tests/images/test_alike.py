"""Files that several layers bring: on the disk once, and nothing else changes."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

from berth.engine.images import layout
from berth.engine.images.alike import share
from berth.engine.images.layout import Config, Descriptor, Manifest, NewImage, RootFs
from berth.engine.images.store import Image, ImageStore
from tests.dying import Steps, chosen, killed, length
from tests.images.archives import ARCHITECTURE, OciArchive, digest, directory, link, member, small_root, tar
from tests.images.whole import disagreements

LIBRARY = bytes(range(256)) * 64


def tree(place: Path, *parts: tuple[str, bytes]) -> Path:
    for name, data in parts:
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        os.utime(path, (1000, 1000))
    for path in (place, *place.rglob("*/")):
        os.utime(path, (2000, 2000))
    return place


def test_the_same_file_is_there_once_and_times_stay(tmp_path: Path) -> None:
    one = tree(tmp_path / "one", ("usr/lib/a.so", LIBRARY), ("usr/lib/b.so", LIBRARY))
    two = tree(tmp_path / "two", ("usr/lib/a.so", LIBRARY), ("usr/lib/own.so", LIBRARY))
    assert share(two, [tmp_path / "none", one]) == len(LIBRARY)
    assert (two / "usr/lib/a.so").samefile(one / "usr/lib/a.so")
    assert sorted(path.name for path in (two / "usr/lib").iterdir()) == ["a.so", "own.so"]
    assert {path.stat().st_mtime for path in (two, two / "usr", two / "usr/lib")} == {2000}
    assert share(two, [one]) == 0
    assert (one / "usr/lib/b.so").stat().st_nlink == 1


def differ_by_contents(path: Path) -> None:
    path.write_bytes(LIBRARY[:-1] + b"x")
    os.utime(path, (1000, 1000))


def differ_by_link(path: Path) -> None:
    path.rename(path.with_name("away"))
    path.symlink_to("away")


def differ_in_directory(path: Path) -> None:
    path.parent.rename(path.parent.with_name("elsewhere"))
    path.parent.symlink_to("elsewhere")


@pytest.mark.parametrize(
    "differ",
    [
        differ_by_contents,
        differ_by_link,
        differ_in_directory,
        lambda path: path.chmod(0o755),
        lambda path: os.utime(path, (1001, 1001)),
        lambda path: os.truncate(path, len(LIBRARY) - 1),
        lambda path: (path.unlink(), path.mkdir()),
    ],
)
def test_what_differs_in_anything_is_left_alone(differ, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    one, two = (tree(tmp_path / name, ("usr/lib/a.so", LIBRARY)) for name in ("one", "two"))
    differ(one / "usr/lib/a.so")
    assert share(two, [one]) == 0
    assert (two / "usr/lib/a.so").read_bytes() == LIBRARY and (two / "usr/lib/a.so").stat().st_nlink == 1


def test_what_was_at_the_same_place_before_does_not_count(tmp_path: Path) -> None:
    one = tree(tmp_path / "one", ("usr/lib/a.so", LIBRARY))
    assert share(tree(tmp_path / "incoming", ("usr/lib/a.so", LIBRARY)), [one]) == len(LIBRARY)
    (tmp_path / "incoming").rename(tmp_path / "two")
    assert share(tree(tmp_path / "incoming", ("usr/lib/a.so", LIBRARY[::-1])), [one]) == 0
    assert (tmp_path / "incoming/usr/lib/a.so").read_bytes() == LIBRARY[::-1]


def test_without_hard_links_there_are_two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object, **_options: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    one, two = (tree(tmp_path / name, ("usr/lib/a.so", LIBRARY)) for name in ("one", "two"))
    monkeypatch.setattr("berth.engine.images.alike.os.link", refuse)
    assert share(two, [one]) == 0
    assert (two / "usr/lib/a.so").read_bytes() == LIBRARY


def layer(*more: str) -> bytes:
    files = [member("usr/lib/a.so", LIBRARY, mtime=1000), link("usr/lib/liba.so", "a.so")]
    return tar([directory("usr"), directory("usr/lib"), *files, *(member(name, name.encode()) for name in more)])


def built(work: Path, name: str, *layers: bytes) -> NewImage:
    """As a build hands it in."""
    work.mkdir(exist_ok=True)
    config = layout.encode(Config(ARCHITECTURE, "linux", RootFs(tuple(map(digest, layers)))))
    packed = [gzip.compress(one, 1, mtime=0) for one in layers]
    blobs = {digest(data): data for data in (config, *packed)}
    for key, data in blobs.items():
        (work / key[7:]).write_bytes(data)
    manifest = Manifest(
        Descriptor(layout.CONFIG_TYPE, digest(config), len(config)),
        tuple(Descriptor(layout.LAYER_TYPE, digest(data), len(data)) for data in packed),
    )
    places = {key: work / key[7:] for key in blobs}
    return NewImage(f"{name}:1", layout.encode(manifest), places, {layout.RECIPE: name})


def library(store: ImageStore, image: Image) -> os.stat_result:
    return (store.rootfs(image) / "usr/lib/a.so").stat()


def test_images_that_are_built_here_share_what_is_the_same(tmp_path: Path) -> None:
    store = ImageStore(tmp_path / "store")
    base = small_root()
    one = store.add(built(tmp_path / "1", "org.example.one", base, layer("opt/one")))
    two = store.add(built(tmp_path / "2", "org.example.two", base, layer("opt/two")))
    assert library(store, one).st_ino == library(store, two).st_ino
    assert (store.rootfs(two) / "opt/two").read_bytes() == b"opt/two"
    store.remove("org.example.one:1")
    assert library(store, two).st_nlink == 2 and store.verify() == [] and disagreements(store.root) == []
    assert (store.rootfs(two) / "usr/lib/liba.so").read_bytes() == LIBRARY


def test_an_image_from_elsewhere_does_not_learn_what_else_is_here(tmp_path: Path) -> None:
    store = ImageStore(tmp_path / "store")
    store.add(built(tmp_path / "1", "org.example.one", small_root(), layer("opt/one")))
    archive = OciArchive([small_root(), layer("opt/two")], "org.example.two:1").write(tmp_path / "two.tar")
    two = store.import_archive(archive)
    assert library(store, two).st_nlink == 2
    three = store.add(built(tmp_path / "3", "org.example.three", small_root(), layer("opt/three")))
    assert library(store, two).st_nlink == 2 and library(store, three).st_nlink == 4


def test_death_at_any_moment_leaves_both_whole(tmp_path: Path) -> None:
    def come(steps: Steps) -> None:
        store = ImageStore(root)
        steps.watch()
        store.add(built(tmp_path / "2", "org.example.two", small_root(), layer("opt/two")))

    def fresh(name: str) -> Path:
        store = ImageStore(tmp_path / name)
        store.add(built(tmp_path / "1", "org.example.one", small_root(), layer("opt/one")))
        return store.root

    root = fresh("whole")
    for step in chosen(length(come), 8):
        root = fresh(f"store-{step}")  # beside what the images are made of
        assert killed(step, come)
        assert disagreements(root) == [], step
        for image in (ImageStore(root).find("org.example.one"), ImageStore(root).find("org.example.two")):
            if image is not None:
                assert (ImageStore(root).rootfs(image) / "usr/lib/a.so").read_bytes() == LIBRARY
                assert not list(ImageStore(root).rootfs(image).rglob(".berth*"))
