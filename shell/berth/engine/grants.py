"""The grants store: what the user decided, for whom and for how long.

A decision belongs to an app id and the publisher its manifest came from: the same id from
somewhere else is another app and is asked about anew.
"""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

import msgspec

from berth.core.permissions import Duration, Grant
from berth.engine.database import database_problems, forget_erased, open_database

_SCHEMA = """
CREATE TABLE IF NOT EXISTS grants (
    app TEXT NOT NULL, publisher TEXT NOT NULL, permission TEXT NOT NULL, scope TEXT NOT NULL,
    allow INTEGER NOT NULL, image TEXT NOT NULL, decided REAL NOT NULL,
    PRIMARY KEY (app, publisher, permission, scope)
) STRICT;
"""
_ALWAYS = "always"


class Subject(msgspec.Struct, frozen=True):
    """Whom a decision is about; `instance` "" = the app as such."""

    app: str
    publisher: str
    instance: str = ""


class GrantStore:
    """Decisions in a file that outlives the engine.

    Args:
        session: identifies the session; decisions of other sessions "for this session" are forgotten.
    """

    def __init__(self, path: Path, session: str) -> None:
        self._path = path
        self._session = f"session {session}"
        self._database: sqlite3.Connection = open_database(path, _SCHEMA)

    def forget_other_sessions(self) -> None:
        with database_problems(self._path):
            self._database.execute("DELETE FROM grants WHERE scope LIKE 'session %' AND scope != ?", (self._session,))

    def decide(self, subject: Subject, permission: str, grant: Grant, image: str = "") -> None:
        """Store a decision; `image` is the digest it was shown with."""
        values = (subject.app, subject.publisher, permission, self._scope(subject, grant.duration))
        with database_problems(self._path):
            self._database.execute(
                "INSERT OR REPLACE INTO grants VALUES (?, ?, ?, ?, ?, ?, ?)",
                (*values, grant.allow, image, time.time()),
            )

    def decisions(self, subject: Subject) -> dict[str, Grant]:
        """Decisions in force by permission: the one for the instance, else for the session, else for always."""
        scopes: tuple[tuple[Duration, str], ...] = (("always", _ALWAYS), ("session", self._session))
        if subject.instance:
            scopes = (*scopes, ("once", self._scope(subject, "once")))
        with database_problems(self._path):
            rows = self._database.execute(
                "SELECT permission, scope, allow FROM grants WHERE app = ? AND publisher = ?",
                (subject.app, subject.publisher),
            ).fetchall()
        found: dict[str, Grant] = {}
        for duration, scope in scopes:
            found |= {name: Grant(bool(allow), duration) for name, stored, allow in rows if stored == scope}
        return found

    def revoke(self, app: str, permission: str) -> None:
        """Forget every decision about a permission of an app, whoever published it."""
        with database_problems(self._path):
            self._database.execute("DELETE FROM grants WHERE app = ? AND permission = ?", (app, permission))

    def of_app(self, app: str) -> tuple[str, ...]:
        """Permissions that anything was decided about, whoever published the app."""
        with database_problems(self._path):
            rows = self._database.execute(
                "SELECT DISTINCT permission FROM grants WHERE app = ? ORDER BY permission", (app,)
            ).fetchall()
        return tuple(permission for (permission,) in rows)

    def forget_app(self, app: str) -> None:
        with database_problems(self._path):
            self._database.execute("DELETE FROM grants WHERE app = ?", (app,))
        forget_erased(self._database)

    def forget_instance(self, instance: str) -> None:
        with database_problems(self._path):
            self._database.execute("DELETE FROM grants WHERE scope = ?", (f"instance {instance}",))

    def forget_other_instances(self, alive: frozenset[str]) -> None:
        """Remove what a crash has kept of instances that are gone."""
        with database_problems(self._path):
            rows = self._database.execute("SELECT DISTINCT scope FROM grants WHERE scope LIKE 'instance %'").fetchall()
        for (scope,) in rows:
            if scope.removeprefix("instance ") not in alive:
                self.forget_instance(scope.removeprefix("instance "))

    def close(self) -> None:
        self._database.close()

    def _scope(self, subject: Subject, duration: Duration) -> str:
        if duration == "once":
            return f"instance {subject.instance}"
        return self._session if duration == "session" else _ALWAYS
