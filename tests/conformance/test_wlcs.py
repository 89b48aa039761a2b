"""The display server against every test of wlcs 1.5, a pytest item for each of its suites.

What does not pass is listed here by name and in docs/conformance.md with the reason. Both lists
are held to the truth: an exception that passes, or is not run, fails as well.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.conformance import runner
from tests.conformance.module import build
from tests.conformance.runner import LEAK, Outcome

pytestmark = pytest.mark.timeout(600)

DOCS = Path(__file__).parent.parent.parent / "docs/conformance.md"
VERSION = "1.5"
"""Other versions have other tests, with faults of their own."""

_WORKERS = 2
_BATCH = 40

SUITES = (
    "BadBufferTest",
    "PointerConstraints",
    "CopyCutPaste",
    "GtkPrimarySelection",
    "ClientSurfaceEventsTest",
    "WlOutputTest",
    "FrameSubmission",
    "PrimarySelection",
    "RelativePointer",
    "XdgSurfaceV6Test",
    "XdgToplevelV6Test",
    "XdgToplevelV6ConfigurationTest",
    "XdgSurfaceStableTest",
    "XdgToplevelStableTest",
    "XdgToplevelStableConfigurationTest",
    "XdgPopupTest",
    "LayerSurfaceTest",
    "XdgOutputV1Test",
    "ForeignToplevelManagerTest",
    "ForeignToplevelHandleTest",
    "SelfTest",
    "TextInputV3WithInputMethodV2Test",
    "VirtualPointerV1Test",
    "PointerCrossingSurfaceCorner/SurfacePointerMotionTest",
    "PointerCrossingSurfaceEdge/SurfacePointerMotionTest",
    "AllSurfaceTypes/TouchTest",
    "MultiRectEdges/RegionSurfaceInputCombinations",
    "DefaultEdges/RegionSurfaceInputCombinations",
    "FullSurface/RegionSurfaceInputCombinations",
    "SmallerRegion/RegionSurfaceInputCombinations",
    "ClippedLargerRegion/RegionSurfaceInputCombinations",
    "MultiRectCorners/RegionSurfaceInputCombinations",
    "SurfaceInputRegions/SurfaceInputCombinations",
    "ToplevelInputRegions/ToplevelInputCombinations",
    "WlShellSubsurfaces/SubsurfaceTest",
    "XdgShellV6Subsurfaces/SubsurfaceTest",
    "XdgShellStableSubsurfaces/SubsurfaceTest",
    "TouchInputSubsurfaces/SubsurfaceTest",
    "WlShellSubsurfaces/SubsurfaceMultilevelTest",
    "XdgShellV6Subsurfaces/SubsurfaceMultilevelTest",
    "XdgShellStableSubsurfaces/SubsurfaceMultilevelTest",
    "TouchInputSubsurfaces/SubsurfaceMultilevelTest",
    "Default/XdgPopupPositionerTest",
    "Anchor/XdgPopupPositionerTest",
    "Gravity/XdgPopupPositionerTest",
    "AnchorRect/XdgPopupPositionerTest",
    "XdgPopupStable/XdgPopupTest",
    "XdgPopupUnstableV6/XdgPopupTest",
    "LayerShellPopup/XdgPopupTest",
    "Anchors/LayerSurfaceErrorsTest",
    "Anchor/LayerSurfaceLayoutTest",
    "Layer/LayerSurfaceLayerTest",
)

_REMAPPED = "SurfaceInputRegions/SurfaceInputCombinations.input_seen_"
KNOWN = frozenset(
    (
        "ClientSurfaceEventsTest.frame_timestamp_increases",
        "CopyCutPaste.given_sink_has_focus_when_source_makes_offer_sink_sees_offer",
        "CopyCutPaste.given_source_has_offered_when_sink_gets_focus_it_sees_offer",
        "PrimarySelection.sink_can_listen",
        "PrimarySelection.sink_can_request",
        "PrimarySelection.source_can_supply_request",
        "PrimarySelection.source_sees_request",
        f"{_REMAPPED}after_surface_unmapped_and_remapped/6",
        f"{_REMAPPED}after_surface_unmapped_and_remapped/7",
        f"{_REMAPPED}by_subsurface_after_parent_unmapped_and_remapped/6",
        f"{_REMAPPED}by_subsurface_after_parent_unmapped_and_remapped/7",
        "XdgShellStableSubsurfaces/SubsurfaceTest.place_above_simple/0",
        "XdgShellStableSubsurfaces/SubsurfaceTest.place_below_simple/0",
    )
)
"""What fails because of wlcs; docs/conformance.md says why."""

DECLINED = frozenset(("wl_shell", "zxdg_shell_v6", "gtk_primary_selection_device_manager"))
"""Interfaces that newer ones have replaced. wlcs skips the tests that need them."""

_ERROR = "Traceback"
"""An exception of the module, or in the log of the display server, which the module looks at when that ends."""

_MISSING = re.compile(r"Missing extension: (\w+?)[>=]")


class Runs(NamedTuple):
    """All tests by suite, and what is running of them."""

    suites: Mapping[str, Sequence[str]]
    batches: Mapping[str, Sequence[Future[Mapping[str, Outcome]]]]

    def outcomes(self, suite: str) -> dict[str, Outcome]:
        """Of a suite, once all of it was run."""
        return {name: outcome for batch in self.batches[suite] for name, outcome in batch.result().items()}


@pytest.fixture(scope="session")
def module(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not runner.PROGRAMS:
        pytest.skip("wlcs is not installed (Debian's package wlcs)")
    query = ["dpkg-query", "--show", "--showformat", "${Version}", "wlcs"]
    version = subprocess.run(query, capture_output=True, text=True, check=False).stdout
    if not version.startswith(VERSION + "."):
        pytest.skip(f"this is about wlcs {VERSION}, not {version}")
    if shutil.which("gcc") is None:
        pytest.skip("a C compiler is needed for wlcs's integration module (Debian's package gcc)")
    try:
        return build(tmp_path_factory.mktemp("wlcs"))
    except subprocess.CalledProcessError as error:
        pytest.fail(error.stderr)


@pytest.fixture(scope="session")
def runs(module: Path, request: pytest.FixtureRequest) -> Iterator[Runs]:
    """Starts all suites that were asked for; a test waits for its own."""
    suites = runner.suites(module)
    items = [item for item in request.session.items if getattr(item, "originalname", "") == test_suite.__name__]
    asked = [item.callspec.params["suite"] for item in items]  # type: ignore[attr-defined]
    with ThreadPoolExecutor(_WORKERS) as pool:
        batches = {
            suite: [
                pool.submit(runner.run, module, suites[suite][start : start + _BATCH])
                for start in range(0, len(suites[suite]), _BATCH)
            ]
            for suite in asked
            if suite in suites
        }
        try:
            yield Runs(suites, batches)
        finally:
            pool.shutdown(cancel_futures=True)


@pytest.mark.parametrize("suite", SUITES)
def test_suite(runs: Runs, suite: str) -> None:
    outcomes = runs.outcomes(suite)
    problems = [problem for name, outcome in outcomes.items() if (problem := _problem(name, outcome))]
    if problems:
        pytest.fail("\n\n".join(problems), pytrace=False)
    if outcomes and all(outcome.status == "skipped" for outcome in outcomes.values()):
        pytest.skip(", ".join(sorted({word for outcome in outcomes.values() for word in _missing(outcome)})))


def _problem(name: str, outcome: Outcome) -> str:
    """What is wrong with an outcome, empty if nothing is."""
    if LEAK in outcome.output or _ERROR in outcome.output:
        return f"{name}\n{outcome.output}"
    if name in KNOWN:
        return "" if outcome.status == "failed" else f"{name} has {outcome.status}: it is no exception any more"
    if outcome.status == "skipped" and not name.startswith("SelfTest."):
        unknown = _missing(outcome) - DECLINED
        return f"{name} was skipped for {sorted(unknown)}" if unknown or not _missing(outcome) else ""
    if outcome.status in ("passed", "skipped"):
        return ""
    return f"{name} has {outcome.status} after {outcome.seconds:.1f} s\n{outcome.output}"


def _missing(outcome: Outcome) -> set[str]:
    return set(_MISSING.findall(outcome.output))


def test_the_lists_are_complete(runs: Runs) -> None:
    assert set(runs.suites) == set(SUITES)
    assert {name for names in runs.suites.values() for name in names} >= KNOWN


def test_the_documentation_is_true(runs: Runs) -> None:
    text = DOCS.read_text()
    listed = set(re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE))
    assert listed == KNOWN | DECLINED
    if set(runs.batches) != set(SUITES):
        pytest.skip("the numbers can be compared only when every suite was run")
    counts = Counter(outcome.status for suite in SUITES for outcome in runs.outcomes(suite).values())
    total = sum(counts.values())
    said = f"Of {total} tests, {counts['passed']} pass, {counts['failed']} fail, {counts['skipped']} are skipped"
    assert said in " ".join(text.split())
