"""Several images of one app: which of them is current, which are kept, what they are called.

The order of the store's index says it all: the last image of a name is its current one. So each change is one
replacement of one file, and an index of earlier times means the same as before.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Protocol, TypeVar

import msgspec

from berth.core.problem import Problem
from berth.engine.images import layout
from berth.engine.images.layout import Descriptor, Index

KEPT = 2
"""So many images of an app stay without being pinned: the current one, and the one that was current before."""

_SHORT = 8
_LONGEST = 90
_DIGEST_PART = re.compile(r"(sha256:)?[0-9a-f]{6,64}")


class Version(Protocol):
    """What is known of an image that is one of several of its name."""

    @property
    def reference(self) -> str: ...
    @property
    def digest(self) -> str: ...
    @property
    def created(self) -> float: ...
    @property
    def pinned(self) -> bool: ...


V = TypeVar("V", bound=Version)


# --- names


def label(reference: str, digest: str) -> str:
    """The version without what tells two images of the same version apart."""
    return reference.rpartition(":")[2].removesuffix(f"_{short(digest)}")


def short(digest: str) -> str:
    return digest.removeprefix("sha256:")[:_SHORT]


def _aside(reference: str, digest: str) -> str:
    """What an image is called after another has taken its reference. Debian's versions have no underscore."""
    name, _, version = reference.rpartition(":")
    return f"{name}:{version[:_LONGEST]}_{short(digest)}"


def choose(versions: Sequence[V], wanted: str) -> V | None:
    """The image that `wanted` means: a version, a reference, or a digest or its beginning; of several the last."""
    found = [version for version in versions if wanted in _names(version)]
    if not found and _DIGEST_PART.fullmatch(wanted):
        digest = wanted.removeprefix("sha256:")
        found = [version for version in versions if version.digest.removeprefix("sha256:").startswith(digest)]
    return found[-1] if found else None


def _names(version: Version) -> tuple[str, ...]:
    reference, digest = version.reference, version.digest
    return reference, reference.rpartition(":")[2], label(reference, digest), digest


def no_such_version(app: str, wanted: str) -> Problem:
    return Problem(
        "no-such-version", f"There is no version “{wanted[:100]}” of {app}.", f"List them with: berth versions {app}"
    )


# --- which of them


def before(versions: Sequence[V]) -> V | None:
    """The newest of those that came before the current one, which is the last."""
    older = [version for version in versions[:-1] if version.created < versions[-1].created]
    return max(older, key=lambda version: version.created, default=None)


def surplus(versions: Sequence[V], in_use: Collection[str]) -> list[V]:
    """Those that nothing keeps: not among the last, not pinned, no digest in `in_use`."""
    return [version for version in versions[:-KEPT] if not version.pinned and version.digest not in in_use]


# --- changes of the index


def placed(index: Index, new: Descriptor) -> Index:
    """With `new` as the current image of its name, or just below a pinned one, which stays current.

    Another image of the same reference is called otherwise from now on; the same image goes, its pin stays.
    """
    reference = _reference(new)
    same = {(reference, new.digest), (_aside(reference, new.digest), new.digest)}
    known = [item for item in index.manifests if (_reference(item), item.digest) in same]
    if any(is_pinned(item) for item in known):
        new = _annotated(new, layout.PINNED, "1")
    others = (item for item in index.manifests if item not in known)
    kept = [_superseded(item, reference) if name_of(item) == name_of(new) else item for item in others]
    last = max((place for place, item in enumerate(kept) if name_of(item) == name_of(new)), default=-1)
    held = last >= 0 and is_pinned(kept[last])
    kept.insert(last if held else len(kept), new)
    return Index(tuple(kept))


def _superseded(item: Descriptor, reference: str) -> Descriptor:
    """One that was there before the image that is called `reference` now."""
    if _reference(item) == reference:
        item = _annotated(item, layout.REFERENCE, _aside(reference, item.digest))
    return _annotated(item, layout.SUPERSEDED, "1")


def with_current(index: Index, reference: str) -> Index:
    """With this image as the current one of its name."""
    chosen = [item for item in index.manifests if _reference(item) == reference]
    return Index((*(item for item in index.manifests if item not in chosen), *chosen))


def with_pin(index: Index, reference: str, on: bool) -> Index:
    return Index(
        tuple(
            _annotated(item, layout.PINNED, "1" if on else "") if _reference(item) == reference else item
            for item in index.manifests
        )
    )


def without(index: Index, references: Collection[str]) -> Index:
    """Without these images, as far as they are neither pinned nor current."""
    current = {name_of(item): item for item in index.manifests}
    return Index(
        tuple(
            item
            for item in index.manifests
            if _reference(item) not in references or is_pinned(item) or current[name_of(item)] is item
        )
    )


def is_pinned(item: Descriptor) -> bool:
    return bool(item.annotations.get(layout.PINNED))


def name_of(item: Descriptor) -> str:
    return _reference(item).rpartition(":")[0]


def _reference(item: Descriptor) -> str:
    return item.annotations.get(layout.REFERENCE, "")


def _annotated(item: Descriptor, key: str, value: str) -> Descriptor:
    """An empty value takes the annotation away."""
    annotations = {name: text for name, text in item.annotations.items() if name != key}
    if value:
        annotations[key] = value
    return msgspec.structs.replace(item, annotations=annotations)
