"""Several images of one app in the store: which is current, which stay, what they are called, whatever happens."""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from berth.core.problem import Problem
from berth.engine.images import layout, versions
from berth.engine.images.store import Image, ImageStore
from tests.images.archives import OciArchive, directory, member, small_root, tar

APP = "org.example.app"


@pytest.fixture
def store(tmp_path: Path) -> ImageStore:
    return ImageStore(tmp_path / "store")


def archive(place: Path, version: str, content: int) -> Path:
    layer = tar([directory("opt"), member("opt/app", b"%d" % content)])
    return OciArchive([small_root(), layer], f"{APP}:{version}").write(place / f"{version}-{content}.tar")


def here(store: ImageStore) -> list[Image]:
    return store.apps().get(APP, [])


def labels(store: ImageStore) -> list[str]:
    return [versions.label(image.reference, image.digest) for image in here(store)]


def test_the_one_before_stays_also_if_it_has_the_same_version(store: ImageStore, tmp_path: Path) -> None:
    old = store.import_archive(archive(tmp_path, "1.0", 1))
    new = store.import_archive(archive(tmp_path, "1.0", 2))
    assert [image.digest for image in here(store)] == [old.digest, new.digest]
    assert store.find(APP) == store.find(f"{APP}:1.0") == new
    assert [image.reference for image in here(store)] == [f"{APP}:1.0_{old.digest[7:15]}", f"{APP}:1.0"]
    assert labels(store) == ["1.0", "1.0"]
    assert store.rootfs(here(store)[0]).is_dir() and store.verify() == []
    assert len(list((store.root / "layers").iterdir())) == 3
    again = store.import_archive(archive(tmp_path, "1.0", 1))
    assert [image.digest for image in here(store)] == [new.digest, again.digest]
    assert store.find(APP) == again and labels(store) == ["1.0", "1.0"]


def test_what_was_superseded_there_is_new_under_another_name(store: ImageStore, tmp_path: Path) -> None:
    first, _second = (store.import_archive(archive(tmp_path, f"{n}.0", n)) for n in (1, 2))
    old = store.find(first.digest)
    assert old is not None and old.superseded
    other = store.name_also(old, "org.example.other:1.0", {})
    assert not other.superseded and not [image for image in store.versions(other.name) if image.superseded]


def _digest(image: Image | None) -> str:
    return image.digest if image is not None else ""


def test_going_back_and_forth(store: ImageStore, tmp_path: Path) -> None:
    first, second, third = (store.import_archive(archive(tmp_path, f"{n}.0", n)) for n in (1, 2, 3))
    assert _digest(versions.before(here(store))) == second.digest
    store.use(second.reference)
    assert _digest(store.find(APP)) == second.digest
    assert _digest(versions.before(here(store))) == first.digest
    store.use(first.reference)
    assert versions.before(here(store)) is None
    assert [image.digest for image in here(store)] == [third.digest, second.digest, first.digest]
    with pytest.raises(Problem) as raised:
        store.use(f"{APP}:9")
    assert raised.value.code == "image-missing"


def test_an_older_one_stays_that_when_the_newer_goes(store: ImageStore, tmp_path: Path) -> None:
    old, new = (store.import_archive(archive(tmp_path, f"{n}.0", n)) for n in (1, 2))
    assert [image.superseded for image in here(store)] == [True, False]
    store.use(old.reference)
    store.discard([new.reference])
    assert [(image.digest, image.superseded) for image in here(store)] == [(old.digest, True)]
    store.import_archive(archive(tmp_path, "1.0", 1))
    assert [(image.digest, image.superseded) for image in here(store)] == [(old.digest, False)], "it has come anew"


def test_what_is_kept(store: ImageStore, tmp_path: Path) -> None:
    images = [store.import_archive(archive(tmp_path, f"{n}.0", n)) for n in range(5)]
    store.pin(images[0].reference, True)
    doomed = versions.surplus(here(store), {images[1].digest})
    assert [image.digest for image in doomed] == [images[2].digest]
    store.discard({image.reference for image in here(store)})  # neither the pinned nor the current one goes
    assert labels(store) == ["0.0", "4.0"]
    assert len(list((store.root / "rootfs").iterdir())) == 2 and store.verify() == []


def test_a_pinned_version_stays_current(store: ImageStore, tmp_path: Path) -> None:
    first = store.import_archive(archive(tmp_path, "1.0", 1))
    store.pin(first.reference, True)
    for number in (2, 3):
        store.import_archive(archive(tmp_path, f"{number}.0", number))
    assert labels(store) == ["2.0", "3.0", "1.0"]
    current = store.find(APP)
    assert current is not None and current.digest == first.digest and current.pinned
    store.import_archive(archive(tmp_path, "1.0", 9))  # has its name now, and not its place
    assert [image.pinned for image in here(store)] == [False, False, False, True]
    assert here(store)[-1].digest == first.digest
    store.import_archive(archive(tmp_path, "1.0", 1))
    assert here(store)[-1].pinned and len(here(store)) == 4
    store.pin(here(store)[-1].reference, False)
    store.import_archive(archive(tmp_path, "4.0", 4))
    assert labels(store)[-1] == "4.0"


