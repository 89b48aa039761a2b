"""The scene as one whole: messages of the display server in, windows on screen and input out.

Everything QML sees of it is in `berth.ui.scene`; everything that decides is in `windows`,
`surfaces`, `keyboard` and `router`, which do not know each other.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from typing import Literal

import msgspec
from PySide6.QtCore import QEvent, QObject, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtQuick import QQuickItem, QQuickWindow

from berth.core.layout import Edges, Insets
from berth.core.messages import (
    AnyMessage,
    CaptureClosed,
    CaptureWanted,
    CloseWindow,
    Commit,
    Cursor,
    DismissPopup,
    DragChanged,
    DragEnded,
    FrameDone,
    FrameWanted,
    KeyboardLayout,
    LayerChanged,
    LayerDestroyed,
    OutputChanged,
    OutputRemoved,
    Placement,
    PointerConstraint,
    PointerWarp,
    PopupChanged,
    PopupDestroyed,
    SceneReady,
    SceneRequest,
    SceneReset,
    ShortcutsInhibited,
    SlotClosed,
    SlotOpened,
    SurfaceCreated,
    SurfaceDestroyed,
    UserActive,
    VirtualPointer,
    WindowChanged,
    WindowDestroyed,
    WindowIcon,
    WindowRequest,
)
from berth.core.outputs import OutputArea
from berth.ui.captures import Captures, Pointer, arrow
from berth.ui.convert import converted
from berth.ui.cursor import drawn_cursor, named_cursor
from berth.ui.dragging import Dragging
from berth.ui.frame_clock import FrameClock, Source, monotonic_ms
from berth.ui.gestures import Gestures
from berth.ui.hand_keys import HandKeys
from berth.ui.held_input import HeldInput
from berth.ui.interaction import Interaction
from berth.ui.keyboard import Keyboard
from berth.ui.layers import Layers
from berth.ui.output import Output
from berth.ui.pens import Pens
from berth.ui.pointer_hold import PointerHold
from berth.ui.remote_hand import RemoteHand, item_at
from berth.ui.requests import Requests
from berth.ui.router import Router
from berth.ui.shortcuts import INPUT_HELD, ShortcutFilter
from berth.ui.space import Space
from berth.ui.surfaces import Surface, Surfaces
from berth.ui.switcher import Switcher
from berth.ui.upload import Upload
from berth.ui.window import Window
from berth.ui.window_icon import picture_url
from berth.ui.windows import Windows

log = logging.getLogger(__name__)

_ACTIVITY_PAUSE = 1_000
"""Milliseconds between two messages that only say that the user is there."""
_XKB_OFFSET = 8
"""Native scan codes are xkb key codes on every platform Qt has here; evdev's are this much less."""


