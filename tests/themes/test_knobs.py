"""What users may adjust of a theme: which knobs there are, what they take, and what is written for them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import tinycss2
from hypothesis import given
from hypothesis import strategies as st

from berth.__main__ import main
from berth.core.problem import Problem
from berth.themes.color_grammar import read_color
from berth.themes.colors import BLACK, Color, resolve
from berth.themes.design_tokens import parse_tokens
from berth.themes.engine import Engine
from berth.themes.findings import Invalid
from berth.themes.knobs import MOST, MOST_LABEL, Adjustments, Knob, knob_of
from berth.themes.legibility import Look
from berth.themes.lint import check
from berth.themes.rgb import hexadecimal
from berth.themes.situations import SITUATIONS
from berth.themes.source import SourceText
from berth.themes.stack import Stack, choose
from berth.themes.stream import Stream
from berth.themes.syntax import read_registration
from berth.themes.token_schema import property_name

SHIPPED = Path(__file__).parents[2] / "themes"
SHEET = """
@property --gap { syntax: "<length>"; inherits: true; initial-value: 4px; label: "Room"; range: 0px 20px; step: 2px; }
@property --desk { syntax: "<color>"; inherits: true; initial-value: #102030; label: "Desk"; }
@property --edge { syntax: "solid | double"; inherits: true; initial-value: solid; label: "Lines"; }
@property --face { syntax: "<string>"; inherits: true; initial-value: "Serif"; label: "Typeface"; }
@property --inner { syntax: "<number>"; inherits: true; initial-value: 1; }
:root { --font-family: var(--face); --gap: 6px; }
desktop { background: var(--desk); }
panel { padding: var(--gap); border-style: var(--edge); opacity: var(--inner); }
"""


def registered(syntax: str, initial: str, more: str = 'label: "A label";', name: str = "--x") -> Knob | None:
    text = f'syntax: "{syntax}"; inherits: true; initial-value: {initial}; {more}'
    return knob_of(read_registration(name, tinycss2.parse_component_value_list(text)))


def knob(syntax: str, initial: str, more: str = "") -> Knob:
    found = registered(syntax, initial, f'label: "A label"; {more}')
    assert found is not None
    return found


@pytest.fixture
def places(tmp_path: Path) -> tuple[Path, Path]:
    """A theme's folder, and one for what is the user's."""
    theme, config = tmp_path / "data/berth/themes/mine", tmp_path / "config/berth"
    theme.mkdir(parents=True)
    (theme / "theme.toml").write_text('id = "mine"\nname = "Mine"\n')
    (theme / "style.css").write_text(SHEET)
    config.mkdir(parents=True)
    return theme, config


def opened(theme: Path, config: Path) -> tuple[Adjustments, Stack, Engine]:
    stack = Stack(SHIPPED / "default", theme, config)
    engine = Engine(stack.read(SITUATIONS[0].contexts), SITUATIONS[0].environment)
    return Adjustments(stack, engine), stack, engine


# --- which there are


def test_the_control_follows_the_syntax() -> None:
    slider = knob("<length>", "4px", "range: 0px 20px; step: 2px;")
    assert (slider.control, slider.least, slider.most, slider.step, slider.unit) == ("slider", 0, 20, 2, "px")
    assert knob("<integer>", "1", "range: 0 5;").step == 1
    assert knob("<angle>", "0deg", "range: 0deg 360deg;").unit == "deg"
    assert knob("<number>", "1", "range: 0 1e9; step: 0.001;").step == 1e6, "no more than a thousand steps"
    assert knob("<length>", "4px").control == "text", "a slider needs a range"
    assert knob("<length>", "4px", "range: 9px 1px;").control == "text"
    assert knob("<number>", "1", "range: -1e308 1e308;").control == "text"
    assert knob("<color>", "red").control == "color"
    assert knob("a | b-c", "a").choices == ("a", "b-c")
    assert knob("<string>", '"x"').control == knob("<custom-ident>", "x").control == "text"


@pytest.mark.parametrize(
    ("syntax", "initial", "more", "name"),
    [
        ("<number>", "1", "", "--x"),
        ("<number>", "1", 'label: " ";', "--x"),
        ("*", "1", 'label: "x";', "--x"),
        ("<image>", "url(a.png)", 'label: "x";', "--x"),
        ("<url>", "url(a.png)", 'label: "x";', "--x"),
        ("<length>+", "1px 2px", 'label: "x";', "--x"),
        ("<number>", "1", 'label: "x";', "--x}y"),
    ],
)
def test_what_nobody_can_turn_is_no_knob(syntax: str, initial: str, more: str, name: str) -> None:
    assert registered(syntax, initial, more, name) is None


def test_words_of_a_stranger_are_one_short_line() -> None:
    found = registered("<number>", "1", f'label: "a\\a b \\202e {"x" * 9999}";')
    assert found is not None and len(found.label) == MOST_LABEL and found.label.isprintable()
    assert found.label.startswith("a b x") and found.label.endswith("…")


def test_only_knobs_of_the_theme_in_use_and_not_thousands(places: tuple[Path, Path]) -> None:
    theme, config = places
    adjustments, _stack, _engine = opened(theme, config)
    assert [found.name for found in adjustments.knobs()] == ["--gap", "--desk", "--edge", "--face"]
    rule = '@property --k{} {{ syntax: "<number>"; inherits: true; initial-value: 1; label: "x"; }}\n'
    (theme / "style.css").write_text("".join(rule.format(number) for number in range(500)))
    assert len(opened(theme, config)[0].knobs()) == MOST


def test_a_label_without_a_control_is_said_to_the_author(places: tuple[Path, Path]) -> None:
    theme, _config = places
    rule = '@property --x { syntax: "*"; inherits: true; initial-value: 1; label: "x"; }\nmenu { padding: var(--x) }\n'
    (theme / "style.css").write_text(SHEET + rule)
    found = [finding for finding in check(theme, SHIPPED / "default") if finding.code == "label-unused"]
    assert [(finding.message, finding.line) for finding in found] == [("Users cannot adjust --x.", 10)]


# --- what they take


@pytest.mark.parametrize(
    ("syntax", "initial", "more", "text"),
    [
        ("<length>", "4px", "range: 0px 20px;", "21px"),
        ("<length>", "4px", "range: 0px 20px;", "-1"),
        ("<length>", "4px", "range: 0px 20px;", "1em"),
        ("<length>", "4px", "range: 0px 20px;", "calc(20px + 2px)"),
        ("<length>", "4px", "range: 0px 20px;", "red"),
        ("<integer>", "4", "range: 0 20;", "1.5"),
        ("<color>", "red", "", "rde"),
        ("<color>", "red", "", "red; } * { opacity: 0"),
        ("<color>", "red", "", "var(--color-accent)"),
        ("<color>", "red", "", ""),
        ("<color>", "red", "", "red !important"),
        ("a | b", "a", "", "c"),
        ("a | b", "a", "", "inherit"),
        ("<string>", '"x"', "", "a\nb"),
        ("<string>", '"x"', "", "x" * 1000),
        ("<custom-ident>", "x", "", "a b"),
    ],
)
def test_what_is_no_value_is_refused(syntax: str, initial: str, more: str, text: str) -> None:
    with pytest.raises(Invalid):
        knob(syntax, initial, more).written(text)


def test_values_are_written_as_sheets_write_them() -> None:
    assert knob("<length>", "4px", "range: 0px 20px;").written("12") == "12px"
    assert knob("<length>", "4px", "range: 0px 20px;").written(" 12px ") == "12px"
    assert knob("<angle>", "0deg", "range: -90deg 90deg;").written("-45") == "-45deg"
    assert knob("<string>", '"x"').written('A "b" \\') == '"A \\"b\\" \\\\"'
    assert knob("<number>", "0", "range: -1e9 1e9;").said(-123456789) == "-123456789"
    assert [knob("<number>", "0", "range: 0 1;").said(number) for number in (0.30000000000000004, -0.0)] == ["0.3", "0"]
    assert knob("<color>", "red").written("oklch(0.5 0.1 20)") == "oklch(0.5 0.1 20)"


@given(st.text(max_size=40))
def test_no_text_leads_out_of_its_declaration(text: str) -> None:
    for one in (knob("<string>", '"x"'), knob("<custom-ident>", "x"), knob("<color>", "red")):
        try:
            value = one.written(text)
        except Invalid:
            continue
        sheet = SourceText("").with_declaration((":root",), "--x", value)
        assert SourceText(sheet).names((":root",)) == {"--x"}
        assert [block.around for block in SourceText(sheet).blocks()] == [(":root",)]


# --- what is kept


def test_a_change_is_tried_kept_and_taken_back(places: tuple[Path, Path]) -> None:
    theme, config = places
    sheet, own = config / "adjusted/mine.css", config / "style.css"
    own.write_text(":root { --gap: 8px; } /* mine */\n")
    adjustments, stack, engine = opened(theme, config)

    def again() -> None:
        engine.update(stack.read(SITUATIONS[0].contexts))

    gap = adjustments.settings()[0]
    assert (gap.value, gap.standard, gap.number, gap.changed) == ("8px", "8px", 8, False)
    adjustments.change("--gap", "12")
    again()
    assert adjustments.settings()[0][1:] == ("12px", "8px", 12, True) and not sheet.exists()
    adjustments.keep()
    assert sheet.read_text() == ":root {\n  --gap: 12px;\n}\n"
    adjustments.change("--desk", "#ff0000")
    adjustments.keep()
    again()
    assert [setting.value for setting in adjustments.settings()] == ["12px", "#ff0000", "solid", "Serif"]
    sheet.write_text(sheet.read_text() + "panel { opacity: 0.5 } /* by hand */\n")
    adjustments.reset(["--gap"])
    adjustments.keep()
    assert sheet.read_text() == ":root {\n  --desk: #ff0000;\n}\npanel { opacity: 0.5 } /* by hand */\n"
    assert own.read_text() == ":root { --gap: 8px; } /* mine */\n"
    assert (theme / "style.css").read_text() == SHEET


def test_nothing_is_left_when_all_is_as_before(places: tuple[Path, Path]) -> None:
    theme, config = places
    adjustments, _stack, _engine = opened(theme, config)
    adjustments.change("--edge", "double")
    adjustments.change("--face", "Mono")
    adjustments.keep()
    adjustments.reset([found.name for found in adjustments.knobs()])
    adjustments.keep()
    assert list((config / "adjusted").iterdir()) == []


def test_it_holds_for_its_theme_alone(places: tuple[Path, Path]) -> None:
    theme, config = places
    adjustments, stack, engine = opened(theme, config)
    adjustments.change("--gap", "12")
    adjustments.keep()
    stack.set_theme(None)
    engine.update(stack.read(SITUATIONS[0].contexts))
    assert stack.adjusted == config / "adjusted/default.css"
    assert {setting.changed for setting in adjustments.settings()} == {False}
    stack.set_theme(theme)
    engine.update(stack.read(SITUATIONS[0].contexts))
    assert adjustments.settings()[0].value == "12px"


def test_a_theme_that_changed_its_mind(places: tuple[Path, Path]) -> None:
    """A value that no longer fits is no value: the theme's own holds."""
    theme, config = places
    (config / "adjusted").mkdir()
    (config / "adjusted/mine.css").write_text(":root { --edge: dashed; --gone: 1 }")
    adjustments, stack, _engine = opened(theme, config)
    assert not stack.findings
    assert next(one for one in adjustments.settings() if one.knob.name == "--edge").value == "solid"


def test_a_sheet_that_is_broken_is_left_alone(places: tuple[Path, Path]) -> None:
    theme, config = places
    (config / "adjusted").mkdir()
    (config / "adjusted/mine.css").write_text(":root { --gap: 1px;")
    adjustments, _stack, _engine = opened(theme, config)
    with pytest.raises(Invalid, match="not closed"):
        adjustments.change("--gap", "12")
    assert not adjustments.pending


def test_declarations_are_taken_out_and_all_else_stays() -> None:
    text = ":root { --a: 1; /* kept */\n  --b: 2; /* why */\n  --c: (x;y)\n}\nbox { --a: 3 }\n"
    assert SourceText(text).without_declarations((":root",), {"--c", "--a"}) == (
        ":root {  /* kept */\n  --b: 2; /* why */\n}\nbox { --a: 3 }\n"
    )
    assert SourceText(text).without_declarations((":root",), {"--z"}) == text


# --- the command line


def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setattr("sys.argv", ["berth", "theme", "adjust", *words])
    return main()


def test_the_command_line(
    places: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    choose(places[1], "mine")
    sheet = places[1] / "adjusted/mine.css"
    assert run(tmp_path, monkeypatch, "gap=12", "desk=rebeccapurple", "face=My Sans") == 0
    assert sheet.read_text() == ':root {\n  --gap: 12px;\n  --desk: rebeccapurple;\n  --face: "My Sans";\n}\n'
    assert run(tmp_path, monkeypatch, "gap=2", "gap2=3") != 0
    assert "There are: gap, desk, edge, face." in capsys.readouterr().err
    assert run(tmp_path, monkeypatch, "gap=99") != 0
    assert "From 0px to 20px." in capsys.readouterr().err
    assert run(tmp_path, monkeypatch, "gap") != 0
    assert "--gap: 12px" in sheet.read_text(), "all or nothing"
    assert run(tmp_path, monkeypatch, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told[0] == {
        "property": "gap",
        "label": "Room",
        "value": "12px",
        "default": "6px",
        "changed": True,
        "takes": "0px to 20px",
    }
    assert run(tmp_path, monkeypatch, "--reset", "gap") == 0
    assert "--gap" not in sheet.read_text() and "--desk" in sheet.read_text()
    assert run(tmp_path, monkeypatch, "--reset") == 0
    assert not sheet.exists()
    assert run(tmp_path, monkeypatch) == 0
    assert "Typeface" in capsys.readouterr().out


def test_a_config_that_cannot_be_written(places: tuple[Path, Path]) -> None:
    theme, config = places
    (config / "adjusted").write_text("a file where the folder should be")
    adjustments, _stack, _engine = opened(theme, config)
    with pytest.raises(Problem):
        adjustments.change("--gap", "12")
        adjustments.keep()
    adjustments.forget()
    assert not adjustments.pending


# --- what ships

ACCENTS = (
    "#ff0000",
    "#ff8800",
    "#ffff00",
    "#88ff00",
    "#00ff00",
    "#00ffaa",
    "#00ffff",
    "#8800ff",
    "#ff00ff",
    "#000",
    "#fff",
)


def test_the_accent_as_shipped_is_that_of_the_tokens(tmp_path: Path) -> None:
    """What reads tokens alone, and the look before any sheet is read, has the same colours."""
    _adjustments, stack, _engine = opened(SHIPPED / "default", tmp_path)
    tokens = json.loads((SHIPPED / "default/tokens.json").read_text())
    for seen in SITUATIONS[:4]:
        engine = Engine(stack.read(seen.contexts), seen.environment)
        style = engine.style(engine.elements.make("desktop"))
        shown = parse_tokens(json.dumps(tokens), "tokens.json").resolve(seen.contexts)
        for name in ("accent", "accentHover", "accentPressed", "focus", "link", "selected"):
            text = style.customs[property_name(f"color.{name}")].text
            color = resolve(read_color(Stream(tinycss2.parse_component_value_list(text))), style.scheme, BLACK)
            assert isinstance(color, Color)
            assert hexadecimal(color.srgb()[:3]) == str(shown[f"color.{name}"])[:7], (seen.name, name)


@pytest.mark.parametrize(
    ("theme", "name", "value"),
    [
        *(("default", "--desktop-accent", accent) for accent in ACCENTS),
        ("trellis", "--hue", "-120"),
        ("trellis", "--hue", "60"),
        ("glass", "--density", "1"),
        ("paper", "--edge", "dotted"),
    ],
)
def test_words_can_be_read_whatever_is_adjusted(tmp_path: Path, theme: str, name: str, value: str) -> None:
    adjustments, stack, _engine = opened(SHIPPED / theme, tmp_path)
    adjustments.change(name, value)
    for seen in SITUATIONS[:3]:
        engine = Engine(stack.read(seen.contexts), seen.environment)
        assert [weakness.finding for weakness in Look(engine, seen, SHIPPED / theme).weaknesses()] == []


@pytest.mark.parametrize("theme", ["default", "trellis", "glass", "paper", "beige"])
def test_what_ships_has_something_to_adjust(tmp_path: Path, theme: str) -> None:
    adjustments, _stack, _engine = opened(SHIPPED / theme, tmp_path)
    settings = adjustments.settings()
    assert settings
    for setting in settings:
        assert setting.knob.written(setting.value) and setting.value == setting.standard
