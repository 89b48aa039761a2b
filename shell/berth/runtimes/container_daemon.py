"""Requests to a container engine's daemon: off the event loop, and what fails becomes a `Problem`.

The SDK blocks, so that each request runs in a thread; it is imported with the first one, because a
desktop that uses no such engine shall not pay for it.
"""

from __future__ import annotations

import asyncio
import errno
import os
import pwd
import shutil
import socket
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from berth.core.problem import Problem

MISSING = "container-missing"
CONFLICT = "container-conflict"
_THREADS = 8
_TIMEOUT_SECONDS = 300
_MISSING_STATUS, _CONFLICT_STATUS = 404, 409
_CONFLICT_WORDS = ("container state improper", "is already in use")
"""What Podman says with status 500."""


@dataclass(frozen=True)
class Service:
    """What a person calls an engine, and what mends it.

    Attributes:
        name: of the runtime; codes of problems begin with it.
        program: its presence tells an engine that is stopped from one that is not installed.
    """

    name: str
    title: str
    program: str
    install: str
    start: str
    allow: str

    def unreachable(self, path: Path, error: OSError) -> Problem:
        if error.errno in (errno.EACCES, errno.EPERM):
            user = pwd.getpwuid(os.getuid()).pw_name
            return Problem(f"{self.name}-denied", f"You may not use {self.title}.", self.allow.format(user=user))
        if shutil.which(self.program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin") is None:
            return Problem(f"{self.name}-missing", f"{self.title} is not installed.", self.install)
        return Problem(f"{self.name}-stopped", f"{self.title} is not running: nothing answers at {path}.", self.start)


def check_reachable(service: Service, path: Path) -> None:
    """Raises `Problem` in a person's words; the SDK's own would be a chain of its libraries'."""
    try:
        with socket.socket(socket.AF_UNIX) as probe:
            probe.connect(str(path))
    except OSError as error:
        raise service.unreachable(path, error) from None


async def _ready() -> None:
    return


class Daemon:
    """One daemon behind a unix socket of this machine.

    Args:
        prepare: awaited before each connection; starts the daemon where that is ours to do.
    """

    def __init__(self, service: Service, path: Path, prepare: Callable[[], Awaitable[None]] = _ready) -> None:
        self.service = service
        self.path = path
        self._prepare = prepare
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix=f"berth-{service.name}")
        self._local = threading.local()
        self._clients: list[Any] = []

    async def call(self, method: str, *arguments: Any, **options: Any) -> Any:
        """The result of a method of the SDK's ``APIClient``.

        Raises:
            Problem: `MISSING` or `CONFLICT`, ``NAME-missing``, ``NAME-stopped``, ``NAME-denied`` if the daemon
                cannot be reached, ``NAME-refused`` with what it said.
        """
        return await self.run(lambda client: getattr(client, method)(*arguments, **options))

    async def run(self, work: Callable[[Any], Any]) -> Any:
        """The result of `work` with an ``APIClient``, in a thread. Raises as `call` does."""
        await self._prepare()
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._work, work)

    def _work(self, work: Callable[[Any], Any]) -> Any:
        import docker.errors
        import requests.exceptions

        # Before each request: the SDK leaks a socket that cannot be connected.
        check_reachable(self.service, self.path)
        try:
            return work(self._client())
        except docker.errors.APIError as error:
            raise self._refused(error) from None
        except requests.exceptions.RequestException as error:
            check_reachable(self.service, self.path)
            raise Problem(
                f"{self.service.name}-refused", f"{self.service.title} broke off the connection: {error}."
            ) from None

    def _client(self) -> Any:
        """A client of this thread's own: connections are not shared between threads."""
        client = getattr(self._local, "client", None)
        if client is None:
            import docker
            import docker.errors

            try:
                client = docker.APIClient(f"unix://{self.path}", version="auto", timeout=_TIMEOUT_SECONDS)
            except docker.errors.DockerException as error:
                raise Problem(
                    f"{self.service.name}-refused", f"{self.service.title} gives no proper answer: {error}."
                ) from None
            self._local.client = client
            self._clients.append(client)
        return client

    def _refused(self, error: Any) -> Problem:
        said = str(error.explanation or error).strip()
        if error.status_code == _MISSING_STATUS:
            return Problem(MISSING, said)
        if error.status_code == _CONFLICT_STATUS or any(words in said for words in _CONFLICT_WORDS):
            return Problem(CONFLICT, said)
        return Problem(f"{self.service.name}-refused", f"{self.service.title} refused: {said[:300]}")

    def close(self) -> None:
        self._threads.shutdown(wait=True, cancel_futures=True)
        for client in self._clients:
            client.close()
        self._clients.clear()
