"""``berth dock``: what is pinned to the dock, and in which order."""

from __future__ import annotations

import argparse

from berth.commands import ask
from berth.core import messages as m
from berth.core.problem import Problem
from berth.output import as_builtins, print_json, print_table


def dock(options: argparse.Namespace) -> int:
    request = _request(options)
    result = ask(options, request)
    assert isinstance(result, m.DockInfo)
    if options.json:
        print_json(as_builtins(result))
    elif not request.action:
        rows = [
            (str(place), one.app, one.name, "pinned" if one.pinned else "", str(one.windows or ""), _note(one))
            for place, one in enumerate(result.apps, 1)
        ]
        print_table(("PLACE", "APP", "NAME", "PINNED", "WINDOWS", "NOTE"), rows)
    return 0


def _request(options: argparse.Namespace) -> m.ChangeDock:
    match options.kind:
        case "pin":
            return m.ChangeDock("pin", options.app, options.place)
        case "unpin":
            return m.ChangeDock("unpin", options.app)
        case "move":
            if options.place < 1:
                raise Problem("bad-place", f"There is no place {options.place}.", "Places count from 1.")
            return m.ChangeDock("move", options.app, options.place)
        case _:
            return m.ChangeDock()


def _note(entry: m.DockEntry) -> str:
    return "" if entry.there else "not installed"
