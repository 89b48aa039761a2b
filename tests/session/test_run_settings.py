"""The whole way of a setting: from the launcher by keyboard into the card, kept, and seen inside the app."""

from __future__ import annotations

from pathlib import Path

from tests.picture import Picture
from tests.session.desktop import Desktop, wait_until

FOOT = "org.codeberg.dnkl.foot"


def press(desktop: Desktop, *keys: str) -> None:
    for key in keys:
        desktop.run("input", "key", key)


def test_a_variable_that_was_set_by_keyboard_is_seen_in_the_app(desktop: Desktop, tmp_path: Path) -> None:
    before = Picture(desktop.screenshot(tmp_path / "before.png"))
    press(desktop, "super")
    desktop.run("input", "type", "foot")
    press(desktop, "menu")
    desktop.run("input", "type", "h")
    press(desktop, "enter")

    def card() -> Picture | None:
        picture = Picture(desktop.screenshot(tmp_path / "card.png"))
        return picture if picture.changed(before, (400, 100, 480, 560)) > 200_000 else None

    wait_until(card, "the card")
    # From the section past the others, and the variables there are, to the field for a new one.
    variables = [entry for entry in desktop.json("set", FOOT) if entry["key"].startswith("environment.")]
    press(desktop, *["tab"] * (7 + len(variables)))
    desktop.run("input", "type", "GREETING=ahoy")
    press(desktop, "enter")
    kept = desktop.paths.apps / FOOT / "overlay.toml"
    wait_until(kept.exists, "the overlay")
    desktop.screenshot(tmp_path / "changed.png")
    assert kept.read_text() == '[environment]\nGREETING = "ahoy"\n'
    press(desktop, "escape", "escape")

    instance = desktop.start(FOOT)
    assert desktop.run("exec", instance, "--", "printenv", "GREETING").stdout == "ahoy\n"
    desktop.run("set", FOOT, "environment.GREETING=later")
    (row,) = desktop.json("ps")
    assert row["outdated"]
    again = desktop.run("restart", instance).stdout.strip()
    assert desktop.run("exec", again, "--", "printenv", "GREETING").stdout == "later\n"
