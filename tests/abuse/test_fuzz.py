"""Whatever apps ask, in whatever order: the server goes on, and says so without a traceback.

``BERTH_FUZZ_SECONDS=600`` goes on for as long, with other seeds each time; a failure names its seed.
"""

from __future__ import annotations

import os
import random
import time

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from berth.core.permissions import DISPLAY
from tests.abuse.monkey import Monkey, quiet
from tests.display.conftest import Display
from tests.display.shapes import App, Window
from tests.display.test_dmabuf import FORMATS

EXAMPLES = 250
STEPS = 100
SECONDS = float(os.environ.get("BERTH_FUZZ_SECONDS", "0"))


def test_random_apps(display: Display) -> None:
    ui = display.ui()
    ui.send(FORMATS)
    ui.settle()
    path = display.instance("monkeys", granted=tuple(DISPLAY))
    good = Window(display.app(display.instance("good")))

    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.integers(0, 1 << 32))
    def act(seed: int) -> None:
        monkey = Monkey(App(path), ui, seed)
        monkey.run(STEPS)
        good.app.roundtrip()
        assert quiet(display.log.read_text()), (seed, monkey.history[-5:], display.log.read_text()[-3000:])

    act()
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        act.hypothesis.inner_test(random.getrandbits(32))  # type: ignore[attr-defined]

    def alone() -> bool:
        """Of the apps that are gone nothing is left at the ui, which hears of the end of each thing by itself."""
        good.app.display.sync()
        good.app.flush()
        left = ui.popups or ui.layers or ui.dmabufs
        return len(ui.surfaces) == len(ui.windows) == 1 and not left

    good.app.until(alone)
