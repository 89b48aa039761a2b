"""An output as the display server is told of it, and as that tells the next ui."""

from __future__ import annotations

import msgspec
from PySide6.QtGui import QScreen

from berth.core import transform
from berth.core.messages import OutputChanged, OutputState
from berth.ui.output import Output


def describe(output: Output, screen: QScreen | None) -> OutputChanged:
    """What the display server has to know; `screen`: that of the host that the output is."""
    assert output.window is not None
    x, y, width, height = output.rect
    refresh = round(output.window.screen().refreshRate() * 1000)
    message = OutputChanged(
        width,
        height,
        output.looks.scale,
        refresh,
        output.area,
        output.name,
        x,
        y,
        description=f"Berth desktop ({output.name})",
        primary=output.looks.primary,
        transform=output.looks.transform,
        turned=output.looks.transform,
        before=output.before,
    )
    return message if screen is None else _of_screen(message, screen)


def _of_screen(message: OutputChanged, screen: QScreen) -> OutputChanged:
    size = screen.physicalSize()
    host = screen.angleBetween(screen.nativeOrientation(), screen.orientation()) // 90 % 4
    make, model = screen.manufacturer() or message.make, screen.model() or message.model
    return msgspec.structs.replace(
        message,
        transform=transform.both(message.turned, host),
        make=make,
        model=model,
        description=f"{make} {model} ({message.name})",
        millimetres=(max(round(size.width()), 0), max(round(size.height()), 0)),
    )


def as_it_was(message: OutputChanged) -> OutputState:
    """How an earlier ui had an output."""
    place = message.x, message.y, message.width, message.height
    return OutputState(message.scale, message.turned, place, message.primary)
