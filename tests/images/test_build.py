"""Real builds from Debian packages: shared bases, two at once, and death in the middle.

They need the network; the lowest base is as small as Debian goes.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from berth.core import sbom
from berth.core.problem import Problem
from berth.engine.images import layout, namespaces
from berth.engine.images.archive import architecture
from berth.engine.images.build import Builder
from berth.engine.images.layout import NewImage
from berth.engine.images.namespaces import contained, scratch_directory, sweep_builds
from berth.engine.images.pack import pack, whole
from berth.engine.images.partial import unfinished
from berth.engine.images.recipe import read_recipe
from berth.engine.images.sources import host_suite
from berth.engine.images.stage import _COPY, Stage, StageDone, _keep_lists
from berth.engine.images.store import Image, ImageStore
from tests.dying import Steps, chosen, killed, length
from tests.images.whole import disagreements
from tests.ready import readable

# A slow mirror or a busy machine is no failure.
pytestmark = pytest.mark.timeout(600)

MANIFEST = """
id = "org.example.{name}"
name = "{name}"
command = ["{package}"]
[image]
base = "tiny"
packages = ["{package}"]
"""

_STAGE = """
import itertools, sys, threading, time
from berth.engine.images import stage

def tell():
    for number in itertools.count():
        stage._send(stage.StageProgress(f"Installed, {number}", 0.5))
        time.sleep(0.02)

def configuration(*what, usual=stage._apt_conf):
    threading.Thread(target=tell, daemon=True).start()
    return usual(*what) + 'DPkg::Post-Invoke { "sleep 1000"; };'

stage._apt_conf = configuration
sys.exit(stage.main())
"""
"""What installs packages as ever, but then tells that it has until it is ended: nothing has been tidied up."""
_BUILD = f"""
import sys
from berth.engine.images import __main__, build

def run(command, usual=build.run, **more):
    return usual([*command[:-2], "-c", {_STAGE!r}], **more)

