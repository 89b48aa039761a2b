"""The display server: apps on one side, the ui and the engine on the other."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from berth.core.messages import (
    AnyMessage,
    CancelDrag,
    CancelUnlock,
    CaptureDone,
    ChangePower,
    CloseWindow,
    Configure,
    CursorAt,
    DismissPopup,
    DmabufChecked,
    DmabufFormats,
    EnterText,
    FilesReady,
    FilterGlobals,
    ForgetInstance,
    FrameDone,
    Gesture,
    InputFreed,
    Key,
    KeyboardFocus,
    KeyboardGroup,
    KeyboardLayout,
    KeyboardLocks,
    KnownInstances,
    LayerPlaced,
    ListenInstance,
    LockAfter,
    LockSession,
    LockShown,
    LookAtPower,
    OutputChanged,
    OutputRemoved,
    Pen,
    PenDevice,
    Placement,
    PointerAxis,
    PointerButton,
    PointerMotion,
    ProblemInfo,
    SceneReady,
    ScreenKeyboardState,
    StyleWritten,
    Touch,
    UnlockAnswer,
    UserActive,
    WindowPolicy,
)
from berth.core.paths import LOCK_TRIES
from berth.core.problem import Problem
from berth.display.acceptor import Acceptor
from berth.display.activation import Activation, Tokens
from berth.display.alpha_modifier import AlphaModifier
from berth.display.bell import SystemBell
from berth.display.captures import Captures
from berth.display.client import Access, Client, Global, WaylandDisplay
from berth.display.clock import now
from berth.display.color_management import ColorManager
from berth.display.color_representation import ColorRepresentationManager
from berth.display.commit_timing import CommitTimingManager
from berth.display.compositor import Compositor
from berth.display.content_type import ContentTypeManager
from berth.display.cursor import CursorShapeManager
from berth.display.data_control import DataControlManager
from berth.display.data_device import DataDevice, DataDeviceManager
from berth.display.dbus.settings import Settings
from berth.display.decoration import DecorationManager
from berth.display.dialog import WmDialog
from berth.display.dmabufs import Dmabufs
from berth.display.field_reports import FieldReports
from berth.display.fifo import FifoManager
from berth.display.file_list import FileLists
from berth.display.foreign import Exported, ExporterV1, ExporterV2, ImporterV1, ImporterV2
from berth.display.foreign_toplevel import ToplevelList
from berth.display.fractional_scale import FractionalScaleManager
from berth.display.gestures import PointerGestures
from berth.display.greeter import Greeter
from berth.display.icon import IconManager
from berth.display.idle import Idle, IdleInhibitManager, IdleNotifier
from berth.display.image_capture import ImageCopyCaptureManager, OutputSourceManager, ToplevelSourceManager
from berth.display.input_method import InputMethodManager
from berth.display.input_timestamps import InputTimestampsManager
from berth.display.instances import Instances
from berth.display.kde_decoration import KdeDecorationManager
from berth.display.layer_surface import LayerShell
from berth.display.layers import Layers
from berth.display.lock import Lock
from berth.display.logind import Logind
from berth.display.loop import Loop
from berth.display.nested_control import NestedControlManager
from berth.display.output import Output, XdgOutputManager
from berth.display.outputs import Outputs
from berth.display.peer import Peer
from berth.display.pointer_constraints import PointerConstraints
from berth.display.pointer_warp import PointerWarp
from berth.display.popups import Popups
from berth.display.power import Power
from berth.display.presence import Presence
from berth.display.presentation import Presentation
from berth.display.primary_selection import PrimaryDevice, PrimarySelectionManager
from berth.display.relative_pointer import RelativePointerManager
from berth.display.scene import Scene
from berth.display.screencopy import ScreencopyManager
from berth.display.seat import Seat, SeatState
from berth.display.security_context import SecurityContextManager
from berth.display.selection import Selection
from berth.display.shares import Shares
from berth.display.shm import Shm
from berth.display.shortcuts_inhibit import ShortcutsInhibitManager
from berth.display.single_pixel import SinglePixelBufferManager
from berth.display.sleep import Sleep
from berth.display.subsurface import Subcompositor
from berth.display.tablet import TabletManager
from berth.display.tag import ToplevelTagManager
from berth.display.tearing_control import TearingControlManager
from berth.display.text_input import TextInputManager
from berth.display.text_input_v2 import TextInputManagerV2
from berth.display.timers import Timers
from berth.display.toplevel_drag import ToplevelDragManager
from berth.display.viewport import Viewporter
from berth.display.virtual_keyboard import VirtualKeyboardManager
from berth.display.virtual_pointer import VirtualPointerManager
from berth.display.window_list import WindowList
from berth.display.windows import Windows
from berth.display.wlr_data_control import WlrDataControlManager
from berth.display.wlr_foreign_toplevel import WlrManager
from berth.display.workspace import WorkspaceManager
from berth.display.xdg_surface import WmBase

if TYPE_CHECKING:
    from berth.display.surface import Surface

_log = logging.getLogger("berth.display")

_GLOBALS = (
    Compositor,
    Shm,
    Subcompositor,
    XdgOutputManager,
    Seat,
    PointerGestures,
    TabletManager,
    ShortcutsInhibitManager,
    IdleInhibitManager,
    IdleNotifier,
    TextInputManager,
    TextInputManagerV2,
    InputMethodManager,
    VirtualKeyboardManager,
    VirtualPointerManager,
    RelativePointerManager,
    PointerConstraints,
    PointerWarp,
    InputTimestampsManager,
    CursorShapeManager,
    DataDeviceManager,
    PrimarySelectionManager,
    NestedControlManager,
    DataControlManager,
    WlrDataControlManager,
    WmBase,
    DecorationManager,
    KdeDecorationManager,
    WmDialog,
    ExporterV1,
    ImporterV1,
    ExporterV2,
    ImporterV2,
    Activation,
    IconManager,
    ToplevelTagManager,
    SystemBell,
    ToplevelDragManager,
    Viewporter,
    ToplevelList,
    WlrManager,
    WorkspaceManager,
    LayerShell,
    OutputSourceManager,
    ToplevelSourceManager,
    ImageCopyCaptureManager,
    ScreencopyManager,
    SecurityContextManager,
    FractionalScaleManager,
    SinglePixelBufferManager,
    AlphaModifier,
    ContentTypeManager,
    TearingControlManager,
    Presentation,
    FifoManager,
    CommitTimingManager,
    ColorManager,
    ColorRepresentationManager,
)

_ACTIVITY = (PointerMotion, PointerButton, PointerAxis, Key, Touch, Gesture, Pen, UserActive)
"""Messages that say that the user is there."""
_SHIELDED = (PointerMotion, PointerButton, PointerAxis, Touch, Gesture, Pen, InputFreed, CancelDrag, CursorAt)
"""Messages that mean nothing while the session is locked."""


class Server:
    """Everything one display server process holds.

    Args:
        listener: listening socket for the ui and the engine.
        lock_marker: the file that says, also to the next process, that the session is locked.
        greeter: where a login screen remembers what was chosen last; None for a session of a user.
    """

    def __init__(self, listener: socket.socket, lock_marker: Path | None = None, greeter: Path | None = None) -> None:
        self.loop = Loop(self._after_turn)
        self.timers = Timers(self.loop)
        self.display = WaylandDisplay()
        self.outputs = Outputs(self)
        self.presence = Presence(self)
        self.windows = Windows(self)
        self.tokens = Tokens(self)
        self.exports: dict[str, Exported] = {}
        self.window_list = WindowList()
        self.popups = Popups(self)
        self.layers = Layers(self)
        self.idle = Idle(self)
        self.captures = Captures(self)
        self.dmabufs = Dmabufs(self)
        # Tests have no session that logind could mean.
        self.logind = None if lock_marker is None else Logind(self.loop, os.environ)
        self.power = Power(self.logind, lambda state: self.scene.send(state))
        tries = None if lock_marker is None else lock_marker.with_name(LOCK_TRIES)
        self.lock = Lock(self, lock_marker, tries) if greeter is None else Greeter(self, greeter, tries)
        self.sleep: Sleep | None = None
        if self.logind is not None and greeter is None:
            self.sleep = Sleep(self.logind, self.lock.lock, self._covered)
        self.scene = Scene(self.hides)
        self.seat = SeatState(self)
        self.field_reports = FieldReports(self)
        self.clipboard = Selection(DataDeviceManager, DataDevice)
        self.primary = Selection(PrimarySelectionManager, PrimaryDevice)
        self.file_lists = FileLists(self)
        self.shares = Shares(self)
        self.settings = Settings(lambda: self.instances.buses())
        self.instances = Instances(self)
        for kind in _GLOBALS:
            Global(self.display, kind)
        self._ui: Peer | None = None
        self._engine: Peer | None = None
        self._peers: set[Peer] = set()
        Acceptor(self.loop, listener, self._accepted)
        self._handlers: dict[str, dict[type, Callable[[Any, list[int]], None]]] = {
            "ui": self._ui_handlers(),
            "engine": self._engine_handlers(),
        }
        self.loop.watch(self.display.fd, self._wayland)

    def run(self) -> None:
        """Serve until SIGTERM or SIGINT."""
        self.loop.stop_on_signals()
        self.loop.run()
        self.close()

    def close(self) -> None:
        """Disconnect everybody. The listening sockets stay usable for a successor."""
        for peer in tuple(self._peers):
            self._peer_lost(peer)
            peer.close()
        self.lock.close()
        if self.sleep is not None:
            self.sleep.close()
        if self.logind is not None:
            self.logind.close()
        self.display.destroy()
        self.dmabufs.close()
        self.timers.close()
        self.loop.close()

    # --- once a turn

    def _wayland(self, _events: int) -> None:
        self.display.dispatch()

    def _after_turn(self) -> None:
        gone = True
        while gone:
            self._settle()
            # A client that cannot be written to goes then, which may be news to others.
            gone = self.display.flush()
        self.instances.flush()
        if self.display.spent:
            spent, self.display.spent = self.display.spent, {}
            for instance, took in spent.items():
                self.shares.used(instance, took)

    def _settle(self) -> None:
        self.seat.text.flush()
        self.presence.flush()
        self.windows.send_configures()
        self.scene.flush()
        self.windows.flush()
        self.layers.flush()
        self.popups.flush()
        self.window_list.flush()
        self.seat.drag.flush()
        self.clipboard.flush()
        self.primary.flush()
        self.field_reports.flush()
        self.idle.flush()
        if self.sleep is not None:
            self.sleep.check()

    # --- peers

    @property
    def has_ui(self) -> bool:
        return self._ui is not None

    def _covered(self) -> bool:
        """Without a ui nothing is shown, and the next one shows the lock first."""
        return self.lock.shown or not self.lock.locked or self._ui is None

    @property
    def ui_backlog(self) -> int:
        """Bytes of messages that the ui has not read."""
        return 0 if self._ui is None else self._ui.backlog

    def tell_engine(self, message: AnyMessage) -> None:
        if self._engine is not None:
            self._engine.send(message)

    def _accepted(self, connection: socket.socket) -> None:
        flush_keys = self.seat.keyboard.flush
        self._peers.add(Peer(self.loop, connection, self._greeted, self._received, flush_keys, self._peer_lost))

    def _greeted(self, peer: Peer) -> None:
        if peer.role == "engine":
            if self._engine is not None:
                self._drop(self._engine)
            self._engine = peer
            peer.send(KnownInstances(self.instances.names))
            for message in self.instances.reports():
                peer.send(message)
            self.file_lists.engine_connected()
            return
        if self._ui is not None:
            self._drop(self._ui)
        self._ui = peer
        self._send_scene(peer)

    def _send_scene(self, peer: Peer) -> None:
        # Before there is anything to show.
        peer.send(self.lock.snapshot())
        self.windows.forget_serials()
        self.dmabufs.connected(peer.send)
        self.scene.connected(peer.send)
        self.outputs.snapshot()
        self.windows.snapshot()
        self.layers.snapshot()
        self.captures.snapshot()
        self.popups.snapshot()
        self.seat.shortcuts.snapshot()
        self.field_reports.snapshot()
        peer.send(self.power.state)
        self.windows.send_placements()
        self.scene.send(SceneReady(self.windows.window_of(self.seat.keyboard.chosen)))

    def _drop(self, peer: Peer) -> None:
        self._peer_lost(peer)
        peer.close()

    def _peer_lost(self, peer: Peer) -> None:
        self._peers.discard(peer)
        if peer is self._engine:
            self._engine = None
        elif peer is self._ui:
            self._ui = None
            self.scene.disconnected()
            self.seat.release_all(now())

    def _received(self, peer: Peer, message: AnyMessage, fds: list[int]) -> None:
        handler = self._handlers[peer.role].get(type(message))
        if handler is not None:
            handler(message, fds)
            return
        _log.warning("the %s sent an unexpected %s", peer.role, type(message).__name__)
        for fd in fds:
            os.close(fd)

    # --- what the ui says

    def _ui_handlers(self) -> dict[type, Callable[[Any, list[int]], None]]:
        seat = self.seat
        simple: dict[type, Callable[[Any], None]] = {
            PointerMotion: seat.pointer.motion,
            FrameDone: self.scene.frame_done,
            PointerButton: seat.pointer.button,
            PointerAxis: seat.pointer.axis,
            Key: seat.keyboard.key,
            KeyboardLocks: seat.keyboard.locks,
            KeyboardGroup: seat.keyboard.choose_group,
            EnterText: self.field_reports.enter,
            ScreenKeyboardState: self.field_reports.keep,
            Gesture: seat.gestures.handle,
            PenDevice: seat.pens.added,
            Pen: seat.pens.moved,
            InputFreed: self._free_input,
            UserActive: lambda _message: None,
            Touch: seat.touch.handle,
            CancelDrag: lambda _m: seat.drag.cancel(),
            KeyboardFocus: lambda m: seat.keyboard.choose(self.scene.surfaces.get(m.surface)),
            KeyboardLayout: self._change_layout,
            OutputChanged: self.outputs.change,
            OutputRemoved: self.outputs.remove,
            Configure: self.windows.configure,
            WindowPolicy: self.windows.change_policy,
            Placement: self.windows.place,
            CloseWindow: lambda m: self.windows.close(m.window, m.force),
            LayerPlaced: self.layers.place,
            CursorAt: self.captures.cursor_at,
            DmabufFormats: self.dmabufs.change_formats,
            DmabufChecked: self.dmabufs.checked,
            DismissPopup: lambda m: self.popups.dismiss(m.popup),
            LockSession: lambda _message: self.lock.lock(),
            UnlockAnswer: self.lock.answer,
            CancelUnlock: lambda _message: self.lock.cancel(),
            LockShown: self.lock.seen,
            LockAfter: self.lock.change_time,
            LookAtPower: lambda _message: self.power.look(),
            ChangePower: self.power.change,
        }
        simple |= {kind: self.lock.shielded(simple[kind]) for kind in _SHIELDED}
        for kind in _ACTIVITY:
            simple[kind] = self._active_with(simple[kind])
        handlers = {kind: _without_fds(handler) for kind, handler in simple.items()}
        return {CaptureDone: self.captures.done, **handlers}

    def _active_with(self, handler: Callable[[Any], None]) -> Callable[[Any], None]:
        def handle(message: Any) -> None:
            if not getattr(message, "warp", False):
                self.idle.active()
            handler(message)

        return handle

    def _free_input(self, message: InputFreed) -> None:
        if message.shortcuts:
            self.seat.pointer.constraints.freed()
        self.seat.shortcuts.free(message.shortcuts)

    def _change_layout(self, message: KeyboardLayout) -> None:
        try:
            self.seat.keyboard.change_layout(message)
        except Problem as problem:
            _log.warning("%s", problem)
            self.scene.send(ProblemInfo(problem.code, problem.message, problem.hint))

    # --- what the engine says

    def _engine_handlers(self) -> dict[type, Callable[[Any, list[int]], None]]:
        return {
            ListenInstance: self._listen,
            FilterGlobals: _without_fds(lambda m: self.instances.change_access(m.instance, _access(m))),
            ForgetInstance: _without_fds(lambda m: self.instances.forget(m.instance)),
            FilesReady: _without_fds(self.file_lists.ready),
            StyleWritten: _without_fds(lambda m: self.settings.follow(m.palette)),
        }

    def _listen(self, message: ListenInstance, fds: list[int]) -> None:
        if not 1 <= len(fds) <= 2:
            _log.warning("ListenInstance with %d descriptors", len(fds))
            for fd in fds:
                os.close(fd)
            return
        self.instances.listen(message.instance, message.app, _access(message), fds, message.nested)

    # --- what concerns several parts

    def hides(self, root: Surface) -> bool:
        """Whether nothing of the tree of a surface can be seen."""
        return self.lock.locked or self.windows.hides(root)

    def output_bound(self, output: Output) -> None:
        """A client has bound an output: other objects of it can refer to that now."""
        self.window_list.output_bound(output)
        for manager in output.client.all(WorkspaceManager):
            manager.output_bound(output)

    def client_gone(self, client: Client) -> None:
        self.clipboard.client_gone(client)
        self.primary.client_gone(client)
        self.seat.touch.client_gone(client)
        self.seat.drag.client_gone(client)


def _access(message: ListenInstance | FilterGlobals) -> Access:
    return Access(frozenset(message.hidden), frozenset(message.granted))


def _without_fds(handler: Callable[[Any], None]) -> Callable[[Any, list[int]], None]:
    def handle(message: Any, fds: list[int]) -> None:
        for fd in fds:
            os.close(fd)
        handler(message)

    return handle
