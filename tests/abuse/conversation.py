"""One app that uses much of the display server, cut off after any byte that it says.

``python -m tests.abuse.conversation DIRECTORY REQUESTS`` plays it in processes of its own, and kills each (SIGKILL)
after one request more than the one before; see `main`.
"""

from __future__ import annotations

import array
import os
import signal
import socket
import sys
from pathlib import Path

from pywayland.protocol import wayland
from pywayland.protocol.ext_data_control_v1 import ExtDataControlManagerV1
from pywayland.protocol.ext_image_capture_source_v1 import ExtOutputImageCaptureSourceManagerV1
from pywayland.protocol.ext_image_copy_capture_v1 import ExtImageCopyCaptureManagerV1
from pywayland.protocol.idle_inhibit_unstable_v1 import ZwpIdleInhibitManagerV1
from pywayland.protocol.pointer_constraints_unstable_v1 import ZwpPointerConstraintsV1
from pywayland.protocol.presentation_time import WpPresentation
from pywayland.protocol.single_pixel_buffer_v1 import WpSinglePixelBufferManagerV1
from pywayland.protocol.text_input_unstable_v3 import ZwpTextInputManagerV3
from pywayland.protocol.viewporter import WpViewporter
from pywayland.protocol.xdg_activation_v1 import XdgActivationV1
from pywayland.protocol.xdg_decoration_unstable_v1 import ZxdgDecorationManagerV1
from pywayland.protocol.xdg_foreign_unstable_v2 import ZxdgExporterV2
from pywayland.protocol.xdg_toplevel_icon_v1 import XdgToplevelIconManagerV1

from berth.display.layer_surface import ZwlrLayerShellV1
from berth.display.screencopy import ZwlrScreencopyManagerV1
from tests.display.client import Object
from tests.display.shapes import App, Pixels, Popup, Window

TEXT = "text/plain"


class Cut(Exception):
    """The app has said as much as it may."""


class CutApp(App):
    """An app that stops for good after `most_bytes` or `most_requests`, in the middle of whatever it does.

    Attributes:
        said: how many bytes it has sent.
        ends: after how many bytes each of its requests is complete.
    """

    made: list[Pixels]
    said: int
    ends: list[int]
    most_bytes: int
    most_requests: int

    def _message(self, number: int, opcode: int, payload: bytes) -> None:
        self.ends.append((self.ends[-1] if self.ends else 0) + 8 + len(payload))
        super()._message(number, opcode, payload)
        if len(self.ends) == self.most_requests:
            self.flush()
            raise Cut

    def flush(self) -> None:
        data, self._output = self._output, b""
        fds, self._fds_out = self._fds_out, []
        allowed = data[: self.most_bytes - self.said]
        try:
            if allowed:
                rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
                self.socket.sendmsg([allowed], rights)
        finally:
            for fd in fds:
                os.close(fd)
        self.said += len(allowed)
        if len(allowed) < len(data):
            raise Cut


def play(path: Path, most_bytes: int = 1 << 30, most_requests: int = 1 << 30) -> CutApp:
    """The conversation up to where it is cut; the connection stays open."""
    app = object.__new__(CutApp)  # which may be cut before it is complete
    app.made, app.ends, app.said = [], [], 0
    app.most_bytes, app.most_requests = most_bytes, most_requests
    try:
        CutApp.__init__(app, path)
        _talk(app)
    except Cut:
        pass
    return app


def _talk(app: CutApp) -> None:
    """The order matters: what holds much comes early, so that most cuts hit it."""
    seat = app.bind(wayland.WlSeat)
    pointer, keyboard = seat.get_pointer(), seat.get_keyboard()
    window = _window(app)
    app.until(lambda: pointer.named("button") and keyboard.named("enter"))  # what the user does when it appears
    serial = pointer.last("button")[0]
    _selection(app, seat, keyboard.last("enter")[0])
    _menus(app, seat, window, serial)
    _desktop(app)
    _captures(app)
    _input(app, seat, pointer, window)
    _drag(app, seat, window, serial)
    app.roundtrip()


