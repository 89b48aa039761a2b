"""zwp_text_input_v3: what an app's text field tells the input method, and the text that comes back.

Of other versions the text inputs are in modules of their own, and share the focus of this one.

The text focus follows the keyboard focus. At most one text input is enabled on the focused surface;
that one talks to the input method.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

from pywayland.protocol.text_input_unstable_v3 import ZwpTextInputManagerV3, ZwpTextInputV3

from berth.core.messages import Rect
from berth.display.input_timestamps import MAX_DEVICES
from berth.display.resource import BudgetExceeded, Resource, event

if TYPE_CHECKING:
    from berth.display.client import Client
    from berth.display.input_method import InputMethod
    from berth.display.seat import Seat
    from berth.display.server import Server
    from berth.display.surface import Surface

MAX_TEXT = 4_000
"""Bytes of a text, as the protocol says."""

_PURPOSES = {int(purpose) for purpose in ZwpTextInputV3.content_purpose}
_RECTANGLE_FOLLOWS_SURFACE = 2


@dataclass
class Field:
    """The text field as its app described it. Offsets are bytes of UTF-8; None = the app does not tell."""

    enabled: bool = False
    surrounding: tuple[str, int, int] | None = None  # text, cursor, anchor
    cause: int = 0
    hint: int = 0
    purpose: int = 0
    rectangle: Rect | None = None  # of the cursor, surface coordinates


@dataclass
class Edit:
    """What an input method changes in one go."""

    preedit: tuple[str, int, int] | None = None  # text, begin and end of the cursor
    commit: str | None = None
    delete: tuple[int, int] = (0, 0)


@dataclass
class _Pending:
    """What was requested since the last commit; `toggled` is the last of enable and disable."""

    toggled: bool | None = None
    changes: dict[str, Any] = field(default_factory=dict)


class TextInput(Resource):
    """`field` is what was committed; `serial` counts the commits."""

    __slots__ = ("_pending", "field", "serial")
    interface = ZwpTextInputV3
    listed = True
    most = MAX_DEVICES
    highest = 2
    send_enter = event(ZwpTextInputV3, "enter")
    send_leave = event(ZwpTextInputV3, "leave")
    send_preedit_string = event(ZwpTextInputV3, "preedit_string")
    send_commit_string = event(ZwpTextInputV3, "commit_string")
    send_delete_surrounding_text = event(ZwpTextInputV3, "delete_surrounding_text")
    send_done = event(ZwpTextInputV3, "done")

    def __init__(self, client: Client, version: int, new_id: int) -> None:
        super().__init__(client, version, new_id)
        self.serial = 0
        self._forget()
        focus = client.server.seat.text.focus
        if focus is not None and focus.client is client:
            self.enter(focus)

    def _forget(self) -> None:
        """Nothing the app has said counts any more."""
        self.field = Field()
        self._pending = _Pending()

    # --- the keyboard comes and goes

    def enter(self, surface: Surface) -> None:
        self._forget()
        self.send_enter(surface)

    def leave(self, surface: Surface) -> None:
        self._forget()
        if surface.alive:
            self.send_leave(surface)

    # --- requests

    def on_enable(self) -> None:
        self._pending = _Pending(True)

    def on_disable(self) -> None:
        self._pending = _Pending(False)

    def on_set_surrounding_text(self, text: str, cursor: int, anchor: int) -> None:
        data = text.encode()
        if len(data) > MAX_TEXT:
            raise BudgetExceeded(f"zwp_text_input_v3: a text of more than {MAX_TEXT} bytes")
        if is_boundary(data, cursor) and is_boundary(data, anchor):
            self._pending.changes["surrounding"] = (text, cursor, anchor)

    def on_set_text_change_cause(self, cause: int) -> None:
        self._pending.changes["cause"] = int(cause == 1)

    def on_set_content_type(self, hint: int, purpose: int) -> None:
        self._pending.changes["hint"] = hint
        self._pending.changes["purpose"] = known_purpose(purpose)

    def on_set_cursor_rectangle(self, x: int, y: int, width: int, height: int) -> None:
        self._pending.changes["rectangle"] = (x, y, max(width, 0), max(height, 0))

    def on_set_available_actions(self, actions: bytes) -> None:
        """No input method can act on a text field yet, so they are only checked."""
        values = struct.unpack(f"={len(actions) // 4}I", actions[: len(actions) // 4 * 4])
        if 0 in values or len(set(values)) != len(values):
            raise self.error(ZwpTextInputV3.error.invalid_action, "no action, or the same one twice")

    def on_show_input_panel(self) -> None:
        """Input methods show theirs whenever a text field is active; the shell's keyboard may have been hidden."""
        if self.client.server.seat.text.active is self:
            self.client.server.field_reports.asked()

    def on_hide_input_panel(self) -> None:
        if self.client.server.seat.text.active is self:
            self.client.server.field_reports.dismissed()

    def on_commit(self) -> None:
        self.serial = (self.serial + 1) & 0xFFFFFFFF
        pending, self._pending = self._pending, _Pending()
        text = self.client.server.seat.text
        if text.focus is None or text.focus.client is not self.client:
            return
        if pending.toggled is True and text.other_enabled(self):
            return
        if pending.toggled is not None:
            self.field = Field(pending.toggled)
        if not self.field.enabled and pending.toggled is None:
            return
        self._apply(pending.changes, text.focus)
        text.committed(self, restarted=pending.toggled is not None)

    def _apply(self, changes: dict[str, Any], surface: Surface) -> None:
        self.field.cause = 0
        rectangle = changes.pop("rectangle", None)
        for name, value in changes.items():
            setattr(self.field, name, value)
        if rectangle is None:
            return
        if self.version >= _RECTANGLE_FOLLOWS_SURFACE:
            # A later enable, disable or focus makes a new field, and this value meaningless.
            surface.pending.more.others[self.place_cursor] = (self.field, rectangle)
        else:
            self.field.rectangle = rectangle

    def place_cursor(self, place: tuple[Field, Rect]) -> None:
        """The surface shows the text that the cursor rectangle belongs to."""
        told, rectangle = place
        if told is self.field:
            self.field.rectangle = rectangle
            self.client.server.seat.text.cursor_moved()

    # --- from the input method

    def edit(self, edit: Edit) -> None:
        if edit.preedit is not None:
            self.send_preedit_string(*edit.preedit)
        if edit.delete != (0, 0):
            self.send_delete_surrounding_text(*edit.delete)
        if edit.commit is not None:
            self.send_commit_string(edit.commit)
        self.send_done(self.serial)

    def destroyed(self) -> None:
        self.field = Field()
        self.client.server.seat.text.committed(self, restarted=True)


