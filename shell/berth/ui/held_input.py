"""What the focused app may take from the user for a while, the pointer and the shell's keys, and how it ends."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF

from berth.core.messages import (
    InputFreed,
    PointerConstraint,
    PointerWarp,
    SceneRequest,
    ShortcutsInhibited,
)
from berth.ui.interaction import Interaction
from berth.ui.keyboard import Keyboard
from berth.ui.pointer_hold import PointerHold
from berth.ui.surfaces import Surfaces


class HeldInput:
    """Args:
    send: takes messages for the display server.
    told: called when an app holds something for the first time: the user has to know how to end that.
    """

    def __init__(
        self,
        send: Callable[[SceneRequest], None],
        surfaces: Surfaces,
        keyboard: Keyboard,
        interaction: Interaction,
        hold: PointerHold,
        told: Callable[[], None],
    ) -> None:
        self._send = send
        self._surfaces = surfaces
        self._keyboard = keyboard
        self._interaction = interaction
        self._hold = hold
        self._told = told
        self._known: set[int] = set()
        self._inhibiting = 0
        self._freed = False

    @property
    def shortcuts_inhibited(self) -> bool:
        """Whether the app with the keyboard gets the shell's keys."""
        return bool(self._inhibiting) and not self._freed and self._has_keyboard(self._inhibiting)

    def reset(self) -> None:
        self._hold.drop()
        self._inhibiting = 0
        self._freed = False

    def settle(self) -> None:
        """The keyboard may be elsewhere now."""
        if self._hold.surface and not self._has_keyboard(self._hold.surface):
            self._hold.drop()

    def constrain(self, message: PointerConstraint) -> None:
        if not message.kind:
            self._hold.end(message, put=self._has_keyboard(message.surface))
        elif self._has_keyboard(message.surface) and not self._interaction.active:
            self._hold.begin(message)
            self._tell(message.surface)

    def warp(self, message: PointerWarp) -> None:
        # Under a prompt or a window of another app nobody but the user puts the pointer.
        if self._has_keyboard(message.surface) and not self._interaction.active:
            self._hold.warp(message.surface, QPointF(message.x, message.y))

    def inhibit(self, message: ShortcutsInhibited) -> None:
        self._inhibiting = message.surface
        self._freed = False
        if message.surface:
            self._tell(message.surface)

    def free(self) -> None:
        """The user takes everything back at once, and gives the shortcuts back when asking again."""
        again = not self._hold.surface and not self.shortcuts_inhibited
        self._freed = not again
        self._send(InputFreed(shortcuts=not again))
        self._hold.drop()

    def _has_keyboard(self, surface: int) -> bool:
        focus = self._keyboard.focus
        return bool(focus) and self._surfaces.root(focus) == self._surfaces.root(surface)

    def _tell(self, surface: int) -> None:
        if surface not in self._known:
            self._known.add(surface)
            self._told()
