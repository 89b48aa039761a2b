"""``:has()``: what is inside of an element changes how it looks. What browsers say of it is in `test_browser`."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from berth.themes import tree
from berth.themes.element import DEEPEST, Element, Elements
from berth.themes.engine import Engine
from berth.themes.properties import PROPERTIES
from berth.themes.sheet import SheetReader
from berth.themes.tree import MOST_CONDITIONS, MOST_WATCHES, Node, hold
from tests.themes.generate import Node as Described
from tests.themes.generate import Relational
from tests.themes.judging import built, planted

SETTINGS = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


class Tree:
    """Nodes by their words, all below one root: ``panel``, ``panel button:hover`` ..."""

    def __init__(self, sheet: str, *paths: str) -> None:
        self.engine = Engine(SheetReader("case.css").read(sheet).items)
        self.nodes: dict[str, Node] = {"": Node(self.engine.elements.make("desktop"))}
        for path in paths:
            *around, last = path.split()
            kind, *states = last.split(":")
            parent = self.nodes[" ".join(around)]
            self.nodes[path] = Node(self.engine.elements.make(kind, parent.element, states=states), parent)
        self.sound = hold(self.nodes.values(), self.engine.watches)

    def value(self, path: str, name: str = "opacity") -> str:
        return self.engine.style(self.nodes[path].dressed(self.engine.elements)).css(name)


def opacity(sheet: str, path: str, *paths: str) -> str:
    return Tree(sheet, *paths).value(path)


@pytest.mark.parametrize(
    ("sheet", "expected"),
    [
        ("panel:has(button:hover) { opacity: 0.5 }", "0.5"),
        ("panel:has(> button) { opacity: 0.5 }", "0.5"),
        ("panel:has(> label) { opacity: 0.5 }", "1"),
        ("panel:has(label) { opacity: 0.5 }", "0.5"),
        ("panel:has(button label) { opacity: 0.5 }", "0.5"),
        ("panel:has(panel label) { opacity: 0.5 }", "1"),
        ("panel:has(desktop label) { opacity: 0.5 }", "1"),
        ("panel:has(:is(desktop label)) { opacity: 0.5 }", "0.5"),
        ("panel:has(task, label) { opacity: 0.5 }", "0.5"),
        ("panel:not(:has(task)) { opacity: 0.5 }", "0.5"),
        ("panel:not(:has(label)) { opacity: 0.5 }", "1"),
        ("panel:is(:has(task), menu) { opacity: 0.5 }", "1"),
        ("desktop:has(label) > panel { opacity: 0.5 }", "0.5"),
        ("panel { &:has(> button:hover) { opacity: 0.5 } }", "0.5"),
        ("panel { :has(&) { opacity: 0.5 } }", "1"),
        ("panel:has(label) { opacity: 0.5 } panel:has(button:hover) { opacity: 0.2 } panel.x { opacity: 0 }", "0.2"),
        # As much as its strongest argument.
        ("panel:has(label, button:hover) { opacity: 0.5 } panel:has(label) { opacity: 0.2 }", "0.5"),
        # One that is wrong makes all of them wrong.
        ("panel:has(label, :nonsense) { opacity: 0.5 }", "1"),
        ("panel:has(:is(label, :nonsense)) { opacity: 0.5 }", "0.5"),
        ("panel:is(:has(:nonsense), panel) { opacity: 0.5 }", "0.5"),
    ],
)
def test_what_is_inside_counts(sheet: str, expected: str) -> None:
    assert opacity(sheet, "panel", "panel", "panel button:hover", "panel button:hover label") == expected


@pytest.mark.parametrize(
    ("sheet", "column", "message"),
    [
        ("panel:has() {}", 6, "a selector is missing"),
        ("panel:has(label, ) {}", 6, "a selector is missing"),
        ("panel:has(:has(label)) {}", 12, ":has() cannot be in another :has()"),
        ("panel:has(:not(:has(label))) {}", 17, ":has() cannot be in another :has()"),
        ("panel:has(> ) {}", 11, "a selector is expected here"),
        ("panel:has(label::part(x)) {}", 6, "::part() cannot be looked for"),
        ("panel::part(x):has(label) {}", 15, "only states can follow ::part()"),
        ("panel:hass(label) {}", 7, "“:hass()” is not known"),
        ("panel:has(label:hovr) {}", 16, "“:hovr” is not known"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(sheet: str, column: int, message: str) -> None:
    (finding,) = SheetReader("case.css").read(f"\n{sheet}").findings
    assert message.lower() in finding.message.lower()
    assert (finding.line, finding.severity) == (2, "error")
    assert abs(finding.column - column) <= 1


def test_only_elements_that_a_rule_asks_about_differ() -> None:
    shown = Tree("panel:has(button:hover) { opacity: 0.5 }", "panel", "panel button:hover", "menu", "panel label")
    assert {path for path, node in shown.nodes.items() if node.holds} == {"panel"}
    same = {path for path, node in shown.nodes.items() if node.dressed(shown.engine.elements) is node.element}
    assert same == {"", "menu"}


def test_without_such_a_rule_nothing_is_looked_at() -> None:
    class Untouched(Node):
        @property
        def element(self) -> Element:  # type: ignore[override]
            raise AssertionError

    engine = Engine(SheetReader("case.css").read("panel:hover > label:not(.x) { opacity: 0.5 }").items)
    assert engine.watches == []
    assert hold(iter([object.__new__(Untouched)]), engine.watches)


def changed(node: Described, generator: Relational) -> None:
    """Something in it appears, vanishes, or has other classes and attributes."""
    while node.children and generator.chance(0.7):
        node = generator.random.choice(node.children)
    what = generator.some("appears", "vanishes", "classes", "attributes")
    if what == "appears" and not node.shadow:
        node.children.insert(generator.random.randint(0, len(node.children)), generator.tree(3))
    elif what == "vanishes" and node.children:
        node.children.pop(generator.random.randrange(len(node.children)))
    elif what == "classes":
        node.classes = generator.random.sample(["a", "b", "c"], 2)
    else:
        node.attributes = {} if node.attributes else {"data-kind": "menu"}


@given(seed=st.integers(0, 1 << 30), steps=st.lists(st.booleans(), max_size=5))
@SETTINGS
def test_after_changes_of_tree_and_sheet_all_is_as_from_scratch(seed: int, steps: list[bool]) -> None:
    generator = Relational(seed)
    rules = [generator.statement() for _ in range(10)]
    reader = SheetReader("case.css")
    engine = Engine(reader.read("\n".join(rules)).items)
    described = generator.tree()
    for of_tree in [True, *steps]:
        if of_tree:
            changed(described, generator)
        else:
            rules[generator.random.randrange(len(rules))] = generator.statement()
            engine.update(reader.read("\n".join(rules)).items)
        fresh = Engine(SheetReader("case.css").read("\n".join(rules)).items)
        mine, theirs = built(engine, described), built(fresh, described)
        for (one, label), (other, _) in zip(mine, theirs, strict=True):
            assert one.holds == other.holds, label
            for name in PROPERTIES:
                assert engine.style(one).css(name) == fresh.style(other).css(name), (label, name)


@given(seed=st.integers(0, 1 << 30))
@SETTINGS
def test_a_condition_holds_where_a_plain_search_finds_something(seed: int) -> None:
    """The search goes from what is found to all who asked; the plain one from each who asks through all there is."""
    generator = Relational(seed)
    engine = Engine(SheetReader("case.css").read(generator.sheet()).items)
    nodes = planted(engine, generator.tree())
    assert hold(nodes, engine.watches)
    for watch in engine.watches:
        for node in nodes:
            if all(one.matches(node.element) for one in watch.hosts):
                assert (watch.has.key in node.holds) == any(
                    _leads(argument.compounds, argument.links, 0, other, node)
                    for argument in watch.has.arguments
                    for other in nodes
                )


def _leads(compounds: tuple, links: tuple, place: int, node: Node | None, anchor: Node) -> bool:  # type: ignore[type-arg]
    if node is None:
        return False
    if place == len(links):
        return node is anchor
    if not compounds[place].matches(node.element):
        return False
    link = links[place]
    other = node.parent if link in (" ", ">") else node.previous
    while other is not None:
        if _leads(compounds, links, place + 1, other, anchor):
            return True
        other = (other.parent if link == " " else other.previous) if link in (" ", "~") else None
    return False


# --- strangers


def deep(engine: Engine, children: int = 1) -> list[Node]:
    nodes = [Node(engine.elements.make("a"))]
    for _ in range(DEEPEST - 1):
        parent, previous = nodes[-1], None
        for _ in range(children):
            before = previous.element if previous else None
            previous = Node(engine.elements.make("a", parent.element, previous=before), parent, previous)
            nodes.append(previous)
    return nodes


def test_many_ways_are_gone_at_once() -> None:
    """Without that, there are more ways through 64 elements than anybody could go."""
    engine = Engine(
        SheetReader("x.css").read(f"b:has({'a ' * 20}) {{ color: red }} a:has({'a ' * 20}) {{ color: red }}").items
    )
    nodes = deep(engine)
    assert hold(nodes, engine.watches)
    assert sum(bool(node.holds) for node in nodes) == DEEPEST - 20


def test_a_sheet_that_asks_too_much_gets_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    rules = "".join(f"a:has(a ~ a a.c{number}, a ~ a a ~ a) {{ color: red }}" for number in range(60))
    engine = Engine(SheetReader("x.css").read(rules).items)
    nodes = deep(engine, children=20)
    steps: list[str] = []
    monkeypatch.setattr(tree, "_next", lambda link, node, really=tree._next: steps.append(link) or really(link, node))
    assert not hold(nodes, engine.watches, most=20_000)
    assert not any(node.holds for node in nodes)
    assert len(steps) < 100_000


def test_too_many_conditions_are_none() -> None:
    def engine_of(count: int) -> Engine:
        rules = "".join(f"a:has(.c{number}) {{ color: red }}" for number in range(count))
        return Engine(SheetReader("x.css").read(rules).items)

    for count, sound in ((MOST_CONDITIONS, True), (MOST_CONDITIONS + 1, False)):
        engine = engine_of(count)
        inner = engine.elements.make("b", engine.elements.make("a"), classes=["c1"])
        assert inner.parent is not None
        outer = Node(inner.parent)
        assert hold([outer, Node(inner, outer)], engine.watches) is sound
        assert bool(outer.holds) is sound


def test_nesting_that_doubles_the_conditions_does_not() -> None:
    text = "a:has(b), a:has(c), a:has(d) { " + "& & &, & & { " * 9 + "color: red" + " }" * 9 + " }"
    engine = Engine(SheetReader("x.css").read(text).items)
    assert 0 < len(engine.watches) < 10_000
    assert {watch.has.key for watch in engine.watches} == {":has(b)", ":has(c)", ":has(d)"}


def test_rules_in_rules_that_ask_too_much_do_not_ask_ever_more() -> None:
    """Each says no more than that there are too many."""
    parents = ",".join(f"a:has(.c{number})" for number in range(250))
    engine = Engine(SheetReader("x.css").read(f"{parents} {{ {'& & { color: red }' * 10} }}").items)
    assert len(engine.watches) <= 10 * 2 * (MOST_CONDITIONS + 1)
    inner = engine.elements.make("b", engine.elements.make("a"), classes=["c1"])
    assert inner.parent is not None
    outer = Node(inner.parent)
    assert not hold([outer, Node(inner, outer)], engine.watches) and not outer.holds


def test_too_many_rules_that_ask_the_same_are_not_looked_at_each_time() -> None:
    (watch,) = Engine(SheetReader("x.css").read("a:has(b) { color: red }").items).watches
    outer = Node(Elements().make("a"))
    inner = Node(Elements().make("b"), outer)
    assert hold([outer, inner], [watch] * MOST_WATCHES) and outer.holds
    assert not hold([outer, inner], [watch] * (MOST_WATCHES + 1)) and not outer.holds


def test_names_that_read_alike_are_different_conditions() -> None:
    sheet = SheetReader("x.css").read(r"a:has(.x\.y) { opacity: 0.5 } b:has(.x.y) { opacity: 0.5 }")
    assert len({watch.has.key for watch in Engine(sheet.items).watches}) == 2


def test_an_element_in_another_state_holds_the_same() -> None:
    elements = Elements()
    one = elements.make("a", holds=["x"])
    assert elements.in_states(one, ["hover"]).holds == {"x"}
    assert elements.make("a") is not one
