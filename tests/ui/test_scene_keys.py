"""Keys on their way: layouts backwards, shortcuts, and who has the keyboard."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent

from berth.core.messages import (
    ChangeBrightness,
    ChangeVolume,
    EngineRequest,
    Key,
    KeyboardFocus,
    KeyboardLayout,
    KeyboardLocks,
    Level,
    Result,
    SceneRequest,
)
from berth.core.problem import Problem
from berth.ui.keyboard import Keyboard
from berth.ui.keymap import ALT, ALT_GR, CONTROL, SHIFT, SUPER, Keymap, layout_from
from berth.ui.keys import Keys
from berth.ui.level_keys import LevelKeys
from berth.ui.shortcuts import LEVELS, SHORTCUTS, ShortcutFilter

NONE = Qt.KeyboardModifier.NoModifier
META = Qt.KeyboardModifier.MetaModifier


@pytest.mark.parametrize(
    ("layout", "character", "code", "modifiers"),
    [
        ("us", "a", 30, ()),
        ("us", "A", 30, (SHIFT,)),
        ("us", "!", 2, (SHIFT,)),
        ("us", "\n", 28, ()),
        ("us", "\t", 15, ()),
        ("de", "y", 44, ()),
        ("de", "ö", 39, ()),
        ("de", "@", 16, (ALT_GR,)),
        ("de", "€", 18, (ALT_GR,)),
        ("ru", "ж", 39, ()),
    ],
)
def test_characters_are_found_on_their_layout(
    layout: str, character: str, code: int, modifiers: tuple[int, ...]
) -> None:
    stroke = Keymap(KeyboardLayout(layout)).character(character)
    assert (stroke.code, stroke.modifiers) == (code, modifiers)


def test_what_no_key_makes_is_a_problem_that_names_it() -> None:
    with pytest.raises(Problem, match="makes “ж”"):
        Keymap(KeyboardLayout("us")).character("ж")


@pytest.mark.parametrize(
    ("keys", "held", "code", "key"),
    [
        ("ctrl+shift+t", (CONTROL, SHIFT), 20, Qt.Key.Key_T),
        ("Return", (), 28, Qt.Key.Key_Return),
        ("enter", (), 28, Qt.Key.Key_Return),
        ("super", (), SUPER, Qt.Key.Key_Meta),
        ("alt+F4", (ALT,), 62, Qt.Key.Key_F4),
        ("PageDown", (), 109, Qt.Key.Key_PageDown),
        ("XF86AudioRaiseVolume", (), 115, Qt.Key.Key_VolumeUp),
        ("xf86monbrightnessdown", (), 224, Qt.Key.Key_MonBrightnessDown),
        ("ctrl++", (CONTROL,), 13, Qt.Key.Key_Plus),
        ("+", (), 13, Qt.Key.Key_Plus),
    ],
)
def test_chords(keys: str, held: tuple[int, ...], code: int, key: Qt.Key) -> None:
    found, stroke = Keymap(KeyboardLayout("us")).chord(keys)
    assert (found, stroke.code, stroke.key) == (held, code, key)


@pytest.mark.parametrize("keys", ["", "+a", "hyper+a", "nonsense", "a\0b", "x" * 100, "ctrl+", "ctrl+ctrl+"])
def test_chords_that_are_none(keys: str) -> None:
    with pytest.raises(Problem) as raised:
        Keymap(KeyboardLayout("us")).chord(keys)
    assert raised.value.code == "unknown-key"


def test_an_unknown_layout_is_a_problem() -> None:
    with pytest.raises(Problem, match="no keyboard layout “klingon”"):
        Keymap(KeyboardLayout("klingon"))


def test_the_layout_of_the_host_is_used(tmp_path: Path) -> None:
    assert layout_from({"XKB_DEFAULT_LAYOUT": "de", "XKB_DEFAULT_VARIANT": "neo"}) == KeyboardLayout("de", "neo")
    assert layout_from({}, tmp_path / "missing").layout == "us"
    settings = tmp_path / "keyboard"
    settings.write_text(
        '# comment\nXKBMODEL="pc105"\nXKBLAYOUT="us,ru"\nXKBOPTIONS="grp:alt_shift_toggle"\nBACKSPACE=x\n'
    )
    assert layout_from({}, settings) == KeyboardLayout("us,ru", "", "grp:alt_shift_toggle")
    assert layout_from({"XKB_DEFAULT_LAYOUT": "de"}, settings) == KeyboardLayout("de")
    settings.write_text('XKBLAYOUT="')
    assert layout_from({}, settings).layout == "us"


# --- shortcuts


def test_every_shortcut_is_taken_with_its_release() -> None:
    for (modifiers, key), action in SHORTCUTS.items():
        keys = ShortcutFilter()
        verdict = keys.press(key, modifiers, 99, captured=False)
        assert (verdict.action, verdict.taken) == (action, True)
        assert keys.release(key, 99).taken
        assert not keys.release(key, 99).taken


def test_keys_without_their_modifiers_are_the_apps() -> None:
    keys = ShortcutFilter()
    for (_modifiers, key), _action in SHORTCUTS.items():
        assert not keys.press(key, NONE, 99, captured=False).taken


def test_super_alone_opens_the_launcher() -> None:
    keys = ShortcutFilter()
    keys.press(Qt.Key.Key_Meta, NONE, SUPER, captured=False)
    assert keys.release(Qt.Key.Key_Meta, SUPER).action == "launcher"
    keys.press(Qt.Key.Key_Meta, NONE, SUPER, captured=True)
    assert keys.release(Qt.Key.Key_Meta, SUPER).action == "launcher"


def test_super_with_anything_else_does_not() -> None:
    keys = ShortcutFilter()
    keys.press(Qt.Key.Key_Meta, NONE, SUPER, captured=False)
    keys.press(Qt.Key.Key_Up, META, 103, captured=False)
    keys.release(Qt.Key.Key_Up, 103)
    assert keys.release(Qt.Key.Key_Meta, SUPER).action == ""
    keys.press(Qt.Key.Key_Meta, NONE, SUPER, captured=False)
    keys.pointer_used()
    assert keys.release(Qt.Key.Key_Meta, SUPER).action == ""


def test_window_shortcuts_rest_while_the_shell_takes_keys() -> None:
    keys = ShortcutFilter()
    verdict = keys.press(Qt.Key.Key_F4, Qt.KeyboardModifier.AltModifier, 62, captured=True)
    assert (verdict.action, verdict.taken) == ("", False)


@pytest.mark.parametrize("captured", [False, True])
def test_keys_for_levels_work_whoever_has_the_keyboard(captured: bool) -> None:
    for key, action in LEVELS.items():
        keys = ShortcutFilter()
        assert keys.press(key, NONE, 115, captured=captured).action == action
        assert keys.release(key, 115).taken
        assert keys.press(key, NONE, 115, captured=captured, inhibited=True).action == ""
        assert keys.press(key, META, 115, captured=captured).action == ""


def test_only_steps_go_on_while_their_key_is_held() -> None:
    keys = ShortcutFilter()
    keys.press(Qt.Key.Key_VolumeUp, NONE, 115, captured=False)
    assert keys.repeat(Qt.Key.Key_VolumeUp, NONE, 115) == "volume-up"
    assert keys.repeat(Qt.Key.Key_VolumeUp, NONE, 114) == "", "it was pressed for somebody else"
    keys.press(Qt.Key.Key_VolumeMute, NONE, 113, captured=False)
    assert keys.repeat(Qt.Key.Key_VolumeMute, NONE, 113) == ""
    keys.release(Qt.Key.Key_VolumeUp, 115)
    assert keys.repeat(Qt.Key.Key_VolumeUp, NONE, 115) == ""


def test_a_key_that_is_held_is_the_shells_each_time() -> None:
    acted: list[str] = []
    rest: Any = SimpleNamespace(press=lambda *_: False, release=lambda _key: False, active=False)
    board, sent = keyboard()
    board.set_focus(7)
    held: Any = SimpleNamespace(shortcuts_inhibited=False)
    keys = Keys(rest, board, ShortcutFilter(), rest, held, acted.append, lambda: None, lambda: None)

    def strike(kind: QEvent.Type, *, again: bool) -> bool:
        return keys.take(QKeyEvent(kind, Qt.Key.Key_VolumeUp, NONE, 123, 0, 0, "", again), kind == QEvent.Type.KeyPress)

    press, release = QEvent.Type.KeyPress, QEvent.Type.KeyRelease
    assert strike(press, again=False)
    for _number in range(2):
        assert strike(release, again=True)
        assert strike(press, again=True)
    assert strike(release, again=False)
    assert acted == ["volume-up"] * 3
    assert codes(sent) == [], "no app sees any of it"


def test_while_locked_only_the_keys_for_volume_and_brightness_do_anything() -> None:
    acted: list[str] = []
    rest: Any = SimpleNamespace(press=lambda *_: False, release=lambda _key: False, active=False)
    board, sent = keyboard()
    board.set_focus(7)
    board.locked = True
    held: Any = SimpleNamespace(shortcuts_inhibited=False)
    keys = Keys(rest, board, ShortcutFilter(), rest, held, acted.append, lambda: None, lambda: None)
    for (modifiers, key), _action in [*SHORTCUTS.items(), *(((NONE, key), "") for key in LEVELS)]:
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            keys.take(QKeyEvent(kind, key, modifiers, 123, 0, 0), kind == QEvent.Type.KeyPress)
    assert sorted(acted) == ["brightness-down", "brightness-up", "volume-down", "volume-mute", "volume-up"]
    sent.clear()
    strokes = [
        QKeyEvent(kind, Qt.Key.Key_VolumeUp, NONE, 123, 0, 0) for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease)
    ]
    assert [keys.take(stroke, stroke.type() == QEvent.Type.KeyPress) for stroke in strokes] == [True, True]
    assert not keys.take(QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_A, NONE, 38, 0, 0), True), "it is for the field"
    assert 115 not in codes(sent)


def level_keys() -> tuple[LevelKeys, list[EngineRequest], list[str], Callable[[Result | Problem], None]]:
    """With the requests that were sent, the troubles told, and what answers the oldest request."""
    sent: list[EngineRequest] = []
    answers: list[Callable[[Result | Problem], None]] = []
    told: list[str] = []

    def call(request: EngineRequest, answer: Callable[[Result | Problem], None]) -> None:
        sent.append(request)
        answers.append(answer)

    return LevelKeys(call, lambda p: told.append(p.code)), sent, told, lambda outcome: answers.pop(0)(outcome)


def test_what_is_pressed_while_an_answer_is_awaited_is_added_up() -> None:
    keys, sent, _told, answer = level_keys()
    for name in ("volume-up", "volume-up", "volume-up", "brightness-down", "volume-down", "volume-mute"):
        assert keys.press(name)
    assert not keys.press("maximize")
    assert sent == [ChangeVolume(by=5)]
    for _number in range(4):
        answer(Level("volume", 50))
    assert sent[1:] == [ChangeVolume(mute="toggle"), ChangeVolume(by=5), ChangeBrightness(-5)]


def test_trouble_is_told_once_until_a_key_has_worked() -> None:
    keys, _sent, told, answer = level_keys()
    for _number in range(3):
        keys.press("volume-up")
        answer(Problem("no-sound-server", "None."))
    assert told == ["no-sound-server"]
    keys.press("brightness-up")
    answer(Problem("no-backlight", "None."))
    assert told == ["no-sound-server", "no-backlight"]
    keys.press("volume-up")
    answer(Level("volume", 50))
    keys.press("volume-up")
    answer(Problem("no-sound-server", "None."))
    assert told[2:] == ["no-sound-server"]


def test_an_engine_that_has_gone_owes_no_answer() -> None:
    keys, sent, _told, _answer = level_keys()
    keys.press("volume-up")
    keys.press("volume-up")
    keys.lost()
    keys.press("volume-down")
    assert sent == [ChangeVolume(by=5), ChangeVolume(by=-5)]


# --- who has the keyboard


def keyboard() -> tuple[Keyboard, list[SceneRequest]]:
    sent: list[SceneRequest] = []
    return Keyboard(sent.append), sent


def codes(sent: list[SceneRequest]) -> list[tuple[int, bool]]:
    return [(message.code, message.pressed) for message in sent if isinstance(message, Key)]


def test_keys_go_to_the_display_server_while_an_app_has_focus() -> None:
    keys, sent = keyboard()
    assert not keys.key(30, True)
    keys.set_focus(7)
    assert keys.key(30, True)
    assert keys.key(30, False)
    assert sent[0] == KeyboardFocus(7)
    assert codes(sent) == [(30, True), (30, False)]


def test_while_locked_the_display_server_hears_what_changes_the_layout_and_nothing_of_the_password() -> None:
    keys, sent = keyboard()
    keys.locked = True
    keys.set_focus(7)
    for code in (56, 42, 30):
        assert not keys.key(code, True)
    for code in (30, 42, 56):
        keys.key(code, False)
    assert codes(sent) == [(56, True), (42, True), (42, False), (56, False)]


def test_when_the_shell_captures_held_keys_are_released_behind_the_apps_back() -> None:
    keys, sent = keyboard()
    keys.set_focus(7)
    keys.key(SUPER, True)
    keys.captured = True
    keys.set_focus(7)
    assert sent[-2] == KeyboardFocus(0)
    assert codes(sent)[-1] == (SUPER, False)
    sent.clear()
    for code in (30, 31, 28):
        assert not keys.key(code, True)
        assert not keys.key(code, False)
    assert sent == []
    keys.captured = False
    keys.set_focus(7)
    assert sent == [KeyboardFocus(7)]


def test_locks_stay_true_while_the_shell_captures() -> None:
    keys, sent = keyboard()
    keys.captured = True
    keys.set_focus(7)
    assert not keys.key(58, True)
    assert codes(sent) == [(58, True)]
    keys.key(58, False)
    assert codes(sent) == [(58, True), (58, False)]


def test_a_host_that_takes_the_keyboard_away_leaves_no_key_stuck() -> None:
    keys, sent = keyboard()
    keys.set_focus(7)
    keys.key(ALT, True)
    keys.active = False
    keys.set_focus(7)
    assert codes(sent) == [(ALT, True), (ALT, False)]
    keys.active = True
    keys.set_focus(7)
    assert sent[-1] == KeyboardFocus(7)
    assert not keys.key(ALT, False)


def test_locks_of_the_host_are_told_when_they_may_have_changed() -> None:
    keys, sent = keyboard()
    keys.set_focus(7)
    keys.host_modifiers(0x12)
    keys.host_modifiers(0)
    keys.unsure = True
    keys.host_modifiers(0x01)
    assert sent[1:] == [KeyboardLocks(True, True), KeyboardLocks(False, False)]


@pytest.mark.parametrize("code", [0, -8])
def test_keys_without_a_code_are_the_shells(code: int) -> None:
    keys, sent = keyboard()
    keys.set_focus(7)
    assert not keys.key(code, True)
    assert codes(sent) == []
