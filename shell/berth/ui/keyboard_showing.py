"""When the on-screen keyboard is there: what the user has set, how the text field was reached, what a hand says."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Literal, get_args

from berth.core.problem import Problem

KeyboardMode = Literal["auto", "always", "never"]
MODES: tuple[KeyboardMode, ...] = get_args(KeyboardMode)
Device = Literal["", "touch", "pointer", "keys"]
_CHOICE = "keyboard"


class Showing:
    """Attributes:
    mode: ``auto`` shows it for text fields that were touched, ``always`` for all, ``never`` only on request.
    handheld: whether the screen is that of a tablet or a phone, where fingers are what there is.
    used: what the user has used last.
    field: whether there is a text field that has the keyboard.
    by_hand: shown on request, without regard to text fields.
    asked: the last request of a text field that was answered.
    """

    def __init__(self, mode: KeyboardMode = "auto") -> None:
        self.mode: KeyboardMode = mode
        self.handheld = False
        self.used: Device = ""
        self.field = False
        self.by_hand = False
        self._for_field = False
        self._touched = False
        self._refused = False  # hidden by hand, and nothing turned to since
        self.asked = 0

    @property
    def offered(self) -> bool:
        """Whether fingers are used here, or it is wanted anyway."""
        return self._touched or self.handheld or self.mode == "always"

    @property
    def shown(self) -> bool:
        return self.by_hand or self._for_field

    def use(self, device: Device) -> None:
        """The user uses a device; who types on real keys needs no others."""
        self.used = device
        self._touched = self._touched or device == "touch"
        if device in ("touch", "pointer"):
            self._refused = False
        if device == "keys" and self.mode == "auto":
            self._for_field = False

    def knows(self, device: Device) -> bool:
        """Whether it makes no difference that a device is used once more, as with one key after the other."""
        return device == self.used == "keys" and not (self._for_field and self.mode == "auto")

    def field_begins(self, wanted: bool = True) -> None:
        """A text field has the keyboard, or asks for letters anew; `wanted` is whether the user has turned to it."""
        self.field = True
        if self._refused:
            return
        if self.mode == "always" or (wanted and self._fits):
            self._for_field = True

    def field_ends(self) -> None:
        self.field = self._for_field = False

    @property
    def _fits(self) -> bool:
        return self.mode == "auto" and (self.used == "touch" or (self.handheld and self.used != "keys"))

    def show(self) -> None:
        self._refused = False
        if self.field:
            self._for_field = True
        else:
            self.by_hand = True

    def hide(self) -> None:
        """Until the user turns to a text field again."""
        self.by_hand = self._for_field = False
        self._refused = True

    def put_away(self) -> None:
        """The text field would rather have the room."""
        self._for_field = False

    def restore(self, shown: bool, by_hand: bool, used: Device, asked: int) -> None:
        """Be as before this process."""
        self._for_field, self.by_hand, self.asked = shown and not by_hand, by_hand, asked
        self.used, self._refused = used, not shown
        self._touched = self._touched or used == "touch"

    def set_mode(self, mode: KeyboardMode) -> None:
        self.mode = mode
        if mode == "never":
            self._for_field = False
        elif self.field:
            self.field_begins()


def chosen_mode(config: Path) -> KeyboardMode:
    """What the user has set; ``auto`` if that is nothing, or nothing sound."""
    try:
        text = (config / _CHOICE).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return "auto"
    return next((mode for mode in MODES if mode == text), "auto")


def choose_mode(config: Path, mode: KeyboardMode) -> None:
    """Raises `Problem` ``write-failed``."""
    temporary = config / f".{_CHOICE}.{os.getpid()}"
    try:
        config.mkdir(parents=True, exist_ok=True)
        temporary.write_text(f"{mode}\n", encoding="utf-8")
        temporary.replace(config / _CHOICE)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink()
        raise Problem("write-failed", f"{config / _CHOICE} could not be written: {error.strerror}.") from None
