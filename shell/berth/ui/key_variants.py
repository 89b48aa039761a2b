"""The characters behind a key of the on-screen keyboard: what a long press offers.

Which letters belong to one is what Unicode says about how letters are put together, so no language is left out.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import cache

MOST = 10

_ALPHABETS = (
    *((0xC0, 0x180), (0x1E02, 0x1E04), (0x386, 0x3CF), (0x400, 0x460), (0x490, 0x4F9), (0x622, 0x628)),
    *((0x6C0, 0x6D4), (0xFB2A, 0xFB50)),
)
_NOT_COMPOSED = {
    "a": "æ",
    "c": "©",
    "d": "ðđ",
    "h": "ħ",
    "i": "ı",
    "k": "ĸ",
    "l": "ł",
    "n": "ŋ",
    "o": "øœ",
    "r": "®",
    "s": "ßſ",
    "t": "þŧ",
    "ы": "і",
    "г": "ґ",
    "е": "є",
    "σ": "ς",
    "ج": "چ",
    "ب": "پ",
    "ك": "گ",
    "ف": "ڤ",
    "ز": "ژ",
    "د": "ذ",
    ".": "…,?!:;",
    ",": ";:„“",
    "-": "–—_·",
    "?": "¿‽",
    "!": "¡",
    '"': "„“”«»",
    "'": "‚‘’‹›",
    "$": "€£¥₽₹¢",
    "€": "$£¥₽₹¢",
    "0": "°∅",
    "1": "¹½¼",
    "2": "²",
    "3": "³",
    "/": "\\|",
    "%": "‰",
    "(": "[{<",
    ")": "]}>",
    "=": "≠≈≤≥",
    "+": "±",
    "*": "×",
}
"""What no accent makes of another character."""


def variants(character: str, others: Iterable[str] = ()) -> tuple[str, ...]:
    """What else a key of `character` has to offer; `others` is what the layout has on the same key."""
    lower = character.lower()
    relatives = "".join((_NOT_COMPOSED.get(lower, ""), *(_composed().get(lower, ()))))
    upper = character != lower and len(character) == 1
    cased = (_upper(letter) if upper else letter for letter in relatives)
    found = dict.fromkeys((*others, *cased))
    return tuple(letter for letter in found if letter and letter not in (character, lower))[:MOST]


def _upper(letter: str) -> str:
    return upper if len(upper := letter.upper()) == 1 else letter


@cache
def _composed() -> dict[str, tuple[str, ...]]:
    """The small letters of the alphabets that are made of another one and signs on it."""
    found: dict[str, list[str]] = {}
    for first, end in _ALPHABETS:
        for letter in map(chr, range(first, end)):
            parts = unicodedata.normalize("NFD", letter)
            if len(parts) > 1 and letter == letter.lower() and parts[0].isalpha():
                found.setdefault(parts[0], []).append(letter)
    return {base: tuple(letters) for base, letters in found.items()}
