"""``berth set``, ``berth profile`` and ``berth restart``: how apps run."""

from __future__ import annotations

import argparse
import sys

from berth.commands import ask, do
from berth.core import messages as m
from berth.core.problem import Problem
from berth.output import as_builtins, print_json, print_table


def settings(options: argparse.Namespace) -> int:
    changes = (*(_change(text) for text in options.changes), *((key, None) for key in options.unset))
    if changes or options.reset:
        result = ask(options, m.ChangeSettings(options.app, options.profile, changes, options.reset))
    else:
        result = ask(options, m.GetSettings(options.app, options.profile))
    assert isinstance(result, m.Settings)
    if result.problem is not None:
        raise Problem(result.problem.code, result.problem.message, result.problem.hint)
    shown = [entry for entry in result.settings if entry.changed or not (options.diff or changes or options.reset)]
    if options.json:
        print_json(as_builtins(shown))
        return 0
    if options.diff:
        print_table(("SETTING", "MANIFEST", "NOW"), [(e.key, e.default or "-", e.value or "-") for e in shown])
    elif not changes and not options.reset:
        print_table(
            ("SETTING", "VALUE", "SET BY"),
            [(e.key, e.value or "-", "you" if e.changed else "the manifest") for e in shown],
        )
    return 0


def profile(options: argparse.Namespace) -> int:
    wanted = {"list": 0, "new": 1, "duplicate": 2, "rename": 2, "delete": 1}[options.action]
    if len(options.names) != wanted and (options.action, len(options.names)) != ("duplicate", 1):
        raise Problem(
            "usage", f"“{options.action}” takes {wanted} names.", "For example: berth profile APP rename Work Home"
        )
    if options.action == "list":
        return _list_profiles(options)
    first, last = options.names[0], options.names[-1]
    if options.action == "delete":
        last = ""
    elif len(options.names) == 1:  # a new one, or one that is like the app as such
        first = ""
    return do(options, m.ChangeProfile(options.app, options.action, first, last))


def _list_profiles(options: argparse.Namespace) -> int:
    result = ask(options, m.ListApps())
    assert isinstance(result, m.Apps)
    found = next((app.profiles for app in result.apps if app.app == options.app), None)
    if found is None:
        ask(options, m.GetSettings(options.app))  # says what is wrong with the name
        found = ()
    if options.json:
        print_json(found)
    else:
        print_table(("PROFILE",), [(name,) for name in found])
    return 0


def restart(options: argparse.Namespace) -> int:
    result = ask(options, m.RestartInstance(options.instance))
    assert isinstance(result, m.Started)
    sys.stdout.write(f"{result.instance}\n")
    return 0


def _change(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise Problem("usage", f"“{text}” is no KEY=VALUE.", "For example: berth set APP limits.memory=1G")
    return key, value
