"""Which families of fonts the system has, each asked for once: Qt takes a tenth of a millisecond for an answer."""

from __future__ import annotations

from functools import cache

from PySide6.QtGui import QFontDatabase, QGuiApplication


@cache
def has_family(name: str) -> bool:
    return QFontDatabase.hasFamily(name)


@cache
def has_letters(name: str) -> bool:
    """Whether the family has Latin letters and not only signs."""
    return QFontDatabase.WritingSystem.Latin in QFontDatabase.writingSystems(name)


def follow(application: QGuiApplication) -> None:
    """Ask anew when fonts come or go."""
    application.fontDatabaseChanged.connect(forget)


def forget() -> None:
    has_family.cache_clear()
    has_letters.cache_clear()
