"""A ring that does not fit stops the start, with counts, and not a byte is written."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select, text

from auxcord.errors import KeyRingError, VaultCorruptError
from auxcord.store import Store
from auxcord.store.schema import server_keys
from auxcord.vault import KeyRing, Record, Vault

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio

ISSUER = "https://accounts.spotify.com"
OLD, NEW = KeyRing.new_key(), KeyRing.new_key()


def _digest(directory: Path) -> dict[str, str]:
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in directory.iterdir()}


async def _fill(path: Path, keys: list[str], people: range) -> list[str]:
    store = Store(f"sqlite+aiosqlite:///{path}")
    await store.open()
    vault = Vault(store, KeyRing.of(keys))
    await vault.open()
    ids = [await vault.enrol(ISSUER, f"{number}") for number in people]
    for user_id in ids:
        await vault.put(user_id, "link", b"tokens", expected=0)
    await store.close()
    return ids


async def test_a_ring_without_a_key_that_is_in_use_is_refused_with_counts_and_nothing_is_written(
    path: Path,
) -> None:
    await _fill(path, [OLD], range(3))
    await _fill(path, [NEW, OLD], range(3, 5))
    before = _digest(path.parent)
    store = Store(f"sqlite+aiosqlite:///{path}")
    await store.open()
    (old_id,) = KeyRing.of([OLD]).ids
    with pytest.raises(KeyRingError) as caught:
        await Vault(store, KeyRing.of([NEW])).open()
    assert str(caught.value).startswith("4 of 6 stored keys")  # three people and the index key
    assert f"{old_id} (4)" in str(caught.value)
    await store.close()
    assert _digest(path.parent) == before


async def test_with_both_keys_everything_opens_and_new_people_get_the_new_key(path: Path) -> None:
    ids = await _fill(path, [OLD], range(3))
    ids += await _fill(path, [NEW, OLD], range(3, 5))
    store = Store(f"sqlite+aiosqlite:///{path}")
    await store.open()
    vault = Vault(store, KeyRing.of([NEW, OLD]))
    await vault.open()
    assert [await vault.find(ISSUER, f"{number}") for number in range(5)] == ids
    assert [await vault.get(user_id, "link") for user_id in ids] == [Record(1, b"tokens")] * 5
    await store.close()


async def test_an_index_key_is_never_made_where_people_are_enrolled(path: Path, tmp_path: Path) -> None:
    await _fill(path, [NEW], range(1))
    store = Store(f"sqlite+aiosqlite:///{path}")
    await store.open()
    async with store.write() as connection:
        await connection.execute(text("DELETE FROM server_keys"))
    with pytest.raises(KeyRingError, match="index key that finds them is missing"):
        await Vault(store, KeyRing.of([NEW])).open()
    assert (await store.fetch(select(func.count()).select_from(server_keys)))[0][0] == 0
    await store.close()


async def test_an_altered_index_key_is_refused(path: Path) -> None:
    await _fill(path, [NEW], range(1))
    store = Store(f"sqlite+aiosqlite:///{path}")
    await store.open()
    async with store.write() as connection:
        await connection.execute(text("UPDATE server_keys SET wrapped = (SELECT wrapped FROM data_keys)"))
    with pytest.raises(VaultCorruptError):
        await Vault(store, KeyRing.of([NEW])).open()
    await store.close()


async def test_opening_again_keeps_the_index_key(store: Store, ring: KeyRing) -> None:
    first, second = Vault(store, ring), Vault(store, ring)
    await first.open()
    ada = await first.enrol(ISSUER, "ada")
    await second.open()
    await first.open()
    assert await second.find(ISSUER, "ada") == await first.find(ISSUER, "ada") == ada
