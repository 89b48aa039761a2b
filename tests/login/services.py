"""Services of PAM in a folder of a test's own: real modules, and nothing of the machine is changed.

The password is checked by a program (pam_exec), so no account has to have one.
"""

from __future__ import annotations

import ctypes
from pathlib import Path

import pytest

PASSWORD = "Kaese &7"
_CHECK = """#!/bin/sh
# The password ends with a zero byte.
[ "$(tr -d '\\0')" = '{password}' ]
"""


def _has_modules() -> bool:
    try:
        lib = ctypes.CDLL("libpam.so.0")
    except OSError:
        return False
    roots = (Path(root) for root in ("/lib", "/usr/lib", "/lib64", "/usr/lib64"))
    return hasattr(lib, "pam_start_confdir") and any(True for root in roots for _found in root.glob("**/pam_exec.so"))


needs_pam = pytest.mark.skipif(not _has_modules(), reason="there is no PAM 1.4 with its modules")


def service(folder: Path, *lines: str) -> Path:
    """A folder with the service ``login``; without `lines` it asks for `PASSWORD`."""
    folder.mkdir()
    check = folder / "check"
    check.write_text(_CHECK.format(password=PASSWORD))
    check.chmod(0o700)
    asks = (
        f"auth [success=1 default=ignore] pam_exec.so quiet expose_authtok {check}",
        "auth requisite pam_deny.so",
        "auth required pam_permit.so",
    )
    (folder / "login").write_text("\n".join((*(lines or asks), "")))
    return folder


def telling(folder: Path, text: str) -> str:
    """A line that has `text` shown."""
    file = folder.with_name("message")
    file.write_text(text)
    return f"auth optional pam_echo.so file={file}"
