"""What every store promises, whatever database is behind it; `test_contract.py` names the databases.

Nothing here knows SQL dialects, files or directories: what is SQLite's alone has tests of its own.
"""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Table, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from auxcord.errors import StoreUnavailableError
from auxcord.store.schema import data_keys, grants, records, refresh_tokens, spotify_apps, users
from auxcord.store.schema import leases as lease_table

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from auxcord.store import Store

COUNT = select(func.count()).select_from(users)


def person(number: int) -> dict[str, object]:
    return {"user_id": f"{number:032x}", "lookup": f"{number:032}".encode(), "created_at": 0.0}


def adding(number: int) -> Callable[[Connection], int]:
    def add(connection: Connection) -> int:
        connection.execute(insert(users).values(person(number)))
        return number

    return add


def failing(number: int) -> Callable[[Connection], None]:
    def fail(connection: Connection) -> None:
        adding(number)(connection)
        raise LookupError(number)

    return fail


async def people(store: Store) -> int:
    return int((await store.fetch(COUNT))[0][0])


class ReadingAndWriting:
    async def test_what_was_written_either_way_is_read_either_way(self, store: Store) -> None:
        async with store.write() as connection:
            await connection.execute(insert(users).values(person(1)))
        await store.transact(adding(2))
        found = [row.user_id for row in await store.fetch(select(users.c.user_id).order_by(users.c.user_id))]
        assert found == [f"{1:032x}", f"{2:032x}"]
        async with store.read() as connection:
            assert await connection.scalar(COUNT) == 2

    async def test_every_kind_of_value_comes_back_as_it_was(self, store: Store) -> None:
        everything = bytes(range(256))
        findings = {
            "client_id": "'; DROP TABLE users; -- caf\u00e9 \U0001d504",
            "updated_at": 1_800_000_000.123456,
        }
        await store.transact(
            lambda connection: connection.execute(
                insert(spotify_apps).values(findings=everything * 4096, **findings)
            )
        )
        ((client_id, kept, updated_at),) = await store.fetch(select(spotify_apps))
        assert (client_id, updated_at) == (findings["client_id"], findings["updated_at"])
        assert bytes(kept) == everything * 4096

    async def test_a_connection_for_reading_cannot_write(self, store: Store) -> None:
        with pytest.raises(StoreUnavailableError, match="read-only"):
            async with store.read() as connection:
                await connection.execute(insert(users).values(person(1)))
        assert await people(store) == 0

    async def test_nobody_sees_what_is_not_committed_and_nobody_waits_to_read(self, store: Store) -> None:
        async with store.write() as connection:
            await connection.execute(insert(users).values(person(1)))
            assert await people(store) == 0
            async with store.read() as reader:
                assert await reader.scalar(COUNT) == 0
        assert await people(store) == 1

    async def test_ids_are_in_the_same_order_as_in_python(self, store: Store) -> None:
        names = ["0/refresh", "00", "0a", "a", "f", "f/refresh", "f0", "ff"]
        rows = [{"name": name, "holder": "h", "until": 0.0} for name in reversed(names)]
        await store.transact(lambda connection: connection.execute(insert(lease_table), rows).close())
        found = await store.fetch(select(lease_table.c.name).order_by(lease_table.c.name))
        assert [row.name for row in found] == sorted(names)
        between = select(lease_table.c.name).where(lease_table.c.name.between("f/", "f0"))
        assert {row.name for row in await store.fetch(between)} == {"f/refresh", "f0"}


