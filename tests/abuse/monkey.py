"""Random apps and a random user: requests of every interface, mostly right, and input for what they open.

An app is made of a seed, so what went wrong with it can be played again: ``python -m tests.abuse SEED``.
"""

from __future__ import annotations

import os
import random
import socket
import tempfile
from collections.abc import Callable
from typing import Any

from pywayland.protocol import wayland
from pywayland.protocol.linux_dmabuf_v1 import ZwpLinuxDmabufV1
from pywayland.scanner.argument import ArgumentType as T

from berth.core import messages as m
from berth.core.pixels import DRM_XRGB8888
from berth.display.server import _GLOBALS
from tests.display.client import ClientError, Object
from tests.display.shapes import App, Pixels
from tests.display.ui import FakeUi

INTERFACES: dict[str, Any] = {kind.interface.name: kind.interface for kind in _GLOBALS} | {
    kind.name: kind for kind in (wayland.WlOutput, wayland.WlShm, ZwpLinuxDmabufV1)
}
_NUMBERS = (0, 1, 2, 3, 4, 5, 7, 8, 15, 16, 100, 255, 300, 4096, 65535, 65536, 1 << 30, (1 << 31) - 1)
_TEXTS = (
    "",
    "a",
    "text/plain",
    "text/plain;charset=utf-8",
    "org.example.a",
    "%s%n",
    "ä\u202eß",
    "x" * 4000,
    "UTF8_STRING",
)
SPARED = "good"
"""The user ends no windows of this instance."""
_RIGHT = 0.997
"""Share of arguments that are of the interface that the request names."""


def _memory(chance: random.Random) -> int:
    fd = os.memfd_create("monkey")
    os.ftruncate(fd, chance.choice((0, 1, 4096, 65536)))
    return fd


def _pipe_end(chance: random.Random) -> int:
    ends = os.pipe()
    os.close(ends[one := chance.randrange(2)])
    return ends[1 - one]


def _socket_end(_chance: random.Random) -> int:
    ours, theirs = socket.socketpair()
    ours.close()
    return theirs.detach()


def _deleted_file(_chance: random.Random) -> int:
    with tempfile.TemporaryFile() as file:
        file.write(b"xkb_keymap {")
        return os.dup(file.fileno())


_DESCRIPTORS: tuple[Callable[[random.Random], int], ...] = (
    _memory,
    _memory,
    _pipe_end,
    _socket_end,
    _deleted_file,
    lambda _chance: os.open("/", os.O_RDONLY | os.O_DIRECTORY),
    lambda _chance: os.open("/dev/null", os.O_RDWR),
    lambda _chance: os.open("/dev/zero", os.O_RDONLY),
)


