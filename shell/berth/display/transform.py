"""From buffer to surface coordinates and back: scale, wl_output.transform and viewports (pure)."""

from __future__ import annotations

RectF = tuple[float, float, float, float]

# A transform t names how the buffer's content was turned; odd ones swap width and height,
# 4 and above are mirrored on the vertical axis first.


def turned(width: int, height: int, transform: int) -> tuple[int, int]:
    """Size of a buffer after its transform."""
    return (height, width) if transform & 1 else (width, height)


def to_buffer(rect: RectF, transform: int, width: float, height: float) -> RectF:
    """A rectangle of the turned buffer in the coordinates of the buffer itself.

    `width` and `height` are the turned buffer's. The inverse of wl_surface.set_buffer_transform.
    """
    x, y, w, h = rect
    right, bottom = width - x - w, height - y - h
    if transform == 0:
        return rect
    if transform == 1:
        return y, right, h, w
    if transform == 2:
        return right, bottom, w, h
    if transform == 3:
        return bottom, x, h, w
    if transform == 4:
        return right, y, w, h
    if transform == 5:
        return y, x, h, w
    if transform == 6:
        return x, bottom, w, h
    return bottom, right, h, w
