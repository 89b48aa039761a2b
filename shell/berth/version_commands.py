"""``berth versions``, ``berth update``, ``berth rollback`` and ``berth pin``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from datetime import datetime
from typing import Literal

from berth import commands
from berth.core import messages as m
from berth.core.problem import Problem
from berth.output import as_builtins, print_json, print_table, size_text
from berth.registry_commands import signature_text

_DIGEST_SHOWN = 8


def versions(options: argparse.Namespace) -> int:
    """List them, or remove one."""
    if options.action == "remove":
        return _remove(options)
    return _show(options, commands.ask(options, m.ListVersions(options.app)))


def _remove(options: argparse.Namespace) -> int:
    if not options.version:
        raise Problem("usage", "Which version?", f"List them with: berth versions {options.app}")
    request = m.ChangeVersion(options.app, "remove", options.version, options.with_data)
    changed = commands.ask(options, request)
    assert isinstance(changed, m.Versions)
    if options.json:
        print_json(as_builtins(changed))
    else:
        sys.stdout.write(f"{options.version} is removed, {size_text(changed.freed)} are free again.\n")
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
    return _show(options, commands.ask(options, m.ChangeVersion(options.app, "use", options.version)))


def pin(options: argparse.Namespace) -> int:
    """Without a version it is the current one."""
    wanted = options.version or _current(options)
    action: Literal["pin", "unpin"] = "unpin" if options.unpin else "pin"
    return _show(options, commands.ask(options, m.ChangeVersion(options.app, action, wanted)))


def _show(options: argparse.Namespace, result: m.Result) -> int:
    found = _listed(result)
    if options.json:
        print_json(as_builtins(found))
    else:
        _print(found)
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
            size_text(version.data) if version.profile else "-",
            _state(version),
        )
        for version in found
    ]
    print_table(("VERSION", "DIGEST", "SINCE", "SIZE", "OF ITS OWN", "DATA", "STATE"), rows)


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
    if changed.configuration:
        rows = [(change.what, change.old or "-", change.new or "-") for change in changed.configuration]
        print_table(("SETTING", "BEFORE", "AFTER"), rows)
    sys.stdout.writelines(f"{line}\n" for line in _said(changed, check))


def _said(changed: m.Update, check: bool) -> Iterator[str]:
    for word, permissions in (("now also", changed.more_permissions), ("no longer", changed.fewer_permissions)):
        if permissions:
            yield f"It {word} asks for: {', '.join(permissions)}"
    if check and changed.packages:
        yield f"{len(changed.packages)} packages would change: berth update {changed.app}"
    elif check and changed.source:
        yield f"{changed.source} is newer, {size_text(changed.fetch)} to fetch: berth update {changed.app}"
        if said := signature_text(changed.signature):
            yield f"It is {said}."
        yield "Which packages change is known once it is here."
    elif check or changed.old == changed.new:
        yield f"{changed.old} is the newest there is."
    else:
        sign = "+" if changed.grown >= 0 else "-"
        yield f"{changed.old} -> {changed.new}: {len(changed.packages)} packages, {sign}{size_text(abs(changed.grown))}"
        if changed.held:
            yield f"{changed.old} is pinned, so it stays the current one."
