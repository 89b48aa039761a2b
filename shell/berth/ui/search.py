"""Which apps the launcher shows: a category, or what the typed words find, best first."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from PySide6.QtCore import QCoreApplication

from berth.ui.rows import AppRow
from berth.ui.translation import QT_TRANSLATE_NOOP

# Groups of the launcher, about seven, with the words of manifests that lead to each.
_GROUPS: dict[str, tuple[str, ...]] = {
    "internet": ("internet", "network", "communication"),
    "office": ("office",),
    "media": ("media", "graphics", "audio", "video", "music", "photos"),
    "games": ("games",),
    "development": ("development",),
    "system": ("system", "settings", "files"),
    "tools": ("tools", "education", "science"),
}
_NAMES: dict[str, str] = {
    "internet": QT_TRANSLATE_NOOP("Categories", "Internet"),
    "office": QT_TRANSLATE_NOOP("Categories", "Office"),
    "media": QT_TRANSLATE_NOOP("Categories", "Media"),
    "games": QT_TRANSLATE_NOOP("Categories", "Games"),
    "development": QT_TRANSLATE_NOOP("Categories", "Development"),
    "system": QT_TRANSLATE_NOOP("Categories", "System"),
    "tools": QT_TRANSLATE_NOOP("Categories", "Tools"),
}
_OTHERS = "tools"


def groups_of(app: AppRow) -> set[str]:
    """The groups an app is found in; at least one."""
    found = {group for group, words in _GROUPS.items() if not set(words).isdisjoint(app.categories)}
    return found or {_OTHERS}


def groups_in(apps: Iterable[AppRow]) -> list[str]:
    """The groups that have apps, in a fixed order."""
    present = {group for app in apps for group in groups_of(app)}
    return [group for group in _GROUPS if group in present]


def group_name(group: str) -> str:
    """A group's name in the user's language."""
    return QCoreApplication.translate("Categories", _NAMES[group])


def find(apps: Iterable[AppRow], query: str, group: str = "") -> list[AppRow]:
    """Apps whose name or summary holds every word of `query`; `group` counts only without a query."""
    words = _fold(query).split()
    if not words:
        return [app for app in apps if not group or group in groups_of(app)]
    scored = [(_score(app, words), place, app) for place, app in enumerate(apps)]
    return [app for score, _place, app in sorted(scored, key=lambda entry: entry[:2]) if score < _MISS]


_MISS = 100


def _score(app: AppRow, words: list[str]) -> int:
    return max(_score_word(app, word) for word in words)


def _score_word(app: AppRow, word: str) -> int:
    name = _fold(app.name)
    if name.startswith(word):
        return 0
    if any(part.startswith(word) for part in name.split()):
        return 1
    if word in name:
        return 2
    rest = _fold(f"{app.summary} {app.app} {' '.join(app.categories)}")
    return 3 if word in rest else _MISS


def _fold(text: str) -> str:
    """Without case and accents, so that “Ubersicht” finds “Übersicht”."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))
