"""The sheets of a desktop one above the other: what Berth ships, the chosen theme, what the user adds.

Layers from the weakest to the strongest: floor, base, theme, app, user. What is important counts the other
way round, so the floor's important declarations are stronger than anything a theme or user can write.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from berth.core.problem import Problem
from berth.themes.findings import ERROR, Finding
from berth.themes.folder import Folder, Part, is_id, read_description
from berth.themes.rules import Item
from berth.themes.sheet import SheetReader

DEFAULT = "default"
_CHOICE = "theme"
_ADJUSTED = "adjusted"
_LAYERS = "@layer floor, base, theme, app, user;"
_FLOOR = """
prompt, prompt *, login, login *, inspector, inspector :not(:disabled) {
  opacity: 1 !important; visibility: visible !important; text-shadow: none !important; filter: none !important;
  text-transform: none !important; mix-blend-mode: normal !important; transform: none !important;
  translate: none !important; scale: none !important; rotate: none !important; letter-spacing: normal !important;
  animation: none !important; transition: none !important; backdrop-filter: none !important;
  background-image: none !important; border-image: none !important; line-height: normal !important;
}
"""
"""What no theme can take from a question to the user; `berth.themes.floor` sees to colours and sizes."""


def search_path(shared: Path, environ: Mapping[str, str]) -> list[Path]:
    """Folders that hold themes, the user's own first."""
    home = environ.get("XDG_DATA_HOME") or Path(environ.get("HOME", "/"), ".local/share")
    return [Path(home) / "berth/themes", shared]


def config_folder(environ: Mapping[str, str]) -> Path:
    """Where the user's choice and own sheet lie."""
    base = environ.get("XDG_CONFIG_HOME") or Path(environ.get("HOME", "/"), ".config")
    return Path(base) / "berth"


def chosen(config: Path) -> str:
    """The id of the theme that the user has chosen; the default one if there is no choice, or no sound one."""
    try:
        text = (config / _CHOICE).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return DEFAULT
    return text if is_id(text) else DEFAULT


def choose(config: Path, name: str) -> None:
    """Make `name` the user's theme; a running desktop follows at once. Raises `Problem` ``write-failed``."""
    temporary = config / f".{_CHOICE}.{os.getpid()}"
    try:
        config.mkdir(parents=True, exist_ok=True)
        temporary.write_text(f"{name}\n", encoding="utf-8")
        temporary.replace(config / _CHOICE)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink()
        raise Problem("write-failed", f"{config / _CHOICE} could not be written: {error.strerror}.") from None


def adjusted_sheet(config: Path, name: str) -> Path:
    """Where what the user has adjusted of the theme `name` is kept."""
    return config / _ADJUSTED / f"{name}.css"


def leave(config: Path, name: str) -> None:
    """The theme `name` is gone: what was adjusted in it goes, too, and the default one comes into use where it was.

    Raises `Problem` ``write-failed``.
    """
    sheet = adjusted_sheet(config, name)
    try:
        sheet.unlink(missing_ok=True)
    except OSError as error:
        raise Problem("write-failed", f"{sheet} could not be removed: {error.strerror}.") from None
    if chosen(config) == name:
        choose(config, DEFAULT)


def installed(folders: list[Path]) -> dict[str, Path]:
    """Every theme's folder by its id; one of the user's hides one of the same id that Berth ships."""
    found: dict[str, Path] = {}
    for folder in reversed(folders):
        if folder.is_dir():
            found |= {entry.name: entry for entry in sorted(folder.iterdir()) if (entry / "theme.toml").is_file()}
    return dict(sorted(found.items()))


def find(name: str, folders: list[Path]) -> Path:
    """The folder of the theme `name`. Raises `Problem` ``theme-unknown``."""
    themes = installed(folders)
    if name not in themes:
        raise Problem("theme-unknown", f"There is no theme “{name}”.", f"There are: {', '.join(themes)}.")
    read_description(themes[name])
    return themes[name]


def base(folders: list[Path]) -> Path:
    """The folder of the theme below all others. It is always the one that Berth ships, in the last of `folders`: what
    somebody has put into the user's folder under the same id may be anything."""
    return find(DEFAULT, folders[-1:])


class Stack:
    """The parts of a look. Each keeps its last sound state when it becomes unsound.

    Args:
        base: the folder of the default theme.
        theme: the folder of another theme, if one is chosen.
        user: the folder that may hold the user's own ``style.css``, and ``adjusted/THEME.css``: what the user has
            adjusted of that theme, above all else and only while it is in use.

    Attributes:
        findings: what is wrong with the files as they are now.
        drafts: what is tried out instead of what is in a file.
        tried: the same, of what is being adjusted.
    """

    def __init__(self, base: Path, theme: Path | None = None, user: Path | None = None) -> None:
        self.findings: list[Finding] = []
        self.drafts: dict[Path, str] = {}
        self.tried: dict[Path, str] = {}
        self._folders = [Folder(base, ("base",))]
        self._good: dict[Folder, Part] = {}
        self._theme: Folder | None = None
        self._user = Folder(user, ("user",)) if user is not None else None
        self._adjusted = self._adjusted_of(DEFAULT)
        self._fixed = [
            *SheetReader("layers").read(_LAYERS).items,
            *SheetReader("floor", ("floor",)).read(_FLOOR).items,
        ]
        self._folders += [part for part in (self._user, self._adjusted) if part is not None]
        self.set_theme(theme)

    def set_theme(self, theme: Path | None) -> None:
        base = self._folders[0]
        if theme in (self.theme, None if self._theme is None else self._theme.path):
            return
        self._theme = Folder(theme, ("theme",), ("app",)) if theme is not None and theme != base.path else None
        self._adjusted = self._adjusted_of(DEFAULT if theme is None else theme.name)
        parts = (base, self._theme, self._user, self._adjusted)
        self._folders = [part for part in parts if part is not None]
        self._good = {part: good for part, good in self._good.items() if part in self._folders}

    def _adjusted_of(self, theme: str) -> Folder | None:
        return Folder(self._user.path / _ADJUSTED, ("user",), sheet=f"{theme}.css") if self._user is not None else None

    @property
    def theme(self) -> Path:
        """The folder of the theme in use."""
        return (self._theme or self._folders[0]).path

    @property
    def adjusted(self) -> Path | None:
        """The sheet of what the user has adjusted of the theme in use."""
        return None if self._adjusted is None else self._adjusted.path / self._adjusted.sheet

    def read(self, contexts: Mapping[str, str]) -> list[Item]:
        """All rules, the weakest first; `findings` is what is wrong with the files as they are now."""
        self.findings = []
        items: list[Item] = list(self._fixed)
        for folder in self._folders:
            folder.drafts = self.drafts | self.tried
            part = folder.read(contexts)
            self.findings += part.findings
            if part.sound:
                self._good[folder] = part
            items += self._good[folder].items if folder in self._good else []
        return items

    def sound(self, file: str) -> bool:
        """Whether the rules of a sheet are those of its text as it was last read; else of an older, sound one."""
        errors = [finding.file for finding in self.findings if finding.severity == ERROR]
        folders = [f"{folder.path}{os.sep}" for folder in self._folders]
        return not any(file.startswith(path) and error.startswith(path) for path in folders for error in errors)

    @property
    def folders(self) -> list[Path]:
        """Of all parts, each with its own files."""
        return [folder.path for folder in self._folders]

    def watched(self) -> Iterator[Path]:
        """Files and folders of which a change matters."""
        for folder in self._folders:
            yield folder.path
            yield from folder.files
