"""When the on-screen keyboard is there, how its modifiers hold, and what a long press offers: the rules alone."""

from __future__ import annotations

import copy
from itertools import product
from pathlib import Path

import pytest

from berth.core.messages import KeyboardLayout
from berth.core.problem import Problem
from berth.ui.key_levels import KeyLevels
from berth.ui.key_modifiers import DOUBLE_TAP_MS, KeyModifiers
from berth.ui.key_pages import Page, Purpose, Wish, purpose_of, rows
from berth.ui.key_variants import MOST, variants
from berth.ui.keyboard_showing import MODES, Showing, choose_mode, chosen_mode
from berth.ui.keymap import Keymap


def levels(layout: str) -> KeyLevels:
    return KeyLevels(Keymap(KeyboardLayout(layout)))


def test_a_tablet_needs_no_touch_but_real_keys_count() -> None:
    showing = Showing()
    showing.field_begins()
    assert not showing.shown
    showing.handheld = True
    showing.field_begins()
    assert showing.shown
    showing.use("keys")
    assert not showing.shown
    showing.field_begins()
    assert not showing.shown
    showing.use("touch")
    showing.field_begins()
    assert showing.shown
    showing.field_ends()
    assert not showing.shown


def test_what_is_shown_by_hand_stays_and_what_is_hidden_stays_away() -> None:
    showing = Showing()
    showing.show()
    showing.field_begins()
    showing.field_ends()
    showing.use("keys")
    assert showing.shown
    showing.hide()
    showing.use("touch")
    showing.hide()
    showing.field_begins()
    assert not showing.shown, "an app that asks again and again"
    showing.use("touch")
    showing.field_begins()
    assert showing.shown


def test_modes() -> None:
    showing = Showing("never")
    showing.use("touch")
    showing.field_begins()
    assert not showing.shown
    showing.set_mode("always")
    assert showing.shown
    showing.use("keys")
    assert showing.shown
    showing.set_mode("never")
    assert not showing.shown
    showing.show()
    assert showing.shown


def test_what_makes_no_difference_is_known() -> None:
    known = 0
    actions = [*(lambda showing, device=device: showing.use(device) for device in ("touch", "pointer", "keys"))]
    actions += [Showing.field_begins, Showing.field_ends, Showing.show, Showing.hide]
    for mode, handheld, *done in product(MODES, (False, True), *[actions] * 3):
        showing = Showing(mode)
        showing.handheld = handheld
        for act in done:
            act(showing)
        for device in ("touch", "pointer", "keys"):
            before = copy.copy(showing)
            showing.use(device)
            if before.knows(device):
                known += 1
                assert vars(showing) == vars(before)
            showing = before
    assert known, "one key after the other"


def test_the_choice_is_kept(tmp_path: Path) -> None:
    folder = tmp_path / "berth"
    assert chosen_mode(folder) == "auto"
    choose_mode(folder, "never")
    assert chosen_mode(folder) == "never"
    (folder / "keyboard").write_text("sometimes")
    assert chosen_mode(folder) == "auto"
    (folder / "keyboard").unlink()
    (folder / "keyboard").mkdir()
    with pytest.raises(Problem, match="written"):
        choose_mode(folder, "always")


def test_modifiers_hold_once_or_until_they_are_let_go() -> None:
    keys = KeyModifiers()
    keys.tap("shift", 0)
    assert keys.held == {"shift": "once"} and keys.used() and keys.held == {}
    keys.tap("shift", 1000)
    keys.tap("shift", 1000 + DOUBLE_TAP_MS)
    assert keys.held == {"shift": "locked"} and not keys.used()
    keys.tap("shift", 5000)
    assert keys.held == {}
    keys.tap("shift", 6000)
    keys.tap("shift", 6001 + DOUBLE_TAP_MS)
    assert keys.held == {}, "slowly: off again"


def test_relatives_of_characters() -> None:
    assert {"é", "è", "ê", "ë"} <= {*variants("e")}
    assert variants("E")[0] == "È" and "ß" in variants("s") and variants("α")[0] == "ά"
    assert "ё" in variants("е") and "ة" not in variants("ا") and "أ" in variants("ا")
    assert variants("q", ("1", "@", "")) == ("1", "@")
    assert all(len(variants(chr(code))) <= MOST for code in range(32, 0x500))


@pytest.mark.parametrize("layout", ["us", "de", "fr", "gr", "ru", "ara", "il", "cz", "us,ru", "jp", "th", "in"])
@pytest.mark.parametrize("wide", [False, True])
def test_every_page_has_what_it_needs_in_every_layout(layout: str, wide: bool) -> None:
    known = levels(layout)
    for group in range(len(known.groups)):
        for page in ("letters", "symbols", "more", "digits"):
            _check_page(known, group, page, wide)
    purposes: tuple[Purpose, ...] = ("phone", "number", "date", "time", "pin", "email", "url", "terminal")
    for purpose in purposes:
        assert rows(known, Wish(purpose=purpose, wide=wide))


def _check_page(known: KeyLevels, group: int, page: Page, wide: bool) -> None:
    found = rows(known, Wish(group, page, wide=wide, command=True))
    names = [key.key for row in found for key in row]
    assert len(names) == len({*names})
    assert {"enter", "backspace", "escape", "control", "left"} - {*names} == set()
    assert all(key.width > 0.4 for row in found for key in row)
    for key in (key for row in found for key in row if key.does == "level"):
        for level, label in enumerate(key.labels):
            stroke = known.stroke_at(key.code, group, level)
            # Marks of direction are typed, and have nothing to show.
            shows = stroke.text.isprintable() and bool(stroke.text)
            assert stroke.code == key.code and (not shows or stroke.text in label)


def test_purposes() -> None:
    assert purpose_of(0, 0x80) == "password" and purpose_of(9, 0xC0) == "pin" and purpose_of(99, 0) == "normal"
    assert purpose_of(13, 0) == "terminal" and purpose_of(6, 0) == "email"
