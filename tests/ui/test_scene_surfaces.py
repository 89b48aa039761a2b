"""What a surface's state does to its picture: opacity, scaling of what clients say they show, colours."""

from __future__ import annotations

import time

from pywayland.protocol import alpha_modifier_v1, single_pixel_buffer_v1, viewporter
from pywayland.protocol.fifo_v1 import WpFifoManagerV1
from pywayland.protocol.presentation_time import WpPresentation

from berth.core.messages import SurfaceState
from berth.ui.surface_item import look_of
from tests.display.client import Object
from tests.display.shapes import App, Window
from tests.ui.session import Session


def black_window(session: Session) -> tuple[App, Window]:
    """A window of 300 x 200 made of one black pixel."""
    app = session.app("black")
    window = Window(app, map_=False)
    window.ack()
    solid(app, window.surface, (0, 0, 0), (300, 200))
    window.surface.commit()
    app.roundtrip()
    session.until_windows(1)
    return app, window


def solid(app: App, surface: object, colour: tuple[int, int, int], size: tuple[int, int]) -> None:
    manager = app.bind(single_pixel_buffer_v1.WpSinglePixelBufferManagerV1)
    app.bind(viewporter.WpViewporter).get_viewport(surface).set_destination(*size)
    buffer = manager.create_u32_rgba_buffer(*(part * 0x01010101 for part in colour), 0xFFFFFFFF)
    surface.attach(buffer, 0, 0)  # type: ignore[attr-defined]


def test_a_multiplier_makes_only_the_surface_itself_transparent(session: Session) -> None:
    app, window = black_window(session)
    info = session.window("black")
    child = app.surface()
    app.subcompositor.get_subsurface(child, window.surface).set_position(100, 0)
    solid(app, child, (255, 0, 0), (100, 200))
    grandchild = app.surface()
    app.subcompositor.get_subsurface(grandchild, child)
    solid(app, grandchild, (0, 0, 255), (50, 200))
    grandchild.commit()
    modifier = app.bind(alpha_modifier_v1.WpAlphaModifierV1).get_surface(child)
    modifier.set_multiplier(0x80000000)
    child.commit()
    window.surface.commit()
    app.roundtrip()

    def colours(x: int, width: int) -> set[tuple[int, int, int]]:
        return set(session.picture().colours((info.x + x, info.y, width, 200)))

    session.until(lambda: colours(100, 50) == {(0, 0, 255)})
    assert colours(0, 100) == {(0, 0, 0)}
    ((red, green, blue),) = colours(150, 50)
    assert 120 <= red <= 135
    assert (green, blue) == (0, 0)
    modifier.destroy()
    child.commit()
    window.surface.commit()
    app.roundtrip()
    session.until(lambda: colours(150, 50) == {(255, 0, 0)})


def test_games_in_whole_multiples_keep_their_pixels_square() -> None:
    def smooth(size: tuple[int, int], content_type: int) -> bool:
        return look_of(SurfaceState(1, 0, 100, 50, 400, False, (), *size, content_type=content_type)).smooth

    assert smooth((200, 100), 0)
    assert smooth((200, 100), 2)
    assert not smooth((200, 100), 3)
    assert smooth((201, 100), 3)
    assert not smooth((100, 50), 2)


def test_presentation_times_are_those_of_the_frames(session: Session) -> None:
    app, window = black_window(session)
    presentation = app.bind(WpPresentation)
    before = time.monotonic_ns()
    feedback = presentation.feedback(window.surface)
    window.surface.damage(0, 0, 10, 10)
    window.surface.commit()
    app.until(lambda: feedback.named("presented"))
    high, low, nanoseconds, refresh, *_rest = feedback.last("presented")
    moment = (high << 32 | low) * 1_000_000_000 + nanoseconds
    assert before < moment < time.monotonic_ns()
    assert 1_000_000 < refresh < 100_000_000
    session.act("black", "minimize")
    session.until(lambda: session.window("black").minimized)
    hidden = presentation.feedback(window.surface)
    window.surface.commit()
    app.until(lambda: hidden.events)
    assert [event.name for event in hidden.events] == ["discarded"]


def test_fifo_goes_at_the_screens_pace_and_does_not_stop_in_a_minimised_window(session: Session) -> None:
    app, window = black_window(session)
    fifo = app.bind(WpFifoManagerV1).get_fifo(window.surface)
    presentation = app.bind(WpPresentation)

    def commit() -> Object:
        fifo.wait_barrier()
        fifo.set_barrier()
        feedback: Object = presentation.feedback(window.surface)
        window.surface.commit()
        return feedback

    feedbacks = [commit() for _ in range(5)]
    app.until(lambda: all(feedback.events for feedback in feedbacks))
    assert all(feedback.named("presented") for feedback in feedbacks), "none was superseded"
    session.act("black", "minimize")
    session.until(lambda: session.window("black").minimized)
    last = [commit() for _ in range(5)][-1]
    app.until(lambda: last.events)
