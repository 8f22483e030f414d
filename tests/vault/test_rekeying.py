"""A data key that is too old is made anew with the next write; nothing is lost, whoever writes or dies."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, text

from auxcord.errors import StoreUnavailableError, VaultCorruptError, VersionConflictError
from auxcord.store import Store
from auxcord.store.schema import data_keys, records
from auxcord.vault import KeyRing, Record, Rotation, Vault
from auxcord.vault.datakeys import DataKeys
from auxcord.vault.keyring import Wrapped
from auxcord.vault.rekeying import STEP, Rekeying

if TYPE_CHECKING:
    from pathlib import Path

    from tests.vault.conftest import Clock

pytestmark = pytest.mark.anyio

ISSUER = "https://accounts.spotify.com"
DAY = 86400.0
MAX_AGE = 90 * DAY

DYING = """
import asyncio, os, sys
from auxcord.store import Store
from auxcord.vault import KeyRing, Vault

async def main(url, user):
    store = Store(url)
    await store.open()
    vault = Vault(store, KeyRing.of([os.environ["TEST_KEY"]]), clock=lambda: 2e9, data_key_max_age=60.0)
    await vault.open()
    await vault.put(user, "link", b"unfinished", expected=1, along=lambda connection: os._exit(9))

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.fixture
async def vault(store: Store, ring: KeyRing, clock: Clock) -> Vault:
    return await another(store, ring, clock)


async def another(store: Store, ring: KeyRing, clock: Clock, max_age: float | None = MAX_AGE) -> Vault:
    """A vault as another process has it: with its own memory of keys."""
    vault = Vault(store, ring, clock=clock, data_key_max_age=max_age)
    await vault.open()
    return vault


def rekeying(ring: KeyRing, clock: Clock, max_age: float = MAX_AGE) -> Rekeying:
    return Rekeying(DataKeys(ring, clock), clock=clock, max_age=max_age)


async def key_of(store: Store, ring: KeyRing, user: str) -> bytes:
    (row,) = await store.fetch(
        select(data_keys.c.key_id, data_keys.c.wrapped).where(data_keys.c.user_id == user)
    )
    return DataKeys(ring, lambda: 0.0).unwrap(user, Wrapped(*row))


async def sealed_of(store: Store, user: str) -> dict[str, tuple[int, bytes]]:
    rows = await store.fetch(select(records).where(records.c.user_id == user))
    return {row.kind: (row.version, row.sealed) for row in rows}


async def test_a_young_key_stays_and_an_old_one_is_made_anew_with_the_next_write(
    vault: Vault, store: Store, ring: KeyRing, clock: Clock, ada: str
) -> None:
    first = await key_of(store, ring, ada)
    clock.now += MAX_AGE - 1
    await vault.put(ada, "link", b"second", expected=1)
    assert await key_of(store, ring, ada) == first
    clock.now += 1
    before = await sealed_of(store, ada)
    assert await vault.get(ada, "notes") == Record(1, b"ada's notes")  # reading changes nothing
    assert await key_of(store, ring, ada) == first
    await vault.put(ada, "link", b"third", expected=2)
    second = await key_of(store, ring, ada)
    assert second != first
    after = await sealed_of(store, ada)
    assert after["notes"][0] == before["notes"][0] == 1
    assert after["notes"][1] != before["notes"][1]
    assert await vault.get(ada, "link") == Record(3, b"third")
    assert await vault.get(ada, "notes") == Record(1, b"ada's notes")
    clock.now += MAX_AGE - 1
    await vault.put(ada, "notes", b"newer notes", expected=1)
    assert await key_of(store, ring, ada) == second


async def test_nothing_opens_with_the_old_key_any_more(
    vault: Vault, store: Store, ring: KeyRing, clock: Clock, ada: str
) -> None:
    (old,) = await store.fetch(
        select(data_keys.c.key_id, data_keys.c.wrapped).where(data_keys.c.user_id == ada)
    )
    clock.now += MAX_AGE
    await vault.put(ada, "link", b"newer", expected=1)
    swap = data_keys.update().values(key_id=old.key_id, wrapped=old.wrapped)
    await store.transact(lambda connection: connection.execute(swap).close())
    for kind in ("link", "notes"):
        with pytest.raises(VaultCorruptError):
            await vault.get(ada, kind)


