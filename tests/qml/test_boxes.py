"""What themes draw on boxes looks as it does in Chromium, with both renderers, and is bounded."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QGuiApplication, QImage, QPainter

from berth.engine.images.sources import host_suite
from berth.themes.stack import choose
from berth.themes.vocabulary import paths as vocabulary_paths
from berth.ui.boxes import MOST_SHADOWS, MOST_SIDE, paint, shade
from berth.ui.looks import used_values
from berth.ui.styles import Styles
from berth.ui.tokens import Tokens
from tests.qml.conftest import OpenStage
from tests.qml.fakes import pump
from tests.themes.boxes import ROOT, Shown, by_chromium, distance, place
from tests.themes.browser import CHROMIUM, Browser
from tests.ui.test_scene_hosts import needs_xvfb, x_display  # noqa: F401

BOXES = (
    *("background: linear-gradient(45deg, red, lime 30%, blue); border-radius: 20px",),
    *("background: linear-gradient(to top right, red, transparent 50%, blue)",),
    *("background: radial-gradient(ellipse 50px 20px at 70% 30%, gold, navy 90%)",),
    *("background: radial-gradient(circle closest-side at 30px 40px, gold 40%, navy)",),
    *("background: conic-gradient(from 45deg at 20% 30%, red 0 25%, lime 25% 60%, blue)",),
    *("background: repeating-linear-gradient(45deg, red 0 8px, blue 8px 16px)",),
    *("background: repeating-radial-gradient(circle, gold 0 5px, navy 10px 15px)",),
    *("background: repeating-conic-gradient(black 0 15deg, white 0 30deg)",),
    *("background: linear-gradient(in oklch longer hue, red, blue)",),
    *("background: linear-gradient(oklch(0.7 0.2 30), oklch(0.7 0.2 200))",),
    *("background: linear-gradient(red, 20%, blue)",),
    *("background: linear-gradient(rgb(255 0 0 / 0.5), transparent), linear-gradient(90deg, gold, navy)",),
    *("background: url(nine.png)", "background: url(nine.png) no-repeat center / 60px 40px gold"),
    *("background: url(nine.png) center / cover", "background: url(nine.png) space"),
    *("background: url(nine.png) round", "background: url(nine.png) 100% 10px / 25% auto repeat-x"),
    *("background: linear-gradient(red, blue) 10px 10px / 20px 20px",),
    *("border: 10px solid rgb(0 0 0 / 0.3); background: linear-gradient(red, blue) padding-box",),
    *("border: solid green; border-width: 2px 4px 6px 8px; background: gold content-box; padding: 8px",),
    *("border: 8px solid; border-color: red lime blue gold; border-radius: 30px",),
    *("border: 8px double navy; border-radius: 10px", "border: 8px ridge rgb(100 150 200)"),
    *("border-bottom: 5px solid red; background: silver; border-radius: 12px", "border: 4px dashed navy"),
    *("border-radius: 60px 20px / 20px 40px; background: teal; border: 4px solid black",),
    *("background: white; box-shadow: 0 6px 24px rgb(0 0 0 / 0.4)",),
    *("background: white; box-shadow: 0 0 0 4px red, 0 0 0 8px blue; border-radius: 12px",),
    *("background: rgb(255 255 255 / 0.5); box-shadow: 8px 8px 12px 2px rgb(200 0 0 / 0.8); border-radius: 20px",),
    *("background: white; box-shadow: inset 0 0 0 5px green, inset 8px 8px 20px 4px blue, 0 0 30px red",),
    *("background: white; box-shadow: 0 20px 40px -10px rgb(0 0 0 / 0.6); border-radius: 8px",),
    *("border: 12px solid transparent; border-image: url(nine.png) 10 fill / 15px / 6px round",),
    *("border: 12px solid transparent; border-image: url(nine.png) 10 space",),
    *("border: 6px solid; border-image: linear-gradient(45deg, red, blue) 1",),
    *("background: teal; outline: 3px solid red; outline-offset: 4px; border-radius: 10px",),
    *("background: teal; outline: 6px double red; outline-offset: 4px",),
    *("background: teal; opacity: 0.4", "background: teal; transform: rotate(30deg) scale(0.8, 1.2)"),
    *("background: teal; translate: 10% 20px; rotate: 10deg; scale: 0.5", "background: teal; visibility: hidden"),
    *("background: teal; transform: translate(20px) rotate(45deg) translate(20px, 10%); border-radius: 20px",),
    *("background: teal; transform: scale(1, 0.5) rotate(45deg); box-shadow: 0 4px 8px black",),
    *(
        "background: teal; animation: blink 2s -0.5s paused linear",
        "background: teal; animation: blink 2s -1.1s paused",
    ),
    *("background: teal; animation: turn 2s -0.7s paused", "border: 9px solid blue; animation: paint 1s -0.3s paused"),
    *("background: teal; animation: grow 1s -0.5s paused, paint 3s ease-in -7s alternate 4 paused",),
    *(
        "background: teal; animation: grow 1s -3s paused reverse both",
        "background: teal; animation: grow 1s -3s paused",
    ),
)
QSB = Path("/usr/lib/qt6/bin/qsb")
ON_AVERAGE, CLEARLY = 0.8, 0.012
"""Of 255, and the share of pixels that may differ clearly: edges are smoothed by different rules."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A theme's folder with a picture of nine fields."""
    folder = tmp_path / "themes/mine"
    folder.mkdir(parents=True)
    (tmp_path / "config").mkdir()
    nine(folder / "nine.png")
    return folder


