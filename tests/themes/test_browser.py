"""Our computed values against Chromium's, for random sheets and trees."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from berth.themes.engine import Engine
from berth.themes.environment import Environment
from berth.themes.sheet import SheetReader
from tests.themes.browser import CHROMIUM, Browser
from tests.themes.generate import CUSTOMS, Generator, Newer, Relational
from tests.themes.judging import NAMES, built, judged

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Debian's package chromium is not installed")

SHEETS = 130
ENVIRONMENTS = [
    Environment(800, 600, pointer="none", hover="none"),
    Environment(1400, 900, pointer="none", hover="none", scheme="dark", contrast="more"),
    Environment(390, 844, pointer="none", hover="none", motion="reduce", transparency="reduce"),
]
# What the page itself shows is laid out, so the browser tells where things are and not what was asked.
LAID_OUT = ("width", "height", "padding", "margin", "backdrop")


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with Browser(tmp_path_factory.mktemp("chromium")) as browser:
        yield browser


def set_environment(browser: Browser, environment: Environment) -> None:
    browser.environment(
        int(environment.width),
        int(environment.height),
        prefers_color_scheme=environment.scheme,
        prefers_contrast=environment.contrast,
        prefers_reduced_motion=environment.motion,
        prefers_reduced_transparency=environment.transparency,
    )


@pytest.mark.parametrize("place", range(len(ENVIRONMENTS)))
def test_computed_values_are_those_of_the_browser(browser: Browser, place: int) -> None:
    """About 200,000 values in each environment."""
    environment = ENVIRONMENTS[place]
    set_environment(browser, environment)
    seeds = range(10_000 + place * SHEETS, 10_000 + (place + 1) * SHEETS)
    cases = [(generator.sheet(), generator.tree()) for generator in map(Generator, seeds)]
    wanted: list[dict[str, object]] = [
        {"sheet": sheet, "tree": tree.as_dict(), "customs": CUSTOMS, "shown": False} for sheet, tree in cases
    ]
    wrong = []
    for seed, (text, tree), answers in zip(seeds, cases, browser.judge(wanted, NAMES), strict=True):
        engine = Engine(SheetReader("case.css").read(text).items, environment)
        for (element, label), values in zip(built(engine, tree), answers, strict=True):
            style = engine.style(element)
            for name, value in zip([*NAMES, *CUSTOMS], values, strict=True):
                if label == "html" and name.startswith(LAID_OUT):
                    continue
                if not judged(style, name, value):
                    wrong.append(f"seed {seed}, {label}, {name}: ours {style.css(name)!r}, the browser's {value!r}")
    assert not wrong, "\n".join(wrong[:40])


CONTAINERS = """
panel { container: side / size; width: 500px; height: 300px; display: block; font-size: 20px }
card { container-type: inline-size; width: 200px; height: 900px; display: block }
knob { color: black }
@container (width > 400px) { knob { color: red } }
@container side (width > 400px) { knob { background-color: green } }
@container (height > 200px) { knob { opacity: 0.5 } }
@container (height > 800px) { knob { z-index: 9 } }
@container side (orientation: landscape) { knob { border-top-color: blue } }
@container (20em <= width) { knob { outline-color: teal } }
@container side (width < 30em) and (not (height > 10em)) { knob { text-align: center } }
@container nobody (width > 1px) { knob { font-weight: 900 } }
@container (nonsense: 1) { knob { font-style: italic } }
knob { @container (inline-size <= 200px) { cursor: grab } }
"""


def test_container_queries_are_those_of_the_browser(browser: Browser) -> None:
    set_environment(browser, ENVIRONMENTS[0])
    names = ["color", "background-color", "opacity", "z-index", "border-top-color", "outline-color", "text-align"]
    names += ["font-weight", "font-style", "cursor"]

    def node(kind: str, *children: object) -> dict[str, object]:
        empty = {"name": "", "classes": [], "attributes": {}, "parts": [], "shadow": []}
        return {"type": kind, "children": children, **empty}

    tree = node("panel", node("knob"), node("card", node("knob")))
    answers = browser.judge([{"sheet": CONTAINERS, "tree": tree, "customs": [], "shown": True}], names)[0]
    engine = Engine(SheetReader("case.css").read(CONTAINERS.replace("display: block", "")).items, ENVIRONMENTS[0])
    make = engine.elements.make
    page = make("html")
    panel = make("panel", page, size=(500, 300))
    card = make("card", panel, size=(200, 900))
    for element, values in ((make("knob", panel), answers[2]), (make("knob", card), answers[4])):
        style = engine.style(element)
        assert [(name, style.css(name)) for name in names if not judged(style, name, values[names.index(name)])] == []


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_beginnings_ends_and_conditions_are_those_of_the_browser(browser: Browser, direction: str) -> None:
    """Logical properties in both directions, and ``@supports``."""
    set_environment(browser, ENVIRONMENTS[0])
    seeds = range(20_000, 20_000 + SHEETS)
    cases = [(generator.sheet(), generator.tree()) for generator in map(Newer, seeds)]
    root = f"html {{ direction: {direction} }}\n"
    wanted: list[dict[str, object]] = [
        {"sheet": root + sheet, "tree": tree.as_dict(), "customs": CUSTOMS, "shown": False} for sheet, tree in cases
    ]
    wrong = []
    for seed, (text, tree), answers in zip(seeds, cases, browser.judge(wanted, NAMES), strict=True):
        engine = Engine(SheetReader("case.css").read(text).items, replace(ENVIRONMENTS[0], direction=direction))
        for (element, label), values in zip(built(engine, tree), answers, strict=True):
            style = engine.style(element)
            for name, value in zip([*NAMES, *CUSTOMS], values, strict=True):
                if label != "html" and not judged(style, name, value):
                    wrong.append(f"seed {seed}, {label}, {name}: ours {style.css(name)!r}, the browser's {value!r}")
    assert not wrong, "\n".join(wrong[:40])


def test_what_is_inside_of_elements_is_found_as_by_the_browser(browser: Browser) -> None:
    set_environment(browser, ENVIRONMENTS[0])
    names = ["color", "opacity", "z-index", "text-align", "padding-left", "border-top-left-radius"]
    seeds = range(30_000, 30_000 + 4 * SHEETS)
    cases = [(generator.sheet(), generator.tree()) for generator in map(Relational, seeds)]
    wanted: list[dict[str, object]] = [
        {"sheet": sheet, "tree": tree.as_dict(), "customs": [], "shown": False} for sheet, tree in cases
    ]
    wrong, held = [], 0
    for seed, (text, tree), answers in zip(seeds, cases, browser.judge(wanted, names), strict=True):
        engine = Engine(SheetReader("case.css").read(text).items, ENVIRONMENTS[0])
        for (element, label), values in zip(built(engine, tree), answers, strict=True):
            style = engine.style(element)
            held += bool(element.holds)
            for name, value in zip(names, values, strict=True):
                if not (label == "html" and name.startswith(LAID_OUT)) and not judged(style, name, value):
                    wrong.append(f"seed {seed}, {label}, {name}: ours {style.css(name)!r}, the browser's {value!r}")
    assert held > 1500
    assert not wrong, "\n".join(wrong[:40])
