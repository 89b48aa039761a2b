"""New colours for programs that run and hear of them in no other way: done as they do it, inside of their containers.

Terminals read their configuration once. But the programs in them may change colours with control sequences (OSC 4,
10, 11, 17 and 19, https://invisible-island.net/xterm/ctlseqs/ctlseqs.html), and a terminal takes what anybody writes
to its pty for theirs. GTK reads a theme once, but another one as soon as its settings name that; in a container they
are a file in the app's home (https://docs.gtk.org/gio/func.keyfile_settings_backend_new.html). What writes there runs
in the app's container, as confined as the app.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Collection
from pathlib import Path

from berth.core.messages import AppPalette
from berth.core.plan import SANDBOX_STYLE, THEME_NAMES, Toolkit
from berth.core.problem import Problem
from berth.core.x11 import STYLE_CHANGED
from berth.engine.appearance.qt5 import SETTINGS
from berth.runtimes.port import Instance, Runtime

_TERMINALS = ("foot", "xterm")
"""Those that have their colours from us at their start, and do not look for others: alacritty reads its file again by
itself, kitty takes only what its user has it include."""
_X_SERVERS = ("Xwayland", "xpra")
_SECONDS = 15.0
"""A terminal that is held (Ctrl+S) takes nothing."""
TERMINALS = """\
if [ ! -e "${XDG_CONFIG_HOME:-$HOME/.config}/foot/foot.ini" ] && [ ! -e "$HOME/.Xdefaults" ]; then
  for terminal in /dev/pts/[0-9]*; do printf %s "$1" >"$terminal"; done
fi
"""
"""Not where the user has colours of their own."""
_X11 = f"""\
if [ -p {STYLE_CHANGED} ]; then
  echo 1<>{STYLE_CHANGED}
  exit
fi
"""
"""X programs hear of it from one of ours. Opened in a way that waits for nobody."""
_QT5 = f"""\
own=${{XDG_CONFIG_HOME:-$HOME/.config}}/{SETTINGS.removeprefix("config/")}
ours={SANDBOX_STYLE}/{SETTINGS}
if [ -f "$own" ] && [ "$(head -n 1 "$own")" = "$(head -n 1 "$ours")" ] && ! cmp -s "$ours" "$own"; then
  cp "$ours" "$own.new" && mv "$own.new" "$own"
fi
"""
"""Qt 5 made the file from ours and looks for changes beside it. Not where the user has written another one: whatever
writes it anew leaves our first line out."""
_NEXT = "\n".join(
    f"""  "'{name}'"{' | ""' if name == THEME_NAMES[0] else ""}) next={THEME_NAMES[(place + 1) % len(THEME_NAMES)]};;"""
    for place, name in enumerate(THEME_NAMES)
)
_IF_NAMED = """\
settings=${XDG_CONFIG_HOME:-$HOME/.config}/glib-2.0/settings
[ -n "$2$3" ] || [ -e "$settings/berth-icons" ] || [ -e "$settings/berth-pointers" ] || exit 0
"""
"""What has its colours in another way is left alone where there is nothing else."""
_GTK = f"""\
[ "$GSETTINGS_BACKEND" = keyfile ] || exit 0
umask 077
settings=${{XDG_CONFIG_HOME:-$HOME/.config}}/glib-2.0/settings
group='\\[org/gnome/desktop/interface\\]'
mkdir -p "$settings" && touch "$settings/keyfile" || exit
named() {{ sed -n "\\|^$group|,\\|^\\[|s/^$1=//p" "$settings/keyfile"; }}
case $(named gtk-theme) in
{_NEXT}
  *) exit 0;;
esac
keys=gtk-theme
lines="gtk-theme='$next'"
follow() {{
  chosen=$(named "$1")
  [ -z "$chosen" ] || [ "$chosen" = "$(cat "$settings/$2" 2>/dev/null)" ] || return 0
  keys="$keys\\|$1"
  rm -f "$settings/$2"
  [ -n "$3" ] || return 0
  echo "$3" >"$settings/$2"
  lines="$lines\\n$1=$3"
}}
follow icon-theme berth-icons "${{2:+'$2'}}"
follow cursor-theme berth-pointers "${{3:+'$3'}}"
follow cursor-size berth-pointer-size "$4"
for _attempt in 1 2 3; do
  {{
    sed "\\|^$group|,\\|^\\[|{{/^\\($keys\\)=/d}}; s|^$group.*|&\\n$lines|" "$settings/keyfile"
    grep -q "^$group" "$settings/keyfile" || printf "[org/gnome/desktop/interface]\\n$lines\\n"
  }} >"$settings/keyfile.new" && mv "$settings/keyfile.new" "$settings/keyfile"
  sleep 1
  [ "$(named gtk-theme)" != "'$next'" ] || break
done
"""
"""Names our theme otherwise than before, and again if the app has just written all that it knew into the same file.
There are some names more than two, as an app that is busy may see the last of several changes alone. A theme that the
user has chosen stays, and so do icons and pointers: what was named here last is kept beside, to tell it from a
choice."""


def script(rootfs: str, there: Collection[Toolkit]) -> str:
    """What has to be done in a container made from an unpacked image that holds these toolkits, "" if nothing.

    libadwaita hears of colours by the app's message bus, but GTK 4 asks its settings for icons and pointers.
    """
    parts = [TERMINALS] if _has_any(rootfs, _TERMINALS) else []
    parts += [_QT5] if "qt5ct" in there else []
    parts += [_X11] if _has_any(rootfs, _X_SERVERS) else []
    if "gtk3" in there and "adwaita" not in there:
        parts += [_GTK]
    elif "gtk4" in there:
        parts += [_IF_NAMED, _GTK]
    return "".join(parts)


def _has_any(rootfs: str, programs: Collection[str]) -> bool:
    return any(os.path.lexists(Path(rootfs, "usr/bin", program)) for program in programs)


def sequences(palette: AppPalette) -> str:
    values = {"10": palette.view_text, "11": palette.view, "17": palette.accent, "19": palette.on_accent}
    values |= {f"4;{number}": color for number, color in enumerate(palette.terminal)}
    return "".join(f"\x1b]{code};{color}\x1b\\" for code, color in values.items())


class RunningApps:
    """Of several palettes that come while an app is told of one it is told the last."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._due: dict[str, tuple[Instance, str, AppPalette]] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def tell(self, instance: Instance, script: str, palette: AppPalette) -> None:
        self._due[instance.id] = (instance, script, palette)
        if instance.id not in self._tasks:
            self._tasks[instance.id] = asyncio.create_task(self._work(instance.id))

    async def _work(self, name: str) -> None:
        try:
            while name in self._due:
                instance, script, palette = self._due.pop(name)
                # One that has ended, or takes nothing now, has the colours when it starts again.
                with contextlib.suppress(Problem, TimeoutError):
                    await asyncio.wait_for(self._run(instance, script, palette), _SECONDS)
        finally:
            del self._tasks[name]

    async def _run(self, instance: Instance, script: str, palette: AppPalette) -> None:
        null = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
        try:
            named = (palette.icons, palette.pointers, str(palette.pointer_size) if palette.pointers else "")
            command = ("/bin/sh", "-c", script, "berth-colours", sequences(palette), *named)
            await self._runtime.exec(instance, command, (null, null, null))
        finally:
            os.close(null)

    async def close(self) -> None:
        tasks = tuple(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
