"""Marks text for translation where it is defined long before it is shown.

``lupdate`` knows the function by its name; PySide6 has one too, but without types.
"""

from __future__ import annotations


def QT_TRANSLATE_NOOP(_context: str, text: str) -> str:
    return text
