"""Which apps the launcher shows: a category, or what the typed words find, best first."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QCoreApplication

from berth.core import search
from berth.ui.rows import AppRow
from berth.ui.translation import QT_TRANSLATE_NOOP

# Groups of the launcher, about eight, with the words of manifests that lead to each.
_GROUPS: dict[str, tuple[str, ...]] = {
    "internet": ("internet", "network", "communication", "mail", "chat"),
    "office": ("office",),
    "media": ("media", "graphics", "audio", "video", "music", "photos"),
    "games": ("games",),
    "education": ("education", "science"),
    "development": ("development",),
    "system": ("system", "settings", "files"),
    "tools": ("tools",),
}
_NAMES: dict[str, str] = {
    "internet": QT_TRANSLATE_NOOP("Categories", "Internet"),
    "office": QT_TRANSLATE_NOOP("Categories", "Office"),
    "media": QT_TRANSLATE_NOOP("Categories", "Media"),
    "games": QT_TRANSLATE_NOOP("Categories", "Games"),
    "education": QT_TRANSLATE_NOOP("Categories", "Education"),
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
    """Apps in whose name, summary, categories or keywords every word of `query` occurs, best first; `group` counts
    only without a query."""
    if not query.strip():
        return [app for app in apps if not group or group in groups_of(app)]
    return search.find(apps, query, _texts)


def _texts(app: AppRow) -> tuple[str, str]:
    return app.name, f"{app.summary} {app.app} {' '.join((*app.categories, *app.keywords))}"
