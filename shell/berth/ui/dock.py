"""The singleton ``Dock``: the apps that the user has pinned and those that run, and what a press on one does.

It is there also while no dock is shown: Super with a number goes by it, and the launcher pins apps to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec
from PySide6.QtCore import Property, QObject, QRect, QTimer, Signal, Slot
from PySide6.QtQml import QmlElement, QmlSingleton, QQmlEngine

from berth.core.messages import ChangeDock, DockEntry, DockInfo
from berth.core.problem import Problem
from berth.themes.bars import Bars
from berth.ui.desk import Desk, WindowLike
from berth.ui.dock_file import MOST_PINNED, DockChoice, read_choice, without_repeats, words_of, write_choice
from berth.ui.rowmodel import RowList, RowModel
from berth.ui.rows import AppRow
from berth.ui.shell import Shell
from berth.ui.singletons import provided
from berth.ui.styles import Styles

QML_IMPORT_NAME = "Berth"
QML_IMPORT_MAJOR_VERSION = 1

_UNKNOWN = "~"
"""Before the id that a window gives itself whose instance nobody knows: no pinned app can be called so."""
_BUSY = ("building", "starting")


class DockRow(msgspec.Struct, frozen=True):
    """An app of the dock. `known`: it is in the catalogue. `minimized`: all of its windows are. `activity` and
    `progress` as of `berth.ui.rows.AppRow`."""

    app: str
    name: str
    icon: str
    pinned: bool = False
    known: bool = True
    windows: int = 0
    focused: bool = False
    urgent: bool = False
    minimized: bool = False
    activity: str = ""
    progress: float = -1.0


@QmlElement
@QmlSingleton
class Dock(QObject):
    """The singleton ``Dock``.

    Args:
        config: where the user's choice is kept; None keeps nothing.
    """

    changed = Signal()
    windowsChanged = Signal()
    """Also where they are."""

    def __init__(
        self,
        shell: Shell,
        desk: Desk,
        styles: Styles,
        config: Path | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._shell, self._desk, self._styles, self._config = shell, desk, styles, config
        self._choice = read_choice(config) if config is not None else DockChoice()
        self._kept = self._choice
        self._bars = styles.bars
        self._rows = RowModel(DockRow, "app", self)
        self._arrival: list[str] = []  # of apps that are there only for now
        # A burst of news about windows and apps is looked at once. Whose a window is may be known after the window.
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self._refresh)
        for model in (shell.apps, shell.instance_rows, desk.windows):
            for signal in (model.rowsInserted, model.rowsRemoved, model.rowsMoved, model.dataChanged):
                signal.connect(self._soon.start)
        styles.refreshed.connect(self._theme_changed)
        self._refresh()

    @staticmethod
    def create(engine: QQmlEngine) -> Dock:
        return provided(engine, Dock)

    # --- where and whether

    def _effective(self) -> Bars:
        """What holds now. Without any bar nobody would be told that an app watches the screen."""
        theme, choice = self._bars, self._choice
        shown, edge = choice.shown or theme.dock_shown, choice.edge or theme.dock_edge
        panel = choice.panel or theme.panel_shown
        panel = "always" if shown == "never" else panel
        return Bars(shown, edge, theme.dock_length, panel)  # type: ignore[arg-type]

    def _theme_changed(self) -> None:
        if self._styles.bars != self._bars:
            self._bars = self._styles.bars
            self.changed.emit()

    rows = Property(RowList, lambda self: self._rows, constant=True)
    shown = Property(bool, lambda self: self._effective().dock_shown != "never", notify=changed)
    hides = Property(bool, lambda self: self._effective().dock_shown == "auto-hide", notify=changed)
    edge = Property(str, lambda self: self._effective().dock_edge, notify=changed)
    fills = Property(bool, lambda self: self._effective().dock_length == "fill", notify=changed)
    panelShown = Property(bool, lambda self: self._effective().panel_shown == "always", notify=changed)
    # What the user has set, empty where the theme decides.
    chosenShown = Property(str, lambda self: self._choice.shown, notify=changed)
    chosenEdge = Property(str, lambda self: self._choice.edge, notify=changed)
    chosenPanel = Property(str, lambda self: self._choice.panel, notify=changed)

    @Slot(str, str)
    def choose(self, setting: str, word: str) -> None:
        """Set ``shown``, ``edge`` or ``panel``; an empty word leaves it to the theme."""
        if not word or word in words_of(setting):
            self._keep(msgspec.structs.replace(self._choice, **{setting: word}))

    @Slot(str, QRect, result=bool)
    def covered(self, output: str, place: QRect) -> bool:
        """Whether a window of the output reaches into `place`."""
        return any(frame.intersects(place) for frame in self._desk.frames(output))

    # --- pinned apps

    @Slot(str, result=bool)
    def isPinned(self, app: str) -> bool:
        return app in self._choice.pinned

    @Slot(str)
    def pin(self, app: str) -> None:
        """Keep an app of the catalogue in the dock, after the others."""
        self._pin(app, len(self._choice.pinned))

    def _pin(self, app: str, place: int, *, keep: bool = True) -> None:
        rest = [pinned for pinned in self._choice.pinned if pinned != app]
        if self._shell.apps.get(app) is not None and len(rest) < MOST_PINNED:
            self._keep_pinned([*rest[:place], app, *rest[place:]], keep=keep)

    @Slot(str)
    def unpin(self, app: str) -> None:
        self._keep_pinned(pinned for pinned in self._choice.pinned if pinned != app)

    @Slot(str, int)
    def move(self, app: str, place: int) -> None:
        """Put an app at a place of the row, counted without it; a running one is pinned when it comes among those."""
        others = [row for row in self._rows if row.app != app]
        before = [row.app for row in others[: max(place, 0)] if row.pinned]
        own = self._rows.get(app)
        if own is None or (not own.pinned and place > len(before)):
            return
        # Those that are not installed now stay behind the one they were behind of.
        rest = [pinned for pinned in self._choice.pinned if pinned != app]
        self._pin(app, rest.index(before[-1]) + 1 if before else 0, keep=False)

    @Slot(str, int)
    def moveBy(self, app: str, steps: int) -> None:
        """Move an app so many places on, or back if negative."""
        order = [row.app for row in self._rows]
        if app in order and order.index(app) + steps >= 0:
            self.move(app, order.index(app) + steps)
            self._write()

    @Slot()
    def keepOrder(self) -> None:
        """A hand has let go of the app that it moved."""
        self._write()

    # --- from the command line

    def change(self, request: ChangeDock) -> None:
        """Raises `Problem` ``no-app``, ``not-pinned``, ``bad-place``, ``dock-full``."""
        pinned = self._choice.pinned
        if request.action == "pin" and self._shell.apps.get(request.app) is None:
            raise Problem("no-app", f"There is no app “{request.app}”.", "List them with: berth apps")
        if request.action in ("unpin", "move") and request.app not in pinned:
            raise Problem("not-pinned", f"“{request.app}” is not pinned to the dock.", "See: berth dock list")
        rest = [app for app in pinned if app != request.app]
        if not 0 <= request.place <= len(rest) + 1:
            raise Problem("bad-place", f"There is no place {request.place}.", f"Choose one from 1 to {len(rest) + 1}.")
        if request.action == "unpin":
            self._keep_pinned(rest)
        elif request.action and len(rest) >= MOST_PINNED:
            raise Problem("dock-full", f"The dock takes {MOST_PINNED} apps at most.", "Take one out: berth dock unpin")
        elif request.action:
            place = request.place - 1 if request.place else len(rest)
            self._keep_pinned([*rest[:place], request.app, *rest[place:]])

    def describe(self) -> DockInfo:
        """All that is pinned, also what is not there now, and the others that run."""
        rows = {row.app: row for row in self._rows}
        order = dict.fromkeys((*self._choice.pinned, *rows))
        entries = (
            DockEntry(app, row.name, row.pinned, True, row.windows)
            if (row := rows.get(app)) is not None
            else DockEntry(app, app, True, False, 0)
            for app in order
        )
        return DockInfo(self._effective().dock_shown, tuple(entries))

    def _keep_pinned(self, pinned: Iterable[str], *, keep: bool = True) -> None:
        self._keep(msgspec.structs.replace(self._choice, pinned=without_repeats(pinned)), keep=keep)

    def _keep(self, choice: DockChoice, *, keep: bool = True) -> None:
        """Go by `choice`, and write it down unless more is to come."""
        if choice == self._choice:
            return
        self._choice = choice
        self._refresh()
        self.changed.emit()
        if keep:
            self._write()

    def _write(self) -> None:
        try:
            if self._config is not None and self._choice != self._kept:
                write_choice(self._config, self._choice)
                self._kept = self._choice
        except Problem as problem:
            self._shell.post_problem(problem)

    @Slot()
    def tellMissing(self) -> None:
        """The user wants to the dock where there is none."""
        words = self.tr("There is no dock.")
        chosen = self._choice.shown == "never"
        why = self.tr("You have turned it off.") if chosen else self.tr("This theme has none.")
        where = self.tr("Turn it on with “The dock…” in the menu of the background (Super+O).")
        self._shell.post("info", f"{words} {why}", where)

    # --- apps

    @Slot(str, result=bool)
    def activate(self, app: str) -> bool:
        """What a press does: start the app, bring its last window forward, or minimise the only one.

        Returns False if it has several windows and one of them is in front: there are others to choose from.
        """
        row = self._rows.get(app)
        if row is None:
            return True
        windows = self._windows_of(app)
        if not windows:
            self.startAnother(app)
        elif not row.focused:
            self._desk.focus(windows[0].window)
        elif len(windows) == 1:
            self._desk.minimize(windows[0].window)
        else:
            return False
        return True

    @Slot(str, int)
    def cycle(self, app: str, step: int = 1) -> None:
        """The next of an app's windows, in the order of their age."""
        windows = sorted(self._windows_of(app), key=lambda row: row.window)
        if windows:
            at = next((place for place, row in enumerate(windows) if row.focused), -min(step, 0) - 1)
            self._desk.focus(windows[(at + step) % len(windows)].window)

    @Slot(int)
    def activateAt(self, place: int) -> None:
        """The app at a place, from 0, by the keys: its next window if it has several."""
        rows = list(self._rows)
        if 0 <= place < len(rows) and not self.activate(rows[place].app):
            self.cycle(rows[place].app, 1)

    @Slot(str)
    def startAnother(self, app: str) -> None:
        """Start an app once more, unless it is starting just now."""
        row = self._rows.get(app)
        if row is not None and row.known and row.activity not in _BUSY:
            self._shell.launch(app)

    @Slot(str, result="QVariantMap")
    def factsOf(self, app: str) -> dict[str, Any]:
        """What the menu of an app goes by: ``name``, ``known``, ``pinned``, ``running``, and ``made``, its image."""
        row, known = self._rows.get(app), self._shell.apps.get(app)
        if row is None:
            return {}
        running = row.windows > 0 or row.activity == "running"
        made = known is not None and known.image_state != "missing"
        return {"name": row.name, "known": row.known, "pinned": row.pinned, "running": running, "made": made}

    @Slot(str)
    def closeAll(self, app: str) -> None:
        """Ask an app's windows to close; one that has none is ended."""
        windows = self._windows_of(app)
        for row in windows:
            self._desk.close(row.window)
        if not windows:
            self._shell.stopApp(app)

    @Slot(str, result=list)
    def windowsOf(self, app: str) -> list[dict[str, Any]]:
        """An app's windows, the one used last first."""
        return [
            {"window": row.window, "title": row.title or row.app_name, "focused": row.focused}
            for row in self._windows_of(app)
        ]

    def _windows_of(self, app: str) -> list[WindowLike]:
        order = {window: place for place, window in enumerate(self._desk.recent())}
        found = [row for row in self._desk.windows if self._app_of(row) == app]
        return sorted(found, key=lambda row: order.get(row.window, len(order)))

    def _app_of(self, window: WindowLike) -> str:
        """Who a window belongs to: its instance says so, never what it says of itself."""
        return self._shell.instance_label(window.instance)[0] or f"{_UNKNOWN}{window.app or window.window}"

    # --- the row

    def _refresh(self) -> None:
        self._soon.stop()
        self._rows.replace(self._now())
        self.windowsChanged.emit()

    def _now(self) -> Iterator[DockRow]:
        windows: dict[str, list[WindowLike]] = {}
        for window in self._desk.windows:
            windows.setdefault(self._app_of(window), []).append(window)
        apps = {row.app: row for row in self._shell.apps}
        for app in self._choice.pinned:
            if app in apps or app in windows:
                yield _row(app, apps.get(app), windows.get(app, []), pinned=True)
        yield from self._running(apps, windows)

    def _running(self, apps: dict[str, AppRow], windows: dict[str, list[WindowLike]]) -> Iterator[DockRow]:
        """What is there only for now, in the order in which it came."""
        # Between its start and its first window an app shall not go away.
        without_windows = [row.app for row in apps.values() if row.activity in ("starting", "running")]
        there = [app for app in (*windows, *without_windows) if app not in self._choice.pinned]
        self._arrival = [app for app in self._arrival if app in there]
        self._arrival += [app for app in dict.fromkeys(there) if app not in self._arrival]
        for app in self._arrival:
            yield _row(app, apps.get(app), windows.get(app, []), pinned=False)


def _row(app: str, known: AppRow | None, windows: list[WindowLike], *, pinned: bool) -> DockRow:
    first = windows[0] if windows else None
    name = known.name if known is not None else first.app_name if first is not None else app
    icon = known.icon if known is not None else (first.icon or first.picture) if first is not None else ""
    return DockRow(
        app,
        name,
        icon,
        pinned,
        known is not None,
        len(windows),
        focused=any(window.focused for window in windows),
        urgent=any(window.urgent for window in windows),
        minimized=bool(windows) and all(window.minimized for window in windows),
        activity=known.activity if known is not None else "",
        progress=known.progress if known is not None else -1.0,
    )
