"""``berth theme check``: a sheet with one fault has one finding, at its place."""

from __future__ import annotations

from pathlib import Path

import pytest
import tinycss2

from berth.themes import lint
from berth.themes.engine import Engine
from berth.themes.findings import ERROR, Finding
from berth.themes.lint import check
from berth.themes.reach import reachable
from berth.themes.selector_grammar import read_selectors
from berth.themes.situations import SITUATIONS
from berth.themes.vocabulary import KINDS, element_at, paths
from tests.themes.packing import TOML, folder_of, png

DEFAULT = Path(__file__).parents[2] / "themes/default"


def found(place: Path, sheet: str, **more: bytes) -> list[Finding]:
    theme = {"theme.toml": TOML, "style.css": sheet.encode()}
    theme |= {name.replace("__", "."): data for name, data in more.items()}
    return check(folder_of(theme, place / "mine"), DEFAULT)


def test_nesting_that_makes_a_few_words_endless_is_looked_through_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lint, "SITUATIONS", SITUATIONS[:1])
    nested = "panel, menu[use] { " + "& & &, & & { " * 14 + "color: red" + " }" * 15
    assert {finding.code for finding in found(tmp_path, nested)} == {"selector-unused"}


SOUND = """/* What a careful author writes has no findings. */
:root { --color-accent: light-dark(#1b4fbf, #9db8ff); --mine: 3px; }
desktop { background: linear-gradient(black, navy) #222; }
menu { background-image: linear-gradient(light-dark(white, black), light-dark(#fafafa, #111)); }
button { border-radius: var(--mine); background-color: #eee; color: #111;
  &:hover { background-color: #ddd; } &:active { background-color: #ccc; }
  @media (prefers-color-scheme: dark) { background-color: #222; color: #eee;
    &:hover { background-color: #333; } &:active { background-color: #444; } } }
@app org.example.app { window { border-radius: 0; } }
@keyframes rise { from { opacity: 0 } }
@keyframes fall { to { opacity: 0 } }
:root { --way: fall; --a: var(--mine); --icon-close: none; --sound-bell: none; }
tile { --a: 2px; padding: var(--a); animation: var(--way) 1s; transition: opacity 1s, --a 1s, all 2s; }
task { animation: rise 1s; --dock-edge: left; }
window:focus titlebar, menu > item:is(:hover, :active), launcher.full { letter-spacing: 0.2px; }
"""

