"""``berth versions``, ``berth update``, ``berth rollback`` and ``berth pin``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from datetime import datetime

from berth import commands
from berth.core import messages as m
from berth.core.problem import Problem
from berth.output import as_builtins, print_json, print_table, size_text

_DIGEST_SHOWN = 8


def versions(options: argparse.Namespace) -> int:
    found = _listed(commands.ask(options, m.ListVersions(options.app)))
    if options.json:
        print_json(as_builtins(found))
    else:
        _print(found)
    return 0


def update(options: argparse.Namespace) -> int:
    changed = commands.ask_showing_progress(options, m.UpdateApp(options.app, options.check))
    assert isinstance(changed, m.Update)
    if options.json:
        print_json(as_builtins(changed))
    else:
        _print_update(changed, options.check)
    return 0


def rollback(options: argparse.Namespace) -> int:
    changed = _listed(commands.ask(options, m.ChangeVersion(options.app, "use", options.version)))
    _print(changed)
    return 0


def pin(options: argparse.Namespace) -> int:
    """Without a version it is the current one."""
    wanted = options.version or _current(options)
    _print(_listed(commands.ask(options, m.ChangeVersion(options.app, "unpin" if options.unpin else "pin", wanted))))
    return 0


def _current(options: argparse.Namespace) -> str:
    found = _listed(commands.ask(options, m.ListVersions(options.app)))
    current = next((version.digest for version in found if version.current), "")
    if not current:
        raise Problem("no-such-version", f"There is no image of {options.app} yet.", f"berth update {options.app}")
    return current


def _listed(result: m.Result) -> tuple[m.VersionInfo, ...]:
    assert isinstance(result, m.Versions)
    return result.versions


def _print(found: tuple[m.VersionInfo, ...]) -> None:
    rows = [
        (
            version.version,
            version.digest.removeprefix("sha256:")[:_DIGEST_SHOWN],
            f"{datetime.fromtimestamp(version.created):%Y-%m-%d %H:%M}",
            size_text(version.size),
            size_text(version.own),
            _state(version),
        )
        for version in found
    ]
    print_table(("VERSION", "DIGEST", "SINCE", "SIZE", "OF ITS OWN", "STATE"), rows)


def _state(version: m.VersionInfo) -> str:
    words = (
        *(("current",) if version.current else ()),
        *(("pinned",) if version.pinned else ()),
        *(f"runs: {instance}" for instance in version.running),
    )
    return ", ".join(words) or "-"


def _print_update(changed: m.Update, check: bool) -> None:
    if changed.packages:
        rows = [(change.package, change.old or "-", change.new or "-") for change in changed.packages]
        print_table(("PACKAGE", "BEFORE", "AFTER"), rows)
    sys.stdout.writelines(f"{line}\n" for line in _said(changed, check))


def _said(changed: m.Update, check: bool) -> Iterator[str]:
    for word, permissions in (("now also", changed.more_permissions), ("no longer", changed.fewer_permissions)):
        if permissions:
            yield f"It {word} asks for: {', '.join(permissions)}"
    if check and changed.packages:
        yield f"{len(changed.packages)} packages would change: berth update {changed.app}"
    elif check or changed.old == changed.new:
        yield f"{changed.old} is the newest there is."
    else:
        sign = "+" if changed.grown >= 0 else "-"
        yield f"{changed.old} -> {changed.new}: {len(changed.packages)} packages, {sign}{size_text(abs(changed.grown))}"
        if changed.held:
            yield f"{changed.old} is pinned, so it stays the current one."
