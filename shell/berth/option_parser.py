"""A parser of arguments where options may stand anywhere, as in ``berth set APP --profile NAME KEY=VALUE``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any

_MAY_BE_LEFT_OUT = ("?", "*")
_DASHES = "--"


class OptionParser(argparse.ArgumentParser):
    """By itself argparse takes words that may be left out for left out as soon as an option comes before them."""

    _is_mixing = False
    _behind = 0
    """Words behind two dashes, which are no options."""

    def parse_known_args(  # type: ignore[override]  # argparse's own form of it is three overloads
        self, args: Sequence[str] | None = None, namespace: Any = None
    ) -> tuple[argparse.Namespace, list[str]]:
        words = list(sys.argv[1:] if args is None else args)
        if self._is_mixing:
            return super().parse_known_args(self._with_dashes(words), namespace)
        if not any(word.nargs in _MAY_BE_LEFT_OUT for word in self._get_positional_actions()):
            return super().parse_known_args(words, namespace)
        self._is_mixing = True
        self._behind = len(words) - words.index(_DASHES) - 1 if _DASHES in words else 0
        try:
            return self.parse_known_intermixed_args(words, namespace)
        finally:
            self._is_mixing = False

    def _with_dashes(self, words: list[str]) -> list[str]:
        """Argparse takes options first, and forgets the dashes with them."""
        at = len(words) - self._behind
        return words if not self._behind or words[at - 1 : at] == [_DASHES] else [*words[:at], _DASHES, *words[at:]]
