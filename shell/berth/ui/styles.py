"""The singleton ``Styles``: what each element of the desktop looks like, live.

``Styles.of("button.primary:hover")`` gives QML the table of an element (see `berth.ui.looks`). When a file of
the theme is saved, when another theme is chosen, and when scheme, contrast, form factor or size change, the
tables change with it. Tokens are the root's custom properties, so they follow the sheet, too.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from PySide6.QtCore import Property, QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtQml import QmlElement, QmlSingleton, QQmlEngine, QQmlPropertyMap
from PySide6.QtQuick import QQuickItem

from berth.core.problem import Problem
from berth.themes.app_icons import IconFolder, read_app_icons
from berth.themes.bars import Bars, read_bars
from berth.themes.computed import Style
from berth.themes.cursors import read_cursors
from berth.themes.design_tokens import Value
from berth.themes.element import Element
from berth.themes.engine import Engine
from berth.themes.environment import Environment
from berth.themes.findings import ERROR, WARNING, Finding, Invalid
from berth.themes.icons import read_icons
from berth.themes.named_files import NamedFile
from berth.themes.properties import INITIAL
from berth.themes.sounds import read_sounds
from berth.themes.stack import Stack, base, chosen, find
from berth.themes.token_schema import SCHEMA, property_name
from berth.themes.vocabulary import ROOT, element_at
from berth.ui.box_pictures import Paintings, ThemePictures
from berth.ui.containers import MOST_QUERIES
from berth.ui.cursor_theme import CursorTheme
from berth.ui.edits import Edits
from berth.ui.families import follow
from berth.ui.inside import Inside
from berth.ui.looks import entries
from berth.ui.rowmodel import RowList, RowModel
from berth.ui.rows import ErrorRow, error_row
from berth.ui.singletons import provided
from berth.ui.theme_files import ThemeFiles
from berth.ui.theme_fonts import ThemeFonts
from berth.ui.theme_icons import ThemeIcons
from berth.ui.token_values import read_token
from berth.ui.tokens import Tokens

QML_IMPORT_NAME = "Berth"
QML_IMPORT_MAJOR_VERSION = 1

_PROPERTIES = {f"{group}.{name}": property_name(f"{group}.{name}") for group in SCHEMA for name in SCHEMA[group]}
_MS = 1000
_RESIZE_MS = 50
_MOST_SHOWN = 20
"""Errors and warnings; whoever has corrected these sees the others."""


@QmlElement
@QmlSingleton
class Styles(QObject):
    """Computed styles for QML.

    Args:
        tokens: told the tokens' values, and asked for scheme, contrast and form factor.
        folders: where themes are, see `berth.themes.stack.search_path`.
        config: where the user's choice and own sheet are; None for neither.
        tell: gets what is wrong with a theme's files.
        mended: gets what it was told and is wrong no longer.
        effects: whether graphics hardware draws, which blurs what lies behind glass.

    Attributes:
        engine: computes the styles that are shown.
        stack: the sheets; after a change of its drafts comes `reload`.
        sounds: the files that the theme names for them.
        bars: which of panel and dock the theme wants, and where.
    """

    scaleChanged = Signal()
    iconsChanged = Signal()
    changesChanged = Signal()
    errorsChanged = Signal()
    refreshed = Signal()

    def __init__(
        self,
        tokens: Tokens,
        folders: list[Path],
        config: Path | None = None,
        tell: Callable[[Problem], None] = lambda _problem: None,
        parent: QObject | None = None,
        *,
        mended: Callable[[Problem], None] = lambda _problem: None,
        effects: bool = False,
    ) -> None:
        super().__init__(parent)
        self._effects = effects
        self.engine = Engine()
        self._tokens = tokens
        self._folders = folders
        self._config = config
        self._tell = tell
        self._mended = mended
        self._told: list[Finding] = []
        self._said: Problem | None = None
        self._shown_findings: list[Finding] = []
        self._errors = RowModel(ErrorRow, "error", self)
        self._edits = Edits()
        self._size = (1280.0, 800.0)
        self._scale = 1.0
        self._changes = 0
        self.paintings = Paintings(ThemePictures(tell, mended))
        self._fonts = ThemeFonts(tell)
        self.cursors = CursorTheme(self)
        self.theme_icons = ThemeIcons()
        self.sounds: dict[str, NamedFile] = {}
        self.app_icons: str | IconFolder = ""
        self.bars = Bars()
        self._maps: dict[str, QQmlPropertyMap] = {}
        self._entries: dict[str, dict[str, Any]] = {}
        self._shown: dict[str, tuple[Element, Style]] = {}
        self._inside = Inside(self.engine, self._new_table, self._fill, lambda: self._size, self)
        self._inside.refused.connect(self._too_much)
        self._inside.crowded.connect(self._too_many_queries)
        self._inside.circled.connect(self._circle)
        self._parsed: dict[str, tuple[str, Value | None]] = {}
        self.stack = Stack(base(folders), None, config)
        # A window of the host that is being resized has a hundred sizes a second.
        self._resized = QTimer(self, singleShot=True, interval=_RESIZE_MS)
        self._resized.timeout.connect(self._refresh)
        application = QGuiApplication.instance()
        if isinstance(application, QGuiApplication):
            follow(application)
            application.layoutDirectionChanged.connect(self._refresh)
        self._files = ThemeFiles(self)
        self._files.changed.connect(self.reload)
        self.reload()
        tokens.contextsChanged.connect(self._refresh)

    @staticmethod
    def create(engine: QQmlEngine) -> Styles:
        return provided(engine, Styles)

    def _get_errors(self) -> RowList:
        return self._errors

    # What is wrong with the sheets now, until the user has put it away; warnings of what the user edits come last.
    errors = Property(RowList, _get_errors, constant=True)

    def _count_errors(self) -> int:
        return sum(row.severity == ERROR for row in self._errors)

    # Of them, those that are no warnings.
    errorCount = Property(int, _count_errors, notify=errorsChanged)

    @Slot()
    def dismissErrors(self) -> None:
        """The user has read them; other ones are shown again."""
        self._show_errors([])

    def _show_errors(self, findings: Iterable[Finding]) -> None:
        self._errors.replace(map(error_row, findings))
        self.errorsChanged.emit()

    @Slot(str, result=QObject)
    def of(self, path: str) -> QQmlPropertyMap:
        """The table of the element that `path` describes, like ``window:focus titlebar``."""
        if self._inside.active:
            self._inside.moved()
        found = self._maps.get(path)
        return found if found is not None else self._new_map(path)

    @Slot(QQuickItem)
    def follow(self, item: QQuickItem) -> None:
        """What is inside of elements of the window of `item` counts for rules with ``:has()``."""
        self._inside.follow(item)

    def element_of(self, item: QQuickItem) -> Element | None:
        """What `item` is where rules ask for what is inside of it and around it; None if they do not."""
        return self._inside.element_of(item)

    def _new_map(self, path: str) -> QQmlPropertyMap:
        table = self._new_table()
        element = element_at(self.engine.elements, path)
        self._maps[path] = table
        self._entries[path] = self._entries_of(element)
        table.insert(self._entries[path])
        self._shown[path] = (element, self.engine.style(element))
        return table

    def _fill(self, table: QQmlPropertyMap, element: Element) -> None:
        """Let a table be that of an element which no path describes."""
        table.insert(self._entries_of(element))

    def _too_much(self) -> None:
        hint = "What is asked of everything, like “:has(:hover)”, takes longest."
        self._tell(Problem("theme-has", "The theme asks too much with :has(); nothing of that is shown.", hint))

    def _too_many_queries(self) -> None:
        hint = "Elements can share one: the same condition counts once."
        self._tell(Problem("theme-container", f"No @container holds: there are more than {MOST_QUERIES}.", hint))

    def _circle(self) -> None:
        hint = "What it asks for changes its size. Give it room another way, like a min-width."
        self._tell(
            Problem("theme-container", "A @container of the theme goes round in circles, so it stays as it is.", hint)
        )

    def _new_table(self) -> QQmlPropertyMap:
        with warnings.catch_warnings():
            # Qt 6.11 wants C++ subclasses to hand over their meta object; Python has no other constructor.
            warnings.simplefilter("ignore", DeprecationWarning)
            table = QQmlPropertyMap(self)
        QQmlEngine.setObjectOwnership(table, QQmlEngine.ObjectOwnership.CppOwnership)
        return table

    def _entries_of(self, element: Element) -> dict[str, Any]:
        still = self._tokens.contexts()["motion"] == "reduced"
        return entries(self.engine, element, self.paintings, self._fonts, still=still, effects=self._effects)

    scale = Property(float, lambda self: self._scale, notify=scaleChanged)
    """How many pixels of the screen a logical one has at most; pictures of boxes are made for it."""

    changes = Property(int, lambda self: self._changes, notify=changesChanged)
    """How many times looks or tokens have changed; all of them at once count once."""

    icons = Property("QVariantMap", lambda self: self.theme_icons.names, notify=iconsChanged)  # type: ignore[arg-type]
    """Names of the pictures that stand in for symbols of the shell, by symbol."""

    @Slot(float)
    def sharpen(self, scale: float) -> None:
        """An output with `scale` pixels to a logical one shows boxes, too."""
        if scale > self._scale:
            self._scale = scale
            self.scaleChanged.emit()

    @Slot(float, float)
    def resize(self, width: float, height: float) -> None:
        """The output that sheets are told of has another size, in logical pixels."""
        if width > 0 and height > 0 and (width, height) != self._size:
            self._size = (width, height)
            self._resized.start()

    # --- files

    def reload(self) -> None:
        """Read the files again; what is not sound leaves its last sound state."""
        self._edits.look()
        if self._config is not None:
            self.stack.set_theme(self._chosen(self._config))
        self._refresh()

    def _chosen(self, config: Path) -> Path | None:
        try:
            return find(chosen(config), self._folders)
        except Problem as problem:
            self._tell(problem)
            return None

    def _refresh(self) -> None:
        items = self.stack.read(self._tokens.contexts())
        self._edits.follow(self._own_files())
        self._say()
        self.engine.update(items, self._environment())
        self.paintings.pictures.use(self.stack.folders)
        renamed = self._fonts.use(self.engine.font_faces, self.stack.folders)
        different = self._tokens.set_theme_values(self._token_values())
        for path, (element, before) in self._shown.items():
            style = self.engine.style(element)
            # Inside a prompt the floor looks at the prompt's own colours, too; pictures and keyframes may change alone.
            animated = style.values["animation-name"] != INITIAL["animation-name"]
            if style is not before or style.sheets or animated or renamed:
                different = self._write(path, element, style) or different
        self._inside.refresh()
        if different:
            self._changes += 1
            self.changesChanged.emit()
        root = self.engine.style(element_at(self.engine.elements, ROOT))
        self.cursors.use(read_cursors(root), self.paintings.pictures)
        self.sounds = read_sounds(root)
        self.app_icons = read_app_icons(root)
        self.bars = read_bars(root)
        if self.theme_icons.use(read_icons(root), self.paintings.pictures):
            self.iconsChanged.emit()
        self._fonts.settle()
        self._watch()
        self.refreshed.emit()

    def own_folders(self) -> list[Path]:
        """Where the user's own themes and sheet are; what lies elsewhere is only read."""
        return [*self._folders[:-1], *([self._config] if self._config is not None else [])]

    def _own_files(self) -> list[Path]:
        """Those in use that the user may write, but not what the desktop writes for them."""
        others, own = {*self.stack.folders, self.stack.adjusted}, self.own_folders()
        return [file for file in self.stack.watched() if file not in others and any(map(file.is_relative_to, own))]

    def user_sheet(self) -> Path | None:
        """The sheet that lies above all themes."""
        return None if self._config is None else self._config / "style.css"

    def show_in(self, path: str, states: Iterable[str] | None) -> None:
        """Let everything of the element `path` look as in `states`, until it is told None.

        Only states change: a look of another element would lack what no theme takes from a question to the user.
        """
        for known in [known for known in self._maps if known.split() == path.split()]:
            element = element_at(self.engine.elements, path)
            if states is not None:
                element = self.engine.elements.in_states(element, states)
            self._write(known, element, self.engine.style(element))

    def _write(self, path: str, element: Element, style: Style) -> bool:
        """Returns whether anything is different now."""
        before = self._entries[path]
        found = self._entries[path] = self._entries_of(element)
        self._shown[path] = (element, style)
        # Most are the very same: colours are shared.
        different = (name for name, value in found.items() if before[name] is not value)
        if changed := {name: found[name] for name in different if before[name] != found[name]}:
            self._maps[path].insert(changed)
        return bool(changed)

    def _watch(self) -> None:
        paths = [*self.stack.watched(), *self.paintings.pictures.files(), *self._fonts.files()]
        if self._config is not None:
            paths += [self._config, self._config / "theme"]
        self._files.watch(paths)

    def _say(self) -> None:
        errors = [finding for finding in self.stack.findings if finding.severity == ERROR]
        if errors != self._told and self._said is not None:
            self._mended(self._said)
            self._said = None
        if errors and errors != self._told:
            more = f" ({len(errors) - 1} more)" if len(errors) > 1 else ""
            first = errors[0]
            place = f"{first.file}:{first.line}:{first.column}: " if first.line else ""
            self._said = Problem(first.code, f"{place}{first.message}{more}", first.hint)
            self._tell(self._said)
        self._told = errors
        warnings = [finding for finding in self.stack.findings if finding.severity == WARNING and self._edited(finding)]
        shown = [*errors, *warnings][:_MOST_SHOWN]
        if shown != self._shown_findings:
            self._shown_findings = shown
            self._show_errors(shown)

    def _edited(self, finding: Finding) -> bool:
        around = [folder for folder in self.stack.folders if Path(finding.file).is_relative_to(folder)]
        return any(map(self._edits.within, around))

    def _environment(self) -> Environment:
        contexts = self._tokens.contexts()
        touch = contexts["density"] == "touch"
        width, height = self._size
        return Environment(
            width,
            height,
            scheme=contexts["scheme"],
            contrast="more" if contexts["contrast"] == "high" else "no-preference",
            motion="reduce" if contexts["motion"] == "reduced" else "no-preference",
            pointer="coarse" if touch else "fine",
            hover="none" if touch else "hover",
            form_factor=contexts["formFactor"],
            direction="rtl" if QGuiApplication.layoutDirection() == Qt.LayoutDirection.RightToLeft else "ltr",
        )

    # --- tokens

    def _token_values(self) -> dict[str, Value]:
        style = self.engine.style(element_at(self.engine.elements, ROOT))
        found = {}
        for token, name in _PROPERTIES.items():
            custom = style.customs.get(name)
            value = None if custom is None else self._token(token, custom.text, style)
            if value is not None:
                found[token] = value
        return found

    def _token(self, token: str, text: str, style: Style) -> Value | None:
        """The value of a token from the text of its custom property; None if that is of the wrong type."""
        key = f"{style.scheme} {style.lengths} {text}"
        known = self._parsed.get(token)
        if known is not None and known[0] == key:
            return known[1]
        try:
            value = read_token(token, text, style)
        except Invalid:
            value = None
        self._parsed[token] = (key, value)
        return value
