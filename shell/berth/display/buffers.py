"""Client buffers: the pixels of a `wl_buffer` for exactly as long as they are copied.

The memory belongs to the client, which may shrink the file under us at any time: it is read
only between begin and end of an access, where libwayland turns the fault into a protocol error.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from pywayland.protocol.wayland import WlBuffer, WlShm, WlShmPool

from berth.core.pixels import FORMATS
from berth.display import binding
from berth.display.binding import NULL, ffi, lib
from berth.display.resource import BudgetExceeded

if TYPE_CHECKING:
    from berth.display.client import Client

MAX_MEMORY = 512 << 20
"""Bytes of pixels that are held for one client."""
_RELEASE = next(i for i, m in enumerate(WlBuffer.events) if m.name == "release")
_no_arguments = ffi.new("union wl_argument[1]")


class _Access:
    """What `contextlib.contextmanager` would do with a third of the calls: this runs with every frame."""

    __slots__ = ("_shm",)

    def __init__(self, shm: Any) -> None:
        self._shm = shm

    def __enter__(self) -> Any:
        binding.shm_buffer_begin_access(self._shm)
        return binding.shm_buffer_get_data(self._shm)

    def __exit__(self, *_error: object) -> None:
        binding.shm_buffer_end_access(self._shm)


class Buffer:
    """A `wl_buffer` made from shared memory; libwayland owns the protocol object.

    `watchers` are called once when the client destroys it.
    """

    __slots__ = (
        "_holds",
        "_saved",
        "_shm",
        "client",
        "format",
        "height",
        "pixel",
        "pointer",
        "stride",
        "watchers",
        "width",
    )
    copied = True  # its pixels are, when a surface takes them
    ready = True

    def __init__(self, client: Client, pointer: Any) -> None:
        self.client = client
        self.pointer: Any = ffi.cast("struct wl_resource *", pointer)
        self._shm: Any = None
        self._holds = 0
        self._saved: bytes | None = None  # the pixels of a buffer that was destroyed while held
        self.width = self.height = self.stride = 0
        self.format = 0
        self.pixel = 4  # bytes
        self.watchers: dict[Callable[[], None], None] = {}

    def resolve(self) -> bool:
        """Read the buffer's measures; false if it is not shared memory."""
        if self._shm is not None:
            return True
        if self.pointer is None:
            return False
        shm = binding.shm_buffer_get(self.pointer)
        if shm == NULL:
            return False
        self._shm = shm
        self.width = binding.shm_buffer_get_width(shm)
        self.height = binding.shm_buffer_get_height(shm)
        self.stride = binding.shm_buffer_get_stride(shm)
        self.format = binding.shm_buffer_get_format(shm)
        self.pixel = FORMATS[self.format].bytes
        return True

    def check(self) -> bool:
        """End the client if its rows overlap, which libwayland lets pass: it does not know how wide a pixel is."""
        if not self.resolve() or self.stride >= self.width * self.pixel:
            return True
        if self.pointer is not None:
            self._refuse()
        return False

    def _refuse(self) -> None:
        ours = binding.shm_buffer_ref_pool(self._shm)
        pools = self.client.pools.values()
        pool = next((pool for pool in pools if lib.wl_resource_get_user_data(pool) == ours), None)
        binding.shm_pool_unref(ours)
        message = f"a stride of {self.stride} bytes for {self.width} pixels"
        if pool is None:
            # The pool is gone already; libwayland names the buffer for mistakes with shared memory as well.
            self.client.refuse(self.pointer, WlBuffer.name, WlShm.error.invalid_stride, message)
        else:
            self.client.refuse(pool, WlShmPool.name, WlShm.error.invalid_stride, message)

    @property
    def size(self) -> tuple[int, int]:
        return self.width, self.height

    @property
    def usable(self) -> bool:
        return self.pointer is not None or self._holds > 0

    def hold(self) -> None:
        """Keep the pixels even if the client destroys the buffer, until `drop`."""
        self._holds += 1
        binding.shm_buffer_ref(self._shm)

    def drop(self) -> None:
        self._holds -= 1
        shm = self._shm
        if self._holds == 0 and self.pointer is None:
            self._shm = None
            if self._saved is not None:
                self.client.memory -= len(self._saved)
                self._saved = None
        binding.shm_buffer_unref(shm)

    def access(self) -> AbstractContextManager[Any]:
        """The pixels as ``char *``. A fault inside disconnects the client, and reads zeros."""
        if self._saved is not None:
            return nullcontext(ffi.from_buffer(self._saved))
        if self.pointer is None:
            raise BudgetExceeded("pixels of a destroyed buffer")
        return _Access(self._shm)

    def release(self) -> None:
        """Tell the client that it may draw into the buffer again."""
        if self.pointer is not None:
            lib.wl_resource_post_event_array(self.pointer, _RELEASE, _no_arguments)

    def destroyed(self) -> None:
        """The client has destroyed the protocol object, which is there for the last time.

        libwayland reports a fault through that object: held pixels have to be copied now.

        Raises:
            BudgetExceeded: if the client has no room left for that.
        """
        for watcher in tuple(self.watchers):
            watcher()
        try:
            if self._holds and self.client.pointer is not None:
                self._save()
        finally:
            self.pointer = None
            if self._holds == 0:
                self._shm = None

    def _save(self) -> None:
        size = self.stride * self.height
        if size > self.client.room:
            raise BudgetExceeded("too much memory for buffers that were destroyed before they were shown")
        with self.access() as pixels:
            self._saved = bytes(ffi.buffer(pixels, size))
        self.client.memory += size
