"""xdg-dialog: windows that belong to another one and, if they are modal, have to be answered first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pywayland.protocol.xdg_dialog_v1 import XdgDialogV1, XdgWmDialogV1

from berth.display.resource import Resource

if TYPE_CHECKING:
    from berth.display.client import Client
    from berth.display.toplevel import Toplevel


class Dialog(Resource):
    """Without effect once its toplevel is gone."""

    __slots__ = ("modal", "toplevel")
    interface = XdgDialogV1

    def __init__(self, client: Client, version: int, new_id: int, toplevel: Toplevel) -> None:
        super().__init__(client, version, new_id)
        self.toplevel = toplevel
        self.modal = False
        toplevel.dialog = self

    def on_set_modal(self) -> None:
        self._set(True)

    def on_unset_modal(self) -> None:
        self._set(False)

    def _set(self, modal: bool) -> None:
        if modal != self.modal:
            self.modal = modal
            self.toplevel.changed()

    def destroyed(self) -> None:
        if self.toplevel.dialog is self:
            self.toplevel.dialog = None
            self.toplevel.changed()


class WmDialog(Resource):
    __slots__ = ()
    interface = XdgWmDialogV1

    def on_get_xdg_dialog(self, new_id: int, toplevel: Toplevel) -> None:
        if toplevel.dialog is not None:
            raise self.error(XdgWmDialogV1.error.already_used, "the window has a dialog object")
        Dialog(self.client, self.version, new_id, toplevel)
