"""The keys that the user trusts for signatures of images, and for which images: one small file.

A file that cannot be understood trusts nobody and lets nothing pass, as it may have required signatures.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

import msgspec

from berth.core.image_reference import ImageReference, parse_reference
from berth.core.problem import Problem

ALL = "*"
MOST_KEYS = 200
MAX_KEY = 16 << 10
_MAX_FILE = MOST_KEYS * MAX_KEY
_NAME = re.compile(r"[^\W_][\w .@+-]{0,63}")


class TrustedKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A public key, and what it is trusted for.

    Attributes:
        pattern: of `pattern_of`: which images.
        required: images of this pattern come only if they are signed by it, or by another key that fits them.
        fingerprint: SHA-256 of the key, in hexadecimal.
        kind: like "ECDSA P-256".
    """

    name: str
    pattern: str
    required: bool
    pem: str
    fingerprint: str
    kind: str

    def fits(self, reference: ImageReference) -> bool:
        if self.pattern == ALL:
            return True
        place = self.pattern.removesuffix(ALL)
        return reference.name == place if place == self.pattern else reference.name.startswith(place)


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    keys: tuple[TrustedKey, ...] = ()


def pattern_of(text: str) -> str:
    """What a pattern means, written out: ``*``, the name of one image, or ``PLACE/*`` for all that are below it.

    Raises:
        Problem: ``pattern-invalid``.
    """
    if text == ALL:
        return ALL
    below = text.endswith("/*")
    place = text.removesuffix("/*")
    try:
        # What is below a host alone, or below a user of Docker Hub, is told by something that might be there.
        named = parse_reference(f"{place}/x/x" if below else place)
    except Problem:
        named = None
    if named is None or named.digest or (not below and f":{named.tag}" in place):
        raise Problem(
            "pattern-invalid",
            f"“{text[:80]}” does not say which images.",
            "Write it like ghcr.io/acme/app, ghcr.io/acme/* or * for all.",
        )
    return f"{named.name.removesuffix('/x/x')}/*" if below else named.name


def check_name(name: str) -> str:
    """Raises `Problem` ``key-name``."""
    if not _NAME.fullmatch(name) or not name.isprintable():
        raise Problem("key-name", f"“{name[:70]}” is no name for a key.", "Take letters and figures, 64 at most.")
    return name


def read_keys(path: Path) -> tuple[TrustedKey, ...]:
    """None at all if there is no such file. Raises `Problem` ``keys-unreadable``."""
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_FILE + 1)
        return msgspec.json.decode(data, type=_File).keys
    except FileNotFoundError:
        return ()
    except (OSError, ValueError, RecursionError) as error:
        raise Problem(
            "keys-unreadable",
            f"The keys that you trust cannot be read from {path}: {str(error)[:160]}.",
            "Until that is mended no image is fetched. To begin anew, remove the file and add the keys again.",
        ) from None


def write_keys(path: Path, keys: Sequence[TrustedKey]) -> None:
    """All or nothing. Raises `Problem` ``keys-not-kept``."""
    temporary = path.with_name(f"{path.name}.new")
    try:
        temporary.unlink(missing_ok=True)
        fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(fd, "wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(_File(tuple(keys)))))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        raise Problem("keys-not-kept", f"{path} cannot be written: {error.strerror}.", "Free some space.") from None
