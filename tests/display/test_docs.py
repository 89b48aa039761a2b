"""docs/protocols.md names exactly what apps find on their socket, where there is graphics hardware."""

from __future__ import annotations

import re
from pathlib import Path

from berth.core.permissions import VOCABULARY
from tests.display.conftest import Display
from tests.display.test_dmabuf import FORMATS
from tests.display.test_syncobj import played

__all__ = ["played"]  # the fixture

PAGE = Path(__file__).parents[2] / "docs" / "protocols.md"


def test_the_page_lists_every_global_with_its_version(played: Display) -> None:
    there, _missing = PAGE.read_text().split("## Not there, and why")
    rows = re.findall(r"^\| ([a-z][^|]*?) \| (\d+) \|", there, re.MULTILINE)
    names = ((re.sub(r"\(.*\)", "", cell).split(","), int(version)) for cell, version in rows)
    written = {name.strip(): version for cell, version in names for name in cell}
    ui = played.ui()
    ui.send(FORMATS)
    ui.settle()
    client = played.client(played.instance(granted=tuple(VOCABULARY)))
    found = {interface: version for interface, (_name, version) in client.globals.items()}
    # A surface is no global, yet what one would look for.
    assert {name: version for name, version in written.items() if name != "wl_surface"} == found
