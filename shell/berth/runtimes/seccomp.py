"""The system calls that no app may make, compiled once by libseccomp.

The list follows what Flatpak and Docker refuse: kernel administration, mounting, new
namespaces, tracing, key rings, and the odd corners of the kernel that most often broke.
There is no maintained binding on PyPI, so libseccomp is called directly.
"""

from __future__ import annotations

import ctypes
import errno
import os
import socket
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

import msgspec

from berth.core.problem import Problem

_ALLOW = 0x7FFF0000
_EQUAL = 4
_GREATER_OR_EQUAL = 5
_NOT_EQUAL = 1
_MASKED_EQUAL = 7
_OPERATORS = {
    _EQUAL: "SCMP_CMP_EQ",
    _GREATER_OR_EQUAL: "SCMP_CMP_GE",
    _NOT_EQUAL: "SCMP_CMP_NE",
    _MASKED_EQUAL: "SCMP_CMP_MASKED_EQ",
}
_BAD_ARCHITECTURE = 2  # SCMP_FLTATR_ACT_BADARCH

_DENIED = (
    # administration of the machine
    *("acct", "bpf", "create_module", "delete_module", "finit_module", "init_module", "kexec_file_load"),
    *("kexec_load", "nfsservctl", "quotactl", "quotactl_fd", "reboot", "swapoff", "swapon", "syslog", "uselib"),
    *("adjtimex", "clock_adjtime", "clock_adjtime64", "clock_settime", "clock_settime64", "settimeofday", "stime"),
    *("sethostname", "setdomainname", "vhangup", "iopl", "ioperm", "_sysctl", "lookup_dcookie"),
    # mounts and namespaces
    *("mount", "umount", "umount2", "pivot_root", "chroot", "unshare", "setns"),
    # other processes and the kernel's memory of them
    *("ptrace", "process_vm_readv", "process_vm_writev", "kcmp", "perf_event_open", "userfaultfd"),
    *("add_key", "keyctl", "request_key"),
    *("move_pages", "migrate_pages", "mbind", "set_mempolicy", "set_mempolicy_home_node", "get_mempolicy"),
    *("open_by_handle_at", "name_to_handle_at", "fanotify_init"),
    *("io_uring_setup", "io_uring_enter", "io_uring_register"),
)
# "Not implemented" makes programs fall back to the call that can be filtered by its arguments.
_MISSING = (
    *("clone3", "open_tree", "move_mount", "fsopen", "fsconfig", "fsmount", "fspick", "mount_setattr"),
    *("open_tree_attr", "statmount", "listmount", "vm86", "vm86old", "modify_ldt"),
)
_NEW_NAMESPACES = (
    0x00020000,  # mount
    0x02000000,  # cgroup
    0x04000000,  # uts
    0x08000000,  # ipc
    0x10000000,  # user
    0x20000000,  # pid
    0x40000000,  # network
)
_OF_ROOT = ("setgroups",)
"""What programs that find themselves to be root do first, XTerm for a shell in its window. In a container without any
capability there are no other groups to lay down: to be told that it is done is all they need to go on."""

_TERMINAL_INJECTION = (0x5412, 0x541C)  # TIOCSTI, TIOCLINUX
_NETLINK_PROTOCOLS = (0, 15)  # route, kobject-uevent: what libraries ask for names of interfaces and devices
_FAMILIES = 46
_PROTOCOLS = 32


class _Comparison(ctypes.Structure):
    _fields_ = (
        ("argument", ctypes.c_uint),
        ("operation", ctypes.c_int),
        ("a", ctypes.c_uint64),
        ("b", ctypes.c_uint64),
    )


class _Rule(NamedTuple):
    """Calls to refuse; with conditions (argument, comparison, a, b) only those that meet all of them."""

    names: Sequence[str]
    error: int
    conditions: tuple[tuple[int, int, int, int], ...] = ()


def compile_filter() -> bytes:
    """The filter as an array of struct sock_filter for this machine.

    Raises:
        Problem: ``seccomp-missing`` if libseccomp is not installed, ``seccomp-failed`` if it refuses.
    """
    builder = _Builder()
    for rule in _rules():
        builder.deny(*rule)
    return builder.export()


def profile(root: bool = False) -> str:
    """The same filter as the JSON document that container engines take.

    Args:
        root: the app is root inside.

    Source: https://github.com/opencontainers/runtime-spec/blob/main/config-linux.md#seccomp
    """
    rules = (*_rules(), *([_Rule(_OF_ROOT, 0)] if root else []))
    document = {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [_described(rule) for rule in rules]}
    return msgspec.json.encode(document).decode()


