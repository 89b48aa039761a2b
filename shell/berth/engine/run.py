"""The one place from which the engine runs external commands: what fails becomes a `Problem`."""

from __future__ import annotations

import os
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from berth.core.problem import Problem

_LAST_LINES = 6
_KEPT_LINES = 2000
_LONGEST = 200


@dataclass(frozen=True)
class Completed:
    """A finished command: exit code (128 + n for signal n) and what it wrote, decoded leniently."""

    code: int
    output: str
    errors: str

    def last_lines(self, count: int = _LAST_LINES) -> str:
        """The end of what it said, stderr preferred: what a person needs in order to see why it failed."""
        said = (self.errors.strip() or self.output.strip()).splitlines()
        return "\n".join(line if len(line) <= _LONGEST else f"{line[:_LONGEST]}..." for line in said[-count:])


def run(
    command: Sequence[str | os.PathLike[str]],
    *,
    stdin: bytes = b"",
    environment: Mapping[str, str] | None = None,
    timeout: float | None = None,
    check: bool = True,
    what: str = "",
    on_line: Callable[[str], None] | None = None,
) -> Completed:
    """Run `command` to its end and capture what it writes.

    Args:
        environment: the whole environment of the command; None = ours.
        timeout: seconds after which it is killed.
        check: raise when it fails.
        what: what it was to do, for the message, e.g. ``Unpacking foot``.
        on_line: called for each line of stdout as it comes.

    Raises:
        Problem: ``command-missing``, ``command-timeout``, and with `check` ``command-failed``.
    """
    words = [os.fspath(word) for word in command]
    doing = what or f"“{words[0]}”"
    try:
        process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
        )
    except FileNotFoundError:
        raise Problem(
            "command-missing", f"The program “{words[0]}” is not installed.", "See what is missing with: berth doctor"
        ) from None
    except PermissionError:
        raise Problem("command-missing", f"The program “{words[0]}” may not be executed.") from None
    with process:
        try:
            completed = _communicate(process, stdin, timeout, on_line)
        except subprocess.TimeoutExpired:
            process.kill()
            raise Problem("command-timeout", f"{doing} took longer than {timeout:g} seconds.") from None
        except BaseException:
            process.kill()
            raise
    if check and completed.code:
        raise Problem("command-failed", f"{doing} failed with code {completed.code}.", completed.last_lines())
    return completed


def _communicate(
    process: subprocess.Popen[bytes], stdin: bytes, timeout: float | None, on_line: Callable[[str], None] | None
) -> Completed:
    if on_line is None:
        output, errors = process.communicate(stdin, timeout)
        return Completed(_exit_code(process), output.decode(errors="replace"), errors.decode(errors="replace"))
    return _follow(process, stdin, timeout, on_line)


def _follow(
    process: subprocess.Popen[bytes], stdin: bytes, timeout: float | None, on_line: Callable[[str], None]
) -> Completed:
    assert process.stdout and process.stderr
    complaints: deque[bytes] = deque(maxlen=_KEPT_LINES)
    said: deque[str] = deque(maxlen=_KEPT_LINES)
    # Both pipes must be drained at once, or a talkative command blocks on the one nobody reads.
    drain = threading.Thread(target=complaints.extend, args=(process.stderr,))
    drain.start()
    expired = threading.Event()

    def expire() -> None:
        expired.set()
        process.kill()

    watchdog = threading.Timer(timeout or 0, expire)
    if timeout is not None:
        watchdog.start()
    try:
        _feed(process, stdin)
        for raw in process.stdout:
            said.append(raw.decode(errors="replace").rstrip("\n"))
            on_line(said[-1])
        process.wait()
    except BaseException:
        process.kill()
        raise
    finally:
        watchdog.cancel()
        drain.join()
    if expired.is_set():
        raise subprocess.TimeoutExpired(process.args, timeout or 0)
    return Completed(_exit_code(process), "\n".join(said), b"".join(complaints).decode(errors="replace"))


def _feed(process: subprocess.Popen[bytes], stdin: bytes) -> None:
    assert process.stdin
    try:
        process.stdin.write(stdin)
        process.stdin.close()
    except BrokenPipeError:
        # It ended without reading: its exit code tells why.
        return


def _exit_code(process: subprocess.Popen[bytes]) -> int:
    code = process.returncode
    return code if code >= 0 else 128 - code
