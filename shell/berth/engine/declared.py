"""What each version of an app declares: what starts it and what it may ask for.

A manifest that was derived from an image belongs to that image. Another one is of the app as it is now; an older image
of it may ask for no more than was asked when that image was made, so that going back takes back what came later, also
when the newer one is removed then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import msgspec

from berth.core.manifest import parse_manifest
from berth.core.problem import Problem
from berth.engine.catalogue import Catalogue, Entry, shown
from berth.engine.image_index import ImageIndex, ReadyImage


def as_current(written: Catalogue, images: ImageIndex) -> Catalogue:
    """The catalogue as the current images declare their apps."""
    entries = {
        app: declared(entry, images.versions(app)[-1], images.versions(app)) if images.versions(app) else entry
        for app, entry in written.entries.items()
    }
    return replace(written, entries=entries)


def declared(entry: Entry, image: ReadyImage | None, versions: Sequence[ReadyImage]) -> Entry:
    """The app as it is when it runs from `image`, one of its `versions`; None for one that is made only now."""
    if image is None:
        return entry
    older = image.superseded or any(other.created > image.created for other in versions)
    if entry.derived and image.manifest:
        return _derived(entry, image.manifest, older)
    if image.permissions is None or not older:
        return entry
    asked = tuple(request for request in entry.manifest.permissions if request.name in image.permissions)
    return replace(entry, manifest=msgspec.structs.replace(entry.manifest, permissions=asked), older=True)


def _derived(entry: Entry, text: str, older: bool) -> Entry:
    try:
        manifest = parse_manifest(text, shown(entry.path))
    except Problem:
        return entry  # written by a Berth that knew more
    return replace(entry, manifest=manifest, older=older) if manifest.id == entry.manifest.id else entry
