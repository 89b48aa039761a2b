"""Opens the engine's small SQLite files so that neither a crash nor a damaged file stops the desktop."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

from berth.core.problem import Problem


def open_database(path: Path, schema: str) -> sqlite3.Connection:
    """A connection in write-ahead mode; a file that is no database is moved aside and kept.

    Raises:
        Problem: ``state-unusable`` or ``disk-full``.
    """
    with database_problems(path):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            return _open(path, schema)
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError:
            path.replace(path.with_name(f"{path.name}.damaged-{int(time.time())}"))
            for suffix in ("-wal", "-shm"):
                path.with_name(path.name + suffix).unlink(missing_ok=True)
            return _open(path, schema)


def _open(path: Path, schema: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, timeout=5)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        # A power cut may lose the last rows, never damage the file: an instance does not survive one either.
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("PRAGMA secure_delete=ON")
        connection.executescript(schema)
    except sqlite3.Error:
        connection.close()
        raise
    path.chmod(0o600)
    return connection


def forget_erased(connection: sqlite3.Connection) -> None:
    """Have what was erased leave the disk as well; somebody who reads just now delays that to another time."""
    with contextlib.suppress(sqlite3.Error):
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@contextlib.contextmanager
def database_problems(path: Path) -> Iterator[None]:
    """Turns what SQLite or the file system refuses into a `Problem`."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        if "full" in str(error) or "No space" in str(error):
            raise Problem("disk-full", f"There is no space left to write {path}.", "Free some space.") from None
        raise Problem(
            "state-unusable",
            f"Berth cannot use {path}: {error}.",
            "Check that the directory belongs to you and can be written.",
        ) from None
