"""What an app asks for, what the user answers, and how long that holds."""

from __future__ import annotations

import pytest

from berth.core import messages as m
from berth.core.problem import Problem
from tests.engine.process import Caller, EngineProcess, PlayedDisplay
from tests.engine.test_life import inside
from tests.session.desktop import wait_until

ASKS, NEEDS = "org.example.Asks", "org.example.Needs"


def interfaces(caller: Caller, instance: str) -> set[str]:
    table = inside(caller, instance, "/bin/cat", "/proc/net/dev")
    return {line.split(":")[0].strip() for line in table.splitlines() if ":" in line} - {"lo"}


def started_and_asking(display: PlayedDisplay, caller: Caller) -> tuple[str, m.PromptInfo]:
    instance: str = caller.call(m.RunApp(ASKS)).instance
    display.expect(m.ListenInstance)
    inside(caller, instance, "/bin/true")  # its namespaces exist, as they do when a real app shows a window
    display.map(instance)
    return instance, caller.event(m.PromptOpened, lambda event: event.info.instance == instance).info


def has_network(caller: Caller, instance: str) -> bool:
    """What the engine tells, which the container agrees with: a network of the start comes up beside the app."""
    infos = {info.instance: info for info in caller.call(m.ListInstances()).instances}
    told = bool(infos[instance].network)
    wait_until(lambda: bool(interfaces(caller, instance)) == told, f"the network to be as told: {told}")
    return told


def test_question_comes_with_the_first_window_and_says_who_asks_for_what(
    display: PlayedDisplay, caller: Caller
) -> None:
    instance = caller.call(m.RunApp(ASKS)).instance
    assert caller.call(m.ListPrompts()).prompts == ()
    display.expect(m.ListenInstance)
    display.map(instance)
    asked = caller.event(m.PromptOpened).info
    assert (asked.app, asked.name, asked.instance, asked.permission, asked.reason) == (
        ASKS,
        "Asks",
        instance,
        "network",
        "To look things up.",
    )
    assert asked.image.startswith("sha256:") and asked.publisher
    assert caller.call(m.ListPrompts()).prompts == (asked,)
    assert not has_network(caller, instance)
    display.map(instance, 2)
    assert caller.call(m.ListPrompts()).prompts == (asked,)


def test_allowed_once_gives_network_to_this_run_alone(display: PlayedDisplay, caller: Caller) -> None:
    instance, asked = started_and_asking(display, caller)
    caller.call(m.AnswerPrompt(asked.prompt, True, "once"))
    caller.event(m.InstanceChanged, lambda event: event.info.network)
    assert has_network(caller, instance)
    assert caller.event(m.PromptClosed).prompt == asked.prompt
    caller.call(m.StopInstance(instance))
    again, _asked = started_and_asking(display, caller)
    assert not has_network(caller, again)


def test_denied_app_runs_on_without_network_and_is_not_asked_again(display: PlayedDisplay, caller: Caller) -> None:
    instance, asked = started_and_asking(display, caller)
    caller.call(m.AnswerPrompt(asked.prompt, False, "once"))
    assert caller.call(m.ListPrompts()).prompts == ()
    display.map(instance, 0)
    display.map(instance, 1)
    caller.event(m.InstanceChanged, lambda event: event.info.windows == 1)
    assert caller.call(m.ListPrompts()).prompts == ()
    assert not has_network(caller, instance)


def test_session_holds_until_the_session_ends(engine: EngineProcess, display: PlayedDisplay, caller: Caller) -> None:
    instance, asked = started_and_asking(display, caller)
    caller.call(m.AnswerPrompt(asked.prompt, True, "session"))
    second = caller.call(m.RunApp(ASKS)).instance
    caller.event(m.InstanceChanged, lambda event: event.info.instance == second and event.info.network)
    wait_until(lambda: interfaces(caller, second), "the network, which comes up beside the app")
    engine.restart()
    display, caller = engine.display(instance, second), engine.caller()
    third = caller.call(m.RunApp(ASKS)).instance
    caller.event(m.InstanceChanged, lambda event: event.info.instance == third and event.info.network)


def test_always_is_listed_and_can_be_taken_back_from_running_apps(display: PlayedDisplay, caller: Caller) -> None:
    instance, asked = started_and_asking(display, caller)
    caller.call(m.AnswerPrompt(asked.prompt, True, "always"))
    caller.event(m.InstanceChanged, lambda event: event.info.network)
    listed = caller.call(m.GetPermissions(ASKS)).permissions
    assert listed == (m.PermissionInfo("network", "To look things up.", False, "allow", "always"),)
    caller.events.clear()
    caller.call(m.SetPermission(ASKS, "network", "deny"))
    caller.event(m.InstanceChanged, lambda event: not event.info.network)
    assert not has_network(caller, instance)
    caller.call(m.SetPermission(ASKS, "network", "allow"))
    caller.event(m.InstanceChanged, lambda event: event.info.network)
    assert has_network(caller, instance)
    caller.call(m.SetPermission(ASKS, "network", "ask"))
    assert caller.call(m.GetPermissions(ASKS)).permissions[0].decision == "ask"


