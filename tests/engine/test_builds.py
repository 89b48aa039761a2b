"""Image work beside the engine: shared by callers, told as it goes, given up with the last of them."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from berth.core.messages import ImageProgress
from berth.core.problem import Problem
from berth.engine.builds import Builds
from tests.engine.process import ends, is_alive

WORK = """
import os, sys, time
log = open({log!r}, "a")
log.write(f"{{os.getpid()}} {{sys.argv[1:]}}\\n")
log.flush()
{body}
"""


@pytest.fixture
def build(tmp_path: Path) -> Callable[[str], tuple[Builds, list[ImageProgress], Path]]:
    """Builds whose image process runs the given Python lines."""

    def make(body: str) -> tuple[Builds, list[ImageProgress], Path]:
        log, script, told = tmp_path / "log", tmp_path / "work.py", []
        script.write_text(WORK.format(log=str(log), body=body))
        return Builds(tmp_path, told.append, (sys.executable, str(script))), told, log

    return make


CHILD = """import subprocess
child = subprocess.Popen(["sleep", "1000"])
open(sys.argv[-1] + "/child", "w").write(str(child.pid) + "\\n")
child.wait()"""


# What is left when the image process is gone: its input ends with that.
LEFT = """import subprocess
subprocess.Popen(
    ["sh", "-c", {script!r}, sys.argv[-1] + "/child"],
    stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
).wait()"""


def in_loop(work: Callable[[], Awaitable[None]]) -> None:
    async def bounded() -> None:
        await asyncio.wait_for(work(), 20)

    asyncio.run(bounded())


async def until_written(log: Path) -> int:
    """The process id the image process has written."""
    while not log.exists() or not log.read_text().endswith("\n"):
        await asyncio.sleep(0.01)
    return int(log.read_text().split()[0])


def test_progress_is_told_from_beginning_to_end(build: Callable[..., tuple[Builds, list[ImageProgress], Path]]) -> None:
    body = """print('{"text": "Fetching", "fraction": 0.5, "seconds_left": 9.5}')
print("not json")
print('{"result": {"images": []}}')"""
    builds, told, log = build(body)
    in_loop(lambda: builds.build("org.example.App", Path("/m/app.toml")))
    assert [(p.text, p.fraction, p.seconds_left, p.finished) for p in told] == [
        ("Preparing", 0.0, -1.0, False),
        ("Fetching", 0.5, 9.5, False),
        ("Ready", 1.0, 0.0, True),
    ]
    assert "['build', '/m/app.toml', '--root'" in log.read_text()


def test_problem_of_the_build_is_the_problem(build: Callable[..., tuple[Builds, list[ImageProgress], Path]]) -> None:
    body = """print('{"problem": {"code": "disk-full", "message": "No space.", "hint": "Free some."}}')
sys.exit(1)"""
    builds, told, _log = build(body)
    with pytest.raises(Problem) as raised:
        in_loop(lambda: builds.build("a", Path("/m")))
    assert (raised.value.code, raised.value.hint) == ("disk-full", "Free some.")
    assert (told[-1].text, told[-1].finished) == ("No space.", True)
    assert not builds.is_building("a")


def test_process_that_dies_says_what_it_wrote(build: Callable[..., tuple[Builds, list[ImageProgress], Path]]) -> None:
    builds, _told, _log = build("sys.stderr.write('first\\nlast words\\n'); sys.exit(4)")
    with pytest.raises(Problem, match="code 4") as raised:
        in_loop(lambda: builds.build("a", Path("/m")))
    assert raised.value.hint.endswith("last words")


def test_two_callers_share_one_build_and_one_may_give_up(
    build: Callable[..., tuple[Builds, list[ImageProgress], Path]],
) -> None:
    builds, _told, log = build("while not os.path.exists(sys.argv[-1] + '/go'): time.sleep(0.01)")

    async def work() -> None:
        first = asyncio.create_task(builds.build("a", Path("/m")))
        second = asyncio.create_task(builds.build("a", Path("/m")))
        await until_written(log)
        first.cancel()
        assert isinstance((await asyncio.gather(first, return_exceptions=True))[0], asyncio.CancelledError)
        assert builds.is_building("a")
        (log.parent / "go").touch()
        await second

    in_loop(work)
    assert log.read_text().count("build") == 1


def test_build_ends_when_the_last_caller_gives_up_with_all_its_processes(
    build: Callable[..., tuple[Builds, list[ImageProgress], Path]],
) -> None:
    builds, told, log = build(CHILD)
    pids: list[int] = []

    async def work() -> None:
        task = asyncio.create_task(builds.build("a", Path("/m")))
        pids.append(await until_written(log))
        pids.append(await until_written(log.parent / "child"))
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        while builds.is_building("a"):
            await asyncio.sleep(0.01)
        await builds.close()

    in_loop(work)
    assert all(ends(pid) for pid in pids)
    assert (told[-1].text, told[-1].finished) == ("Cancelled", True)


def test_a_build_is_given_up_at_any_moment_of_its_beginning(
    build: Callable[..., tuple[Builds, list[ImageProgress], Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also after the image process has begun others and before its output is listened to."""
    builds, told, log = build(CHILD)
    child, pids = log.parent / "child", []
    begin = subprocess.Popen

    def begun(*arguments: Any, **options: Any) -> subprocess.Popen[bytes]:
        process = begin(*arguments, **options)
        while not child.exists() or not child.read_text().endswith("\n"):
            time.sleep(0.01)
        pids.extend([process.pid, int(child.read_text())])
        child.unlink()
        return process

    async def work() -> None:
        for turns in range(10):
            task = asyncio.create_task(builds.build("a", Path("/m")))
            for _turn in range(turns):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await builds.close()

    monkeypatch.setattr(subprocess, "Popen", begun)
    in_loop(work)
    assert pids and all(ends(pid) for pid in pids)
    assert {progress.text for progress in told} == {"Preparing", "Cancelled"}