class Monkey:
    """One app that does what comes to its mind, until it is ended or has had enough.

    Args:
        client: connected, with nothing bound.
        ui: where the random user sits.
    """

    def __init__(self, client: App, ui: FakeUi, seed: int) -> None:
        self.chance = random.Random(seed)
        self.client = client
        self.ui = ui
        self.history: list[str] = []
        self.globals = {name: self._bind(name) for name in sorted(client.globals) if name in INTERFACES}

    def _bind(self, name: str) -> Object:
        highest = self.client.globals[name][1]
        version = highest if self.chance.random() < 0.8 else self.chance.randint(1, highest)
        return self.client.bind(INTERFACES[name], version)

    def run(self, steps: int) -> ClientError | None:
        """Returns the error that ended it, if one did."""
        acts = (self._anything, self._scheme, self._user, self._listen)
        try:
            for _ in range(steps):
                act = self.chance.choices(acts, (60, 25, 12, 6))[0]
                act()
            if self.chance.random() < 0.7:
                self.client.roundtrip()
        except ClientError as error:
            return error
        finally:
            self.client.close()
        return None

    # --- the app

    def _listen(self) -> None:
        if self.chance.random() < 0.02:
            # Perhaps the beginning of a message that never ends: no answer is to be waited for.
            self.client.raw(self.chance.randbytes(self.chance.choice((4, 8, 12, 40))))
            self.client.flush()
            raise ClientError("the monkey", 0, "had enough")
        self.client.roundtrip()

    def _living(self, interface: Any = None) -> list[Object]:
        return [o for o in self.client.objects.values() if interface is None or o.interface.name == interface.name]

    def _anything(self) -> None:
        # By interface first: else it would be callbacks and regions most of the time.
        by_interface: dict[str, list[Object]] = {}
        for target in self._living():
            if target.interface.requests:
                by_interface.setdefault(target.interface.name, []).append(target)
        by_interface.pop("wl_registry", None)
        by_interface.pop("wl_subcompositor", None)  # random parents are mostly the surfaces themselves: see below
        target = self.chance.choice(by_interface[self.chance.choice(sorted(by_interface))])
        self.ask(target, self.chance.choice(target.interface.requests))

    def ask(self, target: Object, request: Any, *given: Any) -> Object | None:
        if (request.version or 1) > target.version and self.chance.random() < 0.99:
            return None
        if request.name in ("destroy", "release") and not given and self.chance.random() < 0.5:
            return None
        wanted = [a for a in request.arguments if a.argument_type != T.NewId]
        if any(self._lacks(argument) for argument in wanted[len(given) :]) and self.chance.random() < 0.995:
            return None
        values = list(given) + [self._value(argument) for argument in wanted[len(given) :]]
        self.history.append(f"{target.interface.name}#{target.number}.{request.name}{tuple(values)}")
        opcode = target.interface.requests.index(request)
        try:
            return self.client.request(target, opcode, request, tuple(values))
        finally:
            for argument, value in zip(wanted, values, strict=True):
                if argument.argument_type == T.FileDescriptor:
                    os.close(value)

    def _lacks(self, argument: Any) -> bool:
        return argument.argument_type == T.Object and not argument.nullable and not self._living(argument.interface)

    def _value(self, argument: Any) -> Any:
        kind = argument.argument_type
        chance = self.chance
        if kind == T.Object:
            if argument.nullable and chance.random() < 0.3:
                return None
            fitting = self._living(argument.interface)
            if not fitting or chance.random() > _RIGHT:
                fitting = self._living()
            return chance.choice(fitting)
        if kind == T.Uint:
            serials = self._serials()
            return chance.choice(serials) & 0xFFFFFFFF if serials and chance.random() < 0.3 else chance.choice(_NUMBERS)
        if kind == T.Int:
            small = chance.random() < 0.7
            return chance.randint(-2, 200) if small else chance.choice(_NUMBERS) * chance.choice((1, 1, -1))
        if kind == T.Fixed:
            return chance.choice((0.0, 1.0, 0.5, -1.0, 100.25, 8388607.0, -8388608.0))
        if kind == T.String:
            return None if argument.nullable and chance.random() < 0.2 else chance.choice(_TEXTS)
        if kind == T.FileDescriptor:
            return chance.choice(_DESCRIPTORS)(chance)
        return chance.randbytes(chance.choice((0, 4, 8, 12)))

    def _serials(self) -> list[int]:
        return [
            event.arguments[0]
            for target in self._living()
            for event in target.events[-3:]
            if event.name in ("configure", "enter", "button", "key", "down") and event.arguments
            and isinstance(event.arguments[0], int)
        ]  # fmt: skip

    # --- what makes sense

    def _scheme(self) -> None:
        schemes = (self._window, self._popup, self._frame, self._frame, self._answer, self._subsurface, self._import)
        self.chance.choice(schemes)()

    def _name(self, target: Object | None, name: str, *given: Any) -> Object | None:
        if target is None:
            return None
        return self.ask(target, next(r for r in target.interface.requests if r.name == name), *given)

    def _one(self, interface: str) -> Object | None:
        found = [o for o in self._living() if o.interface.name == interface]
        return self.chance.choice(found) if found else None

    def _window(self) -> None:
        surface = self._name(self.globals["wl_compositor"], "create_surface")
        xdg = self._name(self.globals["xdg_wm_base"], "get_xdg_surface", surface)
        self._name(xdg, "get_toplevel")
        self._name(surface, "commit")
        self.client.roundtrip()
        self._answer()
        self._draw(surface)

    def _popup(self) -> None:
        parent = self._one("xdg_surface")
        if parent is None:
            return
        positioner = self._name(self.globals["xdg_wm_base"], "create_positioner")
        self._name(positioner, "set_size", 30, 20)
        self._name(positioner, "set_anchor_rect", 0, 0, 10, 10)
        surface = self._name(self.globals["wl_compositor"], "create_surface")
        xdg = self._name(self.globals["xdg_wm_base"], "get_xdg_surface", surface)
        self._name(xdg, "get_popup", parent, positioner)
        self._name(surface, "commit")
        self.client.roundtrip()
        self._answer()
        self._draw(surface)

    def _subsurface(self) -> None:
        parent = self._one("wl_surface")
        if parent is None:
            return
        surface = self._name(self.globals["wl_compositor"], "create_surface")
        self._name(self.globals["wl_subcompositor"], "get_subsurface", surface, parent)
        self._draw(surface)

    def _answer(self) -> None:
        for xdg in [o for o in self._living() if o.interface.name in ("xdg_surface", "zwlr_layer_surface_v1")]:
            configures = xdg.named("configure")
            if configures and getattr(xdg, "answered", None) != configures[-1]:
                xdg.answered = configures[-1]  # type: ignore[attr-defined]
                self._name(xdg, "ack_configure", configures[-1].arguments[0])

    def _frame(self) -> None:
        self._draw(self._one("wl_surface"))

    def _draw(self, surface: Object | None) -> None:
        if surface is None:
            return
        shm = self.globals["wl_shm"]
        pixels = Pixels(shm, self.chance.choice((1, 30, 64)), self.chance.choice((1, 20, 64)))
        self.client.made.append(pixels)
        self._show(surface, pixels.buffer)

    def _import(self) -> None:
        """A buffer in what may be graphics memory."""
        surface = self._one("wl_surface")
        params = self._name(self.globals[ZwpLinuxDmabufV1.name], "create_params")
        if surface is None or params is None:
            return
        fd = _memory(self.chance)
        modifier = self.chance.choice((*[0] * 12, 7))
        self._name(params, "add", fd, 0, 0, 120, modifier >> 32, modifier)
        size, code = (self.chance.choice((1, 30)), self.chance.choice((8, 34))), DRM_XRGB8888
        if self.chance.random() < 0.3:
            self._name(params, "create", *size, code, self.chance.choice((0, 0, 1)))
            self.client.roundtrip()
            created = [event.arguments[0] for event in params.named("created")]
            self._show(surface, created[0] if created else None)
        else:
            self._show(surface, self._name(params, "create_immed", *size, code, 0))

    def _show(self, surface: Object, buffer: Object | None) -> None:
        self._name(surface, "attach", buffer, 0, 0)
        self._name(surface, "damage", 0, 0, 100, 100)
        if self.chance.random() < 0.5:
            self._name(surface, "frame")
        self._name(surface, "commit")

    # --- the user

    def _user(self) -> None:
        """Without waiting: some of it meets what is gone by then, as a real user's input does."""
        chance, ui = self.chance, self.ui
        surfaces = [0, *ui.surfaces, 1 << 20]
        theirs = [number for number, window in ui.windows.copy().items() if window.instance != SPARED]
        windows = [0, *theirs, 1 << 20]
        surface, window = chance.choice(surfaces), chance.choice(windows)
        x, y = float(chance.randint(-5, 80)), float(chance.randint(-5, 80))
        now = 1000
        ui.send(
            *chance.choice(
                (
                    [m.PointerMotion(surface, x, y, now)],
                    [m.PointerMotion(surface, x, y, now), m.PointerButton(0x110, True, now)],
                    [m.PointerButton(0x110, False, now)],
                    [m.KeyboardFocus(surface), m.Key(30, True, now), m.Key(30, False, now)],
                    [m.KeyboardFocus(0)],
                    [m.Touch("down", 1, surface, x, y, now), m.Touch("frame", 1, surface, x, y, now)],
                    [m.Touch("up", 1, surface, x, y, now), m.Touch("frame", 1, surface, x, y, now)],
                    [m.Configure(window, chance.randint(1, 9999), chance.choice((0, 300)), 200, ("activated",))],
                    [m.Placement(window, 5, 5, 100, 100, 0, minimized=chance.random() < 0.3)],
                    [m.CloseWindow(window, chance.random() < 0.2)],
                    [m.DismissPopup(chance.choice([0, *ui.popups]))],
                    [m.CancelDrag()],
                    [m.UserActive()],
                )
            )
        )


def quiet(text: str) -> bool:
    """Whether a log tells of no mistake of ours."""
    return not any(sign in text for sign in ("Traceback", "internal error", "error in the display server"))


def describe(error: ClientError) -> str:
    return f"{error.interface} {error.code} {error.message}"