build.run = run
sys.exit(__main__.main())
"""


def _network() -> bool:
    try:
        socket.create_connection(("deb.debian.org", 80), timeout=5).close()
    except OSError:
        return False
    return True


def _skip_where_nothing_can_be_built() -> None:
    if not shutil.which("mmdebstrap"):
        pytest.skip("mmdebstrap is not installed")
    try:
        contained()
    except Problem as problem:
        pytest.skip(problem.message)
    if not _network():
        pytest.skip("deb.debian.org cannot be reached")


@dataclass
class Workshop:
    """A store and manifests to build from."""

    root: Path
    manifests: Path

    def manifest(self, name: str, package: str) -> Path:
        path = self.manifests / f"org.example.{name}.toml"
        path.write_text(MANIFEST.format(name=name, package=package))
        return path

    def start(
        self, *manifests: Path, root: Path | None = None, program: tuple[str, str] = ("-m", "berth.engine.images")
    ) -> subprocess.Popen[str]:
        command = [sys.executable, *program, "build", "--root", str(root or self.root)]
        words = [*command, *map(str, manifests)]
        return subprocess.Popen(words, stdout=subprocess.PIPE, start_new_session=True, text=True)

    def installing(self, manifest: Path) -> subprocess.Popen[str]:
        """A build that does not get beyond the installation of its packages, of which it has told something."""
        process = self.start(manifest, program=("-c", _BUILD))
        assert process.stdout is not None
        assert any("Installing" in line for line in process.stdout)
        return process


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    _skip_where_nothing_can_be_built()
    place = tmp_path_factory.mktemp("workshop")
    (place / "manifests/bases").mkdir(parents=True)
    (place / "manifests/bases/tiny.toml").write_text('name = "tiny"\npackages = ["hicolor-icon-theme"]\n')
    return Workshop(place / "store", place / "manifests")


@pytest.fixture(scope="module")
def built(workshop: Workshop) -> tuple[Workshop, list[list[dict[str, object]]]]:
    """Two apps on the same new base, built by two processes at once; with what they said."""
    first = workshop.start(workshop.manifest("Hello", "hello"))
    assert first.stdout is not None
    lines = [first.stdout.readline()]
    second = workshop.start(workshop.manifest("Tree", "tree"))
    said = []
    for process, before in ((first, lines), (second, [])):
        output, _ = process.communicate(timeout=500)
        said.append([json.loads(line) for line in [*before, *output.splitlines()]])
        assert process.returncode == 0, output
    return workshop, said


def test_two_builds_at_once_share_the_base(built: tuple[Workshop, list[list[dict[str, object]]]]) -> None:
    workshop, (first, second) = built
    store = ImageStore(workshop.root)
    hello, tree = store.find("org.example.Hello"), store.find("org.example.Tree")
    assert hello is not None and tree is not None
    assert hello.config.rootfs.diff_ids[0] == tree.config.rootfs.diff_ids[0]
    assert str(second[0]["text"]).startswith("Waiting for another build")
    assert not any("Waiting" in str(line.get("text")) for line in first)
    assert store.verify() == []
    infos = store.images()
    assert all(info.size - info.shared < 2_000_000 < info.shared for info in infos)


def test_progress_grows_and_ends_with_the_result(built: tuple[Workshop, list[list[dict[str, object]]]]) -> None:
    for said in built[1]:
        fractions = [float(str(line["fraction"])) for line in said[:-1]]
        assert fractions == sorted(fractions) and fractions[-1] > 0.9
        assert "images" in said[-1]["result"]  # type: ignore[operator]


def test_the_image_is_what_apps_expect(built: tuple[Workshop, object]) -> None:
    store = ImageStore(built[0].root)
    image = store.find("org.example.Hello")
    assert image is not None
    rootfs = store.rootfs(image)
    assert image.version and image.packages["hello"].endswith(image.version) and "libc6" in image.packages
    bill = store.sbom(image)
    assert bill is not None
    listed = sbom.read(bill).components
    assert {component.name: component.version for component in listed} == image.packages
    assert next(c for c in listed if c.name == "hello").property(sbom.LAYER) == image.config.rootfs.diff_ids[-1]
    assert image.config.config["User"] == "1000:1000"
    assert "berth:x:1000:1000::/home/berth:/bin/sh" in (rootfs / "etc/passwd").read_text().replace("Berth", "")
    assert (rootfs / "etc/resolv.conf").read_bytes() == b"" and not (rootfs / "etc/resolv.conf").is_symlink()
    assert len((rootfs / "etc/machine-id").read_text().strip()) == 32
    for name in ("home/berth", "run/berth", "run/user/1000", "tmp", "dev", "proc"):
        assert (rootfs / name).is_dir()
    assert (rootfs / "usr/share/doc/hello/copyright").exists()
    for name in ("usr/share/man/man1", "var/lib/apt/lists/lock", "usr/sbin/policy-rc.d", "etc/apt/sources.list"):
        assert not (rootfs / name).exists()
    assert not any((rootfs / "var/log").iterdir()) and not any((rootfs / "dev").iterdir())
    for path in rootfs.rglob("*"):
        if not path.is_symlink():
            mode = path.stat().st_mode
            assert not mode & 0o6000 and mode & 0o004, path


def test_the_app_runs_from_its_root_file_system(built: tuple[Workshop, object]) -> None:
    if not shutil.which("bwrap"):
        pytest.skip("bubblewrap is not installed")
    store = ImageStore(built[0].root)
    image = store.find("org.example.Hello")
    assert image is not None
    command = ["bwrap", "--unshare-all", "--uid", "1000", "--gid", "1000", "--cap-drop", "ALL", "--ro-bind"]
    shell = "hello && id -un && ! touch /etc/new 2>/dev/null"
    ran = subprocess.run(
        [*command, store.rootfs(image), "/", "--proc", "/proc", "--dev", "/dev", "sh", "-c", shell],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.stdout == "Hello, world!\nberth\n", ran.stderr
    assert ran.returncode == 0


def test_building_again_changes_nothing(built: tuple[Workshop, object]) -> None:
    workshop = built[0]
    before = ImageStore(workshop.root).find("org.example.Hello")
    process = workshop.start(workshop.manifest("Hello", "hello"))
    output, _ = process.communicate(timeout=300)
    assert before is not None and before.digest in output and process.returncode == 0


def test_the_same_comes_out_elsewhere_and_later(built: tuple[Workshop, object], tmp_path: Path) -> None:
    """Bases and app anew, below another path, at another time: the same digest, and the same list of packages."""
    workshop, store = built[0], ImageStore(built[0].root)
    first = store.find("org.example.Hello")
    assert first is not None
    # What was current for the one has to be so for the other: a mirror may have changed in between.
    shutil.copytree(workshop.root / "apt", tmp_path / "quite/another/place/apt")
    other = workshop.start(workshop.manifest("Hello", "hello"), root=tmp_path / "quite/another/place")
    output, _ = other.communicate(timeout=500)
    assert other.returncode == 0, output
    again = ImageStore(tmp_path / "quite/another/place")
    second = again.find("org.example.Hello")
    assert second is not None
    for below, above in zip(store.layers(first), again.layers(second), strict=True):
        assert below.digest == above.digest, _differences(below.tree, above.tree)
    assert second.digest == first.digest
    assert again.sbom(second) == store.sbom(first) is not None


def _differences(one: Path, other: Path) -> str:
    """For whoever has to find out what came out differently."""
    compared = subprocess.run(
        ["diff", "-rq", "--no-dereference", one, other], capture_output=True, text=True, check=False
    )
    return compared.stdout or "the same content: times, modes or order differ"


def test_another_app_of_the_same_packages_shares_the_image(built: tuple[Workshop, object]) -> None:
    workshop = built[0]
    process = workshop.start(workshop.manifest("Hola", "hello"))
    output, _ = process.communicate(timeout=300)
    assert process.returncode == 0, output
    store = ImageStore(workshop.root)
    hello, hola = store.find("org.example.Hello"), store.find("org.example.Hola")
    assert hello is not None and hola is not None
    assert hola.digest == hello.digest and hola.version == hello.version
    store.remove(hola.reference)
    assert store.find("org.example.Hola") is None
    assert store.rootfs(hello).is_dir() and store.verify() == []


def _with_older_hello(workshop: Workshop, manifest: Path) -> NewImage:
    """What an image from a while ago would be: dpkg has noted an older version of hello in it."""
    store = ImageStore(workshop.root)
    image = store.find("org.example.Hello")
    assert image is not None
    own = image.manifest.layers[-1]
    older = io.BytesIO()
    blob = workshop.root / "blobs/sha256" / own.digest[7:]
    with tarfile.open(blob, "r:gz") as present, tarfile.open(fileobj=older, mode="w") as made:
        for entry in present:
            data = present.extractfile(entry).read() if entry.isreg() else b""  # type: ignore[union-attr]
            if entry.name.endswith("var/lib/dpkg/status"):
                data = re.sub(rb"(Package: hello\n(?:.+\n)*?Version: ).+", rb"\g<1>2.9-1", data)
                entry.size = len(data)
            made.addfile(entry, io.BytesIO(data))
    parts = (older.getvalue(), gzip.compress(older.getvalue(), 1))
    under = image.config.rootfs.diff_ids[:-1]
    rootfs = layout.RootFs((*under, layout.digest_of(parts[0])))
    config = layout.encode(msgspec.structs.replace(image.config, rootfs=rootfs))
    blobs = {layout.digest_of(data): data for data in (parts[1], config)}
    described = layout.Descriptor(layout.LAYER_TYPE, layout.digest_of(parts[1]), len(parts[1]))
    document = layout.Manifest(
        layout.Descriptor(layout.CONFIG_TYPE, layout.digest_of(config), len(config)),
        (*image.manifest.layers[:-1], described),
    )
    files = {digest: workshop.manifests / digest[7:] for digest in blobs}
    for digest, path in files.items():
        path.write_bytes(blobs[digest])
    recipe = read_recipe(manifest).digest(host_suite(), architecture())
    annotations = {layout.RECIPE: recipe, layout.SUITE: host_suite(), layout.PERMISSIONS: "camera"}
    return NewImage("org.example.Elder:2.9-1", layout.encode(document), files, annotations)


def test_an_update_builds_what_is_newer_and_keeps_what_was(built: tuple[Workshop, object]) -> None:
    workshop = built[0]
    manifest = workshop.manifest("Elder", "hello")
    manifest.write_text(f'icon = "/usr/its-own"\n{manifest.read_text()}')
    store = ImageStore(workshop.root)
    old = store.add(_with_older_hello(workshop, manifest))

    def update(*options: str) -> dict[str, object]:
        command = [sys.executable, "-m", "berth.engine.images", "update", "--root", str(workshop.root)]
        done = subprocess.run([*command, str(manifest), *options], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        result = json.loads(done.stdout.splitlines()[-1])["result"]
        assert isinstance(result, dict)
        return result

    hello = store.find("org.example.Hello")
    assert hello is not None
    change = {"package": "hello", "old": "2.9-1", "new": hello.packages["hello"]}
    assert update("--check") == {"changes": [change]}
    current = store.find("org.example.Elder")
    assert current is not None and current.digest == old.digest
    update()
    found = store.apps()["org.example.Elder"]
    assert [image.digest for image in found] == [old.digest, found[-1].digest] and len(found) == 2
    assert found[-1].packages["hello"] == hello.packages["hello"]
    assert found[-1].config.rootfs.diff_ids[0] == hello.config.rootfs.diff_ids[0]
    assert (found[0].permissions, found[-1].permissions) == (frozenset({"camera"}), frozenset())
    assert update("--check") == {"changes": []}
    store.remove_all("org.example.Elder")
    assert store.verify() == []


def test_a_package_that_is_none_is_told_and_leaves_nothing(built: tuple[Workshop, object]) -> None:
    workshop = built[0]
    process = workshop.start(workshop.manifest("Wrong", "no-such-package-anywhere"))
    output, _ = process.communicate(timeout=300)
    problem = json.loads(output.splitlines()[-1])["problem"]
    assert process.returncode == 1
    assert "no-such-package-anywhere" in problem["message"] + problem["hint"] and "Traceback" not in output
    assert list((workshop.root / "builds").iterdir()) == []
    assert ImageStore(workshop.root).find("org.example.Wrong") is None


def _group(number: signal.Signals) -> Callable[[subprocess.Popen[str]], None]:
    return lambda process: os.killpg(process.pid, number)


def _deaf(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    process.stdout.close()


_ENDINGS: dict[str, Callable[[subprocess.Popen[str]], None]] = {
    "cancelled": _group(signal.SIGTERM),
    "killed as a group": _group(signal.SIGKILL),
    "killed alone": lambda process: process.kill(),
    "its engine was killed": _deaf,
}


@pytest.mark.parametrize("ending", _ENDINGS)
def test_a_build_that_is_ended_leaves_nothing(built: tuple[Workshop, object], ending: str) -> None:
    """While packages are being installed: no process, no mount, no file."""
    workshop = built[0]
    process = workshop.installing(workshop.manifest("Killed", "nano"))
    assert process.stdout is not None
    inside = _children(process.pid)
    _ENDINGS[ending](process)
    if not process.stdout.closed:
        process.stdout.read()  # what ends by itself may have more to say
        process.stdout.close()
    assert process.wait(300)
    for child in inside:
        _ended(child)
    assert disagreements(workshop.root) == []
    assert list(unfinished(workshop.root / "partial")) == ["org.example.Killed"]
    assert str(workshop.root) not in Path("/proc/self/mountinfo").read_text()
    assert not _mentioned_by_processes(f"{workshop.root}/builds")
    assert ImageStore(workshop.root).find("org.example.Killed") is None


def _children(parent: int) -> list[int]:
    """Descriptors of the process's children."""
    pids = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return [os.pidfd_open(int(pid)) for pid in pids]


