"""Rows of the card in which the user changes how an app runs: what the engine says, in words."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from PySide6.QtCore import QCoreApplication

from berth.core.folders import Folder
from berth.core.messages import PermissionInfo, SettingInfo, Settings
from berth.ui.permission_words import noun_of
from berth.ui.translation import QT_TRANSLATE_NOOP

PERMISSION = "permission."
SECTIONS = ("variables", "command", "limits", "display", "folders", "permissions", "changes")

_CONTEXT = "RunSettings"
_SECTION_NAMES: Mapping[str, str] = {
    "variables": QT_TRANSLATE_NOOP("RunSettings", "Variables"),
    "command": QT_TRANSLATE_NOOP("RunSettings", "Command"),
    "limits": QT_TRANSLATE_NOOP("RunSettings", "Limits"),
    "display": QT_TRANSLATE_NOOP("RunSettings", "Display"),
    "folders": QT_TRANSLATE_NOOP("RunSettings", "Folders"),
    "permissions": QT_TRANSLATE_NOOP("RunSettings", "Permissions"),
    "changes": QT_TRANSLATE_NOOP("RunSettings", "Changes"),
}
_TITLES: Mapping[str, str] = {
    "command": QT_TRANSLATE_NOOP("RunSettings", "Command"),
    "arguments": QT_TRANSLATE_NOOP("RunSettings", "Added arguments"),
    "directory": QT_TRANSLATE_NOOP("RunSettings", "Folder in which it starts"),
    "stop_signal": QT_TRANSLATE_NOOP("RunSettings", "Signal that asks it to end"),
    "limits.memory": QT_TRANSLATE_NOOP("RunSettings", "Memory, like 512M or 2G"),
    "limits.cpus": QT_TRANSLATE_NOOP("RunSettings", "Processors, like 1.5"),
    "limits.processes": QT_TRANSLATE_NOOP("RunSettings", "Processes"),
    "limits.open_files": QT_TRANSLATE_NOOP("RunSettings", "Open files of each process"),
    "display": QT_TRANSLATE_NOOP("RunSettings", "How its windows are shown"),
    "runtime": QT_TRANSLATE_NOOP("RunSettings", "What runs it"),
    "data": QT_TRANSLATE_NOOP("RunSettings", "Its data"),
}
_WORDS: Mapping[str, str] = {
    "wayland": QT_TRANSLATE_NOOP("RunSettings", "Directly"),
    "xpra": QT_TRANSLATE_NOOP("RunSettings", "X11, in windows of its own"),
    "xwayland": QT_TRANSLATE_NOOP("RunSettings", "X11, in one window"),
    "terminal": QT_TRANSLATE_NOOP("RunSettings", "In a terminal"),
    "web": QT_TRANSLATE_NOOP("RunSettings", "As a page in a browser"),
    "docker": QT_TRANSLATE_NOOP("RunSettings", "Docker"),
    "podman": QT_TRANSLATE_NOOP("RunSettings", "Podman"),
    "own": QT_TRANSLATE_NOOP("RunSettings", "Its own"),
    "shared": QT_TRANSLATE_NOOP("RunSettings", "Shared with the app"),
    "read": QT_TRANSLATE_NOOP("RunSettings", "Read"),
    "write": QT_TRANSLATE_NOOP("RunSettings", "Read and change"),
    "ask": QT_TRANSLATE_NOOP("RunSettings", "Ask"),
    "allow": QT_TRANSLATE_NOOP("RunSettings", "Allow"),
    "deny": QT_TRANSLATE_NOOP("RunSettings", "Don’t allow"),
}
_CONSENT: Mapping[str, str] = {
    "ask": QT_TRANSLATE_NOOP("RunSettings", "You are asked about it before the next start."),
    "allow": QT_TRANSLATE_NOOP("RunSettings", "Allowed."),
    "deny": QT_TRANSLATE_NOOP("RunSettings", "Denied: the app runs without it."),
}
_PREFIXES = {"environment.": "variables", "folders.": "folders", "limits.": "limits"}
_PLAIN = dict.fromkeys(("command", "arguments", "directory", "stop_signal"), "command")


class SettingRow(msgspec.Struct, frozen=True):
    """One entry. `choices` empty = any text; `words` say what they mean. `removable`: it is there only because the
    user has added it. `standard` is what it is without the user's word."""

    key: str
    title: str
    value: str
    standard: str
    changed: bool
    choices: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    removable: bool = False
    note: str = ""
    fault: str = ""


