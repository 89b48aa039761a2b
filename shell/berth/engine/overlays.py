"""What the user has set for each app and profile: a small file beside the app's data, hostile until it was read.

``apps/ID/overlay.toml`` is for the app as such, ``apps/ID/profiles/NAME/overlay.toml`` for a profile, whose own
home lies beside it. The app itself sees nothing of these but its home. A file that cannot be used keeps its app
from starting: one that ran otherwise than the user has set would do so unnoticed.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shlex
from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path

import msgspec

from berth.core.folders import Folder, around, folder_of, overlaps
from berth.core.manifest import Manifest, ManifestInvalid, nearest
from berth.core.overlay import Overlay, OverlayInvalid, apply_overlay, as_toml, parse_overlay
from berth.core.paths import Paths
from berth.core.permissions import PermissionRequest
from berth.core.problem import Problem
from berth.engine.catalogue import Entry, read_text, shown
from berth.engine.image_index import ReadyImage
from berth.engine.images.versions import short
from berth.engine.removal import remove_home

MOST_PROFILES = 32
_FILE = "overlay.toml"
_NAME = re.compile(r"[^\W_](?:[\w -]{0,38}[\w-])?")


class Overlays:
    """Raises `Problem` from every method that writes: ``settings-not-kept`` if the disk refuses."""

    def __init__(self, paths: Paths) -> None:
        self._apps = paths.apps
        # Of all sessions: what one keeps is no business of another's apps.
        private = (paths.state, paths.runtime.parent, paths.images.parent)
        self._private = tuple(os.path.realpath(place) for place in private)

    # --- reading

    def profiles(self, app: str) -> tuple[str, ...]:
        try:
            found = [path.name for path in (self._apps / app / "profiles").iterdir()]
        except OSError:
            return ()
        return tuple(sorted(name for name in found if _NAME.fullmatch(name))[:MOST_PROFILES])

    def read(self, app: str, profile: str = "") -> Overlay:
        """Raises `Problem`: ``unknown-profile``, ``overlay-invalid`` or why the file cannot be read."""
        path = self._folder(app, profile) / _FILE
        if not os.path.lexists(path):
            return Overlay()
        chosen = f" --profile {shlex.quote(profile)}" if profile else ""
        hint = f"Mend the file, or go back to the default: berth set {app}{chosen} --reset"
        try:
            return parse_overlay(read_text(path), shown(path), hint)
        except ManifestInvalid as unread:
            raise OverlayInvalid(shown(path), unread.faults, hint) from None

    def effective(self, entry: Entry, profile: str = "") -> Entry:
        """The app as the user wants it. Raises like `read`."""
        overlay = self.read(entry.manifest.id, profile)
        return replace(entry, manifest=apply_overlay(entry.manifest, overlay), runtime=overlay.runtime)

    def declaring(self, entry: Entry) -> Entry:
        """The app with the folders that it asks for in any of its profiles, as far as these can be read."""
        requests = dict.fromkeys(entry.manifest.permissions)
        for profile in ("", *self.profiles(entry.manifest.id)):
            try:
                folders = self.read(entry.manifest.id, profile).folders
            except Problem:
                continue
            requests |= dict.fromkeys(PermissionRequest(folder.permission, "") for folder in folders)
        return replace(entry, manifest=msgspec.structs.replace(entry.manifest, permissions=tuple(requests)))

    def home(self, app: str, profile: str = "") -> Path:
        return self._data(app, profile) / "home"

    def volumes(self, app: str, profile: str = "") -> Path:
        """Where the folders of its image lie that are the app's own."""
        return self._data(app, profile) / "volumes"

    def _data(self, app: str, profile: str) -> Path:
        shares = profile and self.read(app, profile).data == "shared"
        return self._folder(app, "" if shares else profile)

    def check_folders(self, entry: Entry) -> None:
        """Whether each folder that an app asks for is there and is none of ours.

        Raises:
            Problem: ``folder-unusable``.
        """
        for request in entry.manifest.permissions:
            folder = folder_of(request.name)
            if folder is not None:
                self.check_folder(folder.path, entry.manifest)

    def check_folder(self, path: str, manifest: Manifest) -> None:
        real = os.path.realpath(path)
        if not Path(path).is_dir():
            fault = "is not there"
        elif real != path:
            fault = f"is a link to {real}"
        elif overlaps(real, self._private):
            fault = "holds what Berth keeps about apps"
        else:
            outer = around(path, self._folders())
            if not outer:
                return
            fault = f"lies in {outer}, which an app may change"
        key = shlex.quote(f"folders.{path[:300]}")
        raise Problem(
            "folder-unusable",
            f"The folder {path[:300]} for {manifest.name} {fault}.",
            f"Choose another one, or take it away: berth set {manifest.id} --unset {key}",
        )

    def _folders(self) -> Iterator[Folder]:
        """Those of all apps and profiles, as far as these can be read."""
        for app in sorted(path.name for path in self._apps.iterdir()) if self._apps.is_dir() else ():
            for profile in ("", *self.profiles(app)):
                with contextlib.suppress(Problem):
                    yield from self.read(app, profile).folders

    # --- writing

    def write(self, app: str, profile: str, overlay: Overlay) -> None:
        """Keep `overlay`, whole or not at all; an empty one leaves nothing of the app itself behind."""
        folder = self._folder(app, profile)
        path = folder / _FILE
        temporary = path.with_name(f"{_FILE}.new")
        try:
            temporary.unlink(missing_ok=True)
            if overlay == Overlay():
                path.unlink(missing_ok=True)
                self._leave_no_empty(app)
                return
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with temporary.open("x") as file:
                os.fchmod(file.fileno(), 0o600)
                file.write(as_toml(overlay))
                file.flush()
                # An empty file after a power cut would be a way to run, but not the user's.
                os.fsync(file.fileno())
            temporary.replace(path)
        except OSError as error:
            raise _not_kept(path, error) from None

    def create(self, app: str, name: str, like: Overlay) -> None:
        """Raises `Problem`: ``profile-name`` or ``profile-exists``."""
        self._check_new(app, name)
        if len(self.profiles(app)) >= MOST_PROFILES:
            raise Problem("too-many-profiles", f"An app has at most {MOST_PROFILES} profiles.", "Delete one of them.")
        folder = self._apps / app / "profiles" / name
        try:
            folder.mkdir(mode=0o700, parents=True)
        except OSError as error:
            raise _not_kept(folder, error) from None
        self.write(app, name, like)

    def for_version(self, app: str, image: ReadyImage) -> str:
        """Name of the profile that another version of an app has its data in; made like the app if there is none."""
        name = profile_of_version(image)
        if name not in self.profiles(app):
            self.create(app, name, self.read(app))
        return name

    def rename(self, app: str, name: str, to: str) -> None:
        """With its data. Raises `Problem`: ``unknown-profile``, ``profile-name`` or ``profile-exists``."""
        folder = self._folder(app, _named(name))
        self._check_new(app, to)
        try:
            folder.rename(folder.with_name(to))
        except OSError as error:
            raise _not_kept(folder, error) from None

    def own_data(self, app: str, profile: str) -> Path | None:
        """Where a profile keeps what nobody shares with it, None if there is no such profile."""
        return self._folder(app, profile) if profile in self.profiles(app) else None

    def delete(self, app: str, name: str) -> None:
        """With its own data. Raises `Problem` ``unknown-profile``."""
        folder = self._folder(app, _named(name))
        try:
            # What begins with a dot is no profile: one that is gone in part is gone.
            folder.rename(folder.with_name(f".{name}"))
            for gone in folder.parent.glob(".*"):
                remove_home(gone)
            self._leave_no_empty(app)
        except OSError as error:
            raise _not_kept(folder, error) from None

    def _folder(self, app: str, profile: str) -> Path:
        folder = self._apps / app
        if not profile:
            return folder
        known = self.profiles(app)
        if profile in known:
            return folder / "profiles" / profile
        near = nearest(profile, known)
        hint = f"Did you mean “{near}”?" if near else f"Make it with: berth profile {app} new NAME"
        raise Problem("unknown-profile", f"There is no profile “{profile[:60]}” of {app}.", hint)

    def _check_new(self, app: str, name: str) -> None:
        if not _NAME.fullmatch(name):
            raise Problem(
                "profile-name",
                f"“{name[:60]}” cannot name a profile.",
                "Use up to 40 letters, digits, spaces and dashes, beginning with a letter or digit.",
            )
        if name in self.profiles(app):
            raise Problem("profile-exists", f"There is a profile “{name}” already.", "Choose another name.")

    def _leave_no_empty(self, app: str) -> None:
        for folder in (self._apps / app / "profiles", self._apps / app):
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()


def profile_of_version(image: ReadyImage) -> str:
    """The name that `Overlays.for_version` gives. A registry's tag says little: all that it ever led to have it."""
    version = f"{image.version[:20]} {short(image.digest)}" if image.source else image.version
    return f"Version {re.sub(r'[^A-Za-z0-9]+', '-', version).strip('-')[:30].rstrip('-') or 'x'}"


def fingerprint(manifest: Manifest, runtime: str, granted: Collection[str]) -> str:
    """Differs between instances that are started differently, whatever else a manifest says."""
    folders = sorted(name for name in granted if folder_of(name) is not None)
    started = (
        manifest.command,
        manifest.environment,
        manifest.display,
        manifest.web,
        manifest.limits,
        manifest.directory,
        manifest.stop_signal,
        runtime,
        folders,
    )
    return hashlib.sha256(msgspec.json.encode(started)).hexdigest()[:16]


def _named(profile: str) -> str:
    if not profile:
        raise Problem("profile-name", "The app itself is no profile that can be renamed or deleted.")
    return profile


def _not_kept(path: Path, error: OSError) -> Problem:
    return Problem("settings-not-kept", f"{shown(path)} cannot be written: {error.strerror}.", "Is there space left?")