def nine(file: Path, turn: int = 0) -> None:
    image = QImage(30, 30, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    for field in range(9):
        value = 255 if field % 2 else 200
        painter.fillRect(field % 3 * 10, field // 3 * 10, 10, 10, QColor.fromHsv((field * 40 + turn) % 360, 255, value))
    painter.end()
    assert image.save(str(file))


Show = Callable[..., Shown]


@pytest.fixture
def show(folder: Path, qt_warnings: list[str]) -> Iterator[Show]:
    shown: list[Shown] = []

    def one(*boxes: str) -> Shown:
        shown.append(Shown(boxes, folder, folder.parents[1] / "config"))
        return shown[-1]

    yield one
    for each in shown:
        each.close()


def middle(shown: Shown, number: int = 0) -> QColor:
    x, y, width, height = place(number)
    return shown.picture().pixelColor(x + width // 2, y + height // 2)


@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")
def test_boxes_look_as_in_a_browser(show: Show, folder: Path, tmp_path: Path) -> None:
    with Browser(tmp_path / "profile") as browser:
        theirs = by_chromium(browser, BOXES, folder)
    ours = show(*BOXES).picture()
    wrong = [(box, *distance(ours, theirs, number)) for number, box in enumerate(BOXES)]
    assert [box for box in wrong if box[1] > ON_AVERAGE or box[2] > CLEARLY] == []


def by_opengl(boxes: Sequence[str], folder: Path, display: str) -> QImage:
    """What the shell draws in a process of its own."""
    environment = {**os.environ, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb", "QT_XCB_GL_INTEGRATION": "xcb_egl"}
    environment.pop("QT_QUICK_BACKEND", None)
    file, config = folder.parents[1] / "opengl.png", folder.parents[1] / "config"
    command = [sys.executable, "-m", "tests.themes.boxes", str(folder), str(config), str(file)]
    subprocess.run([*command, *boxes], cwd=ROOT, env=environment, check=True, timeout=100)
    return QImage(str(file)).convertToFormat(QImage.Format.Format_RGB32)


@needs_xvfb
def test_opengl_draws_the_same(show: Show, folder: Path, x_display: str) -> None:  # noqa: F811
    ours = show(*BOXES).picture()
    theirs = by_opengl(BOXES, folder, x_display)
    wrong = [(box, *distance(ours, theirs, number)) for number, box in enumerate(BOXES)]
    assert [box for box in wrong if box[1] > ON_AVERAGE or box[2] > CLEARLY] == []


GLASS = (
    "backdrop-filter: blur(12px); background: rgb(255 255 255 / 0.3); border-radius: 16px",
    "backdrop-filter: grayscale(1); background: rgb(0 0 0 / 0.1)",
    "background: rgb(255 255 255 / 0.3)",
)


FILTERED = (
    "filter: brightness(0.6); background: linear-gradient(red, gold); border: 6px solid teal",
    "filter: contrast(50%) brightness(1.5); background: teal; border: 6px solid gold",
    "filter: grayscale(0.8); background: linear-gradient(red, blue); border: 6px solid lime",
    "filter: hue-rotate(90deg); background: teal; border: 6px solid gold; border-radius: 20px",
    "filter: invert(); background: rgb(200 100 0); border: 6px double gold",
    "filter: invert(0.3) hue-rotate(-40deg); background: rgb(200 100 0)",
    "filter: opacity(0.4); background: teal; border: 6px solid gold",
    "filter: saturate(3); background: rgb(100 120 140); box-shadow: 0 4px 12px rgb(160 80 80 / 0.8)",
    "filter: saturate(0.2) sepia(0.7); background: linear-gradient(90deg, lime, red)",
    "filter: sepia(); background: teal; outline: 4px solid red; outline-offset: 4px",
    "filter: drop-shadow(6px 8px 10px black); background: teal; border-radius: 20px",
    "filter: invert(1) drop-shadow(-8px -8px 4px red); background: teal; scale: 0.8",
)
"""What both renderers draw."""
OF_SHAPES = (
    "filter: drop-shadow(10px 0 red) drop-shadow(0 10px 4px rgb(0 0 255 / 0.5)) grayscale(0.5); background: gold",
    "filter: opacity(0.5) drop-shadow(8px 8px 0 black); background: teal",
    "filter: blur(4px); background: teal; border: 6px solid gold",
    "filter: blur(12px) hue-rotate(60deg); background: linear-gradient(red, blue); border-radius: 20px",
    "filter: grayscale(1) blur(2px); background: url(nine.png)",
    "filter: drop-shadow(0 6px 6px black) blur(3px) contrast(2); background: teal; opacity: 0.7",
    "filter: drop-shadow(4px 4px 4px black); border: 6px solid red; border-radius: 12px",
    "filter: invert(1) sepia(0.4); background: url(nine.png) center / cover; rotate: 20deg",
)


@pytest.mark.timeout(300)
@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")
@needs_xvfb
def test_filters_look_as_in_a_browser(show: Show, folder: Path, tmp_path: Path, x_display: str) -> None:  # noqa: F811
    with Browser(tmp_path / "profile") as browser:
        theirs = by_chromium(browser, [*FILTERED, *OF_SHAPES], folder)
    plain, effects = show(*FILTERED).picture(), by_opengl([*FILTERED, *OF_SHAPES], folder, x_display)
    wrong = [
        (box, *distance(ours, theirs, number))
        for ours, boxes in ((plain, FILTERED), (effects, [*FILTERED, *OF_SHAPES]))
        for number, box in enumerate(boxes)
    ]
    assert [box for box in wrong if box[1] > ON_AVERAGE or box[2] > CLEARLY] == []


def stripes(picture: QImage, number: int) -> list[QColor]:
    """The middle row of a box."""
    x, y, width, height = place(number)
    return [picture.pixelColor(x + at, y + height // 2) for at in range(60, width - 60)]


@needs_xvfb
def test_glass_is_blurred_with_graphics_hardware(folder: Path, x_display: str) -> None:  # noqa: F811
    picture = by_opengl(GLASS, folder, x_display)
    blurred, grey, clear = (stripes(picture, number) for number in range(3))

    def contrast(row: list[QColor]) -> int:
        return max(colour.green() for colour in row) - min(colour.green() for colour in row)

    assert contrast(clear) > 150 > 100 > contrast(blurred)
    assert all(abs(colour.red() - colour.green()) < 30 for colour in grey)
    assert any(colour.red() - colour.green() > 100 for colour in clear)


def test_glass_is_dense_without_graphics_hardware(show: Show) -> None:
    shown = show(*GLASS)
    glass, _grey, clear = shown.boxes()
    assert QColor(glass.property("color")).alphaF() > 0.9
    assert QColor(clear.property("color")).alphaF() < 0.4


def test_a_plain_box_has_nothing_beside_its_rectangle(show: Show) -> None:
    shown = show("background: red; border: 1px solid blue; border-radius: 5px", "box-shadow: 0 2px 4px black")
    adorned = [item.property("adornment") is not None for item in shown.boxes()]
    assert adorned == [False, True]


def test_what_only_the_middle_of_gets_larger_is_painted_once(show: Show) -> None:
    shown = show("box-shadow: 0 1px 2px black; background: red", "box-shadow: 0 1px 2px black; background: blue")
    small, large = shown.boxes()
    painted: list[tuple[str, float, float]] = []
    paint_one = shown.styles.paintings.paint

    def spy(number: str, width: float, height: float, scale: float) -> QImage:
        painted.append((number, width, height))
        return paint_one(number, width, height, scale)

    shown.styles.paintings.paint = spy  # type: ignore[method-assign]
    for width in range(120, 180, 5):
        large.setWidth(width)
        small.setHeight(width)
        shown.picture()
    assert painted == []


def test_a_picture_that_changes_is_drawn_anew(show: Show, folder: Path) -> None:
    shown = show("background: url(nine.png) center / cover")
    before = middle(shown)
    nine(folder / "nine.png", 120)
    pump(lambda: middle(shown) != before)


# --- a theme from a stranger


@pytest.mark.parametrize("kind", ["link", "bomb", "text", "pipe", "missing", "folder link"])
def test_a_picture_that_is_none_or_not_the_themes_is_not_drawn(
    show: Show, folder: Path, tmp_path: Path, kind: str
) -> None:
    name = "bad.png"
    if kind == "link":
        nine(tmp_path / "outside.png")
        (folder / name).symlink_to(tmp_path / "outside.png")
    elif kind == "folder link":
        (tmp_path / "outside").mkdir()
        nine(tmp_path / "outside/bad.png")
        (folder / "in").symlink_to(tmp_path / "outside")
        name = "in/bad.png"
    elif kind == "bomb":
        data = (folder / "nine.png").read_bytes()
        (folder / name).write_bytes(data[:16] + (60_000).to_bytes(4, "big") * 2 + data[24:])
    elif kind == "text":
        (folder / name).write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    elif kind == "pipe":
        os.mkfifo(folder / name)
    shown = show(f"background: url({name}) red")
    assert middle(shown) == QColor("red")
    assert len([problem for problem in shown.problems if "bad.png" in problem]) == 1


def styles(folder: Path, sheet: str, *, effects: bool = False) -> Styles:
    (folder / "theme.toml").write_text('id = "mine"\n')
    (folder / "style.css").write_text(sheet)
    config = folder.parents[1] / "config"
    choose(config, "mine")
    tokens = Tokens([ROOT / "themes/default/tokens.json"], scheme="light")
    return Styles(tokens, [folder.parent, ROOT / "themes"], config, effects=effects)


def test_shadows_and_sizes_are_bounded(folder: Path, application: QGuiApplication) -> None:
    many = ", ".join(f"{number}px 9999999px 9999999px 9999999px red" for number in range(1, 60))
    found = styles(folder, f"card {{ box-shadow: {many}; border-radius: 9e9px; outline: 9e9px dashed red }}")
    card = found.engine.style(found.engine.elements.make("card", found.engine.elements.make("desktop")))
    painting = shade(used_values(card))
    assert painting is not None
    assert len(painting.named()["box-shadow"]) == MOST_SHADOWS
    image = paint(painting, MOST_SIDE, MOST_SIDE, 4.0, found.paintings.pictures.open)
    assert max(image.width(), image.height()) <= MOST_SIDE
    found.deleteLater()


def test_a_sheet_says_which_folder_a_picture_is_of(folder: Path, application: QGuiApplication) -> None:
    """The user's own sheet has the user's pictures, also where the theme has one of that name."""
    (folder.parents[1] / "config/style.css").write_text("menu { background-image: url(nine.png) }")
    nine(folder.parents[1] / "config/nine.png")
    found = styles(folder, "card, menu { background-image: url(nine.png) }")
    found.of("card"), found.of("menu")
    assert sorted(picture.parent for picture in found.paintings.pictures.files()) == sorted(
        [folder.parents[1] / "config", folder]
    )
    found.deleteLater()


# --- questions


def test_no_filter_touches_a_question(folder: Path, application: QGuiApplication) -> None:
    every = (
        "prompt, prompt *, inspector, inspector *, desktop, scrim, window { filter: blur(9px) invert(1) !important }"
    )
    paths = [path for path in vocabulary_paths() if path.startswith(("prompt", "inspector"))]
    plain = styles(folder, "")
    for effects in (False, True):
        filtered = styles(folder, every, effects=effects)
        for path in paths:
            one, two = plain.of(path), filtered.of(path)
            names = ("extras", "color", "background", "borderColor", "outlineColor", "opacity", "filter")
            assert [one.value(name) for name in names] == [two.value(name) for name in names], path
        assert (filtered.of("window").value("filter") != []) == effects
        filtered.deleteLater()
    plain.deleteLater()


@pytest.mark.skipif(not QSB.exists(), reason="needs qt6-shader-baker")
@pytest.mark.skipif(host_suite() != "bookworm", reason="compiled by bookworm; another version writes other bytes")
def test_shaders_are_compiled_from_their_sources(tmp_path: Path) -> None:
    """After a change: this command in their folder, with Debian's qt6-shader-baker."""
    sources = sorted((ROOT / "qml/components/shaders").glob("*.frag"))
    assert len(sources) == 2
    for source in sources:
        fresh = tmp_path / f"{source.name}.qsb"
        command = [str(QSB), "--glsl", "100 es,120,150,300 es", "-o", str(fresh), source.name]
        environment = {**os.environ, "QT_HASH_SEED": "0"}  # else the parts come in any order
        subprocess.run(command, cwd=source.parent, env=environment, check=True, capture_output=True, timeout=60)
        assert fresh.read_bytes() == source.with_name(fresh.name).read_bytes(), source.name


def test_nothing_covers_or_moves_what_a_prompt_says(folder: Path, open_stage: OpenStage, tmp_path: Path) -> None:
    stage = open_stage(themes=[folder.parent], config=tmp_path / "config")
    (folder / "theme.toml").write_text('id = "mine"\n')
    (folder / "style.css").write_text(
        "prompt, prompt * { background-image: linear-gradient(red, blue) !important; border: 900px solid red;"
        " border-image: url(nine.png) 10 fill; box-shadow: 0 0 0 900px red, inset 0 0 0 900px red;"
        " outline: 900px solid red; outline-offset: -900px; padding: 900px; border-radius: 900px; font-size: 900px }"
        "scrim { background-image: url(nine.png) }"
    )
    choose(tmp_path / "config", "mine")
    label = stage.styles.of("prompt button label")
    pump(lambda: label.value("fontSize") == 40)
    for path in ("prompt", "prompt quote", "prompt tag", "prompt button.primary", "prompt choice", "prompt scrim"):
        look = stage.styles.of(path)
        assert look.value("ground") == [], path
        assert look.value("borderWidth") <= 8, path
        assert (look.value("shade") == []) == (path != "prompt"), path
        assert (look.value("outlineWidth"), look.value("outlineOffset")) == (8, 0), path
        assert look.value("paddingLeft") <= 32, path
    assert stage.styles.of("prompt").value("topLeftRadius") <= 24
