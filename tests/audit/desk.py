"""A trail, the people it is about, and somebody who tampers with it past Auxcord."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert

from auxcord.audit import Event, Trail
from auxcord.audit.reading import lines
from auxcord.audit.verification import Anchor, Verdict, verify
from auxcord.store import Store
from auxcord.store.schema import users

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from auxcord.audit.lines import Line

KEY = bytes(range(32))
TABLES = ("audit", "audit_details", "audit_checkpoints")


class Clock:
    def __init__(self) -> None:
        self.now = 1_795_000_000.0

    def __call__(self) -> float:
        return self.now


class Desk:
    """A trail in an open store."""

    def __init__(self, store: Store, *, retention: float = 400 * 86400.0) -> None:
        self.store = store
        self.clock = Clock()
        self.trail = Trail(store, lambda: KEY, clock=self.clock, retention=retention)

    async def person(self, name: str) -> str:
        user_id = hashlib.sha256(name.encode()).hexdigest()[:32]
        row = {"user_id": user_id, "lookup": name.encode(), "created_at": 0.0}
        await self.store.transact(lambda connection: connection.execute(insert(users), row))
        return user_id

    async def erase(self, user_id: str) -> None:
        def work(connection: Any) -> None:
            self.trail.erase(connection, user_id, by="test")
            connection.execute(delete(users).where(users.c.user_id == user_id))

        await self.store.transact(work)

    async def write(self, count: int, user: str | None = None) -> None:
        for number in range(count):
            self.clock.now += 1
            await self.trail.record(Event.TOKEN_REFRESHED, user=user, client=f"client-{number}")

    async def lines(self) -> list[Line]:
        return [line async for line in lines(self.store)]

    async def verify(self, anchor: str | None = None) -> Verdict:
        return await verify(self.store, KEY, Anchor.of(anchor) if anchor else None)

    def tamper(self, *statements: str) -> None:
        """Change the database past Auxcord."""
        database = sqlite3.connect(self.store.path, isolation_level=None)
        try:
            for statement in statements:
                database.execute(statement)
        finally:
            database.close()

    async def fault_after(self, *statements: str) -> int | None:
        """Tamper, tell at which line verification fails, and put everything back."""
        attach = f"ATTACH '{self.store.path}.kept' AS kept"
        self.tamper(attach, *(_each("CREATE TABLE IF NOT EXISTS kept.{0} AS SELECT * FROM main.{0}")))
        self.tamper(*statements)
        fault = (await self.verify()).fault
        self.tamper(
            attach, *_each("DELETE FROM main.{0}"), *_each("INSERT INTO main.{0} SELECT * FROM kept.{0}")
        )
        return None if fault is None else fault.seq


def _each(statement: str) -> list[str]:
    return [statement.format(table) for table in TABLES]


@asynccontextmanager
async def open_desk(folder: Path) -> AsyncIterator[Desk]:
    """Open a trail in a directory."""
    store = Store(f"sqlite+aiosqlite:///{folder / 'auxcord.db'}")
    await store.open()
    try:
        yield Desk(store)
    finally:
        await store.close()
