"""What runs in an app's container before its own command: an X server (`x11`), a terminal or a browser to show it in.

They come from the app's image, end with the app, and nothing outside of the container reaches them.

Sources: foot(1), chromium(1), https://www.gnu.org/software/bash/manual/bash.html (/dev/tcp, wait).
"""

from __future__ import annotations

from collections.abc import Mapping

from berth.core.manifest import Display, Manifest
from berth.core.x11 import start_xpra, start_xwayland

PROGRAMS: Mapping[Display, str] = {"xwayland": "Xwayland", "xpra": "xpra", "terminal": "foot", "web": "chromium"}
"""The program in ``/usr/bin`` that a way of display needs; each is in a Debian package of its name in small letters."""

_CELLS = "100x30"
"""Columns and rows of a terminal that nobody has resized; some programs need 80x24."""

_IN_TERMINAL = r"""
name=$1
shift
for _look in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    [ "$(stty size)" = "24 80" ] || break
    sleep 0.05
done
trap : INT QUIT
trap 'closed=1' HUP TERM
"$@"
code=$?
[ -z "$closed" ] || exit 0
case $code in 0 | 129 | 130 | 143) exit $code ;; esac
stty sane
printf '\033[?1049l\033[?25h\033[0m\033]2;%s failed\033\\' "$name"
printf '\n%s ended with code %s. Press Enter to close this window.\n' "$name" "$code"
read -r _answer
exit $code
"""
"""Waits until the terminal has the size of its window, a second at most: programs that are told of it while they start
may miss that. Keeps the window of a command that failed, with what it has said. Keys that interrupt the command are
not for this shell; a window that the user closes ends both, and is no failure. Nor is it one to be ended by a signal
that asks for an end."""

_SHOW_PAGE = """\
port=$1 path=$2
shift 2
trap 'kill $server $browser 2>/dev/null' TERM
"$@" &
server=$!
pauses=(0.05 0.1 0.2 0.4)
until (: </dev/tcp/127.0.0.1/$port) 2>/dev/null; do
    kill -0 $server 2>/dev/null || { wait $server; exit; }
    sleep ${pauses[0]}
    [ ${#pauses[@]} -eq 1 ] || pauses=("${pauses[@]:1}")
done
state=$XDG_STATE_HOME/page
mkdir -p "$state"
exec 9>"$state/lock"
if flock -n 9; then rm -f "$state"/Singleton*; else state=$(mktemp -d); fi
chromium --app="http://127.0.0.1:$port$path" --user-data-dir="$state" --ozone-platform=wayland --no-sandbox \\
    --enable-wayland-ime --wayland-text-input-version=3 --window-size=960,640 --test-type --no-first-run \\
    --no-default-browser-check --password-store=basic \\
    --disable-gpu --disable-sync --disable-background-networking --disable-component-update --log-level=3 &
browser=$!
if kill -0 $server 2>/dev/null; then wait -n $server $browser; else wait $server; fi
code=$?
kill $server $browser 2>/dev/null
(sleep 3; kill -KILL $server $browser) 2>/dev/null &
wait $server $browser
exit $code
"""
"""Starts the app, shows its page when its port answers, and ends both when one of them ends. What the browser has
stored for the page stays in the app's home; a second instance that shares it has a store of its own."""


def starter(manifest: Manifest) -> tuple[str, ...]:
    """The arguments in front of the app's own command. What a manifest says is never part of a script."""
    match manifest.display:
        case "xwayland":
            return start_xwayland()
        case "xpra":
            return start_xpra()
        case "terminal":
            window = (f"--app-id={manifest.id}", f"--title={manifest.name}", f"--window-size-chars={_CELLS}")
            return "foot", *window, "--log-level=error", "/bin/sh", "-c", _IN_TERMINAL, "in-terminal", manifest.name
        case "web":
            return "/bin/bash", "-c", _SHOW_PAGE, "show-page", str(manifest.web.port), manifest.web.path
        case "wayland":
            return ()
