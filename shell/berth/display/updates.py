"""Content updates: which commit becomes current when, and together with which others.

A commit of a synchronised subsurface is cached until its parent commits, which takes it along as a
part. Any other commit becomes current at once, unless it has to wait: for its time
(wp_commit_timer_v1), for an earlier one to have been on the screen (wp_fifo_v1), for graphics
hardware that still draws into its buffer, or for one that waits itself. Queued commits hold their buffers.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from berth.display.resource import BudgetExceeded
from berth.display.state import State

if TYPE_CHECKING:
    from berth.display.surface import Surface

_MAX_QUEUE = 256
"""Commits of one surface that wait each for something of its own."""

_MAX_WAITING = 4_096
"""The same for all surfaces of an instance, with the commits of synchronised subsurfaces that wait as parts of them."""


def gather(surface: Surface, state: State) -> None:
    """What synchronised subsurfaces have committed so far belongs to this very commit of their parent."""
    for sub in surface.stack:
        if sub is not None and sub.surface.cached is not None:
            if state.parts is None:
                state.parts = {}
            state.parts[sub.surface], sub.surface.cached = sub.surface.cached, None


def cache(surface: Surface, state: State) -> None:
    """Keep a synchronised commit for the parent's next."""
    if state.extras is not None:
        state.extras.waits_for_barrier = False
    if surface.cached is None:
        surface.cached = State()
    surface.cached.merge(state)


def submit(surface: Surface, state: State) -> None:
    """Apply a commit now, or when what it waits for has happened."""
    state.follows = _follows(surface)
    if surface.queue or not _ready(surface, state):
        held = State()
        held.merge(state)
        held.follows = state.follows
        _enqueue(surface, held)
    else:
        surface.apply(state)


def _submit_held(surface: Surface, state: State) -> None:
    state.follows = _follows(surface)
    if surface.queue or not _ready(surface, state):
        _enqueue(surface, state)
    else:
        _apply_held(surface, state)


def _enqueue(surface: Surface, state: State) -> None:
    set_aside = getattr(surface.role, "set_aside", None)
    if set_aside is not None:
        set_aside(state)
    last = surface.queue[-1] if surface.queue else None
    if last is not None and not _constrained(state) and last.follows >= state.follows:
        # It would become current in the same instant as the one before.
        last.merge(state)
        if state.buffer is not None:
            state.buffer.drop()
        _count(surface, last)
        return
    if len(surface.queue) >= _MAX_QUEUE:
        state.discard()
        raise BudgetExceeded(f"more than {_MAX_QUEUE} commits that wait")
    surface.queue.append(state)
    _count(surface, state)
    if len(surface.queue) == 1:
        _wait(surface)


def _count(surface: Surface, state: State) -> None:
    """Raises `BudgetExceeded`."""
    before, state.counted = state.counted, state.count()
    surface.client.waiting += state.counted - before
    if surface.client.instance.waiting > _MAX_WAITING:
        raise BudgetExceeded(f"more than {_MAX_WAITING} commits that wait on all surfaces")


def _take_first(surface: Surface) -> State:
    state = surface.queue.pop(0)
    surface.client.waiting -= state.counted
    state.counted = 0
    return state


def advance(surface: Surface) -> None:
    """Apply what no longer waits. The client's mistakes end the client, as they do in its own requests."""
    surface.client.answer(lambda: _advance(surface))


def _advance(surface: Surface) -> None:
    while surface.queue and _ready(surface, surface.queue[0]):
        _apply_held(surface, _take_first(surface))
    _wait(surface)


def _wait(surface: Surface) -> None:
    """Come back at the time the oldest queued commit is for; everything else calls `advance` when it happens."""
    for awaited in surface.queue[0].unready() if surface.queue else ():
        awaited.wait(surface)
    timers = surface.client.server.timers
    moment = surface.queue[0].not_before() if surface.queue else 0
    if moment > time.monotonic_ns():
        timers.set(surface, moment, lambda: advance(surface))
    else:
        timers.forget(surface)


def _apply_held(surface: Surface, state: State) -> None:
    surface.apply(state)
    if state.buffer is not None:
        state.buffer.drop()


def apply_parts(parts: dict[Surface, State]) -> None:
    """Apply what subsurfaces had committed with the commit that becomes current."""
    for surface, state in parts.items():
        if not surface.alive:
            state.discard()
            continue
        # What it had queued before it was synchronised is older.
        while surface.queue and not surface.queue[0].follows:
            _apply_held(surface, _take_first(surface))
        _apply_held(surface, state)
        if surface.queue:
            for queued in surface.queue:
                queued.follows = False
            _advance(surface)


def _constrained(state: State) -> bool:
    waits = (state.extras is not None and state.extras.waits_for_barrier) or state.not_before() > 0
    return waits or bool(state.unready())


def _follows(surface: Surface) -> bool:
    """Whether an older commit of the surface is part of one of its ancestors' that waits."""
    path = [surface]
    for ancestor in surface.ancestors():
        if any(state.has_part(path) for state in ancestor.queue):
            return True
        path.insert(0, ancestor)
    return False


def _ready(surface: Surface, state: State) -> bool:
    if state.follows and _follows(surface):
        return False
    if surface.barrier and state.extras is not None and state.extras.waits_for_barrier:
        return False
    if state.unready():
        return False
    moment = state.not_before()
    return moment == 0 or moment <= time.monotonic_ns()


def desynchronize(surface: Surface) -> None:
    """The surface no longer waits for a parent: neither does what it has committed, nor its own children's."""
    role = surface.role
    if role is None or not role.synchronized:
        _release(surface)


def _release(surface: Surface) -> None:
    state, surface.cached = surface.cached, None
    if state is not None:
        _submit_held(surface, state)
    for sub in surface.stack:
        if sub is not None and not sub.sync and (sub.surface.cached is not None or len(sub.surface.stack) > 1):
            _release(sub.surface)


def desynchronize_orphan(surface: Surface) -> None:
    """The same where an object was destroyed, perhaps with its client and everything else."""
    if surface.client.connected:
        surface.client.answer(lambda: desynchronize(surface))


def reclaim(surface: Surface) -> None:
    """Apply what is part of commits of ancestors that are not current yet: the surface leaves them."""
    if surface.client.connected:
        surface.client.answer(lambda: _reclaim(surface))


def _reclaim(surface: Surface) -> None:
    for ancestor in surface.ancestors():
        for state in (*ancestor.queue, ancestor.cached):
            part = None if state is None else state.take_part(surface)
            if part is not None:
                _apply_held(surface, part)


def clear_queue(surface: Surface) -> None:
    """What waits was meant for a window that is no more."""
    surface.client.server.timers.forget(surface)
    while surface.queue:
        _take_first(surface).discard()


def discard(surface: Surface) -> None:
    """The surface is gone, and with it all that waited."""
    clear_queue(surface)
    surface.pending.buffer = None  # not held
    surface.pending.discard()
    if surface.cached is not None:
        surface.cached.discard()
