"""The store: shared layers, several processes, a full disk, and death at any moment."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import stat
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from berth.core.problem import Problem
from berth.engine.image_index import ImageIndex
from berth.engine.images import layout
from berth.engine.images.store import Image, ImageStore
from tests.dying import Steps, chosen, killed, length
from tests.images.archives import OciArchive, directory, link, member, small_root, snapshot, tar
from tests.images.whole import disagreements


@pytest.fixture
def store(tmp_path: Path) -> ImageStore:
    return ImageStore(tmp_path / "store")


def app_layer(text: bytes = b"app") -> bytes:
    return tar([directory("opt"), member("opt/app", text, mode=0o755)])


def test_an_image_comes_in_and_its_root_file_system_is_there(store: ImageStore, tmp_path: Path) -> None:
    image = store.import_archive(OciArchive([small_root(), app_layer()]).write(tmp_path / "app.tar"))
    rootfs = store.rootfs(image)
    assert image.reference == "org.example.app:1.0"
    assert (rootfs / "opt/app").read_bytes() == b"app"
    assert (rootfs / "usr/bin/hello").stat().st_mode & 0o777 == 0o755
    assert store.find("org.example.app") == store.find("org.example.app:1.0") == store.find(image.digest) == image
    assert store.verify() == []
    assert ImageStore(store.root).find("org.example.app") == image


def test_a_second_image_on_the_same_base_costs_only_its_own_layer(store: ImageStore, tmp_path: Path) -> None:
    big = small_root([member("usr/big", bytes(1_000_000))])
    first = store.import_archive(OciArchive([big, app_layer()], "org.example.one:1").write(tmp_path / "1.tar"))
    second = store.import_archive(OciArchive([big, app_layer(b"two")], "org.example.two:1").write(tmp_path / "2.tar"))
    one, two = store.images()
    assert one.size - one.shared == 3 and one.shared > 1_000_000
    assert two.size - two.shared == 3
    assert (store.rootfs(first) / "usr/big").samefile(store.rootfs(second) / "usr/big")
    assert len(list((store.root / "layers").iterdir())) == 3


def test_removing_an_image_keeps_what_others_use(store: ImageStore, tmp_path: Path) -> None:
    empty = snapshot(store.root)
    store.import_archive(OciArchive([small_root(), app_layer()], "org.example.one:1").write(tmp_path / "1.tar"))
    before = snapshot(store.root)
    store.import_archive(OciArchive([small_root(), app_layer(b"two")], "org.example.two:1").write(tmp_path / "2.tar"))
    store.remove("org.example.two:1")
    assert snapshot(store.root) == before
    store.remove("org.example.one:1")
    assert snapshot(store.root) == empty
    with pytest.raises(Problem) as caught:
        store.remove("org.example.one:1")
    assert caught.value.code == "image-missing"


def test_layers_hide_what_they_remove(store: ImageStore, tmp_path: Path) -> None:
    below = small_root([directory("etc/app"), member("etc/app/a", b""), member("etc/app/b", b"")])
    above = tar(
        [member("usr/bin/.wh.hello"), directory("etc/app"), member("etc/app/.wh..wh..opq"), member("etc/app/c", b"")]
    )
    rootfs = store.rootfs(store.import_archive(OciArchive([below, above]).write(tmp_path / "app.tar")))
    assert list((rootfs / "usr/bin").iterdir()) == []
    assert [path.name for path in (rootfs / "etc/app").iterdir()] == ["c"]


def test_a_link_in_one_layer_does_not_catch_files_of_the_next(store: ImageStore, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.mkdir()
    below = small_root([link("opt", str(victim)), link("srv", str(victim))])
    above = tar([directory("opt"), member("opt/app", b"x"), member("srv/.wh.file")])
    (victim / "file").write_bytes(b"mine")
    rootfs = store.rootfs(store.import_archive(OciArchive([below, above]).write(tmp_path / "app.tar")))
    assert snapshot(victim) == {"file": b"mine"}
    assert (rootfs / "opt/app").read_bytes() == b"x" and not (rootfs / "opt").is_symlink()


def test_a_newer_image_of_the_same_name_is_found_first(store: ImageStore, tmp_path: Path) -> None:
    store.import_archive(OciArchive([small_root()], "org.example.app:2.0").write(tmp_path / "2.tar"))
    newer = store.import_archive(
        OciArchive([small_root(), app_layer()], "org.example.app:1.9").write(tmp_path / "1.tar")
    )
    assert store.find("org.example.app") == newer


def test_a_stranger_s_image_cannot_pass_as_a_base(store: ImageStore, tmp_path: Path) -> None:
    archive = OciArchive([small_root()])
    image = store.import_archive(archive.write(tmp_path / "app.tar"))
    assert not image.is_base and image.recipe == "" and image.packages == {}


def test_a_lost_root_file_system_is_made_again(store: ImageStore, tmp_path: Path) -> None:
    image = store.import_archive(OciArchive([small_root(), app_layer()]).write(tmp_path / "app.tar"))
    shutil.rmtree(store.rootfs(image))
    shutil.rmtree(store.root / "layers" / image.config.rootfs.diff_ids[0][7:])
    assert (store.rootfs(image) / "usr/bin/hello").exists()


def test_an_image_of_one_layer_needs_no_second_tree(store: ImageStore, tmp_path: Path) -> None:
    image = store.import_archive(OciArchive([small_root(_mount_points())]).write(tmp_path / "app.tar"))
    layer = store.root / "layers" / image.config.rootfs.diff_ids[0][7:]
    assert store.rootfs(image).resolve() == (layer / "tree").resolve()
    assert (layer / "tree/usr/bin/hello").stat().st_nlink == 1
    moved = store.root.rename(tmp_path / "moved")
    assert (ImageStore(moved).rootfs(image) / "usr/bin/hello").exists()
    shutil.rmtree(moved / layer.relative_to(store.root))
    assert (ImageStore(moved).rootfs(image) / "usr/bin/hello").exists()
    ImageStore(moved).remove(image.reference)
    assert list((moved / "rootfs").iterdir()) == [] and list((moved / "layers").iterdir()) == []


def _mount_points() -> list[tuple[tarfile.TarInfo, bytes]]:
    return [*map(directory, ("proc", "dev", "tmp", "run", "home")), member("etc/resolv.conf")]


@pytest.mark.parametrize("layers", [(), (app_layer(),)])
def test_an_image_without_mount_points_gets_them(store: ImageStore, tmp_path: Path, layers: tuple[bytes, ...]) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    links = [link("home", str(outside)), link("tmp", "var/tmp"), link("etc/resolv.conf", str(outside / "file"))]
    image = store.import_archive(OciArchive([small_root(links), *layers]).write(tmp_path / "app.tar"))
    rootfs = store.rootfs(image)
    for name in ("proc", "dev", "tmp", "run", "home", "etc"):
        place = rootfs / name
        assert place.is_dir() and not place.is_symlink() and place.stat().st_mode & 0o777 == 0o755
    assert (rootfs / "etc/resolv.conf").lstat().st_mode == stat.S_IFREG | 0o644
    assert snapshot(outside) == {} and (rootfs / "usr/bin/hello").exists()
    layer = store.layers(image)[0].tree
    assert not (layer / "proc").exists() and (layer / "home").is_symlink() and store.verify() == []


@pytest.mark.parametrize(
    "strange", [link("etc", "usr"), link("etc", "etc"), member("etc"), directory("etc/resolv.conf")]
)
def test_what_cannot_be_a_mount_point_stays(
    store: ImageStore, tmp_path: Path, strange: tuple[tarfile.TarInfo, bytes]
) -> None:
    layer = tar([directory("usr"), member("usr/app", b"app"), strange])
    rootfs = store.rootfs(store.import_archive(OciArchive([layer]).write(tmp_path / "app.tar")))
    assert not stat.S_ISDIR((rootfs / "etc").lstat().st_mode) or (rootfs / "etc/resolv.conf").is_dir()
    assert (rootfs / "proc").is_dir() and not (rootfs / "usr/resolv.conf").exists()


def test_a_reader_finds_what_has_replaced_an_image_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index, writer = ImageIndex(tmp_path / "store"), ImageStore(tmp_path / "store")
    old = writer.import_archive(OciArchive([small_root()], "org.example.app:1").write(tmp_path / "1.tar"))
    new = OciArchive([small_root(), app_layer()], "org.example.app:2").write(tmp_path / "2.tar")
    look = ImageStore.rootfs

    def replaced_first(store: ImageStore, image: Image) -> Path:
        if writer.find(old.digest):
            writer.import_archive(new)
            writer.discard([old.reference])
        return look(store, image)

    monkeypatch.setattr(ImageStore, "rootfs", replaced_first)
    assert asyncio.run(index.refresh())
    assert [image.version for image in index.versions("org.example.app")] == ["2"]
    assert index.get("org.example.app")


def test_a_writer_goes_on_after_one_that_left_a_link(store: ImageStore, tmp_path: Path) -> None:
    """An image of one layer becomes one on its way in."""
    (store.root / "incoming/rootfs").symlink_to("../layers")
    store.import_archive(OciArchive([small_root(), app_layer()]).write(tmp_path / "app.tar"))
    assert disagreements(store.root) == []


def test_damage_is_found(store: ImageStore, tmp_path: Path) -> None:
    image = store.import_archive(OciArchive([small_root(), app_layer()]).write(tmp_path / "app.tar"))
    layers = [store.root / "blobs/sha256" / layer.digest[7:] for layer in image.manifest.layers]
    with layers[0].open("ab") as file:
        file.write(b"more")
    layers[1].unlink()
    assert sorted(fault.code for fault in store.verify()) == ["blob-changed", "blob-missing"]


def test_a_damaged_image_does_not_take_the_others_along(store: ImageStore, tmp_path: Path) -> None:
    bad = store.import_archive(OciArchive([small_root()], "org.example.bad:1").write(tmp_path / "1.tar"))
    store.import_archive(OciArchive([small_root(), app_layer()], "org.example.good:1").write(tmp_path / "2.tar"))
    (store.root / "blobs/sha256" / bad.digest[7:]).write_bytes(b"{")
    assert [info.image for info in ImageStore(store.root).images()] == ["org.example.good:1"]


def test_a_broken_index_loses_nothing(store: ImageStore, tmp_path: Path) -> None:
    store.import_archive(OciArchive([small_root()]).write(tmp_path / "app.tar"))
    good = (store.root / "index.json").read_bytes()
    (store.root / "index.json").write_bytes(good[:-5])
    with pytest.raises(Problem):
        ImageStore(store.root)
    (store.root / "index.json").write_bytes(good)
    assert ImageStore(store.root).verify() == [] and store.images()


def test_an_unusable_directory_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Problem) as caught:
        ImageStore(tmp_path / "file/store")
    assert caught.value.code == "store-unusable" and caught.value.hint


@pytest.mark.parametrize(
    "layers",
    [(small_root(), app_layer()), (small_root([directory("opt"), member("opt/app", b"app")]),)],
    ids=["two layers", "one layer"],
)
def test_death_at_any_moment_leaves_a_whole_store(tmp_path: Path, layers: tuple[bytes, ...]) -> None:
    first = OciArchive([small_root()], "org.example.first:1").write(tmp_path / "1.tar")
    second = OciArchive(list(layers), "org.example.second:1").write(tmp_path / "2.tar")
    fresh = tmp_path / "fresh"
    ImageStore(fresh).import_archive(first)
    before = snapshot(fresh)

    def come(steps: Steps) -> None:
        steps.watch()
        ImageStore(root).import_archive(second)

    root = Path(shutil.copytree(fresh, tmp_path / "whole", symlinks=True))
    for step in chosen(length(come), 12):
        root = Path(shutil.copytree(fresh, tmp_path / str(step), symlinks=True))
        assert killed(step, come)
        assert disagreements(root) == [], step
        names = [info.image for info in ImageStore(root).images()]
        assert names[0] == "org.example.first:1"
        if len(names) == 1:
            assert snapshot(root) == before
            ImageStore(root).import_archive(second)
        image = ImageStore(root).find("org.example.second")
        assert image is not None and (ImageStore(root).rootfs(image) / "opt/app").exists()
        ImageStore(root).remove("org.example.second:1")
        assert snapshot(root) == before


def test_processes_that_write_at_once_lose_nothing(tmp_path: Path) -> None:
    archives = [
        OciArchive([small_root(), app_layer(b"%d" % number)], f"org.example.app{number}:1").write(
            tmp_path / f"{number}.tar"
        )
        for number in range(6)
    ]
    command = [sys.executable, "-m", "berth.engine.images", "import", "--root", str(tmp_path / "store")]
    running = [subprocess.Popen([*command, str(path)], stdout=subprocess.PIPE) for path in archives]
    for process in running:
        output, _ = process.communicate()
        assert process.returncode == 0, output
        assert "result" in json.loads(output.splitlines()[-1])
    store = ImageStore(tmp_path / "store")
    assert len(store.images()) == 6 and store.verify() == []


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "disk"
    place.mkdir()
    if (
        os.geteuid()
        or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", place], check=False).returncode
    ):
        pytest.skip("mounting a small file system needs root")
    yield place
    subprocess.run(["umount", place], check=True)


def test_a_full_disk_is_told_and_the_store_stays_whole(tiny_disk: Path, tmp_path: Path) -> None:
    store = ImageStore(tiny_disk / "store")
    store.import_archive(OciArchive([small_root()], "org.example.small:1").write(tmp_path / "1.tar"))
    before = snapshot(store.root)
    large = OciArchive([small_root([member("usr/large", bytes(3 << 20))])], "org.example.large:1")
    with pytest.raises(Problem) as caught:
        store.import_archive(large.write(tmp_path / "2.tar"))
    assert caught.value.code == "disk-full" and str(store.root) in caught.value.message
    assert snapshot(store.root) == before
    assert store.verify() == []


def test_file_systems_without_room_for_links_get_copies(
    store: ImageStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: object, **_options: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("berth.engine.images.merge.os.link", refuse)
    layers = [small_root([link("sh", "usr/bin/hello")]), app_layer()]
    image = store.import_archive(OciArchive(layers).write(tmp_path / "app.tar"))
    hello = store.rootfs(image) / "usr/bin/hello"
    assert hello.stat().st_nlink == 1 and hello.stat().st_mode & 0o777 == 0o755
    assert str((store.rootfs(image) / "sh").readlink()) == "usr/bin/hello"


def test_hard_links_reach_the_root_file_system(store: ImageStore, tmp_path: Path) -> None:
    layer = small_root([link("usr/bin/hallo", "usr/bin/hello", tarfile.LNKTYPE)])
    rootfs = store.rootfs(store.import_archive(OciArchive([layer, app_layer()]).write(tmp_path / "app.tar")))
    assert (rootfs / "usr/bin/hallo").samefile(rootfs / "usr/bin/hello")


def test_an_app_that_a_base_consists_of_is_as_large_as_that(store: ImageStore, tmp_path: Path) -> None:
    below, browser = small_root(), tar([directory("opt"), member("opt/browser", bytes(200_000))])
    base = store.import_archive(OciArchive([below, browser], "org.example.base:1").write(tmp_path / "base.tar"))
    store.name_also(base, "base/web:1", {layout.BASE: "web"})
    nothing = tar([directory("var"), member("var/status", bytes(200))])
    all_of_it = OciArchive([below, browser, nothing], "org.example.browser:1").write(tmp_path / "browser.tar")
    larger = OciArchive([below, browser, tar([member("app", bytes(100_000))])], "org.example.app:1")
    assert store.size_above(store.import_archive(all_of_it), store.base_layers()) == 200_200
    own = store.import_archive(larger.write(tmp_path / "app.tar"))
    assert store.size_above(own, store.base_layers()) == 100_000
    assert store.size_above(own, ()) > 300_000
