"""Rules of the QML that qmllint does not know."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from berth.themes.token_schema import SCHEMA, property_name
from berth.ui.symbols import SYMBOLS

QML = Path(__file__).parents[2] / "qml"
FILES = sorted(QML.rglob("*.qml"))
ABOVE_COMPONENTS = [file for file in FILES if file.parent.name not in ("components",)]
MAX_LINES = 300

_COLOUR = re.compile(r"""["']#[0-9a-fA-F]{3,8}["']|Qt\.(?:rgba|hsla|lighter|darker)\(""")
_MEASURE = re.compile(
    r"\b(?:width|height|radius|spacing|duration|interval|pixelSize|pointSize|opacity|stroke"
    r"|\w*[mM]argins?|\w*[pP]adding|\w+Margin|border\.width):\s*(-?[\d.]+)\s*$",
    re.MULTILINE,
)
_WORDS = re.compile(r"""\b(?:text|placeholderText|Accessible\.name|Accessible\.description):\s*"[^"]+\"""")
_CONTROL = re.compile(r"^T\.\w+ \{", re.MULTILINE)


def code(file: Path) -> str:
    """A file's text without comments."""
    return re.sub(r"//[^\n]*", "", file.read_text())


def identify(file: Path) -> str:
    return str(file.relative_to(QML))


@pytest.mark.parametrize("file", ABOVE_COMPONENTS, ids=identify)
def test_colours_sizes_and_durations_are_tokens(file: Path) -> None:
    assert _COLOUR.findall(code(file)) == []
    assert [found for found in _MEASURE.findall(code(file)) if float(found) not in (0, 1, -1)] == []


@pytest.mark.parametrize("file", FILES, ids=identify)
def test_words_can_be_translated(file: Path) -> None:
    assert _WORDS.findall(code(file)) == []


@pytest.mark.parametrize("file", FILES, ids=identify)
def test_texts_are_plain(file: Path) -> None:
    """Only a type that fixes the format itself may be a Text."""
    blocks = re.findall(r"\bText \{(.*?)\n\s*\}", code(file), re.DOTALL)
    assert [block for block in blocks if "textFormat: Text.PlainText" not in block] == []
    assert not re.search(r"Text\.(?:RichText|AutoText|StyledText|MarkdownText)|\bLabel \{[^}]*textFormat", code(file))


@pytest.mark.parametrize("file", FILES, ids=identify)
def test_controls_speak(file: Path) -> None:
    if _CONTROL.search(code(file)) and "T.ScrollBar {" not in code(file):
        assert "Accessible.role:" in code(file)
        assert "Accessible.name:" in code(file)


@pytest.mark.parametrize("file", FILES, ids=identify)
def test_files_stay_short(file: Path) -> None:
    assert len(file.read_text().splitlines()) <= MAX_LINES


def test_every_token_and_symbol_has_a_user() -> None:
    everything = "\n".join(code(file) for file in FILES)
    sheet = (QML.parent / "themes/default/style.css").read_text()
    idle = [
        f"{group}.{name}"
        for group, names in SCHEMA.items()
        for name in names
        if not re.search(rf"\bTokens\.{group}\.{name}\b", everything)
        and f"var({property_name(f'{group}.{name}')})" not in sheet
    ]
    assert idle == []
    # The symbol of a notice is named like its severity; those of the short sign are chosen with its words, those of
    # keys stand with the keys.
    chosen = "".join((QML.parent / "shell/berth/ui" / name).read_text() for name in ("osd.py", "key_pages.py"))
    used = set(re.findall(r'"(\w+)"', everything + chosen)) | {"info", "warning", "error"}
    assert set(SYMBOLS) - used == set()
