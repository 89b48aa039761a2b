"""The on-screen keyboard: fingers on its keys, what they type, how it looks, what makes room for it."""

from __future__ import annotations

import itertools

import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QGuiApplication, QPointingDevice
from PySide6.QtQuick import QQuickItem
from PySide6.QtTest import QTest

from berth.core.messages import LockState, PromptOpened, TextField
from berth.ui import key_modifiers
from tests.qml.conftest import OpenStage
from tests.qml.fakes import FakeEngine, prompt_info, pump
from tests.qml.stage import Stage, items, keep
from tests.qml.test_pictures import View

LAYOUTS = ("Desktop", "Tablet", "Phone")


class Fingers:
    """Touches keys by their names."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.screen: QPointingDevice = QTest.createTouchDevice()
        self.sequence = QTest.touchEvent(stage.view, self.screen, False)  # knows where each finger was
        self.there: set[int] = set()

    def key(self, name: str) -> QQuickItem:
        keys = (item for item in items(self.stage.view.contentItem()) if item.property("isKey"))
        return next(key for key in keys if key.property("name") == name)

    def middle(self, name: str) -> QPoint:
        key = self.key(name)
        return key.mapToScene(QPointF(key.width() / 2, key.height() / 2)).toPoint()

    def down(self, name: str, finger: int = 0) -> None:
        self.touch("press", self.middle(name), finger)

    def up(self, name: str, finger: int = 0) -> None:
        self.touch("release", self.middle(name), finger)

    def slide(self, place: QPoint, finger: int = 0) -> None:
        self.touch("move", place, finger)

    def touch(self, action: str, place: QPoint, finger: int) -> None:
        sequence = self.sequence
        getattr(sequence, action)(finger, place, self.stage.view)
        for other in self.there - {finger}:
            sequence.stationary(other)
        (self.there.discard if action == "release" else self.there.add)(finger)
        sequence.commit()

    def tap(self, *names: str) -> None:
        for name in names:
            self.down(name)
            self.up(name)


def label(key: QQuickItem) -> str:
    return str(key.property("label"))


def searching(stage: Stage) -> Fingers:
    """The keyboard beside the launcher, whose search has the keys."""
    stage.shell.launcherOpen = True
    fingers = shown(stage)
    pump(lambda: stage.item("search").hasActiveFocus())
    return fingers


def shown(stage: Stage) -> Fingers:
    stage.keyboard.change("show")
    stage.picture()
    return Fingers(stage)


@pytest.mark.parametrize(("layout", "scheme"), list(itertools.product(LAYOUTS, ("light", "dark"))))
@pytest.mark.parametrize("direction", [Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft])
def test_it_lies_above_the_panel_and_is_not_mirrored(
    layout: str, scheme: str, direction: Qt.LayoutDirection, open_stage: OpenStage
) -> None:
    QGuiApplication.setLayoutDirection(direction)
    stage = open_stage(layout, scheme=scheme)
    fingers = shown(stage)
    right = direction == Qt.LayoutDirection.RightToLeft
    view = View(stage, f"keyboard-{layout.lower()}-{scheme}-{'rtl' if right else 'ltr'}")
    q, p, space = (view.rect(fingers.key(name)) for name in ("k16", "k25", "space"))
    enter = view.rect(fingers.key("enter"))
    panel = view.rect(stage.item("panel"))
    assert q[0] < p[0] < view.picture.width
    assert panel[1] - 10 < space[1] + space[3] <= panel[1]
    top = stage.item("screenKeyboard").mapToScene(QPointF(0, 0)).y()
    assert stage.output.usable == (0, 0, view.picture.width, round(top))
    assert view.share(q, "surfaceRaised") > 0.4 and view.has_words(q)
    assert view.share(enter, "accent") > 0.5
    targets = [view.rect(key) for key in items(stage.view.contentItem()) if key.property("isKey")]
    assert all(height >= 44 for _x, _y, _width, height in targets)
    assert layout == "Phone" or all(width >= 44 for _x, _y, width, _height in targets)


def test_fingers_type_into_a_field_of_the_shell(open_stage: OpenStage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_modifiers, "DOUBLE_TAP_MS", 60_000)
    stage = open_stage("Phone")
    fingers = searching(stage)
    fingers.tap("k35", "shift", "k23", "space", "k23")
    assert stage.shell.query == "hI i", "shift is for one letter"
    fingers.tap("shift", "shift", "k30", "k31", "shift", "k32", "backspace", "backspace")
    assert stage.shell.query == "hI iA", "locked by a double tap until the next one"
    assert stage.item("search").hasActiveFocus() and stage.shell.launcherOpen


def test_fingers_overlap_and_slide(open_stage: OpenStage) -> None:
    stage = open_stage("Phone")
    fingers = searching(stage)
    fingers.down("k30", 0)
    fingers.down("k31", 1)
    pump(lambda: fingers.key("k30").property("down") and fingers.key("k31").property("down"))
    fingers.up("k30", 0)
    fingers.up("k31", 1)
    assert stage.shell.query == "as"
    fingers.down("k16")
    fingers.slide(fingers.middle("k17"))
    fingers.up("k17")
    assert stage.shell.query == "asw", "the key under the finger at the end counts"
    edge = fingers.middle("k30") - QPoint(round(fingers.key("k30").width() / 2) + 6, 0)
    fingers.touch("press", edge, 0)
    fingers.touch("release", edge, 0)
    assert stage.shell.query == "aswa", "beside a row its nearest key"


def test_on_the_narrowest_phones_nothing_lies_between_keys(open_stage: OpenStage) -> None:
    stage = open_stage("Phone", size=(360, 740))
    fingers = searching(stage)
    keys = [item for item in items(stage.view.contentItem()) if item.property("isKey")]
    places = sorted((key.mapRectToScene(QRectF(0, 0, key.width(), key.height())) for key in keys), key=_by_row)
    rows = [list(row) for _top, row in itertools.groupby(places, key=lambda place: round(place.top()))]
    assert len(rows) == 5 and all(place.height() >= 44 for place in places)
    assert all(abs(one.bottom() - other.top()) < 1 for (one, *_), (other, *_) in itertools.pairwise(rows))
    for row in rows:
        assert all(abs(one.right() - other.left()) < 0.01 for one, other in itertools.pairwise(row))
    assert min(place.width() for place in places) >= 34
    # Two pixels before the border between q and w, two after it, and below everything.
    border = fingers.key("k17").mapToScene(QPointF(0, 22)).toPoint()
    layer = stage.item("screenKeyboard")
    below = QPoint(fingers.middle("space").x(), layer.mapToScene(QPointF(0, layer.height() - 1)).toPoint().y())
    for spot in (border - QPoint(2, 0), border + QPoint(2, 0), below):
        fingers.touch("press", spot, 0)
        fingers.touch("release", spot, 0)
    assert stage.shell.query == "qw "


def _by_row(place: QRectF) -> tuple[int, float]:
    return round(place.top()), place.left()


def test_a_long_press_offers_variants(open_stage: OpenStage) -> None:
    stage = open_stage("Phone")
    fingers = searching(stage)
    fingers.down("k18")
    bar = stage.item("variants")
    pump(bar.isVisible)
    keep(stage.picture(), "keyboard-variants")
    choices = list(bar.property("choices"))
    assert choices[:4] == ["3", "è", "é", "ê"]
    wanted = bar.mapToScene(QPointF(4 + bar.property("side") * 2.5, bar.height() / 2)).toPoint()
    fingers.slide(wanted)
    fingers.touch("release", wanted, 0)
    assert stage.shell.query == "é", "which no key of the American layout makes"
    assert not bar.isVisible()


def test_a_key_that_is_held_repeats(open_stage: OpenStage) -> None:
    stage = open_stage("Phone")
    fingers = searching(stage)
    stage.shell.query = "a long word"
    stage.item("search").setProperty("text", "a long word")
    fingers.down("backspace")
    pump(lambda: len(stage.item("search").property("text")) < 5, 20)
    fingers.up("backspace")


def test_signs_and_back(open_stage: OpenStage) -> None:
    stage = open_stage("Phone")
    fingers = searching(stage)
    fingers.tap("page-symbols")
    stage.picture()
    fingers.tap("t@", "t#", "page-more")
    stage.picture()
    fingers.tap("t√", "page-symbols")
    stage.picture()
    fingers.tap("page-letters")
    stage.picture()
    fingers.tap("k16")
    assert stage.shell.query == "@#√q"


@pytest.mark.parametrize(
    ("layout", "keys", "typed"),
    [
        ("de", ["k21", "k26", "k40"], "züä"),
        ("fr", ["k16", "k17", "k40"], "azù"),
        ("gr", ["k18", "k19"], "ερ"),
        ("ru", ["k16", "k44"], "йя"),
        ("ara", ["k16", "k44"], "ضئ"),
    ],
)
def test_the_keys_are_those_of_the_layout(layout: str, keys: list[str], typed: str, open_stage: OpenStage) -> None:
    stage = open_stage("Phone", keyboard=layout)
    fingers = searching(stage)
    keep(stage.picture(), f"keyboard-{layout}")
    assert "".join(label(fingers.key(name)) for name in keys) == typed
    fingers.tap(*keys)
    assert stage.shell.query == typed


def test_layouts_change_and_the_space_bar_says_which(open_stage: OpenStage) -> None:
    stage = open_stage("Tablet", keyboard="us,ru")
    fingers = searching(stage)
    assert label(fingers.key("space")) == "English (US)"
    fingers.tap("group")
    stage.picture()
    assert (label(fingers.key("k16")), label(fingers.key("space"))) == ("й", "Russian")


def test_keys_speak_and_can_be_pressed_by_those_who_hear_them(open_stage: OpenStage) -> None:
    from PySide6.QtGui import QAccessible

    stage = open_stage("Phone")
    fingers = searching(stage)
    names = {}
    for name in ("k16", "backspace", "shift", "enter", "space", "hide"):
        found = QAccessible.queryAccessibleInterface(fingers.key(name))
        assert found is not None and found.role() == QAccessible.Role.Button
        names[name] = found.text(QAccessible.Text.Name)
    assert names == {
        "k16": "q",
        "backspace": "Backspace",
        "shift": "Shift",
        "enter": "Enter",
        "space": "Space",
        "hide": "Hide the keyboard",
    }


def test_what_is_open_keeps_clear_of_it(engine: FakeEngine, open_stage: OpenStage) -> None:
    stage = open_stage("Phone")
    stage.listed()
    engine.send(PromptOpened(prompt_info()))
    pump(lambda: stage.shell.prompts.count == 1)
    fingers = shown(stage)
    pump(lambda: stage.item("promptCard").property("ready"))
    view = View(stage, "keyboard-prompt")
    card, first = view.rect(stage.item("promptCard")), view.rect(fingers.key("k16"))
    assert card[1] >= 0 and card[1] + card[3] <= first[1]
    whole = QRectF(0, 0, *view.rect(stage.item("allow"))[2:])
    assert not whole.isEmpty()


def test_it_is_hidden_by_its_key_and_by_the_panel(open_stage: OpenStage) -> None:
    stage = open_stage("Tablet")
    stage.picture()
    stage.click(stage.item("keyboardButton"))
    stage.picture()
    assert stage.keyboard.shown
    Fingers(stage).tap("hide")
    assert not stage.keyboard.shown
    assert stage.output.usable == (0, 0, 1180, round(stage.item("panel").y()))


def test_a_desktop_without_fingers_has_no_button_for_it(open_stage: OpenStage) -> None:
    stage = open_stage("Desktop")
    assert not stage.item("keyboardButton").isVisible()
    stage.keyboard.used("touch")
    assert stage.item("keyboardButton").isVisible()


def test_a_finger_sees_what_it_presses_but_not_in_passwords(open_stage: OpenStage) -> None:
    stage = open_stage("Phone")
    fingers = shown(stage)
    for purpose, seen in ((0, True), (8, False)):
        stage.keyboard.app_field(TextField(1, 0, purpose, None, 1))
        before = View(stage, "keyboard-key-up")
        fingers.down("k34")
        after = View(stage, f"keyboard-key-down-{purpose}")
        x, y, width, height = after.rect(fingers.key("k34"))
        above = (x, y - height, width, height)
        assert (before.picture.changed(after.picture, above) > 0.3 * width * height) == seen
        assert before.picture.changed(after.picture, (x, y, width, height)) > 0.5 * width * height
        fingers.up("k34")


def test_the_last_key_says_what_it_does(open_stage: OpenStage) -> None:
    stage = open_stage("Phone")
    fingers = shown(stage)
    stage.keyboard.app_field(TextField(1, 0, 5, None, 1))
    view = View(stage, "keyboard-url")
    enter = fingers.key("enter")
    words = next(item for item in items(enter) if item.property("text") == "Go")
    assert words.isVisible() and view.share(view.rect(enter), "textOnAccent") > 0.01
    assert label(fingers.key("t/")) == "/"


def test_what_is_held_is_let_go_when_the_keys_go_elsewhere(open_stage: OpenStage) -> None:
    """To the lock screen, or to another output: nobody hears of the finger any more."""
    stage = open_stage("Phone")
    fingers = searching(stage)
    fingers.tap("shift", "shift")
    fingers.down("backspace")
    assert stage.keyboard.property("held") == {"shift": "locked"}
    stage.lock.take(LockState(True))
    pump(lambda: not stage.keyboard.property("held"))
    stage.item("search").setProperty("text", "a word")
    stage.lock.take(LockState(False))
    fingers = shown(stage)
    fingers.tap("backspace")
    assert stage.item("search").property("text") == "a wor", "a key that is down cannot be pressed"


# --- the inspector


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_inspector_points_at_keys_and_types_with_them(layout: str, open_stage: OpenStage) -> None:
    stage = open_stage(layout)
    fingers = shown(stage)
    inspector = stage.inspector
    stage.scene.shortcutActivated.emit("inspect")
    pump(lambda: stage.item("pointing").isVisible())
    stage.picture()
    QTest.mouseMove(stage.view, fingers.middle("k16"))
    pump(lambda: inspector.path == "keyboard key")
    key = fingers.key("k16")
    corner = key.mapToScene(QPointF(0, 0))
    assert inspector.place == QRectF(corner, key.size())
    marked, parent = stage.item("highlight"), stage.item("highlight").parentItem()
    assert marked.isVisible() and parent is stage.item("pointing").parentItem().parentItem().parentItem()
    keep(stage.picture(), f"keyboard-inspected-{layout.lower()}")
    # The mark itself is nothing to point at.
    QTest.mouseMove(stage.view, fingers.middle("shift"))
    pump(lambda: inspector.path == "keyboard key.modifier")
    QTest.mouseClick(stage.view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, fingers.middle("shift"))
    pump(lambda: not inspector.picking)
    assert inspector.path == "keyboard key.modifier", "the press chose it, and did not press it"
    # From now on it types again: what it is pressed for shows in what is told.
    fingers.tap("shift")
    pump(lambda: inspector.path == "keyboard key.modifier:checked")
    inspector.close()
    assert not stage.item("highlight").isVisible()


def test_who_types_into_the_inspector_does_not_point(open_stage: OpenStage) -> None:
    stage = open_stage("Tablet")
    fingers = shown(stage)
    stage.scene.shortcutActivated.emit("inspect")
    pump(lambda: stage.inspector.picking)
    field = stage.item("elementField")
    stage.click(field)
    pump(lambda: field.hasActiveFocus())
    assert not stage.inspector.picking
    field.setProperty("text", "")
    fingers.tap("k25", "k30")
    assert field.property("text") == "pa"


def test_a_question_takes_the_keyboard_from_who_points(open_stage: OpenStage, engine: FakeEngine) -> None:
    stage = open_stage("Tablet")
    fingers = shown(stage)
    stage.scene.shortcutActivated.emit("inspect")
    pump(lambda: stage.inspector.picking)
    QTest.mouseMove(stage.view, fingers.middle("k16"))
    pump(lambda: stage.inspector.path == "keyboard key")
    assert stage.item("pointingAtKeys").isVisible()
    engine.send(PromptOpened(prompt_info()))
    pump(lambda: not stage.item("pointingAtKeys").isVisible())
    assert stage.item("highlight").parentItem() is stage.item("pointing").parentItem(), "below what is asked"
