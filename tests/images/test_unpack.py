"""Unpacking: nothing is written outside, whatever an archive tries."""

from __future__ import annotations

import io
import stat
import tarfile
from pathlib import Path

import pytest

from berth.core.problem import Problem
from berth.engine.images.unpack import Limits, unpack
from tests.images.archives import directory, link, member, snapshot, tar

HARD = tarfile.LNKTYPE

HOSTILE = {
    "absolute path": [member("/etc/passwd", b"x")],
    "climbing path": [member("../outside", b"x")],
    "climbing in the middle": [member("usr/../../outside", b"x")],
    "through an absolute link": [link("door", "{outside}"), member("door/file", b"x")],
    "through a climbing link": [link("door", "../.."), member("door/file", b"x")],
    "through a link to a link": [link("a", "b"), link("b", "{outside}"), member("a/file", b"x")],
    "directory through a link": [link("door", "{outside}"), directory("door/new")],
    "link as parent of a link": [link("door", "{outside}"), link("door/file", "x")],
    "hard link to an absolute path": [link("stolen", "{outside}/secret", HARD)],
    "hard link that climbs": [link("stolen", "../outside/secret", HARD)],
    "hard link through a link": [link("door", "{outside}"), link("stolen", "door/secret", HARD)],
    "hard link to a link": [link("door", "{outside}/secret"), link("stolen", "door", HARD)],
    "hard link to a directory": [directory("a"), link("b", "a", HARD)],
    "hard link to nothing": [link("b", "missing", HARD)],
    "directory replaced by a link": [directory("a"), member("a/b", b""), link("a", "{outside}"), member("a/c", b"")],
    "file as a directory": [member("a", b""), member("a/b", b"")],
    "block device": [member("disk", type=tarfile.BLKTYPE, devmajor=8)],
    "character device": [member("usr/null", type=tarfile.CHRTYPE, devmajor=1, devminor=3)],
    "pipe": [member("pipe", type=tarfile.FIFOTYPE)],
    "whiteout that climbs": [member("usr/.wh..."), member("usr/.wh...", b"")],
    "whiteout of its own directory": [member("usr/.wh..", b"")],
    "root that is a link": [link(".", "{outside}")],
    "name too long": [member("x" * 300, b"")],
    "too deep": [member("/".join("d" * 70), b"")],
    "link without target": [link("empty", "")],
}


def run(members: list[tuple[tarfile.TarInfo, bytes]], target: Path, limits: Limits | None = None) -> object:
    target.mkdir(exist_ok=True)
    return unpack(io.BytesIO(tar(members)), target, limits)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_archive_is_refused_and_writes_nothing_outside(name: str, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_bytes(b"secret")
    members = HOSTILE[name]
    for info, _data in members:
        info.linkname = info.linkname.replace("{outside}", str(outside))
    with pytest.raises(Problem) as caught:
        run(members, tmp_path / "image")
    assert caught.value.code == "archive-hostile"
    assert caught.value.message.count(".") >= 1 and "\n" not in caught.value.message
    assert snapshot(outside) == {"secret": b"secret"}
    assert (outside / "secret").stat().st_nlink == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["image", "outside"]


def test_links_themselves_may_point_anywhere(tmp_path: Path) -> None:
    run([link("etc/mtab", "/proc/mounts"), link("up", "../../..")], tmp_path / "image")
    assert str((tmp_path / "image/etc/mtab").readlink()) == "/proc/mounts"


def test_privileged_bits_are_stripped_and_everything_is_readable(tmp_path: Path) -> None:
    run(
        [member("sudo", b"", mode=0o6755), member("shadow", b"", mode=0o000), directory("private", 0o2700)],
        tmp_path / "i",
    )
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "i").iterdir()}
    assert modes == {"sudo": 0o755, "shadow": 0o444, "private": 0o755}


def test_devices_below_dev_are_left_out(tmp_path: Path) -> None:
    run([directory("dev"), member("dev/null", type=tarfile.CHRTYPE, devmajor=1, devminor=3)], tmp_path / "image")
    assert list((tmp_path / "image/dev").iterdir()) == []


