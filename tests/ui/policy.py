"""The window policy with clients that do as they are told, and a record of what was sent."""

from __future__ import annotations

from berth.core.layout import Insets
from berth.core.messages import Configure, Placement, Rect, SceneRequest, WindowChanged
from berth.core.outputs import OutputArea
from berth.ui.interaction import Interaction
from berth.ui.window import Window
from berth.ui.windows import Windows

SCREEN: Rect = (0, 0, 1280, 800)
AREA: Rect = (0, 0, 1280, 748)
ONE = (OutputArea("BERTH-1", SCREEN, AREA),)
INSETS = Insets(1, 37, 1, 1)


class Desk:
    """Window numbers are surface numbers less 100."""

    def __init__(self, maximizes_all: bool = False) -> None:
        self.sent: list[SceneRequest] = []
        self.windows = Windows(self.sent.append)
        self.hand = Interaction(self.windows)
        self.windows.set_outputs(ONE, INSETS, maximizes_all)
        self.windows.ready(0)

    def change(self, number: int, mapped: bool = False, instance: str = "", **fields: object) -> None:
        fields = {"server_decorated": True, **fields}
        change = WindowChanged(number, number + 100, instance or f"app-{number}", mapped=mapped, **fields)  # type: ignore[arg-type]
        self.windows.changed(change)
        self.windows.settle()

    def open(self, number: int, size: tuple[int, int] = (400, 300), **fields: object) -> Window:
        """A window that maps in the given size unless it is told another."""
        self.change(number, **fields)
        self.follow(number, size)
        self.change(number, mapped=True, **fields)
        return self.window(number)

    def follow(self, number: int, size: tuple[int, int] = (0, 0)) -> None:
        """The client draws what it was last asked for, or `size` where it may choose."""
        configure = self.configures(number)[-1]
        wanted = (configure.width, configure.height)
        drawn = wanted if all(wanted) else size if all(size) else self.window(number).drawn
        self.windows.drew(number + 100, drawn, configure.serial)
        self.windows.settle()

    def draw(self, number: int, size: tuple[int, int]) -> None:
        """The client changes its size by itself."""
        self.windows.drew(number + 100, size, self.window(number).acked)
        self.windows.settle()

    def window(self, number: int) -> Window:
        window = self.windows.get(number)
        assert window is not None
        return window

    def stack(self) -> list[int]:
        return [window.id for window in self.windows]

    def configures(self, number: int) -> list[Configure]:
        return [message for message in self.sent if isinstance(message, Configure) and message.window == number]

    def placements(self, number: int) -> list[Placement]:
        return [message for message in self.sent if isinstance(message, Placement) and message.window == number]
