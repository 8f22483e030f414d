"""Concurrent transactions share a commit and nothing else."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, insert, select

from auxcord.errors import StoreUnavailableError
from auxcord.store.schema import users

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from auxcord.store import Store

pytestmark = pytest.mark.anyio

COUNT = select(func.count()).select_from(users)


def adding(number: int) -> Callable[[Connection], int]:
    def add(connection: Connection) -> int:
        values = {"user_id": f"{number:032x}", "lookup": f"{number:032}".encode(), "created_at": 0.0}
        connection.execute(insert(users).values(values))
        return number

    return add


def failing(number: int) -> Callable[[Connection], None]:
    def fail(connection: Connection) -> None:
        adding(number)(connection)
        raise LookupError(number)

    return fail


async def test_a_thousand_concurrent_transactions_all_commit_and_each_gets_its_own_result(
    store: Store,
) -> None:
    results = await asyncio.gather(*(store.transact(adding(number)) for number in range(1000)))
    assert results == list(range(1000))
    assert (await store.fetch(COUNT))[0][0] == 1000


async def test_a_failing_transaction_takes_no_neighbour_along(store: Store) -> None:
    work = [failing(number) if number % 3 == 0 else adding(number) for number in range(90)]
    results = await asyncio.gather(*(store.transact(each) for each in work), return_exceptions=True)
    assert [type(result) for result in results] == [LookupError if n % 3 == 0 else int for n in range(90)]
    assert (await store.fetch(COUNT))[0][0] == 60


@pytest.mark.parametrize("error", [StopIteration, GeneratorExit, asyncio.CancelledError])
async def test_no_exception_of_any_kind_leaves_a_caller_waiting(
    store: Store, error: type[BaseException]
) -> None:
    def stumble(_: Connection) -> None:
        raise error

    async with asyncio.timeout(10):
        results = await asyncio.gather(store.transact(stumble), return_exceptions=True)
    assert isinstance(results[0], BaseException)
    assert await store.transact(adding(1)) == 1


async def test_when_the_database_itself_fails_everyone_in_the_batch_is_told_and_nothing_is_written(
    store: Store,
) -> None:
    def broken(connection: Connection) -> None:
        connection.exec_driver_sql("SELECT * FROM nothing")

    work = [adding(1), broken, adding(2)]
    results = await asyncio.gather(*(store.transact(each) for each in work), return_exceptions=True)
    assert [type(result) for result in results] == [StoreUnavailableError] * 3
    assert (await store.fetch(COUNT))[0][0] == 0
    assert await store.transact(adding(3)) == 3


async def test_a_transaction_whose_caller_left_before_it_began_is_not_run(store: Store) -> None:
    async with store.write():
        task = asyncio.create_task(store.transact(adding(1)))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
    await store.transact(adding(2))
    assert (await store.fetch(COUNT))[0][0] == 1


async def test_a_transaction_under_way_survives_its_caller(store: Store) -> None:
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
    assert (await store.fetch(COUNT))[0][0] == 2


async def test_closing_finishes_what_is_queued(store: Store) -> None:
    tasks = [asyncio.create_task(store.transact(adding(number))) for number in range(50)]
    await asyncio.sleep(0)
    await store.close()
    assert await asyncio.gather(*tasks) == list(range(50))
    await store.open()
    assert (await store.fetch(COUNT))[0][0] == 50


async def test_both_ways_of_writing_take_turns(store: Store) -> None:
    async def write(number: int) -> None:
        async with store.write() as connection:
            await connection.run_sync(adding(number))

    await asyncio.gather(
        *(write(number) for number in range(50)),
        *(store.transact(adding(number)) for number in range(50, 100)),
    )
    assert (await store.fetch(COUNT))[0][0] == 100
