"""Logging in through greetd: its protocol, what it may do wrong, and who and what is offered."""

from __future__ import annotations

import json
import os
import pwd
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from berth.core.problem import Problem
from berth.login import accounts, offers, sessions
from berth.login import greetd as client
from tests.login.greetd_server import SUCCESS, Reply, asking, error, framed, greetd, message
from tests.login.test_pam import Person

PROGRAM = client.Program(("desk", "a b", "$x"), ("A=1",))


def test_the_right_password_starts_the_session(tmp_path: Path) -> None:
    person = Person("Kaese &7")
    with greetd(tmp_path / "g", asking("Kaese &7", message("info", "Touch the key"))) as served:
        assert client.log_in(str(served.place), "ada", PROGRAM, person) == "ok"
    assert person.heard == [("info", "Touch the key"), ("secret", "Password: ")]
    assert served.heard == [
        {"type": "cancel_session"},
        {"type": "create_session", "username": "ada"},
        {"type": "post_auth_message_response"},
        {"type": "post_auth_message_response", "response": "Kaese &7"},
        {"type": "start_session", "cmd": ["desk", "'a b'", "'$x'"], "env": ["A=1"]},
    ]


def test_a_wrong_password_starts_nothing_and_leaves_nothing_behind(tmp_path: Path) -> None:
    with greetd(tmp_path / "g", asking("right")) as served:
        assert client.log_in(str(served.place), "ada", PROGRAM, Person("wrong")) == "wrong"
    assert not served.started() and served.heard[-1] == {"type": "cancel_session"}


def test_several_questions(tmp_path: Path) -> None:
    before = [message("visible", "Code: "), message("error", "Old"), message("secret", "PIN: ")]
    person = Person("12", "34", "right")
    with greetd(tmp_path / "g", asking("right", *before)) as served:
        assert client.log_in(str(served.place), "ada", PROGRAM, person) == "ok"
    assert [style for style, _text in person.heard] == ["visible", "error", "secret", "secret"]
    assert [request.get("response") for request in served.heard[2:-1]] == ["12", None, "34", "right"]


def test_an_error_of_greetd_is_said(tmp_path: Path) -> None:
    person = Person()
    replies = {"create_session": error("error", "no such thing")}
    with greetd(tmp_path / "g", lambda request: replies.get(request["type"], SUCCESS)) as served:
        assert client.log_in(str(served.place), "ada", PROGRAM, person) == "failed"
    assert person.heard == [("error", "no such thing")]


def test_a_session_that_cannot_start_is_no_success(tmp_path: Path) -> None:
    replies = {"start_session": error("error", "already")}
    with greetd(tmp_path / "g", lambda request: replies.get(request["type"], SUCCESS)) as served:
        assert client.log_in(str(served.place), "ada", PROGRAM, Person()) == "failed"


HOSTILE: list[Reply] = [
    struct.pack("=I", 0xFFFFFFFF),
    framed(b"{"),
    framed(b"[" * 60_000),
    framed(b"\xff\xfe"),
    framed(b"7"),
    framed(b'{"type": "other"}'),
    framed(b'{"type": "error"}'),
    framed(b'{"type": "auth_message", "auth_message_type": "secret", "auth_message": 7}'),
    message("riddle", "?"),
    message("info", "again"),  # without end
    None,
]


@pytest.mark.parametrize("reply", HOSTILE, ids=range(len(HOSTILE)))
def test_whatever_else_is_said_ends_the_attempt(tmp_path: Path, reply: Reply) -> None:
    def answer(request: dict[str, str]) -> Reply:
        return SUCCESS if request["type"] == "cancel_session" else reply

    with greetd(tmp_path / "g", answer) as served:
        with pytest.raises(Problem) as raised:
            client.log_in(str(served.place), "ada", PROGRAM, Person("x"))
        assert raised.value.code == "greetd" and not served.started()


def test_no_greetd(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="cannot be reached"):
        client.log_in(str(tmp_path / "none"), "ada", PROGRAM, Person())


