"""Conversions between colour spaces, after the sample code's matrices of https://www.w3.org/TR/css-color-4/#color-conversion-code.

Components are as CSS counts them: 0 to 1 in the RGB and XYZ spaces, L 0 to 100 in lab and lch, 0 to 1 in
oklab and oklch, hues in degrees, saturation, lightness, whiteness and blackness in per cent.
"""

from __future__ import annotations

import math
from collections.abc import Callable

Triple = tuple[float, float, float]
_Matrix = tuple[Triple, Triple, Triple]

RGB_SPACES = ("srgb", "srgb-linear", "display-p3", "a98-rgb", "prophoto-rgb", "rec2020")
XYZ_SPACES = ("xyz", "xyz-d50", "xyz-d65")
POLAR = {"hsl": 0, "hwb": 0, "lch": 2, "oklch": 2}
"""Space -> which component is the hue."""

_SRGB: _Matrix = (
    (506752 / 1228815, 87881 / 245763, 12673 / 70218),
    (87098 / 409605, 175762 / 245763, 12673 / 175545),
    (7918 / 409605, 87881 / 737289, 1001167 / 1053270),
)
_P3: _Matrix = (
    (608311 / 1250200, 189793 / 714400, 198249 / 1000160),
    (35783 / 156275, 247089 / 357200, 198249 / 2500400),
    (0.0, 32229 / 714400, 5220557 / 5000800),
)
_A98: _Matrix = (
    (573536 / 994567, 263643 / 1420810, 187206 / 994567),
    (591459 / 1989134, 6239551 / 9945670, 374412 / 4972835),
    (53769 / 1989134, 351524 / 4972835, 4929758 / 4972835),
)
_REC2020: _Matrix = (
    (63426534 / 99577255, 20160776 / 139408157, 47086771 / 278816314),
    (26158966 / 99577255, 472592308 / 697040785, 8267143 / 139408157),
    (0.0, 19567812 / 697040785, 295819943 / 278816314),
)
_PROPHOTO: _Matrix = (
    (0.7977666449006423, 0.13518129740053308, 0.0313477341283922),
    (0.2880748288194013, 0.711835234241873, 0.00008993693872564),
    (0.0, 0.0, 0.8251046025104602),
)
_D65_TO_D50: _Matrix = (
    (1.0479297925449969, 0.022946870601609652, -0.05019226628920524),
    (0.02962780877005599, 0.9904344267538799, -0.017073799063418826),
    (-0.009243040646204504, 0.015055191490298152, 0.7518742814281371),
)
_XYZ_TO_LMS: _Matrix = (
    (0.8190224379967030, 0.3619062600528904, -0.1288737815209879),
    (0.0329836539323885, 0.9292868615863434, 0.0361446663506424),
    (0.0481771893596242, 0.2642395317527308, 0.6335478284694309),
)
_LMS_TO_OKLAB: _Matrix = (
    (0.2104542683093140, 0.7936177747023054, -0.0040720430116193),
    (1.9779985324311684, -2.4285922420485799, 0.4505937096174110),
    (0.0259040424655478, 0.7827717124575296, -0.8086757549230774),
)
_D50_WHITE: Triple = (0.3457 / 0.3585, 1.0, (1.0 - 0.3457 - 0.3585) / 0.3585)


def convert(components: Triple, source: str, target: str) -> Triple:
    """`components` of the space `source` in the space `target`; nothing is clipped."""
    source, target = (("xyz-d65" if space == "xyz" else space) for space in (source, target))
    if source == target:
        return components
    for one, polar in (("lab", "lch"), ("oklab", "oklch")):
        if (source, target) == (one, polar):
            return _to_polar(components)
        if (source, target) == (polar, one):
            return _from_polar(components)
    if {source, target} <= {"srgb", "hsl", "hwb"}:
        return _FROM_SRGB[target](_TO_SRGB[source](components))
    return _from_xyz(_to_xyz(components, source), target)


