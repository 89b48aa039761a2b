"""Short ways to ask the engine."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from berth.themes.engine import Engine
from berth.themes.environment import Environment
from berth.themes.sheet import SheetReader

Asked = Callable[..., str]


@pytest.fixture
def value_of() -> Asked:
    """A property of ``box`` inside ``root`` under a sheet."""

    def ask(text: str, wanted: str, environment: Environment | None = None, **box: object) -> str:
        engine = Engine(SheetReader("test.css").read(text).items, environment)
        root = engine.elements.make("root")
        element = engine.elements.make("box", root, **box)  # type: ignore[arg-type]
        return engine.style(element).css(wanted)

    return ask
