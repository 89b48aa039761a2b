"""New colours for terminals that run: what a program inside of one would write to it, written to each from outside.

Terminals read their configuration once. But the programs in them may change colours with control sequences (OSC 4,
10, 11, 17 and 19, https://invisible-island.net/xterm/ctlseqs/ctlseqs.html), and a terminal takes what anybody writes
to its pty for theirs. The writer runs in the app's container, as confined as the app.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from pathlib import Path

from berth.core.messages import AppPalette
from berth.core.problem import Problem
from berth.runtimes.port import Instance, Runtime

_PROGRAMS = ("foot", "xterm")
_SECONDS = 5.0
"""A terminal that is held (Ctrl+S) takes nothing."""
_WRITE = """\
[ ! -e "${XDG_CONFIG_HOME:-$HOME/.config}/foot/foot.ini" ] && [ ! -e "$HOME/.Xdefaults" ] || exit 0
for terminal in /dev/pts/[0-9]*; do printf %s "$1" >"$terminal"; done
"""
"""Not where the user has colours of their own."""


def has_terminal(rootfs: str) -> bool:
    """Whether an unpacked image holds one that has its colours from us at its start, and does not look for others.

    Alacritty reads its file again by itself; kitty takes only what its user has it include.
    """
    return any(os.path.lexists(Path(rootfs, "usr/bin", program)) for program in _PROGRAMS)


def sequences(palette: AppPalette) -> str:
    values = {"10": palette.view_text, "11": palette.view, "17": palette.accent, "19": palette.on_accent}
    values |= {f"4;{number}": color for number, color in enumerate(palette.terminal)}
    return "".join(f"\x1b]{code};{color}\x1b\\" for code, color in values.items())


class RunningTerminals:
    """Tells one after the other; of several palettes that come meanwhile each is told the last."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._due: dict[str, tuple[Instance, AppPalette]] = {}
        self._task: asyncio.Task[None] | None = None

    def tell(self, instance: Instance, palette: AppPalette) -> None:
        self._due[instance.id] = (instance, palette)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._work())

    async def _work(self) -> None:
        while self._due:
            instance, palette = self._due.pop(next(iter(self._due)))
            # One that has ended, or takes nothing now, has the colours when it starts again.
            with contextlib.suppress(Problem, TimeoutError):
                await asyncio.wait_for(self._write(instance, palette), _SECONDS)

    async def _write(self, instance: Instance, palette: AppPalette) -> None:
        null = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
        try:
            command = ("/bin/sh", "-c", _WRITE, "berth-colours", sequences(palette))
            await self._runtime.exec(instance, command, (null, null, null))
        finally:
            os.close(null)

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
