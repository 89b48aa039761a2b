"""wp_color_management_v1 and wp_color_representation_v1: sRGB, and no promises beyond it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pywayland.protocol import color_management_v1 as cm
from pywayland.protocol import color_representation_v1 as cr
from pywayland.protocol import wayland

from berth.core import messages as m
from tests.display.client import ClientError, Object
from tests.display.conftest import Display
from tests.display.shapes import App, Window

_GAMMA22 = int(cm.WpColorManagerV1.transfer_function.gamma22)
_SRGB = int(cm.WpColorManagerV1.primaries.srgb)


class Colours:
    def __init__(self, display: Display, version: int = 0) -> None:
        self.app: App = display.app()
        self.manager = self.app.bind(cm.WpColorManagerV1, version)
        self.surface = self.app.surface()
        self.app.roundtrip()

    def creator(self, primaries: bool = True) -> Object:
        made: Object = self.manager.create_parametric_creator()
        if primaries:
            made.set_tf_named(_GAMMA22)
            made.set_primaries_named(_SRGB)
        return made

    def description(self) -> Object:
        made: Object = self.creator().create()
        self.app.roundtrip()
        return made


@pytest.fixture
def colours(display: Display) -> Colours:
    return Colours(display)


def test_only_what_holds_is_announced(colours: Colours) -> None:
    told = [(event.name, *event.arguments) for event in colours.manager.events]
    assert told == [
        ("supported_intent", int(cm.WpColorManagerV1.render_intent.perceptual)),
        ("supported_feature", int(cm.WpColorManagerV1.feature.parametric)),
        ("supported_tf_named", _GAMMA22),
        ("supported_primaries_named", _SRGB),
        ("done",),
    ]


@pytest.mark.parametrize("version", [1, 2, 3])
def test_output_and_preference_are_srgb(display: Display, version: int) -> None:
    colours = Colours(display, version)
    output = colours.manager.get_output(colours.app.bind(wayland.WlOutput))
    feedback = colours.manager.get_surface_feedback(colours.surface)
    descriptions = [output.get_image_description(), feedback.get_preferred(), feedback.get_preferred_parametric()]
    infos = [description.get_information() for description in descriptions]
    colours.app.roundtrip()
    ready = ("ready", (1,)) if version == 1 else ("ready2", (0, 1))
    for description, info in zip(descriptions, infos, strict=True):
        assert [(event.name, event.arguments) for event in description.events] == [ready]
        assert [event.name for event in info.events] == [
            "primaries",
            "primaries_named",
            "tf_named",
            "luminances",
            "target_primaries",
            "target_luminance",
            "done",
        ]
        assert info.last("primaries")[:2] == (640_000, 330_000)
        assert info.last("luminances") == (2_000, 80, 80)
        assert info.number not in colours.app.objects
    output.destroy()
    feedback.destroy()
    colours.app.roundtrip()


def test_a_surface_may_say_that_it_is_srgb(colours: Colours) -> None:
    surface = colours.manager.get_surface(colours.surface)
    description = colours.description()
    assert description.last("ready2") == (0, 1)
    surface.set_image_description(description, 0)
    description.destroy()
    colours.surface.commit()
    surface.unset_image_description()
    surface.destroy()
    colours.manager.get_surface(colours.surface)
    colours.app.roundtrip()


def test_light_levels_make_it_another_description(colours: Colours) -> None:
    creators = [colours.creator() for _ in range(2)]
    for creator in creators:
        creator.set_max_cll(70)
        creator.set_max_fall(70)
    first, second = (creator.create() for creator in creators)
    colours.app.roundtrip()
    assert first.last("ready2") != second.last("ready2") != (0, 1)


def test_an_output_that_is_gone_has_no_description(display: Display) -> None:
    ui = display.ui()
    ui.send(m.OutputChanged(800, 600, name="one"), m.OutputChanged(800, 600, x=800, name="two"))
    colours = Colours(display)
    names = [event.arguments[0] for event in colours.app.registry.events if event.arguments[1] == "wl_output"]
    second = colours.app.bind_name(names[-1], wayland.WlOutput, 4)
    output = colours.manager.get_output(second)
    colours.app.roundtrip()
    ui.send(m.OutputRemoved(second.last("name")[0]))
    ui.settle()
    description = output.get_image_description()
    colours.app.roundtrip()
    assert description.last("failed")[0] == int(cm.WpImageDescriptionV1.cause.no_output)
    surface = colours.manager.get_surface(colours.surface)
    surface.set_image_description(description, 0)
    refused(colours.app, cm.WpColorManagementSurfaceV1, cm.WpColorManagementSurfaceV1.error.image_description)


def test_a_description_that_failed_tells_nothing(display: Display) -> None:
    ui = display.ui()
    ui.send(m.OutputChanged(800, 600, name="one"))
    colours = Colours(display)
    bound = colours.app.bind(wayland.WlOutput)
    output = colours.manager.get_output(bound)
    colours.app.roundtrip()
    ui.send(m.OutputChanged(800, 600, name="two"), m.OutputRemoved("one"))
    ui.settle()
    output.get_image_description().get_information()
    refused(colours.app, cm.WpImageDescriptionV1, cm.WpImageDescriptionV1.error.not_ready)


def refused(app: App, interface: Any, code: int) -> None:
    with pytest.raises(ClientError) as raised:
        app.roundtrip()
    assert (raised.value.interface, raised.value.code) == (interface.name, int(code))


_Manager, _Params = cm.WpColorManagerV1, cm.WpImageDescriptionCreatorParamsV1
_SIX = (1,) * 8


def _twice(request: str, value: int) -> Callable[[Colours], None]:
    def act(colours: Colours) -> None:
        creator = colours.creator(False)
        getattr(creator, request)(value)
        getattr(creator, request)(value)

    return act


def _levels(colours: Colours, cll: int, fall: int) -> None:
    creator = colours.creator()
    creator.set_max_cll(cll)
    creator.set_max_fall(fall)
    creator.create()


def _without_surface(colours: Colours, request: str) -> None:
    made = colours.manager.get_surface_feedback(colours.surface)
    colours.surface.destroy()
    getattr(made, request)()


def _gone(colours: Colours, act: Callable[[Object], object]) -> None:
    made = colours.manager.get_surface(colours.surface)
    colours.surface.destroy()
    act(made)


_WRONG: dict[str, tuple[Callable[[Colours], object], Any, int]] = {
    "icc": (lambda c: c.manager.create_icc_creator(), _Manager, _Manager.error.unsupported_feature),
    "scrgb": (lambda c: c.manager.create_windows_scrgb(), _Manager, _Manager.error.unsupported_feature),
    "bt2100": (lambda c: c.manager.create_windows_bt2100(), _Manager, _Manager.error.unsupported_feature),
    "surface twice": (
        lambda c: [c.manager.get_surface(c.surface) for _ in range(2)],
        _Manager,
        _Manager.error.surface_exists,
    ),
    "power": (lambda c: c.creator(False).set_tf_power(22_000), _Params, _Params.error.unsupported_feature),
    "chromaticities": (lambda c: c.creator(False).set_primaries(*_SIX), _Params, _Params.error.unsupported_feature),
    "luminances": (lambda c: c.creator().set_luminances(1, 100, 80), _Params, _Params.error.unsupported_feature),
    "mastering": (
        lambda c: c.creator().set_mastering_display_primaries(*_SIX),
        _Params,
        _Params.error.unsupported_feature,
    ),
    "mastering luminance": (
        lambda c: c.creator().set_mastering_luminance(1, 100),
        _Params,
        _Params.error.unsupported_feature,
    ),
    "pq": (lambda c: c.creator(False).set_tf_named(11), _Params, _Params.error.invalid_tf),
    "bt2020": (lambda c: c.creator(False).set_primaries_named(6), _Params, _Params.error.invalid_primaries_named),
    "tf twice": (_twice("set_tf_named", _GAMMA22), _Params, _Params.error.already_set),
    "primaries twice": (_twice("set_primaries_named", _SRGB), _Params, _Params.error.already_set),
    "cll twice": (_twice("set_max_cll", 50), _Params, _Params.error.already_set),
    "fall twice": (_twice("set_max_fall", 50), _Params, _Params.error.already_set),
    "incomplete": (lambda c: c.creator(False).create(), _Params, _Params.error.incomplete_set),
    "fall over cll": (lambda c: _levels(c, 50, 51), _Params, _Params.error.invalid_luminance),
    "information": (
        lambda c: c.description().get_information(),
        cm.WpImageDescriptionV1,
        cm.WpImageDescriptionV1.error.no_information,
    ),
    "intent": (
        lambda c: c.manager.get_surface(c.surface).set_image_description(c.description(), 1),
        cm.WpColorManagementSurfaceV1,
        cm.WpColorManagementSurfaceV1.error.render_intent,
    ),
    "inert set": (
        lambda c: _gone(c, lambda made: made.set_image_description(c.description(), 0)),
        cm.WpColorManagementSurfaceV1,
        cm.WpColorManagementSurfaceV1.error.inert,
    ),
    "inert unset": (
        lambda c: _gone(c, lambda made: made.unset_image_description()),
        cm.WpColorManagementSurfaceV1,
        cm.WpColorManagementSurfaceV1.error.inert,
    ),
    "inert preferred": (
        lambda c: _without_surface(c, "get_preferred"),
        cm.WpColorManagementSurfaceFeedbackV1,
        cm.WpColorManagementSurfaceFeedbackV1.error.inert,
    ),
    "inert parametric": (
        lambda c: _without_surface(c, "get_preferred_parametric"),
        cm.WpColorManagementSurfaceFeedbackV1,
        cm.WpColorManagementSurfaceFeedbackV1.error.inert,
    ),
}


@pytest.mark.parametrize("case", _WRONG)
def test_wrong_use(colours: Colours, case: str) -> None:
    act, interface, code = _WRONG[case]
    act(colours)
    refused(colours.app, interface, code)


def test_version_1_wants_light_levels_within_the_range(display: Display) -> None:
    colours = Colours(display, 1)
    _levels(colours, 80, 1)
    colours.app.roundtrip()
    _levels(colours, 81, 1)
    refused(colours.app, _Params, _Params.error.invalid_luminance)


# --- representation

_Representation = cr.WpColorRepresentationSurfaceV1


def test_rgb_is_what_it_is(display: Display) -> None:
    app = display.app()
    manager = app.bind(cr.WpColorRepresentationManagerV1)
    window = Window(app)
    told = [(event.name, *event.arguments) for event in manager.events]
    assert told == [("supported_alpha_mode", 0), ("supported_coefficients_and_ranges", 1, 1), ("done",)]
    surface = manager.get_surface(window.surface)
    surface.set_alpha_mode(0)
    surface.set_coefficients_and_range(1, 1)
    window.surface.commit()
    surface.destroy()
    manager.get_surface(window.surface)
    app.roundtrip()
    manager.get_surface(window.surface)
    refused(app, cr.WpColorRepresentationManagerV1, cr.WpColorRepresentationManagerV1.error.surface_exists)


@pytest.mark.parametrize(
    ("request_", "arguments", "code"),
    [
        ("set_alpha_mode", (2,), _Representation.error.alpha_mode),
        ("set_coefficients_and_range", (2, 1), _Representation.error.coefficients),
        ("set_coefficients_and_range", (1, 2), _Representation.error.coefficients),
        ("set_chroma_location", (7,), _Representation.error.chroma_location),
        ("set_chroma_location", (0,), _Representation.error.chroma_location),
    ],
)
def test_wrong_representations(display: Display, request_: str, arguments: tuple[int, ...], code: int) -> None:
    app = display.app()
    surface = app.bind(cr.WpColorRepresentationManagerV1).get_surface(app.surface())
    getattr(surface, request_)(*arguments)
    refused(app, _Representation, code)


@pytest.mark.parametrize("request_", ["set_alpha_mode", "set_chroma_location"])
def test_representation_of_nothing(display: Display, request_: str) -> None:
    app = display.app()
    wl_surface = app.surface()
    surface = app.bind(cr.WpColorRepresentationManagerV1).get_surface(wl_surface)
    wl_surface.destroy()
    getattr(surface, request_)(1)
    refused(app, _Representation, _Representation.error.inert)


def test_chroma_locations_are_not_for_rgb(display: Display) -> None:
    app = display.app()
    wl_surface = app.surface()
    surface = app.bind(cr.WpColorRepresentationManagerV1).get_surface(wl_surface)
    surface.set_chroma_location(1)
    wl_surface.commit()
    app.roundtrip()
    app.show(wl_surface, app.pixels(10, 10))
    refused(app, _Representation, _Representation.error.pixel_format)