class TextInputManager(Resource):
    __slots__ = ()
    interface = ZwpTextInputManagerV3
    highest = 2

    def on_get_text_input(self, new_id: int, _seat: Seat) -> None:
        TextInput(self.client, self.version, new_id)


class TextInputResource(Protocol):
    """A text input of whichever version."""

    field: Field

    def enter(self, surface: Surface) -> None:
        """The keyboard has come to a surface of its app."""

    def leave(self, surface: Surface) -> None:
        """It has gone, and with it what was told; the surface may be gone, too."""

    def edit(self, edit: Edit) -> None:
        """Change the text as the input method says."""


class TextFocus:
    """Brings the focused app's text field and the input method together.

    The input method hears of a field once a turn, and not before it has read what it was told: an app can say in one
    turn what fills all that is kept for another.

    Attributes:
        kinds: classes of text inputs.
        focus: the surface that text goes to.
        active: its enabled text input.
        method: the one input method, whether it has something to do or not.
    """

    def __init__(self, server: Server, kinds: tuple[type[Any], ...]) -> None:
        self._server = server
        self.kinds = kinds
        self.focus: Surface | None = None
        self.active: TextInputResource | None = None
        self.method: InputMethod | None = None
        self._news: Literal["", "changed", "restarted"] = ""  # of the active text input, for the input method

    def follow(self, surface: Surface | None) -> None:
        """The keyboard has gone to `surface`."""
        old, self.focus = self.focus, surface
        if surface is old:
            return
        self._activate(None)
        if old is not None:
            for text_input in self._of(old.client):
                text_input.leave(old)
        if surface is not None:
            for text_input in self._of(surface.client):
                text_input.enter(surface)

    def _of(self, client: Client) -> Iterator[TextInputResource]:
        for kind in self.kinds:
            yield from client.all(kind)

    def other_enabled(self, text_input: TextInputResource) -> bool:
        return self.active is not None and self.active is not text_input

    def committed(self, text_input: TextInputResource, restarted: bool) -> None:
        """The text input has a new state; `restarted` if it was enabled or disabled with it."""
        if text_input.field.enabled:
            if restarted or self.active is not text_input:
                self._server.field_reports.asked()
                self._activate(text_input)
            else:
                self._news = self._news or "changed"
        elif self.active is text_input:
            self._activate(None)

    def restarted(self, text_input: TextInputResource) -> None:
        """The app has changed its text by itself: what is being composed is out of date."""
        if self.active is text_input:
            self._activate(text_input)

    def _activate(self, text_input: TextInputResource | None) -> None:
        method = self.method
        if method is not None and method.active:
            if text_input is self.active:
                method.outdate()
            else:
                method.deactivate()
        self.active = text_input
        self._news = "" if text_input is None else "restarted"

    def flush(self) -> None:
        """Once a turn."""
        method, active = self.method, self.active
        if not self._news or method is None or active is None or method.client.backed_up:
            return
        news, self._news = self._news, ""
        if news == "restarted":
            method.activate(active.field)
        else:
            method.tell(active.field)

    def cursor_moved(self) -> None:
        if self.method is not None:
            self.method.place_popups()

    def method_came(self, method: InputMethod) -> None:
        self.method = method
        self._news = "restarted"

    def method_gone(self) -> None:
        """What was being composed is given up."""
        self.method = None
        if self.active is not None:
            self.active.edit(Edit())


def known_purpose(purpose: int) -> int:
    """A content purpose, or that of any text where there is none of that number."""
    return purpose if purpose in _PURPOSES else 0


def is_boundary(data: bytes, offset: int) -> bool:
    """Whether `offset` points between two characters of UTF-8 `data`, or to an end of it."""
    return 0 <= offset <= len(data) and (offset == len(data) or data[offset] & 0xC0 != 0x80)
