"""After erasure no file holds deleted data, not even where SQLite once moved it from."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, func, insert, select

from auxcord.errors import StoreUnavailableError
from auxcord.store.erasure import Erasure
from auxcord.store.schema import users

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

    from auxcord.store import Store

pytestmark = pytest.mark.anyio

PEOPLE = 800
KEPT = 400
PIECE = 12


def person(choices: random.Random) -> dict[str, object]:
    """Somebody whose rows are of any size, so that SQLite moves many of them about."""
    return {
        "user_id": choices.randbytes(16).hex(),
        "lookup": choices.randbytes(choices.randint(16, 1000)),
        "created_at": 0.0,
    }


async def fill_and_delete(store: Store) -> list[bytes]:
    """Store many people, delete most of them in no order, and return what was stored of those."""
    choices = random.Random(20261124)
    people = [person(choices) for _ in range(PEOPLE)]
    await store.transact(lambda connection: connection.execute(insert(users), people).close())
    choices.shuffle(people)
    gone = people[KEPT:]

    def drop(connection: Connection) -> None:
        for each in gone:
            connection.execute(delete(users).where(users.c.user_id == each["user_id"]))

    await store.transact(drop)
    return [part for each in gone for part in (str(each["user_id"]).encode(), each["lookup"])]  # type: ignore[misc]


def pieces(path: Path, traces: list[bytes]) -> int:
    """Count the pieces of `traces` that stand in the data directory."""
    wanted = {trace[start : start + PIECE] for trace in traces for start in range(len(trace) - PIECE + 1)}
    count = 0
    for file in path.parent.iterdir():
        content = file.read_bytes()
        count += sum(content[start : start + PIECE] in wanted for start in range(len(content) - PIECE + 1))
    return count


async def test_rebuilding_the_file_erases_what_emptying_the_log_leaves(store: Store, path: Path) -> None:
    traces = await fill_and_delete(store)
    assert pieces(path, traces) > 1000
    await Erasure(path, store._opened.turn, largest=0).run()
    assert pieces(path, traces) > 0  # why the file is rebuilt
    await store.checkpoint()
    assert pieces(path, traces) == 0
    assert (await store.fetch(select(func.count()).select_from(users)))[0][0] == KEPT


async def test_a_large_file_is_rebuilt_when_little_of_it_is_in_use_any_more(store: Store, path: Path) -> None:
    await fill_and_delete(store)
    await Erasure(path, store._opened.turn, largest=0).run()
    before = path.stat().st_size
    await store.transact(lambda connection: connection.execute(delete(users)))
    await Erasure(path, store._opened.turn, largest=before * 3 // 4).run()
    assert path.stat().st_size < before


async def test_many_erasures_at_once_share_their_runs(store: Store) -> None:
    erasure = store._opened.erasure
    async with store.write():
        waiting = [asyncio.create_task(store.checkpoint()) for _ in range(50)]
        await asyncio.sleep(0)
        assert len(erasure._running) == 1
    await asyncio.gather(*waiting)
    assert not erasure._running


async def test_a_cancelled_caller_does_not_stop_an_erasure(store: Store, path: Path) -> None:
    traces = await fill_and_delete(store)
    caller = asyncio.create_task(store.checkpoint())
    await asyncio.sleep(0)
    (run,) = store._opened.erasure._running
    caller.cancel()
    await asyncio.wait([caller, run])
    assert pieces(path, traces) == 0


async def test_an_erasure_that_another_reader_holds_up_says_so_and_succeeds_when_repeated(
    store: Store, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("auxcord.store.connections.BUSY_SECONDS", 0.01)
    traces = await fill_and_delete(store)
    async with store.read() as reader:
        await reader.exec_driver_sql("BEGIN")
        await reader.execute(select(users).limit(1))
        with pytest.raises(StoreUnavailableError):
            await store.checkpoint()
        await reader.exec_driver_sql("COMMIT")
    await store.checkpoint()
    assert pieces(path, traces) == 0
