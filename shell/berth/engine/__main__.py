"""The engine process: ``python -m berth.engine --name NAME --listen-fd N``.

SIGTERM ends the session: all apps are stopped and removed. SIGUSR1 ends this process alone:
the apps run on and the engine that the supervisor starts next adopts them, as after a crash.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import os
import signal
import socket
import sys
from pathlib import Path

from berth.core.messages import Notice
from berth.core.paths import Paths, session_paths
from berth.core.problem import Problem
from berth.engine.instance import private_root
from berth.engine.server import Server
from berth.engine.service import Engine
from berth.runtimes.chosen import ChosenRuntime

_LEAVE_CODE = 75  # EX_TEMPFAIL of sysexits.h: the supervisor starts the engine again


def main() -> int:
    """The process's boundary: 0 at the end of a session, else a sentence on stderr."""
    parser = argparse.ArgumentParser(prog="python -m berth.engine", description=__doc__)
    parser.add_argument("--name", required=True, help="name of the session")
    parser.add_argument("--listen-fd", required=True, type=int, help="descriptor of the listening engine socket")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s: %(message)s", stream=sys.stderr)
    try:
        paths = session_paths(options.name, os.environ, os.getuid())
        with socket.socket(fileno=options.listen_fd) as listening:
            listening.set_inheritable(False)
            return asyncio.run(_serve(paths, listening))
    except Problem as problem:
        sys.stderr.write(f"engine: {problem}\n")
        return 1


async def _serve(paths: Paths, listening: socket.socket) -> int:
    loop = asyncio.get_running_loop()
    ending: asyncio.Future[int] = loop.create_future()
    for number, code in ((signal.SIGTERM, 0), (signal.SIGINT, 0), (signal.SIGUSR1, _LEAVE_CODE)):
        loop.add_signal_handler(number, _end, ending, code)
    runtime = ChosenRuntime(private_root(paths))
    engine = Engine(paths, os.environ, runtime, session_identity())
    server = Server(listening, engine, engine.events)
    preparing = asyncio.create_task(_prepare(runtime, engine))
    try:
        await engine.start()
    finally:
        # Not cancelled: asyncio waits for ever for a program whose start was given up half-way.
        await preparing
    server.open()
    # What is there now lives as long as the process: the collector need not look at it again.
    gc.freeze()
    code = await ending
    server.close()
    await (engine.leave() if code else engine.end_session())
    return code


async def _prepare(runtime: ChosenRuntime, engine: Engine) -> None:
    """A machine that cannot run apps still has a desktop, which says so."""
    try:
        await runtime.prepare()
    except Problem as problem:
        engine.events.emit(Notice("error", problem.message, problem.hint))


def _end(ending: asyncio.Future[int], code: int) -> None:
    if not ending.done():
        ending.set_result(code)


def session_identity() -> str:
    """Differs between sessions and is the same for each engine of one: boot, and the supervisor's pid and start."""
    parent = os.getppid()
    boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    try:
        started = Path(f"/proc/{parent}/stat").read_text(errors="replace").rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        started = ""
    return f"{boot}-{parent}-{started}"


if __name__ == "__main__":
    sys.exit(main())
