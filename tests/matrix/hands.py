"""A person at the desktop: windows side by side, the hands on keyboard and mouse, the eyes on the screen."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

from berth.core import messages as m
from berth.link.blocking import BlockingLink
from tests.matrix.apps import App
from tests.matrix.clipboard import Clipboard
from tests.picture import Picture
from tests.session.desktop import Desktop, wait_until

WORD = "Berthword"
TEXT = f"{WORD} alpha beta\n" + "".join(f"line {n} of the sample, long enough to be seen\n" for n in range(200))
PAGE = (
    "<!doctype html><meta charset=utf-8><title>Sample page</title><body style='margin:0'>"
    "<textarea autofocus spellcheck=false style='width:100vw;height:100vh;font:16px monospace;border:0'>"
    f"{TEXT}</textarea>"
)
LEFT, RIGHT = (16, 60, 620, 640), (660, 60, 560, 640)
_DOUBLE_CLICK = 1.0
"""Seconds after which one more press is not a triple click."""
APART = 16
"""Pixels at which two presses are no double or triple click: an app that is held up may take both for of one moment."""
_CARRYING = 0.12
_LETTERS = 8
"""Colours that a piece of text has more of than empty paper, with whatever is at its edge."""
_STILL = 0.15
"""Seconds between two looks that have to be the same before something counts as finished."""


class Hands:
    """Input and questions over one connection, which costs less than a command line each."""

    def __init__(self, desktop: Desktop) -> None:
        self.desktop = desktop
        self._link: BlockingLink = desktop.link()
        self._calls = 0
        self.kept = b""

    def close(self) -> None:
        self._link.close()

    def ask(self, request: Any) -> Any:
        self._calls += 1
        self._link.send(m.Call(self._calls, request))
        while True:
            message, _fds = self._link.receive(30)
            if isinstance(message, m.Reply) and message.call == self._calls:
                return message.result
            assert not isinstance(message, m.Failure), message.problem

    def press(self, *chords: str) -> None:
        for chord in chords:
            self.ask(m.InputKey(chord))

    def type(self, text: str) -> None:
        self.ask(m.InputType(text))

    def click(self, x: int, y: int, button: Any = "left", count: int = 1) -> None:
        self.ask(m.InputClick(x, y, button, count))

    def hover(self, x: int, y: int) -> None:
        """Move there as a hand does: some apps take a pointer that jumps for none."""
        for away in (24, 12, 4, 0):
            self.ask(m.InputMove(max(x - away, 0), y))

    def drag(self, start: tuple[int, int], end: tuple[int, int], window: int) -> None:
        """Take something up, carry it to a window, look, and let go once that takes it: others give it up then."""
        self.ask(m.InputMove(*start))
        self.ask(m.InputButton(True))
        for part in range(1, 13):
            x, y = (a + (b - a) * part // 12 for a, b in zip(start, end, strict=True))
            self.ask(m.InputMove(x, y))
            # Apps begin a drag, and answer one that arrives, in their own time.
            time.sleep(_CARRYING)

        def taken() -> bool:
            for away in (4, 0):
                self.ask(m.InputMove(end[0] - away, end[1]))
            time.sleep(_CARRYING)
            return self.pointer().target == window

        wait_until(taken, f"the window {window} to take what is dragged")
        time.sleep(_DOUBLE_CLICK)
        self.ask(m.InputButton(False))

    def pointer(self) -> m.PointerInfo:
        return self.ask(m.GetPointer())  # type: ignore[no-any-return]

    def look(self, window: int = 0) -> Picture:
        return Picture(self.ask(m.Screenshot(window)).png)

    def keep(self) -> None:
        """Keep the picture of this moment, which tells more than one of a later."""
        self.kept = self.ask(m.Screenshot()).png

    def still(self, window: int = 0, seconds: float = 8.0) -> Picture:
        """The picture once it has stopped changing, or the last one of something that never does."""
        before = self.look(window)
        for _ in range(int(seconds / _STILL)):
            time.sleep(_STILL)
            now = self.look(window)
            same = (now.width, now.height) == (before.width, before.height)
            if same and now.changed(before) < 400:
                return now
            before = now
        return before

    def windows(self) -> list[m.WindowInfo]:
        return list(self.ask(m.ListWindows()).windows)


class Used:
    """One running app, in use."""

    files: ClassVar[Mapping[str, str]] = {"sample.txt": TEXT, "sample.html": PAGE}

    def __init__(self, hands: Hands, app: App, place: tuple[int, int, int, int]) -> None:
        self.hands, self.app, self.place = hands, app, place
        self._echoes = 0
        home = hands.desktop.paths.apps / app.id / "home"
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.home = home
        for name, content in {**self.files, **app.files}.items():
            (home / name).parent.mkdir(exist_ok=True)
            (home / name).write_text(content)
        self.instance = hands.desktop.start(app.id, *app.arguments)
        self.window = self.info.window
        self.drawn()
        self.put(place)
        if not app.terminal and "types" not in app.lacks:
            wait_until(self._has_text, f"the text of {app.id}", 90)

    @property
    def info(self) -> m.WindowInfo:
        found = wait_until(
            lambda: [w for w in self.hands.windows() if w.instance == self.instance], f"a window of {self.app.id}"
        )
        return max(found, key=lambda w: w.z)  # type: ignore[no-any-return]

    @property
    def area(self) -> tuple[int, int, int, int]:
        info = self.info
        return info.x, info.y, info.width, info.height

    def drawn(self) -> None:
        """Wait for what is the app's own: more than the empty ground of a window or of an X server."""
        wait_until(lambda: self.colours() > (1 if self.app.terminal else 12), f"{self.app.id} to draw", 90)
        self.hands.still()

    def colours(self) -> int:
        """How many there are inside the window's frame."""
        picture = self.hands.look()
        x, y, width, height = self.area
        right, bottom = min(x + width, picture.width), min(y + height, picture.height)
        return len(picture.colours((max(x, 0), max(y, 0), right - max(x, 0), bottom - max(y, 0))))

    def _has_text(self) -> bool:
        """A window may be there, and all that is around the text, long before the file has been read."""
        x, y = self.at(self.app.text)
        return len(self.hands.look().colours((x - 10, y - 10, 200, 30))) > _LETTERS

    def put(self, place: tuple[int, int, int, int]) -> None:
        x, y, width, height = place
        self.hands.ask(m.WindowAction(self.window, "restore"))
        self.resize(width, height)
        self.hands.ask(m.MoveWindow(self.window, x, y))
        self.focus()

    def resize(self, width: int, height: int) -> None:
        self.hands.ask(m.ResizeWindow(self.window, width, height))
        slack = self.app.tolerance

        def there() -> bool:
            info = self.info
            return abs(info.width - width) <= slack and abs(info.height - height) <= slack

        wait_until(there, f"{self.app.id} to be {width}x{height}, it is {self.area}", 20)

    def focus(self) -> None:
        self.hands.ask(m.WindowAction(self.window, "focus"))

    def at(self, point: tuple[int, int]) -> tuple[int, int]:
        """A point of the window on the screen."""
        info = self.info
        return info.x + point[0], info.y + point[1]

    # --- text

    def mark_word(self) -> tuple[int, int]:
        """Mark the first word with the mouse; returns where it is."""
        self.focus()
        if self.app.terminal:
            self._echo_word()
        else:
            self._to_the_top()
        x, y = self._to_the_text()
        self.hands.click(x, y, count=2)
        time.sleep(_DOUBLE_CLICK)
        return x, y

    def _echo_word(self) -> None:
        """Have the word alone on a terminal: a title that follows it tells that it is there."""
        self._echoes += 1
        title = f"{self.app.title} {self._echoes}"
        self.hands.type(f"clear; echo {WORD} alpha; printf '\\033]2;{title}\\007'\n")
        wait_until(lambda: self.info.title == title, f"the title {title!r}, it is {self.info.title!r}")

    def _to_the_text(self) -> tuple[int, int]:
        """Bring the pointer there, and have a tooltip go that it was at: a click on one opens the menu of Emacs."""
        x, y = self.at(self.app.text)
        self.hands.hover(x, y)
        self.hands.still(self.window)
        return x, y

    def _to_the_top(self) -> None:
        """By way of the end: a view whose text cursor is at the top already does not follow it there."""
        for keys in ("ctrl+End", "ctrl+Home"):
            self.hands.press(keys)
            self.hands.still(self.window)

    def caret(self) -> None:
        """Put the text cursor before the first word."""
        self.focus()
        if self.app.terminal:
            return
        self.hands.click(*self._to_the_text())
        self._to_the_top()

    def copy_all(self, clipboard: Clipboard) -> None:
        self.focus()
        self.hands.click(*self._to_the_text())
        self.hands.press(*self.app.keys[0].split())
        clipboard.after(lambda: self.hands.press(self.app.keys[1]))

    def said(self) -> str:
        """What the app has written for whoever looks for its trouble."""
        return str(self.hands.ask(m.GetLogs(self.instance)).text)

    def close(self) -> None:
        desktop = self.hands.desktop
        desktop.run("stop", self.instance, "--force")
        wait_until(lambda: all(i["instance"] != self.instance for i in desktop.json("ps")), f"{self.app.id} to end")


