"""The engine's socket: whatever a peer does, the others are served on."""

from __future__ import annotations

import os
import socket
import threading

import pytest

from berth.core import messages as m
from berth.core.problem import Problem
from berth.link.frames import HEADER, encode
from tests.engine.process import WAIT, Caller, EngineProcess, PlayedDisplay
from tests.engine.test_life import SLEEPER


def knock(engine: EngineProcess) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(WAIT)
    connection.connect(str(engine.paths.engine_socket))
    return connection


_NONSENSE = {
    "noise": b"\xff" * 64,
    "http": b"GET / HTTP/1.0\r\n\r\n",
    "huge": HEADER.pack(1 << 31, 0),
    "role": encode(m.Hello("ui")),
    "version": encode(m.Hello("control", 99)),
    "no hello": encode(m.Call(1, m.ListApps())),
    "two hellos": encode(m.Hello("control")) + encode(m.Hello("control")),
    "wrong message": encode(m.Hello("control")) + encode(m.FrameDone(1, 1)),
    "no shell": encode(m.Hello("control")) + encode(m.Reply(1, m.Done())),
}


def test_peer_that_talks_nonsense_is_dropped_and_nobody_else(engine: EngineProcess, caller: Caller) -> None:
    for kind, sent in _NONSENSE.items():
        with knock(engine) as connection:
            connection.sendall(sent)
            assert connection.recv(1000) == b"", kind
        assert caller.call(m.ListInstances()) == m.Instances(()), kind


def test_half_a_frame_harms_nobody(engine: EngineProcess, caller: Caller) -> None:
    with knock(engine) as connection:
        connection.sendall(encode(m.Hello("control")) + HEADER.pack(1000, 0))
        assert caller.call(m.ListInstances()) == m.Instances(())


def test_subscriber_that_does_not_read_is_not_waited_for(engine: EngineProcess, caller: Caller) -> None:
    with knock(engine) as stalled:
        stalled.sendall(encode(m.Hello("control")) + encode(m.Call(1, m.Subscribe())))
        for number in range(2000):
            caller.call(m.PostNotice("info", f"{number} " + "x" * 400))
        assert caller.call(m.ListInstances()) == m.Instances(())


def test_same_number_twice_is_refused(display: PlayedDisplay, caller: Caller) -> None:
    number = caller.begin(m.RunApp("org.example.Needs"))
    caller.event(m.PromptOpened)
    caller.link.send(m.Call(number, m.ListApps()))
    with pytest.raises(Problem) as raised:
        caller.result(number)
    assert raised.value.code == "too-many-calls"
    caller.link.send(m.Cancel(number))
    with pytest.raises(Problem):
        caller.result(number)


def test_cancelling_what_is_not_under_way_is_no_error(caller: Caller) -> None:
    caller.link.send(m.Cancel(77))
    assert caller.call(m.ListInstances()) == m.Instances(())


def test_unknown_instance_is_named(caller: Caller) -> None:
    for request in (
        m.StopInstance("nothing-1"),
        m.GetLogs("nothing-1"),
        m.ExecInInstance("nothing-1", ("ls",)),
        m.StopInstance("../../etc"),
    ):
        with pytest.raises(Problem, match="There is no instance “"):
            caller.call(request)


def test_command_without_streams_is_refused(display: PlayedDisplay, caller: Caller) -> None:
    instance = caller.call(m.RunApp(SLEEPER)).instance
    for command, fds in (((), (0, 0, 0)), (("ls",), ()), (("",), (0, 0, 0))):
        with pytest.raises(Problem) as raised:
            caller.call(m.ExecInInstance(instance, command), fds)
        assert raised.value.code == "bad-request"


def test_exit_code_and_output_of_a_command_come_back(display: PlayedDisplay, caller: Caller) -> None:
    instance = caller.call(m.RunApp(SLEEPER)).instance
    reader, writer = os.pipe()
    null = os.open(os.devnull, os.O_RDONLY)
    result = caller.call(m.ExecInInstance(instance, ("/bin/sh", "-c", "echo said; exit 9")), (null, writer, writer))
    os.close(writer)
    os.close(null)
    with os.fdopen(reader) as output:
        assert (result, output.read()) == (m.Exited(9), "said\n")


