"""Reads a theme from its folder. A theme may come from a stranger: nothing outside of the folder is opened.

A folder holds ``theme.toml`` and, each optional, ``tokens.json`` and ``style.css`` with what that imports.
"""

from __future__ import annotations

import os
import re
import stat
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from berth.core.problem import Problem
from berth.themes.conditions import MediaList
from berth.themes.design_tokens import InvalidTokens, TokenFile, Value, parse_tokens, places_of_keys
from berth.themes.findings import ERROR, Finding
from berth.themes.rules import Import, Item, LayerName, Place, Sheet
from berth.themes.sheet import MOST_BYTES, SheetReader
from berth.themes.token_schema import property_name

MOST_FILES = 64
_DEEPEST_IMPORT = 8
_MOST_CONTEXTS = 16
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_UNITS = {"dimension": "px", "duration": "ms"}
_IDENT = re.compile(r"-?(?:[^\W\d]|[^\x00-\x7f])(?:[\w-]|[^\x00-\x7f])*")
_CUSTOM = re.compile(r"--(?:[\w-]|[^\x00-\x7f])+")
_GROUPS = frozenset({"color", "space", "size", "radius", "stroke", "duration", "opacity", "font"})


class Description(NamedTuple):
    """What ``theme.toml`` says."""

    id: str
    name: str
    summary: str
    version: str
    license: str
    author: str = ""


@dataclass
class Part:
    """What one folder or file adds to the desktop's look: rules, and what is wrong with them."""

    items: list[Item]
    findings: list[Finding]

    @property
    def sound(self) -> bool:
        return not any(finding.severity == ERROR for finding in self.findings)


def read_inside(folder: Path, name: str) -> str:
    """The text of a file of `folder`.

    Raises:
        Problem: ``theme-file`` if it lies outside, is no plain file, is too large or no UTF-8 text.
    """
    data = read_bytes_inside(folder, name, MOST_BYTES)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise Problem("theme-file", f"{folder / name} is no UTF-8 text.") from None


def read_bytes_inside(folder: Path, name: str, most: int) -> bytes:
    """A file of `folder` that has at most `most` bytes; raises as `read_inside` does."""
    root = folder.resolve()
    path = Path(os.path.realpath(root / name))  # does not mind links that lead in a circle
    if not path.is_relative_to(root):
        raise Problem("theme-file", f"“{name}” lies outside of the theme's folder.", "A theme uses its own files only.")
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(fd, "rb") as file:
            if not stat.S_ISREG(os.fstat(fd).st_mode):
                raise Problem("theme-file", f"{path} is no file.")
            data = file.read(most + 1)
    except OSError as error:
        raise Problem("theme-file", f"{path} cannot be read: {error.strerror}.") from None
    if len(data) > most:
        size = f"{most >> 20} MiB" if most >= 1 << 20 else f"{most >> 10} KiB"
        raise Problem("theme-file", f"{path} is too large.", f"Such a file of a theme holds {size} at most.")
    return data


def place_of(path: str, sheet: str, folders: Iterable[Path]) -> tuple[Path, str] | None:
    """The folder and the name in it of what `sheet`, the path of a file, means by `path`; None outside of all."""
    for folder in folders:
        if Path(sheet).is_relative_to(folder):
            return folder, os.path.normpath(Path(sheet).relative_to(folder).parent / path)
    return None


def read_description(folder: Path) -> Description:
    """``theme.toml``. Raises `Problem` ``theme-invalid`` or ``theme-file``."""
    file = os.fspath(folder / "theme.toml")
    description = parse_description(read_inside(folder, "theme.toml"), file)
    if description.id != folder.name or not is_id(description.id):
        hint = "Lower case letters, digits and dashes, the same as the folder's name."
        raise Problem("theme-invalid", f"{file}: “{description.id}” is no id here.", hint)
    return description


def parse_description(text: str, file: str) -> Description:
    """What the text of a ``theme.toml`` says, any id. Raises `Problem` ``theme-invalid``."""
    try:
        found = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise Problem("theme-invalid", f"{file}: {error}.") from None
    values = [found.get(key, "") for key in Description._fields]  # an author need not be named
    if not all(isinstance(value, str) for value in values):
        raise Problem("theme-invalid", f"{file}: every entry is a text.")
    return Description(*values)


def is_id(text: str) -> bool:
    return _ID.fullmatch(text) is not None


def tokens_sheet(file: TokenFile, contexts: Mapping[str, str]) -> str:
    """The tokens as custom properties of the root, one in a line; how a palette's steps are called stays inside the
    file."""
    lines = []
    for token, value in file.resolve(contexts).items():
        if _is_public(token):
            lines.append(f"{property_name(token)}: {_token_css(value, file.base[token].kind)};")
    return ":root {\n" + "\n".join(lines) + "\n}\n"


def _is_public(token: str) -> bool:
    """Whether sheets can ask for a token: its name may hold anything, that of a custom property may not."""
    return token.partition(".")[0] in _GROUPS and _CUSTOM.fullmatch(property_name(token)) is not None


