"""Themes come and go whole or not at all."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from berth.__main__ import main
from berth.core.problem import Problem
from berth.themes import install as installing
from berth.themes.install import install, remove
from berth.themes.pack import packed
from berth.themes.stack import chosen, installed
from tests.themes.packing import TOML, files, folder_of, png

DEFAULT = Path(__file__).parents[2] / "themes/default"
SHIPPED = {"default": DEFAULT}


def put(theme: dict[str, bytes], folder: Path, *, replace: bool = False) -> Path:
    return install(theme, folder, SHIPPED, DEFAULT, replace=replace)


def tree(folder: Path) -> dict[str, bytes]:
    """Everything under `folder` but the lock."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else b""
        for path in folder.rglob("*")
        if path.name != ".berth-lock"
    }


def test_an_installed_theme_is_what_was_sent(tmp_path: Path) -> None:
    made = put(files(), tmp_path / "themes")
    assert made == tmp_path / "themes/mine"
    assert {name: data for name, data in tree(made).items() if (made / name).is_file()} == files()
    assert list(installed([tmp_path / "themes"])) == ["mine"]
    assert [path.name for path in (tmp_path / "themes").iterdir() if path.name != ".berth-lock"] == ["mine"]


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"style.css": b"menu { colr: red }"}, "style.css:1:8"),
        ({"style.css": b"menu { background: url(http://x.example/a.png) }"}, "style.css:1"),
        ({"style.css": b"menu { background: url(//x.example/a.png) }"}, "style.css:1"),
        ({"style.css": b"menu { background: url(../../secret.png) }"}, "style.css:1"),
        ({"style.css": b"menu { --x: url(assets/none.png) }"}, "no file"),
        ({"style.css": b"menu { background: url(assets/none.png) }"}, "no file"),
        ({"style.css": b"menu { background: url(LICENSE) }"}, "no picture"),
        ({"parts/menu.css": b"menu { background: url(assets/dots.png) }"}, "parts/assets/dots.png"),
        ({"style.css": b'@import "http://x.example/a.css";'}, "style.css:1"),
        ({"style.css": b'@import "../../../secret.css";'}, "outside"),
        ({"style.css": b'@import "a.css";', "a.css": b'@import "style.css";'}, "circle"),
        (
            {"style.css": b'@import "a0.css";'} | {f"a{n}.css": f'@import "a{n + 1}.css";'.encode() for n in range(9)},
            "deep",
        ),
        ({"tokens.json": b"{"}, "tokens.json"),
        ({"theme.toml": TOML.replace(b'"mine"', b'"default"')}, "theme of Berth"),
        ({"virus.so": b"\x7fELF"}, "virus.so"),
    ],
)
def test_what_is_refused_leaves_nothing(tmp_path: Path, change: dict[str, bytes], word: str) -> None:
    (tmp_path / "secret.css").write_text("menu { color: red }")
    with pytest.raises(Problem) as caught:
        put(files() | change, tmp_path / "data/themes")
    assert word in caught.value.message and caught.value.hint
    assert str(tmp_path) not in caught.value.message
    assert tree(tmp_path / "data") in ({}, {"themes": b""})


def test_words_of_a_stranger_do_not_steer_the_terminal(tmp_path: Path) -> None:
    with pytest.raises(Problem) as caught:
        put(files() | {"style.css": b"menu { c\\1b[2Jolr: red }"}, tmp_path)
    assert str(caught.value).isprintable()


def test_another_theme_of_the_same_id_stays_unless_it_is_replaced(tmp_path: Path) -> None:
    put(files(), tmp_path)
    other = files() | {"style.css": b"menu { color: blue }"}
    with pytest.raises(Problem, match="already"):
        put(other, tmp_path)
    assert (tmp_path / "mine/style.css").read_bytes() == files()["style.css"]
    put(other, tmp_path, replace=True)
    assert (tmp_path / "mine/style.css").read_bytes() == other["style.css"]
    assert (tmp_path / "mine/parts/menu.css").exists()
    del other["parts/menu.css"]
    put(other, tmp_path, replace=True)
    assert not (tmp_path / "mine/parts").exists()


