"""The window policy: who gets focus, what lies above what, and which size and place each window has.

It changes nothing on screen and sends nothing while it decides. `settle` compares what
ought to be with what clients and the display server were told last and sends the
difference, so every way to a state leads to the same messages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import msgspec

from berth.core import layout, outputs
from berth.core.layout import NO_EDGES, Edges, Insets
from berth.core.messages import Configure, Placement, Rect, SceneRequest, WindowChanged, WindowPolicy
from berth.core.outputs import Berth, Direction, OutputArea
from berth.ui.window import CLIENT_STATES, Window, WindowState

_RESTORED_SHARE = 0.7
_TILE_SIDES: dict[WindowState, layout.Side] = {"tiled_left": "left", "tiled_right": "right"}


class Windows:
    """All toplevels of the session.

    Args:
        send: takes messages for the display server.

    Attributes:
        outputs: all there are, the primary one first.
        active: the output that the user works on; new windows open there.
    """

    def __init__(self, send: Callable[[SceneRequest], None]) -> None:
        self._send = send
        self._windows: dict[int, Window] = {}
        self._stack: list[int] = []  # lowest first
        self._recent: list[int] = []  # focused last comes first
        self._serial = 0
        self._restoring = False
        self._seen_instances: set[str] = set()
        self.held = 0  # window in the user's hand: reported when it is let go
        self.focused = 0
        self.outputs: tuple[OutputArea, ...] = (OutputArea("", (0, 0, 1, 1), (0, 0, 1, 1)),)
        self.active = ""
        self.insets = Insets()
        self.maximizes_all = False
        self.hidden_outputs: set[str] = set()  # of which the host shows nothing
        self._policy: WindowPolicy | None = None

    def __iter__(self) -> Iterator[Window]:
        """Placed windows, lowest first."""
        return (self._windows[number] for number in self._stack)

    def get(self, number: int) -> Window | None:
        return self._windows.get(number)

    def of_surface(self, surface: int) -> Window | None:
        return next((window for window in self._windows.values() if window.surface == surface), None)

    @property
    def recent(self) -> tuple[int, ...]:
        """Windows in order of use, the last one first."""
        return tuple(self._recent)

    def output(self, name: str) -> OutputArea:
        """The output of that name; the active one if it is not there, and else the primary one."""
        found = {output.name: output for output in self.outputs}
        return found.get(name) or found.get(self.active) or self.outputs[0]

    def on_output(self, name: str) -> list[Window]:
        """Placed windows that belong to an output, lowest first."""
        return [window for window in self if window.output == name]

    def full_screen_on(self, name: str) -> bool:
        """Whether the window in front there covers the whole output."""
        shown = [window for window in self.on_output(name) if window.shown]
        front = next((window for window in shown if window.id == self.focused), shown[-1] if shown else None)
        return front is not None and front.state == "fullscreen"

    def insets_of(self, window: Window) -> Insets:
        """What the shell draws around a window in its present state."""
        if not window.server_decorated or window.state == "fullscreen":
            return Insets()
        if self.maximizes_all:
            return Insets() if window.state == "maximized" else Insets(top=self.insets.top)
        return self.insets if window.state == "normal" else Insets(top=self.insets.top)

    def frame(self, window: Window) -> Rect:
        return layout.grow(window.rect, self.insets_of(window))

    # --- what the display server tells

    def reset(self) -> None:
        """Forget everything: the scene follows, up to `ready`."""
        self._windows.clear()
        self._stack.clear()
        self._recent.clear()
        self.focused = self.held = 0
        self._restoring = True

    def ready(self, focus: int, before: Sequence[OutputArea] = ()) -> None:
        """The scene is complete; `focus` had the keyboard, and outputs were as in `before`."""
        self._restoring = False
        for window in self:
            self._follow(window, before)
            self._fit(window)
        for window in list(self._windows.values()):
            if not window.placed:
                self._place_if_ready(window)
        shown = [window.id for window in self if window.shown]
        self._recent = [window.id for window in self][::-1]
        if focus in shown:
            self._take_focus(focus)
        elif shown:
            self._take_focus(shown[-1])

    def changed(self, change: WindowChanged) -> None:
        window = self._windows.get(change.window)
        if window is None:
            window = self._windows[change.window] = Window(change.window, change.surface, change.instance)
        insets = self.insets_of(window)
        window.describe(change)
        if window.placed and self.insets_of(window) != insets:
            # The title bar has come or gone.
            self._fit(window)
        if not window.mapped and change.mapped:
            window.mapped = True
        elif window.mapped and not change.mapped:
            self._unmap(window)
        self._place_if_ready(window)

    def destroyed(self, number: int) -> None:
        window = self._windows.get(number)
        if window is not None:
            self._unmap(window)
            del self._windows[number]

    def placed_before(self, placement: Placement, z_of: dict[int, int]) -> None:
        """Part of a replayed scene: where an earlier ui process had the window. `z_of` is filled with its level."""
        window = self._windows.get(placement.window)
        if window is None:
            return
        window.replay(placement)
        z_of[window.id] = placement.z
        self._seen_instances.add(window.instance)
        if window.id not in self._stack:
            self._stack.append(window.id)
        self._stack.sort(key=lambda number: z_of.get(number, 0))

    def drew(self, surface: int, size: tuple[int, int], serial: int) -> bool:
        """A toplevel's surface has new content: its geometry's size and the configure it follows.

        Returns whether anything changed that `settle` has to look at.
        """
        window = self.of_surface(surface)
        if window is None:
            return False
        self._serial = max(self._serial, serial)
        caught_up = serial > window.acked
        window.acked = max(window.acked, serial)
        if size == window.drawn and not caught_up and window.placed:
            return False
        window.drawn = size
        if not window.placed:
            self._place_if_ready(window)
        elif window.state == "normal":
            self._fit_to_client(window)
        return True

    def _fit_to_client(self, window: Window) -> None:
        window.rect = layout.anchor(window.rect, window.edges, *window.drawn)
        if window.acked >= window.serial and not window.resizing:
            window.target = window.drawn
            window.sent = None if window.sent is None else (window.target, window.sent[1])
            window.edges = NO_EDGES

    # --- mapping

    def _place_if_ready(self, window: Window) -> None:
        if window.placed or self._restoring:
            return
        if window.sent is None and self._maximizes(window):
            self._enter(window, "maximized")
        if not window.mapped or 0 in window.drawn:
            return
        window.placed = True
        if window.state == "normal":
            self._place(window)
        else:
            self._arrange(window)
        self._join(window)

    def _maximizes(self, window: Window) -> bool:
        return window.state == "normal" and self._maximizes_always(window)

    def _maximizes_always(self, window: Window) -> bool:
        return self.maximizes_all and window.resizable and not window.transient

    def _place(self, window: Window) -> None:
        insets = self.insets_of(window)
        area = self.output(window.output).area
        room = layout.shrink(area, insets)
        size = window.drawn
        if window.resizable and (size[0] > room[2] or size[1] > room[3]):
            window.target = layout.limit_size(min(size[0], room[2]), min(size[1], room[3]), window.limits)
        else:
            window.target = size
        parent = self._windows.get(window.parent)
        over = self.frame(parent) if parent is not None and parent.shown else None
        others = [self.frame(other) for other in self if other.shown]
        x, y, _width, _height = layout.place(window.target, insets, area, over, others)
        window.rect = (x, y, *size)

    def _join(self, window: Window) -> None:
        first = window.instance not in self._seen_instances
        self._seen_instances.add(window.instance)
        focused = self._windows.get(self.focused)
        self._stack.append(window.id)
        asked_for = first or window.entitled
        if focused is None or asked_for or focused.instance == window.instance or focused.id == window.parent:
            self._recent.insert(0, window.id)
            self._take_focus(window.id)
            return
        # Nobody asked for it just now: it waits under what the user works with.
        self._recent.append(window.id)
        self._stack.remove(window.id)
        self._stack.insert(self._stack.index(focused.id), window.id)
        window.urgent = True

    def _unmap(self, window: Window) -> None:
        window.mapped = window.placed = window.minimized = window.resizing = window.entitled = False
        window.drawn, window.sent, window.reported = (0, 0), None, None
        window.target, window.state = (0, 0), "normal"
        for numbers in (self._stack, self._recent):
            if window.id in numbers:
                numbers.remove(window.id)
        if self.held == window.id:
            self.held = 0
        if self.focused == window.id:
            self._pass_focus_on(window)

    def _pass_focus_on(self, window: Window) -> None:
        parent = self._windows.get(window.parent)
        if parent is not None and parent.shown:
            self._take_focus(parent.id)
            return
        self.focused = 0
        follower = next((number for number in self._recent if self._windows[number].shown), 0)
        if follower:
            self._take_focus(follower)

    # --- what the user and clients want

    def focus(self, number: int) -> None:
        """Bring a window up with all that belongs to it; a modal dialog of it gets the focus in its place."""
        window = self._windows.get(number)
        if window is not None and window.placed:
            for member in self._descendants(number):
                self._windows[member].minimized = False
            self._take_focus(number)

    def modal_over(self, number: int) -> int:
        """The modal dialog that has to be answered before the window, or the window itself."""
        seen = {number}
        while True:
            above = [window.id for window in self if window.modal and window.shown and window.parent == number]
            if not above or above[-1] in seen:
                return number
            number = above[-1]
            seen.add(number)

    def ring(self, number: int) -> None:
        """A window wants to be noticed."""
        window = self._windows.get(number)
        if window is not None:
            window.rings += 1
            self.want_attention(number)

    def entitle(self, number: int) -> None:
        """The window's app was given the focus, by the user's doing."""
        window = self._windows.get(number)
        if window is not None and not window.placed:
            window.entitled = True
        else:
            self.focus(number)

    def want_attention(self, number: int) -> None:
        window = self._windows.get(number)
        if window is not None and number != self.focused:
            window.urgent = True

    def _take_focus(self, number: int) -> None:
        number = self.modal_over(number)
        self.focused = number
        self._windows[number].urgent = False
        self._raise(number)
        if number in self._recent:
            self._recent.remove(number)
            self._recent.insert(0, number)

    def _raise(self, number: int) -> None:
        family = self._descendants(self._root(number))
        line = self._descendants(number)
        rest = [other for other in self._stack if other in family and other not in line]
        top = [other for other in self._stack if other in line and other != number]
        self._stack = [other for other in self._stack if other not in family] + rest + [number] + top

    def _root(self, number: int) -> int:
        seen = {number}
        while (parent := self._windows[number].parent) in self._windows and parent not in seen:
            number = parent
            seen.add(number)
        return number

    def _descendants(self, number: int) -> set[int]:
        family = {number}
        grown = True
        while grown:
            more = {window.id for window in self if window.parent in family} - family
            family |= more
            grown = bool(more)
        return family

    def minimize(self, number: int) -> None:
        """Put a window away with all that belongs to it; of a modal dialog also what it belongs to."""
        window = self._windows.get(number)
        if window is None or not window.shown:
            return
        number = self._root(number) if window.modal else number
        family = self._descendants(number)
        for member in family:
            self._windows[member].minimized = True
        away = [member for member in self._recent if member in family]
        self._recent = [member for member in self._recent if member not in family] + away
        if self.focused in family:
            self._pass_focus_on(self._windows[number])

    def set_state(self, number: int, state: WindowState, output: str = "") -> None:
        """Give a window a state, on another output if one is named."""
        window = self._windows.get(number)
        if window is None or (state in _TILE_SIDES and not window.resizable):
            return
        elsewhere = output != window.output and any(known.name == output for known in self.outputs)
        if window.state == state and not elsewhere:
            return
        if elsewhere:
            window.output = output
        self._enter(window, state)

    def leave(self, number: int, state: WindowState) -> None:
        """Go back to normal, if the window is in `state`."""
        window = self._windows.get(number)
        if window is not None and window.state == state:
            back: WindowState = window.back if state == "fullscreen" else "normal"
            self.set_state(number, "maximized" if self._maximizes_always(window) else back)

    def toggle(self, number: int, state: WindowState) -> None:
        window = self._windows.get(number)
        if window is not None and window.state == state:
            self.leave(number, state)
        else:
            self.set_state(number, state)

    def _enter(self, window: Window, state: WindowState) -> None:
        if window.state == "normal" and window.placed:
            window.restore = window.rect
        if state == "fullscreen" != window.state:
            window.back = window.state
        window.state = state
        window.edges = NO_EDGES
        self._arrange(window)

    def _arrange(self, window: Window) -> None:
        """Give a window the place its state asks for."""
        if window.state == "normal":
            x, y, width, height = self._restored(window)
            window.target = (width, height)
            window.rect = (x, y, *(window.drawn if window.placed else (width, height)))
            return
        output = self.output(window.output)
        if window.state == "fullscreen":
            window.rect = output.rect
        else:
            frame = layout.tile(_TILE_SIDES.get(window.state, ""), output.area)
            window.rect = layout.shrink(frame, self.insets_of(window))
        window.target = window.rect[2:]

    def _restored(self, window: Window) -> Rect:
        if window.restore[2] > 0:
            if not outputs.overlap(window.restore, self.output(window.output).rect):
                window.output = self.under(window.restore)
            return self._reachable(window, window.restore)
        if not window.placed:
            return (0, 0, 0, 0)
        area = self.output(window.output).area
        size = (round(area[2] * _RESTORED_SHARE), round(area[3] * _RESTORED_SHARE))
        size = layout.limit_size(*size, window.limits)
        return layout.place(size, self.insets_of(window), area, None, ())

    def _reachable(self, window: Window, rect: Rect) -> Rect:
        """`rect`, or as near to it as the window can still be taken hold of on its output."""
        insets, area = self.insets_of(window), self.output(window.output).area
        return layout.shrink(layout.keep_reachable(layout.grow(rect, insets), area, self._grip(window)), insets)

    def under(self, rect: Rect) -> str:
        """The output with most of `rect`."""
        return outputs.under(rect, ((output.name, output.rect) for output in self.outputs))

    def _grip(self, window: Window) -> int:
        return self.insets_of(window).top or self.insets.top or layout.REACHABLE

    def move(self, number: int, x: int, y: int, output: str = "") -> None:
        """Put the geometry rectangle's corner at x, y, or as near as it can still be reached.

        The window then belongs to `output`, by itself to the one with most of it.
        """
        window = self._windows.get(number)
        if window is None or not window.placed:
            return
        if window.state != "normal":
            self.set_state(number, "normal")
        window.stay()
        rect = (x, y, *window.rect[2:])
        window.output = self.output(output or self.under(rect)).name
        window.rect = self._reachable(window, rect)

    def send(self, number: int, output: str) -> None:
        """Move a window to another output, to the same place and in the same state there."""
        window = self._windows.get(number)
        if window is None or not window.placed:
            return
        source, target = self.output(window.output), self.output(output)
        if source.name == target.name:
            return
        loose = window.berth.loose
        within = [output.area for output in self._within_frames((source, target))]
        carried = outputs.carry(loose, *within) if loose[2] else loose
        window.take_berth(Berth(target.name, carried))
        self._fit(window)

    def send_beside(self, number: int, direction: Direction) -> None:
        """Move a window to the next output in a direction."""
        window = self._windows.get(number)
        if window is not None and window.placed:
            here = self.output(window.output).name
            self.send(number, outputs.neighbour(here, direction, self.outputs))

    def resize(self, number: int, width: int, height: int, edges: Edges = NO_EDGES) -> None:
        """Ask for a size; the sides opposite to `edges` stay where they are while the client follows."""
        window = self._windows.get(number)
        if window is None or not window.placed:
            return
        window.stay()
        if window.state != "normal":
            here, rect = window.output, window.rect
            self.set_state(number, "normal")
            window.output = here
            window.rect = self._reachable(window, (rect[0], rect[1], *window.rect[2:]))
        window.edges = edges
        window.target = layout.limit_size(width, height, window.limits)

    # --- outputs

    def set_outputs(self, areas: Sequence[OutputArea], insets: Insets, maximizes_all: bool) -> None:
        """All outputs, the primary one first, what is drawn around windows, and whether all windows fill theirs."""
        now = tuple(areas)
        if (now, insets, maximizes_all) == (self.outputs, self.insets, self.maximizes_all):
            return
        before, self.outputs = self.outputs, now
        mode_changed = maximizes_all != self.maximizes_all
        self.insets, self.maximizes_all = insets, maximizes_all
        self.tell_policy()
        for window in self._windows.values() if not self._restoring else ():
            self._follow(window, before)
            if mode_changed:
                self._follow_mode(window)
            if window.placed:
                self._fit(window)

    def _follow(self, window: Window, before: Sequence[OutputArea]) -> None:
        if window.output:
            refuge = self.output(self.active).name
            berth = outputs.follow(window.berth, self._within_frames(before), self._within_frames(self.outputs), refuge)
            window.take_berth(berth)
        elif window.placed:
            window.output = self.under(window.rect)

    def _within_frames(self, areas: Sequence[OutputArea]) -> list[OutputArea]:
        return [output._replace(area=layout.shrink(output.area, self.insets)) for output in areas]

    def _fit(self, window: Window) -> None:
        """Bring a placed window to where its state wants it on its output."""
        if window.state == "normal":
            window.rect = self._reachable(window, window.rect)
        else:
            self._arrange(window)

    def _follow_mode(self, window: Window) -> None:
        if self._maximizes(window):
            self._enter(window, "maximized")
        elif not self.maximizes_all and window.state == "maximized":
            self._enter(window, "normal")

    # --- telling others

    def settle(self) -> None:
        """Tell clients and the display server what has changed for them."""
        if self._restoring:
            return
        covered = self._covered()
        for window in self._windows.values():
            self._configure(window, window.id in covered or window.output in self.hidden_outputs)
        for z, window in enumerate(self):
            placement = window.placement(z)
            if window.id == self.held:
                # Not every step of a movement, but the stacking that came with it.
                placement = replace_place(placement, window.reported)
            if placement != window.reported:
                window.reported = placement
                self._send(placement)

    def tell_policy(self, anew: bool = False) -> None:
        """Let the display server know what new windows are told; `anew` to one that knows nothing yet."""
        policy = WindowPolicy()
        if self.maximizes_all:
            policy = WindowPolicy(
                *self.output(self.active).area[2:],
                CLIENT_STATES["maximized"],
                ("window_menu", "fullscreen", "minimize"),
            )
        if anew or policy != self._policy:
            self._policy = policy
            self._send(policy)

    def _covered(self) -> set[int]:
        """Windows of which nothing is to be seen, because one above that fills its place has no gaps."""
        covers: list[Rect] = []
        covered: set[int] = set()
        for number in reversed(self._stack):
            window = self._windows[number]
            if not window.shown:
                continue
            frame = self.frame(window)
            if any(layout.covers(cover, frame) for cover in covers):
                covered.add(number)
            elif window.state != "normal":
                covers.append(frame)
        return covered

    def _configure(self, window: Window, unseen: bool) -> None:
        if not window.output:
            parent = self._windows.get(window.parent)
            window.output = parent.output if parent is not None and parent.shown else self.output(self.active).name
        wanted = (window.target, window.client_states(window.id == self.focused, unseen))
        same = wanted == window.sent and not window.answer
        if same or (window.resizing and window.acked < window.serial):
            return
        self._serial += 1
        window.serial = self._serial
        window.sent = wanted
        window.answer = False
        place = self._place_after(window)
        self._send(Configure(window.id, window.serial, *wanted[0], wanted[1], window.output, place))

    def _place_after(self, window: Window) -> tuple[int, int] | None:
        """Where the corner will be once the client has drawn its target, if that is elsewhere."""
        if window.state != "normal" or not window.placed or not (window.edges.left or window.edges.top):
            return None
        x, y, _width, _height = layout.anchor(window.rect, window.edges, *window.target)
        return x, y


def replace_place(placement: Placement, reported: Placement | None) -> Placement:
    """`placement` with the place that was reported last."""
    if reported is None:
        return placement
    x, y, width, height = reported.x, reported.y, reported.width, reported.height
    return msgspec.structs.replace(placement, x=x, y=y, width=width, height=height)
