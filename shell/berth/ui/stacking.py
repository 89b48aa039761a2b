"""What lies above what, who has the focus, and in which order windows were used.

Windows keep together with what belongs to them: dialogs lie above their parents, come up, go away and
answer for them.
"""

from __future__ import annotations

from collections.abc import Iterator

from berth.ui.window import Window


class Stacking:
    """Attributes:
    all: every toplevel by its number, placed or not.
    order: placed windows, lowest first.
    recent: placed windows, the one focused last first.
    focused: the window with the focus, 0 for none.
    """

    def __init__(self) -> None:
        self.all: dict[int, Window] = {}
        self.order: list[int] = []
        self.recent: list[int] = []
        self.focused = 0

    def __iter__(self) -> Iterator[Window]:
        """Placed windows, lowest first."""
        return (self.all[number] for number in self.order)

    def clear(self) -> None:
        self.all.clear()
        self.order.clear()
        self.recent.clear()
        self.focused = 0

    def put_at(self, window: Window, z_of: dict[int, int]) -> None:
        """Part of a replayed scene: `z_of` has the levels of all windows seen so far."""
        if window.id not in self.order:
            self.order.append(window.id)
        self.order.sort(key=lambda number: z_of.get(number, 0))

    def join(self, window: Window, asked_for: bool) -> None:
        """A window has been placed: it gets the focus if the user asked for it or works with the same app."""
        focused = self.all.get(self.focused)
        self.order.append(window.id)
        if focused is None or asked_for or focused.instance == window.instance or focused.id == window.parent:
            self.recent.insert(0, window.id)
            self.take_focus(window.id)
            return
        # Nobody asked for it just now: it waits under what the user works with.
        self.recent.append(window.id)
        self.order.remove(window.id)
        self.order.insert(self.order.index(focused.id), window.id)
        window.urgent = True

    def remove(self, window: Window) -> None:
        """The window is not on screen any more."""
        for numbers in (self.order, self.recent):
            if window.id in numbers:
                numbers.remove(window.id)
        if self.focused == window.id:
            self._pass_focus_on(window)

    def take_focus(self, number: int) -> None:
        """Bring a window up with all that belongs to it; a modal dialog of it gets the focus in its place."""
        number = self.modal_over(number)
        self.focused = number
        self.all[number].urgent = False
        self._raise(number)
        if number in self.recent:
            self.recent.remove(number)
            self.recent.insert(0, number)

    def show(self, number: int) -> None:
        """Let a window and all that belongs to it be seen, and focus it."""
        for member in self._descendants(number):
            self.all[member].minimized = False
        self.take_focus(number)

    def put_away(self, window: Window) -> None:
        """Minimise a window with all that belongs to it; of a modal dialog also what it belongs to."""
        number = self._root(window.id) if window.modal else window.id
        family = self._descendants(number)
        for member in family:
            self.all[member].minimized = True
        away = [member for member in self.recent if member in family]
        self.recent = [member for member in self.recent if member not in family] + away
        if self.focused in family:
            self._pass_focus_on(self.all[number])

    def modal_over(self, number: int) -> int:
        """The modal dialog that has to be answered before the window, or the window itself."""
        seen = {number}
        while True:
            above = [window.id for window in self if window.modal and window.shown and window.parent == number]
            if not above or above[-1] in seen:
                return number
            number = above[-1]
            seen.add(number)

    def _pass_focus_on(self, window: Window) -> None:
        parent = self.all.get(window.parent)
        if parent is not None and parent.shown:
            self.take_focus(parent.id)
            return
        self.focused = 0
        follower = next((number for number in self.recent if self.all[number].shown), 0)
        if follower:
            self.take_focus(follower)

    def _raise(self, number: int) -> None:
        family = self._descendants(self._root(number))
        line = self._descendants(number)
        rest = [other for other in self.order if other in family and other not in line]
        top = [other for other in self.order if other in line and other != number]
        self.order = [other for other in self.order if other not in family] + rest + [number] + top

    def _root(self, number: int) -> int:
        seen = {number}
        while (parent := self.all[number].parent) in self.all and parent not in seen:
            number = parent
            seen.add(number)
        return number

    def _descendants(self, number: int) -> set[int]:
        family = {number}
        grown = True
        while grown:
            more = {window.id for window in self if window.parent in family} - family
            family |= more
            grown = bool(more)
        return family
