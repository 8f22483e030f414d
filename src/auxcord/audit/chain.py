"""Lengthening the chain: the next line, and the sealed checkpoint that says where the chain ends.

The order of the lines is the order of the database's transactions, whichever process they come from: a writer
reads the end of the chain inside its own write transaction, and there is one of these at a time.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, func, insert, select, update

from auxcord.audit.lines import (
    LOST,
    NOTHING,
    SALT_BYTES,
    Checkpoint,
    chained,
    commitment,
    encoded,
    sealed,
)
from auxcord.audit.reading import HEAD, checkpoint
from auxcord.store.schema import audit, audit_checkpoints, audit_details

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from auxcord.audit.events import Event
    from auxcord.audit.lines import Details

_LASTS: Final = tuple(select(func.max(table.c.seq)) for table in (audit, audit_details))
_LINE: Final = insert(audit)
_DETAILS: Final = insert(audit_details)
_MOVE: Final = (
    update(audit_checkpoints)
    .where(audit_checkpoints.c.name == bindparam("of_name"))
    .values(
        seq=bindparam("to_seq"), hash=bindparam("to_hash"), at=bindparam("to_at"), seal=bindparam("to_seal")
    )
)


def append(
    connection: Connection, key: bytes, at: float, event: Event, user: str | None, details: Details
) -> Checkpoint:
    """Write the next line; returns where the chain ends now."""
    seq, previous = _next(connection)
    salt, content = secrets.token_bytes(SALT_BYTES), encoded(details)
    committed = commitment(salt, user, content)
    place = Checkpoint(seq, chained(key, seq, at, event.value, committed, previous), at)
    line = {"seq": seq, "at": at, "event": event.value, "commitment": committed}
    connection.execute(_LINE, line | {"previous": previous, "hash": place.hash})
    connection.execute(_DETAILS, {"seq": seq, "user_id": user, "salt": salt, "content": content})
    move_checkpoint(connection, key, HEAD, place)
    return place


def move_checkpoint(connection: Connection, key: bytes, name: str, place: Checkpoint) -> None:
    """Set a checkpoint to another place."""
    seal = sealed(key, name, place)
    values = {"to_seq": place.seq, "to_hash": place.hash, "to_at": place.at, "to_seal": seal}
    if connection.execute(_MOVE, values | {"of_name": name}).rowcount == 0:
        row = {"name": name, "seq": place.seq, "hash": place.hash, "at": place.at, "seal": seal}
        connection.execute(insert(audit_checkpoints), row)


def _next(connection: Connection) -> tuple[int, bytes]:
    """Return the number of the next line and the hash it follows."""
    head = checkpoint(connection, HEAD)
    if head is not None:
        return head.seq + 1, head.hash
    last = max(connection.scalar(query) or 0 for query in _LASTS)
    return (1, NOTHING) if last == 0 else (last + 1, LOST)
