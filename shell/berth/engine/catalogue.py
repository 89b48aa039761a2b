"""The catalogue: every valid manifest on this machine, and what is wrong with the others."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from berth.core.manifest import MAX_FILE_BYTES, Fault, Manifest, ManifestInvalid, nearest, parse_manifest
from berth.core.messages import AppPicture
from berth.core.paths import Paths
from berth.core.problem import Problem
from berth.engine.app_pictures import Known, pictures_of
from berth.engine.images.derive import is_derived

_IN_CHECKOUT = Path(__file__).parents[3] / "app-manifests"
_SYSTEM = Path("/usr/share/berth/app-manifests")
_MAX_FILES = 2000
OWN_PUBLISHER = "Berth"


@dataclass(frozen=True)
class Entry:
    """One app. `publisher` is where its manifest comes from, not what it claims; `runtime` what the user has set to
    run it, before anything else, "" if nothing. `derived`: the manifest was made from the app's image, and nobody has
    changed it since; `older`: it is that of an image which is not the newest. `pictures`: those of the manifest that
    can be shown."""

    manifest: Manifest
    path: Path
    publisher: str
    runtime: str = ""
    derived: bool = False
    older: bool = False
    pictures: tuple[AppPicture, ...] = ()


@dataclass(frozen=True)
class Catalogue:
    """Apps by id; `broken` holds a problem for each file that gives no app, or no picture of one."""

    entries: Mapping[str, Entry] = field(default_factory=dict)
    broken: tuple[tuple[Path, Problem], ...] = ()

    def find(self, app: str) -> Entry:
        """Raises `Problem`: what is wrong with the app's manifest, or ``unknown-app``."""
        entry = self.entries.get(app)
        if entry is not None:
            return entry
        for path, problem in self.broken:
            if path.stem == app:
                raise problem
        near = nearest(app, self.entries) or self._by_short_name(app)
        hint = f"Did you mean “{near}”?" if near else "List the apps with: berth apps"
        raise Problem("unknown-app", f"There is no app “{app[:100]}”.", hint)

    def _by_short_name(self, app: str) -> str:
        """People say “foot”, not “org.codeberg.dnkl.foot”."""
        short = {id.rpartition(".")[2].lower(): id for id in self.entries}
        short |= {entry.manifest.name.lower(): id for id, entry in self.entries.items()}
        near = nearest(app.rpartition(".")[2].lower(), short)
        return short[near] if near else ""


def manifest_directories(paths: Paths, environment: Mapping[str, str]) -> tuple[Path, ...]:
    """Where manifests are looked for, in order of precedence."""
    chosen = environment.get("BERTH_MANIFESTS", "")
    if chosen:
        return tuple(Path(part).absolute() for part in chosen.split(":") if part)
    return (_IN_CHECKOUT, _SYSTEM, paths.state / "manifests")


def picture_directories(directories: Iterable[Path]) -> tuple[Path, ...]:
    """Where the pictures of the manifests in `directories` lie, unless these say otherwise."""
    return tuple(directory / "pictures" for directory in directories)


def read_catalogue(directories: tuple[Path, ...], known: Known | None = None) -> Catalogue:
    """Read all manifests. Slow enough (a millisecond a file) to be done off the event loop.

    Args:
        known: pictures that were examined before; is added to.
    """
    known = {} if known is None else known
    entries: dict[str, Entry] = {}
    broken: list[tuple[Path, Problem]] = []
    for path in _files(directories):
        try:
            text = read_text(path)
            manifest = parse_manifest(text, shown(path))
            _check_unique(entries, manifest, path)
        except Problem as problem:
            broken.append((path, problem))
        else:
            looked_at = list(pictures_of(manifest, path, known))
            pictures = tuple(found for found in looked_at if isinstance(found, AppPicture))
            broken += (found for found in looked_at if isinstance(found, tuple))
            derived = is_derived(text)
            entries[manifest.id] = Entry(manifest, path, _publisher(path), derived=derived, pictures=pictures)
    return Catalogue(entries, tuple(broken))


def _files(directories: tuple[Path, ...]) -> Iterator[Path]:
    for directory in directories:
        try:
            found = sorted(directory.iterdir())
        except OSError:
            # Directories come and go; the watch reports when this one appears.
            continue
        yield from (path for path in found[:_MAX_FILES] if path.suffix == ".toml" and path.name[0] != ".")


def read_text(path: Path) -> str:
    """A small file that anybody may have put there. Raises `Problem`: why it is none, or cannot be read."""
    try:
        # Without O_NONBLOCK a named pipe among the manifests would block us for ever.
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        with os.fdopen(fd, "rb") as file:
            if not stat.S_ISREG(os.fstat(fd).st_mode):
                raise ManifestInvalid(shown(path), [Fault(1, "this is not a regular file")])
            return file.read(MAX_FILE_BYTES + 1).decode()
    except UnicodeDecodeError:
        raise ManifestInvalid(shown(path), [Fault(1, "the file is not UTF-8 text")]) from None
    except OSError as error:
        raise Problem("manifest-unreadable", f"{shown(path)} cannot be read: {error.strerror}.") from None


def _check_unique(entries: Mapping[str, Entry], manifest: Manifest, path: Path) -> None:
    other = entries.get(manifest.id)
    if other is not None:
        raise Problem(
            "manifest-duplicate",
            f"{shown(path)} is ignored: {shown(other.path)} describes “{manifest.id}” already.",
            "Remove one of them or give it another id.",
        )


def _publisher(path: Path) -> str:
    return OWN_PUBLISHER if path.parent in (_IN_CHECKOUT, _SYSTEM) else shown(path.parent)


def shown(path: Path) -> str:
    """A path as text: file names need not be."""
    return os.fsencode(path).decode(errors="replace")
