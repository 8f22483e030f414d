"""Looking whether everything opens: every person's key and every record, and who is concerned if not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import select

from auxcord.errors import KeyRingError, StoreDamagedError, VaultCorruptError
from auxcord.store.schema import data_keys, records, users
from auxcord.vault.datakeys import KEY_BYTES, purpose_of
from auxcord.vault.keyring import Wrapped
from auxcord.vault.records import opened_record

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from sqlalchemy import Column

    from auxcord.store.engine import Fetch
    from auxcord.vault.keyring import KeyRing

DATA_KEY: Final = "data key"
PAGE: Final = "page"
_TOGETHER: Final = 50
_PAGE_OF_IDS: Final = 1000
_KEYS: Final = select(data_keys.c.user_id, data_keys.c.key_id, data_keys.c.wrapped)
_RECORDS: Final = select(records.c.user_id, records.c.kind, records.c.version, records.c.sealed)


class Damaged(NamedTuple):
    """Something of a person that cannot be read.

    Attributes:
        user_id: Our id of the person.
        what: The kind of record, `data key`, or `page` when the file itself is damaged where it lies.
    """

    user_id: str
    what: str


class Step(NamedTuple):
    """What was looked at together.

    Attributes:
        people: How many people.
        records: How many of their records opened.
        damaged: What did not open.
        locked: How many people's keys were wrapped by a key that is not in the ring.
    """

    people: int
    records: int
    damaged: tuple[Damaged, ...]
    locked: int


async def survey(fetch: Fetch, ring: KeyRing) -> AsyncIterator[Step]:
    """Go through all people, some at a time; nothing is remembered and nothing written.

    Raises:
        StoreError: The database cannot be read at all.
    """
    ids = [user_id async for user_id in _people(fetch)]
    for start in range(0, len(ids), _TOGETHER):
        yield await _step(fetch, ring, ids[start : start + _TOGETHER])


async def _step(fetch: Fetch, ring: KeyRing, ids: Sequence[str]) -> Step:
    try:
        keys = await fetch(_KEYS.where(data_keys.c.user_id.in_(ids)))
        rows = await fetch(_RECORDS.where(records.c.user_id.in_(ids)))
    except StoreDamagedError:
        if len(ids) == 1:
            return Step(1, 0, (Damaged(ids[0], PAGE),), 0)
        return _sum([await _step(fetch, ring, [user_id]) for user_id in ids])
    wrapped = {row.user_id: Wrapped(row.key_id, row.wrapped) for row in keys}
    kept: dict[str, list[_Kept]] = {user_id: [] for user_id in ids}
    for row in rows:
        kept[row.user_id].append(_Kept(row.kind, row.version, row.sealed))
    return _sum([_person(ring, user_id, wrapped.get(user_id), kept[user_id]) for user_id in ids])


class _Kept(NamedTuple):
    kind: str
    version: object
    sealed: object

    def opens(self, key: bytes, user_id: str) -> bool:
        try:
            opened_record(key, user_id, self.kind, self.version, self.sealed)
        except VaultCorruptError:
            return False
        return True


def _person(ring: KeyRing, user_id: str, wrapped: Wrapped | None, kept: Sequence[_Kept]) -> Step:
    try:
        key = None if wrapped is None else ring.unwrap(wrapped, purpose=purpose_of(user_id))
    except KeyRingError:
        return Step(1, 0, (), 1)
    except VaultCorruptError:
        key = None
    if key is None or len(key) != KEY_BYTES:
        return Step(1, 0, (Damaged(user_id, DATA_KEY),), 0)
    damaged = tuple(Damaged(user_id, each.kind) for each in kept if not each.opens(key, user_id))
    return Step(1, len(kept) - len(damaged), damaged, 0)


def _sum(steps: Sequence[Step]) -> Step:
    return Step(
        sum(step.people for step in steps),
        sum(step.records for step in steps),
        tuple(damaged for step in steps for damaged in step.damaged),
        sum(step.locked for step in steps),
    )


async def _people(fetch: Fetch) -> AsyncIterator[str]:
    """Yield the id of everybody, each once, in order; past damaged pages as far as other tables know them."""
    try:
        ids = [user_id async for user_id in _ids(fetch, users.c.user_id)]
    except StoreDamagedError:
        ids = sorted(await _scattered(fetch))
    for user_id in ids:
        yield user_id


async def _scattered(fetch: Fetch) -> set[str]:
    """Collect ids from wherever they can still be read: each table, from its beginning and from its end."""
    found = set[str]()
    for column in (users.c.user_id, data_keys.c.user_id, records.c.user_id):
        for backwards in (False, True):
            try:
                async for user_id in _ids(fetch, column, backwards=backwards):
                    found.add(user_id)
            except StoreDamagedError:
                continue
    return found


async def _ids(fetch: Fetch, column: Column[str], *, backwards: bool = False) -> AsyncIterator[str]:
    after: str | None = None
    while True:
        page = select(column).distinct().order_by(column.desc() if backwards else column).limit(_PAGE_OF_IDS)
        if after is not None:
            page = page.where(column < after if backwards else column > after)
        rows = await fetch(page)
        for row in rows:
            yield row.user_id
        if len(rows) < _PAGE_OF_IDS:
            return
        after = rows[-1].user_id
