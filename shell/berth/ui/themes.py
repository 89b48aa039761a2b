"""The singleton ``Themes``: what is installed, which one is in use, and another one in its place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
from PySide6.QtCore import Property, QObject, Signal, Slot
from PySide6.QtQml import QmlElement, QmlSingleton, QQmlEngine

from berth.core.problem import Problem
from berth.themes.folder import Description, read_description
from berth.themes.stack import base, choose, chosen, installed
from berth.ui.adjusting import Adjusting
from berth.ui.rowmodel import RowList, RowModel
from berth.ui.singletons import provided
from berth.ui.styles import Styles
from berth.ui.theme_adding import Adding
from berth.ui.theme_previews import ThemePreviews
from berth.ui.theme_removing import ThemeRemoving
from berth.ui.tokens import Tokens

QML_IMPORT_NAME = "Berth"
QML_IMPORT_MAJOR_VERSION = 1

_SEPARATOR = " · "


class ThemeRow(msgspec.Struct, frozen=True):
    """A theme for QML; `used` is whether the desktop has it now."""

    theme: str
    name: str
    summary: str
    used: bool
    about: str
    preview: str
    removable: bool


@QmlElement
@QmlSingleton
class Themes(QObject):
    """Args:
    folders: where themes are, see `berth.themes.stack.search_path`.
    config: where the user's choice is.
    styles: shows the theme in use.
    tokens: know the scheme that pictures are made in.
    tell: gets why a choice could not be kept.
    """

    # A theme that was added is in use now; where it is in the list.
    added = Signal(int, arguments=["place"])

    def __init__(
        self,
        folders: list[Path],
        config: Path,
        styles: Styles,
        tokens: Tokens,
        tell: Callable[[Problem], None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._rows = RowModel(ThemeRow, "theme", self)
        self._folders = folders
        self._config = config
        self._tell = tell
        self._tokens = tokens
        self._adjusting = Adjusting(styles, tell, self)
        self._adding = Adding(self._add, self)
        self._removing = ThemeRemoving(folders, config, self._gone, self)
        self._previews = ThemePreviews(base(folders), self._pictured, self)
        self._used = ""
        styles.refreshed.connect(self._follow)

    @staticmethod
    def create(engine: QQmlEngine) -> Themes:
        return provided(engine, Themes)

    def _model(self) -> RowList:
        return self._rows

    def _get_adjusting(self) -> Adjusting:
        return self._adjusting

    def _get_adding(self) -> Adding:
        return self._adding

    def _get_removing(self) -> ThemeRemoving:
        return self._removing

    model = Property(RowList, _model, constant=True)
    adjusting = Property(Adjusting, _get_adjusting, constant=True)
    adding = Property(Adding, _get_adding, constant=True)
    removing = Property(ThemeRemoving, _get_removing, constant=True)

    @Slot(result=int)
    def refresh(self) -> int:
        """Look at the folders again; returns the place of the theme in use. Unsound ones are left out.

        Pictures of them come later.
        """
        place = self._list()
        contexts = self._tokens.contexts()
        self._previews.ask(installed(self._folders), contexts["scheme"], contexts["contrast"])
        return place

    def _list(self) -> int:
        used = self._used = chosen(self._config)
        rows = []
        for name, folder in installed(self._folders).items():
            try:
                description = read_description(folder)
            except Problem:
                continue
            rows.append(
                ThemeRow(
                    name,
                    description.name or name,
                    description.summary,
                    name == used,
                    _about(description),
                    self._previews.files.get(name, ""),
                    self._removing.removable(name),
                )
            )
        self._rows.replace(rows)
        return next((place for place, row in enumerate(rows) if row.used), 0)

    @Slot(str)
    def use(self, theme: str) -> None:
        """The desktop follows the written choice, as it does when ``berth theme use`` writes it."""
        self._choose(theme)
        self._list()

    def _choose(self, theme: str) -> None:
        try:
            choose(self._config, theme)
        except Problem as problem:
            self._tell(problem)

    def _add(self, theme: str) -> None:
        self._choose(theme)
        self.added.emit(self.refresh())

    def close(self) -> None:
        """Nothing is drawn any more."""
        self._previews.close()

    def look_at(self, place: Path) -> None:
        """The user has dropped a file that may be a theme."""
        self._adding.show_file(place)

    def _follow(self) -> None:
        """Somebody else may have chosen, as with ``berth theme use``: a list that is open says so."""
        used = chosen(self._config)
        if len(self._rows) == 0 or used == self._used:
            return
        self._used = used
        if self._rows.get(used) is None:
            self.refresh()
        for row in tuple(self._rows):
            self._rows.change(row.theme, used=row.theme == used)

    def _pictured(self, theme: str, preview: str) -> None:
        if self._rows.get(theme) is not None:
            self._rows.change(theme, preview=preview)

    def _gone(self) -> None:
        """One was removed: the list is another one, and maybe the look."""
        self.refresh()


def _about(description: Description) -> str:
    """Who made it, its version and its licence, in one line."""
    return _SEPARATOR.join(text for text in (description.author, description.version, description.license) if text)
