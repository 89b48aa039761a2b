"""From a manifest and the user's decisions to a launch plan: the security boundary of Berth.

One pure function decides what an app gets. Nothing of the host enters a plan but what is an
argument here, and no runtime adds to a plan.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from berth.core.folders import folder_of, mounts_of
from berth.core.manifest import Manifest
from berth.core.permissions import FOLDERS, GPU, NETWORK
from berth.core.plan import (
    BUS_ADDRESS,
    GTK2_STYLES,
    PLAIN_NAME,
    POINTER_THEME,
    SANDBOX_FOLDERS,
    SANDBOX_HOME,
    SANDBOX_HOMES,
    SANDBOX_INSTANCE_DIR,
    SANDBOX_RECEIVED,
    SANDBOX_RUNTIME_DIR,
    SANDBOX_STYLE,
    STOP_SIGNALS,
    THEME_NAMES,
    LaunchPlan,
    Mount,
    RenderNode,
    Style,
)
from berth.core.problem import Problem
from berth.core.starters import starter
from berth.core.volumes import mounts_of as volume_mounts
from berth.core.x11 import X11_DISPLAY, X11_WAYS

SANDBOX_USER = "berth"
WAYLAND_SOCKET = "wayland-0"
MAX_ARGUMENTS = 256
MAX_ARGUMENT_BYTES = 128 << 10
"""Linux takes no single argument longer than this (MAX_ARG_STRLEN)."""

_CONFIG_DIRS = "/etc/xdg"
_DATA_DIRS = "/usr/local/share:/usr/share"

_ICONS = ("/usr/share/icons", "/usr/share/pixmaps")
_GTK3_OVERLAY = f"/org/gtk/libgtk/theme/Adwaita={SANDBOX_STYLE}/share/themes/{THEME_NAMES[0]}/gtk-3.0"
_RENDER_NODE = re.compile(r"/dev/dri/renderD[0-9]{1,5}")
_DESCRIPTION = re.compile(r"/sys/devices(/(?!\.\.?/)[A-Za-z0-9_.:@-]+)+(?<!/\.)(?<!/\.\.)")
_DEVICE_NUMBERS = "/sys/dev/char"
"""Links from numbers of devices to their descriptions, by which drivers find theirs."""

_TIME_ZONE = re.compile(r"[A-Za-z0-9_+-]{1,32}(/[A-Za-z0-9_+-]{1,32}){0,2}")


def compile_plan(
    manifest: Manifest,
    *,
    instance: str,
    rootfs: str,
    instance_directory: str,
    home: str,
    granted: Collection[str] = (),
    arguments: tuple[str, ...] = (),
    time_zone: str = "",
    wayland_socket: str = "",
    received: str = "",
    graphics: tuple[RenderNode, ...] = (),
    style: Style | None = None,
    homes: Collection[str] = (),
    volumes: str = "",
) -> LaunchPlan:
    """The plan of one instance.

    Args:
        rootfs: the app's unpacked image, absolute host path.
        instance_directory: host directory whose sockets the app may see.
        home: host directory that is the app's home if its manifest says `persist`; not used otherwise.
        granted: permissions in force; one that the manifest does not declare gives nothing.
        arguments: added to the manifest's command.
        time_zone: a name of the tz database; ignored if it is not well-formed.
        wayland_socket: host socket to appear as the app's display, "" if one is made in `instance_directory`.
        received: host directory of files that the user hands this instance from other apps, "" if nobody can.
        graphics: what the host has of it.
        style: how the app finds the files that say what it looks like; None if there are none.
        homes: names of what the image has in /home beside the app's own home: to be seen there, read-only.
        volumes: host directory in which the app's volumes lie, "" if it gets none.

    Raises:
        Problem: ``arguments-invalid``.
    """
    _check_arguments(arguments)
    declared = {request.name for request in manifest.permissions}
    allowed = declared.intersection(granted)
    mounts = [Mount(home, SANDBOX_HOME, writable=True)] if manifest.persist else []
    kept = volume_mounts(manifest.volumes, volumes) if volumes and manifest.persist else []
    taken = {mount.target for mount in kept}  # container engines refuse two mounts at one place
    mounts += [Mount(f"{rootfs}{place}", place) for place in _homes(homes) if place not in taken]
    mounts += kept
    if wayland_socket:
        mounts.append(Mount(wayland_socket, f"{SANDBOX_INSTANCE_DIR}/{WAYLAND_SOCKET}"))
    if received:
        mounts.append(Mount(received, SANDBOX_RECEIVED))
    mounts += mounts_of(folder for name in sorted(allowed) if (folder := folder_of(name)) is not None)
    nodes = [node for node in graphics if GPU in allowed and _RENDER_NODE.fullmatch(node.device)]
    described = sorted({node.description for node in nodes if _DESCRIPTION.fullmatch(node.description)})
    mounts += [Mount(path, path) for path in ([_DEVICE_NUMBERS, *described] if described else [])]
    return LaunchPlan(
        instance=instance,
        app=manifest.id,
        rootfs=rootfs,
        arguments=(*starter(manifest), *manifest.command, *arguments),
        environment=_environment(manifest, time_zone, _style(style, manifest.display)),
        working_directory=manifest.directory or SANDBOX_HOME,
        hostname=SANDBOX_USER,
        instance_directory=instance_directory,
        mounts=tuple(mounts),
        tmpfs=(*(() if manifest.persist else (SANDBOX_HOME,)), *(("/sys",) if described else ())),
        network="nat" if NETWORK in allowed else "none",
        network_later=NETWORK in declared,
        devices=tuple(node.device for node in nodes),
        limits=manifest.limits,
        # What starts before an app's own program would not pass another one on.
        stop_signal=STOP_SIGNALS[0] if starter(manifest) else manifest.stop_signal,
    )


def _homes(names: Collection[str]) -> list[str]:
    places = [f"{SANDBOX_HOMES}/{name}" for name in sorted(names) if PLAIN_NAME.fullmatch(name)]
    return [place for place in places if place != SANDBOX_HOME]


def _check_arguments(arguments: tuple[str, ...]) -> None:
    if len(arguments) > MAX_ARGUMENTS:
        raise Problem("arguments-invalid", f"An app takes at most {MAX_ARGUMENTS} arguments.")
    for argument in arguments:
        if "\0" in argument:
            raise Problem("arguments-invalid", "An argument of the app holds a null character.")
        if len(argument.encode(errors="surrogatepass")) >= MAX_ARGUMENT_BYTES:
            raise Problem("arguments-invalid", f"An argument of the app is longer than {MAX_ARGUMENT_BYTES >> 10} KiB.")


def given(plan: LaunchPlan) -> frozenset[str]:
    """Which of `berth.core.permissions.USES` lie in the container of a plan, for as long as it runs."""
    folders = any(mount.target.startswith(f"{SANDBOX_FOLDERS}/") for mount in plan.mounts)
    return frozenset((*((GPU,) if plan.devices else ()), *((FOLDERS,) if folders else ())))


def has_bus(plan: LaunchPlan) -> bool:
    """Whether the app looks for a message bus in its own directory."""
    return ("DBUS_SESSION_BUS_ADDRESS", BUS_ADDRESS) in plan.environment


def _style(style: Style | None, display: str) -> dict[str, str]:
    """Where an app looks for its system's settings; those in its own home are stronger.

    Stock Qt reads colours from a file for KDE's apps alone. Qt 6 reads it again when the app's message bus says so.
    Qt 5 never does: there a plug-in that has files of its own comes in its place, if the image has it.
    """
    if style is None:
        return {}
    variables = {
        "XDG_CONFIG_DIRS": f"{SANDBOX_STYLE}/config:{_CONFIG_DIRS}",
        "XDG_DATA_DIRS": f"{_DATA_DIRS}:{SANDBOX_STYLE}/share",
        "XCURSOR_PATH": ":".join(
            (f"{SANDBOX_HOME}/.local/share/icons", f"{SANDBOX_HOME}/.icons", f"{SANDBOX_STYLE}/share/icons", *_ICONS)
        ),
        "XCURSOR_THEME": POINTER_THEME,
        "XCURSOR_SIZE": str(style.pointer_size),
    }
    if display in X11_WAYS:
        variables["XENVIRONMENT"] = f"{SANDBOX_STYLE}/config/Xresources"
    if "gtk2" in style.toolkits:
        variables["GTK2_RC_FILES"] = f"{SANDBOX_STYLE}/{GTK2_STYLES}:{SANDBOX_HOME}/.gtkrc-2.0"
    if {"gtk3", "gtk4"} & style.toolkits:
        variables |= _gtk_on_x11(style) if display in X11_WAYS else _gtk(style)
    if "qt6" in style.toolkits:
        variables["DBUS_SESSION_BUS_ADDRESS"] = BUS_ADDRESS
    if "qt" in style.toolkits:
        follows = "qt5ct" in style.toolkits and "qt6" not in style.toolkits
        variables |= {"QT_QPA_PLATFORMTHEME": "qt5ct" if follows else "kde", "KDE_SESSION_VERSION": "5"}
    return variables


def _gtk(style: Style) -> dict[str, str]:
    """GTK reads a theme again when its settings name another one, and libadwaita the colours among its resources.

    A theme that is named here would be stronger than settings, and stay: so ours lies over the one that GTK brings.
    """
    # Without the last GTK 4 waits for a bus of screen readers.
    variables = {"DBUS_SESSION_BUS_ADDRESS": BUS_ADDRESS, "GTK_A11Y": "none"}
    if "adwaita" in style.toolkits:
        overlay = f"/org/gnome/Adwaita/styles={SANDBOX_STYLE}/adwaita"
    elif "gtk3" in style.toolkits:
        overlay = _GTK3_OVERLAY
    else:
        return {**variables, "GTK_THEME": THEME_NAMES[0]}
    return {**variables, "G_RESOURCE_OVERLAYS": overlay}


def _gtk_on_x11(style: Style) -> dict[str, str]:
    """GTK asks the X server's settings service, which is one of ours, and may come later than the app.

    libadwaita asks others, so it stays as at its start.
    """
    if "adwaita" not in style.toolkits and "gtk3" in style.toolkits:
        return {"G_RESOURCE_OVERLAYS": _GTK3_OVERLAY}
    variables = {"GTK_THEME": THEME_NAMES[0]}
    if "adwaita" in style.toolkits:
        variables["ADW_DEBUG_COLOR_SCHEME"] = "prefer-dark" if style.dark else "default"
        variables["ADW_DEBUG_HIGH_CONTRAST"] = str(int(style.high_contrast))
    return variables


def _environment(manifest: Manifest, time_zone: str, style: dict[str, str]) -> tuple[tuple[str, str], ...]:
    """The manifest may add variables and change what only concerns itself, never what Berth relies on."""
    x11 = manifest.display in X11_WAYS
    variables = {
        "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games",
        "SHELL": "/bin/sh",
        "LANG": "C.UTF-8",
        "XDG_CONFIG_HOME": f"{SANDBOX_HOME}/.config",
        "XDG_CACHE_HOME": f"{SANDBOX_HOME}/.cache",
        "XDG_DATA_HOME": f"{SANDBOX_HOME}/.local/share",
        "XDG_STATE_HOME": f"{SANDBOX_HOME}/.local/state",
        "XDG_DATA_DIRS": _DATA_DIRS,
        "XDG_CONFIG_DIRS": _CONFIG_DIRS,
        "GDK_BACKEND": "x11" if x11 else "wayland",
        "QT_QPA_PLATFORM": "xcb" if x11 else "wayland",
        "MOZ_ENABLE_WAYLAND": "1",
        # Settings go into a file in the app's own home: there is no dconf service to talk to.
        "GSETTINGS_BACKEND": "keyfile",
        **style,
    }
    if _TIME_ZONE.fullmatch(time_zone):
        variables["TZ"] = time_zone
    variables |= dict(manifest.environment)
    variables |= {
        "HOME": SANDBOX_HOME,
        "USER": SANDBOX_USER,
        "LOGNAME": SANDBOX_USER,
        "XDG_RUNTIME_DIR": SANDBOX_RUNTIME_DIR,
        "XDG_SESSION_TYPE": "wayland",
        "XDG_CURRENT_DESKTOP": "Berth",
        "WAYLAND_DISPLAY": WAYLAND_SOCKET,
        # There is no accessibility bus inside; without this GTK waits for one.
        "NO_AT_BRIDGE": "1",
        **({"DISPLAY": X11_DISPLAY} if x11 else {}),
    }
    return tuple(sorted(variables.items()))
