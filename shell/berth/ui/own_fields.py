"""Text fields of the shell itself, as the on-screen keyboard knows those of apps: which has the keys, and for what."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QInputMethodQueryEvent
from PySide6.QtQuick import QQuickItem, QQuickWindow

from berth.ui.key_pages import Purpose

_Hint = Qt.InputMethodHint
_PURPOSES: tuple[tuple[Qt.InputMethodHint, Purpose], ...] = (
    (_Hint.ImhHiddenText | _Hint.ImhSensitiveData, "password"),  # Qt says the latter of a field that shows dots
    (_Hint.ImhDialableCharactersOnly, "phone"),
    (_Hint.ImhFormattedNumbersOnly, "number"),
    (_Hint.ImhDigitsOnly, "digits"),
    (_Hint.ImhEmailCharactersOnly, "email"),
    (_Hint.ImhUrlCharactersOnly, "url"),
)


class OwnFields(QObject):
    """Args:
    changed: told of a field's purpose and whether a finger or the pointer has turned to it; None if there is none.
    """

    def __init__(self, changed: Callable[[Purpose | None, bool], None]) -> None:
        super().__init__()
        self._changed = changed
        application = QGuiApplication.instance()
        if isinstance(application, QGuiApplication):
            application.focusObjectChanged.connect(self._focus_moved)

    def pressed(self, window: QQuickWindow, place: QPointF) -> None:
        """A finger or the pointer has been there, and whatever that does is done."""
        item = window.activeFocusItem()
        if not isinstance(item, QQuickItem) or not _takes_text(item):
            return
        if item.contains(item.mapFromScene(place)):
            self._changed(_purpose(item), True)

    def _focus_moved(self, focused: QObject | None) -> None:
        takes = isinstance(focused, QQuickItem) and _takes_text(focused)
        self._changed(_purpose(focused) if takes and focused is not None else None, False)


def _takes_text(item: QQuickItem) -> bool:
    return bool(item.flags() & QQuickItem.Flag.ItemAcceptsInputMethod) and item.isEnabled()


def _purpose(item: QObject) -> Purpose:
    query = QInputMethodQueryEvent(Qt.InputMethodQuery.ImHints | Qt.InputMethodQuery.ImEnterKeyType)
    QGuiApplication.sendEvent(item, query)
    if query.value(Qt.InputMethodQuery.ImEnterKeyType) == Qt.EnterKeyType.EnterKeySearch.value:
        return "search"
    hints = query.value(Qt.InputMethodQuery.ImHints)
    found = Qt.InputMethodHint(hints) if hints is not None else _Hint.ImhNone
    return next((purpose for hint, purpose in _PURPOSES if found & hint), "normal")
