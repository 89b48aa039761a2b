"""Programs on a terminal that shows them from elsewhere: the test is the window's side of the socket."""

from __future__ import annotations

import asyncio
import errno
import os
import select
import selectors
import signal
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from berth.core.lent_terminal import held_open
from berth.core.plan import LaunchPlan, Mount
from berth.core.problem import Problem
from berth.runtimes import processes
from berth.runtimes.logfile import BoundedLog
from berth.runtimes.port import Exit, Instance, TerminalProgram
from berth.runtimes.terminal import AGAIN, ENDED, INPUT, OUTPUT, SIZE, Terminal, Terminals
from tests.runtimes.conftest import PYTHON, Bench

_windows: list[Window] = []


@pytest.fixture
def bench(contract: Bench) -> Bench:
    return contract


@pytest.fixture(autouse=True)
def windows() -> Iterator[None]:
    """All are closed in the end."""
    yield
    while _windows:
        _windows.pop().close()


class Window:
    """What shows a program: its side of the socket, and all that it was sent."""

    def __init__(self, connection: socket.socket) -> None:
        connection.setblocking(False)
        _windows.append(self)
        self._connection = connection
        self.text = b""
        self.ends = 0
        self.closed = False

    async def send(self, packet: bytes) -> None:
        await asyncio.get_running_loop().sock_sendall(self._connection, packet)

    async def size(self, rows: int, columns: int, kind: bytes = SIZE) -> None:
        await self.send(kind + struct.pack("!HH", rows, columns))

    async def type(self, text: str) -> None:
        await self.send(INPUT + text.encode())

    async def until(self, enough: Callable[[], bool]) -> None:
        try:
            async with asyncio.timeout(30):
                while not enough():
                    await self.read()
        except TimeoutError:
            raise AssertionError(f"waited in vain; it has said {self.text[-2000:]!r}") from None

    async def read(self) -> None:
        packet = b""
        with suppress(ConnectionResetError):
            packet = await asyncio.get_running_loop().sock_recv(self._connection, 1 << 17)
        assert packet or not self.closed, self.text
        self.closed = not packet
        self.text += packet[1:] if packet[:1] in (OUTPUT, ENDED) else b""
        self.ends += packet[:1] == ENDED

    async def said(self, text: str) -> None:
        await self.until(lambda: text.encode() in self.text)

    async def gone(self) -> None:
        await self.until(lambda: self.closed)

    def close(self) -> None:
        self._connection.close()


def held(bench: Bench) -> LaunchPlan:
    """A container that waits for commands, held open by programs of this machine."""
    plan = bench.plan("sleep", "1000", environment=(("TERM", "xterm"),))
    (libraries, *_others) = sorted(Path("/").glob("usr/lib/*-linux-gnu*/ld-linux*.so.*"))
    return held_open(plan, "", str(libraries.relative_to("/")))


async def opened(
    bench: Bench,
    *command: str,
    main: bool = True,
    others: tuple[tuple[str, ...], ...] = (),
    instance: Instance | None = None,
) -> tuple[Instance, Window]:
    """An instance whose program waits for its window to say its size."""
    instance = instance or await bench.start(held(bench))
    place = bench.base / f"s{os.urandom(3).hex()}"
    address = min(str(place), os.path.relpath(place), key=len)  # which may have 107 bytes
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listening:
        listening.bind(address)
        listening.listen(1)
        program = TerminalProgram("Thing", (*others, command), main)
        await bench.runtime.open_terminal(instance, listening, program)
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    connection.connect(address)
    return instance, Window(connection)


async def shell(bench: Bench, script: str = "") -> tuple[Instance, Window]:
    instance, window = await opened(bench, *(("sh", "-c", script) if script else ("sh",)))
    await window.size(30, 100)
    return instance, window


async def test_a_program_has_a_terminal_of_its_container(bench: Bench) -> None:
    script = "busybox tty; busybox stty size; echo $TERM; busybox ps -o pid,tty >/dev/null; echo ok >/dev/tty; exit 4"
    instance, window = await shell(bench, script)
    await window.until(lambda: window.ends == 1)
    assert b"/dev/pts/0\r\n30 100\r\nxterm\r\nok\r\n" in window.text
    assert b"Thing has ended with code 4." in window.text and b"Enter starts it again" in window.text
    assert await bench.runtime.logs(instance) == "/dev/pts/0\n30 100\nxterm\nok\n"
    window.close()
    assert await bench.runtime.wait(instance) == Exit(4)


