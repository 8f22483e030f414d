"""A lease has one holder at a time, whatever happens to holders and clocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from auxcord.store import leases
from auxcord.store.schema import leases as table

if TYPE_CHECKING:
    from auxcord.store import Store

pytestmark = pytest.mark.anyio


async def acquire(store: Store, holder: str, now: float) -> bool:
    return await store.transact(
        lambda connection: leases.acquire(connection, "name", holder, now=now, seconds=45)
    )


async def release(store: Store, holder: str) -> None:
    await store.transact(lambda connection: leases.release(connection, "name", holder))


async def test_only_the_first_gets_it_until_it_is_given_back(store: Store) -> None:
    assert await acquire(store, "a", 1000)
    assert not await acquire(store, "b", 1000)
    assert await acquire(store, "a", 1001)
    await release(store, "b")
    assert not await acquire(store, "b", 1002)
    await release(store, "a")
    assert await acquire(store, "b", 1003)


async def test_it_runs_out(store: Store) -> None:
    assert await acquire(store, "a", 1000)
    assert not await acquire(store, "b", 1044)
    assert await acquire(store, "b", 1045)
    await release(store, "a")
    assert not await acquire(store, "c", 1046)


@pytest.mark.parametrize("skew", [-30, -5, 5, 30])
async def test_holders_whose_clocks_differ_exclude_each_other(store: Store, skew: float) -> None:
    assert await acquire(store, "a", 1000)
    assert not await acquire(store, "b", 1000 + skew)


async def test_one_from_before_the_clock_was_set_back_is_void(store: Store) -> None:
    assert await acquire(store, "a", 10_000)
    assert await acquire(store, "b", 2_800)


async def test_giving_back_leaves_nothing(store: Store) -> None:
    assert await acquire(store, "a", 1000)
    await release(store, "a")
    assert await store.fetch(select(table)) == []
