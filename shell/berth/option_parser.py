"""A parser of arguments where options may stand anywhere, as in ``berth set APP --profile NAME KEY=VALUE``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

_MAY_BE_LEFT_OUT = ("?", "*")


class OptionParser(argparse.ArgumentParser):
    """By itself argparse takes words that may be left out for left out as soon as an option comes before them."""

    _is_mixing = False

    def parse_known_args(  # type: ignore[override]  # argparse's own form of it is three overloads
        self, args: Sequence[str] | None = None, namespace: Any = None
    ) -> tuple[argparse.Namespace, list[str]]:
        if self._is_mixing or not any(word.nargs in _MAY_BE_LEFT_OUT for word in self._get_positional_actions()):
            return super().parse_known_args(args, namespace)
        self._is_mixing = True
        try:
            return self.parse_known_intermixed_args(args, namespace)
        finally:
            self._is_mixing = False
