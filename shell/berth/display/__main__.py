"""``python -m berth.display --listen-fd N``: started by the supervisor, which holds the listening socket."""

from __future__ import annotations

import argparse
import gc
import logging
import resource
import socket
import sys
from pathlib import Path

from berth.display.server import Server


def main() -> int:
    parser = argparse.ArgumentParser(prog="berth.display", description="The Wayland display server of a Berth session.")
    parser.add_argument("--listen-fd", type=int, required=True, help="inherited listening socket for ui and engine")
    parser.add_argument("--lock-marker", type=Path, help="the file that is there while the session is locked")
    parser.add_argument("--greeter", type=Path, help="nobody has logged in yet; the last login is remembered there")
    parser.add_argument("--debug", action="store_true", help="log more")
    options = parser.parse_args()
    logging.basicConfig(
        level=logging.DEBUG if options.debug else logging.INFO,
        format="%(asctime)s display %(levelname)s %(message)s",
        stream=sys.stderr,
    )
    try:
        listener = socket.socket(fileno=options.listen_fd)
    except OSError:
        print(f"Descriptor {options.listen_fd} is no listening socket.", file=sys.stderr)  # noqa: T201
        return 2
    # Every buffer of every window is a descriptor; the usual 1,024 would be a limit on windows.
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    server = Server(listener, options.lock_marker, options.greeter)
    # What lives now lives on: the collector need not look at it again, which takes its pauses away.
    gc.collect()
    gc.freeze()
    server.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
