"""Every message that crosses a process boundary of Berth, defined once.

Three conversations use them:

* *scene*: display <-> ui, on ``display.sock`` (role ``ui``);
* *instances*: engine <-> display, on ``display.sock`` (role ``engine``);
* *control*: anyone <-> engine, on ``engine.sock`` (roles ``control`` and ``shell``).
  The engine forwards the requests of `ShellRequest` to the connection of role ``shell``.

File descriptors travel beside a message, in the order its docstring names them.
Coordinates are logical pixels unless a field says buffer pixels; times are
milliseconds of the monotonic clock modulo 2**32.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from berth.core.inside import Inside
from berth.core.pointers import USUAL_SIZE

PROTOCOL_VERSION = 1

Rect = tuple[int, int, int, int]
"""x, y, width, height."""


class Message(msgspec.Struct, frozen=True, tag=True, array_like=True, gc=False):
    """Base of all messages; the class name is the tag on the wire."""


class Hello(Message, frozen=True):
    """First message of the connecting side."""

    role: Literal["ui", "engine", "shell", "control"]
    version: int = PROTOCOL_VERSION


class ProblemInfo(Message, frozen=True):
    """A `Problem` on the wire."""

    code: str
    message: str
    hint: str = ""


# --- scene: display -> ui


class SceneReset(Message, frozen=True):
    """Forget every surface and window: the whole scene follows, up to `SceneReady`."""


class SceneReady(Message, frozen=True):
    """The scene is complete; `focus` is the window with keyboard focus, 0 for none."""

    focus: int = 0


class SurfaceCreated(Message, frozen=True):
    surface: int
    instance: str


class SurfaceDestroyed(Message, frozen=True):
    surface: int


class SlotOpened(Message, frozen=True):
    """One of a surface's pixel buffers. Carries one fd: a memfd of `size` bytes, sealed against resizing."""

    surface: int
    slot: int
    size: int


class SlotClosed(Message, frozen=True):
    surface: int
    slot: int


class DmabufOpened(Message, frozen=True):
    """Graphics memory that an app wants shown from where it is; answered by `DmabufChecked`, later to a new ui as well.

    Carries an fd for each of its `planes`, which are offset and stride in bytes. `format` is of `core.pixels`,
    `modifier` of drm_fourcc.h. Nobody has checked that the descriptors are what they are said to be.
    """

    buffer: int
    width: int  # pixels
    height: int
    format: int
    modifier: int
    planes: tuple[tuple[int, int], ...]


class DmabufClosed(Message, frozen=True):
    """Nothing shows it any more, and nothing will."""

    buffer: int


class SlotImported(Message, frozen=True):
    """One of a surface's slots is a `DmabufOpened`: what is in it changes with every commit."""

    surface: int
    slot: int
    buffer: int


class PoolOpened(Message, frozen=True):
    """Memory of a client that lasts. Carries one fd: a file of at least `size` bytes, sealed against shrinking.

    Sent again when the client has made it larger.
    """

    pool: int
    size: int


class PoolClosed(Message, frozen=True):
    pool: int


NO_CONTENT = -1


class SurfaceState(Message, frozen=True):
    """The whole current state of one surface, as of one atomic commit.

    `slot` names the buffer to show, `NO_CONTENT` hides the surface. With a `pool` the buffer is there
    at `offset` instead; the client may be drawing into it again once it is no longer shown. The ui may
    read a buffer until the `FrameDone` that acknowledges a later commit showing another one.
    """

    surface: int
    slot: int = NO_CONTENT
    width: int = 0  # buffer pixels
    height: int = 0  # buffer pixels
    stride: int = 0  # bytes
    opaque: bool = False  # whatever alpha the pixels have means nothing
    damage: tuple[Rect, ...] = ()  # buffer pixels changed since the ui's last acknowledged content; empty = nothing
    logical_width: int = 0
    logical_height: int = 0
    source: tuple[float, float, float, float] | None = None  # crop, in buffer pixels; None = all
    transform: int = 0  # wl_output.transform
    input: tuple[Rect, ...] | None = None  # None = everywhere
    geometry: Rect | None = None  # xdg window geometry, surface coordinates; None = the surface
    configure: int = 0  # `Configure.serial` that the client had acknowledged with this commit
    children: tuple[tuple[int, int, int], ...] = ()  # (surface, x, y) bottom to top; the surface itself marks its level
    format: int = 0  # of `core.pixels`; alpha is premultiplied
    alpha: float = 1.0  # what the surface's own pixels are multiplied with besides
    content_type: int = 0  # wp_content_type_v1.type
    pool: int = 0
    offset: int = 0  # bytes


class Commit(Message, frozen=True):
    """States that become visible together. Numbered; acknowledged by `FrameDone`."""

    seq: int
    states: tuple[SurfaceState, ...]


class FrameWanted(Message, frozen=True):
    """A client waits for a frame callback without having changed anything."""

    seq: int


class WindowChanged(Message, frozen=True):
    """A toplevel appeared or changed; always complete."""

    window: int
    surface: int
    instance: str
    title: str = ""
    app_id: str = ""  # what the client claims: show, never trust
    parent: int = 0
    mapped: bool = False
    server_decorated: bool = False
    min_width: int = 0
    min_height: int = 0
    max_width: int = 0
    max_height: int = 0
    responding: bool = True  # false once the app has left a ping unanswered while it was being used
    modal: bool = False  # has to be answered before its parent
    tag: str = ""  # what the client says the window is for, in a word for machines
    description: str = ""  # the same for people, translated
    sandbox: str = ""  # app in a sandbox inside the instance, as that app's engine calls it


class WindowDestroyed(Message, frozen=True):
    window: int


WishedAction = Literal[
    "move",
    "resize",
    "maximize",
    "unmaximize",
    "fullscreen",
    "unfullscreen",
    "minimize",
    "menu",
    "activate",
    "attention",
    "bell",
    "unminimize",
]
"""What a client can want of the desktop for a window."""


class WindowRequest(Message, frozen=True):
    """What a client asks for its window, serial already checked, or one with the permission for it for any window.

    `edges` is xdg_toplevel.resize_edge.
    ``activate``: the focus, to which the app is entitled; ``attention``: it is not; ``bell``: it wants to be noticed.
    """

    window: int
    action: WishedAction
    edges: int = 0
    x: int = 0
    y: int = 0
    output: str = ""  # where the client wants to be full screen; "" = where it is


class WindowIcon(Message, frozen=True):
    """The window's own picture, in place of its app's: a square of premultiplied argb8888, rows without padding.

    Carries one fd, a memfd that nobody can write or resize, unless `side` is 0: then there is none any more.
    """

    window: int
    side: int


class PopupChanged(Message, frozen=True):
    """A popup appeared or moved. x, y: its window geometry relative to the parent's window geometry."""

    popup: int
    surface: int
    parent: int  # surface
    x: int
    y: int
    width: int
    height: int
    grab: bool = False
    mapped: bool = False


class PopupDestroyed(Message, frozen=True):
    popup: int


class LayerChanged(Message, frozen=True):
    """A part of the desktop that an app made (zwlr_layer_surface) appeared or changed; always complete.

    `level` and the rest are what `berth.core.layers.Rules` explains. The ui answers with `LayerPlaced`.
    """

    layer: int
    surface: int
    instance: str
    output: str  # "" = the ui's choice
    level: Literal["background", "bottom", "top", "overlay"]
    anchor: int
    width: int
    height: int
    zone: int
    edge: int
    margin: tuple[int, int, int, int]
    keyboard: Literal["none", "exclusive", "on_demand"]
    mapped: bool


