"""T04: every altered bit and every truncation is refused.

Bar: all single-bit flips (3,840) and all truncations (480) of sealed data, plain text, an unknown algorithm
and an older version: none accepted, and no exception that is not the vault's own.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from auxcord.errors import VaultError
from auxcord.store.schema import data_keys, records
from auxcord.vault import KeyRing, Record
from auxcord.vault.keyring import Wrapped
from auxcord.vault.records import opened_record, sealed_record
from auxcord.vault.sealing import Sealing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sqlalchemy import ColumnElement, Table

    from auxcord.store import Store
    from auxcord.vault import Vault
    from bench.figures import Figures

KEY = bytes(range(32))
USER, KIND = "0" * 32, "spotify-link"


def flips(blob: bytes) -> Iterator[bytes]:
    for bit in range(len(blob) * 8):
        flipped = bytearray(blob)
        flipped[bit // 8] ^= 1 << bit % 8
        yield bytes(flipped)


def truncations(blob: bytes) -> Iterator[bytes]:
    for length in range(len(blob)):
        yield blob[:length]
        yield blob[len(blob) - length :]


class Tally:
    """Counts what was tried, what opened, and what failed in another way than the vault's."""

    def __init__(self, open_: Callable[[bytes], object]) -> None:
        self._open = open_
        self.tried = self.accepted = self.foreign = 0

    def attempt(self, blobs: Iterator[bytes] | Sequence[bytes]) -> None:
        for blob in blobs:
            self.tried += 1
            try:
                self._open(blob)
            except VaultError:
                continue
            except Exception:  # noqa: BLE001 - this is what is counted
                self.foreign += 1
            else:
                self.accepted += 1


def told(figures: Figures, what: str, tried: int, tally: Tally, bar: str) -> None:
    figures.count(f"{what} tried", tried, bar)
    figures.count(f"{what}: accepted", tally.accepted, "== 0")
    figures.count(f"{what}: exceptions that are not the vault's", tally.foreign, "== 0")


def test_no_altered_bit_and_no_truncation_of_a_sealed_record_is_accepted(figures: Figures) -> None:
    sealed = sealed_record(KEY, USER, KIND, 3, os.urandom(450))
    assert len(sealed) >= 480
    for what, blobs, bar in (
        ("record: single-bit flips", list(flips(sealed)), ">= 3840"),
        ("record: truncations from either end", list(truncations(sealed)), ">= 480"),
    ):
        tally = Tally(lambda blob: opened_record(KEY, USER, KIND, 3, blob))
        tally.attempt(blobs)
        told(figures, what, tally.tried, tally, bar)
    assert len(opened_record(KEY, USER, KIND, 3, sealed)) == 450


def test_no_altered_bit_and_no_truncation_of_a_wrapped_key_is_accepted(figures: Figures) -> None:
    ring = KeyRing.of([KeyRing.new_key()])
    wrapped = ring.wrap(KEY, purpose="p")
    for what, blobs in (
        ("wrapped key: single-bit flips", flips(wrapped.token)),
        ("wrapped key: truncations from either end", truncations(wrapped.token)),
    ):
        tally = Tally(lambda blob: ring.unwrap(Wrapped(wrapped.key_id, blob), purpose="p"))
        tally.attempt(blobs)
        told(figures, what, tally.tried, tally, ">= 200")
    tally = Tally(lambda key_id: ring.unwrap(Wrapped(key_id.decode("latin-1"), wrapped.token), purpose="p"))
    tally.attempt(flips(wrapped.key_id.encode()))
    told(figures, "wrapped key: single-bit flips of its key id", tally.tried, tally, ">= 128")
    assert ring.unwrap(wrapped, purpose="p") == KEY


def test_no_altered_bit_of_what_belongs_to_nobody_yet_is_accepted(figures: Figures) -> None:
    sealing = Sealing(KeyRing.of([KeyRing.new_key()]))
    sealed = sealing.seal("purpose", b"content")
    tally = Tally(lambda blob: sealing.open_("purpose", blob))
    tally.attempt(flips(sealed))
    tally.attempt(truncations(sealed))
    told(figures, "sign-in: single-bit flips and truncations", tally.tried, tally, ">= 500")
    assert sealing.open_("purpose", sealed) == b"content"


def test_neither_plain_text_nor_an_unknown_algorithm_nor_another_version_is_accepted(
    figures: Figures,
) -> None:
    sealed = sealed_record(KEY, USER, KIND, 3, b"content")
    older = sealed_record(KEY, USER, KIND, 2, b"content")
    odd = [
        b'{"access_token": "x"}',
        b"",
        b"\x00" * 480,
        b"SV1\x01",
        b"SV1" + bytes(29),
        b"gAAAAA" + bytes(99),
    ]
    odd += [os.urandom(size) for size in range(1, 480)]
    odd += [b"SV1\x01" + os.urandom(size) for size in range(480)]
    odd += [sealed[:3] + bytes([algorithm]) + sealed[4:] for algorithm in range(256) if algorithm != 1]
    odd += [bytes([ord("S"), ord("V"), ord("0")]) + sealed[3:], older, sealed + b"\x00", b"\x00" + sealed]
    tally = Tally(lambda blob: opened_record(KEY, USER, KIND, 3, blob))
    tally.attempt(odd)
    told(figures, "plain text, unknown algorithms, older versions", tally.tried, tally, ">= 1000")
    versions = Tally(lambda blob: opened_record(KEY, USER, KIND, int(blob), sealed))
    versions.attempt([str(version).encode() for version in range(1000) if version != 3])
    told(figures, "versions other than the sealed one", versions.tried, versions, "== 999")


@pytest.mark.anyio
async def test_no_altered_bit_in_the_database_is_accepted(
    vault: Vault, store: Store, figures: Figures
) -> None:
    """The same through the highest door: what lies in the rows, one bit in eight bytes."""
    ada = await vault.enrol("issuer", "ada")
    await vault.put(ada, KIND, b"ada's tokens", expected=0)
    tried = accepted = 0
    for table, column in ((records, records.c.sealed), (data_keys, data_keys.c.wrapped)):
        mine = table.c.user_id == ada
        (original,) = (await store.fetch(select(column).where(mine)))[0]
        for flipped in list(flips(original))[::61]:
            await _overwrite(store, table, mine, column.name, flipped)
            tried += 1
            try:
                await vault.get(ada, KIND)
            except VaultError:
                continue
            accepted += 1
        await _overwrite(store, table, mine, column.name, original)
    assert await vault.get(ada, KIND) == Record(1, b"ada's tokens")
    figures.count("rows altered in the database, one bit each", tried, ">= 50")
    figures.count("rows altered in the database: accepted", accepted, "== 0")


async def _overwrite(
    store: Store, table: Table, mine: ColumnElement[bool], column: str, value: bytes
) -> None:
    change = update(table).where(mine).values({column: value})
    await store.transact(lambda connection: connection.execute(change))


def test_nothing_opens_with_another_key(figures: Figures) -> None:
    sealed = sealed_record(KEY, USER, KIND, 3, b"content")
    tally = Tally(lambda key: opened_record(key, USER, KIND, 3, sealed))
    tally.attempt(flips(KEY))
    tally.attempt([os.urandom(32) for _ in range(1000)])
    told(figures, "other keys", tally.tried, tally, ">= 1256")
