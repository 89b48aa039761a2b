"""The scene as one whole: messages of the display server in, windows on screen and input out.

Everything QML sees of it is in `berth.ui.scene`; everything that decides is in `windows`,
`surfaces`, `keyboard` and `router`, which do not know each other.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable

from PySide6.QtCore import QObject, QPointF
from PySide6.QtQuick import QQuickWindow

from berth.core.layout import Insets
from berth.core.messages import (
    AnyMessage,
    CaptureClosed,
    CaptureWanted,
    Commit,
    Cursor,
    CursorFollowed,
    DmabufClosed,
    DmabufOpened,
    DragChanged,
    DragEnded,
    FrameWanted,
    KeyboardGroup,
    KeyboardLayout,
    LayerChanged,
    LayerDestroyed,
    LockChanged,
    OutputChanged,
    Placement,
    PointerConstraint,
    PointerWarp,
    PoolClosed,
    PoolOpened,
    PopupChanged,
    PopupDestroyed,
    Rect,
    SceneReady,
    SceneRequest,
    SceneReset,
    ScreenKeyboardState,
    ShortcutsInhibited,
    SlotClosed,
    SlotImported,
    SlotOpened,
    SurfaceCreated,
    SurfaceDestroyed,
    TextField,
    ThemeDropped,
    UserActive,
    VirtualPointer,
    WindowChanged,
    WindowDestroyed,
    WindowIcon,
    WindowRequest,
)
from berth.ui.actions import Actions
from berth.ui.app_cursor import AppCursor
from berth.ui.captures import Captures
from berth.ui.contents import Contents
from berth.ui.dmabufs import Dmabufs
from berth.ui.dragging import Dragging
from berth.ui.fitting import Adopt, Fitting
from berth.ui.frame_clock import Source, monotonic_ms
from berth.ui.frames import Frames
from berth.ui.gestures import Gestures
from berth.ui.hand import Hand
from berth.ui.hand_keys import HandKeys
from berth.ui.held_input import HeldInput
from berth.ui.interaction import Interaction
from berth.ui.keyboard import Keyboard
from berth.ui.keyboard_room import KeyboardRoom
from berth.ui.keyboard_showing import Device
from berth.ui.keys import Keys
from berth.ui.layers import Layers
from berth.ui.output import Output
from berth.ui.pens import Pens
from berth.ui.pointer_hold import PointerHold
from berth.ui.presses import Presses
from berth.ui.remote_hand import RemoteHand
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

FieldNews = TextField | KeyboardGroup | ScreenKeyboardState

_ACTIVITY_PAUSE = 1_000
"""Milliseconds between two messages that only say that the user is there."""


class _Settling:
    """The source of frames; `settle` follows whatever it brings."""

    def __init__(self, source: Source, settle: Callable[[], None]) -> None:
        self.pause, self.resume = source.pause, source.resume
        self._source = source
        self._settle = settle

    def read(self) -> None:
        self._source.read()
        self._settle()


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
        self._levels: dict[int, int] = {}
        self._active_at = monotonic_ms() - _ACTIVITY_PAUSE
        self._new_upload: Callable[[QQuickWindow], Upload] = _no_upload
        self.space = Space()
        self._captures: Captures | None = None
        self.theme_dropped: Callable[[str, bytes], None] = lambda _transfer, _name: None
        self.lock_changed: Callable[[LockChanged], None] = lambda _change: None
        self._used: Callable[[Device], None] = lambda _device: None
        self._field_news: Callable[[FieldNews], None] = lambda _message: None
        self._pressed_at: Callable[[QQuickWindow, QPointF], None] = lambda _window, _place: None
        self.dmabufs = Dmabufs(send)
        self.windows = Windows(send)
        self.interaction = Interaction(self.windows)
        self.switcher = Switcher(self.windows)
        self.hand_keys = HandKeys(self.interaction, self.switcher)
        self.keyboard = Keyboard(send)
        self.router = Router(send, self.interaction, lambda surface: self.presses.hit(surface), self.settle, self.space)
        self.surfaces = Surfaces(self.router, lambda window: self._new_upload(window), self._applied)
        self.layers = Layers(send, self.surfaces)
        self.presses = Presses(send, self.surfaces, self.windows, self.layers, surface_pressed, self.settle)
        self.fitting = Fitting(send, self.surfaces, self.layers, self.windows)
        self.room = KeyboardRoom(self.windows, self._text_cursor)
        self._field = TextField()
        self.router.goes_on = self._lies_over_border
        self.cursor = AppCursor(self.surfaces, self.router, self.space)
        self.hold = PointerHold(self.surfaces, self.router, self.space)
        self.drag = Dragging(
            send,
            self.surfaces,
            self.windows,
            self.interaction,
            self.router,
            self.settle,
            self.space,
            self.cursor.named,
        )
        self.contents = Contents(self.surfaces, self.windows, self.layers, self.drag, self.router, self.space)
        self.frames = Frames(send, self.surfaces, self.contents, self.space, self.settle)
        self.hand = Hand(self.interaction, self.router, self.hold, self.space, self.settle)
        self.remote = RemoteHand(send, self.router, self.hold, self.contents.under, self._remote_pressed)
        self.held = HeldInput(
            send, self.surfaces, self.keyboard, self.interaction, self.hold, lambda: shortcut(INPUT_HELD)
        )
        self.pens = Pens(send, self.router, self.space)
        self.gestures = Gestures(send, self.router)
        self.shortcuts = ShortcutFilter()
        self.requests = Requests(self.windows, self.hand, menu)
        self.actions = Actions(send, self.windows, self.switcher, self.hand.begin_keys, self.held.free)
        self.keys = Keys(
            self.hand_keys, self.keyboard, self.shortcuts, self.drag, self.held, self.act, self.settle, self._typed
        )

    def attach(
        self,
        new_upload: Callable[[QQuickWindow], Upload],
        adopt: Adopt,
        source: Source,
        parent: QObject,
    ) -> None:
        """Draw what `source` brings; `adopt` is told once how an earlier ui had left the outputs."""
        self._new_upload = new_upload
        self.fitting.when_replayed(adopt)
        self.frames.begin(_Settling(source, self._settle_news), parent)

    # --- the display server

    def opened(self) -> None:
        """A connection to the display server is there."""
        self._send(self._layout)
        self.dmabufs.tell()
        self.windows.tell_policy(anew=True)
        self.fitting.tell()

    def lost(self) -> None:
        """The display server is gone, and every app's connection with it."""
        self._reset()
        self.dmabufs.reset()
        self.windows.ready(0)
        self.settle()

    def received(self, message: AnyMessage, fds: list[int]) -> None:
        match message:
            case Commit(seq):
                self.surfaces.commit(message)
                self.frames.want(seq)
                return
            case FrameWanted(seq):
                self.frames.want(seq)
                return
            case SlotOpened(surface, slot, size) if fds:
                self._open_slot(surface, slot, fds.pop(0), size)
            case SlotClosed(surface, slot):
                self.surfaces.slot_closed(surface, slot)
            case DmabufOpened():
                self.dmabufs.opened(message, fds)
            case DmabufClosed(buffer):
                self._close_dmabuf(buffer)
            case SlotImported(surface, slot, buffer):
                self._import_slot(surface, slot, buffer)
            case PoolOpened(pool, size) if fds:
                self._open_pool(pool, fds.pop(0), size)
            case PoolClosed(pool):
                self.surfaces.pool_closed(pool)
            case SurfaceCreated(surface, instance):
                self.surfaces.created(surface, instance)
            case SurfaceDestroyed(surface):
                self.surfaces.destroyed(surface)
                self.router.surface_gone(surface)
                self.hold.surface_gone(surface)
            case Cursor():
                self.cursor.change(message)
                if self._captures is not None:
                    self._captures.pointer_moved()
            case CaptureWanted() if self._captures is not None:
                self._captures.wanted(message)
            case CursorFollowed() if self._captures is not None:
                self._captures.followed(message)
            case CaptureClosed(capture) if self._captures is not None:
                self._captures.closed(capture)
            case LockChanged():
                self.lock_changed(message)
            case PointerConstraint():
                self.held.constrain(message)
            case ShortcutsInhibited():
                self.held.inhibit(message)
            case TextField() | KeyboardGroup() | ScreenKeyboardState():
                self._take_field_news(message)
            case VirtualPointer():
                self.remote.take(
                    message, free=not (self.keyboard.captured or self.keyboard.locked or self.interaction.active)
                )
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
        self._settle_news()
        self.frames.schedule()

    def _settle_news(self) -> None:
        # Once for all messages that came together: it looks at every window there is.
        if self.frames.dirty:
            self.settle()

    def _window_message(self, message: AnyMessage, fds: list[int]) -> None:
        match message:
            case SceneReset():
                self._reset()
            case SceneReady(focus):
                self.fitting.ready(focus)
            case WindowChanged():
                self.windows.changed(message)
            case WindowDestroyed(number):
                self.windows.destroyed(number)
            case WindowIcon():
                self._set_icon(message, fds)
            case WindowRequest():
                self.requests.carry_out(message)
            case OutputChanged():
                self.fitting.replay(message)
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
            case ThemeDropped(transfer, name):
                self.theme_dropped(transfer, name)
            case LayerChanged():
                self.layers.changed(message)
            case LayerDestroyed(layer):
                self.layers.destroyed(layer)
            case _:
                log.warning("unexpected message %s", type(message).__name__)
        self.frames.dirty = True

    def _reset(self) -> None:
        self.drag.reset()
        self.interaction.cancel()
        self.held.reset()
        self.pens.reset()
        self.gestures.reset()
        self.switcher.cancel()
        self.windows.reset()
        self.layers.reset()
        self.room.reset()
        self.surfaces.reset()
        self.router.reset()
        self.keyboard.reset()
        if self._captures is not None:
            self._captures.reset()
        self.fitting.reset()
        self._levels.clear()
        self.frames.reset()

    def _open_slot(self, surface: int, slot: int, fd: int, size: int) -> None:
        try:
            self.surfaces.slot_opened(surface, slot, fd, size)
        except (OSError, ValueError, OverflowError) as error:
            log.warning("surface %s: its pixels cannot be mapped: %s", surface, error)

    def _import_slot(self, surface: int, slot: int, buffer: int) -> None:
        imported = self.dmabufs.get(buffer)
        if imported is not None:
            self.surfaces.slot_imported(surface, slot, imported)

    def _close_dmabuf(self, buffer: int) -> None:
        imported = self.dmabufs.closed(buffer)
        if imported is not None:
            self.surfaces.forget_import(imported)

    def _open_pool(self, pool: int, fd: int, size: int) -> None:
        try:
            self.surfaces.pool_opened(pool, fd, size)
        except (OSError, ValueError) as error:
            log.warning("pool %s cannot be used: %s", pool, error)

    def _set_icon(self, message: WindowIcon, fds: list[int]) -> None:
        window = self.windows.get(message.window)
        if window is not None:
            window.picture = picture_url(message.side, fds[0]) if message.side and fds else ""

    # --- frames

    def _applied(self, surface: Surface) -> None:
        if self.cursor.drew(surface.number) and self._captures is not None:
            self._captures.pointer_moved()
        if surface.above:
            return
        _x, _y, width, height = surface.geometry
        size = (width, height)
        if self.windows.drew(surface.number, size, surface.state.configure) or self.layers.drew(surface.number, size):
            self.frames.dirty = True

    # --- telling everyone

    def settle(self) -> None:
        """Let clients, the display server and QML know what has changed."""
        self.frames.dirty = self.surfaces.reshaped = False
        self.drag.arrange()
        self.fitting.settle()
        self.room.settle()
        self.windows.settle()
        self.keyboard.set_focus(self._keyboard_surface())
        self.held.settle()
        self.interaction.crossing = True
        self._changed()
        self.interaction.crossing = False

    def _is_covered(self) -> bool:
        return self.windows.full_screen_on(self.windows.output("").name)

    def _keyboard_surface(self) -> int:
        window = self.windows.get(self.windows.focused)
        if window is not None and self.windows.asks(window):
            return 0
        shown = window.surface if window is not None and window.shown else 0
        surface = self.layers.keyboard_surface(self._is_covered()) or shown
        popups = [popup for popup in self.surfaces.grabbing_popups() if self.surfaces.root(popup.surface) == surface]
        return popups[-1].surface if popups else surface

    # --- outputs

    def _lies_over_border(self, number: int) -> bool:
        surface = self.surfaces.get(number)
        return surface is not None and len(surface.views) > 1

    def set_outputs(self, described: list[OutputChanged]) -> None:
        """All there are, the primary one first, and what panels leave of them."""
        self.fitting.set_outputs(described)
        self.frames.set_refresh(max(output.refresh for output in described) / 1000)

    def watch(self, output: Output) -> None:
        """An output has come; its window is there."""
        self.space.outputs.append(output)
        self.frames.watch(output)

    def forget(self, output: Output) -> None:
        self.space.forget(output)
        self.frames.forget(output)

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

    def set_layout(self, insets: Insets, maximizes_all: bool) -> None:
        """What is drawn around windows, and whether all of them fill the screen."""
        self.fitting.set_frames(insets, maximizes_all)
        self.settle()

    # --- input on its way to surfaces

    def user_active(self) -> None:
        """Before Qt delivers any event of the user's: much of it concerns the shell alone."""
        now = monotonic_ms()
        if now - self._active_at & 0xFFFFFFFF >= _ACTIVITY_PAUSE:
            self._active_at = now
            self._send(UserActive())

    def serve_keyboard(
        self,
        used: Callable[[Device], None],
        field_news: Callable[[FieldNews], None],
        pressed: Callable[[QQuickWindow, QPointF], None],
    ) -> None:
        """Let the on-screen keyboard know what the user uses, what display says of text fields, and where a finger or
        a button was pressed, after that."""
        self._used, self._field_news, self._pressed_at = used, field_news, pressed

    def _take_field_news(self, message: FieldNews) -> None:
        if isinstance(message, TextField):
            # The window may have to move for its text cursor.
            self._field, self.frames.dirty = message, True
        self._field_news(message)

    def _text_cursor(self, window: Window) -> Rect | None:
        """Where on screen the text cursor of a window is, if its app tells."""
        field = self._field
        if field.cursor is None or self.surfaces.root(field.surface) != window.surface:
            return None
        surface = self.surfaces.get(window.surface)
        if surface is None or field.surface != window.surface:
            return None
        x, y, width, height = field.cursor
        return window.rect[0] - surface.geometry[0] + x, window.rect[1] - surface.geometry[1] + y, width, height

    def press_ended(self, window: QQuickWindow, place: QPointF) -> None:
        self._pressed_at(window, place)

    def used(self, device: Device) -> None:
        """Before Qt delivers a press of a finger, a button or a key."""
        self._used(device)

    def press_begins(self) -> None:
        """Before Qt delivers a press; `presses.end` follows it."""
        self.presses.begin()
        self.shortcuts.pointer_used()
        if self.interaction.keyed:
            self.interaction.end()
            self.settle()

    def act(self, name: str) -> None:
        """Carry out a shortcut."""
        if self.actions.carry_out(name):
            self.settle()
        else:
            self._shortcut(name)

    def _typed(self) -> None:
        if self.windows.press(self.windows.focused):
            self.settle()

    def capture_keyboard(self, captured: bool) -> None:
        self.keyboard.captured = captured
        if captured:
            self.switcher.cancel()
            if self.interaction.keyed:
                self.interaction.cancel()
        self.settle()

    def set_locked(self, locked: bool) -> None:
        """Whether the session is locked: then nothing that the user does is for windows or shell."""
        self.keyboard.locked = locked
        if locked:
            self.switcher.cancel()
            self.interaction.cancel()
            self.drag.cancel()
            self.router.release_all()
            self.router.leave_client()
        self.settle()

    def set_exposed(self, output: str, window: QQuickWindow, exposed: bool) -> None:
        """Whether the host shows anything of an output, in its window: apps need not draw for nobody."""
        self.frames.set_exposed(window, exposed)
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

    def _remote_pressed(self, surface: int) -> None:
        self.press_begins()
        self.presses.hit(surface)
        self.presses.end()

    # --- pictures for apps

    def take_pictures(self, captures: Captures) -> None:
        self._captures = captures

    def pointer_at(self, window: QQuickWindow, place: QPointF | None) -> None:
        """The pointer is there in a window of ours, or has left it."""
        self.cursor.moved(window, place)
        if self._captures is not None:
            self._captures.pointer_moved()


def _no_upload(_window: QQuickWindow) -> Upload:
    raise RuntimeError("a surface arrived before there was a window to draw it in")
