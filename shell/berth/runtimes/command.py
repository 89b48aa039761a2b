"""The one place where the engine's side runs an external command and waits for it."""

from __future__ import annotations

import asyncio

from berth.core.problem import Problem


async def run(*arguments: str) -> str:
    """Standard output of a command that must succeed. Raises `Problem` ``command-failed``."""
    try:
        process = await asyncio.create_subprocess_exec(
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
    except OSError as error:
        raise Problem("command-failed", f"{arguments[0]} cannot be run: {error.strerror}.") from None
    output, errors = await process.communicate()
    if process.returncode != 0:
        raise Problem("command-failed", f"{arguments[0]} failed: {errors.decode(errors='replace').strip()}")
    return output.decode(errors="replace")