FAULTS = [
    ("field { border-color: #ddd }\n", "contrast", 1, 9, "the edge of it"),
    ("\nprogress { color: var(--color-pressed) }", "contrast", 2, 12, "how far it is"),
    ("button:focus-visible { outline-color: #eee }", "contrast", 1, 24, "the focus"),
    ("item:focus-visible { outline: none; background: none }", "state-missing", 1, 37, "focus"),
    ("field:focus { border-color: light-dark(#eee, #222) }", "contrast", 1, 15, "the focus"),
    ("choice:checked { border-color: light-dark(#ddd, #444) }", "contrast", 1, 18, "the chosen one"),
    ("tile:current { border-color: #eee }", "contrast", 1, 16, "the chosen one"),
    ("menu label { color: #ccc }", "contrast", 1, 14, "words"),
    ("menu { background-image: linear-gradient(white, #777) }", "contrast", 1, 8, "words"),
    (
        "menu { container-type: size }\n@container (width > 1px) { menu label { color: #ccc } }",
        *("contrast", 2, 41, "words"),
    ),
    ("tile { background-color: light-dark(#fff, #111) }", "state-missing", 1, 8, "hover"),
    ("task:active { background-color: transparent }", "state-missing", 1, 15, "active"),
    ("choice:hover { background-color: light-dark(#ddd, #222) }", "state-alone", 1, 16, "active"),
    (":root { --size-target: 40px }", "target-small", 1, 9, "44px"),
    (
        "@media (pointer: coarse) {\n  :root { --size-control: 24px }\n}",
        "target-small",
        2,
        11,
        "--size-control is 24px",
    ),
    ("menu { filter: contrast(0.2) }", "contrast", 1, 8, "menu"),
    ("notice { filter: blur(3px) }", "words-blurred", 1, 10, "blurred by 3px"),
    ("buton { z-index: 1 }", "element-unknown", 1, 1, "“buton”"),
    ("panel:hover { z-index: 1 }", "selector-unused", 1, 1, "never “:hover”"),
    ("label.primary { z-index: 1 }", "selector-unused", 1, 1, "never “.primary”"),
    ("panel menu { z-index: 1 }", "selector-unused", 1, 1, "panel menu"),
    ("window { z-index: 1;\n  & panel { z-index: 1 } }", "selector-unused", 2, 3, "“window panel”"),
    ("panel { z-index: 1;\ntile { z-index: 1 }", "selector-unused", 2, 1, "“panel tile”"),
    ("panel { --color-acent: red }", "custom-unused", 1, 9, "--color-acent"),
    ("panel { color: var(--color-txt) }", "custom-unknown", 1, 9, "--color-txt"),
    ("panel { animation: nokey 1s }", "keyframes-unknown", 1, 9, "“nokey”"),
    ("@keyframes sink { to { opacity: 0 } }", "keyframes-unused", 1, 12, "“sink”"),
    ("panel { transition: opacty 1s }", "property-unknown", 1, 9, "“opacty”"),
    ("panel { border-color: var(--color-txt, red) var(--color-txt) }", "custom-unknown", 1, 9, "--color-txt"),
    ("panel { --a: calc(var(--a) + 1px); width: var(--a) }", "custom-circle", 1, 9, "(--a → --a)"),
    (
        "panel { --a: var(--b); --b: var(--c) var(--a); --c: var(--b); margin: var(--a) var(--c) }",
        *("custom-circle", 1, 24, "(--b → --c → --b)"),
    ),
    (
        ":root { --a: var(--b) }\n:root { --b: var(--c, red); --c: var(--a) }",
        *("custom-circle", 1, 9, "(--a → --b → --c → --a)"),
    ),
    ("panel { --dock-shown: alwys }", "value-invalid", 1, 9, "“alwys” is no value of --dock-shown"),
    (
        '@property --x { syntax: "<length>"; inherits: true; initial-value: 1px }\npanel { width: var(--x); --x: red }',
        *("value-invalid", 2, 26, "“red” is no value of --x"),
    ),
    (
        "panel { padding: var(--color-accent) 3px }",
        *("value-invalid", 1, 9, "“var(--color-accent) 3px” is no value of padding where --color-accent is"),
    ),
    (
        "panel { --x: 3px } panel button { border-color: var(--x); letter-spacing: var(--x) }",
        *("value-invalid", 1, 35, "where --x is 3px"),
    ),
    (
        ":root { --mine: 3px;\n  --color-tile3: var(--mine) }",
        *("value-invalid", 2, 3, "“var(--mine)” is no value of --color-tile3: “3px” does not fit here"),
    ),
    (
        "panel { container-name: size }\n@container (width > 1px) { label { z-index: 1 } }",
        *("container-unused", 2, 28, "@container"),
    ),
    ("tile:first-child { z-index: 1 }", "siblings-unknown", 1, 1, "“tile:first-child”"),
    ("tile {\n  &:not(:nth-child(2n)) { z-index: 1 } }", "siblings-unknown", 2, 3, "only child"),
    ("task + task { z-index: 1 }", "siblings-unknown", 1, 1, "“task + task” matches nothing"),
    (":root { --icon-close: red }", "value-invalid", 1, 9, "“red” is no value of --icon-close"),
    (":root { --sound-bell: none none }", "value-invalid", 1, 9, "“none” does not fit here"),
    (":root { --cursor-default: none 3 }", "value-invalid", 1, 9, "“3” does not fit here"),
    (
        ":root { --one: red; --two: 3px; --color-tile3: var(--one) } window { opacity: 1 }\n"
        "@media (prefers-color-scheme: light) { :root { --color-tile3: var(--two) } }",
        *("value-invalid", 2, 48, "“var(--two)” is no value of --color-tile3"),
    ),
    ("panel { background-image: url(none.png) }", "theme-file", 1, 9, "none.png"),
    ("panel { background-image: url(theme.toml) }", "theme-picture", 1, 9, "theme.toml"),
]


def test_a_sound_sheet_has_no_findings(tmp_path: Path) -> None:
    assert [str(finding) for finding in found(tmp_path, SOUND)] == []


