"""wp_security_context: connections of apps in a sandbox inside an instance are labelled, and have no privileges."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from pywayland.protocol.security_context_v1 import WpSecurityContextManagerV1

from berth.core import messages as m
from berth.core.permissions import SCREEN_CAPTURE
from berth.display.screencopy import ZwlrScreencopyManagerV1
from berth.display.security_context import MAX_LISTENERS
from tests.display.client import ClientError, Object
from tests.display.conftest import Display
from tests.display.shapes import App, Window


class Engine:
    """A sandbox engine with one context that is not committed yet."""

    def __init__(self, display: Display, app: App) -> None:
        self.app = app
        self.path: Path = display.directory / "inner"
        self.listening = socket.socket(socket.AF_UNIX)
        self.listening.bind(str(self.path))
        self.listening.listen()
        self.ours, theirs = os.pipe()
        self.manager = app.bind(WpSecurityContextManagerV1)
        self.context: Object = self.manager.create_listener(self.listening.fileno(), theirs)
        app.flush()
        os.close(theirs)

    def commit(self) -> Engine:
        self.context.set_sandbox_engine("org.flatpak")
        self.context.set_app_id("org.example.Inner")
        self.context.set_instance_id("1")
        self.context.commit()
        self.context.destroy()
        self.app.roundtrip()
        return self

    def hang_up(self) -> None:
        os.close(self.ours)
        self.ours = -1

    def close(self) -> None:
        self.listening.close()
        if self.ours >= 0:
            self.hang_up()


@pytest.fixture
def engine(display: Display) -> Engine:
    made = Engine(display, display.app(display.instance(granted=(SCREEN_CAPTURE,))))
    yield made  # type: ignore[misc]
    made.close()


def test_connection_is_the_instances_but_labelled_and_without_privileges(display: Display, engine: Engine) -> None:
    ui = display.ui()
    engine.commit()
    inner = display.app(engine.path)
    Window(inner)
    ui.until(lambda: ui.windows and ui.windows[1].mapped)
    assert (ui.windows[1].instance, ui.windows[1].sandbox) == ("a", "org.example.Inner")
    Window(engine.app)
    ui.until(lambda: 2 in ui.windows)
    assert ui.windows[2].sandbox == ""
    assert WpSecurityContextManagerV1.name not in inner.globals
    assert ZwlrScreencopyManagerV1.name in engine.app.globals and ZwlrScreencopyManagerV1.name not in inner.globals
    display.grant()
    engine.app.until(lambda: ZwlrScreencopyManagerV1.name not in engine.app.globals)
    display.grant(SCREEN_CAPTURE)
    engine.app.until(lambda: ZwlrScreencopyManagerV1.name in engine.app.globals)
    inner.roundtrip()
    assert not [event for event in inner.registry.events if event.arguments[1:2] == (ZwlrScreencopyManagerV1.name,)]
    for name, interface in (
        (engine.app.globals[ZwlrScreencopyManagerV1.name][0], ZwlrScreencopyManagerV1),
        (engine.app.globals[WpSecurityContextManagerV1.name][0], WpSecurityContextManagerV1),
    ):
        other = display.app(engine.path)
        other.bind_name(name, interface, 1)
        with pytest.raises(ClientError):
            other.roundtrip()


def test_listening_outlives_the_engines_connection_and_ends_with_its_descriptor(
    display: Display, engine: Engine
) -> None:
    engine.commit()
    engine.app.close()
    display.until_engine(m.InstanceConnections, instance="a", clients=0)
    inner = display.app(engine.path)
    engine.listening.close()
    engine.hang_up()
    while connects(engine.path):
        inner.roundtrip()
    inner.roundtrip()


def test_context_that_was_never_committed_accepts_nobody(display: Display, engine: Engine) -> None:
    engine.context.destroy()
    engine.app.roundtrip()
    engine.listening.close()
    assert not connects(engine.path)


@pytest.mark.parametrize("first", ["committed", "open"])
def test_each_context_takes_descriptors_so_there_is_an_end(display: Display, engine: Engine, first: str) -> None:
    if first == "committed":
        engine.context.commit()
    for _ in range(MAX_LISTENERS - 1):
        engine.manager.create_listener(engine.listening.fileno(), engine.ours)
    engine.app.roundtrip()
    others = display.app(display.directory / "wayland-a")
    others.bind(WpSecurityContextManagerV1).create_listener(engine.listening.fileno(), engine.ours)
    with pytest.raises(ClientError, match="more than 64 security contexts"):
        others.roundtrip()
    engine.app.close()
    again = display.app(display.directory / "wayland-a")
    again.bind(WpSecurityContextManagerV1).create_listener(engine.listening.fileno(), engine.ours)
    again.roundtrip()


def connects(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as connection:
        return connection.connect_ex(str(path)) == 0


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (lambda context: context.set_sandbox_engine("again"), 1),
        (lambda context: context.set_app_id("again"), 1),
        (lambda context: context.set_instance_id("again"), 1),
        (lambda context: context.commit(), 1),
    ],
)
def test_committed_context_is_final(
    display: Display, engine: Engine, wrong: Callable[[Object], None], code: int
) -> None:
    engine.context.commit()
    wrong(engine.context)
    with pytest.raises(ClientError) as raised:
        engine.app.roundtrip()
    assert (raised.value.interface, raised.value.code) == ("wp_security_context_v1", code)


@pytest.mark.parametrize("request_", ["set_sandbox_engine", "set_app_id", "set_instance_id"])
def test_each_part_is_set_once_and_short(display: Display, engine: Engine, request_: str) -> None:
    getattr(engine.context, request_)("x")
    getattr(engine.context, request_)("y")
    with pytest.raises(ClientError) as raised:
        engine.app.roundtrip()
    assert (raised.value.interface, raised.value.code) == ("wp_security_context_v1", 2)
    app = display.app(display.directory / "wayland-a")
    context = app.bind(WpSecurityContextManagerV1).create_listener(engine.listening.fileno(), engine.ours)
    getattr(context, request_)("x" * 300)
    with pytest.raises(ClientError) as raised:
        app.roundtrip()
    assert raised.value.code == 3


def test_what_does_not_listen_is_refused(display: Display, engine: Engine) -> None:
    with socket.socket(socket.AF_UNIX) as idle:
        for fd in (engine.ours, idle.fileno()):
            app = display.app(display.directory / "wayland-a")
            app.bind(WpSecurityContextManagerV1).create_listener(fd, engine.ours)
            with pytest.raises(ClientError) as raised:
                app.roundtrip()
            assert (raised.value.interface, raised.value.code) == ("wp_security_context_manager_v1", 1)
