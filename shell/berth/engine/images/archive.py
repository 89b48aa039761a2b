"""Reading image archives that a person dropped in: OCI archives, docker archives, plain root file systems.

Nothing in an archive names a place to write to: its members are copied to numbered files and
looked up by the name they claimed. Digests are computed here, never believed.

Source: OCI image specification (image-layout.md); Docker image specification v1.2 (`docker save`).
"""

from __future__ import annotations

import io
import os
import platform
import posixpath
import re
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from berth.core.problem import Problem
from berth.engine.images import layout
from berth.engine.images.layout import Config, Descriptor, Index, Manifest, NewImage, Platform, RootFs
from berth.engine.images.readahead import ReadAhead
from berth.engine.images.tarstream import (
    CHUNK,
    ZSTD_MAGIC,
    Content,
    Entry,
    Measured,
    NotTar,
    Readable,
    entries,
    open_compressed,
)
from berth.engine.images.unpack import Limits

_LIMITS = Limits()
_MAX_MEMBERS = 4096
_HONEST_RATIO = 10
_ROOM = 64 << 20
_MAX_NESTING = 3
_ROOT = frozenset({"usr", "bin", "etc", "sbin", "lib"})
"""Top-level directories by which a root file system is known."""
_TAKEN = (
    "Berth imports the output of docker save or podman save, OCI archives, and tar files of a root file system, "
    "plain or compressed with gzip, xz or zstd."
)
_ARCHITECTURES = {
    "x86_64": "amd64",
    "aarch64": "arm64",
    "armv7l": "arm",
    "i686": "386",
    "ppc64le": "ppc64le",
    "s390x": "s390x",
    "riscv64": "riscv64",
    "loongarch64": "loong64",
}
_ENDING = re.compile(r"(\.(tar|tgz|gz|xz|zst|zstd|txz|oci|docker))+$")


def architecture() -> str:
    """This machine's architecture as OCI images name it."""
    return _ARCHITECTURES.get(platform.machine(), platform.machine())


@dataclass(frozen=True)
class _Member:
    """A member of an archive, copied to `path`."""

    path: Path
    digest: str
    size: int


@dataclass
class _Members:
    """What an archive holds, by the names it claims; links lead to other names, never to files.

    Attributes:
        work: the directory that they are copied to.
    """

    work: Path
    files: dict[str, _Member] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)

    def take(self, number: int, entry: Entry, content: Content) -> None:
        name = posixpath.normpath(entry.name)
        if entry.kind == "file":
            self.files[name] = _copy(content, self.work / str(number))
        elif entry.kind in ("symlink", "hardlink"):
            base = posixpath.dirname(name) if entry.kind == "symlink" else ""
            self.links[name] = posixpath.normpath(posixpath.join(base, entry.link))

    def forget(self) -> None:
        """Remove what was copied."""
        for path in self.work.iterdir():
            path.unlink()

    def find(self, name: str, what: str) -> _Member:
        name = posixpath.normpath(name)
        member = self.files.get(name) or self.files.get(self.links.get(name, ""))
        if member is None:
            raise Problem("image-invalid", f"The archive lacks the {what} that it speaks of.", "Make it again.")
        return member

    def document(self, name: str, what: str) -> bytes:
        member = self.find(name, what)
        if member.size > layout.MAX_DOCUMENT:
            raise Problem("image-invalid", f"The {what} of the image is too large to be one.")
        return member.path.read_bytes()

    def blob(self, descriptor: Descriptor, what: str) -> _Member:
        """The blob, if it is what its descriptor says."""
        member = self.find(f"blobs/sha256/{layout.hex_digits(descriptor.digest)}", what)
        if member.digest != descriptor.digest or member.size != descriptor.size:
            raise Problem(
                "image-digest",
                f"The {what} in the archive does not match its digest {descriptor.digest}.",
                "Fetch or make the archive again; nothing of this one was kept.",
            )
        return member


class _DockerImage(msgspec.Struct, frozen=True, rename="pascal"):
    config: str
    layers: tuple[str, ...]
    repo_tags: tuple[str, ...] | None = None


def read_archive(path: Path, work: Path, report: Callable[[float], None] | None = None) -> NewImage:
    """The image in the archive, or the OCI directory, at `path`; its blobs are copied into the empty directory `work`.

    `report` is told how much was read, 0 to 1.

        Raises:
        Problem: ``archive-missing``, ``archive-damaged``, ``archive-too-large``, ``image-invalid``, ``image-digest``,
            ``image-architecture``, ``archive-many``.
    """
    if path.is_dir() and not path.is_symlink():
        if not (path / "oci-layout").exists():
            raise Problem(
                "archive-unknown", f"The folder “{path.name}” holds no image.", "Berth imports OCI image layouts."
            )
        return _read_oci(path, _directory_members(path, work))
    with _opened(path, report=report) as file:
        try:
            found = _read_through(file, work)
        except NotTar:
            raise Problem("archive-unknown", f"“{path.name}” is no image archive.", _TAKEN) from None
        if {"oci-layout", "index.json"} <= found.names:
            return _read_oci(path, found.members or _copy_members(file, work))
        if "manifest.json" in found.names:
            return _read_docker(path, found.members or _copy_members(file, work))
        if not found.names & _ROOT:
            raise Problem("archive-unknown", f"“{path.name}” holds no image and no root file system.", _TAKEN)
        return _read_rootfs(path, file, work, found.digest)


