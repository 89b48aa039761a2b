"""Whether a store's disk and its index agree: nothing is missing, and nothing lies there that nobody uses."""

from __future__ import annotations

from pathlib import Path

from berth.engine.images import layout
from berth.engine.images.layout import Config, Index, Manifest
from berth.engine.images.store import ImageStore

_KNOWN = {"blobs", "layers", "rootfs", "icons", "incoming", "locks", "partial", "builds", "apt", "copies"} | {
    *("index.json", "oci-layout", "store.lock", "durations.json")
}


def disagreements(root: Path) -> list[str]:
    """Faults of the store at `root`, looked at from its files alone, once a new process has opened it."""
    faults = [str(problem) for problem in ImageStore(root).verify()]
    index = layout.decode((root / "index.json").read_bytes(), Index, "index")
    blobs, layers, icons, roots = set(), set(), set(), set()
    for item in index.manifests:
        manifest = layout.decode(_blob(root, item.digest).read_bytes(), Manifest, "manifest")
        config = layout.decode(_blob(root, manifest.config.digest).read_bytes(), Config, "configuration")
        blobs |= {item.digest, manifest.config.digest, *(layer.digest for layer in manifest.layers)}
        blobs |= {item.annotations[layout.SBOM]}
        blobs |= {item.annotations[layout.APP_MANIFEST]} if layout.APP_MANIFEST in item.annotations else set()
        layers |= {layout.hex_digits(diff_id) for diff_id in config.rootfs.diff_ids}
        icons |= {item.annotations[layout.ICON]} if layout.ICON in item.annotations else set()
        roots.add(layout.hex_digits(item.digest))
    wanted = {"blobs/sha256": {layout.hex_digits(digest) for digest in blobs}, "layers": layers, "icons": icons}
    for name, names in {**wanted, "rootfs": roots, "incoming": set(), "builds": set(), ".": _KNOWN}.items():
        there = {path.name for path in (root / name).iterdir()} if (root / name).is_dir() else set()
        faults += [f"{name}/{left} is nobody's" for left in sorted(there - names)]
        faults += [f"{name}/{lost} is missing" for lost in sorted(names - there) if name != "."]
    for name in layers:
        parts = {path.name for path in (root / "layers" / name).iterdir()}
        faults += [] if parts == {"tree", "whiteouts", "size"} else [f"the layer {name} has {parts}"]
    return faults


def _blob(root: Path, digest: str) -> Path:
    return root / "blobs/sha256" / layout.hex_digits(digest)
