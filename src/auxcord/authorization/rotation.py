"""Refresh tokens: each use replaces the token; a lost answer may be asked for again; other reuse is theft.

A client that repeats its request within the grace gets the very same successor: clients lose answers, and
some refresh from two places at once. The successor lies sealed under the old token, so the store never knows
a usable token. Sources: OAuth 2.1 section 4.3.1, RFC 9700 section 4.14.2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import structlog
from mcp.server.auth.provider import RefreshToken
from pydantic import Field
from sqlalchemy import bindparam, select, update

from auxcord.audit import Event
from auxcord.authorization.grants import GRACE_SECONDS, Family, invalid_grant, make_tokens, store_tokens
from auxcord.authorization.tokens import Kind, digest, is_token, open_successor, seal_successor
from auxcord.store.schema import grants, refresh_tokens

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection

    from auxcord.authorization.grants import Grants
    from auxcord.authorization.tokens import Issued

_FIND: Final = (
    select(refresh_tokens, grants.c.user_id, grants.c.resource)
    .join(grants, grants.c.grant_id == refresh_tokens.c.grant_id)
    .where(
        refresh_tokens.c.token_hash == bindparam("token_hash"),
        refresh_tokens.c.expires_at > bindparam("now"),
        grants.c.client_id == bindparam("client_id"),
        grants.c.revoked_at.is_(None),
    )
)

log = structlog.get_logger(__name__)


class HeldRefreshToken(RefreshToken):
    """A refresh token as the store has it."""

    token: str = Field(repr=False)
    grant_id: str


class Rotation:
    """The refresh tokens in the store."""

    def __init__(self, grants: Grants) -> None:
        self._grants = grants

    async def find(self, client_id: str, token: str) -> HeldRefreshToken | None:
        """Find a client's refresh token, also one that was replaced already: `rotate` decides about it."""
        if not is_token(token, Kind.REFRESH):
            return None
        asked = {"token_hash": digest(token), "client_id": client_id, "now": self._grants.clock()}
        rows = await self._grants.store.fetch(_FIND, asked)
        for row in rows:
            return HeldRefreshToken(
                token=token,
                client_id=client_id,
                scopes=row.scopes.split(),
                expires_at=int(row.expires_at),
                resource=row.resource,
                subject=row.user_id,
                grant_id=row.grant_id,
            )
        return None

    async def rotate(self, held: HeldRefreshToken, scopes: Collection[str]) -> Issued:
        """Replace a refresh token, once; one SQL statement decides who comes first.

        Args:
            held: The refresh token presented.
            scopes: What the new access token may do; within what the refresh token has.

        Raises:
            RefusedError: It has expired; or it was used before, and its family is dead now.
        """
        refresh_end = await self._grants.refresh_end(held.subject or "")
        now = self._grants.clock()

        def rotate(connection: Connection) -> Issued | None:
            new = make_tokens(scopes, now)
            issued = _replace(connection, held, new, refresh_end=refresh_end, now=now)
            if issued is None:
                return _repeat(connection, held.token, now)
            whose = {"user": held.subject, "client": held.client_id}
            self._grants.trail.entry(connection, Event.TOKEN_REFRESHED, **whose)
            return issued

        issued = await self._grants.store.transact(rotate)
        if issued is None:
            log.warning(
                "a refresh token was used twice; its grant has ended",
                grant=held.grant_id,
                client=held.client_id,
            )
            await self._grants.revoke(held.grant_id, by="server", because=Event.TOKEN_REUSED)
            raise invalid_grant("refresh token was used before; sign in again")
        return issued


def _replace(
    connection: Connection, held: HeldRefreshToken, issued: Issued, *, refresh_end: float, now: float
) -> Issued | None:
    """Put the new tokens in the place of the old one; None if it was replaced before."""
    taken = connection.scalar(
        update(refresh_tokens)
        .where(
            refresh_tokens.c.token_hash == digest(held.token),
            refresh_tokens.c.rotated_at.is_(None),
            refresh_tokens.c.expires_at > now,
        )
        .values(
            rotated_at=now,
            successor=seal_successor(held.token, issued),
            successor_hash=digest(issued.refresh_token),
        )
        .returning(refresh_tokens.c.scopes)
    )
    if taken is None:
        return None
    connection.execute(  # whoever uses the successor has got it: its predecessor answers no more
        update(refresh_tokens)
        .where(
            refresh_tokens.c.grant_id == held.grant_id,
            refresh_tokens.c.successor_hash == digest(held.token),
        )
        .values(successor=None)
    )
    family = Family(held.grant_id, held.client_id, held.resource or "")
    store_tokens(connection, family, issued, refresh_scopes=taken, refresh_end=refresh_end, now=now)
    return issued


def _repeat(connection: Connection, token: str, now: float) -> Issued | None:
    """Give the same successor again: within the grace, and only while nobody has used it."""
    old = connection.execute(
        select(refresh_tokens).where(refresh_tokens.c.token_hash == digest(token))
    ).one_or_none()
    if old is None or old.successor is None or old.rotated_at is None:
        return None
    if abs(now - old.rotated_at) > GRACE_SECONDS:  # another process's clock may be ahead of ours
        return None
    return open_successor(token, old.successor)