@contextmanager
def _opened(path: Path, more: int = 0, report: Callable[[float], None] | None = None) -> Iterator[BinaryIO]:
    try:
        # A pipe with nobody at its other end must not hang us.
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | more)
    except OSError as error:
        raise Problem("archive-missing", f"“{path}” cannot be read: {error.strerror}.") from None
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise Problem("archive-missing", f"“{path}” is not a file.")
    with io.BufferedReader(_Followed(fd, report), CHUNK) as file:
        yield file


class _Followed(io.FileIO):
    """A file that tells how much of it was read. What is read a second time does not count."""

    def __init__(self, fd: int, report: Callable[[float], None] | None) -> None:
        super().__init__(fd, "rb")
        self._report = report
        self._whole = max(os.fstat(fd).st_size, 1)
        self._seen = 0

    def readinto(self, buffer: Any, /) -> int | None:
        count = super().readinto(buffer)
        self._seen += count or 0
        if self._report is not None:
            self._report(min(self._seen / self._whole, 1.0))
        return count


@dataclass(frozen=True)
class _Found:
    """What an archive holds.

    Attributes:
        names: the top-level ones.
        members: all of them, copied; None if they are not those of an image.
        digest: of the archive without its compression.
    """

    names: frozenset[str]
    members: _Members | None
    digest: str


def _read_through(file: BinaryIO, work: Path) -> _Found:
    """Read an archive once to its end, within the limits.

    What it is shows at its end: until something shows that it is no image, its members are copied, but none of a bomb.
    """
    names: set[str] = set()
    room = max(os.fstat(file.fileno()).st_size * _HONEST_RATIO, _ROOM)
    members: _Members | None = _Members(work)
    plain = _uncompressed(file)
    with ReadAhead(plain) as stream:
        for number, (entry, content) in enumerate(entries(stream)):
            if number >= _LIMITS.entries:
                raise Problem("archive-too-large", f"The archive holds more than {_LIMITS.entries:,} entries.")
            top = posixpath.normpath(entry.name).partition("/")[0]
            names.add(top)
            room -= entry.size
            if members is not None and (top in _ROOT or number >= _MAX_MEMBERS or room < 0):
                members.forget()
                members = None
            if members is not None:
                members.take(number, entry, content)
        stream.drain()
    return _Found(frozenset(names), members, plain.digest)


def _copy_members(file: BinaryIO, work: Path) -> _Members:
    file.seek(0)
    members = _Members(work)
    with ReadAhead(_uncompressed(file)) as stream:
        for number, (entry, content) in enumerate(entries(stream)):
            if number >= _MAX_MEMBERS:
                raise Problem("archive-too-large", f"The archive holds more than {_MAX_MEMBERS:,} blobs.")
            members.take(number, entry, content)
    return members


def _uncompressed(file: BinaryIO) -> Measured:
    return Measured(open_compressed(file), _LIMITS.unpacked(os.fstat(file.fileno()).st_size))


def read_fetched(place: Path) -> NewImage:
    """The image in an OCI image layout that was made here: as `read_archive`, but its blobs stay where they are."""
    return _read_oci(place, _directory_members(place, None))


def _directory_members(path: Path, work: Path | None) -> _Members:
    """The documents and blobs of an OCI image layout; nothing in it is followed that is a link.

    They are copied to `work` if there is one.
    """
    blobs = path / "blobs" / "sha256"
    names = ["oci-layout", "index.json"]
    if not any(place.is_symlink() for place in (path / "blobs", blobs)) and blobs.is_dir():
        names += [f"blobs/sha256/{place.name}" for place in sorted(blobs.iterdir())]
    if len(names) > _MAX_MEMBERS:
        raise Problem("archive-too-large", f"The directory holds more than {_MAX_MEMBERS:,} blobs.")
    members = _Members(path)
    for number, name in enumerate(names):
        with _opened(path / name, os.O_NOFOLLOW) as file:
            members.files[name] = _copy(file, work / str(number)) if work else _measured(file, path / name)
    return members


def _measured(content: Readable, path: Path) -> _Member:
    measured = Measured(content, _LIMITS.size)
    measured.drain()
    return _Member(path, measured.digest, measured.count)


def _copy(content: Readable, target: Path) -> _Member:
    measured = Measured(content, _LIMITS.size)
    with target.open("wb") as copy:
        while data := measured.read(CHUNK):
            copy.write(data)
    return _Member(target, measured.digest, measured.count)


# --- OCI archives


