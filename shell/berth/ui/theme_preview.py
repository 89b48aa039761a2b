"""Pictures of what themes look like, for the list of them: ``python -m berth.ui.theme_preview --base DIR ID=DIR ...``.

A theme may come from a stranger, so its sheets and pictures are read, and it is drawn, in a process of its own with
bounds on time and memory; the desktop loads only what that has drawn. A theme's own ``preview.png`` (or .jpg, .webp)
is made as small here; the others are drawn from their boxes and tokens: a window with its bar, another one behind
it, a menu, and panel or dock. Each is kept until a file of the theme changes.

A line of JSON says for each theme where its picture is: ``{"theme": "dune", "file": "/…/dune.png"}``.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import resource
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import chain
from pathlib import Path

from berth.core.problem import Problem
from berth.themes.folder import read_bytes_inside
from berth.themes.package import MOST_DEEP, MOST_FILES, MOST_PREVIEW, PREVIEW, examine_preview

WIDTH, HEIGHT = 480, 300
"""Pixels of a picture."""
_DRAWN = 2
"""Another number when `berth.ui.theme_scene` draws something else."""
_SECONDS = 30
_MOST_MEMORY = 2 << 30
_MOST_KEPT = 128


def cache_folder(environ: Mapping[str, str]) -> Path:
    """Where the pictures are kept."""
    base = environ.get("XDG_CACHE_HOME") or Path(environ.get("HOME", "/"), ".cache")
    return Path(base) / "berth/previews"


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parse(arguments)
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
    kept = cache_folder(os.environ)
    kept.mkdir(parents=True, exist_ok=True)
    used = set()
    for theme, folder, file in _in_turn(options, kept):
        with suppress(Problem, OSError, ValueError):
            if not file.exists():
                _begun(file).touch()
                _make(folder, options, file)
            used.add(file)
            sys.stdout.write(json.dumps({"theme": theme, "file": os.fspath(file)}) + "\n")
            sys.stdout.flush()
        with suppress(OSError):
            _begun(file).unlink()
    _forget(kept, used)
    return 0


def _in_turn(options: argparse.Namespace, kept: Path) -> list[tuple[str, Path, Path]]:
    """Themes with their folders and pictures. One at which this ended before its time is last, or no other would ever
    have a picture."""
    found = []
    for entry in options.themes:
        theme, _, folder = entry.partition("=")
        found.append((theme, Path(folder), kept / f"{_key(Path(folder), options)}.png"))
    return sorted(found, key=lambda one: _begun(one[2]).exists())


def _begun(file: Path) -> Path:
    """A mark that stays if this does not survive the making of a picture."""
    return file.with_suffix(".begun")


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="berth.ui.theme_preview")
    parser.add_argument("--base", type=Path, required=True, help="folder of the default theme")
    parser.add_argument("--scheme", choices=("light", "dark"), default="light")
    parser.add_argument("--contrast", choices=("", "high"), default="")
    parser.add_argument("themes", nargs="*", metavar="ID=FOLDER")
    return parser.parse_args(arguments)


def _key(folder: Path, options: argparse.Namespace) -> str:
    """A name that is another one after anything has changed that the picture is made of."""
    files = [*_files(folder, MOST_DEEP), *_files(options.base, MOST_DEEP)]
    about = [_DRAWN, options.scheme, options.contrast, sorted(files)]
    return hashlib.sha256(json.dumps(about).encode()).hexdigest()[:32]


def _files(folder: Path, deep: int) -> Iterator[tuple[str, int, int]]:
    with suppress(OSError), os.scandir(folder) as entries:
        for entry, _number in zip(entries, range(MOST_FILES), strict=False):
            status = entry.stat()
            if entry.is_dir(follow_symlinks=False) and deep > 1:
                yield from _files(Path(entry.path), deep - 1)
            else:
                yield os.fsencode(entry.path).hex(), status.st_mtime_ns, status.st_size


def _make(folder: Path, options: argparse.Namespace, file: Path) -> None:
    """Raises `Problem`, ValueError or OSError if there is no picture of it."""
    # Which takes a while: not for pictures that are there.
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from PySide6.QtGui import QGuiApplication, QImageReader

    from berth.ui.theme_scene import fitted, scene

    _application = QGuiApplication.instance() or QGuiApplication(["berth-preview"])
    QImageReader.setAllocationLimit(64)
    data = _own(folder)
    image = scene(folder, options.base, options.scheme, options.contrast) if data is None else fitted(data)
    temporary = file.with_name(f".{file.name}.{os.getpid()}")
    if not image.save(os.fspath(temporary), "PNG"):  # type: ignore[call-overload]
        raise OSError(f"{file} could not be written")
    temporary.replace(file)


def _own(folder: Path) -> bytes | None:
    """The picture that the theme brings; None if there is none, or none that is sound."""
    for name in PREVIEW:
        with suppress(Problem):
            data = read_bytes_inside(folder, name, MOST_PREVIEW)
            examine_preview(data, name)
            return data
    return None


def _forget(kept: Path, used: set[Path]) -> None:
    """Pictures of themes as they were once."""
    with suppress(OSError):
        kinds = ("*.png", "*.begun")
        others = sorted({*chain(*map(kept.glob, kinds))} - used, key=lambda file: file.stat().st_mtime)
        for file in others[: max(0, len(others) - _MOST_KEPT)]:
            file.unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(main())
