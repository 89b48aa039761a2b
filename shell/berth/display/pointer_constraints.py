"""zwp_pointer_constraints: a surface holds the pointer in place, or inside a part of itself.

A constraint takes effect while its window has the keyboard and the pointer is on the surface, in the
region the client named. The ui holds the pointer then; it ends the constraint by taking the keyboard or
the pointer away, or because the user asked for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from pywayland.protocol.pointer_constraints_unstable_v1 import (
    ZwpConfinedPointerV1,
    ZwpLockedPointerV1,
    ZwpPointerConstraintsV1,
)

from berth.core.messages import PointerConstraint, Rect
from berth.display.popup import same_window
from berth.display.resource import BudgetExceeded, Resource, event

if TYPE_CHECKING:
    from berth.display.client import Client
    from berth.display.compositor import Region
    from berth.display.pointer import Pointer, PointerState
    from berth.display.server import Server
    from berth.display.surface import Surface

_ONESHOT = int(ZwpPointerConstraintsV1.lifetime.oneshot)
_PERSISTENT = int(ZwpPointerConstraintsV1.lifetime.persistent)

Rects = tuple[Rect, ...]


class Constraint(Resource):
    """Attributes:
    surface: None once the constraint can never take effect again.
    region: part of the surface; None = all of it.
    hint: where the pointer shall be afterwards.
    resting: the user has freed the pointer, and has not pressed a button on the surface since.
    """

    __slots__ = ("_oneshot", "_pointer", "hint", "region", "resting", "surface")
    kind: ClassVar[Literal["lock", "confine"]]

    def __init__(
        self,
        client: Client,
        version: int,
        new_id: int,
        surface: Surface,
        pointer: Pointer,
        region: Region | None,
        lifetime: int,
    ) -> None:
        super().__init__(client, version, new_id)
        self.surface: Surface | None = surface
        self.region = _rects(region)
        self.hint: tuple[float, float] | None = None
        self.resting = False
        self._pointer = pointer
        self._oneshot = lifetime == _ONESHOT
        surface.constraint = self
        client.server.seat.pointer.constraints.update()

    def began(self) -> None:
        """Tell the client that the constraint holds."""
        raise NotImplementedError

    def ended(self) -> None:
        """Tell the client that it holds no longer."""
        raise NotImplementedError

    def on_set_region(self, region: Region | None) -> None:
        """Double-buffered with the surface's own state."""
        if self.surface is not None:
            self.surface.pending.more.others[self.apply_region] = _rects(region)

    def apply_region(self, region: Rects | None) -> None:
        self.region = region
        self.client.server.seat.pointer.constraints.changed(self)

    def allows(self, x: float, y: float) -> bool:
        """Whether it may take effect with the pointer at x, y of its surface."""
        return self._pointer.alive and not self.resting and _inside(self.region, x, y)

    def deactivated(self) -> None:
        self.ended()
        if self._oneshot:
            self.retire()

    def retire(self) -> None:
        if self.surface is not None:
            self.surface.constraint = None
            self.surface = None

    def destroyed(self) -> None:
        self.client.server.seat.pointer.constraints.gone(self)
        self.retire()


class LockedPointer(Constraint):
    __slots__ = ()
    interface = ZwpLockedPointerV1
    kind = "lock"
    send_locked = event(ZwpLockedPointerV1, "locked")
    send_unlocked = event(ZwpLockedPointerV1, "unlocked")

    def began(self) -> None:
        self.send_locked()

    def ended(self) -> None:
        self.send_unlocked()

    def on_set_cursor_position_hint(self, x: float, y: float) -> None:
        if self.surface is not None:
            self.surface.pending.more.others[self.apply_hint] = (x, y)

    def apply_hint(self, hint: tuple[float, float]) -> None:
        self.hint = hint


class ConfinedPointer(Constraint):
    __slots__ = ()
    interface = ZwpConfinedPointerV1
    kind = "confine"
    send_confined = event(ZwpConfinedPointerV1, "confined")
    send_unconfined = event(ZwpConfinedPointerV1, "unconfined")

    def began(self) -> None:
        self.send_confined()

    def ended(self) -> None:
        self.send_unconfined()


