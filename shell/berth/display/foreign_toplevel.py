"""ext_foreign_toplevel_list: the open windows for apps that may see them, read only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pywayland.protocol.ext_foreign_toplevel_list_v1 import ExtForeignToplevelHandleV1, ExtForeignToplevelListV1

from berth.core.permissions import WINDOW_LIST
from berth.display.resource import Resource, event

if TYPE_CHECKING:
    from berth.display.client import Client
    from berth.display.output import Output
    from berth.display.window_list import Entry


class ToplevelHandle(Resource):
    """`entry` is None once the window is gone or the permission was taken back."""

    __slots__ = ("_told", "entry")
    interface = ExtForeignToplevelHandleV1
    listed = True
    permission = WINDOW_LIST
    send_closed = event(ExtForeignToplevelHandleV1, "closed")
    send_done = event(ExtForeignToplevelHandleV1, "done")
    send_title = event(ExtForeignToplevelHandleV1, "title")
    send_app_id = event(ExtForeignToplevelHandleV1, "app_id")
    send_identifier = event(ExtForeignToplevelHandleV1, "identifier")

    def __init__(self, client: Client, version: int, entry: Entry) -> None:
        super().__init__(client, version, 0)
        self.entry: Entry | None = entry
        self._told: tuple[str | None, str | None] = (None, None)
        entry.handles.append(self)
        client.instance.uses.begin(WINDOW_LIST, self)

    def update(self) -> None:
        assert self.entry is not None
        toplevel = self.entry.toplevel
        title, app_id = self._told
        if (toplevel.title, toplevel.app_id) == (title, app_id):
            return
        self._told = (toplevel.title, toplevel.app_id)
        if toplevel.title != title:
            self.send_title(toplevel.title)
        if toplevel.app_id != app_id:
            self.send_app_id(toplevel.app_id)
        self.send_done()

    def output_bound(self, output: Output) -> None:
        pass

    def closed(self) -> None:
        self._detach()
        self.send_closed()

    def revoked(self) -> None:
        if self.entry is not None:
            self.closed()

    def _detach(self) -> None:
        entry, self.entry = self.entry, None
        self.client.instance.uses.end(WINDOW_LIST, self)
        if entry is not None:
            self.client.server.window_list.forget_handle(entry, self)

    def destroyed(self) -> None:
        self._detach()


class ToplevelList(Resource):
    __slots__ = ("_finished",)
    interface = ExtForeignToplevelListV1
    listed = True
    permission = WINDOW_LIST
    send_toplevel = event(ExtForeignToplevelListV1, "toplevel")
    send_finished = event(ExtForeignToplevelListV1, "finished")

    def bound(self) -> None:
        self._finished = False
        self.client.instance.uses.begin(WINDOW_LIST, self)
        self.client.server.window_list.watch(self)

    def appeared(self, entry: Entry) -> None:
        handle = ToplevelHandle(self.client, self.version, entry)
        self.send_toplevel(handle)
        handle.send_identifier(entry.identifier)
        handle.update()

    def on_stop(self) -> None:
        if not self._finished:
            self._finished = True
            self._forget()
            self.send_finished()

    def revoked(self) -> None:
        self.on_stop()

    def destroyed(self) -> None:
        self._forget()

    def _forget(self) -> None:
        self.client.instance.uses.end(WINDOW_LIST, self)
        self.client.server.window_list.forget(self)