class Transactions:
    async def test_an_exception_undoes_the_whole_transaction(self, store: Store) -> None:
        async def stumble() -> None:
            async with store.write() as connection:
                await connection.execute(insert(users).values(person(1)))
                raise LookupError

        with pytest.raises(LookupError):
            await stumble()
        with pytest.raises(LookupError):
            await store.transact(failing(2))
        assert await people(store) == 0

    async def test_a_thousand_at_once_all_commit_and_each_gets_its_own_result(self, store: Store) -> None:
        results = await asyncio.gather(*(store.transact(adding(number)) for number in range(1000)))
        assert results == list(range(1000))
        assert await people(store) == 1000

    async def test_a_failing_one_takes_no_neighbour_along(self, store: Store) -> None:
        work = [failing(number) if number % 3 == 0 else adding(number) for number in range(90)]
        results = await asyncio.gather(*(store.transact(each) for each in work), return_exceptions=True)
        assert [type(result) for result in results] == [LookupError if n % 3 == 0 else int for n in range(90)]
        assert await people(store) == 60

    @pytest.mark.parametrize("error", [StopIteration, GeneratorExit, asyncio.CancelledError])
    async def test_no_exception_of_any_kind_leaves_a_caller_waiting(
        self, store: Store, error: type[BaseException]
    ) -> None:
        def stumble(_: Connection) -> None:
            raise error

        async with asyncio.timeout(10):
            results = await asyncio.gather(store.transact(stumble), return_exceptions=True)
        assert isinstance(results[0], BaseException)
        assert await store.transact(adding(1)) == 1

    async def test_when_the_database_fails_everyone_in_the_batch_is_told_and_nothing_is_written(
        self, store: Store
    ) -> None:
        def broken(connection: Connection) -> None:
            connection.exec_driver_sql("SELECT * FROM nothing")

        work = [adding(1), broken, adding(2)]
        results = await asyncio.gather(*(store.transact(each) for each in work), return_exceptions=True)
        assert [type(result) for result in results] == [StoreUnavailableError] * 3
        assert await people(store) == 0
        assert await store.transact(adding(3)) == 3

    async def test_one_whose_caller_left_before_it_began_is_not_run(self, store: Store) -> None:
        async with store.write():
            task = asyncio.create_task(store.transact(adding(1)))
            await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task])
        await store.transact(adding(2))
        assert await people(store) == 1

    async def test_one_under_way_survives_its_caller(self, store: Store) -> None:
        begun, go_on = threading.Event(), threading.Event()

        def slow(connection: Connection) -> None:
            adding(1)(connection)
            begun.set()
            go_on.wait(10)

        task = asyncio.create_task(store.transact(slow))
        await asyncio.to_thread(begun.wait, 10)
        task.cancel()
        await asyncio.wait([task])
        go_on.set()
        await store.transact(adding(2))
        assert await people(store) == 2

    async def test_both_ways_of_writing_take_turns(self, store: Store) -> None:
        async def write(number: int) -> None:
            async with store.write() as connection:
                await connection.run_sync(adding(number))

        await asyncio.gather(
            *(write(number) for number in range(50)),
            *(store.transact(adding(number)) for number in range(50, 100)),
        )
        assert await people(store) == 100


class Constraints:
    async def test_of_many_who_insert_the_same_exactly_one_succeeds(self, store: Store, other: Store) -> None:
        def adds(where: Store, number: int) -> Callable[[Connection], object]:
            row = person(number) | {"lookup": b"the same account"}
            return lambda connection: connection.execute(insert(users).values(row)).rowcount

        places = [store, other] * 20
        work = [place.transact(adds(place, number)) for number, place in enumerate(places)]
        results = await asyncio.gather(*work, return_exceptions=True)
        assert results.count(1) == 1
        assert sum(isinstance(result, IntegrityError) for result in results) == len(places) - 1

    async def test_a_broken_constraint_is_told_as_such_and_shows_no_values(self, store: Store) -> None:
        orphan = {"user_id": "nobody", "key_id": "k", "wrapped": b"canary-value", "created_at": 0.0}
        with pytest.raises(IntegrityError) as caught:
            async with store.write() as connection:
                await connection.execute(insert(data_keys).values(orphan))
        assert "canary" not in str(caught.value)
        with pytest.raises(IntegrityError):
            await store.transact(lambda connection: connection.execute(insert(data_keys).values(orphan)))

    async def test_erasing_a_person_takes_theirs_along_and_nobody_elses(self, store: Store) -> None:
        def fill(connection: Connection) -> None:
            for number in (1, 2):
                adding(number)(connection)
                _belongings(connection, f"{number:032x}")

        await store.transact(fill)
        await store.transact(
            lambda connection: connection.execute(delete(users).where(users.c.user_id == f"{1:032x}"))
        )
        for table in (users, data_keys, records, grants):
            assert [row.user_id for row in await store.fetch(select(table.c.user_id))] == [f"{2:032x}"]
        assert [row.grant_id for row in await store.fetch(select(refresh_tokens.c.grant_id))] == [f"{2:032x}"]

    async def test_of_many_who_replace_one_version_exactly_one_succeeds(
        self, store: Store, other: Store
    ) -> None:
        user_id = f"{1:032x}"

        def fill(connection: Connection) -> None:
            adding(1)(connection)
            _belongings(connection, user_id)

        def replace(connection: Connection) -> int:
            mine = (records.c.user_id == user_id, records.c.version == 1)
            return connection.execute(update(records).where(*mine).values(version=2)).rowcount

        await store.transact(fill)
        results = await asyncio.gather(*(place.transact(replace) for place in [store, other] * 20))
        assert (results.count(1), results.count(0)) == (1, 39)


def _belongings(connection: Connection, user_id: str) -> None:
    """Give a person one row in each table that belongs to people."""
    times = {"created_at": 0.0, "expires_at": 1.0}
    rows: dict[Table, dict[str, object]] = {
        data_keys: {"user_id": user_id, "key_id": "k", "wrapped": b"w", "created_at": 0.0},
        records: {"user_id": user_id, "kind": "k", "version": 1, "sealed": b"s", "updated_at": 0.0},
        grants: {
            "grant_id": user_id, "user_id": user_id, "client_id": "c", "scopes": "s", "resource": "r",
            "created_at": 0.0, "last_used_at": 0.0,
        },
        refresh_tokens: {"token_hash": user_id.encode(), "grant_id": user_id, "scopes": "s"} | times,
    }  # fmt: skip
    for table, row in rows.items():
        connection.execute(insert(table).values(row))
