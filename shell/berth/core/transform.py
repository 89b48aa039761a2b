"""wl_output.transform, for buffers that clients have turned and for outputs that stand turned (pure)."""

from __future__ import annotations

RectF = tuple[float, float, float, float]

# A transform t names how the buffer's content was turned; odd ones swap width and height,
# 4 and above are mirrored on the vertical axis first. They turn counter-clockwise.
NAMES = ("normal", "90", "180", "270", "flipped", "flipped-90", "flipped-180", "flipped-270")
_INVERSE = (0, 3, 2, 1, 4, 5, 6, 7)


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


def to_turned(x: float, y: float, transform: int, width: float, height: float) -> tuple[float, float]:
    """Where a point of something upright of that size comes to lie once it is turned."""
    return to_buffer((x, y, 0, 0), transform, width, height)[:2]


def to_upright(x: float, y: float, transform: int, width: float, height: float) -> tuple[float, float]:
    """The point of something upright of that size that lies at x, y once it is turned."""
    return to_turned(x, y, _INVERSE[transform], *((height, width) if transform & 1 else (width, height)))


def inverse(transform: int) -> int:
    """The transform that undoes another one."""
    return _INVERSE[transform]


def direction_to_upright(dx: float, dy: float, transform: int) -> tuple[float, float]:
    """A direction on something turned, as it is seen when that stands upright."""
    return to_upright(dx, dy, transform, 0, 0)


def angle_to_upright(degrees: float, transform: int) -> float:
    """A clockwise angle on something turned, as it is seen when that stands upright."""
    angle = degrees + 90 * (transform & 3)
    return -angle if transform & 4 else angle


def both(first: int, then: int) -> int:
    """The transform that does what `first` and `then` do one after the other."""
    turn = then - first if then & 4 else then + first
    return ((first ^ then) & 4) | (turn & 3)