def entry(name: str, uid: int, shell: str = "/bin/sh", gecos: str = "") -> pwd.struct_passwd:
    return pwd.struct_passwd((name, "x", uid, uid, gecos, "/", shell))


def test_people_are_accounts_of_the_range_with_a_shell(tmp_path: Path) -> None:
    (tmp_path / "defs").write_text("# UID_MIN 5\nUID_MIN\t500\nUID_MAX 700\n")
    (tmp_path / "shells").write_text("# shells\n/bin/sh\n/usr/sbin/nologin\n")
    entries = [
        entry("zoe", 500, gecos="Zoë,Room 1"),
        entry("ada", 700),
        entry("root", 0),
        entry("nobody", 65534),
        entry("daemon", 600, "/usr/sbin/nologin"),
        entry("odd", 601, "/bin/odd"),
        entry("bell\a", 602),
        entry("long", 603, gecos="x" * 500),
        entry("same", 604, ""),
    ]
    found = accounts.people(entries, tmp_path / "defs", tmp_path / "shells")
    assert [tuple(one) for one in found] == [("ada", "ada"), ("long", "long"), ("same", "same"), ("zoe", "Zoë")]
    many = [entry(f"u{number}", 1000 + number) for number in range(200)]
    assert len(accounts.people(many, tmp_path / "none", tmp_path / "none")) == 64


def test_sessions_are_read_as_strangers_write_them(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    first.mkdir()
    second.mkdir()

    def put(folder: Path, name: str, *lines: str) -> None:
        (folder / f"{name}.desktop").write_text("\n".join(["[Desktop Entry]", *lines]))

    put(first, "sway", "Name=Sway", 'Exec="/opt/a b/sway" --x %U 100%%', "DesktopNames=sway;wlr\0;wlroots;")
    put(second, "sway", "Name=Another", "Exec=another")
    put(second, "berth", "Name=Not Berth", "Exec=evil")
    put(second, "hidden", "Name=Hidden", "Exec=x", "Hidden=true")
    put(second, "shell", "Name=Shell", "Exec=x; rm -rf /")
    put(second, "none", "Name=None")
    put(second, "bad name", "Name=Bad", "Exec=x")
    put(second, "bell", "Name=B\aell", "Exec=x")
    put(second, "large", "Name=Large", "Exec=x", "#" * 100_000)
    os.mkfifo(second / "pipe.desktop")
    (second / "loop.desktop").symlink_to("loop.desktop")
    found = sessions.offered((first, second, tmp_path / "none"))
    assert [one.id for one in found] == ["berth", "sway"] and found[0].words[-1] == "--full-screen"
    assert found[1].words == ("/opt/a b/sway", "--x", "100%") and found[1].desktops == ("sway", "wlroots")


@pytest.mark.parametrize("line", ["", "  ", '"open', "a > b", "a $(b)", "a `b`", "a " * 100, '""', "a\\nb", "a'b c'"])
def test_no_command(line: str) -> None:
    assert sessions.command(line) == ()


def test_the_last_login_is_remembered(tmp_path: Path) -> None:
    state = tmp_path / "deep/state"
    assert offers.remembered(state) == ("", "")
    offers.remember(state, "ada", "sway")
    assert offers.remembered(state) == ("ada", "sway") and len(list(state.iterdir())) == 1
    for content in ('["a", 7]', '["a"]', "7", "{", '["a\\u0007", "b"]'):
        (state / "last-login.json").write_text(content)
        assert offers.remembered(state) == ("", "")


def test_the_process_prints_what_is_offered(tmp_path: Path) -> None:
    offers.remember(tmp_path, "ada", "berth")
    command = [sys.executable, "-m", "berth.login.offers", "--state", str(tmp_path)]
    environment = {**os.environ, "LC_ALL": "xx_YY.UTF-8"}  # which is not installed
    said = subprocess.run(command, env=environment, capture_output=True, check=True, timeout=60).stdout
    told = json.loads(said)
    assert told["last"] == ["ada", "berth"] and told["sessions"][0] == ["berth", "Berth"]
