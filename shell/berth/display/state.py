"""What a commit changes: the double-buffered state of a surface between request and effect."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from pywayland.protocol.wayland import WlCallback

from berth.core.messages import Rect
from berth.core.transform import RectF
from berth.display.region import add_damage
from berth.display.resource import Resource, event

if TYPE_CHECKING:
    from berth.display.buffers import Buffer
    from berth.display.dmabuf_buffer import DmabufBuffer
    from berth.display.presentation import Feedback
    from berth.display.single_pixel import SinglePixelBuffer
    from berth.display.subsurface import Subsurface
    from berth.display.surface import Surface
    from berth.display.syncobj import SyncPoints


_EVERYTHING: Rect = (0, 0, 1 << 30, 1 << 30)


class Role(Protocol):
    """What makes a surface visible."""

    @property
    def outlived_by_surface(self) -> bool:
        """Whether the role object has to be destroyed before the surface."""

    @property
    def synchronized(self) -> bool:
        """Whether a commit waits for the parent's."""

    def attaching(self) -> None:
        """Raise a protocol error if no buffer may be attached yet."""

    def check(self, state: State) -> None:
        """Raise a protocol error if `state` may not be committed."""

    def applied(self, state: State) -> None:
        """The surface has a new state."""

    def surface_destroyed(self) -> None:
        """The surface is gone; also called when its client is."""


class Aside(Protocol):
    """Pending state of a role that belongs to a commit which has to wait."""

    def after(self, earlier: Any) -> Any:
        """What takes effect if an `earlier` one, of the same role, does so in the same instant."""


class Callback(Resource):
    __slots__ = ()
    interface = WlCallback
    send_done = event(WlCallback, "done")

    def finish(self, value: int) -> None:
        self.send_done(value)
        self.destroy()


class Extras:
    """What only some commits carry: requests of the protocols that extend a surface. None means no change.

    `not_before` is a time of the monotonic clock in ns. `aside` is what the role keeps of its own
    pending state for a commit that has to wait. `others` are values that concern the surface's state
    only in when they take effect, by who applies them.
    """

    __slots__ = (
        "alpha",
        "aside",
        "content_type",
        "feedbacks",
        "may_tear",
        "not_before",
        "others",
        "points",
        "releases",
        "sets_barrier",
        "waits_for_barrier",
    )

    def __init__(self) -> None:
        self.releases: list[Callback] = []
        self.points: SyncPoints | None = None
        self.feedbacks: list[Feedback] = []
        self.alpha: float | None = None
        self.content_type: int | None = None
        self.may_tear: bool | None = None
        self.not_before: int | None = None
        self.sets_barrier = False
        self.waits_for_barrier = False
        self.aside: Aside | None = None
        self.others: dict[Callable[[Any], None], Any] = {}

    def merge(self, later: Extras) -> None:
        self.releases += later.releases
        if later.points is not None:
            self.points = later.points
        if later.alpha is not None:
            self.alpha = later.alpha
        if later.content_type is not None:
            self.content_type = later.content_type
        if later.may_tear is not None:
            self.may_tear = later.may_tear
        if later.not_before is not None:
            self.not_before = max(self.not_before or 0, later.not_before)
        if later.aside is not None:
            self.aside = later.aside if self.aside is None else later.aside.after(self.aside)
        self.sets_barrier = self.sets_barrier or later.sets_barrier
        self.waits_for_barrier = self.waits_for_barrier or later.waits_for_barrier
        self.others.update(later.others)

    def apply_others(self) -> None:
        for apply, value in self.others.items():
            apply(value)

    def supersede(self) -> None:
        """What was to be seen of this commit will not be: a later one takes effect together with it."""
        for feedback in self.feedbacks:
            feedback.discard()
        self.feedbacks = []

    def discard(self) -> None:
        """The surface is gone before this took effect."""
        for callback in self.releases:
            callback.destroy()
        self.supersede()


