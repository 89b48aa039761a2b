"""``python -m berth.login.offers --state DIR``: prints what the login screen offers, as JSON, and ends.

A process of its own, because NSS and folders may take their time.
"""

from __future__ import annotations

import argparse
import json
import locale
import os
import sys
from contextlib import suppress
from pathlib import Path

from berth.login.accounts import people, printable
from berth.login.sessions import offered

_FILE = "last-login.json"


def main() -> int:
    parser = argparse.ArgumentParser(prog="berth.login.offers", description="Says who can log in, to what.")
    parser.add_argument("--state", type=Path, required=True, help="where the last login is remembered")
    options = parser.parse_args()
    with suppress(locale.Error):
        locale.setlocale(locale.LC_ALL, "")
    sessions = [(session.id, session.name) for session in offered()]
    sys.stdout.write(json.dumps({"people": people(), "sessions": sessions, "last": remembered(options.state)}))
    return 0


def remembered(state: Path) -> tuple[str, str]:
    """User and session of the last login, empty where that is not known."""
    try:
        user, session = json.loads((state / _FILE).read_bytes())
    except (OSError, ValueError, TypeError, RecursionError):
        return "", ""
    known = all(isinstance(one, str) and printable(one) for one in (user, session))
    return (user, session) if known else ("", "")


def remember(state: Path, user: str, session: str) -> None:
    """Raises `OSError`."""
    temporary = state / f".{_FILE}.{os.getpid()}"
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary.write_text(json.dumps([user, session]))
    temporary.replace(state / _FILE)


if __name__ == "__main__":
    sys.exit(main())
