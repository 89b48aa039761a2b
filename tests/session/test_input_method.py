"""A real input method, Fcitx, in a container of its own: what it makes of keys comes to apps in theirs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from berth.core import messages as m
from tests.matrix.hands import Hands
from tests.session.desktop import Desktop, wait_until

pytestmark = pytest.mark.timeout(300)

FCITX = "org.fcitx.Fcitx5"
_SAVE_SECONDS = 5.0
PROFILE = """[Groups/0]
Name=Default
Default Layout=us
DefaultIM={0}

[Groups/0/Items/0]
Name=keyboard-us
Layout=

[Groups/0/Items/1]
Name={0}
Layout=

[GroupOrder]
0=Default
"""


def home(desktop: Desktop, app: str) -> Path:
    directory = desktop.paths.apps / app / "home"
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    return directory


def fcitx(desktop: Desktop, method: str) -> str:
    """Start it with one method, which is on at once, and close its settings; returns the instance."""
    settings = home(desktop, FCITX) / ".config/fcitx5"
    settings.mkdir(parents=True)
    (settings / "profile").write_text(PROFILE.format(method))
    (settings / "config").write_text("[Behavior]\nActiveByDefault=True\n")
    instance = desktop.start(FCITX)
    for _ in range(2):
        asked = wait_until(lambda: desktop.json("prompts"), "its question")[0]
        assert asked["permission"] in ("input-method", "virtual-input")
        desktop.run("prompts", "answer", asked["prompt"], "allow", "--for", "always")
        wait_until(lambda: asked not in desktop.json("prompts"), "the answer to count")  # noqa: B023
    close(desktop, instance)
    return instance


def close(desktop: Desktop, instance: str) -> None:
    desktop.run("close", str(desktop.window_of(instance)["window"]))
    wait_until(lambda: all(window["instance"] != instance for window in desktop.windows()), "its window to be closed")


@pytest.fixture
def hands(desktop: Desktop) -> Iterator[Hands]:
    hands = Hands(desktop)
    yield hands
    hands.close()


class Editor:
    """An app with a file in it, whose text is what was typed since the last time."""

    def __init__(self, desktop: Desktop, hands: Hands, app: str) -> None:
        self._hands = hands
        self._file = home(desktop, app) / "text.txt"
        self._file.write_text("")
        instance = desktop.start(app, "/home/berth/text.txt")
        # Some open their window first, and the file in a while.
        wait_until(lambda: "text.txt" in desktop.window_of(instance)["title"], "the file in the editor")
        window = desktop.window_of(instance)
        hands.ask(m.WindowAction(window["window"], "focus"))
        hands.click(window["x"] + window["width"] // 2, window["y"] + window["height"] // 2)

    def typed(self, *keys: str) -> str:
        """What becomes of keys that are pressed one after the other in the editor, as far as it is saved by then.

        Ask again: an input method that begins anew, as with each field that is clicked on, loses the keys that come
        within the same milliseconds, which no hand is fast enough for; and files are empty while they are written.
        """
        before = self._file.stat().st_mtime_ns
        self._hands.press("ctrl+a", "Delete", *keys, "ctrl+s")
        deadline = time.monotonic() + _SAVE_SECONDS
        while self._file.stat().st_mtime_ns == before and time.monotonic() < deadline:
            time.sleep(0.02)
        return self._file.read_text().strip()


@pytest.mark.parametrize(
    ("app", "method", "keys", "word"),
    [
        ("org.xfce.mousepad", "pinyin", "nihao", "你好"),
        ("io.github.tsujan.FeatherPad", "hangul", "gksrmf", "한글"),
    ],
    ids=["GTK 3", "Qt 5"],
)
def test_words_are_made_of_keys_in_other_apps(
    desktop: Desktop, hands: Hands, app: str, method: str, keys: str, word: str
) -> None:
    instance = fcitx(desktop, method)
    editor = Editor(desktop, hands, app)
    wait_until(lambda: editor.typed(*keys, "space") == word, f"{word} in the editor", 60)

    hands.press("ctrl+space")
    wait_until(lambda: editor.typed(*keys) == keys, "plain letters once it is off")
    hands.press("ctrl+space")
    wait_until(lambda: editor.typed(*keys, "space") == word, f"{word} once it is on again")

    desktop.run("permissions", FCITX, "input-method", "deny")
    wait_until(lambda: editor.typed(*keys) == keys, "plain letters once it may not take part any more")
    assert instance in {running["instance"] for running in desktop.json("ps")}, "it runs on"


def test_settings_are_those_of_the_one_that_runs(desktop: Desktop) -> None:
    first = fcitx(desktop, "pinyin")
    second = desktop.start(FCITX)
    ask = (
        "DBUS_SESSION_BUS_ADDRESS=unix:path=$HOME/.bus dbus-send --print-reply --dest=org.fcitx.Fcitx5 /controller"
        " org.fcitx.Fcitx.Controller1.InputMethodGroupInfo string:Default; ls -l /proc/[0-9]*/exe"
    )
    said = desktop.run("exec", second, "--", "sh", "-c", ask).stdout
    assert '"pinyin"' in said, "the one that runs has answered"
    assert "fcitx5-config-qt" in said and not any(line.endswith("/fcitx5") for line in said.splitlines())
    close(desktop, second)
    wait_until(lambda: {running["instance"] for running in desktop.json("ps")} == {first}, "the second to end")