def _ended(process: int) -> None:
    assert readable([process], 60)
    os.close(process)


def test_a_cancelled_build_goes_on_with_the_packages_it_has(built: tuple[Workshop, object]) -> None:
    workshop = built[0]
    process = workshop.installing(workshop.manifest("Resumed", "bc"))
    os.killpg(process.pid, signal.SIGTERM)
    process.communicate(timeout=300)
    (kept,) = (workshop.root / "partial").rglob("bc_*.deb")
    before = kept.stat().st_ino
    process = workshop.start(workshop.manifest("Resumed", "bc"))
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        said.append(str(json.loads(line).get("text")))
        if "Installing" in line and kept.exists():
            assert kept.stat().st_ino == before, "it was not fetched once more"
    process.communicate(timeout=300)
    assert process.returncode == 0
    assert not any(text.startswith("Fetching packages") for text in said)
    assert list((workshop.root / "partial").rglob("bc_*")) == []
    assert ImageStore(workshop.root).find("org.example.Resumed") is not None


def test_a_disk_that_fills_up_is_told(built: tuple[Workshop, object], tmp_path: Path) -> None:
    if (
        os.geteuid()
        or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", tmp_path], check=False).returncode
    ):
        pytest.skip("mounting a small file system needs root")
    try:
        process = built[0].start(built[0].manifest("Hello", "hello"), root=tmp_path / "store")
        output, _ = process.communicate(timeout=300)
        assert json.loads(output.splitlines()[-1])["problem"]["code"] == "disk-full"
        assert list((tmp_path / "store/builds").iterdir()) == [] and ImageStore(tmp_path / "store").images() == []
    finally:
        subprocess.run(["umount", tmp_path], check=True)


