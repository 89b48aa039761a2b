"""The elements of the desktop that sheets can style, with their classes and states.

This is the contract between Berth and themes: names are added, never changed. `docs/theme-reference.md` is
made from it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from itertools import product
from typing import NamedTuple

from berth.core.permissions import USES, in_order
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
    attributes: tuple[str, ...] = ()


KINDS: dict[str, Kind] = {
    "desktop": Kind("everything; its background is the wallpaper, tokens are its custom properties", (), text=False),
    "window": Kind("the frame of a window", (ROOT,), (), _WINDOW, text=False, attributes=("app", "uses")),
    "titlebar": Kind("the bar that a window is held by", ("window",), (), (), attributes=("uses",)),
    "panel": Kind("the bar at the edge of the screen"),
    "task": Kind("a window in the panel", ("panel",), (), ("hover", "active", "focus", "urgent", "minimized")),
    "dock": Kind(
        "the bar of pinned and running apps; attached where it is as long as its edge",
        (ROOT,),
        ("bottom", "left", "right", "attached"),
        (),
    ),
    "app": Kind(
        "an app of it; running has windows, focus is in front, busy is being started or prepared",
        ("dock",),
        (),
        ("running", "focus", "urgent", "minimized", "busy", "hover", "active", "focus-visible", "dragged"),
    ),
    "mark": Kind("the sign on a running app", ("dock",), (), ("focus", "urgent"), text=False),
    "badge": Kind("how many windows an app has", ("dock",)),
    "tip": Kind("the name of what the pointer is on", ("dock",)),
    "launcher": Kind("the sheet of all apps; full where it fills the screen", (ROOT,), ("full",)),
    "tile": Kind("an app in the launcher", ("launcher",), (), ("hover", "active", "current")),
    "menu": Kind("a menu of a window"),
    "item": Kind("a line of a menu", ("menu",), ("destructive",), ("hover", "active", "disabled", "focus-visible")),
    "notice": Kind("a message in the corner", (ROOT,), ("info", "warning", "error")),
    "prompt": Kind("a question of an app; see the floor"),
    "quote": Kind("words of an app in a question", ("prompt",)),
    "inspector": Kind("the card that tells about an element; see the floor"),
    "osd": Kind(
        "the short sign that a key has changed something",
        (ROOT,),
        ("volume", "microphone", "brightness", "keyboard", "screen"),
        ("muted",),
    ),
    "icon": Kind("the symbol of that sign", ("osd",)),
    "lock": Kind("the whole screen while the session is locked, over the wallpaper"),
    "greeter": Kind("the whole screen before anybody has logged in, over the wallpaper"),
    "clock": Kind("time and day", ("lock", "greeter")),
    "login": Kind("the card that asks who you are; see the floor", ("lock", "greeter")),
    "avatar": Kind("the user's picture, or a letter", ("login",)),
    "message": Kind("what the system says to that", ("login",), ("error",)),
    "card": Kind("another raised surface", (ROOT,), ("pill",)),
    "button": Kind(
        "a button",
        (ROOT, "prompt", "notice", "panel", "titlebar", "launcher", "inspector", "login", "dock"),
        ("primary", "destructive", "flat", "icon", "start"),
        _CONTROL,
    ),
    "choice": Kind(
        "one of several exclusive choices", (ROOT, "prompt", "launcher", "inspector"), (), ("checked", *_CONTROL)
    ),
    "field": Kind("a line of typed text", (ROOT, "launcher", "inspector", "login"), (), ("focus", "disabled")),
    "label": Kind(
        "words",
        (
            ROOT,
            "prompt",
            "notice",
            "panel",
            "titlebar",
            "launcher",
            "menu",
            "inspector",
            "osd",
            "lock",
            "greeter",
            "login",
            "dock",
        ),
        ("muted", "title", "caption"),
    ),
    "tag": Kind("a few words in a pill", (ROOT, "prompt", "launcher")),
    "picture": Kind(
        "the frame of a picture of an app or a theme", (ROOT,), (), ("hover", "active", "focus-visible"), text=False
    ),
    "progress": Kind("how far something is", (ROOT, "panel", "launcher", "osd", "dock"), (), (), text=False),
    "keyboard": Kind("the on-screen keyboard", text=False),
    "variants": Kind("what a long press on a key offers", ("keyboard",), text=False),
    "key": Kind(
        "a key of it; checked is a modifier that is on for the next key",
        ("keyboard",),
        ("modifier", "action", "space", "variant"),
        ("active", "checked", "locked"),
    ),
    "scrim": Kind(
        "the shade over what cannot be used now; clear where it only takes presses",
        (ROOT, "prompt"),
        ("clear",),
        text=False,
    ),
}

WORDS = {"uses": USES}
"""Attributes that hold words of a list, to be asked for with ``~=``: each word, and while what it is there."""

ATTRIBUTES = {
    "app": "the id of the window's app",
    "uses": "what of its permissions the window's app uses now",
}

_COMPOUND = re.compile(
    r"(?P<type>[a-z][a-z-]*)(?P<rest>(?:\.[\w-]+|#[\w-]+|:[a-z-]+|\[[\w-]+(?:~?=[^\]]*)?\]|::part\([\w -]+\))*)$"
)
_PIECE = re.compile(r"\.([\w-]+)|#([\w-]+)|::part\(([\w -]+)\)|:([a-z-]+)|\[([\w-]+)(?:~?=([^\]]*))?\]")


def element_at(elements: Elements, path: str, app: str = "") -> Element:
    """The element that a path describes, like ``window:focus titlebar button.icon:hover``.

    Of an attribute that holds words there is one pair of brackets for each: ``[uses~=network][uses~=gpu]``.

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
            if attribute in WORDS:
                attributes[attribute] = " ".join((*attributes.get(attribute, "").split(), *_unquoted(value).split()))
            elif attribute:
                attributes[attribute] = _unquoted(value)
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


def _unquoted(value: str) -> str:
    return value.strip("\"'")


def with_uses(uses: Iterable[str]) -> str:
    """What stands in the path of an element of an app that uses this."""
    return "".join(f"[uses~={use}]" for use in in_order(uses))


def used_paths(uses: Collection[str]) -> Iterator[str]:
    """Title bars, with what lies on them, of apps that use one of these, and all of them."""
    if not uses:
        return
    together = dict.fromkeys((*((use,) for use in in_order(uses)), in_order(uses)))
    on_them = ("", " label", " button.icon", " button.icon:hover")
    for used, focus, inside in product(map(with_uses, together), ("", ":focus"), on_them):
        yield f"window{used}{focus} titlebar{used}{inside}"


def paths() -> Iterator[str]:
    """Each element in each place, plain, with each class, and each of these with each state."""
    for name, kind in KINDS.items():
        variants = ["", *(f".{item}" for item in kind.classes)]
        states = ["", *(f":{item}" for item in kind.states)]
        for around, variant, state in product(kind.inside or ("",), variants, states):
            prefix = "" if around in ("", ROOT) else f"{around} "
            yield f"{prefix}{name}{variant}{state}"
