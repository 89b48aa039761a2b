"""The elements of the desktop that sheets can style, with their classes and states.

This is the contract between Berth and themes: names are added, never changed. `docs/theme-reference.md` is
made from it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

from berth.themes.element import Element, Elements

VERSION = 1
ROOT = "desktop"
_CONTROL = ("hover", "active", "disabled", "focus-visible")
_WINDOW = ("focus", "urgent", "unresponsive", "maximized", "fullscreen", "tiled")


class Kind(NamedTuple):
    """One element: where it is, which classes and states it can have, and what it is for."""

    summary: str
    inside: tuple[str, ...] = (ROOT,)
    classes: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    text: bool = True
    """Whether words or symbols are drawn on it in its ``color``."""


KINDS: dict[str, Kind] = {
    "desktop": Kind("everything; its background is the wallpaper, tokens are its custom properties", (), text=False),
    "window": Kind("the frame of a window; `[app]` is the id of its app", (ROOT,), (), _WINDOW, text=False),
    "titlebar": Kind("the bar that a window is held by", ("window",), (), ()),
    "panel": Kind("the bar at the edge of the screen"),
    "task": Kind("a window in the panel", ("panel",), (), ("hover", "active", "focus", "urgent", "minimized")),
    "launcher": Kind("the sheet of all apps; full where it fills the screen", (ROOT,), ("full",)),
    "tile": Kind("an app in the launcher", ("launcher",), (), ("hover", "active", "current")),
    "menu": Kind("a menu of a window"),
    "item": Kind("a line of a menu", ("menu",), ("destructive",), ("hover", "active", "disabled", "focus-visible")),
    "notice": Kind("a message in the corner", (ROOT,), ("info", "warning", "error")),
    "prompt": Kind("a question of an app; see the floor"),
    "quote": Kind("words of an app in a question", ("prompt",)),
    "inspector": Kind("the card that tells about an element; see the floor"),
    "card": Kind("another raised surface", (ROOT,), ("pill",)),
    "button": Kind(
        "a button",
        (ROOT, "prompt", "notice", "panel", "titlebar", "launcher", "inspector"),
        ("primary", "destructive", "flat", "icon", "start"),
        _CONTROL,
    ),
    "choice": Kind(
        "one of several exclusive choices", (ROOT, "prompt", "launcher", "inspector"), (), ("checked", *_CONTROL)
    ),
    "field": Kind("a line of typed text", (ROOT, "launcher", "inspector"), (), ("focus", "disabled")),
    "label": Kind(
        "words",
        (ROOT, "prompt", "notice", "panel", "titlebar", "launcher", "menu", "inspector"),
        ("muted", "title", "caption"),
    ),
    "tag": Kind("a few words in a pill", (ROOT, "prompt", "launcher")),
    "progress": Kind("how far something is", (ROOT, "panel", "launcher"), (), (), text=False),
    "scrim": Kind(
        "the shade over what cannot be used now; clear where it only takes presses",
        (ROOT, "prompt"),
        ("clear",),
        text=False,
    ),
}

_COMPOUND = re.compile(
    r"(?P<type>[a-z][a-z-]*)(?P<rest>(?:\.[\w-]+|#[\w-]+|:[a-z-]+|\[[\w-]+(?:=[^\]]*)?\]|::part\([\w -]+\))*)$"
)
_PIECE = re.compile(r"\.([\w-]+)|#([\w-]+)|::part\(([\w -]+)\)|:([a-z-]+)|\[([\w-]+)(?:=([^\]]*))?\]")


def element_at(elements: Elements, path: str, app: str = "") -> Element:
    """The element that a path describes, like ``window:focus titlebar button.icon:hover``.

    Raises:
        ValueError: the path is not of that form.
    """
    element = elements.make(ROOT)
    for word in path.split():
        if word == ROOT and element.parent is None:
            continue
        match = _COMPOUND.match(word)
        if match is None:
            raise ValueError(f"no element: {word!r}")
        classes, states, parts, name = [], [], [], ""
        attributes: dict[str, str] = {}
        for class_name, identity, part, state, attribute, value in _PIECE.findall(match["rest"]):
            classes += [class_name] if class_name else []
            states += [state] if state else []
            parts += part.split()
            name = identity or name
            if attribute:
                attributes[attribute] = value
        element = elements.make(
            match["type"],
            element,
            name=name,
            classes=classes,
            states=states,
            parts=parts,
            attributes=attributes,
            app=attributes.get("app", app if match["type"] == "window" else ""),
        )
    return element


def paths() -> Iterator[str]:
    """Each element in each place, plain, with each class, and each of these with each state."""
    for name, kind in KINDS.items():
        variants = ["", *(f".{item}" for item in kind.classes)]
        states = ["", *(f":{item}" for item in kind.states)]
        for around, variant, state in product(kind.inside or ("",), variants, states):
            prefix = "" if around in ("", ROOT) else f"{around} "
            yield f"{prefix}{name}{variant}{state}"
