"""One step of a build, run as root inside its own namespaces: installs packages, packs what they brought.

``python -m berth.engine.images.stage`` reads a `Stage` from stdin and writes JSON lines:
`StageProgress` while it goes on, then a `StageDone` or a `StageFailed`.
"""

from __future__ import annotations

import fcntl
import os
import re
import shlex
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from pathlib import Path

import msgspec

from berth.core.problem import Problem
from berth.core.sbom import Change
from berth.engine.images import rootfiles
from berth.engine.images.aptlog import AptLog
from berth.engine.images.icons import extract_icon
from berth.engine.images.pack import Difference, of_copy, of_overlay, pack, whole
from berth.engine.images.sources import KEYRING
from berth.engine.run import run

_LISTS_FRESH = 12 * 3600
_LISTS_ASKED = 600
"""Who asks for what is newer wants to know it as of now."""
_COPY = "being-copied"
_DISK_FULL = 8 << 20
_EXCLUDED = (
    "path-exclude=/usr/share/man/*",
    "path-exclude=/usr/share/info/*",
    "path-exclude=/usr/share/lintian/*",
    "path-exclude=/usr/share/doc/*",
    "path-include=/usr/share/doc/*/copyright",
)
_TRANSLATIONS = "path-exclude=/usr/share/locale/*"
_MERGED_USR = "/usr/share/mmdebstrap/hooks/merged-usr"
# With /usr merged from the start nobody needs usrmerge, which would bring all of perl along.
_NO_USRMERGE = 'printf "Package: usrmerge\\nPin: release *\\nPin-Priority: -1\\n" > "$1/etc/apt/preferences.d/berth"'
_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_ARCHIVES = "var/cache/apt/archives"
_DEVICES = ("null", "zero", "full", "random", "urandom", "tty")

_DEVICE_LINKS = {
    "fd": "/proc/self/fd",
    "stdin": "/proc/self/fd/0",
    "stdout": "/proc/self/fd/1",
    "stderr": "/proc/self/fd/2",
}


class Stage(msgspec.Struct, frozen=True):
    """What to do.

    Attributes:
        scratch: directory of this build; ``sources.sources`` and ``host.conf`` lie in it.
        lower: root file system of the layer below; empty for the lowest.
        lists: directory of package lists that builds of one suite share.
        archives: directory for the packages that are fetched, which outlives an interrupted build.
        icon: the icon to take out, a path inside or a name; empty for none.
        check: only find out what is newer by now than what lies in `lower`.
    """

    scratch: str
    lower: str
    lists: str
    suite: str
    packages: tuple[str, ...]
    archives: str = ""
    icon: str = ""
    check: bool = False


class StageProgress(msgspec.Struct, frozen=True, tag=True):
    """`fraction` of this step, 0 to 1."""

    text: str
    fraction: float


class StageDone(msgspec.Struct, frozen=True, tag=True):
    digest: str
    diff_id: str
    size: int
    layer: str
    epoch: int
    packages: tuple[tuple[str, str], ...]
    icon: str


class StageNewer(msgspec.Struct, frozen=True, tag=True):
    """What an upgrade would change; a package that would come or go has "" as its version before or after."""

    changes: tuple[Change, ...]


class StageFailed(msgspec.Struct, frozen=True, tag=True):
    code: str
    message: str
    hint: str


StageMessage = StageProgress | StageDone | StageNewer | StageFailed
Report = Callable[[str, float], None]


def run_stage(stage: Stage, report: Report) -> StageDone | StageNewer:
    """Install, tidy, pack; or look for what is newer."""
    scratch = Path(stage.scratch)
    root = scratch / "root"
    os.chdir(scratch)
    with _lower(stage, root) as difference:
        if stage.check:
            return _newer(stage, root, report)
        if stage.lower:
            _install(stage, root, report)
        else:
            _bootstrap(stage, root, report)
        epoch = _epoch(Path(stage.lists), stage.suite)
        report("Tidying up", 0.8)
        rootfiles.tidy(root, epoch, lowest=not stage.lower)
        report("Packing the image", 0.85)
        icon = extract_icon(root, stage.icon, scratch / "icon") if stage.icon else None
        packed = pack(*difference(), scratch / "layer.tar.gz", epoch)
        return StageDone(
            packed.digest,
            packed.diff_id,
            packed.size,
            str(packed.path),
            epoch,
            _packages(root),
            str(icon) if icon else "",
        )


