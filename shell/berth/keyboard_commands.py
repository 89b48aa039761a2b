"""The on-screen keyboard from the command line."""

from __future__ import annotations

import argparse

from berth.commands import ask
from berth.core import messages as m
from berth.output import as_builtins, print_fields, print_json


def screen_keyboard(options: argparse.Namespace) -> int:
    result = ask(options, m.ChangeScreenKeyboard(options.action or ""))
    assert isinstance(result, m.ScreenKeyboardInfo)
    if options.json:
        print_json(as_builtins(result))
    elif not options.action:
        print_fields((("shown", "yes" if result.shown else "no"), ("comes", result.mode), ("layout", result.layout)))
    return 0
