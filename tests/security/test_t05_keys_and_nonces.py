"""T05: no nonce is used twice, and no two people or key rings share a data key.

Pass: 0 repeated nonces in a million seals under one key, and none through the vault's own doors; 0 data keys
that occur twice among people, rings and keys made anew.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from auxcord.store import Store
from auxcord.store.schema import data_keys, records
from auxcord.vault import KeyRing, Rotation, Vault, envelope
from auxcord.vault.datakeys import DataKeys
from auxcord.vault.keyring import Wrapped
from auxcord.vault.sealing import Sealing

if TYPE_CHECKING:
    from pathlib import Path

    from bench.figures import Figures

pytestmark = pytest.mark.anyio

SEALS = 1_000_000
PEOPLE = 300
NONCE = slice(4, 16)  # of an envelope: after "SV1" and the algorithm


def repeats(seen: list[bytes]) -> int:
    return len(seen) - len(set(seen))


def test_a_million_seals_under_one_key_use_a_million_nonces(figures: Figures) -> None:
    key = bytes(32)
    nonces = [envelope.seal(key, b"", aad_parts=())[NONCE] for _ in range(SEALS)]
    assert {len(nonce) for nonce in nonces} == {12}
    figures.count("seals under one key", len(nonces), ">= 1000000")
    figures.count("nonces used twice in them", repeats(nonces), "== 0")


def test_each_bit_of_a_nonce_is_as_often_set_as_not() -> None:
    """Random all over: no part of it is a counter, a clock or a process id, which others would repeat."""
    nonces = [int.from_bytes(envelope.seal(bytes(32), b"", aad_parts=())[NONCE]) for _ in range(20_000)]
    shares = [sum(nonce >> bit & 1 for nonce in nonces) / len(nonces) for bit in range(96)]
    assert all(0.47 < share < 0.53 for share in shares)  # eight standard deviations


def test_what_belongs_to_nobody_is_sealed_under_a_key_of_its_own_each_time(figures: Figures) -> None:
    ring = KeyRing.of([KeyRing.new_key()])
    sealing = Sealing(ring)
    sealed = [sealing.seal("purpose", b"") for _ in range(50_000)]
    salts = [each[8:24] for each in sealed]
    nonces = [each[24:][NONCE] for each in sealed]
    figures.count(
        "keys or nonces used twice in 50,000 seals without a person", repeats(salts) + repeats(nonces), "== 0"
    )


async def test_every_write_of_a_record_takes_another_nonce(tmp_path: Path, figures: Figures) -> None:
    """The same content, person and kind: written again, by another process, under a key made anew."""
    store = Store(f"sqlite+aiosqlite:///{tmp_path / 'data' / 'auxcord.db'}")
    await store.open()
    ring = KeyRing.of([KeyRing.new_key()])
    vaults = [Vault(store, ring), Vault(store, ring, data_key_max_age=0.0)]
    await vaults[0].open()
    ada = await vaults[0].enrol("issuer", "ada")
    await vaults[0].put(ada, "notes", b"same", expected=0)
    seen: dict[str, list[bytes]] = {"link": [], "notes": []}
    for version in range(400):
        await vaults[version % 2].put(ada, "link", b"same", expected=version)
        for row in await store.fetch(select(records.c.kind, records.c.sealed)):
            seen[row.kind].append(row.sealed[NONCE])
    await store.close()
    figures.count("nonces used twice when one record is written 400 times", repeats(seen["link"]), "== 0")
    assert len(set(seen["notes"])) == 201  # its key was made anew every second time


async def test_no_two_people_or_rings_share_a_data_key(tmp_path: Path, figures: Figures) -> None:
    """Two databases with rings of their own, the same accounts in both, and every key made anew once."""
    keys: list[bytes] = []
    for name in ("one", "another"):
        store = Store(f"sqlite+aiosqlite:///{tmp_path / name / 'auxcord.db'}")
        await store.open()
        ring = KeyRing.of([KeyRing.new_key()])
        vault = Vault(store, ring, data_key_max_age=0.0)
        await vault.open()
        people = await asyncio.gather(*(vault.enrol("issuer", f"{number}") for number in range(PEOPLE)))
        keys += (await unwrapped(store, ring)).values()
        await asyncio.gather(*(vault.put(user, "link", b"tokens", expected=0) for user in people))
        keys += (await unwrapped(store, ring)).values()
        await store.close()
    figures.count("data keys of people in two databases, each made twice", len(keys), f">= {4 * PEOPLE}")
    figures.count("data keys that occur twice among them", repeats(keys), "== 0")


async def test_a_rotation_changes_the_ring_and_no_data_key(tmp_path: Path) -> None:
    store = Store(f"sqlite+aiosqlite:///{tmp_path / 'data' / 'auxcord.db'}")
    await store.open()
    old, new = KeyRing.new_key(), KeyRing.new_key()
    vault = Vault(store, KeyRing.of([old]))
    await vault.open()
    for number in range(20):
        await vault.enrol("issuer", f"{number}")
    before = await unwrapped(store, KeyRing.of([old]))
    await Rotation(store, KeyRing.of([new, old])).step()
    assert await unwrapped(store, KeyRing.of([new])) == before
    await store.close()


async def unwrapped(store: Store, ring: KeyRing) -> dict[str, bytes]:
    keys = DataKeys(ring, lambda: 0.0)
    rows = await store.fetch(select(data_keys.c.user_id, data_keys.c.key_id, data_keys.c.wrapped))
    return {user: keys.unwrap(user, Wrapped(key_id, wrapped)) for user, key_id, wrapped in rows}