def test_state_comes_before_the_reply_to_subscribe(
    engine: EngineProcess, display: PlayedDisplay, caller: Caller
) -> None:
    instance = caller.call(m.RunApp(SLEEPER)).instance
    late = engine.caller()
    kinds = [type(event) for event in late.events]
    assert kinds == [m.AppsChanged, m.InstanceChanged, m.SoundSetting]
    assert isinstance(late.events[1], m.InstanceChanged) and late.events[1].info.instance == instance


# --- the shell


class PlayedShell:
    """Answers what is forwarded, in a thread, as the desktop would."""

    def __init__(self, engine: EngineProcess) -> None:
        self.caller = engine.caller("shell", subscribed=False)
        self.asked: list[m.AnyMessage] = []
        self._thread = threading.Thread(target=self._answer)
        self._thread.start()

    def _answer(self) -> None:
        try:
            while True:
                message, _fds = self.caller.link.receive(WAIT)
                self.asked.append(message)
                if isinstance(message, m.Call) and isinstance(message.request, m.ListWindows):
                    self.caller.link.send(m.Reply(message.call, m.Windows(())))
                elif isinstance(message, m.Call) and isinstance(message.request, m.WindowAction):
                    self.caller.link.send(m.Failure(message.call, m.ProblemInfo("unknown-window", "No such window.")))
        except Problem:
            return

    def join(self) -> None:
        self._thread.join(WAIT)
        assert not self._thread.is_alive()


def test_request_for_the_shell_is_passed_on_and_its_answer_back(engine: EngineProcess, caller: Caller) -> None:
    PlayedShell(engine)
    assert caller.call(m.ListWindows()) == m.Windows(())
    with pytest.raises(Problem, match="No such window"):
        caller.call(m.WindowAction(4711, "focus"))


def test_shell_that_is_just_starting_is_waited_for(engine: EngineProcess, caller: Caller) -> None:
    number = caller.begin(m.ListWindows())
    caller.call(m.ListInstances())
    PlayedShell(engine)
    assert caller.result(number) == m.Windows(())


def test_without_a_shell_the_request_fails_in_words(engine: EngineProcess, caller: Caller) -> None:
    with pytest.raises(Problem) as raised:
        caller.call(m.ListWindows())
    assert raised.value.code == "no-shell"


def test_newest_shell_is_the_shell(engine: EngineProcess, caller: Caller) -> None:
    old = PlayedShell(engine)
    caller.call(m.ListWindows())
    new = PlayedShell(engine)
    old.join()
    assert caller.call(m.ListWindows()) == m.Windows(())
    assert len(new.asked) == 1


def test_shell_that_dies_fails_what_it_was_asked(engine: EngineProcess, caller: Caller) -> None:
    shell = engine.caller("shell", subscribed=False)
    number = caller.begin(m.Screenshot())
    shell.link.receive(WAIT)
    shell.close()
    with pytest.raises(Problem) as raised:
        caller.result(number)
    assert raised.value.code == "no-shell"


def test_giving_up_reaches_the_shell(engine: EngineProcess, caller: Caller) -> None:
    shell = engine.caller("shell", subscribed=False)
    number = caller.begin(m.Screenshot())
    call, _fds = shell.link.receive(WAIT)
    caller.link.send(m.Cancel(number))
    cancel, _fds = shell.link.receive(WAIT)
    assert isinstance(call, m.Call) and cancel == m.Cancel(call.call)
    with pytest.raises(Problem):
        caller.result(number)


def test_notice_waits_for_a_desktop(engine: EngineProcess, caller: Caller) -> None:
    caller.call(m.PostNotice("warning", "The desktop was started again.", "Look here."))
    assert caller.event(m.Notice).message == "The desktop was started again."
    shell = engine.caller("shell")
    assert m.Notice("warning", "The desktop was started again.", "Look here.") in shell.events
    again = engine.caller("shell")
    assert not any(isinstance(event, m.Notice) for event in again.events)
