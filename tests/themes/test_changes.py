"""After a change: the same as from scratch, and only what changed is told."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from berth.themes.element import Element
from berth.themes.engine import Engine
from berth.themes.environment import Environment
from berth.themes.properties import PROPERTIES
from berth.themes.sheet import SheetReader
from tests.themes.generate import Generator, Newer
from tests.themes.judging import built

LIGHT, DARK = Environment(), Environment(scheme="dark", width=500, direction="rtl")
SETTINGS = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def texts(engine: Engine, elements: list[Element]) -> list[list[str]]:
    return [[engine.style(element).css(name) for name in PROPERTIES] for element in elements]


@given(
    kind=st.sampled_from([Generator, Newer]),
    seed=st.integers(0, 1 << 30),
    edits=st.lists(st.tuples(st.integers(0, 20), st.booleans()), max_size=4),
)
@SETTINGS
def test_incremental_equals_full(kind: type[Generator], seed: int, edits: list[tuple[int, bool]]) -> None:
    generator = kind(seed)
    rules = [generator.statement() for _ in range(8)]
    reader = SheetReader("case.css")
    engine = Engine(reader.read("\n".join(rules)).items, LIGHT)
    tree = generator.tree()
    elements = [element for element, _ in built(engine, tree)]
    before = texts(engine, elements)
    for place, dark in edits:
        if place % 3 == 0 and rules:
            rules.pop(place % len(rules))
        elif place % 3 == 1 and rules:
            rules[place % len(rules)] = generator.statement()
        else:
            rules.insert(place % (len(rules) + 1), generator.statement())
        text = "\n".join(rules)
        changed = engine.update(reader.read(text).items, DARK if dark else LIGHT)
        fresh = Engine(SheetReader("case.css").read(text).items, DARK if dark else LIGHT)
        after = texts(engine, elements)
        assert after == texts(fresh, [element for element, _ in built(fresh, tree)])
        for element, old, new in zip(elements, before, after, strict=True):
            really = {name for name, one, two in zip(PROPERTIES, old, new, strict=True) if one != two}
            assert really <= changed.get(element, set())
        before = after


_SMALL = (
    *("border-style: solid", "border-top-width: 3px", "border: none", "border-left: 2px dotted", "border-top: inherit"),
    *("border-right-width: unset", "border-bottom-style: revert-layer", "font-weight: 700", "letter-spacing: 1em"),
    *("letter-spacing: inherit", "padding: 1em", "width: inherit", "outline: 2px solid", "box-shadow: 0 0 2px"),
    *(
        "background-image: url(a.png)",
        "text-align: center",
        "color: red",
        "font-size: 2em",
        "--x: 1px",
        "padding: var(--x)",
    ),
    *("margin-inline-start: 1px", "opacity: 0.5 !important", "direction: rtl", "color-scheme: dark", "all: unset"),
)
"""Declarations that others depend on, and such as nothing depends on."""


@given(seed=st.integers(0, 1 << 30), edits=st.lists(st.tuples(st.integers(0, 60), st.sampled_from(_SMALL)), max_size=6))
@SETTINGS
def test_a_small_change_equals_full(seed: int, edits: list[tuple[int, str]]) -> None:
    generator = Newer(seed)
    rules = [generator.statement() for _ in range(6)]
    rules += [f"{generator.complex()} {{ {some} }}" for some in generator.random.sample(_SMALL, 4)]
    reader = SheetReader("case.css")
    engine = Engine(reader.read("\n".join(rules)).items)
    tree = generator.tree()
    elements = [element for element, _ in built(engine, tree)]
    texts(engine, elements)
    for number, small in edits:
        place, what = number % len(rules), number % 3
        rules[place : place + (what < 2)] = [f"{generator.complex()} {{ {small} }}"] if what else []
        engine.update(reader.read("\n".join(rules)).items)
        fresh = Engine(SheetReader("case.css").read("\n".join(rules)).items)
        others = [element for element, _ in built(fresh, tree)]
        assert texts(engine, elements) == texts(fresh, others)
        for mine, theirs in zip(map(engine.style, elements), map(fresh.style, others), strict=True):
            assert (mine.sheets, mine.lengths, mine.scheme) == (theirs.sheets, theirs.lengths, theirs.scheme)
            assert {name: mine.css(name) for name in mine.customs} == {
                name: theirs.css(name) for name in theirs.customs
            }
        if len(rules) < 2:
            break


def test_a_line_that_comes_back_has_the_width_of_a_rule_that_stayed() -> None:
    reader = SheetReader("case.css")
    stays = "a { border-top-width: 3px; border-top-style: solid }"
    engine = Engine(reader.read(f"{stays} a {{ border-top-style: none }}").items)
    one = engine.elements.make("a")
    assert engine.style(one).css("border-top-width") == "0px"
    assert engine.update(reader.read(stays).items) == {one: {"border-top-width", "border-top-style"}}
    assert engine.style(one).css("border-top-width") == "3px"


@given(seed=st.integers(0, 1 << 30))
@SETTINGS
def test_order_of_rules_without_conflict_does_not_matter(seed: int) -> None:
    generator = Generator(seed)
    names = list(PROPERTIES)[:20]
    rules = [f"{generator.complex()} {{ {name}: {generator.some('inherit', 'initial')} }}" for name in names]
    one = Engine(SheetReader("a").read("".join(rules)).items)
    two = Engine(SheetReader("a").read("".join(reversed(rules))).items)
    tree = generator.tree()
    assert texts(one, [e for e, _ in built(one, tree)]) == texts(two, [e for e, _ in built(two, tree)])


@given(seed=st.integers(0, 1 << 30))
@SETTINGS
def test_a_sheet_twice_is_the_sheet_once(seed: int) -> None:
    generator = Generator(seed)
    # Layers without name are new ones each time, and a broken rule swallows what follows.
    text = "".join(f"{generator.complex()} {{ {generator.body(2)} }}\n" for _ in range(6))
    one, two = Engine(SheetReader("a").read(text).items), Engine(SheetReader("a").read(text + text).items)
    tree = generator.tree()
    assert texts(one, [e for e, _ in built(one, tree)]) == texts(two, [e for e, _ in built(two, tree)])


def test_an_unchanged_rule_is_the_same_object_and_knows_its_new_line() -> None:
    reader = SheetReader("case.css")
    before = reader.read("a { color: red }\nb { color: blue }")
    after = reader.read("a { color: green }\n\n\nb { color: blue }")
    assert after.items[1] is before.items[1]
    assert after.items[0] is not before.items[0]
    assert after.items[1].place.line == 4  # type: ignore[union-attr]


def test_only_what_a_change_touches_is_told() -> None:
    reader = SheetReader("case.css")
    engine = Engine(reader.read("a { color: red } b { color: blue }").items)
    one, two = engine.elements.make("a"), engine.elements.make("b")
    style = engine.style(two)
    engine.style(one)
    changed = engine.update(reader.read("a { opacity: 0.5; color: red } b { color: blue }").items)
    assert changed == {one: {"opacity"}}
    assert engine.style(two) is style


def test_a_change_of_color_tells_what_is_drawn_in_it() -> None:
    reader = SheetReader("case.css")
    engine = Engine(reader.read("a { color: red; box-shadow: 0 0 2px }").items)
    one = engine.elements.make("a")
    engine.style(one)
    changed = engine.update(reader.read("a { color: blue; box-shadow: 0 0 2px }").items)
    assert {"color", "box-shadow", "border-top-color"} <= changed[one]
    assert "opacity" not in changed[one]
