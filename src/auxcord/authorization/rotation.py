"""Refresh tokens: each use replaces the token; a lost answer may be asked for again; other reuse is theft.

A client that repeats its request within the grace gets the very same successor: clients lose answers, and
some refresh from two places at once. The successor lies sealed under the old token, so the store never knows
a usable token. Sources: OAuth 2.1 section 4.3.1, RFC 9700 section 4.14.2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog
from mcp.server.auth.provider import RefreshToken
from sqlalchemy import select, update

from auxcord.authorization.grants import GRACE_SECONDS, Grant, invalid_grant, make_tokens, store_tokens
from auxcord.authorization.scopes import permissions_of
from auxcord.authorization.tokens import Kind, digest, is_token, open_successor, seal_successor
from auxcord.store.schema import grants, refresh_tokens

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncConnection

    from auxcord.authorization.grants import Grants
    from auxcord.authorization.tokens import Issued

log = structlog.get_logger(__name__)


class Rotation:
    """The refresh tokens in the store."""

    def __init__(self, grants: Grants) -> None:
        self._grants = grants

    async def find(self, client_id: str, token: str) -> RefreshToken | None:
        """Find a client's refresh token, also one that was replaced already: `rotate` decides about it."""
        row = await self._row(client_id, token) if is_token(token, Kind.REFRESH) else None
        if row is None or row.expires_at <= self._grants.clock():
            return None
        return RefreshToken(
            token=token,
            client_id=row.client_id,
            scopes=row.scopes.split(),
            expires_at=int(row.expires_at),
            resource=row.resource,
            subject=row.user_id,
        )

    async def rotate(self, client_id: str, token: str, scopes: Collection[str]) -> Issued:
        """Replace a refresh token, once; one SQL statement decides who comes first.

        Args:
            client_id: Whose token it is.
            token: The refresh token presented.
            scopes: What the new access token may do; within what the refresh token has.

        Raises:
            RefusedError: It is unknown or expired; or it was used before, and its family is dead now.
        """
        row = await self._row(client_id, token)
        if row is None:
            raise invalid_grant("refresh token does not exist")
        grant = Grant(row.grant_id, row.user_id, client_id, permissions_of(row.granted.split()), row.resource)
        refresh_end = await self._grants.refresh_end(grant.user_id)
        async with self._grants.store.write() as connection:
            issued = await self._replace(connection, grant, token, scopes, refresh_end)
            if issued is None:
                issued = await self._repeat(connection, token)
        if issued is None:
            log.warning(
                "a refresh token was used twice; its grant has ended", grant=grant.grant_id, client=client_id
            )
            await self._grants.revoke(grant.grant_id)
            raise invalid_grant("refresh token was used before; sign in again")
        return issued

    async def _replace(
        self,
        connection: AsyncConnection,
        grant: Grant,
        token: str,
        scopes: Collection[str],
        refresh_end: float,
    ) -> Issued | None:
        now = self._grants.clock()
        issued = make_tokens(scopes, now)
        taken = await connection.scalar(
            update(refresh_tokens)
            .where(
                refresh_tokens.c.token_hash == digest(token),
                refresh_tokens.c.rotated_at.is_(None),
                refresh_tokens.c.expires_at > now,
            )
            .values(
                rotated_at=now,
                successor=seal_successor(token, issued),
                successor_hash=digest(issued.refresh_token),
            )
            .returning(refresh_tokens.c.scopes)
        )
        if taken is None:
            return None
        await connection.execute(
            update(refresh_tokens)
            .where(
                refresh_tokens.c.grant_id == grant.grant_id,
                refresh_tokens.c.successor_hash == digest(token),
            )
            .values(successor=None)
        )
        await store_tokens(connection, grant, issued, refresh_scopes=taken, refresh_end=refresh_end, now=now)
        return issued

    async def _repeat(self, connection: AsyncConnection, token: str) -> Issued | None:
        """Give the same successor again: within the grace, and only while nobody has used it."""
        old = (
            await connection.execute(
                select(refresh_tokens).where(refresh_tokens.c.token_hash == digest(token))
            )
        ).one_or_none()
        if old is None or old.successor is None or old.rotated_at is None:
            return None
        if not 0 <= self._grants.clock() - old.rotated_at <= GRACE_SECONDS:
            return None
        return open_successor(token, old.successor)

    async def _row(self, client_id: str, token: str) -> Row[Any] | None:
        async with self._grants.store.read() as connection:
            return (
                await connection.execute(
                    select(
                        refresh_tokens,
                        grants.c.user_id,
                        grants.c.client_id,
                        grants.c.resource,
                        grants.c.scopes.label("granted"),
                    )
                    .join(grants, grants.c.grant_id == refresh_tokens.c.grant_id)
                    .where(
                        refresh_tokens.c.token_hash == digest(token),
                        grants.c.client_id == client_id,
                        grants.c.revoked_at.is_(None),
                    )
                )
            ).one_or_none()
