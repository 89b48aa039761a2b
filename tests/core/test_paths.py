"""Names and places of sessions."""

from __future__ import annotations

from pathlib import Path

import pytest

from berth.core.paths import session_paths
from berth.core.problem import Problem


def test_default_session_lives_in_the_usual_places() -> None:
    paths = session_paths("default", {"XDG_RUNTIME_DIR": "/run/user/7", "HOME": "/home/x"}, 7)
    assert paths.runtime == Path("/run/user/7/berth")
    assert paths.state == Path("/home/x/.local/share/berth")
    assert paths.images == Path("/home/x/.local/share/berth/images")
    assert paths.display_socket == Path("/run/user/7/berth/display.sock")
    assert paths.engine_socket == Path("/run/user/7/berth/engine.sock")
    assert paths.session_file == Path("/run/user/7/berth/session.json")
    assert paths.lock_file == Path("/run/user/7/berth/session.lock")
    assert paths.instances == Path("/run/user/7/berth/instances")
    assert paths.logs == Path("/run/user/7/berth/logs")
    assert paths.apps == Path("/home/x/.local/share/berth/apps")


def test_named_session_shares_only_the_images() -> None:
    environment = {"XDG_RUNTIME_DIR": "/run/user/7", "XDG_DATA_HOME": "/data"}
    one, two = (session_paths(name, environment, 7) for name in ("default", "test-1"))
    assert one.images == two.images == Path("/data/berth/images")
    assert two.runtime == Path("/run/user/7/berth-test-1")
    assert two.state == Path("/data/berth/sessions/test-1")


def test_machine_without_a_runtime_directory_gets_one_of_the_user() -> None:
    assert session_paths("default", {"HOME": "/home/x"}, 7).runtime == Path("/tmp/berth-runtime-7/berth")


@pytest.mark.parametrize("name", ["", "-x", "A", "a/b", "..", "a" * 32, "a b", "ä"])
def test_names_that_are_no_names_are_refused(name: str) -> None:
    with pytest.raises(Problem, match="cannot name a session"):
        session_paths(name, {"HOME": "/home/x"}, 7)


def test_problem_reads_as_one_sentence_and_a_hint() -> None:
    assert str(Problem("code", "It broke.", "Mend it.")) == "It broke. Mend it."
    assert str(Problem("code", "It broke.")) == "It broke."
