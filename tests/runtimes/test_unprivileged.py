"""The same tests as an ordinary user: user namespaces, rlimits, no writable cgroup."""

from __future__ import annotations

import os
import shutil
import signal
import site
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import berth
from tests.runtimes.engines import BORROWED, Dockerd, processes_of

NOBODY = 65534
HERE = Path(__file__).parent
TESTS = (
    "test_contract.py",
    "test_instances.py",
    "test_crashes.py",
    "test_limits.py",
    "test_seccomp.py",
    "test_network.py",
    "test_lending.py",
    "test_inside.py",
)

# Each runs a file of tests.
pytestmark = [
    pytest.mark.skipif(os.getuid() != 0, reason="these tests run as an ordinary user already"),
    pytest.mark.timeout(900),
]


PODMAN_CONF = """
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
"""
# In a mount namespace of its own the user has subordinate ids, which Podman needs; the machine's files stay.
WITH_IDS = """
mount --make-rprivate /
printf '%s:200000:65536\\n' nobody > "$1/ids"
mount --bind "$1/ids" /etc/subuid && mount --bind "$1/ids" /etc/subgid
shift; exec "$@"
"""


def as_nobody(
    *command: str, cwd: Path | None = None, prefix: tuple[str, ...] = (), seconds: float = 800
) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": str(Path(berth.__file__).parents[1]),
        "HOME": str(cwd or "/"),
        **({"XDG_RUNTIME_DIR": str(cwd / "run")} if cwd else {}),
    }
    return subprocess.run(
        [*prefix, "setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *command],
        cwd=cwd or "/",
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds,
    )


@pytest.fixture(scope="module")
def work() -> Iterator[Path]:
    """A directory of the ordinary user; pytest's own lie where only their owner may enter."""
    with tempfile.TemporaryDirectory(prefix="berth-test-", ignore_cleanup_errors=True) as name:
        os.chown(name, NOBODY, NOBODY)
        yield Path(name)


@pytest.fixture(scope="module")
def python(work: Path) -> str:
    """An interpreter with this one's packages that the ordinary user can execute."""
    base = f"{sys.base_prefix}/bin/python3"
    if as_nobody("test", "-x", base).returncode != 0:  # built below a home, say
        base = "/usr/bin/python3"
    environment = work / "venv"
    made = subprocess.run([base, "-m", "venv", "--without-pip", str(environment)], capture_output=True, check=False)
    if made.returncode != 0:
        pytest.skip("no interpreter that an ordinary user can execute")
    packages = next(environment.glob("lib/python3*/site-packages"))
    lines = [f"import site; site.addsitedir({directory!r})\n" for directory in site.getsitepackages()]
    (packages / "berth.pth").write_text("".join(lines))
    interpreter = str(environment / "bin/python3")
    if as_nobody(interpreter, "-c", "import berth.runtimes.orders, pytest, hypothesis").returncode != 0:
        pytest.skip("an ordinary user cannot use these packages")
    return interpreter


@pytest.mark.parametrize("name", TESTS)
def test_as_an_ordinary_user(name: str, work: Path, python: str) -> None:
    if shutil.which("setpriv") is None or as_nobody("unshare", "--user", "true").returncode != 0:
        pytest.skip("an ordinary user may not make user namespaces here")
    options = ["-q", "-p", "no:cacheprovider", f"--basetemp={work}/t", f"--rootdir={HERE.parent.parent}"]
    result = as_nobody(
        python, "-m", "pytest", *options, str(HERE / name), "-k", "not podman and not docker and not fifty", cwd=work
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert "passed" in result.stdout or "skipped" in result.stdout


def test_docker_as_a_member_of_its_group(work: Path, python: str, dockerd: Dockerd) -> None:
    """What depends on who the user is."""
    dockerd.socket.chmod(0o666)
    dockerd.base.chmod(0o711)
    options = ["-q", "-p", "no:cacheprovider", f"--basetemp={work}/d", f"--rootdir={HERE.parent.parent}"]
    cases = "docker and (files or folder or home or sockets or confinement or lending or hog or pause or cancelled)"
    given = ("env", f"{BORROWED}={dockerd.socket}")
    test = str(HERE / "test_contract.py")
    result = as_nobody(*given, python, "-m", "pytest", *options, test, "-k", cases, cwd=work)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "11 passed" in result.stdout


@pytest.mark.timeout(1800)
def test_podman_without_root(work: Path, python: str) -> None:
    if shutil.which("podman") is None or shutil.which("newuidmap") is None:
        pytest.skip("needs podman and uidmap")
    if subprocess.run(["unshare", "--mount", "true"], check=False).returncode != 0:
        pytest.skip("no mount namespaces can be made here")
    settings = work / ".config/containers"
    for directory in (work / "run", settings.parent, settings):
        directory.mkdir(mode=0o700)
    (settings / "containers.conf").write_text(PODMAN_CONF)
    (settings / "storage.conf").write_text(
        f'[storage]\ndriver = "overlay"\ngraphroot = "{work}/storage"\nrunroot = "{work}/run/containers"\n'
    )
    for path in (work / "run", settings.parent, settings, *settings.iterdir()):
        os.chown(path, NOBODY, NOBODY)
    options = ["-q", "-p", "no:cacheprovider", f"--basetemp={work}/p", f"--rootdir={HERE.parent.parent}"]
    prefix = ("unshare", "--mount", "sh", "-ec", WITH_IDS, "sh", str(work))
    cases = "podman and not (another_user or who_shares or meanwhile)"
    files = ("test_contract.py", "test_crashes.py", "test_inside.py")
    tests = [*(str(HERE / name) for name in files), "-k", cases, "--durations=10"]
    try:
        result = as_nobody(python, "-m", "pytest", *options, *tests, cwd=work, prefix=prefix, seconds=1700)
    finally:
        end_pause(work / "run/libpod/tmp/pause.pid")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "passed" in result.stdout
    assert "skipped" not in result.stdout, result.stdout
    assert processes_of(str(work)) == []


def end_pause(file: Path) -> None:
    """Podman keeps a process that holds its namespaces until the user logs out."""
    if file.exists():
        os.kill(int(file.read_text()), signal.SIGTERM)
