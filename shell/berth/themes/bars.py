"""Which bars a theme wants, and where: words in custom properties of the root.

The sheet of the default theme registers them with ``@property``, so a word that is none of these is told like any
other value of the wrong type, and is as if it were not there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple, get_args

from berth.themes.computed import Style

DockShown = Literal["never", "always", "auto-hide"]
DockEdge = Literal["bottom", "left", "right"]
PanelShown = Literal["always", "never"]
DockLength = Literal["fit", "fill"]


class Bars(NamedTuple):
    """`dock_length`: as long as what is in the dock, or as its edge."""

    dock_shown: DockShown = "never"
    dock_edge: DockEdge = "bottom"
    dock_length: DockLength = "fit"
    panel_shown: PanelShown = "always"


WORDS: Mapping[str, tuple[str, ...]] = {
    "--dock-shown": get_args(DockShown),
    "--dock-edge": get_args(DockEdge),
    "--dock-length": get_args(DockLength),
    "--panel-shown": get_args(PanelShown),
}
"""The words that each property can have, the usual one first."""


def read_bars(root: Style) -> Bars:
    """What the style of the root says of them; the usual word where it says nothing sound."""
    found = {}
    for name, words in WORDS.items():
        custom = root.customs.get(name)
        text = custom.text.strip() if custom is not None else ""
        found[name.removeprefix("--").replace("-", "_")] = text if text in words else words[0]
    return Bars(**found)  # type: ignore[arg-type]
