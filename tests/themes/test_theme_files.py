"""A theme's folder, the layers of a desktop, what ``check`` finds, and the command line."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from berth.core.problem import Problem
from berth.themes.engine import Engine
from berth.themes.environment import Environment
from berth.themes.findings import ERROR
from berth.themes.floor import raised
from berth.themes.folder import read_inside
from berth.themes.lint import check
from berth.themes.reference import page
from berth.themes.situations import SITUATIONS
from berth.themes.stack import Stack, base, find
from berth.themes.token_schema import property_name
from berth.themes.vocabulary import KINDS, element_at, paths

DEFAULT = Path(__file__).parents[2] / "themes/default"
CONTEXTS = SITUATIONS[0].contexts


def theme(folder: Path, sheet: str = "", tokens: str = "") -> Path:
    made = folder / "mine"
    made.mkdir(parents=True)
    (made / "theme.toml").write_text('id = "mine"\nname = "Mine"\n')
    (made / "style.css").write_text(sheet)
    if tokens:
        (made / "tokens.json").write_text(tokens)
    return made


def look(stack: Stack, path: str, name: str, environment: Environment | None = None, app: str = "") -> str:
    engine = Engine(stack.read(CONTEXTS), environment)
    return engine.style(element_at(engine.elements, path, app)).css(name)


def test_the_default_theme_is_without_any_finding() -> None:
    assert check(DEFAULT, DEFAULT) == []


def test_tokens_are_custom_properties_with_units() -> None:
    assert property_name("color.surfaceRaised") == "--color-surface-raised"
    stack = Stack(DEFAULT)
    assert look(stack, "desktop", "--color-surface-raised") == "#ffffff"
    assert look(stack, "desktop", "--space-md") == "12px"
    assert look(stack, "desktop", "--duration-fast") == "120ms"
    assert look(stack, "menu", "background-color") == "rgb(255, 255, 255)"


def test_a_theme_lies_on_the_default_one_and_the_user_above_both(tmp_path: Path) -> None:
    sheet = "menu { color: red } @app foot { window { border-radius: 1px } } #x.y.z window { border-radius: 9px }"
    mine = theme(tmp_path, sheet, '{"color": {"accent": {"$type": "color", "$value": "#010203"}}}')
    user = tmp_path / "config"
    user.mkdir()
    stack = Stack(DEFAULT, mine, user)
    assert look(stack, "window[app=foot]:focus", "border-top-left-radius") == "1px 1px"
    assert look(stack, "window[app=other]:focus", "border-top-left-radius") == "10px 10px"
    assert look(stack, "menu", "color") == "rgb(255, 0, 0)"
    assert look(stack, "menu", "background-color") == "rgb(255, 255, 255)"
    assert look(stack, "button.primary", "background-color") == "rgb(1, 2, 3)"
    assert look(stack, "window", "border-top-left-radius", app="foot") == "1px 1px"
    (user / "style.css").write_text("menu { color: blue }")
    assert look(stack, "menu", "color") == "rgb(0, 0, 255)"


def test_an_unsound_sheet_leaves_the_last_sound_one(tmp_path: Path) -> None:
    mine = theme(tmp_path, "menu { color: red }")
    stack = Stack(DEFAULT, mine)
    assert look(stack, "menu", "color") == "rgb(255, 0, 0)"
    (mine / "style.css").write_text("menu { color: blue; colr: green }")
    assert look(stack, "menu", "color") == "rgb(255, 0, 0)"
    assert [(finding.line, finding.column) for finding in stack.findings] == [(1, 21)]
    (mine / "style.css").write_text("menu { color: blue }")
    assert look(stack, "menu", "color") == "rgb(0, 0, 255)"
    assert stack.findings == []


def test_imports_have_layers_and_media(tmp_path: Path) -> None:
    mine = theme(tmp_path, '@import "a.css" layer(first); @import url(sub/b.css) (width > 5000px); menu { opacity: 1 }')
    (mine / "sub").mkdir()
    (mine / "a.css").write_text("menu { opacity: 0.5; z-index: 5 }")
    (mine / "sub/b.css").write_text('@import "c.css"; menu { z-index: 7 }')
    (mine / "sub/c.css").write_text("menu { cursor: grab }")
    stack = Stack(DEFAULT, mine)
    assert [look(stack, "menu", name) for name in ("opacity", "z-index", "cursor")] == ["1", "5", "auto"]
    wide = Environment(width=6000)
    assert [look(stack, "menu", name, wide) for name in ("opacity", "z-index", "cursor")] == ["1", "7", "grab"]


@pytest.mark.parametrize("sheet", ['@import "../secret.css";', '@import "/etc/passwd";', '@import "link.css";'])
def test_nothing_outside_of_the_folder_is_read(tmp_path: Path, sheet: str) -> None:
    (tmp_path / "secret.css").write_text("menu { color: red }")
    mine = theme(tmp_path, sheet)
    (mine / "link.css").symlink_to(tmp_path / "secret.css")
    stack = Stack(DEFAULT, mine)
    assert look(stack, "menu", "color") != "rgb(255, 0, 0)"
    assert [finding.severity for finding in stack.findings] == [ERROR]
    assert stack.findings[0].line == 1


def test_what_is_no_plain_file_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "style.css")
    (tmp_path / "large.css").write_bytes(b" " * (1 << 21))
    (tmp_path / "bytes.css").write_bytes(b"\xff\xfe")
    for name in ("style.css", "large.css", "bytes.css", "none.css", "."):
        with pytest.raises(Problem):
            read_inside(tmp_path, name)


def test_imports_in_a_circle_end(tmp_path: Path) -> None:
    mine = theme(tmp_path, '@import "a.css";')
    (mine / "a.css").write_text('@import "style.css";')
    stack = Stack(DEFAULT, mine)
    stack.read(CONTEXTS)
    assert "circle" in stack.findings[0].message


@pytest.mark.parametrize(
    "url", ["http://x.example/a.png", "//x/a.png", "file:///etc/passwd", "../a.png", "/a.png", "data:x"]
)
def test_pictures_are_of_the_theme(tmp_path: Path, url: str) -> None:
    mine = theme(tmp_path, f"menu {{ background-image: url({url}) }} panel {{ background: url('{url}') }}")
    stack = Stack(DEFAULT, mine)
    stack.read(CONTEXTS)
    assert len(stack.findings) == 2


def test_a_prompt_cannot_be_hidden_or_made_unreadable(tmp_path: Path) -> None:
    sheet = """prompt, prompt label { opacity: 0 !important; visibility: hidden !important; translate: 9000px;
      color: #eee !important; background-color: rgb(255 255 255 / 0.1) !important; font-size: 1px !important }"""
    stack = Stack(DEFAULT, theme(tmp_path, sheet))
    assert look(stack, "prompt", "opacity") == "1"
    assert look(stack, "prompt label", "visibility") == "visible"
    assert look(stack, "prompt", "translate") == "none"
    engine = Engine(stack.read(CONTEXTS))
    card, label = (element_at(engine.elements, path) for path in ("prompt", "prompt label"))
    used = {name: engine.style(card).used(name) for name in engine.style(card).values}
    values = raised(card, used, used["background-color"])
    assert values["background-color"].alpha == 1
    words = {name: engine.style(label).used(name) for name in engine.style(label).values}
    seen = raised(label, words, values["background-color"])
    assert seen["color"].css() == "rgb(0, 0, 0)"
    assert seen["font-size"].value >= 12


def test_a_folder_of_the_user_never_takes_the_place_of_the_theme_below_all(tmp_path: Path) -> None:
    mine = theme(tmp_path, "menu { color: red }").rename(tmp_path / "default")
    (mine / "theme.toml").write_text('id = "default"\n')
    folders = [tmp_path, DEFAULT.parent]
    assert base(folders) == DEFAULT
    assert look(Stack(base(folders), find("default", folders)), "menu", "color") == "rgb(255, 0, 0)"
    (mine / "theme.toml").write_text("nothing")
    assert base(folders) == DEFAULT


def test_every_path_of_the_vocabulary_is_an_element() -> None:
    engine = Engine()
    elements = [element_at(engine.elements, path) for path in paths()]
    assert {element.type for element in elements} == set(KINDS)
    with pytest.raises(ValueError, match="no element"):
        element_at(engine.elements, "a b..c")


def test_check_finds_what_does_not_exist_and_what_cannot_be_read(tmp_path: Path) -> None:
    sheet = "buton { color: var(--color-acent) }\n.primry:hover { opacity: 1 }\nmenu { color: #ccc }"
    found = {finding.code: finding for finding in check(theme(tmp_path, sheet), DEFAULT)}
    assert found["element-unknown"].hint == "Did you mean “button”?"
    assert found["class-unknown"].line == 2
    assert found["custom-unknown"].hint == "Did you mean “--color-accent”?"
    assert (found["contrast"].line, "menu" in found["contrast"].message) == (3, True)


def berth(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "HOME": str(home),
        "XDG_DATA_HOME": str(home / "data"),
        "XDG_CONFIG_HOME": str(home / "c"),
    }
    command = [sys.executable, "-m", "berth", "theme", *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)


def test_a_theme_is_made_checked_used_and_compared(tmp_path: Path) -> None:
    made = berth(tmp_path, "new", "my-look")
    assert made.returncode == 0, made.stderr
    folder = Path(made.stdout.strip())
    assert berth(tmp_path, "check", "my-look").stdout == "Nothing is wrong.\n"
    assert berth(tmp_path, "new", "my-look").returncode == 1
    assert berth(tmp_path, "use", "nonsense").returncode == 1
    assert berth(tmp_path, "use", "my-look").returncode == 0
    rows = json.loads(berth(tmp_path, "list", "--json").stdout)
    assert {row["id"]: row["used"] for row in rows}.items() >= {"default": False, "my-look": True}.items()
    assert [row["id"] for row in rows if row["used"]] == ["my-look"]
    (folder / "style.css").write_text("menu { colr: red; z-index: 3 }")
    checked = berth(tmp_path, "check", "my-look", "--json")
    assert checked.returncode == 1
    assert json.loads(checked.stdout)[0]["code"] == "property-unknown"
    (folder / "style.css").write_text("menu { z-index: 3 }")
    found = json.loads(berth(tmp_path, "diff", "default", str(folder), "--json").stdout)
    assert {(item["path"], item["name"], item["one"], item["other"]) for item in found} == {
        ("menu", "z-index", "auto", "3")
    }


def test_all_that_a_new_theme_proposes_is_sound(tmp_path: Path) -> None:
    folder = Path(berth(tmp_path, "new", "my-look").stdout.strip())
    sheet = (folder / "style.css").read_text()
    proposed = re.sub(r"/\* ((?:--)?[a-z-]+: [^*]+;) \*/", r"\1", sheet)
    assert proposed.count("/*") == sheet.count("/*") - 7
    (folder / "style.css").write_text(proposed)
    assert berth(tmp_path, "check", "my-look").stdout == "Nothing is wrong.\n"


def test_the_reference_is_up_to_date() -> None:
    written = (DEFAULT.parents[1] / "docs/theme-reference.md").read_text()
    assert written == page(), "Make it anew: berth theme reference > docs/theme-reference.md"
