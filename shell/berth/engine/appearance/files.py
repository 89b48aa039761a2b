"""The files of one instance: which there are for what is in its image, and how they are kept up to date."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Callable, Collection, Mapping
from functools import partial
from pathlib import Path
from typing import TypeVar, get_args

import msgspec

from berth.core.messages import AppPalette, SetAppIcons, SetAppPointers
from berth.core.plan import POINTER_THEME, SANDBOX_INSTANCE_DIR, SANDBOX_STYLE, THEME_NAMES, Style, Toolkit
from berth.core.problem import Problem
from berth.engine.appearance import gtk, qt, qt5, terminals, x11
from berth.engine.appearance import pointers as pointer_theme

Brought = TypeVar("Brought", SetAppIcons, SetAppPointers)
_FOLDER = os.path.relpath(SANDBOX_STYLE, SANDBOX_INSTANCE_DIR)
_LIBRARIES: Mapping[Toolkit, tuple[str, ...]] = {
    "gtk2": ("libgtk-x11-2.0.so.0",),
    "gtk3": ("libgtk-3.so.0",),
    "gtk4": ("libgtk-4.so.1",),
    "adwaita": ("libadwaita-1.so.0",),
    "qt": ("libQt5Gui.so.5", "libQt6Gui.so.6"),
    "qt6": ("libQt6Gui.so.6",),
    "qt5ct": ("qt5/plugins/platformthemes/libqt5ct.so",),
}


def toolkits(rootfs: str) -> frozenset[Toolkit]:
    """Which libraries an unpacked image holds."""
    folders = [Path(rootfs, "usr", name) for name in (f"lib/{platform.machine()}-linux-gnu", "lib64", "lib")]
    return frozenset(
        toolkit
        for toolkit in get_args(Toolkit)
        if any(os.path.lexists(folder / name) for folder in folders for name in _LIBRARIES[toolkit])
    )


def style(palette: AppPalette, there: frozenset[Toolkit]) -> Style:
    return Style(there, palette.scheme == "dark", palette.high_contrast, palette.pointer_size)


def contents(palette: AppPalette, there: Collection[Toolkit]) -> dict[str, str]:
    """Texts by their place below `SANDBOX_STYLE`."""
    found = {"palette.json": _json(palette), **terminals.files(palette), **x11.files(palette)}
    if "gtk2" in there:
        found |= x11.files2(palette)
    if "gtk3" in there:
        found |= gtk.files3(palette)
    if "gtk4" in there:
        found |= gtk.files4(palette, adwaita="adwaita" in there)
    if "qt" in there:
        found |= qt.files(palette)
    if "qt5ct" in there:
        found |= qt5.files(palette)
    return found


def _json(palette: AppPalette) -> str:
    values = {name: getattr(palette, name) for name in palette.__struct_fields__}
    return msgspec.json.format(msgspec.json.encode(values), indent=2).decode() + "\n"


def remember(file: Path, palette: AppPalette) -> None:
    """For the next engine, until the shell tells it. Raises `Problem` ``style-unwritten``."""
    try:
        _write(file, msgspec.json.encode(palette))
    except OSError as error:
        raise _unwritten(error) from None


def remember_files(file: Path, brought: SetAppIcons | SetAppPointers) -> None:
    """As `remember`."""
    try:
        _write(file, msgspec.msgpack.encode(brought))
    except OSError as error:
        raise _unwritten(error) from None


def remembered_files(file: Path, kind: type[Brought]) -> Brought | None:
    try:
        return msgspec.msgpack.decode(file.read_bytes(), type=kind)
    except (OSError, ValueError):
        return None


def remembered(file: Path) -> AppPalette | None:
    try:
        return msgspec.json.decode(file.read_bytes(), type=AppPalette)
    except (OSError, ValueError):
        return None


def is_dressed(instance_directory: Path) -> bool:
    return (instance_directory / _FOLDER).is_dir()


def dress(
    instance_directory: Path,
    palette: AppPalette,
    there: Collection[Toolkit],
    icons: SetAppIcons | None = None,
    pointers: SetAppPointers | None = None,
    former: Collection[str] = (),
) -> None:
    """Write the files, or those of them that change; whoever reads one sees the old or the new text.

    Args:
        icons: those that a theme brings; they are written where the palette names them.
        pointers: as `icons`, and for programs of any kind.
        former: names of icons and pointers that stay if they are there: apps use them until they hear of the new ones.

    Raises:
        Problem: ``style-unwritten``.
    """
    try:
        for name, text in contents(palette, there).items():
            _write(instance_directory / _FOLDER / name, text.encode())
        if "gtk3" in there or "gtk4" in there:
            _name_themes(instance_directory / _FOLDER / "share/themes")
        if "adwaita" in there:
            (instance_directory / _FOLDER / gtk.other_adwaita(palette)).unlink(missing_ok=True)
        _bring(instance_directory / _FOLDER / "share/icons", palette, icons if there else None, pointers, former)
    except OSError as error:
        raise _unwritten(error) from None


def _bring(
    place: Path,
    palette: AppPalette,
    icons: SetAppIcons | None,
    pointers: SetAppPointers | None,
    former: Collection[str],
) -> None:
    """Toolkits look again when these have another name, so each content has its own."""
    named = {POINTER_THEME, *former}
    if icons is not None and icons.name == palette.icons != "":
        named.add(icons.name)
        _bring_folder(place / icons.name, partial(_write_all, icons.files))
    own = palette.pointers if pointers is not None and pointers.name == palette.pointers else ""
    if pointers is not None and own:
        named.add(own)
        _bring_folder(place / own, partial(pointer_theme.write, pointers))
    pointer_theme.point(place, own)
    for old in place.iterdir():
        if old.name not in named:
            old.unlink() if old.is_symlink() else shutil.rmtree(old)


def _bring_folder(place: Path, fill: Callable[[Path], None]) -> None:
    if not place.is_dir():
        new = place.with_name(f".{place.name}.new")
        shutil.rmtree(new, ignore_errors=True)
        fill(new)
        new.rename(place)


def _write_all(files: Mapping[str, bytes], folder: Path) -> None:
    for name, data in files.items():
        _write(folder / name, data)


def _name_themes(themes: Path) -> None:
    """One folder by several names."""
    first, *others = THEME_NAMES
    for name in others:
        if not (themes / name).is_symlink():
            (themes / name).symlink_to(first)


def _unwritten(error: OSError) -> Problem:
    return Problem("style-unwritten", f"The look of apps could not be written: {error.strerror}.", "Is the disk full?")


def _write(path: Path, data: bytes) -> None:
    """Inside a container there may be another user than we are; the instance's directory keeps strangers out."""
    if path.is_file() and path.read_bytes() == data:
        return
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.new")
    new.write_bytes(data)
    new.chmod(0o644)
    new.rename(path)
