"""``berth theme adjust``: works on files alone, as ``berth theme`` does; a running desktop follows them."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING

from berth.core.problem import Problem
from berth.output import print_json, print_table
from berth.theme_commands import folders

if TYPE_CHECKING:
    from berth.themes.knobs import Adjustments, Knob


def adjust(options: argparse.Namespace) -> int:
    """Without properties say what can be adjusted and how it stands; all changes are kept, or none."""
    from berth.themes.engine import Engine
    from berth.themes.knobs import Adjustments
    from berth.themes.situations import SITUATIONS
    from berth.themes.stack import Stack, base, chosen, config_folder, find

    config, seen = config_folder(os.environ), SITUATIONS[0]
    stack = Stack(base(folders()), find(chosen(config), folders()), config)
    adjustments = Adjustments(stack, Engine(stack.read(seen.contexts), seen.environment))
    if options.reset:
        names = [adjustments.knob(_name(word)).name for word in options.properties]
        adjustments.reset(names or [knob.name for knob in adjustments.knobs()])
    elif options.properties:
        for word in options.properties:
            _change(adjustments, word)
    else:
        _print(adjustments, as_json=options.json)
    if adjustments.pending:
        adjustments.keep()
    return 0


def _name(word: str) -> str:
    return f"--{word.removeprefix('--')}"


def _change(adjustments: Adjustments, word: str) -> None:
    from berth.themes.findings import Invalid

    name, separator, text = word.partition("=")
    if not separator:
        raise Problem("usage", f"“{word}” says no value.", "Write PROPERTY=VALUE, or use --reset.")
    try:
        adjustments.change(_name(name), text)
    except Invalid as error:
        message = f"{name}: {error.message}."
        raise Problem("value-invalid", message, error.hint) from None


def _print(adjustments: Adjustments, *, as_json: bool) -> None:
    from berth.themes.findings import printable

    rows = [
        {
            "property": setting.knob.name.removeprefix("--"),
            "label": setting.knob.label,
            "value": setting.value,
            "default": setting.standard,
            "changed": setting.changed,
            "takes": _takes(setting.knob),
        }
        for setting in adjustments.settings()
    ]
    if as_json:
        print_json(rows)
    elif rows:
        columns = ("property", "value", "default", "takes", "label")
        print_table(
            tuple(column.upper() for column in columns),
            [tuple(printable(str(row[c])) for c in columns) for row in rows],
        )
    else:
        print("This theme has nothing that can be adjusted.")


def _takes(knob: Knob) -> str:
    if knob.control == "slider":
        return f"{knob.said(knob.least)} to {knob.said(knob.most)}"
    return " | ".join(knob.choices) or knob.registered.kind
