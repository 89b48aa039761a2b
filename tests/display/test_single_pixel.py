"""wp_single_pixel_buffer_manager_v1: a colour instead of memory."""

from __future__ import annotations

from pywayland.protocol import single_pixel_buffer_v1, viewporter

from tests.display.conftest import Display
from tests.display.shapes import Window


def test_one_pixel_stretched_by_a_viewport(display: Display) -> None:
    ui = display.ui()
    app = display.app()
    window = Window(app, map_=False)
    window.ack()
    manager = app.bind(single_pixel_buffer_v1.WpSinglePixelBufferManagerV1)
    buffer = manager.create_u32_rgba_buffer(0xFFFFFFFF, 0x80000000, 0x40FFFFFF, 0xFFFFFFFF)
    manager.destroy()
    viewport = app.bind(viewporter.WpViewporter).get_viewport(window.surface)
    viewport.set_destination(300, 200)
    window.surface.attach(buffer, 0, 0)
    window.surface.commit()
    app.until(lambda: buffer.named("release"))
    ui.until(lambda: any(shown.mapped for shown in ui.windows.values()))
    (state,) = ui.states.values()
    assert (state.width, state.height, state.logical_width, state.logical_height) == (1, 1, 300, 200)
    assert state.opaque
    assert ui.pixels(state.surface) == bytes((0x40, 0x80, 0xFF, 0xFF))


def test_it_may_be_destroyed_before_it_is_shown(display: Display) -> None:
    ui = display.ui()
    app = display.app()
    window = Window(app)
    child = app.surface()
    app.subcompositor.get_subsurface(child, window.surface)
    manager = app.bind(single_pixel_buffer_v1.WpSinglePixelBufferManagerV1)
    buffer = manager.create_u32_rgba_buffer(0, 0, 0xFFFFFFFF, 0xFFFFFFFF)
    child.attach(buffer, 0, 0)
    child.commit()
    buffer.destroy()
    window.surface.commit()
    app.roundtrip()
    ui.until(lambda: any(state.width == 1 for state in ui.states.values()))
    (state,) = [state for state in ui.states.values() if state.width == 1]
    assert ui.pixels(state.surface) == bytes((0xFF, 0, 0, 0xFF))
