"""Making people's data keys anew: whatever is sealed under the old key is sealed again, in one transaction.

A data key that is in use for long protects more and more under one secret; so it is replaced when records of
its person are next written after a while. Versions of records stay as they are. Every writer takes the key
inside its own transaction, so nothing is ever sealed under a key that has just been replaced.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, NamedTuple

import structlog
from sqlalchemy import bindparam, func, select, update

from auxcord.errors import VaultCorruptError, VaultError
from auxcord.store.schema import data_keys, records
from auxcord.vault.datakeys import DataKeys
from auxcord.vault.keyring import Wrapped
from auxcord.vault.records import opened_record, sealed_record

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from auxcord.store import Store
    from auxcord.vault.keyring import KeyRing

STEP: Final = 500
"""People whose keys are looked at together; each is made anew in a transaction of its own."""

_STORED: Final = select(data_keys.c.key_id, data_keys.c.wrapped, data_keys.c.created_at).where(
    data_keys.c.user_id == bindparam("user_id")
)
_OTHER_RECORDS: Final = select(records.c.kind, records.c.version, records.c.sealed).where(
    records.c.user_id == bindparam("user_id"), records.c.kind != bindparam("besides")
)
_RESEAL: Final = (
    update(records)
    .where(records.c.user_id == bindparam("of_user"), records.c.kind == bindparam("of_kind"))
    .values(sealed=bindparam("new_sealed"))
)
_NO_KIND: Final = ""

log = structlog.get_logger(__name__)


class Rekeyed(NamedTuple):
    """What one step did.

    Attributes:
        remade: Data keys that are new now.
        unreadable: People of whom something does not open; their keys were left as they are.
        after: Where the next step begins; None when this was the last one.
    """

    remade: int
    unreadable: int
    after: str | None


class Ages(NamedTuple):
    """How old people's data keys are.

    Attributes:
        keys: How many there are.
        due: How many of them are older than they should be.
        oldest: Seconds since the oldest was made; None if there is none.
    """

    keys: int
    due: int
    oldest: float | None


class Rekeying:
    """Gives people new data keys when theirs are too old.

    Args:
        keys: Wraps and unwraps data keys.
        clock: Unix seconds.
        max_age: Seconds a data key is used; None for any time.
        together: People whose keys one step looks at.

    Attributes:
        tell: Called with the person's id in the transaction that gives them a new key, if set.
    """

    tell: Callable[[Connection, str], object] | None = None

    def __init__(
        self, keys: DataKeys, *, clock: Callable[[], float], max_age: float | None, together: int = STEP
    ) -> None:
        self._keys = keys
        self._together = together
        self._clock = clock
        self._max_age = max_age

    @classmethod
    def of(cls, ring: KeyRing, *, clock: Callable[[], float], max_age: float | None) -> Rekeying:
        """Give new data keys that this ring wraps."""
        return cls(DataKeys(ring, clock), clock=clock, max_age=max_age)

    def key_for_writing(self, connection: Connection, user_id: str, kind: str) -> bytes | None:
        """Return the key to seal a person's record with, made anew if it is too old; None if they are gone.

        Args:
            connection: Of the write transaction that writes the record.
            user_id: Whose.
            kind: The record that is about to be replaced, so that its old content need not be kept.

        Raises:
            VaultCorruptError: The person's data key was altered.
        """
        stored = connection.execute(_STORED, {"user_id": user_id}).one_or_none()
        if stored is None:
            return None
        key = self._keys.unwrap(user_id, Wrapped(stored.key_id, stored.wrapped))
        if not self._is_due(stored.created_at):
            return key
        try:
            return self._remake(connection, user_id, key, besides=kind)
        except VaultCorruptError:  # what cannot be read must not keep what can from being written
            log.warning("a data key was not made anew: something sealed under it does not open", user=user_id)
            return key

    async def step(self, store: Store, after: str = "") -> Rekeyed:
        """Make some people's keys anew, of those that are too old, in order from the user id `after` on."""
        due = (data_keys.c.user_id > after) & (data_keys.c.created_at <= self._latest())
        rows = await store.fetch(
            select(data_keys.c.user_id).where(due).order_by(data_keys.c.user_id).limit(self._together)
        )
        outcomes = await asyncio.gather(*(self._renew(store, row.user_id) for row in rows))
        last = rows[-1].user_id if len(rows) == self._together else None
        return Rekeyed(outcomes.count(True), outcomes.count(None), last)

    async def ages(self, store: Store) -> Ages:
        """Tell how old people's data keys are."""
        due = func.count().filter(data_keys.c.created_at <= self._latest())
        ((keys, too_old, oldest),) = await store.fetch(
            select(func.count(), due, func.min(data_keys.c.created_at)).select_from(data_keys)
        )
        return Ages(keys, too_old, None if oldest is None else max(0.0, self._clock() - oldest))

    async def _renew(self, store: Store, user_id: str) -> bool | None:
        """Make a person's key anew: whether it was, None if something of theirs does not open."""

        def renew(connection: Connection) -> bool:
            stored = connection.execute(_STORED, {"user_id": user_id}).one_or_none()
            if stored is None or not self._is_due(stored.created_at):
                return False  # erased, or made anew by somebody else meanwhile
            key = self._keys.unwrap(user_id, Wrapped(stored.key_id, stored.wrapped))
            self._remake(connection, user_id, key, besides=_NO_KIND)
            return True

        try:
            return await store.transact(renew)
        except VaultError:
            return None

    def _remake(self, connection: Connection, user_id: str, old: bytes, *, besides: str) -> bytes:
        wrapped = self._keys.new(user_id)
        new = self._keys.unwrap(user_id, wrapped)
        rows = connection.execute(_OTHER_RECORDS, {"user_id": user_id, "besides": besides}).all()
        resealed = []
        for kind, version, sealed in rows:
            content = opened_record(old, user_id, kind, version, sealed)
            again = sealed_record(new, user_id, kind, version, content)
            resealed.append({"of_user": user_id, "of_kind": kind, "new_sealed": again})
        if resealed:
            connection.execute(_RESEAL, resealed)
        connection.execute(
            update(data_keys)
            .where(data_keys.c.user_id == user_id)
            .values(key_id=wrapped.key_id, wrapped=wrapped.token, created_at=self._clock())
        )
        if self.tell is not None:
            self.tell(connection, user_id)
        return new

    def _is_due(self, made: float) -> bool:
        return made <= self._latest()

    def _latest(self) -> float:
        """The latest time at which a key that is too old by now was made."""
        return float("-inf") if self._max_age is None else self._clock() - self._max_age