# --- the tree to install into


@contextmanager
def _lower(stage: Stage, root: Path) -> Iterator[Callable[[], tuple[Path, Difference]]]:
    """Makes `root` writable on top of the lower layer; yields what tells the difference afterwards."""
    root.mkdir()
    if not stage.lower:
        yield lambda: (root, whole(root))
        return
    lower = Path(stage.lower)
    if _mount_overlay(lower):
        upper = Path(stage.scratch) / "upper"
        yield lambda: (upper, of_overlay(upper, lower))
        run(["umount", "--recursive", "--lazy", root], check=False)
        return
    run(["cp", "--archive", "--reflink=auto", f"{lower}/.", root], what="Copying the layer below")
    (root / ".berth-copied").touch()
    copied = (root / ".berth-copied").stat().st_ctime_ns
    (root / ".berth-copied").unlink()
    yield lambda: (root, of_copy(root, lower, copied))


def _mount_overlay(lower: Path) -> bool:
    """Relative names keep odd characters in the store's path out of the mount options."""
    for name in ("upper", "work", "lower"):
        Path(name).mkdir()
    run(["mount", "--bind", lower, "lower"], what="Mounting the layer below")
    directories = "lowerdir=lower,upperdir=upper,workdir=work"
    for options in ("redirect_dir=off,metacopy=off,index=off", "userxattr"):
        mounted = run(["mount", "-t", "overlay", "-o", f"{directories},{options}", "overlay", "root"], check=False)
        if mounted.code == 0:
            return True
    return False


@contextmanager
def _mounted(root: Path) -> Iterator[None]:
    """What maintainer scripts expect: /proc, a few devices, and no services started."""
    # Not sticky: Linux lets nobody open for writing what another owns in a sticky directory for all,
    # and without root the devices are another's.
    run(["mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", root / "dev"], what="Mounting /dev")
    for name in _DEVICES:
        (root / "dev" / name).touch()
        run(["mount", "--bind", f"/dev/{name}", root / "dev" / name], what="Mounting /dev")
    for name, target in _DEVICE_LINKS.items():
        (root / "dev" / name).symlink_to(target)
    if run(["mount", "-t", "proc", "proc", root / "proc"], check=False).code:
        run(["mount", "--rbind", "/proc", root / "proc"], what="Mounting /proc")
    for name in ("run", "tmp"):
        run(["mount", "-t", "tmpfs", "-o", "mode=1777", "tmpfs", root / name], what=f"Mounting /{name}")
    policy = root / "usr/sbin/policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    try:
        yield
    finally:
        policy.unlink()
        for name in ("dev", "proc", "run", "tmp"):
            run(["umount", "--recursive", "--lazy", root / name], check=False)


# --- packages


def _bootstrap(stage: Stage, root: Path, report: Report) -> None:
    """The lowest layer: Debian's essential packages and those wanted."""
    report("Fetching the list of packages", 0.0)
    log = AptLog(report, start=0.05, end=0.8)
    excluded = [f"--dpkgopt={option}" for option in (*_EXCLUDED, _TRANSLATIONS)]
    command = [
        "mmdebstrap",
        "--mode=root",
        "--variant=essential",
        "--format=directory",
        "--verbose",
        "--skip=cleanup/apt/lists",
        f"--hook-dir={_MERGED_USR}",
        f"--setup-hook={_NO_USRMERGE}",
        # Packages are fetched to where they survive an interrupted build; the last hook comes before all is emptied.
        "--skip=download/empty,essential/unlink",
        f'--setup-hook=mkdir -p "$1/{_ARCHIVES}" && mount --bind {shlex.quote(stage.archives)} "$1/{_ARCHIVES}"',
        f'--customize-hook=umount --lazy "$1/{_ARCHIVES}"',
        f"--include={','.join(stage.packages)}",
        "--aptopt=host.conf",
        '--aptopt=Acquire::Languages "none"',
        *excluded,
        stage.suite,
        str(root),
        "sources.sources",
    ]
    _follow(command, log, _environment(), "mmdebstrap")
    _keep_lists(root / "var/lib/apt/lists", Path(stage.lists))


