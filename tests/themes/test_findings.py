"""What the author of a sheet is told, and where."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from berth.themes.findings import Finding, lines
from berth.themes.folder import Folder
from berth.themes.rules import Rule
from berth.themes.sheet import SheetReader
from berth.themes.stream import written

CASES = [
    ("a { colr: red }", 1, 5, "property-unknown", "Did you mean “color”?"),
    ("a {\n  color: red;\n  width: 3 potatoes;\n}", 3, 10, "value-invalid", "Expected a length"),
    ("a {\n  color: rod;\n}", 2, 10, "value-invalid", "Expected a colour"),
    ("a { width: 3remm }", 1, 12, "value-invalid", "Did you mean “rem”?"),
    ("b { color: red }\na:hovr { color: red }", 2, 3, "selector-invalid", "Did you mean “hover”?"),
    ("@meda (width > 1px) { }", 1, 1, "at-rule-unknown", "Did you mean “media”?"),
    ("@media (widht > 1px) { a { color: red } }", 1, 9, "condition-unknown", "Did you mean “width”?"),
    ("a { text-align: centre }", 1, 17, "value-invalid", "Did you mean “center”?"),
    ("a {\n  &:hover {\n    opacty: 1;\n  }\n}", 3, 5, "property-unknown", "Did you mean “opacity”?"),
    ("@layer x {\n\n  a { colr: red }\n}", 3, 7, "property-unknown", "Did you mean “color”?"),
    ("a { color: red", 0, 0, "", ""),
    ("nonsense", 1, 1, "rule-invalid", "{ … }"),
    ('@property --x { syntax: "<colour>"; inherits: true; initial-value: red }', 1, 25, "property-invalid", "color"),
    ("@property --x { syntaxx: 1 }", 1, 17, "property-invalid", "Did you mean “syntax”?"),
    ("@keyframes spin { middle { opacity: 1 } }", 1, 19, "keyframes-invalid", ""),
    ("a { width: calc(1px + 2) }", 1, 12, "value-invalid", ""),
    ("@container (size > 1px) { a { color: red } }", 1, 13, "condition-unknown", ""),
    ("a { @font { } }", 1, 5, "at-rule-unknown", ""),
    (":root { --color-accent: 12px }", 1, 25, "value-invalid", "Expected a colour"),
    (":root { --radius-lg: red }", 1, 22, "value-invalid", "Expected a length"),
    (":root { --duration-fast: 3 }", 1, 26, "value-invalid", "Expected a time"),
    (":root { --opacity-muted: half }", 1, 26, "value-invalid", "Expected a number"),
    (":root { --font-body: big }", 1, 22, "value-invalid", "Expected a length"),
    (":root { --font-bold: 600px }", 1, 22, "value-invalid", "Expected a number"),
    (":root { --font-family: 12px, sans-serif }", 1, 24, "value-invalid", "Expected a name"),
    (":root { --size-panel: -3px }", 1, 23, "value-invalid", ""),
    (":root { --color-accent: }", 1, 9, "value-invalid", "Expected a colour"),
    (":root { --color-accent: var(--mine); --mine: 12px; --space-md: 0; --font-bold: calc(500 + 100) }", 0, 0, "", ""),
    ("a { color: rde }", 1, 12, "value-invalid", "Did you mean “red”?"),
    ("a { color: oklhc(0.5 0.1 200) }", 1, 12, "value-invalid", "Did you mean “oklch”?"),
    ("a { background: linear-gradient(to lft, red, blue) }", 1, 36, "value-invalid", "a side or a corner"),
    ("a { background: url(x.png), linear-gradient(45, red, blue) }", 1, 45, "value-invalid", "45deg"),
    ("a { background-image: linear-gradent(red, blue) }", 1, 23, "value-invalid", "Did you mean “linear-gradient”?"),
    ("a { border: 1px solid rgb(1 2) }", 1, 29, "value-invalid", ""),
    ("a { background: url(http://x.org/a.png) red }", 1, 17, "value-invalid", "the theme's folder"),
    ("a { border-image: url('../a.png') 1 }", 1, 19, "value-invalid", "the theme's folder"),
    ("a { display: flex }", 1, 5, "property-unknown", "Where things are is up to the desktop."),
    ("a { justify-content: center }", 1, 5, "property-unknown", "Where things are is up to the desktop."),
    ("a { colum: red }", 1, 5, "property-unknown", ""),
    ("a { transition: color 12 }", 1, 23, "value-invalid", "Expected a time"),
    ("a { opacity: 1\n  border-radius: 3px; }", 2, 3, "value-invalid", "Put a semicolon before “border-radius”."),
    ("a { opacity: 1 !importnt }", 1, 16, "value-invalid", "Did you mean “!important”?"),
    ("a { opacity 1; color: red }", 1, 14, "syntax", "name: value;"),
    ("// mine\na { color: red }", 1, 1, "selector-invalid", "Comments are written /* … */."),
    ("a { color: red } }\nb { color: red }", 1, 18, "selector-invalid", "This bracket closes nothing."),
    ("@media (max-widht: 1px) { a { color: red } }", 1, 9, "condition-unknown", "Did you mean “max-width”?"),
    ("@media min-width: 1px { a { color: red } }", 1, 17, "condition-unknown", "(min-width: 600px)"),
    ("a { width: -3px } b { padding: -3px }", 1, 12, "value-invalid", ""),
]


@pytest.mark.parametrize(("text", "line", "column", "code", "hint"), CASES, ids=[case[0] for case in CASES])
def test_a_finding_names_place_and_remedy(text: str, line: int, column: int, code: str, hint: str) -> None:
    findings = SheetReader("style.css").read(text).findings
    if not code:
        assert findings == []
        return
    found = findings[0]
    assert (found.code, found.line, found.column, found.file) == (code, line, column, "style.css")
    assert hint in found.hint
    assert str(found).startswith(f"style.css:{line}:{column}: ")


def test_a_finding_moves_with_its_rule() -> None:
    reader = SheetReader("style.css")
    assert reader.read("a { colr: red }").findings[0].line == 1
    assert reader.read("\n\n\na { colr: red }").findings[0].line == 4


TOKENS = [
    ('{"color": {"$type": "color",\n  "accent": {"$value": "red"}}}', 2, 3, "#1a334d"),
    (
        '{"color": {"$type": "color",\n  "accent": {"$value": "{color.txt}"}, "text": {"$value": "#000000"}}}',
        2,
        3,
        "text",
    ),
    (
        '{"color": {\n"accent": {"$type": "dimension", "$value": {"value": 3, "unit": "px"}}}}',
        2,
        1,
        "Expected a colour",
    ),
    ('{"size": {"panel": {"$type": "number", "$value": 40}}}', 1, 11, "Expected a length"),
    ('{"color": {"$type": "color",\n}}', 2, 1, "JSON"),
    (
        '{"color": {"$type": "color", "accent": {"$value": "#ff0000"}}, "$extensions": {"berth.modifiers": {"scheme":\n'
        '  {"light": {"color": {"accent": {"$value": "red"}}}}}}}',
        *(2, 24, "#1a334d"),
    ),
    (
        '{"color": {"$type": "color", "accent": {"$value": "#ff0000"}}, "$extensions": {"berth.modifiers": {"scheme":\n'
        '  {"light": {"color": {"acent": {"$value": "#00ff00"}}}}}}}',
        *(2, 24, "color.accent"),
    ),
]


@pytest.mark.parametrize(("text", "line", "column", "hint"), TOKENS)
def test_a_finding_in_tokens_names_place_and_remedy(
    tmp_path: Path, text: str, line: int, column: int, hint: str
) -> None:
    (tmp_path / "tokens.json").write_text(text)
    (found,) = Folder(tmp_path, ("theme",)).read({"scheme": "light"}).findings
    assert (found.line, found.column, found.file) == (line, column, str(tmp_path / "tokens.json"))
    assert hint in found.hint and str(tmp_path) not in found.message


def test_names_of_tokens_and_families_may_hold_anything(tmp_path: Path) -> None:
    (tmp_path / "tokens.json").write_text(
        '{"color": {"$type": "color", "blue 500/b": {"$value": "#102030"}, "accent": {"$value": "{color.blue 500/b}"}},'
        '"font": {"$type": "fontFamily", "family": {"$value": ["3270", "sans-serif"]}, "monospace": {"$value": "Größe"}'
        "}}"
    )
    part = Folder(tmp_path, ("theme",)).read({"scheme": "light"})
    assert part.findings == []
    (rule,) = [item for item in part.items if isinstance(item, Rule)]
    assert {name: "".join(map(written, one.tokens)) for name, one in rule.block.customs.items()} == {
        "--color-accent": "#102030",
        "--font-family": '"3270", sans-serif',
        "--font-monospace": "Größe",
    }


def test_people_read_one_of_a_kind_for_each_place() -> None:
    one = Finding("warning", "contrast", "panel: too pale.", "Darker.", "style.css", 3, 1)
    others = [replace(one, message="task: too pale."), replace(one, message="tag: too pale.")]
    elsewhere = [replace(one, line=4), replace(one, line=0), replace(one, line=0, message="key: too pale.")]
    assert list(lines([one, *others, *elsewhere])) == [
        "warning: style.css:3:1: panel: too pale. Darker. (2 more like it here)",
        "warning: style.css:4:1: panel: too pale. Darker.",
        "warning: style.css: panel: too pale. Darker.",
        "warning: style.css: key: too pale. Darker.",
    ]
    assert list(lines([replace(one, message="\x1b[2J")])) == ["warning: style.css:3:1: �[2J Darker."]