def _window(app: CutApp) -> Window:
    window = Window(app, 40, 30)
    app.bind(ZxdgDecorationManagerV1).get_toplevel_decoration(window.toplevel).set_mode(2)
    child = app.surface()
    app.subcompositor.get_subsurface(child, window.surface).set_position(2, 3)
    app.bind(WpViewporter).get_viewport(child).set_destination(7, 9)
    child.attach(app.bind(WpSinglePixelBufferManagerV1).create_u32_rgba_buffer(0, 0, 0, 1 << 31), 0, 0)
    child.commit()
    icons = app.bind(XdgToplevelIconManagerV1)
    icon = icons.create_icon()
    icon.add_buffer(app.pixels(16, 16).buffer, 1)
    icons.set_icon(window.toplevel, icon)
    app.bind(ZxdgExporterV2).export_toplevel(window.surface)
    app.bind(ZwpIdleInhibitManagerV1).create_inhibitor(window.surface)
    app.bind(WpPresentation).feedback(window.surface)
    window.surface.frame()
    app.show(window.surface, app.pixels(40, 30))
    window.toplevel.set_maximized()
    return window


def _menus(app: CutApp, seat: Object, window: Window, serial: int) -> None:
    outer = Popup(app, window.xdg, app.positioner(20, 20, (0, 0, 5, 5)), (seat, serial)).map()
    inner = Popup(app, outer.xdg, app.positioner(10, 10, (0, 0, 5, 5)), (seat, serial)).map()
    inner.popup.reposition(app.positioner(12, 12, (0, 0, 5, 5)), 7)
    inner.popup.destroy()
    outer.popup.destroy()


def _desktop(app: CutApp) -> None:
    surface = app.surface()
    layer = app.bind(ZwlrLayerShellV1).get_layer_surface(surface, None, 2, "bar")
    layer.set_size(30, 10)
    surface.commit()
    app.until(lambda: layer.named("configure"))
    layer.ack_configure(layer.last("configure")[0])
    app.show(surface, app.pixels(30, 10))


def _captures(app: CutApp) -> None:
    output = app.bind(wayland.WlOutput)
    source = app.bind(ExtOutputImageCaptureSourceManagerV1).create_source(output)
    session = app.bind(ExtImageCopyCaptureManagerV1).create_session(source, 0)
    frame = session.create_frame()
    frame.attach_buffer(app.pixels(64, 48).buffer)
    frame.capture()
    app.bind(ZwlrScreencopyManagerV1).capture_output(0, output)


def _input(app: CutApp, seat: Object, pointer: Object, window: Window) -> None:
    text = app.bind(ZwpTextInputManagerV3).get_text_input(seat)
    text.enable()
    text.set_surrounding_text("abc", 1, 2)
    text.commit()
    app.bind(ZwpPointerConstraintsV1).lock_pointer(window.surface, pointer, None, 2)
    app.bind(XdgActivationV1).get_activation_token().commit()


def _selection(app: CutApp, seat: Object, serial: int) -> None:
    """Its own data, which it asks for, so that pipes are on their way in both directions."""
    manager = app.bind(wayland.WlDataDeviceManager)
    device = manager.get_data_device(seat)
    source = manager.create_data_source()
    source.offer(TEXT)
    device.set_selection(source, serial)
    app.bind(ExtDataControlManagerV1).get_data_device(seat)
    app.until(lambda: device.named("selection") and device.last("selection")[0])
    reader, writer = os.pipe()
    try:
        device.last("selection")[0].receive(TEXT, writer)
    finally:
        os.close(writer)
        os.close(reader)


def _drag(app: CutApp, seat: Object, window: Window, serial: int) -> None:
    manager = app.bind(wayland.WlDataDeviceManager)
    source = manager.create_data_source()
    source.offer(TEXT)
    source.set_actions(3)
    icon = app.surface()
    manager.get_data_device(seat).start_drag(source, window.surface, icon, serial)
    app.show(icon, app.pixels(8, 8))


def main(directory: Path, requests: int) -> None:
    """For each number of requests: reads the name of a socket, says ``said`` when a process has sent as many,
    reads a line, kills the process and says ``dead``."""
    for count in range(1, requests + 1):
        path = directory / sys.stdin.readline().strip()
        reader, writer = os.pipe()
        child = os.fork()
        if not child:
            os.close(reader)
            _say(path, count, writer)
        os.close(writer)
        os.read(reader, 1)
        os.close(reader)
        _tell("said")
        sys.stdin.readline()
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        _tell("dead")


def _say(path: Path, requests: int, writer: int) -> None:
    """In a process of its own, which does not return."""
    app = play(path, most_requests=requests)
    os.close(writer)
    signal.pause()
    app.close()


def _tell(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