def _to_xyz(components: Triple, space: str) -> Triple:
    if space in _TO_SRGB:
        components, space = _TO_SRGB[space](components), "srgb"
    if space in ("lch", "oklch"):
        components, space = _from_polar(components), space.removesuffix("ch") + "ab"
    if space == "lab":
        return _apply(_D50_TO_D65, _lab_to_xyz(components))
    if space == "oklab":
        lms = _apply(_OKLAB_TO_LMS, components)
        return _apply(_LMS_TO_XYZ, (lms[0] ** 3, lms[1] ** 3, lms[2] ** 3))
    if space == "xyz-d50":
        return _apply(_D50_TO_D65, components)
    if space == "xyz-d65":
        return components
    decode, _encode = _TRANSFER[space]
    linear = (decode(components[0]), decode(components[1]), decode(components[2]))
    xyz = _apply(_PRIMARIES[space], linear)
    return _apply(_D50_TO_D65, xyz) if space == "prophoto-rgb" else xyz


def _from_xyz(xyz: Triple, space: str) -> Triple:
    if space in _FROM_SRGB:
        return _FROM_SRGB[space](_from_xyz(xyz, "srgb-plain"))
    if space in ("lch", "oklch"):
        return _to_polar(_from_xyz(xyz, space.removesuffix("ch") + "ab"))
    if space == "lab":
        return _xyz_to_lab(_apply(_D65_TO_D50, xyz))
    if space == "oklab":
        lms = _apply(_XYZ_TO_LMS, xyz)
        return _apply(_LMS_TO_OKLAB, (math.cbrt(lms[0]), math.cbrt(lms[1]), math.cbrt(lms[2])))
    if space == "xyz-d50":
        return _apply(_D65_TO_D50, xyz)
    if space == "xyz-d65":
        return xyz
    space = space.removesuffix("-plain")
    if space == "prophoto-rgb":
        xyz = _apply(_D65_TO_D50, xyz)
    linear = _apply(_FROM_PRIMARIES[space], xyz)
    _decode, encode = _TRANSFER[space]
    return encode(linear[0]), encode(linear[1]), encode(linear[2])


def _apply(matrix: _Matrix, v: Triple) -> Triple:
    (a, b, c), (d, e, f), (g, h, i) = matrix
    x, y, z = v
    return a * x + b * y + c * z, d * x + e * y + f * z, g * x + h * y + i * z


def _inverse(matrix: _Matrix) -> _Matrix:
    (a, b, c), (d, e, f), (g, h, i) = matrix
    det = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
    return (
        ((e * i - f * h) / det, (c * h - b * i) / det, (b * f - c * e) / det),
        ((f * g - d * i) / det, (a * i - c * g) / det, (c * d - a * f) / det),
        ((d * h - e * g) / det, (b * g - a * h) / det, (a * e - b * d) / det),
    )


def _to_polar(lab: Triple) -> Triple:
    lightness, a, b = lab
    return lightness, math.hypot(a, b), math.degrees(math.atan2(b, a)) % 360


def _from_polar(lch: Triple) -> Triple:
    lightness, chroma, hue = lch
    return lightness, chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))


_EPSILON = 216 / 24389
_KAPPA = 24389 / 27


def _lab_to_xyz(lab: Triple) -> Triple:
    lightness, a, b = lab
    fy = (lightness + 16) / 116
    fx, fz = fy + a / 500, fy - b / 200
    x = fx**3 if fx**3 > _EPSILON else (116 * fx - 16) / _KAPPA
    y = fy**3 if lightness > _KAPPA * _EPSILON else lightness / _KAPPA
    z = fz**3 if fz**3 > _EPSILON else (116 * fz - 16) / _KAPPA
    return x * _D50_WHITE[0], y * _D50_WHITE[1], z * _D50_WHITE[2]


def _xyz_to_lab(xyz: Triple) -> Triple:
    def bent(value: float) -> float:
        return math.cbrt(value) if value > _EPSILON else (_KAPPA * value + 16) / 116

    fx, fy, fz = (bent(value / white) for value, white in zip(xyz, _D50_WHITE, strict=True))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


def _srgb_decode(value: float) -> float:
    size = abs(value)
    return value / 12.92 if size <= 0.04045 else math.copysign(((size + 0.055) / 1.055) ** 2.4, value)


def _srgb_encode(value: float) -> float:
    size = abs(value)
    return value * 12.92 if size <= 0.0031308 else math.copysign(1.055 * size ** (1 / 2.4) - 0.055, value)


def _a98_decode(value: float) -> float:
    return math.copysign(abs(value) ** (563 / 256), value)


def _a98_encode(value: float) -> float:
    return math.copysign(abs(value) ** (256 / 563), value)