class PointerConstraints(Resource):
    __slots__ = ()
    interface = ZwpPointerConstraintsV1

    def on_lock_pointer(
        self, new_id: int, surface: Surface, pointer: Pointer, region: Region | None, lifetime: int
    ) -> None:
        self._check(surface, lifetime)
        LockedPointer(self.client, self.version, new_id, surface, pointer, region, lifetime)

    def on_confine_pointer(
        self, new_id: int, surface: Surface, pointer: Pointer, region: Region | None, lifetime: int
    ) -> None:
        self._check(surface, lifetime)
        ConfinedPointer(self.client, self.version, new_id, surface, pointer, region, lifetime)

    def _check(self, surface: Surface, lifetime: int) -> None:
        if surface.constraint is not None:
            raise self.error(ZwpPointerConstraintsV1.error.already_constrained, "the surface has a constraint")
        if lifetime not in (_ONESHOT, _PERSISTENT):
            raise BudgetExceeded(f"zwp_pointer_constraints_v1: {lifetime} is no lifetime")


class Constraints:
    """Which constraint holds the pointer now; at most one does."""

    def __init__(self, server: Server, pointer: PointerState) -> None:
        self._server = server
        self._pointer = pointer
        self._active: Constraint | None = None

    @property
    def locked(self) -> bool:
        return self._active is not None and self._active.kind == "lock"

    def update(self) -> None:
        """Pointer or keyboard may be elsewhere now."""
        active, focus = self._active, self._pointer.focus
        if active is None and (focus is None or focus.constraint is None):
            return
        constraint = focus.constraint if focus is not None and self._has_keyboard(focus) else None
        if constraint is active:
            return
        if active is not None:
            self._end(active)
        if constraint is not None and constraint.allows(self._pointer.x, self._pointer.y):
            self._active = constraint
            self._tell(constraint)
            constraint.began()

    def _has_keyboard(self, surface: Surface) -> bool:
        chosen = self._server.seat.keyboard.chosen
        return self._server.has_ui and chosen is not None and same_window(chosen, surface)

    def _tell(self, constraint: Constraint) -> None:
        if constraint.surface is not None:
            message = PointerConstraint(constraint.surface.number, constraint.kind, constraint.region)
            self._server.scene.send(message)

    def _end(self, constraint: Constraint) -> None:
        self._forget(constraint)
        constraint.deactivated()

    def _forget(self, constraint: Constraint) -> None:
        self._active = None
        surface = constraint.surface
        if surface is not None:
            hint = constraint.hint
            inside = hint is not None and 0 <= hint[0] < surface.width and 0 <= hint[1] < surface.height
            self._server.scene.send(PointerConstraint(surface.number, hint=hint if inside else None))

    def changed(self, constraint: Constraint) -> None:
        """It has another region."""
        if constraint is not self._active:
            self.update()
        elif constraint.region == ():
            constraint.resting = True
            self._end(constraint)
        else:
            self._tell(constraint)

    def pressed(self, surface: Surface | None) -> None:
        """The user turns to `surface` again."""
        if surface is not None and surface.constraint is not None and surface.constraint.resting:
            surface.constraint.resting = False
            self.update()

    def freed(self) -> None:
        """The user takes the pointer back."""
        active = self._active
        if active is not None:
            active.resting = True
            self._end(active)

    def ui_lost(self) -> None:
        """Nobody holds the pointer any more."""
        if self._active is not None:
            self._end(self._active)

    def gone(self, constraint: Constraint) -> None:
        """Its object was destroyed."""
        if constraint is self._active:
            self._forget(constraint)

    def surface_destroyed(self, surface: Surface) -> None:
        constraint = surface.constraint
        if constraint is not None:
            if constraint is self._active:
                self._end(constraint)
            constraint.retire()


def _rects(region: Region | None) -> Rects | None:
    return None if region is None else region.shape()


def _inside(region: Rects | None, x: float, y: float) -> bool:
    return region is None or any(
        left <= x < left + width and top <= y < top + height for left, top, width, height in region
    )