class Stage:
    """Args:
    send: takes messages for the display server.
    layout: of the keyboard.
    changed: called after windows, their order, focus or the window in hand have changed.
    shortcut: called with the name of a shortcut the shell's layers have to carry out.
    surface_pressed: called when the user turns to an app by pointer or finger.
    menu: opens the menu of a window at a point of the screen.
    """

    def __init__(
        self,
        send: Callable[[SceneRequest], None],
        layout: KeyboardLayout,
        changed: Callable[[], None],
        shortcut: Callable[[str], None],
        surface_pressed: Callable[[], None],
        menu: Callable[[int, float, float], None],
    ) -> None:
        self._send = send
        self._layout = layout
        self._changed = changed
        self._shortcut = shortcut
        self._told_of_press = surface_pressed
        self._contents: dict[int, QQuickItem] = {}
        self._levels: dict[int, int] = {}
        self._cursor = Cursor("default")
        self._pointer_place: tuple[QQuickWindow, QPointF] | None = None  # while the pointer is in a window of ours
        self._pressed_surface = 0
        self._active_at = monotonic_ms() - _ACTIVITY_PAUSE
        self._dirty = False
        self._unseen = False
        self._new_upload: Callable[[QQuickWindow], Upload] = _no_upload
        self._clock: FrameClock | None = None
        self._described: list[OutputChanged] = []  # the primary one first, usable as the shell's own panels leave it
        self._outputs: dict[str, OutputChanged] = {}  # as the display server was told
        self._replayed: list[OutputChanged] = []
        self._adopt: Callable[[list[OutputChanged]], None] | None = None
        self.space = Space()
        self._desktops: dict[str, QQuickItem] = {}  # by output
        self._captures: Captures | None = None
        self._frames: tuple[Insets, bool] | None = None  # around windows, and whether all fill the screen
        self.windows = Windows(send)
        self.interaction = Interaction(self.windows)
        self.switcher = Switcher(self.windows)
        self.hand_keys = HandKeys(self.interaction, self.switcher)
        self.keyboard = Keyboard(send)
        self.router = Router(send, self.interaction, self._surface_pressed, self.settle, self.space)
        self.surfaces = Surfaces(self.router, lambda window: self._new_upload(window), self._applied)
        self.layers = Layers(send, self.surfaces)
        self.hold = PointerHold(self.surfaces, self.router, self.space)
        self.drag = Dragging(send, self.surfaces, self.windows, self.interaction, self.router, self.settle, self.space)
        self.remote = RemoteHand(send, self.router, self.hold, self._under, self._remote_pressed)
        self.held = HeldInput(
            send, self.surfaces, self.keyboard, self.interaction, self.hold, lambda: shortcut(INPUT_HELD)
        )
        self.pens = Pens(send, self.router)
        self.gestures = Gestures(send, self.router)
        self.shortcuts = ShortcutFilter()
        self.requests = Requests(self.windows, self, menu)
        self.actions: dict[str, Callable[[], None]] = {
            "next-window": lambda: self.switcher.step(1),
            "previous-window": lambda: self.switcher.step(-1),
            "close-window": lambda: self.close_window(self.windows.focused),
            "maximize": lambda: self.windows.set_state(self.windows.focused, "maximized"),
            "restore": self._restore_or_minimize,
            "tile-left": lambda: self.windows.toggle(self.windows.focused, "tiled_left"),
            "tile-right": lambda: self.windows.toggle(self.windows.focused, "tiled_right"),
            "move-window": lambda: self.begin_keys(self.windows.focused, "move"),
            "resize-window": lambda: self.begin_keys(self.windows.focused, "resize"),
            "minimize": lambda: self.windows.minimize(self.windows.focused),
            "fullscreen": lambda: self.windows.toggle(self.windows.focused, "fullscreen"),
            "free-input": self.held.free,
            "output-left": lambda: self.windows.send_beside(self.windows.focused, "left"),
            "output-right": lambda: self.windows.send_beside(self.windows.focused, "right"),
            "output-up": lambda: self.windows.send_beside(self.windows.focused, "up"),
            "output-down": lambda: self.windows.send_beside(self.windows.focused, "down"),
        }

    def attach(
        self,
        new_upload: Callable[[QQuickWindow], Upload],
        adopt: Callable[[list[OutputChanged]], None],
        source: Source,
        parent: QObject,
    ) -> None:
        """Draw what `source` brings; `adopt` is told once how an earlier ui had left the outputs."""
        self._new_upload = new_upload
        self._adopt = adopt
        self._clock = FrameClock(self._draw, self._drawn, source, parent)

    # --- the display server

    def opened(self) -> None:
        """A connection to the display server is there."""
        self._send(self._layout)
        self.windows.tell_policy(anew=True)
        for output in self._outputs.values():
            self._send(output)

    def lost(self) -> None:
        """The display server is gone, and every app's connection with it."""
        self._reset()
        self.windows.ready(0)
        self.settle()

    def received(self, message: AnyMessage, fds: list[int]) -> None:
        match message:
            case Commit(seq):
                self.surfaces.commit(message)
                self._want(seq)
                return
            case FrameWanted(seq):
                self._want(seq)
                return
            case SlotOpened(surface, slot, size) if fds:
                self._open_slot(surface, slot, fds.pop(0), size)
            case SlotClosed(surface, slot):
                self.surfaces.slot_closed(surface, slot)
            case SurfaceCreated(surface, instance):
                self.surfaces.created(surface, instance)
            case SurfaceDestroyed(surface):
                self.surfaces.destroyed(surface)
                self.router.surface_gone(surface)
                self.hold.surface_gone(surface)
            case Cursor():
                self._set_cursor(message)
            case CaptureWanted() if self._captures is not None:
                self._captures.wanted(message)
            case CaptureClosed(capture) if self._captures is not None:
                self._captures.closed(capture)
            case PointerConstraint():
                self.held.constrain(message)
            case ShortcutsInhibited():
                self.held.inhibit(message)
            case VirtualPointer():
                self.remote.take(message, free=not (self.keyboard.captured or self.interaction.active))
            case PointerWarp():
                self.held.warp(message)
            case _:
                # What follows is about windows as they are after all states sent so far.
                self.surfaces.apply()
                self._window_message(message, fds)
        for fd in fds:
            os.close(fd)

    def received_all(self) -> None:
        """What came together has been handled."""
        if self._clock is not None:
            self._clock.schedule()

    def _window_message(self, message: AnyMessage, fds: list[int]) -> None:
        match message:
            case SceneReset():
                self._reset()
            case SceneReady(focus):
                self._ready(focus)
            case WindowChanged():
                self.windows.changed(message)
            case WindowDestroyed(number):
                self.windows.destroyed(number)
            case WindowIcon():
                self._set_icon(message, fds)
            case WindowRequest():
                self.requests.carry_out(message)
            case OutputChanged():
                self._replayed.append(message)
            case Placement():
                self.windows.placed_before(message, self._levels)
            case PopupChanged():
                self.surfaces.popup_changed(message)
            case PopupDestroyed(popup):
                self.surfaces.popup_destroyed(popup)
            case DragChanged():
                self.drag.changed(message)
            case DragEnded(surface):
                self.drag.ended(surface)
            case LayerChanged():
                self.layers.changed(message)
            case LayerDestroyed(layer):
                self.layers.destroyed(layer)
            case _:
                log.warning("unexpected message %s", type(message).__name__)
        self.settle()

    def _reset(self) -> None:
        self.drag.reset()
        self.interaction.cancel()
        self.held.reset()
        self.pens.reset()
        self.gestures.reset()
        self.switcher.cancel()
        self.windows.reset()
        self.layers.reset()
        self.surfaces.reset()
        self.router.reset()
        self.keyboard.reset()
        if self._captures is not None:
            self._captures.reset()
        self._levels.clear()
        self._replayed.clear()
        if self._clock is not None:
            self._clock.reset()

    def _ready(self, focus: int) -> None:
        """The whole scene is here: windows go to where the outputs, as they are now, want them."""
        before = [output for output in self._replayed if output.make]
        if self._adopt is not None:
            self._adopt(before)
            self._adopt = None
        for output in self._replayed:
            if output.name not in self._outputs:
                self._send(OutputRemoved(output.name))
        self.windows.ready(focus, [_area_of(output) for output in before])

    def _open_slot(self, surface: int, slot: int, fd: int, size: int) -> None:
        try:
            self.surfaces.slot_opened(surface, slot, fd, size)
        except (OSError, ValueError, OverflowError) as error:
            log.warning("surface %s: its pixels cannot be mapped: %s", surface, error)

    def _set_icon(self, message: WindowIcon, fds: list[int]) -> None:
        window = self.windows.get(message.window)
        if window is not None:
            window.picture = picture_url(message.side, fds[0]) if message.side and fds else ""

    # --- frames

    def _want(self, seq: int) -> None:
        if self._clock is not None:
            self._clock.want(seq)

    def _draw(self) -> set[QQuickWindow]:
        self.surfaces.apply()
        if self._dirty:
            self.settle()
        undrawn = self.surfaces.take_undrawn()
        hosts = {host for surface in undrawn if (host := self._shown_in(surface)) is not None}
        self._unseen = bool(undrawn) and not hosts
        return hosts

    def _drawn(self, seq: int, moment: int, exposed: bool) -> None:
        refresh = self._clock.refresh if self._clock is not None else 0
        seen = exposed and not self._unseen
        self._send(FrameDone(seq, moment // 1_000_000 & 0xFFFFFFFF, moment if seen else 0, refresh))

    def _shown_in(self, surface: Surface) -> QQuickWindow | None:
        """The host's window where the surface can be seen."""
        root = self.surfaces.root(surface.number)
        window = self.windows.of_surface(root)
        if window is not None:
            seen = window.shown and window.id in self._contents
            return self.space.window_of(window.output) if seen else None
        layer = self.layers.of_surface(root)
        if layer is not None:
            return self.space.window_of(self.layers.output_of(layer)) if self.layers.is_shown(layer) else None
        return self.space.window_of(self.drag.output) if self.drag.shows(root) else None

    def _applied(self, surface: Surface) -> None:
        if surface.number == self._cursor.surface:
            self._show_cursor()
        if surface.above:
            return
        _x, _y, width, height = surface.geometry
        size = (width, height)
        if self.windows.drew(surface.number, size, surface.state.configure) or self.layers.drew(surface.number, size):
            self._dirty = True

    # --- telling everyone

    def settle(self) -> None:
        """Let clients, the display server and QML know what has changed."""
        self._dirty = False
        self.drag.arrange()
        self._fit()
        self.windows.settle()
        self.keyboard.set_focus(self._keyboard_surface())
        self.held.settle()
        self.interaction.crossing = True
        self._changed()
        self.interaction.crossing = False

    def _fit(self) -> None:
        """Place the parts of the desktop, and let windows and the display server know what they leave."""
        if not self._described:
            return
        before, self._outputs = self._outputs, {}
        self.layers.set_outputs(tuple(output.name for output in self._described))
        for described in self._described:
            usable = self.layers.lay_out(described.name, _area_of(described).rect, described.usable)
            for surface in self.layers.surfaces_on(described.name):
                self.surfaces.set_scale(surface, described.scale)
            output = msgspec.structs.replace(described, usable=usable)
            self._outputs[output.name] = output
            if before.get(output.name) != output:
                self._send(output)
        for name in before.keys() - self._outputs.keys():
            self._send(OutputRemoved(name))
        if self._frames is not None:
            self.windows.set_outputs([_area_of(output) for output in self._outputs.values()], *self._frames)

    def _is_covered(self) -> bool:
        return self.windows.full_screen_on(self.windows.output("").name)

    def _keyboard_surface(self) -> int:
        window = self.windows.get(self.windows.focused)
        shown = window.surface if window is not None and window.shown else 0
        surface = self.layers.keyboard_surface(self._is_covered()) or shown
        popups = [popup for popup in self.surfaces.grabbing_popups() if self.surfaces.root(popup.surface) == surface]
        return popups[-1].surface if popups else surface

    # --- outputs

    def set_outputs(self, described: list[OutputChanged]) -> None:
        """All there are, the primary one first, and what panels leave of them."""
        self._described = described
        if self._clock is not None:
            self._clock.set_refresh(max(output.refresh for output in described) / 1000)
        for output in described:
            for window in self.windows.on_output(output.name):
                self.surfaces.set_scale(window.surface, output.scale)

    def watch(self, output: Output) -> None:
        """An output has come; its window is there."""
        self.space.outputs.append(output)
        if self._clock is not None and output.window is not None:
            self._clock.watch(output.window)

    def forget(self, output: Output) -> None:
        self.space.forget(output)
        if self._clock is not None and output.window is not None:
            self._clock.forget(output.window)

    def work_on(self, output: Output) -> None:
        """The user has turned to an output: windows and questions open there from now on.

        A question that is up stays where it is, and so nobody answers it with a click that was meant for a window.
        """
        if self.windows.active != output.name and not self.keyboard.captured:
            self.activate(output)

    def activate(self, output: Output) -> None:
        self.windows.active = output.name
        for other in self.space.outputs:
            other.look(active=other is output)

    def carry(self, event: QMouseEvent | QWheelEvent) -> bool:
        """Let a window in hand follow the pointer to whatever output; returns False if there is none in hand."""
        if event.type() != QEvent.Type.MouseMove or not self.interaction.active or not event.buttons():
            return False
        self.router.last = self.space.across(event)
        self.interaction.to(self.router.last.x(), self.router.last.y())
        self.settle()
        return True

    def put_down(self, event: QEvent) -> None:
        """After the release of a button: what is still in hand was taken from an item on another output."""
        if self.interaction.active and isinstance(event, QMouseEvent) and not event.buttons():
            self.interaction.end()
            self.settle()

    def set_layout(self, insets: Insets, maximizes_all: bool) -> None:
        """What is drawn around windows, and whether all of them fill the screen."""
        self._frames = (insets, maximizes_all)
        self.settle()

    # --- frames of windows, made by QML

    def attach_content(self, number: int, content: QQuickItem) -> None:
        """Show the window's surface in `content`."""
        window = self.windows.get(number)
        surface = self.surfaces.get(window.surface) if window is not None else None
        if surface is not None:
            self._contents[number] = content
            output = self._outputs.get(window.output) if window is not None else None
            if output is not None:
                self.surfaces.set_scale(surface.number, output.scale)
            surface.group.setParentItem(content)

    def detach_content(self, number: int, content: QQuickItem) -> None:
        """`content` goes away; the surface outlives it."""
        if self._contents.get(number) is not content:
            return
        del self._contents[number]
        window = self.windows.get(number)
        surface = self.surfaces.get(window.surface) if window is not None else None
        if surface is not None:
            surface.group.setProperty("parent", None)

    # --- windows in hand and wishes of the user

    @property
    def holding(self) -> bool:
        """Whether a button or finger is down on an app."""
        return self.router.holding

    @property
    def last(self) -> QPointF:
        """Where on screen the last press or movement was."""
        return self.router.last

    def begin_move(self, number: int, x: float, y: float) -> None:
        self.interaction.begin_move(number, x, y)
        self._in_hand()

    def begin_resize(self, number: int, edges: Edges, x: float, y: float) -> None:
        self.interaction.begin_resize(number, edges, x, y)
        self._in_hand()

    def begin_keys(self, number: int, kind: Literal["move", "resize"]) -> None:
        """Let the arrow keys move or resize a window until Return or Escape."""
        self.interaction.begin_keys(number, kind)
        self._in_hand()

    def _in_hand(self) -> None:
        if self.interaction.active:
            self.hold.drop()
        if self.interaction.active and self.router.over:
            self.router.leave_client()
        self.settle()

    def close_window(self, number: int, force: bool = False) -> None:
        """Ask a window to close; `force` ends its app if that has not answered for long."""
        if self.windows.get(number) is not None:
            self._send(CloseWindow(number, force))

    def _restore_or_minimize(self) -> None:
        window = self.windows.get(self.windows.focused)
        if window is None:
            return
        if window.state == "normal" or self.windows.maximizes_all:
            self.windows.minimize(window.id)
        else:
            self.windows.set_state(window.id, "normal")

    # --- input on its way to surfaces

    def user_active(self) -> None:
        """Before Qt delivers any event of the user's: much of it concerns the shell alone."""
        now = monotonic_ms()
        if now - self._active_at & 0xFFFFFFFF >= _ACTIVITY_PAUSE:
            self._active_at = now
            self._send(UserActive())

    def press_begins(self) -> None:
        """Before Qt delivers a press: afterwards `press_ends` knows whether it hit a surface."""
        self._pressed_surface = 0
        self.shortcuts.pointer_used()
        if self.interaction.keyed:
            self.interaction.end()
            self.settle()

    def press_ends(self) -> None:
        """After a press: it dismisses the popups of every window but the one it hit."""
        hit = self.surfaces.root(self._pressed_surface) if self._pressed_surface else 0
        for popup in reversed(list(self.surfaces.grabbing_popups())):
            if self.surfaces.root(popup.surface) != hit:
                self._send(DismissPopup(popup.popup))

    def _surface_pressed(self, surface: int) -> None:
        self._pressed_surface = surface
        self._told_of_press()
        root = self.surfaces.root(surface)
        turned = self.layers.pressed(root)
        window = self.windows.of_surface(root)
        if window is not None and window.id != self.windows.focused:
            self.windows.focus(window.id)
            # A click on a window that waits for an answer shows where to give it.
            if self.windows.focused != window.id:
                self.windows.ring(self.windows.focused)
            turned = True
        if turned:
            self.settle()

    def key(self, event: QKeyEvent, pressed: bool) -> bool:
        """Give a key to a shortcut or to the focused app; returns False if it is for QML."""
        code = event.nativeScanCode() - _XKB_OFFSET
        if pressed and self.hand_keys.press(event.key(), event.modifiers()):
            self.settle()
            return True
        if event.isAutoRepeat():
            return bool(self.keyboard.focus)
        if pressed and event.nativeVirtualKey():
            # Only keys of the host itself come with its modifiers.
            self.keyboard.host_modifiers(event.nativeModifiers())
        if pressed and event.key() == Qt.Key.Key_Escape and self.drag.active:
            self.drag.cancel()
            verdict = self.shortcuts.take(code)
        elif pressed:
            inhibited = self.held.shortcuts_inhibited
            verdict = self.shortcuts.press(event.key(), event.modifiers(), code, self.keyboard.captured, inhibited)
        else:
            verdict = self.shortcuts.release(event.key(), code)
        taken = verdict.taken or self.keyboard.key(code, pressed)
        if verdict.action:
            self.act(verdict.action)
        if not pressed and self.hand_keys.release(event.key()):
            self.settle()
        return taken

    def act(self, name: str) -> None:
        """Carry out a shortcut."""
        action = self.actions.get(name)
        if action is None:
            self._shortcut(name)
        else:
            action()
            self.settle()

    def capture_keyboard(self, captured: bool) -> None:
        self.keyboard.captured = captured
        if captured:
            self.switcher.cancel()
            if self.interaction.keyed:
                self.interaction.cancel()
        self.settle()

    def set_exposed(self, output: str, exposed: bool) -> None:
        """Whether the host shows anything of an output: apps need not draw for nobody."""
        hidden = self.windows.hidden_outputs
        if exposed == (output in hidden):
            (hidden.discard if exposed else hidden.add)(output)
            self.settle()

    def set_active(self, active: bool) -> None:
        """Whether the host gives our window the keyboard."""
        if active != self.keyboard.active:
            self.keyboard.active = active
            self.keyboard.unsure = True
            self.switcher.cancel()
            self.settle()

    # --- the pointer of an app

    def _under(self, place: QPointF) -> tuple[int, QPointF]:
        """The surface of an app at `place` on screen, and where on it; 0 for none."""
        if self.router.holding and (held := self.surfaces.get(self.router.over)) is not None:
            return held.number, held.item.to_surface(self.space.to_item(held.item, place))
        for window in reversed(list(self.windows)):
            content = self._contents.get(window.id)
            if window.shown and content is not None and self._shows(window, place):
                found = item_at(content, self.space.to_item(content, place))
                if found is not None:
                    return found.number, found.to_surface(self.space.to_item(found, place))
        return 0, QPointF()

    def _shows(self, window: Window, place: QPointF) -> bool:
        """Whether a point is on the output of a window."""
        output = self.space.at(place)
        return output is not None and output.name == window.output

    def _remote_pressed(self, surface: int) -> None:
        self.press_begins()
        self._surface_pressed(surface)
        self.press_ends()

    # --- pictures for apps

    def take_pictures(self, captures: Captures) -> None:
        self._captures = captures

    def attach_desktop(self, output: str, desktop: QQuickItem) -> None:
        """What pictures of the output show."""
        self._desktops[output] = desktop

    def detach_desktop(self, output: str, desktop: QQuickItem) -> None:
        if self._desktops.get(output) is desktop:
            del self._desktops[output]

    def pictured(self, wish: CaptureWanted) -> QQuickItem | None:
        """The item that a wish for a picture is about."""
        return self._contents.get(wish.window) if wish.window else self._desktops.get(wish.output)

    def pointer_at(self, window: QQuickWindow, place: QPointF | None) -> None:
        """The pointer is there in a window of ours, or has left it."""
        self._pointer_place = None if place is None else (window, place)
        if self._captures is not None:
            self._captures.pointer_moved()

    def pointer(self, item: QQuickItem) -> Pointer | None:
        """The cursor, to be painted into a picture of `item`; the host's own are stood for by an arrow."""
        where, cursor = self._pointer_place, self.cursor
        if where is None or where[0] != item.window() or cursor.shape == "none":
            return None
        drawn = self.surfaces.get(cursor.surface) if cursor.shape == "surface" else None
        if drawn is None:
            return Pointer(arrow(), QPointF(), where[1])
        content, state = drawn.item.content, drawn.state
        if content is None or not state.logical_width:
            return None
        image = converted(content, (0, 0, content.width, content.height))
        image.setDevicePixelRatio(max(state.width / state.logical_width, 1.0))
        return Pointer(image, QPointF(cursor.hotspot_x, cursor.hotspot_y), where[1])

    # --- cursor

    @property
    def cursor(self) -> Cursor:
        """What the app under the pointer wants it to look like; the shell's own parts have the usual arrow."""
        return self._cursor if self.router.over else Cursor("default")

    def _set_cursor(self, cursor: Cursor) -> None:
        self._cursor = cursor
        self._show_cursor()

    def _show_cursor(self) -> None:
        over = self.surfaces.get(self.router.over)
        if over is None:
            return
        if self._cursor.shape != "surface":
            over.item.setCursor(named_cursor(self._cursor.shape))
            return
        drawn = self.surfaces.get(self._cursor.surface)
        if drawn is None or drawn.item.content is None:
            return
        hotspot = (self._cursor.hotspot_x, self._cursor.hotspot_y)
        over.item.setCursor(drawn_cursor(drawn.item.content, drawn.state, *hotspot))


def _area_of(output: OutputChanged) -> OutputArea:
    return OutputArea(output.name, (output.x, output.y, output.width, output.height), output.usable)


def _no_upload(_window: QQuickWindow) -> Upload:
    raise RuntimeError("a surface arrived before there was a window to draw it in")
