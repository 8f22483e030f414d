"""The vault: people's secrets at rest, each under the person's own key, and gone when that key is deleted."""

from __future__ import annotations

import secrets
import time
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import bindparam, delete, func, insert, select

from auxcord.errors import VaultCorruptError, VaultError
from auxcord.store.schema import data_keys, leases, records, users
from auxcord.vault.datakeys import DataKeys
from auxcord.vault.index import Index
from auxcord.vault.keyring import Wrapped
from auxcord.vault.mending import mend
from auxcord.vault.notices import Notices
from auxcord.vault.records import conflict, opened_record, sealed_record, write_record
from auxcord.vault.rekeying import Rekeying
from auxcord.vault.sealing import Sealing
from auxcord.vault.survey import survey

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from sqlalchemy import Connection

    from auxcord.store import Store
    from auxcord.store.engine import Fetch
    from auxcord.vault.keyring import KeyRing
    from auxcord.vault.survey import Step

_AT_ONCE: Final = 500  # people who are erased in one transaction, when there are many

_USER: Final = select(users.c.user_id).where(users.c.lookup == bindparam("lookup"))
_ENROLLED: Final = select(users.c.user_id).where(users.c.user_id == bindparam("user_id"))
_RECORD: Final = (
    select(records.c.version, records.c.sealed, data_keys.c.key_id, data_keys.c.wrapped)
    .select_from(records.outerjoin(data_keys, data_keys.c.user_id == records.c.user_id))
    .where(records.c.user_id == bindparam("user_id"), records.c.kind == bindparam("kind"))
)


class Record(NamedTuple):
    """What was sealed, and the version to hand back when replacing it."""

    version: int
    content: bytes

    def __repr__(self) -> str:
        return f"Record(version={self.version}, content=<hidden>)"


