"""Flatpak as a peer: a runtime and an app made here, from the very files of one of Berth's images.

There is no remote that could be asked, and none is needed: a local repository is one, and what is installed from it is
what Flatpak always runs. Nothing of the user's own Flatpak is touched.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

_APP = "org.berth.Bench"
_RUNTIME = "org.berth.BenchPlatform"
_BRANCH = "1"
_REMOTE = "bench"
_PROGRAM = "flatpak"


def is_there() -> bool:
    return shutil.which(_PROGRAM) is not None


class Flatpak:
    """An installation in `base`, with one app that has the files below /usr of the image at `rootfs`.

    Args:
        context: what the app may have, as in the manifest of a Flatpak: ``sockets=wayland;``.
    """

    def __init__(self, base: Path, rootfs: Path, context: str = "") -> None:
        self._base = base
        base.mkdir()
        runtime, app = base / "runtime", base / "app"
        _copy_usr(rootfs, runtime / "usr")
        (runtime / "files").mkdir()
        (app / "files").mkdir(parents=True)
        (app / "export").mkdir()
        name = f"{_RUNTIME}/{platform.machine()}/{_BRANCH}"
        (runtime / "metadata").write_text(f"[Runtime]\nname={_RUNTIME}\nruntime={name}\nsdk={name}\n")
        said = f"[Application]\nname={_APP}\nruntime={name}\nsdk={name}\ncommand=sh\n"
        (app / "metadata").write_text(f"{said}\n[Context]\n{context}\n" if context else said)
        repository = str(base / "repository")
        self._do("build-export", "--runtime", repository, str(runtime), _BRANCH)
        self._do("build-export", repository, str(app), _BRANCH)
        self._do("build-update-repo", repository)
        self._do("--user", "remote-add", "--no-gpg-verify", _REMOTE, f"file://{repository}")
        self._do("--user", "install", "--assumeyes", "--noninteractive", _REMOTE, _APP)
        for place in (runtime, app):
            shutil.rmtree(place)

    def command(self, options: Sequence[str], program: str, *arguments: str) -> list[str]:
        """What runs `program` in the app."""
        return [_PROGRAM, "--user", "run", f"--command={program}", *options, _APP, *arguments]

    @property
    def environment(self) -> dict[str, str]:
        """To be added to that of each call."""
        return {
            "FLATPAK_USER_DIR": str(self._base / "installed"),
            "XDG_DATA_HOME": str(self._base / "data"),
            "XDG_CACHE_HOME": str(self._base / "cache"),
            "HOME": str(self._base / "home"),
        }

    def _do(self, *words: str) -> None:
        subprocess.run([_PROGRAM, *words], env={**os.environ, **self.environment}, check=True, capture_output=True)


def _copy_usr(rootfs: Path, usr: Path) -> None:
    """Flatpak puts a runtime's files at /usr, and links /bin and /lib to what is there; /etc is made of /usr/etc."""
    usr.mkdir(parents=True)
    places = {"usr": usr, "etc": usr / "etc", "bin": usr / "bin", "lib": usr / "lib"}
    for name, target in places.items():
        if (rootfs / name).is_dir() and not (rootfs / name).is_symlink():
            target.mkdir(exist_ok=True)
            subprocess.run(["cp", "--archive", f"{rootfs / name}/.", target], check=True)
