"""A record opens for its person, kind and version only; a replacement needs the version it replaces."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from auxcord.errors import KeyRingError, VersionConflictError
from auxcord.store.schema import data_keys, leases
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
async def bram(vault: Vault) -> str:
    bram = await vault.enrol(ISSUER, "bram")
    await vault.put(bram, "link", b"bram's tokens", expected=0)
    return bram


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
