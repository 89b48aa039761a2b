"""An image of a registry named in the launcher's search: shown before it is fetched, fetched, started, or refused."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QGuiApplication

from berth.core.messages import ConfigurationChange, LookAtImage, Pulled, PullImage, RegistryImage, RunApp, Signature
from berth.core.problem import Problem
from tests.qml.conftest import OpenStage
from tests.qml.fakes import FakeEngine, app_info, pump
from tests.qml.stage import Stage, keep

FULL = "localhost:5000/some/thing:1@sha256:" + "a" * 64
MANIFEST = """
id = "local.some-thing"
name = "Thing"
command = ["/usr/bin/thing", "a b"]
directory = "/srv/thing"
stop_signal = "SIGQUIT"
[environment]
LANG = "C"
[[permission]]
name = "network"
reason = "To fetch pages."
"""


def named(engine: FakeEngine, open_stage: OpenStage, layout: str = "Desktop", **tokens: object) -> Stage:
    """A stage on which a reference was typed and Enter pressed."""
    engine.apps = (app_info("org.gnome.Mines", "Mines"),)
    stage = open_stage(layout, **tokens)
    stage.listed()
    stage.shell.launcherOpen = True
    pump(lambda: stage.item("launcher").opacity() == 1)
    assert not stage.item("runImage").isVisible()
    stage.type("localhost:5000/some/thing:1")
    assert stage.item("runImage").isVisible()
    stage.key(Qt.Key.Key_Return)
    pump(lambda: not stage.shell.review.looking or not stage.shell.review.open)
    stage.picture()
    return stage


def finds(engine: FakeEngine, present: bool = False) -> None:
    changes = (ConfigurationChange("user", "", "1000"),)
    found = RegistryImage(
        FULL,
        "local.some-thing",
        12_300_000,
        MANIFEST,
        present=present,
        signature=Signature("unsigned"),
        changes=changes,
        user="root",
        ports=("80/tcp",),
    )
    engine.answers[LookAtImage] = lambda _request: found
    engine.answers[PullImage] = lambda _request: Pulled("local.some-thing", "Thing")


@pytest.mark.parametrize(("layout", "scheme"), [("Desktop", "light"), ("Tablet", "light"), ("Phone", "dark")])
@pytest.mark.parametrize("direction", [Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft])
def test_it_is_shown_then_fetched_as_shown_and_started(
    open_stage: OpenStage, engine: FakeEngine, layout: str, scheme: str, direction: Qt.LayoutDirection
) -> None:
    QGuiApplication.setLayoutDirection(direction)
    finds(engine)
    stage = named(engine, open_stage, layout, scheme=scheme)
    said = [row.text for row in stage.shell.review.facts]
    for part in (FULL, "12.3 MB", "Thing", "/usr/bin/thing 'a b'", "LANG=C", "asks for network: “To fetch pages.”"):
        assert part in said
    assert "/srv/thing" in said and "SIGQUIT" in said and "you, without any privilege; the image expects “root”" in said
    assert "80/tcp, in its own network: no port of this machine leads there" in said
    assert "not signed" in said and "user: - → 1000" in said
    assert engine.asked(LookAtImage) == [LookAtImage("localhost:5000/some/thing:1", here=True)]
    assert not engine.asked(PullImage) and stage.item("leaveReview").hasActiveFocus()
    card = stage.item("reviewCard")
    last = card.mapToScene(QPointF(card.width(), card.height()))
    assert 0 < last.x() <= stage.view.width() and last.y() <= stage.view.height()
    keep(stage.picture(), f"review-{layout.lower()}-{direction.name}")
    stage.key(Qt.Key.Key_Tab)
    stage.key(Qt.Key.Key_Return)
    pump(lambda: engine.asked(RunApp))
    assert engine.asked(PullImage) == [PullImage(FULL)] and engine.asked(RunApp) == [RunApp("local.some-thing")]
    assert not stage.shell.review.open


def test_the_keyboard_stays_in_the_card(open_stage: OpenStage, engine: FakeEngine) -> None:
    finds(engine)
    stage = named(engine, open_stage)
    for key in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
        for _ in range(2):
            stage.key(key)
            assert stage.item("fetchImage").hasActiveFocus()
            stage.key(key)
            assert stage.item("leaveReview").hasActiveFocus()


def test_what_is_here_starts_at_once(open_stage: OpenStage, engine: FakeEngine) -> None:
    finds(engine, present=True)
    named(engine, open_stage)
    pump(lambda: engine.asked(RunApp))
    assert not engine.asked(PullImage)


def test_what_cannot_come_says_why_in_the_card(open_stage: OpenStage, engine: FakeEngine) -> None:
    def refuse(_request: LookAtImage) -> RegistryImage:
        raise Problem("registry-denied", "localhost:5000 does not give out “some/thing”.", "Log in with: docker login")

    engine.answers[LookAtImage] = refuse
    stage = named(engine, open_stage)
    assert stage.shell.review.problem.startswith("localhost:5000") and stage.shell.review.hint.startswith("Log in")
    assert not stage.item("fetchImage").isVisible() and not stage.shell.notices.count
    keep(stage.picture(), "review-refused")
    stage.key(Qt.Key.Key_Escape)
    assert not stage.shell.review.open and not stage.scene.keyboardCaptured
