"""What is drawn: every layout in both schemes and both directions, looked at pixel by pixel."""

from __future__ import annotations

import itertools

import pytest
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRectF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage
from PySide6.QtQuick import QQuickItem

from berth.core.messages import ImageProgress, Notice, PromptOpened
from tests.picture import Colour, Picture, Rect
from tests.qml.conftest import OpenStage
from tests.qml.fakes import FakeEngine, WindowRow, app_info, prompt_info, pump, wants
from tests.qml.stage import Stage, items, keep, kind

LAYOUTS = ["Desktop", "Tablet", "Phone"]
SCHEMES = ["light", "dark"]
DIRECTIONS = [Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft]
ALL = list(itertools.product(LAYOUTS, SCHEMES, DIRECTIONS))

APPS = (
    app_info("org.codeberg.dnkl.foot", "Foot", "A small terminal", categories=("system",)),
    app_info(
        "org.mozilla.firefox", "Firefox", "Browse the web", categories=("internet",), permissions=(wants("network"),)
    ),
    app_info("org.gnome.gedit", "Text Editor", "Write notes", image="", image_state="missing"),
)


def close_to(first: Colour, second: Colour, distance: int = 12) -> bool:
    return max(abs(a - b) for a, b in zip(first, second, strict=True)) <= distance


def rgb(colour: QColor) -> Colour:
    return colour.red(), colour.green(), colour.blue()


class View:
    """A stage, and its picture."""

    def __init__(self, stage: Stage, name: str) -> None:
        self.stage = stage
        image = stage.picture()
        keep(image, name)
        self.picture = Picture(_png(image))

    def color(self, token: str) -> Colour:
        return rgb(self.stage.tokens.groups["color"].value(token))

    def rect(self, item: QQuickItem) -> Rect:
        scene = item.mapRectToScene(QRectF(0, 0, item.width(), item.height())).toRect()
        inside = scene.intersected(QRectF(0, 0, self.picture.width, self.picture.height).toRect())
        return inside.x(), inside.y(), inside.width(), inside.height()

    def share(self, rect: Rect, token: str) -> float:
        """How much of `rect` has about the token's colour."""
        colours = self.picture.colours(rect)
        wanted = self.color(token)
        return sum(count for colour, count in colours.items() if close_to(colour, wanted)) / colours.total()

    def has_words(self, rect: Rect, token: str = "text") -> bool:
        """Whether strokes in the text colour are there, and not only they."""
        return 0.0004 < self.share(rect, token) < 0.6


def _png(image: QImage) -> bytes:
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")
    return bytes(data.data())


def settled(stage: Stage) -> None:
    """Wait until the entrances are over."""
    launcher = stage.item("launcher")
    pump(lambda: launcher.opacity() == (1 if stage.shell.launcherOpen else 0))


def name_of(what: str, layout: str, scheme: str, direction: Qt.LayoutDirection) -> str:
    return f"{what}-{layout.lower()}-{scheme}-{'rtl' if direction == DIRECTIONS[1] else 'ltr'}"


@pytest.fixture
def show(engine: FakeEngine, open_stage: OpenStage, request: pytest.FixtureRequest) -> Stage:
    layout, scheme, direction = request.param
    QGuiApplication.setLayoutDirection(direction)
    engine.apps = APPS
    stage = open_stage(layout, scheme=scheme)
    stage.listed()
    return stage


def every(what: str) -> pytest.MarkDecorator:
    ids = [name_of(what, *combination) for combination in ALL]
    return pytest.mark.parametrize(("show", "case"), list(zip(ALL, ALL, strict=True)), ids=ids, indirect=["show"])


Case = tuple[str, str, Qt.LayoutDirection]


