"""``berth remove``, ``berth residue`` and ``berth desktop-entries`` as a person or a script sees them."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from tests.engine.process import Caller, EngineProcess
from tests.engine.test_removal import ASKS, fill_home
from tests.engine.test_removal import asker as asker
from tests.engine.test_removal import own_engine as own_engine


def berth(engine: EngineProcess, *arguments: str, answer: str | None = None) -> tuple[int, str, str]:
    """Exit code, output and complaints; with `answer` it runs on a terminal on which that is typed."""
    command = [sys.executable, "-m", "berth", "--name", engine.name, *arguments]
    if answer is None:
        done = subprocess.run(
            command, env=engine.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout, done.stderr
    ours, theirs = os.openpty()
    try:
        os.write(ours, f"{answer}\n".encode())
        done = subprocess.run(
            command, env=engine.environment, stdin=theirs, capture_output=True, text=True, check=False
        )
    finally:
        os.close(ours)
        os.close(theirs)
    return done.returncode, done.stdout, done.stderr


def test_an_app_is_removed_with_consent_only(own_engine: EngineProcess, asker: Caller) -> None:
    home = fill_home(own_engine, ASKS)
    code, said, _ = berth(own_engine, "remove", ASKS, "--dry-run")
    assert code == 0 and "its data and settings" in said and str(home.parent) in said and "used by" in said
    code, said, _ = berth(own_engine, "remove", ASKS, "--dry-run", "--json", "--keep-data")
    plan = json.loads(said)
    assert "data" not in [thing["kind"] for thing in plan["goes"]] and plan["freed"] == 0 and plan["offered"]
    code, _, complaint = berth(own_engine, "remove", ASKS)
    assert code == 1 and "--yes" in complaint
    code, said, complaint = berth(own_engine, "remove", ASKS, answer="n")
    assert code == 1 and "These stay:" in said and "Nothing was removed." in complaint
    code, said, _ = berth(own_engine, "residue", ASKS)
    assert code == 1 and "Found of" in said and home.exists()
    code, said, complaint = berth(own_engine, "remove", ASKS, answer="y")
    assert code == 0 and "Asks is removed" in said, complaint
    assert not home.exists()
    code, said, _ = berth(own_engine, "residue", ASKS, "--json")
    found = json.loads(said)
    assert (code, found["found"]) == (0, []) and found["searched"]
    assert berth(own_engine, "remove", ASKS, "--yes")[:2] == (0, "There was nothing of Asks.\n")


def test_without_a_session_files_are_searched_all_the_same(own_engine: EngineProcess, asker: Caller) -> None:
    assert berth(own_engine, "desktop-entries", "on")[1].startswith("on, in ")
    assert berth(own_engine, "desktop-entries", "off")[1] == "off\n"
    own_engine.environment["XDG_RUNTIME_DIR"] = str(own_engine.paths.runtime / "instances")
    code, said, _ = berth(own_engine, "residue", ASKS)
    assert code == 1 and f" {ASKS}:" in said and "takes a running session" in said
    code, _, complaint = berth(own_engine, "residue", "../..")
    assert code == 1 and "There is no app" in complaint
