"""The shell's own keyboard on the screen: what it has to know of the text field that is in use, and the text that no
key makes.

The ui learns once a turn what the field has become, however often an app has changed it, and not without pause of an
app that changes it all the time.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from berth.core.messages import EnterText, Key, KeyboardGroup, ScreenKeyboardState, TextField
from berth.display.clock import now
from berth.display.keymap import KeymapText, Modifiers, checked
from berth.display.text_input import Edit

if TYPE_CHECKING:
    from berth.display.server import Server

MOST_LETTERS = 32
"""Of a text that is played on keys. What no key makes is a letter or two."""
_BURST = 16
_PAUSE = 100_000_000
"""Reports that come one after the other, and ns between those that follow: each may lay the keys out anew."""
_FIRST_CODE = 200
"""Of the keys that are made for a text: some that no program takes for another by its place."""
_EVDEV_OFFSET = 8
_NONE = TextField()


class FieldReports:
    """Tells the ui of the text field with the keyboard, and of the layout that counts; keeps how the ui's keyboard was
    for the one that comes after it."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._told = _NONE
        self._group = 0
        self._asked = 0
        self._dismissed = False
        self._state: ScreenKeyboardState | None = None
        self._paid = 0  # ns of the monotonic clock up to which reports have been given out, at one each `_PAUSE`

    # --- from the text input

    def asked(self) -> None:
        """A text field was enabled, or wants to be typed in."""
        self._asked += 1
        self._dismissed = False

    def dismissed(self) -> None:
        """The app would rather have the room than the keyboard."""
        self._dismissed = True

    # --- to the ui

    def flush(self) -> None:
        field, group = self._field(), self._server.seat.keyboard.group
        if field is not self._told and field != self._told and self._may_tell():
            self._told = field
            self._server.scene.send(field)
        if group != self._group:
            self._group = group
            self._server.scene.send(KeyboardGroup(group))

    def _may_tell(self) -> bool:
        moment = time.monotonic_ns()
        if self._paid - moment > _BURST * _PAUSE:
            # What the field is then is told at the end of that turn.
            self._server.timers.set(self, self._paid - _BURST * _PAUSE, lambda: None)
            return False
        self._paid = max(self._paid, moment) + _PAUSE
        return True

    def snapshot(self) -> None:
        """A ui has come that knows nothing."""
        if self._state is not None:
            self._server.scene.send(self._state)
        self._told, self._group = self._field(), self._server.seat.keyboard.group
        self._server.scene.send(KeyboardGroup(self._group))
        self._server.scene.send(self._told)

    def _field(self) -> TextField:
        text = self._server.seat.text
        if text.active is None or text.focus is None:
            return _NONE
        field = text.active.field
        return TextField(
            text.focus.number, field.hint, field.purpose, field.rectangle, self._asked, wanted=not self._dismissed
        )

    # --- from the ui

    def keep(self, state: ScreenKeyboardState) -> None:
        self._state = state

    def enter(self, message: EnterText) -> None:
        """Give the focused app text that no key makes: as text to a field that takes it, else by keys made for it."""
        active = self._server.seat.text.active
        if active is not None:
            active.edit(Edit(commit=message.text))
            return
        letters = message.text[:MOST_LETTERS]
        if not letters:
            return
        keys = _MadeKeys(letters)
        keyboard = self._server.seat.keyboard
        for code in keys.codes():
            keyboard.play(keys, Key(code, True, now()))
            keyboard.play(keys, Key(code, False, now()))
        keyboard.source_gone(keys, now())
        keys.text.close()


class _MadeKeys:
    """A keyboard with a key for each letter of a text."""

    modifiers: Modifiers = (0, 0, 0, 0)

    def __init__(self, letters: str) -> None:
        self._places = {letter: place for place, letter in enumerate(dict.fromkeys(letters))}
        self._letters = letters
        self.text: KeymapText = checked(self._described().encode())

    def codes(self) -> Iterator[int]:
        for letter in self._letters:
            yield _FIRST_CODE + self._places[letter]

    def _described(self) -> str:
        first = _FIRST_CODE + _EVDEV_OFFSET
        names = "".join(f"<T{place}> = {first + place};" for place in self._places.values())
        keys = "".join(f"key <T{place}> {{ [ U{ord(letter):04X} ] }};" for letter, place in self._places.items())
        return (
            f'xkb_keymap {{ xkb_keycodes "text" {{ minimum = 8; maximum = 255; {names} }};'
            ' xkb_types "text" { include "basic" };'
            ' xkb_compatibility "text" { include "basic" };'
            f' xkb_symbols "text" {{ {keys} }}; }};'
        )
