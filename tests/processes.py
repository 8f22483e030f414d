"""Processes of `auxcord` commands: started by `tests.starter`, ended by their id, gone with the block."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import signal
import socket
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import httpx2

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

ROOT: Final = Path(__file__).resolve().parents[1]
START_SECONDS: Final = 60
PORTS: Final = range(12_000, 32_000)
"""Below the ports that outgoing connections get, so that a replica that starts again finds its own free."""


class Starter:
    """Speaks with `tests.starter`."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._turn = asyncio.Lock()

    async def ask(self, **question: Any) -> Any:
        """Put one question and return the answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        async with self._turn:
            self._process.stdin.write(json.dumps(question).encode() + b"\n")
            return json.loads(await self._process.stdout.readline())


@asynccontextmanager
async def starter() -> AsyncIterator[Starter]:
    """A starter, and the end of everything it started."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.starter",
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,  # Ctrl-C reaches the tests alone, and they end it
    )
    try:
        yield Starter(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), 20)
        except TimeoutError:
            process.kill()
            await process.wait()


class Program:
    """One `auxcord` command on a loopback port, which answers at `url` while it is up.

    A fresh one is a program of its own, which takes a second longer than a fork: for libraries that are
    loaded first (LD_PRELOAD), and for its memory to be its own.

    Attributes:
        pid: The process; 0 before the first start.
        up: Whether it was started and not ended by us since.
        log: What it wrote, over all its lives.
    """

    def __init__(
        self,
        starter: Starter,
        command: str,
        environment: Mapping[str, str],
        log: Path,
        ready: str,
        *,
        fresh: bool = False,
    ) -> None:
        self._starter = starter
        self._command = command
        self._environment = dict(environment)
        self._ready = ready
        self._fresh = fresh
        self.log = log
        self.port = free_port()
        self.pid = 0
        self.up = False

    @property
    def url(self) -> str:
        """Its own address."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Start it and wait until it answers; another port is taken if somebody else has this one.

        Raises:
            RuntimeError: It ended, or did not answer in time; with the end of its log.
        """
        for _ in range(5):
            arguments = [self._command, "--port", str(self.port)]
            self.pid = await self._starter.ask(
                arguments=arguments,
                environment=self._environment,
                log=str(self.log),
                fresh=self._fresh,
            )
            if await self._answers():
                self.up = True
                return
            if "is in use" not in self.log.read_text()[-300:]:
                break
            self.port = free_port()
        msg = f"auxcord {self._command} did not start:\n{self.log.read_text()[-3000:]}"
        raise RuntimeError(msg)

    async def kill(self) -> None:
        """Kill it with SIGKILL and wait until it is gone."""
        self.up = False
        os.kill(self.pid, signal.SIGKILL)
        await self.ended()

    async def terminate(self) -> int:
        """Ask it to end, with SIGTERM, and return its exit status."""
        self.up = False
        os.kill(self.pid, signal.SIGTERM)
        return await self.ended()

    def stop(self) -> None:
        """Hold it still, with SIGSTOP, until `go_on`."""
        os.kill(self.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        """Let it run on after `stop`."""
        os.kill(self.pid, signal.SIGCONT)

    async def ended(self) -> int:
        """Wait for its end, at most a minute; returns its exit status, negative for a signal."""
        async with asyncio.timeout(START_SECONDS):
            # It is the starter's child, not ours: there is nothing to wait on.
            while (status := await self._starter.ask(ended=self.pid)) is None:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        self.up = False
        assert isinstance(status, int)
        return status

    async def _answers(self) -> bool:
        async with httpx2.AsyncClient(trust_env=False, timeout=5) as http:
            for _ in range(START_SECONDS * 50):
                if await self._starter.ask(ended=self.pid) is not None:
                    return False
                with contextlib.suppress(httpx2.TransportError):
                    answer = await http.get(f"{self.url}{self._ready}", headers={"Host": "127.0.0.1:8000"})
                    return answer.status_code == 200
                await asyncio.sleep(0.02)
        return False


def free_port() -> int:
    """A port nobody has right now, outside the range of outgoing connections."""
    for port in random.sample(PORTS, 100):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    msg = "no free port found"
    raise RuntimeError(msg)
