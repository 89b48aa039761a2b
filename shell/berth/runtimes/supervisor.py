"""The process beside each instance: it outlives the engine and leaves nothing behind.

Forked by the zygote, so that no interpreter is started per app. It is bubblewrap's parent;
with ``--die-with-parent`` the app cannot outlive it either. How the instance ended is
written to ``exit.json`` before the last connection is closed.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from berth.core.problem import Problem
from berth.runtimes import kernel, lending, network, orders, processes, rlimits
from berth.runtimes.confinement import NOT_EXECUTABLE, Entry, enter_and_do, enter_and_execute, exit_code
from berth.runtimes.ending import Ending, write_exit
from berth.runtimes.launch import Launcher
from berth.runtimes.logfile import BoundedLog
from berth.runtimes.port import Instance, Stats
from berth.runtimes.terminal import Terminal, Terminals, execute_on_terminal

SOCKET = "supervisor.sock"
RUNTIME = "bubblewrap"
_READ = 64 << 10
_HANG_UP_GRACE = 5.0
"""Seconds that a program has after its terminal was closed."""


class Supervisor:
    """Runs one instance from `start` to the end of `serve`."""

    def __init__(self, order: orders.Orders, launcher: Launcher, program: bytes) -> None:
        self._order = order
        self._launcher = launcher
        self._program = program
        self._directory = Path(order.private_directory)
        self._log = BoundedLog(Path(order.log_path))
        self._selector = selectors.EpollSelector()
        self._clients: set[socket.socket] = set()
        self._executions: dict[int, tuple[socket.socket, int]] = {}
        self._waiting_for_network: list[tuple[socket.socket, int]] = []
        self._uplink: network.Uplink | None = None
        self._waiting_commands: list[tuple[socket.socket, int, tuple[str, ...], list[int]]] = []
        self._complete = False
        self._network_wanted = order.network
        self._online = False
        self._paused = False
        self._monitor = 0
        self._monitor_ended = False
        self._init = 0
        self._init_pidfd = -1
        self._deadline: float | None = None
        self._ending = Ending(order.command[0], order.limits.memory)
        self._started = time.time()
        self._enforced = ""
        self._status = b""
        self._ready = False
        self._terminals = Terminals(
            self._selector, self._log, self._enter_for_terminal, self._why_ended, self._terminal_ended, _first_child
        )

    # --- start

    def start(self, channel: socket.socket) -> None:
        """Start bubblewrap and report to the engine's first connection."""
        # A fault of this process is told where the app's output is.
        for stream in (1, 2):
            os.dup2(self._log.fileno(), stream)
        self._monitor, self._enforced = self._launcher.go(self._order)
        if self._launcher.held and not self._order.network:
            self._launcher.release()
        self._watch_signals()
        self._watch(self._launcher.output, self._on_output)
        self._watch(self._launcher.status, self._on_status)
        self._watch(self._launcher.complete, self._on_complete)
        self._listener = orders.listen(self._directory, SOCKET)
        self._watch(self._listener.fileno(), self._on_connect)
        self._add_client(channel)
        self._answer(channel, 0, orders.Described(self._describe()))

    def _watch(self, fd: int, react: Callable[[], None]) -> None:
        os.set_blocking(fd, False)
        self._selector.register(fd, selectors.EVENT_READ, react)

    def _unwatch(self, fd: int) -> None:
        self._selector.unregister(fd)
        os.close(fd)

    def _watch_signals(self) -> None:
        near, far = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        self._signals = near
        self._watch(near, self._on_signal)
        signal.set_wakeup_fd(far, warn_on_full_buffer=False)
        for number in (signal.SIGCHLD, signal.SIGTERM):
            signal.signal(number, lambda _number, _frame: None)

    # --- loop

    def serve(self) -> None:
        """Until every process of the instance has ended."""
        self._reap()  # who ended before the signals were watched
        while not self._finished():
            left = None if self._deadline is None else max(self._deadline - time.monotonic(), 0)
            for key, _mask in self._selector.select(left):
                if self._selector.get_map().get(key.fd) is key:  # not dropped by one before it
                    key.data()
            if self._deadline is not None and time.monotonic() >= self._deadline:
                self._kill()
        self._close()

    def _finished(self) -> bool:
        return self._monitor_ended and not self._reap()

    def _on_signal(self) -> None:
        if signal.SIGTERM in os.read(self._signals, _READ):
            self._ending.requested = True
            self._kill()
        self._reap()

    def _reap(self) -> bool:
        """True if children are left. Those of bubblewrap become ours when it ends."""
        with contextlib.suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                self._on_child(*ended)
            return True
        return False

    def _on_child(self, pid: int, status: int) -> None:
        if pid == self._monitor:
            self._monitor_ended = True
            self._drain(self._launcher.status, self._on_status)
            self._ending.monitor_code = exit_code(status)
            self._close_uplink()
            self._kill_orphans()
        elif self._terminals.took_end(pid, exit_code(status), self._ending.requested):
            pass
        elif pid in self._executions:
            client, number = self._executions.pop(pid)
            self._answer(client, number, orders.Executed(exit_code(status)))
        elif self._uplink is not None and pid == self._uplink.pid:
            self._close_uplink()

    def _kill_orphans(self) -> None:
        """Bubblewrap's child dies with it only from a certain point of its set-up on."""
        for pid in processes.children(os.getpid()):
            if pid not in self._executions and not self._terminals.is_program(pid):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def _on_output(self) -> None:
        data = os.read(self._launcher.output, _READ)
        if data:
            self._log.write(data)
        else:
            self._selector.unregister(self._launcher.output)

    def _drain(self, fd: int, react: Callable[[], None]) -> None:
        """Everything that is there now; descriptors of bubblewrap stay open, so their numbers are not reused."""
        with contextlib.suppress(BlockingIOError):
            while fd in self._selector.get_map():
                react()

    def _on_status(self) -> None:
        data = os.read(self._launcher.status, _READ)
        if not data:
            self._selector.unregister(self._launcher.status)
            return
        *lines, self._status = (self._status + data).split(b"\n")
        for line in lines:
            event = msgspec.json.decode(line)
            if "child-pid" in event:
                self._on_init(event["child-pid"])
            self._ending.app_code = event.get("exit-code", self._ending.app_code)

    def _on_init(self, pid: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._init_pidfd = os.pidfd_open(pid)
            self._init = pid
            self._watch(self._init_pidfd, self._on_init_ended)
        if not self._launcher.held:
            rlimits.limit_instead_of_cgroup(pid, self._order.limits)

    def _on_init_ended(self) -> None:
        self._unwatch(self._init_pidfd)
        self._init_pidfd = -1
        self._init = 0

    def _on_complete(self) -> None:
        """Every mount is in place, or bubblewrap has died."""
        self._complete = True
        self._selector.unregister(self._launcher.complete)
        self._drain(self._launcher.status, self._on_status)
        if self._network_wanted and self._init and not self._monitor_ended:
            self._connect_network()
        else:
            self._launcher.release()
            self._make_ready()
        waiting, self._waiting_commands = self._waiting_commands, []
        for client, number, command, fds in waiting:
            self._execute(client, number, command, fds)

    # --- connections

    def _on_connect(self) -> None:
        with contextlib.suppress(OSError):
            client, _address = self._listener.accept()
            self._add_client(client)

    def _add_client(self, client: socket.socket) -> None:
        self._clients.add(client)
        self._watch(client.fileno(), lambda: self._on_request(client))

    def _drop(self, client: socket.socket) -> None:
        if client in self._clients:
            self._clients.remove(client)
            self._selector.unregister(client.fileno())
            client.close()

    def _on_request(self, client: socket.socket) -> None:
        try:
            packet, fds = orders.receive(client)
        except OSError:
            packet, fds = b"", []
        try:
            request = orders.decode_request(packet)
        except msgspec.DecodeError:  # the end of the stream, too
            self._drop(client)
        else:
            self._serve_request(client, request, fds)
        finally:
            for fd in fds:
                os.close(fd)

    def _serve_request(self, client: socket.socket, request: orders.Request, fds: list[int]) -> None:
        try:
            result = self._act(client, request.number, request.action, fds)
        except Problem as problem:
            self._answer(client, request.number, refusal(problem))
        else:
            if result is not None:  # else it follows
                self._answer(client, request.number, result)

    def _act(
        self, client: socket.socket, number: int, action: orders.Action, fds: list[int]
    ) -> orders.Done | orders.Described | orders.Measured | None:
        match action:
            case orders.Describe():
                return orders.Described(self._describe())
            case orders.GetStats():
                return orders.Measured(self._stats())
            case orders.Execute(command):
                self._accept_command(client, number, command, fds)
                return None
            case orders.Lend():
                self._lend(client, number, fds)
                return None
            case orders.OpenTerminal(program):
                self._terminals.open(program, fds)
            case orders.SetNetwork(True):
                return self._grant_network(client, number)
            case orders.SetNetwork(False):
                self._network_wanted = False
                self._close_uplink()
            case orders.Pause(paused):
                self._pause(paused)
            case orders.Stop(grace):
                self._stop(grace)
            case orders.Kill():
                self._ending.requested = True
                self._kill()
            case orders.CancelExecution(which):
                self._cancel(client, which)
        return orders.Done()

    def _answer(
        self,
        client: socket.socket,
        number: int,
        result: orders.Done | orders.Executed | orders.Described | orders.Measured | orders.Refused,
    ) -> None:
        if client not in self._clients:
            return
        try:
            orders.send(client, orders.encode(orders.Answer(number, result)))
        except OSError:  # gone, or it stopped reading
            self._drop(client)

    # --- actions

    def _describe(self) -> Instance:
        return Instance(
            id=self._order.instance,
            app=self._order.app,
            pid=os.getpid(),
            started=self._started,
            limits=self._enforced,
            network=self._online,
            private_directory=self._order.private_directory,
            log_path=self._order.log_path,
            runtime=RUNTIME,
            stop_signal=self._order.stop_signal,
        )

    def _members(self) -> set[int]:
        return processes.namespace_members(self._init) if self._init else set()

    def _stats(self) -> Stats:
        stats = processes.usage(self._members() - {self._init})
        memory = self._launcher.cgroup.memory if self._launcher.cgroup else stats.memory
        return msgspec.structs.replace(stats, memory=memory, paused=self._paused)

    def _pause(self, paused: bool) -> None:
        if self._launcher.cgroup:
            self._launcher.cgroup.freeze(paused)
        else:
            self._signal_all(signal.SIGSTOP if paused else signal.SIGCONT)
        self._paused = paused

    def _signal_all(self, number: signal.Signals) -> None:
        for pid in self._members():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def _stop(self, grace: float) -> None:
        self._ending.requested = True
        if self._paused:
            self._pause(False)
        asking = signal.Signals[self._order.stop_signal]
        asked = self._terminals.ask_to_end(asking)
        started = processes.children(self._init) if self._init else []
        if not started:
            self._kill()
            return
        self._deadline = time.monotonic() + grace
        if asked:
            return  # the rest of the container waits for the program
        with contextlib.suppress(ProcessLookupError):
            os.kill(started[0], asking)

    def _kill(self) -> None:
        self._deadline = None
        if self._paused:
            self._pause(False)
        if self._init_pidfd >= 0:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._init_pidfd, signal.SIGKILL)
        elif not self._monitor_ended:
            os.kill(self._monitor, signal.SIGKILL)

    def _accept_command(self, client: socket.socket, number: int, command: tuple[str, ...], fds: list[int]) -> None:
        if len(fds) != 3 or not command:
            raise Problem("bad-message", "A command needs its three standard streams.")
        kept = [os.dup(fd) for fd in fds]
        if self._complete:
            self._execute(client, number, command, kept)
        else:
            self._waiting_commands.append((client, number, command, kept))

    def _execute(self, client: socket.socket, number: int, command: tuple[str, ...], fds: list[int]) -> None:
        self._work_inside(client, number, fds, lambda init: enter_and_execute(init, self._entry(command)))

    def _lend(self, client: socket.socket, number: int, fds: list[int]) -> None:
        if len(fds) != 2 or not self._complete:
            raise Problem("bad-message", "To lend files takes a running app, their paths and a channel.")

        def hand_out() -> None:
            with socket.socket(fileno=1) as channel:
                lending.lend(0, channel)

        entry = self._entry(("lend",))
        self._work_inside(client, number, [os.dup(fd) for fd in fds], lambda init: enter_and_do(init, entry, hand_out))

    def _work_inside(self, client: socket.socket, number: int, fds: list[int], work: Callable[[int], int]) -> None:
        """Have a child do something in the app's container; closes the descriptors, which are its 0, 1, 2."""
        if self._init:
            child = os.fork()
            if child == 0:
                self._become_worker(self._init, fds, work)
            self._executions[child] = (client, number)
        else:
            self._answer(client, number, orders.Refused("instance-gone", "The app has ended.", ""))
        for fd in fds:
            os.close(fd)

    def _become_worker(self, init: int, fds: list[int], work: Callable[[int], int]) -> None:
        """The child's side; does not return."""
        code = NOT_EXECUTABLE
        try:
            # Above the descriptors that a target may have: copying must not overwrite a source.
            sources = [os.dup(fd) for fd in fds]
            for target, source in enumerate(sources):
                os.dup2(source, target)
            os.closerange(3, os.sysconf("SC_OPEN_MAX"))
            code = work(init)
        except OSError as error:
            os.write(2, f"The app's container cannot be entered: {error.strerror}\n".encode())
        finally:
            os._exit(code)

    def _entry(self, command: tuple[str, ...]) -> Entry:
        order, cgroup, held = self._order, self._launcher.cgroup, self._launcher.held

        def limit() -> None:
            rlimits.limit_self(order.limits)
            if not held:
                rlimits.limit_instead_of_cgroup(0, order.limits)

        return Entry(
            command=command,
            environment=dict(order.environment),
            directory=order.working_directory,
            program=self._program,
            join=cgroup.join if cgroup else lambda: None,
            limit=limit,
        )

    # --- terminals

    def _make_ready(self) -> None:
        """Whatever the container is to have is there."""
        self._ready = True
        self._terminals.begin()

    def _enter_for_terminal(self, terminal: Terminal, channel: socket.socket) -> int:
        if not self._ready or not self._init or self._ending.requested:
            return 0
        entry = self._entry(terminal.commands[0])

        def become() -> None:
            execute_on_terminal(terminal, entry.environment)

        child = os.fork()
        if child == 0:
            self._become_worker(self._init, [channel.fileno()], lambda init: enter_and_do(init, entry, become))
        return child

    def _why_ended(self, code: int) -> str:
        if self._launcher.cgroup is not None:
            self._ending.memory_kills = self._launcher.cgroup.memory_kills
        return self._ending.why(code)

    def _terminal_ended(self, code: int | None) -> None:
        """The window of the app's own program is closed, or that has ended and nobody has to see it."""
        self._ending.requested = True
        if code is None:
            self._deadline = time.monotonic() + _HANG_UP_GRACE
        else:
            self._ending.shown_code = code
            self._kill()

    def _cancel(self, client: socket.socket, number: int) -> None:
        for waiting in [one for one in self._waiting_commands if one[:2] == (client, number)]:
            self._waiting_commands.remove(waiting)
            for fd in waiting[3]:
                os.close(fd)
        for child, key in self._executions.items():
            if key == (client, number):
                os.kill(child, signal.SIGKILL)

    # --- network

    def _grant_network(self, client: socket.socket, number: int) -> orders.Done | None:
        if self._online:
            return orders.Done()
        if self._monitor_ended:
            # Its namespaces may live on in a process that is just dying; a network would keep them, and us.
            raise Problem("instance-gone", "The app has ended.")
        if self._uplink is None and self._complete:
            self._attach_network()
        self._network_wanted = True  # attached once the container is complete
        self._waiting_for_network.append((client, number))
        return None

    def _connect_network(self) -> None:
        """At the start: the app is released when the network is there, or cannot be."""
        try:
            self._attach_network()
        except Problem as problem:
            self._log.write(f"{problem}\n".encode())
            self._network_settled(problem)

    def _attach_network(self) -> None:
        uplink = network.connect(self._order.slirp4netns, self._init)
        self._uplink = uplink
        self._watch(uplink.ready, self._on_uplink_ready)

    def _on_uplink_ready(self) -> None:
        if self._uplink is None:
            return
        self._online = os.read(self._uplink.ready, 1) == b"1"
        self._selector.unregister(self._uplink.ready)
        if self._online:
            self._network_settled(None)
        else:
            self._close_uplink()

    def _network_settled(self, problem: Problem | None) -> None:
        self._launcher.release()
        self._make_ready()
        waiting, self._waiting_for_network = self._waiting_for_network, []
        for client, number in waiting:
            self._answer(client, number, refusal(problem) if problem else orders.Done())

    def _close_uplink(self) -> None:
        uplink, self._uplink, self._online = self._uplink, None, False
        if uplink is None:
            return
        if uplink.ready in self._selector.get_map():
            self._selector.unregister(uplink.ready)
        problem = Problem("network-failed", "The network could not be attached.", uplink.complaint())
        uplink.close()
        self._network_settled(problem)

    # --- end

    def _close(self) -> None:
        self._drain(self._launcher.output, self._on_output)
        if self._launcher.cgroup is not None:
            self._ending.memory_kills = self._launcher.cgroup.memory_kills
            self._launcher.cgroup.remove()
        write_exit(self._directory, self._ending.describe(self._log.last_lines))
        self._log.close()
        self._listener.close()
        with contextlib.suppress(OSError):
            (self._directory / SOCKET).unlink()
        for client in list(self._clients):
            self._drop(client)


def _first_child(parent: int) -> int:
    return next(iter(processes.children(parent)), 0)


def refusal(problem: Problem) -> orders.Refused:
    return orders.Refused(problem.code, problem.message, problem.hint)


def supervise(order: orders.Orders, channel: socket.socket, launcher: Launcher, program: bytes) -> None:
    """The whole life of an instance, in a process of its own.

    What goes wrong before the app runs is the engine's answer; a fault of the supervisor
    itself is written into the app's log, and the app ends with it.
    """
    kernel.adopt_orphans()
    try:
        supervisor = Supervisor(order, launcher, program)
        supervisor.start(channel)
    except OSError as error:
        launcher.abandon()
        refusal = orders.Refused(
            "start-failed",
            f"The app could not be started: {error.strerror}.",
            f"Look at: {error.filename or 'the disk'}",
        )
        channel.send(orders.encode(orders.Answer(0, refusal)))
        return
    supervisor.serve()
