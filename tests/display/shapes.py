"""What test clients draw: pools, buffers, windows and popups in as few words as possible."""

from __future__ import annotations

import mmap
import os
from pathlib import Path

from pywayland.protocol import wayland, xdg_shell

from berth.core.pixels import FORMATS
from tests.display.client import Handed, Object, RawClient

ARGB, XRGB = 0, 1


class Pixels:
    """A wl_buffer with its memory; `fill` and `put` draw into it. With `sealing` its file can be sealed."""

    def __init__(
        self, shm: Object, width: int, height: int, stride: int = 0, format_: int = ARGB, sealing: bool = False
    ) -> None:
        self.pixel = FORMATS[format_].bytes
        self.width, self.height, self.stride = width, height, stride or width * self.pixel
        self.size = self.stride * height
        self.fd = os.memfd_create("test", os.MFD_CLOEXEC | (os.MFD_ALLOW_SEALING if sealing else 0))
        os.ftruncate(self.fd, self.size)
        self._file = Handed(self.fd)
        self.memory = mmap.mmap(self.fd, self.size)
        try:
            pool = shm.create_pool(self.fd, self.size)
            self.buffer: Object = pool.create_buffer(0, width, height, self.stride, format_)
            pool.destroy()
        except BaseException:
            self.close()
            raise

    def fill(self, byte: int) -> Pixels:
        self.memory[:] = bytes([byte]) * self.size
        return self

    def put(self, x: int, y: int, width: int, height: int, byte: int) -> None:
        for row in range(y, y + height):
            start = row * self.stride + x * self.pixel
            self.memory[start : start + width * self.pixel] = bytes([byte]) * (width * self.pixel)

    def packed(self) -> bytes:
        """The pixels without what a longer stride leaves between rows."""
        rows = (self.memory[y * self.stride : y * self.stride + self.width * self.pixel] for y in range(self.height))
        return b"".join(rows)

    def close(self) -> None:
        self.memory.close()
        self._file.close()


class App(RawClient):
    """A client with the usual globals bound."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.compositor = self.bind(wayland.WlCompositor)
        self.subcompositor = self.bind(wayland.WlSubcompositor)
        self.shm = self.bind(wayland.WlShm, 1)
        self.wm = self.bind(xdg_shell.XdgWmBase)
        self.made: list[Pixels] = []

    def pixels(
        self, width: int, height: int, byte: int = 0x80, stride: int = 0, format_: int = ARGB, sealing: bool = False
    ) -> Pixels:
        pixels = Pixels(self.shm, width, height, stride, format_, sealing).fill(byte)
        self.made.append(pixels)
        return pixels

    def surface(self) -> Object:
        made: Object = self.compositor.create_surface()
        return made

    def show(self, surface: Object, pixels: Pixels) -> None:
        surface.attach(pixels.buffer, 0, 0)
        surface.damage_buffer(0, 0, pixels.width, pixels.height)
        surface.commit()

    def positioner(self, width: int, height: int, rect: tuple[int, int, int, int], anchor: int = 6) -> Object:
        made: Object = self.wm.create_positioner()
        made.set_size(width, height)
        made.set_anchor_rect(*rect)
        made.set_anchor(anchor)
        made.set_gravity(8)
        return made

    def close(self) -> None:
        while self.made:
            self.made.pop().close()
        super().close()


class Window:
    """A toplevel, mapped with one colour."""

    def __init__(self, app: App, width: int = 100, height: int = 80, byte: int = 0x80, map_: bool = True) -> None:
        self.app = app
        self.surface = app.surface()
        self.xdg: Object = app.wm.get_xdg_surface(self.surface)
        self.toplevel: Object = self.xdg.get_toplevel()
        self._acked = 0
        self.toplevel.set_title("test")
        self.surface.commit()
        if map_:
            self.ack()
            self.pixels = app.pixels(width, height, byte)
            app.show(self.surface, self.pixels)
            app.roundtrip()

    def ack(self) -> None:
        """Answer the next configure, or the latest of several that are here already."""
        self.app.until(lambda: len(self.xdg.named("configure")) > self._acked)
        self._acked = len(self.xdg.named("configure"))
        self.xdg.ack_configure(*self.xdg.last("configure"))


class Popup:
    def __init__(self, app: App, parent: Object, positioner: Object, grab: tuple[Object, int] | None = None) -> None:
        self.surface = app.surface()
        self.xdg: Object = app.wm.get_xdg_surface(self.surface)
        self.popup: Object = self.xdg.get_popup(parent, positioner)
        if grab is not None:
            self.popup.grab(*grab)
        self.surface.commit()
        self.app = app

    def map(self, byte: int = 0x40) -> Popup:
        self.app.until(lambda: self.xdg.named("configure"))
        self.xdg.ack_configure(*self.xdg.last("configure"))
        _x, _y, width, height = self.popup.last("configure")
        self.app.show(self.surface, self.app.pixels(width, height, byte))
        self.app.roundtrip()
        return self