def test_versions_are_named_in_several_ways(store: ImageStore, tmp_path: Path) -> None:
    old, new = (store.import_archive(archive(tmp_path, "1.0", number)) for number in (1, 2))
    newer = store.import_archive(archive(tmp_path, "2.0", 3))

    def chosen(wanted: str) -> str:
        image = versions.choose(here(store), wanted)
        return image.digest if image is not None else ""

    assert chosen("1.0") == chosen(f"{APP}:1.0") == new.digest
    for wanted in (old.digest, old.digest[7:], old.digest[7:13], f"1.0_{old.digest[7:15]}"):
        assert chosen(wanted) == old.digest
    assert chosen("2.0") == newer.digest and chosen("3.0") == chosen("") == chosen(old.digest[7:10]) == ""


def test_all_versions_are_removed_at_once(store: ImageStore, tmp_path: Path) -> None:
    for number in range(3):
        store.import_archive(archive(tmp_path, "1.0", number))
    store.pin(here(store)[0].reference, True)
    assert len(store.footprint(APP).references) == 3 and store.footprint(APP).stays == ()
    store.remove_all(APP)
    assert here(store) == []
    for place in ("blobs/sha256", "layers", "rootfs", "icons"):
        assert list((store.root / place).iterdir()) == []


def test_size_is_told_as_what_would_be_freed(store: ImageStore, tmp_path: Path) -> None:
    old = store.import_archive(archive(tmp_path, "1.0", 1))
    assert store.sizes(old)[0] == store.sizes(old)[1] > 20
    new = store.import_archive(archive(tmp_path, "2.0", 22))
    assert store.sizes(old)[1] == 1 and store.sizes(new)[1] == 2


# --- whatever happens


@dataclass
class Model:
    """What the store should hold: digests in the order of the index, and which are pinned."""

    order: list[str] = field(default_factory=list)
    pinned: set[str] = field(default_factory=set)

    def add(self, digest: str) -> None:
        if digest in self.order:
            self.order.remove(digest)
        held = bool(self.order) and self.order[-1] in self.pinned
        self.order.insert(len(self.order) - held, digest)

    def use(self, digest: str) -> None:
        self.order.remove(digest)
        self.order.append(digest)

    def collect(self) -> None:
        last = self.order[-versions.KEPT :]
        self.order = [digest for digest in self.order if digest in self.pinned or digest in last]


STEPS = st.one_of(
    st.tuples(st.just("add"), st.integers(0, 4)),
    st.tuples(st.just("crash"), st.integers(0, 4), st.integers(0, 160)),
    st.tuples(st.sampled_from(["use", "pin", "unpin"]), st.integers(0, 4)),
    st.tuples(st.sampled_from(["collect", "back"])),
)


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Path, str]]:
    """Five images with their digests: two each share a version."""
    place = tmp_path_factory.mktemp("archives")
    made = [archive(place, f"{number // 2}.0", number) for number in range(5)]
    return [(path, ImageStore(place / "store").import_archive(path).digest) for path in made]


@given(steps=st.lists(STEPS, min_size=4, max_size=12))
@settings(max_examples=30, deadline=None, database=None)
def test_store_and_index_agree_after_any_sequence(
    steps: list[tuple[str, int, int]], archives: list[tuple[Path, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("sequence") / "store"
    store, model = ImageStore(root), Model()
    for step in steps:
        _do(store, model, step, archives)
        store = ImageStore(root)  # an engine that comes after it
        found = here(store)
        assert [image.digest for image in found] == model.order, step
        assert {image.digest for image in found if image.pinned} == model.pinned
        _check_disk(store)


def _do(store: ImageStore, model: Model, step: tuple[str, int, int], archives: list[tuple[Path, str]]) -> None:
    what = step[0]
    if what == "add":
        path, digest = archives[step[1]]
        assert store.import_archive(path).digest == digest
        model.add(digest)
        return
    if what == "crash":
        path, digest = archives[step[1]]
        _import_until(store.root, path, step[2])
        if [image.digest for image in here(ImageStore(store.root))] != model.order:
            model.add(digest)  # it died after it was done
        return
    found = here(store)
    if not found:
        return
    image = found[step[1] % len(found)] if len(step) > 1 else versions.before(found)
    if what == "collect":
        store.discard({surplus.reference for surplus in versions.surplus(found, ())})
        model.collect()
    elif what in ("use", "back") and image is not None:
        store.use(image.reference)
        model.use(image.digest)
    elif what in ("pin", "unpin") and image is not None:
        store.pin(image.reference, what == "pin")
        (model.pinned.add if what == "pin" else model.pinned.discard)(image.digest)


def _check_disk(store: ImageStore) -> None:
    """Nothing is missing, nothing is left over, no two images have one name."""
    assert store.verify() == []
    found = here(store)
    references = [image.reference for image in found]
    assert len(set(references)) == len(references)
    roots = {path.name for path in (store.root / "rootfs").iterdir()}
    layers = {path.name for path in (store.root / "layers").iterdir()}
    assert roots == {layout.hex_digits(image.digest) for image in found}
    assert layers == {layout.hex_digits(diff_id) for image in found for diff_id in image.config.rootfs.diff_ids}
    assert list((store.root / "incoming").iterdir()) == []


def _import_until(root: Path, path: Path, step: int) -> None:
    """In a child that dies by SIGKILL at its n-th step, unless it is done before."""
    child = os.fork()
    if child == 0:
        seen = 0

        def count(event: str, _arguments: object) -> None:
            nonlocal seen
            if event in ("open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.chmod"):
                seen += 1
                if seen > step:
                    os.kill(os.getpid(), signal.SIGKILL)

        try:
            sys.addaudithook(count)
            ImageStore(root).import_archive(path)
        finally:
            os._exit(0)
    os.waitpid(child, 0)
