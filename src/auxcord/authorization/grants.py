"""Grants: what one person gave one client. Every token belongs to one, and ends with it.

All tokens that descend from one sign-in form a family; the grant is its head. Revoking the grant ends the
family: by the client (RFC 7009), by the person, or because a code or refresh token was used twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from mcp.server.auth.provider import TokenError
from sqlalchemy import delete, insert, or_, select, union, update

from auxcord.audit import Event
from auxcord.authorization.scopes import names_of, permissions_of
from auxcord.authorization.tokens import Issued, Kind, digest, is_token, new_token
from auxcord.store.schema import access_tokens, clients, codes, grants, refresh_tokens

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection

    from sqlalchemy import Connection, Row

    from auxcord.audit import Trail
    from auxcord.caller import Permission
    from auxcord.store.engine import Store

ACCESS_SECONDS: Final = 3600
REFRESH_SECONDS: Final = 30 * 24 * 3600
GRACE_SECONDS: Final = 30
"""How long a replaced refresh token still answers with its successor."""
KEPT_SECONDS: Final = 24 * 3600
"""How long dead grants and used codes stay, so that a late second use is still recognised."""


class RefusedError(TokenError):
    """The token endpoint refuses.

    A subclass without `@dataclass`: the SDK's own is frozen, so it cannot pass through a context manager
    built from a generator, which sets `__traceback__`.
    """


def invalid_grant(description: str) -> RefusedError:
    """Refuse a code or refresh token (RFC 6749 section 5.2)."""
    return RefusedError("invalid_grant", description)


class Grant(NamedTuple):
    """What a person gave a client, and is still valid."""

    grant_id: str
    user_id: str
    client_id: str
    permissions: frozenset[Permission]
    resource: str


class Family(NamedTuple):
    """What every token of a grant has in common."""

    grant_id: str
    client_id: str
    resource: str


class Grants:
    """The grants in the store.

    Args:
        store: Where they are.
        clock: Unix seconds.
        consent_end: Tells until when (unix seconds) Spotify honours a person's consent; None if the person
            has no account linked.
        refresh_seconds: How long a refresh token lives, if the consent lasts as long.
        on_change: Called with the grant id at once when a grant is revoked or widened here.
        trail: Told of every change, in the same transaction.
    """

    def __init__(
        self,
        store: Store,
        *,
        clock: Callable[[], float],
        consent_end: Callable[[str], Awaitable[float | None]],
        refresh_seconds: float = REFRESH_SECONDS,
        on_change: Callable[[str], None],
        trail: Trail,
    ) -> None:
        self.store = store
        self.clock = clock
        self._consent_end = consent_end
        self._refresh_seconds = refresh_seconds
        self._on_change = on_change
        self.trail = trail

    async def find(self, grant_id: str) -> Grant | None:
        """Find a grant that was not revoked."""
        rows = await self.store.fetch(
            select(grants).where(grants.c.grant_id == grant_id, grants.c.revoked_at.is_(None))
        )
        for row in rows:
            permissions = permissions_of(row.scopes.split())
            return Grant(row.grant_id, row.user_id, row.client_id, permissions, row.resource)
        return None

    async def given_by(self, user_id: str) -> frozenset[Permission]:
        """Tell what a person has given to clients, taken together."""
        given = await self.store.fetch(
            select(grants.c.scopes).where(grants.c.user_id == user_id, grants.c.revoked_at.is_(None))
        )
        return frozenset(name for row in given for name in permissions_of(row.scopes.split()))

    async def refresh_end(self, user_id: str) -> float:
        """Until when a refresh token issued now may live: 30 days or as set, never past the Spotify consent.

        Raises:
            RefusedError: The consent has ended, or the account is no longer linked.
        """
        now = self.clock()
        end = await self._consent_end(user_id)
        if end is None or end <= now:
            raise invalid_grant("the person's consent at Spotify has ended; sign in again")
        return min(now + self._refresh_seconds, end)

    async def widen(self, grant_id: str, permissions: Collection[Permission]) -> bool:
        """Add permissions to a grant: tokens that had all of it get the rest too, without any client's help.

        Returns:
            Whether the grant was there to be widened.
        """

        def widen(connection: Connection) -> bool:
            widened = _widen(connection, grant_id, permissions)
            if widened is not None:
                whose = {"user": widened.user_id, "client": widened.client_id}
                self.trail.entry(connection, Event.SIGNED_IN, **whose)
                self.trail.entry(connection, Event.CONSENT_CHANGED, **whose, permissions=widened.scopes)
            return widened is not None

        widened = await self.store.transact(widen)
        self._on_change(grant_id)
        return widened

    async def revoke(self, grant_id: str, *, by: str, because: Event | None = None) -> None:
        """End a grant and every token of its family; revoking twice is harmless.

        Args:
            grant_id: Which.
            by: Who ended it: `client`, `person` or `server`.
            because: What was noticed, if that is why.
        """
        now = self.clock()

        def end(connection: Connection) -> None:
            ended = _end_family(connection, grant_id, now)
            for event in (because, Event.ACCESS_REVOKED) if ended is not None else ():
                if ended is not None and event is not None:
                    self.trail.entry(connection, event, user=ended.user_id, client=ended.client_id, by=by)

        await self.store.transact(end)
        self._on_change(grant_id)

    async def revoke_client(self, user_id: str, client_id: str) -> None:
        """End everything a person gave a client, because the person wants it."""
        given = await self.store.fetch(
            select(grants.c.grant_id).where(
                grants.c.user_id == user_id, grants.c.client_id == client_id, grants.c.revoked_at.is_(None)
            )
        )
        for row in given:
            await self.revoke(row.grant_id, by="person")

    async def revoke_presented(self, client_id: str, token: str) -> None:
        """End the grant a client's own access or refresh token belongs to; anything else is left alone."""
        for kind, table in ((Kind.ACCESS, access_tokens), (Kind.REFRESH, refresh_tokens)):
            if not is_token(token, kind):
                continue
            found = await self.store.fetch(
                select(grants.c.grant_id)
                .join(table, table.c.grant_id == grants.c.grant_id)
                .where(table.c.token_hash == digest(token), grants.c.client_id == client_id)
            )
            for row in found:
                await self.revoke(row.grant_id, by="client")

    async def sweep(self) -> None:
        """Remove what has expired, and grants nothing can be done with any more."""
        now = self.clock()
        await self.store.transact(lambda connection: _sweep(connection, now))


