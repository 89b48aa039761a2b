"""What is particular to container engines: their images, their absence, their crashes, what they are asked for."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import signal
import subprocess
import sys
import tarfile
import termios
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from berth import doctor
from berth.core.plan import SANDBOX_INSTANCE_DIR, LaunchPlan, Limits
from berth.core.problem import Problem
from berth.engine.images.store import ImageStore
from berth.runtimes import container_exec, podman, processes
from berth.runtimes.container_config import Setting, container_config
from berth.runtimes.container_daemon import Daemon
from berth.runtimes.container_image import StoredImage
from berth.runtimes.docker import DOCKER, DockerRuntime, docker_socket
from berth.runtimes.seccomp import profile
from tests.images.archives import OciArchive, small_root
from tests.runtimes.conftest import DockerBench
from tests.runtimes.engines import Dockerd, docker_runtime
from tests.runtimes.test_arguments import PLAN, plans
from tests.runtimes.test_limits import MEMORY_HOG, TOLD

HARDENED = {
    "Init": True,
    "CapDrop": ["ALL"],
    "IpcMode": "private",
    "CgroupnsMode": "private",
    "UsernsMode": "",
    "ReadonlyRootfs": True,
}


@pytest.fixture
def bench(tmp_path: Path, image: Path, dockerd: Dockerd) -> DockerBench:
    return DockerBench(tmp_path, image, dockerd)


# --- commands inside


class SlowEngine:
    """One that says for some time that a command runs which has ended."""

    service = DOCKER

    def __init__(self, answers: int) -> None:
        self._answers = answers

    async def call(self, _method: str, _created: str) -> dict[str, object]:
        self._answers -= 1
        return {"Running": self._answers > 0, "Pid": 0, "ExitCode": 0 if self._answers else 3}


def test_an_engine_may_be_slow_to_know_how_a_command_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    async def code(answers: int) -> int:
        return await container_exec._code(SlowEngine(answers), "e", b"")  # type: ignore[arg-type]

    monkeypatch.setattr(container_exec, "_PAUSE_SECONDS", 0.0)
    assert asyncio.run(code(200)) == 3
    with pytest.raises(Problem, match="Docker does not say how"):
        asyncio.run(code(1 << 20))


class NoResizer:
    """One that cannot tell a command the size of its terminal."""

    service = DOCKER

    def __init__(self, refusals: int) -> None:
        self.refusals = refusals
        self.sizes: list[dict[str, int]] = []

    async def call(self, _method: str, _created: str, **size: int) -> None:
        self.sizes.append(size)
        if len(self.sizes) <= self.refusals:
            raise Problem("docker-refused", "Docker refused: no such terminal")


def test_an_engine_that_can_never_resize_is_not_asked_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container_exec, "_RESIZE_PAUSES", (0.0,) * 10)
    near, far = os.openpty()
    try:
        termios.tcsetwinsize(far, (30, 100))
        for refusals, asked in ((3, 4), (1 << 20, 10)):
            engine = NoResizer(refusals)
            size = container_exec._Size(engine, "e", far)  # type: ignore[arg-type]
            asyncio.run(size.pass_on_soon())
            assert engine.sizes == [{"height": 30, "width": 100}] * asked
        engine.refusals = 0
        assert asyncio.run(size.pass_on()), "it is asked again with the next key"
    finally:
        os.close(near)
        os.close(far)


# --- what is asked for


def strings(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for key, inner in value.items():
                yield key
                yield from strings(inner)
        case list():
            for inner in value:
                yield from strings(inner)


@given(plans)
def test_nothing_of_the_host_that_the_plan_does_not_name(plan: LaunchPlan) -> None:
    config = container_config(plan, "image", {}, Setting(user=1000, network="none", seccomp=profile()))
    host = config["HostConfig"]
    assert {mount["Source"] for mount in host["Mounts"]} == {
        plan.instance_directory,
        *(mount.source for mount in plan.mounts),
    }
    writable = {mount["Source"] for mount in host["Mounts"] if not mount["ReadOnly"]}
    assert writable <= {mount.source for mount in plan.mounts if mount.writable}
    assert [device["PathOnHost"] for device in host["Devices"]] == list(plan.devices)
    assert {key: host[key] for key in HARDENED} == HARDENED
    assert "no-new-privileges" in host["SecurityOpt"]
    assert host["NetworkMode"] == "none"
    assert not {"Privileged", "CapAdd", "PidMode", "Binds", "Runtime"} & set(host)
    assert not any("docker.sock" in text for text in strings(config) if "docker.sock" not in str(plan))


def test_the_profile_refuses_what_bubblewraps_filter_refuses() -> None:
    config = container_config(PLAN, "image", {}, Setting(user=1000, network="none", seccomp=profile()))
    found = json.loads(config["HostConfig"]["SecurityOpt"][1].removeprefix("seccomp="))
    refused = {name: rule["errnoRet"] for rule in found["syscalls"] for name in rule["names"] if not rule["args"]}
    assert refused["mount"] == refused["ptrace"] == 1
    assert refused["clone3"] == 38
    families = [rule for rule in found["syscalls"] if rule["names"] == ["socket"]]
    assert {"index": 0, "op": "SCMP_CMP_GE", "value": 46, "valueTwo": 0} in [rule["args"][0] for rule in families]


def test_an_engine_without_control_groups_is_not_asked_for_limits() -> None:
    setting = Setting(user=1, network="none", seccomp="", cgroups=False)
    host = container_config(PLAN, "image", {}, setting)["HostConfig"]
    assert {limit["Name"]: limit["Hard"] for limit in host["Ulimits"]} == {"nofile": PLAN.limits.open_files, "core": 0}
    assert not {"Memory", "PidsLimit"} & set(host)


def test_an_engine_is_not_asked_for_more_processors_than_there_are() -> None:
    for wanted, held in ((0.0, None), (0.5, 500_000_000), (64.0, 2_000_000_000)):
        fields = {name: getattr(PLAN, name) for name in PLAN.__struct_fields__}
        plan = LaunchPlan(**fields | {"limits": Limits(cpus=wanted)})
        config = container_config(plan, "image", {}, Setting(user=1, network="none", seccomp="", processors=2))
        assert config["HostConfig"].get("NanoCpus") == held


def test_the_displays_socket_is_named_in_full() -> None:
    fields = {name: getattr(PLAN, name) for name in PLAN.__struct_fields__}
    plan = LaunchPlan(**fields | {"environment": (("WAYLAND_DISPLAY", "wayland-0"), ("OTHER", "wayland-0"))})
    config = container_config(plan, "image", {}, Setting(user=1000, network="none", seccomp=profile()))
    assert config["Env"] == [f"WAYLAND_DISPLAY={SANDBOX_INSTANCE_DIR}/wayland-0", "OTHER=wayland-0"]


# --- images


def layered(base: bytes, tmp_path: Path, name: str) -> OciArchive:
    top = tmp_path / f"{name}.layer"
    (tmp_path / "said").write_text(name)
    with tarfile.open(top, "w") as archive:
        archive.add(tmp_path / "said", "etc/name")
    return OciArchive([base, top.read_bytes()], f"{name}:1")


async def test_images_are_loaded_once_share_layers_and_go_with_the_store(
    bench: DockerBench, dockerd: Dockerd, tmp_path: Path
) -> None:
    runtime: DockerRuntime = bench.runtime
    store = ImageStore(tmp_path / "store")
    base = small_root()
    images = [
        store.import_archive(layered(base, tmp_path, name).write(tmp_path / f"{name}.tar")) for name in ("one", "two")
    ]
    roots = [str(store.rootfs(image)) for image in images]
    tags = await asyncio.gather(*(runtime.load(root) for root in (*roots, *roots)))
    assert tags[:2] == tags[2:]
    with dockerd.client() as client:
        layers = [client.inspect_image(tag)["RootFS"]["Layers"] for tag in tags[:2]]
        assert [len(found) for found in layers] == [2, 2]
        assert layers[0][0] == layers[1][0]
        assert client.inspect_image(tags[0])["Config"]["Cmd"] is None
        store.remove("one:1")
        await runtime.load(roots[1])
        assert [found["RepoTags"] for found in client.images(name=tags[0].partition(":")[0])] == [[tags[1]]]
        await asyncio.to_thread(client.remove_image, tags[1])


async def test_what_a_removed_app_has_here_is_told_and_goes(
    bench: DockerBench, dockerd: Dockerd, tmp_path: Path
) -> None:
    runtime: DockerRuntime = bench.runtime
    store = ImageStore(tmp_path / "store")
    images = [
        store.import_archive(layered(small_root(), tmp_path, name).write(tmp_path / f"{name}.tar"))
        for name in ("goes", "stays")
    ]
    assert not (store.root / "copies").exists()
    tags = [await runtime.load(str(store.rootfs(image))) for image in images]
    assert (store.root / "copies" / "docker").exists()
    kept = await runtime.kept_for("org.example.Goes", store.root, images[0].digest)
    assert kept == (f"image {tags[0]} in Docker",)
    store.remove("goes:1")
    assert await runtime.kept_for("org.example.Goes", store.root, "") == kept
    await runtime.forget_app("org.example.Goes", store.root)
    assert await runtime.kept_for("org.example.Goes", store.root, "") == ()
    with dockerd.client() as client:
        assert [found["RepoTags"] for found in client.images(name=tags[0].partition(":")[0])] == [[tags[1]]]
        await asyncio.to_thread(client.remove_image, tags[1])


def test_a_root_file_system_outside_any_store(tmp_path: Path) -> None:
    (tmp_path / "rootfs/x").mkdir(parents=True)
    for path in ("rootfs/x", "elsewhere"):
        with pytest.raises(Problem) as caught:
            StoredImage.of(str(tmp_path / path))
        assert caught.value.code == "image-missing"


def test_a_damaged_image(tmp_path: Path) -> None:
    store = ImageStore(tmp_path)
    archive = tmp_path / "a.tar"
    image = store.import_archive(layered(small_root(), tmp_path, "one").write(archive))
    stored = StoredImage.of(str(store.rootfs(image)))
    store.root.joinpath("blobs/sha256", image.manifest.layers[0].digest.removeprefix("sha256:")).unlink()
    with pytest.raises(Problem) as caught:
        list(stored.archive())
    assert caught.value.code == "image-broken"


# --- an engine that cannot be used


@pytest.mark.parametrize(
    ("error", "program", "code", "hint"),
    [
        (FileNotFoundError(2, ""), "no-such-program", "docker-missing", "apt install docker.io"),
        (FileNotFoundError(2, ""), "sh", "docker-stopped", "systemctl start docker"),
        (ConnectionRefusedError(111, ""), "sh", "docker-stopped", "systemctl start docker"),
        (PermissionError(13, ""), "sh", "docker-denied", "usermod -aG docker"),
    ],
)
def test_what_is_wrong_is_one_sentence(error: OSError, program: str, code: str, hint: str) -> None:
    service = type(DOCKER)(**{**vars(DOCKER), "program": program})
    problem = service.unreachable(Path("/no/docker.sock"), error)
    assert problem.code == code
    assert hint in problem.hint
    assert problem.message.endswith(".")


async def test_without_a_daemon_nothing_runs_and_a_start_says_why(tmp_path: Path, image: Path) -> None:
    bench = DockerBench.__new__(DockerBench)
    runtime = docker_runtime(tmp_path / "private", tmp_path / "no.sock")
    bench.base, bench.image, bench.home, bench._ids = tmp_path, image, tmp_path, []
    try:
        assert await runtime.list() == ()
        with pytest.raises(Problem) as caught:
            await runtime.start(plan := bench.plan("true"), tmp_path / "log", tmp_path / "private" / plan.instance)
        assert caught.value.code in ("docker-stopped", "docker-missing")
        # What cannot be looked for cannot be said to be gone.
        (tmp_path / "private/x").mkdir(parents=True)
        await runtime.reap("x")
        (tmp_path / "private/y").mkdir(parents=True)
        (tmp_path / "private/y/ordered").touch()
        with pytest.raises(Problem):
            await runtime.reap("y")
    finally:
        await runtime.close()


async def test_something_else_that_listens(tmp_path: Path) -> None:
    server = await asyncio.start_unix_server(lambda _r, writer: writer.close(), tmp_path / "s")
    daemon = Daemon(DOCKER, tmp_path / "s")
    async with server:
        with pytest.raises(Problem) as caught:
            await daemon.call("containers")
    await asyncio.to_thread(daemon.close)
    assert caught.value.code == "docker-refused"


def test_a_docker_of_another_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://192.0.2.7:2375")
    with pytest.raises(Problem) as caught:
        docker_socket()
    assert caught.value.code == "docker-remote"
    monkeypatch.setenv("DOCKER_HOST", "unix:///run/other.sock")
    assert docker_socket() == Path("/run/other.sock")


# --- life beside others


async def test_containers_of_others_are_left_alone(bench: DockerBench, dockerd: Dockerd, tmp_path: Path) -> None:
    instance = await bench.start(bench.plan("sleep", "1000"))
    stranger = docker_runtime(tmp_path / "elsewhere", dockerd.socket)
    try:
        assert await stranger.list() == ()
        await stranger.reap(instance.id)
    finally:
        await stranger.close()
    assert [known.id for known in await bench.runtime.list()] == [instance.id]


async def test_want_of_memory_is_named_whatever_the_engine_hears_first(
    bench: DockerBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who supervises a container may tell of its end before it tells why."""
    limits = Limits(memory=256 << 20, processes=20, open_files=64)
    instance = await bench.start(bench.python(TOLD + MEMORY_HOG, limits=limits))
    await bench.said(instance, "up")
    asked, call = asyncio.Event(), bench.runtime._daemon.call

    async def noted(*words: Any, **options: Any) -> Any:
        asked.set()
        return await call(*words, **options)

    monkeypatch.setattr(bench.runtime._daemon, "call", noted)
    waiting = asyncio.create_task(bench.runtime.wait(instance))
    await asyncio.sleep(0)
    supervisor = processes.parent(instance.pid)
    os.kill(supervisor, signal.SIGSTOP)
    try:
        (bench.home / "go").touch()
        await asked.wait()  # it has seen the end itself by then
    finally:
        os.kill(supervisor, signal.SIGCONT)
    assert "out of memory" in (await waiting).reason


