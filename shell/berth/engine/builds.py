"""Image work in processes of its own: building and importing never touch the engine's event loop.

Callers who want the same image share one build; it is given up when the last of them has.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from berth.core.image_reference import parse_reference
from berth.core.messages import ConfigurationChange, ImageProgress, RegistryImage, Signature
from berth.core.problem import Problem
from berth.core.sbom import Change
from berth.engine.images.arrival import app_of
from berth.engine.images.partial import dismiss, subject_of, unfinished
from berth.runtimes import pidfds

_GRACE_SECONDS = 3.0
_MAX_LINE = 1 << 20
_IMAGE_COMMAND = (sys.executable, "-m", "berth.engine.images")


class _ProblemLine(msgspec.Struct, frozen=True):
    code: str
    message: str
    hint: str = ""


class Imported(msgspec.Struct, frozen=True):
    """An image that has come; `app` is "" if it was not made one."""

    image: str = ""
    app: str = ""
    name: str = ""


class _Found(msgspec.Struct, frozen=True):
    """A `RegistryImage` with names instead of places."""

    reference: str
    app: str
    size: int
    manifest: str
    own_manifest: bool
    present: bool
    signature: Signature
    changes: tuple[ConfigurationChange, ...] = ()
    user: str = ""


class _Result(msgspec.Struct, frozen=True):
    images: tuple[Imported, ...] = ()
    found: _Found | None = None
    changes: tuple[Change, ...] = ()


class _Line(msgspec.Struct, frozen=True):
    """One line of the image process: progress, or (last) a problem or a result."""

    text: str = ""
    fraction: float = -1.0
    seconds_left: float = -1.0
    problem: _ProblemLine | None = None
    result: _Result | None = None


@dataclass
class _Build:
    """`app`: whose image it is, "" if that is not known; `looks`: it only finds out what is newer."""

    task: asyncio.Task[_Result]
    app: str
    looks: bool = False
    callers: int = 0
    given_up: bool = False


class Builds:
    """Args:
    root: the image store.
    report: receives the progress of all builds.
    command: the program that does the work.
    keys: file of the keys that are trusted for signatures.
    """

    def __init__(
        self,
        root: Path,
        report: Callable[[ImageProgress], None],
        command: Sequence[str] = _IMAGE_COMMAND,
        keys: Path | None = None,
    ) -> None:
        self._root = root
        self._report = report
        self._command = tuple(command)
        self._trust = ("--keys", str(keys)) if keys is not None else ()
        self._running: dict[str, _Build] = {}
        self._tasks: set[asyncio.Task[_Result]] = set()
        # Those being given up whose work somebody has asked for again: what becomes of that counts.
        self._superseded: set[asyncio.Task[_Result]] = set()

    def is_building(self, app: str) -> bool:
        build = self._running.get(app)
        return build is not None and not build.looks

    def under_way(self, app: str) -> tuple[str, ...]:
        """Subjects of the work that makes an image of the app: itself, or references."""
        return tuple(subject for subject, build in self._running.items() if build.app == app and not build.looks)

    async def given_up(self, subjects: Collection[str]) -> None:
        """Wait until what was given up of the work on them has ended, and holds nothing any more."""
        ending = [task for task in self._tasks if task.get_name() in subjects and task.cancelling()]
        if ending:
            await asyncio.wait(ending)

    async def build(self, app: str, manifest: Path) -> None:
        """Build the image of `app`, or join the build under way.

        Raises:
            Problem: why there is no image.
        """
        await self._shared(app, ["build", str(manifest)], app)

    async def update(self, app: str, manifest: Path) -> None:
        """Build the image of `app` anew if there is anything newer for it, or join the build under way.

        Raises:
            Problem: why it could not be done.
        """
        await self._shared(app, ["update", str(manifest)], app)

    async def newer(self, app: str, manifest: Path) -> tuple[Change, ...]:
        """What an update would change.

        Raises:
            Problem: ``app-building`` while its image is being made, or why it cannot be found out.
        """
        if self.is_building(app):
            raise Problem("app-building", f"The image of {app} is being made just now.", "Try again after that.")
        return (await self._shared(app, ["update", str(manifest), "--check"], app, looks=True)).changes

    async def import_archive(self, path: Path, *options: str) -> Imported:
        """Import an image; `options` are the image process's. Raises `Problem`: what is wrong with the archive."""
        result = await self._shared(str(path), ["import", str(path), *options])
        return next(iter(result.images), Imported())

    async def pull(self, reference: str, *options: str, subject: str = "") -> Imported:
        """Fetch an image from a registry, or go on with that, as work on `subject` or else on the reference.

        Raises:
            Problem: why it did not come.
        """
        app = subject or app_of(parse_reference(reference).in_store)
        arguments = ["pull", reference, *self._trust, *options]
        result = await self._shared(subject or subject_of(reference), arguments, app)
        return next(iter(result.images), Imported())

    async def look(self, reference: str, *options: str) -> RegistryImage:
        """What an image of a registry would become. Raises `Problem`: why it cannot come."""
        result = await self._follow(reference, ["look", reference, *self._trust, *options])
        if result.found is None:
            raise Problem("image-work-failed", f"Nothing was found out about {reference}.")
        return RegistryImage(*msgspec.structs.astuple(result.found))

    def cancel(self, subject: str) -> bool:
        """Give up the work on an image, of which all who asked for it are told; False if there is none."""
        build = self._running.pop(subject, None)
        if build is None:
            return False
        build.given_up = True
        build.task.cancel()
        return True

    async def close(self) -> None:
        for task in self._tasks:
            # One that is being given up is ending its processes: a second cancel would interrupt that.
            if not task.cancelling():
                task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _shared(self, subject: str, arguments: list[str], app: str = "", looks: bool = False) -> _Result:
        while (build := self._running.get(subject)) is not None and build.looks and not looks:
            # Who wants an image is not served by who only looks.
            await asyncio.wait([build.task])
            if self._running.get(subject) is build:  # it was given up before it had begun
                del self._running[subject]
        if build is None:
            self._superseded |= {task for task in self._tasks if task.get_name() == subject}
            task = asyncio.create_task(self._run(subject, arguments), name=subject)
            build = self._running[subject] = _Build(task, app, looks)
            self._tasks.add(task)
            task.add_done_callback(self._ended)
        build.callers += 1
        try:
            return await asyncio.shield(build.task)
        except asyncio.CancelledError:
            if not build.given_up:
                raise
            raise Problem("cancelled", "It was cancelled.") from None
        finally:
            build.callers -= 1
            if not build.callers and not build.task.done() and not build.given_up:
                # Who comes now must not join a build that is being given up.
                self._running.pop(subject, None)
                build.task.cancel()

    async def _run(self, subject: str, arguments: list[str]) -> _Result:
        resumed = arguments[0] in ("build", "pull")
        try:
            if resumed:
                dismiss(subject, self._root / "partial", False)
            self._report(ImageProgress(subject, "Preparing", 0.0, -1.0))
            result = await self._follow(subject, arguments)
            self._forget()
            self._report(ImageProgress(subject, "Ready", 1.0, 0.0, finished=True))
            return result
        except BaseException as error:
            self._forget()
            if asyncio.current_task() not in self._superseded:
                text = error.message if isinstance(error, Problem) else "Cancelled"
                again = self._again(subject) if resumed else ""
                self._report(ImageProgress(subject, text, -1.0, -1.0, finished=True, again=again))
            raise

    def _again(self, subject: str) -> str:
        """What is to be asked for to go on with what has come; "" if nothing has."""
        left = unfinished(self._root / "partial")
        return next((wanted for wanted in left if subject_of(wanted) == subject), "")

    def _ended(self, task: asyncio.Task[_Result]) -> None:
        self._tasks.discard(task)
        self._superseded.discard(task)

    def _forget(self) -> None:
        """The task that runs now is no longer to be joined."""
        current = asyncio.current_task()
        self._running = {name: build for name, build in self._running.items() if build.task is not current}

    async def _follow(self, subject: str, arguments: list[str]) -> _Result:
        process = await self._begin(arguments)
        complaints = asyncio.create_task(_last_lines(process.stderr))
        try:
            problem, result = await self._read(subject, process.stdout)
            code = await process.wait()
            said = await complaints
        except BaseException:
            complaints.cancel()
            await _end(process)
            raise
        if problem is not None:
            raise Problem(problem.code, problem.message, problem.hint)
        if code:
            raise Problem("image-work-failed", f"Working on the image failed with code {code}.", said)
        return result

    async def _begin(self, arguments: list[str]) -> asyncio.subprocess.Process:
        # A process group of its own: what cancels a build ends its package tools as well.
        beginning = asyncio.ensure_future(
            asyncio.create_subprocess_exec(
                *(*self._command, *arguments, "--root", str(self._root)),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                start_new_session=True,
                limit=_MAX_LINE,
            )
        )
        try:
            # Asyncio would wait for ever for the end of one that is given up before its pipes are connected.
            return await asyncio.shield(beginning)
        except asyncio.CancelledError:
            await _end(await beginning)
            raise

    async def _read(self, subject: str, stream: asyncio.StreamReader | None) -> tuple[_ProblemLine | None, _Result]:
        problem: _ProblemLine | None = None
        result = _Result()
        async for raw in stream or ():  # type: ignore[union-attr]
            with contextlib.suppress(msgspec.DecodeError):
                line = msgspec.json.decode(raw, type=_Line)
                problem = line.problem or problem
                result = line.result or result
                if line.text:
                    self._report(ImageProgress(subject, line.text, line.fraction, line.seconds_left))
        return problem, result


async def _last_lines(stream: asyncio.StreamReader | None) -> str:
    """Drained to its end, so that a talkative process never blocks on it."""
    last: deque[str] = deque(maxlen=6)
    async for raw in stream or ():  # type: ignore[union-attr]
        last.append(raw.decode(errors="replace").rstrip())
    return "\n".join(last)


async def _end(process: asyncio.subprocess.Process) -> None:
    """With all of its group: who takes no notice of being asked is killed, also when the process itself is gone."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_GRACE_SECONDS):
                await process.wait()
                await pidfds.group_ended(process.pid)
                return
