"""Apps that take hold of something and say so, to be stopped then: ``python -m tests.abuse.stopped NAME SOCKET``."""

from __future__ import annotations

import sys
from pathlib import Path

from pywayland.protocol import wayland
from pywayland.protocol.pointer_constraints_unstable_v1 import ZwpPointerConstraintsV1

from tests.display.client import Object
from tests.display.shapes import App, Popup, Window

TEXT = "text/plain;charset=utf-8"
PATIENCE = 120.0
_PERSISTENT = 2


class Holder:
    """A window and what the seat has."""

    def __init__(self, path: Path) -> None:
        self.app = App(path)
        self.seat = self.app.bind(wayland.WlSeat)
        self.pointer: Object = self.seat.get_pointer()
        self.keyboard: Object = self.seat.get_keyboard()
        self.manager = self.app.bind(wayland.WlDataDeviceManager)
        self.device: Object = self.manager.get_data_device(self.seat)
        self.window = Window(self.app)

    def pressed(self) -> int:
        self.app.until(lambda: self.pointer.named("button"), PATIENCE)
        serial: int = self.pointer.last("button")[0]
        return serial

    def source(self) -> Object:
        source: Object = self.manager.create_data_source()
        source.offer(TEXT)
        return source


def menu(holder: Holder) -> None:
    app, serial = holder.app, holder.pressed()
    first = Popup(app, holder.window.xdg, app.positioner(40, 30, (0, 0, 9, 9)), (holder.seat, serial)).map()
    Popup(app, first.xdg, app.positioner(20, 20, (0, 0, 9, 9)), (holder.seat, serial)).map()


def drag(holder: Holder) -> None:
    source = holder.source()
    source.set_actions(1)
    holder.device.start_drag(source, holder.window.surface, None, holder.pressed())


def keyboard(holder: Holder) -> None:
    holder.app.until(lambda: holder.keyboard.named("enter"), PATIENCE)


def lock(holder: Holder) -> None:
    constraints = holder.app.bind(ZwpPointerConstraintsV1)
    constraints.lock_pointer(holder.window.surface, holder.pointer, None, _PERSISTENT)


def confine(holder: Holder) -> None:
    constraints = holder.app.bind(ZwpPointerConstraintsV1)
    constraints.confine_pointer(holder.window.surface, holder.pointer, None, _PERSISTENT)


def copy(holder: Holder) -> None:
    keyboard(holder)
    holder.device.set_selection(holder.source(), holder.keyboard.last("enter")[0])


def window(_holder: Holder) -> None:
    pass


HOLDERS = {function.__name__: function for function in (menu, drag, keyboard, lock, confine, copy, window)}

if __name__ == "__main__":
    one = Holder(Path(sys.argv[2]))
    HOLDERS[sys.argv[1]](one)
    one.app.roundtrip()
    print("ready", flush=True)  # noqa: T201
    one.app.until(lambda: False, PATIENCE)