async def test_a_container_removed_behind_our_back(bench: DockerBench, dockerd: Dockerd) -> None:
    instance = await bench.start(bench.plan("sleep", "1000"))
    waiting = asyncio.create_task(bench.runtime.wait(instance))
    with dockerd.client() as client:
        await asyncio.to_thread(client.remove_container, f"berth-{instance.id}", force=True)
    assert (await waiting).code == 137
    end = await bench.runtime.wait(instance)
    assert end.code == 137
    assert "Docker has removed it" in end.reason
    with pytest.raises(Problem) as caught:
        await bench.runtime.logs(instance)
    assert caught.value.code == "instance-gone"


async def test_an_engine_killed_between_container_and_record_leaves_debris_that_is_reaped(bench: DockerBench) -> None:
    instance = await bench.start(bench.plan("sleep", "1000"))
    (bench.root / instance.id / "instance.json").unlink()
    assert await bench.runtime.list() == ()
    await bench.runtime.reap(instance.id)
    assert await bench.leftovers(instance.id) == []


async def test_docker_killed_and_started_again(bench: DockerBench, dockerd: Dockerd) -> None:
    instance = await bench.start(bench.plan("sleep", "1000"))
    dockerd.kill()
    try:
        assert await bench.runtime.list() == ()
        with pytest.raises(Problem) as caught:
            await bench.runtime.pause(instance)
        assert caught.value.code == "docker-stopped"
    finally:
        await asyncio.to_thread(dockerd.restart)
    assert (await bench.runtime.wait(instance)).code != 0
    after = await bench.start(bench.plan("true"))
    assert (await bench.runtime.wait(after)).code == 0