@every("desktop")
def test_desktop(show: Stage, case: Case, engine: FakeEngine) -> None:
    row = WindowRow(1, "i", "org.mozilla.firefox", "Firefox", "", "Start page", focused=True)
    show.scene.rows.put(row)
    engine.send(ImageProgress("org.gnome.gedit", "Fetching packages", 0.5, 90))
    pump(lambda: show.shell.progress.count == 1)
    view = View(show, name_of("desktop", *case))
    panel, button = view.rect(show.item("panel")), view.rect(show.item("launcherButton"))
    mirrored = case[2] == DIRECTIONS[1]

    assert panel[0] == 0 and panel[2] == view.picture.width and panel[1] + panel[3] == view.picture.height
    assert (button[0] > view.picture.width / 2) == mirrored
    assert view.share(button, "accent") > 0.6
    assert view.share(button, "textOnAccent") > 0.01
    assert view.share(panel, "panel") > 0.3
    clock = next(item for item in items(show.item("panel")) if kind(item).startswith("Clock"))
    assert (view.rect(clock)[0] < view.picture.width / 2) == mirrored
    assert view.has_words(view.rect(clock))
    progress = next(item for item in items(show.item("panel")) if kind(item).startswith("ProgressItem"))
    assert view.share(view.rect(progress), "accent") > 0.005
    assert view.picture.at(view.picture.width // 2, 0) != view.picture.at(view.picture.width // 2, panel[1] - 5)


@every("launcher")
def test_launcher(show: Stage, case: Case) -> None:
    show.shell.launcherOpen = True
    settled(show)
    view = View(show, name_of("launcher", *case))
    sheet, search = view.rect(show.item("launcher")), view.rect(show.item("search"))
    if case[0] == "Desktop":
        assert sheet[2] < view.picture.width and (sheet[0] > view.picture.width / 4) == (case[2] == DIRECTIONS[1])
    else:
        assert sheet[2] == view.picture.width
    assert view.share(sheet, "launcher") > 0.4
    assert view.share(search, "focus") > 0.005
    assert view.has_words(search, "textMuted")
    tiles = [item for item in items(show.item("grid")) if kind(item).startswith("AppTile")]
    assert len(tiles) == len(APPS)
    for tile in tiles:
        assert view.has_words(view.rect(tile)), tile.property("name")
        number = show.shell.tile(tile.property("app"))
        faded = tile.property("imageState") != "ready"
        assert faded or view.share(view.rect(tile), f"tile{number}") > 0.03
    first = next(tile for tile in tiles if tile.property("current"))
    assert view.share(view.rect(first), "selected") > 0.3


@every("prompt")
def test_prompt(show: Stage, case: Case, engine: FakeEngine) -> None:
    before = View(show, name_of("before", *case))
    engine.send(PromptOpened(prompt_info()))
    engine.send(PromptOpened(prompt_info("p2")))
    pump(lambda: show.shell.prompts.count == 2)
    pump(lambda: show.item("promptCard").property("ready"))
    view = View(show, name_of("prompt", *case))
    card = view.rect(show.item("promptCard"))
    assert card[0] >= 0 and card[0] + card[2] <= view.picture.width
    assert view.share(card, "surfaceRaised") > 0.3
    assert view.has_words(card)
    allow, deny = view.rect(show.item("allow")), view.rect(show.item("deny"))
    assert view.share(allow, "accent") > 0.6
    assert (deny[0] > allow[0]) == (case[2] == DIRECTIONS[1])
    outside = (0, 0, view.picture.width, card[1] - 30)
    assert before.picture.changed(view.picture, outside) > 0.9 * outside[2] * outside[3]


@every("notices")
def test_notices(show: Stage, case: Case, engine: FakeEngine) -> None:
    engine.send(Notice("info", "It is ready.", "Open it from the launcher."))
    engine.send(Notice("error", "It could not be built.", "Check the network, then try again."))
    pump(lambda: show.shell.notices.count == 2)
    notices = show.item("notices")
    pump(lambda: notices.height() > 50 and all(card.opacity() == 1 for card in notices.childItems()))
    view = View(show, name_of("notices", *case))
    area = view.rect(notices)
    assert area[2] > 200
    assert view.has_words(area)
    assert view.share(area, "dangerSoft") > 0.005
    assert view.share(area, "infoSoft") > 0.005
    assert (area[1] < view.picture.height / 2) == (case[0] == "Phone")


@pytest.mark.parametrize("scheme", SCHEMES)
def test_high_contrast(scheme: str, engine: FakeEngine, open_stage: OpenStage) -> None:
    engine.apps = APPS
    stage = open_stage("Desktop", scheme=scheme, contrast="high")
    stage.listed()
    stage.shell.launcherOpen = True
    settled(stage)
    view = View(stage, f"launcher-contrast-{scheme}")
    ground = (255, 255, 255) if scheme == "light" else (0, 0, 0)
    assert view.color("launcher") == ground
    assert view.share(view.rect(stage.item("launcher")), "launcher") > 0.5


def test_the_scheme_changes_while_it_runs(engine: FakeEngine, open_stage: OpenStage) -> None:
    stage = open_stage("Desktop", scheme="light")
    light = View(stage, "switch-light")
    stage.tokens.scheme = "dark"
    dark = View(stage, "switch-dark")
    panel = dark.rect(stage.item("panel"))
    assert dark.share(panel, "panel") > 0.5
    assert light.picture.changed(dark.picture) > 0.95 * dark.picture.width * dark.picture.height


@pytest.mark.parametrize("size", [(640, 360), (320, 480)])
def test_small_screens_lose_nothing(engine: FakeEngine, open_stage: OpenStage, size: tuple[int, int]) -> None:
    engine.apps = APPS
    stage = open_stage("Phone", size=size)
    stage.listed()
    engine.send(PromptOpened(prompt_info(reason="A long reason, " * 30)))
    pump(lambda: stage.shell.prompts.count == 1)
    pump(lambda: stage.item("promptCard").property("ready"))
    view = View(stage, f"prompt-{size[0]}x{size[1]}")
    for name in ("promptCard", "allow", "deny", "once", "session", "always"):
        item = stage.item(name)
        whole = item.mapRectToScene(QRectF(0, 0, item.width(), item.height()))
        assert QRectF(0, 0, *size).contains(whole), name
    assert view.share(view.rect(stage.item("allow")), "accent") > 0.5
