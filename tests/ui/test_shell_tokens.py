"""Design tokens: the format, the modifiers, and what happens to broken files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication

from berth.core.problem import Problem
from berth.themes.design_tokens import MAX_BYTES, parse_tokens
from berth.themes.token_schema import SCHEMA
from berth.ui import tokens as tokens_module
from berth.ui.tokens import Tokens

DEFAULT = Path(__file__).parents[2] / "themes/default/tokens.json"


@pytest.fixture(scope="module", autouse=True)
def application() -> QGuiApplication:
    existing = QGuiApplication.instance()
    return (
        existing
        if isinstance(existing, QGuiApplication)
        else QGuiApplication(["berth-tests", "-platform", "offscreen"])
    )


def resolve(document: object, **contexts: str) -> dict[str, Any]:
    return parse_tokens(json.dumps(document), "test.json").resolve(contexts)


def test_values_types_and_aliases() -> None:
    document = {
        "base": {"$type": "color", "red": {"$value": {"colorSpace": "srgb", "components": [1, 0, 0], "alpha": 0.5}}},
        "use": {"$type": "color", "deep": {"er": {"$value": "{base.red}"}}, "short": {"$value": "#A0B0C0"}},
        "gap": {"$type": "dimension", "$value": {"value": 1.5, "unit": "rem"}},
        "time": {"$type": "duration", "$value": {"value": 0.2, "unit": "s"}},
        "font": {"family": {"$type": "fontFamily", "$value": ["Inter", "sans"]}},
        "bold": {"$type": "fontWeight", "$value": "bold"},
        "ratio": {"$type": "number", "$value": 0.25},
    }
    assert resolve(document) == {
        "base.red": "#ff000080",
        "use.deep.er": "#ff000080",
        "use.short": "#a0b0c0",
        "gap": 24.0,
        "time": 200.0,
        "font.family": ("Inter", "sans"),
        "bold": 700.0,
        "ratio": 0.25,
    }


def test_modifiers_change_and_inherit_types() -> None:
    document = {
        "color": {"$type": "color", "text": {"$value": "#000000"}, "title": {"$value": "{color.text}"}},
        "$extensions": {"berth.modifiers": {"scheme": {"dark": {"color": {"text": {"$value": "#ffffff"}}}}}},
    }
    assert resolve(document)["color.title"] == "#000000"
    assert resolve(document, scheme="dark")["color.title"] == "#ffffff"
    assert resolve(document, scheme="sepia")["color.title"] == "#000000"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("{", "line 1, column 2"),
        ('{"a": {"$type": "color",\n  "b": {"$value": "red"}}}', "line 2, column 3: a.b: this is no color"),
        (
            '{"g": {"$type": "color", "a": {"$value": "{g.b"}}, "a": [{"g": 1}],\n "x": 3}',
            "line 1, column 52: a: an object",
        ),
        ('{"a": {"$type": "colour", "$value": 3}}', "line 1, column 2: a: the type “colour”"),
        ("[]", "no object"),
        ('{"a": 3}', "a:"),
        ('{"a": {"$type": "color", "$value": "red"}}', "a: this is no color"),
        ('{"a": {"$type": "color", "$value": {"colorSpace": "lab", "components": [0, 0, 0]}}}', "a: this is no color"),
        ('{"a": {"$type": "color", "$value": {"colorSpace": "srgb", "components": [0, 0, 2]}}}', "a: this is no color"),
        ('{"a": {"$type": "dimension", "$value": "8"}}', "a: this is no dimension"),
        ('{"a": {"$type": "duration", "$value": {"value": true, "unit": "ms"}}}', "a: this is no duration"),
        ('{"a": {"$type": "font", "$value": 3}}', "a: the type “font”"),
        ('{"a": {"$value": 3}}', "a: the type “”"),
        ('{"a": {"$type": "color", "$value": "{b}"}}', "a: there is no token “b”"),
        ('{"g": {"$type": "color", "a": {"$value": "{g.b}"}, "b": {"$value": "{g.a}"}}}', "g.a: the alias leads back"),
        ('{"$extensions": {"berth.modifiers": {"scheme": {"dark": {"x": {"$value": 1}}}}}}', "scheme.dark: x"),
        ('{"$extensions": {"berth.modifiers": {"scheme": 3}}}', "scheme:"),
        ('{"a": {"$type": 3, "b": {"$value": 1}}}', "a: $type"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_errors_name_file_and_place(text: str, place: str) -> None:
    with pytest.raises(Problem) as caught:
        parse_tokens(text, "themes/x/tokens.json").resolve({})
    assert caught.value.code == "tokens-invalid"
    assert "themes/x/tokens.json" in caught.value.message
    assert place in caught.value.message


json_values = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["$value", "$type", "$extensions", "berth.modifiers", "a", "{a}"]), inner)
    ),
    max_leaves=12,
)


@given(json_values)
def test_any_json_gives_tokens_or_a_problem(document: object) -> None:
    try:
        resolve(document)
    except Problem as problem:
        assert problem.code == "tokens-invalid"


def test_the_default_theme_is_sound_and_complete() -> None:
    tokens = Tokens([DEFAULT], scheme="light")
    assert tokens.problems == []
    found = parse_tokens(DEFAULT.read_text(), "default").resolve({})
    missing = [f"{group}.{name}" for group, names in SCHEMA.items() for name in names if f"{group}.{name}" not in found]
    assert missing == []


def test_hex_hints_say_the_same_as_the_components() -> None:
    def colours(node: Any) -> list[Any]:
        if not isinstance(node, dict):
            return []
        own = [node] if "components" in node else []
        return own + [colour for child in node.values() for colour in colours(child)]

    every = colours(json.loads(DEFAULT.read_text()))
    assert every
    for colour in every:
        parts = [round(part * 255) for part in colour["components"]]
        assert colour["hex"] == f"#{parts[0]:02x}{parts[1]:02x}{parts[2]:02x}"


def luminance(colour: QColor) -> float:
    def linear(part: float) -> float:
        return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)

    return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) + 0.0722 * linear(colour.blueF())


def contrast(first: QColor, second: QColor) -> float:
    lighter, darker = sorted((luminance(first), luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("level", "wanted"), [("", 4.5), ("high", 7.0)])
def test_words_are_legible(scheme: str, level: str, wanted: float) -> None:
    """WCAG 2.2: AA in general, AAA with high contrast."""
    color = Tokens([DEFAULT], scheme=scheme, contrast=level).groups["color"].value
    pairs = [
        (words, ground)
        for words in ("text", "textMuted")
        for ground in ("surfaceRaised", "surfaceSunken", "panel", "launcher")
    ]
    pairs += [("textOnAccent", "accent"), ("titleText", "titleBar")]
    poor = [pair for pair in pairs if contrast(color(pair[0]), color(pair[1])) < wanted]
    assert poor == []


def test_modifiers_of_the_default_theme() -> None:
    tokens = Tokens([DEFAULT], scheme="light", motion="reduced")
    size, color = tokens.groups["size"].value, tokens.groups["color"].value
    light = QColor(color("surfaceRaised"))
    assert tokens.groups["duration"].value("normal") == 0
    assert tokens.groups["duration"].value("notice") > 1000
    tokens.scheme = "dark"
    assert luminance(color("surfaceRaised")) < luminance(light)
    assert size("target") < 44
    for form_factor in ("tablet", "phone"):
        tokens.formFactor = form_factor
        assert min(size("target"), size("control"), size("panelItem"), size("titleButton")) >= 44


def test_the_scheme_of_the_host_is_followed_until_one_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    changed = QGuiApplication.styleHints().colorSchemeChanged
    text = {scheme: Tokens([DEFAULT], scheme).groups["color"].value("text") for scheme in ("light", "dark")}
    tokens = Tokens([DEFAULT], scheme="")
    for host in ("dark", "light"):
        monkeypatch.setattr(tokens_module, "host_scheme", lambda host=host: host)
        changed.emit(Qt.ColorScheme.Unknown)
        assert tokens.scheme == host
        assert tokens.groups["color"].value("text") == text[host]
    tokens.scheme = "dark"
    changed.emit(Qt.ColorScheme.Unknown)
    assert tokens.groups["color"].value("text") == text["dark"]


def test_only_groups_that_changed_are_told(tmp_path: Path) -> None:
    tokens = Tokens([DEFAULT], scheme="light")
    told: list[str] = []
    for name, group in tokens.groups.items():
        group.changed.connect(lambda name=name: told.append(name))
    tokens.scheme = "dark"
    assert told == ["color"]


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe", b'{"color": {"text": 3}}', b" " * (MAX_BYTES + 1), None])
def test_a_broken_file_breaks_nothing(tmp_path: Path, content: bytes | None) -> None:
    broken = tmp_path / "tokens.json"
    if content is not None:
        broken.write_bytes(content)
    sound = Tokens([DEFAULT], scheme="light")
    tokens = Tokens([broken, DEFAULT], scheme="light")
    assert tokens.groups["color"].value("accent") == sound.groups["color"].value("accent")
    assert [problem.code for problem in tokens.problems] in (["tokens-invalid"], ["tokens-unreadable"])
    assert str(broken) in tokens.problems[0].message


def test_the_last_good_values_stay(tmp_path: Path) -> None:
    file = tmp_path / "tokens.json"
    file.write_text('{"color": {"accent": {"$type": "color", "$value": "#112233"}}}')
    tokens = Tokens([file], scheme="light")
    assert tokens.groups["color"].value("accent") == QColor("#112233")
    file.write_text('{"color": {"accent": {"$type": "dimension", "$value": {"value": 1, "unit": "px"}}}}')
    tokens.reload()
    assert [problem.code for problem in tokens.problems] == ["tokens-invalid"]
    assert tokens.groups["color"].value("accent") == QColor("#112233")


def test_without_any_file_the_built_in_values_serve() -> None:
    tokens = Tokens([], scheme="light")
    assert tokens.groups["color"].value("text") == QColor(str(SCHEMA["color"]["text"]))
    assert tokens.groups["size"].value("panel") == SCHEMA["size"]["panel"]


def test_the_environment_chooses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BERTH_SCHEME", "dark")
    monkeypatch.setenv("BERTH_MOTION", "reduced")
    tokens = Tokens([DEFAULT])
    assert tokens.scheme == "dark"
    assert tokens.groups["duration"].value("fast") == 0
    monkeypatch.setenv("BERTH_SCHEME", "plaid")
    assert Tokens([DEFAULT]).scheme in ("light", "dark")