def _keep_lists(fetched: Path, lists: Path) -> None:
    """They are fresh: the next layers need not fetch them again."""
    with _locked(lists, fcntl.LOCK_EX):
        # First: while it is there, whoever comes takes these lists for whole.
        (lists / "fetched").unlink(missing_ok=True)
        _empty(lists)
        for path in fetched.iterdir():
            if path.is_file() and path.name != "lock":
                # apt believes a list that is there: none may be half of one.
                shutil.copyfile(path, lists / _COPY)
                (lists / _COPY).rename(lists / path.name)
        (lists / "fetched").touch()


def _install(stage: Stage, root: Path, report: Report) -> None:
    """The packages of an upper layer, by the host's package manager, whose proxy and certificates serve."""
    lists = Path(stage.lists)
    _prepare_apt(stage, root, report, _LISTS_FRESH)
    with _mounted(root), _archives(stage, root):
        try:
            _apt_install(stage, lists, report)
        except Problem:
            # Mirrors drop a package as soon as a newer one is there: old lists then lead nowhere.
            if not _refresh_lists(lists, newer_than=600):
                raise
            _apt_install(stage, lists, report)


def _prepare_apt(stage: Stage, root: Path, report: Report, newer_than: float) -> None:
    Path("apt.conf").write_text(_apt_conf(stage, root))
    Path("log").mkdir()
    report("Looking for newer packages", 0.0)
    _refresh_lists(Path(stage.lists), newer_than)


@contextmanager
def _archives(stage: Stage, root: Path) -> Iterator[None]:
    """Packages are fetched to where they survive; dpkg finds them in `root`."""
    place = root / _ARCHIVES
    place.mkdir(parents=True, exist_ok=True)
    run(["mount", "--bind", stage.archives, place], what="Mounting the packages that are here already")
    try:
        yield
    finally:
        run(["umount", "--lazy", place], check=False)


_SIMULATED = re.compile(r"(?P<what>Inst|Remv) (?P<name>\S+)(?: \[(?P<old>\S+)\])?(?: \((?P<new>\S+))?")


def _newer(stage: Stage, root: Path, report: Report) -> StageNewer:
    """apt says what it would do; nothing is fetched but the lists of packages."""
    _prepare_apt(stage, root, report, _LISTS_ASKED)
    with _locked(Path(stage.lists), fcntl.LOCK_SH):
        # Not dist-upgrade: that would add all of Debian's essential packages that the image does without.
        simulated = run(
            ["apt-get", "--simulate", "--no-install-recommends", "--with-new-pkgs", "upgrade"],
            environment={**_environment(), "APT_CONFIG": f"{stage.scratch}/apt.conf"},
            what="Looking for newer packages",
        )
    return StageNewer(tuple(map(_change, filter(None, map(_SIMULATED.match, simulated.output.splitlines())))))


def _change(said: re.Match[str]) -> Change:
    return Change(said["name"], said["old"] or "", said["new"] if said["what"] == "Inst" and said["new"] else "")


def _apt_install(stage: Stage, lists: Path, report: Report) -> None:
    log = AptLog(report, start=0.1, end=0.8)
    with _locked(lists, fcntl.LOCK_SH):
        _follow(
            ["apt-get", "install", "--yes", "--no-install-recommends", *stage.packages],
            log,
            {**_environment(), "APT_CONFIG": f"{stage.scratch}/apt.conf"},
            f"Installing {', '.join(stage.packages)}",
        )


def _follow(command: list[str], log: AptLog, environment: dict[str, str], what: str) -> None:
    """Run a package tool; all it says goes to `log`, its status lines (descriptor 3) as well.

    apt keeps the status descriptor from its children, so it cannot be stdout itself.
    """
    try:
        run(["sh", "-c", 'exec "$@" 3>&1 2>&1', "sh", *command], environment=environment, on_line=log.line, what=what)
    except Problem as problem:
        if log.out_of_space:
            raise Problem("disk-full", "The disk is full.") from None
        raise Problem("build-failed", problem.message, "\n".join(log.errors) or problem.hint) from None


def _refresh_lists(lists: Path, newer_than: float) -> bool:
    """Fetch package lists older than `newer_than` seconds; whether that was done."""
    with _locked(lists, fcntl.LOCK_EX):
        stamp = lists / "fetched"
        # Wall clock on purpose: the age counts from an earlier run of the machine, too.
        if stamp.exists() and 0 <= time.time() - stamp.stat().st_mtime < newer_than:
            return False
        run(
            ["apt-get", "update", "--error-on=any"],
            environment={**_environment(), "APT_CONFIG": f"{Path.cwd()}/apt.conf"},
            what="Fetching the list of packages",
        )
        stamp.touch()
        return True