def test_hard_links_inside_stay_links(tmp_path: Path) -> None:
    run([member("a", b"one"), link("b", "./a", HARD)], tmp_path / "image")
    assert (tmp_path / "image/a").samefile(tmp_path / "image/b")


def test_a_later_entry_replaces_an_earlier_one_without_following_it(tmp_path: Path) -> None:
    (tmp_path / "victim").write_bytes(b"old")
    run([link("a", str(tmp_path / "victim")), member("a", b"new")], tmp_path / "image")
    assert (tmp_path / "victim").read_bytes() == b"old"
    assert (tmp_path / "image/a").read_bytes() == b"new"


def test_times_and_whiteouts_are_kept(tmp_path: Path) -> None:
    dated = directory("usr")
    dated[0].mtime = 1_000_000
    unpacked = run(
        [dated, member("usr/new", b"", mtime=2_000_000), member("usr/.wh.old"), member("etc/.wh..wh..opq")],
        tmp_path / "i",
    )
    assert (tmp_path / "i/usr").stat().st_mtime == 1_000_000
    assert (tmp_path / "i/usr/new").stat().st_mtime == 2_000_000
    assert unpacked.whiteouts.removed == ("usr/old",)  # type: ignore[attr-defined]
    assert unpacked.whiteouts.opaque == ("etc",)  # type: ignore[attr-defined]
    assert not list((tmp_path / "i").rglob(".wh*"))


@pytest.mark.parametrize("limits", [Limits(entries=50), Limits(size=1000)])
def test_limits_hold(limits: Limits, tmp_path: Path) -> None:
    with pytest.raises(Problem) as caught:
        run([member(f"file{number}", b"x" * 100) for number in range(60)], tmp_path / "image", limits)
    assert caught.value.code == "archive-too-large"


def test_a_stranger_s_name_cannot_write_on_the_terminal(tmp_path: Path) -> None:
    with pytest.raises(Problem) as caught:
        run([member("../\x1b[2Jevil\n", b"")], tmp_path / "image")
    assert caught.value.message.isprintable()


def test_a_directory_that_became_a_link_is_not_remembered(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_bytes(b"secret")
    again = [directory("a/b"), member("a/b/c", b"1"), link("stolen", "a/b/c", HARD)]
    for door in (link("a/d", str(outside)), link("a/d", "../../outside")):
        members = [*again, directory("a/d"), directory("a/d/e"), link("x", "a/d/e/none", HARD)]
        with pytest.raises(Problem):
            run(members, tmp_path / f"image{len(door[0].linkname)}")
        opened = [directory("a/d"), link("own", "a/b/c", HARD), door, link("x", "a/d/secret", HARD)]
        with pytest.raises(Problem) as caught:
            run([*again, *opened], tmp_path / f"second{len(door[0].linkname)}")
        assert caught.value.code == "archive-hostile"
    assert (outside / "secret").stat().st_nlink == 1


def test_a_link_leads_into_a_directory_that_was_made_anew(tmp_path: Path) -> None:
    old = [directory("a"), directory("a/d"), member("a/one", b"1"), link("first", "a/one", HARD)]
    # The directory itself is where a link looked last; it goes, and another one comes.
    members = [*old, directory("e"), link("e2", "a/one", HARD), link("e", "a"), directory("e"), member("e/f", b"2")]
    run([*members, link("second", "e/f", HARD)], tmp_path / "image")
    assert (tmp_path / "image/second").samefile(tmp_path / "image/e/f")
    assert (tmp_path / "image/first").samefile(tmp_path / "image/a/one")


def test_a_link_takes_the_place_of_an_empty_directory(tmp_path: Path) -> None:
    run([directory("a"), directory("d"), member("d/f", b"x"), link("a", "d/f", HARD)], tmp_path / "i")
    assert (tmp_path / "i/a").samefile(tmp_path / "i/d/f")
