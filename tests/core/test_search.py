"""Finding apps by words: names first, all words needed, accents do not matter."""

from __future__ import annotations

import pytest

from berth.core.search import find

APPS = [
    ("Mines", "Clear the field games logic"),
    ("Thunderbird", "Read and write mail internet email"),
    ("Claws Mail", "A quick program internet"),
    ("Übersicht", "mines for experts"),
]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("mail", ["Claws Mail", "Thunderbird"]),
        ("MINES", ["Mines", "Übersicht"]),
        ("ubersicht", ["Übersicht"]),
        ("internet mail", ["Thunderbird", "Claws Mail"]),
        ("mail games", []),
        ("  ", [name for name, _rest in APPS]),
    ],
)
def test_the_best_come_first_and_every_word_counts(query: str, names: list[str]) -> None:
    assert [name for name, _rest in find(APPS, query, lambda app: app)] == names
