"""A terminal for a program whose image has none: it runs in a container of its own, beside the program's.

The two share one socket, in the directory of the terminal's instance, which the program does not see; what goes
through it is said in `berth.runtimes.terminal`. The program's container is held open by a program of the terminal's
image that does nothing, so that the command can be started again in it, and other commands beside it.

Sources: foot(1), foot.ini(5), perlipc(1), ld.so(8).
"""

from __future__ import annotations

import msgspec

from berth.core.manifest import Manifest
from berth.core.plan import SANDBOX_INSTANCE_DIR, LaunchPlan, Limits, Mount

TERMINAL_APP = "org.codeberg.dnkl.foot"
"""The app whose image is lent."""

SOCKET = "program"
"""In the directory of the terminal's instance."""

SHELLS = (("/bin/bash",), ("/usr/bin/bash",), ("/bin/zsh",), ("/bin/sh",), ("/usr/bin/sh",))
"""The first one that an image has is what people type to; not as a log-in, which would forget the image's variables."""

HOLD = "/run/hold"
"""Where the program is that holds a container open."""
_HOLDER, _SHELL, _LOADER, _LIBRARY = "sleep", "dash", "ld.so", "libc.so.6"
PROGRAMS = (_HOLDER, _SHELL)
"""What the terminal's image must have to be lent, beside the terminal itself."""
WAITING_SHELL = f"{HOLD}/{_SHELL}"
WAITING = (f"{HOLD}/{_LOADER}", "--library-path", HOLD, WAITING_SHELL, "-c", 'read -r _; exec "$@"', "sh")
"""Before a command: it begins with the first line that its terminal is sent, so not before that has its size."""
_CELLS = "100x30"
_LIMITS = Limits(memory=512 << 20, processes=64, open_files=1024)
_RELAY = r"""
use strict; use Socket; use POSIX ();
socket(my $program, AF_UNIX, SOCK_SEQPACKET, 0) or exit 1;
connect($program, pack_sockaddr_un(shift)) or exit 1;
my $size = sub {
    my $all = "\0" x 8;
    ioctl(STDIN, 0x5413, $all) or return "";
    my ($rows, $columns) = unpack "S2", $all;
    pack "n2", $rows, $columns;
};
for (1 .. 20) {
    last if $size->() ne pack "n2", 24, 80;
    select undef, undef, undef, 0.05;
}
system "stty", "raw", "-echo";
pipe(my $woken, my $wake) or exit 1;
$SIG{WINCH} = sub { syswrite $wake, "w" };
$SIG{PIPE} = "IGNORE";
my ($ended, @out) = (0, "s" . $size->());
my $nonblocking = MSG_DONTWAIT;
while (1) {
    my ($read, $write) = ("", "");
    vec($read, fileno($_), 1) = 1 for $program, $woken, @out ? () : \*STDIN;
    vec($write, fileno($program), 1) = 1 if @out;
    next if select($read, $write, undef, undef) < 0;
    if (@out and vec $write, fileno($program), 1) {
        defined send($program, $out[0], $nonblocking) ? shift @out : $!{EAGAIN} || exit 0;
    }
    if (vec $read, fileno($woken), 1) {
        sysread $woken, my $signs, 99;
        push @out, "s" . $size->();
    }
    if (vec $read, fileno($program), 1) {
        defined recv($program, my $packet, 65536, 0) or $!{EINTR} ? next : exit 0;
        exit 0 if $packet eq "";
        my ($kind, $text) = unpack "a a*", $packet;
        if ($kind eq "e") {
            POSIX::tcflush(0, POSIX::TCIFLUSH());
            $ended = 1;
        }
        while (length $text) {
            my $done = syswrite STDOUT, $text;
            defined $done ? substr $text, 0, $done, "" : $!{EINTR} || exit 0;
        }
    }
    if (vec $read, fileno(STDIN), 1) {
        my $got = sysread STDIN, my $keys, 8192;
        next if !defined $got and $!{EINTR};
        exit 0 if !$got;
        if (!$ended) { push @out, "i$keys" }
        elsif ($keys =~ /^[\r\n]/) { $ended = 0; push @out, "a" . $size->() }
        elsif ($keys =~ /^(\e|[q\x03\x04])$/) { exit 0 }
    }
}
"""
"""Between the terminal's own pseudo-terminal and the socket. Waits, a second at most, until the window has its size:
programs that are told of it while they start may miss that."""


def companion(instance: str, what: str = "terminal") -> str:
    """Id of a terminal's instance; `owner_of` finds the app's again."""
    return f"{instance}.{what}"


def owner_of(instance: str) -> str:
    """The instance that a terminal is lent to; "" for every other instance."""
    owner, dot, _what = instance.partition(".")
    return owner if dot else ""


def without_starter(app: Manifest) -> Manifest:
    """The app whose command is to be executed by itself: what shows it runs elsewhere."""
    return msgspec.structs.replace(app, display="wayland")


def terminal_manifest(app: Manifest, title: str = "") -> Manifest:
    """What runs in the terminal's container. What the app's manifest says is never part of a script."""
    window = (f"--app-id={app.id}", f"--title={title or app.name}", f"--window-size-chars={_CELLS}")
    relay = ("/usr/bin/perl", "-e", _RELAY, f"{SANDBOX_INSTANCE_DIR}/{SOCKET}")
    return Manifest(app.id, app.name, ("foot", *window, "--log-level=error", *relay), limits=_LIMITS)


def held_open(plan: LaunchPlan, rootfs: str, libraries: str) -> LaunchPlan:
    """A plan whose container waits for commands, in place of the app's own.

    Args:
        rootfs: the terminal's unpacked image.
        libraries: the folder there with the C library and what loads it, as ``usr/lib/x86_64-linux-gnu/ld-linux...``.
    """
    folder = libraries.rpartition("/")[0]
    mounts = (
        *(Mount(f"{rootfs}/usr/bin/{name}", f"{HOLD}/{name}") for name in PROGRAMS),
        Mount(f"{rootfs}/{libraries}", f"{HOLD}/{_LOADER}"),
        Mount(f"{rootfs}/{folder}/{_LIBRARY}", f"{HOLD}/{_LIBRARY}"),
    )
    terminal = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
    return msgspec.structs.replace(
        plan,
        arguments=(f"{HOLD}/{_LOADER}", "--library-path", HOLD, f"{HOLD}/{_HOLDER}", "infinity"),
        mounts=(*plan.mounts, *mounts),
        environment=tuple(sorted((terminal | dict(plan.environment)).items())),
    )
