"""Pixels from the display server: what is mapped, what is refused, and that no descriptor is left."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from berth.core.messages import SurfaceState
from berth.ui.slot import Slot
from berth.ui.upload import bounds, clip_damage

RECT = st.tuples(*[st.integers(-50, 300)] * 4)


def memory(size: int) -> int:
    fd = os.memfd_create("slot")
    os.ftruncate(fd, size)
    return fd


def state(width: int, height: int, stride: int, opaque: bool = True) -> SurfaceState:
    return SurfaceState(1, 0, width, height, stride, opaque)


def test_an_image_shows_the_memory_itself() -> None:
    fd = memory(4 * 4 * 4)
    other = os.dup(fd)
    slot = Slot(fd, 64)
    content = slot.content(state(4, 4, 16))
    assert content is not None
    os.pwrite(other, b"\x10\x20\x30\xff", 16)
    assert content.image.pixel(0, 1) == 0xFF302010
    assert slot.content(state(4, 4, 16)) is content
    assert slot.content(state(2, 4, 16)) is not content
    os.close(other)
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(fd)


@pytest.mark.parametrize(
    ("width", "height", "stride"),
    [(0, 4, 16), (4, 0, 16), (4, 4, 12), (4, 5, 16), (-1, 4, 16), (4, 4, 1 << 40), (4, -4, 16)],
)
def test_states_that_reach_beyond_the_memory_show_nothing(width: int, height: int, stride: int) -> None:
    assert Slot(memory(64), 64).content(state(width, height, stride)) is None


@pytest.mark.parametrize("size", [-1, 1 << 20, 1 << 60])
def test_memory_that_cannot_be_mapped_leaves_no_descriptor(size: int) -> None:
    fd = memory(64)
    with pytest.raises((ValueError, OSError, OverflowError)):
        Slot(fd, size)
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(fd)


@given(st.lists(RECT, max_size=6))
def test_damage_is_cut_to_the_buffer(damage: list[tuple[int, int, int, int]]) -> None:
    clipped = clip_damage(damage, 200, 100)
    for x, y, width, height in clipped:
        assert 0 <= x < x + width <= 200
        assert 0 <= y < y + height <= 100
    if clipped:
        left, top, width, height = bounds(clipped)
        assert left >= 0
        assert top + height <= 100
        assert width > 0
