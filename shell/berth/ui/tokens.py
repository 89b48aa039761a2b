"""The design tokens as QML sees them: ``Tokens.color.accent``, ``Tokens.space.md``.

Every name is a real property of a real type, so qmllint finds a misspelt token before
anyone runs it. A change of scheme, contrast, density or motion recomputes the values
once and tells only the groups that changed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import Property, QObject, Qt, Signal, SignalInstance
from PySide6.QtGui import QColor, QFontDatabase, QGuiApplication
from PySide6.QtQml import QmlAnonymous, QmlElement, QmlSingleton, QQmlEngine

from berth.core.problem import Problem
from berth.themes.design_tokens import TokenFile, Value, read_tokens
from berth.themes.token_schema import SCHEMA
from berth.ui.singletons import provided

QML_IMPORT_NAME = "Berth"
QML_IMPORT_MAJOR_VERSION = 1

SCHEMES = ("light", "dark")
FORM_FACTORS = ("desktop", "tablet", "phone")


class TokenGroup(QObject):
    """Values of one group; subclasses made by `_group_type` add one property per token."""

    changed: SignalInstance

    def __init__(self, values: Mapping[str, Any], parent: QObject) -> None:
        super().__init__(parent)
        self._values = dict(values)

    def value(self, name: str) -> Any:
        return self._values[name]

    def set_values(self, values: Mapping[str, Any]) -> None:
        if self._values != values:
            self._values = dict(values)
            self.changed.emit()


def _group_type(group: str, defaults: Mapping[str, Any]) -> type[TokenGroup]:
    # Qt finds a property's notify signal only in the class that declares the property, and before it.
    changed = Signal()

    def property_of(name: str, default: Any) -> Any:
        def read(self: TokenGroup) -> Any:
            return self.value(name)

        return Property(_qml_type(group, default), read, notify=changed)

    body = {"changed": changed} | {name: property_of(name, default) for name, default in defaults.items()}
    return QmlAnonymous(type(f"{group.capitalize()}Tokens", (TokenGroup,), body))


def _qml_type(group: str, default: Any) -> type:
    if group == "color":
        return QColor
    if group == "duration":
        return int
    return str if isinstance(default, str) else float


GROUP_TYPES: dict[str, type[TokenGroup]] = {group: _group_type(group, names) for group, names in SCHEMA.items()}


def _group_property(group: str) -> Any:
    def read(self: Tokens) -> TokenGroup:
        return self.groups[group]

    return Property(GROUP_TYPES[group], read, constant=True)


@QmlElement
@QmlSingleton
class Tokens(QObject):
    """The singleton ``Tokens``.

    Args:
        files: token files, the most wanted first; the first that is sound is used, and
            each unsound one before it becomes a problem in `problems`.
        scheme: ``light`` or ``dark``; empty follows the host; None takes ``BERTH_SCHEME``.
        contrast: ``high`` or empty; None takes ``BERTH_CONTRAST``.
        motion: ``reduced``, and movements take no time, or empty; None takes ``BERTH_MOTION``.
    """

    changed = Signal()
    contextsChanged = Signal()

    def __init__(
        self,
        files: Iterable[Path],
        scheme: str | None = None,
        contrast: str | None = None,
        motion: str | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.groups = {group: GROUP_TYPES[group](_plain(group), self) for group in SCHEMA}
        self.problems: list[Problem] = []
        self._files = list(files)
        self._sound: TokenFile | None = None
        self._scheme = _chosen(scheme, "BERTH_SCHEME", SCHEMES)
        self._contrast = _chosen(contrast, "BERTH_CONTRAST", ("high",))
        self._motion = _chosen(motion, "BERTH_MOTION", ("reduced",))
        self._form_factor = "desktop"
        self._theme: Mapping[str, Value] = {}
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._contexts_changed)
        self.reload()

    @staticmethod
    def create(engine: QQmlEngine) -> Tokens:
        return provided(engine, Tokens)

    color = _group_property("color")
    space = _group_property("space")
    size = _group_property("size")
    radius = _group_property("radius")
    stroke = _group_property("stroke")
    duration = _group_property("duration")
    opacity = _group_property("opacity")
    font = _group_property("font")

    def _get_scheme(self) -> str:
        return self._scheme or host_scheme()

    def _set_scheme(self, scheme: str) -> None:
        self._scheme = scheme if scheme in SCHEMES else ""
        self._contexts_changed()

    def _get_form_factor(self) -> str:
        return self._form_factor

    def _set_form_factor(self, form_factor: str) -> None:
        if form_factor in FORM_FACTORS and form_factor != self._form_factor:
            self._form_factor = form_factor
            self._contexts_changed()

    scheme = Property(str, _get_scheme, _set_scheme, notify=changed)
    formFactor = Property(str, _get_form_factor, _set_form_factor, notify=changed)

    def reload(self) -> None:
        """Read the files again; while none is sound, the last good values stay."""
        self.problems = []
        for path in self._files:
            try:
                sound = read_tokens(path)
                _check(sound)
            except Problem as problem:
                self.problems.append(problem)
                continue
            self._sound = sound
            break
        self._apply()

    def set_theme_values(self, values: Mapping[str, Value]) -> bool:
        """What the sheets make of the tokens, by dotted path; stands above the files. Returns whether that is new."""
        new = values != self._theme
        if new:
            self._theme = dict(values)
            self._apply()
        return new

    def _contexts_changed(self) -> None:
        # Whoever computes values from the contexts tells the new ones now, and they are applied once.
        before = self._theme
        self.contextsChanged.emit()
        if self._theme is before:
            self._apply()

    def contexts(self) -> dict[str, str]:
        """Which set of each of the tokens' modifiers holds now."""
        return {
            "scheme": self._get_scheme(),
            "contrast": self._contrast,
            "density": "compact" if self._form_factor == "desktop" else "touch",
            "formFactor": self._form_factor,
            "motion": self._motion,
        }

    def _apply(self) -> None:
        values = self._sound.resolve(self.contexts()) if self._sound is not None else {}
        values = {**values, **self._theme}
        for group, names in SCHEMA.items():
            plain = _plain(group)
            found = {name: _qt_value(group, values[f"{group}.{name}"]) for name in names if f"{group}.{name}" in values}
            self.groups[group].set_values(plain | found)
        self.changed.emit()


