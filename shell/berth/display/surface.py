"""wl_surface: double-buffered state, applied at once as a whole, and the pixels that belong to it.

A role (toplevel, popup, subsurface, cursor ...) is an object the surface asks before a commit and
tells after one. What the ui has to know about an applied state is `describe`d when it is sent.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pywayland.protocol.wayland import WlOutput, WlSurface

from berth.core import transform
from berth.core.messages import Rect, SurfaceState
from berth.core.pixels import ARGB8888, FORMATS
from berth.display import updates
from berth.display.dmabuf_buffer import DmabufBuffer
from berth.display.lease import Lease, Lending
from berth.display.region import add_damage, clip, contains
from berth.display.resource import BudgetExceeded, Resource, event
from berth.display.slots import Content, Slots
from berth.display.state import Callback, Extras, Role, State
from berth.display.viewport import measure

if TYPE_CHECKING:
    from berth.display.buffers import Buffer
    from berth.display.client import Client
    from berth.display.compositor import Region
    from berth.display.extension import SurfaceExtension
    from berth.display.fractional_scale import FractionalScale
    from berth.display.kde_decoration import KdeDecoration
    from berth.display.nested import Nested
    from berth.display.output import Screen
    from berth.display.pointer_constraints import Constraint
    from berth.display.presentation import Feedback
    from berth.display.single_pixel import SinglePixelBuffer
    from berth.display.subsurface import Subsurface
    from berth.display.viewport import Viewport

MAX_SURFACES = 2_000
MAX_SIDE = 16_384

_Errors = WlSurface.error
_transforms = {int(t) for t in WlOutput.transform}


class Surface(Resource):
    """One wl_surface.

    `number` names it towards the ui. `lent` is the copied buffer that is released with the next frame
    callback. `sent` and `frame_seq` are the scene's commit numbers; `shown` and `told` the slots and
    leases that the ui may be reading. `screens` are the outputs it is on, `preferred` the scale and transform that
    the client was told to draw in. Below it are at most `levels` of subsurfaces.
    """

    __slots__ = (
        "acked_configure",
        "alpha",
        "barrier",
        "cached",
        "children",
        "constraint",
        "content_type",
        "crop",
        "damage",
        "dirty",
        "extensions",
        "feedbacks",
        "format",
        "fractional",
        "frames",
        "geometry",
        "height",
        "input",
        "kde_decoration",
        "lending",
        "lent",
        "levels",
        "may_tear",
        "number",
        "opaque_region",
        "pending",
        "preferred",
        "queue",
        "role",
        "role_name",
        "scale",
        "screens",
        "sent",
        "shown",
        "size",
        "slots",
        "stack",
        "stack_changed",
        "state_sent",
        "told",
        "transform",
        "viewport",
        "width",
    )
    interface = WlSurface
    highest = 7
    send_enter = event(WlSurface, "enter")
    send_leave = event(WlSurface, "leave")
    send_preferred_buffer_scale = event(WlSurface, "preferred_buffer_scale")
    send_preferred_buffer_transform = event(WlSurface, "preferred_buffer_transform")

    def __init__(self, client: Client, version: int, new_id: int) -> None:
        if client.instance.surfaces >= MAX_SURFACES:
            raise BudgetExceeded(f"more than {MAX_SURFACES} surfaces")
        super().__init__(client, version, new_id)
        client.surfaces += 1
        self.pending = State()
        self.cached: State | None = None
        self.queue: list[State] = []  # oldest first
        self.barrier = False  # of wp_fifo_v1
        self.feedbacks: list[Feedback] = []  # for what is current and the ui has not been told of
        self.role: Role | None = None
        self.role_name = ""
        self.viewport: Viewport | None = None
        self.extensions: dict[type[SurfaceExtension], SurfaceExtension] = {}
        self.kde_decoration: KdeDecoration | None = None
        self.constraint: Constraint | None = None
        self.stack: list[Subsurface | None] = [None]
        self.stack_changed = False
        self.levels = 0
        self.children: tuple[tuple[Subsurface | None, int, int], ...] = ()
        self.scale = 1
        self.transform = 0
        self.crop: transform.RectF | None = None
        self.size: tuple[int, int] | None = None
        self.input: tuple[Rect, ...] | None = None
        self.opaque_region: tuple[Rect, ...] = ()
        self.format = ARGB8888
        self.alpha = 1.0
        self.content_type = 0
        self.may_tear = False
        self.width = self.height = 0  # logical
        self.geometry: Rect | None = None
        self.acked_configure = 0
        self.slots = Slots()
        self.lending = Lending()
        self.shown: Content = None
        self.told: Content = None
        self.damage: list[Rect] | None = None  # since the last state sent; None = everything
        self.dirty = False
        self.state_sent = False
        self.sent = 0
        self.frames: list[Callback] = []
        self.lent: Buffer | SinglePixelBuffer | None = None
        scene = client.server.scene
        self.number = scene.surface_created(self)
        self.screens: tuple[Screen, ...] = ()
        self.fractional: FractionalScale | None = None
        self.preferred = (0.0, -1)
        screen = client.server.outputs.primary.now
        self.prefer(screen.scale, screen.transform)

    # --- requests

    def on_destroy(self) -> None:
        if self.role is not None and self.role.outlived_by_surface:
            raise self.error(_Errors.defunct_role_object, "destroyed before its role object")
        self.client.server.seat.take_from(self)
        self.destroy()

    def on_attach(self, buffer: Buffer | SinglePixelBuffer | DmabufBuffer | None, x: int, y: int) -> None:
        if self.version >= 5 and (x or y):
            raise self.error(_Errors.invalid_offset, "attach with an offset; use wl_surface.offset")
        if buffer is not None and self.role is not None:
            self.role.attaching()
        self.pending.attached = True
        self.pending.buffer = buffer
        if self.version < 5:
            self.pending.offset = (x, y)

    def on_damage(self, x: int, y: int, width: int, height: int) -> None:
        if width > 0 and height > 0:
            add_damage(self.pending.damage, ((x, y, width, height),))

    def on_damage_buffer(self, x: int, y: int, width: int, height: int) -> None:
        if width > 0 and height > 0:
            add_damage(self.pending.buffer_damage, ((x, y, width, height),))

    def on_frame(self, new_id: int) -> None:
        self.pending.frames.append(Callback(self.client, 1, new_id))

    def on_set_opaque_region(self, region: Region | None) -> None:
        self.pending.opaque_set = True
        self.pending.opaque = () if region is None else region.shape()

    def on_set_input_region(self, region: Region | None) -> None:
        self.pending.input_set = True
        self.pending.input = None if region is None else region.shape()

    def on_set_buffer_transform(self, value: int) -> None:
        if value not in _transforms:
            raise self.error(_Errors.invalid_transform, f"{value} is no transform")
        self.pending.transform = value

    def on_set_buffer_scale(self, value: int) -> None:
        if value < 1:
            raise self.error(_Errors.invalid_scale, f"a scale of {value}")
        self.pending.scale = value

    def on_offset(self, x: int, y: int) -> None:
        # Only the hot spot of a cursor moves with its content; a window's place is the ui's business.
        self.pending.offset = (x, y)

    def on_get_release(self, new_id: int) -> None:
        self.pending.more.releases.append(Callback(self.client, 1, new_id))

    def on_commit(self) -> None:
        state = self.pending
        if state.extras is not None and state.extras.releases and state.buffer is None:
            raise self.error(_Errors.no_buffer, "get_release without a buffer")
        if state.attached:
            self._check_buffer(state)
        if self.stack_changed:
            self.stack_changed = False
            state.children = tuple(
                (sub, sub.next_x, sub.next_y) if sub is not None else (None, 0, 0) for sub in self.stack
            )
        role = self.role
        if role is not None:
            role.check(state)
        for extension in self.extensions.values():
            extension.check(state)
        self.pending = State()
        if len(self.stack) > 1:
            updates.gather(self, state)
        if role is not None and role.synchronized:
            updates.cache(self, state)
        elif (
            self.queue
            or state.extras is not None
            or state.parts is not None
            or self.role_name == "wl_subsurface"
            or (state.buffer is not None and not state.buffer.ready)
        ):
            updates.submit(self, state)
        else:
            self.apply(state)

    # --- state

    def _check_buffer(self, state: State) -> None:
        buffer = state.buffer
        if buffer is None:
            return
        if not buffer.usable:
            # Destroyed since it was attached: nothing is left to show.
            state.buffer = None
            state.released()
            return
        if buffer.width > MAX_SIDE or buffer.height > MAX_SIDE:
            raise BudgetExceeded(f"a buffer of {buffer.width}x{buffer.height} pixels")

    def apply(self, state: State) -> None:
        """Make `state` current, that of synchronised subsurfaces with it."""
        if state.parts is not None:
            updates.apply_parts(state.parts)
        if self.feedbacks:
            self.discard_feedbacks()
        geometry_changed = False
        if state.scale and state.scale != self.scale:
            self.scale, geometry_changed = state.scale, True
        if state.transform >= 0 and state.transform != self.transform:
            self.transform, geometry_changed = state.transform, True
        if state.crop_set and state.crop != self.crop:
            self.crop, geometry_changed = state.crop, True
        if state.size_set and state.size != self.size:
            self.size, geometry_changed = state.size, True
        if state.input_set and state.input != self.input:
            self.input, self.dirty = state.input, True
        if state.opaque_set and state.opaque != self.opaque_region:
            self.opaque_region, self.dirty = state.opaque, True
        if state.children is not None:
            self.children = tuple(child for child in state.children if child[0] is None or child[0].parent is self)
            self.dirty = True
            self.client.server.presence.moved(self)
        if state.attached:
            if state.buffer is None:
                self._remove_content()
            else:
                self._take(state)
        elif geometry_changed and self.slots.content is not None:
            self._measure(*self.slots.geometry)
            self.dirty = True
        if state.frames:
            self.frames += state.frames
        if state.extras is not None:
            self._apply_extras(state.extras)
            state.extras.apply_others()
        if self.role is not None:
            self.role.applied(state)
        self.client.server.scene.surface_applied(self)

    def _apply_extras(self, extras: Extras) -> None:
        if extras.alpha is not None and extras.alpha != self.alpha:
            self.alpha, self.dirty = extras.alpha, True
        if extras.content_type is not None and extras.content_type != self.content_type:
            self.content_type, self.dirty = extras.content_type, True
        if extras.may_tear is not None:
            self.may_tear = extras.may_tear
        self.feedbacks = extras.feedbacks
        if extras.sets_barrier:
            self.client.server.scene.set_barrier(self)

    def discard_feedbacks(self) -> None:
        """What was current has been superseded before the ui was told of it."""
        for feedback in self.feedbacks:
            feedback.discard()
        self.feedbacks = []

    def hide(self) -> None:
        """Take the content away without a commit of the client."""
        self._remove_content()
        self.client.server.scene.surface_applied(self)

    def _remove_content(self) -> None:
        self.give_back()
        before = self.slots.content
        if before is not None:
            self.slots.content = None
            self.free_slots()
            self.let_go(before)
            self.width = self.height = 0
            self.damage = None
            self.dirty = True
            self.client.server.presence.moved(self)

    def free_slots(self) -> None:
        """Give back what the ui no longer reads: without content all of our memory, and buffers that were lent."""
        before = self.slots.memory
        if self.slots.content is None:
            self.slots.clear(keep=(self.shown, self.told))
        else:
            self.slots.settle((self.shown, self.told))
        self.client.memory += self.slots.memory - before

    def _take(self, state: State) -> None:
        """Copy the pixels of the new buffer and give it back, or lend it to the ui."""
        buffer = state.buffer
        assert buffer is not None
        self.give_back()
        slots = self.slots
        width, height = buffer.width, buffer.height
        first = slots.content is None
        nested = self.client.instance.nested if self.role_name == "xdg_toplevel" else None
        if nested is not None and not first and not isinstance(buffer, DmabufBuffer) and not nested.fits(buffer.size):
            nested.give_back(buffer, shown=False)
            state.released()
            return
        self._measure(width, height)
        skipped = nested is not None and nested.skipped
        if first or skipped or slots.geometry != (width, height) or buffer.format != self.format:
            damage = [(0, 0, width, height)]
            self.damage = None
        else:
            damage = self._buffer_damage(state, width, height)
        self.format = buffer.format
        before = slots.content
        if isinstance(buffer, DmabufBuffer):
            self._lend(buffer, state, damage)
            self.let_go(before)
            if first:
                self.client.server.presence.moved(self)
            return
        lease = None
        if damage:
            lease = self.lending.lend(self, state)
            if lease is None:
                self._copy(buffer, damage)
            else:
                self._show_lease(lease, damage)
            self.let_go(before)
            self.dirty = True
            if self.damage is not None:
                add_damage(self.damage, damage)
        if lease is None:
            self._release(buffer, state, nested)
        if first:
            self.client.server.presence.moved(self)

    def _copy(self, buffer: Buffer | SinglePixelBuffer, damage: list[Rect]) -> None:
        slots, client = self.slots, self.client
        before = slots.memory
        slots.choose(buffer, damage, (self.shown, self.told), client.room)
        client.memory += slots.memory - before
        client.server.scene.copy_later(self, buffer)

    def _show_lease(self, lease: Lease, damage: list[Rect]) -> None:
        slots = self.slots
        slots.show_lease(lease, damage)
        if slots.all and self.lending.goes_on:
            before = slots.memory
            slots.drop_unused((self.shown, self.told))
            self.client.memory += slots.memory - before

    def _release(self, buffer: Buffer | SinglePixelBuffer, state: State, nested: Nested | None) -> None:
        """Give back what is copied at the end of the turn: the client is not told before."""
        if nested is not None:
            nested.give_back(buffer, shown=True)
        elif state.frames and state.extras is None and self.client.server.scene.draws(self):
            # The client goes on with its frame callback: both in one wake-up of its.
            self.lent = buffer
        else:
            buffer.release()
        state.released()

    def let_go(self, content: Content) -> None:
        """End a lease that neither is the content nor read by the ui any more."""
        if isinstance(content, Lease) and content not in (self.slots.content, self.shown, self.told):
            content.end()

    def keep_copy(self) -> None:
        """Go on with a copy of what is lent."""
        lease = self.slots.content
        if isinstance(lease, Lease):
            self._copy(lease.buffer, [])
            self.let_go(lease)
            self.dirty = True
            self.client.server.scene.surface_applied(self)

    def unread(self) -> None:
        """The ui has gone."""
        before = {self.shown, self.told}
        self.shown = self.told = None
        for content in before:
            self.let_go(content)
        self.client.answer(self.keep_copy)
        self.free_slots()

    def _lend(self, buffer: DmabufBuffer, state: State, damage: list[Rect]) -> None:
        slot = self.slots.lend(buffer)
        if state.extras is not None:
            slot.callbacks += state.extras.releases
            state.extras.releases = []
            slot.add_points(state.extras.points)
            state.extras.points = None
        self.dirty = True
        if self.damage is not None:
            add_damage(self.damage, damage)
        self.free_slots()

    def give_back(self) -> None:
        """Release the buffer that waits for the frame callback of its commit."""
        if self.lent is not None:
            self.lent.release()
            self.lent = None

    def _buffer_damage(self, state: State, width: int, height: int) -> list[Rect]:
        """The damage of both kinds, clipped, in buffer pixels."""
        damage = state.buffer_damage
        if state.damage:
            if self.transform or self.crop is not None or self.size is not None:
                return [(0, 0, width, height)]
            k = self.scale
            add_damage(damage, [(x * k, y * k, w * k, h * k) for x, y, w, h in state.damage])
        clipped = (clip(rect, width, height) for rect in damage)
        return [rect for rect in clipped if rect is not None]

    def _measure(self, width: int, height: int) -> None:
        """The surface's size from the buffer's, the viewport checked against it."""
        turned_width, turned_height = transform.turned(width, height, self.transform)
        if turned_width % self.scale or turned_height % self.scale:
            raise self.error(_Errors.invalid_size, f"{width}x{height} is no multiple of the scale {self.scale}")
        size = turned_width // self.scale, turned_height // self.scale
        if self.crop is not None or self.size is not None:
            size = measure(self.viewport or self, size, self.crop, self.size)
        if size != (self.width, self.height):
            self.dirty = True
            self.client.server.presence.moved(self)
        self.width, self.height = size

    def _source(self) -> transform.RectF | None:
        """The crop in buffer pixels."""
        if self.crop is None:
            return None
        x, y, w, h = (value * self.scale for value in self.crop)
        turned = transform.turned(*self.slots.geometry, self.transform)
        return transform.to_buffer((x, y, w, h), self.transform, *turned)

    def describe(self, damage: tuple[Rect, ...]) -> SurfaceState:
        """The current state as the ui gets it."""
        children = tuple((self.number if sub is None else sub.surface.number, x, y) for sub, x, y in self.children)
        content = self.slots.content
        if content is None:
            return SurfaceState(self.number, configure=self.acked_configure, children=children)
        width, height = self.slots.geometry
        whole = (0, 0, self.width, self.height)
        lease = content if isinstance(content, Lease) else None
        return SurfaceState(
            self.number,
            0 if isinstance(content, Lease) else content.number,
            width,
            height,
            self.slots.stride,
            not FORMATS[self.format].alpha or any(contains(rect, whole) for rect in self.opaque_region),
            damage,
            self.width,
            self.height,
            self._source(),
            self.transform,
            self.input,
            self.geometry,
            self.acked_configure,
            children,
            self.format,
            self.alpha,
            self.content_type,
            0 if lease is None else lease.memory.number,
            0 if lease is None else lease.offset,
        )

    def prefer(self, scale: float, transform: int) -> None:
        """Tell the client what to draw in, where that has changed."""
        before, self.preferred = self.preferred, (scale, transform)
        if scale != before[0]:
            self.send_preferred_buffer_scale(max(1, math.ceil(scale)))
            if self.fractional is not None:
                self.fractional.prefer(scale)
        if transform != before[1]:
            self.send_preferred_buffer_transform(transform)

    @property
    def has_buffer(self) -> bool:
        """Whether one was attached, be it that its commit still waits to become current."""
        waiting = self.pending.buffer is not None or any(state.buffer is not None for state in self.queue)
        return waiting or self.has_content

    @property
    def has_content(self) -> bool:
        return self.slots.content is not None

    def ancestors(self) -> Iterator[Surface]:
        """The surfaces that carry this one as their subsurface, nearest first."""
        surface = self
        while surface.role_name == "wl_subsurface" and surface.role is not None:
            subsurface: Any = surface.role
            if subsurface.parent is None:
                break
            surface = subsurface.parent
            yield surface

    def root(self) -> Surface:
        """The surface that is no subsurface and carries this one."""
        surface = self
        while surface.role_name == "wl_subsurface" and surface.role is not None:
            subsurface: Any = surface.role
            if subsurface.parent is None:
                break
            surface = subsurface.parent
        return surface

    def destroyed(self) -> None:
        client = self.client
        client.surfaces -= 1
        client.server.seat.surface_destroyed(self)
        if self.role is not None:
            self.role.surface_destroyed()
            self.role = None
        if self.viewport is not None:
            self.viewport.surface = None
        for extension in self.extensions.values():
            extension.surface_destroyed()
        if self.fractional is not None:
            self.fractional.surface = None
        for sub in self.stack:
            if sub is not None:
                sub.parent_destroyed()
        self.give_back()
        updates.discard(self)
        self.discard_feedbacks()
        for callback in self.frames:
            callback.destroy()
        self.lending.end(self)
        before = {self.slots.content, self.shown, self.told}
        self.slots.content = self.shown = self.told = None
        for content in before:
            self.let_go(content)
        client.memory -= self.slots.memory
        self.slots.clear()
        client.server.scene.surface_destroyed(self)
