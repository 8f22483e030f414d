"""Reading the trail: its lines in order, and its two checkpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, select

from auxcord.audit.lines import Checkpoint, Line
from auxcord.store.schema import audit, audit_checkpoints, audit_details

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from sqlalchemy import Connection, Row

    from auxcord.store import Store

STEP: Final = 1000
"""Lines that are read together."""

HEAD: Final = "head"
"""The checkpoint at the last line."""

PRUNED: Final = "pruned"
"""The checkpoint at the last line that was pruned."""

LINES: Final = select(
    audit, audit_details.c.user_id, audit_details.c.salt, audit_details.c.content
).select_from(audit.outerjoin(audit_details, audit_details.c.seq == audit.c.seq))

_STORED: Final = select(
    audit_checkpoints.c.seq, audit_checkpoints.c.hash, audit_checkpoints.c.at, audit_checkpoints.c.seal
).where(audit_checkpoints.c.name == bindparam("name"))
_LOCKED: Final = _STORED.with_for_update()
_NEXT: Final = LINES.where(audit.c.seq > bindparam("after")).order_by(audit.c.seq).limit(STEP)


def checkpoint(connection: Connection, name: str) -> Checkpoint | None:
    """Read a checkpoint inside a write transaction; nobody else moves it before that ends."""
    row = connection.execute(_LOCKED, {"name": name}).one_or_none()
    return None if row is None else Checkpoint(*row)


async def stored_checkpoint(store: Store, name: str) -> Checkpoint | None:
    """Read a checkpoint as it is now."""
    rows = await store.fetch(_STORED, {"name": name})
    return Checkpoint(*rows[0]) if rows else None


def line_of(row: Row[Any]) -> Line:
    """Make a line of a row of `LINES`."""
    return Line(
        row.seq, row.at, row.event, row.commitment, row.previous, row.hash, row.user_id, row.salt, row.content
    )


async def lines(store: Store, *, after: int = 0) -> AsyncIterator[Line]:
    """Read all lines after a number, in order; those written meanwhile too."""
    while True:
        rows = await store.fetch(_NEXT, {"after": after})
        for row in rows:
            yield line_of(row)
        if len(rows) < STEP:
            return
        after = rows[-1].seq
