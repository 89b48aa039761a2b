"""Values in sentences."""

from __future__ import annotations

from berth.ui.permission_words import question
from berth.ui.translation import filled


def test_what_looks_like_a_place_in_a_value_is_none() -> None:
    assert filled("%2 instead of %1", "%2", "50 %1") == "50 %1 instead of %2"
    assert "/home/me/%1" in question("folder:/home/me/%1", "Editor")
