"""libwayland's server side as C: pywayland's own library handle plus what it leaves out.

pywayland builds libwayland and carries the tables of every protocol, but exposes only a part of
the server API. A second handle on the very same shared object adds the rest. Everything
untyped stays behind this module: the handles are `Any`, addresses are plain integers.
"""

from __future__ import annotations

import logging
import mmap
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pywayland
import pywayland.server
from cffi import FFI

ffi: Any = pywayland.ffi
lib: Any = pywayland.lib
NULL: Any = ffi.NULL

_log = logging.getLogger("berth.display.wayland")

_MORE = """
int wl_event_loop_get_fd(void *loop);
void wl_display_set_default_max_buffer_size(void *display, size_t size);
void wl_client_post_implementation_error(void *client, const char *format, ...);
void wl_client_add_resource_created_listener(void *client, void *listener);
void wl_resource_post_event_array(void *resource, uint32_t opcode, void *arguments);
const char *wl_resource_get_class(void *resource);
uint32_t wl_resource_get_id(void *resource);
int wl_resource_get_version(void *resource);
void *wl_resource_get_client(void *resource);
uint32_t wl_global_get_name(void *global, void *client);
typedef _Bool (*global_filter)(void *client, void *global, void *data);
void wl_display_set_global_filter(void *display, global_filter filter, void *data);
typedef int (*resource_iterator)(void *resource, void *data);
void wl_client_for_each_resource(void *client, resource_iterator iterator, void *data);
void *wl_shm_buffer_get(void *resource);
void *wl_shm_buffer_ref(void *buffer);
void wl_shm_buffer_unref(void *buffer);
void wl_shm_buffer_begin_access(void *buffer);
void wl_shm_buffer_end_access(void *buffer);
void *wl_shm_buffer_get_data(void *buffer);
int wl_shm_buffer_get_stride(void *buffer);
uint32_t wl_shm_buffer_get_format(void *buffer);
int wl_shm_buffer_get_width(void *buffer);
int wl_shm_buffer_get_height(void *buffer);
typedef void (*log_handler)(const char *format, void *arguments);
void wl_log_set_handler_server(log_handler handler);
"""


def _library_path() -> str:
    """The shared object that pywayland has loaded, so that both handles see one library."""
    for line in Path("/proc/self/maps").read_text().splitlines():
        found = re.search(r"(/\S*libwayland-server\S*\.so\S*)", line)
        if found:
            return found.group(1)
    return "libwayland-server.so.0"


more_ffi: Any = FFI()
more_ffi.cdef(_MORE)
more: Any = more_ffi.dlopen(_library_path())

_libc_ffi: Any = FFI()
_libc_ffi.cdef("""
int vsnprintf(char *out, size_t size, const char *format, void *arguments);
void *mmap(void *address, size_t length, int protection, int flags, int fd, long offset);
int munmap(void *address, size_t length);
""")
_libc: Any = _libc_ffi.dlopen(None)


def address(pointer: Any) -> int:
    return int(ffi.cast("uintptr_t", pointer))


def more_pointer(pointer: Any) -> Any:
    """A pointer of pywayland's handle for the second one."""
    return more_ffi.cast("void *", int(ffi.cast("uintptr_t", pointer)))


def map_file(fd: int, size: int) -> Any:
    """Shared, writable memory as ``char *``; unlike `mmap.mmap` it keeps no second descriptor open."""
    pointer = _libc.mmap(_libc_ffi.NULL, size, mmap.PROT_READ | mmap.PROT_WRITE, mmap.MAP_SHARED, fd, 0)
    where = int(_libc_ffi.cast("intptr_t", pointer))
    if where == -1:
        raise MemoryError
    return ffi.cast("char *", where)


def unmap_file(pointer: Any, size: int) -> None:
    _libc.munmap(_libc_ffi.cast("void *", address(pointer)), size)


class _Log:
    """libwayland's log lines; the last one tells why a client is being disconnected."""

    def __init__(self) -> None:
        self.last = ""

    def take(self) -> str:
        line, self.last = self.last, ""
        return line


wayland_log = _Log()


@more_ffi.callback("log_handler")  # type: ignore[untyped-decorator]
def _on_log(format_: Any, arguments: Any) -> None:
    # On every ABI of 64-bit Linux a va_list reaches a callee as one pointer, so it passes through as one.
    out = _libc_ffi.new("char[]", 512)
    text = _libc_ffi.cast("char *", int(more_ffi.cast("uintptr_t", format_)))
    _libc.vsnprintf(out, 512, text, _libc_ffi.cast("void *", int(more_ffi.cast("uintptr_t", arguments))))
    wayland_log.last = _libc_ffi.string(out).decode(errors="replace").rstrip()
    _log.info("%s", wayland_log.last)


more.wl_log_set_handler_server(_on_log)


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
    more.wl_client_add_resource_created_listener(more_pointer(client), more_pointer(listener))

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
