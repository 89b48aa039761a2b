"""The pictures of the theme reference: everything that the vocabulary names is drawn, and is what it says it is.

With BERTH_PICTURES=docs/pictures they are made anew.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from PySide6.QtGui import QImage

from berth.themes.reference import element_picture, pictures, token_picture
from berth.themes.token_schema import SCHEMA
from berth.themes.vocabulary import KINDS
from berth.ui.tokens import SCHEMES
from tests.qml.conftest import OpenStage
from tests.qml.fakes import FakeEngine, WindowRow, app_info
from tests.qml.specimens import SHOWS, Studio, joined, specimens

DOCS = Path(__file__).parents[2] / "docs"
MOST_BYTES = 600_000
APPS = (
    app_info("org.codeberg.dnkl.foot", "Foot", "A small terminal", categories=("system",)),
    app_info("org.mozilla.firefox", "Firefox", "Browse the web", categories=("internet",)),
    app_info("org.xfce.mousepad", "Mousepad", "Write notes", categories=("office",)),
)


@pytest.fixture
def studio(open_stage: OpenStage, engine: FakeEngine, qml: Path) -> Studio:
    engine.apps = APPS
    stage = open_stage(scheme="light")
    stage.listed()
    for app in APPS:
        stage.dock.pin(app.app)
    stage.scene.take_in_hand("move")
    stage.scene.rows.put(WindowRow(1, "i", "org.codeberg.dnkl.foot", "Foot", "", "Foot", focused=True))
    return Studio(stage, qml)


def keep(picture: QImage, name: str) -> None:
    """As small as can be: 256 colours are enough for these."""
    if "BERTH_PICTURES" not in os.environ:
        return
    picture = picture.convertToFormat(QImage.Format.Format_RGBX8888)
    pixels = Image.frombuffer("RGBX", picture.size().toTuple(), bytes(picture.constBits())).convert("RGB")
    says = PngInfo()
    says.add_text(SHOWS, picture.text(SHOWS))
    few = pixels.quantize(256, kmeans=1, dither=Image.Dither.NONE)
    few.save(Path(os.environ["BERTH_PICTURES"], name), optimize=True, pnginfo=says)


def test_everything_is_drawn_as_what_it_is(studio: Studio) -> None:
    elements: dict[str, list[QImage]] = {kind: [] for kind in KINDS}
    tokens: dict[str, list[QImage]] = {group: [] for group in SCHEMA}
    for scheme in SCHEMES:
        studio.use(scheme)
        for kind, sheets in elements.items():
            rows = [[(one.caption, studio.take(one)) for one in row] for row in specimens(kind)]
            for (_caption, plain), *others in rows:
                assert all(picture != plain for _caption, picture in others), kind
            sheets.append(studio.sheet(rows))
        for group, sheets in tokens.items():
            sheets.append(studio.sheet([[("", studio.tokens(group))]]))
    for kind, (light, dark) in elements.items():
        assert light != dark
        shows = set[str]().union(*(one.shows for row in specimens(kind) for one in row))
        assert shows == pictures()[element_picture(kind)]
        keep(joined(light, dark, sorted(shows)), element_picture(kind))
    for group, (light, dark) in tokens.items():
        keep(joined(light, dark if group == "color" else None, sorted(SCHEMA[group])), token_picture(group))


def test_the_page_has_a_picture_of_each_and_they_are_small() -> None:
    files = {file.name: file for pattern in ("element-*", "tokens-*") for file in (DOCS / "pictures").glob(pattern)}
    shown = {name: set(QImage(str(file)).text(SHOWS).split()) for name, file in files.items()}
    assert shown == pictures(), "Make them anew: BERTH_PICTURES=docs/pictures pytest tests/qml/test_reference.py"
    assert sum(file.stat().st_size for file in files.values()) < MOST_BYTES
    page = (DOCS / "theme-reference.md").read_text()
    assert all(f"(pictures/{name})" in page for name in files)
