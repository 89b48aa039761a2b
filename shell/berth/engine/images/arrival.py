"""An image that comes from outside becomes an app: it gets the app's name, and a manifest if there is none."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from berth.core.problem import Problem
from berth.engine.images import layout
from berth.engine.images.derive import app_id, derive, is_derived
from berth.engine.images.layout import Config


class Arrival:
    """Implements `berth.engine.images.store.Welcome`.

    Args:
        manifests: the user's own manifests.
        known: apps that have a manifest elsewhere.
        made: apps whose images Berth makes itself: none that comes from outside may take their place, and with it
            what the user has allowed them.
        running: apps that run, from files that would be replaced.
        strict: refuse what cannot become an app.

    Attributes:
        app: the app's id, once its image was looked at.
        name: what to call it.
    """

    def __init__(
        self,
        manifests: Path,
        known: frozenset[str],
        made: frozenset[str],
        running: frozenset[str],
        strict: bool,
    ) -> None:
        self._manifests = manifests
        self._known = known
        self._made = made
        self._running = running
        self._strict = strict
        self._derived = ""
        self._called = ""
        self.app = ""
        self.name = ""

    def reference(self, reference: str) -> str:
        name, version = layout.split_reference(reference)
        self.app = self.name = app = app_of(reference)
        # Without the registry and whose it is there.
        self._called = name.rpartition("/")[2] if "/" in name else ""
        if app in self._made:
            raise Problem(
                "image-not-welcome",
                f"“{app}” is an app whose image Berth makes itself, so that no other takes its place.",
                "Give the image another name.",
            )
        if app in self._running:
            raise Problem("app-running", f"“{app}” is running, so its image cannot be replaced now.", "Close it first.")
        return f"{app}:{version}"

    def look_at(self, config: Config, rootfs: Path) -> str:
        if not self.gets_manifest:
            return ""
        try:
            derived = derive(self.app, config, rootfs, self._called)
        except Problem:
            if self._strict:
                raise
            return ""
        self._derived, self.name = derived.text, derived.name
        self._stage()
        return derived.icon

    def manifest(self) -> str:
        return self._derived

    def preview(self, config: Config) -> str:
        """The manifest as far as an image tells by its configuration alone; "" if it says too little, or if the app
        has one that stays."""
        if not self.gets_manifest:
            return ""
        with tempfile.TemporaryDirectory() as empty, contextlib.suppress(Problem):
            return derive(self.app, config, Path(empty), self._called, looks=False).text
        return ""

    @property
    def gets_manifest(self) -> bool:
        """Whether the app's manifest is to be derived from the image."""
        return self.app not in self._known and self._is_replaceable()

    def write_manifest(self) -> None:
        """After the image is in the store, so that no manifest is there without one."""
        if self._derived:
            self._stage()
            with self._writing():
                staged(self._manifests, self.app).replace(self._path)

    def _stage(self) -> None:
        """Before the image is in the store, so that whoever finds it there without its manifest finds that here."""
        place = staged(self._manifests, self.app)
        with self._writing():
            self._manifests.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Written again it would be empty for a moment, of all moments when the image has come.
            if not place.exists() or place.read_text() != self._derived:
                place.write_text(self._derived)

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise Problem(
                "manifest-not-kept", f"{self._path} cannot be written: {error.strerror}.", "Free some space."
            ) from None

    @property
    def _path(self) -> Path:
        return self._manifests / f"{self.app}.toml"

    def _is_replaceable(self) -> bool:
        return _is_ours(self._path)


def app_of(reference: str) -> str:
    """The app that an image is to be which calls itself NAME:VERSION."""
    return app_id(layout.split_reference(reference)[0])


def staged(manifests: Path, app: str) -> Path:
    """Where an app's manifest is until its image is in the store; nobody takes a file of this name for a manifest."""
    return manifests / f".{app}.new"


def complete(manifests: Path, derived: Mapping[str, Collection[str]]) -> bool:
    """After whoever brought an image was killed: it gets its manifest, if it has come into the store, and what never
    came is forgotten.

    Args:
        derived: the manifests that were derived from the images of each app.

    Returns:
        Whether any image has got one.
    """
    completed = False
    for place in manifests.glob(".*.new"):
        app = place.name.removeprefix(".").removesuffix(".new")
        path = manifests / f"{app}.toml"
        with contextlib.suppress(OSError, ValueError):
            if place.read_text() in derived.get(app, ()) and _is_ours(path):
                place.replace(path)
                completed = True
            else:
                place.unlink()
    return completed


def _is_ours(manifest: Path) -> bool:
    """A manifest that the user has changed is theirs."""
    try:
        return is_derived(manifest.read_text(errors="replace"))
    except FileNotFoundError:
        return not os.path.lexists(manifest)
