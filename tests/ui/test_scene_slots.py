"""Pixels from the display server: what is mapped, what is refused, and that no descriptor is left."""

from __future__ import annotations

import fcntl
import mmap
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from berth.core.messages import SurfaceState
from berth.ui.convert import Copied
from berth.ui.pool import Mappings, Pool
from berth.ui.slot import Slot
from berth.ui.upload import bounds, clip_damage

PAGE = mmap.PAGESIZE
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


def lasting(*bytes_: int) -> Pool:
    """A pool with a page of each of these bytes."""
    fd = os.memfd_create("pool", os.MFD_ALLOW_SEALING)
    os.write(fd, b"".join(bytes([byte]) * PAGE for byte in bytes_))
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK)
    return Pool(fd, PAGE * len(bytes_))


def at(offset: int, height: int = 32) -> SurfaceState:
    return SurfaceState(1, 0, 32, height, 128, True, pool=1, offset=offset)


def test_buffers_that_take_turns_stay_mapped() -> None:
    pool, mappings = lasting(1, 2, 3, 4), Mappings()
    made = [mappings.take(pool, at(i * PAGE)) for i in range(3)]
    assert [mapping.image.pixel(31, 31) & 0xFF for mapping in made] == [1, 2, 3]
    assert [mappings.take(pool, at(i * PAGE)) for i in range(3)] == made
    inside = mappings.take(pool, at(PAGE + 128, 31))
    assert inside.image.pixel(0, 0) & 0xFF == 2
    assert mappings.take(pool, at(0)) is not made[0], "of another size"


def test_a_copy_follows_what_has_changed() -> None:
    pool, mappings = lasting(1, 2), Mappings()
    copied = Copied(mappings.take(pool, at(0)))
    copied.follow(mappings.take(pool, at(0)), ((0, 0, 32, 32),))
    other = mappings.take(pool, at(PAGE))
    assert copied.fits(other) and not copied.fits(mappings.take(pool, at(0, 31)))
    copied.follow(other, ((3, 4, 5, 6),))
    assert [copied.image.pixel(0, y) & 0xFF for y in (3, 4, 9, 10)] == [1, 2, 2, 1]


def test_mappings_of_pools_that_are_gone_hold_nothing() -> None:
    pool, mappings = lasting(7), Mappings()
    mapping = mappings.take(pool, at(0))
    mappings.forget(lasting(8))
    assert mapping.image.pixel(0, 0) & 0xFF == 7
    fd = pool.fd
    mappings.forget(pool)
    del pool
    assert mapping.image.pixel(0, 0) & 0xFF == 0
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(fd)


@pytest.mark.parametrize("state", [at(0, 33), at(1), at(-1), at(0, 0), at(0, -1), at(1 << 40)])
def test_buffers_beyond_their_pool_are_refused(state: SurfaceState) -> None:
    assert not lasting(1).holds(state)


@pytest.mark.parametrize(("seals", "size"), [(fcntl.F_SEAL_GROW, PAGE), (fcntl.F_SEAL_SHRINK, PAGE + 1)])
def test_files_that_may_become_too_short_are_no_pools(seals: int, size: int) -> None:
    fd = os.memfd_create("pool", os.MFD_ALLOW_SEALING)
    os.ftruncate(fd, PAGE)
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, seals)
    with pytest.raises(ValueError, match="too short"):
        Pool(fd, size)
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
