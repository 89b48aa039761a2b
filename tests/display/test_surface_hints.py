"""Alpha modifier, content type and tearing control: small state that a surface gets through an object of its own."""

from __future__ import annotations

from typing import Any

import pytest
from pywayland.protocol.alpha_modifier_v1 import WpAlphaModifierSurfaceV1, WpAlphaModifierV1
from pywayland.protocol.content_type_v1 import WpContentTypeManagerV1, WpContentTypeV1
from pywayland.protocol.tearing_control_v1 import WpTearingControlManagerV1

from tests.display.client import ClientError, Object
from tests.display.conftest import Display
from tests.display.shapes import App, Window
from tests.display.ui import FakeUi


class Shown:
    """A mapped window, and its surface as the ui has it."""

    def __init__(self, display: Display, name: str = "a") -> None:
        self.ui: FakeUi = display.ui()
        self.app: App = display.app(display.instance(name))
        self.window = Window(self.app)
        self.ui.until(lambda: any(window.mapped for window in self.ui.windows.values()))
        self.number = next(iter(self.ui.windows.values())).surface

    def commit(self) -> None:
        self.window.surface.commit()
        self.settle()

    def settle(self) -> None:
        for _ in range(2):
            self.app.roundtrip()
            self.ui.settle()

    def get(self, field: str) -> object:
        return getattr(self.ui.states[self.number], field)


def test_alpha(display: Display) -> None:
    shown = Shown(display)
    modifier = shown.app.bind(WpAlphaModifierV1).get_surface(shown.window.surface)
    modifier.set_multiplier(0x80000000)
    shown.settle()
    assert shown.get("alpha") == 1.0
    shown.commit()
    assert shown.get("alpha") == pytest.approx(0.5)
    modifier.destroy()
    shown.settle()
    assert shown.get("alpha") == pytest.approx(0.5)
    shown.commit()
    assert shown.get("alpha") == 1.0


def test_alpha_comes_with_a_synchronised_subsurface(display: Display) -> None:
    shown = Shown(display)
    child = shown.app.surface()
    shown.app.subcompositor.get_subsurface(child, shown.window.surface)
    modifier = shown.app.bind(WpAlphaModifierV1).get_surface(child)
    modifier.set_multiplier(0)
    shown.app.show(child, shown.app.pixels(10, 10))
    modifier.set_multiplier(0x40000000)
    child.commit()
    shown.commit()
    assert shown.ui.states[max(shown.ui.surfaces)].alpha == pytest.approx(0.25)


def test_content_types(display: Display) -> None:
    shown = Shown(display)
    content = shown.app.bind(WpContentTypeManagerV1).get_surface_content_type(shown.window.surface)
    content.set_content_type(WpContentTypeV1.type.game)
    shown.settle()
    assert shown.get("content_type") == 0
    shown.commit()
    assert shown.get("content_type") == 3
    content.set_content_type(77)
    shown.commit()
    assert shown.get("content_type") == 0
    content.set_content_type(WpContentTypeV1.type.video)
    shown.commit()
    content.destroy()
    shown.commit()
    assert shown.get("content_type") == 0


def test_tearing_is_a_hint(display: Display) -> None:
    shown = Shown(display)
    control = shown.app.bind(WpTearingControlManagerV1).get_tearing_control(shown.window.surface)
    for hint in (1, 0, 55):
        control.set_presentation_hint(hint)
        shown.commit()
    control.destroy()
    shown.commit()


_KINDS = [
    (WpAlphaModifierV1, "get_surface", "set_multiplier", WpAlphaModifierV1.error.already_constructed),
    (
        WpContentTypeManagerV1,
        "get_surface_content_type",
        "set_content_type",
        WpContentTypeManagerV1.error.already_constructed,
    ),
    (
        WpTearingControlManagerV1,
        "get_tearing_control",
        "set_presentation_hint",
        WpTearingControlManagerV1.error.tearing_control_exists,
    ),
]


@pytest.mark.parametrize(("manager", "get", "_set", "code"), _KINDS)
def test_one_object_for_each_surface(display: Display, manager: Any, get: str, _set: str, code: int) -> None:
    app = display.app()
    surface = app.surface()
    bound = app.bind(manager)
    first: Object = getattr(bound, get)(surface)
    first.destroy()
    getattr(bound, get)(surface)
    app.roundtrip()
    getattr(bound, get)(surface)
    with pytest.raises(ClientError) as raised:
        app.roundtrip()
    assert (raised.value.interface, raised.value.code) == (manager.name, int(code))


@pytest.mark.parametrize(("manager", "get", "set_", "_code"), _KINDS[1:])
def test_hints_for_a_surface_that_is_gone_do_nothing(
    display: Display, manager: Any, get: str, set_: str, _code: int
) -> None:
    app = display.app()
    surface = app.surface()
    bound = app.bind(manager)
    made: Object = getattr(bound, get)(surface)
    bound.destroy()
    surface.destroy()
    getattr(made, set_)(1)
    made.destroy()
    app.roundtrip()


def test_alpha_needs_a_surface(display: Display) -> None:
    app = display.app()
    surface = app.surface()
    modifier = app.bind(WpAlphaModifierV1).get_surface(surface)
    surface.destroy()
    modifier.set_multiplier(1)
    with pytest.raises(ClientError) as raised:
        app.roundtrip()
    assert raised.value.code == int(WpAlphaModifierSurfaceV1.error.no_surface)
