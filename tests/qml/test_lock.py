"""The lock screen: its field, what is said beside it, and how it looks in every theme and layout."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QPointF, QRectF, Qt, QUrl
from PySide6.QtGui import QAccessible, QGuiApplication
from PySide6.QtQuick import QQuickItem
from PySide6.QtTest import QTest

from berth.core.messages import CancelUnlock, Level, LockChanged, LockSession, LockState, ProblemInfo, UnlockAnswer
from berth.themes.stack import choose
from berth.ui.lock import MOST_TYPED, Lock, choose_time, usual_time
from berth.ui.own_fields import OwnFields
from tests.qml.conftest import OpenStage
from tests.qml.fakes import pump
from tests.qml.stage import ROOT, SIZES, Stage, items, keep
from tests.qml.test_screen_keyboard import Fingers

THEMES = sorted(folder.name for folder in (ROOT / "themes").iterdir())
OpenLock = Callable[..., Stage]
SECRET = "Mot de passe & 1"
_BACK = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def open_lock(open_stage: OpenStage, qml: Path, tmp_path: Path) -> OpenLock:
    def open_one(layout: str = "Desktop", theme: str = "default", **options: object) -> Stage:
        config = tmp_path / "config"
        choose(config, theme)
        stage = open_stage(layout, config=config, **options)
        stage.lock.take(LockState(True))
        stage.view.setInitialProperties({})
        stage.view.setSource(QUrl.fromLocalFile(str(qml / "lock/LockScreen.qml")))
        assert stage.view.status() == stage.view.Status.Ready, [error.toString() for error in stage.view.errors()]
        stage.view.rootObject().takeKeys()
        return stage

    return open_one


def words(stage: Stage) -> list[str]:
    """All that can be read."""
    return [str(item.property("text")) for item in items(stage.view.contentItem()) if item.isVisible()]


def answers(stage: Stage) -> list[str]:
    return [message.text for message in stage.said if isinstance(message, UnlockAnswer)]


def field(stage: Stage) -> QQuickItem:
    return stage.item("loginField")


def whole(item: QQuickItem) -> QRectF:
    return item.mapRectToScene(QRectF(0, 0, item.width(), item.height()))


def test_what_is_typed_is_sent_once_and_forgotten(open_lock: OpenLock) -> None:
    stage = open_lock()
    assert field(stage).property("activeFocus")
    stage.type(SECRET)
    shown = field(stage).property("displayText")
    assert len(shown) == len(SECRET) and len(set(shown)) == 1
    stage.key(Qt.Key.Key_Return)
    assert answers(stage) == [SECRET] and field(stage).property("text") == ""
    # Nothing more is taken while it is looked at.
    stage.lock.take(LockState(True, busy=True))
    stage.type("x")
    stage.key(Qt.Key.Key_Return)
    assert answers(stage) == [SECRET] and field(stage).property("text") == ""
    stage.key(Qt.Key.Key_Escape)
    assert isinstance(stage.said[-1], CancelUnlock)


def test_a_wrong_password_is_said_in_one_sentence_with_a_pause(open_lock: OpenLock) -> None:
    stage = open_lock()
    stage.lock.take(LockState(True, outcome="wrong", wait=400))
    assert "That was not the right password. Try again in a second." in words(stage)
    stage.lock.take(LockState(True, outcome="wrong", wait=600_000))
    assert "That was not the right password. Try again in 600 seconds." in words(stage)
    stage.type("too soon")
    stage.key(Qt.Key.Key_Return)
    assert not answers(stage) and not stage.item("loginAction").property("enabled")
    stage.lock.take(LockState(True, outcome="wrong", wait=10))
    pump(lambda: stage.lock.property("ready"))
    assert "That was not the right password." in words(stage)
    stage.type("now")
    stage.click(stage.item("loginAction"))
    assert answers(stage) == ["now"] and field(stage).property("activeFocus")


def test_further_questions_and_what_the_system_says(open_lock: OpenLock) -> None:
    stage = open_lock()
    stage.lock.take(LockState(True, asks="visible", question="Code: ", notes=(("info", "Look at <b>your</b> phone"),)))
    assert {"Code", "Look at <b>your</b> phone", "Continue"} <= set(words(stage))
    stage.type("12")
    assert field(stage).property("displayText") == "12"
    stage.key(Qt.Key.Key_Return)
    assert answers(stage) == ["12"]


def test_a_password_does_not_come_back_in_the_open(open_lock: OpenLock) -> None:
    stage = open_lock()
    stage.type("abc")
    stage.key(Qt.Key.Key_Backspace)
    stage.type("d")
    stage.key(Qt.Key.Key_Return)
    stage.lock.take(LockState(True, asks="visible", question="Code"))
    for modifiers in (Qt.KeyboardModifier.ControlModifier, _BACK):
        for _step in range(3):
            QTest.keyClick(stage.view, Qt.Key.Key_Z, modifiers)
            assert field(stage).property("text") == ""


def test_what_the_system_says_is_shown_while_it_waits(open_lock: OpenLock) -> None:
    stage = open_lock()
    stage.lock.take(LockState(True, busy=True))
    assert "Checking…" in words(stage)
    stage.lock.take(LockState(True, busy=True, notes=(("info", "Touch the key"),)))
    assert "Touch the key" in words(stage)


def test_the_keyboard_shows_nobody_what_is_typed(open_lock: OpenLock) -> None:
    stage = open_lock("Phone")
    fields = OwnFields(stage.keyboard.own_field)
    stage.item("loginAction").forceActiveFocus()
    stage.view.rootObject().takeKeys()
    assert field(stage).hasActiveFocus() and stage.keyboard.property("secret")
    fields.deleteLater()


def test_a_finger_can_give_up_what_takes_too_long(open_lock: OpenLock) -> None:
    stage = open_lock()
    stage.item("loginCard").setProperty("patience", 50)
    stage.lock.take(LockState(True, busy=True))
    button = stage.item("loginAction")
    assert button.property("text") == "Unlock" and not button.property("enabled")
    pump(lambda: button.property("text") == "Cancel")
    stage.click(button)
    assert isinstance(stage.said[-1], CancelUnlock) and field(stage).property("activeFocus")
    stage.lock.take(LockState(True))
    assert button.property("text") == "Unlock" and button.property("enabled")


def test_caps_lock_and_layout_are_shown(open_lock: OpenLock) -> None:
    stage = open_lock()
    assert "Caps Lock is on." not in words(stage) and "US" in words(stage)
    stage.lock.take(LockState(True, caps=True, group=1))
    assert "Caps Lock is on." in words(stage) and "DE" in words(stage)


def test_an_answer_has_an_end(open_lock: OpenLock) -> None:
    stage = open_lock()
    stage.lock.answer("x" * 10_000)
    assert answers(stage) == ["x" * MOST_TYPED]
    stage.lock.take(LockState(False))
    stage.lock.answer("y")
    assert len(answers(stage)) == 1


def test_whoever_asks_for_it_hears_what_came_of_it() -> None:
    said: list[object] = []
    heard: list[str] = []
    lock = Lock(said.append, lambda _locked: None)

    def ask() -> None:
        lock.lock_and(lambda problem: heard.append("locked" if problem is None else problem.code))

    ask()
    lock.take(LockState(False))  # of a new display server, which has not heard of it
    assert said == [LockSession(), LockSession()] and not heard
    lock.take(LockState(True, probing=True))
    ask()
    assert not heard and len(said) == 2
    lock.take(LockState(True))
    assert heard == ["locked", "locked"]
    ask()
    assert heard.pop() == "locked"
    lock.take(LockState(False))
    for last, code in (
        (LockState(False, problem=ProblemInfo("no-pam", "No.")), "no-pam"),
        (LockState(False), "unlocked"),
    ):
        ask()
        lock.take(LockState(True, probing=True))
        lock.take(last)
        assert heard.pop() == code


@pytest.mark.parametrize("layout", ["Desktop", "Tablet", "Phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_launcher_has_a_button_for_it(open_stage: OpenStage, layout: str, scheme: str) -> None:
    stage = open_stage(layout, scheme=scheme)
    stage.shell.launcherOpen = True
    button = stage.item("lockButton")
    pump(lambda: stage.item("launcher").opacity() == 1)
    keep(stage.picture(), f"launcher-lock-{layout.lower()}-{scheme}")
    said = QAccessible.queryAccessibleInterface(button)
    assert said.text(QAccessible.Text.Name) == "Lock the screen"
    assert QRectF(0, 0, *SIZES[layout.lower()]).contains(whole(button))
    assert whole(button).left() >= whole(stage.item("openCatalogue")).right()
    stage.click(button)
    assert stage.said == [LockSession()] and not stage.shell.launcherOpen
    stage.shell.launcherOpen = True
    for _step in range(2):
        stage.key(Qt.Key.Key_Tab)
    assert button.hasActiveFocus()
    stage.key(Qt.Key.Key_Return)
    assert stage.said == [LockSession()] * 2 and not stage.shell.launcherOpen


def test_the_button_is_mirrored(open_stage: OpenStage) -> None:
    QGuiApplication.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    stage = open_stage("Phone")
    stage.shell.launcherOpen = True
    pump(lambda: stage.item("launcher").opacity() == 1)
    keep(stage.picture(), "launcher-lock-rtl")
    assert whole(stage.item("lockButton")).right() <= whole(stage.item("openCatalogue")).left()


def test_the_keyboard_stays_in_it(open_lock: OpenLock) -> None:
    stage = open_lock()
    stage.key(Qt.Key.Key_Tab)
    assert stage.item("loginAction").property("activeFocus")
    stage.key(Qt.Key.Key_Tab)
    assert field(stage).property("activeFocus")


HOSTILE = """
login, login * { opacity: 0; visibility: hidden; font-size: 1px; scale: 0; }
login, login * { color: transparent; background: transparent; }
lock { opacity: 0; } lock * { translate: 4000px; display: none; filter: blur(20px); }
login field { border: 100px solid red; padding: 900px; }
"""


def test_no_theme_hides_the_field(open_lock: OpenLock, tmp_path: Path) -> None:
    folder = tmp_path / "themes/hostile"
    folder.mkdir(parents=True)
    (folder / "theme.toml").write_text('id = "hostile"\nname = "Hostile"\n')
    (folder / "style.css").write_text(HOSTILE)
    stage = open_lock(theme="hostile", themes=[folder.parent])
    look = stage.item("loginField").property("look")
    assert look.value("opacity") == 1 and look.value("fontSize") >= 12 and look.value("borderWidth") <= 8
    assert look.value("move") == [] and look.value("filter") == []
    place = whole(field(stage)).toRect()
    before = stage.picture().copy(place)
    stage.type("secret")
    assert stage.picture().copy(place) != before


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("layout", ["Desktop", "Tablet", "Phone"])
def test_it_fits(open_lock: OpenLock, theme: str, layout: str) -> None:
    stage = open_lock(layout, theme)
    stage.lock.take(LockState(True, outcome="wrong", caps=True))
    stage.picture()
    keep(stage.picture(), f"lock-{theme}-{layout.lower()}")
    _check_places(stage, SIZES[layout.lower()])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_right_to_left(open_lock: OpenLock, scheme: str) -> None:
    QGuiApplication.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    stage = open_lock(scheme=scheme)
    stage.lock.take(LockState(True, caps=True))
    stage.picture()
    keep(stage.picture(), f"lock-rtl-{scheme}")
    _check_places(stage, SIZES["desktop"])
    tag = next(item for item in items(stage.view.contentItem()) if item.property("text") == "US")
    assert whole(tag).right() <= whole(field(stage)).left()


@pytest.mark.parametrize("layout", ["Desktop", "Tablet", "Phone"])
def test_the_sign_of_a_volume_key_is_above_it_and_leaves(open_lock: OpenLock, layout: str, tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config/style.css").write_text(":root { --duration-osd: 800ms }")
    stage = open_lock(layout)
    before = stage.picture()
    osd = stage.shell.osd
    osd.lock(LockChanged("caps"))
    sign = stage.item("lockOsd")
    assert not sign.isVisible(), "the card says that"

    def there() -> bool:
        if not sign.isVisible():  # not yet, or it was not looked at before its time was over
            osd.level(Level("volume", 60))
        return sign.opacity() == 1

    pump(there)
    picture = stage.picture()
    keep(picture, f"lock-volume-{layout.lower()}")
    assert picture.copy(whole(sign).toRect()) != before.copy(whole(sign).toRect())
    assert not whole(sign).intersects(whole(stage.item("loginCard"))) and field(stage).property("activeFocus")
    pump(lambda: not sign.isVisible())
    assert not osd.property("up")


def test_a_low_screen_has_room_for_the_field(open_lock: OpenLock) -> None:
    stage = open_lock(size=(480, 320))
    stage.lock.take(LockState(True, outcome="wrong", caps=True))
    stage.picture()
    place = whole(field(stage))
    assert place.top() >= 0 and place.bottom() <= 320


def _check_places(stage: Stage, size: tuple[int, int]) -> None:
    place = whole(stage.item("loginCard"))
    assert place.left() >= 0 and place.top() >= 0 and place.right() <= size[0] and place.bottom() <= size[1]
    inner = [stage.item(name) for name in ("loginField", "capsLock", "loginAction")]
    places = [whole(item) for item in inner]
    assert all(place.contains(one) for one in places)
    assert places[0].bottom() <= places[1].top() and places[1].bottom() <= places[2].top()


def test_the_time_without_input_is_the_users(tmp_path: Path) -> None:
    assert usual_time(tmp_path, alone=True) == 600 and usual_time(tmp_path, alone=False) == 0
    choose_time(tmp_path, 120)
    assert usual_time(tmp_path, alone=True) == usual_time(tmp_path, alone=False) == 120
    (tmp_path / "lock-after").write_text("never")
    assert usual_time(tmp_path, alone=True) == 600


def test_the_password_can_be_typed_by_fingers(open_lock: OpenLock) -> None:
    stage = open_lock("Phone")
    stage.keyboard.change("show")
    stage.picture()
    Fingers(stage).tap("k30", "shift", "k31")
    assert field(stage).property("text") == "aS"
    keep(stage.picture(), "lock-keyboard")
    card = stage.item("loginCard")
    assert whole(card).bottom() <= Fingers(stage).key("k16").mapToScene(QPointF(0, 0)).y()
