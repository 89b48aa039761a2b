"""Everything that there is of an app, found by looking and not by asking those who made it.

It does not know what belongs where: it goes through all directories that Berth writes to and finds the app's id in
names, in files and in databases. So it also finds what its removal has forgotten.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from berth.core.messages import Belonging, Residue
from berth.core.paths import Paths
from berth.core.problem import Problem
from berth.engine.catalogue import shown
from berth.engine.images import layout
from berth.engine.images.layout import Index
from berth.engine.images.partial import places_of
from berth.engine.removal import check_app_id, disk_use, instances_in
from berth.runtimes.port import Runtime
from berth.runtimes.residue import keepers_left
from berth.runtimes.residue import residue as residue_of_instance

_TREES = ("blobs", "layers", "rootfs", "apt", "builds", "partial")
"""Of the image store: content that is looked at by digest, or by what it is for, and not by name."""

_ENDINGS = (".toml", ".json", ".desktop", ".svg", ".png", ".new", ".txt")
_WORD = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-")
_LONGEST = 200
"""Characters of a word on each side of an id that are looked at: some files are one word from end to end."""
_PIECE = 1 << 20


async def find_residue(app: str, paths: Paths, runtime: Runtime) -> Residue:
    """Raises `Problem` ``unknown-app`` for what can be no app."""
    found = await asyncio.to_thread(search, app, paths)
    images = [thing.what for thing in found.found if thing.kind == "image"]
    with contextlib.suppress(Problem):
        kept: dict[str, None] = {}
        for image in images or [""]:
            digest = await asyncio.to_thread(_digest_of, paths.images, image)
            kept |= dict.fromkeys(await runtime.kept_for(app, paths.images, digest))
        containers = tuple(Belonging("container", what) for what in kept)
        asked = "containers and images in Docker and Podman, where they were used"
        return Residue((*found.found, *containers), (*found.searched, asked))
    return found


def search(app: str, paths: Paths) -> Residue:
    """What there is of an app on this machine but for container engines, which an engine has to ask.

    Raises:
        Problem: ``unknown-app`` for what can be no app.
    """
    check_app_id(app)
    data, runtime = paths.images.parent, paths.runtime.parent
    runtimes = sorted(path for path in runtime.glob("berth*") if path.is_dir())
    found = [
        *_images(app, paths.images),
        *_homes(app, data),
        *(thing for place in (data, paths.drop, *runtimes) for thing in _files(app, place, paths.images)),
        *_entries(app, paths.desktop_entries),
        *_instances(app, paths, runtimes),
    ]
    return Residue(
        tuple(dict.fromkeys(found)),
        (
            f"names and contents of all files in {data}, the databases among them; not inside other apps' data",
            f"images, layers and unfinished work in {paths.images}",
            f"what was dropped into {paths.drop} and is there still",
            *(f"sockets, directories and logs of sessions in {place}" for place in runtimes),
            f"Berth's entries for other desktops in {paths.desktop_entries}",
            "processes, mounts and control groups of the app's instances, and what keeps terminals of one that is gone",
        ),
    )


# --- images


def _images(app: str, store: Path) -> Iterator[Belonging]:
    index = _index(store)
    claimed: set[str] = set()
    for item in index.manifests:
        digests = _reached(store, item.digest)
        # What else is kept with an image, e.g. the list of what it is made of, is named by the index.
        digests |= {value.removeprefix("sha256:") for value in item.annotations.values() if value[:7] == "sha256:"}
        claimed |= digests
        reference = item.annotations.get(layout.REFERENCE, "")
        if reference.rpartition(":")[0] == app:
            yield Belonging("image", reference)
            for tree in ("rootfs", "layers"):
                yield from (_directory(path) for path in _present(store / tree, digests))
    for place in places_of(app, store / "partial"):
        yield Belonging("file", f"{shown(place)}, an unfinished image", disk_use(place))
    for tree in ("rootfs", "layers", "blobs/sha256"):
        for path in sorted((store / tree).glob("*")):
            if path.name not in claimed:
                yield Belonging("file", f"{shown(path)}, which no image needs")


def _index(store: Path) -> Index:
    try:
        return layout.decode((store / "index.json").read_bytes(), Index, "index")
    except (OSError, Problem):
        return Index()


def _reached(store: Path, digest: str) -> set[str]:
    """Hexadecimal digests of an image, of its blobs and of its unpacked layers."""
    found = {layout.hex_digits(digest)}
    with contextlib.suppress(OSError, Problem):
        blobs = store / "blobs/sha256"
        manifest = layout.decode((blobs / layout.hex_digits(digest)).read_bytes(), layout.Manifest, "manifest")
        found |= {layout.hex_digits(item.digest) for item in (manifest.config, *manifest.layers)}
        document = (blobs / layout.hex_digits(manifest.config.digest)).read_bytes()
        config = layout.decode(document, layout.Config, "configuration")
        found |= {layout.hex_digits(diff_id) for diff_id in config.rootfs.diff_ids}
    return found


def _present(tree: Path, digests: set[str]) -> Iterator[Path]:
    return (tree / digest for digest in sorted(digests) if (tree / digest).exists())


def _directory(path: Path) -> Belonging:
    return Belonging("layer", shown(path), disk_use(path))


def _digest_of(store: Path, reference: str) -> str:
    found = (item.digest for item in _index(store).manifests if item.annotations.get(layout.REFERENCE) == reference)
    return next(found, "") if reference else ""


# --- files


def _homes(app: str, data: Path) -> Iterator[Belonging]:
    for home in (data / "apps" / app, *sorted((data / "sessions").glob(f"*/apps/{app}"))):
        if os.path.lexists(home):
            yield Belonging("data", shown(home), disk_use(home))


def _files(app: str, place: Path, images: Path) -> Iterator[Belonging]:
    """Files below `place` that carry the app's id in their name or have it in them."""
    for folder, folders, names in os.walk(place):
        here = Path(folder)
        if here.name == "apps" and (here.parent == place or here.parent.parent.name == "sessions"):
            folders.clear()  # what apps have written, told one by one
            continue
        if here == images:
            folders[:] = [name for name in folders if name not in _TREES]
        for name in (*folders, *names):
            if _is_about(app, os.fsencode(name)):
                yield Belonging("file", shown(here / name))
        for name in names:
            with contextlib.suppress(OSError):
                yield from _contents(app, here / name)
    if place == images.parent:
        yield from _documents(app, images / "blobs/sha256")


