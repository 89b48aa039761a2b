"""What media queries ask: the screen, the hands, and what the person prefers."""

from __future__ import annotations

from dataclasses import dataclass

FEATURES: dict[str, tuple[str, ...]] = {
    "orientation": ("portrait", "landscape"),
    "pointer": ("none", "coarse", "fine"),
    "any-pointer": ("none", "coarse", "fine"),
    "hover": ("none", "hover"),
    "any-hover": ("none", "hover"),
    "prefers-color-scheme": ("light", "dark"),
    "prefers-contrast": ("no-preference", "more", "less", "custom"),
    "prefers-reduced-motion": ("no-preference", "reduce"),
    "prefers-reduced-transparency": ("no-preference", "reduce"),
    "form-factor": ("desktop", "tablet", "phone"),
}
"""Features that have words for values; ``form-factor`` is the desktop's own."""

RANGES = {"width": "length", "height": "length", "aspect-ratio": "ratio", "resolution": "resolution"}


@dataclass(frozen=True)
class Environment:
    """One output and the person's preferences; sizes in logical pixels, `scale` in pixels per logical pixel."""

    width: float = 1280
    height: float = 800
    scale: float = 1
    scheme: str = "light"
    contrast: str = "no-preference"
    motion: str = "no-preference"
    transparency: str = "no-preference"
    pointer: str = "fine"
    hover: str = "hover"
    form_factor: str = "desktop"
    direction: str = "ltr"
    """That of the language, in which the desktop is laid out; sheets get it as ``direction``."""

    def word(self, feature: str) -> str:
        """The value of one of `FEATURES`."""
        if feature == "orientation":
            return "landscape" if self.width > self.height else "portrait"
        return {
            "pointer": self.pointer,
            "any-pointer": self.pointer,
            "hover": self.hover,
            "any-hover": self.hover,
            "prefers-color-scheme": self.scheme,
            "prefers-contrast": self.contrast,
            "prefers-reduced-motion": self.motion,
            "prefers-reduced-transparency": self.transparency,
            "form-factor": self.form_factor,
        }[feature]

    def range(self, feature: str) -> float:
        """The value of one of `RANGES`."""
        return {
            "width": self.width,
            "height": self.height,
            "aspect-ratio": self.width / self.height if self.height else 0,
            "resolution": self.scale,
        }[feature]
