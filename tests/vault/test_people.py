"""A person is found by their account, in this database only."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from auxcord.errors import KeyRingError, VaultError
from auxcord.store import Store
from auxcord.vault import KeyRing, Vault

if TYPE_CHECKING:
    from pathlib import Path

ISSUER = "https://accounts.spotify.com"


@pytest.mark.anyio
async def test_enrolling_again_and_at_once_finds_the_same_person(vault: Vault, store: Store) -> None:
    ids = await asyncio.gather(*(vault.enrol(ISSUER, "ada") for _ in range(50)))
    assert set(ids) == {await vault.find(ISSUER, "ada")}
    assert await vault.find(ISSUER, "bram") is None


@pytest.mark.anyio
async def test_the_same_account_has_another_lookup_in_another_database(
    vault: Vault, ring: KeyRing, tmp_path: Path
) -> None:
    elsewhere = Store(f"sqlite+aiosqlite:///{tmp_path}/elsewhere.db")
    await elsewhere.open()
    other = Vault(elsewhere, ring)
    await other.open()
    assert other._index.lookup(ISSUER, "ada") != vault._index.lookup(ISSUER, "ada")
    await elsewhere.close()


@pytest.mark.anyio
async def test_the_one_person_of_a_private_database_is_found_and_two_are_refused(vault: Vault) -> None:
    assert await vault.sole_user() is None
    ada = await vault.enrol(ISSUER, "ada")
    assert await vault.sole_user() == ada
    await vault.enrol(ISSUER, "bram")
    with pytest.raises(VaultError, match="Several people"):
        await vault.sole_user()


@pytest.mark.anyio
async def test_a_vault_that_was_not_opened_finds_nobody(store: Store, ring: KeyRing) -> None:
    with pytest.raises(KeyRingError, match="not open"):
        await Vault(store, ring).find(ISSUER, "ada")
