"""The ways in which a theme is seen, in all of which it has to be usable."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from berth.themes.environment import Environment


class Situation(NamedTuple):
    """One way in which a theme is seen: what media queries are told, and which tokens hold."""

    name: str
    environment: Environment
    contexts: Mapping[str, str]

    @property
    def touch(self) -> bool:
        """Whether fingers are what things are chosen with."""
        return self.environment.pointer == "coarse"


def situation(scheme: str, *, high_contrast: bool = False, form_factor: str = "desktop") -> Situation:
    touch = form_factor != "desktop"
    environment = Environment(
        390 if form_factor == "phone" else 1280,
        844 if form_factor == "phone" else 800,
        scheme=scheme,
        contrast="more" if high_contrast else "no-preference",
        pointer="coarse" if touch else "fine",
        hover="none" if touch else "hover",
        form_factor=form_factor,
    )
    contexts = {
        "scheme": scheme,
        "contrast": "high" if high_contrast else "",
        "density": "touch" if touch else "compact",
        "formFactor": form_factor,
        "motion": "",
    }
    return Situation(f"{scheme}{', high contrast' if high_contrast else ''}, {form_factor}", environment, contexts)


SITUATIONS = (
    *(situation(scheme, high_contrast=high) for scheme in ("light", "dark") for high in (False, True)),
    situation("light", form_factor="tablet"),
    situation("light", form_factor="phone"),
)
