"""Run one app without a session, inside whatever Wayland desktop the user is in.

Everything is the same as in a session (manifest, plan, ledger, runtime, homes and grants)
but the display: the host compositor's socket is mounted where the app looks for its own.
Each run has a runtime directory and a ledger of its own, so it never meets a session's.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import errno
import fcntl
import os
import signal
import stat
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from berth.core.messages import Event, ImageProgress, Notice, PromptInfo, PromptOpened
from berth.core.paths import Paths
from berth.core.permissions import Grant, allows
from berth.core.problem import Problem
from berth.engine.builds import Builds
from berth.engine.catalogue import manifest_directories, read_catalogue
from berth.engine.choices import RuntimeChoices
from berth.engine.consent import Consent
from berth.engine.grants import GrantStore
from berth.engine.image_index import ImageIndex
from berth.engine.instance import AppInstance, directory_problem, private_root
from berth.engine.launcher import Launcher
from berth.engine.ledger import Ledger
from berth.engine.overlays import Overlays
from berth.engine.prompts import Prompts
from berth.engine.supervision import Supervision, remove_tree
from berth.runtimes.chosen import ChosenRuntime
from berth.runtimes.port import Runtime

_PREFIX = "berth.run-"
"""A dot keeps it apart from the runtime directory of any session."""
_ATTEMPTS = 10


def run_standalone(
    paths: Paths,
    app: str,
    arguments: tuple[str, ...],
    environment: Mapping[str, str],
    profile: str = "",
    version: str = "",
    share_data: bool = False,
) -> int:
    """Run `app` to its end and return its exit code; Ctrl+C stops it. The rest as in `Launcher.launch`.

    Raises:
        Problem: ``no-display``, or why the app does not start.
    """
    wayland_socket = host_wayland_socket(environment)
    with _own_directory(paths) as own:
        return asyncio.run(_run(own, (app, arguments, profile, version, share_data), environment, wayland_socket))


def host_wayland_socket(environment: Mapping[str, str]) -> str:
    """The socket of the compositor we run under. Raises `Problem` ``no-display``."""
    name = environment.get("WAYLAND_DISPLAY", "")
    path = Path(environment.get("XDG_RUNTIME_DIR", "/nonexistent")) / name
    if name and path.exists() and stat.S_ISSOCK(path.stat().st_mode):
        return str(path)
    raise Problem(
        "no-display", "There is no Wayland desktop to open a window in.", "Start one of your own with: berth session"
    )


async def _run(
    paths: Paths, what: tuple[str, tuple[str, ...], str, str, bool], environment: Mapping[str, str], wayland_socket: str
) -> int:
    await _sweep(paths.runtime.parent)
    runtime = ChosenRuntime(private_root(paths))
    run = _Run(paths, environment, runtime, wayland_socket)
    try:
        return await run.app(*what)
    finally:
        await run.close()
        await runtime.close()


class _HostDisplay:
    """The host compositor serves its own socket; there is nothing to tell it."""

    def listen(self, instance: AppInstance, granted: frozenset[str]) -> None:
        return

    def grant(self, instance: str, granted: frozenset[str]) -> None:
        return

    def forget(self, instance: str) -> None:
        return


class _Run:
    """The parts of an engine that one app needs."""

    def __init__(self, paths: Paths, environment: Mapping[str, str], runtime: Runtime, wayland_socket: str) -> None:
        catalogue = read_catalogue(manifest_directories(paths, environment))
        self._images = ImageIndex(paths.images)
        self._builds = Builds(paths.images, _show_progress)
        self._grants = GrantStore(paths.state / "grants.sqlite", f"standalone {os.getpid()}")
        self._ledger = Ledger(paths.runtime / "ledger.sqlite")
        self._consent = Consent(self._grants, lambda record: Prompts(self._told, record), self._decision_changed)
        display = _HostDisplay()
        self._supervision = Supervision(
            consent=self._consent,
            ledger=self._ledger,
            runtime=runtime,
            display=display,
            icon=lambda _app: "",
            emit=self._told,
        )
        self._launcher = Launcher(
            paths,
            catalogue=lambda: catalogue,
            choices=RuntimeChoices(paths.state / "runtimes.json"),
            overlays=Overlays(paths),
            images=self._images,
            builds=self._builds,
            consent=self._consent,
            ledger=self._ledger,
            runtime=runtime,
            display=display,
            supervision=self._supervision,
            wayland_socket=wayland_socket,
        )

    async def app(self, app: str, arguments: tuple[str, ...], profile: str, version: str, share_data: bool) -> int:
        """Start the app, follow it to its end."""
        stop = _stop_signal()
        await self._images.refresh()
        instance = self._launcher.launch(app, arguments, profile, version, share_data)
        instance.mapped.set()  # windows are the host's; nobody tells us about them
        assert instance.launch is not None
        await asyncio.wait((instance.launch, stop), return_when=asyncio.FIRST_COMPLETED)
        if instance.launch.done():
            await instance.launch
            self._supervision.ask_at_use(instance)
            await asyncio.wait((instance.ended, stop), return_when=asyncio.FIRST_COMPLETED)
        if stop.done():
            await self._supervision.stop(instance)
        ending = instance.ended.result()
        if ending.told(instance.name):
            _say(ending.told(instance.name), ending.hint)
        return ending.code

    async def close(self) -> None:
        await self._builds.close()
        self._ledger.close()
        self._grants.close()

    def _decision_changed(self, app: str) -> None:
        self._supervision.follow_grants(app)

    def _told(self, event: Event) -> None:
        if isinstance(event, Notice):
            _say(event.message, event.hint)
        elif isinstance(event, PromptOpened):
            # The prompt is being opened right now: it can be answered once that is done.
            asyncio.get_running_loop().call_soon(self._put, event.info)

    def _put(self, asked: PromptInfo) -> None:
        """Put a question on the terminal; without one the answer is no."""
        wish = allows(asked.permission)
        if not (sys.stdin.isatty() and sys.stderr.isatty()):
            with contextlib.suppress(Problem):  # the app may have ended meanwhile
                self._consent.prompts.answer(asked.prompt, Grant(False, "once"))
                hint = f"Allow it with: berth permissions {asked.app} {asked.permission}"
                _say(f"{asked.name} may not {wish}.", hint)
            return
        said = f": {asked.reason}" if asked.reason else "."
        sys.stderr.write(f"{asked.name} asks to {wish}{said}\nAllow? [y]es, [a]lways, [N]o: ")
        sys.stderr.flush()
        loop = asyncio.get_running_loop()
        loop.add_reader(sys.stdin.fileno(), self._typed, asked)

    def _typed(self, asked: PromptInfo) -> None:
        asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
        answer = sys.stdin.readline().strip().lower()
        with contextlib.suppress(Problem):  # the app may have ended meanwhile
            grant = Grant(answer[:1] in ("y", "a"), "always" if answer[:1] == "a" else "once")
            self._consent.prompts.answer(asked.prompt, grant)


def _stop_signal() -> asyncio.Future[None]:
    loop = asyncio.get_running_loop()
    stop: asyncio.Future[None] = loop.create_future()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, lambda: None if stop.done() else stop.set_result(None))
    return stop


def _show_progress(progress: ImageProgress) -> None:
    done = f" {progress.fraction:.0%}" if progress.fraction >= 0 else ""
    end = "\n" if progress.finished or not sys.stderr.isatty() else ""
    start = "\r\x1b[K" if sys.stderr.isatty() else ""
    sys.stderr.write(f"{start}{progress.text}{done}{end}")
    sys.stderr.flush()


def _say(message: str, hint: str = "") -> None:
    sys.stderr.write(f"berth: {message} {hint}".rstrip() + "\n")


@contextlib.contextmanager
def _own_directory(paths: Paths) -> Iterator[Paths]:
    """A runtime directory for this run, locked as long as the run lasts, removed afterwards."""
    runtime = paths.runtime.with_name(f"{_PREFIX}{os.getpid()}")
    own = dataclasses.replace(paths, runtime=runtime)
    with contextlib.ExitStack() as held:
        # Another run may sweep it away before it is locked.
        if not any(_take(held, own) for _attempt in range(_ATTEMPTS)):
            raise directory_problem(runtime, FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT)))
        try:
            yield own
        finally:
            remove_tree(runtime)


def _take(held: contextlib.ExitStack, own: Paths) -> bool:
    """Make the directory and lock it; False if it is gone again. Raises `Problem`."""
    try:
        own.instances.mkdir(mode=0o700, parents=True)
        own.runtime.chmod(0o700)
        held.enter_context(_locked(own.runtime, wait=True))
    except FileNotFoundError:
        return False
    except OSError as error:
        raise directory_problem(own.runtime, error) from None
    return own.instances.exists()


@contextlib.contextmanager
def _locked(runtime: Path, wait: bool = False) -> Iterator[bool]:
    """Hold the directory's lock; False if another process does. Raises OSError."""
    fd = os.open(runtime, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(fd)


async def _sweep(base: Path) -> None:
    """Remove what runs have left that were killed: nobody holds the lock of their directory."""
    for runtime in base.glob(f"{_PREFIX}*"):
        with contextlib.suppress(FileNotFoundError), _locked(runtime) as abandoned:  # its run may end meanwhile
            if abandoned:
                root = runtime / "private"
                for directory in root.glob("*"):
                    await ChosenRuntime(root).reap(directory.name)
                remove_tree(runtime)
