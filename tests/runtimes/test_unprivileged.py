"""The same tests as an ordinary user: user namespaces, rlimits, no writable cgroup."""

from __future__ import annotations

import os
import shutil
import site
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import berth

NOBODY = 65534
HERE = Path(__file__).parent
TESTS = (
    "test_contract.py",
    "test_instances.py",
    "test_crashes.py",
    "test_limits.py",
    "test_seccomp.py",
    "test_network.py",
)

pytestmark = pytest.mark.skipif(os.getuid() != 0, reason="these tests run as an ordinary user already")


def as_nobody(*command: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": str(Path(berth.__file__).parents[1]),
        "HOME": str(cwd or "/"),
    }
    return subprocess.run(
        ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *command],
        cwd=cwd or "/",
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
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
    result = as_nobody(python, "-m", "pytest", *options, str(HERE / name), cwd=work)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "passed" in result.stdout or "skipped" in result.stdout
