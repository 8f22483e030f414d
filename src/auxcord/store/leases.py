"""Leases: at most one holder of a name, across processes, for a limited time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, or_
from sqlalchemy.dialects.sqlite import insert

from auxcord.store.schema import leases

if TYPE_CHECKING:
    from sqlalchemy import Connection

_SKEW_SECONDS: Final = 60.0


def acquire(connection: Connection, name: str, holder: str, *, now: float, seconds: float) -> bool:
    """Take the lease if it is free, run out, or one's own already; say whether one has it now.

    A lease that ends much later than one taken now would is void: the clock began anew since. Readings of
    several holders may differ by a minute; but a lease is only as good as their clock, so let it be one that
    they share and nobody sets: wall clocks differ between machines and jump.

    Args:
        connection: Inside a write transaction.
        name: What is leased; `<user id>/...` for what belongs to a person, so that erasure finds it.
        holder: Who asks; unique for each attempt.
        now: Seconds, by that clock.
        seconds: How long to hold it.
    """
    until = now + seconds
    statement = insert(leases).values(name=name, holder=holder, until=until)
    statement = statement.on_conflict_do_update(
        index_elements=[leases.c.name],
        set_={"holder": holder, "until": until},
        where=or_(leases.c.until <= now, leases.c.until > until + _SKEW_SECONDS, leases.c.holder == holder),
    )
    return connection.execute(statement).rowcount == 1


def release(connection: Connection, name: str, holder: str) -> None:
    """Give the lease back, if one still has it."""
    connection.execute(delete(leases).where(leases.c.name == name, leases.c.holder == holder))
