"""What is said while an image is made."""

from __future__ import annotations

import socket

import pytest

from berth import making
from berth.core import messages as m
from berth.core.lent_terminal import TERMINAL_APP
from berth.link.blocking import BlockingLink
from berth.link.frames import encode


@pytest.mark.parametrize(
    ("request_", "subjects"),
    [
        (m.RunApp("a.b"), {"a.b", TERMINAL_APP}),
        (m.BuildImage("a.b"), {"a.b"}),
        (m.UpdateApp("a.b"), {"a.b"}),
        (m.PullImage(f"some/thing:1@sha256:{'a' * 64}"), {"docker.io/some/thing:1"}),
        (m.PullImage("debian"), {"docker.io/library/debian:latest"}),
        (m.ImportImage("/a//b.tar"), {"/a/b.tar"}),
    ],
)
def test_whose_progress_it_is(request_: m.EngineRequest, subjects: set[str]) -> None:
    assert making.subjects_of(request_) == subjects


def test_what_others_make_is_not_told_nor_an_error_twice(capsys: pytest.CaptureFixture[str]) -> None:
    near, far = socket.socketpair()
    with near, far:
        for message in (
            m.ImageProgress("a.b", "Fetching", 0.5, -1.0),
            m.ImageProgress("/bad.tar", "The archive is damaged.", -1.0, -1.0, finished=True),
            m.ImageProgress("a.b", "The disk is full.", -1.0, -1.0, finished=True),
            m.Reply(1, m.Started("b-123456")),
        ):
            far.sendall(encode(message))
        assert making.result_showing_progress(BlockingLink(near), 1, {"a.b"}) == m.Started("b-123456")
    assert capsys.readouterr().err == "Fetching 50%\n"
