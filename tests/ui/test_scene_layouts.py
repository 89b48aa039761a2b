"""Keyboard layouts in a real app: dead keys, a compose key, and switching between two layouts."""

from __future__ import annotations

import pytest

from berth.core.messages import InputKey, InputType
from tests.ui.conftest import OpenSession
from tests.ui.test_scene_session import needs_foot

DE = {"XKB_DEFAULT_LAYOUT": "de"}
COMPOSE = {"XKB_DEFAULT_LAYOUT": "us", "XKB_DEFAULT_OPTIONS": "compose:ralt"}
TWO = {"XKB_DEFAULT_LAYOUT": "us,ru", "XKB_DEFAULT_OPTIONS": "grp:alt_shift_toggle"}


@needs_foot
@pytest.mark.parametrize(
    ("layout", "input_", "text"),
    [
        (DE, ("zyöß@€", "dead_acute:", "e", "dead_circumflex:", "o"), "zyöß@€éô"),
        (COMPOSE, ("Multi_key:", "ss", "Multi_key:", "=e"), "ß€"),
        (TWO, ("a", "alt+shift:", "a:", "b:", "alt+shift:", "b"), "aфиb"),
    ],
)
def test_what_is_typed_arrives(
    open_session: OpenSession, layout: dict[str, str], input_: tuple[str, ...], text: str
) -> None:
    session = open_session(environment={**layout, "LC_ALL": "C.UTF-8"})
    got = session.folder / "got"
    session.run("foot", "foot", "sh", "-c", f'echo x > {got}.ready; read -r line; echo "$line" > {got}; sleep 1000')
    session.until_windows(1)
    session.until(lambda: session.window("foot").focused and got.with_suffix(".ready").exists())
    for word in input_:
        session.input(InputKey(word[:-1]) if word.endswith(":") else InputType(word))
    session.input(InputKey("Return"))
    session.until(lambda: got.exists() and got.read_text())
    assert got.read_text() == f"{text}\n"
