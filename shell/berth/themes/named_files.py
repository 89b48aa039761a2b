"""Files that a theme names by custom properties of the root, such as ``--sound-bell: url(sounds/bell.ogg)``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from berth.themes.computed import Style
from berth.themes.findings import Invalid
from berth.themes.images import read_image
from berth.themes.rules import Declaration
from berth.themes.stream import Stream
from berth.themes.values import Url


class NamedFile(NamedTuple):
    """A file as `sheet` names it."""

    url: Url
    sheet: str


def read_files(root: Style, properties: Mapping[str, str]) -> dict[str, NamedFile]:
    """What the style of the root says of files; what cannot be read is as if it were not there.

    Args:
        properties: a name of the result for each custom property.
    """
    found = {}
    for custom_name, name in properties.items():
        custom = root.customs.get(custom_name)
        if custom is None:
            continue
        stream = Stream(custom.tokens)
        try:
            url = read_image(stream)
            stream.end()
        except Invalid:
            continue
        if isinstance(url, Url):
            found[name] = NamedFile(url, sheet_of(root, custom_name))
    return found


def sheet_of(root: Style, name: str) -> str:
    """The file of the declaration that counts."""
    found = declaration_of(root, name)
    return "" if found is None else found.place.file


def declaration_of(root: Style, name: str) -> Declaration | None:
    """The declaration of the custom property `name` that counts."""
    for rule in reversed(root.rules):
        found = rule.block.customs.get(name) or rule.block.important_customs.get(name)
        if found is not None:
            return found
    return None
