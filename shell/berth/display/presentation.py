"""wp_presentation: when exactly a commit was on the screen, or that it never was.

The ui says when its window had been drawn. It knows nothing about the display hardware below, so
there is no counter of refresh cycles, and none of the flags would be true.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from pywayland.protocol.presentation_time import WpPresentation, WpPresentationFeedback

from berth.display.output import Output
from berth.display.resource import Resource, event

if TYPE_CHECKING:
    from berth.display.surface import Surface

_SECOND = 1_000_000_000


class Feedback(Resource):
    """Told once about one commit."""

    __slots__ = ()
    listed = True
    most = 2_048
    interface = WpPresentationFeedback
    highest = 2
    send_sync_output = event(WpPresentationFeedback, "sync_output")
    send_presented = event(WpPresentationFeedback, "presented")
    send_discarded = event(WpPresentationFeedback, "discarded")

    def presented(self, surface: Surface, moment: int, refresh: int) -> None:
        """`moment` is of the monotonic clock, `refresh` the time to the next frame, both in ns."""
        for output in self.client.all(Output):
            if output.screen is surface.screens[0]:
                self.send_sync_output(output)
        seconds, nanoseconds = divmod(moment, _SECOND)
        self.send_presented(seconds >> 32, seconds & 0xFFFFFFFF, nanoseconds, refresh, 0, 0, 0)
        self.destroy()

    def discard(self) -> None:
        self.send_discarded()
        self.destroy()


class Presentation(Resource):
    __slots__ = ()
    interface = WpPresentation
    highest = 2
    send_clock_id = event(WpPresentation, "clock_id")

    def bound(self) -> None:
        self.send_clock_id(time.CLOCK_MONOTONIC)

    def on_feedback(self, surface: Surface, new_id: int) -> None:
        surface.pending.more.feedbacks.append(Feedback(self.client, self.version, new_id))