async def test_it_starts_with_the_size_of_its_window_and_follows_it(bench: Bench) -> None:
    instance, window = await opened(
        bench, "sh", "-c", "trap 'busybox stty size' WINCH; echo on; while :; do sleep 0.02; done"
    )
    assert await bench.runtime.logs(instance) == ""
    await window.size(30, 100)
    await window.said("on\r\n")
    await window.size(41, 137)
    await window.said("41 137")
    window.close()
    assert await bench.runtime.wait(instance) == Exit(0)


async def test_it_can_be_started_again(bench: Bench) -> None:
    instance, window = await shell(bench, "echo turn; read -r word; echo got $word; exit 2")
    for turn in range(1, 4):
        await window.until(lambda turn=turn: window.text.count(b"turn\r\n") == turn)  # type: ignore[misc]
        await window.type(f"w{turn}\n")
        await window.said(f"got w{turn}")
        await window.until(lambda turn=turn: window.ends == turn)  # type: ignore[misc]
        await window.size(30, 100, AGAIN)
    await bench.runtime.stop(instance)
    await window.gone()


async def test_who_leaves_a_shell_closes_its_window(bench: Bench) -> None:
    instance, window = await shell(bench)
    await window.type("exit\n")
    await window.gone()
    assert (await bench.runtime.wait(instance), window.ends) == (Exit(0), 0)


async def test_a_program_that_just_ends_stays_to_be_read(bench: Bench) -> None:
    instance, window = await shell(bench, "echo hello")
    await window.until(lambda: window.ends == 1)
    assert b"hello\r\n" in window.text and b"Thing has ended.\x1b" in window.text
    assert instance.id in {row.id for row in await bench.runtime.list()}
    window.close()
    assert await bench.runtime.wait(instance) == Exit(0)


async def test_an_interrupt_is_the_programs(bench: Bench) -> None:
    instance, window = await shell(bench)
    prompt = b"$ " if bench.user else b"# "
    await window.said(prompt.decode())
    await window.type("echo run $((1 + 1)); cat\n")
    await window.said("run 2")
    await window.type("first\n")
    await window.until(lambda: window.text.count(b"first\r\n") == 2)
    await window.type("\x03")
    await window.until(lambda: window.text.count(prompt) == 2)
    await window.type("echo still $((40 + 2)); cat\n")
    await window.said("still 42")
    await window.type("second\n")
    await window.until(lambda: window.text.count(b"second\r\n") == 2)
    await window.type("\x1a")
    await window.said("Stopped")
    window.close()
    assert await bench.runtime.wait(instance) == Exit(0)


async def test_python_is_interrupted_and_left(bench: Bench) -> None:
    if not Path(PYTHON).exists():
        pytest.skip(f"needs {PYTHON}")
    held = bench.plan("sleep", "1000", environment=(("TERM", "dumb"),), mounts=(Mount("/usr", "/usr"),))
    instance, window = await opened(bench, PYTHON, "-I", "-q", instance=await bench.start(held))
    await window.size(30, 100)
    await window.said(">>> ")
    # Python sleeps on when it is interrupted just before it falls asleep, so it sleeps for a moment only.
    await window.type("while not print('be' + 'gun', flush=True): __import__('time').sleep(0.1)\n\n")
    await window.said("begun")
    await window.type("\x03")
    await window.said("KeyboardInterrupt")
    await window.type("exit(0)\n")
    await window.gone()
    assert await bench.runtime.wait(instance) == Exit(0)


async def test_a_closed_window_is_told_to_the_program(bench: Bench) -> None:
    script = "trap 'echo told; exit 0' HUP; echo ready; while :; do read -r x; done"
    instance, window = await shell(bench, f"{script}")
    await window.said("ready")
    window.close()
    assert await bench.runtime.wait(instance) == Exit(0)


async def test_one_that_reads_nothing_is_told_as_well(bench: Bench) -> None:
    instance, window = await shell(bench, "busybox stty -echo; echo ready; exec sleep 1000")
    await window.said("ready")
    for _ in range(8):
        await window.type("much\n" * 1000)
    window.close()
    assert await bench.runtime.wait(instance) == Exit(0)


