"""Ending everything at once: what a server does when it may have been broken into.

Access ends in one short transaction, whoever it belongs to: a token counts only while its grant does. The
tokens themselves, which are worthless then, are cleared away in steps, so that servers can go on writing.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import delete, func, select, true, update

from auxcord.audit import Event
from auxcord.store.schema import access_tokens, codes, grants, page_sessions, refresh_tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Column, ColumnElement, Connection

    from auxcord.audit import Trail
    from auxcord.store import Store

STEP: Final = 5000
"""Grants whose tokens are cleared away in one transaction."""


class Revoked(NamedTuple):
    """What ended.

    Attributes:
        grants: Clients' grants.
        people: People whose they were.
    """

    grants: int
    people: int


async def revoke_all(store: Store, trail: Trail, *, now: float, user_id: str | None = None) -> Revoked:
    """End every grant and page session of everybody, or of one person; links to Spotify stay.

    Args:
        store: Where they are.
        trail: Told what was done.
        now: Unix seconds.
        user_id: Whose; everybody's when omitted.

    Raises:
        StoreUnavailableError: The database failed. Repeat it: what was ended stays ended.
    """

    def end(connection: Connection) -> Revoked:
        mine = _of(grants.c.user_id, user_id)
        people = connection.scalar(
            select(func.count(grants.c.user_id.distinct())).where(mine, grants.c.revoked_at.is_(None))
        )
        ended = connection.execute(
            update(grants).where(mine, grants.c.revoked_at.is_(None)).values(revoked_at=now)
        ).rowcount
        connection.execute(delete(page_sessions).where(_of(page_sessions.c.user_id, user_id)))
        if ended:
            trail.entry(connection, Event.ACCESS_REVOKED, user=user_id, by="operator", grants=ended)
        return Revoked(ended, people or 0)

    revoked = await store.transact(end)
    await _clear(store, user_id)
    return revoked


async def _clear(store: Store, user_id: str | None) -> None:
    """Delete the tokens and codes of ended grants."""
    after = ""
    while True:
        rows = await store.fetch(
            select(grants.c.grant_id)
            .where(
                _of(grants.c.user_id, user_id), grants.c.revoked_at.is_not(None), grants.c.grant_id > after
            )
            .order_by(grants.c.grant_id)
            .limit(STEP)
        )
        if not rows:
            return
        ended = [row.grant_id for row in rows]
        await store.transact(partial(_delete, ended=ended))
        after = ended[-1]


def _delete(connection: Connection, ended: Sequence[str]) -> None:
    for table in (access_tokens, refresh_tokens, codes):
        connection.execute(delete(table).where(table.c.grant_id.in_(ended)))


def _of(column: Column[str], user_id: str | None) -> ColumnElement[bool]:
    return true() if user_id is None else column == user_id