class LayerDestroyed(Message, frozen=True):
    layer: int


class CaptureWanted(Message, frozen=True):
    """An app that may see the screen waits for a picture of an output or (`window` != 0) of a window.

    The answer is `CaptureDone`: at once if `fresh`, else when something may have changed since the last one.
    A later wish with the same number replaces the earlier one.
    """

    capture: int
    instance: str
    output: str
    window: int
    width: int  # pixels
    height: int
    cursor: bool  # paint it
    fresh: bool
    alone: bool = False  # of the cursor and nothing else; the size is that of what it is over
    transform: int = 0  # how the picture, upright in that size, has to be turned (wl_output.transform)


class CursorFollowed(Message, frozen=True):
    """An app that may see the screen wants to know where over an output or window the cursor is; until `CaptureClosed`.

    The answer is `CursorAt`, now and with every change. The other fields are those of `CaptureWanted`.
    """

    capture: int
    instance: str
    output: str
    window: int
    width: int  # pixels
    height: int
    transform: int = 0


class CaptureClosed(Message, frozen=True):
    """The app takes no more pictures in this stream."""

    capture: int


class Cursor(Message, frozen=True):
    """The cursor of the client under the pointer: `shape` is a cursor-shape-v1 (CSS) name,
    ``none`` to hide, or ``surface``."""

    shape: str
    surface: int = 0
    hotspot_x: int = 0
    hotspot_y: int = 0


class PointerConstraint(Message, frozen=True):
    """What holds the pointer: a lock keeps it where it is, a confinement inside `region` of the surface
    (None = all of it) and the surface's input region. While `kind` is empty it is free, and `hint` is
    the place on `surface` where the client would like it to appear."""

    surface: int
    kind: Literal["", "lock", "confine"] = ""
    region: tuple[Rect, ...] | None = None
    hint: tuple[float, float] | None = None


class PointerWarp(Message, frozen=True):
    """A client puts the pointer, which is over one of its surfaces, at x, y of `surface`."""

    surface: int
    x: float
    y: float


NO_TOUCH = -1


class DragChanged(Message, frozen=True):
    """A client drags something; always complete. Until `DragEnded` the pointer, or the finger `touch`, is
    reported over the surface it is over, whichever it came down on.

    The surface `icon` is drawn at its place relative to the pointer. `window` goes with the pointer, which is at
    window_x, window_y of its geometry, and is never what the pointer is over.

    `action` is what a drop now would do, "own" while that is the business of who drags alone, and `target` the surface
    that would take it, 0 for none and for the desktop itself. A drag that is
    `nested` is of a program of a display server that is a client itself: keys are for that program as
    well, and what the pointer looks like over its server's window, too."""

    touch: int = NO_TOUCH
    icon: int = 0
    icon_x: int = 0
    icon_y: int = 0
    action: Literal["none", "copy", "move", "ask", "own"] = "none"
    window: int = 0
    window_x: int = 0
    window_y: int = 0
    nested: bool = False
    target: int = 0


class DragEnded(Message, frozen=True):
    """`surface` took what was dropped; 0 after a cancelled drag, and where the desktop itself took it."""

    surface: int = 0


class ThemeDropped(Message, frozen=True):
    """The user has dropped a packed theme on the desktop: it lies as `name` in the transfer's directory."""

    transfer: str
    name: bytes


class ShortcutsInhibited(Message, frozen=True):
    """The focused `surface` gets the keys that the shell would take; 0 = the shell takes them."""

    surface: int


class VirtualPointer(Message, frozen=True):
    """What a client does with a pointer of its own, in the order of the fields; only apps get to feel it.

    place: where it goes in the space of all outputs before it moves by dx, dy; None = where it is.
    buttons: codes of linux/input-event-codes.h, pressed or released.
    axis: where it scrolls; `PointerAxis.time` is when.
    """

    dx: float = 0.0
    dy: float = 0.0
    place: tuple[float, float] | None = None
    buttons: tuple[tuple[int, bool], ...] = ()
    axis: PointerAxis | None = None


class LockState(Message, frozen=True):
    """Whether the session is locked, and how far unlocking it is; always complete.

    With `asks` it waits for the `UnlockAnswer` to `question`, else that begins to unlock unless it is `busy`, or
    `wait` ms have not passed since then.
    """

    locked: bool
    asks: Literal["", "secret", "visible"] = ""
    question: str = ""
    notes: tuple[tuple[Literal["info", "error"], str], ...] = ()  # what the system has said besides
    busy: bool = False
    outcome: Literal["", "wrong", "unavailable", "failed"] = ""  # of the last attempt
    wait: int = 0
    caps: bool = False  # Caps Lock is on
    group: int = 0  # which layout of the keyboard counts, from 0
    probing: bool = False  # whether it can be unlocked at all is being found out
    problem: ProblemInfo | None = None  # why it was opened again; said once
    started: bool = False  # of a login screen: the user's session begins when this one has ended
    number: int = 0  # which time of being locked this is


PowerAction = Literal["suspend", "restart", "power-off"]


class PowerState(Message, frozen=True):
    """What the user may have the machine do, as far as logind allows it without asking anybody; or, said once, why it
    did not do what was asked for."""

    can: tuple[PowerAction, ...] = ()
    problem: ProblemInfo | None = None


# --- scene: ui -> display


class LookAtPower(Message, frozen=True):
    """What can the machine do now? Answered by a `PowerState`."""


class ChangePower(Message, frozen=True):
    """The user wants the machine to sleep, to start anew or to be off."""

    action: PowerAction


class LockSession(Message, frozen=True):
    """Lock the session; also from the command line and, of logind, from the engine."""


class UnlockAnswer(Message, frozen=True):
    """What the user has typed to unlock the session. Nothing shows it.

    At a login screen the first one of an attempt also says which account and which of the offered sessions is meant.
    """

    text: str
    user: str = ""
    session: str = ""

    def __repr__(self) -> str:
        return "UnlockAnswer(…)"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return []


class CancelUnlock(Message, frozen=True):
    """The user gives up the attempt that is under way."""


class LockShown(Message, frozen=True):
    """Every output that can be seen shows the lock of that number, and nothing else."""

    number: int


class LockAfter(Message, frozen=True):
    """Lock the session by itself after a time without input, which inhibitors of idleness hold up; 0 = never."""

    seconds: int