def test_lists_of_packages_are_whole_or_not_believed(tmp_path: Path) -> None:
    fetched, texts = tmp_path / "fetched", {f"list{number}": f"new {number}" for number in range(3)}
    fetched.mkdir()
    for name, text in texts.items():
        (fetched / name).write_text(text)

    def keep(steps: Steps) -> None:
        steps.watch()
        _keep_lists(fetched, lists)

    def before(name: str) -> Path:
        place = tmp_path / name / "lists"
        place.mkdir(parents=True)
        for old in ("fetched", "list1", "list7"):
            (place / old).write_text("old")
        return place

    lists = before("whole")
    for step in chosen(length(keep), 12):
        lists = before(f"step {step}")
        assert killed(step, keep)
        found = {path.name: path.read_text() for path in lists.iterdir() if path.name not in (_COPY, "fetched")}
        assert all(text in ("old", texts.get(name)) for name, text in found.items()), found
        assert found in ({"list1": "old", "list7": "old"}, texts) or not (lists / "fetched").exists()


@dataclass
class Played:
    """What packages would bring, without a mirror; everything else of a build is real."""

    epoch: int = 1_700_000_000

    def stage(self, stage: Stage, tell: Callable[[str, float], None]) -> StageDone:
        scratch = Path(stage.scratch)
        content = scratch / "root/usr/share" / stage.packages[0]
        content.mkdir(parents=True)
        (content / "file").write_text(stage.packages[0])
        (scratch / "icon.png").write_bytes(b"icon")
        tell("Installing", 0.5)
        packed = pack(scratch / "root", whole(scratch / "root"), scratch / "layer.tar.gz", self.epoch)
        names = tuple((name, "1") for name in stage.packages)
        icon = str(scratch / "icon.png") if stage.icon else ""
        return StageDone(packed.digest, packed.diff_id, packed.size, str(packed.path), self.epoch, names, icon)


