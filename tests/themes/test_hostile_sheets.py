"""Sheets of strangers: nothing they hold makes the engine raise, hang or grow."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
import tinycss2
from hypothesis import given, settings
from hypothesis import strategies as st

from berth.themes import sheet as sheets
from berth.themes.engine import Engine
from berth.themes.findings import ERROR, MOST_FINDINGS
from berth.themes.folder import Folder
from berth.themes.rules import Rule
from berth.themes.sheet import MOST_RULES, SheetReader
from berth.themes.splitting import clean, split_rules
from tests.themes.conftest import Asked
from tests.themes.generate import Generator

PIECES = st.sampled_from(
    [
        *("a", "{", "}", "(", ")", "[", "]", ";", ":", "@media", "@layer", "@x", "/*", "*/", '"', "'", "\\", "\n", " "),
        *(
            "url(",
            "&",
            "calc(",
            "var(--x",
            "color",
            "red",
            "!important",
            "1px",
            ",",
            "--x",
            "<!--",
            "-->",
            "%",
            "\0",
            "é",
        ),
        "::part(",
        ":has(",
    ]
)


@given(st.lists(PIECES, max_size=60).map("".join) | st.text(max_size=80))
@settings(max_examples=400, deadline=None)
def test_any_text_can_be_read_and_applied(text: str) -> None:
    sheet = SheetReader("x.css").read(text)
    engine = Engine(sheet.items)
    engine.style(engine.elements.make("a", engine.elements.make("root")))
    assert all(
        0 <= finding.line <= text.count("\n") + text.count("\r") + text.count("\f") + 2 for finding in sheet.findings
    )


@given(st.lists(PIECES, max_size=60).map("".join))
@settings(max_examples=400, deadline=None)
def test_the_cut_is_that_of_the_tokeniser(text: str) -> None:
    """Cutting first and tokenising then gives the rules that tinycss2 finds in the whole."""
    text = clean(text)
    whole = [
        (tinycss2.serialize(node.prelude).strip(), node.content is not None)
        for node in tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True)
        if node.type in ("qualified-rule", "at-rule")
    ]
    pieces = []
    for piece in split_rules(text):
        tokens = tinycss2.parse_component_value_list(piece.prelude, skip_comments=True)
        at_rule = bool(tokens) and tokens[0].type == "at-keyword"
        if at_rule or piece.body is not None:
            rest = tokens[1:] if at_rule else tokens
            pieces.append((tinycss2.serialize(rest).strip(), piece.body is not None))
    assert pieces == whole


@given(st.integers(0, 1 << 30), st.integers(0, 400), st.text("{}()[];:\"'\\/*@&,.", max_size=3))
@settings(max_examples=150, deadline=None)
def test_a_damaged_sheet_can_be_read(seed: int, place: int, damage: str) -> None:
    text = Generator(seed).sheet(4)
    place %= len(text) + 1
    sheet = SheetReader("x.css").read(text[:place] + damage + text[place + 2 :])
    engine = Engine(sheet.items)
    engine.style(engine.elements.make("panel"))


@pytest.mark.parametrize(
    "text",
    [
        "a{" * 5000,
        "a {" + "&{}" * 21_000 + "}",
        ",".join(["a"] * 256) + "{" + "color: red; &{}" * 20_000 + "}",
        "a, b {" + "& & &, & & {" * 12 + ":has(&) { color: red }" + "}" * 13,
        "a." + "x" * 5000 + "{ :has(&) { color: red } }",
        "(" * 5000,
        "@media x {" * 500,
        "a { width: " + "calc(" * 500 + "1px" + ")" * 500 + " }",
        "a { color: " + "color-mix(in srgb, red, " * 200 + "red" + ")" * 200 + " }",
        ":is(" * 300 + "a" + ")" * 300 + " { color: red }",
        "a" + " a" * 5000 + " { color: red }",
        "a:has(" + "b " * 5000 + ") { color: red }",
        "a:has(" + ",".join("b" for _ in range(50_000)) + ") { color: red }",
        "a" + ":is(:has(b))" * 3000 + "::x { color: red }",
        ",".join("a" for _ in range(50_000)) + " { color: red }",
        "a { box-shadow: " + ",".join(["0 0 1px red"] * 20_000) + " }",
        "a { background: linear-gradient(" + ",".join(["red"] * 50_000) + ") }",
        "@media " + "(" * 400 + "width" + ")" * 400 + " { a { color: red } }",
        "a { width: calc(1px" + " + 1px" * 20_000 + ") }",
        "@layer " + ".".join("x" for _ in range(3000)) + ";",
        "a { color: red }" * 60_000,
        "x" * (2 << 20),
    ],
    ids=lambda text: text[:24],
)
def test_size_and_depth_are_bounded(text: str) -> None:
    sheet = SheetReader("x.css").read(text)
    engine = Engine(sheet.items)
    engine.style(engine.elements.make("a"))
    assert sheet.findings or len(text) < 1000


def test_rules_that_a_few_words_make_are_counted_as_they_are_made(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[object] = []
    monkeypatch.setattr(sheets, "Rule", lambda *parts: made.append(parts) or Rule(*parts))
    SheetReader("x.css").read(",".join(["a"] * 256) + "{" + "color: red; &{}" * 2000 + "}")
    assert MOST_RULES < len(made) <= MOST_RULES + 256


def test_what_rules_are_nested_in_is_kept_once() -> None:
    parents = ",".join(f"a.c{number}" for number in range(256))
    sheet = SheetReader("x.css").read(parents + "{" + "& & &.x { color: red }" * 50 + "}")
    tests = [test for item in sheet.items for one in item.selector.compounds for test in one.tests]
    assert len(tests) == 150 and len({id(test) for test in tests}) == 1


def test_a_billion_laughs_are_not_heard(value_of: Asked) -> None:
    lines = [f"--x{n}: var(--x{n - 1}) var(--x{n - 1}) var(--x{n - 1}) var(--x{n - 1});" for n in range(1, 40)]
    assert value_of("box { --x0: ha; " + "".join(lines) + "font-family: var(--x39, none) }", "--x39") == ""


TOKENS = [
    {"color": {"$type": "color", "a\n\n\n}\nb": {"$value": "#000000"}, "accent": {"$value": 1, "$type": "number"}}},
    {"color": {"$type": "color", "a:x;\n\n--color-accent: 12px;\nb": {"$value": "#000000"}}},
    {"color": {"(" * 40: {"$type": "color", "$value": "#000000"}}},
    {"opacity": {"$type": "number", "muted": {"$value": 10**400}}},
    {"font": {"$type": "fontFamily", "family": {"$value": ["\ud800", "a" * 1000] * 30}}},
    {"palette": {"$type": "fontFamily", "x": {"$value": ["a" * 900] * 60}}}
    | {"font": {f"f{number}": {"$type": "fontFamily", "$value": "{palette.x}"} for number in range(30)}},
]


@pytest.mark.parametrize("document", TOKENS)
def test_any_tokens_can_be_read(tmp_path: Path, document: dict[str, object]) -> None:
    text = json.dumps(document, indent=1)
    (tmp_path / "tokens.json").write_text(text)
    part = Folder(tmp_path, ("theme",)).read({"scheme": "light"})
    Engine(part.items)
    assert all(finding.line <= text.count("\n") + 1 for finding in part.findings)


@pytest.mark.parametrize(
    "text",
    [
        f'{{"opacity": {{"muted": {{"$type": "number", "$value": {"1" * 5000}}}}}}}',
        '{"a":' * 5000 + "{}" + "}" * 5000,
        '{"a":' * 900 + "{}" + "}" * 900,
        json.dumps({"palette": {"a" * 1000: {"$type": "color", "$value": "#000000"}}}),
        json.dumps({"font": {"family": {"$type": "fontFamily", "$value": ["a"] * 65}}}),
    ],
    ids=["number", "depth", "path", "name", "families"],
)
def test_tokens_are_bounded(tmp_path: Path, text: str) -> None:
    (tmp_path / "tokens.json").write_text(text)
    part = Folder(tmp_path, ("theme",)).read({"scheme": "light"})
    assert [finding.code for finding in part.findings] == ["tokens-invalid"]


def test_a_long_chain_of_properties_ends(value_of: Asked) -> None:
    chain = "".join(f"--x{n}: var(--x{n + 1});" for n in range(2000))
    assert value_of(f"box {{ {chain} --x2000: 1px; width: var(--x0, 7px) }}", "width") == "7px"


def test_deep_values_by_substitution_end(value_of: Asked) -> None:
    chain = "".join(f"--x{n}: calc(1px + var(--x{n - 1}));" for n in range(1, 300))
    assert value_of(f"box {{ --x0: 1px; {chain} width: var(--x299, 7px) }}", "width") == "7px"


def test_nesting_that_doubles_the_work_does_not() -> None:
    text = "a, a, a { " + "& & &, & & { " * 9 + "color: red" + " }" * 9 + " }"
    sheet = SheetReader("x.css").read(text)
    engine = Engine(sheet.items)
    element = engine.elements.make("a")
    for _ in range(30):
        element = engine.elements.make("a", element)
    start = time.process_time()
    engine.style(element)
    # Without memory of what matched this takes longer than the world exists.
    assert time.process_time() - start < 60


@pytest.mark.parametrize(
    "text",
    [
        "button { colr: red }\n" * 1000,
        "button {" + "colr: red;\n" * 1000 + "}",
        "panel {" + "buton { colr: red }\n" * 1000 + "}",
        "@media (width > 1px) {" + "button { colr: red }\n" * 1000 + "}",
        "@layer a { @media (width > 1px) { button {" + "colr: red;\n" * 1000 + "} } }",
    ],
)
def test_nobody_looks_for_more_errors_than_are_told(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    looked: list[str] = []
    real = SheetReader.failed
    monkeypatch.setattr(SheetReader, "failed", lambda reader, chunk: (looked.append(chunk.file), real(reader, chunk)))
    reader = SheetReader("x.css")
    sheet = reader.read(f"menu {{ color: red }}\n{text}")
    assert len(looked) == MOST_FINDINGS + 1
    assert not sheet.items
    assert len(sheet.findings) == MOST_FINDINGS
    assert all(finding.severity == ERROR and finding.line >= 2 for finding in sheet.findings)
    # Mended, it is read as any other.
    assert len(reader.read("menu { color: red }\nbutton { color: red }").items) == 2
