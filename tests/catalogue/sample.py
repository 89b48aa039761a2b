"""Which apps the tests start: those that tests name, and a few of the others, every day others.

``python -m tests.catalogue.sample`` prints their manifests, for the set-up to build their images.
"""

from __future__ import annotations

import os
import random
import sys
from datetime import UTC, datetime
from pathlib import Path

from berth.engine.images.sources import host_suite
from tests.matrix.apps import APPS, PARTNER

MANIFESTS = Path(__file__).parents[2] / "app-manifests"
ALL = tuple(sorted(path.stem for path in MANIFESTS.glob("*.toml")))
_SHOWN = ("org.vim.Vim", "net.syncthing.Syncthing")  # one in a terminal, one in a browser
NAMED = frozenset({*(app.id for app in APPS), PARTNER.id, "org.fcitx.Fcitx5", "org.xfce.thunar", *_SHOWN})
"""Used by other tests, which look at them more closely."""
_STARTED = ("io.github.Hexchat",) if host_suite() == "bookworm" else ()
"""Started by other tests, and no more than that: it has its turn as well. By Xpra, which no later suite has."""
_SIZE = 3


def seed() -> str:
    """What the choice depends on: the day (UTC), or ``BERTH_SAMPLE`` to repeat one."""
    return os.environ.get("BERTH_SAMPLE") or datetime.now(UTC).date().isoformat()


def chosen(seed: str) -> tuple[str, ...]:
    """The apps to start: ``BERTH_APPS`` (``all``, or ids with commas), or a sample that follows from `seed`."""
    wanted = os.environ.get("BERTH_APPS", "")
    if wanted:
        return ALL if wanted == "all" else tuple(wanted.split(","))
    return tuple(sorted(random.Random(seed).sample([app for app in ALL if app not in NAMED], _SIZE)))


def main() -> None:
    of_today = chosen(seed())
    sys.stderr.write(f"berth: apps of the sample “{seed()}”: {' '.join(of_today)}\n")
    sys.stdout.write("".join(f"{MANIFESTS / app}.toml\n" for app in sorted({*NAMED, *_STARTED, *of_today})))


if __name__ == "__main__":
    main()
