"""One change of a declaration, from the first key until it is kept or given up."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QCoreApplication

from berth.core.problem import Problem
from berth.themes.drafts import Drafts
from berth.themes.folder import read_inside
from berth.themes.provenance import Line
from berth.themes.rules import Place
from berth.themes.source import Found, SourceText
from berth.ui.inspected import declared_value, has_lines, short
from berth.ui.styles import Styles

_COLORS = "--color-"


class _Edit(NamedTuple):
    """`found` is the declaration in `before`; without it the value goes into the block `around`."""

    path: Path
    before: str
    name: str
    found: Found | None
    around: tuple[str, ...]


class Edits:
    """Changes of the sheets of a desktop.

    Args:
        drafts: take the changes.
    """

    def __init__(self, styles: Styles, drafts: Drafts) -> None:
        self._styles = styles
        self._drafts = drafts
        self._edit: _Edit | None = None
        self._sources: dict[str, SourceText] = {}

    @property
    def under_way(self) -> bool:
        return self._edit is not None

    def forget(self) -> None:
        """Nobody looks any more."""
        self._sources.clear()

    # --- where things stand

    def text(self, line: Line) -> str:
        """The value as the author wrote it."""
        place = line.declaration.place
        source = self._source(place)
        found = source.declaration(place.line, place.column) if source is not None else None
        if source is None or found is None or found.name.lower() != line.declaration.name.lower():
            return declared_value(line.declaration)
        return source.value(found)

    def _source(self, place: Place) -> SourceText | None:
        """The file as its rules are; None where it is not what the rules were read from."""
        if not has_lines(place) or not self._styles.stack.sound(place.file):
            return None
        path = Path(place.file)
        try:
            text = self._drafts.texts.get(path)
            text = read_inside(path.parent, path.name) if text is None else text
        except Problem:
            return None
        known = self._sources.get(place.file)
        if known is None or known.text != text:
            known = self._sources[place.file] = SourceText(text)
        return known

    def _is_own(self, place: Place) -> bool:
        path = Path(place.file)
        own = any(path.is_relative_to(folder) for folder in self._styles.own_folders())
        return own and has_lines(place) and (not path.exists() or os.access(path, os.W_OK))

    def refusal(self, line: Line) -> str:
        """Why a line cannot be changed; empty if it can."""
        place = line.declaration.place
        if line.rule.layer[:1] == ("floor",):
            return _tr("This is the floor under questions to you: no theme can change it.")
        if self._is_own(place):
            known = self._source(place)
            return "" if known is not None else _tr("Correct the errors in %1 first.", short(place))
        user = self._styles.user_sheet()
        if user is None:
            return _tr("This theme is only read, and there is no sheet of your own.")
        if line.important:
            return _tr("What is important in this theme cannot be overridden from above.")
        if not self._styles.stack.sound(os.fspath(user)):
            return _tr("Correct the errors in %1 first.", "/".join(user.parts[-2:]))
        if line.rule.media and len(line.rule.media) > sum(block.startswith("@media") for block in self._around(line)):
            return _tr("This sheet is imported with a condition; write the rule by hand.")
        return ""

    def _around(self, line: Line) -> tuple[str, ...]:
        """The blocks that an override has to stand in to hold where the line holds."""
        place = line.declaration.place
        source = self._source(place)
        found = source.declaration(place.line, place.column) if source is not None else None
        if source is not None and found is not None:
            return tuple(block for block in source.around(found) if not block.lower().startswith("@layer"))
        if line.declaration.name.startswith(_COLORS):
            # A token's other schemes have other colours, and keep them.
            return (f"@media (prefers-color-scheme: {self._styles.engine.environment.scheme})", ":root")
        return (line.rule.selector.text,)

    # --- changing

    def begin(self, line: Line) -> str:
        """Get ready to change a line; returns what the user has to know about it."""
        self.finish(keep=True)
        refusal = self.refusal(line)
        if refusal:
            return refusal
        place = line.declaration.place
        name = line.declaration.name
        if self._is_own(place):
            source = self._source(place)
            found = source.declaration(place.line, place.column) if source is not None else None
            if source is None or found is None:
                return _tr("Correct the errors in %1 first.", short(place))
            self._edit = _Edit(Path(place.file), source.text, name, found, ())
            return ""
        user = self._styles.user_sheet()
        assert user is not None
        try:
            before = self._drafts.text(user)
        except Problem as problem:
            return problem.message
        around = self._around(line)
        self._edit = _Edit(user, before, name, None, around)
        return _tr("%1 is only read: the change goes into your own sheet, %2.", short(place), os.fspath(user))

    def change(self, value: str) -> None:
        """Show another value. Raises `Invalid` if it is none, `Problem` if the file cannot be read."""
        edit = self._edit
        if edit is None:
            return
        source = SourceText(edit.before)
        if edit.found is not None:
            text = source.replaced(edit.found, value)
        else:
            text = source.with_declaration(edit.around, edit.name, value)
        self._drafts.change(edit.path, text, edit.before)

    def abandon(self) -> None:
        """The text that the change was made in is another one now; the change is part of it."""
        self._edit = None

    def finish(self, keep: bool) -> None:
        """End the change; without `keep` nothing has happened."""
        edit, self._edit = self._edit, None
        if edit is None:
            return
        if keep:
            self._drafts.remember(edit.path, edit.before)
        else:
            self._drafts.change(edit.path, edit.before, edit.before)


def _tr(text: str, *values: str) -> str:
    words = QCoreApplication.translate("Inspector", text)
    for number, value in enumerate(values, 1):
        words = words.replace(f"%{number}", value)
    return words