def test_always_denied_is_never_asked(display: PlayedDisplay, caller: Caller) -> None:
    caller.call(m.SetPermission(ASKS, "network", "deny"))
    instance = caller.call(m.RunApp(ASKS)).instance
    display.expect(m.ListenInstance)
    display.map(instance)
    caller.event(m.InstanceChanged, lambda event: event.info.windows == 1)
    assert caller.call(m.ListPrompts()).prompts == ()


def test_lasting_answer_settles_the_same_question_of_other_instances(display: PlayedDisplay, caller: Caller) -> None:
    _first, asked = started_and_asking(display, caller)
    second, _other = started_and_asking(display, caller)
    caller.call(m.AnswerPrompt(asked.prompt, True, "always"))
    assert caller.call(m.ListPrompts()).prompts == ()
    caller.event(m.InstanceChanged, lambda event: event.info.instance == second and event.info.network)


def test_required_permission_is_asked_before_anything_exists(
    engine: EngineProcess, display: PlayedDisplay, caller: Caller
) -> None:
    number = caller.begin(m.RunApp(NEEDS))
    asked = caller.event(m.PromptOpened).info
    info = caller.call(m.ListInstances()).instances[0]
    assert (info.instance, info.state, info.pid) == (asked.instance, "asking", 0)
    assert not (engine.paths.instances / asked.instance).exists()
    caller.call(m.AnswerPrompt(asked.prompt, True, "always"))
    assert caller.result(number) == m.Started(asked.instance)
    caller.event(m.InstanceChanged, lambda event: event.info.network)
    assert has_network(caller, asked.instance)


def test_denied_required_permission_prevents_the_start_and_says_how_to_change_it(
    display: PlayedDisplay, caller: Caller
) -> None:
    number = caller.begin(m.RunApp(NEEDS))
    asked = caller.event(m.PromptOpened).info
    caller.call(m.AnswerPrompt(asked.prompt, False, "always"))
    with pytest.raises(Problem, match="cannot run unless it may use the network") as raised:
        caller.result(number)
    assert f"berth permissions {NEEDS} network" in raised.value.hint
    with pytest.raises(Problem, match="cannot run unless"):
        caller.call(m.RunApp(NEEDS))
    assert caller.call(m.ListInstances()).instances == ()


def test_deciding_elsewhere_closes_the_question_and_lets_the_start_go_on(
    display: PlayedDisplay, caller: Caller
) -> None:
    number = caller.begin(m.RunApp(NEEDS))
    asked = caller.event(m.PromptOpened).info
    caller.call(m.SetPermission(NEEDS, "network", "allow"))
    assert caller.result(number) == m.Started(asked.instance)


def test_giving_up_the_start_withdraws_its_question(display: PlayedDisplay, caller: Caller) -> None:
    number = caller.begin(m.RunApp(NEEDS))
    asked = caller.event(m.PromptOpened).info
    caller.link.send(m.Cancel(number))
    with pytest.raises(Problem) as raised:
        caller.result(number)
    assert raised.value.code == "cancelled"
    assert caller.event(m.PromptClosed).prompt == asked.prompt
    caller.event(m.InstanceEnded)
    assert caller.call(m.ListInstances()).instances == ()


def test_caller_that_vanishes_gives_up_its_start(engine: EngineProcess, display: PlayedDisplay, caller: Caller) -> None:
    other = engine.caller(subscribed=False)
    other.begin(m.RunApp(NEEDS))
    asked = caller.event(m.PromptOpened).info
    other.close()
    assert caller.event(m.PromptClosed).prompt == asked.prompt


def test_desktop_that_crashes_does_not_give_up_what_the_user_started(
    engine: EngineProcess, display: PlayedDisplay, caller: Caller
) -> None:
    shell = engine.caller("shell")
    shell.begin(m.RunApp(NEEDS))
    asked = caller.event(m.PromptOpened).info
    shell.close()
    caller.call(m.AnswerPrompt(asked.prompt, True, "once"))
    caller.state(asked.instance, "starting")


def test_question_ends_with_its_app(display: PlayedDisplay, caller: Caller) -> None:
    instance, asked = started_and_asking(display, caller)
    caller.call(m.StopInstance(instance))
    assert caller.event(m.PromptClosed).prompt == asked.prompt
    with pytest.raises(Problem, match="answered or withdrawn already"):
        caller.call(m.AnswerPrompt(asked.prompt, True))


def test_pestering_is_cut_short(display: PlayedDisplay, caller: Caller) -> None:
    for _ in range(3):
        number = caller.begin(m.RunApp(NEEDS))
        asked = caller.event(m.PromptOpened).info
        caller.call(m.AnswerPrompt(asked.prompt, False, "once"))
        with pytest.raises(Problem, match="denied"):
            caller.result(number)
    with pytest.raises(Problem, match="denied"):
        caller.call(m.RunApp(NEEDS))
    assert not any(isinstance(event, m.PromptOpened) for event in caller.events)


def test_nonsense_is_refused(caller: Caller) -> None:
    for request, code in (
        (m.AnswerPrompt("p999", True), "unknown-prompt"),
        (m.GetPermissions("org.example.None"), "unknown-app"),
        (m.SetPermission(ASKS, "camera", "allow"), "unknown-permission"),
        (m.SetPermission("org.example.Sleeper", "network", "allow"), "permission-undeclared"),
    ):
        with pytest.raises(Problem) as raised:
            caller.call(request)
        assert raised.value.code == code