def _sweep(connection: Connection, now: float) -> None:
    connection.execute(delete(access_tokens).where(access_tokens.c.expires_at <= now))
    connection.execute(delete(refresh_tokens).where(refresh_tokens.c.expires_at <= now))
    connection.execute(delete(codes).where(codes.c.expires_at <= now - KEPT_SECONDS))
    connection.execute(
        update(refresh_tokens)
        .where(refresh_tokens.c.rotated_at <= now - GRACE_SECONDS, refresh_tokens.c.successor.is_not(None))
        .values(successor=None)
    )
    in_use = union(*(select(table.c.grant_id) for table in (refresh_tokens, access_tokens, codes)))
    connection.execute(
        delete(grants).where(
            or_(
                grants.c.revoked_at <= now - KEPT_SECONDS,
                grants.c.grant_id.not_in(in_use) & (grants.c.created_at <= now - KEPT_SECONDS),
            )
        )
    )


def _widen(
    connection: Connection, grant_id: str, permissions: Collection[Permission]
) -> Row[*tuple[Any, ...]] | None:
    """Add permissions to a grant; returns whose it is and what it holds now, None if it is gone."""
    whole = select(grants.c.user_id, grants.c.client_id, grants.c.scopes).where(
        grants.c.grant_id == grant_id, grants.c.revoked_at.is_(None)
    )
    row = connection.execute(whole).one_or_none()
    if row is None:
        return None
    held = row.scopes
    wider = " ".join(names_of(permissions_of(held.split()) | frozenset(permissions)))
    for table in (grants, access_tokens, refresh_tokens):
        connection.execute(
            update(table).where(table.c.grant_id == grant_id, table.c.scopes == held).values(scopes=wider)
        )
    return connection.execute(whole).one()


def _end_family(connection: Connection, grant_id: str, now: float) -> Row[*tuple[Any, ...]] | None:
    """End a grant; returns whose it was, None if it had ended before."""
    ended = connection.execute(
        update(grants)
        .where(grants.c.grant_id == grant_id, grants.c.revoked_at.is_(None))
        .values(revoked_at=now)
        .returning(grants.c.user_id, grants.c.client_id)
    ).one_or_none()
    for table in (access_tokens, refresh_tokens):
        connection.execute(delete(table).where(table.c.grant_id == grant_id))
    return ended


def make_tokens(scopes: Collection[str], now: float) -> Issued:
    """Make the tokens of one answer; nothing is stored yet."""
    return Issued(new_token(Kind.ACCESS), new_token(Kind.REFRESH), now + ACCESS_SECONDS, tuple(scopes))


def store_tokens(
    connection: Connection,
    family: Family,
    issued: Issued,
    *,
    refresh_scopes: str,
    refresh_end: float,
    now: float,
) -> None:
    """Store the hashes of issued tokens, in the caller's transaction, and note that the grant is in use."""
    connection.execute(
        insert(access_tokens).values(
            token_hash=digest(issued.access_token),
            grant_id=family.grant_id,
            scopes=" ".join(issued.scopes),
            resource=family.resource,
            created_at=now,
            expires_at=issued.expires_at,
        )
    )
    connection.execute(
        insert(refresh_tokens).values(
            token_hash=digest(issued.refresh_token),
            grant_id=family.grant_id,
            scopes=refresh_scopes,
            created_at=now,
            expires_at=refresh_end,
        )
    )
    connection.execute(update(grants).where(grants.c.grant_id == family.grant_id).values(last_used_at=now))
    connection.execute(
        update(clients).where(clients.c.client_id == family.client_id).values(last_used_at=now)
    )