async def test_other_processes_notice_at_once_and_nobody_loses_a_write(
    vault: Vault, store: Store, ring: KeyRing, clock: Clock, ada: str
) -> None:
    others = [await another(store, ring, clock) for _ in range(3)]
    for other in others:
        assert await other.get(ada, "notes") == Record(1, b"ada's notes")  # they remember the old key
    clock.now += MAX_AGE
    outcomes = await asyncio.gather(
        vault.put(ada, "link", b"newer", expected=1),
        *(other.put(ada, "notes", f"{number}".encode(), expected=1) for number, other in enumerate(others)),
        return_exceptions=True,
    )
    assert outcomes[0] == 2
    assert outcomes.count(2) == 2
    assert sum(isinstance(outcome, VersionConflictError) for outcome in outcomes) == 2
    for reader in (vault, *others):
        assert await reader.get(ada, "link") == Record(2, b"newer")
        notes = await reader.get(ada, "notes")
        assert notes is not None
        assert notes.version == 2


async def test_a_conflict_leaves_the_old_key_and_everything_under_it(
    vault: Vault, store: Store, ring: KeyRing, clock: Clock, ada: str
) -> None:
    first, before = await key_of(store, ring, ada), await sealed_of(store, ada)
    clock.now += MAX_AGE
    with pytest.raises(VersionConflictError):
        await vault.put(ada, "link", b"lost update", expected=7)
    assert (await key_of(store, ring, ada), await sealed_of(store, ada)) == (first, before)
    assert await vault.get(ada, "link") == Record(1, b"ada's tokens")


@pytest.mark.parametrize("table", ["records", "data_keys"])
async def test_a_disk_that_fails_in_the_middle_leaves_everything_as_it_was(
    vault: Vault, store: Store, ring: KeyRing, clock: Clock, ada: str, table: str
) -> None:
    first, before = await key_of(store, ring, ada), await sealed_of(store, ada)
    clock.now += MAX_AGE

    def break_writing(connection: object) -> None:
        trigger = f"CREATE TRIGGER broken BEFORE UPDATE ON {table} BEGIN SELECT missing_function(); END"
        connection.exec_driver_sql(trigger).close()  # type: ignore[attr-defined]

    await store.transact(break_writing)
    with pytest.raises(StoreUnavailableError):
        await vault.put(ada, "link", b"newer", expected=1)
    assert (await key_of(store, ring, ada), await sealed_of(store, ada)) == (first, before)
    await store.transact(lambda connection: connection.exec_driver_sql("DROP TRIGGER broken").close())
    assert await vault.put(ada, "link", b"newer", expected=1) == 2
    assert await vault.get(ada, "notes") == Record(1, b"ada's notes")


async def test_a_process_that_dies_in_the_middle_leaves_everything_as_it_was(
    path: Path, clock: Clock
) -> None:
    key = KeyRing.new_key()
    ring, url = KeyRing.of([key]), f"sqlite+aiosqlite:///{path}"
    store = Store(url)
    await store.open()
    vault = await another(store, ring, clock)
    ada = await vault.enrol(ISSUER, "ada")
    await vault.put(ada, "link", b"ada's tokens", expected=0)
    await vault.put(ada, "notes", b"ada's notes", expected=0)
    first = await key_of(store, ring, ada)
    died = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", DYING, url, ada],
        env={"TEST_KEY": key, "PYTHONPATH": ":".join(sys.path)},
        timeout=60,
        check=False,
    )
    assert died.returncode == 9
    assert await key_of(store, ring, ada) == first
    assert await vault.get(ada, "link") == Record(1, b"ada's tokens")
    assert await vault.get(ada, "notes") == Record(1, b"ada's notes")
    await store.close()


