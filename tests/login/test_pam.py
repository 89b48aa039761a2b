"""The part that speaks with PAM, with its real modules."""

from __future__ import annotations

import os
import pwd
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from berth.login import pam
from tests.login.services import PASSWORD, needs_pam, service, telling

pytestmark = needs_pam
USER = pwd.getpwuid(os.getuid()).pw_name


class Person:
    """Answers in order, and keeps what was said."""

    def __init__(self, *answers: str) -> None:
        self._answers = list(answers)
        self.heard: list[tuple[str, str]] = []

    def __call__(self, style: pam.Style, text: str) -> str:
        self.heard.append((style, text))
        return self._answers.pop(0) if style in ("secret", "visible") else ""


def test_the_right_password_and_a_wrong_one(tmp_path: Path) -> None:
    folder = service(tmp_path / "pam")
    person = Person(PASSWORD)
    assert pam.authenticate(USER, person, str(folder)) == "ok"
    assert person.heard == [("secret", "Password: ")]
    assert pam.authenticate(USER, Person(PASSWORD + "x"), str(folder)) == "wrong"
    assert pam.authenticate(USER, Person(""), str(folder)) == "wrong"


def test_what_modules_say_is_heard(tmp_path: Path) -> None:
    folder = tmp_path / "pam"
    service(folder, telling(folder, "Touch the key"), "auth required pam_permit.so")
    person = Person()
    assert pam.authenticate(USER, person, str(folder)) == "ok"
    assert person.heard == [("info", "Touch the key")]


def test_a_module_that_denies_and_one_that_is_missing(tmp_path: Path) -> None:
    assert pam.authenticate(USER, Person(), str(service(tmp_path / "a", "auth required pam_deny.so"))) == "wrong"
    assert pam.authenticate(USER, Person(), str(service(tmp_path / "b", "auth required pam_none_such.so"))) == "failed"


def test_an_error_in_the_conversation_is_no_success(tmp_path: Path) -> None:
    def fails(_style: pam.Style, _text: str) -> str:
        raise RuntimeError("nobody is there")

    assert pam.authenticate(USER, fails, str(service(tmp_path / "pam"))) != "ok"


def test_berths_own_service_goes_before_that_of_logging_in(tmp_path: Path) -> None:
    folder = service(tmp_path / "pam", "auth required pam_deny.so")
    assert pam.service_of(str(folder)) == "login"
    (folder / "berth").write_text("auth required pam_permit.so\n")
    assert pam.service_of(str(folder)) == "berth"
    assert pam.authenticate(USER, Person(), str(folder)) == "ok"


@pytest.mark.parametrize("text", ["", "a\0b", "\ud800"])
def test_strange_answers_are_wrong_ones(tmp_path: Path, text: str) -> None:
    assert pam.authenticate(USER, Person(text), str(service(tmp_path / "pam"))) != "ok"


def test_who_has_given_up_is_not_complained_to() -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.close()
    with theirs:
        command = [sys.executable, "-m", "berth.login", "--fd", str(theirs.fileno()), "--probe"]
        result = subprocess.run(command, pass_fds=[theirs.fileno()], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")
