"""``@font-face`` as sheets write it."""

from __future__ import annotations

from pathlib import Path

import pytest

from berth.themes.engine import Engine
from berth.themes.environment import Environment
from berth.themes.lint import check
from berth.themes.rules import FontFace, FontSource
from berth.themes.sheet import SheetReader
from tests.themes.making_fonts import font
from tests.themes.packing import TOML, folder_of

DEFAULT = Path(__file__).parents[2] / "themes/default"


def read(text: str) -> FontFace:
    sheet = SheetReader("style.css").read(text)
    assert sheet.findings == []
    (face,) = sheet.items
    assert isinstance(face, FontFace)
    return face


def test_what_a_face_says() -> None:
    face = read("@font-face { font-family: My Font; src: url(a.ttf); font-weight: bold; font-style: italic }")
    assert (face.family, face.sources, face.weight, face.italic) == ("My Font", (FontSource("a.ttf"),), 700, True)
    face = read('@font-face { font-family: "X"; src: url("a.ttf"); font-weight: 100 900; font-display: swap }')
    assert (face.family, face.weight, face.italic) == ("X", None, None)


def test_sources_that_cannot_be_read_are_passed_over() -> None:
    face = read(
        '@font-face { font-family: X; src: local("Inter"), url(a.woff2) format("woff2"), url(c.ttf) tech(color-svg),'
        " url(b.otf) format(opentype) }"
    )
    assert face.sources == (FontSource("Inter", local=True), FontSource("b.otf"))


@pytest.mark.parametrize(
    ("text", "line", "column", "word"),
    [
        ("@font-face { font-family: X }", 1, 1, "src"),
        ("@font-face { src: url(a.ttf) }", 1, 1, ""),
        ("@font-face {\n  font-famly: X;\n}", 2, 3, "font-family"),
        ("@font-face { font-family: X; src: url(http://x.example/a.ttf) }", 1, 35, "folder"),
        ("@font-face { font-family: X; src: url(../a.ttf) }", 1, 35, "folder"),
        ("@font-face { font-family: X; src: linear-gradient(red, blue) }", 1, 35, "Expected url"),
        ('@font-face { font-family: X; src: url(a.woff2) format("woff2") }', 1, 35, ".ttf"),
        ("@font-face { font-family: X; src: url(a.ttf); font-weight: heavy }", 1, 60, "1 to 1000"),
        ("@font-face { font-family: X; src: url(a.ttf); unicode-range: U+26 }", 1, 47, "font-weight"),
        ("@font-face X { font-family: X; src: url(a.ttf) }", 1, 12, ""),
        ("@font-face;", 1, 1, "block"),
        ("@app x { @font-face { font-family: X; src: url(a.ttf) } }", 1, 10, ""),
        ("@font-face { font-family: X; src: " + ",".join(["url(a.ttf)"] * 9) + " }", 1, 35, "8"),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)
def test_a_wrong_face_is_located(text: str, line: int, column: int, word: str) -> None:
    finding = SheetReader("style.css").read(text).findings[0]
    assert (finding.line, finding.column) == (line, column), str(finding)
    assert word in finding.hint, finding.hint


def test_media_decide_which_faces_there_are() -> None:
    text = "@media (form-factor: phone) { @font-face { font-family: X; src: url(a.ttf) } }"
    engine = Engine(SheetReader("style.css").read(text).items, Environment())
    assert engine.font_faces == []
    engine.update(environment=Environment(form_factor="phone"))
    assert [face.family for face in engine.font_faces] == ["X"]


def test_check_looks_at_fonts(tmp_path: Path) -> None:
    theme = {
        "theme.toml": TOML,
        "style.css": b'@import "type/faces.css";',
        "type/faces.css": b"@font-face { font-family: X; src: url(x.ttf) }",
        "type/x.ttf": font(),
    }
    place = folder_of(theme, tmp_path / "mine")
    assert check(place, DEFAULT) == []
    (place / "type/x.ttf").write_bytes(font()[:-300])
    found = [finding for finding in check(place, DEFAULT) if finding.line]
    assert [(finding.code, finding.file) for finding in found] == [("theme-font", str(place / "type/faces.css"))]
