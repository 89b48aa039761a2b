"""The icons that a theme has for apps: a folder of freedesktop's kind, or the name of one that an image may have.

``--app-icons: url(app-icons/index.theme)`` or ``--app-icons: "Papirus"`` at the root. What draws the icons is in the
apps' containers; still nothing gets there that was not looked through here: pictures are PNG, or SVG of shapes and
colours alone, and the index is written anew from what was understood of it.
Sources: https://specifications.freedesktop.org/icon-theme-spec/0.13/, https://www.w3.org/TR/SVG11/.
"""

from __future__ import annotations

import configparser
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import NamedTuple
from xml.parsers import expat

from berth.core.picture_files import Bounds
from berth.core.picture_files import examine_picture as examine_picture_file
from berth.core.problem import Problem
from berth.themes.computed import Style
from berth.themes.findings import Invalid
from berth.themes.folder import read_bytes_inside
from berth.themes.images import read_image
from berth.themes.named_files import sheet_of
from berth.themes.stream import Stream
from berth.themes.values import Url

PROPERTY = "--app-icons"
INDEX = "index.theme"
ABOVE_PICTURES = 2
"""Folders at least that a picture is in: the icon theme's, and one that its index names."""
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}")
"""Of an icon theme in an image."""
MOST_FILES = 200
MOST_BYTES = 1 << 20
MOST_FILE = 128 << 10
_MOST_INDEX = 32 << 10
_MOST_DIRECTORIES = 32
_MOST_ELEMENTS, _DEEPEST = 2000, 16
_SIDES = range(8, 513)
_PNG = Bounds({".png": "png"}, MOST_FILE, 512, 512 * 512)
_DIRECTORY = re.compile(r"[a-z0-9][a-z0-9@_-]{0,30}(/[a-z0-9][a-z0-9@_-]{0,30})?")
_ICON = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,59}\.(svg|png)")
_TYPES = ("Fixed", "Scalable", "Threshold")
_NUMBERS = ("Size", "MinSize", "MaxSize", "Scale", "Threshold")
_ELEMENTS = frozenset(
    [
        *("svg", "g", "defs", "title", "desc", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon"),
        *("linearGradient", "radialGradient", "stop", "clipPath"),
    ]
)
_REFERENCE = re.compile(r"url\((?!\s*#)|@|\\|:\s*//", re.IGNORECASE)
"""To anything but a part of the same file, also in disguise."""
_NAMESPACE = re.compile(r"xmlns(:[a-z]+)?")


class IconFolder(NamedTuple):
    """The index of one, as `sheet` names it."""

    url: Url
    sheet: str


def read_app_icons(root: Style) -> str | IconFolder:
    """What the style of the root says; "" is nothing, or what cannot be read."""
    custom = root.customs.get(PROPERTY)
    if custom is None:
        return ""
    tokens = [token for token in custom.tokens if token.type not in ("whitespace", "comment")]
    if len(tokens) == 1 and tokens[0].type == "string":
        name: str = tokens[0].value
        return name if NAME.fullmatch(name) else ""
    stream = Stream(custom.tokens)
    try:
        url = read_image(stream)
        stream.end()
    except Invalid:
        return ""
    return IconFolder(url, sheet_of(root, PROPERTY)) if isinstance(url, Url) else ""


def read_icon_theme(folder: Path, index: str) -> dict[str, bytes]:
    """All files of an icon theme, by their path beside its index, which is one of them.

    Args:
        folder: the theme's.
        index: path in it of the icon theme's ``index.theme``.

    Raises:
        Problem: ``theme-file`` for what lies outside or cannot be read, ``theme-icons`` or ``theme-picture`` for what
            no icon theme of ours may hold.
    """
    said = examine_index(read_bytes_inside(folder, index, _MOST_INDEX), index)
    inside = PurePosixPath(index).parent
    found = {INDEX: _written(said)}
    total = 0
    for name in _listed(folder, inside, said.sections):
        data = read_bytes_inside(folder, str(inside / name), MOST_FILE)
        examine_icon(data, name)
        total += len(data)
        if len(found) > MOST_FILES or total > MOST_BYTES:
            raise _refused(index, "has too many icons", f"At most {MOST_FILES} files and {MOST_BYTES >> 20} MiB.")
        found[name] = data
    return found


def _listed(folder: Path, inside: PurePosixPath, directories: Iterable[str]) -> Iterator[str]:
    for directory in directories:
        place = folder / inside / directory
        if Path(os.path.realpath(place)) != folder.resolve() / inside / directory:
            raise Problem("theme-file", f"“{inside / directory}” is a link.", "Put the folder itself there.")
        try:
            entries = sorted(os.scandir(place), key=lambda entry: entry.name)
        except OSError as error:
            raise Problem("theme-file", f"{place} cannot be read: {error.strerror}.") from None
        for entry in entries:
            if entry.name.startswith(".") or entry.name.endswith("~"):
                continue
            if _ICON.fullmatch(entry.name) is None or not entry.is_file(follow_symlinks=False):
                raise _refused(entry.name, "is no icon", "Plain files called like document-open.svg or .png.")
            yield f"{directory}/{entry.name}"


class Index(NamedTuple):
    """What an index says: themes that have what this one has not, and the keys of each directory."""

    inherits: tuple[str, ...]
    sections: Mapping[str, Mapping[str, str]]


def examine_index(data: bytes, name: str) -> Index:
    """What `data`, the contents of a file called `name`, says of its folder. Raises `Problem` ``theme-icons``."""
    parser = configparser.RawConfigParser(strict=True, delimiters=("=",), comment_prefixes=("#",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    try:
        parser.read_string(data.decode("utf-8"))
        head = parser["Icon Theme"]
    except (configparser.Error, UnicodeDecodeError, KeyError):
        raise _refused(name, "is no index of an icon theme", "It begins with [Icon Theme].") from None
    directories = _names(head.get("Directories", ""))
    inherits = _names(head.get("Inherits", ""))
    if not 0 < len(directories) <= _MOST_DIRECTORIES or len(set(directories)) < len(directories):
        raise _refused(name, f"names {len(directories)} folders", f"Directories names 1 to {_MOST_DIRECTORIES}.")
    if len(inherits) > 8 or not all(NAME.fullmatch(other) for other in inherits):
        raise _refused(name, "inherits what is no name", "Like Inherits=Adwaita.")
    sections = {}
    for directory in directories:
        if _DIRECTORY.fullmatch(directory) is None or not parser.has_section(directory):
            raise _refused(name, "names a folder that it says nothing of", "Like [scalable/actions] and Size=16.")
        sections[directory] = _keys(parser[directory], name)
    return Index(inherits, sections)


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text[:4096].split(",") if name.strip())


def _keys(section: Mapping[str, str], name: str) -> dict[str, str]:
    found = {}
    for key in _NUMBERS:
        text = section.get(key, "")
        if not text and key != "Size":
            continue
        least = 1 if key in ("Scale", "Threshold") else _SIDES.start
        if not (text.isascii() and text.isdecimal() and len(text) < 4 and least <= int(text) < _SIDES.stop):
            raise _refused(name, f"says of a folder {key}={text[:20]!a}", "Sizes are 8 to 512.")
        found[key] = text
    if (kind := section.get("Type", "")) in _TYPES:
        found["Type"] = kind
    if re.fullmatch(r"[A-Za-z]{1,20}", context := section.get("Context", "")):
        found["Context"] = context
    return found


def _written(index: Index) -> bytes:
    head = ["[Icon Theme]", "Name=Berth", "Comment=", f"Directories={','.join(index.sections)}"]
    inherits = [*index.inherits, *(name for name in ("Adwaita", "hicolor") if name not in index.inherits)]
    lines = [*head, f"Inherits={','.join(inherits)}"]
    for directory, keys in index.sections.items():
        lines += ["", f"[{directory}]", *(f"{key}={value}" for key, value in keys.items())]
    return ("\n".join(lines) + "\n").encode()


# --- pictures


def examine_icon(data: bytes, name: str) -> None:
    """Raises `Problem` ``theme-picture`` or ``theme-icons`` unless `data` is what its name says, and harmless."""
    if name.endswith(".png"):
        try:
            examine_picture_file(data, name, _PNG)
        except Problem as problem:
            raise Problem("theme-picture", problem.message, problem.hint) from None
    else:
        examine_svg(data, name)


def examine_svg(data: bytes, name: str) -> None:
    """Raises `Problem` ``theme-icons`` unless `data` draws shapes in colours, and asks for nothing else."""
    if len(data) > MOST_FILE:
        raise _refused(name, "is too large", f"An icon has {MOST_FILE >> 10} KiB at most.")
    _Svg(name).read(data)


class _Svg:
    def __init__(self, name: str) -> None:
        self._name = name
        self._count = self._depth = 0

    def read(self, data: bytes) -> None:
        parser = expat.ParserCreate(encoding="utf-8")
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.XmlDeclHandler = self._declaration
        parser.StartDoctypeDeclHandler = self._doctype
        parser.ProcessingInstructionHandler = self._instruction
        try:
            parser.Parse(data, True)
        except expat.ExpatError:
            raise _refused(self._name, "is no SVG", "Save it again as plain SVG.") from None

    def _start(self, element: str, attributes: dict[str, str]) -> None:
        self._count += 1
        self._depth += 1
        if self._count == 1 and element != "svg":
            raise _refused(self._name, "is no SVG", "Save it again as plain SVG.")
        if self._count > _MOST_ELEMENTS or self._depth > _DEEPEST:
            hint = f"At most {_MOST_ELEMENTS} elements, {_DEEPEST} inside of each other."
            raise _refused(self._name, "has too many shapes", hint)
        if element not in _ELEMENTS:
            raise _refused(self._name, f"has a <{ascii(element[:20])[1:-1]}>", "An icon has shapes and gradients only.")
        for key, value in attributes.items():
            if _NAMESPACE.fullmatch(key) is not None:
                continue
            local = key.rpartition(":")[2].lower()
            outside = local == "href" and not value.startswith("#")
            if outside or local.startswith("on") or _REFERENCE.search(value):
                raise _refused(self._name, "asks for something outside of itself", "Save it as plain SVG.")

    def _end(self, _element: str) -> None:
        self._depth -= 1

    def _declaration(self, _version: str, encoding: str | None, _standalone: int) -> None:
        """Who draws it may believe that: in UTF-7 and others, harmless words are elements."""
        if encoding is not None and encoding.lower() not in ("utf-8", "us-ascii"):
            raise _refused(self._name, "is not in UTF-8", "Save it as plain SVG.")

    def _doctype(self, *_parts: object) -> None:
        raise _refused(self._name, "has a document type", "Save it as plain SVG.")

    def _instruction(self, *_parts: object) -> None:
        raise _refused(self._name, "has an instruction for other programs", "Save it as plain SVG.")


def _refused(name: str, what: str, hint: str) -> Problem:
    return Problem("theme-icons", f"“{ascii(name[:80])[1:-1]}” {what}.", hint)
