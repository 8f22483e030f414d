"""Servers to measure, each in a process of its own on a free loopback port."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

START_SECONDS = 30
BARE = Path(__file__).with_name("bare_server.py")


def free_port() -> int:
    """A port nobody has right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@asynccontextmanager
async def running(*arguments: str, url: str) -> AsyncIterator[int]:
    """Run `python <arguments>` until the block is left, once `url` answers; yields its process id.

    Raises:
        RuntimeError: If it ends early or does not answer in time.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        await _answering(process, url)
        yield process.pid
    finally:
        if process.returncode is None:
            process.terminate()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), 15)
        if process.returncode is None:
            process.kill()


async def _answering(process: asyncio.subprocess.Process, url: str) -> None:
    async with httpx2.AsyncClient(trust_env=False) as http:
        for _ in range(START_SECONDS * 10):
            if process.returncode is not None:
                break
            with contextlib.suppress(httpx2.TransportError):
                await http.get(url)
                return
            await asyncio.sleep(0.1)
    msg = f"no answer from {url}"
    raise RuntimeError(msg)


def resident_bytes(pid: int) -> int:
    """The resident memory of a process, in bytes (Linux)."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmRSS"))