def test_death_at_any_moment_leaves_no_half_image(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bases").mkdir()
    (tmp_path / "bases/tiny.toml").write_text('name = "tiny"\npackages = ["below"]\n')
    (tmp_path / "org.example.Built.toml").write_text(MANIFEST.format(name="Built", package="above"))
    recipe = read_recipe(tmp_path / "org.example.Built.toml")
    monkeypatch.setattr("berth.engine.images.build._run_stage", Played().stage)

    def build(steps: Steps) -> None:
        steps.watch()
        make(root)

    def make(root: Path) -> Image:
        return Builder(ImageStore(root), lambda _progress: None, "bookworm").build(recipe)

    wanted = make(tmp_path / "undisturbed").digest
    root = tmp_path / "whole"
    for step in chosen(length(build), 12):
        root = tmp_path / str(step)
        assert killed(step, build)
        assert disagreements(root) == [], step
        assert make(root).digest == wanted and disagreements(root) == []
        assert [info.image for info in ImageStore(root).images()] == ["org.example.Built:1"]


def _mentioned_by_processes(text: str) -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().decode(errors="replace")
        except OSError:
            continue
        if text in words:
            found.append(words)
    return found


def test_the_living_are_not_swept(tmp_path: Path) -> None:
    with scratch_directory(tmp_path) as place:
        sweep_builds(tmp_path)
        assert place.is_dir()
        (tmp_path / "debris/inner").mkdir(parents=True)
        (tmp_path / "swept by another").symlink_to("nowhere")
        sweep_builds(tmp_path)
        (tmp_path / "swept by another").unlink()
        assert [path.name for path in tmp_path.iterdir()] == [place.name]
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def ordinary_user(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    contained.cache_clear()
    monkeypatch.setattr(namespaces.os, "geteuid", lambda: 4242)
    monkeypatch.setattr(namespaces.getpass, "getuser", lambda: "nobody-of-this-name")
    yield
    contained.cache_clear()


@pytest.mark.usefixtures("ordinary_user")
def test_what_building_without_root_needs_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(namespaces.shutil, "which", lambda _name: None)
    with pytest.raises(Problem) as caught:
        contained()
    assert caught.value.code == "build-needs-ids" and "apt-get install uidmap" in caught.value.hint
    monkeypatch.setattr(namespaces.shutil, "which", lambda _name: "/usr/bin/newuidmap")
    with pytest.raises(Problem) as caught:
        contained()
    assert "usermod --add-subuids" in caught.value.hint and "nobody-of-this-name" in caught.value.hint
