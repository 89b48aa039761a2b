"""Notices with the real ui: the keyboard's way to be rid of them."""

from __future__ import annotations

from berth.core.messages import InputKey, Notice
from tests.ui.session import Session


def test_a_key_dismisses_all_notices(session: Session) -> None:
    plain = session.picture()
    corner = (plain.width - 300, plain.height - 260, 260, 200)
    for severity in ("info", "error"):
        session.shell.send(Notice(severity, f"Something of the kind “{severity}”"))  # type: ignore[arg-type]
    session.until_picture(lambda picture: picture.changed(plain, corner) > 8_000)
    session.input(InputKey("super+n"))
    session.until_picture(lambda picture: picture.changed(plain, corner) < 100)
