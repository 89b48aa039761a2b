"""What the server holds for an app is counted, however it is spread over objects, and given back with them."""

from __future__ import annotations

import pytest
from pywayland.protocol import wayland
from pywayland.protocol.commit_timing_v1 import WpCommitTimingManagerV1
from pywayland.protocol.pointer_constraints_unstable_v1 import ZwpPointerConstraintsV1
from pywayland.protocol.wp_primary_selection_unstable_v1 import ZwpPrimarySelectionDeviceManagerV1

from tests.display.client import ClientError, Object
from tests.display.conftest import Display, DisplayWith
from tests.display.shapes import App

MOST = 100
_NEVER = (0, 1 << 20, 0)


@pytest.fixture
def app(display_with: DisplayWith) -> App:
    display: Display = display_with({"compositor.MAX_ALL_RECTS": MOST, "selection._MAX_ALL_TYPES": 150 * MOST})
    return display.app()


def region(app: App, rects: int) -> Object:
    made: Object = app.compositor.create_region()
    for number in range(rects):
        made.add(number * 3, 0, 1, 1)
    return made


def refused(app: App, why: str) -> None:
    with pytest.raises(ClientError, match=why):
        app.roundtrip()


def test_rectangles_of_all_regions(app: App) -> None:
    for _ in range(4):
        region(app, MOST // 4)
    app.roundtrip()
    region(app, 1)
    refused(app, "rectangles in all regions")


def test_rectangles_of_regions_that_are_gone(app: App) -> None:
    for _ in range(10):
        region(app, MOST // 4).destroy()
        made = region(app, MOST // 4)
        made.subtract(0, 0, 1_000, 1)
        surface = app.surface()
        surface.set_input_region(region(app, MOST // 4))
        surface.set_input_region(None)
        surface.destroy()
        made.destroy()
        app.roundtrip()
        [left] = [one for one in app.objects.values() if one.interface is wayland.WlRegion]
        left.destroy()
        app.roundtrip()


def test_one_region_for_many_surfaces_counts_once(app: App) -> None:
    shape = region(app, MOST // 2)
    for _ in range(20):
        surface = app.surface()
        surface.set_input_region(shape)
        surface.set_opaque_region(shape)
        surface.commit()
    app.roundtrip()
    region(app, 1)
    refused(app, "rectangles in all regions")


def test_what_surfaces_keep_counts(app: App) -> None:
    for _ in range(5):
        shape = region(app, MOST // 6)
        app.surface().set_opaque_region(shape)
        shape.destroy()
        app.roundtrip()
    region(app, MOST // 6 + MOST // 10)
    refused(app, "rectangles in all regions")


def test_what_waits_and_what_holds_the_pointer_counts(app: App) -> None:
    surface = app.surface()
    timer = app.bind(WpCommitTimingManagerV1).get_timer(surface)
    for _ in range(3):
        shape = region(app, MOST // 5)
        surface.set_input_region(shape)
        shape.destroy()
        timer.set_timestamp(*_NEVER)
        surface.commit()
    pointer = app.bind(wayland.WlSeat).get_pointer()
    shape = region(app, MOST // 5)
    app.bind(ZwpPointerConstraintsV1).lock_pointer(surface, pointer, shape, 1)
    shape.destroy()
    app.roundtrip()
    region(app, MOST // 5 + 1)
    refused(app, "rectangles in all regions")


@pytest.mark.parametrize("letter", ["x", "😀"])
def test_types_of_all_sources(app: App, letter: str) -> None:
    clipboard = app.bind(wayland.WlDataDeviceManager)
    primary = app.bind(ZwpPrimarySelectionDeviceManagerV1)
    sources = []
    length = 48 // len(letter.encode())
    for number in range(MOST // 2):
        sources.append(clipboard.create_data_source())
        sources.append(primary.create_source())
        for source in sources[-2:]:
            source.offer(f"{number:02}" + letter * length)
    app.roundtrip()
    while sources:
        sources.pop().destroy()
    for _ in range(2):
        sources.append(clipboard.create_data_source())
        for number in range(MOST):
            sources[-1].offer(f"{number:02}" + letter * length)
        if len(sources) == 1:
            app.roundtrip()
    refused(app, "too many types in all data sources")
