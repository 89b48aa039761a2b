"""Which runtime the user has chosen, for all apps and for single ones: a small file beside the grants."""

from __future__ import annotations

from pathlib import Path

import msgspec

from berth.core.manifest import Manifest
from berth.core.plan import DEFAULT_RUNTIME, RUNTIMES
from berth.core.problem import Problem


class _Chosen(msgspec.Struct, forbid_unknown_fields=True):
    everywhere: str = ""
    apps: dict[str, str] = {}


class RuntimeChoices:
    """What is chosen for an app comes before its manifest's word, and that before what is chosen for all."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._chosen = self._read()

    @property
    def everywhere(self) -> str:
        return self._chosen.everywhere or DEFAULT_RUNTIME

    def of(self, app: str) -> str:
        """What was chosen for this app alone, "" if nothing."""
        return self._chosen.apps.get(app, "")

    def effective(self, manifest: Manifest) -> str:
        return self.of(manifest.id) or manifest.runtime or self.everywhere

    def choose(self, app: str, runtime: str) -> None:
        """Choose for an app, or with "" for all; an empty `runtime` takes the choice back.

        Raises:
            Problem: ``unknown-runtime``, or ``choice-not-kept`` if the file cannot be written.
        """
        if runtime and runtime not in RUNTIMES:
            raise Problem(
                "unknown-runtime", f"There is no runtime “{runtime[:40]}”.", f"Choose one of: {', '.join(RUNTIMES)}"
            )
        apps = {name: chosen for name, chosen in self._chosen.apps.items() if name != app}
        if app and runtime:
            apps[app] = runtime
        changed = _Chosen(self._chosen.everywhere if app else runtime, apps)
        self._write(changed)
        self._chosen = changed

    def _read(self) -> _Chosen:
        try:
            found = msgspec.json.decode(self._path.read_bytes(), type=_Chosen)
        except (OSError, ValueError):
            return _Chosen()
        apps = {app: runtime for app, runtime in found.apps.items() if runtime in RUNTIMES}
        return _Chosen(found.everywhere if found.everywhere in RUNTIMES else "", apps)

    def _write(self, chosen: _Chosen) -> None:
        temporary = self._path.with_name(f"{self._path.name}.new")
        try:
            temporary.write_bytes(msgspec.json.format(msgspec.json.encode(chosen)))
            temporary.replace(self._path)
        except OSError as error:
            raise Problem("choice-not-kept", f"{self._path} cannot be written: {error.strerror}.") from None
