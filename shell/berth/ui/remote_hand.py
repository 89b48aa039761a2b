"""The pointer of an app that may click in others: it reaches surfaces of apps and nothing of the shell.

Its events do not enter at the host window, where panels and permission prompts would get them.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF
from PySide6.QtQuick import QQuickItem

from berth.core.messages import SceneRequest, VirtualPointer
from berth.ui.pointer_hold import PointerHold
from berth.ui.router import Router
from berth.ui.surface_item import SurfaceItem


class RemoteHand:
    """Args:
    send: takes messages for the display server.
    under: the surface at a point of the screen, 0 for none, and the point on it.
    pressed: told which surface a press hits, before the client hears of it.
    """

    def __init__(
        self,
        send: Callable[[SceneRequest], None],
        router: Router,
        hold: PointerHold,
        under: Callable[[QPointF], tuple[int, QPointF]],
        pressed: Callable[[int], None],
    ) -> None:
        self._send = send
        self._router = router
        self._hold = hold
        self._under = under
        self._pressed = pressed
        self._held: set[int] = set()

    def take(self, message: VirtualPointer, free: bool) -> None:
        """Do it, or only let go of buttons while the pointer is not `free` to be at apps."""
        if free:
            self._move(message)
        for code, pressed in message.buttons:
            if pressed and free and self._router.over:
                self._press(code)
            elif not pressed and code in self._held:
                self._held.discard(code)
                self._router.press_code(code, False)
        if free and message.axis is not None and self._router.over:
            self._send(message.axis)

    def _move(self, message: VirtualPointer) -> None:
        place = QPointF(*message.place) if message.place is not None else self._router.place
        place = self._hold.on_screen(place + QPointF(message.dx, message.dy))
        if self._hold.surface:
            self._hold.move(place)
            return
        surface, position = self._under(place)
        self._router.remote_motion(surface, place, position)

    def _press(self, code: int) -> None:
        self._held.add(code)
        if not self._hold.surface:
            self._pressed(self._router.over)
        self._router.press_code(code, True)


def item_at(parent: QQuickItem, point: QPointF) -> SurfaceItem | None:
    """The topmost surface under a point of `parent` that takes input there."""
    children = sorted(enumerate(parent.childItems()), key=lambda entry: (entry[1].z(), entry[0]), reverse=True)
    for _age, child in children:
        if not child.isVisible():
            continue
        place = parent.mapToItem(child, point)
        if isinstance(child, SurfaceItem):
            if child.contains(place):
                return child
            continue
        found = item_at(child, place)
        if found is not None:
            return found
    return None
