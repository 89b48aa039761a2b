"""Archives for the tests, honest and hostile, made without the code under test."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import platform
import tarfile
from collections.abc import Iterable
from pathlib import Path

ARCHITECTURE = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())


def member(name: str, data: bytes = b"", **fields: object) -> tuple[tarfile.TarInfo, bytes]:
    """A tar member; a file unless `fields` says otherwise."""
    info = tarfile.TarInfo(name)
    info.size = len(data)
    info.mode = 0o644
    for key, value in fields.items():
        setattr(info, key, value)
    return info, data


def directory(name: str, mode: int = 0o755) -> tuple[tarfile.TarInfo, bytes]:
    return member(name, type=tarfile.DIRTYPE, mode=mode)


def link(name: str, target: str, kind: bytes = tarfile.SYMTYPE) -> tuple[tarfile.TarInfo, bytes]:
    return member(name, type=kind, linkname=target)


def tar(members: Iterable[tuple[tarfile.TarInfo, bytes]], format: int = tarfile.PAX_FORMAT) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=format) as archive:
        for info, data in members:
            archive.addfile(info, io.BytesIO(data))
    return target.getvalue()


def digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def descriptor(data: bytes, media_type: str) -> dict[str, object]:
    return {"mediaType": media_type, "digest": digest(data), "size": len(data)}


class OciArchive:
    """An OCI archive in the making: change any part before `write` to make it hostile."""

    def __init__(self, layers: Iterable[bytes], name: str = "org.example.app:1.0") -> None:
        self.layers = list(layers)
        self.name = name
        self.config: dict[str, object] = {
            "architecture": ARCHITECTURE,
            "os": "linux",
            "rootfs": {"type": "layers", "diff_ids": [digest(layer) for layer in self.layers]},
        }
        self.blobs: dict[str, bytes] = {}
        self.left_out: set[str] = set()

    def write(self, path: Path) -> Path:
        packed = [gzip.compress(layer, 1, mtime=0) for layer in self.layers]
        config = json.dumps(self.config).encode()
        manifest = json.dumps(
            {
                "schemaVersion": 2,
                "mediaType": "application/vnd.oci.image.manifest.v1+json",
                "config": descriptor(config, "application/vnd.oci.image.config.v1+json"),
                "layers": [descriptor(layer, "application/vnd.oci.image.layer.v1.tar+gzip") for layer in packed],
            }
        ).encode()
        entry = descriptor(manifest, "application/vnd.oci.image.manifest.v1+json")
        entry["annotations"] = {"org.opencontainers.image.ref.name": self.name}
        index = json.dumps({"schemaVersion": 2, "manifests": [entry]}).encode()
        blobs = {digest(data): data for data in (config, manifest, *packed)} | self.blobs
        named = {"config": digest(config), "manifest": digest(manifest), "layer": digest(packed[0])}
        members = [member("oci-layout", b'{"imageLayoutVersion":"1.0.0"}'), member("index.json", index)]
        for key, data in blobs.items():
            if key not in {named[what] for what in self.left_out}:
                members.append(member(f"blobs/sha256/{key[7:]}", data))
        path.write_bytes(tar(members))
        return path


def small_root(extra: Iterable[tuple[tarfile.TarInfo, bytes]] = ()) -> bytes:
    """A layer with a few files, as tar."""
    return tar(
        [
            directory("usr"),
            directory("usr/bin"),
            member("usr/bin/hello", b"#!/bin/sh\necho hello\n", mode=0o755),
            directory("etc"),
            member("etc/passwd", b"root:x:0:0::/:/bin/sh\n"),
            *extra,
        ]
    )


def snapshot(directory: Path) -> dict[str, bytes]:
    """All files below `directory` but locks, to see whether anything changed."""
    files = (path for path in directory.rglob("*") if path.is_file() and not path.name.endswith("lock"))
    return {str(path.relative_to(directory)): path.read_bytes() for path in files}