async def test_one_that_does_not_hear_of_it_is_ended(bench: Bench) -> None:
    instance, window = await shell(bench, "trap '' HUP; echo ready; while :; do sleep 1; done")
    await window.said("ready")
    window.close()
    assert await bench.runtime.wait(instance) == Exit(0)


async def test_shells_end_when_they_are_asked_to(bench: Bench) -> None:
    instance, window = await shell(bench)
    await window.type("echo on $((1 + 1))\n")
    await window.said("on 2")
    end = await bench.runtime.stop(instance, grace=1000)
    assert end.reason == ""
    await window.gone()


async def test_servers_end_in_order(bench: Bench) -> None:
    script = "trap 'echo saved; exit 7' TERM; echo up; while :; do sleep 0.1; done"
    instance, window = await shell(bench, script)
    await window.said("up")
    assert await bench.runtime.stop(instance, grace=1000) == Exit(7)
    await window.gone()
    assert b"saved" in window.text and not window.ends


async def test_what_kills_a_program_is_named(bench: Bench) -> None:
    _instance, window = await shell(bench, "kill -SEGV $$")
    await window.until(lambda: window.ends == 1)
    assert b"The app was ended by SIGSEGV." in window.text


async def test_a_command_that_is_not_there_says_so(bench: Bench) -> None:
    _instance, window = await opened(bench, "nothing-like-it")
    await window.size(24, 80)
    await window.until(lambda: window.ends == 1)
    assert b"nothing-like-it: not found in the app's image\r\n" in window.text and b"code 127" in window.text


async def test_another_command_beside_the_program(bench: Bench) -> None:
    instance, window = await shell(bench)
    _same, other = await opened(
        bench,
        "sh",
        "-c",
        "busybox tty; echo beside; exit 3",
        main=False,
        others=(("/bin/no", "-l"),),
        instance=instance,
    )
    await other.size(24, 80)
    await other.until(lambda: other.ends == 1)
    assert b"beside\r\n" in other.text
    other.close()
    await window.type("echo here $((2 + 2))\n")
    await window.said("here 4")
    assert "beside" not in await bench.runtime.logs(instance)
    await bench.runtime.kill(instance)
    await window.gone()


