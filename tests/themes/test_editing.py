"""Where values come from, and edits of sheets that leave all else as it is."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from berth.core.problem import Problem
from berth.themes.computed import _Computation
from berth.themes.drafts import Drafts
from berth.themes.element import Element
from berth.themes.engine import Engine
from berth.themes.environment import Environment
from berth.themes.findings import Invalid
from berth.themes.provenance import Explained, Provenance, holds_here
from berth.themes.rules import Block, Rule
from berth.themes.selector_text import resolved
from berth.themes.sheet import SheetReader
from berth.themes.source import SourceText, check_value, merged, stepped
from tests.themes.generate import Generator, Newer
from tests.themes.judging import built

SETTINGS = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def box(text: str, **description: object) -> tuple[Engine, Element]:
    engine = Engine(SheetReader("test.css").read(text).items)
    return engine, engine.elements.make("box", engine.elements.make("root"), **description)  # type: ignore[arg-type]


# --- where values come from


@given(kind=st.sampled_from([Generator, Newer]), seed=st.integers(0, 1 << 30))
@SETTINGS
def test_what_is_said_to_count_is_what_the_cascade_takes(kind: type[Generator], seed: int) -> None:
    generator = kind(seed)
    text = "".join(generator.statement() for _ in range(10))
    engine = Engine(SheetReader("a").read(text).items)
    for element, _ in built(engine, generator.tree()):
        rules = engine.style(element).rules
        work = _Computation(rules, None, None, Environment(), engine.registry)
        explained = Explained(rules, work._direction or "ltr")
        said = {name: line.declaration for name, line in explained.winners.items()}
        assert said == {**work._winners, **work._custom_winners}
        lines = [line for _rule, lines in explained.lines for line in lines]
        for line in lines:
            assert set(explained.beaten(line)) == {n for n in line.names if said[n] is not line.declaration}
        blocks = list(dict.fromkeys(rule.block for rule in reversed(rules)))
        assert [rule.block for rule, _ in explained.lines] == blocks


def test_what_is_overridden_names_what_overrides_it() -> None:
    engine, element = box("box { color: red; padding: 1px } .a { color: blue; padding-left: 2px }", classes=["a"])
    explained = Provenance(engine, element).explained()
    (_strong, (blue, left)), (_weak, (red, padding)) = explained.lines
    assert explained.beaten(red) == {"color": blue}
    assert explained.beaten(padding) == {"padding-left": left}
    assert explained.beaten(blue) == explained.beaten(left) == {}


@pytest.mark.parametrize(
    ("sheet", "name", "where", "column"),
    [
        ("root { color: red }", "color", "root", 8),
        ("root { color: red } box { color: inherit }", "color", "root", 8),
        ("root { color: red } box { color: initial }", "color", "box", 27),
        ("root { color: red } box { color: unset }", "color", "root", 8),
        ("root { opacity: 0.5 }", "opacity", "box", 0),
        ("root { opacity: 0.5 } box { opacity: inherit }", "opacity", "root", 8),
        ("root { --x: 1 }", "--x", "root", 8),
        ("@property --x { syntax: '*'; inherits: false } root { --x: 1 }", "--x", "box", 0),
        ("@layer a { box { opacity: 0.5 } } @layer b { box { opacity: revert-layer } }", "opacity", "box", 18),
        ("", "color", "root", 0),
    ],
)
def test_the_origin_of_a_value(sheet: str, name: str, where: str, column: int) -> None:
    engine, element = box(sheet)
    origin = Provenance(engine, element).origin(name)
    assert origin.element.type == where
    assert (origin.line.declaration.place.column if origin.line else 0) == column


def test_what_leads_to_no_value_is_known() -> None:
    engine, element = box("box { color: var(--no); width: var(--w); height: var(--no, 1px); --w: red; --v: var(--no) }")
    style = engine.style(element)
    lines = Explained(style.rules).lines[0][1]
    assert [holds_here(line, style) for line in lines] == [False, False, True, True, False]


@given(seed=st.integers(0, 1 << 30))
@SETTINGS
def test_a_selector_written_out_selects_the_same(seed: int) -> None:
    generator = Generator(seed)
    rules = [
        i for i in SheetReader("a").read("".join(generator.statement() for _ in range(8))).items if isinstance(i, Rule)
    ]
    engine = Engine()
    elements = [element for element, _ in built(engine, generator.tree())]
    for rule in rules:
        text = resolved(rule.selector)
        (again,) = [i for i in SheetReader("b").read(f"{text} {{ color: red }}").items if isinstance(i, Rule)]
        assert [rule.selector.matches(one) for one in elements] == [again.selector.matches(one) for one in elements]


def test_a_nested_selector_is_written_out() -> None:
    text = "button { &.start { &:hover { color: red } } } a, b { & > c { color: red } }"
    text += "d { window:focus & { color: red } }"
    written = [resolved(item.selector) for item in SheetReader("a").read(text).items if isinstance(item, Rule)]
    assert written == ["button.start:hover", ":is(a, b) > c", "window:focus d"]


# --- edits


def declared(text: str) -> list[tuple[Rule, str, str, bool]]:
    blocks: dict[Block, Rule] = {}
    for item in SheetReader("a").read(text).items:
        if isinstance(item, Rule):
            blocks.setdefault(item.block, item)
    source = SourceText(text)
    found = []
    for block, rule in blocks.items():
        for declaration, important in block.declared:
            place = source.declaration(declaration.place.line, declaration.place.column)
            assert place is not None and place.name.lower() == declaration.name.lower()
            found.append((rule, declaration.name, source.value(place), important))
    return found


_GAPS = ("\n", "\r\n", " /* a ; } { */ ", "\n\n  ", "\t", "\f", "\r", "/*/**/\n", " ")


@given(
    seed=st.integers(0, 1 << 30), gaps=st.lists(st.sampled_from(_GAPS), min_size=12, max_size=12), pick=st.integers(0)
)
@SETTINGS
def test_another_value_and_every_other_byte_the_same(seed: int, gaps: list[str], pick: int) -> None:
    generator = Generator(seed)
    text = "".join(f"{gap}{generator.statement()}" for gap in gaps)
    text = text.replace(";", f"{gaps[0]};{gaps[1]}").replace("{", f"{{{gaps[2]}")
    before = declared(text)
    if not before:
        return
    at = pick % len(before)
    rule, name, _value, important = before[at]
    blocks = list(dict.fromkeys(i.block for i in SheetReader("a").read(text).items if isinstance(i, Rule)))
    flat = [declaration for block in blocks for declaration, _ in block.declared]
    source = SourceText(text)
    found = source.declaration(flat[at].place.line, flat[at].place.column)
    assert found is not None
    new = source.replaced(found, "inherit")
    assert new == text[: found.value_start] + "inherit" + text[found.value_end :]
    after = declared(new)
    assert [one[1:] for one in after] == [
        one[1:] if place != at else (name, "inherit", important) for place, one in enumerate(before)
    ]
    assert [one[0].selector.text for one in after] == [one[0].selector.text for one in before]
    assert rule is before[at][0]


def edited(text: str, line: int, column: int, value: str) -> str:
    source = SourceText(text)
    found = source.declaration(line, column)
    assert found is not None
    return source.replaced(found, value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a { color: red }", "a { color: blue }"),
        ("a { color:red}", "a { color:blue}"),
        ("a { color: /* why */ red /* not */ ! /* ever */ important ; }",
         "a { color: /* why */ blue /* not */ ! /* ever */ important ; }"),
        ("a { color : red", "a { color : blue"),
        ("a { color: rgb(1 2 3); x: y }", "a { color: blue; x: y }"),
        ("a { --x:; }", None),
        ("a { COLOR: red; }", "a { COLOR: blue; }"),
    ],
)  # fmt: skip
def test_edits_case_by_case(text: str, expected: str | None) -> None:
    if expected is not None:
        assert edited(text, 1, 5, "blue") == expected
    else:
        assert edited(text, 1, 5, "blue") == "a { --x:blue; }"


@pytest.mark.parametrize(
    "value",
    ["red; opacity: 0", "red }", "red } b { color: red", "red !important", "/* red", "rgb(1 2 3", '"red', "red\\", "",
     "no-colour", "red" + " " * 5000, "{", "red)", "var(--x"],
)  # fmt: skip
def test_what_is_no_value_is_not_written(value: str) -> None:
    with pytest.raises(Invalid):
        check_value("color", value)


def test_custom_properties_take_what_css_lets_them() -> None:
    check_value("--x", "{ a: b; }")
    check_value("--x", "")
    for value in ("}", "a; b", "[", "!important"):
        with pytest.raises(Invalid):
            check_value("--x", value)


# --- overrides


@pytest.mark.parametrize(
    ("text", "around", "expected"),
    [
        ("", ["a"], "a {\n  color: red;\n}\n"),
        ("b { }", ["a", "&:hover"], "b { }\n\na {\n  &:hover {\n    color: red;\n  }\n}\n"),
        ("a { color: blue }", ["a"], "a { color: red }"),
        ("a { color: blue; color: green }", ["a"], "a { color: blue; color: red }"),
        ("a {\n  opacity: 0;\n}\n", ["a"], "a {\n  opacity: 0;\n  color: red;\n}\n"),
        ("a {\r\n  opacity: 0\r\n}", ["a"], "a {\r\n  opacity: 0;\r\n  color: red;\r\n}"),
        ("a { opacity: 0 /* x; */ }", ["a"], "a { opacity: 0; /* x; */\n  color: red;\n}"),
        ("a { b { color: blue } }", ["a", "b"], "a { b { color: red } }"),
        ("a { b { color: blue } }", ["a"], "a { b { color: blue }\n  color: red;\n}"),
        ("a/* x */,  b { }", ["a, b"], "a/* x */,  b {\n  color: red;\n}"),
        ("@layer x { a { } }", ["a"], "@layer x { a { } }\n\na {\n  color: red;\n}\n"),
    ],
)
def test_an_override_in_its_block(text: str, around: list[str], expected: str) -> None:
    assert SourceText(text).with_declaration(around, "color", "red") == expected
    assert SheetReader("a").read(expected).sound


def test_an_open_block_takes_no_override() -> None:
    with pytest.raises(Invalid):
        SourceText("a { color: red").with_declaration(["b"], "color", "red")


def test_the_blocks_around_a_declaration() -> None:
    text = '@media (width > 1px) { a[b="}"] /* { */ { &:hover { --x: {;}; color: red; } } }'
    source = SourceText(text)
    found = source.declaration(1, text.index("color") + 1)
    assert found is not None
    assert source.around(found) == ("@media (width > 1px)", 'a[b="}"]', "&:hover")


# --- numbers by the keys


@pytest.mark.parametrize(
    ("text", "cursor", "steps", "expected"),
    [
        ("12px", 1, "1", ("13px", 2)),
        ("12px", 4, "-10", ("2px", 1)),
        ("0.5", 1, "1", ("0.6", 3)),
        ("1.5em", 5, "0.1", ("1.6em", 3)),
        ("0 var(--space-2) 4px", 18, "1", ("0 var(--space-2) 5px", 18)),
        ("#123456", 3, "1", ("#123456", 3)),
        ("red", 1, "1", ("red", 1)),
        ("-1px", 0, "1", ("0px", 1)),
        ("rgb(1 2 3)", 5, "1", ("rgb(2 2 3)", 5)),
        ("", 0, "1", ("", 0)),
    ],
)
def test_stepping(text: str, cursor: int, steps: str, expected: tuple[str, int]) -> None:
    assert stepped(text, cursor, Decimal(steps)) == expected


# --- drafts


@pytest.mark.parametrize(
    ("before", "mine", "theirs", "both"),
    [
        ("a\nb\nc\n", "A\nb\nc\n", "a\nb\nC\n", "A\nb\nC\n"),
        ("a\nb\n", "A\nb\n", "A\nb\n", "A\nb\n"),
        ("a\nb\n", "A\nb\n", "X\nb\n", None),
        ("a\n", "a\nmine\n", "a\ntheirs\n", None),
        ("", "mine\n", "", "mine\n"),
        ("a\nb\n", "b\n", "a\nb\nc\n", "b\nc\n"),
    ],
)
def test_both_changes_or_neither(before: str, mine: str, theirs: str, both: str | None) -> None:
    assert merged(before, mine, theirs) == both


def test_a_draft_is_undone_written_and_never_over_what_others_wrote(tmp_path: Path) -> None:
    file = tmp_path / "style.css"
    file.write_bytes(b"a { }\r\nb { }\r\nc { }\r\n")
    file.chmod(0o640)
    drafts = Drafts({})
    for letter in "xy":
        before = drafts.text(file)
        drafts.change(file, f"a {{ {letter} }}\r\nb {{ }}\r\nc {{ }}\r\n")
        drafts.remember(file, before)
    assert drafts.pending and file.read_bytes().startswith(b"a { }")
    drafts.undo()
    assert drafts.text(file).startswith("a { x }")
    file.write_bytes(b"a { }\r\nb { }\r\nc { z }\r\n")
    assert drafts.write() == [file]
    assert file.read_bytes() == b"a { x }\r\nb { }\r\nc { z }\r\n"
    assert file.stat().st_mode & 0o777 == 0o640
    assert not drafts.pending and list(tmp_path.iterdir()) == [file]
    drafts.change(file, "mine\r\n")
    file.write_text("theirs\n")
    with pytest.raises(Problem, match="meanwhile"):
        drafts.write()
    assert file.read_text() == "theirs\n" and drafts.text(file) == "mine\r\n"
    drafts.drop()
    assert drafts.text(file) == "theirs\n"


def test_a_draft_of_a_file_that_is_not_there_makes_it(tmp_path: Path) -> None:
    file = tmp_path / "config/style.css"
    drafts = Drafts({})
    drafts.change(file, "a { }\n")
    drafts.remember(file, "")
    assert drafts.undo() == file
    assert not drafts.pending
    drafts.change(file, "a { }\n")
    drafts.write()
    assert file.read_text() == "a { }\n"


def test_a_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("")
    drafts = Drafts({})
    drafts.change(tmp_path / "plain/style.css", "a { }\n")
    with pytest.raises(Problem, match="could not be written"):
        drafts.write()
    assert drafts.pending