class Vault:
    """Seals what belongs to people.

    Args:
        store: Where the sealed records lie.
        ring: The operator's keys.
        clock: Unix seconds.
        data_key_max_age: Seconds after which a person's data key is made anew at their next write, or None.
    """

    def __init__(
        self,
        store: Store,
        ring: KeyRing,
        *,
        clock: Callable[[], float] = time.time,
        data_key_max_age: float | None = None,
    ) -> None:
        self._store = store
        self._ring = ring
        self._clock = clock
        self._notices = Notices()
        self._data_keys = DataKeys(ring, clock)
        self._rekeying = Rekeying(self._data_keys, clock=clock, max_age=data_key_max_age)
        self._sealing = Sealing(ring)
        self._index = Index(ring, clock)

    @property
    def key_ids(self) -> tuple[str, ...]:
        """Ids of the operator's keys, newest first."""
        return self._ring.ids

    def tell_of_new_keys(self, tell: Callable[[Connection, str], object]) -> None:
        """Let `tell` write, in the transaction that makes a person's data key anew, that it was."""
        self._rekeying.tell = tell

    async def open(self) -> None:
        """Check that the key ring fits the data, and load the index key.

        An index key is made only where nobody is enrolled; nothing else is written.

        Raises:
            KeyRingError: Data is sealed under keys that are not in the ring, or the index key is missing.
            VaultCorruptError: The index key was altered.
        """
        await self._index.open(self._store)

    async def fits(self, fetch: Fetch) -> None:
        """Check that the key ring fits the data, before the store is opened; see `Store.open`.

        Raises:
            KeyRingError: Data is sealed under keys that are not in the ring.
        """
        await self._index.fits(fetch)

    async def change_keys(self, ring: KeyRing) -> None:
        """Use the operator's new keys from now on, if they fit the data; else nothing changes.

        Raises:
            KeyRingError: Data is sealed under keys that are not among them.
        """
        await Index(ring, self._clock).fits(self._store.fetch)
        self._ring.become(ring)

    async def find(self, issuer: str, account_id: str) -> str | None:
        """Return the id of the person who holds this account, None if nobody is enrolled for it."""
        rows = await self._store.fetch(_USER, {"lookup": self._index.lookup(issuer, account_id)})
        return str(rows[0].user_id) if rows else None

    async def enrol(
        self, issuer: str, account_id: str, *, along: Callable[[Connection, str], object] | None = None
    ) -> str:
        """Return the id of the person who holds this account; enrol them under a new random id if need be.

        Args:
            issuer: Who gave the account its id.
            account_id: The id.
            along: What else to write in the same transaction, by their new id, if they are new. When it
                raises, nobody is enrolled.
        """
        known = await self.find(issuer, account_id)
        if known is not None:
            return known
        lookup = self._index.lookup(issuer, account_id)
        return await self._store.transact(lambda connection: self._enrol(connection, lookup, along))

    async def sole_user(self) -> str | None:
        """Return the id of the one person this database belongs to, None if it is nobody's yet.

        Raises:
            VaultError: Several people are enrolled, so that nobody can be meant without saying who.
        """
        rows = await self._store.fetch(select(users.c.user_id).limit(2))
        if len(rows) > 1:
            raise VaultError(
                "Several people are enrolled in this database, but one person's is expected.",
                advice="Use another data directory for the local server.",
            )
        return str(rows[0].user_id) if rows else None

    async def get(self, user_id: str, kind: str) -> Record | None:
        """Return a person's record, None if there is none.

        Raises:
            VaultCorruptError: It, or the person's key, was altered.
            KeyRingError: The ring does not hold the key that wrapped the person's.
        """
        rows = await self._store.fetch(_RECORD, {"user_id": user_id, "kind": kind})
        if not rows:
            return None
        version, sealed, key_id, wrapped = rows[0]
        try:
            key = self._data_keys.unwrap(user_id, Wrapped(key_id, wrapped))
            return Record(version, opened_record(key, user_id, kind, version, sealed))
        except VaultCorruptError:
            self._notices.damaged(user_id, kind)
            raise

    async def put(
        self,
        user_id: str,
        kind: str,
        content: bytes,
        *,
        expected: int,
        along: Callable[[Connection], object] | None = None,
    ) -> int:
        """Replace version `expected` of a person's record (0: create it) and return the new version.

        If the person's data key is too old, everything of theirs is sealed under a new one on this occasion.

        Args:
            user_id: Whose.
            kind: Which of the person's records.
            content: What to seal.
            expected: The version it replaces.
            along: What else to write in the same transaction, once the record is written.

        Raises:
            VersionConflictError: The record, or the person, is not what was expected; nothing was written.
            VaultCorruptError: The person's key is damaged or gone; see `mend`.
        """

        def write(connection: Connection) -> None:
            self.write(connection, user_id, kind, content, expected=expected)
            if along is not None:
                along(connection)

        await self._store.transact(write)
        return expected + 1

    def write(
        self, connection: Connection, user_id: str, kind: str, content: bytes, *, expected: int
    ) -> None:
        """Do what `put` does, as a part of a write transaction that is open already.

        Raises:
            VersionConflictError: See `put`.
            VaultCorruptError: The person's key is damaged or gone.
        """
        key = self._rekeying.key_for_writing(connection, user_id, kind)
        if key is None:
            if connection.scalar(_ENROLLED, {"user_id": user_id}) is None:
                raise conflict()
            raise VaultCorruptError("A person's key is gone.")
        sealed = sealed_record(key, user_id, kind, expected + 1, content)
        write_record(connection, user_id, kind, expected, sealed, self._clock())

    async def mend(self, user_id: str, kind: str) -> None:
        """Make room for a record of this kind to be written anew, after it turned out not to open.

        It is removed with whatever else of the person does not open; a damaged data key is replaced, and all
        that was sealed under it goes.

        Raises:
            KeyRingError: The ring lacks the key that wrapped the person's; nothing is damaged or removed.
        """
        now = self._clock()
        await self._store.transact(lambda connection: mend(connection, self._data_keys, user_id, kind, now))
        self._notices.mended(user_id)

    async def survey(self) -> AsyncIterator[Step]:
        """Go through all people, some at a time, and see whether all of theirs opens; damage is logged."""
        async for step in survey(self._store.fetch, self._ring):
            for user_id, what in step.damaged:
                self._notices.damaged(user_id, what)
            yield step

    async def forget(self, user_id: str, *, along: Callable[[Connection], object] | None = None) -> bool:
        """Erase a person: key, records, grants and tokens; say whether there was such a person.

        After it, nothing of them is in the database file or its log. Repeat it if it fails.

        Args:
            user_id: Whom.
            along: What else to write in the same transaction, before the person is gone.

        Raises:
            StoreUnavailableError: The deletion failed, or its traces in the log could not be erased yet.
        """

        def erase(connection: Connection) -> bool:
            if along is not None:
                along(connection)
            connection.execute(delete(leases).where(leases.c.name.between(f"{user_id}/", f"{user_id}0")))
            return connection.execute(delete(users).where(users.c.user_id == user_id)).rowcount == 1

        existed = await self._store.transact(erase)
        self._data_keys.drop(user_id)
        await self._store.checkpoint()
        return existed

    async def forget_many(
        self, user_ids: Sequence[str], *, along: Callable[[Connection, Sequence[str]], object] | None = None
    ) -> int:
        """Erase many people, some in each transaction, and their traces at the end; return how many.

        Args:
            user_ids: Whom.
            along: What else to write in the same transaction about some of them, before they are gone.

        Raises:
            StoreUnavailableError: See `forget`; who was erased by then stays erased.
        """

        def erase(connection: Connection, some: Sequence[str]) -> int:
            if along is not None:
                along(connection, some)
            connection.execute(delete(leases).where(func.substr(leases.c.name, 1, 32).in_(some)))
            return connection.execute(delete(users).where(users.c.user_id.in_(some))).rowcount

        total = 0
        for start in range(0, len(user_ids), _AT_ONCE):
            some = user_ids[start : start + _AT_ONCE]
            total += await self._store.transact(partial(erase, some=some))
            for user_id in some:
                self._data_keys.drop(user_id)
        await self._store.checkpoint()
        return total

    def derived(self, label: str) -> bytes:
        """Return a 32-byte key for one purpose, the same in every process and after every change of the ring.

        Raises:
            KeyRingError: The vault is not open.
        """
        return self._index.derived(label)

    def seal(self, purpose: str, content: bytes) -> bytes:
        """Seal what belongs to no person yet; it opens for the same purpose only."""
        return self._sealing.seal(purpose, content)

    def open_(self, purpose: str, sealed: bytes) -> bytes:
        """Return what `seal` sealed for `purpose`.

        Raises:
            VaultCorruptError: It was altered, sealed for another purpose, or under a key not in the ring.
        """
        return self._sealing.open_(purpose, sealed)

    def _enrol(
        self, connection: Connection, lookup: bytes, along: Callable[[Connection, str], object] | None
    ) -> str:
        known = connection.scalar(_USER, {"lookup": lookup})
        if known is not None:
            return str(known)
        user_id, now = secrets.token_hex(16), self._clock()
        wrapped = self._data_keys.new(user_id)
        connection.execute(insert(users).values(user_id=user_id, lookup=lookup, created_at=now))
        connection.execute(
            insert(data_keys).values(
                user_id=user_id, key_id=wrapped.key_id, wrapped=wrapped.token, created_at=now
            )
        )
        if along is not None:
            along(connection, user_id)
        return user_id
