"""libwayland's server side as C: pywayland's own library handle plus what it leaves out.

pywayland builds libwayland and carries the tables of every protocol, but exposes only a part of
the server API. The rest is called through pointers to the functions of the very same shared
object. Everything untyped stays behind this module: the handles are `Any`, addresses are plain
integers.
"""

from __future__ import annotations

import ctypes
import logging
import mmap
import os
import platform
import re
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pywayland
import pywayland.server

ffi: Any = pywayland.ffi
lib: Any = pywayland.lib
NULL: Any = ffi.NULL

_log = logging.getLogger("berth.display.wayland")


def _wayland() -> ctypes.CDLL:
    """The shared object that pywayland has loaded, so that there is one libwayland in the process."""
    for line in os.fsdecode(Path("/proc/self/maps").read_bytes()).split("\n"):  # names may be of any bytes
        found = re.search(r"(/\S*libwayland-server\S*\.so\S*)", line)
        if found:
            return ctypes.CDLL(found.group(1))
    return ctypes.CDLL("libwayland-server.so.0")


def _function(library: ctypes.CDLL, name: str, kind: str) -> Any:
    """`name` of `library` as a C function of the type `kind`, called by pywayland's ffi.

    Its parser of types is compiled, while declaring functions to a second ffi takes longer than
    anything else at the start of the process.
    """
    return ffi.cast(kind, ctypes.cast(getattr(library, name), ctypes.c_void_p).value)


_libwayland = _wayland()
_libc = ctypes.CDLL(None)


def _more(name: str, kind: str) -> Any:
    return _function(_libwayland, name, kind)


event_loop_get_fd = _more("wl_event_loop_get_fd", "int(*)(void *)")
display_set_default_max_buffer_size = _more("wl_display_set_default_max_buffer_size", "void(*)(void *, size_t)")
display_set_global_filter = _more("wl_display_set_global_filter", "void(*)(void *, void *, void *)")
client_post_implementation_error = _more("wl_client_post_implementation_error", "void(*)(void *, const char *, ...)")
resource_get_class = _more("wl_resource_get_class", "const char *(*)(void *)")
global_remove = _more("wl_global_remove", "void(*)(void *)")
global_get_name = _more("wl_global_get_name", "uint32_t(*)(void *, void *)")
_add_resource_created_listener = _more("wl_client_add_resource_created_listener", "void(*)(void *, void *)")
_set_log_handler = _more("wl_log_set_handler_server", "void(*)(void *)")
memcmp = _function(_libc, "memcmp", "int(*)(void *, void *, size_t)")
_mmap = _function(_libc, "mmap", "void *(*)(void *, size_t, int, int, int, long)")
_munmap = _function(_libc, "munmap", "int(*)(void *, size_t)")
_fstatfs = _function(_libc, "fstatfs", "int(*)(int, void *)")
_vsnprintf = _function(_libc, "vsnprintf", "int(*)(char *, size_t, const char *, void *)")

_EPOLL_CTL_MOD = 3


class _EpollEvent(ctypes.Structure):
    if platform.machine() == "x86_64":
        _pack_ = 1
    _fields_ = [("events", ctypes.c_uint32), ("data", ctypes.c_uint64)]


def watched(epoll: int, inode: int) -> tuple[int, int]:
    """As which descriptor, with which data, an epoll instance watches the file `inode`; (-1, 0) if it does not.

    libwayland watches a duplicate of a client's descriptor, and tells nobody its number.
    """
    found = re.search(
        rf"tfd:\s*(\d+) events:\s*\S+ data:\s*(\S+)\s+pos:\S+ ino:{inode:x} ",
        Path(f"/proc/self/fdinfo/{epoll}").read_text(),
    )
    return (-1, 0) if found is None else (int(found[1]), int(found[2], 16))


def change_watch(epoll: int, fd: int, data: int, events: int) -> None:
    """What to be woken for; 0 leaves hang-ups alone."""
    _libc.epoll_ctl(epoll, _EPOLL_CTL_MOD, fd, ctypes.byref(_EpollEvent(events, data)))


GLOBAL_FILTER = "_Bool(*)(void *client, void *global, void *data)"
"""The type of the callback that `display_set_global_filter` takes."""


def address(pointer: Any) -> int:
    return int(ffi.cast("uintptr_t", pointer))


def file_system(fd: int) -> int:
    """The kind of file system that a file is on, as statfs(2) lists them. Raises `OSError`."""
    told = ffi.new("long[64]")  # struct statfs begins with it
    if _fstatfs(fd, told):
        raise OSError("fstatfs")
    return int(told[0])


def map_file(fd: int, size: int) -> Any:
    """Shared, writable memory as ``char *``; unlike `mmap.mmap` it keeps no second descriptor open."""
    pointer = _mmap(NULL, size, mmap.PROT_READ | mmap.PROT_WRITE, mmap.MAP_SHARED, fd, 0)
    if int(ffi.cast("intptr_t", pointer)) == -1:
        raise MemoryError
    return ffi.cast("char *", pointer)


def unmap_file(pointer: Any, size: int) -> None:
    _munmap(pointer, size)


class _Log:
    """libwayland's log lines since the last look; they tell why a client is being disconnected."""

    def __init__(self) -> None:
        self.lines: deque[str] = deque(maxlen=2)

    def take(self) -> str:
        lines = "\n".join(self.lines)
        self.lines.clear()
        return lines


wayland_log = _Log()


@ffi.callback("void(*)(const char *, void *)")  # type: ignore[untyped-decorator]
def _on_log(format_: Any, arguments: Any) -> None:
    # On every ABI of 64-bit Linux a va_list reaches a callee as one pointer, so it passes through as one.
    out = ffi.new("char[]", 512)
    _vsnprintf(out, 512, format_, arguments)
    line = ffi.string(out).decode(errors="replace").rstrip()
    wayland_log.lines.append(line)
    _log.info("%s", line)


_set_log_handler(_on_log)


_listeners: dict[int, tuple[Any, Callable[[Any], None], bool]] = {}


def _listener(notify: Callable[[Any], None], once: bool) -> Any:
    listener = ffi.new("struct wl_listener *")
    listener.notify = lib.notify_func
    _listeners[address(listener)] = (listener, notify, once)
    return listener


def on_client_destroyed(client: Any, notify: Callable[[Any], None]) -> None:
    lib.wl_client_add_destroy_listener(client, _listener(notify, once=True))


def on_resource_destroyed(resource: Any, notify: Callable[[Any], None]) -> None:
    lib.wl_resource_add_destroy_listener(resource, _listener(notify, once=True))


def on_resource_created(client: Any, notify: Callable[[Any], None]) -> Callable[[], None]:
    """Calls `notify` with each new resource's pointer; returns what forgets the listener with its client."""
    listener = _listener(notify, once=False)
    _add_resource_created_listener(client, listener)

    def forget() -> None:
        del _listeners[address(listener)]

    return forget


@ffi.def_extern(name="notify_func")  # type: ignore[untyped-decorator]
def _notify(listener: Any, data: Any) -> None:
    key = int(ffi.cast("uintptr_t", listener))
    _struct, notify, once = _listeners[key]
    if once:
        del _listeners[key]
    try:
        notify(data)
    except Exception:
        # Nothing may travel through C frames; a listener concerns one client only.
        _log.exception("listener failed")
