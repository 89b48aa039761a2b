"""Where packages come from: the host's Debian mirrors, never its other archives."""

from __future__ import annotations

from pathlib import Path

import pytest

from berth.engine.images import sources
from berth.engine.images.sources import apt_settings, debian_sources, host_suite


@pytest.fixture(autouse=True)
def keyring(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    path = tmp_path / "debian-archive-keyring.gpg"
    path.touch()
    monkeypatch.setattr(sources, "KEYRING", path)
    return path


def apt(tmp_path: Path, **files: str) -> Path:
    (tmp_path / "apt/sources.list.d").mkdir(parents=True)
    for name, text in files.items():
        stem, _, ending = name.rpartition("_")
        (tmp_path / f"apt/sources.list.d/{stem}.{ending}").write_text(text)
    return tmp_path / "apt"


def test_a_mirror_of_the_host_is_used(tmp_path: Path) -> None:
    directory = apt(
        tmp_path,
        debian_sources="Types: deb deb-src\nURIs: http://mirror.example/debian/\n"
        "Suites: bookworm bookworm-updates bookworm-backports\n"
        "Components: main non-free\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n",
    )
    text = debian_sources("bookworm", directory)
    assert "URIs: http://mirror.example/debian/\nSuites: bookworm bookworm-updates\nComponents: main\n" in text
    assert "backports" not in text and "deb.debian.org" not in text


def test_lines_of_the_old_format_are_understood(tmp_path: Path) -> None:
    directory = apt(
        tmp_path,
        a_list="# deb http://off.example/debian bookworm main\n"
        "deb [arch=amd64 signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]"
        " https://x.example/deb bookworm main # mine\n"
        "deb http://security.example/debian-security bookworm-security main\n"
        "deb-src http://src.example/debian bookworm main\n",
    )
    text = debian_sources("bookworm", directory)
    assert "https://x.example/deb" in text and "http://security.example/debian-security" in text
    assert "off.example" not in text and "src.example" not in text


def test_archives_that_are_not_debian_are_left_out(tmp_path: Path) -> None:
    directory = apt(
        tmp_path,
        vendor_list="deb https://packages.vendor.example/debian/12/prod bookworm main\n"
        "deb [signed-by=/usr/share/keyrings/vendor.gpg] https://vendor.example/debian bookworm main\n"
        "deb https://docker.example/linux/debian bookworm stable\n",
        off_sources="Types: deb\nEnabled: no\nURIs: http://off.example/debian\nSuites: bookworm\nComponents: main\n",
    )
    text = debian_sources("bookworm", directory)
    assert "vendor" not in text and "docker" not in text and "off.example" not in text
    assert "http://deb.debian.org/debian\n" in text and "bookworm-security" in text


def test_another_suite_than_the_host_s_comes_from_debian_itself(tmp_path: Path) -> None:
    directory = apt(tmp_path, a_list="deb http://mirror.example/debian bookworm main\n")
    assert "URIs: http://deb.debian.org/debian\nSuites: trixie trixie-updates\n" in debian_sources("trixie", directory)


def test_missing_keys_are_told(tmp_path: Path, keyring: Path) -> None:
    keyring.unlink()
    with pytest.raises(sources.Problem) as caught:
        debian_sources("bookworm", apt(tmp_path))
    assert caught.value.code == "keyring-missing" and "debian-archive-keyring" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "suite"),
    [
        ("ID=debian\nVERSION_CODENAME=trixie\n", "trixie"),
        ('VERSION_CODENAME="bookworm"\n', "bookworm"),
        ("ID=ubuntu\nVERSION_CODENAME=noble\n", "bookworm"),
        ("", "bookworm"),
    ],
)
def test_the_suite_is_the_host_s_where_it_is_one_of_ours(tmp_path: Path, text: str, suite: str) -> None:
    (tmp_path / "os-release").write_text(text)
    assert host_suite(tmp_path / "os-release") == suite


def test_only_settings_for_fetching_are_carried(monkeypatch: pytest.MonkeyPatch) -> None:
    dump = 'Acquire::http::Proxy "http://proxy:3128";\nAcquire::IndexTargets "";\nAcquire::https::CaInfo "/ca.pem";\n'
    completed = sources.run(["printf", "%s", dump])
    monkeypatch.setattr(sources, "run", lambda *_arguments, **_options: completed)
    text = apt_settings()
    assert "proxy:3128" in text and "/ca.pem" in text and "IndexTargets" not in text
