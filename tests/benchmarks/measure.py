"""What the kernel says of a process: processor time, wake-ups, memory."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path


def cpu_seconds(pids: Iterable[int]) -> float:
    """Processor time of all threads of the processes so far, from the scheduler, in seconds."""
    total = 0
    for pid in pids:
        for task in Path(f"/proc/{pid}/task").glob("*/schedstat"):
            total += int(task.read_text().split()[0])
    return total / 1e9


def context_switches(pids: Iterable[int]) -> int:
    total = 0
    for pid in pids:
        for status in Path(f"/proc/{pid}/task").glob("*/status"):
            lines = status.read_text().splitlines()
            total += sum(int(line.split()[1]) for line in lines if line.startswith("voluntary_ctxt_switches"))
    return total


def proportional_memory(pids: Iterable[int]) -> float:
    """Proportional set size (PSS) in MiB: shared pages are divided among those who share them."""
    total = 0
    for pid in pids:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        total += next(int(line.split()[1]) for line in rollup if line.startswith("Pss:"))
    return total / 1024


def descendants(pid: int) -> list[int]:
    """`pid` and all processes below it."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found += descendants(int(child))
    return found


def quantile(values: Sequence[float], share: float) -> float:
    """The value that `share` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else float("nan")


def median(values: list[float]) -> float:
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def machine() -> str:
    """One line about this machine."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next(
        (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "unknown processor"
    )
    cores = sum(line.startswith("processor") for line in lines)
    kernel = Path("/proc/sys/kernel/osrelease").read_text().strip()
    memory = int(Path("/proc/meminfo").read_text().split()[1]) / (1 << 20)
    graphics = "a GPU" if any(Path("/dev/dri").glob("renderD*")) else "no GPU"
    return f"{cores} cores ({model}), {memory:.0f} GiB, {graphics}, Linux {kernel}"


def row(*cells: str) -> None:
    print("| " + " | ".join(cells) + " |", flush=True)


def table(*titles: str) -> None:
    print(flush=True)
    row(*titles)
    row(*["---"] * len(titles))