@contextmanager
def _locked(lists: Path, kind: int) -> Iterator[None]:
    lists.mkdir(parents=True, exist_ok=True)
    with lists.with_name(f"{lists.name}.lock").open("w") as lock:
        fcntl.flock(lock, kind)
        yield


def _apt_conf(stage: Stage, root: Path) -> str:
    """Configuration that keeps the host's apt out of the host's own state."""
    scratch = stage.scratch
    options = "\n".join(f'DPkg::Options:: "--{option}";' for option in (*_EXCLUDED, "force-unsafe-io", "force-confnew"))
    return f"""
Dir "{root}/";
Dir::State::status "{root}/var/lib/dpkg/status";
Dir::State::Lists "{stage.lists}";
Dir::Cache::Archives "{root}/{_ARCHIVES}";
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
Dir::Etc::Parts "/dev/null";
Dir::Etc::Main "/dev/null";
Dir::Etc::SourceList "{scratch}/sources.sources";
Dir::Etc::SourceParts "/dev/null";
Dir::Etc::Trusted "{KEYRING}";
Dir::Etc::TrustedParts "/dev/null";
Dir::Log "{scratch}/log";
DPkg::Chroot-Directory "{root}";
DPkg::Use-Pty "false";
DPkg::Options:: "--force-confdef";
{options}
APT::Status-Fd "3";
APT::Sandbox::User "root";
APT::Keep-Downloaded-Packages "false";
Acquire::Languages "none";
{Path("host.conf").read_text()}
"""


def _environment() -> dict[str, str]:
    """Nothing of the user's surroundings but the way to the network."""
    carried = {name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")}
    return {
        **carried,
        "PATH": _PATH,
        "HOME": "/root",
        "LC_ALL": "C.UTF-8",
        "DEBIAN_FRONTEND": "noninteractive",
        "DEBCONF_NONINTERACTIVE_SEEN": "true",
        "TMPDIR": "/tmp",
    }


def _packages(root: Path) -> tuple[tuple[str, str], ...]:
    shown = run(
        ["dpkg-query", f"--admindir={root}/var/lib/dpkg", "--show", "--showformat=${Package} ${Version}\\n"],
        what="Listing the packages",
    )
    return tuple((name, version) for name, _, version in (line.partition(" ") for line in shown.output.splitlines()))


def _epoch(lists: Path, suite: str) -> int:
    """When the suite was released: the time that stands for all later ones, so that builds come out equal."""
    for path in sorted(lists.glob(f"*_dists_{suite}_*Release")):
        for line in path.read_text(errors="replace").splitlines():
            if line.startswith("Date:"):
                return int(parsedate_to_datetime(line.removeprefix("Date:").strip()).timestamp())
    raise Problem("build-failed", f"The mirror's list of packages for {suite} carries no date.")


def _empty(directory: Path) -> None:
    for child in directory.iterdir():
        if child.is_dir() and not child.is_symlink():
            shutil.rmtree(child)
        else:
            child.unlink()


def _send(message: StageMessage) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(message) + b"\n")
    sys.stdout.buffer.flush()


def main() -> int:
    """The process's boundary: problems and a full disk become messages."""
    # A user's path may lack the directories of what only root uses.
    os.environ["PATH"] = _PATH
    stage = msgspec.json.decode(sys.stdin.buffer.read(), type=Stage)
    try:
        _send(run_stage(stage, lambda text, fraction: _send(StageProgress(text, fraction))))
    except (Problem, OSError) as error:
        _send(_failure(error, Path(stage.scratch)))
        return 1
    return 0


def _failure(error: Problem | OSError, scratch: Path) -> StageFailed:
    # Some tools say so, others fail in words of their own when the disk is full.
    told = isinstance(error, Problem) and error.code == "disk-full"
    if told or shutil.disk_usage(scratch).free < _DISK_FULL:
        place = scratch.parent.parent
        return StageFailed(
            "disk-full", f"There is not enough space for the image in {place}.", "Free some space there."
        )
    if isinstance(error, Problem):
        return StageFailed(error.code, error.message, error.hint)
    return StageFailed("build-failed", f"Building failed: {error}.", "")


if __name__ == "__main__":
    sys.exit(main())
