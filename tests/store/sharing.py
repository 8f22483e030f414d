"""What every store promises to processes that share it: leases, opening and closing, writing at once."""

from __future__ import annotations

import asyncio
import sys

import pytest
from sqlalchemy import select, text

from auxcord.errors import SchemaTooNewError, StoreUnavailableError
from auxcord.store import Store, leases
from auxcord.store.schema import leases as lease_table
from auxcord.store.schema import users
from tests.store.contract import COUNT, adding, people

WRITING = """
import asyncio, sys
from sqlalchemy import insert
from auxcord.store import Store
from auxcord.store.schema import users

async def main(url, who, last):
    store = Store(url)
    await store.open()

    def row(number):
        return insert(users).values(user_id=f"{who}{number}", lookup=f"{who}{number}".encode(), created_at=0)

    async def write(number):
        if number % 2:
            await store.transact(lambda connection: connection.execute(row(number)))
        else:
            async with store.write() as connection:
                await connection.execute(row(number))
        if last == "never":
            print(number, flush=True)

    for start in range(0, 200 if last == "200" else 10_000, 20):
        await asyncio.gather(*(write(number) for number in range(start, start + 20)))
    await store.close()

asyncio.run(main(*sys.argv[1:]))
"""


async def acquire(store: Store, holder: str, now: float) -> bool:
    return await store.transact(
        lambda connection: leases.acquire(connection, "name", holder, now=now, seconds=45)
    )


async def release(store: Store, holder: str) -> None:
    await store.transact(lambda connection: leases.release(connection, "name", holder))


class Leases:
    async def test_only_the_first_gets_it_until_it_is_given_back(self, store: Store, other: Store) -> None:
        assert await acquire(store, "a", 1000)
        assert not await acquire(other, "b", 1000)
        assert await acquire(store, "a", 1001)
        await release(other, "b")
        assert not await acquire(other, "b", 1002)
        await release(store, "a")
        assert await acquire(other, "b", 1003)

    async def test_of_many_at_once_exactly_one_gets_it(self, store: Store, other: Store) -> None:
        places = [store, other] * 20
        got = await asyncio.gather(*(acquire(place, f"{n}", 1000) for n, place in enumerate(places)))
        assert got.count(True) == 1

    async def test_it_runs_out(self, store: Store) -> None:
        assert await acquire(store, "a", 1000)
        assert not await acquire(store, "b", 1044)
        assert await acquire(store, "b", 1045)
        await release(store, "a")
        assert not await acquire(store, "c", 1046)

    @pytest.mark.parametrize("skew", [-30, -5, 5, 30])
    async def test_holders_whose_clocks_differ_exclude_each_other(self, store: Store, skew: float) -> None:
        assert await acquire(store, "a", 1000)
        assert not await acquire(store, "b", 1000 + skew)

    async def test_one_from_before_the_clock_was_set_back_is_void(self, store: Store) -> None:
        assert await acquire(store, "a", 10_000)
        assert await acquire(store, "b", 2_800)

    async def test_giving_back_leaves_nothing(self, store: Store) -> None:
        assert await acquire(store, "a", 1000)
        await release(store, "a")
        assert await store.fetch(select(lease_table)) == []


class OpeningAndClosing:
    async def test_what_was_written_is_there_after_closing(self, store: Store) -> None:
        await store.transact(adding(1))
        await store.close()
        await store.close()
        await store.open()
        await store.open()
        assert await people(store) == 1

    async def test_closing_finishes_what_is_queued(self, store: Store) -> None:
        tasks = [asyncio.create_task(store.transact(adding(number))) for number in range(50)]
        await asyncio.sleep(0)
        await store.close()
        assert await asyncio.gather(*tasks) == list(range(50))
        await store.open()
        assert await people(store) == 50

    async def test_one_that_is_not_open_says_so(self, store_url: str) -> None:
        store = Store(store_url)
        for use in (store.read, store.write):
            with pytest.raises(StoreUnavailableError, match="not open"):
                use()
        with pytest.raises(StoreUnavailableError, match="not open"):
            await store.fetch(COUNT)
        with pytest.raises(StoreUnavailableError, match="not open"):
            await store.transact(adding(1))
        await store.close()

    async def test_a_newer_schema_is_refused(self, store: Store) -> None:
        await store.transact(adding(1))
        async with store.write() as connection:
            await connection.execute(text("UPDATE alembic_version SET version_num = 'f00d'"))
        await store.close()
        with pytest.raises(SchemaTooNewError, match="f00d"):
            await store.open()
        assert not store.is_open


class Processes:
    async def test_processes_that_write_at_once_lose_nothing(self, store: Store, store_url: str) -> None:
        writers = [await _writer(store_url, who, "200") for who in "abc"]
        async with asyncio.timeout(60):
            assert [(await writer.communicate())[1] for writer in writers] == [b"", b"", b""]
        assert await people(store) == 600

    async def test_what_was_reported_as_written_survives_the_death_of_its_writer(
        self, store: Store, store_url: str
    ) -> None:
        writer = await _writer(store_url, "a", "never")
        assert writer.stdout is not None
        async with asyncio.timeout(60):
            reported = [int(await writer.stdout.readline()) for _ in range(100)]
            writer.kill()
            rest, _ = await writer.communicate()
        reported += [int(line) for line in rest.splitlines()]
        kept = {row.user_id for row in await store.fetch(select(users.c.user_id))}
        assert {f"a{number}" for number in reported} <= kept
        await store.transact(adding(1))


async def _writer(*arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        WRITING,
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
