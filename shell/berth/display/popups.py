"""All popups: told to the ui once a turn, and the stack of those that hold a grab."""

from __future__ import annotations

from typing import TYPE_CHECKING

from berth.core.messages import PopupDestroyed
from berth.display.popup import Popup, PopupParent, same_window

if TYPE_CHECKING:
    from berth.display.client import Client
    from berth.display.input_popup import InputPopup
    from berth.display.server import Server
    from berth.display.surface import Surface


class Popups:
    """Popups by the number the ui knows them by, and the grabs from bottom to top."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._next = 1
        self._all: dict[int, Popup] = {}
        self._changed: dict[Popup, None] = {}
        self._suggestions: dict[InputPopup, bool] = {}  # whether the ui has to hear of them
        self._grabs: list[Popup] = []

    # --- from clients

    def claim(self) -> int:
        """A number for something that is shown as a popup."""
        number = self._next
        self._next += 1
        return number

    def add(self, popup: Popup) -> int:
        number = self.claim()
        self._all[number] = popup
        self._changed[popup] = None
        return number

    def follow(self, popup: InputPopup) -> None:
        """The input method's `popup` is shown, or shown elsewhere."""
        self._suggestions[popup] = True

    def leave(self, popup: InputPopup) -> None:
        self._suggestions.pop(popup, None)

    def changed(self, popup: Popup) -> None:
        self._changed[popup] = None

    def mapped(self, popup: Popup) -> None:
        if popup.grabbing:
            self._server.seat.keyboard.refocus()

    def remove(self, popup: Popup) -> None:
        if self._all.pop(popup.number, None) is not None:
            self._server.scene.send(PopupDestroyed(popup.number))
        self._changed.pop(popup, None)
        if popup in self._grabs:
            self._grabs.remove(popup)
            self._server.seat.keyboard.refocus()

    # --- grabs

    def grab(self, popup: Popup) -> None:
        self._grabs.append(popup)

    def may_grab(self, client: Client, parent: PopupParent | None) -> bool:
        """A new grab belongs on top of the client's last one; another client's grabs end with it."""
        if self._grabs and self._grabs[-1].client is not client:
            self.dismiss_grabs()
        return not self._grabs or self._grabs[-1].xdg is parent

    @property
    def grab_client(self) -> Client | None:
        return self._grabs[-1].client if self._grabs else None

    @property
    def grab_surface(self) -> Surface | None:
        """The topmost grabbing popup that is shown: the keyboard is its."""
        return next((popup.xdg.surface for popup in reversed(self._grabs) if popup.mapped), None)

    def grabs_on(self, surface: Surface) -> bool:
        """Whether the grabs are those of popups on the window of `surface`."""
        return bool(self._grabs) and same_window(surface, self._grabs[-1].xdg.surface)

    def is_grabbing(self, surface: Surface) -> bool:
        return any(popup.xdg.surface is surface for popup in self._grabs)

    def pressed(self, surface: Surface | None) -> None:
        """A button or finger went down; outside of the grabbing client's surfaces that closes its popups."""
        client = self.grab_client
        if client is not None and (surface is None or surface.client is not client):
            self.dismiss_grabs()

    def dismiss_grabs(self) -> None:
        """Close all grabbing popups with what is on them, the topmost first."""
        while self._grabs:
            self._grabs[-1].xdg.dismiss()

    # --- from the ui

    def dismiss(self, number: int) -> None:
        popup = self._all.get(number)
        if popup is not None:
            popup.xdg.dismiss()

    def parent_moved(self, parent: PopupParent) -> None:
        for child in parent.popups:
            if isinstance(child.kind, Popup):
                child.kind.parent_moved()
                self.parent_moved(child)

    def screen_changed(self) -> None:
        for popup in self._all.values():
            popup.parent_moved()

    # --- once a turn

    def flush(self) -> None:
        if not self._server.has_ui:
            return
        self._flush_suggestions()
        if not self._changed:
            return
        scene = self._server.scene
        held: dict[Popup, None] = {}
        for popup in self._changed:
            if scene.holds(popup.xdg.surface):
                held[popup] = None
            else:
                scene.send(popup.describe())
        self._changed = held

    def _flush_suggestions(self) -> None:
        for popup, changed in self._suggestions.items():
            message, surface = popup.describe(), popup.surface
            if changed and message is not None and surface is not None and not self._server.scene.holds(surface):
                self._suggestions[popup] = False
                self._server.scene.send(message)

    def snapshot(self) -> None:
        self._changed.clear()
        self._suggestions = dict.fromkeys(self._suggestions, True)
        self._flush_suggestions()
        for popup in self._all.values():
            self._server.scene.send(popup.describe())