class OutputState(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """How the user has an output: `scale` 0 = as the host has it, `transform` as in wl_output; `place` with the size
    that it had when it was put there, None = as it would be."""

    scale: float
    transform: int
    place: Rect | None
    primary: bool


class OutputChanged(Message, frozen=True):
    """An output appeared or changed; always complete. Its `name` is what it is known by, also to the next ui:
    the display server sends those it knows back when a new ui connects. All outputs share one space."""

    width: int  # as it is looked at, so already turned
    height: int
    scale: float = 1.0
    refresh: int = 60_000  # mHz
    usable: Rect = (0, 0, 0, 0)  # in the shared space, without panels; popups and maximised windows keep inside
    name: str = "BERTH-1"
    x: int = 0
    y: int = 0
    transform: int = 0  # wl_output.transform
    make: str = "Berth"
    model: str = "desktop"
    description: str = "Berth desktop"
    primary: bool = True  # exactly one of them is; the last to say so
    millimetres: tuple[int, int] = (0, 0)  # not turned; 0 = unknown
    turned: int = 0  # what of `transform` is the user's wish and the ui's work
    before: OutputState | None = None  # what it goes back to unless the user says that it is good as it is now


class OutputRemoved(Message, frozen=True):
    """An output is gone. The last one stays, whatever is said about it."""

    name: str


class Configure(Message, frozen=True):
    """Size (0 = the client's choice) and states a window shall take.

    `states`: maximized, fullscreen, resizing, activated, suspended, tiled_left ... (xdg_toplevel.state names).
    `place`: where the corner of the geometry will be once the client has drawn that; None = where it is.
    """

    window: int
    serial: int
    width: int
    height: int
    states: tuple[str, ...]
    output: str = ""  # the output that the window is on, or will be
    place: tuple[int, int] | None = None


Capability = Literal["window_menu", "maximize", "fullscreen", "minimize"]
"""Names of xdg_toplevel.wm_capabilities."""


class WindowPolicy(Message, frozen=True):
    """What holds for windows in general.

    A new one is told size and states at once, before the ui knows it, so that no client has to wait for
    the ui; those with a parent or a fixed size choose their own.
    """

    width: int = 0
    height: int = 0
    states: tuple[str, ...] = ()
    capabilities: tuple[Capability, ...] = ("window_menu", "maximize", "fullscreen", "minimize")


class Placement(Message, frozen=True):
    """Where the ui put a window's geometry rectangle; kept by the display server and
    sent back, newest first known, when a new ui connects."""

    window: int
    x: int
    y: int
    width: int
    height: int
    z: int
    state: Literal["normal", "maximized", "fullscreen", "tiled_left", "tiled_right"] = "normal"
    minimized: bool = False
    restore: Rect = (0, 0, 0, 0)
    output: str = ""  # the one it counts as being on
    home: str = ""  # an output that was unplugged: when it comes back, the window goes there, ...
    home_rect: Rect = (0, 0, 0, 0)  # ... to this place while it is loose, counted from the output's corner


class CloseWindow(Message, frozen=True):
    """Ask a window to close; with `force` its app, if it has not answered for long, is disconnected instead."""

    window: int
    force: bool = False


class DismissPopup(Message, frozen=True):
    popup: int


class LayerPlaced(Message, frozen=True):
    """Where a part of the desktop is, in the space of all outputs, and the size it shall have."""

    layer: int
    x: int
    y: int
    width: int
    height: int


class CaptureDone(Message, frozen=True):
    """A picture, rows from top to bottom, pixels as argb8888 (premultiplied). Carries one fd: a memfd sealed
    against writing and shrinking. `time` is nanoseconds of the monotonic clock."""

    capture: int
    width: int
    height: int
    stride: int  # bytes
    time: int
    transform: int = 0  # how it was turned


class CursorAt(Message, frozen=True):
    """Where the cursor is over what an app pictures, and what pictures of the cursor by itself are like; all in
    pixels of those pictures. While it is elsewhere, or hidden, it has no size."""

    capture: int
    x: int = 0  # of the hot spot
    y: int = 0
    hotspot_x: int = 0  # from the corner of the cursor's picture
    hotspot_y: int = 0
    width: int = 0
    height: int = 0


class DmabufFormats(Message, frozen=True):
    """What graphics memory this ui can show: pairs of a format of `core.pixels` and a modifier of drm_fourcc.h.

    None at all if it can show none. `device` is the dev_t of the DRM node that imports it.
    """

    device: int = 0
    pairs: tuple[tuple[int, int], ...] = ()


class DmabufChecked(Message, frozen=True):
    """Whether a `DmabufOpened` can be shown."""

    buffer: int
    usable: bool


class FrameDone(Message, frozen=True):
    """A frame showing everything up to commit `seq` was drawn at `time`.

    `nanoseconds` is the same moment of the monotonic clock, 0 if nothing of it can be seen. The next
    frame can be drawn after `refresh` ns.
    """

    seq: int
    time: int
    nanoseconds: int = 0
    refresh: int = 0


class PointerMotion(Message, frozen=True):
    """Pointer at x, y of `surface`; 0 = over none. Enter and leave follow from the surface.

    dx, dy: how far the hand moved, which is not what the position changed by at the edge of the
    screen or while the pointer is locked. `warp`: no hand moved the pointer, but the surface or the
    pointer itself was put elsewhere.
    """

    surface: int
    x: float
    y: float
    time: int
    dx: float = 0.0
    dy: float = 0.0
    warp: bool = False


class PointerButton(Message, frozen=True):
    button: int  # linux/input-event-codes.h
    pressed: bool
    time: int


class PointerAxis(Message, frozen=True):
    """Scroll. dx, dy: logical pixels; steps120: 1/120 wheel steps, 0 for a touch pad."""

    dx: float
    dy: float
    steps120_x: int
    steps120_y: int
    source: Literal["wheel", "finger", "continuous", "wheel_tilt"]
    time: int
    stop: bool = False
    inverted: bool = False  # the fingers moved the other way than the content (natural scrolling)


class InputFreed(Message, frozen=True):
    """The user takes back what the focused app holds: the pointer and the shell's shortcuts.

    `shortcuts` false gives the shortcuts to the app again."""

    shortcuts: bool = True


class CancelDrag(Message, frozen=True):
    """The user gives up the drag."""


class UserActive(Message, frozen=True):
    """The user has done something, perhaps with the shell alone; told once in a while."""


class KeyboardFocus(Message, frozen=True):
    surface: int  # 0 = none


class Key(Message, frozen=True):
    code: int  # linux/input-event-codes.h (evdev, not xkb)
    pressed: bool
    time: int


class Gesture(Message, frozen=True):
    """Fingers on a touch pad. dx, dy: logical pixels since the last message of the gesture; `scale`: compared to
    its begin; `rotation`: degrees clockwise since the last message."""

    kind: Literal["swipe", "pinch", "hold"]
    phase: Literal["begin", "update", "end"]
    time: int
    fingers: int = 0
    dx: float = 0.0
    dy: float = 0.0
    scale: float = 1.0
    rotation: float = 0.0
    cancelled: bool = False


class PenDevice(Message, frozen=True):
    """A pen (of a tablet) that was used for the first time."""

    device: int
    name: str
    tool: Literal["pen", "eraser", "brush", "airbrush", "mouse", "lens"] = "pen"
    serial: int = 0  # 0 = unknown
    capabilities: tuple[Literal["pressure", "tilt", "rotation", "slider"], ...] = ()


class Pen(Message, frozen=True):
    """A pen is at x, y of `surface` (0 = away); always complete."""

    device: int
    surface: int
    x: float = 0.0
    y: float = 0.0
    time: int = 0
    down: bool = False
    buttons: tuple[int, ...] = ()  # held, linux/input-event-codes.h
    pressure: float = 0.0  # 0..1
    tilt_x: float = 0.0  # degrees
    tilt_y: float = 0.0  # degrees
    rotation: float = 0.0  # degrees clockwise
    slider: float = 0.0  # -1..1


class KeyboardLocks(Message, frozen=True):
    """Caps Lock and Num Lock of the host, which may have changed while it had the keyboard elsewhere."""

    caps: bool
    num: bool


class TextField(Message, frozen=True):
    """The text field of an app that has the keyboard, as zwp_text_input_v3 has it; surface 0 = none.

    `cursor` is on the surface, None if the app does not tell; `asked` counts how often a field was enabled or asked to
    be typed in; `wanted` is false if the app would rather have the room than an on-screen keyboard.
    """

    surface: int = 0
    hint: int = 0
    purpose: int = 0
    cursor: Rect | None = None
    asked: int = 0
    wanted: bool = True


class KeyboardGroup(Message, frozen=True):
    """Which of the session's keyboard layouts counts from now on; both sides may change it."""

    group: int


class EnterText(Message, frozen=True):
    """Text for the focused app that no key of the layout makes."""

    text: str


class ScreenKeyboardState(Message, frozen=True):
    """How the on-screen keyboard is: kept by display for the next ui. `asked` as in the last `TextField`."""

    shown: bool = False
    by_hand: bool = False
    used: Literal["", "touch", "pointer", "keys"] = ""
    asked: int = 0


class LockChanged(Message, frozen=True):
    """A key of the user's has changed what other keys do."""

    lock: Literal["caps", "num", "layout"]
    on: bool = True
    layout: str = ""  # the name of the one that counts now


class Touch(Message, frozen=True):
    """A finger. major, minor: axes of the ellipse that touches, logical pixels, 0 = unknown; `orientation`:
    degrees clockwise from the surface's y axis to the major axis."""

    kind: Literal["down", "motion", "up", "cancel", "frame"]
    touch: int = 0
    surface: int = 0
    x: float = 0.0
    y: float = 0.0
    time: int = 0
    major: float = 0.0
    minor: float = 0.0
    orientation: float = 0.0


class KeyboardLayout(Message, frozen=True):
    layout: str
    variant: str = ""
    options: str = ""
    repeat_rate: int = 25  # keys per second, 0 = off
    repeat_delay: int = 600  # ms


# --- instances: engine -> display


class ListenInstance(Message, frozen=True):
    """Accept an instance's apps. Carries listening unix sockets made by the engine: for Wayland, and perhaps one for
    the app's own message bus."""

    instance: str
    app: str
    hidden: tuple[str, ...] = ()  # interface names of globals this instance may not see
    granted: tuple[str, ...] = ()  # permissions: privileged globals appear only with theirs
    nested: bool = False  # a display server itself: its outputs follow its window


class FilterGlobals(Message, frozen=True):
    """What an instance may see from now on."""

    instance: str
    hidden: tuple[str, ...]
    granted: tuple[str, ...] = ()


class ForgetInstance(Message, frozen=True):
    """Disconnect an instance's clients and stop listening."""

    instance: str


class FilesReady(Message, frozen=True):
    """What `FilesWanted` asked for is where the target sees it, but for the files at the indices `missing`."""

    transfer: str
    missing: tuple[int, ...] = ()


# --- instances: display -> engine


class FilesWanted(Message, frozen=True):
    """The user has dropped or pasted files of one app (`source`) into another (`target`): copy them there.

    The answer is `FilesReady`; a display server whose engine is new asks again.
    """

    transfer: str  # names the directory of the target that they come into
    source: str
    target: str  # "" = the desktop itself
    files: tuple[tuple[bytes, bytes], ...]  # absolute path as the source sees it, and the name at the target


class FilesRefused(Message, frozen=True):
    """Files were dropped or pasted, but which ones cannot be told."""

    source: str
    target: str
    reason: str


class KnownInstances(Message, frozen=True):
    """Sent at once to a connecting engine."""

    instances: tuple[str, ...]


class InstanceMapped(Message, frozen=True):
    """A window of the instance is mapped (``windows`` of them now)."""

    instance: str
    windows: int


class InstanceConnections(Message, frozen=True):
    """Number of Wayland clients of an instance changed."""

    instance: str
    clients: int


class InstanceCloseWanted(Message, frozen=True):
    """The user closed the window of a nested display server: what runs inside it shall be asked to close."""

    instance: str


class InstanceCloseAsked(Message, frozen=True):
    """The user closed a window of an app, which was told so and may ask back."""

    instance: str


class InstanceEndWanted(Message, frozen=True):
    """The user has ended the only client of an app, which hangs: the app shall be ended, too."""

    instance: str


class InstanceMisbehaved(Message, frozen=True):
    """A client was disconnected for breaking the protocol or its budget."""

    instance: str
    reason: str


class InstanceUses(Message, frozen=True):
    """What an instance uses now of the permissions that the display server gives, see `berth.core.permissions.USES`."""

    instance: str
    uses: tuple[str, ...] = ()


# --- control: values


class PermissionInfo(Message, frozen=True):
    permission: str  # "network", "screen-capture", ...
    reason: str  # the manifest's words
    required: bool
    decision: Literal["ask", "allow", "deny"]
    duration: Literal["", "once", "session", "always"] = ""


class Signature(Message, frozen=True):
    """What is known of who has signed an image: nothing ("", it came without a registry), that nobody has, that
    somebody has whose key the user does not trust, or by which trusted key (its name, and SHA-256 in hexadecimal)."""

    state: Literal["", "unsigned", "untrusted", "signed"] = ""
    signer: str = ""
    fingerprint: str = ""


class AppPicture(Message, frozen=True):
    """A sound picture that an app's manifest brings: PNG, JPEG or WebP; the size is in pixels."""

    path: str  # absolute
    caption: str
    width: int
    height: int


class AppInfo(Message, frozen=True):
    app: str  # manifest id
    name: str
    summary: str
    version: str
    icon: str  # absolute path of an image, "" for none
    categories: tuple[str, ...]
    permissions: tuple[PermissionInfo, ...]
    image: str  # digest, "" while there is none
    image_state: Literal["missing", "building", "ready"]
    source: str  # path of the manifest
    runtime: str = "bubblewrap"  # it would be started with now
    publisher: str = ""  # who makes the program; like all that follows but the size, the manifest's claim
    licence: str = ""  # SPDX expression
    homepage: str = ""
    keywords: tuple[str, ...] = ()
    screenshots: tuple[str, ...] = ()  # https addresses
    size: int = 0  # bytes it adds to what apps share; without an image about, 0 = not known
    profiles: tuple[str, ...] = ()  # other ways to run it, by name
    signature: Signature = Signature()  # of its image, as it was found when that was fetched
    pictures: tuple[AppPicture, ...] = ()


class InstanceInfo(Message, frozen=True):
    instance: str
    app: str
    name: str
    state: Literal["asking", "preparing", "starting", "running", "stopping"]
    pid: int = 0  # supervisor
    started: float = 0.0  # unix time
    windows: int = 0
    runtime: str = ""
    network: bool = False
    limits: str = ""  # what enforces them: "cgroup v1", "cgroup v2", "rlimits"
    profile: str = ""
    outdated: bool = False  # it was started with other settings than its app has now
    version: str = ""  # of the image that it runs from, "" while or if that is not known
    uses: tuple[str, ...] = ()  # what it uses now of what it may, see `berth.core.permissions.USES`


class ImageInfo(Message, frozen=True):
    image: str  # reference, e.g. org.codeberg.dnkl.foot:1.13
    digest: str
    size: int  # bytes, all layers
    shared: int  # bytes in layers other images use as well
    created: float
    packages: int = 0


class VersionInfo(Message, frozen=True):
    """One of the images of an app."""

    image: str  # reference
    version: str  # of the app's package
    digest: str
    created: float  # when it came here, unix time
    size: int  # bytes, all layers
    own: int  # bytes in layers that nothing else uses: what removing it would free
    current: bool = False
    pinned: bool = False
    running: tuple[str, ...] = ()  # instances of this session
    profile: str = ""  # that it has data of its own in, "" if there is none
    data: int = 0  # bytes of that


class PackageChange(Message, frozen=True):
    package: str
    old: str  # version, "" = was not there
    new: str


class ConfigurationChange(Message, frozen=True):
    """What an image says otherwise than another about how its program runs: ``command``, ``user``, ``directory``,
    ``ports``, ``volumes``, or the name of a variable after ``environment.``; "" = nothing."""

    what: str
    old: str
    new: str


class LayerInfo(Message, frozen=True):
    digest: str  # of the unpacked layer
    base: str  # name of the base whose last layer it is, "" if it is the image's own
    size: int  # bytes, unpacked
    compressed: int  # bytes, as it was built or fetched
    files: int  # files and links that it brought
    packages: tuple[str, ...]  # Debian packages that it brought, "NAME VERSION"


class KeyInfo(Message, frozen=True):
    """A key whose signatures the user trusts, for the images that `pattern` says."""

    name: str
    pattern: str  # "*", the name of an image, or "PLACE/*"
    required: bool  # no image of the pattern comes without its signature
    kind: str  # like "ECDSA P-256"
    fingerprint: str  # SHA-256, in hexadecimal


class FileInfo(Message, frozen=True):
    path: str  # from the root of the image
    size: int
    layer: int = 0  # that brought or removed it, from 1
    change: Literal["added", "changed", "removed"] = "added"  # against the layers below


class PromptInfo(Message, frozen=True):
    prompt: str
    app: str
    name: str
    icon: str
    instance: str
    permission: str
    reason: str
    publisher: str
    image: str
    opened: float


class WindowInfo(Message, frozen=True):
    window: int
    instance: str
    app: str
    title: str
    app_id: str
    x: int  # geometry rectangle, screen coordinates, without our title bar
    y: int
    width: int
    height: int
    z: int  # 0 = lowest
    state: str
    minimized: bool
    focused: bool
    frame: Rect = (0, 0, 0, 0)  # with title bar and borders
    output: str = ""


Rgb = Annotated[str, msgspec.Meta(pattern=r"\A#[0-9a-f]{6}\Z")]
"""A colour like ``#3659dd``: it goes into configuration files of apps, so nothing else gets through."""
IconTheme = Annotated[str, msgspec.Meta(pattern=r"\A([A-Za-z0-9][A-Za-z0-9._+-]{0,63})?\Z")]
IconPath = Annotated[
    str, msgspec.Meta(pattern=r"\A([A-Za-z0-9][A-Za-z0-9@._+-]{0,63}/){0,2}[A-Za-z0-9][A-Za-z0-9._+-]{0,63}\Z")
]
IconData = Annotated[bytes, msgspec.Meta(max_length=128 << 10)]
"""Of icon themes for apps: their names, paths of their files, and what is in these."""
PointerName = Annotated[str, msgspec.Meta(pattern=r"\A[a-z]{1,16}(-[a-z]{1,16})?\Z")]
"""A name of CSS."""
PointerSide = Annotated[int, msgspec.Meta(ge=1, le=256)]
PointerSpot = Annotated[int, msgspec.Meta(ge=0, lt=256)]


class AppPalette(Message, frozen=True):
    """The desktop's colours as apps are told them; all are opaque.

    `window` is the ground of windows and dialogs, `view` that of text and lists, `header` of bars at their top;
    `on_accent` is for words on `accent`. The sixteen of `terminal` are black, red, green, yellow, blue, magenta,
    cyan, white, and the same brighter.
    """

    scheme: Literal["light", "dark"]
    high_contrast: bool
    window: Rgb
    window_text: Rgb
    view: Rgb
    view_text: Rgb
    header: Rgb
    header_text: Rgb
    raised: Rgb  # menus, popovers, buttons
    muted: Rgb  # words of less weight
    border: Rgb
    accent: Rgb
    on_accent: Rgb
    link: Rgb
    error: Rgb
    warning: Rgb
    success: Rgb
    terminal: Annotated[tuple[Rgb, ...], msgspec.Meta(min_length=16, max_length=16)]
    reduced_motion: bool = False
    icons: IconTheme = ""  # "" = the image's own
    pointers: IconTheme = ""  # as `icons`
    pointer_size: Annotated[int, msgspec.Meta(ge=8, le=128)] = USUAL_SIZE  # in logical pixels


class StyleWritten(Message, frozen=True):
    """Engine to display: the files of all apps have these colours now; apps that listen are told."""

    palette: AppPalette


# --- control: requests to the engine


class ListApps(Message, frozen=True):
    pass


class RunApp(Message, frozen=True):
    app: str
    arguments: tuple[str, ...] = ()
    wait: Literal["", "window"] = ""
    profile: str = ""
    version: str = ""  # instead of the current one: a version, reference or digest, also the beginning of one
    share_data: bool = False  # another version uses what the current one has stored


class ListInstances(Message, frozen=True):
    pass


class StopInstance(Message, frozen=True):
    instance: str
    force: bool = False


class GetLogs(Message, frozen=True):
    instance: str


class ExecInInstance(Message, frozen=True):
    """Run a command inside an instance. Carries three fds: its stdin, stdout, stderr."""

    instance: str
    command: tuple[str, ...]


class LookInside(Message, frozen=True):
    """-> InstanceInside"""

    instance: str


class OpenShell(Message, frozen=True):
    """A window with a shell of the instance's image, as confined as the app. -> Done, once the terminal runs."""

    instance: str


class ListImages(Message, frozen=True):
    pass


class InspectImage(Message, frozen=True):
    image: str  # NAME:VERSION, a digest, or a name for its newest
    layer: int = 0  # list the files of this layer, from 1; of all layers if it is negative
    search: str = ""  # only those that have this in their path, in capital letters or not


class GetSbom(Message, frozen=True):
    image: str


class BuildImage(Message, frozen=True):
    app: str


class ImportImage(Message, frozen=True):
    path: str


class TakeImages(Message, frozen=True):
    """Import all images on a drive, as offered by an `ImageProgress` whose `again` is the drive's path."""

    drive: str


class LookAtImage(Message, frozen=True):
    """What an image of a registry would become; `here`: what was fetched before will do."""

    reference: str
    here: bool = False


class PullImage(Message, frozen=True):
    reference: str


class CancelImage(Message, frozen=True):
    """Give up making, fetching or importing an image, whoever asked for it; or forget that it could be gone on with."""

    subject: str  # `ImageProgress.app`


class ListKeys(Message, frozen=True):
    """-> Keys"""


class AddKey(Message, frozen=True):
    """-> Keys. `pem` is the public key itself."""

    name: str
    pem: str
    pattern: str = "*"
    required: bool = False


class ChangeKey(Message, frozen=True):
    """-> Keys"""

    name: str
    action: Literal["remove", "require", "show"]


class ListVersions(Message, frozen=True):
    """-> Versions"""

    app: str


class ChangeVersion(Message, frozen=True):
    """-> Versions. `version` as in `RunApp`; to use "" is to go back to the one before. Who removes one removes its
    own data `with_data`."""

    app: str
    action: Literal["use", "pin", "unpin", "remove"]
    version: str = ""
    with_data: bool = False


class UpdateApp(Message, frozen=True):
    """-> Update. With `check` nothing is changed. `reference` is what a check has shown, of a registry."""

    app: str
    check: bool = False
    reference: str = ""


class ListPrompts(Message, frozen=True):
    pass


class AnswerPrompt(Message, frozen=True):
    prompt: str
    allow: bool
    duration: Literal["once", "session", "always"] = "once"


class GetPermissions(Message, frozen=True):
    app: str


class SetPermission(Message, frozen=True):
    app: str
    permission: str
    decision: Literal["ask", "allow", "deny"]


class GetRuntimes(Message, frozen=True):
    """-> Runtimes; of an app, or with "" of all."""

    app: str = ""


class SetRuntime(Message, frozen=True):
    """Choose for an app, or with "" for all; an empty `runtime` takes the choice back."""

    app: str
    runtime: str


class SetAppPalette(Message, frozen=True):
    """What apps shall look like from now on, those that run included; from the shell, which knows the theme."""

    palette: AppPalette


class SetAppIcons(Message, frozen=True):
    """Files of an icon theme that apps find by its name when a palette names it; told before that."""

    name: IconTheme
    files: Annotated[dict[IconPath, IconData], msgspec.Meta(max_length=256)]


class PointerPicture(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """`x` and `y` are what points, in it; `pixels` are rows from the top, four bytes a pixel: premultiplied blue,
    green, red, alpha."""

    width: PointerSide
    height: PointerSide
    x: PointerSpot
    y: PointerSpot
    pixels: Annotated[bytes, msgspec.Meta(max_length=256 << 10)]


class SetAppPointers(Message, frozen=True):
    """As `SetAppIcons`, pictures of the pointer, each in several sizes."""

    name: IconTheme
    pictures: Annotated[
        dict[PointerName, Annotated[tuple[PointerPicture, ...], msgspec.Meta(min_length=1, max_length=4)]],
        msgspec.Meta(max_length=64),
    ]


class ChangeVolume(Message, frozen=True):
    """How loud the host plays, or records; without any change only asked for. Answered by `Level`."""

    what: Literal["volume", "microphone"] = "volume"
    by: int = 0  # per cent of full, up or down
    to: int = -1  # instead of `by`: per cent
    mute: Literal["", "on", "off", "toggle"] = ""


class ChangeBrightness(Message, frozen=True):
    """How bright the host's screen is; without any change only asked for. Answered by `Level`."""

    by: int = 0  # per cent of full, up or down
    to: int = -1  # instead of `by`: per cent


class PlaySound(Message, frozen=True):
    """A sound of the theme is to be heard; beside it the descriptor of its file."""

    name: str  # of freedesktop's sound naming


class ChangeSounds(Message, frozen=True):
    """Whether the theme's sounds are heard; None = only asked for. Answered by `SoundSetting`."""

    on: bool | None = None


class Runtimes(Message, frozen=True):
    chosen: str  # for what was asked about, "" = nothing
    effective: str
    known: tuple[str, ...]


class PlanRemoval(Message, frozen=True):
    """-> RemovalPlan: what `RemoveApp` would do now."""

    app: str
    keep_data: bool = False


class RemoveApp(Message, frozen=True):
    """-> RemovalPlan: what was removed. With `stop` what runs of the app is ended first, else it is refused."""

    app: str
    keep_data: bool = False
    stop: bool = False


class FindResidue(Message, frozen=True):
    """-> Residue."""

    app: str


class SettingInfo(Message, frozen=True):
    """One entry of how an app runs, as text. `key` is as in ``berth set``, e.g. ``limits.memory``."""

    key: str
    value: str
    default: str  # the manifest's
    changed: bool = False
    choices: tuple[str, ...] = ()  # the values there are, () = any text


class GetSettings(Message, frozen=True):
    """How an app runs, in one of its profiles ("" = the one that it has without being asked for). -> Settings"""

    app: str
    profile: str = ""


class ChangeSettings(Message, frozen=True):
    """Change how an app runs from its next start on: keys with their new values, None = as the manifest says.

    `reset`: take back everything before. `check`: only say whether it could be done. -> Settings as they are then
    """

    app: str
    profile: str = ""
    changes: tuple[tuple[str, str | None], ...] = ()
    reset: bool = False
    check: bool = False


class ChangeProfile(Message, frozen=True):
    """Make a profile named `to`, empty or like `profile`; rename or delete `profile`, with its own data."""

    app: str
    action: Literal["new", "duplicate", "rename", "delete"]
    profile: str = ""
    to: str = ""


class RestartInstance(Message, frozen=True):
    """End an instance and start its app again in the same profile. -> Started"""

    instance: str


class Settings(Message, frozen=True):
    app: str
    profile: str
    settings: tuple[SettingInfo, ...]
    permissions: tuple[PermissionInfo, ...] = ()  # with those for folders
    problem: ProblemInfo | None = None  # why the file with what is set cannot be used
    folders: tuple[str, ...] = ()  # of the user, for instance for music, that the app could be let see


class GetDesktopEntries(Message, frozen=True):
    """-> DesktopEntries."""


class OfferToDesktops(Message, frozen=True):
    """Whether the user's other desktops get an entry for each app that is here. -> DesktopEntries"""

    on: bool


class Subscribe(Message, frozen=True):
    """Send events from now on; the current apps, instances and prompts come first, as events."""


class PostNotice(Message, frozen=True):
    """Show a notice in the desktop; used by the supervisor."""

    severity: Literal["info", "warning", "error"]
    message: str
    hint: str = ""


# --- control: requests the engine forwards to the shell


class ListWindows(Message, frozen=True):
    pass


class GetPointer(Message, frozen=True):
    """Where the pointer is and what it looks like."""


class WindowAction(Message, frozen=True):
    window: int
    action: Literal["focus", "close", "minimize", "maximize", "restore", "fullscreen"]


class MoveWindow(Message, frozen=True):
    window: int
    x: int
    y: int


class SendWindow(Message, frozen=True):
    """Move a window to an output; it keeps its place and state there."""

    window: int
    output: str


class ListOutputs(Message, frozen=True):
    pass


class ChangeOutput(Message, frozen=True):
    """All of it or nothing."""

    output: str
    scale: float = -1.0  # pixels per logical pixel; 0 = as the host has it, negative = no change
    primary: bool = False  # true makes it the one with the panel
    transform: int = -1  # wl_output.transform of what it shows, besides what the host does; negative = no change
    default: bool = False  # true takes back first what the user has set of it, and where outputs lie, now and before
    position: tuple[int, int] | None = None  # of its corner in the shared space, as that is now
    side: Literal["left-of", "right-of", "above", "below"] | None = None  # of the output `beside`
    beside: str = ""


class PlugOutput(Message, frozen=True):
    """One more output, as a window of the host. Size in pixels, scale 0 = as the host has it."""

    width: int
    height: int
    scale: float = 0.0


class UnplugOutput(Message, frozen=True):
    output: str


class ResizeWindow(Message, frozen=True):
    window: int
    width: int
    height: int


class Screenshot(Message, frozen=True):
    window: int = 0  # 0 = no window but the screen
    output: str = ""  # "" = all of them


class InputKey(Message, frozen=True):
    """Press and release; `keys` like ``ctrl+shift+t``, names as in xkb keysyms."""

    keys: str


class InputType(Message, frozen=True):
    text: str


class InputClick(Message, frozen=True):
    x: int
    y: int
    button: Literal["left", "right", "middle"] = "left"
    count: int = 1


class InputMove(Message, frozen=True):
    x: int
    y: int


class InputButton(Message, frozen=True):
    """A button goes down, or up, where the pointer is."""

    pressed: bool
    button: Literal["left", "right", "middle"] = "left"


class InputDrag(Message, frozen=True):
    x1: int
    y1: int
    x2: int
    y2: int
    steps: int = 10


class InputScroll(Message, frozen=True):
    x: int
    y: int
    steps_x: int
    steps_y: int


class InputTouch(Message, frozen=True):
    """A finger goes down at the first point, along the others, and up at the last."""

    points: tuple[tuple[int, int], ...]


class OpenLauncher(Message, frozen=True):
    open: bool = True


class OpenCatalogue(Message, frozen=True):
    """The page of all apps, at `app` if that is not empty; or close it."""

    app: str = ""
    open: bool = True


class OpenInspector(Message, frozen=True):
    """Tell about an element of the theme, like ``panel button:hover``; empty lets the user point at one."""

    element: str = ""
    open: bool = True


class ChangeScreenKeyboard(Message, frozen=True):
    """Show or hide the on-screen keyboard, or say when it shall come by itself; "" only asks."""

    action: Literal["", "show", "hide", "toggle", "auto", "always", "never"] = ""


class ChangeDock(Message, frozen=True):
    """Change what is pinned to the dock; "" only asks."""

    action: Literal["", "pin", "unpin", "move"] = ""
    app: str = ""
    place: int = 0  # among those that are pinned, from 1; 0 = after the others. For `pin` and `move`


# --- control: results


class Done(Message, frozen=True):
    pass


class Apps(Message, frozen=True):
    apps: tuple[AppInfo, ...]
    problems: tuple[ProblemInfo, ...] = ()  # manifests that give no app, and why


class Started(Message, frozen=True):
    instance: str


class Instances(Message, frozen=True):
    instances: tuple[InstanceInfo, ...]


class Logs(Message, frozen=True):
    text: str


class Exited(Message, frozen=True):
    code: int


class InstanceInside(Message, frozen=True):
    inside: Inside


class Images(Message, frozen=True):
    images: tuple[ImageInfo, ...]


class Versions(Message, frozen=True):
    app: str
    versions: tuple[VersionInfo, ...]  # the newest first
    keeps_data: bool = True  # whether the app stores anything that outlives it
    freed: int = 0  # bytes that a removal has freed


class Update(Message, frozen=True):
    """What an update has changed or, if that was all that was asked, would change.

    `old` and `new` are references, equal or without `new` if there is nothing newer; `grown` are bytes, unknown
    before it is done. Permissions are those that the app asks for now and did not then, and the other way round.
    `held` tells that the old one is pinned and so stays the current one. Of an image of a registry `source` is the name
    of the newer one, with its digest, `fetch` the bytes that have to come, and `signature` that of the newer one; what
    packages it has is known once it is here.
    """

    app: str
    old: str
    new: str
    packages: tuple[PackageChange, ...]
    grown: int = 0
    more_permissions: tuple[str, ...] = ()
    fewer_permissions: tuple[str, ...] = ()
    held: bool = False
    configuration: tuple[ConfigurationChange, ...] = ()
    fetch: int = -1
    source: str = ""
    signature: Signature = Signature()


class ImageInside(Message, frozen=True):
    image: str
    digest: str
    created: float  # when it came here, unix time
    source: Literal["built", "imported", "fetched"]
    architecture: str
    configuration: str  # the image's own, as JSON
    layers: tuple[LayerInfo, ...]  # the lowest first
    files: tuple[FileInfo, ...] = ()  # of the layer that was asked for
    origin: str = ""  # where it was fetched, with the digest that it had there
    signature: Signature = Signature()  # as it was found then
    more_files: bool = False  # there are more than can be listed at once


class RegistryImage(Message, frozen=True):
    """An image as a registry has it now."""

    reference: str  # in full, with the digest
    app: str
    size: int  # bytes to fetch
    manifest: str = ""  # the app's, as far as the image's configuration tells
    own_manifest: bool = False  # the app has one that stays
    present: bool = False  # it is here already, and what the app starts with
    signature: Signature = Signature()
    changes: tuple[ConfigurationChange, ...] = ()  # from the image that the app starts with now
    user: str = ""  # whom its program expects to run as, "" if that makes no difference
    ports: tuple[str, ...] = ()  # that its program listens on, in its own network, like “6379/tcp”


class Pulled(Message, frozen=True):
    app: str
    name: str


class Keys(Message, frozen=True):
    keys: tuple[KeyInfo, ...]


class Sbom(Message, frozen=True):
    document: str  # CycloneDX 1.5, JSON


class Prompts(Message, frozen=True):
    prompts: tuple[PromptInfo, ...]


class Permissions(Message, frozen=True):
    permissions: tuple[PermissionInfo, ...]


class Belonging(Message, frozen=True):
    """Something that there is because of an app. `what` names it: a path, a reference, a permission.

    `why` tells why it stays: other apps use it (`used_by`), the user keeps it, it is part of the system, it
    belongs to another session (`used_by`).
    """

    kind: Literal[
        "image",
        "layer",
        "data",
        "permission",
        "runtime",
        "manifest",
        "script",
        "desktop-entry",
        "container",
        "instance",
        "record",
        "file",
        "work",
    ]
    what: str
    size: int = -1  # bytes, negative = counts for nothing
    why: Literal["", "shared", "kept", "system", "session"] = ""
    used_by: tuple[str, ...] = ()


class RemovalPlan(Message, frozen=True):
    app: str
    name: str
    goes: tuple[Belonging, ...]
    stays: tuple[Belonging, ...]
    running: tuple[str, ...] = ()  # instances, which are ended first
    offered: bool = False  # the catalogue still has it, without an image

    @property
    def freed(self) -> int:
        """Bytes."""
        return sum(max(thing.size, 0) for thing in self.goes)


class DesktopEntries(Message, frozen=True):
    on: bool
    directory: str


class Residue(Message, frozen=True):
    """Everything that was found of an app, and the places that were searched, as sentences."""

    found: tuple[Belonging, ...]
    searched: tuple[str, ...]


class Windows(Message, frozen=True):
    windows: tuple[WindowInfo, ...]


class OutputList(Message, frozen=True):
    """The primary one first."""

    outputs: tuple[OutputChanged, ...]


class PointerInfo(Message, frozen=True):
    """The pointer on screen. `cursor` is as in `Cursor.shape`, with the hot spot of an app's own; during a drag it says
    what a drop would do, unless the app that drags does. `target` is the window that would take it then, 0 for none."""

    x: int
    y: int
    cursor: str
    hotspot_x: int = 0
    hotspot_y: int = 0
    target: int = 0


class ScreenKey(Message, frozen=True):
    """A key of the on-screen keyboard: its name, what is written on it now, and where it is on screen."""

    name: str
    label: str
    rect: Rect


class ScreenKeyboardInfo(Message, frozen=True):
    """The on-screen keyboard. `keys` only while it is shown."""

    shown: bool
    mode: Literal["auto", "always", "never"]
    layout: str
    page: str
    keys: tuple[ScreenKey, ...]


class DockEntry(Message, frozen=True):
    app: str
    name: str
    pinned: bool
    there: bool  # in the catalogue, or with windows; one that is not is passed over
    windows: int


class DockInfo(Message, frozen=True):
    """What the dock holds in its order, and ``always``, ``auto-hide`` or ``never``."""

    shown: str
    apps: tuple[DockEntry, ...]


class Picture(Message, frozen=True):
    png: bytes


# --- control: events


class AppsChanged(Message, frozen=True):
    apps: tuple[AppInfo, ...]


class SettingsChanged(Message, frozen=True):
    """How an app runs has been changed, in any of its profiles, or ("") what runs those that have no choice."""

    app: str


class InstanceChanged(Message, frozen=True):
    info: InstanceInfo


class InstanceEnded(Message, frozen=True):
    instance: str
    app: str
    code: int  # exit code; 128 + n for signal n
    reason: str = ""  # one sentence when it was not a normal end


class PromptOpened(Message, frozen=True):
    info: PromptInfo


class PromptClosed(Message, frozen=True):
    prompt: str


class ImageProgress(Message, frozen=True):
    app: str  # or the reference or path of an image that is no app yet
    text: str
    fraction: float  # 0..1, negative = unknown
    seconds_left: float  # negative = unknown
    finished: bool = False
    again: str = ""  # app or reference: it ended without an image, and asking for this goes on with what has come
    # A path: images on a drive that is there, which nobody has asked for yet; they come in by `TakeImages`.


class Level(Message, frozen=True):
    """How loud or bright something of the host is; also a result."""

    kind: Literal["volume", "microphone", "brightness"]
    percent: int  # volume can be above 100
    muted: bool = False
    device: str = ""  # how the host calls it


class LevelChanged(Message, frozen=True):
    """Somebody has asked for another level, or for one that is the limit already."""

    level: Level


class SoundSetting(Message, frozen=True):
    """What the user wants of sounds; also a result."""

    on: bool = True


class Notice(Message, frozen=True):
    severity: Literal["info", "warning", "error"]
    message: str
    hint: str = ""
    instance: str = ""


# --- control: envelopes

EngineRequest = (
    ListApps
    | RunApp
    | ListInstances
    | StopInstance
    | GetLogs
    | ExecInInstance
    | LookInside
    | OpenShell
    | ListImages
    | InspectImage
    | GetSbom
    | BuildImage
    | ImportImage
    | TakeImages
    | LookAtImage
    | PullImage
    | CancelImage
    | ListKeys
    | AddKey
    | ChangeKey
    | ListVersions
    | ChangeVersion
    | UpdateApp
    | ListPrompts
    | AnswerPrompt
    | GetPermissions
    | SetPermission
    | GetRuntimes
    | SetRuntime
    | PlanRemoval
    | RemoveApp
    | FindResidue
    | GetDesktopEntries
    | OfferToDesktops
    | GetSettings
    | ChangeSettings
    | ChangeProfile
    | RestartInstance
    | SetAppPalette
    | SetAppIcons
    | SetAppPointers
    | ChangeVolume
    | ChangeBrightness
    | PlaySound
    | ChangeSounds
    | Subscribe
    | PostNotice
)
ShellRequest = (
    ListWindows
    | GetPointer
    | WindowAction
    | MoveWindow
    | ResizeWindow
    | SendWindow
    | ListOutputs
    | ChangeOutput
    | PlugOutput
    | UnplugOutput
    | Screenshot
    | InputKey
    | InputType
    | InputClick
    | InputMove
    | InputButton
    | InputDrag
    | InputScroll
    | InputTouch
    | OpenLauncher
    | OpenCatalogue
    | OpenInspector
    | ChangeScreenKeyboard
    | ChangeDock
    | LockSession
    | LockAfter
)
Result = (
    Done
    | Apps
    | Started
    | Instances
    | Logs
    | Exited
    | InstanceInside
    | Images
    | Versions
    | Update
    | ImageInside
    | RegistryImage
    | Pulled
    | Keys
    | Sbom
    | Prompts
    | Permissions
    | Runtimes
    | RemovalPlan
    | Residue
    | DesktopEntries
    | Settings
    | Windows
    | OutputList
    | PointerInfo
    | ScreenKeyboardInfo
    | DockInfo
    | Picture
    | Level
    | SoundSetting
)
Event = (
    AppsChanged
    | SettingsChanged
    | InstanceChanged
    | InstanceEnded
    | PromptOpened
    | PromptClosed
    | ImageProgress
    | LevelChanged
    | SoundSetting
    | Notice
)


class Call(Message, frozen=True):
    """A request with the caller's number for it; fds belong to the request."""

    call: int
    request: EngineRequest | ShellRequest


class Reply(Message, frozen=True):
    call: int
    result: Result


class Failure(Message, frozen=True):
    call: int
    problem: ProblemInfo


class Cancel(Message, frozen=True):
    """Give up a call that is still under way; a `Failure` with code ``cancelled`` follows."""

    call: int


SceneEvent = (
    SceneReset
    | SceneReady
    | SurfaceCreated
    | SurfaceDestroyed
    | SlotOpened
    | SlotClosed
    | DmabufOpened
    | DmabufClosed
    | SlotImported
    | PoolOpened
    | PoolClosed
    | Commit
    | FrameWanted
    | WindowChanged
    | WindowDestroyed
    | WindowRequest
    | WindowIcon
    | PopupChanged
    | PopupDestroyed
    | LayerChanged
    | LayerDestroyed
    | CaptureWanted
    | CursorFollowed
    | CaptureClosed
    | Cursor
    | PointerConstraint
    | PointerWarp
    | DragChanged
    | DragEnded
    | ThemeDropped
    | ShortcutsInhibited
    | VirtualPointer
    | Placement
    | OutputChanged
    | LockChanged
    | LockState
    | PowerState
    | TextField
    | KeyboardGroup
    | ScreenKeyboardState
)
SceneRequest = (
    OutputChanged
    | OutputRemoved
    | Configure
    | WindowPolicy
    | Placement
    | CloseWindow
    | DismissPopup
    | LayerPlaced
    | CaptureDone
    | CursorAt
    | DmabufFormats
    | DmabufChecked
    | FrameDone
    | PointerMotion
    | PointerButton
    | PointerAxis
    | InputFreed
    | UserActive
    | CancelDrag
    | KeyboardFocus
    | Key
    | Gesture
    | PenDevice
    | Pen
    | KeyboardLocks
    | KeyboardGroup
    | EnterText
    | ScreenKeyboardState
    | Touch
    | KeyboardLayout
    | LockSession
    | UnlockAnswer
    | CancelUnlock
    | LockShown
    | LockAfter
    | LookAtPower
    | ChangePower
)
InstanceRequest = ListenInstance | FilterGlobals | ForgetInstance | FilesReady | StyleWritten
InstanceEvent = (
    KnownInstances
    | InstanceMapped
    | InstanceConnections
    | InstanceCloseAsked
    | InstanceCloseWanted
    | InstanceEndWanted
    | InstanceMisbehaved
    | InstanceUses
    | FilesWanted
    | FilesRefused
)

AnyMessage = (
    Hello
    | ProblemInfo
    | SceneEvent
    | SceneRequest
    | InstanceRequest
    | InstanceEvent
    | Event
    | Call
    | Reply
    | Failure
    | Cancel
)
