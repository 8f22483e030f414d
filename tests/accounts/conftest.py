"""Accounts over a small token endpoint, under a clock that stands still until moved."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import httpx2
import pytest

from auxcord.accounts import Accounts, Admission, ConsentTerms
from auxcord.accounts.links import KIND, Kept
from auxcord.store import Store
from auxcord.vault import KeyRing, Vault
from tests.accounts.spotify import Clock, TokenEndpoint, apps, profile

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path


class World:
    """One database, one Spotify, and as many Auxcord processes as `another` makes.

    Attributes:
        clock: Moves when told, and by sleeping.
        jumped: How far everybody's wall clock has jumped, while no time passed.
    """

    def __init__(self, stack: contextlib.AsyncExitStack, path: Path) -> None:
        self.clock = Clock()
        self.jumped = 0.0
        self.spotify = TokenEndpoint()
        self.url = f"sqlite+aiosqlite:///{path}"
        self.key = KeyRing.new_key()
        self._stack = stack

    async def open(self) -> None:
        transport = httpx2.ASGITransport(self.spotify.asgi)
        self.http = await self._stack.enter_async_context(httpx2.AsyncClient(transport=transport))
        self.accounts = await self.another()

    async def another(
        self,
        *,
        sleep: Callable[[float], Awaitable[None]] | None = None,
        terms: ConsentTerms | None = None,
        ahead: float = 0.0,
    ) -> Accounts:
        """Start another process, as it were: its own connections, keys and refreshes.

        Args:
            sleep: Waits so many seconds; the clock runs on at once when omitted.
            terms: How long a consent counts.
            ahead: Seconds by which its wall clock is ahead of the world's.
        """
        self.store = Store(self.url, steady=self.clock)
        await self.store.open()
        self._stack.push_async_callback(self.store.close)
        self.vault = Vault(self.store, KeyRing.of([self.key]), clock=self.clock)
        await self.vault.open()
        accounts = Accounts(
            self.vault,
            self.store,
            apps(self.http),
            admission=Admission(terms=terms),
            clock=lambda: self.clock() + self.jumped + ahead,
            sleep=sleep or self.clock.sleep,
        )
        self._stack.push_async_callback(accounts.close)
        return accounts

    async def link(self, person: str) -> str:
        return await self.accounts.link(self.spotify.consent(person), profile(person))

    async def kept(self, user_id: str) -> Kept:
        """What is on the disk."""
        kept = await self.accounts._links.stored(user_id)
        assert kept is not None
        return kept

    async def break_writing(self, table: str, event: str) -> None:
        """Make every such write fail as if the database were broken, until `mend_writing`."""
        trigger = f"CREATE TRIGGER broken BEFORE {event} ON {table} BEGIN SELECT missing_function(); END"
        await self._run(trigger)

    async def mend_writing(self) -> None:
        await self._run("DROP TRIGGER broken")

    async def _run(self, statement: str) -> None:
        """Run it where the links are written: a connection that failed does not notice others' mending."""
        await self.store.transact(lambda connection: connection.exec_driver_sql(statement).close())

    async def corrupt(self, user_id: str) -> None:
        record = await self.vault.get(user_id, KIND)
        assert record is not None
        await self.vault.put(user_id, KIND, b'{"no": "link"}', expected=record.version)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with contextlib.AsyncExitStack() as stack:
        world = World(stack, tmp_path / "data" / "auxcord.db")
        await world.open()
        yield world
