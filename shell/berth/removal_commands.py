"""Removing an app from the command line: what goes and what stays is said before, what is left can be searched."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Mapping, Sequence

from berth.commands import ask
from berth.core import messages as m
from berth.core.problem import Problem
from berth.output import as_builtins, print_json, print_table, size_text

_LISTED = 3
_KINDS: Mapping[str, str] = {
    "image": "image",
    "layer": "layer of the image",
    "data": "its data and settings",
    "permission": "decision about permission",
    "runtime": "choice of runtime",
    "manifest": "manifest",
    "script": "launcher script",
    "desktop-entry": "desktop entry",
    "container": "container engine",
    "instance": "running instance",
    "record": "record",
    "file": "file",
    "work": "being fetched or made",
}


def remove(options: argparse.Namespace) -> int:
    plan = _plan(options, m.PlanRemoval(options.app, options.keep_data))
    if options.dry_run:
        _show(plan, options.json)
        return 0
    if not options.yes:
        _confirm(plan)
    removed = _plan(options, m.RemoveApp(options.app, options.keep_data, stop=True))
    if options.json:
        print_json(as_builtins(removed))
    elif not removed.goes:
        print(f"There was nothing of {removed.name}.")
    else:
        print(f"{removed.name} is removed; {size_text(removed.freed)} are free again.")
    return 0


def _plan(options: argparse.Namespace, request: m.PlanRemoval | m.RemoveApp) -> m.RemovalPlan:
    result = ask(options, request)
    assert isinstance(result, m.RemovalPlan)
    return result


def _confirm(plan: m.RemovalPlan) -> None:
    """Raises `Problem` ``not-confirmed``."""
    if not sys.stdin.isatty():
        raise Problem("not-confirmed", "Nothing was removed.", "See what would go with --dry-run, then add --yes.")
    _show(plan, False)
    if input(f"Remove {plan.name}? [y]es, [N]o: ").strip().lower()[:1] != "y":
        raise Problem("not-confirmed", "Nothing was removed.")


def _show(plan: m.RemovalPlan, as_data: bool) -> None:
    if as_data:
        print_json({**_fields(plan), "freed": plan.freed})
        return
    print(f"Of {plan.name} these go ({size_text(plan.freed)}):" if plan.goes else f"Nothing of {plan.name} is there.")
    _table(plan.goes)
    for instance in plan.running:
        print(f"  {instance} is running and is ended first")
    if plan.stays:
        print("These stay:")
        _table(plan.stays)


def _fields(value: m.Message) -> dict[str, object]:
    fields = as_builtins(value)
    assert isinstance(fields, dict)
    return fields


def _table(things: Iterable[m.Belonging]) -> None:
    rows = [(_KINDS[t.kind], size_text(t.size) if t.size >= 0 else "", t.what, _reason(t)) for t in things]
    if rows:
        print_table(("  WHAT", "SIZE", "NAME", ""), [(f"  {row[0]}", *row[1:]) for row in rows])


def _listed(names: Sequence[str]) -> str:
    """The first ones; all of them are told as data."""
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + more


def _reason(thing: m.Belonging) -> str:
    match thing.why:
        case "shared":
            return f"used by {_listed(thing.used_by)}"
        case "kept":
            return "you keep it"
        case "system":
            return "the catalogue goes on offering the app"
        case "session":
            return f"belongs to the session “{', '.join(thing.used_by)}”"
        case _:
            return ""


def residue(options: argparse.Namespace) -> int:
    """0 if there is nothing of the app, 1 if there is."""
    found = _residue(options)
    if options.json:
        print_json(as_builtins(found))
    else:
        print("Searched:")
        for place in found.searched:
            print(f"  {place}")
        if found.found:
            print(f"Found of {options.app}:")
            _table(found.found)
        else:
            print(f"There is nothing of {options.app}.")
    return 1 if found.found else 0


def _residue(options: argparse.Namespace) -> m.Residue:
    """Without a session the files are searched from here, and no container engine is asked."""
    try:
        found = ask(options, m.FindResidue(options.app))
    except Problem as problem:
        if problem.code != "no-session":
            raise
        from berth.engine.residue import search

        found = search(options.app, options.paths)
        return m.Residue(found.found, (*found.searched, "not Docker and Podman: that takes a running session"))
    assert isinstance(found, m.Residue)
    return found
