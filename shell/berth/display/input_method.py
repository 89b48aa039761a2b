"""input-method-v2: the program that makes text of what is typed, for the text field that has the focus.

Source: wlroots' input-method-unstable-v2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pywayland.protocol.wayland import WlSeat, WlSurface

from berth.core.messages import KeyboardLayout
from berth.core.permissions import INPUT_METHOD
from berth.display.input_popup import InputPopup, ZwpInputPopupSurfaceV2
from berth.display.interface import complete, declare
from berth.display.resource import BudgetExceeded, Resource, event
from berth.display.text_input import MAX_TEXT, Edit, Field, is_boundary

if TYPE_CHECKING:
    from berth.display.client import Client
    from berth.display.keymap import Keymap, Modifiers
    from berth.display.seat import Seat
    from berth.display.surface import Surface
    from berth.display.text_input import TextFocus

ZwpInputMethodV2 = declare("zwp_input_method_v2", 1, error={"role": 0})
ZwpInputMethodKeyboardGrabV2 = declare("zwp_input_method_keyboard_grab_v2", 1)
ZwpInputMethodManagerV2 = declare("zwp_input_method_manager_v2", 1)
complete(
    ZwpInputMethodV2,
    (ZwpInputPopupSurfaceV2, ZwpInputMethodKeyboardGrabV2, WlSurface),
    requests=(
        "commit_string string",
        "set_preedit_string string int int",
        "delete_surrounding_text uint uint",
        "commit uint",
        "get_input_popup_surface new:zwp_input_popup_surface_v2 object:wl_surface",
        "grab_keyboard new:zwp_input_method_keyboard_grab_v2",
        "destroy",
    ),
    events=(
        "activate",
        "deactivate",
        "surrounding_text string uint uint",
        "text_change_cause uint",
        "content_type uint uint",
        "done",
        "unavailable",
    ),
)
complete(
    ZwpInputMethodKeyboardGrabV2,
    (),
    requests=("release",),
    events=(
        "keymap uint fd uint",
        "key uint uint uint uint",
        "modifiers uint uint uint uint uint",
        "repeat_info int int",
    ),
)
complete(
    ZwpInputMethodManagerV2,
    (ZwpInputMethodV2, WlSeat),
    requests=("get_input_method object:wl_seat new:zwp_input_method_v2", "destroy"),
)

MAX_POPUPS = 16
_XKB_V1 = 1


class KeyboardGrab(Resource):
    """Gets the keys while a text field is active."""

    __slots__ = ("_method",)
    interface = ZwpInputMethodKeyboardGrabV2
    send_keymap = event(ZwpInputMethodKeyboardGrabV2, "keymap")
    send_key = event(ZwpInputMethodKeyboardGrabV2, "key")
    send_modifiers = event(ZwpInputMethodKeyboardGrabV2, "modifiers")
    send_repeat_info = event(ZwpInputMethodKeyboardGrabV2, "repeat_info")

    def __init__(self, method: InputMethod, new_id: int) -> None:
        super().__init__(method.client, method.version, new_id)
        self._method = method

    def describe(self, keymap: Keymap, layout: KeyboardLayout) -> None:
        self.send_keymap(_XKB_V1, keymap.text.fd, keymap.text.size)
        self.send_repeat_info(layout.repeat_rate, layout.repeat_delay)

    def key(self, time: int, code: int, pressed: bool) -> None:
        self.send_key(self.client.server.display.serial(), time, code, int(pressed))

    def modifiers(self, modifiers: Modifiers) -> None:
        self.send_modifiers(self.client.server.display.serial(), *modifiers)

    def destroyed(self) -> None:
        if self._method.grab is self:
            self._method.grab = None
            self.client.server.seat.keyboard.grab_ended()


class InputMethod(Resource):
    """`active` while there is a text field to work for; `usable` unless there was another input method first
    or the permission was taken away."""

    __slots__ = ("_activated", "_done", "_pending", "active", "grab", "popups", "usable")
    interface = ZwpInputMethodV2
    listed = True
    permission = INPUT_METHOD
    send_activate = event(ZwpInputMethodV2, "activate")
    send_deactivate = event(ZwpInputMethodV2, "deactivate")
    send_surrounding_text = event(ZwpInputMethodV2, "surrounding_text")
    send_text_change_cause = event(ZwpInputMethodV2, "text_change_cause")
    send_content_type = event(ZwpInputMethodV2, "content_type")
    send_done = event(ZwpInputMethodV2, "done")
    send_unavailable = event(ZwpInputMethodV2, "unavailable")

    def __init__(self, client: Client, version: int, new_id: int) -> None:
        super().__init__(client, version, new_id)
        self.active = False
        self.grab: KeyboardGrab | None = None
        self.popups: list[InputPopup] = []
        self._pending = Edit()
        self._done = 0
        self._activated = 0  # how many done events there were before the current text field
        text = client.server.seat.text
        self.usable = text.method is None and client.sees(InputMethodManager)
        if self.usable:
            client.instance.uses.begin(INPUT_METHOD, self)
            text.method_came(self)
        else:
            self.send_unavailable()

    @property
    def _text(self) -> TextFocus:
        return self.client.server.seat.text

    # --- requests

    def on_commit_string(self, text: str) -> None:
        _check(text)
        self._pending.commit = text

    def on_set_preedit_string(self, text: str, begin: int, end: int) -> None:
        data = _check(text)
        if not (begin == end == -1) and not (is_boundary(data, begin) and is_boundary(data, end)):
            begin = end = len(data)
        self._pending.preedit = (text, begin, end)

    def on_delete_surrounding_text(self, before: int, after: int) -> None:
        self._pending.delete = (before, after)

    def on_commit(self, serial: int) -> None:
        edit, self._pending = self._pending, Edit()
        target = self._text.active
        # What was meant for an earlier text field must not end up in this one.
        if not self.active or target is None or not self._activated < serial <= self._done:
            return
        edit.delete = _deletable(edit.delete, target.field)
        target.edit(edit)

    def on_get_input_popup_surface(self, new_id: int, surface: Surface) -> None:
        if surface.role is not None or surface.role_name not in ("", InputPopup.name):
            raise self.error(ZwpInputMethodV2.error.role, f"the surface is a {surface.role_name} already")
        if len(self.popups) >= MAX_POPUPS:
            raise BudgetExceeded(f"more than {MAX_POPUPS} popups of an input method")
        InputPopup(self, new_id, surface)

    def on_grab_keyboard(self, new_id: int) -> None:
        grab = KeyboardGrab(self, new_id)
        if self.usable and self.grab is None:
            self.grab = grab
            self.client.server.seat.keyboard.grab_began(grab)

    # --- from the text input

    def outdate(self) -> None:
        """The text field has begun anew: what was said of it so far does not count."""
        self._pending = Edit()
        self._activated = self._done

    def activate(self, field: Field) -> None:
        self.active = True
        self.outdate()
        self.send_activate()
        self.tell(field)
        self.place_popups()

    def deactivate(self) -> None:
        self.active = False
        self.send_deactivate()
        self._finish()
        self.place_popups()
        if self.grab is not None:
            self.client.server.seat.keyboard.grab_ended()

    def tell(self, field: Field) -> None:
        """Send the text field as it is now."""
        if field.surrounding is not None:
            self.send_surrounding_text(*field.surrounding)
        self.send_text_change_cause(field.cause)
        self.send_content_type(field.hint, field.purpose)
        self._finish()
        self.place_popups()

    def _finish(self) -> None:
        self._done = (self._done + 1) & 0xFFFFFFFF
        self.send_done()

    def place_popups(self) -> None:
        for popup in self.popups:
            popup.update()

    def revoked(self) -> None:
        if not self.usable:
            return
        self.usable = False
        self.client.instance.uses.end(INPUT_METHOD, self)
        if self.active:
            self.deactivate()
        self._text.method_gone()
        self.send_unavailable()

    def destroyed(self) -> None:
        for popup in tuple(self.popups):
            popup.destroy()
        if self.grab is not None:
            self.grab.destroy()
        if self.usable:
            self.usable = self.active = False
            self.client.instance.uses.end(INPUT_METHOD, self)
            self._text.method_gone()


class InputMethodManager(Resource):
    __slots__ = ()
    interface = ZwpInputMethodManagerV2
    permission = INPUT_METHOD

    def on_get_input_method(self, _seat: Seat, new_id: int) -> None:
        InputMethod(self.client, self.version, new_id)


def _check(text: str) -> bytes:
    data = text.encode()
    if len(data) > MAX_TEXT:
        raise BudgetExceeded(f"zwp_input_method_v2: a text of more than {MAX_TEXT} bytes")
    return data


def _deletable(wanted: tuple[int, int], field: Field) -> tuple[int, int]:
    """What of a deletion around the cursor there is, in whole characters."""
    if field.surrounding is None:
        return wanted
    text, cursor, anchor = field.surrounding
    data = text.encode()
    first, last = min(cursor, anchor), max(cursor, anchor)
    before, after = min(wanted[0], first), min(wanted[1], len(data) - last)
    if not is_boundary(data, first - before) or not is_boundary(data, last + after):
        return 0, 0
    return before, after
