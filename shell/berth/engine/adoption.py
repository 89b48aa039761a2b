"""At the engine's start: know again what runs, remove what a crash has left.

Truth is compared from three sides: the ledger (what should be), the runtime (what runs) and
the directories of instances (what was made). Only what is in the ledger and runs is kept.
"""

from __future__ import annotations

import asyncio
import dataclasses
import logging
from collections.abc import Container
from pathlib import Path
from typing import TypeVar

import msgspec

from berth.core.lent_terminal import companion, owner_of
from berth.core.manifest import Manifest
from berth.core.paths import Paths
from berth.core.problem import Problem
from berth.engine.catalogue import Catalogue, Entry
from berth.engine.declared import declared
from berth.engine.grants import GrantStore
from berth.engine.image_index import ImageIndex
from berth.engine.instance import AppInstance, private_root
from berth.engine.ledger import Ledger, Row
from berth.engine.supervision import Supervision, remove_tree
from berth.runtimes.port import Runtime

_log = logging.getLogger(__name__)
T = TypeVar("T")


async def adopt_and_reap(
    paths: Paths,
    *,
    catalogue: Catalogue,
    images: ImageIndex,
    ledger: Ledger,
    grants: GrantStore,
    runtime: Runtime,
    supervision: Supervision,
) -> None:
    """Must be done before anything is started and before display is told anything.

    Raises:
        Problem: ``directory-unusable``.
    """
    running = {instance.id: instance for instance in await runtime.list()}
    rows = {row.instance: row for row in ledger.rows()}
    alive = frozenset(id for id in rows if id in running and _has_terminal(paths, id, running))
    lent = {id: owner for id in running if (owner := owner_of(id)) in alive}
    made = set().union(*map(_directories, (paths.instances, private_root(paths), paths.received)))
    for debris in sorted((set(rows) | set(running) | made) - alive - set(lent)):
        await _reap(debris, (paths.instances / debris, paths.received / debris), runtime, ledger)
    await _discard(paths.incoming)
    await _discard(paths.dropped)
    grants.forget_other_sessions()
    grants.forget_other_instances(alive)
    for instance in sorted(alive):
        row = rows[instance]
        known = _known_again(paths, row, catalogue, images)
        known.terminals = {id: running[id] for id, owner in lent.items() if owner == instance}
        supervision.adopt(known, running[instance], row.mapped)


def _has_terminal(paths: Paths, instance: str, running: Container[str]) -> bool:
    """Not if the one is gone that was lent to its program: then that ends as well, or has not begun."""
    terminal = companion(instance)
    return terminal in running or not (paths.instances / terminal).exists()


def _directories(instances: Path) -> set[str]:
    try:
        return {path.name for path in instances.iterdir()}
    except FileNotFoundError:
        return set()
    except OSError as error:
        raise Problem(
            "directory-unusable",
            f"{instances} cannot be read: {error.strerror}.",
            "It is a directory of Berth's own: move away what is there, then start again.",
        ) from None


async def _discard(directory: Path) -> None:
    try:
        await asyncio.to_thread(remove_tree, directory)
    except Problem as problem:
        _log.error("%s", problem)


async def _reap(instance: str, directories: tuple[Path, ...], runtime: Runtime, ledger: Ledger) -> None:
    """What cannot be removed now keeps its row and is tried again at the next start."""
    try:
        await runtime.reap(instance)
        for directory in directories:
            await asyncio.to_thread(remove_tree, directory)
        ledger.remove(instance)
    except Problem as problem:
        _log.error("Leftovers of %s: %s", instance, problem)


def _known_again(paths: Paths, row: Row, catalogue: Catalogue, images: ImageIndex) -> AppInstance:
    image = images.with_digest(row.app, row.image)
    return AppInstance(
        row.instance,
        row.app,
        row.name,
        row.publisher,
        paths.instances / row.instance,
        _as_started(_same_publisher(catalogue.entries.get(row.app), row), row, images),
        row.image,
        created=row.created,
        received=paths.received / row.instance,
        profile=row.profile,
        settings=row.settings,
        arguments=_recorded(row.arguments, tuple[str, ...]) or (),
        given=frozenset(row.given.split()),
        version=row.version,
        version_name=image.version if image is not None else "",
    )


def _as_started(entry: Entry | None, row: Row, images: ImageIndex) -> Entry | None:
    """It is what was started then: whatever the user has set since, and whichever version is the current one now."""
    if entry is None:
        return None
    entry = declared(entry, images.with_digest(row.app, row.image), images.versions(row.app))
    manifest = _recorded(row.manifest, Manifest)
    return entry if manifest is None else dataclasses.replace(entry, manifest=manifest)


def _recorded(text: str, kind: type[T]) -> T | None:
    """None for what another version of Berth has written."""
    try:
        return msgspec.json.decode(text, type=kind) if text else None
    except msgspec.MsgspecError:
        return None


def _same_publisher(entry: Entry | None, row: Row) -> Entry | None:
    """A manifest that came from elsewhere meanwhile is another app's: its grants do not apply."""
    return entry if entry is not None and entry.publisher == row.publisher else None
