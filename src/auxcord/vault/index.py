"""Finding a person by their account without storing the account: a keyed digest of it is stored instead."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import func, insert, select

from auxcord.errors import KeyRingError, VaultCorruptError
from auxcord.store.schema import data_keys, server_keys, users
from auxcord.vault.envelope import joined
from auxcord.vault.keyring import Wrapped

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from auxcord.store import Store
    from auxcord.store.engine import Fetch
    from auxcord.vault.keyring import KeyRing

INDEX: Final = "index"
"""The name under which the index key is stored, and what it is wrapped for."""
_KEY_BYTES: Final = 32
_STORED: Final = select(server_keys.c.key_id, server_keys.c.wrapped).where(server_keys.c.name == INDEX)


class Counts(NamedTuple):
    """How many keys are stored, and how many of them each key that is not in the ring wrapped, by its id."""

    stored: int
    missing: dict[str, int]


async def missing_keys(fetch: Fetch, ring: KeyRing) -> Counts:
    """Count what the ring cannot open for want of a key; what is damaged is not counted as missing."""
    stored, missing = 0, dict[str, int]()
    for table in (data_keys, server_keys):
        for key_id, count in await fetch(select(table.c.key_id, func.count()).group_by(table.c.key_id)):
            stored += count
            if key_id in ring.ids:
                continue
            one = select(table.c.key_id, table.c.wrapped).where(table.c.key_id == key_id).limit(1)
            rows = await fetch(one)  # none if that person was erased this very moment
            if rows and ring.misses(Wrapped(*rows[0])):
                missing[key_id] = missing.get(key_id, 0) + count
    return Counts(stored, missing)


class Index:
    """Holds the index key, a random key that the ring wraps."""

    def __init__(self, ring: KeyRing, clock: Callable[[], float]) -> None:
        self._ring = ring
        self._clock = clock
        self._key: bytes | None = None

    async def open(self, store: Store) -> None:
        """Check that the ring fits the data and load the index key; make one only if nobody is enrolled.

        Raises:
            KeyRingError: Data is sealed under keys that are not in the ring, or the index key is gone.
            VaultCorruptError: The index key was altered.
        """
        await self.fits(store.fetch)
        rows = await store.fetch(_STORED)
        wrapped = Wrapped(*rows[0]) if rows else await store.transact(self._make)
        try:
            self._key = self._ring.unwrap(wrapped, purpose=INDEX)
        except VaultCorruptError as error:
            raise VaultCorruptError(
                "The index key, by which people are found, is damaged.",
                advice="Restore the database from a backup.",
            ) from error

    async def fits(self, fetch: Fetch) -> None:
        """Check that the ring holds every key that anything stored was wrapped by.

        Raises:
            KeyRingError: It does not.
        """
        counts = await missing_keys(fetch, self._ring)
        if counts.missing:
            raise KeyRingError(
                f"{sum(counts.missing.values())} of {counts.stored} stored keys were wrapped under "
                f"encryption keys that are not in the key ring: {_listed(counts.missing)}."
            )

    def lookup(self, issuer: str, account_id: str) -> bytes:
        """Return HMAC-SHA256(index key, issuer, account id); ids may be any text."""
        if self._key is None:
            raise KeyRingError("The vault is not open.")
        account = joined(*(part.encode("utf-8", "surrogatepass") for part in (issuer, account_id)))
        return hmac.digest(self._key, account, hashlib.sha256)

    def derived(self, label: str) -> bytes:
        """Return a 32-byte key for one purpose, independent of the index key and of every other label."""
        if self._key is None:
            raise KeyRingError("The vault is not open.")
        return hmac.digest(self._key, joined(b"auxcord derived key", label.encode()), hashlib.sha256)

    def _make(self, connection: Connection) -> Wrapped:
        row = connection.execute(_STORED).one_or_none()
        if row is not None:
            return Wrapped(*row)
        if connection.scalar(select(func.count()).select_from(users)):
            raise KeyRingError(
                "People are enrolled, but the index key that finds them is missing.",
                advice="Restore the database from a backup.",
            )
        wrapped = self._ring.wrap(secrets.token_bytes(_KEY_BYTES), purpose=INDEX)
        connection.execute(
            insert(server_keys).values(
                name=INDEX, key_id=wrapped.key_id, wrapped=wrapped.token, created_at=self._clock()
            )
        )
        return wrapped


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{key_id} ({count})" for key_id, count in sorted(counts.items()))
