"""Starting bubblewrap with nothing inherited, inside limits that hold before its first instruction.

On cgroup v1 a process must be moved into its group, and a move waits for a grace period of
the kernel (5 to 12 ms). So the process that becomes bubblewrap is forked and moved ahead of
time, while nobody waits, and only then told what to execute.
"""

from __future__ import annotations

import contextlib
import os
import signal

import msgspec

from berth.core.plan import Limits
from berth.runtimes import kernel, orders, rlimits
from berth.runtimes.cgroups import PREFIX, SPARE, Cgroup, Hierarchy
from berth.runtimes.confinement import default_signals
from berth.runtimes.processes import MARK

_NOT_STARTED = 126


class _Go(msgspec.Struct, frozen=True):
    instance: str
    path: str
    command: tuple[str, ...]
    limits: Limits


class Launcher:
    """One bubblewrap process to be: its pipes, its cgroup, and (v1) the process that becomes it.

    Attributes:
        output: read end of the app's standard output and error.
        status: read end of bubblewrap's JSON status.
        complete: reports an error once bubblewrap has closed the other end of this pipe: the
            namespaces and every mount are in place, and it waits for `release`.
        cgroup: None if there is no writable one.
        held: the cgroup holds the limits; else rlimits have to.
    """

    def __init__(self, hierarchy: Hierarchy | None, program: bytes) -> None:
        self._hierarchy = hierarchy
        self._command, self._receiver = orders.packet_pair()
        self.output, self._output_end = os.pipe2(os.O_CLOEXEC)
        self.status, self._status_end = os.pipe2(os.O_CLOEXEC)
        self._block_end, self.complete = os.pipe2(os.O_CLOEXEC)
        os.write(self.complete, b"1")  # reading it is bubblewrap's last step but one
        self._options = os.memfd_create("berth-options", os.MFD_CLOEXEC)
        self._filter_end, self._filter = os.pipe2(os.O_CLOEXEC)
        self._program = program
        self.cgroup: Cgroup | None = None
        self.held = False
        self._child = 0
        if hierarchy is not None and hierarchy.version == 1:
            self._prepare(hierarchy.group(f"{SPARE}{os.getpid()}-{os.urandom(4).hex()}"))

    def _prepare(self, cgroup: Cgroup) -> None:
        self.cgroup = cgroup
        parent = os.getpid()
        self._child = os.fork()
        if self._child == 0:
            self._become_bwrap(parent, cgroup)
        self._receiver.close()
        if not self._command.recv(1):  # it could not move in
            os.waitpid(self._child, 0)
            cgroup.remove()
            self._child, self.cgroup = 0, None
            self._command, self._receiver = orders.packet_pair()

    def go(self, order: orders.Orders) -> tuple[int, str]:
        """Start bubblewrap: its process id and what enforces the limits."""
        if self._child == 0:
            self._join_unified(order)
            self._child = self._fork()
        os.pwrite(self._options, b"".join(option.encode() + b"\0" for option in order.options), 0)
        self._command.send(msgspec.msgpack.encode(_Go(order.instance, order.bwrap, order.command, order.limits)))
        for fd in (self._output_end, self._status_end, self._block_end, self._options, self._filter_end):
            os.close(fd)
        self._command.close()
        self._receiver.close()
        # While bubblewrap prepares: the app itself begins at `release`.
        return self._child, self._limit(order)

    def _join_unified(self, order: orders.Orders) -> None:
        if self._hierarchy is not None and self._hierarchy.version == 2:
            group = self._hierarchy.group(PREFIX + order.instance)
            with contextlib.suppress(OSError):
                group.create()
                self.cgroup = group

    def _limit(self, order: orders.Orders) -> str:
        if self.cgroup is not None:
            if self.cgroup.version == 1:
                with contextlib.suppress(OSError):  # limits hold under either name
                    self.cgroup.rename(PREFIX + order.instance)
            self.held = self.cgroup.limit(order.limits)
            if self.held:
                free = "" if self.cgroup.limit_processors(order.limits.cpus) else ", processors unlimited"
                return f"cgroup v{self.cgroup.version}{free}"
        free = ", processors unlimited" if order.limits.cpus else ""
        return f"rlimits{free}" if os.getuid() else f"rlimits, processes unlimited{free}"

    def _fork(self) -> int:
        parent = os.getpid()
        if self.cgroup is None:
            child = os.fork()
        else:
            group = os.open(self.cgroup.paths[""], os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
            child = kernel.fork_into(group)
            os.close(group)
        if child == 0:
            self._become_bwrap(parent, None)
        return child

    def _become_bwrap(self, parent: int, cgroup: Cgroup | None) -> None:
        """The child's side; does not return."""
        try:
            kernel.die_with_parent()
            if os.getppid() != parent:
                return  # it died before
            if cgroup is not None and not self._move_in(cgroup):
                return
            self._command.close()
            packet = self._receiver.recv(orders.MAX_PACKET)
            if packet:
                self._execute(msgspec.msgpack.decode(packet, type=_Go))
        except Exception as error:  # this process's boundary: the sentence ends in the app's log
            os.write(self._output_end, f"bwrap: {error}\n".encode())
        finally:
            os._exit(_NOT_STARTED)

    def _move_in(self, cgroup: Cgroup) -> bool:
        try:
            cgroup.create_and_join()
        except OSError:
            return False  # then rlimits have to do
        self._receiver.send(b"1")
        return True

    def _execute(self, go: _Go) -> None:
        os.dup2(self._output_end, 1)
        os.dup2(self._output_end, 2)
        passed = {
            "--args": self._options,
            "--seccomp": self._filter_end,
            "--json-status-fd": self._status_end,
            "--block-fd": self._block_end,
        }
        arguments = ["bwrap"]
        for option, fd in passed.items():
            os.set_inheritable(fd, True)
            arguments += [option, str(fd)]
        default_signals()
        rlimits.limit_self(go.limits)
        # The app can read the environment that bubblewrap was started with.
        os.execve(go.path, [*arguments, "--", *go.command], {MARK: go.instance})

    def release(self) -> None:
        """Let the app begin: bubblewrap waits for its seccomp filter, and fails if it never comes."""
        if self._filter >= 0:
            with contextlib.suppress(BrokenPipeError):
                os.write(self._filter, self._program)
            os.close(self._filter)
            self._filter = -1

    def abandon(self) -> None:
        """Nothing will be started: end the child and remove its cgroup."""
        self._command.close()
        self._receiver.close()
        if self._child:
            os.kill(self._child, signal.SIGKILL)
            os.waitpid(self._child, 0)
        if self.cgroup is not None:
            self.cgroup.remove()
