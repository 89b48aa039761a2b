"""How QML singletons get the objects they stand for.

A singleton that QML creates by itself takes no arguments, and one registered as an
instance serves a single QML engine per process. Here each QML engine carries its own
objects, so the application hands them over explicitly and tests may run several engines.
"""

from __future__ import annotations

from typing import TypeVar

from PySide6.QtCore import QObject
from PySide6.QtQml import QQmlEngine

_Object = TypeVar("_Object", bound=QObject)


def provide(engine: QQmlEngine, *objects: QObject) -> None:
    """Make each of `objects` the singleton of its class in `engine`; the caller keeps ownership."""
    for item in objects:
        QQmlEngine.setObjectOwnership(item, QQmlEngine.ObjectOwnership.CppOwnership)
        engine.setProperty(_slot(type(item)), item)


def provided(engine: QQmlEngine, kind: type[_Object]) -> _Object:
    """The object given to `provide`, for the ``create`` function of a QML singleton."""
    item = engine.property(_slot(kind))
    if not isinstance(item, kind):
        raise TypeError(f"no {kind.__name__} was provided to this QML engine")
    return item


def _slot(kind: type[QObject]) -> str:
    return f"_berth_{kind.__name__}"