def _prophoto_decode(value: float) -> float:
    return value / 16 if abs(value) <= 16 / 512 else math.copysign(abs(value) ** 1.8, value)


def _prophoto_encode(value: float) -> float:
    return 16 * value if abs(value) < 1 / 512 else math.copysign(abs(value) ** (1 / 1.8), value)


# The camera's curve, as browsers have it; the draft of 2025 changed to the screen's.
_ALPHA = 1.09929682680944
_BETA = 0.018053968510807


def _rec2020_decode(value: float) -> float:
    size = abs(value)
    return value / 4.5 if size < _BETA * 4.5 else math.copysign(((size + _ALPHA - 1) / _ALPHA) ** (1 / 0.45), value)


def _rec2020_encode(value: float) -> float:
    size = abs(value)
    return value * 4.5 if size <= _BETA else math.copysign(_ALPHA * size**0.45 - (_ALPHA - 1), value)


def _same(value: float) -> float:
    return value


def hsl_to_srgb(hsl: Triple) -> Triple:
    """Also for saturation and lightness outside 0 to 100."""
    hue, saturation, lightness = hsl[0] % 360, hsl[1] / 100, hsl[2] / 100
    reach = saturation * min(lightness, 1 - lightness)

    def channel(n: int) -> float:
        k = (n + hue / 30) % 12
        return lightness - reach * max(-1, min(k - 3, 9 - k, 1))

    return channel(0), channel(8), channel(4)


def srgb_to_hsl(rgb: Triple) -> Triple:
    most, least = max(rgb), min(rgb)
    lightness, span = (least + most) / 2, most - least
    hue = saturation = 0.0
    if span:
        saturation = 0 if lightness in (0, 1) else (most - lightness) / min(lightness, 1 - lightness)
        hue = _hue(rgb, most, span)
    if saturation < 0:
        hue, saturation = hue + 180, -saturation
    return hue % 360, saturation * 100, lightness * 100


def _hue(rgb: Triple, most: float, span: float) -> float:
    red, green, blue = rgb
    if most == red:
        return ((green - blue) / span + (6 if green < blue else 0)) * 60
    return ((blue - red) / span + 2) * 60 if most == green else ((red - green) / span + 4) * 60


def hwb_to_srgb(hwb: Triple) -> Triple:
    white, black = hwb[1] / 100, hwb[2] / 100
    if white + black >= 1:
        gray = white / (white + black)
        return gray, gray, gray
    pure = hsl_to_srgb((hwb[0], 100, 50))
    red, green, blue = (value * (1 - white - black) + white for value in pure)
    return red, green, blue


def srgb_to_hwb(rgb: Triple) -> Triple:
    return srgb_to_hsl(rgb)[0], min(rgb) * 100, (1 - max(rgb)) * 100


_D50_TO_D65 = _inverse(_D65_TO_D50)
_LMS_TO_XYZ = _inverse(_XYZ_TO_LMS)
_OKLAB_TO_LMS = _inverse(_LMS_TO_OKLAB)
_PRIMARIES: dict[str, _Matrix] = {
    "srgb": _SRGB,
    "srgb-linear": _SRGB,
    "display-p3": _P3,
    "a98-rgb": _A98,
    "prophoto-rgb": _PROPHOTO,
    "rec2020": _REC2020,
}
_FROM_PRIMARIES = {space: _inverse(matrix) for space, matrix in _PRIMARIES.items()}
_TRANSFER: dict[str, tuple[Callable[[float], float], Callable[[float], float]]] = {
    "srgb": (_srgb_decode, _srgb_encode),
    "srgb-linear": (_same, _same),
    "display-p3": (_srgb_decode, _srgb_encode),
    "a98-rgb": (_a98_decode, _a98_encode),
    "prophoto-rgb": (_prophoto_decode, _prophoto_encode),
    "rec2020": (_rec2020_decode, _rec2020_encode),
}
_TO_SRGB: dict[str, Callable[[Triple], Triple]] = {
    "hsl": hsl_to_srgb,
    "hwb": hwb_to_srgb,
    "srgb": lambda rgb: rgb,
}
_FROM_SRGB: dict[str, Callable[[Triple], Triple]] = {
    "hsl": srgb_to_hsl,
    "hwb": srgb_to_hwb,
    "srgb": lambda rgb: rgb,
}
