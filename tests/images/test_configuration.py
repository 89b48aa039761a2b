"""What two images say otherwise about how their programs run; all of it may be nonsense, or meant to deceive."""

from __future__ import annotations

import pytest

from berth.core.messages import ConfigurationChange
from berth.engine.images.configuration import compare, expected_user, exposed_ports
from berth.engine.images.layout import Config, RootFs


def config(**said: object) -> Config:
    return Config("amd64", "linux", RootFs(()), config=said)


def test_what_is_set_otherwise_is_told() -> None:
    old = config(Entrypoint=["/bin/a"], Cmd=["x y"], Env=["A=1", "B=2", "C=3"], ExposedPorts={"80/tcp": {}}, User="0")
    new = config(
        Cmd=["/bin/b"],
        Env=["B=2", "C=4", "D=5"],
        Volumes={"/data": {}},
        User="0",
        WorkingDir="/srv",
        StopSignal="SIGINT",
    )
    assert compare(old, new) == (
        ConfigurationChange("command", "/bin/a 'x y'", "/bin/b"),
        ConfigurationChange("ports", "80/tcp", ""),
        ConfigurationChange("environment.A", "1", ""),
        ConfigurationChange("environment.C", "3", "4"),
        ConfigurationChange("directory", "", "/srv"),
        ConfigurationChange("stop_signal", "", "SIGINT"),
        ConfigurationChange("volumes", "", "/data"),
        ConfigurationChange("environment.D", "", "5"),
    )
    assert compare(old, old) == ()


@pytest.mark.parametrize("bad", [5, None, "text", {"a": 1}, [1, None, "=x"], ["no equals sign"]])
def test_nonsense_is_nothing(bad: object) -> None:
    said = config(Entrypoint=bad, Cmd=bad, Env=bad, User=bad, WorkingDir=bad, ExposedPorts=bad, Volumes=bad)
    assert all(change.old == "" and len(change.new) < 100 for change in compare(config(), said))


def test_it_stays_small_and_plain() -> None:
    env = [f"V{number}={'x' * 5000}" for number in range(500)]
    changes = compare(config(), config(Env=["A=\x1b[31m\u202ered", *env]))
    assert len(changes) == 100 and max(len(change.new) for change in changes) < 400
    assert next(change for change in changes if change.what == "environment.A").new == " [31m red"


@pytest.mark.parametrize(
    ("said", "user"),
    [
        (None, "root"),
        ("", "root"),
        ("0:0", "root"),
        ("root", "root"),
        ("nginx:www", "nginx"),
        ("1000", ""),
        ("1000:100", ""),
        (7, "root"),
        ("a\x1b[1m\u202eb", "a [1m b"),
        ("x" * 5000, "x" * 60),
    ],
)
def test_whom_its_program_expects_to_run_as(said: object, user: str) -> None:
    assert expected_user(config(User=said)) == user


def test_on_which_ports_its_program_listens() -> None:
    said = [
        "8080/tcp",
        "53/udp",
        "53/tcp",
        "80",
        "0/tcp",
        "65536/tcp",
        "99999999/tcp",
        "1/x",
        "80/tcp\x1b[m",
        "\u0663",
        "",
    ]
    assert exposed_ports(config(ExposedPorts={name: {} for name in said})) == ("53/tcp", "53/udp", "80/tcp", "8080/tcp")
    many = exposed_ports(config(ExposedPorts={f"{number}/tcp": {} for number in range(1, 500)}))
    assert len(many) == 16 and many[0] == "1/tcp"
    for nonsense in (None, 7, "80/tcp", ["80/tcp"], {}):
        assert exposed_ports(config(ExposedPorts=nonsense)) == ()
