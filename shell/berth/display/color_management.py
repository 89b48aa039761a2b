"""wp_color_management_v1 for outputs that are all sRGB: the one image description there is.

Pixels go to the host as they are, which shows them as sRGB. So that is what outputs say they are,
what is preferred, and all that a surface can be: nothing has to be converted and nothing is
promised that nobody would do. Other primaries, curves, ICC profiles and HDR are not announced.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from pywayland.protocol import color_management_v1 as protocol

from berth.display.extension import SurfaceExtension, check_free
from berth.display.output import Output
from berth.display.resource import Resource, event
from berth.display.surface import Surface

if TYPE_CHECKING:
    from berth.display.client import Client

VERSION = 3
SRGB = 1
"""The identity of the image description of outputs."""
_identities = itertools.count(SRGB + 1)
_PERCEPTUAL = int(protocol.WpColorManagerV1.render_intent.perceptual)
_SRGB_PRIMARIES = int(protocol.WpColorManagerV1.primaries.srgb)
_GAMMA22 = int(protocol.WpColorManagerV1.transfer_function.gamma22)
_CHROMATICITIES = (640_000, 330_000, 300_000, 600_000, 150_000, 60_000, 312_700, 329_000)
_LEAST, _MOST = 2_000, 80  # 0.0001 cd/m² and cd/m², of the sRGB reference display


class ImageDescriptionInfo(Resource):
    """Tells all there is to know and is gone."""

    __slots__ = ()
    interface = protocol.WpImageDescriptionInfoV1
    highest = VERSION
    send_done = event(interface, "done")
    send_primaries = event(interface, "primaries")
    send_primaries_named = event(interface, "primaries_named")
    send_tf_named = event(interface, "tf_named")
    send_luminances = event(interface, "luminances")
    send_target_primaries = event(interface, "target_primaries")
    send_target_luminance = event(interface, "target_luminance")

    def tell(self) -> None:
        self.send_primaries(*_CHROMATICITIES)
        self.send_primaries_named(_SRGB_PRIMARIES)
        self.send_tf_named(_GAMMA22)
        self.send_luminances(_LEAST, _MOST, _MOST)
        self.send_target_primaries(*_CHROMATICITIES)
        self.send_target_luminance(_LEAST, _MOST)
        self.send_done()
        self.destroy()


class ImageDescription(Resource):
    """Ready from the start, unless its output is gone."""

    __slots__ = ("_informs", "ready")
    interface = protocol.WpImageDescriptionV1
    highest = VERSION
    send_failed = event(interface, "failed")
    send_ready = event(interface, "ready")
    send_ready2 = event(interface, "ready2")

    def __init__(self, client: Client, version: int, new_id: int, informs: bool) -> None:
        super().__init__(client, version, new_id)
        self._informs = informs
        self.ready = False

    def become_ready(self, identity: int = SRGB) -> None:
        self.ready = True
        if self.version >= 2:
            self.send_ready2(identity >> 32, identity & 0xFFFFFFFF)
        else:
            self.send_ready(identity & 0xFFFFFFFF)

    def on_get_information(self, new_id: int) -> None:
        errors = protocol.WpImageDescriptionV1.error
        if not self.ready:
            raise self.error(errors.not_ready, "the image description could not be made")
        if not self._informs:
            raise self.error(errors.no_information, "made by the client, which knows what it is")
        ImageDescriptionInfo(self.client, self.version, new_id).tell()


class ParametricCreator(Resource):
    __slots__ = ("_max_cll", "_max_fall", "_primaries", "_transfer")
    interface = protocol.WpImageDescriptionCreatorParamsV1
    highest = VERSION
    _errors = protocol.WpImageDescriptionCreatorParamsV1.error

    def __init__(self, client: Client, version: int, new_id: int) -> None:
        super().__init__(client, version, new_id)
        self._primaries: int | None = None
        self._transfer: int | None = None
        self._max_cll: int | None = None
        self._max_fall: int | None = None

    def _check_unset(self, value: int | None) -> None:
        if value is not None:
            raise self.error(self._errors.already_set, "the property was set already")

    def _unsupported(self, *_values: int) -> None:
        raise self.error(self._errors.unsupported_feature, "not among the features that were announced")

    on_set_tf_power = _unsupported
    on_set_primaries = _unsupported
    on_set_luminances = _unsupported
    on_set_mastering_display_primaries = _unsupported
    on_set_mastering_luminance = _unsupported

    def on_set_tf_named(self, transfer: int) -> None:
        self._check_unset(self._transfer)
        if transfer != _GAMMA22:
            raise self.error(self._errors.invalid_tf, f"{transfer} was not announced")
        self._transfer = transfer

    def on_set_primaries_named(self, primaries: int) -> None:
        self._check_unset(self._primaries)
        if primaries != _SRGB_PRIMARIES:
            raise self.error(self._errors.invalid_primaries_named, f"{primaries} was not announced")
        self._primaries = primaries

    def on_set_max_cll(self, level: int) -> None:
        self._check_unset(self._max_cll)
        self._max_cll = level

    def on_set_max_fall(self, level: int) -> None:
        self._check_unset(self._max_fall)
        self._max_fall = level

    def on_create(self, new_id: int) -> None:
        if self._primaries is None or self._transfer is None:
            raise self.error(self._errors.incomplete_set, "primaries or transfer function are missing")
        levels = [level for level in (self._max_cll, self._max_fall) if level is not None]
        if len(levels) == 2 and levels[1] > levels[0]:
            raise self.error(self._errors.invalid_luminance, "max_fall exceeds max_cll")
        if self.version == 1 and any(not _LEAST < level * 10_000 <= _MOST * 10_000 for level in levels):
            raise self.error(self._errors.invalid_luminance, "a light level outside of the luminance range")
        description = ImageDescription(self.client, self.version, new_id, informs=False)
        # Light levels make it another description, though they change nothing about the picture.
        description.become_ready(next(_identities) if levels else SRGB)
        self.destroy()


class ColorManagementOutput(Resource):
    """Outputs never change their image description."""

    __slots__ = ("_output",)
    interface = protocol.WpColorManagementOutputV1
    highest = VERSION

    def __init__(self, client: Client, version: int, new_id: int, output: Output) -> None:
        super().__init__(client, version, new_id)
        self._output = output.screen

    def on_get_image_description(self, new_id: int) -> None:
        description = ImageDescription(self.client, self.version, new_id, informs=True)
        if self._output in self.client.server.outputs:
            description.become_ready()
        else:
            cause = protocol.WpImageDescriptionV1.cause.no_output
            description.send_failed(cause, "the output was removed")


class ColorManagementSurface(SurfaceExtension):
    """All that may be set is what every surface is anyway."""

    __slots__ = ()
    interface = protocol.WpColorManagementSurfaceV1
    highest = VERSION
    _errors = protocol.WpColorManagementSurfaceV1.error

    def on_set_image_description(self, description: ImageDescription, intent: int) -> None:
        self.living(self._errors.inert)
        if not description.ready:
            raise self.error(self._errors.image_description, "the image description is not ready")
        if intent != _PERCEPTUAL:
            raise self.error(self._errors.render_intent, f"the intent {intent} was not announced")

    def on_unset_image_description(self) -> None:
        self.living(self._errors.inert)


class ColorManagementFeedback(Resource):
    """The preference never changes."""

    __slots__ = ("_surface",)
    interface = protocol.WpColorManagementSurfaceFeedbackV1
    highest = VERSION

    def __init__(self, client: Client, version: int, new_id: int, surface: Surface) -> None:
        super().__init__(client, version, new_id)
        self._surface = surface

    def on_get_preferred(self, new_id: int) -> None:
        if not self._surface.alive:
            raise self.error(protocol.WpColorManagementSurfaceFeedbackV1.error.inert, "the surface was destroyed")
        ImageDescription(self.client, self.version, new_id, informs=True).become_ready()

    def on_get_preferred_parametric(self, new_id: int) -> None:
        self.on_get_preferred(new_id)


class ColorManager(Resource):
    __slots__ = ()
    interface = protocol.WpColorManagerV1
    highest = VERSION
    send_supported_intent = event(interface, "supported_intent")
    send_supported_feature = event(interface, "supported_feature")
    send_supported_tf_named = event(interface, "supported_tf_named")
    send_supported_primaries_named = event(interface, "supported_primaries_named")
    send_done = event(interface, "done")
    _errors = protocol.WpColorManagerV1.error

    def bound(self) -> None:
        self.send_supported_intent(_PERCEPTUAL)
        self.send_supported_feature(int(protocol.WpColorManagerV1.feature.parametric))
        self.send_supported_tf_named(_GAMMA22)
        self.send_supported_primaries_named(_SRGB_PRIMARIES)
        self.send_done()

    def on_get_output(self, new_id: int, output: Output) -> None:
        ColorManagementOutput(self.client, self.version, new_id, output)

    def on_get_surface(self, new_id: int, surface: Surface) -> None:
        check_free(self, ColorManagementSurface, surface, self._errors.surface_exists)
        ColorManagementSurface(self.client, self.version, new_id, surface)

    def on_get_surface_feedback(self, new_id: int, surface: Surface) -> None:
        ColorManagementFeedback(self.client, self.version, new_id, surface)

    def on_create_parametric_creator(self, new_id: int) -> None:
        ParametricCreator(self.client, self.version, new_id)

    def _unsupported(self, *_values: object) -> None:
        raise self.error(self._errors.unsupported_feature, "not among the features that were announced")

    on_create_icc_creator = _unsupported
    on_create_windows_scrgb = _unsupported
    on_create_windows_bt2100 = _unsupported
    # References come from other protocols, none of which is here.
    on_get_image_description = _unsupported
