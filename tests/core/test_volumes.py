"""Which folders of an image can be its app's own: what asks for them is a stranger's word."""

from __future__ import annotations

import posixpath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from berth.core.manifest import ManifestInvalid, parse_manifest
from berth.core.plan import Mount
from berth.core.volumes import MOST_VOLUMES, VOLUME, fault_of, mounts_of

GOOD = ("/data", "/var/lib/mysql", "/home/node/.n8n", "/root/.config", "/opt/a+b@c", "/var/www/html")
BAD = (
    *("", "/", "data", "//data", "/data/", "/data//x", "/data/.", "/data/..", "/../etc", "/a b", "/a\n", "/a%b", "/ä"),
    *("/usr", "/usr/share/x", "/etc", "/etc/x", "/proc/1", "/sys", "/dev/shm", "/run/x", "/tmp/x", "/lib64/x", "/bin"),
    *("/home", "/home/berth", "/home/berth/x", "/var", "/var/lib", "/var/run/x", "/" + "x" * 65, "/x" * 101),
)


@pytest.mark.parametrize("path", GOOD)
def test_folders_that_apps_may_have(path: str) -> None:
    assert fault_of(path) == ""


@pytest.mark.parametrize("path", BAD)
def test_folders_that_no_app_has(path: str) -> None:
    assert fault_of(path).startswith(("is ", "lies "))


@given(st.lists(st.text("abc./%-\n\x00é", max_size=12).map(lambda text: f"/{text}"), max_size=30))
def test_mounts_lead_nowhere_else(paths: list[str]) -> None:
    mounts = mounts_of(paths, "/state/apps/a.b/volumes")
    assert len(mounts) <= MOST_VOLUMES
    for mount in mounts:
        assert posixpath.dirname(mount.source) == "/state/apps/a.b/volumes" and VOLUME.search(mount.source)
        assert posixpath.normpath(mount.source) == mount.source and posixpath.normpath(mount.target) == mount.target
    sources = {mount.target: mount.source for mount in mounts}
    assert len(set(sources.values())) == len(sources)


def test_no_volume_lies_in_another_or_shares_its_folder() -> None:
    found = mounts_of(["/a/b", "/a-b", "/a/b/c"], "/v")
    assert found == [Mount("/v/a%b", "/a/b", writable=True), Mount("/v/a-b", "/a-b", writable=True)]


def manifest(volumes: str, more: str = "persist = true") -> str:
    return f'id = "a.b"\nname = "B"\ncommand = ["b"]\nvolumes = {volumes}\n{more}\n'


def test_a_manifest_names_them() -> None:
    assert parse_manifest(manifest('["/data", "/var/lib/db"]'), "m").volumes == ("/data", "/var/lib/db")


@pytest.mark.parametrize(
    ("volumes", "more", "fault"),
    [
        ('["/data"]', "", "m:4: “volumes” are kept with the app's home: write persist = true"),
        ('["/data", "/etc/x"]', "persist = true", "m:4: “/etc/x” is a folder of the system"),
        ('["/a", "/a/b"]', "persist = true", "m:4: “/a/b” lies in “/a”, which is one"),
        ('["/a", "/a"]', "persist = true", "m:4: “/a” is there twice"),
        ('["../x"]', "persist = true", "m:4: “../x” is no plain path of a folder"),
        (str([f"/v{number}" for number in range(17)]), "persist = true", "m:4: “volumes” has more than 16 entries"),
    ],
)
def test_what_is_wrong_with_them_is_said(volumes: str, more: str, fault: str) -> None:
    with pytest.raises(ManifestInvalid) as caught:
        parse_manifest(manifest(volumes, more), "m")
    assert caught.value.message == fault
