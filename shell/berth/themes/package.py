"""What a theme consists of, checked before any of it counts. It may come from a stranger.

A theme is files in memory here: path inside of the folder -> contents. `collect` takes them from a folder,
`berth.themes.pack` from one file; `examine` says whether they are a theme at all.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from berth.core.picture_files import Bounds
from berth.core.picture_files import examine_picture as examine_picture_file
from berth.core.problem import Problem
from berth.themes import app_icons, fonts, pictures, sounds
from berth.themes.design_tokens import parse_tokens
from berth.themes.folder import Description, is_id, parse_description
from berth.themes.fonts import examine_font
from berth.themes.pictures import examine_picture
from berth.themes.sheet import MOST_BYTES as MOST_SHEET

MOST_FILES = 256
MOST_BYTES = 64 << 20
MOST_DEEP = 4
_MOST_NAME = 64
_MOST_TEXT = 256 << 10
_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._ -]*")
_LICENSE = re.compile(r"[A-Za-z0-9.+()/ -]{2,120}")
_VERSION = re.compile(r"\d{1,6}(\.\d{1,6}){0,3}([-+][0-9A-Za-z.-]{1,40})?")
_TEXTS = (".txt", ".md")
_TEXT_NAMES = ("LICENSE", "COPYING", "README", "NOTICE", "OFL")
_AT_ROOT = ("theme.toml", "tokens.json")
PREVIEW = {"preview.png": "png", "preview.jpg": "jpeg", "preview.webp": "webp"}
"""What a theme may bring as its picture in the list of themes."""
MOST_PREVIEW = 4 << 20
_PREVIEW_BOUNDS = Bounds(PREVIEW, MOST_PREVIEW, 4096, 8 << 20)
_KINDS = (
    "style sheets, PNG and JPEG, icon themes, TrueType and OpenType fonts, WAV and Ogg Vorbis, and texts (.txt, .md)"
)

Files = Mapping[str, bytes]


def _refused(message: str, hint: str) -> Problem:
    return Problem("theme-refused", message, hint)


def check_name(name: str) -> None:
    """Raises `Problem` ``theme-refused`` unless `name` is a path that every system takes for the same file."""
    shown = ascii(name[:80])[1:-1]
    parts = name.split("/")
    if name.startswith("/") or "\\" in name or ":" in name or ".." in parts:
        raise _refused(f"“{shown}” lies outside of the theme's folder.", "A theme has files of its own folder only.")
    if len(parts) > MOST_DEEP:
        raise _refused(f"“{shown}” lies too deep.", f"At most {MOST_DEEP - 1} folders inside of each other.")
    if any(len(part) > _MOST_NAME for part in parts):
        raise _refused(f"“{shown}…” has too long a name.", f"A name has {_MOST_NAME} characters at most.")
    if any(_PART.fullmatch(part) is None or part[-1] in ". " for part in parts):
        hint = "Plain letters, digits, dashes, dots, spaces and underscores."
        raise _refused(f"“{shown}” has a name that is not the same everywhere.", hint)


def check_names(names: list[str]) -> None:
    """Each by itself, their number, and none that is the same file as another one on some system."""
    if len(names) > MOST_FILES:
        raise _refused(f"The theme has {len(names)} files.", f"It may have {MOST_FILES}.")
    if len(set(names)) < len(names):
        raise _refused("A file is there twice.", "Each file has a name of its own.")
    kinds: dict[str, tuple[str, bool]] = {}
    for name in names:
        check_name(name)
        parts = name.split("/")
        for depth in range(1, len(parts) + 1):
            here = ("/".join(parts[:depth]), depth == len(parts))
            known = kinds.setdefault(here[0].lower(), here)
            if known != here:
                message = f"“{here[0]}” and “{known[0]}” are the same file on some systems."
                raise _refused(message, "Rename one of them.")


def examine(files: Files) -> Description:
    """What the files say they are.

    Raises:
        Problem: ``theme-refused``, ``theme-invalid``, ``theme-picture``, ``theme-font``, ``theme-sound`` or
            ``theme-icons`` for the first thing that a theme must not hold: bad names, too much, unknown kinds of files,
            or what is not what it is called.
    """
    check_names(list(files))
    total = sum(map(len, files.values()))
    if total > MOST_BYTES:
        raise _refused(f"The theme has {total >> 20} MiB.", f"It may have {MOST_BYTES >> 20} MiB.")
    for name, data in files.items():
        examine_file(name, data)
    return _described(files)


def _described(files: Files) -> Description:
    if "theme.toml" not in files:
        raise _refused("There is no theme.toml.", "Choose the folder of a theme, or a file that was made of one.")
    found = parse_description(files["theme.toml"].decode("utf-8"), "theme.toml")
    if not is_id(found.id):
        hint = "Lower case letters, digits and dashes."
        raise Problem("theme-invalid", f"theme.toml: “{ascii(found.id[:60])[1:-1]}” is no id of a theme.", hint)
    lines = (found.name, found.summary, found.author)
    if not found.name or not all(len(text) <= 200 and text.isprintable() for text in lines):
        message = "theme.toml: name, summary or author is no line of words."
        raise Problem("theme-invalid", message, 'Like name = "Calm".')
    if _VERSION.fullmatch(found.version) is None:
        raise Problem("theme-invalid", "theme.toml: the theme has no version.", 'Add version = "1.0" or the like.')
    if _LICENSE.fullmatch(found.license) is None:
        hint = 'Say how others may use it, like license = "CC-BY-SA-4.0" (see spdx.org/licenses).'
        raise Problem("theme-invalid", "theme.toml: the theme has no license.", hint)
    return found


def is_text(name: str) -> bool:
    """Whether a file is about the theme, or is read by its name alone."""
    path = PurePosixPath(name)
    return name in _AT_ROOT or path.suffix.lower() in _TEXTS or path.name in _TEXT_NAMES


def examine_file(name: str, data: bytes) -> None:
    """Raises the `Problem` of one file, as `examine` does for all."""
    path = PurePosixPath(name)
    suffix = path.suffix.lower()
    if name in PREVIEW:
        examine_preview(data, name)
    elif suffix in pictures.FORMATS:
        if examine_picture(data, name).format != pictures.FORMATS[suffix]:
            raise Problem("theme-picture", f"“{name}” is of another format than its name says.", "Rename it.")
    elif suffix in sounds.FORMATS:
        if sounds.examine_sound(data, name).format != sounds.FORMATS[suffix]:
            raise Problem("theme-sound", f"“{name}” is of another format than its name says.", "Rename it.")
    elif suffix in fonts.SUFFIXES:
        examine_font(data, name)
    elif path.name == app_icons.INDEX:
        app_icons.examine_index(data, name)
    elif suffix == ".svg" and len(path.parts) > app_icons.ABOVE_PICTURES:
        app_icons.examine_svg(data, name)
    elif name in _AT_ROOT or suffix == ".css":
        _text(name, data, MOST_SHEET)
        if name == "tokens.json":
            parse_tokens(data.decode("utf-8"), name)
    elif is_text(name):
        _text(name, data, _MOST_TEXT)
    else:
        raise _refused(f"“{name}” does not belong into a theme.", f"A theme has {_KINDS}.")


def examine_preview(data: bytes, name: str) -> None:
    """Raises `Problem` ``theme-picture`` unless `data` is a sound picture for the list of themes."""
    try:
        found = examine_picture_file(data, name, _PREVIEW_BOUNDS)
    except Problem as problem:
        raise Problem("theme-picture", problem.message, problem.hint) from None
    if found.format != PREVIEW[name]:
        raise Problem("theme-picture", f"“{name}” is of another format than its name says.", "Rename it.")


def _text(name: str, data: bytes, most: int) -> None:
    if len(data) > most:
        raise _refused(f"“{name}” is too large.", f"Such a file has {most >> 10} KiB at most.")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise _refused(f"“{name}” is no UTF-8 text.", "Save it as UTF-8.")


# --- from a folder


def collect(folder: Path) -> dict[str, bytes]:
    """The files of `folder` but hidden ones and copies that editors leave (``~``).

    Raises:
        Problem: ``theme-refused`` for links, devices and what is too much; ``theme-file`` for what cannot be read.
    """
    found: dict[str, bytes] = {}
    try:
        top = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise Problem("theme-file", f"{folder} cannot be read: {error.strerror}.", "Choose another folder.") from None
    try:
        for name, data in _walk(top, "", MOST_DEEP):
            found[name] = data
            if len(found) > MOST_FILES:
                raise _refused(f"The theme has more than {MOST_FILES} files.", "Take away what it does not use.")
            if sum(map(len, found.values())) > MOST_BYTES:
                raise _refused(f"The theme has more than {MOST_BYTES >> 20} MiB.", "Make its pictures smaller.")
    finally:
        os.close(top)
    return dict(sorted(found.items()))


def _walk(at: int, inside: str, depth: int) -> Iterator[tuple[str, bytes]]:
    for entry in sorted(os.listdir(at)):
        name = inside + entry
        if entry.startswith(".") or entry.endswith("~"):
            continue
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        try:
            kind = os.stat(entry, dir_fd=at, follow_symlinks=False)
            if not stat.S_ISDIR(kind.st_mode) and not stat.S_ISREG(kind.st_mode):
                what = "a link" if stat.S_ISLNK(kind.st_mode) else "no plain file"
                raise _refused(f"“{ascii(name)[1:-1]}” is {what}.", "Put the file itself there.")
            fd = os.open(entry, flags, dir_fd=at)
        except OSError as error:
            raise Problem("theme-file", f"“{ascii(name)[1:-1]}” cannot be read: {error.strerror}.", "") from None
        try:
            yield from _opened(fd, name, depth)
        finally:
            os.close(fd)


def _opened(fd: int, name: str, depth: int) -> Iterator[tuple[str, bytes]]:
    status = os.fstat(fd)
    if stat.S_ISDIR(status.st_mode):
        if depth <= 1:
            raise _refused(f"“{ascii(name)[1:-1]}” lies too deep.", f"At most {MOST_DEEP - 1} folders.")
        yield from _walk(fd, f"{name}/", depth - 1)
        return
    if not stat.S_ISREG(status.st_mode) or status.st_nlink > 1:
        raise _refused(f"“{ascii(name)[1:-1]}” is another file's second name.", "Put a copy of the file there.")
    data = b""
    while len(data) <= MOST_BYTES and (piece := os.read(fd, 1 << 20)):
        data += piece
    yield name, data
