"""How an app runs as a list of keys and texts: what the command line and the editor show and change.

A text becomes a value of the overlay's document and is read as the file would be, so there is one set of rules.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from typing import Any

from berth.core.folders import Folder
from berth.core.manifest import Check, Display, Manifest, nearest
from berth.core.messages import SettingInfo
from berth.core.overlay import DATA, LIMIT_KEYS, Overlay, apply_overlay, as_document, read_overlay, size_text
from berth.core.plan import RUNTIMES, SANDBOX_HOME, STOP_SIGNALS
from berth.core.problem import Problem

ACCESS = ("read", "write")
_PLAIN = ("command", "arguments", "directory", "stop_signal", "display", "runtime", "data")
_EXAMPLES = (*_PLAIN, "environment.NAME", *(f"limits.{name}" for name in LIMIT_KEYS), "folders./PATH")
_HINT = f"Keys are: {', '.join(_EXAMPLES)}"

Change = tuple[str, str | None]
"""A key with its new text; None = as the manifest says."""


def change_overlay(overlay: Overlay, changes: Iterable[Change]) -> Overlay:
    """The overlay after `changes`.

    Raises:
        Problem: ``unknown-setting`` or ``setting-invalid``.
    """
    for key, text in changes:
        document = as_document(overlay)
        _put(document, key, text)
        check = Check({})
        overlay = read_overlay(check, document)
        if check.faults:
            fault = check.faults[0].text
            end = "" if fault.endswith("?") else "."
            raise Problem("setting-invalid", f"{fault[:1].upper()}{fault[1:]}{end}")
    return overlay


def list_settings(
    manifest: Manifest, overlay: Overlay, *, runtime: str, profile: str, displays: tuple[Display, ...]
) -> tuple[SettingInfo, ...]:
    """Every key that can be changed, what it is now, and what it is without the overlay.

    Args:
        runtime: what would run the app without the overlay.
        profile: "" = the app without one, which has no data of another to share.
        displays: those that its image can do; what is set now is listed with them, also if somebody has written it.
    """
    now = apply_overlay(manifest, overlay)
    command = overlay.command or manifest.command
    entries = [
        *_variables(manifest, overlay),
        _info("command", shlex.join(command), shlex.join(manifest.command)),
        _info("arguments", shlex.join(overlay.arguments), ""),
        _info("directory", now.directory or SANDBOX_HOME, manifest.directory or SANDBOX_HOME),
        _info("stop_signal", now.stop_signal, manifest.stop_signal, STOP_SIGNALS),
        *(_info(f"limits.{name}", _limit(now, name), _limit(manifest, name)) for name in LIMIT_KEYS),
        _info("display", now.display, manifest.display, tuple(dict.fromkeys((*displays, now.display)))),
        _info("runtime", overlay.runtime or runtime, runtime, RUNTIMES),
        *(_info(f"folders.{folder.path}", _access(folder), "", ACCESS) for folder in overlay.folders),
    ]
    if profile:
        entries.append(_info("data", overlay.data or "own", "own", DATA))
    return tuple(entries)


def _variables(manifest: Manifest, overlay: Overlay) -> Iterable[SettingInfo]:
    theirs, ours = dict(manifest.environment), dict(overlay.environment)
    for name in sorted(theirs | ours):
        value, default = ours.get(name, theirs.get(name, "")), theirs.get(name, "")
        # One that is added may be empty, as nothing is.
        yield SettingInfo(f"environment.{name}", value, default, value != default or name not in theirs)


def _info(key: str, value: str, default: str, choices: tuple[str, ...] = ()) -> SettingInfo:
    return SettingInfo(key, value, default, value != default, choices)


def _limit(manifest: Manifest, name: str) -> str:
    """A processor limit that there is none of is no number."""
    value: float = getattr(manifest.limits, name)
    return size_text(int(value)) if name == "memory" else f"{value:.10g}" if value else ""


def _access(folder: Folder) -> str:
    return ACCESS[folder.writable]


def _put(document: dict[str, Any], key: str, text: str | None) -> None:
    group, dot, name = key.partition(".")
    if group in _PLAIN and not dot:
        _put_plain(document, group, text)
    elif group == "environment" and name:
        _put_in(document.setdefault("environment", {}), name, text)
    elif group == "limits" and name in LIMIT_KEYS:
        _put_in(document.setdefault("limits", {}), name, _number(text) if text and name != "memory" else text or None)
    elif group == "folders" and name:
        _put_folder(document, name, text)
    else:
        near = nearest(key, _EXAMPLES)
        raise Problem(
            "unknown-setting", f"There is no setting “{key[:100]}”.", f"Did you mean “{near}”?" if near else _HINT
        )


def _put_plain(document: dict[str, Any], key: str, text: str | None) -> None:
    """An empty text means the manifest's."""
    if not text or not text.strip():
        document.pop(key, None)
    elif key not in ("command", "arguments"):
        document[key] = text
    else:
        try:
            document[key] = shlex.split(text)
        except ValueError:
            raise Problem("setting-invalid", f"A quotation mark of “{key}” is not closed.") from None


def _put_in(table: dict[str, Any], name: str, value: object) -> None:
    if value is None:
        table.pop(name, None)
    else:
        table[name] = value


def _put_folder(document: dict[str, Any], path: str, text: str | None) -> None:
    folders = document.setdefault("folder", [])
    place = next((index for index, folder in enumerate(folders) if folder["path"] == path), len(folders))
    if text is None:
        del folders[place : place + 1]
    elif text in ACCESS:
        folders[place : place + 1] = [{"path": path, "writable": text == "write"}]
    else:
        raise Problem("setting-invalid", f"A folder is for “read” or “write”, not “{text[:40]}”.")


def _number(text: str) -> float | str:
    if not re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,6})?", text):
        return text
    return float(text) if "." in text else int(text)
