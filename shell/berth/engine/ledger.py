"""The ledger: which instances exist, written before anything of them does, erased after all of it is gone.
And which apps are being removed, written before anything of them goes, erased after all of it has gone.

Whatever carries an instance's id without a row here is debris of a crash, and so is a row
without anything that runs.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

import msgspec

from berth.engine.database import database_problems, forget_erased, open_database

_SCHEMA = """
CREATE TABLE IF NOT EXISTS instances (
    instance TEXT PRIMARY KEY, app TEXT NOT NULL, name TEXT NOT NULL, publisher TEXT NOT NULL,
    image TEXT NOT NULL, created REAL NOT NULL, mapped INTEGER NOT NULL DEFAULT 0,
    profile TEXT NOT NULL DEFAULT '', settings TEXT NOT NULL DEFAULT '', version TEXT NOT NULL DEFAULT '',
    manifest TEXT NOT NULL DEFAULT '', arguments TEXT NOT NULL DEFAULT '', given TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE TABLE IF NOT EXISTS removals (app TEXT PRIMARY KEY, keep_data INTEGER NOT NULL) STRICT;
"""
_LATER = ("profile", "settings", "version", "manifest", "arguments", "given")
"""Columns that files of earlier versions lack."""


class Row(msgspec.Struct, frozen=True, array_like=True):
    """What the engine must know again about a running instance. `image` is a digest, `created` unix time, `settings`
    tells apart what instances were started with, `version` is the digest that was asked for, if one was. `manifest` is
    what it was started from, with all that the user had set, `arguments` what followed its command, both as JSON, ""
    in files of earlier versions. `given` names the permissions of which its container has what they give."""

    instance: str
    app: str
    name: str
    publisher: str
    image: str
    created: float
    mapped: bool = False
    profile: str = ""
    settings: str = ""
    version: str = ""
    manifest: str = ""
    arguments: str = ""
    given: str = ""


_PLACES = ", ".join("?" * len(Row.__struct_fields__))


class Ledger:
    """Raises `Problem` from every method if the file cannot be used."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._database: sqlite3.Connection = open_database(path, _SCHEMA)
        with database_problems(path):
            present = {row[1] for row in self._database.execute("PRAGMA table_info(instances)")}
            for column in (name for name in _LATER if name not in present):
                self._database.execute(f"ALTER TABLE instances ADD COLUMN {column} TEXT NOT NULL DEFAULT ''")

    def add(self, row: Row) -> None:
        with database_problems(self._path):
            self._database.execute(f"INSERT INTO instances VALUES ({_PLACES})", msgspec.structs.astuple(row))

    def set_mapped(self, instance: str) -> None:
        """The instance has shown a window: what is asked at first use may be asked from now on."""
        with database_problems(self._path):
            self._database.execute("UPDATE instances SET mapped = 1 WHERE instance = ?", (instance,))

    def remove(self, instance: str) -> None:
        with database_problems(self._path):
            self._database.execute("DELETE FROM instances WHERE instance = ?", (instance,))

    def rows(self) -> tuple[Row, ...]:
        with database_problems(self._path):
            found = self._database.execute("SELECT * FROM instances ORDER BY created").fetchall()
        return tuple(msgspec.convert(values, Row, strict=False) for values in found)

    def begin_removal(self, app: str, keep_data: bool) -> None:
        with database_problems(self._path):
            self._database.execute("INSERT OR REPLACE INTO removals VALUES (?, ?)", (app, keep_data))

    def end_removal(self, app: str) -> None:
        with database_problems(self._path):
            self._database.execute("DELETE FROM removals WHERE app = ?", (app,))
        forget_erased(self._database)

    def removals(self) -> dict[str, bool]:
        """Apps whose removal has begun, and whether the user keeps their data."""
        with database_problems(self._path):
            found = self._database.execute("SELECT app, keep_data FROM removals").fetchall()
        return {app: bool(keep_data) for app, keep_data in found}

    def close(self) -> None:
        self._database.close()
