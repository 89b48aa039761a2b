"""Nothing of the host appears in a container that the plan does not name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from berth.core.plan import LaunchPlan, Limits, Mount
from berth.runtimes.arguments import bwrap_arguments

RESOLVER = "/private/i/resolv.conf"
PLAN = LaunchPlan(
    instance="i",
    app="org.example.App",
    rootfs="/images/app",
    arguments=("app",),
    environment=(("A", "1"),),
    working_directory="/home/berth",
    hostname="app",
    instance_directory="/run/user/0/berth/instances/i",
    mounts=(Mount("/homes/app", "/home/berth", writable=True), Mount("/data", "/mnt/data")),
    tmpfs=("/var/tmp",),
    devices=("/dev/dri/renderD128",),
    limits=Limits(memory=1 << 30),
)
# option: number of values, and which of them is a path of the host
OPTIONS: dict[str, tuple[int, bool]] = {
    **dict.fromkeys(("--unshare-all", "--unshare-user", "--disable-userns"), (0, False)),
    **dict.fromkeys(("--new-session", "--die-with-parent", "--clearenv"), (0, False)),
    **dict.fromkeys(("--uid", "--gid", "--hostname", "--cap-drop", "--chdir"), (1, False)),
    **dict.fromkeys(("--proc", "--dev", "--tmpfs", "--dir", "--perms", "--size"), (1, False)),
    **dict.fromkeys(("--setenv", "--symlink"), (2, False)),
    **dict.fromkeys(("--bind", "--ro-bind", "--dev-bind"), (2, True)),
}

paths = st.from_regex(r"(/[a-zA-Z0-9 ._\-]{1,12}){1,4}", fullmatch=True)
texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=20)
plans = st.builds(
    LaunchPlan,
    instance=st.just("i"),
    app=texts,
    rootfs=paths,
    arguments=st.tuples(texts),
    environment=st.lists(st.tuples(texts, texts), max_size=5).map(tuple),
    working_directory=paths,
    hostname=texts,
    instance_directory=paths,
    mounts=st.lists(st.builds(Mount, paths, paths, st.booleans()), max_size=5).map(tuple),
    tmpfs=st.lists(paths, max_size=3).map(tuple),
    devices=st.lists(paths, max_size=3).map(tuple),
    limits=st.builds(Limits, st.integers(1 << 20, 1 << 40), st.integers(1, 10_000), st.integers(16, 10_000)),
)


def parse(arguments: list[str]) -> list[tuple[str, ...]]:
    """Options with their values; fails for an option that this list does not know."""
    parsed, index = [], 0
    while index < len(arguments):
        count, _host = OPTIONS[arguments[index]]
        parsed.append(tuple(arguments[index : index + count + 1]))
        index += count + 1
    return parsed


def host_paths(arguments: list[str]) -> set[tuple[str, ...]]:
    return {option for option in parse(arguments) if OPTIONS[option[0]][1]}


@given(plans)
def test_host_paths_are_exactly_those_of_the_plan(plan: LaunchPlan) -> None:
    expected = {
        ("--ro-bind", plan.rootfs, "/"),
        ("--ro-bind", plan.instance_directory, "/run/berth"),
        ("--ro-bind", RESOLVER, "/etc/resolv.conf"),
        *(("--bind" if mount.writable else "--ro-bind", mount.source, mount.target) for mount in plan.mounts),
        *(("--dev-bind", device, device) for device in plan.devices),
    }
    assert host_paths(bwrap_arguments(plan, RESOLVER)) == expected


@given(plans)
def test_only_mounts_marked_so_are_writable(plan: LaunchPlan) -> None:
    writable = {option[1] for option in parse(bwrap_arguments(plan, RESOLVER)) if option[0] == "--bind"}
    assert writable == {mount.source for mount in plan.mounts if mount.writable}


@given(plans)
def test_isolation_does_not_depend_on_the_plan(plan: LaunchPlan) -> None:
    parsed = parse(bwrap_arguments(plan, RESOLVER))
    flags = {option[0] for option in parsed if len(option) == 1}
    assert flags >= {"--unshare-all", "--unshare-user", "--disable-userns", "--new-session", "--die-with-parent"}
    assert {("--cap-drop", "ALL"), ("--uid", "1000"), ("--gid", "1000")} <= set(parsed)


@given(plans)
def test_environment_is_the_plans(plan: LaunchPlan) -> None:
    parsed = parse(bwrap_arguments(plan, RESOLVER))
    assert ("--clearenv",) in parsed
    assert [option[1:] for option in parsed if option[0] == "--setenv"] == list(plan.environment)


def test_the_root_comes_first_and_homes_of_the_image_are_hidden() -> None:
    parsed = parse(bwrap_arguments(PLAN, RESOLVER))
    mounts = [option for option in parsed if option[0] in {"--ro-bind", "--bind", "--tmpfs", "--proc", "--dev"}]
    assert mounts[0] == ("--ro-bind", "/images/app", "/")
    targets = [option[-1] for option in mounts]
    assert targets.index("/home") < targets.index("/home/berth")
    assert targets.index("/run") < targets.index("/run/berth")


@pytest.mark.parametrize("path", ["/tmp", "/run", "/home", "/var/tmp"])
def test_memory_file_systems_are_bounded(path: str) -> None:
    arguments = bwrap_arguments(PLAN, RESOLVER)
    position = next(i for i in range(len(arguments)) if arguments[i : i + 2] == ["--tmpfs", path])
    assert arguments[position - 2] == "--size"
    assert int(arguments[position - 1]) <= PLAN.limits.memory


def test_the_runtime_directory_is_private() -> None:
    arguments = bwrap_arguments(PLAN, RESOLVER)
    position = arguments.index("/run/user/1000")
    assert arguments[position - 3 : position] == ["--perms", "0700", "--dir"]
    assert ["--symlink", "/run/berth/wayland-0", "/run/user/1000/wayland-0"] in [
        arguments[i : i + 3] for i in range(len(arguments))
    ]


def test_an_older_bubblewrap_gets_no_option_it_lacks() -> None:
    with_option = bwrap_arguments(PLAN, RESOLVER)
    without = bwrap_arguments(PLAN, RESOLVER, disable_userns=False)
    assert [option for option in with_option if option != "--disable-userns"] == without
