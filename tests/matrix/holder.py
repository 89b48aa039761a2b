"""Who copies and pastes pictures with the apps of the matrix: a window of ours, in the instance of a small app."""

from __future__ import annotations

import io
import os

from PIL import Image
from pywayland.protocol import wayland

from berth.core import messages as m
from berth.core.compile import WAYLAND_SOCKET
from tests.display.client import Object
from tests.display.shapes import App, Window
from tests.matrix.hands import Hands
from tests.picture import Colour, Picture
from tests.session.desktop import wait_until

PNG = "image/png"
_APP = "org.codeberg.dnkl.foot"
_TITLE = "Pictures"


def picture(colour: Colour, size: tuple[int, int]) -> bytes:
    """A PNG of one colour."""
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, "PNG")
    return file.getvalue()


class Holder:
    """Has its own window in front of the others of its instance."""

    def __init__(self, hands: Hands) -> None:
        self.hands = hands
        self._instance = hands.desktop.start(_APP)
        self._app = App(hands.desktop.paths.instances / self._instance / WAYLAND_SOCKET)
        seat = self._app.bind(wayland.WlSeat)
        self._keyboard: Object = seat.get_keyboard()
        self._manager: Object = self._app.bind(wayland.WlDataDeviceManager)
        self._device: Object = self._manager.get_data_device(seat)
        Window(self._app, 200, 120).toplevel.set_title(_TITLE)
        self._app.roundtrip()
        # The app's own window may come as late as this one: that it is mapped the engine hears before the shell.
        self._window = wait_until(
            lambda: next((w.window for w in hands.windows() if w.title == _TITLE), 0), "the window"
        )

    def close(self) -> None:
        self._app.close()
        self.hands.desktop.run("stop", self._instance, "--force")

    def _focus(self) -> int:
        self.hands.ask(m.WindowAction(self._window, "focus"))
        self._app.roundtrip()
        self._app.until(lambda: len(self._keyboard.named("enter")) > len(self._keyboard.named("leave")))
        serial: int = self._keyboard.last("enter")[0]
        return serial

    def copy(self, data: bytes) -> None:
        """A PNG, from now on to be had from here."""
        self._source: Object = self._manager.create_data_source()
        self._source.offer(PNG)
        self._data = data
        self._device.set_selection(self._source, self._focus())
        self._app.roundtrip()

    def serve(self) -> None:
        """Give it to whoever has asked."""
        self._app.roundtrip()
        asked = self._source.named("send")
        self._source.events = [event for event in self._source.events if event.name != "send"]
        for event in asked:
            with os.fdopen(event.arguments[1], "wb") as pipe:
                pipe.write(self._data)

    def replaced(self) -> bool:
        """Whether something was copied elsewhere since."""
        self._app.roundtrip()
        return bool(self._source.named("cancelled"))

    def paste(self) -> Picture:
        """What has replaced it."""
        self._focus()
        self._app.roundtrip()
        offer: Object = self._device.last("selection")[0]
        ours, theirs = os.pipe()
        offer.receive(PNG, theirs)
        os.close(theirs)
        self._app.roundtrip()
        with os.fdopen(ours, "rb") as pipe:
            return Picture(pipe.read())
