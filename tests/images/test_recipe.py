"""Recipes: the image part of manifests and their bases, with faults told by file."""

from __future__ import annotations

from pathlib import Path

import pytest

from berth.core.problem import Problem
from berth.engine.images.recipe import NotBuildable, read_recipe

MANIFESTS = Path(__file__).parents[2] / "app-manifests"
MANIFEST = 'id = "org.example.App"\nname = "App"\ncommand = ["app"]\n[image]\nbase = "mine"\npackages = ["app"]\n'


def write(tmp_path: Path, **bases: str) -> Path:
    (tmp_path / "bases").mkdir()
    for name, text in bases.items():
        (tmp_path / "bases" / f"{name}.toml").write_text(text)
    (tmp_path / "org.example.App.toml").write_text(MANIFEST)
    return tmp_path / "org.example.App.toml"


@pytest.mark.parametrize("path", sorted(MANIFESTS.glob("*.toml")), ids=lambda path: path.stem)
def test_every_app_of_ours_has_a_recipe(path: Path) -> None:
    recipe = read_recipe(path)
    assert recipe.app == path.stem
    assert recipe.icon.startswith("/usr/share/")


def test_there_are_enough_apps_of_each_kind() -> None:
    recipes = [read_recipe(path) for path in MANIFESTS.glob("*.toml")]
    assert len(recipes) >= 40
    kinds = {"base", "gl", "gtk", "kde", "qt", "qt6", "terminal", "web", "x11", "xpra"}
    assert {recipe.base.name for recipe in recipes} == kinds


def test_bases_stand_on_each_other(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        mine='name = "mine"\non = "other"\npackages = ["aa"]\n[suites]\ntrixie = ["bb"]\n',
        other='name = "other"\npackages = ["cc"]\n',
    )
    base = read_recipe(path).base
    assert base.on is not None and base.on.packages == ("cc",)
    assert base.packages_for("trixie") == ("aa", "bb") and base.packages_for("bookworm") == ("aa",)
    assert base.digest("trixie", "amd64") != base.digest("bookworm", "amd64")


def test_a_change_below_changes_all_above(tmp_path: Path) -> None:
    path = write(
        tmp_path, mine='name = "mine"\non = "other"\npackages = []\n', other='name = "other"\npackages = ["cc"]\n'
    )
    before = read_recipe(path).digest("bookworm", "amd64")
    (tmp_path / "bases/other.toml").write_text('name = "other"\npackages = ["cc", "dd"]\n')
    assert read_recipe(path).digest("bookworm", "amd64") != before


@pytest.mark.parametrize(
    ("base", "complaint"),
    [
        ('name = "mine"\non = "mine"\npackages = []\n', "stands on itself"),
        ('name = "yours"\npackages = []\n', "expected “mine”"),
        ('name = "mine"\npackages = ["--option"]\n', "mine.toml"),
        ('name = "mine"\npackages = ["aa"]\nunknown = 1\n', "unknown"),
        ('name = "mine"\npackages = ["aa"\n', "not valid TOML"),
        ('name = "mine"\non = "missing"\npackages = []\n', "missing.toml"),
    ],
)
def test_a_faulty_base_is_told(tmp_path: Path, base: str, complaint: str) -> None:
    with pytest.raises(Problem) as caught:
        read_recipe(write(tmp_path, mine=base))
    assert complaint in caught.value.message


def test_an_app_without_packages_is_not_built(tmp_path: Path) -> None:
    path = tmp_path / "org.example.App.toml"
    path.write_text('id = "org.example.App"\nname = "App"\ncommand = ["app"]\n')
    with pytest.raises(NotBuildable):
        read_recipe(path)


def test_a_missing_manifest_is_told(tmp_path: Path) -> None:
    with pytest.raises(Problem) as caught:
        read_recipe(tmp_path / "missing.toml")
    assert caught.value.code == "manifest-missing"
