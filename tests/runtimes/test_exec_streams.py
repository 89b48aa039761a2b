"""What a command of `berth exec` gets in place of our terminal, and what goes through it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
import struct
import subprocess
import termios
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from berth.core.problem import Problem
from berth.runtimes.exec_streams import Fds, call_through
from tests.ready import readable

WAIT = 60.0
DEFAULTS = ("env", "--default-signal")
"""Shells have what they start in the background ignore some; what ignores them from its start can never trap them."""


class Terminal:
    """Ours, of which a test has the keys and the screen."""

    def __init__(self) -> None:
        self.screen, self.own = os.openpty()
        fcntl.ioctl(self.screen, termios.TIOCSWINSZ, struct.pack("4H", 33, 77, 0, 0))
        self.before = termios.tcgetattr(self.own)
        self.seen = b""

    def type(self, keys: bytes) -> None:
        os.write(self.screen, keys)

    def shows(self, text: bytes) -> bytes:
        """What there is to see, once `text` is among it."""
        while text not in self.seen:
            assert readable([self.screen], WAIT), self.seen
            self.seen += os.read(self.screen, 4096)
        return self.seen


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    terminal = Terminal()
    yield terminal
    assert termios.tcgetattr(terminal.own) == terminal.before
    os.close(terminal.screen)
    os.close(terminal.own)


def shell(script: str, *, session: bool = True) -> Callable[[Fds], int]:
    """A command as a runtime runs it: with no signal ignored, in a session of its own, whose terminal it gets."""
    command = [*DEFAULTS, "setsid", *(["--ctty"] if session else []), "sh", "-c", script]

    def call(fds: Fds) -> int:
        return subprocess.run(command, stdin=fds[0], stdout=fds[1], stderr=fds[2], check=False, timeout=WAIT).returncode

    return call


@contextlib.contextmanager
def beside(work: Callable[[], object]) -> Iterator[None]:
    """Who sits at the terminal meanwhile."""
    faults: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as fault:
            faults.append(fault)

    thread = threading.Thread(target=run)
    thread.start()
    yield
    thread.join(WAIT)
    assert not thread.is_alive() and not faults, faults


def test_a_command_gets_a_terminal_that_is_not_ours(terminal: Terminal) -> None:
    own = os.ttyname(terminal.own)
    names: list[str] = []

    def call(fds: Fds) -> int:
        names.extend(os.ttyname(fd) for fd in fds)
        return shell("stty size; echo said; exit 9")(fds)

    assert call_through(call, (terminal.own,) * 3) == 9
    assert len(set(names)) == 1 and own not in names
    assert terminal.shows(b"said\r\n") == b"33 77\r\nsaid\r\n"


def test_what_is_typed_and_a_new_size_reach_it(terminal: Terminal) -> None:
    def sit() -> None:
        terminal.shows(b"ready")
        terminal.type(b"hello\r")
        terminal.shows(b"got hello")
        terminal.type(b"\x03")

    script = "trap 'echo broken; exit 5' INT; echo ready; read word; echo got $word; while :; do sleep 0.02; done"
    with beside(sit):
        assert call_through(shell(script), (terminal.own,) * 3) == 5
    assert b"broken" in terminal.shows(b"broken")


def test_who_cannot_be_interrupted_by_keys_is_left(terminal: Terminal) -> None:
    """A command without a terminal of its own is told of nothing; who ends our process ends it."""
    ends = threading.Event()

    def call(fds: Fds) -> int:
        os.write(fds[1], b"ready")
        ends.wait(WAIT)
        return 0

    def sit() -> None:
        terminal.shows(b"ready")
        terminal.type(b"\x03")

    before = set(threading.enumerate())
    with beside(sit), pytest.raises(KeyboardInterrupt):
        call_through(call, (terminal.own,) * 3)
    # What it was heard on is another file by now, which is left alone.
    left = (set(threading.enumerate()) - before).pop()
    with contextlib.ExitStack() as stack:
        others = [stack.enter_context(end) for _ in range(8) for end in socket.socketpair()]
        ends.set()
        left.join(WAIT)
        assert not left.is_alive() and not readable(end.fileno() for end in others)


def test_much_in_both_directions_at_once(terminal: Terminal) -> None:
    """Nobody waits for the other for ever."""
    lines = b"".join(b"%06d\r" % number for number in range(20_000))

    def sit() -> None:
        terminal.shows(b"ready")
        rest = lines
        os.set_blocking(terminal.screen, False)
        while b"999999" not in terminal.seen:
            if rest:
                with contextlib.suppress(BlockingIOError):
                    rest = rest[os.write(terminal.screen, rest[:512]) :]
            if readable([terminal.screen], 0.0 if rest else WAIT):
                terminal.seen = terminal.seen[-20:] + os.read(terminal.screen, 65536)

    script = "echo ready; head -n 20000 | tail -n 1; echo 999999"
    with beside(sit):
        assert call_through(shell(script), (terminal.own,) * 3) == 0


def test_streams_that_are_no_terminals_are_passed_on(terminal: Terminal, tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(b"of a file\n")
    with (tmp_path / "in").open("rb") as given, (tmp_path / "out").open("wb") as taken:
        assert call_through(shell("cat", session=False), (given.fileno(), taken.fileno(), taken.fileno())) == 0
        given.seek(0)
        # The terminal that shows is not given away either.
        seen: list[bool] = []

        def call(fds: Fds) -> int:
            seen.extend(os.isatty(fd) for fd in fds)
            return shell("cat; echo fault >&2", session=False)(fds)

        assert call_through(call, (given.fileno(), taken.fileno(), terminal.own)) == 0
    assert (tmp_path / "out").read_bytes() == b"of a file\n" * 2
    assert seen == [False] * 3 and terminal.shows(b"fault\r\n") == b"fault\r\n"


def test_lines_for_a_command_whose_output_goes_elsewhere(terminal: Terminal, tmp_path: Path) -> None:
    terminal.type(b"one\rtwo\r\x04")
    with (tmp_path / "out").open("wb") as taken:
        assert call_through(shell("cat", session=False), (terminal.own, taken.fileno(), taken.fileno())) == 0
    assert (tmp_path / "out").read_bytes() == b"one\ntwo\n"


def test_what_goes_wrong_is_told_and_the_terminal_is_as_before(terminal: Terminal) -> None:
    def call(_fds: Fds) -> int:
        raise Problem("instance-gone", "The app has ended.")

    with pytest.raises(Problem, match="has ended"):
        call_through(call, (terminal.own,) * 3)


def test_who_is_left_of_a_command_keeps_nothing_of_ours(terminal: Terminal, tmp_path: Path) -> None:
    """Its pseudo-terminal hangs up."""
    script = f"trap 'echo hung > {tmp_path}/told; exit' HUP; echo up; while :; do sleep 0.02; done"
    left: list[subprocess.Popen[bytes]] = []

    def call(fds: Fds) -> int:
        left.append(subprocess.Popen([*DEFAULTS, "setsid", "--ctty", "sh", "-c", script], stdin=fds[0], stdout=fds[1]))
        terminal.shows(b"up")
        return 0

    assert call_through(call, (terminal.own,) * 3) == 0
    assert left[0].wait(WAIT) == 0 and (tmp_path / "told").read_text() == "hung\n"


def test_a_terminal_that_does_not_block_shows_everything(terminal: Terminal) -> None:
    """Whoever shares it may have set it so."""
    os.set_blocking(terminal.own, False)
    seen: list[bytes] = []
    with beside(lambda: seen.append(terminal.shows(b"all"))):
        assert call_through(shell("head -c 300000 /dev/zero | tr '\\0' x; echo all"), (terminal.own,) * 3) == 0
    assert seen[0].count(b"x") == 300_000


def test_a_terminal_that_is_gone_is_told_to_the_command() -> None:
    terminal = Terminal()

    def sit() -> None:
        terminal.shows(b"ready")
        os.close(terminal.screen)

    script = "trap 'exit 5' HUP; echo ready; while :; do echo more; sleep 0.02; done"
    with beside(sit):
        assert call_through(shell(script), (terminal.own,) * 3) == 5
    os.close(terminal.own)
