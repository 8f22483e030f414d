"""The store keeps its guarantees on every connection, and its failures are Auxcord's."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, insert, select, text

from auxcord.errors import StoreError, StoreUnavailableError
from auxcord.store import Store
from auxcord.store.schema import users

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection

pytestmark = pytest.mark.anyio

GUARANTEES = {
    "journal_mode": "wal",
    "synchronous": 2,
    "secure_delete": 1,
    "foreign_keys": 1,
    "temp_store": 2,
    "trusted_schema": 0,
}
DAMAGED = b"this is no database, and long enough to be looked at as one" * 100
COUNT = select(func.count()).select_from(users)


@dataclasses.dataclass(frozen=True)
class FrozenError(Exception):
    """The shape of the SDK's token errors, whose traceback nobody may set."""

    reason: str


def person(number: int) -> dict[str, object]:
    return {"user_id": f"{number:032x}", "lookup": f"{number:032}".encode(), "created_at": 0.0}


def _pragmas(connection: Connection) -> dict[str, object]:
    return {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in GUARANTEES}


async def test_every_pooled_connection_carries_the_guarantees_again_and_again(store: Store) -> None:
    for _ in range(3):
        first, second = store.read(), store.read()
        async with first as one, second as another:
            assert await one.run_sync(_pragmas) == GUARANTEES
            assert await another.run_sync(_pragmas) == GUARANTEES
        async with store.write() as connection:
            assert await connection.run_sync(_pragmas) == GUARANTEES
        assert await store.transact(_pragmas) == GUARANTEES
    for name, value in GUARANTEES.items():
        assert (await store.fetch(text(f"PRAGMA {name}")))[0][0] == value


async def test_a_connection_for_reading_cannot_write(store: Store) -> None:
    with pytest.raises(StoreUnavailableError, match="read-only"):
        async with store.read() as connection:
            await connection.execute(insert(users).values(person(1)))
    with pytest.raises(StoreUnavailableError, match="read-only"):
        await store.fetch(insert(users).values(person(1)).returning(users.c.user_id))
    assert (await store.fetch(COUNT))[0][0] == 0


async def test_frozen_exceptions_pass_through_unharmed(store: Store) -> None:
    with pytest.raises(FrozenError) as written:
        async with store.write():
            raise FrozenError("invalid_grant")
    with pytest.raises(FrozenError) as read:
        async with store.read():
            raise FrozenError("invalid_grant")

    def refuse(_: Connection) -> None:
        raise FrozenError("invalid_grant")

    with pytest.raises(FrozenError) as transacted:
        await store.transact(refuse)
    assert {written.value.reason, read.value.reason, transacted.value.reason} == {"invalid_grant"}


async def test_a_full_disk_is_unavailability_and_changes_nothing(store: Store) -> None:
    def fill(connection: Connection) -> None:
        connection.exec_driver_sql("PRAGMA max_page_count=1")
        for number in range(2000):
            connection.execute(insert(users).values(person(number)))

    with pytest.raises(StoreUnavailableError, match="full") as caught:
        await store.transact(fill)
    assert caught.value.retryable
    assert (await store.fetch(COUNT))[0][0] == 0


@pytest.mark.parametrize(
    "url",
    ["sqlite+aiosqlite://", "sqlite+aiosqlite:///:memory:", "sqlite:///x.db", "postgresql+asyncpg://h/d"],
)
def test_only_a_sqlite_file_is_accepted(url: str) -> None:
    with pytest.raises(StoreError, match="no SQLite file"):
        Store(url)


@pytest.fixture
def damaged(path: Path) -> Iterator[Path]:
    path.parent.mkdir()
    path.write_bytes(DAMAGED)
    yield path
    assert path.read_bytes() == DAMAGED


async def test_a_damaged_file_is_named_as_such_and_left_as_it_is(damaged: Path) -> None:
    with pytest.raises(StoreError, match="damaged") as caught:
        await Store(f"sqlite+aiosqlite:///{damaged}").open()
    assert not caught.value.retryable


async def test_a_checkpoint_empties_the_log_even_right_after_the_first_start(
    store: Store, path: Path
) -> None:
    async with store.write() as connection:
        await connection.execute(insert(users).values(person(1)))
    log = path.with_name("auxcord.db-wal")
    assert log.stat().st_size > 0
    await store.checkpoint()
    assert log.stat().st_size == 0


async def test_a_checkpoint_gets_its_turn_among_busy_writers(store: Store, path: Path) -> None:
    async def write(number: int) -> None:
        async with store.write() as connection:
            await connection.execute(insert(users).values(person(number)))

    writes = [asyncio.create_task(write(number)) for number in range(100)]
    await asyncio.gather(*(store.checkpoint() for _ in range(5)))
    await asyncio.gather(*writes)
    await store.checkpoint()
    assert path.with_name("auxcord.db-wal").stat().st_size == 0
    assert (await store.fetch(COUNT))[0][0] == 100


async def test_a_write_cancelled_at_any_point_leaves_the_store_whole(store: Store) -> None:
    async def write(number: int) -> None:
        async with store.write() as connection:
            await connection.execute(insert(users).values(person(number)))
            await connection.execute(insert(users).values(person(1000 + number)))

    for steps in range(60):
        task = asyncio.create_task(write(steps))
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        both = {f"{steps:032x}", f"{1000 + steps:032x}"}
        rows = await store.fetch(select(users.c.user_id).where(users.c.user_id.in_(both)))
        assert len(rows) in {0, 2}
    await write(999)
    assert await store.fetch(select(users.c.user_id).where(users.c.user_id == f"{999:032x}"))
