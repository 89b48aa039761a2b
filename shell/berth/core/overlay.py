"""What a user has changed about how an app runs: an overlay over its manifest, which itself is never edited.

An overlay knows the manifest's own keys, checked by the manifest's own rules, and nothing that gives an app
anything: a folder in it is a permission to ask for.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Literal, cast

import msgspec

from berth.core.folders import Folder, around, fault_of
from berth.core.manifest import (
    MAX_ARGUMENT,
    MAX_ITEMS,
    Check,
    Display,
    Fault,
    Manifest,
    ManifestInvalid,
    open_document,
    read_command,
    read_directory,
    read_display,
    read_environment,
    read_limits,
    read_runtime,
    read_stop_signal,
    shown_text,
    suggestion,
)
from berth.core.permissions import PermissionRequest
from berth.core.plan import SANDBOX_HOME, Limits
from berth.core.problem import Problem
from berth.core.toml_lines import Path

UNCHANGED_LIMITS = Limits(0, 0, 0, 0.0)
DATA = ("own", "shared")
KEYS = (
    *("command", "arguments", "directory", "stop_signal", "display", "runtime", "data"),
    *("environment", "limits", "folder"),
)
LIMIT_KEYS = ("memory", "cpus", "processes", "open_files")

Data = Literal["", "own", "shared"]


class Overlay(msgspec.Struct, frozen=True):
    """Empty values mean: as the manifest says.

    Attributes:
        environment: variables added or changed.
        arguments: added after the command.
        limits: zeros are unchanged.
        directory: where in its container it starts.
        data: whether a profile has a home of its own or the app's.
    """

    environment: tuple[tuple[str, str], ...] = ()
    command: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    display: Display | Literal[""] = ""
    runtime: str = ""
    limits: Limits = UNCHANGED_LIMITS
    folders: tuple[Folder, ...] = ()
    data: Data = ""
    directory: str = ""
    stop_signal: str = ""


class OverlayInvalid(Problem):
    """All faults of one file, ordered by line."""

    def __init__(self, source: str, faults: Iterable[Fault], hint: str) -> None:
        lines = "\n".join(f"{source}:{fault.line}: {fault.text}" for fault in sorted(faults))
        super().__init__("overlay-invalid", lines, hint)


def apply_overlay(manifest: Manifest, overlay: Overlay) -> Manifest:
    """The manifest as the user wants it. What runs it is no word of the manifest's, but the user's own."""
    ours = {name: getattr(overlay.limits, name) for name in LIMIT_KEYS if getattr(overlay.limits, name)}
    folders = (PermissionRequest(folder.permission, "") for folder in overlay.folders)
    return msgspec.structs.replace(
        manifest,
        environment=tuple(sorted((dict(manifest.environment) | dict(overlay.environment)).items())),
        command=(*(overlay.command or manifest.command), *overlay.arguments),
        display=overlay.display or manifest.display,
        directory="" if overlay.directory == SANDBOX_HOME else overlay.directory or manifest.directory,
        stop_signal=overlay.stop_signal or manifest.stop_signal,
        limits=msgspec.structs.replace(manifest.limits, **ours),
        permissions=(*manifest.permissions, *folders),
    )


def without_defaults(manifest: Manifest, overlay: Overlay, runtime: str) -> Overlay:
    """The overlay without what is so anyway, so that updates of the manifest go on applying.

    Args:
        runtime: what would run the app without the overlay.
    """
    limits = {name: 0 for name in LIMIT_KEYS if getattr(overlay.limits, name) == getattr(manifest.limits, name)}
    return msgspec.structs.replace(
        overlay,
        environment=tuple(entry for entry in overlay.environment if entry not in manifest.environment),
        command=() if overlay.command == manifest.command else overlay.command,
        display="" if overlay.display == manifest.display else overlay.display,
        directory="" if overlay.directory == (manifest.directory or SANDBOX_HOME) else overlay.directory,
        stop_signal="" if overlay.stop_signal == manifest.stop_signal else overlay.stop_signal,
        runtime="" if overlay.runtime == runtime else overlay.runtime,
        limits=msgspec.structs.replace(overlay.limits, **limits),
        data="" if overlay.data == DATA[0] else overlay.data,
    )


def parse_overlay(text: str, source: str, hint: str) -> Overlay:
    """Read the overlay in `text`; `source` names the file in faults, `hint` says how to go on without it.

    Raises:
        OverlayInvalid: with every fault found.
    """
    try:
        check, document = open_document(text, source)
    except ManifestInvalid as invalid:
        raise OverlayInvalid(source, invalid.faults, hint) from None
    overlay = read_overlay(check, document)
    if check.faults:
        raise OverlayInvalid(source, check.faults, hint)
    return overlay


def read_overlay(check: Check, document: Mapping[str, Any]) -> Overlay:
    """The overlay in a document; `check` collects what is wrong with it."""
    check.keys((), document, KEYS)
    return Overlay(
        environment=read_environment(check, document),
        command=read_command(check, document, needed=False),
        arguments=check.texts(("arguments",), document, MAX_ARGUMENT),
        display=read_display(check, document) if "display" in document else "",
        runtime=read_runtime(check, document),
        limits=read_limits(check, document, UNCHANGED_LIMITS),
        folders=_folders(check, document),
        data=_data(check, document),
        directory=read_directory(check, document),
        stop_signal=read_stop_signal(check, document) if "stop_signal" in document else "",
    )


def _data(check: Check, document: Mapping[str, Any]) -> Data:
    data = check.text(("data",), document, MAX_ITEMS)
    if data and data not in DATA:
        check.fault(("data",), f"data “{shown_text(data)}” is not known{suggestion(data, DATA)}")
        return ""
    return cast(Data, data)


def _folders(check: Check, document: Mapping[str, Any]) -> tuple[Folder, ...]:
    tables = check.value(("folder",), document, list, [])
    if len(tables) > MAX_ITEMS:
        check.fault(("folder",), f"“folder” has more than {MAX_ITEMS} entries")
        return ()
    found: dict[str, Folder] = {}
    for index, table in enumerate(tables):
        if not isinstance(table, dict):
            check.fault(("folder", index), "“folder” holds something else than tables: write [[folder]]")
            continue
        folder = _folder(check, index, table)
        if folder.path in found:
            check.fault(("folder", index, "path"), f"the folder “{shown_text(folder.path)}” is there twice")
        found[folder.path] = folder
    for index, folder in enumerate(found.values()):
        outer = around(folder.path, found.values())
        if outer:
            place: Path = ("folder", index, "path")
            check.fault(place, f"“{shown_text(folder.path)}” lies in “{shown_text(outer)}”, which the app may change")
    return tuple(found.values())


def _folder(check: Check, index: int, table: Mapping[str, Any]) -> Folder:
    path = ("folder", index, "path")
    check.keys(path[:2], table, ("path", "writable"))
    text = check.text(path, table, MAX_ARGUMENT, needed=True)
    fault = fault_of(text) if text else ""
    if fault:
        check.fault(path, f"“{shown_text(text)}” {fault}, so no app can have it as a folder")
    return Folder(text, check.value(("folder", index, "writable"), table, bool, False))


def as_document(overlay: Overlay) -> dict[str, Any]:
    """The keys that an overlay changes, with their values as in its file."""
    limits = {name: getattr(overlay.limits, name) for name in LIMIT_KEYS if getattr(overlay.limits, name)}
    if "memory" in limits:
        limits["memory"] = size_text(limits["memory"])
    document = {
        "command": list(overlay.command),
        "arguments": list(overlay.arguments),
        "directory": overlay.directory,
        "stop_signal": overlay.stop_signal,
        "display": overlay.display,
        "runtime": overlay.runtime,
        "data": overlay.data,
        "environment": dict(overlay.environment),
        "limits": limits,
        "folder": [{"path": folder.path, "writable": folder.writable} for folder in overlay.folders],
    }
    return {key: value for key, value in document.items() if value}


def as_toml(overlay: Overlay) -> str:
    """What `parse_overlay` reads as the same overlay."""
    document = as_document(overlay)
    lines = [f"{key} = {_toml(value)}" for key, value in document.items() if isinstance(value, str) or _flat(value)]
    for name in ("environment", "limits"):
        if name in document:
            lines += ["", f"[{name}]", *(f"{key} = {_toml(value)}" for key, value in document[name].items())]
    for table in document.get("folder", ()):
        lines += ["", "[[folder]]", *(f"{key} = {_toml(value)}" for key, value in table.items())]
    return "\n".join(lines).lstrip("\n") + "\n"


def _flat(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _toml(value: object) -> str:
    """Texts and numbers without control characters are written in TOML as in JSON."""
    return json.dumps(value, ensure_ascii=False)


def size_text(size: int) -> str:
    """Bytes as manifests write them."""
    return f"{size >> 30}G" if size % (1 << 30) == 0 else f"{size >> 20}M"
