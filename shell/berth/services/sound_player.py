"""Plays short sounds in the host's sound server, each by a process that sees nothing but the sound and that server.

The sounds are a theme's, so what decodes them is kept apart: no files, no network, no memory and time to spare. One is
heard at a time; another one meanwhile is left out, unless it is urgent.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import stat
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

_log = logging.getLogger(__name__)

LONGEST = 10.0
"""Seconds after which a sound is ended, whatever its file says."""
_LIMITS = ("--as=536870912", "--cpu=5", "--nofile=64", "--core=0")
_SYSTEM = ("lib", "lib32", "lib64", "bin")


class SoundPlayer:
    """Must be used on one loop.

    Args:
        environment: says where the sound server is, as libpulse reads it.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None
        self._playing: asyncio.Task[None] | None = None
        self._urgent = False
        self._closed = False
        self._complained = False

    def play(self, fd: int, urgent: bool = False) -> None:
        """Play the file `fd`, of which this takes a copy; says nothing where there is no sound server."""
        socket = server_socket(self._environment)
        if socket is None or (self._playing is not None and (self._urgent or not urgent)):
            return
        before, self._urgent = self._playing, urgent
        self._stop()
        self._playing = asyncio.create_task(self._play(os.dup(fd), socket, before))

    async def close(self) -> None:
        self._closed = True
        self._stop()
        if self._playing is not None:
            await asyncio.gather(self._playing, return_exceptions=True)

    def _stop(self) -> None:
        if self._process is not None:
            _kill(self._process)

    async def _play(self, fd: int, socket: Path, before: asyncio.Task[None] | None) -> None:
        task = asyncio.current_task()
        try:
            if before is not None:
                await asyncio.gather(before, return_exceptions=True)
            # Threads of the loop's pool last, so that the process does not end with the one that began it.
            self._process = await asyncio.to_thread(_start, _command(fd, socket), fd)
            if self._closed or self._playing is not task:
                self._stop()  # nobody could before
            code, said = await asyncio.to_thread(_ended, self._process)
            if code > 0 and not self._complained:
                self._complained = True
                _log.warning("A sound could not be played: %s", said)
        except OSError as error:
            _log.warning("A sound could not be played: %s", error)
        finally:
            os.close(fd)
            self._process = None
            if self._playing is task:
                self._playing = None


def server_socket(environment: Mapping[str, str]) -> Path | None:
    """Where the sound server listens; None if it does not, or on the network, where sounds are not sent."""
    for word in environment.get("PULSE_SERVER", "").split():
        place = Path(word.rpartition("}")[2].removeprefix("unix:"))
        if place.is_absolute():
            return place if _is_socket(place) else None
    if environment.get("PULSE_SERVER"):
        return None
    folder = environment.get("PULSE_RUNTIME_PATH") or f"{environment.get('XDG_RUNTIME_DIR', '')}/pulse"
    place = Path(folder, "native")
    return place if _is_socket(place) else None


def _is_socket(place: Path) -> bool:
    try:
        return stat.S_ISSOCK(place.stat().st_mode)
    except OSError:
        return False


def _command(fd: int, socket: Path) -> list[str]:
    system = ["--ro-bind", "/usr", "/usr", "--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache"]
    for name in _SYSTEM:
        place = Path("/", name)
        if place.is_symlink():
            system += ["--symlink", os.fspath(place.readlink()), f"/{name}"]
        elif place.is_dir():
            system += ["--ro-bind", f"/{name}", f"/{name}"]
    return [
        *("prlimit", *_LIMITS, "--", "bwrap", "--unshare-all", "--die-with-parent"),
        *("--cap-drop", "ALL", "--clearenv", *system, "--dev", "/dev", "--tmpfs", "/tmp"),
        *("--ro-bind", os.fspath(socket), "/run/sound-server", "--ro-bind-data", str(fd), "/run/sound"),
        *("--setenv", "PULSE_SERVER", "unix:/run/sound-server", "--setenv", "HOME", "/tmp"),
        *("--setenv", "PATH", "/usr/bin", "--setenv", "LANG", "C.UTF-8"),
        # A server keeps two seconds ready otherwise, and the end of a sound is heard as late.
        *("paplay", "--client-name=Berth", "--property=media.role=event", "--latency-msec=100", "/run/sound"),
    ]


def _start(command: list[str], fd: int) -> subprocess.Popen[bytes]:
    """Raises `OSError`."""
    os.lseek(fd, 0, os.SEEK_SET)
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        pass_fds=(fd,),
        start_new_session=True,
    )


def _kill(process: subprocess.Popen[bytes]) -> None:
    """All of its group: what has only begun does not die with its parent yet."""
    if process.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def _ended(process: subprocess.Popen[bytes]) -> tuple[int, str]:
    """Its exit code, negative if it was ended, and its last words."""
    with process:
        try:
            _output, said = process.communicate(timeout=LONGEST)
        except subprocess.TimeoutExpired:
            _kill(process)
            _output, said = process.communicate()
    return process.returncode, said[-500:].decode(errors="replace").strip()
