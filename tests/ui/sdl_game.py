"""A game on SDL 2, run as a program of its own: it locks the pointer at the first click and says what it hears."""

from __future__ import annotations

import ctypes
import struct
import sys

_VIDEO, _SHOWN = 0x20, 4
_QUIT, _MOTION, _BUTTON_DOWN = 0x100, 0x400, 0x401


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    sdl = ctypes.CDLL("libSDL2-2.0.so.0")
    sdl.SDL_CreateWindow.restype = sdl.SDL_GetWindowSurface.restype = ctypes.c_void_p
    assert sdl.SDL_Init(_VIDEO) == 0
    window = ctypes.c_void_p(sdl.SDL_CreateWindow(b"game", 0, 0, 300, 200, _SHOWN))
    sdl.SDL_GetWindowSurface(window)
    sdl.SDL_UpdateWindowSurface(window)
    event = (ctypes.c_uint8 * 64)()
    while sdl.SDL_WaitEvent(event):
        (kind,) = struct.unpack_from("I", bytes(event))
        if kind == _MOTION:
            _time, _window, _which, _state, _x, _y, dx, dy = struct.unpack_from("IIIIiiii", bytes(event), 4)
            say(f"motion {dx} {dy}")
        elif kind == _BUTTON_DOWN:
            say(f"locked {sdl.SDL_SetRelativeMouseMode(1)}")
        elif kind == _QUIT:
            return


if __name__ == "__main__":
    main()
