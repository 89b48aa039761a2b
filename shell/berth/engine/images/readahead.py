"""Reading ahead in a thread: while files are written, the next bytes are uncompressed and hashed.

What does most of the work there, zlib and OpenSSL, leaves the interpreter to others meanwhile.
"""

from __future__ import annotations

import contextlib
import queue
import threading
from types import TracebackType

from berth.engine.images.tarstream import CHUNK, Readable

_CHUNKS = 4
"""Chunks that wait at most: what a layer of any size needs of memory."""


class ReadAhead:
    """Reads `stream` in pieces of any size, and that in whole chunks. Use it as a context; then `stream` is free again.

    Whatever reading raises is raised by `read`, after all that came before.
    """

    def __init__(self, stream: Readable) -> None:
        self._stream = stream
        self._chunks: queue.Queue[bytes | BaseException] = queue.Queue(_CHUNKS)
        self._left = threading.Event()
        self._data = b""
        self._taken = 0
        self._ended = False
        # A daemon: a process that is ended just as it leaves must not wait for it.
        self._thread = threading.Thread(target=self._fill, name="read-ahead", daemon=True)

    def __enter__(self) -> ReadAhead:
        self._thread.start()
        return self

    def __exit__(self, *_raised: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._left.set()
        # It waits for room for one chunk at most, and looks before it reads another.
        with contextlib.suppress(queue.Empty):
            self._chunks.get_nowait()
        self._thread.join()

    def read(self, size: int, /) -> bytes:
        if self._taken == len(self._data) and not self._next():
            return b""
        data = self._data[self._taken : self._taken + size]
        self._taken += len(data)
        return data

    def drain(self) -> None:
        while self._next():
            pass

    def _next(self) -> bool:
        if self._ended:
            return False
        chunk = self._chunks.get()
        self._ended = isinstance(chunk, BaseException) or not chunk
        if isinstance(chunk, BaseException):
            raise chunk
        self._data, self._taken = chunk, 0
        return not self._ended

    def _fill(self) -> None:
        try:
            while not self._left.is_set():
                chunk = self._stream.read(CHUNK)
                self._chunks.put(chunk)
                if not chunk:
                    return
        except BaseException as error:  # the thread's boundary: it goes to whoever reads
            self._chunks.put(error)
