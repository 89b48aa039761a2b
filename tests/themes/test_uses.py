"""``[uses~=…]``: sheets style windows by what their apps use of their permissions."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import tinycss2

from berth.core.permissions import USES
from berth.themes import lint
from berth.themes.colors import Color
from berth.themes.computed import Style
from berth.themes.contrast import SYMBOLS
from berth.themes.engine import Engine
from berth.themes.legibility import ground
from berth.themes.reach import reachable
from berth.themes.reference import page
from berth.themes.selector_grammar import read_selectors
from berth.themes.sheet import SheetReader
from berth.themes.situations import SITUATIONS
from berth.themes.stack import Stack
from berth.themes.units import Number
from berth.themes.vocabulary import ATTRIBUTES, KINDS, WORDS, element_at, used_paths, with_uses
from tests.themes.test_check import DEFAULT, found

THEMES = sorted(path.parent.name for path in DEFAULT.parent.glob("*/theme.toml"))
REACHING = ("screen-capture", "clipboard-manager", "input-method", "virtual-input")
"""Uses by which an app has to do with others, and not with its own windows alone."""


def engine_of(sheet: str) -> Engine:
    return Engine(SheetReader("style.css").read(sheet).items)


def z_of(engine: Engine, path: str) -> str:
    return engine.style(element_at(engine.elements, path)).css("z-index")


@pytest.mark.parametrize(
    ("selector", "path", "matches"),
    [
        ('window[uses~="network"]', "window[app=a.b][uses~=network]:focus", True),
        ("window[uses~=network]", "window[uses~=network][uses~=gpu]", True),
        ('window[uses~="network"]', "window[uses~=gpu]", False),
        ('window[uses~="network"]', "window", False),
        ("window[uses]", "window[uses~=gpu]", True),
        ("window[uses]", "window", False),
        ("window:not([uses])", "window", True),
        ('window[uses="network gpu"]', "window[uses~=network][uses~=gpu]", True),
        ('titlebar[uses~="screen-capture"]', 'window titlebar[uses~="screen-capture"]', True),
        ('titlebar[uses~="screen"]', "window titlebar[uses~=screen-capture]", False),
        ('window[uses~="gpu"] button.icon', "window[uses~=gpu] titlebar[uses~=gpu] button.icon", True),
        ('window[uses~="SCREEN-CAPTURE" i]', "window[uses~=screen-capture]", True),
    ],
)
def test_what_is_in_use_can_be_asked_for(selector: str, path: str, matches: bool) -> None:
    assert (z_of(engine_of(f"{selector} {{ z-index: 7 }}"), path) == "7") == matches


def test_who_is_not_asked_about_looks_the_same_and_is_the_same() -> None:
    """A use that no sheet asks for costs no look of its own."""
    engine = engine_of("window { z-index: 1 } window[uses~=gpu] { z-index: 2 }")
    plain, on_network, drawing = (
        engine.style(element_at(engine.elements, f"window{with_uses(uses)}")) for uses in ((), ("network",), ("gpu",))
    )
    assert plain is on_network and plain is not drawing


def test_their_order_is_always_the_same() -> None:
    assert with_uses({"screen-capture", "network", "fame"}) == "[uses~=network][uses~=screen-capture]"
    paths = list(used_paths(("gpu", "network")))
    assert len(paths) == len(set(paths)) == 24 and not list(used_paths(()))
    assert "window[uses~=network][uses~=gpu]:focus titlebar[uses~=network][uses~=gpu] label" in paths


@pytest.mark.parametrize(
    ("sheet", "code", "message", "hint"),
    [
        ('window[uses~="netwrok"] { z-index: 1 }', "word-unknown", "“netwrok”", "Did you mean “network”?"),
        ('titlebar[uses~="screen"] { z-index: 1 }', "word-unknown", "“screen”", "Did you mean “screen-capture”?"),
        ("window:not([uses~=camera]) { z-index: 1 }", "word-unknown", "“camera”", "It can be network, screen-capture"),
        ('window { &[uses="gpu netwok"] { z-index: 1 } }', "word-unknown", "“netwok”", "“network”"),
        ("panel[uses~=network] { z-index: 1 }", "selector-unused", "“panel” has no", "“window”, “titlebar”"),
        ("window[use~=network] { z-index: 1 }", "selector-unused", "no attribute “use”", "Did you mean “uses”?"),
        (
            "titlebar[uses~=gpu] { background-color: var(--color-title-text) }",
            "contrast",
            "titlebar[uses~=gpu]",
            "Make",
        ),
        ("window[uses~=gpu]:focus titlebar { color: var(--color-title-bar) }", "contrast", ":focus titlebar", "Make"),
    ],
)
def test_what_is_wrong_is_found(
    tmp_path: Path, sheet: str, code: str, message: str, hint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lint, "SITUATIONS", SITUATIONS[:1])
    findings = found(tmp_path, sheet)
    assert {finding.code for finding in findings} == {code}, [str(finding) for finding in findings]
    assert message in findings[0].message and hint in findings[0].hint
    assert findings[0].line == 1


def test_all_that_is_right_has_no_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lint, "SITUATIONS", SITUATIONS[:1])
    each = "".join(f'window[uses~="{use}"], titlebar[uses~="{use}"] {{ border-color: blue }}\n' for use in USES)
    assert [str(finding) for finding in found(tmp_path, each + "[uses] button, [uses=''] { z-index: 1 }")] == []


def test_nothing_but_windows_and_what_is_on_their_bars_is_reached() -> None:
    """The sign in the panel that an app watches the screen, questions and notices are elsewhere."""
    assert {name for name, kind in KINDS.items() if "uses" in kind.attributes} == {"window", "titlebar"}
    for text in ("[uses]", "[uses] *", '[uses~="screen-capture"] > *', ":is([uses]) *"):
        for selector in read_selectors(tinycss2.parse_component_value_list(text), None):
            assert reachable(selector) <= {"window", "titlebar", "button", "label"}, text


def test_the_reference_says_when_each_is_there() -> None:
    text = page()
    assert {name for kind in KINDS.values() for name in kind.attributes} == set(ATTRIBUTES) >= set(WORDS)
    assert all(f"| `{use}` | {when} |" in text for use, when in USES.items())
    assert '`[uses~="network"]`' in text


# --- what ships


def marks(style: Style) -> list[Color]:
    """Colours of the lines that a title bar has at its edges."""
    shadows = style.used("box-shadow")
    lines = [shadow.color for shadow in shadows if shadow.inset] if shadows != "none" else []
    widths = {side: style.used(f"border-{side}-width") for side in ("left", "right")}
    bands = [style.used(f"border-{side}-color") for side, width in widths.items() if _is_wide(width)]
    return [color for color in (*lines, *bands) if isinstance(color, Color)]


def _is_wide(width: object) -> bool:
    return isinstance(width, Number) and width.value > 0


@pytest.mark.parametrize("theme", THEMES)
def test_every_theme_marks_who_reaches_beyond_its_windows_so_that_it_can_be_seen(theme: str) -> None:
    stack = Stack(DEFAULT, None if theme == "default" else DEFAULT.parent / theme)
    for seen in SITUATIONS:
        engine = Engine(stack.read(seen.contexts), seen.environment)
        for use in REACHING:
            for focus in ("", ":focus"):
                used = with_uses([use])
                bar = element_at(engine.elements, f"window{used}{focus} titlebar{used}")
                found_marks = marks(engine.style(bar))
                assert found_marks, (theme, seen.name, use)
                weakest = min(ground(engine, bar).ratio(color) for color in found_marks)
                assert weakest >= SYMBOLS, (theme, seen.name, use, focus, weakest)
        plain = element_at(engine.elements, "window:focus titlebar")
        assert not marks(engine.style(plain)), "who uses nothing has no mark"


def test_the_band_of_trellis_lies_where_the_title_begins() -> None:
    stack = Stack(DEFAULT, DEFAULT.parent / "trellis")
    for direction, side, other in (("ltr", "left", "right"), ("rtl", "right", "left")):
        environment = dataclasses.replace(SITUATIONS[0].environment, direction=direction)
        engine = Engine(stack.read(SITUATIONS[0].contexts), environment)
        used = with_uses(["network"])
        style = engine.style(element_at(engine.elements, f"window{used} titlebar{used}"))
        assert style.css(f"border-{side}-width") == "3px" and style.css(f"border-{other}-width") == "0px"
