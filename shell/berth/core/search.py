"""Finding apps by words, alike in the launcher and on the command line."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from typing import TypeVar

_MISS = 100
T = TypeVar("T")


def find(apps: Iterable[T], query: str, texts: Callable[[T], tuple[str, str]]) -> list[T]:
    """Apps in which every word of `query` occurs, best first; all of them for an empty query.

    Args:
        texts: an app's name, which counts more, and all else that is searched.
    """
    words = _fold(query).split()
    if not words:
        return list(apps)
    scored = [(_score(texts(app), words), place, app) for place, app in enumerate(apps)]
    return [app for score, _place, app in sorted(scored, key=lambda entry: entry[:2]) if score < _MISS]


def _score(texts: tuple[str, str], words: list[str]) -> int:
    name, rest = map(_fold, texts)
    return max(_score_word(name, rest, word) for word in words)


def _score_word(name: str, rest: str, word: str) -> int:
    if name.startswith(word):
        return 0
    if any(part.startswith(word) for part in name.split()):
        return 1
    if word in name:
        return 2
    return 3 if word in rest else _MISS


def _fold(text: str) -> str:
    """Without case and accents, so that “Ubersicht” finds “Übersicht”."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))