async def test_slow_windows_and_slow_programs_wait_for_each_other(bench: Bench) -> None:
    """Nothing is lost of what goes through, and nothing is kept but little."""
    instance, window = await shell(bench, "busybox stty raw -echo; echo go; cat")
    await window.said("go")
    window.text = b""
    # Podman's conmon does not read on while 64 KiB and more wait for a program that writes.
    lines = 4000 if instance.runtime == "podman" else 200_000
    sent = b"".join(b"%07d\n" % number for number in range(lines))

    async def type_all() -> None:
        for start in range(0, len(sent), 8000):
            await window.send(INPUT + sent[start : start + 8000])

    typing = asyncio.create_task(type_all())
    await window.until(lambda: len(window.text) >= len(sent))
    await typing
    assert window.text == sent
    memory = int(Path(f"/proc/{instance.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    assert memory < 100 << 20


async def test_odd_packets_do_no_harm(bench: Bench) -> None:
    instance, window = await opened(bench, "sh", "-c", "busybox stty size; cat")
    for packet in (b"x", SIZE, SIZE + b"12", INPUT, INPUT + b"early", AGAIN + b"\0" * 9, OUTPUT + b"o"):
        await window.send(packet)
    await window.size(0, 0)
    await window.size(65535, 65535)
    await window.type("still\n")
    await window.said("still")
    for size in range(200):
        await window.size(size % 50 + 1, 80, AGAIN)
    await window.type("there\n")
    await window.until(lambda: window.text.count(b"there\r\n") == 2)
    window.close()
    await bench.runtime.wait(instance)


async def test_the_program_cannot_reach_the_clipboard_but_its_log_is_plain(bench: Bench) -> None:
    instance, window = await shell(bench, r"printf '\033]52;c;QUJD\007\033[1mbold\033[0m\n'")
    await window.until(lambda: window.ends == 1)
    assert b"QUJD" not in window.text and b"\x1b[1mbold\x1b[0m\r\n" in window.text
    assert await bench.runtime.logs(instance) == "bold\n"


async def test_it_is_as_confined_as_the_app(bench: Bench) -> None:
    script = "grep -E '^(CapEff|NoNewPrivs|Seccomp):' /proc/self/status; id -u; ls /proc/self/fd | wc -l"
    _instance, window = await shell(bench, script)
    await window.until(lambda: window.ends == 1)
    words = window.text.split(b"\x1b")[0].split()
    assert words == [b"CapEff:", b"0" * 16, b"NoNewPrivs:", b"1", b"Seccomp:", b"2", str(bench.user).encode(), b"4"]


async def test_it_goes_on_without_its_engine_and_ends_with_its_supervisor(bench: Bench) -> None:
    instance, window = await shell(bench)
    await bench.runtime.close()
    await window.type("echo alone $((3 + 3))\n")
    await window.said("alone 6")
    bench.runtime = again = bench.make()
    assert [row.id for row in await again.list()] == [instance.id]
    if instance.runtime == "bubblewrap":
        assert len(processes.children(instance.pid)) == 2
    os.kill(instance.pid, signal.SIGKILL)
    await window.gone()
    assert (await again.wait(instance)).code == 137


async def test_a_second_main_program_and_no_command_are_refused(bench: Bench) -> None:
    instance, _window = await shell(bench)
    for wrong in ((), ("sh",)):
        with pytest.raises(Problem, match="A terminal needs"):
            await opened(bench, *wrong, main=True, instance=instance)


def test_one_that_cannot_be_started_says_so_and_can_be_started_again(tmp_path: Path) -> None:
    refusals = [errno.EMFILE, errno.EAGAIN]
    asked: list[str] = []

    def enter(terminal: Terminal, _channel: socket.socket) -> int:
        asked.append(terminal.commands[0][0])
        if refusals:
            raise OSError(number := refusals.pop(0), os.strerror(number))
        return 77

    selector = selectors.DefaultSelector()
    log = BoundedLog(tmp_path / "log")
    terminals = Terminals(selector, log, enter, str, lambda _code: None, lambda _child: 0)
    with selector, closing(log), socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listening:
        listening.bind("")
        listening.listen(1)
        terminals.open(TerminalProgram("Thing", (("sh",),), False), [listening.fileno()])
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as window:
            window.connect(listening.getsockname())
            window.setblocking(False)

            def hear() -> bytes:
                while True:
                    with suppress(BlockingIOError):
                        return window.recv(1 << 16)
                    turn(selector)

            for number, kind in ((errno.EMFILE, SIZE), (errno.EAGAIN, AGAIN)):
                window.send(kind + struct.pack("!HH", 30, 100))
                said = hear()
                assert said.startswith(ENDED)
                assert f"Thing cannot be started: {os.strerror(number)}.".encode() in said
                assert not terminals.is_program(77)
            window.send(AGAIN + struct.pack("!HH", 30, 100))
            while not terminals.is_program(77):
                turn(selector)
            assert asked == ["sh"] * 3
            assert terminals.took_end(77, 0, True)


def turn(selector: selectors.BaseSelector) -> None:
    for key, _events in selector.select():
        if selector.get_map().get(key.fd) is key:
            key.data()


def test_one_that_there_is_no_room_for_goes_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = TerminalProgram("Thing", (("sh",),), False)
    selector = selectors.DefaultSelector()
    log = BoundedLog(tmp_path / "log")
    terminals = Terminals(selector, log, lambda _terminal, _channel: 0, str, lambda _code: None, lambda _child: 0)

    def refuse(*_arguments: object) -> int:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    with selector, closing(log), socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listening:
        listening.bind("")
        listening.listen(1)
        with monkeypatch.context() as full:
            full.setattr(os, "dup", refuse)
            for received in ([], [listening.fileno()]):
                with pytest.raises(Problem, match="too many files open for another terminal"):
                    terminals.open(program, received)
        assert not selector.get_map()
        terminals.open(program, [listening.fileno()])
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as window:
            window.connect(listening.getsockname())
            with monkeypatch.context() as full:
                full.setattr(select, "epoll", refuse)
                turn(selector)
            assert not selector.get_map(), "nothing asks again and again"
            assert window.recv(1) == b""
