"""The hand-made request is the one the real encoder would have made."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from berth import early
from berth.core.messages import AnyMessage, Call, Failure, Hello, ProblemInfo, Reply, RunApp, Started
from berth.core.paths import session_paths
from berth.link.frames import FrameReader, encode

texts = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=300)


def received(connection: socket.socket) -> list[AnyMessage]:
    return [message for message, _fds in FrameReader().feed(connection.recv(1 << 20))]


@given(app=texts, arguments=st.lists(texts, max_size=40))
def test_hand_made_frame_is_understood(app: str, arguments: list[str]) -> None:
    frame = early._frame(["Call", 1, ["RunApp", app, arguments, "window"]])
    [(message, _fds)] = FrameReader().feed(frame)
    assert message == Call(1, RunApp(app, tuple(arguments), "window"))


@pytest.mark.parametrize("name", ["default", "a-name-2"])
def test_sends_to_the_session_of_that_name(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    path = session_paths(name, os.environ, os.getuid()).engine_socket
    path.parent.mkdir()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen()
        words = [] if name == "default" else ["--name", name]
        sent = early.request_run([*words, "run", "app", "--wait", "window", "--", "-x", "--wait"])
        assert sent is not None
        accepted, _address = listening.accept()
        with accepted:
            sent.close()
            expected = Call(1, RunApp("app", ("-x", "--wait"), "window"))
            assert received(accepted) == [Hello("control"), expected]


@pytest.mark.parametrize("instance", ["foot-3f9a2c", "a", "x" * 31])
def test_the_usual_answer_is_read_and_left_in_place(instance: str) -> None:
    mine, engine = socket.socketpair()
    with mine, engine:
        engine.sendall(encode(Reply(1, Started(instance))))
        assert early.started_instance(mine) == instance
        assert received(mine) == [Reply(1, Started(instance))]


@pytest.mark.parametrize(
    "answer",
    [
        encode(Failure(1, ProblemInfo("app-unknown", "There is no such app."))),
        encode(Reply(1, Started("x" * 40))),
        encode(Reply(2, Started("foot-3f9a2c"))),
        encode(Reply(1, Started("foot-3f9a2c"))) + b"more",
        b"",
        b"\xff" * 64,
    ],
)
def test_every_other_answer_is_for_the_ordinary_path(answer: bytes) -> None:
    mine, engine = socket.socketpair()
    with mine:
        engine.sendall(answer)
        engine.close()
        assert early.started_instance(mine) is None


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["ps"],
        ["run"],
        ["run", "--help"],
        ["run", "a", "--json"],
        ["--name", "../x", "run", "a"],
        ["--", "run", "a"],
    ],
)
def test_leaves_everything_else_alone(arguments: list[str]) -> None:
    assert early.request_run(arguments) is None


def test_loads_nothing_heavy() -> None:
    code = "import sys; before = set(sys.modules); import berth.early; print(len(set(sys.modules) - before))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(result.stdout) <= 4
