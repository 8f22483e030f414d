"""Removing lines that have been kept long enough, so that the rest still proves itself whole.

The hash of the last line that is removed stays, in a checkpoint of its own: the first line that is left
follows it. That lines were removed, and how many, is a line of the trail itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, delete, select

from auxcord.audit.chain import append, move_checkpoint
from auxcord.audit.events import Event
from auxcord.audit.lines import Checkpoint, Details
from auxcord.audit.reading import PRUNED, checkpoint, stored_checkpoint
from auxcord.store.schema import audit

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from auxcord.store import Store

MOST: Final = 5000
"""Lines that are removed in one transaction."""

_A_DAY: Final = 86400.0
_FIRST_KEPT: Final = select(audit.c.seq).where(audit.c.at > bindparam("cut")).order_by(audit.c.seq).limit(1)
_OLDEST: Final = select(audit.c.at).order_by(audit.c.seq).limit(1)
_LAST: Final = select(audit.c.seq).order_by(audit.c.seq.desc()).limit(1)
_HASH: Final = select(audit.c.hash).where(audit.c.seq == bindparam("seq"))
_REMOVE: Final = delete(audit).where(audit.c.seq <= bindparam("through"))


async def is_due(store: Store, now: float, retention: float) -> bool:
    """Whether there is something to remove, and it was not done just before."""
    oldest = await store.fetch(_OLDEST)
    if not oldest or oldest[0].at > now - retention:
        return False
    done = await stored_checkpoint(store, PRUNED)
    return done is None or abs(now - done.at) >= min(_A_DAY, retention / 10)


def prune(connection: Connection, key: bytes, now: float, retention: float) -> int:
    """Remove up to 5,000 of the lines that are older than `retention` seconds; return how many."""
    done = checkpoint(connection, PRUNED)
    start = 0 if done is None else done.seq
    first_kept = connection.scalar(_FIRST_KEPT, {"cut": now - retention})
    last = connection.scalar(_LAST) or 0
    through = min(last if first_kept is None else first_kept - 1, start + MOST)
    end = connection.scalar(_HASH, {"seq": through})
    if through <= start or end is None:
        return 0
    connection.execute(_REMOVE, {"through": through})
    move_checkpoint(connection, key, PRUNED, Checkpoint(through, end, now))
    details = Details(facts={"lines": str(through - start), "through": str(through)})
    append(connection, key, now, Event.PRUNED, None, details)
    return through - start
