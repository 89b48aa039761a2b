"""Changes of sheets that are tried out before they are written: the desktop shows the draft, the file stays.

A file belongs to its author. It is written only when the author says so, in one step, and never over what
somebody else has written into it meanwhile.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from berth.core.problem import Problem
from berth.themes.folder import read_inside
from berth.themes.source import merged

_MOST_STEPS = 100


class Drafts:
    """Attributes:
    texts: files as they are to be shown instead of as they are, see `berth.themes.stack.Stack.drafts`.
    """

    def __init__(self, texts: dict[Path, str]) -> None:
        self.texts = texts
        self._files: dict[Path, str] = {}
        self._steps: list[tuple[Path, str]] = []

    @property
    def pending(self) -> bool:
        return bool(self.texts)

    @property
    def undoable(self) -> bool:
        return bool(self._steps)

    def text(self, path: Path) -> str:
        """The draft of a file, or the file; empty if it is not there. Raises `Problem` if it cannot be read."""
        found = self.texts.get(path)
        return found if found is not None else _on_disk(path)

    def change(self, path: Path, text: str, before: str | None = None) -> None:
        """Show `text` instead of what is in the file. `remember` makes that a step that can be undone.

        Args:
            before: what the file said when `text` was made of it, where somebody may have written it since.

        Raises:
            Problem: the file cannot be read.
        """
        if path not in self._files:
            self._files[path] = _on_disk(path) if before is None else before
        if text == self._files[path]:
            self.texts.pop(path, None)
            self._files.pop(path)
        else:
            self.texts[path] = text

    def remember(self, path: Path, before: str) -> None:
        """A change is complete: `undo` leads back to `before`."""
        if before != self.text(path):
            self._steps.append((path, before))
            del self._steps[:-_MOST_STEPS]

    def undo(self) -> Path | None:
        """Take the last change back; returns the file that it was in."""
        if not self._steps:
            return None
        path, before = self._steps.pop()
        self.change(path, before)
        return path

    def drop(self) -> None:
        """Give all drafts up."""
        self.texts.clear()
        self._files.clear()
        self._steps.clear()

    def follow(self) -> tuple[list[Path], list[Path]]:
        """Take up what others have written into files that have a draft.

        Returns files where both changes are in the draft now, and files where they touch the same lines: there
        the draft stays as it is, and is not written.
        """
        joined, torn = [], []
        for path in list(self.texts):
            now = _on_disk(path)
            if now == self._files[path]:
                continue
            self._steps = [step for step in self._steps if step[0] != path]
            text = merged(self._files[path], self.texts[path], now)
            if text is None:
                torn.append(path)
                continue
            joined.append(path)
            self._files[path] = now
            self.change(path, text)
        return joined, torn

    def write(self) -> list[Path]:
        """Write every draft into its file; returns these.

        Raises:
            Problem: ``sheet-changed`` where somebody else has changed the same lines, ``write-failed``.
        """
        _joined, torn = self.follow()
        if torn:
            raise Problem(
                "sheet-changed",
                f"{torn[0]} has been changed meanwhile, in the same lines.",
                "Nothing was written. Undo the change here, or make it in the file.",
            )
        written = []
        for path, text in list(self.texts.items()):
            _write(path, text)
            self.texts.pop(path)
            self._files.pop(path)
            written.append(path)
        return written


def _on_disk(path: Path) -> str:
    return read_inside(path.parent, path.name) if path.exists() else ""


def _write(path: Path, text: str) -> None:
    """All of it or nothing, with the rights that the file has. Raises `Problem` ``write-failed``."""
    target = path.resolve()
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        mode = target.stat().st_mode & 0o777 if target.exists() else 0o644
        fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(fd, "wb") as file:
            os.fchmod(fd, mode)
            file.write(text.encode())
            file.flush()
            os.fsync(fd)
        temporary.replace(target)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise Problem("write-failed", f"{path} could not be written: {error.strerror}.") from None