class State:
    """What a client changed since its last commit; unset fields mean no change.

    `parts` are the synchronised subsurfaces' states that become current with this one; `follows` tells
    of a queued state that an older one of the surface is such a part and has to come before. While it is queued,
    `counted` is how many states its client is known to hold by it.
    """

    __slots__ = (
        "attached",
        "buffer",
        "buffer_damage",
        "children",
        "counted",
        "crop",
        "crop_set",
        "damage",
        "extras",
        "follows",
        "frames",
        "input",
        "input_set",
        "offset",
        "opaque",
        "opaque_set",
        "parts",
        "scale",
        "size",
        "size_set",
        "transform",
    )

    def __init__(self) -> None:
        self.attached = False
        self.buffer: Buffer | SinglePixelBuffer | DmabufBuffer | None = None
        self.damage: list[Rect] = []
        self.buffer_damage: list[Rect] = []
        self.frames: list[Callback] = []
        self.offset = (0, 0)
        self.scale = 0
        self.transform = -1
        self.input_set = False
        self.input: tuple[Rect, ...] | None = None
        self.opaque_set = False
        self.opaque: tuple[Rect, ...] = ()
        self.crop_set = False
        self.crop: RectF | None = None
        self.size_set = False
        self.size: tuple[int, int] | None = None
        self.children: tuple[tuple[Subsurface | None, int, int], ...] | None = None
        self.parts: dict[Surface, State] | None = None
        self.extras: Extras | None = None
        self.follows = False
        self.counted = 0

    @property
    def more(self) -> Extras:
        """The rare part, made when it is needed."""
        if self.extras is None:
            self.extras = Extras()
        return self.extras

    def merge(self, later: State) -> None:
        """Add a later commit; this state holds its buffer, so that the client may destroy it meanwhile."""
        if later.attached:
            if self.buffer is not None and (later.buffer is None or later.buffer.size != self.buffer.size):
                self.buffer_damage = [_EVERYTHING]
            self.let_go()
            self.attached, self.buffer = True, later.buffer
            if later.buffer is not None:
                later.buffer.hold()
        if self.damage and (later.scale or later.transform >= 0 or later.crop_set or later.size_set):
            # The coordinates that it was told in are no longer those it will be read in.
            self.damage = [_EVERYTHING]
        add_damage(self.damage, later.damage)
        add_damage(self.buffer_damage, later.buffer_damage)
        self.frames += later.frames
        self.offset = (self.offset[0] + later.offset[0], self.offset[1] + later.offset[1])
        self.scale = later.scale or self.scale
        if later.transform >= 0:
            self.transform = later.transform
        if later.input_set:
            self.input_set, self.input = True, later.input
        if later.opaque_set:
            self.opaque_set, self.opaque = True, later.opaque
        if later.crop_set:
            self.crop_set, self.crop = True, later.crop
        if later.size_set:
            self.size_set, self.size = True, later.size
        if later.children is not None:
            self.children = later.children
        if later.parts is not None:
            self._merge_parts(later.parts)
        if self.extras is not None:
            self.extras.supersede()
        if later.extras is not None:
            self.more.merge(later.extras)
            self.more.feedbacks = later.extras.feedbacks

    def _merge_parts(self, later: dict[Surface, State]) -> None:
        if self.parts is None:
            self.parts = {}
        for surface, state in later.items():
            mine = self.parts.get(surface)
            if mine is None:
                self.parts[surface] = state
            else:
                mine.merge(state)
                if state.buffer is not None:
                    state.buffer.drop()

    def take_part(self, surface: Surface) -> State | None:
        """Give up what is to become current of `surface`."""
        if self.parts is None:
            return None
        if surface in self.parts:
            return self.parts.pop(surface)
        found = (state.take_part(surface) for state in self.parts.values())
        return next((part for part in found if part is not None), None)

    def has_part(self, path: Sequence[Surface]) -> bool:
        """Whether the last surface of `path`, a subsurface of the one before it and so on, has a part in this."""
        state: State | None = self
        for surface in path:
            state = None if state is None or state.parts is None else state.parts.get(surface)
        return state is not None

    def count(self) -> int:
        """Of this and all its parts."""
        return 1 if self.parts is None else 1 + sum(state.count() for state in self.parts.values())

    def not_before(self) -> int:
        """When this and all its parts may become current (monotonic clock, ns); 0 for whenever."""
        moment = 0 if self.extras is None else self.extras.not_before or 0
        if self.parts is not None:
            moment = max([moment, *(state.not_before() for state in self.parts.values())])
        return moment

    def unready(self) -> list[DmabufBuffer | SyncPoints]:
        """What this and all its parts wait for before their buffers can be shown."""
        # Only buffers in graphics memory are ever not ready.
        found: list[Any] = [] if self.buffer is None or self.buffer.ready else [self.buffer]
        if self.extras is not None and self.extras.points is not None and not self.extras.points.ready:
            found.append(self.extras.points)
        if self.parts is not None:
            for state in self.parts.values():
                found += state.unready()
        return found

    def let_go(self) -> None:
        """Give back a held buffer unused."""
        if self.buffer is not None:
            self.buffer.release()
            self.buffer.drop()
            self.buffer = None
        self.released()

    def released(self) -> None:
        """The buffer was given back: tell those who asked for this very use of it."""
        if self.extras is not None and self.extras.points is not None:
            self.extras.points.give_back()
            self.extras.points = None
        if self.extras is not None and self.extras.releases:
            for callback in self.extras.releases:
                callback.finish(0)
            self.extras.releases = []

    def discard(self) -> None:
        """The surface is gone before this held state took effect."""
        self.let_go()
        for callback in self.frames:
            callback.destroy()
        if self.extras is not None:
            self.extras.discard()
        for state in (self.parts or {}).values():
            state.discard()
