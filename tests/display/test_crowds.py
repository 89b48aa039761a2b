"""Objects that hear of what happens to others are few: one number times the other is what an app can have us say."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pywayland.protocol import wayland
from pywayland.protocol.presentation_time import WpPresentation
from pywayland.protocol.wp_primary_selection_unstable_v1 import ZwpPrimarySelectionDeviceManagerV1
from pywayland.protocol.xdg_output_unstable_v1 import ZxdgOutputManagerV1
from pywayland.protocol.xdg_toplevel_drag_v1 import XdgToplevelDragManagerV1

from berth.core.permissions import VIRTUAL_INPUT
from berth.display.virtual_keyboard import ZwpVirtualKeyboardManagerV1
from tests.display.client import ClientError
from tests.display.conftest import Display
from tests.display.shapes import App


def outputs(app: App) -> Callable[[], object]:
    return lambda: app.bind(wayland.WlOutput)


def output_details(app: App) -> Callable[[], object]:
    manager, output = app.bind(ZxdgOutputManagerV1), app.bind(wayland.WlOutput)
    return lambda: manager.get_xdg_output(output)


def clipboards(app: App) -> Callable[[], object]:
    manager, seat = app.bind(wayland.WlDataDeviceManager), app.bind(wayland.WlSeat)
    return lambda: manager.get_data_device(seat)


def selections(app: App) -> Callable[[], object]:
    manager, seat = app.bind(ZwpPrimarySelectionDeviceManagerV1), app.bind(wayland.WlSeat)
    return lambda: manager.get_device(seat)


def drags(app: App) -> Callable[[], object]:
    manager, drags = app.bind(wayland.WlDataDeviceManager), app.bind(XdgToplevelDragManagerV1)
    return lambda: drags.get_xdg_toplevel_drag(manager.create_data_source())


def feedbacks(app: App) -> Callable[[], object]:
    presentation, surface = app.bind(WpPresentation), app.surface()
    return lambda: presentation.feedback(surface)


def played_keyboards(app: App) -> Callable[[], object]:
    manager, seat = app.bind(ZwpVirtualKeyboardManagerV1), app.bind(wayland.WlSeat)
    return lambda: manager.create_virtual_keyboard(seat)


@pytest.mark.parametrize(
    ("kind", "most"),
    [
        (outputs, 256),
        (output_details, 256),
        (clipboards, 256),
        (selections, 256),
        (drags, 256),
        (feedbacks, 2_048),
        (played_keyboards, 32),
    ],
)
def test_the_number_of_objects(display: Display, kind: Callable[[App], Callable[[], object]], most: int) -> None:
    app = display.app(display.instance(granted=(VIRTUAL_INPUT,)))
    make = kind(app)
    for count in range(most):
        make()
        if count % 50 == 0:
            app.roundtrip()
    app.roundtrip()
    make()
    with pytest.raises(ClientError, match=f"more than {most} objects of"):
        app.roundtrip()
