"""Commands as a person runs them: real processes on loopback."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

Environment = dict[str, str]
TIMEOUT = 60


@asynccontextmanager
async def started(
    home: Environment, *arguments: str, under: Sequence[str] = (), umask: int = -1
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run `auxcord <arguments>` until the block is left, under another program if need be."""
    process = await asyncio.create_subprocess_exec(
        *under,
        sys.executable,
        "-m",
        "auxcord",
        *arguments,
        env=home,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        umask=umask,
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.communicate()


async def ended(home: Environment, *arguments: str) -> tuple[int, str, str]:
    """Run `auxcord <arguments>` to its end: exit status, standard output, standard error."""
    async with started(home, *arguments) as process:
        out, err = await asyncio.wait_for(process.communicate(), TIMEOUT)
        assert process.returncode is not None
        return process.returncode, out.decode(), err.decode()


async def line_with(stream: asyncio.StreamReader | None, text: str) -> str:
    """Read a process's output up to the first line that holds `text`."""
    assert stream is not None
    async with asyncio.timeout(TIMEOUT):
        while line := (await stream.readline()).decode():
            if text in line:
                return line
    msg = f"the process ended without a line that holds {text!r}"
    raise AssertionError(msg)
