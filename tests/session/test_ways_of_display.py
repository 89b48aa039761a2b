"""Apps of the command line in a terminal, and apps that serve a page in a browser, as if they had windows themselves.

Images of other apps are used, with manifests of the test's own.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from berth.core import messages as m
from tests.picture import Picture
from tests.session.desktop import Desktop, wait_until

# One of them has a browser in it.
pytestmark = pytest.mark.timeout(300)

FOOT = "org.codeberg.dnkl.foot"
CHROMIUM = "org.chromium.Chromium"
GREEN = (10, 125, 60)
TERMINAL = """\
id = "{app}"
name = "Counter"
command = ["/bin/sh", "-c", 'echo "$@"; read -r code; exit "$code"', "counter"]
display = "terminal"
"""
PAGE = """\
id = "{app}"
name = "Counter"
command = ["perl", "-MIO::Socket::INET", "-e", {server}]
display = "web"
[web]
port = 8077
path = "/page?of=1"
"""
SERVER = r"""
if (@ARGV) { print "it is broken\n"; exit 5 }
$SIG{PIPE} = "IGNORE";
sleep 1;
$socket = IO::Socket::INET->new(LocalAddr => "127.0.0.1:8077", Listen => 9, ReuseAddr => 1) or die;
while ($client = $socket->accept) {
    $asked = <$client>;
    $title = $asked =~ m{^GET /page\?of=1 } ? "A page" : "not asked for";
    print $client "HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n<title>$title</title><body bgcolor=#0a7d3c>";
    close $client;
}
"""


class Ends:
    """What a session tells of instances that end."""

    def __init__(self, desktop: Desktop) -> None:
        self._link = desktop.link()
        self._link.call(m.Subscribe())

    def next(self) -> m.InstanceEnded:
        while True:
            message, _fds = self._link.receive(60)
            if isinstance(message, m.InstanceEnded):
                return message

    def close(self) -> None:
        self._link.close()


@pytest.fixture
def ends(new_desktop: Callable[..., Desktop], tmp_path: Path) -> Iterator[tuple[Desktop, Ends]]:
    """A desktop whose only apps are the two of this test."""
    (tmp_path / f"{FOOT}.toml").write_text(TERMINAL.format(app=FOOT))
    (tmp_path / f"{CHROMIUM}.toml").write_text(
        PAGE.format(app=CHROMIUM, server=json.dumps(" ".join(SERVER.split("\n"))))
    )
    desktop = new_desktop(environment={"BERTH_MANIFESTS": str(tmp_path)})
    with contextlib.closing(Ends(desktop)) as ends:
        yield desktop, ends


def test_a_program_of_the_command_line_is_an_app(ends: tuple[Desktop, Ends], tmp_path: Path) -> None:
    desktop, told = ends
    instance = desktop.start(FOOT, "ahoy", "you")
    window = desktop.window_of(instance)
    assert (window["title"], window["app_id"], window["app"]) == ("Counter", FOOT, FOOT)
    assert [(row["instance"], row["app"], row["name"]) for row in desktop.json("ps")] == [(instance, FOOT, "Counter")]
    area = (window["x"], window["y"], window["width"], window["height"])

    def drawn(since: Picture | None = None) -> Picture | None:
        picture = Picture(desktop.screenshot(tmp_path / "now.png"))
        if since is not None:
            return picture if picture.changed(since, area) > 400 else None
        return picture if len(picture.colours((area[0], area[1], 120, 20))) > 4 else None

    said = wait_until(drawn, "what the program says at its start")
    wait_until(lambda: desktop.window_of(instance)["focused"], "the keyboard to be the program's")
    desktop.run("input", "type", "3")
    desktop.run("input", "key", "Return")
    wait_until(lambda: drawn(said), "the sentence about its end")
    wait_until(lambda: desktop.window_of(instance)["title"] == "Counter failed", "the title that says so")
    desktop.run("input", "key", "Return")
    end = told.next()
    assert (end.instance, end.code, end.reason) == (instance, 3, "Counter exited with code 3.")

    instance = desktop.start(FOOT)
    wait_until(lambda: desktop.window_of(instance)["focused"], "the keyboard to be the program's")
    desktop.run("input", "type", "0")
    desktop.run("input", "key", "Return")
    end = told.next()
    assert (end.instance, end.code, end.reason) == (instance, 0, "")

    instance = desktop.start(FOOT)
    desktop.run("close", str(desktop.window_of(instance)["window"]))
    end = told.next()
    assert (end.instance, end.code, end.reason) == (instance, 0, ""), "who closes a window means it"


def test_a_page_is_an_app(ends: tuple[Desktop, Ends], tmp_path: Path) -> None:
    desktop, told = ends
    (row,) = (entry for entry in desktop.json("set", CHROMIUM) if entry["key"] == "display")
    assert row["choices"] == ["web"], "what its image can do"
    refused = desktop.run("set", CHROMIUM, "display=terminal", code=1)
    assert "Counter cannot be shown in a terminal: its image has no foot." in refused.stderr

    failed = desktop.run("run", CHROMIUM, "--wait", "window", "--", "fail", code=1)
    assert "Counter exited at once with code 5: it is broken" in failed.stderr
    assert told.next().code == 5

    instance = desktop.start(CHROMIUM)
    (window,) = wait_until(
        lambda: [w for w in desktop.windows() if w["title"] == "A page"], "the title of the page", 60
    )
    assert (window["instance"], window["app"]) == (instance, CHROMIUM)

    def green() -> bool:
        picture = Picture(desktop.screenshot(tmp_path / "page.png", window["window"]))
        middle = (picture.width // 4, picture.height // 4, picture.width // 2, picture.height // 2)
        return set(picture.colours(middle)) == {GREEN}

    wait_until(green, "the page", 60)
    assert [(row["name"], row["network"]) for row in desktop.json("ps")] == [("Counter", False)]
    desktop.run("close", str(window["window"]))
    end = told.next()
    assert (end.instance, end.code, end.reason) == (instance, 0, "")
