"""ext_workspace: the desktop has one workspace, on all outputs, and says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pywayland.protocol.ext_workspace_v1 import (
    ExtWorkspaceGroupHandleV1,
    ExtWorkspaceHandleV1,
    ExtWorkspaceManagerV1,
)

from berth.core.permissions import WINDOW_LIST
from berth.display.output import Output
from berth.display.resource import Resource, event

if TYPE_CHECKING:
    from berth.display.client import Client

_NAME = "1"
_ID = "desktop"


class WorkspaceGroup(Resource):
    __slots__ = ()
    interface = ExtWorkspaceGroupHandleV1
    send_capabilities = event(ExtWorkspaceGroupHandleV1, "capabilities")
    send_output_enter = event(ExtWorkspaceGroupHandleV1, "output_enter")
    send_output_leave = event(ExtWorkspaceGroupHandleV1, "output_leave")
    send_workspace_enter = event(ExtWorkspaceGroupHandleV1, "workspace_enter")
    send_workspace_leave = event(ExtWorkspaceGroupHandleV1, "workspace_leave")
    send_removed = event(ExtWorkspaceGroupHandleV1, "removed")

    def on_create_workspace(self, _name: str) -> None:
        pass  # as its capabilities say


class Workspace(Resource):
    """None of what a client may ask for is among the capabilities, so it changes nothing."""

    __slots__ = ()
    interface = ExtWorkspaceHandleV1
    send_id = event(ExtWorkspaceHandleV1, "id")
    send_name = event(ExtWorkspaceHandleV1, "name")
    send_state = event(ExtWorkspaceHandleV1, "state")
    send_capabilities = event(ExtWorkspaceHandleV1, "capabilities")
    send_removed = event(ExtWorkspaceHandleV1, "removed")

    def on_activate(self) -> None:
        pass

    def on_deactivate(self) -> None:
        pass

    def on_assign(self, _group: WorkspaceGroup) -> None:
        pass

    def on_remove(self) -> None:
        pass


class WorkspaceManager(Resource):
    __slots__ = ("_group", "_workspace")
    interface = ExtWorkspaceManagerV1
    listed = True
    permission = WINDOW_LIST
    send_workspace_group = event(ExtWorkspaceManagerV1, "workspace_group")
    send_workspace = event(ExtWorkspaceManagerV1, "workspace")
    send_done = event(ExtWorkspaceManagerV1, "done")
    send_finished = event(ExtWorkspaceManagerV1, "finished")

    def __init__(self, client: Client, version: int, new_id: int) -> None:
        super().__init__(client, version, new_id)
        self._group = WorkspaceGroup(client, version, 0)
        self._workspace = Workspace(client, version, 0)

    def bound(self) -> None:
        group, workspace = self._group, self._workspace
        self.send_workspace_group(group)
        group.send_capabilities(0)
        for output in self.client.all(Output):
            group.send_output_enter(output)
        self.send_workspace(workspace)
        workspace.send_id(_ID)
        workspace.send_name(_NAME)
        workspace.send_state(int(ExtWorkspaceHandleV1.state.active))
        workspace.send_capabilities(0)
        group.send_workspace_enter(workspace)
        self.send_done()

    def output_bound(self, output: Output) -> None:
        self._group.send_output_enter(output)
        self.send_done()

    def output_gone(self, output: Output) -> None:
        self._group.send_output_leave(output)
        self.send_done()

    def on_commit(self) -> None:
        pass

    def on_stop(self) -> None:
        self.send_finished()
        self.destroy()

    def revoked(self) -> None:
        group, workspace = self._group, self._workspace
        if group.alive and workspace.alive:
            group.send_workspace_leave(workspace)
        workspace.send_removed()
        group.send_removed()
        self.send_done()
        self.on_stop()
