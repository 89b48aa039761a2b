"""The cascade, case by case after the specifications."""

from __future__ import annotations

import pytest
import tinycss2

from berth.themes.engine import Engine
from berth.themes.environment import Environment
from berth.themes.properties import INITIAL, PROPERTIES
from berth.themes.sheet import SheetReader
from berth.themes.stream import Stream
from berth.themes.values import css
from tests.themes.conftest import Asked

RED, BLUE, BLACK = "rgb(255, 0, 0)", "rgb(0, 0, 255)", "rgb(0, 0, 0)"


@pytest.mark.parametrize(
    ("sheet", "expected"),
    [
        ("box { color: red } box { color: blue }", BLUE),
        (".a { color: red } box { color: blue }", RED),
        ("#n { color: red } .a.b.c.d.e.f.g.h.i.j.k { color: blue }", RED),
        ("box { color: red !important } .a { color: blue }", RED),
        ("@layer x { .a { color: blue } } box { color: red }", RED),
        ("@layer x { box { color: red !important } } .a { color: blue !important }", RED),
        ("@layer b, a; @layer a { box { color: red } } @layer b { .a { color: blue } }", RED),
        ("@layer a.b { box { color: blue } } @layer a { box { color: red } }", RED),
        ("@layer a { box { color: red } @layer b { .a { color: blue } } }", RED),
        ("@layer a { box { color: blue } } @layer { box { color: red } }", RED),
        (":where(#n.a) { color: blue } box { color: red }", RED),
        (":is(#n, box) { color: red } .a { color: blue }", RED),
        (":not(#n2) { color: red } .a.a { color: blue }", RED),
        ("root { color: red }", RED),
        ("root { color: red } box { color: inherit }", RED),
        ("root { color: red } box { color: initial }", BLACK),
        ("root { color: red } box { color: blue; all: unset }", RED),
        ("@layer a { box { color: red } } @layer b { box { color: revert-layer } }", RED),
        ("@layer a { box { color: red } } @layer b { box { color: blue; color: revert-layer !important } }", RED),
        ("root { & > box { color: red } }", RED),
        ("root { box { color: blue } .a& { color: blue } } box { color: red }", BLUE),
        ("box { color: blue; &.a { color: red } }", RED),
        ("box { &.a { color: blue } color: red }", BLUE),
        ("box { @media (width > 1px) { color: red } }", RED),
        ("@media (width < 1px) { @layer b; } @layer a { box { color: blue } } @layer b { box { color: red } }", RED),
        ("box { color: red; color: nonsense; colour: blue }", RED),
        ("box { color: blue } box, ::nonsense { color: red }", BLUE),
        ("box:is(.a, ::nonsense) { color: red }", RED),
        ("box { color: red } box[data-k=v i] { color: blue }", RED),
    ],
)
def test_which_declaration_wins(value_of: Asked, sheet: str, expected: str) -> None:
    assert value_of(sheet, "color", name="n", classes=tuple("abcdefghijk")) == expected