def rows_of(
    settings: Settings, section: str, wished: Mapping[str, str | None], faults: Mapping[str, str]
) -> tuple[SettingRow, ...]:
    """The rows of a section, with what the user has just wished and what is wrong with it."""
    if section == "permissions":
        found = [_permission(info, wished.get(f"{PERMISSION}{info.permission}")) for info in settings.permissions]
        return tuple(found)
    known = {info.key for info in settings.settings}
    added = (SettingInfo(key, "", "") for key, text in wished.items() if key not in known and text is not None)
    infos = (*settings.settings, *(info for info in added if not info.key.startswith(PERMISSION)))
    rows = (_row(info, settings, wished, faults.get(info.key, "")) for info in infos if _belongs(info, section))
    return tuple(row for row in rows if row is not None and (section != "changes" or row.changed))


def row_of(settings: Settings, key: str) -> SettingInfo | None:
    return next((info for info in settings.settings if info.key == key), None)


def section_name(section: str) -> str:
    return _tr(_SECTION_NAMES[section])


def key_of_new(section: str, text: str) -> tuple[str, str]:
    """Key and value of what was typed to add an entry to a section; an empty key while it is not complete."""
    text = text.strip()
    if section == "folders" and text:
        return f"folders.{text}", "read"
    name, equals, value = text.partition("=")
    return (f"environment.{name.strip()}", value.strip()) if section == "variables" and equals and name else ("", "")


def _belongs(info: SettingInfo, section: str) -> bool:
    if section == "changes":
        return True
    group = next((found for prefix, found in _PREFIXES.items() if info.key.startswith(prefix)), "")
    return section == (group or _PLAIN.get(info.key, "display"))


def _row(info: SettingInfo, settings: Settings, wished: Mapping[str, str | None], fault: str) -> SettingRow | None:
    """None for what the user has just taken away."""
    removable = info.key.startswith("folders.") or (info.key.startswith("environment.") and not info.default)
    value, changed = info.value, info.changed
    if info.key in wished:
        wish = wished[info.key]
        if wish is None and removable:
            return None
        value = info.default if wish is None else wish
        changed = removable or value != info.default
    return SettingRow(
        info.key,
        _title(info.key),
        value,
        _word(info.default),
        changed,
        info.choices,
        tuple(_word(choice) for choice in info.choices),
        removable,
        _consent(info, settings) if info.key.startswith("folders.") else "",
        fault,
    )


def _consent(info: SettingInfo, settings: Settings) -> str:
    permission = Folder(info.key.removeprefix("folders."), info.value == "write").permission
    decision = next((found.decision for found in settings.permissions if found.permission == permission), "ask")
    return _tr(_CONSENT[decision])


def _permission(info: PermissionInfo, wish: str | None) -> SettingRow:
    value = wish or info.decision
    choices = ("ask", "allow", "deny")
    noun = noun_of(info.permission)
    title = f"{noun[:1].upper()}{noun[1:]}"
    words = tuple(_word(choice) for choice in choices)
    return SettingRow(
        f"{PERMISSION}{info.permission}", title, value, _word("ask"), value != "ask", choices, words, note=info.reason
    )


def _title(key: str) -> str:
    for prefix in ("environment.", "folders."):
        if key.startswith(prefix):
            return key.removeprefix(prefix)
    return _tr(_TITLES[key]) if key in _TITLES else key


def _word(value: str) -> str:
    return _tr(_WORDS[value]) if value in _WORDS else value


def _tr(text: str) -> str:
    return QCoreApplication.translate(_CONTEXT, text)
