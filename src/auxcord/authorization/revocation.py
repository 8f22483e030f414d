"""Ending everything at once: what a server does when it may have been broken into.

Access ends in one short transaction, whoever it belongs to: a token counts only while its grant does. The
tokens themselves, which are worthless then, are cleared away in steps, so that servers can go on writing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import delete, func, select, true, update

from auxcord.audit import Event
from auxcord.store.schema import access_tokens, codes, grants, page_sessions, refresh_tokens

if TYPE_CHECKING:
    from sqlalchemy import Column, ColumnElement, Connection, Table

    from auxcord.audit import Trail
    from auxcord.store import Store

STEP: Final = 5000
"""Tokens that are cleared away in one transaction."""


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
    for table, key in (
        (access_tokens, access_tokens.c.token_hash),
        (refresh_tokens, refresh_tokens.c.token_hash),
        (codes, codes.c.code_hash),
    ):
        await _clear(store, table, key, user_id)
    return revoked


async def _clear(store: Store, table: Table, key: Column[Any], user_id: str | None) -> None:
    """Delete what belongs to ended grants."""
    ended = select(grants.c.grant_id).where(_of(grants.c.user_id, user_id), grants.c.revoked_at.is_not(None))
    some = select(key).where(table.c.grant_id.in_(ended)).limit(STEP)
    while await store.transact(
        lambda connection: connection.execute(delete(table).where(key.in_(some))).rowcount
    ):
        pass


def _of(column: Column[str], user_id: str | None) -> ColumnElement[bool]:
    return true() if user_id is None else column == user_id
