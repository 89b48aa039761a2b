"""How apps run, shown and changed: one place for the command line and the editor."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec

from berth.core.folders import fault_of
from berth.core.manifest import Display
from berth.core.messages import ChangeProfile, ChangeSettings, ProblemInfo, Settings
from berth.core.overlay import Overlay, OverlayInvalid, apply_overlay, without_defaults
from berth.core.problem import Problem
from berth.core.settings import Change, change_overlay, list_settings
from berth.engine import displays
from berth.engine.catalogue import Catalogue, Entry
from berth.engine.choices import RuntimeChoices
from berth.engine.consent import Consent
from berth.engine.image_index import ImageIndex
from berth.engine.overlays import Overlays
from berth.engine.supervision import Supervision

_FOLDERS = "folders."
_USUAL = ("Desktop", "Documents", "Downloads", "Music", "Pictures", "Videos")


class AppSettings:
    """Args:
    catalogue: the current catalogue.
    changed: called with an app id after each change that was kept.
    """

    def __init__(
        self,
        overlays: Overlays,
        *,
        catalogue: Callable[[], Catalogue],
        choices: RuntimeChoices,
        images: ImageIndex,
        consent: Consent,
        supervision: Supervision,
        changed: Callable[[str], None],
    ) -> None:
        self._overlays = overlays
        self._catalogue = catalogue
        self._choices = choices
        self._images = images
        self._consent = consent
        self._supervision = supervision
        self._changed = changed

    def runtime(self, entry: Entry) -> str:
        """What the app would be started with now, without a profile."""
        try:
            entry = self._overlays.effective(entry)
        except Problem:
            return self._choices.effective(entry.manifest)
        return entry.runtime or self._choices.effective(entry.manifest)

    def chosen_runtime(self, app: str) -> str:
        """What the user has chosen for the app without a profile, in either way; "" if nothing."""
        with contextlib.suppress(Problem):
            if overlay := self._overlays.read(app).runtime:
                return overlay
        return self._choices.of(app)

    def choose_runtime(self, app: str, runtime: str) -> None:
        """The later word counts: what was set for the app as such gives way. Raises `Problem`."""
        self._choices.choose(app, runtime)
        with contextlib.suppress(OverlayInvalid):
            overlay = self._overlays.read(app)
            if overlay.runtime:
                self._overlays.write(app, "", msgspec.structs.replace(overlay, runtime=""))

    def get(self, app: str, profile: str) -> Settings:
        """Raises `Problem`: ``unknown-app`` or ``unknown-profile``."""
        entry = self._catalogue().find(app)
        try:
            overlay, problem = self._overlays.read(app, profile), None
        except OverlayInvalid as invalid:
            overlay, problem = Overlay(), ProblemInfo(invalid.code, invalid.message, invalid.hint)
        return self._settings(entry, profile, overlay, problem)

    def change(self, request: ChangeSettings) -> Settings:
        """Raises `Problem`: what is wrong with a change, and then none of them is made."""
        entry, profile = self._catalogue().find(request.app), request.profile
        before = self._before(request)
        changes = tuple(_expanded(change) for change in request.changes)
        changed = change_overlay(Overlay() if request.reset else before, changes)
        after = without_defaults(entry.manifest, changed, self._choices.effective(entry.manifest))
        if after.display and after.display != before.display:
            displays.check_choice(apply_overlay(entry.manifest, after), self._displays(entry))
        for folder in set(after.folders) - set(before.folders):
            self._overlays.check_folder(folder.path, entry.manifest)
        if not request.check:
            self._overlays.write(entry.manifest.id, profile, after)
            self._forget_folders(entry, before)
            self._changed(entry.manifest.id)
        return self._settings(entry, profile, after, None)

    def change_profile(self, request: ChangeProfile) -> None:
        """Raises `Problem`: what keeps it from being done."""
        app = self._catalogue().find(request.app).manifest.id
        if request.action == "new":
            self._overlays.create(app, request.to, Overlay())
        elif request.action == "duplicate":
            self._overlays.create(app, request.to, self._overlays.read(app, request.profile))
        else:
            self._check_unused(app, request.profile)
            if request.action == "rename":
                self._overlays.rename(app, request.profile, request.to)
            else:
                self._overlays.delete(app, request.profile)
        self._changed(app)

    def _before(self, request: ChangeSettings) -> Overlay:
        """What is set now; a file that cannot be read can still be reset."""
        try:
            return self._overlays.read(request.app, request.profile)
        except OverlayInvalid:
            if request.reset:
                return Overlay()
            raise

    def _settings(self, entry: Entry, profile: str, overlay: Overlay, problem: ProblemInfo | None) -> Settings:
        manifest = entry.manifest
        listed = list_settings(
            manifest,
            overlay,
            runtime=self._choices.effective(manifest),
            profile=profile,
            displays=self._displays(entry),
        )
        permissions = self._consent.describe(replace(entry, manifest=apply_overlay(manifest, overlay)))
        offered = (folder for folder in user_folders() if folder not in {taken.path for taken in overlay.folders})
        return Settings(manifest.id, profile, listed, permissions, problem, tuple(offered))

    def _displays(self, entry: Entry) -> tuple[Display, ...]:
        image = self._images.get(entry.manifest.id)
        return displays.possible(entry, image.rootfs if image is not None else "")

    def _forget_folders(self, entry: Entry, before: Overlay) -> None:
        """A folder that was taken away and comes again is asked about again."""
        asked = {request.name for request in self._overlays.declaring(entry).manifest.permissions}
        for folder in before.folders:
            if folder.permission not in asked:
                self._consent.forget(entry.manifest.id, folder.permission)

    def _check_unused(self, app: str, profile: str) -> None:
        if any((instance.app, instance.profile) == (app, profile) for instance in self._supervision.all()):
            raise Problem("profile-in-use", f"The profile “{profile}” is in use.", "Close its app first.")


def user_folders() -> tuple[str, ...]:
    """The folders that the user keeps documents, music and so on in.

    Source: xdg-user-dirs, user-dirs.dirs(5).
    """
    home = str(Path.home())
    config = Path(os.environ.get("XDG_CONFIG_HOME") or f"{home}/.config")
    try:
        text = (config / "user-dirs.dirs").read_text(errors="replace")[:10_000]
    except OSError:
        text = "".join(f'XDG_DIR="$HOME/{name}"\n' for name in _USUAL)
    named = (match.replace("$HOME", home, 1) for match in re.findall(r'^XDG_\w*DIR="([^"]*)"', text, re.MULTILINE))
    # One that is switched off is the home itself.
    found = (path.rstrip("/") for path in named)
    return tuple(dict.fromkeys(path for path in found if path != home and not fault_of(path) and Path(path).is_dir()))


def _expanded(change: Change) -> Change:
    """A folder may be written as people do, with a tilde or a slash at the end."""
    key, text = change
    if not key.startswith(_FOLDERS):
        return change
    path = key.removeprefix(_FOLDERS)
    if path.startswith("~/"):
        path = f"{Path.home()}{path[1:]}"
    return f"{_FOLDERS}{path.rstrip('/') or path}", text