def _token_css(value: Value, kind: str) -> str:
    if isinstance(value, tuple):
        return ", ".join(name if _IDENT.fullmatch(name) else f'"{name}"' for name in map(_plain, value))
    if isinstance(value, str):
        return value
    return f"{value:g}{_UNITS.get(kind, '')}"


def _plain(name: str) -> str:
    return "".join(character for character in name if character.isalnum() or character in " -_")


class Folder:
    """One theme's folder, read again and again; unchanged rules stay the same objects.

    Args:
        layer: ``base``, ``theme`` ...; rules of ``@app`` are in the layer ``app`` of the same kind.
        sheet: the name of the file that the rules are in, or imported from.

    Attributes:
        drafts: sheets that are read instead of the files.
    """

    def __init__(
        self, path: Path, layer: LayerName, app_layer: LayerName | None = None, sheet: str = "style.css"
    ) -> None:
        self.path = path
        self.sheet = sheet
        self.files: set[Path] = set()
        self.drafts: Mapping[Path, str] = {}
        self._layer = layer
        self._app_layer = app_layer
        self._readers: dict[tuple[str, LayerName], SheetReader] = {}
        self._tokens = SheetReader("tokens.json", layer)
        self._tokens_text: str | None = None
        self._tokens_file: TokenFile | None = None
        self._tokens_sheets: dict[tuple[tuple[str, str], ...], Sheet] = {}

    def read(self, contexts: Mapping[str, str]) -> Part:
        """Rules of tokens and sheet in the given contexts of the tokens' modifiers. Never raises."""
        part = Part([], [])
        sheet = self.sheet
        self.files = {self.path / sheet, self.path / "tokens.json"}
        if (self.path / "tokens.json").exists():
            self._read_tokens(part, contexts)
        if self.path / sheet in self.drafts or (self.path / sheet).exists():
            self._read_sheet(part, sheet, self._layer, (), (), None)
        return part

    def _read_tokens(self, part: Part, contexts: Mapping[str, str]) -> None:
        name = os.fspath(self.path / "tokens.json")
        try:
            text = read_inside(self.path, "tokens.json")
            if text != self._tokens_text:
                self._tokens_file = parse_tokens(text, name)
                self._tokens_text, self._tokens_sheets = text, {}
            sheet = self._sheet_of(contexts)
            part.items += sheet.items
            part.findings += self._in_tokens(sheet.findings, name, contexts)
        except InvalidTokens as invalid:
            part.findings.append(
                Finding(ERROR, invalid.code, invalid.reason, invalid.hint, name, invalid.line, invalid.column)
            )
        except Problem as problem:
            part.findings.append(Finding(ERROR, problem.code, problem.message, problem.hint, name))

    def _in_tokens(self, findings: Sequence[Finding], name: str, contexts: Mapping[str, str]) -> Iterator[Finding]:
        """Findings in what `tokens_sheet` has made, at the tokens that they are of."""
        if not findings or self._tokens_file is None:
            return
        lines = [token.keys for path, token in self._tokens_file.tokens(contexts).items() if _is_public(path)]
        keys = {one.line: lines[one.line - 2] for one in findings if 1 < one.line < len(lines) + 2}
        places = places_of_keys(self._tokens_file.text, set(keys.values()))
        for one in findings:
            line, column = places.get(keys.get(one.line, ()), (0, 0))
            yield replace(one, file=name, line=line, column=column)

    def _sheet_of(self, contexts: Mapping[str, str]) -> Sheet:
        """Schemes come and go, so the rules of each are kept."""
        assert self._tokens_file is not None
        key = tuple(sorted(contexts.items()))
        found = self._tokens_sheets.get(key)
        if found is None:
            if len(self._tokens_sheets) >= _MOST_CONTEXTS:
                self._tokens_sheets.clear()
            found = self._tokens_sheets[key] = self._tokens.read(tokens_sheet(self._tokens_file, contexts))
        return found

    def _read_sheet(
        self,
        part: Part,
        name: str,
        layer: LayerName,
        media: tuple[MediaList, ...],
        chain: Sequence[str],
        at: Place | None,
    ) -> None:
        shown = os.fspath(self.path / name)
        try:
            if name in chain or len(chain) >= _DEEPEST_IMPORT or len(self.files) > MOST_FILES:
                raise Problem("theme-import", f"“{name}” is imported in a circle, or too deeply.")
            draft = self.drafts.get(self.path / name)
            text = read_inside(self.path, name) if draft is None else draft
        except Problem as problem:
            where = (at.file, at.line, at.column) if at is not None else (shown, 0, 0)
            part.findings.append(Finding(ERROR, problem.code, problem.message, problem.hint, *where))
            return
        self.files.add(self.path / name)
        sheet = self._reader(name, layer, shown).read(text, media)
        part.findings += sheet.findings
        for item in sheet.items:
            if isinstance(item, Import):
                inner = os.path.normpath(Path(name).parent / item.path)
                self._read_sheet(part, inner, item.layer or layer, item.media, [*chain, name], item.place)
            else:
                part.items.append(item)

    def _reader(self, name: str, layer: LayerName, shown: str) -> SheetReader:
        found = self._readers.get((name, layer))
        if found is None:
            found = self._readers[name, layer] = SheetReader(shown, layer, self._app_layer)
        return found