def _entries(app: str, directory: Path) -> Iterator[Belonging]:
    """What others have there may well speak of a program of the same id that is the machine's own."""
    for path in sorted(directory.glob("berth_*")):
        if path.name.endswith(f"_{app}.desktop"):
            yield Belonging("desktop-entry", shown(path))


def _documents(app: str, blobs: Path) -> Iterator[Belonging]:
    for path in sorted(blobs.glob("*")):
        with contextlib.suppress(OSError):
            if path.stat().st_size <= layout.MAX_DOCUMENT and path.read_bytes()[:1] == b"{":
                yield from _contents(app, path)


def _contents(app: str, path: Path) -> Iterator[Belonging]:
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(fd, "rb") as file:
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode) or not status.st_size:
            return
        if file.read(16) == b"SQLite format 3\0":
            yield from (Belonging("record", f"{table} in {shown(path)}") for table in _tables(app, path))
            return
        file.seek(0)
        if any(_is_about(app, word) for word in _words(file, app.encode())):
            yield Belonging("file", f"{shown(path)} speaks of it")


def _words(file: BinaryIO, inner: bytes) -> Iterator[bytes]:
    """The words of a file that have `inner` in them. Not mapped: it might become shorter, which kills us."""
    content, at, more = b"", 0, True
    while more:
        piece = file.read(_PIECE)
        content, more = content + piece, bool(piece)
        # A word near the end may go on in the next piece.
        end = len(content) - _LONGEST - len(inner) if more else len(content)
        while 0 <= (found := content.find(inner, at)) < end:
            yield _word_at(content, found, found + len(inner))
            at = found + len(inner)
        at = max(at, end)
        content, at = content[max(at - _LONGEST, 0) :], min(at, _LONGEST)


def _word_at(content: bytes, first: int, last: int) -> bytes:
    start, end = first, last
    while start > 0 and first - start < _LONGEST and content[start - 1] in _WORD:
        start -= 1
    while end < len(content) and end - last < _LONGEST and content[end] in _WORD:
        end += 1
    return content[start:end]


def _is_about(app: str, word: bytes) -> bool:
    """Whether a file's name, or a word of a text, is the app's id and not a longer one."""
    text = os.fsdecode(word).strip(".-_").removeprefix("berth-")
    endings = (text.removesuffix(ending) for ending in _ENDINGS)
    return text == app or any(ending == app for ending in endings)


def _tables(app: str, path: Path) -> Iterator[str]:
    """Tables of a database that have the app's id in any column."""
    with (
        contextlib.suppress(sqlite3.Error),
        contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection,
    ):
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            columns = [row[1] for row in connection.execute(f'PRAGMA table_info("{table}")')]
            where = " OR ".join(f'"{column}" = ?' for column in columns)
            if connection.execute(f'SELECT 1 FROM "{table}" WHERE {where} LIMIT 1', [app] * len(columns)).fetchone():
                yield table


# --- instances


def _instances(app: str, paths: Paths, runtimes: list[Path]) -> Iterator[Belonging]:
    data = paths.images.parent
    ledgers = (data / "ledger.sqlite", *data.glob("sessions/*/ledger.sqlite"), *(p / "ledger.sqlite" for p in runtimes))
    for instance in sorted({instance for ledger in ledgers for instance in instances_in(ledger, app)}):
        yield Belonging("instance", instance)
        for runtime in runtimes:
            for trace in residue_of_instance(instance, runtime / "private"):
                yield Belonging("instance", f"{instance}: {trace}")
    for pid, instance in keepers_left(app, paths.runtime.parent).items():
        yield Belonging("instance", f"{instance}: process {pid} keeps its terminals")
