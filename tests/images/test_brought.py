"""What an image brings where an app has something of its own."""

from __future__ import annotations

from pathlib import Path

from berth.engine.images.brought import MOST_HOMES, has_folder, homes


def test_homes_of_the_image_are_seen_beside_the_app_s_own(tmp_path: Path) -> None:
    for name in ("node/app", "berth", "work dir", "a\nb", ".hidden", "x" * 65):
        (tmp_path / "home" / name).mkdir(parents=True)
    (tmp_path / "home/app.py").touch()
    (tmp_path / "home/link").symlink_to("/etc")
    assert homes(tmp_path) == ("app.py", "node")


def test_an_image_has_so_many_homes_at_most(tmp_path: Path) -> None:
    for number in range(MOST_HOMES + 5):
        (tmp_path / f"home/u{number:03}").mkdir(parents=True)
    assert homes(tmp_path) == tuple(f"u{number:03}" for number in range(MOST_HOMES))


def test_no_link_is_followed_to_homes(tmp_path: Path) -> None:
    outside, root = tmp_path / "outside", tmp_path / "root"
    (outside / "user").mkdir(parents=True)
    root.mkdir()
    (root / "home").symlink_to(outside)
    assert homes(root) == homes(tmp_path / "none") == ()
    (root / "home").unlink()
    (root / "home").touch()
    assert homes(root) == ()


def test_a_folder_is_one_without_links(tmp_path: Path) -> None:
    (tmp_path / "var/lib/db").mkdir(parents=True)
    (tmp_path / "var/file").touch()
    (tmp_path / "data").symlink_to("var")
    (tmp_path / "root").symlink_to("/")
    paths = ("/var/lib/db", "/var", "/var/file", "/data/lib", "/root/var", "/none")
    assert [path for path in paths if has_folder(tmp_path, path)] == ["/var/lib/db", "/var"]
    assert not has_folder(tmp_path / "none", "/var")
