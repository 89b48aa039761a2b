"""Pixel formats: what the display server takes from clients and the ui can draw without a table of its own.

The codes are those of wl_shm, which are DRM's fourcc codes but for the first two. Only formats are listed
that Qt knows: bytes in memory are in the order that the little-endian code says.
"""

from __future__ import annotations

from typing import NamedTuple


class PixelFormat(NamedTuple):
    """`bytes` of one pixel, and whether it has alpha, which is then premultiplied."""

    name: str
    bytes: int
    alpha: bool


ARGB8888 = 0
XRGB8888 = 1


DRM_ARGB8888 = int.from_bytes(b"AR24", "little")
DRM_XRGB8888 = int.from_bytes(b"XR24", "little")

LINEAR = 0
"""The modifier of drm_fourcc.h for rows one after the other."""
IMPLICIT_MODIFIER = (1 << 56) - 1
"""DRM_FORMAT_MOD_INVALID: the driver knows how the memory is laid out, and only it."""


def to_drm(format_: int) -> int:
    """The DRM code of a format."""
    return {ARGB8888: DRM_ARGB8888, XRGB8888: DRM_XRGB8888}.get(format_, format_)


def from_drm(code: int) -> int:
    """The format with a DRM code, which need not be one of `FORMATS`; -1 for the two codes that none can have."""
    if code in (ARGB8888, XRGB8888):
        return -1
    return {DRM_ARGB8888: ARGB8888, DRM_XRGB8888: XRGB8888}.get(code, code)


def _fourcc(code: str) -> int:
    return int.from_bytes(code.encode(), "little")


FORMATS: dict[int, PixelFormat] = {
    ARGB8888: PixelFormat("argb8888", 4, True),
    XRGB8888: PixelFormat("xrgb8888", 4, False),
    _fourcc("AB24"): PixelFormat("abgr8888", 4, True),
    _fourcc("XB24"): PixelFormat("xbgr8888", 4, False),
    _fourcc("AR30"): PixelFormat("argb2101010", 4, True),
    _fourcc("XR30"): PixelFormat("xrgb2101010", 4, False),
    _fourcc("AB30"): PixelFormat("abgr2101010", 4, True),
    _fourcc("XB30"): PixelFormat("xbgr2101010", 4, False),
    _fourcc("AB48"): PixelFormat("abgr16161616", 8, True),
    _fourcc("XB48"): PixelFormat("xbgr16161616", 8, False),
    _fourcc("AB4H"): PixelFormat("abgr16161616f", 8, True),
    _fourcc("XB4H"): PixelFormat("xbgr16161616f", 8, False),
    _fourcc("AB8F"): PixelFormat("abgr32323232f", 16, True),
    _fourcc("RG24"): PixelFormat("rgb888", 3, False),
    _fourcc("BG24"): PixelFormat("bgr888", 3, False),
    _fourcc("RG16"): PixelFormat("rgb565", 2, False),
    _fourcc("XR15"): PixelFormat("xrgb1555", 2, False),
    _fourcc("AR12"): PixelFormat("argb4444", 2, True),
    _fourcc("XR12"): PixelFormat("xrgb4444", 2, False),
}


def stride_of(width: int, format_: int) -> int:
    """Bytes of a row in memory that the display server hands to the ui; Qt wants rows to begin at whole words."""
    return -(-width * FORMATS[format_].bytes // 4) * 4
