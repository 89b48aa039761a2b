"""The login screen: who and what can be chosen, what is sent, and how it looks in every theme and layout."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QRectF, Qt, QUrl
from PySide6.QtGui import QAccessible, QGuiApplication

from berth.core.messages import (
    CancelUnlock,
    ChangePower,
    LockState,
    LookAtPower,
    PowerState,
    ProblemInfo,
    UnlockAnswer,
)
from berth.themes.stack import choose
from berth.ui.greeter import Greeter, Offers
from berth.ui.lock import Lock
from tests.qml.conftest import OpenStage
from tests.qml.fakes import pump
from tests.qml.stage import SIZES, Stage, keep
from tests.qml.test_lock import THEMES, answers, field, whole, words

OpenGreeter = Callable[..., Stage]
OFFERS = Offers(
    (("ada", "Ada Lovelace"), ("grace", "Grace Hopper"), ("noor", "نور")), (("berth", "Berth"), ("sway", "Sway"))
)


@pytest.fixture
def open_greeter(open_stage: OpenStage, qml: Path, tmp_path: Path) -> OpenGreeter:
    def open_one(layout: str = "Desktop", theme: str = "default", offers: Offers = OFFERS, **options: object) -> Stage:
        config = tmp_path / "config"
        choose(config, theme)
        stage = open_stage(layout, config=config, greets=True, **options)
        stage.lock.take(LockState(True))
        stage.view.setInitialProperties({})
        stage.view.setSource(QUrl.fromLocalFile(str(qml / "greeter/GreeterScreen.qml")))
        assert stage.view.status() == stage.view.Status.Ready, [error.toString() for error in stage.view.errors()]
        stage.greeter.take(offers)
        settle(stage)
        stage.view.rootObject().takeKeys()
        return stage

    return open_one


def settle(stage: Stage) -> None:
    """What is called later has been called, and what it laid out is drawn."""
    stage.picture()
    QCoreApplication.processEvents()
    stage.picture()


def sent(stage: Stage) -> list[UnlockAnswer]:
    return [message for message in stage.said if isinstance(message, UnlockAnswer)]


def test_a_person_is_chosen_and_the_password_sent(open_greeter: OpenGreeter) -> None:
    stage = open_greeter()
    assert {"Who is logging in?", "Ada Lovelace", "Grace Hopper"} <= set(words(stage))
    stage.click(stage.item("choice-grace"))
    settle(stage)
    assert field(stage).property("activeFocus") and {"Grace Hopper", "Session: Berth"} <= set(words(stage))
    stage.type("secret")
    stage.key(Qt.Key.Key_Return)
    assert [(one.text, one.user, one.session) for one in sent(stage)] == [("secret", "grace", "berth")]
    assert field(stage).property("text") == "" and "secret" not in repr(stage.said)


def test_keys_alone_are_enough(open_greeter: OpenGreeter) -> None:
    stage = open_greeter()
    assert stage.item("choice-ada").property("activeFocus")
    stage.key(Qt.Key.Key_Down)
    stage.key(Qt.Key.Key_Return)
    settle(stage)
    assert stage.greeter.property("user") == "grace" and field(stage).property("activeFocus")
    stage.key(Qt.Key.Key_Tab)
    assert stage.item("loginAction").property("activeFocus")
    stage.key(Qt.Key.Key_Tab)
    assert stage.item("greeterSession").property("activeFocus")
    stage.key(Qt.Key.Key_Return)
    settle(stage)
    stage.key(Qt.Key.Key_Down)
    stage.key(Qt.Key.Key_Return)
    settle(stage)
    assert "Session: Sway" in words(stage) and field(stage).property("activeFocus")


def test_a_name_that_is_not_listed(open_greeter: OpenGreeter) -> None:
    stage = open_greeter(offers=Offers())
    assert stage.item("otherName").property("activeFocus")
    stage.type(" eve ")
    stage.key(Qt.Key.Key_Return)
    settle(stage)
    stage.type("x")
    stage.key(Qt.Key.Key_Return)
    assert sent(stage)[0].user == "eve"
    stage.click(stage.item("greeterOther"))
    settle(stage)
    assert stage.greeter.property("user") == "" and isinstance(stage.said[-1], CancelUnlock)


def test_who_types_a_name_goes_on_when_the_others_are_known(open_greeter: OpenGreeter) -> None:
    stage = open_greeter(offers=Offers())
    stage.type("ev")
    stage.greeter.take(OFFERS)
    settle(stage)
    stage.type("e")
    assert stage.item("otherName").property("text") == "eve"


def test_another_account_does_not_get_what_was_typed_for_the_first(open_greeter: OpenGreeter) -> None:
    stage = open_greeter(offers=Offers(OFFERS.people, OFFERS.sessions, ("ada", "sway")))
    stage.type("secret")
    stage.click(stage.item("greeterOther"))
    settle(stage)
    stage.click(stage.item("choice-grace"))
    settle(stage)
    assert field(stage).property("text") == ""


def test_whoever_was_here_last_is_asked_at_once(open_greeter: OpenGreeter) -> None:
    stage = open_greeter(offers=Offers(OFFERS.people, OFFERS.sessions, ("ada", "sway")))
    assert field(stage).property("activeFocus") and {"Ada Lovelace", "Session: Sway"} <= set(words(stage))
    gone = open_greeter(offers=Offers(OFFERS.people, OFFERS.sessions, ("ada", "removed")))
    assert gone.greeter.property("session") == "berth"


def test_a_wrong_password_and_further_questions(open_greeter: OpenGreeter) -> None:
    stage = open_greeter(offers=Offers((("ada", "Ada"),)))
    stage.lock.take(LockState(True, outcome="wrong", wait=60_000))
    assert "That was not the right password. Try again in 60 seconds." in words(stage)
    stage.type("soon")
    stage.key(Qt.Key.Key_Return)
    assert not answers(stage)
    stage.lock.take(LockState(True, asks="visible", question="Code: ", notes=(("info", "<b>Look</b>"),)))
    assert {"Code", "<b>Look</b>", "Continue"} <= set(words(stage))


def test_the_session_begins_once() -> None:
    begun: list[bool] = []
    lock = Lock(lambda _message: None, lambda _locked: None, locked=True, started=lambda: begun.append(True))
    lock.take(LockState(True, outcome="failed"))
    assert "Logging in did not work." in lock.property("message") and not begun
    lock.take(LockState(True, busy=True, started=True))
    assert begun == [True]


def test_what_is_offered_comes_from_a_process(tmp_path: Path, open_greeter: OpenGreeter) -> None:
    stage = open_greeter()
    greeter = Greeter(stage.lock, tmp_path)
    assert greeter.property("active") and not greeter.property("known")
    greeter.look()
    pump(lambda: greeter.property("known"), 60)
    assert greeter.property("sessions")[0] == {"key": "berth", "name": "Berth"}
    greeter.close()


def offer_power(stage: Stage) -> None:
    stage.power.take(PowerState(("suspend", "restart", "power-off")))
    settle(stage)


def test_the_machine_is_turned_off_after_a_question(open_greeter: OpenGreeter) -> None:
    stage = open_greeter()
    assert not stage.item("greeterPower").isVisible(), "nothing is possible"
    stage.greeter.choose("ada")
    offer_power(stage)
    stage.type("half")
    stage.click(stage.item("greeterPower"))
    settle(stage)
    assert stage.said[-1] == LookAtPower() and {"This machine", "Suspend", "Restart"} <= set(words(stage))
    assert stage.item("choice-suspend").property("activeFocus") and not stage.item("loginCard").isVisible()
    stage.key(Qt.Key.Key_Down)
    stage.key(Qt.Key.Key_Down)
    stage.key(Qt.Key.Key_Return)
    settle(stage)
    # The answer that changes nothing has the keys.
    assert "Power off this machine?" in words(stage) and stage.item("choice-").property("activeFocus")
    stage.key(Qt.Key.Key_Down)
    stage.key(Qt.Key.Key_Return)
    settle(stage)
    assert stage.said[-1] == ChangePower("power-off")
    assert field(stage).property("activeFocus") and field(stage).property("text") == "half"


def test_the_question_can_be_left(open_greeter: OpenGreeter) -> None:
    stage = open_greeter()
    stage.greeter.choose("ada")
    offer_power(stage)
    for leave in (Qt.Key.Key_Escape, Qt.Key.Key_Return):
        stage.click(stage.item("greeterPower"))
        settle(stage)
        stage.click(stage.item("choice-restart"))
        settle(stage)
        stage.key(leave)
        settle(stage)
        assert field(stage).property("activeFocus")
    assert not [one for one in stage.said if isinstance(one, ChangePower)]


def test_it_sleeps_at_once_and_says_what_did_not_work(open_greeter: OpenGreeter) -> None:
    stage = open_greeter()
    offer_power(stage)
    stage.click(stage.item("greeterPower"))
    settle(stage)
    stage.click(stage.item("choice-suspend"))
    assert stage.said[-1] == ChangePower("suspend")
    stage.power.take(PowerState(("suspend",), ProblemInfo("power-refused", "The machine was not put to sleep.", "No.")))
    settle(stage)
    assert "The machine was not put to sleep. No." in words(stage)
    keep(stage.picture(), "greeter-power-problem")
    stage.click(stage.item("greeterPower"))
    settle(stage)
    assert "The machine was not put to sleep. No." not in words(stage)


def test_the_button_of_the_machine_has_a_name_and_takes_keys(open_greeter: OpenGreeter) -> None:
    stage = open_greeter()
    offer_power(stage)
    button = stage.item("greeterPower")
    said = QAccessible.queryAccessibleInterface(button)
    assert said.text(QAccessible.Text.Name) == "Power off, restart or suspend"
    for _step in range(12):
        if button.property("activeFocus"):
            break
        stage.key(Qt.Key.Key_Tab)
    stage.key(Qt.Key.Key_Return)
    assert stage.power.property("open")


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("layout", ["Desktop", "Tablet", "Phone"])
def test_it_fits(open_greeter: OpenGreeter, theme: str, layout: str) -> None:
    stage = open_greeter(layout, theme)
    _check(stage, f"greeter-people-{theme}-{layout.lower()}", SIZES[layout.lower()], "choiceCard", "choice-noor")
    stage.greeter.choose("ada")
    stage.lock.take(LockState(True, outcome="wrong", caps=True))
    settle(stage)
    _check(stage, f"greeter-{theme}-{layout.lower()}", SIZES[layout.lower()], "loginCard", "greeterOther")
    offer_power(stage)
    corner = whole(stage.item("greeterPower"))
    assert QRectF(0, 0, *SIZES[layout.lower()]).contains(corner)
    assert not corner.intersects(whole(stage.item("loginCard")))
    stage.power.show()
    settle(stage)
    _check(stage, f"greeter-power-{theme}-{layout.lower()}", SIZES[layout.lower()], "powerChoice", "choice-power-off")
    stage.power.ask("power-off")
    settle(stage)
    _check(stage, f"greeter-off-{theme}-{layout.lower()}", SIZES[layout.lower()], "powerChoice", "choice-power-off")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_right_to_left(open_greeter: OpenGreeter, scheme: str) -> None:
    QGuiApplication.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    stage = open_greeter(scheme=scheme)
    _check(stage, f"greeter-people-rtl-{scheme}", SIZES["desktop"], "choiceCard", "otherName")
    stage.greeter.choose("noor")
    settle(stage)
    _check(stage, f"greeter-rtl-{scheme}", SIZES["desktop"], "loginCard", "greeterOther")
    offer_power(stage)
    assert whole(stage.item("greeterPower")).right() < SIZES["desktop"][0] / 2


def test_many_people_on_a_low_screen_scroll(open_greeter: OpenGreeter) -> None:
    many = Offers(tuple((f"u{number}", f"Person {number}") for number in range(40)))
    stage = open_greeter(size=(480, 400), offers=many)
    place = whole(stage.item("choiceCard"))
    assert place.top() >= 0 and place.bottom() <= 400
    for _step in range(5):
        stage.key(Qt.Key.Key_Down)
    settle(stage)
    chosen = stage.item("choice-u5")
    assert chosen.property("activeFocus") and place.contains(whole(chosen))
    keep(stage.picture(), "greeter-many")


def _check(stage: Stage, name: str, size: tuple[int, int], card: str, inner: str) -> None:
    keep(stage.picture(), name)
    place = whole(stage.item(card))
    assert place.left() >= 0 and place.top() >= 0 and place.right() <= size[0] and place.bottom() <= size[1]
    assert place.contains(whole(stage.item(inner)))
