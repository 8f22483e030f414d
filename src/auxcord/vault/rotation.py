"""Moving everything from older keys of the ring to its newest: online, in steps, resumable at any point.

Only the wrapping changes: people's data keys and their sealed records stay as they are. So a server that
knows both keys serves on while this runs, and an interrupted run is simply started again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import bindparam, func, select, update

from auxcord.errors import VaultCorruptError, VaultError
from auxcord.store.schema import data_keys, place_in, server_keys
from auxcord.vault.datakeys import purpose_of
from auxcord.vault.keyring import Wrapped

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from sqlalchemy import Column, Connection, Table

    from auxcord.store import Store
    from auxcord.vault.keyring import KeyRing

STEP: Final = 1_000
"""Keys that are moved in one transaction. Servers that write meanwhile wait no longer than that takes."""

_FIRST: Final = -(2**63)


class Rotated(NamedTuple):
    """What one step did.

    Attributes:
        moved: Keys that are now under the newest key of the ring.
        unreadable: Keys that do not open; they were left alone.
        after: What to give the next step; None when this was the last one.
    """

    moved: int
    unreadable: int
    after: str | None


class Rotation:
    """Re-wraps stored keys under the newest key of a ring.

    Args:
        store: Where the wrapped keys lie.
        ring: Newest key first; it holds every key that is still in use.
        together: Keys that are moved in one transaction.
    """

    def __init__(self, store: Store, ring: KeyRing, *, together: int = STEP) -> None:
        self._store = store
        self._ring = ring
        self._together = together

    async def counts(self) -> dict[str, int]:
        """How many stored keys each key wraps, by key id; ids outside the ring included."""
        counts = dict.fromkeys(self._ring.ids, 0)
        for table in (data_keys, server_keys):
            for key_id, count in await self._store.fetch(
                select(table.c.key_id, func.count()).group_by(table.c.key_id)
            ):
                counts[key_id] = counts.get(key_id, 0) + count
        return counts

    async def run(self) -> Rotated:
        """Move everything that can be moved.

        Whoever was missed, because the file was rebuilt or a server without the new key wrote meanwhile, is
        met when it begins once more; a run ends when it finds nothing left to move.
        """
        moved = 0
        while True:
            moved_now = unreadable = 0
            after: str | None = ""
            while after is not None:
                step = await self.step(after)
                moved_now, unreadable, after = (
                    moved_now + step.moved,
                    unreadable + step.unreadable,
                    step.after,
                )
            if not moved_now:
                return Rotated(moved, unreadable, None)
            moved += moved_now

    async def step(self, after: str = "") -> Rotated:
        """Move some people's keys, in the order they lie in the file; the last step moves our own too.

        In any other order each key would be on a page of its own, to be written to the disk for it alone.
        """
        place = place_in(data_keys)
        rows = await self._store.fetch(
            select(place, data_keys.c.user_id, data_keys.c.key_id, data_keys.c.wrapped)
            .where(place > (int(after) if after else _FIRST), data_keys.c.key_id != self._ring.ids[0])
            .order_by(place)
            .limit(self._together)
        )
        people = [(user_id, purpose_of(user_id), Wrapped(*wrapped)) for _, user_id, *wrapped in rows]
        moved, unreadable = await self._move(data_keys, data_keys.c.user_id, people)
        if len(rows) == self._together:
            return Rotated(moved, unreadable, str(rows[-1][0]))
        own = await self._store.fetch(
            select(server_keys.c.name, server_keys.c.key_id, server_keys.c.wrapped).where(
                server_keys.c.key_id != self._ring.ids[0]
            )
        )
        ours = [(row.name, row.name, Wrapped(row.key_id, row.wrapped)) for row in own]
        moved_too, unreadable_too = await self._move(server_keys, server_keys.c.name, ours)
        return Rotated(moved + moved_too, unreadable + unreadable_too, None)

    async def verified(self) -> AsyncIterator[tuple[str, bool]]:
        """Go through all people: their user id, and whether their data key opens."""
        after = ""
        while True:
            rows = await self._store.fetch(
                select(data_keys.c.user_id, data_keys.c.key_id, data_keys.c.wrapped)
                .where(data_keys.c.user_id > after)
                .order_by(data_keys.c.user_id)
                .limit(STEP)
            )
            for row in rows:
                yield row.user_id, self._opens(row.user_id, Wrapped(row.key_id, row.wrapped))
            if len(rows) < STEP:
                return
            after = rows[-1].user_id

    def _opens(self, user_id: str, wrapped: Wrapped) -> bool:
        try:
            self._ring.unwrap(wrapped, purpose=purpose_of(user_id))
        except VaultError:
            return False
        return True

    async def _move(
        self, table: Table, owner: Column[str], entries: Sequence[tuple[str, str, Wrapped]]
    ) -> tuple[int, int]:
        changes = []
        for name, purpose, wrapped in entries:
            try:
                moved = self._ring.wrap(self._ring.unwrap(wrapped, purpose=purpose), purpose=purpose)
            except VaultCorruptError:
                continue
            changes.append({"of": name, "old": wrapped.token, "id": moved.key_id, "new": moved.token})
        if not changes:
            return 0, len(entries)
        # Who was re-keyed or erased meanwhile no longer has the old wrapping, and is left alone.
        replace = (
            update(table)
            .where(owner == bindparam("of"), table.c.wrapped == bindparam("old"))
            .values(key_id=bindparam("id"), wrapped=bindparam("new"))
        )

        def write(connection: Connection) -> int:
            return connection.execute(replace, changes).rowcount

        return await self._store.transact(write), len(entries) - len(changes)