def host_scheme() -> str:
    """What the desktop or the display around us prefers."""
    return "dark" if QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark else "light"


def _chosen(wanted: str | None, variable: str, known: tuple[str, ...]) -> str:
    value = os.environ.get(variable, "") if wanted is None else wanted
    return value if value in known else ""


def _check(file: TokenFile) -> None:
    """Raises `Problem` unless the file resolves in every context and has the types the shell needs."""
    contexts: list[dict[str, str]] = [{}]
    contexts += [{modifier: context} for modifier, context in file.modifiers]
    for chosen in contexts:
        for path, value in file.resolve(chosen).items():
            group, _, name = path.partition(".")
            if name in SCHEMA.get(group, {}):
                _check_type(file.source, path, group, value)


def _check_type(source: str, path: str, group: str, value: Value) -> None:
    default = SCHEMA[group][path.partition(".")[2]]
    if group == "color":
        sound = isinstance(value, str)
    elif isinstance(default, str):
        sound = isinstance(value, tuple)
    else:
        sound = isinstance(value, float) and 0 <= value <= 100_000
    if not sound:
        raise Problem("tokens-invalid", f"{source}: {path}: this type does not fit here.", "See themes/default.")


def _plain(group: str) -> dict[str, Any]:
    return {name: _qt_value(group, value) for name, value in SCHEMA[group].items()}


def _qt_value(group: str, value: Value) -> Any:
    if group == "color":
        return _color(str(value))
    if group == "duration" and isinstance(value, float | int):
        return round(value)
    if isinstance(value, tuple):
        return _installed_family(value)
    return value


def _color(text: str) -> QColor:
    """Tokens write the alpha last, Qt first."""
    return QColor(f"#{text[7:9]}{text[1:7]}")


def _installed_family(families: tuple[str, ...], is_installed: Callable[[str], bool] = QFontDatabase.hasFamily) -> str:
    return next((family for family in families if is_installed(family)), families[-1])