class Partner(Used):
    """The other app: a plain editor whose text can be read from its file."""

    files = {"partner.txt": TEXT}

    def text(self) -> str:
        """What is in it now."""
        file = self.home / "partner.txt"
        self.focus()
        before = file.stat()
        self.hands.press("space")
        # Or what the title tells below may be of before.
        wait_until(lambda: self._unsaved, "the editor to say that its text has changed")
        self.hands.press("BackSpace", "ctrl+s")
        wait_until(lambda: file.stat().st_mtime_ns != before.st_mtime_ns, "the text to be saved")
        wait_until(lambda: not self._unsaved, "the editor to say that its text is saved")
        return file.read_text()

    @property
    def _unsaved(self) -> bool:
        """Whether its title tells of a change of the text, which nothing else on the screen tells for sure: a caret
        that shows where something would be dropped looks like a letter, and so does the picture of what is dragged."""
        return self.info.title.startswith("*")

    def empty(self) -> None:
        self.focus()
        self.hands.click(*self.at(self.app.text))
        self.hands.press("ctrl+a", "Delete")
        assert self.text().strip() == ""

    def paste_all(self) -> str:
        """Paste into the empty editor; what came."""
        self.empty()
        return self.comes(lambda: self.hands.press("ctrl+v"))

    def comes(self, action: Callable[[], object]) -> str:
        """What comes into the empty editor once it is there: who types meanwhile is in the way."""
        action()
        wait_until(lambda: self._unsaved, "a text to come")
        return self.text()


def save(picture: bytes, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(picture)
