"""The conversations on display.sock themselves: who may say what, and when."""

from __future__ import annotations

import os
import signal
import socket

import pytest

from berth.core import messages as m
from berth.core.problem import Problem
from berth.link.blocking import BlockingLink
from tests.display.conftest import Display
from tests.display.shapes import Window


def refused(display: Display, hello: m.AnyMessage) -> m.ProblemInfo:
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(os.fspath(display.socket))
    link = BlockingLink(connection)
    link.send(hello)
    answer, _fds = link.receive(10)
    with pytest.raises(Problem, match="lost"):
        link.receive(10)
    link.close()
    assert isinstance(answer, m.ProblemInfo)
    return answer


def test_another_version_is_refused_with_words(display: Display) -> None:
    problem = refused(display, m.Hello("ui", m.PROTOCOL_VERSION + 1))
    assert problem.code == "version-mismatch"
    assert problem.hint


def test_roles_of_another_socket(display: Display) -> None:
    assert refused(display, m.Hello("control")).code == "wrong-socket"


def test_a_message_before_the_greeting(display: Display) -> None:
    assert refused(display, m.FrameDone(1, 1)).code == "no-hello"


def test_noise_closes_the_connection_only(display: Display) -> None:
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(os.fspath(display.socket))
    connection.sendall(b"GET / HTTP/1.1\r\n\r\n")
    received = b""
    while data := connection.recv(4096):
        received += data
    assert b"oversized" in received
    connection.close()
    display.ui()


def test_engine_learns_what_goes_on(display: Display) -> None:
    app = display.app()
    display.until_engine(m.InstanceConnections, instance="a", clients=1)
    ui = display.ui()
    window = Window(app)
    display.until_engine(m.InstanceMapped, instance="a", windows=1)
    second = Window(app)
    display.until_engine(m.InstanceMapped, instance="a", windows=2)
    second.toplevel.destroy()
    second.xdg.destroy()
    app.roundtrip()
    ui.until(lambda: len(ui.windows) == 1)
    app.close()
    display.until_engine(m.InstanceMapped, instance="a", windows=0)
    display.until_engine(m.InstanceConnections, instance="a", clients=0)
    assert window.surface


def test_a_new_engine_finds_the_instances(display: Display) -> None:
    app = display.app()
    display.ui()
    Window(app)
    display.instance("b")
    display.until_engine(m.InstanceMapped, instance="a", windows=1)
    successor = BlockingLink.connect(display.socket, m.Hello("engine"))
    received = [successor.receive(10)[0] for _ in range(3)]
    assert received[0] == m.KnownInstances(("a", "b"))
    assert m.InstanceConnections("a", 1) in received
    assert m.InstanceMapped("a", 1) in received
    with pytest.raises(Problem, match="lost"):
        while True:
            display.engine.receive(10)
    successor.send(m.ForgetInstance("b"))
    successor.close()
    app.roundtrip()


def test_listening_again_keeps_the_clients(display: Display) -> None:
    app = display.app()
    path = display.directory / "again"
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(os.fspath(path))
    listener.listen()
    display.engine.send(m.ListenInstance("a", "org.example.a", ("wp_viewporter",)), [listener.fileno()])
    listener.close()
    app.until(lambda: "wp_viewporter" not in app.globals)
    display.app(path)
    display.until_engine(m.InstanceConnections, instance="a", clients=2)


def test_misplaced_messages_are_ignored(display: Display) -> None:
    ui = display.ui()
    ui.send(m.ForgetInstance("a"), m.SceneReset(), m.FrameDone(99, 1), m.Configure(7, 1, 2, 3, ()), m.CloseWindow(7))
    ui.send(m.PointerMotion(77, 1, 1, 1), m.KeyboardFocus(77), m.DismissPopup(7), m.Placement(7, 0, 0, 0, 0, 0))
    ui.settle()
    display.engine.send(m.ListenInstance("x", "y"))
    display.engine.send(m.FrameDone(1, 1))
    ui.settle()
    assert display.process.poll() is None


def test_sigterm_leaves_the_sockets_usable(display: Display) -> None:
    """A successor is started on the same listening socket; see the fixture for the exit code."""
    display.ui()
    display.app()
    os.kill(display.process.pid, signal.SIGTERM)
    assert display.process.wait(10) == 0
