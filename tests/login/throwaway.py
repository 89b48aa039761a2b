"""A machine of a test's own as far as logging in goes: an account with a password that nobody else can see.

Its files are laid over those of the machine in a mount namespace, which ends with the last process in it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

USER, NAME, PASSWORD = "berth-test", "Berth Test", "Kaese &7"
_NUMBER = 48_711
_HASH = "$6$berthtest$.nxxV7qP97.ciIaiB.4w6qkwjEMdltePniXBp1B6WcWfElXD3UQ3UuIazGX2RLaJ/RykE.Subi1ZmMFrCaH/Z1"
"""Of the password, by: openssl passwd -6 -salt berthtest."""
_ENTRIES = {
    "passwd": f"{USER}:x:{_NUMBER}:{_NUMBER}:{NAME},,,:/home/{USER}:/bin/sh\n",
    "group": f"{USER}:x:{_NUMBER}:\n",
    "shadow": f"{USER}:{_HASH}:19000:0:99999:7:::\n",
}
_SERVICE = "auth required pam_unix.so\naccount required pam_unix.so\nsession required pam_unix.so\n"
_NAMESPACE = ("unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")
_SCRIPT = """set -e
for name in passwd group shadow pam.d; do mount --bind "$0/$name" "/etc/$name"; done
mount --bind "$0/home" /home
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /usr/local/share
mkdir /usr/local/share/wayland-sessions
cp "$0"/*.desktop /usr/local/share/wayland-sessions
exec "$@"
"""


def possible() -> bool:
    if os.getuid() != 0 or shutil.which("unshare") is None:
        return False
    return (
        subprocess.run([*_NAMESPACE, "mount", "--bind", "/etc", "/etc"], check=False, capture_output=True).returncode
        == 0
    )


def prepare(folder: Path, *, runs: str) -> Path:
    """Make what is laid over; returns the home of the account. Its only other session runs the script `runs`."""
    folder.mkdir()
    for name, entry in _ENTRIES.items():
        (folder / name).write_text(_known(name) + entry)
    (folder / "shadow").chmod(0o600)
    (folder / "pam.d").mkdir()
    for service in ("greetd", "greetd-greeter", "login", "other"):
        (folder / "pam.d" / service).write_text(_SERVICE)
    home = folder / "home" / USER
    home.mkdir(parents=True)
    os.chown(home, _NUMBER, _NUMBER)
    (folder / "throwaway.desktop").write_text(f'[Desktop Entry]\nName=Throwaway\nExec=/bin/sh -c "{runs}"\n')
    return home


def _known(name: str) -> str:
    """What the machine says of its accounts, but for their passwords: nobody else can log in."""
    text = Path("/etc", name).read_text()
    if name != "shadow":
        return text
    return "".join(f"{line.split(':')[0]}:*:19000:0:99999:7:::\n" for line in text.splitlines())


def inside(folder: Path, *command: str) -> list[str]:
    """The words that run `command` on that machine; it and all that it starts end when they are killed."""
    return [*_NAMESPACE, "sh", "-c", _SCRIPT, os.fspath(folder), *command]
