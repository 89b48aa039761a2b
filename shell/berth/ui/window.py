"""One window as the shell keeps it: where it is, what its client was asked for, what it made of that."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from berth.core.layout import NO_EDGES, NO_LIMITS, Edges, Limits
from berth.core.messages import Placement, Rect, WindowChanged
from berth.core.outputs import Berth

WindowState = Literal["normal", "maximized", "fullscreen", "tiled_left", "tiled_right"]

_LONGEST = 500
"""Letters of a title or any other text of an app."""

_CONSTRAINED = ("constrained_left", "constrained_right", "constrained_top", "constrained_bottom")
"""No edge can be dragged unless the window is loose."""
CLIENT_STATES: dict[WindowState, tuple[str, ...]] = {
    "normal": (),
    "maximized": ("maximized", *_CONSTRAINED),
    "fullscreen": ("fullscreen", *_CONSTRAINED),
    "tiled_left": ("tiled_left", "tiled_top", "tiled_bottom", *_CONSTRAINED),
    "tiled_right": ("tiled_right", "tiled_top", "tiled_bottom", *_CONSTRAINED),
}
"""States of ``xdg_toplevel`` for each of ours."""


@dataclass(slots=True)
class Window:
    """A toplevel.

    Attributes:
        rect: geometry rectangle on screen: the target while `state` is not normal, else what the client drew.
        target: size asked of the client; 0, 0 leaves it to the client.
        restore: geometry rectangle to go back to from any other state.
        output: the one it counts as being on, and is drawn on; "" before its first configure.
        home: an unplugged output that it shall go back to, to `home_rect` counted from that output's corner.
        edges: sides a resize moves; the others stay until the client has caught up.
        sent: size and states of the last configure.
        acked: serial of the last configure the client has drawn.
        back: state to go back to from full screen.
        entitled: its app may give it the focus as soon as it appears.
        picture: URL of a picture of its own, "" without one.
        rings: how often it has rung the bell.
        answer: its client waits for a configure, even for one that changes nothing.
        closing: the user has asked it to close.
        pressed: the user has used it although its app does not answer.
        patient: the user waits for its app, which does not answer.
    """

    id: int
    surface: int
    instance: str
    title: str = ""
    app_id: str = ""
    sandbox: str = ""
    parent: int = 0
    mapped: bool = False
    server_decorated: bool = False
    responding: bool = True
    closing: bool = False
    pressed: bool = False
    patient: bool = False
    limits: Limits = NO_LIMITS
    placed: bool = False
    rect: Rect = (0, 0, 0, 0)
    target: tuple[int, int] = (0, 0)
    restore: Rect = (0, 0, 0, 0)
    output: str = ""
    home: str = ""
    home_rect: Rect = (0, 0, 0, 0)
    state: WindowState = "normal"
    back: WindowState = "normal"
    minimized: bool = False
    modal: bool = False
    description: str = ""
    entitled: bool = False
    answer: bool = False
    picture: str = ""
    rings: int = 0
    urgent: bool = False
    resizing: bool = False
    edges: Edges = NO_EDGES
    sent: tuple[tuple[int, int], tuple[str, ...]] | None = None
    serial: int = 0
    acked: int = 0
    drawn: tuple[int, int] = (0, 0)
    reported: Placement | None = field(default=None, repr=False)

    @property
    def shown(self) -> bool:
        return self.placed and not self.minimized

    def close(self) -> None:
        """The user asks it to close: whether it does is news again."""
        self.closing, self.patient = True, False

    @property
    def resizable(self) -> bool:
        least_width, least_height, most_width, most_height = self.limits
        return not (0 < most_width <= least_width and 0 < most_height <= least_height)

    @property
    def transient(self) -> bool:
        return self.parent != 0

    @property
    def berth(self) -> Berth:
        loose = self.rect if self.state == "normal" and self.placed else self.restore
        return Berth(self.output, loose, self.home, self.home_rect)

    def take_berth(self, berth: Berth) -> None:
        self.output, self.home, self.home_rect = berth.output, berth.home, berth.home_rect
        if self.state != "normal" or not self.placed:
            self.restore = berth.loose
        else:
            self.rect = (*berth.loose[:2], *self.rect[2:])

    def stay(self) -> None:
        """The user has put the window where it is: no reason to go back any more."""
        self.home, self.home_rect = "", (0, 0, 0, 0)

    def describe(self, change: WindowChanged) -> None:
        """Take over what the client says about itself."""
        # Nobody reads more, and the words of hundreds of windows are laid out again and again.
        self.title = change.title[:_LONGEST]
        self.app_id = change.app_id[:_LONGEST]
        self.sandbox = change.sandbox
        self.parent = change.parent if change.parent != self.id else 0
        self.server_decorated = change.server_decorated
        self.responding = change.responding
        if self.responding:
            self.patient = self.pressed = False
        self.modal = change.modal
        self.description = change.description[:_LONGEST]
        self.limits = Limits(change.min_width, change.min_height, change.max_width, change.max_height)

    def client_states(self, focused: bool, unseen: bool) -> tuple[str, ...]:
        """The states of ``xdg_toplevel`` that the client has to know; `unseen` while nothing of it is visible."""
        states = list(CLIENT_STATES[self.state])
        if self.resizing:
            states.append("resizing")
        if focused:
            states.append("activated")
        if self.minimized or unseen:
            states.append("suspended")
        return tuple(states)

    def placement(self, z: int) -> Placement:
        """What the display server keeps in case this process ends."""
        x, y, width, height = self.rect
        return Placement(
            self.id,
            x,
            y,
            width,
            height,
            z,
            self.state,
            self.minimized,
            self.restore,
            self.output,
            self.home,
            self.home_rect,
        )

    def replay(self, placement: Placement) -> None:
        """Be where an earlier ui process had put the window."""
        self.rect = (placement.x, placement.y, placement.width, placement.height)
        self.restore = placement.restore
        self.output = placement.output
        self.home, self.home_rect = placement.home, placement.home_rect
        self.state = placement.state
        self.minimized = placement.minimized
        self.target = self.rect[2:]
        self.placed = True
