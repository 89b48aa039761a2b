"""The page docs/catalogue.md: ``python -m tests.catalogue.table`` writes it."""

from __future__ import annotations

from pathlib import Path

from berth.core.manifest import Manifest, parse_manifest
from tests.catalogue.sample import ALL, MANIFESTS

PAGE = Path(__file__).parents[2] / "docs/catalogue.md"
_DISPLAY = {
    "wayland": "Wayland",
    "xwayland": "X11, in one window",
    "xpra": "X11",
    "terminal": "a terminal",
    "web": "a web page",
}
_HEAD = """\
# Which apps are in the catalogue?

Unmodified programs of Debian 12, with windows of their own, in a terminal or as a page in a browser. Each was
started through Berth and its window looked at; the tests do so again for three of them that change daily, and for
all with

```
make test-apps
BERTH_APP_PICTURES=DIR make test-apps     # keeps the desktop with each
BERTH_APPS=org.kde.kate make test-apps    # one alone
```

In the desktop the catalogue is a page of its own: from the launcher (the first button beside the search, or Tab and
Enter), or with `berth catalogue [APP]`. It has categories and a search, says of each app whether it can start at once
and how large it is, and of one app all that its manifest tells, with [pictures](add-an-app.md#pictures-of-it). *Open*
starts it; if it is not here yet it is prepared first, with what is done, how fast and how long that takes, and starts
then. *Cancel* ends that at once, *Go on preparing* uses the packages that have come. Images that are fetched or
imported are listed there, too. All of it works by keyboard: arrows go through the apps, Enter opens one, Escape goes
back, typing searches; Tab leads to the row of pictures, where Enter shows one large and arrows, as swipes, go on.

![The catalogue](pictures/catalogue.png)

How well they work with keyboard, mouse and clipboard is tested for [fifteen of them](apps.md). There is no sound
yet: no app reaches a sound server. All of them start without what they may ask for; `berth apps NAME` tells why
they ask.

"""


def page() -> str:
    """The page with the manifests of now."""
    manifests = sorted((_manifest(app) for app in ALL), key=lambda manifest: manifest.name.lower())
    rows = [f"| {' | '.join(_row(manifest))} |" for manifest in manifests]
    head = ["| app | | categories | shown in | may ask for | licence |", "|---|---|---|---|---|---|"]
    return _HEAD + "\n".join((*head, *rows)) + "\n"


def _manifest(app: str) -> Manifest:
    return parse_manifest((MANIFESTS / f"{app}.toml").read_text(), app)


def _row(manifest: Manifest) -> tuple[str, ...]:
    return (
        manifest.name,
        manifest.summary,
        ", ".join(manifest.categories),
        _DISPLAY[manifest.display],
        ", ".join(permission.name for permission in manifest.permissions) or "-",
        manifest.about.licence,
    )


if __name__ == "__main__":
    PAGE.write_text(page())
