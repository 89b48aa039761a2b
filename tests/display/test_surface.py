"""wl_surface: what is committed is what the ui gets, to the pixel, all at once and at the ui's pace."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pywayland.protocol import viewporter, wayland

from berth.core import messages as m
from tests.display.client import ClientError, Object
from tests.display.conftest import Display
from tests.display.shapes import XRGB, App, Window
from tests.display.ui import FakeUi


def only(ui: FakeUi) -> m.SurfaceState:
    """The state of the only surface that has content."""
    shown = [state for state in ui.states.values() if state.slot != m.NO_CONTENT]
    assert len(shown) == 1
    return shown[0]


def commits(ui: FakeUi) -> list[m.Commit]:
    return [message for message in ui.log if isinstance(message, m.Commit)]


def shown(display: Display, **size: int) -> tuple[FakeUi, App, Window]:
    ui = display.ui()
    app = display.app()
    window = Window(app, **size)
    ui.until(lambda: any(w.mapped for w in ui.windows.values()))
    ui.settle()
    return ui, app, window


def error_of(app: App) -> ClientError:
    with pytest.raises(ClientError) as raised:
        app.roundtrip()
    return raised.value


def test_content(display: Display) -> None:
    ui, app, window = shown(display)
    state = only(ui)
    assert (state.width, state.height, state.logical_width, state.logical_height) == (100, 80, 100, 80)
    assert not state.opaque
    assert commits(ui)[0].states[0].damage == ((0, 0, 100, 80),)
    assert state.input is None
    assert ui.pixels(state.surface) == window.pixels.packed()
    app.roundtrip()
    assert window.pixels.buffer.named("release")


@pytest.mark.parametrize("stride", [400, 404, 1024])
def test_stride(display: Display, stride: int) -> None:
    ui, app, window = shown(display)
    pixels = app.pixels(100, 80, stride=stride)
    pixels.put(10, 20, 30, 40, 7)
    app.show(window.surface, pixels)
    app.roundtrip()
    ui.settle()
    assert ui.pixels(only(ui).surface) == pixels.packed()


def test_xrgb_and_opaque_region(display: Display) -> None:
    ui, app, window = shown(display)
    app.show(window.surface, app.pixels(100, 80, format_=XRGB))
    app.roundtrip()
    ui.settle()
    assert only(ui).opaque
    app.show(window.surface, app.pixels(100, 80))
    app.roundtrip()
    ui.settle()
    assert not only(ui).opaque
    region = app.compositor.create_region()
    region.add(-5, -5, 200, 200)
    window.surface.set_opaque_region(region)
    window.surface.commit()
    app.roundtrip()
    ui.settle()
    assert only(ui).opaque


def test_one_commit_for_what_came_together(display: Display) -> None:
    ui, app, window = shown(display)
    ui.settle()
    before = len(commits(ui))
    region = app.compositor.create_region()
    region.add(1, 2, 3, 4)
    region.add(10, 20, 30, 40)
    region.subtract(10, 20, 30, 10)
    window.surface.set_input_region(region)
    app.show(window.surface, app.pixels(60, 50, 9))
    app.roundtrip()
    ui.settle()
    assert len(commits(ui)) == before + 1
    assert only(ui).input == ((1, 2, 3, 4), (10, 30, 30, 30))
    assert (only(ui).width, only(ui).height) == (60, 50)


def test_nothing_before_the_commit(display: Display) -> None:
    ui, app, window = shown(display)
    before = only(ui)
    window.surface.attach(app.pixels(10, 10).buffer, 0, 0)
    window.surface.set_buffer_scale(2)
    app.roundtrip()
    ui.settle()
    assert only(ui) == before


def test_release_callbacks_tell_of_each_use_of_a_buffer(display: Display) -> None:
    _ui, app, window = shown(display)
    pixels = app.pixels(100, 80)
    window.surface.attach(pixels.buffer, 0, 0)
    callback = window.surface.get_release()
    app.roundtrip()
    assert not callback.events
    window.surface.commit()
    app.roundtrip()
    assert callback.last("done") == (0,)
    assert len(pixels.buffer.named("release")) == 1


@pytest.mark.parametrize("attach", [True, False])
def test_release_callbacks_need_a_buffer(display: Display, attach: bool) -> None:
    app = display.app()
    surface = app.surface()
    surface.get_release()
    if attach:
        surface.attach(None, 0, 0)
    app.roundtrip()
    surface.commit()
    assert error_of(app).code == int(wayland.WlSurface.error.no_buffer)


def test_a_compositor_can_be_released(display: Display) -> None:
    app = display.app()
    surface = app.surface()
    app.compositor.release()
    surface.commit()
    app.roundtrip()


def test_hiding(display: Display) -> None:
    ui, app, window = shown(display)
    window.surface.attach(None, 0, 0)
    window.surface.commit()
    app.roundtrip()
    ui.until(lambda: not ui.windows)
    ui.settle()
    assert all(state.slot == m.NO_CONTENT for state in ui.states.values())
    ui.settle()
    assert not ui.slots


def test_a_buffer_destroyed_before_the_commit_shows_nothing(display: Display) -> None:
    ui, app, window = shown(display)
    pixels = app.pixels(10, 10)
    window.surface.attach(pixels.buffer, 0, 0)
    pixels.buffer.destroy()
    window.surface.commit()
    app.roundtrip()
    ui.until(lambda: not ui.windows)


class Painter:
    """A client with two buffers that paints random rectangles and reports them as damage."""

    def __init__(self, app: App, surface: Object, width: int, height: int) -> None:
        self.app, self.surface = app, surface
        self.buffers = [app.pixels(width, height, 1), app.pixels(width, height, 1)]
        self.missed: list[list[tuple[int, int, int, int]]] = [[], []]
        self.number = 0

    def paint(self, rects: list[tuple[int, int, int, int]], byte: int, surface_damage: bool) -> None:
        self.number += 1
        buffer = self.buffers[self.number % 2]
        width, height = buffer.width, buffer.height
        other = self.buffers[1 - self.number % 2]
        for x, y, w, h in self.missed[self.number % 2]:
            for row in range(y, y + h):
                at = row * buffer.stride + x * 4
                buffer.memory[at : at + w * 4] = other.memory[at : at + w * 4]
        self.missed[self.number % 2] = []
        damage = self.surface.damage if surface_damage else self.surface.damage_buffer
        for x, y, w, h in rects:
            w, h = min(w, width - x), min(h, height - y)
            buffer.put(x, y, w, h, byte)
            self.missed[1 - self.number % 2].append((x, y, w, h))
            damage(x, y, w, h)
        self.surface.attach(buffer.buffer, 0, 0)
        self.surface.commit()

    @property
    def now(self) -> bytes:
        return self.buffers[self.number % 2].packed()


_rects = st.lists(
    st.tuples(st.integers(0, 89), st.integers(0, 59), st.integers(1, 90), st.integers(1, 60)), min_size=1, max_size=20
)
_steps = st.lists(
    st.tuples(_rects, st.integers(2, 255), st.booleans(), st.sampled_from("pdn")), min_size=1, max_size=12
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=_steps, width=st.sampled_from([90, 2000]))
def test_slots_follow_any_damage(
    display: Display, steps: list[tuple[list[m.Rect], int, bool, str]], width: int
) -> None:
    """Whatever is painted and whenever the ui draws, each frame it draws is one the client committed last."""
    path = display.directory / "wayland-h"
    ui = display.ui(auto_frames=False)
    app = display.app(path if path.exists() else display.instance("h"))
    try:
        follow_damage(ui, app, steps, width)
    finally:
        app.close()
    ui.until(lambda: not ui.surfaces)
    ui.close()


def follow_damage(ui: FakeUi, app: App, steps: list[tuple[list[m.Rect], int, bool, str]], width: int) -> None:
    window = Window(app, width, 60, 1)
    ui.until(lambda: any(w.mapped for w in ui.windows.values()))
    painter = Painter(app, window.surface, width, 60)
    picture = bytearray(window.pixels.packed())
    surface = max(ui.states)
    seen = len(ui.log)

    def look() -> None:
        nonlocal seen
        ui.settle()
        new, seen = ui.log[seen:], len(ui.log)
        for commit in new:
            if isinstance(commit, m.Commit):
                for state in commit.states:
                    slot = ui.slots[surface, state.slot]
                    upload(picture, state, slot[: state.stride * state.height])
        assert len([1 for owner, _slot in ui.slots if owner == surface]) <= 3

    for rects, byte, surface_damage, then in steps:
        painter.paint(rects, byte, surface_damage)
        if then == "n":
            continue
        app.roundtrip()
        if then == "d":
            ui.done()
        look()
    app.roundtrip()
    look()
    for _ in range(2):
        ui.done()
        look()
    assert ui.pixels(surface) == painter.now
    assert bytes(picture) == painter.now, "the damage told does not cover what changed"


def upload(picture: bytearray, state: m.SurfaceState, pixels: bytes) -> None:
    """What a ui does that keeps a texture: copy the damage alone."""
    for x, y, w, h in state.damage:
        assert x >= 0 and y >= 0 and x + w <= state.width and y + h <= state.height
        for row in range(y, y + h):
            at = row * state.stride + x * 4
            picture[at : at + w * 4] = pixels[at : at + w * 4]


def test_the_slot_in_use_is_not_written(display: Display) -> None:
    """Until the next frame is acknowledged, the pixels the ui was told of do not change."""
    ui = display.ui(auto_frames=False)
    app = display.app()
    window = Window(app, byte=1)
    ui.until(lambda: any(w.mapped for w in ui.windows.values()))
    first = only(ui)
    for byte in range(2, 9):
        app.show(window.surface, app.pixels(100, 80, byte))
        app.roundtrip()
    ui.settle()
    assert only(ui) is first
    assert set(ui.pixels(first.surface)) == {1}
    ui.done()
    ui.until(lambda: only(ui) is not first)
    second = only(ui)
    assert set(ui.pixels(second.surface)) == {8}
    shown_slot = ui.slots[first.surface, first.slot]
    for byte in range(9, 12):
        app.show(window.surface, app.pixels(100, 80, byte))
        app.roundtrip()
    ui.settle()
    assert set(shown_slot[: first.stride * first.height]) == {1}
    assert set(ui.pixels(second.surface)) == {8}


def test_growing_and_shrinking(display: Display) -> None:
    ui, app, window = shown(display)
    randoms = random.Random(1)
    for _ in range(40):
        pixels = app.pixels(randoms.randint(1, 700), randoms.randint(1, 700), randoms.randint(1, 255))
        app.show(window.surface, pixels)
        app.flush()
        ui.until(lambda pixels=pixels: ui.pixels(only(ui).surface) == pixels.packed())  # type: ignore[misc]
        assert len(ui.slots) <= 3


def test_frames(display: Display) -> None:
    """A callback fires when the frame with its commit was drawn, not before."""
    ui = display.ui(auto_frames=False)
    app = display.app()
    window = Window(app)
    ui.until(lambda: any(w.mapped for w in ui.windows.values()))
    ui.draw_all()
    callback = window.surface.frame()
    app.show(window.surface, app.pixels(100, 80, 2))
    app.roundtrip()
    ui.settle()
    assert not callback.events
    held = window.surface.frame()
    app.show(window.surface, app.pixels(100, 80, 3))
    app.roundtrip()
    ui.done()
    app.until(lambda: callback.events)
    assert callback.last("done") == (1234,)
    ui.settle()
    app.roundtrip()
    assert not held.events
    ui.done()
    app.until(lambda: held.events)


def test_a_frame_without_change(display: Display) -> None:
    ui, app, window = shown(display)
    callback = window.surface.frame()
    window.surface.commit()
    app.until(lambda: callback.events)
    assert any(isinstance(message, m.FrameWanted) for message in ui.log)


def test_minimised_windows_get_no_frames(display: Display) -> None:
    ui, app, window = shown(display)
    number = next(iter(ui.windows))
    ui.place(number, 0, 0, minimized=True)
    ui.settle()
    callback = window.surface.frame()
    app.show(window.surface, app.pixels(100, 80, 2))
    app.roundtrip()
    ui.settle()
    app.roundtrip()
    assert not callback.events
    assert set(ui.pixels(only(ui).surface)) == {2}
    ui.place(number, 0, 0)
    app.until(lambda: callback.events)


def test_scale_and_transform(display: Display) -> None:
    ui, app, window = shown(display)
    window.surface.set_buffer_scale(2)
    window.surface.set_buffer_transform(wayland.WlOutput.transform.flipped_90)
    app.show(window.surface, app.pixels(200, 80))
    app.roundtrip()
    ui.settle()
    state = only(ui)
    assert (state.width, state.height, state.transform) == (200, 80, 5)
    assert (state.logical_width, state.logical_height) == (40, 100)


@pytest.mark.parametrize(
    ("request_", "arguments", "code"),
    [
        ("set_buffer_scale", (0,), wayland.WlSurface.error.invalid_scale),
        ("set_buffer_scale", (-3,), wayland.WlSurface.error.invalid_scale),
        ("set_buffer_transform", (8,), wayland.WlSurface.error.invalid_transform),
        ("set_buffer_transform", (-1,), wayland.WlSurface.error.invalid_transform),
        ("attach", (None, 1, 0), wayland.WlSurface.error.invalid_offset),
    ],
)
def test_wrong_values(display: Display, request_: str, arguments: tuple[object, ...], code: int) -> None:
    app = display.app()
    getattr(app.surface(), request_)(*arguments)
    error = error_of(app)
    assert (error.interface, error.code) == ("wl_surface", int(code))


def test_a_size_that_is_no_multiple_of_the_scale(display: Display) -> None:
    app = display.app()
    surface = app.surface()
    surface.set_buffer_scale(2)
    app.show(surface, app.pixels(5, 4))
    assert error_of(app).code == int(wayland.WlSurface.error.invalid_size)


def test_viewport(display: Display) -> None:
    ui, app, window = shown(display)
    viewport = app.bind(viewporter.WpViewporter).get_viewport(window.surface)
    viewport.set_source(10, 20, 30.5, 40)
    viewport.set_destination(300, 200)
    window.surface.commit()
    app.roundtrip()
    ui.settle()
    state = only(ui)
    assert state.source == (10, 20, 30.5, 40)
    assert (state.logical_width, state.logical_height) == (300, 200)
    viewport.set_source(-1, -1, -1, -1)
    window.surface.commit()
    app.roundtrip()
    ui.settle()
    assert only(ui).source is None
    assert only(ui).logical_width == 300
    viewport.destroy()
    app.roundtrip()
    ui.settle()
    assert only(ui).logical_width == 300
    window.surface.commit()
    app.roundtrip()
    ui.settle()
    assert only(ui).logical_width == 100


_Viewport = viewporter.WpViewport.error


@pytest.mark.parametrize(
    ("source", "destination", "code"),
    [
        ((0, 0, 0, 5), None, _Viewport.bad_value),
        ((-2, 0, 5, 5), None, _Viewport.bad_value),
        (None, (0, 5), _Viewport.bad_value),
        (None, (-1, 5), _Viewport.bad_value),
        ((0, 0, 5.5, 5), None, _Viewport.bad_size),
        ((90, 0, 11, 5), None, _Viewport.out_of_buffer),
    ],
)
def test_wrong_viewports(
    display: Display, source: tuple[float, ...] | None, destination: tuple[int, int] | None, code: int
) -> None:
    _ui, app, window = shown(display)
    viewport = app.bind(viewporter.WpViewporter).get_viewport(window.surface)
    if source is not None:
        viewport.set_source(*source)
    if destination is not None:
        viewport.set_destination(*destination)
    window.surface.commit()
    error = error_of(app)
    assert (error.interface, error.code) == ("wp_viewport", int(code))


def test_one_viewport_a_surface_and_none_without(display: Display) -> None:
    app = display.app()
    manager = app.bind(viewporter.WpViewporter)
    surface = app.surface()
    viewport = manager.get_viewport(surface)
    surface.destroy()
    viewport.set_source(-1, -1, -1, -1)
    assert error_of(app).code == int(_Viewport.no_surface)
    app = display.app(display.instance("b"))
    manager = app.bind(viewporter.WpViewporter)
    surface = app.surface()
    manager.get_viewport(surface)
    manager.get_viewport(surface)
    assert error_of(app).code == int(viewporter.WpViewporter.error.viewport_exists)


def test_outputs_are_entered_and_described(display: Display) -> None:
    ui, app, window = shown(display)
    output = app.bind(wayland.WlOutput)
    app.until(lambda: output.named("done"))
    assert output.last("mode") == (3, 1280, 800, 60_000)
    assert window.surface.last("enter") == (output,)
    ui.send(m.OutputChanged(800, 600, 2.0, 75_000))
    app.until(lambda: output.named("done")[1:])
    assert output.last("mode") == (3, 1600, 1200, 75_000)
    assert output.last("scale") == (2,)
    app.until(lambda: window.surface.last("preferred_buffer_scale") == (2,))
    ui.send(m.OutputChanged(800, 600, 2.0, 75_000, (0, 0, 800, 560)))
    ui.settle()
    app.roundtrip()
    assert len(output.named("done")) == 2


def test_a_buffer_is_released_together_with_the_frame_callback_of_its_commit(display: Display) -> None:
    ui = display.ui(auto_frames=False)
    app = display.app()
    window = Window(app)
    ui.until(lambda: any(w.mapped for w in ui.windows.values()))
    ui.draw_all()
    first, second = app.pixels(100, 80, 0x11), app.pixels(100, 80, 0x22)
    callback = window.surface.frame()
    app.show(window.surface, first)
    app.roundtrip()
    assert not first.buffer.named("release") and not callback.events
    # Whoever does not wait for the frame gets the buffer back as soon as it has drawn another one.
    window.surface.frame()
    app.show(window.surface, second)
    app.roundtrip()
    assert first.buffer.named("release") and not second.buffer.named("release")
    ui.until(lambda: ui.pixels(next(iter(ui.surfaces))) == first.packed())
    ui.done()
    ui.until(lambda: ui.pixels(next(iter(ui.surfaces))) == second.packed())
    ui.done()
    app.until(lambda: second.buffer.named("release"))
    app.until(lambda: callback.events)


def test_a_buffer_that_waits_for_a_frame_is_released_when_there_will_be_none(display: Display) -> None:
    ui = display.ui(auto_frames=False)
    app = display.app()
    window = Window(app)
    ui.done()
    first, second = app.pixels(100, 80), app.pixels(100, 80)
    window.surface.frame()
    app.show(window.surface, first)
    app.roundtrip()
    assert not first.buffer.named("release")
    ui.close()
    app.until(lambda: first.buffer.named("release"))
    window.surface.frame()
    app.show(window.surface, second)
    app.roundtrip()
    assert second.buffer.named("release")


def test_the_ui_does_not_hear_of_surfaces_that_come_to_nothing(display: Display) -> None:
    ui, app, _window = shown(display)
    known = len(ui.log)
    for _ in range(100):
        app.compositor.create_surface().destroy()
    app.roundtrip()
    ui.settle()
    assert not [message for message in ui.log[known:] if isinstance(message, m.SurfaceCreated | m.SurfaceDestroyed)]
    surface = app.compositor.create_surface()
    frame = surface.frame()
    surface.commit()
    app.until(lambda: frame.events)
    (created,) = [message for message in ui.log[known:] if isinstance(message, m.SurfaceCreated)]
    surface.destroy()
    app.roundtrip()
    ui.until(lambda: m.SurfaceDestroyed(created.surface) in ui.log)