def _read_oci(path: Path, members: _Members) -> NewImage:
    index = layout.decode(members.document("index.json", "index"), Index, "index")
    descriptor, tag = _choose(members, index)
    document = members.blob(descriptor, "manifest")
    manifest = layout.decode(members.document(f"blobs/sha256/{document.digest[7:]}", "manifest"), Manifest, "manifest")
    configuration = members.blob(manifest.config, "configuration")
    check_config(members.document(f"blobs/sha256/{configuration.digest[7:]}", "configuration"))
    blobs = {configuration.digest: configuration.path}
    for layer in manifest.layers:
        blobs[layer.digest] = members.blob(layer, "layer").path
    return NewImage(_reference(tag, path, descriptor.digest), document.path.read_bytes(), blobs)


def _choose(members: _Members, index: Index, nesting: int = 0) -> tuple[Descriptor, str]:
    """The manifest for this machine, and the name the archive gives it."""
    fitting = [item for item in index.manifests if fits(item.platform)]
    if not fitting:
        offered = ", ".join(sorted({item.platform.architecture for item in index.manifests if item.platform}))
        raise wrong_architecture(offered or "none")
    if len(fitting) > 1:
        raise _many(len(fitting))
    chosen = fitting[0]
    tag = chosen.annotations.get("io.containerd.image.name") or chosen.annotations.get(layout.REFERENCE, "")
    if chosen.media_type not in (layout.INDEX_TYPE, layout.DOCKER_INDEX_TYPE):
        return chosen, tag
    if nesting >= _MAX_NESTING:
        raise Problem("image-invalid", "The index of the image leads from index to index.")
    inner = members.blob(chosen, "index").digest
    document = members.document(f"blobs/sha256/{inner[7:]}", "index")
    descriptor, inner_tag = _choose(members, layout.decode(document, Index, "index"), nesting + 1)
    return descriptor, tag or inner_tag


def fits(wanted: Platform | None) -> bool:
    """Whether this machine is such a platform."""
    return wanted is None or (wanted.architecture == architecture() and wanted.os in ("", "linux"))


def check_config(document: bytes) -> Config:
    """An image's configuration. Raises `Problem` ``image-invalid``, ``image-architecture``."""
    config = layout.decode(document, Config, "configuration")
    if config.architecture != architecture() or config.os != "linux":
        raise wrong_architecture(f"{config.os} on {config.architecture}")
    return config


def wrong_architecture(offered: str) -> Problem:
    """`offered`: the architectures that there are."""
    return Problem(
        "image-architecture",
        f"The image is not made for this machine (it is for {offered[:80]}, this is linux on {architecture()}).",
        f"Get the {architecture()} variant of it.",
    )


def _many(count: int) -> Problem:
    return Problem("archive-many", f"The archive holds {count} images.", "Make an archive of one image.")


# --- docker archives


def _read_docker(path: Path, members: _Members) -> NewImage:
    images = layout.decode(members.document("manifest.json", "manifest"), tuple[_DockerImage, ...], "manifest")
    if len(images) != 1:
        raise _many(len(images))
    image = images[0]
    check_config(members.document(image.config, "configuration"))
    configuration = members.find(image.config, "configuration")
    layers = [members.find(name, "layer") for name in image.layers]
    manifest = layout.encode(
        Manifest(
            config=Descriptor(layout.CONFIG_TYPE, configuration.digest, configuration.size),
            layers=tuple(Descriptor(_layer_type(layer.path), layer.digest, layer.size) for layer in layers),
        )
    )
    blobs = {member.digest: member.path for member in (configuration, *layers)}
    tag = image.repo_tags[0] if image.repo_tags else ""
    return NewImage(_reference(tag, path, configuration.digest), manifest, blobs)


# --- root file systems


def _read_rootfs(path: Path, file: BinaryIO, work: Path, diff_id: str) -> NewImage:
    file.seek(0)
    layer = _copy(file, work / "layer")
    config = Config(architecture(), "linux", RootFs((diff_id,)))
    configuration = work / "configuration"
    configuration.write_bytes(layout.encode(config))
    with configuration.open("rb") as document:
        described = _copy(document, work / "copy")
    manifest = Manifest(
        config=Descriptor(layout.CONFIG_TYPE, described.digest, described.size),
        layers=(Descriptor(_layer_type(layer.path), layer.digest, layer.size),),
    )
    blobs = {described.digest: described.path, layer.digest: layer.path}
    return NewImage(_reference("", path, layer.digest), layout.encode(manifest), blobs)


def _layer_type(path: Path) -> str:
    with path.open("rb") as file:
        magic = file.read(4)
    plain = layout.LAYER_TYPE.removesuffix("+gzip")
    return layout.LAYER_TYPE if magic[:2] == b"\x1f\x8b" else f"{plain}+zstd" if magic == ZSTD_MAGIC else plain


def _reference(tag: str, path: Path, digest: str) -> str:
    """``NAME:VERSION`` from what the archive calls the image, else from the file's name."""
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", _ENDING.sub("", path.name)).strip(".-_") or "image"
    stem = re.sub(r"\.\.+", ".", stem)
    for candidate in (tag, f"{stem}:{tag}", f"{stem}:{digest[7:19]}"):
        try:
            layout.split_reference(candidate)
        except Problem:
            continue
        return candidate
    return f"image:{digest[7:19]}"
