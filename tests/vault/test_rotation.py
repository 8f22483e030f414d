"""Changing the key ring's key: nothing is lost, nobody is disturbed, an interrupted run goes on."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text, update

from auxcord.errors import KeyRingError
from auxcord.store.schema import data_keys
from auxcord.vault import KeyRing, Rotation, Vault

if TYPE_CHECKING:
    from auxcord.store import Store
    from tests.vault.conftest import Clock

pytestmark = pytest.mark.anyio

PEOPLE = 1_234
OLD, NEW = KeyRing.new_key(), KeyRing.new_key()


async def populated(store: Store, clock: Clock, people: int = PEOPLE) -> list[str]:
    vault = Vault(store, KeyRing.of([OLD]), clock=clock)
    await vault.open()
    users = await asyncio.gather(*(vault.enrol("issuer", f"account {n}") for n in range(people)))
    await asyncio.gather(*(vault.put(user, "note", user.encode(), expected=0) for user in users))
    return list(users)


async def run(rotation: Rotation, steps: int = 1_000) -> tuple[int, int]:
    moved = unreadable = 0
    after: str | None = ""
    while after is not None and steps:
        step = await rotation.step(after)
        moved, unreadable, after, steps = (
            moved + step.moved,
            unreadable + step.unreadable,
            step.after,
            steps - 1,
        )
    return moved, unreadable


async def test_afterwards_the_new_key_alone_opens_everything(store: Store, clock: Clock) -> None:
    users = await populated(store, clock)
    both = KeyRing.of([NEW, OLD])
    rotation = Rotation(store, both)
    assert await rotation.counts() == {both.ids[0]: 0, both.ids[1]: PEOPLE + 1}
    assert await run(rotation) == (PEOPLE + 1, 0)
    assert await rotation.counts() == {both.ids[0]: PEOPLE + 1, both.ids[1]: 0}
    vault = Vault(store, KeyRing.of([NEW]), clock=clock)
    await vault.open()
    for number, user in enumerate(users):
        record = await vault.get(user, "note")
        assert record is not None
        assert record.content == user.encode()
        assert await vault.find("issuer", f"account {number}") == user
    with pytest.raises(KeyRingError):
        await Vault(store, KeyRing.of([OLD]), clock=clock).open()


async def test_an_interrupted_run_is_simply_started_again(store: Store, clock: Clock) -> None:
    await populated(store, clock)
    rotation = Rotation(store, KeyRing.of([NEW, OLD]))
    moved, _ = await run(rotation, steps=1)
    assert 0 < moved < PEOPLE
    assert (await run(rotation))[0] == PEOPLE + 1 - moved
    assert await run(rotation) == (0, 0)


async def test_reading_writing_and_enrolling_go_on_meanwhile(store: Store, clock: Clock) -> None:
    users = await populated(store, clock)
    both = KeyRing.of([NEW, OLD])
    vault = Vault(store, both, clock=clock)
    await vault.open()

    async def live(user: str) -> None:
        record = await vault.get(user, "note")
        assert record is not None
        await vault.put(user, "note", b"changed", expected=record.version)
        again = await vault.get(user, "note")
        assert again is not None
        assert again.content == b"changed"

    rotation = asyncio.create_task(run(Rotation(store, both)))
    await asyncio.gather(
        *(live(user) for user in users[:300]), *(vault.enrol("x", str(n)) for n in range(50))
    )
    moved, unreadable = await rotation
    assert (moved, unreadable) == (PEOPLE + 1, 0)
    assert (await Rotation(store, both).counts())[both.ids[1]] == 0


async def test_who_is_erased_meanwhile_stays_erased(store: Store, clock: Clock) -> None:
    users = await populated(store, clock, people=20)
    both = KeyRing.of([NEW, OLD])
    vault = Vault(store, both, clock=clock)
    await vault.open()
    await asyncio.gather(run(Rotation(store, both)), *(vault.forget(user) for user in users[:10]))
    for user in users[:10]:
        assert await vault.get(user, "note") is None
    assert sum((await Rotation(store, both).counts()).values()) == 11


async def test_a_damaged_key_is_left_alone_and_told(store: Store, clock: Clock) -> None:
    users = await populated(store, clock, people=5)
    async with store.write() as connection:
        await connection.execute(
            update(data_keys).where(data_keys.c.user_id == users[2]).values(wrapped=b"damaged")
        )
    both = KeyRing.of([NEW, OLD])
    rotation = Rotation(store, both)
    assert await run(rotation) == (5, 1)
    assert [user async for user, fits in rotation.verified() if not fits] == [users[2]]


async def test_who_lies_elsewhere_since_the_file_was_rebuilt_is_moved_as_well(
    store: Store, clock: Clock
) -> None:
    await populated(store, clock, people=60)
    both = KeyRing.of([NEW, OLD])
    rotation = Rotation(store, both, together=2)
    running = asyncio.create_task(rotation.run())
    while (await rotation.counts())[both.ids[0]] == 0:  # noqa: ASYNC110 - it tells nobody how far it is
        await asyncio.sleep(0)
    async with store.write() as connection:  # as rebuilding may do; here everybody comes before the first
        await connection.execute(text("UPDATE data_keys SET rowid = rowid - 1000"))
    assert (await running)[:2] == (61, 0)
    assert await rotation.counts() == {both.ids[0]: 61, both.ids[1]: 0}
