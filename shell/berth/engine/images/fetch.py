"""Fetching an image from a registry into the store.

Each blob goes into a file of its own, goes on where it was interrupted, and is checked while it comes.
What is whole then takes the way of every archive from outside: the same checks, the same unpacking, the same manifest
derived from it.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, Protocol, TypeVar

import msgspec

from berth.core.image_reference import ImageReference, parse_reference
from berth.core.messages import ConfigurationChange, RegistryImage, Signature
from berth.core.problem import Problem
from berth.engine.images import layout, registry
from berth.engine.images.arrival import Arrival
from berth.engine.images.configuration import compare, expected_user, exposed_ports
from berth.engine.images.credentials import find_credentials
from berth.engine.images.layout import Descriptor, Index
from berth.engine.images.partial import finish, note_wanted, partial
from berth.engine.images.progress import FetchMeter, Progress
from berth.engine.images.registry_connection import GONE, Answer, RegistryConnection, gone, wrong
from berth.engine.images.signatures import find_signature
from berth.engine.images.store import Image, ImageStore, storage_problems
from berth.engine.images.tarstream import CHUNK
from berth.engine.images.trust import TrustedKey

_PAUSES = (1.0, 3.0, 8.0)
"""Seconds before each further attempt while nothing comes."""
_SOME_BYTES = 1 << 20
"""So much must come for a connection to count as one that works."""
_GOES_ON = (GONE, "registry-busy", "registry-denied", "registry-unsafe", "app-running")
"""Problems after which what has come is of use."""
_NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")
T = TypeVar("T")


def look(
    store: ImageStore, reference: ImageReference, arrival: Arrival, here: bool, keys: Sequence[TrustedKey] = ()
) -> RegistryImage:
    """What would be fetched, and what would become of it; nothing is kept.

    Args:
        here: what was fetched under this name before will do, without asking the registry.
        keys: that the user trusts.

    Raises:
        Problem: as `registry.find` and `find_signature`; ``image-not-welcome``, ``image-elsewhere``.
    """
    arrival.reference(reference.in_store)
    with closing(_connection(reference)) as connection:
        newest = _newest(store, arrival.app, reference)
        enough = newest is not None and _suffices(newest, reference, keys)
        if newest is not None and enough and (here or _is_current(connection, reference, newest)):
            return RegistryImage(newest.source, arrival.app, 0, present=True, signature=newest.signature)
        found = registry.find(connection, reference)
        signature = _signature(connection, reference, found, keys)
    _check_source(store, arrival.app, reference)
    return RegistryImage(
        str(replace(reference, digest=found.digest)),
        arrival.app,
        sum(blob.size for blob in found.blobs if not store.has_blob(blob.digest)),
        arrival.preview(found.config),
        not arrival.gets_manifest,
        signature=signature,
        changes=_changes(store.find(arrival.app), found),
        user=expected_user(found.config),
        ports=exposed_ports(found.config),
    )


def pull(
    store: ImageStore,
    reference: ImageReference,
    arrival: Arrival,
    report: Callable[[Progress], None],
    pauses: Sequence[float] = _PAUSES,
    keys: Sequence[TrustedKey] = (),
) -> Image:
    """Fetch the image, or go on with that, and add it to the store; `keys` are those that the user trusts.

    Raises:
        Problem: as `look` and `ImageStore.import_archive`; `GONE` if the registry does not come back.
    """
    arrival.reference(reference.in_store)
    _check_source(store, arrival.app, reference)
    report(Progress(f"Asking {reference.registry} for {_short(reference)}", 0.0, -1.0))
    with closing(_connection(reference)) as connection:
        found = _insistently(lambda: registry.find(connection, reference), pauses)
        signature = _insistently(lambda: _signature(connection, reference, found, keys), pauses)
        with (
            storage_problems(store.root),
            partial(store.root / "partial" / layout.hex_digits(found.descriptor.digest)) as place,
            _tidied(place),
        ):
            note_wanted(place, str(replace(reference, digest=found.digest)), arrival.app)
            _Fetching(store, reference, connection, place, pauses, found, report).fetch()
            image = store.import_fetched(place, str(replace(reference, digest=found.digest)), arrival, signature)
            arrival.write_manifest()
            finish(place)
    return image


def _changes(image: Image | None, found: registry.Found) -> tuple[ConfigurationChange, ...]:
    return compare(image.config, found.config) if image is not None else ()


def _connection(reference: ImageReference) -> RegistryConnection:
    return RegistryConnection(reference, find_credentials(reference.registry, os.environ))


def _short(reference: ImageReference) -> str:
    return reference.repository.removeprefix("library/")


def _newest(store: ImageStore, app: str, reference: ImageReference) -> Image | None:
    """The image that the app would start with, if `reference` is the name under which it was fetched."""
    image = store.find(app)
    if image is None or not image.source:
        return None
    source = parse_reference(image.source)
    same = source.name == reference.name and source.tag == reference.tag
    return image if same and reference.digest in ("", source.digest) else None


def _suffices(image: Image, reference: ImageReference, keys: Sequence[TrustedKey]) -> bool:
    """Whether what was found when the image was fetched is what the user requires of it by now."""
    fitting = [key for key in keys if key.fits(reference)]
    known = image.signature.state == "signed" and image.signature.fingerprint in {key.fingerprint for key in fitting}
    return known or not any(key.required for key in fitting)


def _signature(
    connection: RegistryConnection, reference: ImageReference, found: registry.Found, keys: Sequence[TrustedKey]
) -> Signature:
    return find_signature(connection, reference, (found.digest, found.descriptor.digest), keys)


def _is_current(connection: RegistryConnection, reference: ImageReference, image: Image) -> bool:
    digest = parse_reference(image.source).digest
    return digest == (reference.digest or registry.current_digest(connection, reference))


def _check_source(store: ImageStore, app: str, reference: ImageReference) -> None:
    """What an app was allowed holds for what comes from the same place only."""
    for image in store.versions(app):
        if not image.source or parse_reference(image.source).name != reference.name:
            raise Problem(
                "image-elsewhere",
                f"There is an app “{app}” already, whose image came from elsewhere.",
                f"Remove it first: berth remove {app}",
            )


@contextmanager
def _tidied(place: Path) -> Iterator[None]:
    """Keeps what has come only if it is of use."""
    try:
        yield
    except Problem as problem:
        if problem.code not in _GOES_ON:
            shutil.rmtree(place, ignore_errors=True)
        raise
    except OSError as error:
        if error.errno in _NO_SPACE:
            shutil.rmtree(place, ignore_errors=True)
        raise


def _insistently(action: Callable[[], T], pauses: Sequence[float], works: Callable[[], bool] = lambda: False) -> T:
    """`action`, again after each pause while the registry is gone; from the first pause on if it `works` by now."""
    failures = 0
    while True:
        try:
            return action()
        except Problem as problem:
            failures = 0 if works() else failures
            if problem.code != GONE or failures == len(pauses):
                raise
        time.sleep(pauses[failures])
        failures += 1


class Hash(Protocol):
    def update(self, data: bytes, /) -> None: ...

    def hexdigest(self) -> str: ...


class _Fetching:
    def __init__(
        self,
        store: ImageStore,
        reference: ImageReference,
        connection: RegistryConnection,
        place: Path,
        pauses: Sequence[float],
        found: registry.Found,
        report: Callable[[Progress], None],
    ) -> None:
        self._store = store
        self._reference = reference
        self._connection = connection
        self._place = place
        self._blobs = place / "blobs" / "sha256"
        self._pauses = pauses
        self._found = found
        self._blobs.mkdir(parents=True, exist_ok=True)
        self._todo = [blob for blob in found.blobs if not self._is_here(blob)]
        have = sum(self._part_size(blob) for blob in self._todo)
        total = sum(blob.size for blob in self._todo)
        self._check_space(total - have)
        self._meter = FetchMeter(_short(reference), total, have, report)

    def fetch(self) -> None:
        """Make `place` the OCI image layout of this one image."""
        found = self._found
        for blob in self._todo:
            self._fetch_blob(blob)
        self._write(self._blobs / layout.hex_digits(found.descriptor.digest), found.document)
        annotations = {layout.REFERENCE: self._reference.in_store}
        index = Index((msgspec.structs.replace(found.descriptor, annotations=annotations),))
        self._write(self._place / "index.json", layout.encode(index))
        self._write(self._place / "oci-layout", b'{"imageLayoutVersion":"1.0.0"}')
        self._meter.unpacking()

    def _is_here(self, blob: Descriptor) -> bool:
        target = self._blobs / layout.hex_digits(blob.digest)
        return target.exists() or self._store.lend_blob(blob.digest, target)

    def _part(self, blob: Descriptor) -> Path:
        return self._place / f"{layout.hex_digits(blob.digest)}.part"

    def _part_size(self, blob: Descriptor) -> int:
        try:
            return min(self._part(blob).stat().st_size, blob.size)
        except FileNotFoundError:
            return 0

    def _check_space(self, wanted: int) -> None:
        free = shutil.disk_usage(self._place).free
        if wanted > free:
            raise Problem(
                "disk-full",
                f"The image needs {wanted / 1e6:.0f} MB, and only {free / 1e6:.0f} MB are free in {self._store.root}.",
                "Free some space there.",
            )

    def _write(self, path: Path, data: bytes) -> None:
        path.unlink(missing_ok=True)
        path.write_bytes(data)

    def _fetch_blob(self, blob: Descriptor) -> None:
        part = self._part(blob)
        marks = [self._part_size(blob)]

        def works() -> bool:
            marks.append(self._part_size(blob))
            return marks[-1] - marks[-2] >= _SOME_BYTES

        resumed = marks[0] > 0
        try:
            _insistently(lambda: self._continue(blob, part), self._pauses, works)
        except Problem as problem:
            if problem.code != "image-digest" or not resumed:
                raise
            # Perhaps only what was left from last time is bad.
            _insistently(lambda: self._continue(blob, part), self._pauses, works)
        part.replace(self._blobs / layout.hex_digits(blob.digest))

    def _continue(self, blob: Descriptor, part: Path) -> None:
        """Fetch what is missing of `part`; if it is bad in the end it is removed."""
        with part.open("ab+") as file:
            if os.fstat(file.fileno()).st_size > blob.size:
                self._restart(file, blob.size)
            file.seek(0)
            seen: Hash = hashlib.sha256()
            while data := file.read(CHUNK):
                seen.update(data)
            if file.tell() < blob.size:
                seen = self._append(blob, file, seen)
        if f"sha256:{seen.hexdigest()}" != blob.digest:
            part.unlink()
            self._meter.came(-blob.size)
            raise Problem(
                "image-digest",
                f"A part of the image does not match its digest {blob.digest}.",
                "It was changed or damaged on its way; nothing of the image was kept.",
            )

    def _append(self, blob: Descriptor, file: BinaryIO, seen: Hash) -> Hash:
        """Ask for the rest of what is in `file`, whose hash so far is `seen`; returns that of all of it."""
        start = file.tell()
        try:
            with self._connection.get(f"blobs/{blob.digest}", {"Range": f"bytes={start}-"} if start else {}) as answer:
                if start and answer.status == 200:
                    # It has no ranges, and sends all of it once more.
                    self._restart(file, start)
                    start, seen = 0, hashlib.sha256()
                self._check_answer(answer, blob, start)
                for data in answer.chunks():
                    start += len(data)
                    if start > blob.size:
                        raise wrong(self._reference.registry, "it sends more than it has announced")
                    file.write(data)
                    seen.update(data)
                    self._meter.came(len(data))
        except Problem as problem:
            if problem.code != "range-refused" or not start:
                raise
            self._restart(file, start)
            return self._append(blob, file, hashlib.sha256())
        if start < blob.size:
            raise gone(self._reference.registry, "it stopped in the middle")
        return seen

    def _restart(self, file: BinaryIO, had: int) -> None:
        file.truncate(0)
        file.seek(0)
        self._meter.came(-had)

    def _check_answer(self, answer: Answer, blob: Descriptor, start: int) -> None:
        """Raises `Problem` ``registry-wrong`` if it is not the rest of the blob from `start` on."""
        if answer.status == 206:
            told = _CONTENT_RANGE.fullmatch(answer.headers.get("Content-Range", ""))
            if told is None or (int(told[1]), int(told[3])) != (start, blob.size):
                raise wrong(self._reference.registry, "it sends another part than it was asked for")
        length = answer.headers.get("Content-Length", "")
        if length.isdecimal() and int(length) > blob.size - start:
            raise wrong(self._reference.registry, f"a part of the image has {length[:20]} bytes, not {blob.size}")
