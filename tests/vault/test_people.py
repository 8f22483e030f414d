"""Any two different accounts are two people; no text an account id may hold ever reaches a name or a path."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auxcord.errors import KeyRingError, VaultError
from auxcord.store import Store
from auxcord.vault import KeyRing, Vault

if TYPE_CHECKING:
    from pathlib import Path

TEXT = st.text(st.characters(exclude_categories=()), max_size=40)
HOSTILE = [
    "", "\x00", "a\x00b", "../../etc/passwd", "..", "/", "\\", "%2e%2e%2f", "a.b", "a/b", "a@b", "a_b",
    "'; DROP TABLE users; --", "caf\u00e9", "cafe\u0301", "Ada", "ada", "ADA", "\ud800", "\U0001d504",
    "x" * 10_000, "x" * 9_999, "\u202eada", "ada ", " ada",
]  # fmt: skip
ISSUER = "https://accounts.spotify.com"
PAIRS = st.tuples(TEXT | st.sampled_from(HOSTILE), TEXT | st.sampled_from(HOSTILE))


@given(PAIRS, PAIRS)
@settings(max_examples=10_000, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@pytest.mark.anyio
async def test_different_accounts_never_have_the_same_lookup(
    vault: Vault, one: tuple[str, str], another: tuple[str, str]
) -> None:
    same = vault._index.lookup(*one) == vault._index.lookup(*another)
    assert same == (one == another)


@pytest.mark.anyio
async def test_hostile_ids_become_people_of_their_own_and_never_part_of_a_file_name(
    vault: Vault, path: Path
) -> None:
    ids = [await vault.enrol(issuer, account) for account in HOSTILE for issuer in (ISSUER, "\x00")]
    assert len(set(ids)) == 2 * len(HOSTILE)
    assert all(re.fullmatch("[0-9a-f]{32}", user_id) for user_id in ids)
    assert [await vault.find(ISSUER, account) for account in HOSTILE] == ids[::2]
    names = {file.name for file in path.parent.iterdir()}
    assert names == {"auxcord.db", "auxcord.db-wal", "auxcord.db-shm"}


@pytest.mark.anyio
async def test_issuer_and_account_are_not_run_together(vault: Vault) -> None:
    assert await vault.enrol("ab", "c") != await vault.enrol("a", "bc")


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
