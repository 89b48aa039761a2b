"""The singleton ``ScreenKeyboard``: the on-screen keyboard, from a finger on a key to what is typed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import Property, QObject, QRectF, QTimer, Signal, Slot
from PySide6.QtQml import QmlElement, QmlSingleton, QQmlEngine
from PySide6.QtQuick import QQuickItem

from berth.core.messages import (
    KeyboardGroup,
    KeyboardLayout,
    SceneRequest,
    ScreenKey,
    ScreenKeyboardInfo,
    ScreenKeyboardState,
    TextField,
)
from berth.core.problem import Problem
from berth.ui.frame_clock import monotonic_ms
from berth.ui.key_holding import HeldKeys
from berth.ui.key_levels import KeyLevels, without_ring
from berth.ui.key_modifiers import KeyModifiers
from berth.ui.key_pages import Key, Purpose, Row, Wish, purpose_of, rows, start_page
from berth.ui.key_strokes import KeyStrokes
from berth.ui.key_variants import variants
from berth.ui.key_words import described, enter_words
from berth.ui.keyboard_showing import Device, KeyboardMode, Showing, choose_mode, chosen_mode
from berth.ui.keymap import ALT, ALT_GR, CONTROL, SHIFT
from berth.ui.singletons import provided

QML_IMPORT_NAME = "Berth"
QML_IMPORT_MAJOR_VERSION = 1

_BETWEEN_FIELDS_MS = 100
_MODIFIERS = {"control": CONTROL, "alt": ALT}
_SPACE = 57
_LETTER_DIGITS = {f"k{code}": digit for code, digit in zip(range(16, 26), "1234567890", strict=True)}


@QmlElement
@QmlSingleton
class ScreenKeyboard(QObject):
    """Args:
    levels: what the keys of the layout make.
    strokes: types.
    layout: says how fast a key repeats that is held down.
    config: where the user's choice is kept; None for nowhere.
    tell: gets why a choice could not be kept.
    send: takes messages for the display server.
    """

    shownChanged = Signal()
    rowsChanged = Signal()
    levelChanged = Signal()
    modeChanged = Signal()
    # A finger came down on it, before anything has come of that.
    pressed = Signal()
    # How much of an output it takes from windows.
    covers = Signal(str, int, arguments=["output", "height"])

    def __init__(
        self,
        levels: KeyLevels,
        strokes: KeyStrokes,
        layout: KeyboardLayout,
        config: Path | None,
        tell: Callable[[Problem], None],
        parent: QObject | None = None,
        *,
        send: Callable[[SceneRequest], None] = lambda _message: None,
    ) -> None:
        super().__init__(parent)
        self._levels = levels
        self._strokes = strokes
        self._config = config
        self._tell = tell
        self._send = send
        self._kept = ScreenKeyboardState()
        self._app_field = TextField()
        self._own_field = False
        self._ending = QTimer(self, singleShot=True, interval=_BETWEEN_FIELDS_MS)
        self._ending.timeout.connect(self._field_ended)
        self._showing = Showing(chosen_mode(config) if config is not None else "auto")
        self._shown = False
        self._wish = Wish(command=True)
        self._modifiers = KeyModifiers()
        self._rows: tuple[Row, ...] = ()
        self._keys: dict[str, Key] = {}
        self._areas: list[QQuickItem] = []
        self._holding = HeldKeys(strokes, layout, self)
        self._arrange()

    @staticmethod
    def create(engine: QQmlEngine) -> ScreenKeyboard:
        return provided(engine, ScreenKeyboard)

    # --- for QML

    def _get_rows(self) -> list[list[dict[str, Any]]]:
        return [[described(key) for key in row] for row in self._rows]

    def _get_level(self) -> int:
        held = self._modifiers.held
        return ("shift" in held) + 2 * ("altgr" in held)

    def _set_mode(self, mode: str) -> None:
        self.choose_mode(mode)

    shown = Property(bool, lambda self: self._shown, notify=shownChanged)
    # Rows of keys from above; each key with what is written on it at each level.
    rows = Property(list, _get_rows, notify=rowsChanged)
    # 0, or more by 1 with Shift and by 2 with AltGr.
    level = Property(int, _get_level, notify=levelChanged)
    # Modifier keys that are on: "once" or "locked" by the key.
    held = Property("QVariantMap", lambda self: dict(self._modifiers.held), notify=levelChanged)  # type: ignore[arg-type]
    # What is typed shall be seen by nobody.
    secret = Property(bool, lambda self: self._wish.purpose in ("password", "pin"), notify=rowsChanged)
    # Whether the user may want it at all: one without fingers on the screen needs no button for it.
    offered = Property(bool, lambda self: self._shown or self._showing.offered, notify=shownChanged)
    mode = Property(str, lambda self: self._showing.mode, _set_mode, notify=modeChanged)

    @Slot(bool)
    def setWide(self, wide: bool) -> None:
        """Whether there is room for all keys of a real keyboard."""
        if wide != self._wish.wide:
            self._wish = self._wish._replace(wide=wide)
            self._arrange()

    def set_handheld(self, handheld: bool) -> None:
        """Whether the screen is that of a tablet or a phone."""
        self._showing.handheld = handheld
        self.shownChanged.emit()

    @Slot()
    def toggle(self) -> None:
        if self._showing.shown:
            self._showing.hide()
        else:
            self._showing.show()
        self._settle()

    @Slot(QQuickItem)
    def attach(self, area: QQuickItem) -> None:
        """The keys of an output lie in `area`."""
        self._areas.append(area)

    @Slot(QQuickItem)
    def detach(self, area: QQuickItem) -> None:
        self._areas = [known for known in self._areas if known is not area]
        # Its fingers are not heard of any more: the keys may go on elsewhere, as with the lock.
        self._let_go()

    # --- fingers

    @Slot(str)
    def press(self, name: str) -> None:
        """A finger came down on a key."""
        self.pressed.emit()
        key = self._keys.get(name)
        if key is None:
            return
        if key.does == "press":
            self._holding.press(name, key.code, self._held_codes(shift=key.code != _SPACE))
        elif key.does in ("hold", "shift"):
            self._modifiers.tap("shift" if key.does == "shift" else name, monotonic_ms())
            self.levelChanged.emit()

    @Slot(str)
    def release(self, name: str) -> None:
        """The finger went up on the key that it was on."""
        key = self._keys.get(name)
        if self._holding.release(name):
            self._used()
        elif key is not None:
            self._tapped(key)

    @Slot(str)
    def leave(self, name: str) -> None:
        """The finger has left the key: nothing is typed."""
        self._holding.release(name)

    @Slot(str)
    def tap(self, name: str) -> None:
        self.press(name)
        self.release(name)

    @Slot(str, result=list)
    def variantsOf(self, name: str) -> list[str]:
        """What a long press on a key offers."""
        key = self._keys.get(name)
        label = self._label(key) if key is not None and key.does in ("level", "text") else ""
        if key is None or not label:
            return []
        digit = _LETTER_DIGITS.get(name, "") if not self._wish.wide and self._wish.page == "letters" else ""
        return list(variants(label, (digit, *key.labels[2:])))

    @Slot(str)
    def choose(self, text: str) -> None:
        """One of the variants of a key."""
        self._type(text)

    def _tapped(self, key: Key) -> None:
        match key.does:
            case "level":
                level = min(self._get_level(), len(key.labels) - 1)
                stroke = self._levels.stroke_at(key.code, self._wish.group, level)
                if self._strokes.makes_text(stroke):
                    self._strokes.strike(stroke, self._held_codes(shift=False))
                else:
                    self._strokes.write(without_ring(self._label(key)))
                self._used()
            case "text":
                self._type(key.labels[0])
            case "page":
                self._wish = self._wish._replace(page=key.to)
                self._arrange()
            case "group":
                group = (self._wish.group + 1) % len(self._levels.groups)
                self._send(KeyboardGroup(group))
                self.group_changed(group)
            case "hide":
                self.change("hide")

    def _type(self, text: str) -> None:
        text = without_ring(text)
        stroke = self._levels.stroke(text, self._wish.group)
        if stroke is not None:
            self._strokes.strike(stroke, self._held_codes(shift=False))
        else:
            self._strokes.write(text)
        self._used()

    def _label(self, key: Key) -> str:
        return key.labels[min(self._get_level(), len(key.labels) - 1)]

    def _held_codes(self, shift: bool) -> tuple[int, ...]:
        """Modifier keys that are on, for a key whose level they do not decide; `shift` if they do not for Shift."""
        held = self._modifiers.held
        codes = [code for name, code in _MODIFIERS.items() if name in held]
        return (
            *codes,
            *([SHIFT] if shift and "shift" in held else []),
            *([ALT_GR] if shift and "altgr" in held else []),
        )

    def _used(self) -> None:
        if self._modifiers.used():
            self.levelChanged.emit()

    def _arrange(self) -> None:
        self._rows = rows(self._levels, self._wish)
        self._keys = {key.key: key for row in self._rows for key in row}
        self.rowsChanged.emit()

    def group_changed(self, group: int) -> None:
        """Another of the session's layouts counts, whoever has chosen it."""
        if group != self._wish.group and 0 <= group < len(self._levels.groups):
            self._wish = self._wish._replace(group=group)
            self._arrange()

    # --- text fields

    def learn(self, news: TextField | KeyboardGroup | ScreenKeyboardState) -> None:
        """What display has to say of what is typed in."""
        match news:
            case TextField():
                self.app_field(news)
            case KeyboardGroup(group):
                self.group_changed(group)
            case ScreenKeyboardState():
                self.state_kept(news)

    def app_field(self, field: TextField) -> None:
        """What an app's text field has become."""
        before, self._app_field = self._app_field, field
        if not field.surface:
            if before.surface and not self._own_field:
                self._field_ends()
        elif not field.wanted:
            self._showing.put_away()
            self._settle()
        elif field.asked != self._showing.asked or not self._showing.field:
            asked, self._showing.asked = self._showing.asked, field.asked
            self._field_begins(purpose_of(field.purpose, field.hint), wanted=field.asked != asked)
        else:
            self._for(purpose_of(field.purpose, field.hint), command=False)

    def own_field(self, purpose: Purpose | None, wanted: bool) -> None:
        """A text field of the shell has the keys; None: not any more. `wanted`: the user has turned to it by hand."""
        if purpose is not None:
            self._own_field = True
            self._field_begins(purpose, wanted)
        elif self._own_field:
            self._own_field = False
            if not self._app_field.surface:
                self._field_ends()

    def _field_begins(self, purpose: Purpose, wanted: bool) -> None:
        self._ending.stop()
        self._for(purpose, command=False)
        self._showing.field_begins(wanted)
        self._settle()

    def _field_ends(self) -> None:
        # From one field to the next it shall not go and come.
        self._ending.start()

    def _field_ended(self) -> None:
        self._showing.field_ends()
        self._for("normal", command=True)
        self._settle()

    def _for(self, purpose: Purpose, command: bool) -> None:
        """Have the keys for a purpose; `command` adds those that programs without text fields need."""
        command = command or purpose == "terminal"
        if (purpose, command) != (self._wish.purpose, self._wish.command):
            page = start_page(purpose) if purpose != self._wish.purpose else self._wish.page
            self._wish = self._wish._replace(purpose=purpose, command=command, page=page, enter=enter_words(purpose))
            self._arrange()

    # --- when it is there

    def state_kept(self, state: ScreenKeyboardState) -> None:
        """How the keyboard was before this process."""
        self._kept = state
        self._showing.restore(state.shown, state.by_hand, state.used, state.asked)
        self._settle()

    def _keep_state(self) -> None:
        showing = self._showing
        state = ScreenKeyboardState(showing.shown, showing.by_hand, showing.used, showing.asked)
        if state != self._kept:
            self._kept = state
            self._send(state)

    def used(self, device: Device) -> None:
        """The user has used a device, other than this keyboard."""
        if not self._strokes.sending and not self._showing.knows(device):
            before = self._showing.offered
            self._showing.use(device)
            if self._showing.offered != before:
                self.shownChanged.emit()
            self._settle()

    def change(self, action: str) -> None:
        """``show``, ``hide``, ``toggle`` or one of the modes. Raises `Problem` if a mode cannot be kept."""
        if action == "show":
            self._showing.show()
        elif action == "hide":
            self._showing.hide()
        elif action == "toggle":
            self.toggle()
        elif action:
            self._keep(action)
        self._settle()

    def choose_mode(self, mode: str) -> None:
        try:
            self._keep(mode)
        except Problem as problem:
            self._tell(problem)
        self._settle()

    def _keep(self, mode: str) -> None:
        found: KeyboardMode = "always" if mode == "always" else "never" if mode == "never" else "auto"
        self._showing.set_mode(found)
        self.modeChanged.emit()
        self.shownChanged.emit()
        if self._config is not None:
            choose_mode(self._config, found)

    def _settle(self) -> None:
        self._keep_state()
        if self._shown == self._showing.shown:
            return
        self._shown = self._showing.shown
        self._let_go()
        self._wish = self._wish._replace(page=start_page(self._wish.purpose))
        self._arrange()
        self.shownChanged.emit()

    def _let_go(self) -> None:
        self._holding.release_all()
        self._modifiers.clear()
        self.levelChanged.emit()

    def describe(self, place: Callable[[QQuickItem, QRectF], tuple[int, int, int, int]]) -> ScreenKeyboardInfo:
        """What there is of it; `place` takes a rectangle of an item to the space of all outputs."""
        keys = [self._key_info(item, place) for area in self._areas for item in _keys_in(area)]
        return ScreenKeyboardInfo(
            self._shown, self._showing.mode, self._levels.groups[self._wish.group], self._wish.page, tuple(keys)
        )

    def _key_info(
        self, item: QQuickItem, place: Callable[[QQuickItem, QRectF], tuple[int, int, int, int]]
    ) -> ScreenKey:
        name = str(item.property("name"))
        key = self._keys[name]
        label = self._label(key) if key.labels else ""
        return ScreenKey(name, label, place(item, QRectF(0, 0, item.width(), item.height())))


def _keys_in(item: QQuickItem) -> list[QQuickItem]:
    if item.property("isKey"):
        return [item]
    return [key for child in item.childItems() if child.isVisible() for key in _keys_in(child)]