@pytest.mark.parametrize(
    "then, grace, left", [("exec sleep 1000", 3.0, "child"), ("cat; mv $0 $0.tidied", 1000.0, "child.tidied")]
)
def test_what_is_left_of_a_build_that_is_given_up_may_end_by_itself_and_is_killed_otherwise(
    then: str,
    grace: float,
    left: str,
    build: Callable[..., tuple[Builds, list[ImageProgress], Path]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("berth.engine.builds._GRACE_SECONDS", grace)
    builds, told, log = build(LEFT.format(script=f"trap '' TERM; echo $$ > $0.new; mv $0.new $0; {then}"))
    pids: list[int] = []

    async def work() -> None:
        task = asyncio.create_task(builds.build("a", Path("/m")))
        pids.extend([await until_written(log), await until_written(tmp_path / "child")])
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await builds.close()

    in_loop(work)
    assert (told[-1].text, told[-1].finished) == ("Cancelled", True)
    assert not any(is_alive(pid) for pid in pids)
    assert [path.name for path in tmp_path.glob("child*")] == [left]


def test_anybody_can_cancel_and_all_who_wait_are_told(
    build: Callable[..., tuple[Builds, list[ImageProgress], Path]],
) -> None:
    builds, told, log = build("time.sleep(1000)")
    pids: list[int] = []

    async def work() -> None:
        waiting = [asyncio.create_task(builds.build("a", Path("/m"))) for _ in range(2)]
        pids.append(await until_written(log))
        assert builds.cancel("a") and not builds.cancel("a")
        assert not builds.is_building("a")
        outcomes = await asyncio.gather(*waiting, return_exceptions=True)
        assert [outcome.code for outcome in outcomes if isinstance(outcome, Problem)] == ["cancelled"] * 2

    in_loop(work)
    assert not is_alive(pids[0])
    assert told[-1] == ImageProgress("a", "Cancelled", -1.0, -1.0, finished=True)


def test_what_has_come_of_a_build_can_be_gone_on_with(
    build: Callable[..., tuple[Builds, list[ImageProgress], Path]],
) -> None:
    body = """place = sys.argv[-1] + "/partial/packages-1"
os.makedirs(place)
open(place + "/wanted", "w").write("a")
open(place + "/hello.deb", "w").write("x")
sys.exit(1)"""
    builds, told, _log = build(body)
    with pytest.raises(Problem):
        in_loop(lambda: builds.build("a", Path("/m")))
    assert told[-1].finished and told[-1].again == "a"


def test_closing_ends_what_is_under_way(build: Callable[..., tuple[Builds, list[ImageProgress], Path]]) -> None:
    builds, _told, log = build("time.sleep(1000)")
    pids: list[int] = []

    async def work() -> None:
        task = asyncio.create_task(builds.build("a", Path("/m")))
        pids.append(await until_written(log))
        await builds.close()
        await asyncio.gather(task, return_exceptions=True)

    in_loop(work)
    assert not is_alive(pids[0])
    with pytest.raises(ProcessLookupError):
        os.killpg(pids[0], 0)


def test_who_wants_an_image_does_not_get_what_somebody_found_who_only_looks(
    build: Callable[..., tuple[Builds, list[ImageProgress], Path]],
) -> None:
    body = "while '--check' in sys.argv and not os.path.exists(sys.argv[-1] + '/go'): time.sleep(0.01)"
    builds, _told, log = build(body)

    async def work() -> None:
        looking = [asyncio.create_task(builds.newer("a", Path("/m"))) for _ in range(2)]
        await until_written(log)
        assert not builds.is_building("a")
        update = asyncio.create_task(builds.update("a", Path("/m")))
        await asyncio.sleep(0)
        (log.parent / "go").touch()
        await asyncio.gather(update, *looking)

    in_loop(work)
    first, second = log.read_text().splitlines()
    assert "--check" in first and "--check" not in second


def test_who_gives_up_what_was_cancelled_does_not_give_up_what_came_after_it(
    build: Callable[..., tuple[Builds, list[ImageProgress], Path]],
) -> None:
    body = """import signal
signal.signal(signal.SIGTERM, lambda *_: None)
open(sys.argv[-1] + '/stubborn', 'w').close()
while not os.path.exists(sys.argv[-1] + '/go'): time.sleep(0.01)"""
    builds, told, log = build(body)

    async def work() -> None:
        first = asyncio.create_task(builds.build("a", Path("/m")))
        while not (log.parent / "stubborn").exists():
            await asyncio.sleep(0.01)
        builds.cancel("a")
        second = asyncio.create_task(builds.build("a", Path("/m")))
        await asyncio.sleep(0)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        assert builds.is_building("a")
        ended = asyncio.create_task(builds.given_up("a"))
        await asyncio.sleep(0)
        assert not ended.done(), "its process is there still"
        (log.parent / "go").touch()
        await ended
        await second

    in_loop(work)
    assert [progress.text for progress in told if progress.finished] == ["Ready"]
