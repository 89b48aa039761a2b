"""The lock in a whole session: the supervisor's part, and the command line."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from tests.login.services import PASSWORD, needs_pam, service
from tests.picture import Picture
from tests.session.desktop import Desktop, wait_until

pytestmark = needs_pam


def test_it_stays_locked_whatever_dies(new_desktop: Callable[..., Desktop], tmp_path: Path) -> None:
    settings = {"BERTH_PAM_DIR": str(service(tmp_path / "pam")), "XDG_CONFIG_HOME": str(tmp_path / "config")}
    desktop = new_desktop(environment=settings)
    plain = Picture(desktop.screenshot(tmp_path / "plain.png"))
    desktop.run("lock")
    assert desktop.paths.lock_marker.exists()
    locked = look(desktop, tmp_path)
    panel = (0, locked.height - 30, locked.width, 30)
    assert locked.changed(plain, panel) > 1_000
    for name in ("ui", "display"):
        desktop.kill(name)
        for _look in range(3):
            assert look(desktop, tmp_path).changed(locked, panel) == 0

    # The display server has to be there before it can be asked.
    def opened() -> bool:
        desktop.run("input", "type", PASSWORD)
        desktop.run("input", "key", "Return")
        return not desktop.paths.lock_marker.exists()

    wait_until(opened, "the password to open it")
    wait_until(lambda: look(desktop, tmp_path).changed(locked, panel) > 1_000, "the panel to be back")
    desktop.run("lock", "--after", "3")
    assert (tmp_path / "config/berth/lock-after").read_text() == "180\n"
    desktop.run("lock", "--after", "-1", code=1)


def look(desktop: Desktop, folder: Path) -> Picture:
    return Picture(desktop.screenshot(folder / "look.png"))


def test_the_command_is_sure_that_it_is_locked(new_desktop: Callable[..., Desktop], tmp_path: Path) -> None:
    # What the probe asks, for an account without a password.
    passwd = tmp_path / "passwd"
    passwd.write_text('#!/bin/sh\necho "$2 NP 2026-01-01"\n')
    passwd.chmod(0o700)
    desktop = new_desktop(environment={"PATH": f"{tmp_path}:{os.environ['PATH']}"})
    refused = desktop.run("lock", code=1)
    assert "no password" in refused.stderr and "passwd" in refused.stderr
    assert not desktop.paths.lock_marker.exists()
