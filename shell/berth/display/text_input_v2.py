"""zwp_text_input_v2: text fields of programs that know no later version, as those of Qt 5 and of Qt 6 before 6.7.

What they say and hear means the same as in version 3, and goes the same ways; a state is sent as a whole with
update_state, for the surface whose text input was enabled.

Source: KDE's text-input-unstable-v2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pywayland.protocol.wayland import WlSeat, WlSurface

from berth.display.input_timestamps import MAX_DEVICES
from berth.display.interface import complete, declare
from berth.display.resource import BudgetExceeded, Resource, event
from berth.display.text_input import MAX_TEXT, Edit, Field, is_boundary, known_purpose

if TYPE_CHECKING:
    from berth.display.client import Client
    from berth.display.seat import Seat
    from berth.display.surface import Surface

ZwpTextInputV2 = declare(
    "zwp_text_input_v2",
    1,
    update_state={"change": 0, "full": 1, "reset": 2, "enter": 3},
    preedit_style={"highlight": 4, "underline": 5},
)
ZwpTextInputManagerV2 = declare("zwp_text_input_manager_v2", 1)
complete(
    ZwpTextInputV2,
    (WlSurface,),
    requests=(
        "destroy",
        "enable object:wl_surface",
        "disable object:wl_surface",
        "show_input_panel",
        "hide_input_panel",
        "set_surrounding_text string int int",
        "set_content_type uint uint",
        "set_cursor_rectangle int int int int",
        "set_preferred_language string",
        "update_state uint uint",
    ),
    events=(
        "enter uint object:wl_surface",
        "leave uint object:wl_surface",
        "input_panel_state uint int int int int",
        "preedit_string string string",
        "preedit_styling uint uint uint",
        "preedit_cursor int",
        "commit_string string",
        "cursor_position int int",
        "delete_surrounding_text uint uint",
        "modifiers_map array",
        "keysym uint uint uint uint",
        "language string",
        "text_direction uint",
        "configure_surrounding_text int int",
        "input_method_changed uint uint",
    ),
)
complete(
    ZwpTextInputManagerV2,
    (ZwpTextInputV2, WlSeat),
    requests=("destroy", "get_text_input new:zwp_text_input_v2 object:wl_seat"),
)

_Reason = ZwpTextInputV2.update_state
_Style = ZwpTextInputV2.preedit_style
_DATE = 9
"""The first purpose that has another number in version 3, which has one more, of PINs, before it."""


class TextInputV2(Resource):
    """`field` is what the app has told of the focused surface, since the keyboard came to it."""

    __slots__ = ("_changes", "_enabled", "_serial", "field")
    interface = ZwpTextInputV2
    listed = True
    most = MAX_DEVICES
    send_enter = event(ZwpTextInputV2, "enter")
    send_leave = event(ZwpTextInputV2, "leave")
    send_preedit_string = event(ZwpTextInputV2, "preedit_string")
    send_preedit_styling = event(ZwpTextInputV2, "preedit_styling")
    send_preedit_cursor = event(ZwpTextInputV2, "preedit_cursor")
    send_commit_string = event(ZwpTextInputV2, "commit_string")
    send_delete_surrounding_text = event(ZwpTextInputV2, "delete_surrounding_text")

    def __init__(self, client: Client, version: int, new_id: int) -> None:
        super().__init__(client, version, new_id)
        self._enabled: set[Surface] = set()
        self._serial = 0
        self._forget()
        focus = client.server.seat.text.focus
        if focus is not None and focus.client is client:
            self.enter(focus)

    def _forget(self) -> None:
        self.field = Field()
        self._changes: dict[str, Any] = {}

    # --- the keyboard comes and goes

    def enter(self, surface: Surface) -> None:
        self._forget()
        self._serial = self.client.server.display.serial()
        self.send_enter(self._serial, surface)
        if surface in self._enabled:
            self._begin()

    def leave(self, surface: Surface) -> None:
        self._forget()
        if surface.alive:
            self._serial = self.client.server.display.serial()
            self.send_leave(self._serial, surface)

    def _begin(self) -> None:
        text = self.client.server.seat.text
        if not text.other_enabled(self):
            self.field = Field(enabled=True)
            text.committed(self, restarted=True)

    # --- requests

    def on_enable(self, surface: Surface) -> None:
        self._enabled = {known for known in self._enabled if known.alive} | {surface}
        if surface is self.client.server.seat.text.focus and not self.field.enabled:
            self._begin()

    def on_disable(self, surface: Surface) -> None:
        self._enabled.discard(surface)
        if surface is self.client.server.seat.text.focus and self.field.enabled:
            self._forget()
            self.client.server.seat.text.committed(self, restarted=True)

    def on_show_input_panel(self) -> None:
        if self.client.server.seat.text.active is self:
            self.client.server.field_reports.asked()

    def on_hide_input_panel(self) -> None:
        if self.client.server.seat.text.active is self:
            self.client.server.field_reports.dismissed()

    def on_set_surrounding_text(self, text: str, cursor: int, anchor: int) -> None:
        data = text.encode()
        if len(data) > MAX_TEXT:
            raise BudgetExceeded(f"zwp_text_input_v2: a text of more than {MAX_TEXT} bytes")
        if is_boundary(data, cursor) and is_boundary(data, anchor):
            self._changes["surrounding"] = (text, cursor, anchor)

    def on_set_content_type(self, hint: int, purpose: int) -> None:
        self._changes["hint"] = hint
        self._changes["purpose"] = known_purpose(purpose + 1 if purpose >= _DATE else purpose)

    def on_set_cursor_rectangle(self, x: int, y: int, width: int, height: int) -> None:
        self._changes["rectangle"] = (x, y, max(width, 0), max(height, 0))

    def on_set_preferred_language(self, _language: str) -> None:
        """No input method protocol can ask for it."""

    def on_update_state(self, serial: int, reason: int) -> None:
        """What was meant for a surface that the keyboard has left since, does not count."""
        changes, self._changes = self._changes, {}
        if not self.field.enabled or serial != self._serial:
            return
        text = self.client.server.seat.text
        if reason != _Reason.change:
            self.field = Field(enabled=True)
        for name, value in changes.items():
            setattr(self.field, name, value)
        if reason == _Reason.reset:
            text.restarted(self)
        else:
            text.committed(self, restarted=reason == _Reason.enter)
        text.cursor_moved()

    # --- from the input method

    def edit(self, edit: Edit) -> None:
        if edit.delete != (0, 0):
            self.send_delete_surrounding_text(*edit.delete)
        if edit.commit is not None or edit.delete != (0, 0):
            self.send_commit_string(edit.commit or "")
        if edit.preedit is not None and edit.preedit[0]:
            self._compose(*edit.preedit)
        elif edit.commit is None:
            self.send_preedit_string("", "")

    def _compose(self, text: str, begin: int, end: int) -> None:
        """Show text that is not final. An app keeps it where it has to go on without the input method."""
        self.send_preedit_styling(0, len(text.encode()), _Style.underline)
        if begin != end:
            self.send_preedit_styling(min(begin, end), abs(end - begin), _Style.highlight)
        self.send_preedit_cursor(end)
        self.send_preedit_string(text, text)

    def destroyed(self) -> None:
        self._forget()
        self.client.server.seat.text.committed(self, restarted=True)


class TextInputManagerV2(Resource):
    __slots__ = ()
    interface = ZwpTextInputManagerV2

    def on_get_text_input(self, new_id: int, _seat: Seat) -> None:
        TextInputV2(self.client, self.version, new_id)
