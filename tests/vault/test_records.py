"""A record opens for its person, kind and version only; a replacement needs the version it replaces."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, text, update

from auxcord.errors import KeyRingError, VaultCorruptError, VersionConflictError
from auxcord.store.schema import data_keys, leases, records
from auxcord.vault import KeyRing, Record, Vault
from auxcord.vault.datakeys import DataKeys
from auxcord.vault.keyring import Wrapped

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from auxcord.store import Store
    from tests.vault.conftest import Clock

pytestmark = pytest.mark.anyio

ISSUER = "https://accounts.spotify.com"


@pytest.fixture
async def ada(vault: Vault) -> str:
    ada = await vault.enrol(ISSUER, "ada")
    await vault.put(ada, "link", b"ada's tokens", expected=0)
    await vault.put(ada, "notes", b"ada's notes", expected=0)
    return ada


@pytest.fixture
async def bram(vault: Vault) -> str:
    bram = await vault.enrol(ISSUER, "bram")
    await vault.put(bram, "link", b"bram's tokens", expected=0)
    return bram


async def tamper(store: Store, *statements: str) -> None:
    async with store.write() as connection:
        for statement in statements:
            await connection.execute(text(statement))


async def test_a_record_comes_back_with_the_version_to_replace(vault: Vault, ada: str) -> None:
    assert await vault.get(ada, "link") == Record(1, b"ada's tokens")
    assert await vault.put(ada, "link", b"newer", expected=1) == 2
    assert await vault.get(ada, "link") == Record(2, b"newer")
    assert await vault.get(ada, "other") is None
    assert await vault.get("0" * 32, "link") is None


async def test_no_repr_shows_what_is_sealed(vault: Vault, ada: str) -> None:
    record = await vault.get(ada, "link")
    assert record is not None
    shown = f"{record!r} {vault!r} {vault._data_keys._unwrapped!r}"
    (unwrapped,) = vault._data_keys._unwrapped.values()
    assert "tokens" not in shown
    assert repr(unwrapped.key)[2:10] not in shown


@pytest.mark.parametrize("expected", [0, 2, 100])
async def test_replacing_another_version_than_the_current_is_refused(
    vault: Vault, ada: str, expected: int
) -> None:
    with pytest.raises(VersionConflictError):
        await vault.put(ada, "link", b"lost update", expected=expected)
    assert await vault.get(ada, "link") == Record(1, b"ada's tokens")


async def test_of_many_replacing_one_version_exactly_one_succeeds(vault: Vault, ada: str) -> None:
    attempts = [vault.put(ada, "link", f"{number}".encode(), expected=1) for number in range(50)]
    results = await asyncio.gather(*attempts, return_exceptions=True)
    assert results.count(2) == 1
    assert sum(isinstance(result, VersionConflictError) for result in results) == 49


async def test_nothing_can_be_put_for_somebody_who_is_not_enrolled(vault: Vault) -> None:
    for expected in (0, 1):
        with pytest.raises(VersionConflictError):
            await vault.put("0" * 32, "link", b"content", expected=expected)


async def test_what_goes_along_is_written_with_the_record_or_not_at_all(
    vault: Vault, store: Store, ada: str
) -> None:
    def leave_a_mark(connection: Connection) -> None:
        connection.execute(leases.insert().values(name="mark", holder="h", until=1.0))

    with pytest.raises(VersionConflictError):
        await vault.put(ada, "link", b"x", expected=7, along=leave_a_mark)
    assert await store.fetch(select(leases)) == []
    await vault.put(ada, "link", b"x", expected=1, along=leave_a_mark)
    assert len(await store.fetch(select(leases))) == 1


SWAPS = {
    "records": "UPDATE records SET sealed = (SELECT sealed FROM records WHERE user_id = '{bram}')"
    " WHERE user_id = '{ada}' AND kind = 'link'",
    "data keys": "UPDATE data_keys SET wrapped = (SELECT wrapped FROM data_keys WHERE user_id = '{bram}')"
    " WHERE user_id = '{ada}'",
    "kinds": "UPDATE records SET sealed = (SELECT sealed FROM records WHERE kind = 'notes')"
    " WHERE user_id = '{ada}' AND kind = 'link'",
    "older version": "UPDATE records SET version = 2 WHERE user_id = '{ada}'",
    "version nought": "UPDATE records SET version = 0 WHERE user_id = '{ada}'",
    "version of text": "UPDATE records SET version = 'one' WHERE user_id = '{ada}'",
    "plain text": "UPDATE records SET sealed = X'7B7D' WHERE user_id = '{ada}'",
    "content of text": "UPDATE records SET sealed = 'ada''s tokens' WHERE user_id = '{ada}'",
    "empty content": "UPDATE records SET sealed = X'' WHERE user_id = '{ada}'",
    "no data key": "DELETE FROM data_keys WHERE user_id = '{ada}'",
    "data key of text": "UPDATE data_keys SET wrapped = 'text' WHERE user_id = '{ada}'",
    "empty data key": "UPDATE data_keys SET wrapped = X'' WHERE user_id = '{ada}'",
}


@pytest.mark.parametrize("swap", SWAPS.values(), ids=SWAPS)
async def test_tampering_is_noticed_and_harms_nobody_else(
    vault: Vault, store: Store, ada: str, bram: str, swap: str
) -> None:
    await vault.get(ada, "link")  # the data key is remembered, and still a swapped one is noticed
    await tamper(store, swap.format(ada=ada, bram=bram))
    with pytest.raises(VaultCorruptError):
        await vault.get(ada, "link")
    assert await vault.get(bram, "link") == Record(1, b"bram's tokens")


async def test_record_and_data_key_swapped_together_are_noticed(
    vault: Vault, store: Store, ada: str, bram: str
) -> None:
    await tamper(store, *(SWAPS[name].format(ada=ada, bram=bram) for name in ("records", "data keys")))
    with pytest.raises(VaultCorruptError):
        await vault.get(ada, "link")


async def test_not_even_a_shared_data_key_would_let_a_record_move_to_another_person(
    vault: Vault, store: Store, ring: KeyRing, ada: str, bram: str
) -> None:
    (row,) = await store.fetch(
        select(data_keys.c.key_id, data_keys.c.wrapped).where(data_keys.c.user_id == bram)
    )
    brams = vault._data_keys.unwrap(bram, Wrapped(*row))
    adas = ring.wrap(brams, purpose=f"data key of {ada}").token  # as only the ring's owner could
    change = update(data_keys).values(wrapped=adas).where(data_keys.c.user_id == ada)
    await store.transact(lambda connection: connection.execute(change).close())
    await tamper(store, SWAPS["records"].format(ada=ada, bram=bram))
    with pytest.raises(VaultCorruptError):
        await vault.get(ada, "link")


async def test_an_older_content_under_the_current_version_is_noticed(
    vault: Vault, store: Store, ada: str
) -> None:
    (old,) = (await store.fetch(select(records.c.sealed).where(records.c.kind == "link")))[0]
    await vault.put(ada, "link", b"newer", expected=1)
    async with store.write() as connection:
        await connection.execute(update(records).values(sealed=old).where(records.c.kind == "link"))
    with pytest.raises(VaultCorruptError):
        await vault.get(ada, "link")


async def test_no_bit_flip_in_a_stored_record_or_key_is_accepted_anywhere(
    vault: Vault, store: Store, ada: str
) -> None:
    for column in (records.c.sealed, data_keys.c.wrapped):
        (original,) = (await store.fetch(select(column).where(column.table.c.user_id == ada)))[0]
        for position in range(0, len(original), 7):
            flipped = bytearray(original)
            flipped[position] ^= 0x10
            await _overwrite(store, column.name, bytes(flipped), ada)
            with pytest.raises(VaultCorruptError):
                await vault.get(ada, "link")
        await _overwrite(store, column.name, original, ada)
    assert await vault.get(ada, "link") == Record(1, b"ada's tokens")


async def _overwrite(store: Store, column: str, value: bytes, user_id: str) -> None:
    table = records if column == "sealed" else data_keys
    change = update(table).values({column: value}).where(table.c.user_id == user_id)
    if table is records:
        change = change.where(records.c.kind == "link")
    await store.transact(lambda connection: connection.execute(change))


async def test_no_two_people_share_a_data_key(vault: Vault, store: Store, ring: KeyRing) -> None:
    for number in range(200):
        await vault.enrol(ISSUER, f"{number}")
    rows = await store.fetch(select(data_keys.c.user_id, data_keys.c.key_id, data_keys.c.wrapped))
    keys = DataKeys(ring, lambda: 0.0)
    assert len({keys.unwrap(user, Wrapped(key_id, wrapped)) for user, key_id, wrapped in rows}) == 200


async def test_an_unwrapped_key_is_remembered_for_five_minutes_and_no_longer(
    vault: Vault, store: Store, ada: str, clock: Clock
) -> None:
    other = Vault(store, KeyRing.of([KeyRing.new_key()]), clock=clock)
    other._data_keys._unwrapped = vault._data_keys._unwrapped  # what was unwrapped when the key was known
    await vault.get(ada, "link")
    clock.now += 299
    assert await other.get(ada, "link") == Record(1, b"ada's tokens")
    clock.now += 2
    with pytest.raises(KeyRingError):
        await other.get(ada, "link")
    clock.now -= 3600
    with pytest.raises(KeyRingError):
        await other.get(ada, "link")


async def test_the_memory_for_unwrapped_keys_is_bounded(ring: KeyRing) -> None:
    keys = DataKeys(ring, lambda: 0.0)
    for number in range(10_050):
        keys.unwrap(f"{number}", keys.new(f"{number}"))
    assert len(keys) == 10_000
