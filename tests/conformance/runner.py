"""Runs tests of wlcs and says what became of each, whatever they do to the process they run in."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.ready import readable

ROOT = Path(__file__).parent.parent.parent
PROGRAMS = (*Path("/usr/lib").glob("*/wlcs/wlcs"), *Path("/usr/libexec/wlcs").glob("wlcs"))
"""Where Debian has the suite."""

SILENCE = 60
"""Seconds without a word from wlcs, whose own longest wait is a sixth of that, until it counts as hanging."""

LEAK = "descriptors left open:"
"""What the module prints if a test has left something open."""

_BEGIN = re.compile(r"\[ RUN      \] (\S+)")
_END = re.compile(r"\[ +(OK|FAILED|SKIP) +\] ([^\s,]+).*\(\d+ ?ms\)")
_OUTCOMES = {"OK": "passed", "FAILED": "failed", "SKIP": "skipped"}


class Outcome(NamedTuple):
    """Attributes:
    status: passed, failed, skipped, crashed or hung.
    output: all that was printed meanwhile.
    seconds: how long it took.
    """

    status: str
    output: str
    seconds: float


def _environment(module: Path) -> dict[str, str]:
    # The interpreter inside wlcs looks for its environment where a python3 on the path has it.
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    # What a crash leaves behind lies beside the module.
    return {**os.environ, "PATH": path, "PYTHONPATH": f"{ROOT / 'shell'}:{ROOT}", "TMPDIR": str(module.parent)}


def _command(module: Path, *arguments: str) -> list[str]:
    return [str(PROGRAMS[0]), str(module), *arguments]


def suites(module: Path) -> dict[str, list[str]]:
    """The names of all tests by suite, without those that wlcs itself has disabled."""
    command = _command(module, "--gtest_list_tests")
    listed = subprocess.run(command, env=_environment(module), check=True, capture_output=True, text=True).stdout
    found: dict[str, list[str]] = {}
    suite: list[str] = []
    for line in listed.splitlines():
        name = line.split("#")[0].strip()
        if not line.startswith(" "):
            prefix = name
            suite = found[prefix.removesuffix(".")] = []
        elif "DISABLED_" not in name:
            suite.append(prefix + name)
    return {name: tests for name, tests in found.items() if tests}


def run(module: Path, names: Sequence[str]) -> Mapping[str, Outcome]:
    """Run the tests `names`, in as many processes as have to be started because one ended early."""
    done: dict[str, Outcome] = {}
    while left := [name for name in names if name not in done]:
        before = len(done)
        _run_some(module, left, done)
        if len(done) == before:
            done[left[0]] = Outcome("crashed", "wlcs ended before it began with a test", 0.0)
    return done


def _run_some(module: Path, names: Sequence[str], done: dict[str, Outcome]) -> None:
    command = _command(module, "--gtest_filter=" + ":".join(names))
    with subprocess.Popen(
        command,
        env=_environment(module),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    ) as process:
        try:
            _read(process, done)
        finally:
            # A display server that a crash has left behind goes too.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def _read(process: subprocess.Popen[bytes], done: dict[str, Outcome]) -> None:
    """Take what wlcs prints until it ends or has been silent for too long."""
    assert process.stdout is not None
    name, output, began = "", "", 0.0
    for line in _lines(process):
        if begin := _BEGIN.search(line):
            name, output, began = begin.group(1), "", time.monotonic()
        elif (end := _END.search(line)) and end.group(2) == name:
            done[name] = Outcome(_OUTCOMES[end.group(1)], output, time.monotonic() - began)
            name = ""
        else:
            output += line + "\n"
    if name:
        code = process.poll()
        status = "hung" if code is None else "crashed"
        done[name] = Outcome(status, f"{output}exit code {code}\n", time.monotonic() - began)


def _lines(process: subprocess.Popen[bytes]) -> Iterator[str]:
    """What is printed, until the process has ended or hangs. Its own children may hold its output open."""
    assert process.stdout is not None
    output = process.stdout.fileno()
    ended = os.pidfd_open(process.pid)
    pending = b""
    try:
        while ready := readable([output, ended], SILENCE):
            data = os.read(output, 65536) if output in ready else b""
            if not data:
                process.wait()
                return
            *lines, pending = (pending + data).split(b"\n")
            yield from (line.decode(errors="replace") for line in lines)
    finally:
        os.close(ended)
