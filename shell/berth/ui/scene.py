"""What QML sees of the scene: the singleton ``Scene``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from PySide6.QtCore import Property, QCoreApplication, QObject, QRect, QTimer, Signal, Slot
from PySide6.QtGui import QImage, QInputDevice
from PySide6.QtQml import QmlElement, QmlSingleton, QQmlEngine
from PySide6.QtQuick import QQuickItem, QQuickWindow

from berth.core.layers import Level
from berth.core.layout import Edges, Insets
from berth.core.layout import form_factor as fitting_form_factor
from berth.core.messages import KeyboardLayout, Rect, SceneRequest
from berth.ui.frame_clock import Source
from berth.ui.rowmodel import RowList, RowModel
from berth.ui.singletons import provided
from berth.ui.stage import Stage
from berth.ui.upload import Upload
from berth.ui.window import Window

QML_IMPORT_NAME = "Berth"
QML_IMPORT_MAJOR_VERSION = 1

InstanceLabel = Callable[[str], tuple[str, str, str]]


class WindowRow(msgspec.Struct, frozen=True):
    """A window that is mapped and has a place. `place_x` and so on are its
    geometry rectangle on screen, the insets what is drawn around it; `level` counts
    from the lowest window."""

    window: int
    instance: str
    app: str
    app_name: str
    icon: str
    title: str
    focused: bool
    minimized: bool
    window_state: str
    urgent: bool
    resizable: bool
    place_x: int
    place_y: int
    place_width: int
    place_height: int
    level: int
    inset_left: int
    inset_top: int
    inset_right: int
    inset_bottom: int


@QmlElement
@QmlSingleton
class Scene(QObject):
    """The singleton ``Scene``.

    Args:
        send: takes messages for the display server.
        label: app id, name and icon of an instance.
        layout: of the keyboard.
        form_factor: ``auto`` follows the size of the screen.
    """

    formFactorChanged = Signal()
    keyboardCapturedChanged = Signal()
    focusedWindowChanged = Signal()
    fullScreenChanged = Signal()
    snapPreviewChanged = Signal()
    shortcutActivated = Signal(str, arguments=["name"])
    titleBarRequested = Signal(int, arguments=["window"])
    titleBarReleased = Signal()
    pictureWanted = Signal(int, arguments=["window"])
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
    ) -> None:
        super().__init__(parent)
        self.label = label
        self._wanted_form = form_factor
        self._form = "desktop"
        self._rows = RowModel(WindowRow, "window", self)
        self._area: Rect | None = None
        self._insets = Insets()
        self._shell_captures = False
        self._title_bar_captures = False
        self._window: QQuickWindow | None = None
        self._touch = False
        self._seen: dict[str, object] = {}
        self._layout_timer = QTimer(self)
        self._layout_timer.setSingleShot(True)
        self._layout_timer.setInterval(0)
        self._layout_timer.timeout.connect(self.lay_out)
        self.stage = Stage(send, layout, self._refresh, self._shortcut, self.titleBarReleased.emit)

    @staticmethod
    def create(engine: QQmlEngine) -> Scene:
        return provided(engine, Scene)

    def attach(self, window: QQuickWindow, new_upload: Callable[[], Upload], source: Source) -> None:
        """Draw in `window` what `source` brings."""
        self._window = window
        self._touch = _has_touch()
        self.stage.attach(window, new_upload, source, self)
        window.widthChanged.connect(self._resized)
        window.heightChanged.connect(self._resized)
        window.screenChanged.connect(self._resized)
        self._resized()

    def refresh_labels(self) -> None:
        """Instances have got other names or icons."""
        self._refresh()

    # --- properties

    def _get_windows(self) -> RowList:
        return self._rows

    def _get_form(self) -> str:
        return self._form

    def _get_captured(self) -> bool:
        return self._shell_captures

    def _set_captured(self, captured: bool) -> None:
        if captured != self._shell_captures:
            self._shell_captures = captured
            self._update_capture()
            self.keyboardCapturedChanged.emit()

    def _get_focused(self) -> int:
        return self.stage.windows.focused

    def _get_full_screen(self) -> bool:
        windows = self.stage.windows
        return windows.full_screen_on(windows.output("").name)

    def _get_preview(self) -> QRect:
        preview = self.stage.interaction.preview
        return QRect(*preview) if preview is not None else QRect()

    windows = Property(RowList, _get_windows, constant=True)
    formFactor = Property(str, _get_form, notify=formFactorChanged)
    keyboardCaptured = Property(bool, _get_captured, _set_captured, notify=keyboardCapturedChanged)
    focusedWindow = Property(int, _get_focused, notify=focusedWindowChanged)
    fullScreen = Property(bool, _get_full_screen, notify=fullScreenChanged)
    snapPreview = Property(QRect, _get_preview, notify=snapPreviewChanged)

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
        self.stage.close_window(window)

    @Slot(int, result=QRect)
    def windowFrame(self, window: int) -> QRect:
        found = self.stage.windows.get(window)
        return QRect(*self.stage.windows.frame(found)) if found is not None and found.placed else QRect()

    # --- for layouts and window frames

    @Slot(int, int, int, int)
    def setUsableArea(self, x: int, y: int, width: int, height: int) -> None:
        """What panels leave of the screen."""
        self._area = (x, y, max(width, 1), max(height, 1))
        self._layout_timer.start()

    @Slot(int, int, int, int)
    def setFrameInsets(self, left: int, top: int, right: int, bottom: int) -> None:
        """Widths of the frame that is drawn around windows."""
        self._insets = Insets(left, top, right, bottom)
        self._layout_timer.start()

    @Slot(int, QQuickItem)
    def attachContent(self, window: int, content: QQuickItem) -> None:
        self.stage.attach_content(window, content)

    @Slot(int, QQuickItem)
    def detachContent(self, window: int, content: QQuickItem) -> None:
        self.stage.detach_content(window, content)

    @Slot(QQuickItem)
    def attachDragLayer(self, layer: QQuickItem) -> None:
        """What apps drag is shown in `layer`, which covers the screen."""
        self.stage.drag.attach_layer(layer)

    @Slot(QQuickItem)
    def detachDragLayer(self, layer: QQuickItem) -> None:
        self.stage.drag.detach_layer(layer)

    @Slot(str, QQuickItem)
    def attachLevel(self, level: Level, item: QQuickItem) -> None:
        """Where parts of the desktop that apps make are shown; `level` as in `berth.core.layers`."""
        self.stage.attach_level(level, item)

    @Slot(str, QQuickItem)
    def detachLevel(self, level: Level, item: QQuickItem) -> None:
        self.stage.detach_level(level, item)

    @Slot(int, float, float)
    def beginMove(self, window: int, x: float, y: float) -> None:
        self.stage.begin_move(window, x, y)

    @Slot(int, int, float, float)
    def beginResize(self, window: int, edges: int, x: float, y: float) -> None:
        """`edges` as in xdg_toplevel.resize_edge: top 1, bottom 2, left 4, right 8."""
        self.stage.begin_resize(window, Edges.from_wire(edges), x, y)

    @Slot(float, float)
    def moveTo(self, x: float, y: float) -> None:
        self.stage.interaction.to(x, y)
        self.stage.settle()

    @Slot()
    def endMove(self) -> None:
        self.stage.interaction.end()
        self.stage.settle()

    @Slot()
    def cancelMove(self) -> None:
        self.stage.interaction.cancel()
        self.stage.settle()

    @Slot(bool)
    def setTitleBarFocus(self, focused: bool) -> None:
        """The keyboard is in a title bar, or has left it."""
        self._title_bar_captures = focused
        self._update_capture()

    # --- inside

    def _shortcut(self, name: str) -> None:
        if name == "title-bar":
            self.titleBarRequested.emit(self.stage.windows.focused)
        else:
            self.shortcutActivated.emit(name)

    def _update_capture(self) -> None:
        self.stage.capture_keyboard(self._shell_captures or self._title_bar_captures)

    def _resized(self) -> None:
        window = self._window
        if window is None:
            return
        if self._wanted_form == "auto":
            form: str = fitting_form_factor(window.width(), window.height(), self._touch)
        else:
            form = self._wanted_form
        if form != self._form:
            self._form = form
            self.formFactorChanged.emit()
        self._layout_timer.start()

    def lay_out(self) -> None:
        """Let windows follow the screen, panels and frames as they are now.

        Happens by itself once all of them have changed: what is half changed must move no window.
        """
        self._layout_timer.stop()
        window = self._window
        if window is None:
            return
        screen = (0, 0, max(window.width(), 1), max(window.height(), 1))
        area = self._area if self._area is not None else screen
        refresh = round(window.screen().refreshRate() * 1000)
        self.stage.set_output(screen[2], screen[3], window.devicePixelRatio(), refresh, area)
        self.stage.set_layout(self._insets, self._form != "desktop")

    def _refresh(self) -> None:
        rows = [self._row(level, window) for level, window in enumerate(self.stage.windows)]
        # Their order is their age: lists of windows must not jump whenever one is raised.
        self._rows.replace(sorted(rows, key=lambda row: row.window))
        for name, signal, read in (
            ("focused", self.focusedWindowChanged, self._get_focused),
            ("full", self.fullScreenChanged, self._get_full_screen),
            ("preview", self.snapPreviewChanged, self._get_preview),
        ):
            value: Any = read()
            if self._seen.get(name) != value:
                self._seen[name] = value
                signal.emit()

    def _row(self, level: int, window: Window) -> WindowRow:
        app, name, icon = self.label(window.instance)
        x, y, width, height = window.rect
        insets = self.stage.windows.insets_of(window)
        return WindowRow(
            window=window.id,
            instance=window.instance,
            app=app or window.app_id,
            app_name=name or window.app_id,
            icon=icon,
            title=_shown_title(window, name),
            focused=window.id == self.stage.windows.focused,
            minimized=window.minimized,
            window_state=window.state,
            urgent=window.urgent,
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
        )


def _has_touch() -> bool:
    return any(device.type() == QInputDevice.DeviceType.TouchScreen for device in QInputDevice.devices())


def _shown_title(window: Window, app_name: str) -> str:
    title = window.title or app_name or window.app_id
    if window.responding:
        return title
    return QCoreApplication.translate("Window", "%1 (not responding)").replace("%1", title)