@pytest.mark.parametrize(("sheet", "code", "line", "column", "word"), FAULTS, ids=[fault[0][:32] for fault in FAULTS])
def test_one_fault_is_one_kind_of_finding(
    tmp_path: Path, sheet: str, code: str, line: int, column: int, word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Each of them is one in light already, and for fingers.
    monkeypatch.setattr(lint, "SITUATIONS", (SITUATIONS[0], SITUATIONS[4]))
    findings = found(tmp_path, sheet)
    assert {finding.code for finding in findings} == {code}, [str(finding) for finding in findings]
    first = findings[0]
    assert (first.line, first.column) == (line, column)
    assert word in first.message and first.hint
    assert first.file == str(tmp_path / "mine/style.css")


def test_what_is_weak_in_one_situation_only_is_found(tmp_path: Path) -> None:
    sheets = {"dark, desktop": "(prefers-color-scheme: dark)", "high contrast": "(prefers-contrast: more)"}
    sheets |= {"phone": "(form-factor: phone)", "tablet": "(form-factor: tablet)"}
    for name, condition in sheets.items():
        (finding,) = found(tmp_path / name, f"@media {condition} {{ quote {{ color: var(--color-surface-sunken) }} }}")
        assert name in finding.message and finding.message.startswith("prompt quote: words")


def test_names_have_a_nearest_one(tmp_path: Path) -> None:
    hints = {
        finding.hint for finding in found(tmp_path, "buton, label.primry { z-index: 1 } panel { --color-acent: red }")
    }
    assert {"Did you mean “button”?", "Did you mean “primary”?", "Did you mean “--color-accent”?"} <= hints
    (finding,) = found(tmp_path / "two", "task:maximized { z-index: 1 }")
    assert finding.hint in ("Did you mean “minimized”?", "Did you mean “maximized”?")


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"unused__png": png()}, "file-unused"),
        ({"unused__css": b"menu { z-index: 1 }"}, "file-unused"),
        ({"damaged__png": png()[:-5]}, "theme-picture"),
        ({"code__qml": b"import QtQuick"}, "theme-refused"),
        ({"theme__toml": TOML.replace(b'"MIT"', b'""')}, "license-missing"),
        ({"theme__toml": b'id = "No id"'}, "theme-invalid"),
    ],
)
def test_files_are_looked_at(tmp_path: Path, more: dict[str, bytes], code: str) -> None:
    assert [finding.code for finding in found(tmp_path, "panel { z-index: 1 }", **more)] == [code]


def test_only_what_would_not_be_drawn_is_an_error(tmp_path: Path) -> None:
    sheet = "panel { background-image: url(none.png) } buton { z-index: 1 }"
    severities = {finding.code: finding.severity for finding in found(tmp_path, sheet)}
    assert severities["theme-file"] == ERROR and severities["element-unknown"] != ERROR


def test_whatever_matches_an_element_is_reachable() -> None:
    """No rule is called useless that is not."""
    engine = Engine()
    elements = [element_at(engine.elements, path) for path in paths()]
    texts = [*KINDS, "*", ":root", ":hover", "button:not(.flat)", ":is(menu, panel) *", "desktop > *", "window:focus *"]
    texts += ["prompt > button.primary:hover", "titlebar label", ":where(.full)", "task:is(:hover, :urgent)"]
    for text in texts:
        for selector in read_selectors(tinycss2.parse_component_value_list(text), None):
            matched = {element.type for element in elements if selector.matches(element)}
            assert matched <= reachable(selector), text


LOOSE = [
    ('{"color": {"$type": "color",\n  "acent": {"$value": "#8040c0"}}}', "token-unused", 2, 3, "“color.accent”"),
    ('{"colour": {"$type": "color", "accent": {"$value": "#ff0000"}}}', "token-unused", 1, 31, "“color.accent”"),
    (
        '{"$extensions": {"berth.modifiers": {"scheme": {"drak": {}}}}}',
        *("context-unknown", 1, 49, "“dark”"),
    ),
    ('{"$extensions": {"berth.modifiers": {"shceme": {"dark": {}}}}}', "context-unknown", 1, 38, "“scheme”"),
    ('{"$extensions": {"berth.modifiers": {"contrast": {"low": {}}}}}', "context-unknown", 1, 51, "It can be high."),
    (
        '{"palette": {"$type": "color", "one": {"$value": "#1b4fbf"}, "500": {"$value": "#111111"},'
        '"two": {"$value": "#1b4fbf"}},\n'
        '"size": {"$type": "dimension", "mine": {"$value": {"value": 3, "unit": "px"}}}, "color": {"$type": "color",\n'
        '"tile1": {"$value": "{palette.one}"}}, "$extensions": {"berth.modifiers": {"scheme": {"dark": {"color": {\n'
        '"tile1": {"$value": "{palette.two}"}}}}, "formFactor": {"phone": {}}, "motion": {"reduced": {}}}}}',
        *("", 0, 0, ""),
    ),
]


@pytest.mark.parametrize(("text", "code", "line", "column", "hint"), LOOSE)
def test_tokens_that_nothing_uses_are_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, code: str, line: int, column: int, hint: str
) -> None:
    monkeypatch.setattr(lint, "SITUATIONS", SITUATIONS[:1])
    findings = found(
        tmp_path, "panel { letter-spacing: var(--size-mine) }" if not code else "", tokens__json=text.encode()
    )
    assert [finding.code for finding in findings] == [code] * bool(code), [str(finding) for finding in findings]
    for finding in findings:
        assert (finding.file, finding.line, finding.column) == (str(tmp_path / "mine/tokens.json"), line, column)
        assert hint in finding.hint