def test_doctor_tells_an_engine_that_is_missing_from_one_that_is_shut(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, dockerd: Dockerd
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/no.sock")
    check = doctor._docker()
    assert (check.state, check.fix) == ("warning", "sudo systemctl start docker")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert (doctor._podman().state, doctor._podman().fix) == ("ok", "")
    assert "not installed" in doctor._podman().message
    monkeypatch.setenv("DOCKER_HOST", f"unix://{dockerd.socket}")
    assert doctor._docker().state == "ok"


PODMAN_OF_ROOT = """
import resource
from berth import doctor
from berth.runtimes import podman
podman.check_installed = lambda: ""
resource.setrlimit(resource.RLIMIT_NPROC, (4096, 4096))
check = doctor._podman()
print(check.state, check.message, check.fix, sep="\\n")
assert resource.getrlimit(resource.RLIMIT_NPROC) == (4096, 4096)
"""


def test_doctor_tells_where_root_may_not_set_what_podman_sets() -> None:
    lacking = ("setpriv", "--bounding-set=-sys_resource")
    if os.getuid() != 0 or subprocess.run([*lacking, "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("only root has such a capability to lose")
    done = subprocess.run([*lacking, sys.executable, "-c", PODMAN_OF_ROOT], capture_output=True, text=True, check=False)
    assert done.stdout.splitlines() == [
        "warning",
        "Podman cannot run apps as root here, as root lacks the capability CAP_SYS_RESOURCE",
        "start Berth as an ordinary user, or with that capability",
    ], done.stderr


def test_doctor_says_that_podman_runs_apps_where_it_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(podman, "check_installed", lambda: "")
    monkeypatch.setattr(resource, "prlimit", lambda _pid, _kind: (4096, resource.RLIM_INFINITY))
    assert doctor._podman().state == "ok"
