"""Permissions that the display server gives: asked about in time, told to it, and taken back."""

from __future__ import annotations

from berth.core import messages as m
from tests.engine.process import Caller, EngineProcess, PlayedDisplay

PANEL, RECORDER = "org.example.Panel", "org.example.Recorder"


def asked_on_connection(display: PlayedDisplay, caller: Caller) -> tuple[str, m.PromptInfo]:
    instance: str = caller.call(m.RunApp(PANEL)).instance
    assert display.expect(m.ListenInstance).granted == ()
    display.connect(instance)
    return instance, caller.event(m.PromptOpened, lambda event: event.info.instance == instance).info


def test_question_comes_with_the_connection_as_a_hidden_protocol_has_no_first_use(
    display: PlayedDisplay, caller: Caller
) -> None:
    instance, asked = asked_on_connection(display, caller)
    assert (asked.permission, asked.reason) == ("window-list", "To list windows.")
    assert caller.call(m.ListPrompts()).prompts == (asked,)
    display.connect(instance, 2)
    display.map(instance)
    other = caller.event(m.PromptOpened).info
    assert other.permission == "network"
    assert caller.call(m.ListPrompts()).prompts == (asked, other)


def test_answer_reaches_the_display_server_and_network_does_not_concern_it(
    display: PlayedDisplay, caller: Caller
) -> None:
    instance, asked = asked_on_connection(display, caller)
    display.map(instance)
    network = caller.event(m.PromptOpened).info
    caller.call(m.AnswerPrompt(network.prompt, True, "once"))
    caller.call(m.AnswerPrompt(asked.prompt, True, "once"))
    assert display.expect(m.FilterGlobals) == m.FilterGlobals(instance, (), ("window-list",))


def test_once_holds_for_this_run_alone(display: PlayedDisplay, caller: Caller) -> None:
    _instance, asked = asked_on_connection(display, caller)
    caller.call(m.AnswerPrompt(asked.prompt, True, "once"))
    display.expect(m.FilterGlobals)
    asked_on_connection(display, caller)


def test_lasting_answer_holds_from_the_next_start_until_it_is_taken_back(
    display: PlayedDisplay, caller: Caller
) -> None:
    first, asked = asked_on_connection(display, caller)
    caller.call(m.AnswerPrompt(asked.prompt, True, "always"))
    assert display.expect(m.FilterGlobals).instance == first
    second = caller.call(m.RunApp(PANEL)).instance
    assert display.expect(m.ListenInstance) == m.ListenInstance(second, PANEL, (), ("window-list",))
    caller.call(m.SetPermission(PANEL, "window-list", "deny"))
    taken = {display.expect(m.FilterGlobals) for _ in range(2)}
    assert taken == {m.FilterGlobals(first, (), ()), m.FilterGlobals(second, (), ())}


def test_denied_is_neither_given_nor_asked_again(display: PlayedDisplay, caller: Caller) -> None:
    instance, asked = asked_on_connection(display, caller)
    caller.call(m.AnswerPrompt(asked.prompt, False, "once"))
    display.connect(instance, 0)
    display.connect(instance, 1)
    caller.call(m.SetPermission(PANEL, "window-list", "allow"))
    # The first that the display server hears of it: the denial itself changed nothing.
    assert display.expect(m.FilterGlobals).granted == ("window-list",)
    assert caller.call(m.ListPrompts()).prompts == ()


def test_required_is_asked_before_the_start_and_there_from_its_beginning(
    display: PlayedDisplay, caller: Caller
) -> None:
    number = caller.begin(m.RunApp(RECORDER))
    asked = caller.event(m.PromptOpened).info
    assert asked.permission == "screen-capture"
    caller.call(m.AnswerPrompt(asked.prompt, True, "once"))
    assert caller.result(number) == m.Started(asked.instance)
    assert display.expect(m.ListenInstance).granted == ("screen-capture",)


def test_new_display_server_is_told_again(engine: EngineProcess, display: PlayedDisplay, caller: Caller) -> None:
    instance, asked = asked_on_connection(display, caller)
    caller.call(m.AnswerPrompt(asked.prompt, True, "once"))
    display.expect(m.FilterGlobals)
    display.close()
    assert engine.display().expect(m.ListenInstance) == m.ListenInstance(instance, PANEL, (), ("window-list",))


def test_new_engine_corrects_what_the_display_server_remembers(
    engine: EngineProcess, display: PlayedDisplay, caller: Caller
) -> None:
    instance, asked = asked_on_connection(display, caller)
    caller.call(m.AnswerPrompt(asked.prompt, True, "once"))
    display.expect(m.FilterGlobals)
    engine.restart()
    assert engine.display(instance).expect(m.FilterGlobals) == m.FilterGlobals(instance, (), ("window-list",))
