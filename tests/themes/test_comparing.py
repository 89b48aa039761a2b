"""``berth theme diff``: where two themes look different, and of that what a person has to know."""

from __future__ import annotations

from pathlib import Path

from berth.themes.comparing import Difference, differences, in_short
from berth.themes.stack import Stack
from tests.themes.packing import TOML, folder_of

DEFAULT = Path(__file__).parents[2] / "themes/default"


def compared(place: Path, sheet: str) -> list[Difference]:
    folder = folder_of({"theme.toml": TOML, "style.css": sheet.encode()}, place / "mine")
    return differences(Stack(DEFAULT), Stack(DEFAULT, folder))


def said(found: list[Difference]) -> set[tuple[str, str]]:
    return {(item.path, item.name) for item in found}


def test_what_follows_from_something_else_is_left_out(tmp_path: Path) -> None:
    found = compared(tmp_path, "panel { padding: 3px; color: red } button { letter-spacing: 2px }")
    everything = said(found)
    assert {("panel", "padding-top"), ("panel label", "color"), ("panel button:hover", "letter-spacing")} <= everything
    short = said(in_short(found))
    assert short == {("panel", "padding"), ("panel", "color"), ("button", "letter-spacing")}, short


def test_what_differs_from_that_stays(tmp_path: Path) -> None:
    sheet = "button { letter-spacing: 2px; &:hover { letter-spacing: 3px } } card { border-top-color: red; }"
    short = said(in_short(compared(tmp_path, sheet)))
    assert short == {("button", "letter-spacing"), ("button:hover", "letter-spacing"), ("card", "border-top-color")}


def test_tokens_come_first_and_other_situations_are_looked_at(tmp_path: Path) -> None:
    sheet = """menu { z-index: 3 } :root { --size-osd: 300px }
    @media (prefers-color-scheme: dark) { menu { z-index: 4 } tag { z-index: 5 } }
    @media (form-factor: phone) { notice { z-index: 6 } }"""
    assert in_short(compared(tmp_path, sheet)) == [
        Difference("desktop", "--size-osd", "280px", "300px", "light, desktop"),
        Difference("menu", "z-index", "auto", "3", "light, desktop"),
        Difference("tag", "z-index", "auto", "5", "dark, desktop"),
        Difference("notice", "z-index", "auto", "6", "light, phone"),
    ]


def test_the_same_differs_nowhere(tmp_path: Path) -> None:
    assert compared(tmp_path, "") == []
