"""The few system calls that Python does not offer, each as one typed function.

Constants are those of the generic system call table, the same on x86_64 and aarch64, unless said.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import signal
import struct
from pathlib import Path

_libc = ctypes.CDLL(None, use_errno=True)
# Holding the interpreter lock across a raw clone keeps the child's copy of it consistent.
_locked_libc = ctypes.PyDLL(None, use_errno=True)

CLONE_NEWNS = 0x00020000
CLONE_NEWCGROUP = 0x02000000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000
_CLONE_INTO_CGROUP = 0x200000000

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_NAME = 15
_PR_SET_SECCOMP = 22
_PR_CAPBSET_DROP = 24
_PR_SET_CHILD_SUBREAPER = 36
_PR_SET_NO_NEW_PRIVS = 38
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_CLEAR_ALL = 4
_SECCOMP_MODE_FILTER = 2
_CAPABILITY_VERSION_3 = 0x20080522
_NS_GET_USERNS = 0xB701
_SYS_CLONE3 = 435
_SYS_OPENAT2 = 437
_SYS_RT_SIGACTION = 13 if os.uname().machine == "x86_64" else 134
_SIGNAL_SET_SIZE = 8
_RESOLVE_NO_MAGICLINKS = 0x02
_RESOLVE_NO_SYMLINKS = 0x04
_RESOLVE_BENEATH = 0x08
_RESOLVE_IN_ROOT = 0x10
_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
_PROC_SUPER_MAGIC = 0x9FA0
_FICLONE = 0x40049409


def _check(result: int) -> int:
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return result


def _prctl(option: int, argument: int = 0, pointer: object = 0) -> None:
    _check(_libc.prctl(option, ctypes.c_ulong(argument), pointer, ctypes.c_ulong(0), ctypes.c_ulong(0)))


def die_with_parent() -> None:
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def adopt_orphans() -> None:
    """Descendants that lose their parent become children of this process."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def hide_memory() -> None:
    """Nobody of the same user may trace this process or open its files in /proc, until it executes."""
    _prctl(_PR_SET_DUMPABLE, 0)


def set_process_name(name: str) -> None:
    buffer = ctypes.create_string_buffer(name.encode()[:15])
    _libc.prctl(_PR_SET_NAME, buffer, 0, 0, 0)


def forbid_new_privileges() -> None:
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)


def drop_capabilities() -> None:
    """Empty every capability set of this process, for good."""
    capability = 0
    while _libc.prctl(_PR_CAPBSET_DROP, ctypes.c_ulong(capability), 0, 0, 0) == 0:
        capability += 1
    _prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL)
    header = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0)
    _check(_libc.capset(header, bytes(24)))


def load_filter(program: bytes) -> None:
    """Install a seccomp filter, an array of struct sock_filter; needs `forbid_new_privileges`."""
    code = ctypes.create_string_buffer(program, len(program))
    pointer = struct.pack("@HP", len(program) // 8, ctypes.addressof(code))
    _prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, pointer)


def default_signal(number: int) -> None:
    """The default disposition also for the signals that the C library keeps to itself, 32 and 33.

    Python and sigaction(3) refuse those two, yet glibc's posix_spawn has what it starts ignore them.
    """
    default = bytes(32)  # struct kernel_sigaction of SIG_DFL: all zero, 24 or 32 bytes
    action = _locked_libc.syscall(_SYS_RT_SIGACTION, number, default, None, ctypes.c_size_t(_SIGNAL_SET_SIZE))
    _check(action)


def enter_namespaces(pidfd: int, kinds: int) -> None:
    """Enter the namespaces of a process; a pid namespace takes effect for children."""
    _check(_libc.setns(pidfd, kinds))


def owning_user_namespace(namespace: int) -> int:
    """A new descriptor of the user namespace that owns `namespace`."""
    fd = fcntl.ioctl(namespace, _NS_GET_USERNS)
    os.set_inheritable(fd, False)
    return fd


def fork_into(cgroup: int) -> int:
    """Like fork, with the child in a cgroup (v2) from its first moment.

    Moving a process later waits for a grace period of the kernel, 5 to 12 ms.
    The child must do nothing but execute a program or exit.
    """
    arguments = struct.pack("=11Q", _CLONE_INTO_CGROUP, 0, 0, 0, signal.SIGCHLD, 0, 0, 0, 0, 0, cgroup)
    return _check(_locked_libc.syscall(_SYS_CLONE3, arguments, ctypes.c_size_t(len(arguments))))


def _openat2(directory: int, path: bytes, flags: int, mode: int, resolve: int) -> int:
    how = struct.pack("=QQQ", flags | os.O_CLOEXEC, mode, resolve)
    return _check(_libc.syscall(_SYS_OPENAT2, directory, path, how, ctypes.c_size_t(len(how))))


def exchange(first: Path, second: Path) -> None:
    """Two names of one file system change places, atomically."""
    _check(_libc.renameat2(_AT_FDCWD, os.fsencode(first), _AT_FDCWD, os.fsencode(second), _RENAME_EXCHANGE))


def open_beneath(root: int, path: str, flags: int) -> int:
    """Open a path as a process with `root` as its root directory would: no symlink leads out."""
    return _openat2(root, os.fsencode(path), flags, 0, _RESOLVE_IN_ROOT)


def open_strictly_beneath(root: int, path: bytes, flags: int, mode: int = 0) -> int:
    """Open a relative path below `root` in which nothing is a symbolic link and nothing goes up."""
    return _openat2(root, path, flags, mode, _RESOLVE_BENEATH | _RESOLVE_NO_SYMLINKS)


def open_plainly(path: bytes, flags: int, root: int = _AT_FDCWD) -> int:
    """Open a path, but not through the links of /proc that lead to what a process holds.

    Args:
        root: directory that is / for the path and every link in it; our own if none is given.
    """
    inside = 0 if root == _AT_FDCWD else _RESOLVE_IN_ROOT
    return _openat2(root, path, flags, 0, _RESOLVE_NO_MAGICLINKS | inside)


def is_procfs(fd: int) -> bool:
    """Whether a descriptor belongs to /proc, whose files tell of whoever reads them."""
    found = bytearray(256)  # struct statfs: its first member is the type
    _check(_libc.fstatfs(fd, (ctypes.c_char * len(found)).from_buffer(found)))
    kind: int = struct.unpack_from("@l", found)[0]
    return kind == _PROC_SUPER_MAGIC


def share_blocks(target: int, source: int) -> bool:
    """Make an empty file the same as another without copying; false where the file system cannot."""
    try:
        fcntl.ioctl(target, _FICLONE, source)
    except OSError:
        return False
    return True
