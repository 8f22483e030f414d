"""Durable refreshes per second: two processes on one database; a lease and a record on the disk for each."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from auxcord.server.assembly import Parts
from auxcord.server.settings import Settings
from auxcord.spotify.models import User
from auxcord.spotify.oauth import TokenSet
from auxcord.vault import KeyRing
from bench.figures import Figures
from bench.token_endpoint import token_endpoint

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

PROCESSES = 2
PEOPLE = 500
"""For each process."""
_LONGEST_LINE = 4 * 1024 * 1024


class Refresher:
    """A running `bench.refresher`."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def line(self) -> str:
        """The next line it writes."""
        assert self._process.stdout is not None
        return (await self._process.stdout.readline()).decode().strip()

    async def ask(self, users: Sequence[str], *, rounds: int = 1) -> dict[str, Any]:
        """Let it ask for these people's access tokens at once; returns what it says about that."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"users": users, "rounds": rounds}).encode() + b"\n")
        await self._process.stdin.drain()
        said: dict[str, Any] = json.loads(await self.line())
        return said


@asynccontextmanager
async def refreshers(count: int, environment: Mapping[str, str]) -> AsyncIterator[list[Refresher]]:
    """Run so many refreshers with these settings until the block is left.

    Raises:
        RuntimeError: One of them does not start.
    """
    processes: list[asyncio.subprocess.Process] = []
    try:
        for _ in range(count):
            command = (sys.executable, "-m", "bench.refresher")
            pipe = asyncio.subprocess.PIPE
            environment = {**environment, "PYTHONPATH": os.pathsep.join(sys.path)}
            processes.append(
                await asyncio.create_subprocess_exec(
                    *command, env=environment, stdin=pipe, stdout=pipe, limit=_LONGEST_LINE
                )
            )
        ready = [Refresher(process) for process in processes]
        for refresher in ready:
            if await refresher.line() != "ready":
                msg = "a refresher did not start"
                raise RuntimeError(msg)
        yield ready
    finally:
        for process in processes:
            if process.returncode is None:
                process.kill()
            await process.wait()


async def measure(*, short: bool) -> dict[str, float]:
    """Refreshes per second of both together; budget: 500 a second at least."""
    rounds = 2 if short else 8
    with tempfile.TemporaryDirectory(prefix="auxcord-bench-") as folder:
        async with token_endpoint() as spotify:
            environment = {
                "SPOTIFY_CLIENT_ID": "0" * 32,
                "AUXCORD_ENCRYPTION_KEYS": KeyRing.new_key(),
                "AUXCORD_DATABASE_URL": f"sqlite+aiosqlite:///{folder}/auxcord.sqlite3",
                "AUXCORD_SPOTIFY_ACCOUNTS_URL": spotify,
                "AUXCORD_SPOTIFY_API_URL": spotify,
                "AUXCORD_SPOTIFY_APP_SEATS": "0",
            }
            users = await _linked(environment, PROCESSES * PEOPLE)
            async with refreshers(PROCESSES, environment) as ready:
                halves = [users[number::PROCESSES] for number in range(PROCESSES)]
                await asyncio.gather(*(each.ask(half) for each, half in zip(ready, halves, strict=True)))
                said = await asyncio.gather(
                    *(each.ask(half, rounds=rounds + 1) for each, half in zip(ready, halves, strict=True))
                )
    return _figures(said, rounds * PEOPLE)


def _figures(said: Sequence[dict[str, Any]], each: int) -> dict[str, float]:
    errors = sum(sum(one["errors"].values()) for one in said)
    rate = len(said) * each / max(one["seconds"] for one in said)
    figures = Figures("bench/refreshes.py", (__doc__ or "").partition("\n")[0].rstrip("."))
    figures.count("errors", errors, "== 0")
    figures.measure("durable refreshes per second, two processes on one database", rate, ">= 500")
    return {"durable refreshes/s, two processes (budget 500)": rate, "errors": errors}


async def _linked(environment: Mapping[str, str], people: int) -> list[str]:
    """Link people whose access tokens have run out; returns their ids."""
    settings = Settings.load(environment)
    parts = Parts.of(settings, settings.keys, clock=lambda: 0.0)
    await parts.open()
    try:
        scopes = frozenset({"user-read-private"})
        return await asyncio.gather(
            *(
                parts.accounts.link(
                    TokenSet(f"old-{number}", f"refresh-{number}", 3600, scopes),
                    User(id=f"person-{number}", account_id=f"account-{number}", display_name="Person"),
                )
                for number in range(people)
            )
        )
    finally:
        await parts.close()
