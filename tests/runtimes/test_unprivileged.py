"""The same tests as an ordinary user: user namespaces, rlimits, no writable cgroup."""

from __future__ import annotations

import os
import shutil
import signal
import site
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

import berth
from berth.core.paths import session_paths
from tests.runtimes.engines import BORROWED, Dockerd, remove, stragglers
from tests.runtimes.test_displays import IMAGES

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
    "test_terminal.py",
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
# In a mount namespace of its own the user has subordinate ids, which Podman needs, and sees images of the machine; the
# machine's files stay.
WITH_IDS = """
mount --make-rprivate /
for part in blobs layers rootfs; do
    [ ! -d "$2/$part" ] || mount --bind -o ro "$2/$part" "$1/images/$part"
done
printf '%s:200000:65536\\n' nobody > "$1/ids"
mount --bind "$1/ids" /etc/subuid && mount --bind "$1/ids" /etc/subgid
shift 2; exec "$@"
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
    place = Path(tempfile.mkdtemp(prefix="berth-test-"))
    try:
        os.chown(place, NOBODY, NOBODY)
        yield place
    finally:
        stragglers(str(place))
        remove(place)


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
    topics = ("files", "folder", "home", "sockets", "confinement", "lending", "hog", "pause", "cancelled")
    cases = f"docker and ({' or '.join(topics)})"
    given = ("env", f"{BORROWED}={dockerd.socket}")
    test = str(HERE / "test_contract.py")
    result = as_nobody(*given, python, "-m", "pytest", *options, "-rA", test, "-k", cases, cwd=work)
    assert result.returncode == 0, result.stdout + result.stderr
    passed = [line for line in result.stdout.splitlines() if line.startswith("PASSED ")]
    assert [topic for topic in topics if not any(topic in case for case in passed)] == [], result.stdout
    assert "skipped" not in result.stdout.splitlines()[-1], result.stdout


def test_terminals_in_docker_as_a_member_of_its_group(work: Path, python: str, dockerd: Dockerd) -> None:
    dockerd.socket.chmod(0o666)
    dockerd.base.chmod(0o711)
    options = ["-q", "-p", "no:cacheprovider", f"--basetemp={work}/e", f"--rootdir={HERE.parent.parent}"]
    given = ("env", f"{BORROWED}={dockerd.socket}")
    result = as_nobody(
        *given, python, "-m", "pytest", *options, str(HERE / "test_terminal.py"), "-k", "docker", cwd=work
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert "skipped" not in result.stdout, result.stdout


Podman = Callable[..., str]


@pytest.fixture
def podman(work: Path, python: str) -> Iterator[Podman]:
    """Runs cases of files of tests with Podman as an ordinary user, and returns what pytest said."""
    if shutil.which("podman") is None or shutil.which("newuidmap") is None:
        pytest.skip("needs podman and uidmap")
    if subprocess.run(["unshare", "--mount", "true"], check=False).returncode != 0:
        pytest.skip("no mount namespaces can be made here")
    settings = work / ".config/containers"
    images = session_paths("default", os.environ, os.getuid()).images
    places = [work / "images" / name for name in ("blobs", "layers", "rootfs")]
    for directory in (work / "run", settings, *places):
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in ("index.json", "oci-layout"):
        if (images / name).exists():
            shutil.copy(images / name, work / "images")
    (settings / "containers.conf").write_text(PODMAN_CONF)
    (settings / "storage.conf").write_text(
        f'[storage]\ndriver = "overlay"\ngraphroot = "{work}/storage"\nrunroot = "{work}/run/containers"\n'
    )
    for path in (work / "run", settings.parent, settings, *settings.iterdir(), *places, *(work / "images").iterdir()):
        os.chown(path, NOBODY, NOBODY)
    os.chown(work / "images", NOBODY, NOBODY)
    options = ["-q", "-p", "no:cacheprovider", f"--basetemp={work}/p", f"--rootdir={HERE.parent.parent}"]
    prefix = ("unshare", "--mount", "sh", "-ec", WITH_IDS, "sh", str(work), str(images))

    def run(files: Sequence[str], cases: str) -> str:
        given = ("env", f"{IMAGES}={work}/images")
        tests = [*(str(HERE / name) for name in files), "-k", cases, "--durations=10"]
        result = as_nobody(*given, python, "-m", "pytest", *options, *tests, cwd=work, prefix=prefix, seconds=1700)
        assert result.returncode == 0, result.stdout + result.stderr
        assert "passed" in result.stdout or "skipped" in result.stdout
        print(result.stdout)  # noqa: T201
        return result.stdout

    try:
        yield run
    finally:
        end_pause(work / "run/libpod/tmp/pause.pid")
    assert stragglers(str(work)) == []


@pytest.mark.timeout(1800)
def test_podman_without_root(podman: Podman) -> None:
    files = ("test_contract.py", "test_crashes.py", "test_inside.py")
    said = podman(files, "podman and not (another_user or who_shares or meanwhile)")
    assert "skipped" not in said, said


@pytest.mark.timeout(1800)
def test_terminals_in_podman(podman: Podman) -> None:
    said = podman(("test_terminal.py",), "podman")
    assert "skipped" not in said, said


@pytest.mark.timeout(1800)
def test_ways_of_display_in_podman(podman: Podman) -> None:
    """What is skipped inside is what this machine has no image for."""
    podman(("test_displays.py",), "podman")


def end_pause(file: Path) -> None:
    """Podman keeps a process that holds its namespaces until the user logs out."""
    if file.exists():
        os.kill(int(file.read_text()), signal.SIGTERM)
