"""The vocabulary of permissions, and what a set of decisions means for an app.

An app gets nothing beyond its own place unless its manifest declares a permission and the
user decided for it. To add a permission: a row here, what it puts into the plan in
`berth.core.compile`, its words in the ui.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from berth.core.folders import folder_of
from berth.core.messages import PermissionInfo

NETWORK = "network"
SCREEN_CAPTURE = "screen-capture"
CLIPBOARD_MANAGER = "clipboard-manager"
WINDOW_LIST = "window-list"
DESKTOP_PARTS = "desktop-parts"
INPUT_METHOD = "input-method"
VIRTUAL_INPUT = "virtual-input"
SCREEN_LOCK = "screen-lock"
GPU = "gpu"

Decision = Literal["ask", "allow", "deny"]
Duration = Literal["once", "session", "always"]


class Permission(msgspec.Struct, frozen=True):
    """Attributes:
    allows: what an app with it can do, completing “... may”.
    live: it can be given to and taken from a running instance. All others are asked for before the start.
    display: the display server gives it, as protocols that an app without it cannot see.
    """

    name: str
    allows: str
    live: bool
    display: bool = False


VOCABULARY: Mapping[str, Permission] = {
    NETWORK: Permission(NETWORK, "use the network and the internet", live=True),
    SCREEN_CAPTURE: Permission(SCREEN_CAPTURE, "see the screen and other windows", live=True, display=True),
    CLIPBOARD_MANAGER: Permission(
        CLIPBOARD_MANAGER, "read and change the clipboard at any time", live=True, display=True
    ),
    WINDOW_LIST: Permission(WINDOW_LIST, "see and switch the open windows", live=True, display=True),
    DESKTOP_PARTS: Permission(DESKTOP_PARTS, "put panels and backgrounds on the desktop", live=True, display=True),
    INPUT_METHOD: Permission(INPUT_METHOD, "take part in what is typed into other apps", live=True, display=True),
    VIRTUAL_INPUT: Permission(VIRTUAL_INPUT, "type and click in other apps", live=True, display=True),
    SCREEN_LOCK: Permission(SCREEN_LOCK, "lock the screen", live=True, display=True),
    GPU: Permission(GPU, "use the graphics card", live=False, display=True),
}

FOLDERS = "folder"
"""Stands for all folders of the user in `USES`: their paths are nobody else's business."""

USES: Mapping[str, str] = {
    NETWORK: "there is a way out of its container",
    SCREEN_CAPTURE: "it has pictures made of the screen, of windows or of the pointer",
    CLIPBOARD_MANAGER: "it hears of all that is copied",
    WINDOW_LIST: "it is told of the open windows",
    DESKTOP_PARTS: "a panel, background or overlay of its own is shown",
    INPUT_METHOD: "it is the input method",
    VIRTUAL_INPUT: "it has a keyboard or pointer that it can play",
    GPU: "the graphics card is in its container",
    FOLDERS: "a folder of the user is in its container",
}
"""What an app can be using at a moment, and when it does, completing “while ...”. It has the permission then.

What it does with what is in its container the kernel tells nobody: there, to have it is to use it. Nothing gives
apps `SCREEN_LOCK` yet, so none uses it.
"""


def in_order(uses: Iterable[str]) -> tuple[str, ...]:
    """Those of `USES` that are in `uses`, always in the same order."""
    found = frozenset(uses)
    return tuple(name for name in USES if name in found)


def is_known(name: str) -> bool:
    """Whether it is a permission at all: one of the vocabulary, or a folder's."""
    return name in VOCABULARY or folder_of(name) is not None


def allows(name: str) -> str:
    """What an app with a known permission can do, completing “... may”."""
    folder = folder_of(name)
    if folder is None:
        return VOCABULARY[name].allows
    return f"read and change the folder {folder.path}" if folder.writable else f"read the folder {folder.path}"


DISPLAY = frozenset(permission.name for permission in VOCABULARY.values() if permission.display)
"""Permissions that the display server gives."""


class PermissionRequest(msgspec.Struct, frozen=True):
    """What a manifest declares. Without a required one, the app is not started at all."""

    name: str
    reason: str
    required: bool = False


class Grant(msgspec.Struct, frozen=True):
    """A user's decision. `allow` False is a denial, which is an answer and not an error."""

    allow: bool
    duration: Duration


Grants = Mapping[str, Grant]
"""Decisions in force for one app (or one instance of it), by permission; missing = never decided."""


def granted(requests: Iterable[PermissionRequest], grants: Grants) -> frozenset[str]:
    """Permissions that are both declared and allowed: a grant without a declaration gives nothing."""
    return frozenset(
        request.name
        for request in requests
        if is_known(request.name) and request.name in grants and grants[request.name].allow
    )


def undecided(requests: Iterable[PermissionRequest], grants: Grants, *, early: bool) -> tuple[PermissionRequest, ...]:
    """Requests to ask the user about before the start (`early`), or once the app is in use."""
    return tuple(request for request in requests if _is_early(request) == early and request.name not in grants)


def _is_early(request: PermissionRequest) -> bool:
    """Without it the app is not started at all, or it is too late for it afterwards."""
    live = request.name not in VOCABULARY or VOCABULARY[request.name].live
    return request.required or not live or folder_of(request.name) is not None


def denied_required(requests: Iterable[PermissionRequest], grants: Grants) -> PermissionRequest | None:
    """The first required permission that was denied: the app cannot start."""
    for request in requests:
        if request.required and request.name in grants and not grants[request.name].allow:
            return request
    return None


def describe(requests: Iterable[PermissionRequest], grants: Grants) -> tuple[PermissionInfo, ...]:
    """Declared permissions with the decisions about them, for people."""
    return tuple(_describe(request, grants.get(request.name)) for request in requests)


def _describe(request: PermissionRequest, grant: Grant | None) -> PermissionInfo:
    if grant is None:
        return PermissionInfo(request.name, request.reason, request.required, "ask")
    decision: Decision = "allow" if grant.allow else "deny"
    return PermissionInfo(request.name, request.reason, request.required, decision, grant.duration)
