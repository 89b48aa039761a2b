"""Names of pointers' pictures: those of CSS, which themes and cursor-shape-v1 have, and those that toolkits look for.

Sources: https://www.w3.org/TR/css-ui-4/#cursor, the glyphs of X11's cursor font (``X11/cursorfont.h``), what Qt
(``qwaylandcursor.cpp``, ``qxcbcursor.cpp``) and GTK 3 (``gdkcursor-wayland.c``) ask their themes for.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

USUAL_SIZE = 24
"""The longer side, in logical pixels."""

LIKE: Mapping[str, str] = {
    **{f"{side}-resize": "ew-resize" for side in ("e", "w", "col")},
    **{f"{side}-resize": "ns-resize" for side in ("n", "s", "row")},
    **{f"{side}-resize": "nesw-resize" for side in ("ne", "sw")},
    **{f"{side}-resize": "nwse-resize" for side in ("nw", "se")},
    "vertical-text": "text",
    "no-drop": "not-allowed",
}
"""What stands in for a picture that a theme does not have."""

_OTHER_NAMES: Mapping[str, tuple[str, ...]] = {
    "default": ("left_ptr", "arrow", "top_left_arrow", "left_arrow", "center_ptr"),
    "context-menu": (),
    "help": ("whats_this", "question_arrow", "left_ptr_help"),
    "pointer": ("pointing_hand", "hand1", "hand2", "hand"),
    "progress": ("left_ptr_watch", "half-busy"),
    "wait": ("watch",),
    "cell": ("plus",),
    "crosshair": ("cross", "tcross", "cross_reverse", "diamond_cross"),
    "text": ("xterm", "ibeam"),
    "vertical-text": (),
    "alias": ("link", "dnd-link"),
    "copy": ("dnd-copy",),
    "move": ("dnd-move",),
    "no-drop": ("dnd-no-drop", "dnd-none"),
    "not-allowed": ("forbidden", "crossed_circle", "circle"),
    "grab": ("openhand",),
    "grabbing": ("closedhand",),
    "e-resize": ("right_side",),
    "w-resize": ("left_side",),
    "n-resize": ("top_side",),
    "s-resize": ("bottom_side",),
    "ne-resize": ("top_right_corner",),
    "nw-resize": ("top_left_corner",),
    "se-resize": ("bottom_right_corner",),
    "sw-resize": ("bottom_left_corner",),
    "ew-resize": ("sb_h_double_arrow", "size_hor", "h_double_arrow"),
    "ns-resize": ("sb_v_double_arrow", "size_ver", "v_double_arrow", "double_arrow"),
    "nesw-resize": ("size_bdiag", "fd_double_arrow"),
    "nwse-resize": ("size_fdiag", "bd_double_arrow"),
    "col-resize": ("split_h",),
    "row-resize": ("split_v",),
    "all-scroll": ("size_all", "fleur"),
    "zoom-in": (),
    "zoom-out": (),
}


def names_of(pictures: Collection[str]) -> dict[str, str]:
    """For each name that toolkits look for, CSS's included, which of these pictures they get; "" is none of them."""
    found: dict[str, str] = {}
    for name, others in _OTHER_NAMES.items():
        shown = next((known for known in (name, LIKE.get(name, "")) if known in pictures), "")
        found |= dict.fromkeys((name, *others), shown)
    return found