async def test_a_record_that_does_not_open_keeps_the_key_but_no_other_record_from_being_written(
    vault: Vault, store: Store, ring: KeyRing, clock: Clock, ada: str
) -> None:
    first = await key_of(store, ring, ada)
    async with store.write() as connection:
        await connection.execute(text("UPDATE records SET sealed = X'00' WHERE kind = 'notes'"))
    clock.now += MAX_AGE
    await vault.put(ada, "link", b"newer", expected=1)
    assert await vault.get(ada, "link") == Record(2, b"newer")
    assert await key_of(store, ring, ada) == first
    step = await rekeying(ring, clock).step(store)
    assert (step.remade, step.unreadable, step.after) == (0, 1, None)
    assert await key_of(store, ring, ada) == first


async def test_without_an_age_no_key_is_ever_made_anew(store: Store, ring: KeyRing, clock: Clock) -> None:
    vault = await another(store, ring, clock, max_age=None)
    ada = await vault.enrol(ISSUER, "ada")
    first = await key_of(store, ring, ada)
    clock.now += 10_000 * DAY
    await vault.put(ada, "link", b"tokens", expected=0)
    assert await key_of(store, ring, ada) == first


async def test_a_new_data_key_is_wrapped_by_the_newest_key_of_the_ring(
    store: Store, clock: Clock, path: Path
) -> None:
    old, new = KeyRing.new_key(), KeyRing.new_key()
    vault = await another(store, KeyRing.of([old]), clock)
    ada = await vault.enrol(ISSUER, "ada")
    clock.now += MAX_AGE
    both = KeyRing.of([new, old])
    await (await another(store, both, clock)).put(ada, "link", b"tokens", expected=0)
    assert await Rotation(store, both).counts() == {both.ids[0]: 1, both.ids[1]: 1}  # the index key is old


async def test_all_that_are_too_old_are_made_anew_step_by_step_while_people_are_served(
    store: Store, ring: KeyRing, clock: Clock
) -> None:
    vault = await another(store, ring, clock)
    people = STEP + 40
    old = await asyncio.gather(*(vault.enrol(ISSUER, f"{n}") for n in range(people)))
    await asyncio.gather(*(vault.put(user, "link", user.encode(), expected=0) for user in old))
    clock.now += MAX_AGE
    young = await vault.enrol(ISSUER, "young")
    keys = {user: await key_of(store, ring, user) for user in (*old, young)}
    renewal = rekeying(ring, clock)
    ages = await renewal.ages(store)
    assert (ages.keys, ages.due, ages.oldest) == (people + 1, people, MAX_AGE)
    first = await renewal.step(store)
    assert (first.remade, first.unreadable, first.after) == (STEP, 0, sorted(old)[STEP - 1])
    served = asyncio.gather(*(vault.put(user, "link", b"newer", expected=1) for user in old[:50]))
    second = await renewal.step(store, first.after or "")
    await served
    assert first.remade + second.remade in range(people - 50, people + 1)
    assert second.after is None
    assert (await renewal.ages(store)).due == 0
    assert await renewal.step(store) == (0, 0, None)
    for user in old:
        assert await key_of(store, ring, user) != keys[user]
        record = await vault.get(user, "link")
        assert record in {Record(2, b"newer"), Record(1, user.encode())}
    assert await key_of(store, ring, young) == keys[young]


async def test_who_is_erased_meanwhile_stays_erased(store: Store, ring: KeyRing, clock: Clock) -> None:
    vault = await another(store, ring, clock)
    users = [await vault.enrol(ISSUER, f"{n}") for n in range(20)]
    clock.now += MAX_AGE
    await asyncio.gather(rekeying(ring, clock).step(store), *(vault.forget(user) for user in users[:10]))
    ages = await rekeying(ring, clock).ages(store)
    assert (ages.keys, ages.due) == (10, 0)


async def test_ages_of_nobody_are_none_and_a_clock_set_back_makes_nobody_old(
    store: Store, ring: KeyRing, clock: Clock
) -> None:
    vault = await another(store, ring, clock)
    assert await rekeying(ring, clock).ages(store) == (0, 0, None)
    await vault.enrol(ISSUER, "ada")
    clock.now -= 10 * DAY
    assert await rekeying(ring, clock).ages(store) == (1, 0, 0.0)
