"""Which outputs each surface is on: wl_surface.enter and leave, and the scale and transform it had best draw in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from berth.display.output import Output, Screen
from berth.display.toplevel import toplevel_of

if TYPE_CHECKING:
    from berth.display.server import Server
    from berth.display.surface import Surface

Place = tuple[int, int] | Screen
"""Where a surface's corner lies in the space of all outputs, or an output while only that is known."""


class Presence:
    """Follows what moves, once a turn; surfaces whose place and size stay as they are cost nothing.

    The role of a tree's root says where it is: its ``where()`` gives a `Place`, or None for nowhere.
    """

    def __init__(self, server: Server) -> None:
        self._server = server
        self._moved: dict[Surface, None] = {}

    def moved(self, surface: Surface) -> None:
        """`surface`, or something in its tree, has another place, size or visibility."""
        self._moved[surface] = None

    def all_moved(self) -> None:
        self._moved.update(dict.fromkeys(self._server.scene.surfaces.values()))

    def flush(self) -> None:
        if not self._moved:
            return
        moved, self._moved = self._moved, {}
        for root in dict.fromkeys(surface.root() for surface in moved if surface.alive):
            self.update(root)

    def update(self, root: Surface) -> None:
        """Bring a whole tree up to date at once."""
        where = getattr(root.role, "where", None)
        place: Place | None = where() if where is not None else None
        before = root.screens
        if isinstance(place, tuple):
            x, y = place
            near = self._server.outputs.under((x, y, max(root.width, 1), max(root.height, 1)))
            self._walk(root, place, near, shown=True)
        else:
            self._walk(root, None, place or self._server.outputs.primary, shown=place is not None)
        toplevel = toplevel_of(root)
        if toplevel is not None and root.screens != before:
            self._server.window_list.changed(toplevel)

    def _walk(self, surface: Surface, corner: tuple[int, int] | None, near: Screen, shown: bool) -> None:
        shown = shown and surface.has_content
        if not shown:
            screens: tuple[Screen, ...] = ()
        elif corner is None:
            screens = (near,)
        else:
            screens = self._server.outputs.touching((*corner, surface.width, surface.height))
        _enter(surface, screens)
        surface.prefer(*_preferred(screens or (near,)))
        for sub, x, y in surface.children:
            if sub is not None:
                self._walk(sub.surface, corner and (corner[0] + x, corner[1] + y), near, shown)


def _enter(surface: Surface, screens: tuple[Screen, ...]) -> None:
    before, surface.screens = surface.screens, screens
    if before == screens:
        return
    for output in surface.client.all(Output):
        if output.screen in screens and output.screen not in before:
            surface.send_enter(output)
        elif output.screen in before and output.screen not in screens:
            surface.send_leave(output)


def _preferred(screens: tuple[Screen, ...]) -> tuple[float, int]:
    """The finest scale among the outputs, and their transform if they agree on it."""
    transforms = {screen.now.transform for screen in screens}
    return max(screen.now.scale for screen in screens), transforms.pop() if len(transforms) == 1 else 0
