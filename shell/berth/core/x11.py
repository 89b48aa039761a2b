"""Programs of the X Window System: what has to run in their container before they do.

Each gets an X server of its own, which ends with it and which nothing outside the container can reach. What shows the
server's windows is a client of the desktop like any other.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from berth.core.manifest import Display
from berth.core.plan import SANDBOX_STYLE

X11_DISPLAY = ":0"
X11_WAYS: tuple[Display, ...] = ("xwayland", "xpra")
CLOSE_X11 = ("wmctrl", "-c", ":ACTIVE:")
"""Run inside, asks the program in front to close; it may ask back what to save."""

_INSIDE = Path(__file__).parents[1] / "inside"
_SELECTIONS = ("wayland_wire", "x11_wire", "x11_transfers", "x11_offers", "x11_drags", "x11_drops", "x11_selections")
_SETTINGS = ("x11_wire", "x11_settings")
STYLE_CHANGED = "/tmp/.berth-style"
"""A FIFO in the container: a line written to it has X programs told that the desktop looks otherwise now."""

_WRITE_PARTS = """\
parts=$1
shift
place=$(mktemp -d)
mkdir -p "$place/berth/inside"
while [ "$parts" -gt 0 ]; do
  printf %s "$2" >"$place/berth/inside/$1.py"
  shift 2
  parts=$((parts - 1))
done
"""
_TELL_SETTINGS = f"""\
[ ! -x /usr/bin/python3 ] || [ ! -d {SANDBOX_STYLE} ] || (
  cd "$place"
  exec /usr/bin/python3 -EsSB -m berth.inside.x11_settings {SANDBOX_STYLE} {STYLE_CHANGED} 2>"$place/settings.log"
) &
"""

_XWAYLAND = f"""\
set -e
mkdir -p /tmp/.X11-unix
ready=$(mktemp -u)
mkfifo "$ready"
Xwayland {X11_DISPLAY} -shm -nolisten tcp -noreset -displayfd 3 3>"$ready" &
read -r _display <"$ready"
rm "$ready"
matchbox-window-manager -use_titlebar no &
{_WRITE_PARTS}{_TELL_SETTINGS}[ ! -x /usr/bin/python3 ] || (
  cd "$place"
  failures=0
  until /usr/bin/python3 -EsSB -m berth.inside.x11_selections 2>"$place/selections.log"; do
    failures=$((failures + 1))
    [ $failures -lt 8 ] || exit
    sleep 0.5
  done
) &
exec "$@"
"""
"""A server in one window, a window manager for it, and what joins its clipboard to the desktop's. The app starts when
the server has said that it is ready. An image without Python has a clipboard of its own."""

_ONLY_WINDOWS = " ".join(
    [
        *(f"--{what}=no" for what in ("mdns", "notifications", "bell", "system-tray", "webcam", "remote-logging")),
        *(f"--{what}=off" for what in ("file-transfer", "open-files", "open-url", "ssl")),
        *(f"--{what}=none" for what in ("video-encoders", "video-decoders", "csc-modules")),
        "--speaker=disabled --microphone=disabled --encodings=rgb",
    ]
)
"""What Xpra offers beside windows and the clipboard needs other ways out of the container, or is there in Berth. Both
ends share memory, so there is nothing to compress either. Where that lies is said to them: Xpra looks in a directory
of the user's number, which is not the same in every container."""

_SERVER_ENDED = "The X server of this app has ended, and the app with it."

_XPRA = f"""\
set -e
client=$1
shift
{_WRITE_PARTS}command -v xpra >/dev/null || {{
  echo "The image of this app has no Xpra. Choose another way to show its windows." >&2
  exit 127
}}
mkdir -p -m 1777 /tmp/.X11-unix
mkfifo "$place/ready"
printf %s "$client" >"$place/client.py"
: >"$place/authority"
give_up() {{
  echo "$1" >"$place/failed"
  kill $$ 2>/dev/null
  sleep 3
  echo "$1" >&2
  kill -KILL $$ 2>/dev/null
}}
(
  export HOME="$place" XAUTHORITY="$place/authority" XPRA_SYSTEM_CONF_DIRS="$place/none" XPRA_CLIPBOARD_IMAGE_STAMP=0
  xpra start {X11_DISPLAY} --daemon=no --bind="$place/socket" --start="sh -c 'echo ready >$place/ready'" \\
    --exit-with-client=no --opengl=noprobe --pulseaudio=no --printing=no --html=off --ssh= --systemd-run=no \\
    --dbus-launch=no --dbus-control=no --dbus-proxy=no --start-new-commands=no --xsettings=no {_ONLY_WINDOWS} \\
    --xvfb="Xvfb -screen 0 3840x2160x24+32 -nolisten tcp -nolisten local -noreset +extension GLX" \\
    >"$place/server.log" 2>&1 || :
  if [ -p "$place/ready" ]; then
    echo ended >"$place/ready"
    sleep 1 # for the last word of the shell that waits there
  fi
  give_up "{_SERVER_ENDED}"
) &
read -r state <"$place/ready"
rm "$place/ready"
[ "$state" = ready ] || {{
  tail -n 20 "$place/server.log" >&2
  echo "The X server of this app did not start." >&2
  exit 1
}}
{_TELL_SETTINGS}(
  unset DISPLAY
  export HOME="$place" GDK_BACKEND=wayland XPRA_SYSTEM_CONF_DIRS="$place/none" XPRA_CLIPBOARD_WANT_TARGETS=1
  failures=0
  while [ $failures -lt 8 ]; do
    began=$(date +%s)
    rm -f "$place/pixels"
    /usr/bin/python3 "$place/client.py" attach "socket:$place/socket" --title=@title@ --compress=0 --opengl=no \\
      --mmap="$place/pixels" --tray=no --keyboard-raw=yes {_ONLY_WINDOWS} >"$place/client.log" 2>&1 || :
    [ $(($(date +%s) - began)) -lt 30 ] || failures=0
    failures=$((failures + 1))
    sleep 0.5
  done
  give_up "The windows of this app could not be shown."
) &
"$@" &
app=$!
trap 'kill $app 2>/dev/null || :' TERM INT HUP
code=0
wait $app || code=$?
while kill -0 $app 2>/dev/null; do
  code=0
  wait $app || code=$?
done
if [ -f "$place/failed" ]; then
  tail -q -n 20 "$place/server.log" "$place/client.log" >&2 2>/dev/null || :
  cat "$place/failed" >&2
  exit 1
fi
[ $code = 0 ] || wmctrl -m >/dev/null 2>&1 || echo "{_SERVER_ENDED}" >&2
exit $code
"""
"""A server in memory, and a client that gives each of its windows one of the desktop's. A client that ends is started
again and finds the windows as they were; it is given up when it does not last. The server's own clients need no key to
it: there are no others in the container. What an app says that has lost its server is not what went wrong, so the
shell stays and has the last word, and what Xpra itself has to say is kept for that moment."""


def start_xwayland() -> tuple[str, ...]:
    """What has to run around an app's own command, which follows as arguments."""
    return "/bin/sh", "-c", _XWAYLAND, "start-x11", *_parts(*_SELECTIONS, _SETTINGS[-1])


def start_xpra() -> tuple[str, ...]:
    """As `start_xwayland`."""
    return "/bin/sh", "-c", _XPRA, "start-xpra", _text("xpra_client"), *_parts(*_SETTINGS)


def _parts(*names: str) -> tuple[str, ...]:
    return str(len(names)), *(text for name in names for text in (name, _text(name)))


@cache
def _text(name: str) -> str:
    return (_INSIDE / f"{name}.py").read_text()
