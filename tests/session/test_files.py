"""Files go from one real app to another, each in a container of its own: dragged, copied, cut."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from berth.core import messages as m
from berth.core.compile import WAYLAND_SOCKET
from berth.core.permissions import CLIPBOARD_MANAGER
from berth.themes.pack import packed
from tests.matrix.clipboard import Clipboard
from tests.matrix.holder import picture
from tests.picture import Picture
from tests.session.desktop import GIVEN_UP, Desktop, wait_until
from tests.session.test_display_permissions import desktop_with
from tests.session.test_drag import CHROMIUM, FEATHERPAD, MOUSEPAD, THUNAR, Hand, Point, open_at, title_of
from tests.themes.packing import files

FOOT = "org.codeberg.dnkl.foot"
GIMP = "org.gimp.GIMP"
PINK = (210, 30, 140)
FILE: Point = (245, 190)
"""The only thing in the file manager's window."""
_FIRST_LINE = (662, 62, 500, 16)
"""Of the terminal."""


def files_window(desktop: Desktop, hand: Hand, name: str, content: str | bytes | None) -> str:
    """A file manager whose home holds one thing: a file, or a folder with a file of that name."""
    home = desktop.paths.apps / THUNAR / "home"
    home.mkdir(mode=0o700, parents=True)
    if content is None:
        (home / name).mkdir()
        (home / name / "inside").write_text("of the folder")
    else:
        (home / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    instance = open_at(desktop, THUNAR, (40, 80), (560, 420))
    around = (FILE[0] - 30, FILE[1] - 30, 60, 60)
    wait_until(lambda: len(hand.screen().colours(around)) > 20, "the file to be shown")
    return instance


def focus(desktop: Desktop, instance: str) -> None:
    desktop.run("focus", str(desktop.window_of(instance)["window"]))


def received(desktop: Desktop, instance: str) -> list[Path]:
    return sorted((desktop.paths.received / instance).glob("*/*"))


def test_a_dragged_file_opens_in_other_apps(desktop: Desktop, tmp_path: Path) -> None:
    """In one of GTK, one of Qt, a browser that reads the list while it is hovered over, and a terminal."""
    hand = Hand(desktop, tmp_path)
    source = files_window(desktop, hand, "zfile ä.txt", "from the file manager\n")
    desktop.run("permissions", CHROMIUM, "network", "deny")
    for app in (MOUSEPAD, FEATHERPAD, CHROMIUM, FOOT):
        target = open_at(desktop, app, (660, 60))
        wait_until(lambda: hand.screen().changed(hand.screen()) < 100, f"{app} to have drawn itself")
        focus(desktop, source)
        before = hand.screen()
        hand.take(FILE)
        hand.offer((860, 360))
        hand.drop()
        wait_until(lambda target=target: received(desktop, target), f"the file to be where {app} sees it")
        if app == FOOT:
            # What is typed before the dropped name is there lies in the middle of it.
            wait_until(
                lambda target=target, before=before: (
                    hand.screen().changed(before, _FIRST_LINE) > 300 or GIVEN_UP in desktop.run("logs", target).stdout
                ),
                "the name in the terminal",
            )
            wait_until(lambda target=target: desktop.window_of(target)["focused"], "the keyboard to be the terminal's")
            desktop.run("input", "type", " > /dev/null; cat /run/received/*/* > got\n")
            got = desktop.paths.apps / FOOT / "home" / "got"
            wait_until(lambda got=got: got.exists() and got.read_text() == "from the file manager\n", "the content")
        else:
            wait_until(lambda target=target: "zfile ä.txt" in title_of(desktop, target), f"the file in {app}")
        assert desktop.window_of(target)["focused"]
        (file,) = received(desktop, target)
        desktop.run("stop", target, "--force")
        wait_until(lambda file=file: not file.parent.parent.exists(), "nothing of it to be left")


def test_a_dragged_picture_opens_in_an_x_program(desktop: Desktop, tmp_path: Path) -> None:
    """Which has an X server in a window: the drag goes on inside by X's own protocol."""
    hand = Hand(desktop, tmp_path)
    source = files_window(desktop, hand, "z.png", picture(PINK, (200, 150)))
    target = open_at(desktop, GIMP, (660, 60))
    window = desktop.window_of(target)
    area = (window["x"], window["y"], window["width"], window["height"])
    wait_until(lambda: len(hand.screen().colours(area)) > 12, "GIMP to draw", 90)
    wait_until(lambda: hand.screen().changed(hand.screen()) < 100, "it to have drawn itself")
    focus(desktop, source)
    hand.take(FILE)
    hand.offer((area[0] + 300, area[1] + 200))
    hand.drop()
    wait_until(lambda: received(desktop, target), "the file to be where GIMP sees it")
    wait_until(lambda: hand.screen().colours(area)[PINK] > 10_000, "the picture", 60)
    assert [file.name for file in received(desktop, target)] == ["z.png"]


def test_a_copied_folder_is_pasted_and_a_cut_one_stays(new_desktop: Callable[..., Desktop], tmp_path: Path) -> None:
    desktop = desktop_with(new_desktop, tmp_path, CLIPBOARD_MANAGER)
    desktop.run("permissions", FOOT, CLIPBOARD_MANAGER, "allow")
    listener = desktop.start(FOOT)
    desktop.window_of(listener)
    hand = Hand(desktop, tmp_path)
    source = files_window(desktop, hand, "photos", None)
    into = desktop.paths.apps / THUNAR / "home" / ".into"
    into.mkdir()
    target = desktop.start(THUNAR, "/home/berth/.into")
    desktop.run("move", str(desktop.window_of(target)["window"]), "620", "80")
    inside = into / "photos" / "inside"
    with contextlib.closing(Clipboard(desktop.paths.instances / listener / WAYLAND_SOCKET)) as clipboard:
        for keys in ("ctrl+c", "ctrl+x"):
            focus(desktop, source)
            desktop.run("input", "click", *map(str, FILE))
            clipboard.after(lambda keys=keys: hand.key(keys))
            focus(desktop, target)
            hand.key("ctrl+v")
            wait_until(lambda: inside.exists() and inside.read_text() == "of the folder", f"what {keys} took")
            shutil.rmtree(inside.parent)
    assert (into.parent / "photos/inside").exists(), "nobody but its own app may take it away"
    assert len({path.parent for path in received(desktop, target)}) == 2


@pytest.mark.usefixtures("lasting")
def test_what_cannot_be_handed_over_is_said(desktop: Desktop, tmp_path: Path) -> None:
    hand = Hand(desktop, tmp_path)
    source = files_window(desktop, hand, "secret.txt", "x")
    (desktop.paths.apps / THUNAR / "home" / "secret.txt").chmod(0)
    target = open_at(desktop, MOUSEPAD, (660, 60))
    with contextlib.closing(desktop.link()) as link:
        link.call(m.Subscribe())
        focus(desktop, source)
        before = hand.screen()
        hand.take(FILE)
        hand.offer((860, 360))
        hand.drop()
        while True:
            message, _fds = link.receive(30)
            if isinstance(message, m.Notice):
                break
    assert message.message == "“secret.txt” did not get from Files to Mousepad: Files can read no such file or folder."
    assert message.instance == target and received(desktop, target) == []
    wait_until(lambda: Picture(desktop.screenshot(tmp_path / "n.png")).changed(before) > 5_000, "the notice on screen")


def test_a_theme_that_is_dropped_on_the_background_is_shown_before_it_counts(desktop: Desktop, tmp_path: Path) -> None:
    """The card is the one of a file that was chosen; Escape leaves everything as it was."""
    hand = Hand(desktop, tmp_path)
    theme = packed(files(style__css=b"panel { background-color: red }"))
    files_window(desktop, hand, "mine.berth-theme", theme)
    before = hand.screen()
    hand.take(FILE)
    hand.offer((960, 600))
    hand.drop()
    [dropped] = wait_until(lambda: list(desktop.paths.dropped.glob("*/*")), "the file to be where the desktop sees it")
    assert dropped.read_bytes() == theme
    card = (500, 250, 280, 300)
    wait_until(lambda: hand.screen().changed(before, card) > 20_000, "the card on screen")
    desktop.screenshot(tmp_path / "card.png")
    hand.key("Escape")
    wait_until(lambda: hand.screen().changed(before, card) < 20_000, "the card to be gone")
    assert "mine" not in {row["id"] for row in desktop.json("theme", "list")}
