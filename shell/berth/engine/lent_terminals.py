"""Terminals that are lent to programs whose image has none: their image, their containers, and what connects the two.

A terminal's instance is a companion of the app's: its id tells whose, its windows come through the app's own Wayland
socket, so they are the app's, and it is given nothing else.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

from berth.core.compile import WAYLAND_SOCKET, compile_plan
from berth.core.lent_terminal import PROGRAMS, SOCKET, TERMINAL_APP, companion, held_open, terminal_manifest
from berth.core.manifest import Manifest
from berth.core.messages import AppPalette, SetAppPointers
from berth.core.paths import Paths
from berth.core.plan import LaunchPlan
from berth.core.problem import Problem
from berth.engine.appearance import files as appearance
from berth.engine.catalogue import Catalogue, Entry
from berth.engine.image_index import ImageIndex, ReadyImage
from berth.engine.instance import AppInstance, directory_problem, private_root
from berth.runtimes.port import Runtime, TerminalProgram

_LIBRARIES = "usr/lib/*-linux-gnu*/ld-linux*.so.*"


class LentTerminals:
    """Args:
    catalogue: the current catalogue; without the terminal's app in it none can be lent.
    build: makes an app's image, with progress.
    """

    def __init__(
        self,
        paths: Paths,
        *,
        catalogue: Callable[[], Catalogue],
        images: ImageIndex,
        build: Callable[[Entry], Awaitable[None]],
        runtime: Runtime,
    ) -> None:
        self._paths = paths
        self._catalogue = catalogue
        self._images = images
        self._build = build
        self._runtime = runtime

    @property
    def known(self) -> bool:
        return self._images.get(TERMINAL_APP) is not None or TERMINAL_APP in self._catalogue().entries

    async def image(self, app: str) -> ReadyImage:
        """The terminal's image, made now if it is not there.

        Raises:
            Problem: ``terminal-missing``, or why it cannot be made.
        """
        if self._images.get(TERMINAL_APP) is None:
            await self._build(self._catalogue().find(TERMINAL_APP))
        image = self._images.get(TERMINAL_APP)
        if image is None or not _libraries(image):
            raise Problem(
                "terminal-missing",
                f"{app} needs a terminal, and the image of {TERMINAL_APP} cannot be lent as one.",
                f"Make it anew: berth images build {TERMINAL_APP}",
            )
        return image

    def held_open(self, plan: LaunchPlan, image: ReadyImage) -> LaunchPlan:
        return held_open(plan, image.rootfs, _libraries(image))

    async def open(
        self,
        instance: AppInstance,
        manifest: Manifest,
        image: ReadyImage,
        program: TerminalProgram,
        *,
        what: str = "terminal",
        palette: AppPalette | None,
        pointers: SetAppPointers | None,
        time_zone: str,
        wayland_socket: str,
    ) -> None:
        """Show a program of a running instance in a window. Raises `Problem`: what is left goes with the instance.

        Args:
            what: part of the terminal's id, for which there is a place.
            wayland_socket: the host's, "" for the app's own.
        """
        assert instance.running is not None
        name = companion(instance.id, what)
        directory = self._paths.instances / name
        try:
            with _listening(directory) as listening:
                await self._runtime.open_terminal(instance.running, listening, program)
        except OSError as error:
            raise directory_problem(directory, error) from None
        if palette is not None:
            await instance.in_directory(partial(appearance.dress, directory, palette, (), pointers=pointers))
        plan = compile_plan(
            terminal_manifest(manifest, program.name),
            instance=name,
            rootfs=image.rootfs,
            instance_directory=str(directory),
            home="",
            time_zone=time_zone,
            wayland_socket=wayland_socket or str(instance.directory / WAYLAND_SOCKET),
            style=None if palette is None else appearance.style(palette, frozenset()),
        )
        private = private_root(self._paths) / name
        instance.terminals[name] = await self._runtime.start(plan, private / "log", private)

    def make_place(self, instance: AppInstance, what: str = "terminal") -> None:
        """Before the instance is started: so the next engine knows that it has a terminal, or was to have one.

        Raises:
            Problem: ``instance-directory``.
        """
        directory = self._paths.instances / companion(instance.id, what)
        try:
            directory.mkdir(mode=0o700)
            # A place to mount the app's socket on.
            (directory / WAYLAND_SOCKET).touch()
        except OSError as error:
            raise directory_problem(directory, error) from None


def own_program(manifest: Manifest, plan: LaunchPlan) -> TerminalProgram:
    """The command of a plan that is to be held open."""
    return TerminalProgram(manifest.name, (plan.arguments,), main=True)


def _libraries(image: ReadyImage) -> str:
    """What `held_open` wants to know, "" if the image cannot be lent."""
    root = Path(image.rootfs)
    found = [path for path in sorted(root.glob(_LIBRARIES)) if path.is_file() and not path.is_symlink()]
    able = found and all(os.path.lexists(root / "usr/bin" / name) for name in ("foot", "perl", *PROGRAMS))
    return str(found[0].relative_to(root)) if able else ""


def _listening(directory: Path) -> socket.socket:
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET | socket.SOCK_CLOEXEC)
    place = os.open(directory, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fchmod(listening.fileno(), 0o600)
        # The address holds 107 bytes, a path may be longer.
        listening.bind(f"/proc/self/fd/{place}/{SOCKET}")
        listening.listen(1)
    except OSError:
        listening.close()
        raise
    finally:
        os.close(place)
    return listening
