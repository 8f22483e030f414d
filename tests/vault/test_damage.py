"""Damage concerns whose it is: it is found, told once, and mended by writing anew; nobody else notices."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, text

from auxcord.errors import KeyRingError, StoreDamagedError, VaultCorruptError, VersionConflictError
from auxcord.store.schema import data_keys, records
from auxcord.vault import KeyRing, Record, Vault
from auxcord.vault.survey import DATA_KEY, PAGE, Damaged, Step
from tests.damage import fold, pages_with, root_of, spoil

if TYPE_CHECKING:
    from pathlib import Path

    from auxcord.store import Store
    from tests.vault.conftest import Clock

pytestmark = pytest.mark.anyio

ISSUER = "https://accounts.spotify.com"
PEOPLE = 120

DAMAGE = {
    "record altered": ("link", "UPDATE records SET sealed = zeroblob(300) WHERE user_id = '{0}'"),
    "record of text": ("link", "UPDATE records SET sealed = 'text' WHERE user_id = '{0}'"),
    "version altered": ("link", "UPDATE records SET version = 7 WHERE user_id = '{0}'"),
    "key altered": (DATA_KEY, "UPDATE data_keys SET wrapped = zeroblob(150) WHERE user_id = '{0}'"),
    "key id altered": (DATA_KEY, "UPDATE data_keys SET key_id = '0123456789abcdef' WHERE user_id = '{0}'"),
    "key id no id": (DATA_KEY, "UPDATE data_keys SET key_id = X'00ff' WHERE user_id = '{0}'"),
    "both altered": (DATA_KEY, "UPDATE data_keys SET wrapped = X'00', key_id = '' WHERE user_id = '{0}'"),
    "key gone": (DATA_KEY, "DELETE FROM data_keys WHERE user_id = '{0}'"),
}


@pytest.fixture
async def people(vault: Vault) -> list[str]:
    ids = [await vault.enrol(ISSUER, f"{number}") for number in range(PEOPLE)]
    for user_id in ids:
        await vault.put(user_id, "link", user_id.encode() * 10, expected=0)
        await vault.put(user_id, "notes", user_id.encode(), expected=0)
    return ids


async def damage(store: Store, statement: str, user_id: str) -> None:
    async with store.write() as connection:
        await connection.execute(text(statement.format(user_id)))


async def surveyed(vault: Vault) -> Step:
    steps = [step async for step in vault.survey()]
    return Step(
        sum(step.people for step in steps),
        sum(step.records for step in steps),
        tuple(damaged for step in steps for damaged in step.damaged),
        sum(step.locked for step in steps),
    )


async def test_where_nothing_is_damaged_everything_opens(vault: Vault, people: list[str]) -> None:
    assert await surveyed(vault) == Step(PEOPLE, 2 * PEOPLE, (), 0)


@pytest.mark.parametrize(("what", "statement"), DAMAGE.values(), ids=DAMAGE)
async def test_damage_is_found_told_once_and_mended_by_writing_anew(
    vault: Vault,
    store: Store,
    ring: KeyRing,
    clock: Clock,
    people: list[str],
    what: str,
    statement: str,
    capfd: pytest.CaptureFixture[str],
) -> None:
    ada, *others = people
    await damage(store, statement, ada)
    started = Vault(store, ring, clock=clock)
    await started.open()  # nobody is kept from being served
    found = await surveyed(started)
    assert {damaged.user_id for damaged in found.damaged} == {ada}
    assert Damaged(ada, what) in found.damaged
    assert (found.people, found.locked) == (PEOPLE, 0)
    with pytest.raises(VaultCorruptError) as caught:
        await started.get(ada, "link")
    assert "signing in to Spotify again mends it" in caught.value.advice
    out, err = capfd.readouterr()
    assert (out + err).count("a person's data is damaged") == 1
    assert ada in out + err

    await started.mend(ada, "link")
    assert await started.put(ada, "link", b"anew", expected=0) == 1
    assert await started.get(ada, "link") == Record(1, b"anew")
    assert (await surveyed(started)).damaged == ()
    for user_id in others:
        assert await started.get(user_id, "link") == Record(1, user_id.encode() * 10)


async def test_mending_keeps_what_opens(vault: Vault, store: Store, people: list[str]) -> None:
    ada = people[0]
    await damage(store, DAMAGE["record altered"][1] + " AND kind = 'link'", ada)
    await vault.mend(ada, "link")
    assert await vault.get(ada, "link") is None
    assert await vault.get(ada, "notes") == Record(1, ada.encode())


async def test_mending_never_touches_what_only_lacks_its_key(
    store: Store, clock: Clock, people: list[str]
) -> None:
    """Another server may have the key already that this one still lacks."""
    stranger = Vault(store, KeyRing.of([KeyRing.new_key()]), clock=clock)
    before = await store.fetch(select(data_keys)), await store.fetch(select(records))
    with pytest.raises(KeyRingError):
        await stranger.mend(people[0], "link")
    assert (await store.fetch(select(data_keys)), await store.fetch(select(records))) == before
    with pytest.raises(KeyRingError):
        await stranger.open()
    assert (await surveyed(stranger)).locked == PEOPLE


async def test_nobody_is_mended_into_being(vault: Vault, store: Store) -> None:
    await vault.mend("0" * 32, "link")
    assert await store.fetch(select(data_keys)) == []


async def test_writing_for_somebody_without_a_key_is_damage_and_for_nobody_a_conflict(
    vault: Vault, store: Store, people: list[str]
) -> None:
    await damage(store, DAMAGE["key gone"][1], people[0])
    with pytest.raises(VaultCorruptError):
        await vault.put(people[0], "other", b"content", expected=0)
    with pytest.raises(VersionConflictError):
        await vault.put("0" * 32, "other", b"content", expected=0)


async def test_a_damaged_index_key_stops_the_start_and_says_what_to_do(store: Store, ring: KeyRing) -> None:
    await Vault(store, ring).open()
    async with store.write() as connection:
        await connection.execute(text("UPDATE server_keys SET wrapped = zeroblob(150)"))
    with pytest.raises(VaultCorruptError, match="index key") as caught:
        await Vault(store, ring).open()
    assert caught.value.advice == "Restore the database from a backup."


@pytest.fixture
async def closed(store: Store, people: list[str], path: Path) -> Path:
    await store.close()
    fold(path)
    return path


async def reopened(store: Store, ring: KeyRing, clock: Clock) -> Vault:
    await store.open()
    assert store.damage
    vault = Vault(store, ring, clock=clock)
    await vault.open()
    return vault


async def test_people_on_a_damaged_page_are_named_and_everybody_else_is_read(
    store: Store, ring: KeyRing, clock: Clock, people: list[str], closed: Path
) -> None:
    (victim,) = await _sealed(store, people[5])
    spoil(closed, *pages_with(closed, victim[:64]))
    vault = await reopened(store, ring, clock)
    found = await surveyed(vault)
    concerned = {damaged.user_id for damaged in found.damaged}
    assert people[5] in concerned
    assert {damaged.what for damaged in found.damaged} == {PAGE}
    assert len(concerned) < PEOPLE / 4
    for user_id in set(people) - concerned:
        assert await vault.get(user_id, "link") == Record(1, user_id.encode() * 10)
    with pytest.raises(StoreDamagedError):
        await vault.get(people[5], "link")


@pytest.mark.parametrize("table", ["users", "sqlite_autoindex_users_1"])
async def test_people_are_still_found_when_the_list_of_people_is_damaged(
    store: Store, ring: KeyRing, clock: Clock, people: list[str], closed: Path, table: str
) -> None:
    spoil(closed, root_of(closed, table))
    vault = await reopened(store, ring, clock)
    found = await surveyed(vault)
    assert (found.people, found.records) == (PEOPLE, 2 * PEOPLE)


async def _sealed(store: Store, user_id: str) -> tuple[bytes]:
    await store.open()
    rows = await store.fetch(
        select(records.c.sealed).where(records.c.user_id == user_id, records.c.kind == "link")
    )
    await store.close()
    return (bytes(rows[0][0]),)
