"""Themes made of base16 and base24 schemes."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from berth.core.problem import Problem
from berth.themes.base16 import MOST_BYTES, read_scheme
from berth.themes.design_tokens import parse_tokens
from berth.themes.lint import check
from berth.themes.rgb import hexadecimal, is_dark, parsed
from berth.themes.swatches import tokens_json
from berth.themes.token_schema import COLOR

DEFAULT = Path(__file__).parents[2] / "themes/default"
DARK = (
    *("1d2021", "3c3836", "504945", "665c54", "bdae93", "d5c4a1", "ebdbb2", "fbf1c7"),
    *("fb4934", "fe8019", "fabd2f", "b8bb26", "8ec07c", "83a598", "d3869b", "d65d0e"),
)
NEWER = 'system: "base16"\nname: "Mine, dark" # really\nauthor: \'Me\'\nvariant: "dark"\npalette:\n' + "".join(
    f'  base0{number:X}: "#{color}"\n' for number, color in enumerate(DARK)
)
OLDER = "scheme: Mine\n---\n" + "".join(f"base0{number:x}: {color.upper()}\n" for number, color in enumerate(DARK))


def theme(folder: Path, colors: list[int]) -> Path:
    data = "".join(f'base{number:02X}: "{color:06x}"\n' for number, color in enumerate(colors))
    scheme = read_scheme(data.encode(), "scheme.yaml")
    made = folder / "mine"
    made.mkdir()
    (made / "theme.toml").write_text('id = "mine"\nname = "Mine"\nversion = "1"\nlicense = "MIT"\n')
    (made / "tokens.json").write_text(tokens_json(scheme.light, scheme.dark))
    return made


@pytest.mark.parametrize("text", [NEWER, OLDER, NEWER.replace("\n", "\r\n"), "\ufeff" + OLDER])
def test_both_forms_are_read(text: str) -> None:
    scheme = read_scheme(text.encode(), "scheme.yaml")
    assert scheme.name.startswith("Mine")
    assert hexadecimal(scheme.dark.ground) == "#1d2021" and hexadecimal(scheme.dark.accent) == "#83a598"
    assert not is_dark(scheme.light.ground) and hexadecimal(scheme.light.text) == "#1d2021"


def test_a_light_scheme_is_the_light_one() -> None:
    turned = [*reversed(DARK[:8]), *DARK[8:]]
    scheme = read_scheme("".join(f"base0{n:X}: {color}\n" for n, color in enumerate(turned)).encode(), "s")
    assert hexadecimal(scheme.light.ground) == "#fbf1c7" and is_dark(scheme.dark.ground)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "base00: 1d2021\n",
        OLDER.replace("1D2021", "1d202"),
        OLDER.replace("1D2021", "red; }"),
        OLDER.replace("base0f: ", "base0f: &a [*a, "),
        "palette: !!python/object/apply:os.system ['true']\n",
        OLDER + "#" * MOST_BYTES,
        "\0" * 9,
    ],
)
def test_what_is_no_scheme_is_refused(text: str) -> None:
    with pytest.raises(Problem) as refused:
        read_scheme(text.encode(), "scheme.yaml")
    assert refused.value.code == "scheme-invalid"


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(Problem, match="UTF-8"):
        read_scheme(b"\xff\xfe" + OLDER.encode(), "scheme.yaml")


def test_every_colour_has_a_value_in_each_situation() -> None:
    scheme = read_scheme(NEWER.encode(), "scheme.yaml")
    file = parse_tokens(tokens_json(scheme.light, scheme.dark), "tokens.json")
    for contexts in ({}, {"scheme": "dark"}, {"contrast": "high"}, {"scheme": "dark", "contrast": "high"}):
        values = file.resolve(contexts)
        assert {f"color.{name}" for name in COLOR} <= set(values)
        dark = contexts.get("scheme") == "dark"
        assert is_dark(parsed(str(values["color.windowBackground"]))) == dark
    assert file.resolve({"scheme": "dark", "contrast": "high"})["color.windowBackground"] == "#000000"


@pytest.mark.parametrize("seed", range(4))
def test_a_theme_of_any_colours_passes_the_check(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    colors = [0x808080] * 16 if not seed else [chance.randrange(1 << 24) for _ in range(16)]
    assert check(theme(tmp_path, colors), DEFAULT) == []


def test_the_command_installs_a_theme_whole(tmp_path: Path) -> None:
    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "berth", "theme", *words]
        environment = {"XDG_DATA_HOME": str(tmp_path / "data"), "PATH": "/usr/bin", "PYTHONPATH": ":".join(sys.path)}
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    file = tmp_path / "My Scheme.yaml"
    file.write_text(NEWER.replace("Mine, dark", "Mine]\\u0022\\n[x"))
    made = tmp_path / "data/berth/themes/my-scheme"
    first = run("import", str(file))
    assert first.returncode == 0 and first.stdout.strip() == str(made), first.stderr
    assert json.loads((made / "tokens.json").read_text())
    assert run("check", "my-scheme").stdout == "Nothing is wrong.\n"
    assert run("import", str(file)).returncode != 0
    assert run("import", str(file), "--replace").returncode == 0
    assert run("import", str(file), "--name", "other").returncode == 0
    assert run("import", str(file), "--name", "../x").returncode != 0
    assert run("import", str(tmp_path / "nothing.yaml")).returncode != 0
