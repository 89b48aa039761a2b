"""The colours of a theme from a picture, after Material Design's algorithm.

Run as a program it takes the picture from standard input and writes what `picture_swatches` reads: decoding has a
process of its own, which a picture can neither make large nor slow. Source: https://m3.material.io/styles/color.
"""

from __future__ import annotations

import io
import json
import resource
import subprocess
import sys
from collections.abc import Sequence

from berth.core.problem import Problem
from berth.themes.color_spaces import Triple
from berth.themes.rgb import hexadecimal, parsed
from berth.themes.swatches import Swatches

_SIDE = 112
"""Pixels; a smaller picture has the same colours."""
_COLORS = 128
_MEMORY = 1 << 30
_SECONDS = 20
_PATIENCE = 60
"""Seconds: a busy machine gives a process less time than passes."""
_HUES = {
    "orange": 0xFFE8590C,
    "yellow": 0xFFF08C00,
    "green": 0xFF2F9E44,
    "cyan": 0xFF0C8599,
    "blue": 0xFF1971C2,
    "magenta": 0xFF9C36B5,
}
"""What is signalled by colour stays what it is, only turned a little towards the picture."""
_ROLES = {
    "ground": "surface",
    "second": "surfaceContainer",
    "line": "outline",
    "muted": "onSurfaceVariant",
    "text": "onSurface",
    "accent": "primary",
    "red": "error",
}


def picture_swatches(data: bytes, name: str) -> tuple[Swatches, Swatches]:
    """For the light and the dark scheme.

    Args:
        data: a picture that `berth.themes.pictures.examine_picture` has found sound.

    Raises:
        Problem: ``theme-picture``.
    """
    command = [sys.executable, "-m", __name__]
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=_PATIENCE, check=True)
        light, dark = (Swatches(*map(parsed, colors)) for colors in json.loads(done.stdout))
    except (subprocess.SubprocessError, ValueError, TypeError):
        raise Problem("theme-picture", f"“{name}” could not be read.", "Save it again as PNG or JPEG.") from None
    return light, dark


def _main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    pixels = _pixels(sys.stdin.buffer.read())
    schemes = (_swatches(pixels, dark) for dark in (False, True))
    sys.stdout.write(json.dumps([[hexadecimal(rgb) for rgb in swatches] for swatches in schemes]))


def _pixels(data: bytes) -> list[tuple[int, int, int]]:
    from PIL import Image

    with Image.open(io.BytesIO(data), formats=("PNG", "JPEG")) as picture:
        picture.draft("RGB", (2 * _SIDE, 2 * _SIDE))
        small = picture.convert("RGB")
    small.thumbnail((_SIDE, _SIDE))
    flat = small.tobytes()
    return list(zip(flat[::3], flat[1::3], flat[2::3], strict=True))


def _swatches(pixels: Sequence[tuple[int, int, int]], dark: bool) -> Swatches:
    from materialyoucolor.blend import Blend
    from materialyoucolor.dynamiccolor.material_dynamic_colors import MaterialDynamicColors
    from materialyoucolor.hct import Hct
    from materialyoucolor.quantize import QuantizeCelebi
    from materialyoucolor.scheme.scheme_tonal_spot import SchemeTonalSpot
    from materialyoucolor.score.score import Score

    source = Score.score(QuantizeCelebi(pixels, _COLORS))[0]
    scheme, roles = SchemeTonalSpot(Hct.from_int(source), dark, 0.0), MaterialDynamicColors()
    colors = {name: getattr(roles, role).get_argb(scheme) for name, role in _ROLES.items()}
    colors |= {name: Blend.harmonize(hue, source) for name, hue in _HUES.items()}
    return Swatches(**{name: _triple(argb) for name, argb in colors.items()})


def _triple(argb: int) -> Triple:
    return (argb >> 16 & 255) / 255, (argb >> 8 & 255) / 255, (argb & 255) / 255


if __name__ == "__main__":
    _main()