def test_a_failure_at_the_last_moment_leaves_the_theme_of_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(files(), tmp_path)
    before = tree(tmp_path)

    def fail(*_paths: object) -> None:
        raise OSError(28, "No space left on device")

    for name in ("_exchange", "_write"):
        with monkeypatch.context() as patched:
            patched.setattr(installing, name, fail)
            with pytest.raises(Problem) as caught:
                put(files() | {"style.css": b""}, tmp_path, replace=True)
            assert caught.value.code == "write-failed"
        assert tree(tmp_path) == before


def test_what_a_crash_left_is_cleared_away(tmp_path: Path) -> None:
    left = folder_of(files(), tmp_path / ".berth-dead/mine")
    put(files(), tmp_path)
    assert not left.exists()


def test_links_in_the_users_folder_are_not_followed(tmp_path: Path) -> None:
    work = folder_of(files(), tmp_path / "work")
    themes = tmp_path / "themes"
    themes.mkdir()
    (themes / "mine").symlink_to(work)
    with pytest.raises(Problem):
        put(files() | {"style.css": b""}, themes, replace=True)
    assert (work / "style.css").read_bytes() == files()["style.css"]
    remove("mine", themes, SHIPPED)
    assert work.exists() and not (themes / "mine").exists()


@pytest.mark.parametrize(
    ("name", "code"), [("default", "theme-shipped"), ("..", "theme-unknown"), ("no", "theme-unknown")]
)
def test_only_own_themes_can_be_removed(tmp_path: Path, name: str, code: str) -> None:
    (tmp_path / "themes").mkdir()
    with pytest.raises(Problem) as caught:
        remove(name, tmp_path / "themes", SHIPPED)
    assert caught.value.code == code and caught.value.hint


@pytest.fixture
def berth(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """The command line with a home of its own."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))

    def run(*words: str) -> int:
        monkeypatch.setattr(sys, "argv", ["berth", "theme", *words])
        return main()

    return run


def test_the_command_line_packs_installs_and_removes(
    tmp_path: Path, berth: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    source = folder_of(files(), tmp_path / "mine")
    file = tmp_path / "out.berth-theme"
    assert berth("pack", str(source), "-o", str(file)) == 0
    assert file.read_bytes() == packed(files())
    assert berth("look", str(file)) == 0
    assert "Mine" in capsys.readouterr().out
    assert berth("look", "--json", str(file)) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["id"], told["license"], told["there"]) == ("mine", "MIT", False)
    assert all(not finding["file"].startswith("/") for finding in told["findings"])
    assert not (tmp_path / "data/berth/themes/mine").exists()
    assert berth("install", str(file)) == 0
    capsys.readouterr()
    assert berth("look", "--json", str(file)) == 0
    assert json.loads(capsys.readouterr().out)["there"]
    assert berth("use", "mine") == 0
    capsys.readouterr()
    assert berth("list", "--json") == 0
    assert [row["id"] for row in json.loads(capsys.readouterr().out) if row["used"]] == ["mine"]
    assert berth("install", str(file)) == 1
    assert "already" in capsys.readouterr().err
    assert berth("install", "--replace", str(source)) == 0
    adjusted = tmp_path / "config/berth/adjusted"
    adjusted.mkdir()
    for name in ("mine", "default"):
        (adjusted / f"{name}.css").write_text(":root { --gap: 1px }")
    assert berth("remove", "mine") == 0
    assert chosen(tmp_path / "config/berth") == "default"
    assert [file.name for file in adjusted.iterdir()] == ["default.css"]
    assert berth("install", str(tmp_path / "none")) == 1
    os.mkfifo(tmp_path / "pipe")
    assert berth("install", str(tmp_path / "pipe")) == 1
    (source / "assets/dots.png").write_bytes(png()[:-4])
    assert berth("pack", str(source), "-o", str(tmp_path / "other")) == 1
    assert not (tmp_path / "other").exists()
