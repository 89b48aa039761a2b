"""Where things lie: names of a session's directories, derived from the environment alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from berth.core.problem import Problem

DEFAULT_NAME = "default"
LOCK_TRIES = "lock-tries"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,30}")


@dataclass(frozen=True)
class Paths:
    """Directories of one session.

    Attributes:
        runtime: sockets and instance directories, gone after log-out; mode 0700.
        state: grants, ledger, apps' homes; belongs to this session name alone.
        home: the user's own, of the default session.
        images: the image store, shared by all sessions of the user (content-addressed).
    """

    name: str
    runtime: Path
    state: Path
    images: Path
    home: Path | None = None

    @property
    def drop(self) -> Path:
        """Where the user drops images; of sessions beside the default one it is with their state."""
        return self.state / "drop" if self.home is None else self.home / "Berth" / "Drop"

    @property
    def display_socket(self) -> Path:
        return self.runtime / "display.sock"

    @property
    def engine_socket(self) -> Path:
        return self.runtime / "engine.sock"

    @property
    def session_file(self) -> Path:
        return self.runtime / "session.json"

    @property
    def lock_file(self) -> Path:
        return self.runtime / "session.lock"

    @property
    def lock_marker(self) -> Path:
        """There while the session is locked."""
        return self.runtime / "locked"

    @property
    def lock_tries(self) -> Path:
        """How many wrong passwords there have been since then."""
        return self.lock_marker.with_name(LOCK_TRIES)

    @property
    def instances(self) -> Path:
        return self.runtime / "instances"

    @property
    def logs(self) -> Path:
        return self.runtime / "logs"

    @property
    def apps(self) -> Path:
        return self.state / "apps"

    @property
    def scripts(self) -> Path:
        """A launcher script for each app that is here."""
        return self.state / "bin"

    @property
    def desktop_entries(self) -> Path:
        """Where other desktops of the user look for apps."""
        return self.images.parent.parent / "applications"

    @property
    def received(self) -> Path:
        """A directory per instance with what the user handed it from other apps; on disk, as that may be large."""
        return self.state / "received"

    @property
    def dropped(self) -> Path:
        """What the user has dropped on the desktop itself last, below the name of its transfer."""
        return self.state / "dropped"

    @property
    def incoming(self) -> Path:
        """What is on its way to `received`, of the engine that runs now."""
        return self.state / "incoming"


def session_paths(name: str, environment: Mapping[str, str], uid: int) -> Paths:
    """Directories of the session `name`.

    Raises:
        Problem: ``session-name`` if `name` is no valid session name.
    """
    if not _NAME.fullmatch(name):
        raise Problem(
            "session-name",
            f"“{name}” cannot name a session.",
            "Use up to 31 small letters, digits and dashes, beginning with a letter or digit.",
        )
    base = Path(environment.get("XDG_RUNTIME_DIR") or f"/tmp/berth-runtime-{uid}")
    home = environment.get("HOME") or str(Path.home())
    data = Path(environment.get("XDG_DATA_HOME") or Path(home) / ".local/share") / "berth"
    if name == DEFAULT_NAME:
        return Paths(name, base / "berth", data, data / "images", Path(home))
    return Paths(name, base / f"berth-{name}", data / "sessions" / name, data / "images")
