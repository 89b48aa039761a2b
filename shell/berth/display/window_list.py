"""What panels and task switchers are told about windows, whichever protocol they speak.

A window is listed while it is mapped. Changes are told once a turn, each watcher what differs
from what it knows; one that does not read gets the latest state once it does.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Protocol

from berth.display.resource import BudgetExceeded

if TYPE_CHECKING:
    from berth.display.client import Client
    from berth.display.output import Output
    from berth.display.toplevel import Toplevel


class Handle(Protocol):
    """A window as one client knows it."""

    client: Client

    def update(self) -> None:
        """Tell what has changed since the last time."""

    def output_bound(self, output: Output) -> None:
        """The client can be told about this output from now on."""

    def closed(self) -> None:
        """The window is gone; nothing follows."""


class Watcher(Protocol):
    """A client's object that lists windows."""

    client: Client

    def appeared(self, entry: Entry) -> None:
        """Make a handle for a window and add it to the entry's."""


class Entry:
    """A mapped window.

    `identifier` names it to everyone who may see it. It cannot be guessed and is never used again.
    """

    def __init__(self, toplevel: Toplevel) -> None:
        self.toplevel = toplevel
        self.identifier = secrets.token_hex(16)
        self.handles: list[Handle] = []

    @property
    def states(self) -> frozenset[str]:
        """Of maximized, minimized, activated and fullscreen, those that hold."""
        toplevel = self.toplevel
        configure = toplevel.wanted or toplevel.last
        placement = toplevel.client.server.windows.placement(toplevel)
        states = {"maximized", "activated", "fullscreen"}.intersection(() if configure is None else configure.states)
        return frozenset(states | {"minimized"}) if placement is not None and placement.minimized else frozenset(states)


class WindowList:
    """The mapped windows, and who watches them."""

    def __init__(self) -> None:
        self._entries: dict[Toplevel, Entry] = {}
        self._watchers: list[Watcher] = []
        self._changed: dict[Toplevel, None] = {}
        self._late: dict[Watcher, dict[Entry, None]] = {}  # windows that a watcher is told of once it has read more

    def entry(self, toplevel: Toplevel | None) -> Entry | None:
        return None if toplevel is None else self._entries.get(toplevel)

    # --- from windows

    def changed(self, toplevel: Toplevel) -> None:
        self._changed[toplevel] = None

    def gone(self, toplevel: Toplevel) -> None:
        self._changed.pop(toplevel, None)
        entry = self._entries.pop(toplevel, None)
        if entry is not None:
            for handle in tuple(entry.handles):
                handle.closed()
            for unseen in self._late.values():
                unseen.pop(entry, None)

    def output_bound(self, output: Output) -> None:
        for entry in self._entries.values():
            for handle in entry.handles:
                if handle.client is output.client:
                    handle.output_bound(output)

    # --- from watchers

    def watch(self, watcher: Watcher) -> None:
        self._watchers.append(watcher)
        for entry in self._entries.values():
            self._show(entry, watcher)

    def forget(self, watcher: Watcher) -> None:
        """No new windows for this one any more."""
        self._late.pop(watcher, None)
        if watcher in self._watchers:
            self._watchers.remove(watcher)

    def forget_handle(self, entry: Entry, handle: Handle) -> None:
        if handle in entry.handles:
            entry.handles.remove(handle)

    # --- once a turn

    def flush(self) -> None:
        if self._late:
            late, self._late = self._late, {}
            for watcher, unseen in late.items():
                for window in unseen:
                    self._show(window, watcher)
        if not self._changed:
            return
        changed, self._changed = self._changed, {}
        for toplevel in changed:
            entry = self._entries.get(toplevel)
            if entry is not None:
                self._update(entry)
            elif toplevel.mapped:
                self._appear(toplevel)

    def _appear(self, toplevel: Toplevel) -> None:
        entry = self._entries[toplevel] = Entry(toplevel)
        for watcher in self._watchers:
            self._show(entry, watcher)
        # Their parent was unknown when they appeared.
        for other in self._entries.values():
            if other.toplevel.parent is toplevel:
                self._update(other)

    def _show(self, entry: Entry, watcher: Watcher) -> None:
        if watcher in self._late or watcher.client.backed_up:
            # An app may open hundreds of windows in one turn, with long titles.
            self._late.setdefault(watcher, {})[entry] = None
            return
        try:
            watcher.appeared(entry)
        except BudgetExceeded as error:
            watcher.client.fail(str(error))

    def _update(self, entry: Entry) -> None:
        for handle in entry.handles:
            if handle.client.backed_up:
                self._changed[entry.toplevel] = None
            else:
                handle.update()
