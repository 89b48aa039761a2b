"""wp_commit_timing_v1: commits that become current at a certain time and not before."""

from __future__ import annotations

from pywayland.protocol.commit_timing_v1 import WpCommitTimerV1, WpCommitTimingManagerV1

from berth.display.extension import SurfaceExtension, check_free
from berth.display.resource import Resource
from berth.display.surface import Surface

_SECOND = 1_000_000_000
_Errors = WpCommitTimerV1.error


class CommitTimer(SurfaceExtension):
    """Times are those of the presentation clock, CLOCK_MONOTONIC."""

    __slots__ = ()
    interface = WpCommitTimerV1

    def on_set_timestamp(self, seconds_high: int, seconds_low: int, nanoseconds: int) -> None:
        extras = self.living(_Errors.surface_destroyed).pending.more
        if nanoseconds >= _SECOND:
            raise self.error(_Errors.invalid_timestamp, f"{nanoseconds} ns are more than a second")
        if extras.not_before is not None:
            raise self.error(_Errors.timestamp_exists, "the next commit has a time already")
        extras.not_before = (seconds_high << 32 | seconds_low) * _SECOND + nanoseconds


class CommitTimingManager(Resource):
    __slots__ = ()
    interface = WpCommitTimingManagerV1

    def on_get_timer(self, new_id: int, surface: Surface) -> None:
        check_free(self, CommitTimer, surface, WpCommitTimingManagerV1.error.commit_timer_exists)
        CommitTimer(self.client, self.version, new_id, surface)
