"""All windows: told to the ui once a turn, with their places remembered for the next ui."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import msgspec

from berth.core.messages import (
    Configure,
    InstanceCloseAsked,
    InstanceCloseWanted,
    Placement,
    WindowDestroyed,
    WindowIcon,
    WindowPolicy,
    WindowRequest,
)
from berth.display.clock import now
from berth.display.toplevel import Toplevel
from berth.display.xdg_surface import WmBase

if TYPE_CHECKING:
    from berth.display.client import Client
    from berth.display.server import Server
    from berth.display.surface import Surface

_ICONS = (50, 10.0)
"""How many icons a client may change at once, and in a second."""
_ICON_PAUSE = 100_000_000  # ns


class Windows:
    """Toplevels by the number the ui knows them by, in the order they came."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._next = 1
        self._all: dict[int, Toplevel] = {}
        self._placements: dict[int, Placement] = {}
        self._told: set[int] = set()  # which windows the ui knows of
        self._changed: dict[Toplevel, None] = {}
        self._wanted: dict[Toplevel, None] = {}
        self._requests: dict[object, WindowRequest] = {}  # the latest of each kind, in their order
        self._icons: dict[Toplevel, None] = {}
        self.policy = WindowPolicy()

    # --- from clients

    def add(self, toplevel: Toplevel) -> int:
        number = self._next
        self._next += 1
        self._all[number] = toplevel
        self._changed[toplevel] = None
        return number

    def first_configure(self, toplevel: Toplevel) -> Configure:
        """What a new window is told at once: clients count on an answer before the ui could have a say."""
        fixed = 0 not in toplevel.max_size and toplevel.max_size == toplevel.min_size
        if fixed or toplevel.parent is not None:
            return Configure(toplevel.window, 0, 0, 0, ())
        policy = self.policy
        return Configure(toplevel.window, 0, policy.width, policy.height, policy.states)

    def changed(self, toplevel: Toplevel) -> None:
        self._changed[toplevel] = None
        self._server.window_list.changed(toplevel)

    def icon_changed(self, toplevel: Toplevel) -> None:
        self._icons[toplevel] = None

    def request(self, request: WindowRequest) -> None:
        """An app may ask for the same a thousand times before the ui has read of it once."""
        if self._server.has_ui:
            # Each ring is one; there are few in a second.
            kind = object() if request.action == "bell" else (request.window, request.action)
            self._requests.pop(kind, None)
            self._requests[kind] = request

    def remove(self, toplevel: Toplevel) -> None:
        number = toplevel.window
        if self._all.pop(number, None) is None:
            return
        self._placements.pop(number, None)
        self._changed.pop(toplevel, None)
        self._wanted.pop(toplevel, None)
        self._icons.pop(toplevel, None)
        self._requests = {kind: request for kind, request in self._requests.items() if request.window != number}
        self.orphan(toplevel)
        self._server.window_list.gone(toplevel)
        self._server.captures.source_gone(toplevel)
        if number in self._told:
            self._told.remove(number)
            self._server.scene.send(WindowDestroyed(number))

    def orphan(self, toplevel: Toplevel) -> None:
        """A window that is gone leaves its children to its own parent."""
        for child in self._all.values():
            if child.parent is toplevel:
                child.parent = toplevel.parent
                self.changed(child)

    # --- once a turn

    def send_configures(self) -> None:
        """Only the last of several sizes the ui sent in one go reaches the client, or while it did not read."""
        if not self._wanted:
            return
        wanted, self._wanted = self._wanted, {}
        for toplevel in wanted:
            if toplevel.client.backed_up:
                self._wanted[toplevel] = None
            elif toplevel.wanted is not None:
                message, toplevel.wanted = toplevel.wanted, None
                toplevel.configure(message)

    def flush(self) -> None:
        if self._server.ui_backlog:
            # It gets the latest only, as soon as it has read what is on its way. There is a turn then.
            return
        scene = self._server.scene
        if self._changed and self._server.has_ui:
            held: dict[Toplevel, None] = {}
            for toplevel in self._changed:
                # A window is announced as mapped together with its content, not before.
                if scene.holds(toplevel.xdg.surface):
                    held[toplevel] = None
                else:
                    scene.send(toplevel.describe())
                    self._told.add(toplevel.window)
            self._changed = held
        for request in self._requests.values():
            scene.send(request)
        self._requests.clear()
        self._send_icons()

    def _send_icons(self) -> None:
        if not self._icons or not self._server.has_ui:
            return
        # An icon follows the message that announces its window.
        icons, self._icons = self._icons, {}
        for toplevel in icons:
            if toplevel in self._changed or not self._may_show(toplevel):
                self._icons[toplevel] = None
                continue
            image = toplevel.icon.current
            if image is None:
                self._server.scene.send(WindowIcon(toplevel.window, 0))
            else:
                self._server.scene.send(WindowIcon(toplevel.window, image.side), (image.sealed(),))

    def _may_show(self, toplevel: Toplevel) -> bool:
        """Whether the ui, which makes pictures of icons, gets another one of that client already."""
        if toplevel.client.allowance(Toplevel, *_ICONS).take():
            return True
        self._server.timers.set(self, time.monotonic_ns() + _ICON_PAUSE, lambda: None)  # the turn is all it takes
        return False

    # --- from the ui

    def want(self, toplevel: Toplevel, message: Configure) -> None:
        toplevel.wanted = toplevel.meant = message
        self._wanted[toplevel] = None
        self._server.window_list.changed(toplevel)

    def configure(self, message: Configure) -> None:
        toplevel = self._all.get(message.window)
        if toplevel is not None:
            self.want(toplevel, message)
            if not toplevel.mapped:
                # It can draw its first picture in the right scale already.
                self._server.presence.moved(toplevel.xdg.surface)

    def place(self, placement: Placement) -> None:
        toplevel = self._all.get(placement.window)
        if toplevel is None:
            return
        before = self._placements.get(placement.window)
        self._placements[placement.window] = placement
        if before is None or before.minimized != placement.minimized:
            self._server.window_list.changed(toplevel)
        if before is not None and before.minimized and not placement.minimized:
            self._server.scene.reveal()
        if before is None or (before.x, before.y, before.output) != (placement.x, placement.y, placement.output):
            self._server.presence.moved(toplevel.xdg.surface)
            self._server.popups.parent_moved(toplevel.xdg)

    def change_policy(self, policy: WindowPolicy) -> None:
        before, self.policy = self.policy, policy
        if policy.capabilities != before.capabilities:
            for toplevel in self._all.values():
                toplevel.reconfigure()

    def bounds_changed(self) -> None:
        """Outputs, or what panels leave of them, are others now."""
        for toplevel in self._all.values():
            toplevel.bounds_changed()

    def close(self, window: int, force: bool = False) -> None:
        toplevel = self._all.get(window)
        if toplevel is None:
            return
        if force and not toplevel.xdg.base.responding:
            toplevel.xdg.base.disconnect()
        elif toplevel.client.instance.nested is not None:
            # An X server has no use for it; the program inside may have something to save.
            self._server.tell_engine(InstanceCloseWanted(toplevel.client.instance.name))
        else:
            self._server.tell_engine(InstanceCloseAsked(toplevel.client.instance.name))
            toplevel.send_close()
            toplevel.xdg.base.ping(now())

    def used(self, surface: Surface | None, time: int) -> None:
        """Input went to `surface`: a good moment to see whether its app still answers. Not before the input, which
        an app that takes one after the other would have to wait for."""
        kind = None if surface is None else getattr(surface.root().role, "kind", None)
        if isinstance(kind, Toplevel):
            kind.xdg.base.ping(time)

    def awaited(self, client: Client) -> bool:
        """Somebody waits for `client`: a good moment, too. Returns whether it has answered so far.

        Firefox has one more of these objects than it uses, and never reads what that is told."""
        bases = [base for base in client.all(WmBase) if base.xdg_surfaces]
        for base in bases:
            base.ping(now())
        return all(base.responding for base in bases)

    def responding_changed(self, base: WmBase) -> None:
        for toplevel in self._all.values():
            if toplevel.xdg.base is base:
                self._changed[toplevel] = None

    # --- questions

    def placement(self, toplevel: Toplevel) -> Placement | None:
        return self._placements.get(toplevel.window)

    def hides(self, root: Surface) -> bool:
        """Whether the surface belongs to a minimised window."""
        kind = getattr(root.role, "kind", None)
        while kind is not None and not isinstance(kind, Toplevel):
            kind = kind.parent.kind if kind.parent is not None else None
        placement = None if kind is None else self._placements.get(kind.window)
        return placement is not None and placement.minimized

    def window_of(self, surface: Surface | None) -> int:
        """The window whose surface tree holds `surface`, 0 for none."""
        if surface is None:
            return 0
        kind = getattr(surface.root().role, "kind", None)
        return kind.window if isinstance(kind, Toplevel) else 0

    # --- a new ui

    def forget_serials(self) -> None:
        """The numbers of an earlier ui's configures mean nothing to the next one."""
        for toplevel in self._all.values():
            toplevel.xdg.surface.acked_configure = 0
            toplevel.xdg.forget_serials()
            if toplevel.last is not None:
                toplevel.last = msgspec.structs.replace(toplevel.last, serial=0)

    def snapshot(self) -> None:
        scene = self._server.scene
        self._changed.clear()
        self._icons.clear()
        self._told = set(self._all)
        for toplevel in self._all.values():
            scene.send(toplevel.describe())
            if toplevel.icon.current is not None:
                self._icons[toplevel] = None
        self._send_icons()

    def send_placements(self) -> None:
        for placement in self._placements.values():
            self._server.scene.send(placement)
