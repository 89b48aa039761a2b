"""A plain Wayland client that draws a number of frames as fast as the compositor asks for them.

Two buffers in shared memory, the next frame on each frame callback; what it draws costs
almost nothing, so the time measured is the compositor's. Prints one JSON line.
"""

from __future__ import annotations

import argparse
import json
import mmap
import os
import time
from typing import Any

from pywayland.client import Display
from pywayland.protocol.wayland import WlCompositor, WlShm
from pywayland.protocol.xdg_shell import XdgWmBase


class FrameClient:
    """One toplevel of `width` x `height` pixels that redraws a band of `rows` rows per frame."""

    def __init__(self, width: int, height: int, rows: int, frames: int) -> None:
        self.width, self.height, self.rows, self.frames = width, height, rows, frames
        self.drawn = 0
        self.stamps: list[float] = []
        self.display = Display()
        self.display.connect()
        self.globals: dict[str, Any] = {}
        registry = self.display.get_registry()
        registry.dispatcher["global"] = self._found
        self.display.roundtrip()
        self.globals["xdg_wm_base"].dispatcher["ping"] = lambda base, serial: base.pong(serial)
        self._make_buffers()
        self._make_window()

    def _found(self, registry: Any, name: int, interface: str, version: int) -> None:
        wanted = {"wl_compositor": (WlCompositor, 4), "wl_shm": (WlShm, 1), "xdg_wm_base": (XdgWmBase, 1)}
        if interface in wanted:
            kind, most = wanted[interface]
            self.globals[interface] = registry.bind(name, kind, min(version, most))

    def _make_buffers(self) -> None:
        stride, size = self.width * 4, self.width * 4 * self.height
        fd = os.memfd_create("frames")
        os.ftruncate(fd, size * 2)
        self.pixels = mmap.mmap(fd, size * 2)
        pool = self.globals["wl_shm"].create_pool(fd, size * 2)
        self.buffers = [pool.create_buffer(size * i, self.width, self.height, stride, 1) for i in (0, 1)]
        self.pixels[:] = b"\x60" * (size * 2)
        os.close(fd)

    def _make_window(self) -> None:
        self.surface = self.globals["wl_compositor"].create_surface()
        self.xdg_surface = self.globals["xdg_wm_base"].get_xdg_surface(self.surface)
        self.xdg_surface.dispatcher["configure"] = self._configured
        self.toplevel = self.xdg_surface.get_toplevel()
        self.toplevel.set_title("frames")
        self.surface.commit()

    def _configured(self, xdg_surface: Any, serial: int) -> None:
        xdg_surface.ack_configure(serial)
        if not self.drawn:
            self._draw()

    def _draw(self) -> None:
        index = self.drawn % 2
        top = (self.drawn * self.rows) % max(self.height - self.rows + 1, 1)
        start = (index * self.height + top) * self.width * 4
        shade = self.drawn & 0xFF
        self.pixels[start : start + 4 * self.width] = bytes((shade, shade, shade, 255)) * self.width
        self.surface.attach(self.buffers[index], 0, 0)
        self.surface.damage_buffer(0, top, self.width, self.rows)
        callback = self.surface.frame()
        callback.dispatcher["done"] = self._done
        self.surface.commit()
        self.callback = callback
        self.drawn += 1

    def _done(self, callback: Any, _time: int) -> None:
        self.stamps.append(time.monotonic())
        if self.drawn < self.frames:
            self._draw()

    def run(self) -> float:
        """Draw all frames; returns the seconds between the first and the last."""
        while len(self.stamps) < self.frames:
            if self.display.dispatch(block=True) < 0:
                raise SystemExit("the compositor closed the connection")
        return self.stamps[-1] - self.stamps[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("width", type=int)
    parser.add_argument("height", type=int)
    parser.add_argument("rows", type=int)
    parser.add_argument("frames", type=int)
    options = parser.parse_args()
    client = FrameClient(options.width, options.height, options.rows, options.frames)
    seconds = client.run()
    print(json.dumps({"frames": options.frames, "seconds": seconds}), flush=True)
    os._exit(0)  # pywayland frees its proxies after their display, which crashes


if __name__ == "__main__":
    main()
