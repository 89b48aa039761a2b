"""The palette that holds now: remembered, written for each app that runs, and told to those that can hear of it.

Files are written beside the engine's loop, of one look after the other: the last that was told is the last written.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Coroutine
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from berth.core.messages import AppPalette, SetAppIcons, SetAppPointers
from berth.core.plan import Toolkit
from berth.core.problem import Problem
from berth.engine.appearance import files, pointers
from berth.engine.appearance.live import TERMINALS, RunningApps, script
from berth.engine.displaylink import DisplayLink
from berth.engine.image_index import ImageIndex
from berth.engine.instance import AppInstance
from berth.engine.launcher import Launcher
from berth.engine.supervision import Supervision
from berth.runtimes.port import Runtime

_MOST_ICONS = 2 << 20


class _Look(msgspec.Struct, frozen=True):
    palette: AppPalette
    icons: SetAppIcons | None
    pointers: SetAppPointers | None
    former: tuple[str, ...]


class Following:
    """Args:
    file: keeps the palette for the next engine; icons and pointers lie beside it.
    """

    def __init__(
        self,
        file: Path,
        *,
        launcher: Launcher,
        images: ImageIndex,
        supervision: Supervision,
        display: DisplayLink,
        runtime: Runtime,
    ) -> None:
        self._file = file
        self._launcher = launcher
        self._images = images
        self._supervision = supervision
        self._display = display
        self._running = RunningApps(runtime)
        self._opening: dict[str, asyncio.Task[None]] = {}
        self._icons = file.with_name("app-icons")
        self._launcher.palette = self._written = files.remembered(file)
        self._pointers = file.with_name("app-pointers")
        self._turn = asyncio.Lock()
        self._work: set[asyncio.Task[None]] = set()
        self._former: tuple[str, ...] = ()
        self._launcher.icons = files.remembered_files(self._icons, SetAppIcons)
        self._launcher.pointers = files.remembered_files(self._pointers, SetAppPointers)
        self._launcher.began = self._began
        if self._launcher.palette is not None:
            display.style_written(self._launcher.palette)

    async def change(self, palette: AppPalette) -> None:
        """What is in the image that an app runs from tells what it is drawn by. Raises `Problem`."""
        if palette == self._launcher.palette:
            return
        self._launcher.palette = palette
        await self._finish(self._follow(palette, self._launcher.icons, self._launcher.pointers))

    async def _follow(self, palette: AppPalette, icons: SetAppIcons | None, brought: SetAppPointers | None) -> None:
        async with self._turn:
            if palette is not self._launcher.palette:
                return  # the turn of a later one comes
            await asyncio.to_thread(files.remember, self._file, palette)
            if self._written is not None and _named(palette) != _named(self._written):
                self._former = _named(self._written)
            self._written = palette
            look = _Look(palette, icons, brought, self._former)
            problems: list[Problem] = []
            for instance in self._supervision.all():
                try:
                    await self._dress(instance, look)
                except Problem as problem:  # others can have it all the same
                    problems.append(problem)
            self._display.style_written(palette)
        if problems:
            raise problems[0]

    async def take_icons(self, icons: SetAppIcons) -> None:
        """They are used once a palette names them. Raises `Problem`."""
        if sum(map(len, icons.files.values())) > _MOST_ICONS:
            raise Problem("icons-too-large", f"Icons for apps have {_MOST_ICONS >> 20} MiB at most.")
        if icons != self._launcher.icons:
            self._launcher.icons = icons
            await self._finish(self._remember(self._icons, icons))

    async def take_pointers(self, brought: SetAppPointers) -> None:
        """As `take_icons`."""
        pointers.check(brought)
        if brought != self._launcher.pointers:
            self._launcher.pointers = brought
            await self._finish(self._remember(self._pointers, brought))

    async def _remember(self, file: Path, brought: SetAppIcons | SetAppPointers) -> None:
        async with self._turn:
            await asyncio.to_thread(files.remember_files, file, brought)

    async def _finish(self, work: Coroutine[Any, Any, None]) -> None:
        """Also if whoever asked for it hangs up."""
        task = asyncio.create_task(work)
        self._work.add(task)
        task.add_done_callback(self._finished)
        await asyncio.shield(task)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._work.discard(task)
        if not task.cancelled():
            task.exception()

    def _began(self, instance: AppInstance, there: Collection[Toolkit], rootfs: str) -> None:
        """GTK takes icons and pointers from the app's settings alone, which are not from before it runs, those of Qt 5
        are old."""
        palette = self._launcher.palette
        if palette is None:
            return
        by_settings = (palette.icons or palette.pointers) and {"gtk3", "gtk4"} & set(there)
        if "qt5ct" in there or by_settings:
            self._open(instance, script(rootfs, there))

    async def _dress(self, instance: AppInstance, look: _Look) -> None:
        stopping = instance.state == "stopping"
        image = None if stopping else self._images.with_digest(instance.app, instance.image)
        if image is None:
            return
        there = files.toolkits(image.rootfs)
        if not await instance.in_directory(partial(_renew, instance.directory, look, there)):
            return
        for name, running in tuple(instance.terminals.items()):
            if await instance.in_directory(partial(_renew, instance.directory.with_name(name), look, ())):
                self._running.tell(running, TERMINALS, look.palette)
        self._open(instance, script(image.rootfs, there))

    def _open(self, instance: AppInstance, work: str) -> None:
        if work and instance.id not in self._opening:
            self._opening[instance.id] = asyncio.create_task(self._tell(instance, work))

    async def _tell(self, instance: AppInstance, work: str) -> None:
        """An app that is just starting may have read the old files, and cannot be told before it has a window."""
        try:
            await self._supervision.wait_for_window(instance)
        except Problem:
            return  # it has ended
        finally:
            del self._opening[instance.id]
        if instance.running is not None and self._launcher.palette is not None:
            self._running.tell(instance.running, work, self._launcher.palette)

    async def close(self) -> None:
        await asyncio.gather(*self._work, return_exceptions=True)
        waiting = tuple(self._opening.values())
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        await self._running.close()


def _named(palette: AppPalette) -> tuple[str, ...]:
    """Names of what lies in folders of their own."""
    return palette.icons, palette.pointers


def _renew(directory: Path, look: _Look, there: Collection[Toolkit]) -> bool:
    """Whether an instance has a look, which is `look` now."""
    if not files.is_dressed(directory):
        return False
    files.dress(directory, look.palette, there, look.icons, look.pointers, look.former)
    return True
