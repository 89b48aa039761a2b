"""Reading ahead: the same bytes in the same order, errors where they belong, and nothing left behind."""

from __future__ import annotations

import io
import threading

import pytest

from berth.core.problem import Problem
from berth.engine.images.readahead import ReadAhead
from berth.engine.images.tarstream import CHUNK, Measured

DATA = bytes(range(256)) * (CHUNK // 32)


@pytest.mark.parametrize("sizes", [(CHUNK,), (512, 100_000), (1, 3 * CHUNK)])
def test_pieces_of_any_size_are_those_of_the_stream(sizes: tuple[int, ...]) -> None:
    stream = Measured(io.BytesIO(DATA), len(DATA))
    read = b""
    with ReadAhead(stream) as ahead:
        for number in range(len(DATA)):
            piece = ahead.read(sizes[number % len(sizes)] if len(read) < 10_000 else CHUNK)
            read += piece
            if not piece:
                break
        assert ahead.read(1) == b""
    assert read == DATA and stream.count == len(DATA)


def test_an_error_comes_after_what_was_good() -> None:
    stream = Measured(io.BytesIO(DATA), 2 * CHUNK)
    with ReadAhead(stream) as ahead:
        assert ahead.read(CHUNK) == DATA[:CHUNK]
        assert ahead.read(CHUNK) == DATA[CHUNK : 2 * CHUNK]
        with pytest.raises(Problem, match="more than an image of its size may have"):
            ahead.drain()
        assert ahead.read(1) == b""


def test_whoever_leaves_early_leaves_no_thread() -> None:
    stream = Measured(io.BytesIO(DATA * 8), 1 << 30)
    with pytest.raises(KeyError), ReadAhead(stream) as ahead:
        ahead.read(1)
        raise KeyError
    assert "read-ahead" not in {thread.name for thread in threading.enumerate()}
    assert stream.count < len(DATA) * 8


def test_memory_is_bounded_while_nobody_reads() -> None:
    class Endless:
        given = 0
        waited = threading.Event()

        def read(self, size: int, /) -> bytes:
            self.given += size
            if self.given >= 5 * CHUNK:
                self.waited.set()
            return b"x" * size

    stream = Endless()
    with ReadAhead(stream):
        assert stream.waited.wait(60)
    assert stream.given <= 7 * CHUNK
