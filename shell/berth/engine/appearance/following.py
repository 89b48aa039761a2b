"""The palette that holds now: remembered, written for each app that runs, and told to those that can hear of it."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from pathlib import Path

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
        self._launcher.palette = files.remembered(file)
        self._pointers = file.with_name("app-pointers")
        self._former: tuple[str, ...] = ()
        self._launcher.icons = files.remembered_files(self._icons, SetAppIcons)
        self._launcher.pointers = files.remembered_files(self._pointers, SetAppPointers)
        self._launcher.began = self._began
        if self._launcher.palette is not None:
            display.style_written(self._launcher.palette)

    def change(self, palette: AppPalette) -> None:
        """What is in the image that an app runs from tells what it is drawn by. Raises `Problem`."""
        before = self._launcher.palette
        if palette == before:
            return
        if before is not None and _brought(palette) != _brought(before):
            self._former = _brought(before)
        self._launcher.palette = palette
        files.remember(self._file, palette)
        problems: list[Problem] = []
        for instance in self._supervision.all():
            try:
                self._dress(instance, palette)
            except Problem as problem:  # others can have it all the same
                problems.append(problem)
        self._display.style_written(palette)
        if problems:
            raise problems[0]

    def take_icons(self, icons: SetAppIcons) -> None:
        """They are used once a palette names them. Raises `Problem`."""
        if sum(map(len, icons.files.values())) > _MOST_ICONS:
            raise Problem("icons-too-large", f"Icons for apps have {_MOST_ICONS >> 20} MiB at most.")
        if icons != self._launcher.icons:
            self._launcher.icons = icons
            files.remember_files(self._icons, icons)

    def take_pointers(self, brought: SetAppPointers) -> None:
        """As `take_icons`."""
        pointers.check(brought)
        if brought != self._launcher.pointers:
            self._launcher.pointers = brought
            files.remember_files(self._pointers, brought)

    def _began(self, instance: AppInstance, there: Collection[Toolkit], rootfs: str) -> None:
        """GTK takes icons and pointers from the app's settings alone, which are not from before it runs, those of Qt 5
        are old."""
        palette = self._launcher.palette
        if palette is None:
            return
        by_settings = (palette.icons or palette.pointers) and {"gtk3", "gtk4"} & set(there)
        if "qt5ct" in there or by_settings:
            self._open(instance, script(rootfs, there))

    def _dress(self, instance: AppInstance, palette: AppPalette) -> None:
        stopping = instance.state == "stopping"
        image = None if stopping else self._images.with_digest(instance.app, instance.image)
        if image is None or not files.is_dressed(instance.directory):
            return
        there = files.toolkits(image.rootfs)
        brought = self._launcher.pointers
        files.dress(instance.directory, palette, there, self._launcher.icons, brought, self._former)
        for name, running in instance.terminals.items():
            directory = instance.directory.with_name(name)
            if files.is_dressed(directory):
                files.dress(directory, palette, (), pointers=brought, former=self._former)
                self._running.tell(running, TERMINALS, palette)
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
        waiting = tuple(self._opening.values())
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        await self._running.close()


def _brought(palette: AppPalette) -> tuple[str, ...]:
    """Names of what lies in folders of their own."""
    return palette.icons, palette.pointers