@pytest.mark.parametrize(
    ("sheet", "expected"),
    [
        ("box { --x: 3px; width: var(--x) }", "3px"),
        ("root { --x: 3px } box { width: calc(var(--x) * 2) }", "6px"),
        ("box { width: var(--x, 4px) }", "4px"),
        ("box { width: 9px; width: var(--x) }", "auto"),
        ("box { --x: var(--y); --y: var(--x); width: var(--x, 5px) }", "5px"),
        ("root { --x: 8px } box { --x: var(--x); width: var(--x, 5px) }", "5px"),
        ("box { --x: initial; width: var(--x, 5px) }", "5px"),
        ("root { --x: 8px } box { --x: inherit; width: var(--x, 5px) }", "8px"),
        ("box { --x: red; width: var(--x) }", "auto"),
        ("box { --X: 2px; --x: 3px; width: var(--X) }", "2px"),
        ('@property --x { syntax: "<length>"; inherits: false; initial-value: 7px } root { --x: 1px } '
         "box { width: var(--x) }", "7px"),
        ('@property --x { syntax: "<length>"; inherits: true; initial-value: 7px } root { font-size: 10px; --x: 2em } '
         "box { font-size: 30px; width: var(--x) }", "20px"),
        ('@property --x { syntax: "<length>"; inherits: true; initial-value: 7px } box { --x: red; width: var(--x) }',
         "7px"),
        ("root { font-size: 20px } box { width: 2rem }", "40px"),
        ("box { font-size: 20px; width: 2em }", "40px"),
        ("box { width: min(10px, 50vw, 3em) }", "10px"),
        ("box { width: clamp(100px, 1px, 50px) }", "100px"),
        ("box { width: calc(10px / 0) }", "infinitypx"),
        ("box { width: calc(50% - 10px) }", "calc(50% - 10px)"),
    ],
)  # fmt: skip
def test_lengths_and_custom_properties(value_of: Asked, sheet: str, expected: str) -> None:
    assert value_of(sheet, "width") == expected


def test_scheme_follows_the_environment_where_the_sheet_allows_it(value_of: Asked) -> None:
    sheet = "root { color-scheme: light dark } box { color: light-dark(red, blue) }"
    assert value_of(sheet, "color") == RED
    assert value_of(sheet, "color", Environment(scheme="dark")) == BLUE
    assert value_of("box { color: light-dark(red, blue) }", "color", Environment(scheme="dark")) == RED


def test_form_factor_is_a_media_feature(value_of: Asked) -> None:
    sheet = "@media (form-factor: phone) and (pointer: coarse) { box { color: red } }"
    assert value_of(sheet, "color") == BLACK
    assert value_of(sheet, "color", Environment(form_factor="phone", pointer="coarse")) == RED


def test_rules_of_an_app_apply_to_its_windows_and_stand_above_the_theme(value_of: Asked) -> None:
    sheet = "box.a { color: blue } @app org.kde.*, foot { box { color: red } }"
    engine_reader = SheetReader("test.css", ("theme",), ("app",))
    items = engine_reader.read(sheet).items
    engine = Engine([*SheetReader("o.css").read("@layer base, theme, app, user;").items, *items])
    for app, expected in (("org.kde.kate", RED), ("foot", RED), ("org.gnome.gedit", BLUE), ("", BLUE)):
        element = engine.elements.make("box", classes=["a"], app=app)
        assert engine.style(element).css("color") == expected


def test_parts_are_reached_through_their_host_only() -> None:
    sheet = "label { color: red } card::part(label) { color: blue } card::part(label):hover { opacity: 0.5 }"
    engine = Engine(SheetReader("test.css").read(sheet).items)
    make = engine.elements.make
    card = make("card")
    part = make("label", card, parts=["label"])
    assert engine.style(part).css("color") == BLUE
    assert engine.style(part).css("opacity") == "1"
    assert engine.style(make("label", card, parts=["label"], states=["hover"])).css("opacity") == "0.5"
    assert engine.style(make("label", card)).css("color") == RED


def test_elements_that_the_same_rules_match_share_one_style() -> None:
    engine = Engine(SheetReader("test.css").read(".a, .b { color: red }").items)
    make = engine.elements.make
    root = make("root")
    assert engine.style(make("x", root, classes=["a"])) is not engine.style(make("x", root))
    assert engine.style(make("x", root, classes=["q"])) is engine.style(make("y", root))


def test_current_color_is_inherited_as_a_word(value_of: Asked) -> None:
    sheet = "root { border-top-color: currentcolor; color: red } box { border-top-color: inherit; color: blue }"
    assert value_of(sheet, "border-top-color") == BLUE


def test_every_property_describes_itself() -> None:
    for name, item in PROPERTIES.items():
        if name == "color":
            continue
        stream = Stream(tinycss2.parse_component_value_list(css(INITIAL[name])))
        assert item.read(stream) == INITIAL[name], name
        assert stream.done(), name
