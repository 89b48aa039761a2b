"""What a layer adds to the layers below it, changes of them and takes away: file by file, in order.

Directories are walked side by side, so that of each only the names of one directory at a time are held. The trees were
written by `berth.engine.images.unpack`; no link in them is followed.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Literal

from berth.engine.images.unpack import Whiteouts

Change = Literal["added", "changed", "removed"]


@dataclass(frozen=True)
class LayerTree:
    """An unpacked layer, and by directory which names of the layers below it takes away."""

    tree: Path
    whiteouts: Whiteouts
    removed: Mapping[str, frozenset[str]] = field(init=False)

    def __post_init__(self) -> None:
        names: dict[str, set[str]] = defaultdict(set)
        for path in self.whiteouts.removed:
            place = PurePosixPath(path)
            names["" if str(place.parent) == "." else str(place.parent)].add(place.name)
        object.__setattr__(self, "removed", {place: frozenset(found) for place, found in names.items()})

    def hides_all_below(self, directory: str) -> bool:
        return directory in self.whiteouts.opaque


def layer_files(layers: Sequence[LayerTree]) -> Iterator[tuple[str, int, Change]]:
    """Path, bytes and change of each file and link of the last of `layers` (the lowest first), sorted by path.

    A directory that is taken away with all that is in it is told once.
    """
    yield from _walk("", layers[-1], [(layer, layer.tree) for layer in reversed(layers[:-1])])


def _walk(directory: str, layer: LayerTree, below: list[tuple[LayerTree, Path]]) -> Iterator[tuple[str, int, Change]]:
    """
    Args:
        below: layers that have this directory, the highest first.
    """
    own = _names(layer.tree / directory)
    seen = _visible(directory, below)
    gone = seen.keys() if layer.hides_all_below(directory) else layer.removed.get(directory, frozenset()) & seen.keys()
    for name in sorted(own.keys() | gone):
        path = f"{directory}/{name}" if directory else name
        entry = own.get(name)
        if entry is None:
            yield path, 0, "removed"
        elif entry.is_dir(follow_symlinks=False):
            hidden = name in gone
            if name in seen and not seen[name]:  # a file makes room for a directory
                yield path, 0, "removed"
            deeper = [] if hidden else _deeper(directory, name, below)
            if hidden and seen[name]:
                yield from _lost(path, layer, _deeper(directory, name, below))
            yield from _walk(path, layer, deeper)
        else:
            yield path, entry.stat(follow_symlinks=False).st_size, "changed" if name in seen else "added"


def _lost(path: str, layer: LayerTree, below: list[tuple[LayerTree, Path]]) -> Iterator[tuple[str, int, Change]]:
    """What was in a directory that is taken away and made anew."""
    own = _names(layer.tree / path)
    for name in sorted(_visible(path, below).keys() - own.keys()):
        yield f"{path}/{name}", 0, "removed"


def _visible(directory: str, below: list[tuple[LayerTree, Path]]) -> dict[str, bool]:
    """Names that lower layers show in this directory, and whether each is a directory itself."""
    found: dict[str, bool] = {}
    hidden: set[str] = set()
    for layer, place in below:
        for name, entry in _names(place).items():
            if name not in hidden:
                found.setdefault(name, entry.is_dir(follow_symlinks=False))
        hidden |= layer.removed.get(directory, frozenset())
        if layer.hides_all_below(directory):
            break
    return found


def _deeper(directory: str, name: str, below: list[tuple[LayerTree, Path]]) -> list[tuple[LayerTree, Path]]:
    """The lower layers whose directory of this name is seen."""
    found: list[tuple[LayerTree, Path]] = []
    for layer, place in below:
        child = place / name
        if child.is_symlink() or (not child.is_dir() and os.path.lexists(child)):
            break
        if child.is_dir():
            found.append((layer, child))
        if name in layer.removed.get(directory, ()) or layer.hides_all_below(directory):
            break
    return found


def _names(place: Path) -> dict[str, os.DirEntry[str]]:
    try:
        with os.scandir(place) as entries:
            return {entry.name: entry for entry in entries}
    except (FileNotFoundError, NotADirectoryError):
        return {}
