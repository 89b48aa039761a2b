"""Commands that the engine's side runs: what they say, what is wrong with them, and giving them up."""

from __future__ import annotations

import asyncio
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from berth.core.problem import Problem
from berth.runtimes.command import run
from tests.engine.process import ends

_BEGINS_ANOTHER = "sleep 1000 & echo $! > $0.new; mv $0.new $0"


async def test_a_command_is_heard_out() -> None:
    assert await run("printf", "one\\ntwo\\n") == "one\ntwo\n"
    assert await run("sh", "-c", "cat") == "", "nobody types"
    assert len(await run("head", "-c", "1000000", "/dev/zero")) == 1_000_000


async def test_a_command_that_fails_says_why() -> None:
    with pytest.raises(Problem) as problem:
        await run("sh", "-c", "echo heard; echo the reason >&2; exit 3")
    assert (problem.value.code, problem.value.message) == ("command-failed", "sh failed: the reason")
    with pytest.raises(Problem) as problem:
        await run("/missing")
    assert problem.value.message == "/missing cannot be run: No such file or directory."


async def test_what_a_command_leaves_running_is_not_waited_for(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    assert await asyncio.wait_for(run("sh", "-c", f"{_BEGINS_ANOTHER}; echo done", str(kept)), 20) == "done\n"
    pid = int(kept.read_text())
    assert Path(f"/proc/{pid}").exists()
    subprocess.run(["kill", str(pid)], check=True)


@pytest.mark.parametrize("patient", [True, False])
async def test_a_command_is_given_up_at_any_moment_with_all_its_processes(
    patient: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also after it has begun others and before asyncio knows that it runs, and whoever gives up twice."""
    begun, begin, pids = tmp_path / "begun", subprocess.Popen, list[int]()

    def popen(*arguments: Any, **options: Any) -> subprocess.Popen[bytes]:
        process = begin(*arguments, **options)
        while not begun.exists():
            time.sleep(0.01)
        pids.extend([process.pid, int(begun.read_text())])
        begun.unlink()
        return process

    monkeypatch.setattr(subprocess, "Popen", popen)
    for turns in range(10):
        running = asyncio.create_task(run("sh", "-c", f"{_BEGINS_ANOTHER}; wait", str(begun)))
        for _turn in range(turns):
            await asyncio.sleep(0)
        running.cancel()
        if not patient:
            await asyncio.sleep(0)
            running.cancel()
        done, _pending = await asyncio.wait([running], timeout=20)
        assert done and running.cancelled()
        # Asyncio has waited for the first, and the other has been killed.
        assert all(ends(pid) for pid in pids)
    assert len(pids) == 18, "the first time it was given up before anything"


async def test_one_that_cannot_begin_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    running = asyncio.create_task(run("/missing"))
    await asyncio.sleep(0)
    running.cancel()
    await asyncio.wait([running])
    assert running.cancelled()
