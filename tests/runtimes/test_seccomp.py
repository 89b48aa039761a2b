"""System calls that an app cannot make, tried by an app; and those that it needs."""

from __future__ import annotations

import errno
import platform

import pytest

from berth.runtimes.seccomp import compile_filter
from tests.runtimes.conftest import Bench

pytestmark = pytest.mark.skipif(platform.machine() not in {"x86_64", "aarch64"}, reason="numbers of two machines only")

# name: numbers on x86_64 and aarch64
NUMBERS = {
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "unshare": (272, 97),
    "setns": (308, 268),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "keyctl": (250, 219),
    "add_key": (248, 217),
    "kexec_load": (246, 104),
    "init_module": (175, 105),
    "reboot": (169, 142),
    "swapon": (167, 224),
    "settimeofday": (164, 170),
    "quotactl": (179, 60),
    "acct": (163, 89),
    "syslog": (103, 116),
    "open_by_handle_at": (304, 265),
    "io_uring_setup": (425, 425),
}
MISSING = {"clone3": 435, "open_tree": 428, "fsopen": 430, "move_mount": 429, "mount_setattr": 442}

PROBE = """
import ctypes, errno, sys
libc = ctypes.CDLL(None, use_errno=True)
for word in sys.argv[1:]:
    number, *arguments = (int(part, 0) for part in word.split(","))
    result = libc.syscall(number, *(ctypes.c_long(argument) for argument in arguments))
    print(errno.errorcode[ctypes.get_errno()] if result < 0 else "done")
"""


async def probe(bench: Bench, *words: str) -> list[str]:
    plan = bench.python(PROBE)
    fields = {name: getattr(plan, name) for name in plan.__struct_fields__}
    fields["arguments"] = (*plan.arguments, *words)
    return (await bench.output(type(plan)(**fields))).split()


def number(name: str) -> int:
    return NUMBERS[name][platform.machine() == "aarch64"]


async def test_denied_calls(bench: Bench) -> None:
    results = await probe(bench, *(f"{number(name)},0,0,0,0,0" for name in NUMBERS))
    assert dict(zip(NUMBERS, results, strict=True)) == dict.fromkeys(NUMBERS, "EPERM")


async def test_calls_that_seem_not_to_exist(bench: Bench) -> None:
    results = await probe(bench, *(f"{value},0,0,0,0,0" for value in MISSING.values()))
    assert results == ["ENOSYS"] * len(MISSING)


@pytest.mark.parametrize("flag", [0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000])
async def test_no_new_namespace_by_clone(bench: Bench, flag: int) -> None:
    clone = 220 if platform.machine() == "aarch64" else 56
    assert await probe(bench, f"{clone},{flag | 17},0,0,0,0") == ["EPERM"]


async def test_terminal_injection(bench: Bench) -> None:
    ioctl = 29 if platform.machine() == "aarch64" else 16
    results = await probe(bench, f"{ioctl},0,0x5412,0", f"{ioctl},0,0x100005412,0", f"{ioctl},0,0x541C,0")
    assert results == ["EPERM"] * 3


async def test_personality(bench: Bench) -> None:
    personality = 92 if platform.machine() == "aarch64" else 135
    assert await probe(bench, f"{personality},0", f"{personality},0x0040000") == ["done", "EPERM"]


async def test_sockets(bench: Bench) -> None:
    script = """
import errno, socket
for family, kind, protocol in (
    (1, 1, 0), (2, 1, 0), (10, 2, 0), (16, 3, 0), (16, 3, 15),  # unix, inet, inet6, netlink route and uevent
    (16, 3, 9), (16, 3, 12), (17, 3, 0), (40, 1, 0), (38, 5, 0), (31, 3, 0), (21, 5, 0), (45, 1, 0),
):
    try:
        socket.socket(family, kind, protocol).close()
        print("done")
    except OSError as error:
        print(errno.errorcode[error.errno])
"""
    results = (await bench.output(bench.python(script))).split()
    assert results[:5] == ["done"] * 5
    assert results[5:7] == ["EPROTONOSUPPORT"] * 2
    assert results[7:] == ["EAFNOSUPPORT"] * 6


async def test_threads_processes_and_memory_work(bench: Bench) -> None:
    script = """
import mmap, multiprocessing, os, subprocess, threading
threads = [threading.Thread(target=os.getpid) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
subprocess.run(["/bin/true"], check=True)
if os.fork() == 0:
    os._exit(0)
os.wait()
mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC).close()
os.memfd_create("x")
print("works")
"""
    assert await bench.output(bench.python(script)) == "works\n"


def test_the_filter_fits_the_kernel() -> None:
    program = compile_filter()
    assert len(program) % 8 == 0
    assert 50 < len(program) // 8 < 4096
    assert compile_filter() == program


def test_error_numbers_are_those_of_the_machine() -> None:
    assert (errno.EPERM, errno.ENOSYS) == (1, 38)
