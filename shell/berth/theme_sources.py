"""``berth theme import`` and ``berth theme from-picture``: themes that are made of colours found elsewhere."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from berth.core.problem import Problem
from berth.theme_commands import folders

if TYPE_CHECKING:
    from berth.themes.swatches import Swatches


def import_scheme(options: argparse.Namespace) -> int:
    """A theme of a base16 or base24 scheme."""
    from berth.themes.base16 import MOST_BYTES, read_scheme
    from berth.themes.folder import read_bytes_inside

    file = _existing(options.file)
    scheme = read_scheme(read_bytes_inside(file.parent, file.name, MOST_BYTES), options.file)
    summary = f"Colours by {scheme.author}" if scheme.author else "Imported colours"
    _make(options, scheme.name, summary, scheme.light, scheme.dark)
    return 0


def from_picture(options: argparse.Namespace) -> int:
    """A theme with a picture as its wallpaper, in the picture's colours."""
    from berth.themes.findings import printable
    from berth.themes.picture_colors import picture_swatches
    from berth.themes.pictures import examine_picture, read_picture

    file = _existing(options.file)
    data = read_picture(file.parent, file.name)
    light, dark = picture_swatches(data, file.name)
    wallpaper = f"wallpaper.{examine_picture(data, file.name).format}"
    sheet = f"desktop {{ background: url({wallpaper}) center / cover; }}\n"
    title = printable(file.stem.replace("-", " ").replace("_", " ").capitalize())[:60]
    more = {wallpaper: data, "style.css": sheet.encode()}
    _make(options, title, "Colours of a picture", light, dark, more)
    return 0


def _existing(name: str) -> Path:
    file = Path(name)
    if not file.is_file():
        raise Problem("theme-file", f"There is no file {file}.")
    return file.resolve()


def _make(
    options: argparse.Namespace,
    title: str,
    summary: str,
    light: Swatches,
    dark: Swatches,
    more: Mapping[str, bytes] = MappingProxyType({}),
) -> None:
    """Install the theme whole, or not at all, and print its id."""
    from berth.themes.folder import is_id
    from berth.themes.install import install
    from berth.themes.stack import base, installed
    from berth.themes.swatches import tokens_json

    name = options.theme or re.sub(r"[^a-z0-9]+", "-", Path(options.file).stem.lower()).strip("-")[:60]
    if not is_id(name):
        raise Problem("usage", f"“{name}” is no id of a theme.", "Use --name with lower case letters, digits, dashes.")
    values = {"id": name, "name": title, "summary": summary, "version": "1.0", "license": "LicenseRef-unknown"}
    description = "".join(f"{key} = {json.dumps(value)}\n" for key, value in values.items())
    files = {"theme.toml": description.encode(), "tokens.json": tokens_json(light, dark).encode(), **more}
    mine, *others = folders()
    print(install(files, mine, installed(others), base(others), replace=options.replace))