def refused() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of the calls that the filter refuses always, and of those that it refuses with some arguments."""
    always = {name for rule in _rules() if not rule.conditions for name in rule.names}
    sometimes = {name for rule in _rules() if rule.conditions for name in rule.names}
    return tuple(sorted(always)), tuple(sorted(sometimes - always))


def _described(rule: _Rule) -> dict[str, object]:
    return {
        "names": list(rule.names),
        "action": "SCMP_ACT_ERRNO",
        "errnoRet": rule.error,
        "args": [
            {"index": argument, "op": _OPERATORS[comparison], "value": a, "valueTwo": b}
            for argument, comparison, a, b in rule.conditions
        ],
    }


def _rules() -> Iterator[_Rule]:
    yield _Rule(_DENIED, errno.EPERM)
    yield _Rule(_MISSING, errno.ENOSYS)
    for flag in _NEW_NAMESPACES:
        yield _Rule(["clone"], errno.EPERM, ((0, _MASKED_EQUAL, flag, flag),))
    for request in _TERMINAL_INJECTION:
        # The kernel looks at the lower 32 bits only (CVE-2019-10063).
        yield _Rule(["ioctl"], errno.EPERM, ((1, _MASKED_EQUAL, 0xFFFFFFFF, request),))
    yield _Rule(["personality"], errno.EPERM, ((0, _NOT_EQUAL, 0, 0),))
    yield from _socket_rules()


def _socket_rules() -> Iterator[_Rule]:
    allowed = {socket.AF_UNIX, socket.AF_INET, socket.AF_INET6, socket.AF_NETLINK}
    for comparison in _all_but(allowed, _FAMILIES):
        yield _Rule(["socket"], errno.EAFNOSUPPORT, ((0, *comparison),))
    netlink = (0, _EQUAL, socket.AF_NETLINK, 0)
    for comparison in _all_but(_NETLINK_PROTOCOLS, _PROTOCOLS):
        yield _Rule(["socket"], errno.EPROTONOSUPPORT, (netlink, (2, *comparison)))


def _all_but(allowed: Collection[int], end: int) -> Iterator[tuple[int, int, int]]:
    """Comparisons that hold for every number not allowed; a rule may look at an argument once only."""
    for number in range(end):
        if number not in allowed:
            yield _EQUAL, number, 0
    yield _GREATER_OR_EQUAL, end, 0


class _Builder:
    def __init__(self) -> None:
        try:
            self._lib = ctypes.CDLL("libseccomp.so.2")
        except OSError:
            raise Problem(
                "seccomp-missing", "The library libseccomp is not installed.", "Install it: apt install libseccomp2"
            ) from None
        self._lib.seccomp_init.restype = ctypes.c_void_p
        self._context = ctypes.c_void_p(self._lib.seccomp_init(ctypes.c_uint32(_ALLOW)))
        self._lib.seccomp_attr_set(self._context, _BAD_ARCHITECTURE, _error(errno.ENOSYS))

    def deny(self, names: Iterable[str], error: int, conditions: tuple[tuple[int, int, int, int], ...]) -> None:
        comparisons = (_Comparison * len(conditions))(*(_Comparison(*condition) for condition in conditions))
        for name in names:
            number = self._lib.seccomp_syscall_resolve_name(name.encode())
            if number >= 0:  # else this architecture has no such call
                self._add(number, error, comparisons)

    def _add(self, number: int, error: int, comparisons: ctypes.Array[_Comparison]) -> None:
        add = self._lib.seccomp_rule_add_exact_array
        result = add(self._context, _error(error), number, len(comparisons), comparisons)
        if result < 0:
            raise Problem("seccomp-failed", f"libseccomp refused the filter: {os.strerror(-result)}.")

    def export(self) -> bytes:
        fd = os.memfd_create("berth-seccomp", os.MFD_CLOEXEC)
        try:
            result = self._lib.seccomp_export_bpf(self._context, fd)
            if result < 0:
                raise Problem("seccomp-failed", f"libseccomp could not compile the filter: {os.strerror(-result)}.")
            os.lseek(fd, 0, os.SEEK_SET)
            return os.read(fd, 1 << 20)
        finally:
            os.close(fd)
            self._lib.seccomp_release(self._context)


def _error(number: int) -> ctypes.c_uint32:
    """SCMP_ACT_ERRNO."""
    return ctypes.c_uint32(0x00050000 | number)
