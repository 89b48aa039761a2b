"""What a surface's state does to its picture: opacity, scaling of what clients say they show, colours."""

from __future__ import annotations

import time

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage, QPainter, QTransform
from pywayland.protocol import alpha_modifier_v1, single_pixel_buffer_v1, viewporter
from pywayland.protocol.fifo_v1 import WpFifoManagerV1
from pywayland.protocol.presentation_time import WpPresentation

from berth.core.messages import SurfaceState
from berth.ui.surface_item import look_of
from tests.display.client import Object
from tests.display.shapes import XRGB, App, Window
from tests.picture import Picture
from tests.ui.conftest import OpenSession
from tests.ui.session import Session
from tests.ui.test_scene_hosts import needs_xvfb, on_x, x_display
from tests.ui.test_scene_session import needs_foot

__all__ = ["x_display"]  # the fixture


def black_window(session: Session) -> tuple[App, Window]:
    """A window of 300 x 200 made of one black pixel."""
    app = session.app("black")
    window = Window(app, map_=False)
    window.ack()
    solid(app, window.surface, (0, 0, 0), (300, 200))
    window.surface.commit()
    app.roundtrip()
    session.until(lambda: any(info.instance == "black" for info in session.windows()))
    return app, window


def solid(app: App, surface: object, colour: tuple[int, int, int], size: tuple[int, int]) -> None:
    manager = app.bind(single_pixel_buffer_v1.WpSinglePixelBufferManagerV1)
    app.bind(viewporter.WpViewporter).get_viewport(surface).set_destination(*size)
    buffer = manager.create_u32_rgba_buffer(*(part * 0x01010101 for part in colour), 0xFFFFFFFF)
    surface.attach(buffer, 0, 0)  # type: ignore[attr-defined]


def test_a_multiplier_makes_only_the_surface_itself_transparent(session: Session) -> None:
    translucent(session)


def translucent(session: Session) -> None:
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
    def smoothed(size: tuple[int, int], content_type: int) -> bool:
        return look_of(SurfaceState(1, 0, 100, 50, 400, False, (), *size, content_type=content_type), 1.0).smooth

    assert smoothed((200, 100), 0)
    assert smoothed((200, 100), 2)
    assert not smoothed((200, 100), 3)
    assert smoothed((201, 100), 3)
    assert not smoothed((100, 50), 2)


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


CORNERS = ((255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0))
"""Top left, top right, bottom left and bottom right of what a client means to show."""


def turn(session: Session, transform: int) -> None:
    """Shows two pictures with that buffer transform, one after the other."""
    name = f"turned-{transform}"
    app = session.app(name)
    window = Window(app, map_=False)
    window.ack()
    window.surface.set_buffer_transform(transform)
    for colours in (CORNERS, CORNERS[::-1]):
        turned = as_drawn(quarters(colours), transform)
        pixels = app.pixels(turned.width(), turned.height(), format_=XRGB)
        pixels.memory[:] = bytes(turned.constBits())
        app.show(window.surface, pixels)
        app.roundtrip()
        session.until(lambda: any(info.instance == name for info in session.windows()))
        info = session.window(name)
        assert (info.width, info.height) == (120, 80)

        def corners(picture: Picture, x: int = info.x, y: int = info.y) -> tuple[tuple[int, int, int], ...]:
            return tuple(picture.at(x + right, y + down) for down in (5, 74) for right in (5, 114))

        session.until_picture(lambda picture, colours=colours, corners=corners: corners(picture) == colours)


@pytest.mark.parametrize("transform", range(8))
def test_buffers_that_were_turned_are_turned_back(session: Session, transform: int) -> None:
    turn(session, transform)


@needs_xvfb
def test_opengl_draws_surfaces_the_same_way(x_display: str, open_session: OpenSession) -> None:
    session = on_x(open_session, x_display, "opengl")
    for transform in range(8):
        turn(session, transform)
    smooth(session)
    translucent(session)


def quarters(colours: tuple[tuple[int, int, int], ...]) -> QImage:
    """120 x 80 pixels."""
    image = QImage(120, 80, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    for i, colour in enumerate(colours):
        painter.fillRect(i % 2 * 60, i // 2 * 40, 60, 40, QColor(*colour))
    painter.end()
    return image


def as_drawn(upright: QImage, transform: int) -> QImage:
    """What a client draws that says it has transformed its buffer so: mirrored first, then turned counter-clockwise."""
    mirrored = upright.flipped(Qt.Orientation.Horizontal) if transform >= 4 else upright
    return mirrored.transformed(QTransform().rotate(-90 * (transform % 4)))


def test_scaled_content_is_smoothed(session: Session) -> None:
    smooth(session)


def smooth(session: Session) -> None:
    """A black and a white column, three times as wide as drawn, have grey ones between them."""
    app = session.app("scaled")
    window = Window(app, map_=False)
    window.ack()
    pixels = app.pixels(100, 60, format_=XRGB)
    pixels.put(0, 0, 50, 60, 0)
    pixels.put(50, 0, 50, 60, 255)
    app.bind(viewporter.WpViewporter).get_viewport(window.surface).set_destination(300, 180)
    app.show(window.surface, pixels)
    app.roundtrip()
    session.until(lambda: any(info.instance == "scaled" for info in session.windows()))
    info = session.window("scaled")

    def columns(picture: Picture) -> set[int]:
        return {red for red, _green, _blue in picture.colours((info.x + 140, info.y + 50, 20, 10))}

    picture = session.until_picture(lambda picture: {0, 255} <= columns(picture))
    assert any(40 < red < 215 for red in columns(picture))


@needs_foot
def test_a_terminal_measures_when_it_was_presented(session: Session) -> None:
    program = session.run("foot", "foot", "--presentation-timings", "sh", "-c", "sleep 0.3; echo hello; sleep 1000")
    session.until(lambda: session.log("foot").count("-> presented") >= 2)
    program.terminate()
