"""What QML sees of the scene: the singleton ``Scene``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Property, QCoreApplication, QObject, QPointF, QRect, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QGuiApplication, QImage, QInputDevice
from PySide6.QtQml import QmlElement, QmlSingleton, QQmlEngine
from PySide6.QtQuick import QQuickItem, QQuickWindow

from berth.core.layers import Level
from berth.core.layout import Edges, Insets
from berth.core.layout import form_factor as fitting_form_factor
from berth.core.messages import KeyboardLayout, Rect, SceneRequest
from berth.core.outputs import next_scale
from berth.ui.desk import Desk
from berth.ui.frame_clock import Source
from berth.ui.output import Output, WindowRow
from berth.ui.outputs import Outputs
from berth.ui.preview import window_picture
from berth.ui.rowmodel import RowList, RowModel
from berth.ui.singletons import provided
from berth.ui.stage import Stage
from berth.ui.upload import Upload
from berth.ui.window import Window

QML_IMPORT_NAME = "Berth"
QML_IMPORT_MAJOR_VERSION = 1

InstanceLabel = Callable[[str], tuple[str, str, str]]


@QmlElement
@QmlSingleton
class Scene(QObject):
    """The singleton ``Scene``.

    Args:
        send: takes messages for the display server.
        label: app id, name and icon of an instance.
        layout: of the keyboard.
        form_factor: ``auto`` follows the size of the screen.
        uses: what an instance uses now of its permissions, with spaces between.
    """

    formFactorChanged = Signal()
    keyboardCapturedChanged = Signal()
    focusedWindowChanged = Signal()
    choiceChanged = Signal()
    handChanged = Signal()
    draggingChanged = Signal()
    menuOpenChanged = Signal()
    shortcutActivated = Signal(str, arguments=["name"])
    # Where, from the corner of that output, the menu of a window shall open.
    menuRequested = Signal(str, int, float, float, arguments=["output", "window", "x", "y"])
    menuReleased = Signal()
    # On the output that the window belongs to.
    pictureWanted = Signal(str, int, arguments=["output", "window"])
    # What a window's frame answers to pictureWanted.
    pictureTaken = Signal(int, QImage, arguments=["window", "image"])
    pictureFailed = Signal(int, arguments=["window"])

    def __init__(
        self,
        send: Callable[[SceneRequest], None],
        label: InstanceLabel,
        layout: KeyboardLayout,
        form_factor: str = "auto",
        parent: QObject | None = None,
        uses: Callable[[str], str] = lambda _instance: "",
    ) -> None:
        super().__init__(parent)
        self.label = label
        self._uses = uses
        self._wanted_form = form_factor
        self._form = "desktop"
        self._rows = RowModel(WindowRow, "window", self)
        self._insets = Insets()
        self._shell_captures = False
        self._menu_open = False
        self._choices = RowModel(WindowRow, "window", self)
        self._outputs: Outputs | None = None
        self._touch = False
        self._seen: dict[str, object] = {}
        self._layout_timer = QTimer(self)
        self._layout_timer.setSingleShot(True)
        self._layout_timer.setInterval(0)
        self._layout_timer.timeout.connect(self.lay_out)
        self.stage = Stage(send, layout, self._refresh, self._shortcut, self.menuReleased.emit, self._open_menu)

    @staticmethod
    def create(engine: QQmlEngine) -> Scene:
        return provided(engine, Scene)

    def attach(self, outputs: Outputs, new_upload: Callable[[QQuickWindow], Upload], source: Source) -> None:
        """Draw what `source` brings on `outputs`, which tell of every change by `outputs_changed`."""
        self._outputs = outputs
        self._touch = _has_touch()
        self.stage.attach(new_upload, outputs.adopt, source, self)

    def outputs_changed(self, at_once: bool) -> None:
        """Windows follow soon; or at once, before the window of an output goes that has been unplugged."""
        if at_once:
            self.lay_out()
        else:
            self._layout_timer.start()

    @property
    def desk(self) -> Desk:
        """What the dock sees of the windows, and does with them."""
        windows = self.stage.windows
        acts = (self.focusWindow, self.minimizeWindow, self.closeWindow)
        return Desk(self._rows, lambda: windows.recent, self._frames_on, *acts)

    def _frames_on(self, output: str) -> list[QRect]:
        windows = self.stage.windows
        x, y = windows.output(output).rect[:2]
        shown = (windows.frame(window) for window in windows.on_output(output) if window.shown)
        return [QRect(*frame).translated(-x, -y) for frame in shown]

    def refresh_labels(self) -> None:
        """Instances have got other names or icons."""
        self._refresh()

    # --- properties

    def _get_windows(self) -> RowList:
        return self._rows

    def _get_choices(self) -> RowList:
        return self._choices

    def _get_chosen(self) -> int:
        return self.stage.switcher.chosen

    def _get_hand(self) -> str:
        return self.stage.interaction.keyed

    def _get_dragging(self) -> bool:
        return self.stage.drag.active

    def _get_form(self) -> str:
        return self._form

    @property
    def form(self) -> str:
        """The form factor."""
        return self._form

    def _get_captured(self) -> bool:
        return self._shell_captures

    def _set_captured(self, captured: bool) -> None:
        if captured != self._shell_captures:
            self._shell_captures = captured
            self.stage.capture_keyboard(captured)
            self.keyboardCapturedChanged.emit()

    def _get_menu_open(self) -> bool:
        return self._menu_open

    def _set_menu_open(self, menu_open: bool) -> None:
        if menu_open != self._menu_open:
            self._menu_open = menu_open
            self.menuOpenChanged.emit()

    def _get_focused(self) -> int:
        return self.stage.windows.focused

    windows = Property(RowList, _get_windows, constant=True)
    # The windows to choose from while the user does, the one used last first.
    choices = Property(RowList, _get_choices, constant=True)
    chosenWindow = Property(int, _get_chosen, notify=choiceChanged)
    # Set by whatever output shows a menu: the keyboard is then the shell's on all of them.
    menuOpen = Property(bool, _get_menu_open, _set_menu_open, notify=menuOpenChanged)
    # "move" or "resize" while the arrow keys do that.
    handKeys = Property(str, _get_hand, notify=handChanged)
    # While an app has something dragged.
    dragging = Property(bool, _get_dragging, notify=draggingChanged)
    formFactor = Property(str, _get_form, notify=formFactorChanged)
    keyboardCaptured = Property(bool, _get_captured, _set_captured, notify=keyboardCapturedChanged)
    focusedWindow = Property(int, _get_focused, notify=focusedWindowChanged)

    # --- windows

    @Slot(int)
    def focusWindow(self, window: int) -> None:
        self.stage.layers.release_keyboard()
        self.stage.windows.focus(window)
        self.stage.settle()

    @Slot(int)
    def minimizeWindow(self, window: int) -> None:
        self.stage.windows.minimize(window)
        self.stage.settle()

    @Slot(int)
    def toggleMaximized(self, window: int) -> None:
        self.stage.windows.toggle(window, "maximized")
        self.stage.settle()

    @Slot(int)
    def closeWindow(self, window: int) -> None:
        self.stage.actions.close(window)
        self.stage.settle()

    @Slot(int)
    def waitFor(self, window: int) -> None:
        """Give the app of a window, which does not answer, more time."""
        self.stage.windows.wait(window)
        self.stage.settle()

    @Slot(int)
    def toggleFullScreen(self, window: int) -> None:
        self.stage.windows.toggle(window, "fullscreen")
        self.stage.settle()

    @Slot(int, str)
    def toggleTiled(self, window: int, side: str) -> None:
        """`side` is ``left`` or ``right``."""
        self.stage.windows.toggle(window, "tiled_right" if side == "right" else "tiled_left")
        self.stage.settle()

    @Slot(int)
    def endApp(self, window: int) -> None:
        """Disconnect the app of a window if it has not answered for long."""
        self.stage.actions.close(window, force=True)

    @Slot(int, bool)
    def beginKeys(self, window: int, resize: bool) -> None:
        """Move or resize a window by the arrow keys."""
        self.stage.windows.focus(window)
        self.stage.hand.begin_keys(window, "resize" if resize else "move")

    @Slot(int, float, float)
    def openMenu(self, window: int, x: float, y: float) -> None:
        """The menu of a window at a point of the host's window."""
        point = self.stage.space.of(QPointF(x, y))
        self._open_menu(window, point.x(), point.y())

    # --- outputs

    @Slot(str, int)
    def turnOutput(self, output: str, quarters: int) -> None:
        """Turn what an output shows, counter-clockwise from how it stands."""
        if self._outputs is not None:
            self._outputs.end_trial()
            self._outputs.turn(output, quarters)
            self._outputs.keep_or_tell(output, transform=True)

    @Slot(float, bool, result=float)
    def nextScale(self, scale: float, larger: bool) -> float:
        """The usual scale next to one, or that one itself at the end."""
        return next_scale(scale, larger)

    @Slot(str, float)
    def scaleOutput(self, output: str, scale: float) -> None:
        if self._outputs is not None:
            self._outputs.end_trial()
            self._outputs.set_scale(output, scale)
            self._outputs.keep_or_tell(output, scale=True)

    @Slot(str)
    def makePrimary(self, output: str) -> None:
        """Let the panel be on an output."""
        if self._outputs is not None:
            self._outputs.end_trial()
            self._outputs.set_primary(output)
            self._outputs.keep_or_tell(output, arrangement=True)

    # --- the switcher

    @Slot()
    def openSwitcher(self) -> None:
        self.stage.switcher.step(0)
        self.stage.settle()

    @Slot(int)
    def chooseWindow(self, window: int) -> None:
        self.stage.switcher.choose(window)
        self.stage.settle()

    @Slot()
    def cancelSwitcher(self) -> None:
        self.stage.switcher.cancel()
        self.stage.settle()

    def preview(self, window: int, width: int, height: int) -> QImage:
        """A picture of a window, no larger than that many pixels; null without one."""
        found = self.stage.windows.get(window)
        surface = found.surface if found is not None else 0
        return window_picture(self.stage.surfaces, surface, width, height)

    @Slot(int, result=QRect)
    def windowFrame(self, window: int) -> QRect:
        found = self.stage.windows.get(window)
        return QRect(*self.stage.windows.frame(found)) if found is not None and found.placed else QRect()

    @Slot(str, float, float, result=bool)
    def appAt(self, output: str, x: float, y: float) -> bool:
        """Whether an app draws what is at a point of an output, or would, were the shell not in front of it."""
        corners = (QPointF(*known.rect[:2]) for known in self.stage.space.outputs if known.name == output)
        return any(self.stage.contents.under(corner + QPointF(x, y))[0] for corner in corners)

    # --- for layouts and window frames

    @Slot(int, int, int, int)
    def setFrameInsets(self, left: int, top: int, right: int, bottom: int) -> None:
        """Widths of the frame that is drawn around windows."""
        self._insets = Insets(left, top, right, bottom)
        self._layout_timer.start()

    @Slot(str, int, QQuickItem)
    def attachContent(self, output: str, window: int, content: QQuickItem) -> None:
        """Show the client's part of a window in `content`, on that output; others may show it, too."""
        self.stage.contents.attach(output, window, content)

    @Slot(str, int, QQuickItem)
    def detachContent(self, output: str, window: int, content: QQuickItem) -> None:
        self.stage.contents.detach(output, window, content)

    @Slot(str, QQuickItem)
    def attachDragLayer(self, output: str, layer: QQuickItem) -> None:
        """What apps drag over an output is shown in `layer`, which covers it."""
        self.stage.drag.attach_layer(output, layer)

    @Slot(str, QQuickItem)
    def attachDesktop(self, output: str, desktop: QQuickItem) -> None:
        """What pictures of the output for apps show."""
        self.stage.contents.attach_desktop(output, desktop)

    @Slot(str, QQuickItem)
    def detachDesktop(self, output: str, desktop: QQuickItem) -> None:
        self.stage.contents.detach_desktop(output, desktop)

    @Slot(str, QQuickItem)
    def detachDragLayer(self, output: str, layer: QQuickItem) -> None:
        self.stage.drag.detach_layer(output, layer)

    @Slot(str, str, QQuickItem)
    def attachLevel(self, output: str, level: Level, item: QQuickItem) -> None:
        """Where parts of the desktop that apps make are shown; `level` as in `berth.core.layers`."""
        self.stage.layers.attach(output, level, item)

    @Slot(str, str, QQuickItem)
    def detachLevel(self, output: str, level: Level, item: QQuickItem) -> None:
        self.stage.layers.detach(output, level, item)

    @Slot(int, float, float)
    def beginMove(self, window: int, x: float, y: float) -> None:
        """The user takes hold of a window; here and below x, y is a point of the host's window."""
        point = self.stage.space.of(QPointF(x, y))
        self.stage.hand.begin_move(window, point.x(), point.y())

    @Slot(int, int, float, float)
    def beginResize(self, window: int, edges: int, x: float, y: float) -> None:
        """`edges` as in xdg_toplevel.resize_edge: top 1, bottom 2, left 4, right 8."""
        point = self.stage.space.of(QPointF(x, y))
        self.stage.hand.begin_resize(window, Edges.from_wire(edges), point.x(), point.y())

    @Slot(float, float)
    def moveTo(self, x: float, y: float) -> None:
        point = self.stage.space.of(QPointF(x, y))
        self.stage.interaction.to(point.x(), point.y())
        self.stage.settle()

    @Slot(result=bool)
    def handMoved(self) -> bool:
        """Whether the window in hand has been moved since it was taken."""
        return self.stage.interaction.pulled

    @Slot()
    def endMove(self) -> None:
        self.stage.interaction.end()
        self.stage.settle()

    @Slot()
    def cancelMove(self) -> None:
        # A title bar that goes over to another output's scene loses the pointer; the user holds on to it.
        if not self.stage.interaction.crossing:
            self.stage.interaction.cancel()
            self.stage.settle()

    # --- inside

    def _shortcut(self, name: str) -> None:
        if name == "window-menu":
            self._open_menu_of_focused()
        else:
            self.shortcutActivated.emit(name)

    def _open_menu_of_focused(self) -> None:
        window = self.stage.windows.get(self.stage.windows.focused)
        if window is not None and window.shown:
            right = QGuiApplication.layoutDirection() == Qt.LayoutDirection.RightToLeft
            self._open_menu(window.id, window.rect[0] + (window.rect[2] if right else 0), window.rect[1])

    def _open_menu(self, window: int, x: float, y: float) -> None:
        """The menu of a window at a point of the space that all outputs share."""
        output = self.stage.space.at(QPointF(x, y)) or self.stage.space.outputs[0]
        self.menuRequested.emit(output.name, window, x - output.rect[0], y - output.rect[1])

    def loading(self, output: Output) -> None:
        """QML is about to be loaded on an output; on the first one it shall be the right layout at once."""
        if not self.stage.space.outputs and self._outputs is not None and self._outputs.all[0] is output:
            self._choose_form(output)

    def _choose_form(self, primary: Output) -> None:
        """The primary output decides for all: whoever works on a large screen works so on a small one beside it."""
        _x, _y, width, height = primary.rect
        wanted = self._wanted_form
        form: str = fitting_form_factor(width, height, self._touch) if wanted == "auto" else wanted
        if form != self._form:
            self._form = form
            self.formFactorChanged.emit()

    def lay_out(self) -> None:
        """Let windows follow the outputs, panels and frames as they are now.

        Happens by itself once all of them have changed: what is half changed must move no window.
        """
        self._layout_timer.stop()
        outputs = self._outputs.all if self._outputs is not None else []
        if self._outputs is None or not outputs:
            return
        for output in [known for known in self.stage.space.outputs if known not in outputs]:
            self.stage.forget(output)
        for output in [known for known in outputs if known not in self.stage.space.outputs]:
            self.stage.watch(output)
        self._choose_form(outputs[0])
        if not any(output.looks.active for output in outputs):
            self.stage.activate(outputs[0])
        self.stage.set_outputs([self._outputs.describe(output) for output in outputs])
        self.stage.set_layout(self._insets, self._form != "desktop")

    def _refresh(self) -> None:
        windows = self.stage.windows
        # Their order is their age: lists of windows must not jump whenever one is raised.
        rows = sorted((self._row(level, window) for level, window in enumerate(windows)), key=lambda row: row.window)
        self._rows.replace(rows)
        shown_on = {window.id: self.stage.contents.outputs_of(window) for window in windows}
        for output in self.stage.space.outputs:
            output.show_windows([row for row in rows if output.name in shown_on[row.window]])
            output.look(full_screen=windows.full_screen_on(output.name), preview=self._preview_on(output))
        choices = self.stage.switcher.choices
        by_number = {row.window: row for row in rows} if choices else {}
        self._choices.replace(by_number[number] for number in choices if number in by_number)
        for name, signal, read in (
            ("focused", self.focusedWindowChanged, self._get_focused),
            ("choice", self.choiceChanged, self._get_chosen),
            ("hand", self.handChanged, self._get_hand),
            ("dragging", self.draggingChanged, self._get_dragging),
        ):
            value: Any = read()
            if self._seen.get(name) != value:
                self._seen[name] = value
                signal.emit()

    def _preview_on(self, output: Output) -> Rect:
        hand = self.stage.interaction
        window, preview = self.stage.windows.get(hand.window), hand.preview
        if window is None or preview is None or window.output != output.name:
            return (0, 0, 0, 0)
        return (preview[0] - output.rect[0], preview[1] - output.rect[1], preview[2], preview[3])

    def _row(self, level: int, window: Window) -> WindowRow:
        app, name, icon = self.label(window.instance)
        x, y, width, height = window.rect
        insets = self.stage.windows.insets_of(window)
        return WindowRow(
            window=window.id,
            instance=window.instance,
            app=app or window.app_id,
            app_name=_shown_name(window, name),
            icon=icon,
            picture=window.picture,
            title=_shown_title(window, name),
            description=window.description,
            focused=window.id == self.stage.windows.focused,
            minimized=window.minimized,
            window_state=window.state,
            urgent=window.urgent,
            rings=window.rings,
            responding=window.responding,
            asking=self.stage.windows.asks(window),
            resizable=window.resizable,
            place_x=x,
            place_y=y,
            place_width=width,
            place_height=height,
            level=level,
            inset_left=insets.left,
            inset_top=insets.top,
            inset_right=insets.right,
            inset_bottom=insets.bottom,
            uses=self._uses(window.instance),
        )


def _has_touch() -> bool:
    return any(device.type() == QInputDevice.DeviceType.TouchScreen for device in QInputDevice.devices())


def _shown_name(window: Window, name: str) -> str:
    """The app that the user started, and the one inside it whose window this is."""
    name = name or window.app_id
    return f"{name} ({window.sandbox})" if window.sandbox else name


def _shown_title(window: Window, app_name: str) -> str:
    title = window.title or app_name or window.app_id
    if window.responding:
        return title
    return QCoreApplication.translate("Window", "%1 (not responding)").replace("%1", title)
