"""Permissions in plain words: what an app asks for, and what saying yes means."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from berth.core.folders import folder_of
from berth.core.messages import PermissionInfo
from berth.ui.translation import QT_TRANSLATE_NOOP, filled

_CONTEXT = "Permissions"

# permission -> (noun for a chip, question with the app's name, what a yes allows)
_WORDS: dict[str, tuple[str, str, str]] = {
    "network": (
        QT_TRANSLATE_NOOP("Permissions", "network"),
        QT_TRANSLATE_NOOP("Permissions", "Let %1 use the network?"),
        QT_TRANSLATE_NOOP(
            "Permissions",
            "It could reach the internet and devices in your home or office network, and send data there.",
        ),
    ),
    "screen-capture": (
        QT_TRANSLATE_NOOP("Permissions", "pictures of your screen"),
        QT_TRANSLATE_NOOP("Permissions", "Let %1 see your screen?"),
        QT_TRANSLATE_NOOP(
            "Permissions",
            "It could record everything that is shown, also by other apps. A sign in the panel tells while it does.",
        ),
    ),
    "clipboard-manager": (
        QT_TRANSLATE_NOOP("Permissions", "the clipboard at any time"),
        QT_TRANSLATE_NOOP("Permissions", "Let %1 read and change the clipboard at any time?"),
        QT_TRANSLATE_NOOP(
            "Permissions",
            "It could see everything you copy, passwords too, and put something else in its place.",
        ),
    ),
    "window-list": (
        QT_TRANSLATE_NOOP("Permissions", "the list of windows"),
        QT_TRANSLATE_NOOP("Permissions", "Let %1 see and switch your open windows?"),
        QT_TRANSLATE_NOOP(
            "Permissions",
            "It could see what is open and read the titles, and bring windows to the front, hide them or close them.",
        ),
    ),
    "desktop-parts": (
        QT_TRANSLATE_NOOP("Permissions", "parts of the desktop"),
        QT_TRANSLATE_NOOP("Permissions", "Let %1 put panels and backgrounds on the desktop?"),
        QT_TRANSLATE_NOOP(
            "Permissions",
            "It could take room from windows and cover them. Questions like this one stay in front of everything.",
        ),
    ),
    "input-method": (
        QT_TRANSLATE_NOOP("Permissions", "what you type"),
        QT_TRANSLATE_NOOP("Permissions", "Let %1 take part in what you type?"),
        QT_TRANSLATE_NOOP("Permissions", "It could read and change everything you write in other apps, passwords too."),
    ),
    "virtual-input": (
        QT_TRANSLATE_NOOP("Permissions", "keyboard and pointer of other apps"),
        QT_TRANSLATE_NOOP("Permissions", "Let %1 type and click in other apps?"),
        QT_TRANSLATE_NOOP(
            "Permissions", "It could do in other apps whatever you can do there with keyboard and mouse."
        ),
    ),
    "screen-lock": (
        QT_TRANSLATE_NOOP("Permissions", "the screen lock"),
        QT_TRANSLATE_NOOP("Permissions", "Let %1 lock the screen?"),
        QT_TRANSLATE_NOOP(
            "Permissions",
            "It could cover the whole screen until it lets you back in, and see the password that you type there.",
        ),
    ),
    "microphone": (
        QT_TRANSLATE_NOOP("Permissions", "the microphone"),
        QT_TRANSLATE_NOOP("Permissions", "Let %1 use the microphone?"),
        QT_TRANSLATE_NOOP("Permissions", "It could listen to everything that is said near this device."),
    ),
    "camera": (
        QT_TRANSLATE_NOOP("Permissions", "the camera"),
        QT_TRANSLATE_NOOP("Permissions", "Let %1 use the camera?"),
        QT_TRANSLATE_NOOP("Permissions", "It could see whatever is in front of this device."),
    ),
    "sound": (
        QT_TRANSLATE_NOOP("Permissions", "sound"),
        QT_TRANSLATE_NOOP("Permissions", "Let %1 play sound?"),
        QT_TRANSLATE_NOOP("Permissions", "It could play through your speakers or headphones."),
    ),
    "files": (
        QT_TRANSLATE_NOOP("Permissions", "files"),
        QT_TRANSLATE_NOOP("Permissions", "Let %1 use your files?"),
        QT_TRANSLATE_NOOP("Permissions", "It could read and change the files you choose."),
    ),
    "gpu": (
        QT_TRANSLATE_NOOP("Permissions", "the graphics card"),
        QT_TRANSLATE_NOOP("Permissions", "Let %1 use the graphics card?"),
        QT_TRANSLATE_NOOP("Permissions", "It could draw faster, and talk to the graphics driver directly."),
    ),
}
_OTHER = (
    "",
    QT_TRANSLATE_NOOP("Permissions", "Let %1 use “%2”?"),
    QT_TRANSLATE_NOOP("Permissions", "Berth has no description of this permission: say no if you are unsure."),
)


_FOLDER = (
    (
        QT_TRANSLATE_NOOP("Permissions", "Let %1 read the folder “%2”?"),
        QT_TRANSLATE_NOOP("Permissions", "It could see everything in it, and folders inside. You have chosen it."),
    ),
    (
        QT_TRANSLATE_NOOP("Permissions", "Let %1 read and change the folder “%2”?"),
        QT_TRANSLATE_NOOP("Permissions", "It could see, change and delete everything in it. You have chosen it."),
    ),
)


def question(permission: str, app_name: str) -> str:
    """The question a prompt asks, for example “Let Firefox use the network?”."""
    folder = folder_of(permission)
    if folder is not None:
        return filled(_tr(_FOLDER[folder.writable][0]), app_name, folder.path)
    return filled(_tr(_WORDS.get(permission, _OTHER)[1]), app_name, permission)


def explain(permission: str) -> str:
    """One sentence on what a yes allows."""
    folder = folder_of(permission)
    return _tr(_FOLDER[folder.writable][1] if folder is not None else _WORDS.get(permission, _OTHER)[2])


def chip_words(info: PermissionInfo) -> str:
    """Few words on where an app stands with a permission, for example “asks for network”."""
    noun = noun_of(info.permission)
    if info.decision == "allow":
        return _tr(QT_TRANSLATE_NOOP("Permissions", "may use %1")).replace("%1", noun)
    if info.decision == "deny":
        return _tr(QT_TRANSLATE_NOOP("Permissions", "may not use %1")).replace("%1", noun)
    return _tr(QT_TRANSLATE_NOOP("Permissions", "asks for %1")).replace("%1", noun)


def noun_of(permission: str) -> str:
    folder = folder_of(permission)
    if folder is not None:
        return folder.path
    words = _WORDS.get(permission)
    return _tr(words[0]) if words is not None else permission


def _tr(text: str) -> str:
    return QCoreApplication.translate(_CONTEXT, text)
