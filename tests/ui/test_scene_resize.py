"""Content and frame of a window belong together in every single picture, however slowly its app draws."""

from __future__ import annotations

import shutil
import sys

import pytest

from berth.core.messages import WindowInfo
from tests.picture import Picture
from tests.ui.conftest import OpenSession
from tests.ui.session import Session

GREEN = (0, 255, 0)
STEPS = 24

_QT = """
from PySide6.QtWidgets import QApplication, QWidget
app = QApplication([])
window = QWidget()
window.setStyleSheet("background: #00ff00")
window.resize(300, 200)
window.show()
app.exec()
"""
_GTK_CSS = "window { background: #00ff00; } window * { background: #00ff00; color: #00ff00; box-shadow: none; }"


def span(picture: Picture, y: int, colour: tuple[int, int, int] = GREEN) -> tuple[int, int]:
    """Where a colour begins and ends in a row."""
    found = [x for x in range(picture.width) if picture.at(x, y) == colour]
    return found[0], found[-1] + 1


def start(session: Session, program: str) -> None:
    command = {
        "foot": ["foot", "-o", "colors.background=00ff00", "sh", "-c", "exec sleep 1000"],
        "qt": ["env", "QT_QPA_PLATFORM=wayland", sys.executable, "-c", _QT],
        "gtk4": ["gtk4-icon-browser"],
    }[program]
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    css = session.folder / ".config/gtk-4.0/gtk.css"
    css.parent.mkdir(parents=True, exist_ok=True)
    css.write_text(_GTK_CSS)
    session.run(program, *command)
    session.until_windows(1)
    session.move(program, 60, 60)
    session.until_picture(lambda picture: picture.at(*middle(session.window(program))) == GREEN)


def middle(info: WindowInfo) -> tuple[int, int]:
    return info.x + info.width // 2, info.y + info.height // 2


@pytest.mark.parametrize("program", ["foot", "qt", "gtk4"])
def test_content_is_never_torn_from_its_frame(open_session: OpenSession, program: str) -> None:
    session = open_session(size="1400x900")
    start(session, program)
    session.resize(program, 640, 480)
    session.until(lambda: session.window(program).width >= 640)
    first = session.window(program)
    row, bar = first.y + first.height // 2, first.y - 4
    framed = first.frame[2] > first.width
    colour = session.picture().at(first.x + 4, bar)
    seen: set[int] = set()

    def there_and_back() -> bool:
        """Never waiting for the app to follow; whether enough of it was seen."""
        for step in range(STEPS):
            more = min(step, STEPS - step)
            session.resize(program, first.width + 9 * more, first.height + 3 * more)
            before, picture, after = session.window(program), session.picture(), session.window(program)
            content = span(picture, row)
            if framed:
                assert span(picture, bar, colour) == content, (
                    f"step {step}: the title bar is not as wide as the content"
                )
            if before == after:
                assert content == (after.x, after.x + after.width), f"step {step}"
            seen.add(content[1] - content[0])
        return len(seen) > 4

    session.until(there_and_back)
    session.until(lambda: session.window(program).width == first.width + 9)
