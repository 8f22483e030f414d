"""Authorization codes: 60 seconds, one use, and a second use ends what the first one issued."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final, NamedTuple

import structlog
from mcp.server.auth.provider import AuthorizationCode
from pydantic import AnyUrl
from sqlalchemy import insert, select, update

from auxcord.audit import Event
from auxcord.authorization.grants import Family, invalid_grant, make_tokens, store_tokens
from auxcord.authorization.scopes import names_of
from auxcord.authorization.tokens import digest, new_secret
from auxcord.store.schema import codes, grants

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from auxcord.authorization.grants import Grants
    from auxcord.authorization.tokens import Issued
    from auxcord.caller import Permission

CODE_SECONDS: Final = 60

log = structlog.get_logger(__name__)


class Consent(NamedTuple):
    """What a person agreed to, and what the client said when it asked."""

    user_id: str
    client_id: str
    permissions: frozenset[Permission]
    resource: str
    redirect_uri: str
    redirect_uri_explicit: bool
    code_challenge: str


class Codes:
    """The authorization codes in the store."""

    def __init__(self, grants: Grants) -> None:
        self._grants = grants

    async def issue(self, consent: Consent) -> str:
        """Open a grant for what a person agreed to, and make the code that the client trades for tokens."""
        now = self._grants.clock()
        code = new_secret()
        trail, whose = self._grants.trail, {"user": consent.user_id, "client": consent.client_id}

        def issue(connection: Connection) -> None:
            _issue(connection, consent, code, now)
            trail.entry(connection, Event.SIGNED_IN, **whose)
            permissions = " ".join(names_of(consent.permissions))
            trail.entry(connection, Event.CONSENT_GIVEN, **whose, permissions=permissions)

        await self._grants.store.transact(issue)
        return code

    async def find(self, client_id: str, code: str) -> AuthorizationCode | None:
        """Find a client's code without using it up.

        A used code is found too, whatever its age: only after the endpoint has checked redirect URI and PKCE
        may its second use end the family, or anybody who saw the code could end it.
        """
        now = self._grants.clock()
        rows = await self._grants.store.fetch(
            select(codes, grants.c.user_id)
            .join(grants, grants.c.grant_id == codes.c.grant_id)
            .where(codes.c.code_hash == digest(code), codes.c.client_id == client_id)
        )
        row = rows[0] if rows else None
        if row is None or (row.redeemed_at is None and row.expires_at <= now):
            return None
        return AuthorizationCode(
            code=code,
            scopes=row.scopes.split(),
            expires_at=row.expires_at,
            client_id=row.client_id,
            code_challenge=row.code_challenge,
            redirect_uri=AnyUrl(row.redirect_uri),
            redirect_uri_provided_explicitly=row.redirect_uri_explicit,
            resource=row.resource,
            subject=row.user_id,
        )

    async def redeem(self, client_id: str, code: str, user_id: str) -> Issued:
        """Trade a code for tokens, once; one SQL statement decides who comes first.

        Raises:
            RefusedError: The code is used, expired or unknown. If it was used before, the tokens it gave
                are dead now (RFC 6749 section 4.1.2, RFC 9700 section 4.5).
        """
        refresh_end = await self._grants.refresh_end(user_id)
        now = self._grants.clock()

        def take(connection: Connection) -> tuple[Issued | None, str | None]:
            taken = _take(connection, client_id, code, refresh_end=refresh_end, now=now)
            if taken[0] is not None:
                self._grants.trail.entry(connection, Event.TOKEN_ISSUED, user=user_id, client=client_id)
            return taken

        issued, ended = await self._grants.store.transact(take)
        if ended is not None:
            log.warning("a code was used twice; its grant has ended", grant=ended, client=client_id)
            await self._grants.revoke(ended, by="server", because=Event.CODE_REPLAYED)
        if issued is None:
            raise invalid_grant("authorization code is used, expired or unknown")
        return issued


def _issue(connection: Connection, consent: Consent, code: str, now: float) -> None:
    scopes = " ".join(names_of(consent.permissions))
    grant_id = secrets.token_hex(16)
    connection.execute(
        insert(grants).values(
            grant_id=grant_id,
            user_id=consent.user_id,
            client_id=consent.client_id,
            scopes=scopes,
            resource=consent.resource,
            created_at=now,
            last_used_at=now,
        )
    )
    connection.execute(
        insert(codes).values(
            code_hash=digest(code),
            grant_id=grant_id,
            client_id=consent.client_id,
            redirect_uri=consent.redirect_uri,
            redirect_uri_explicit=consent.redirect_uri_explicit,
            code_challenge=consent.code_challenge,
            resource=consent.resource,
            scopes=scopes,
            expires_at=now + CODE_SECONDS,
        )
    )


def _take(
    connection: Connection, client_id: str, code: str, *, refresh_end: float, now: float
) -> tuple[Issued | None, str | None]:
    """Return what was issued, or the grant that a second use must end."""
    mine = (codes.c.code_hash == digest(code), codes.c.client_id == client_id)
    taken = connection.execute(
        update(codes)
        .where(*mine, codes.c.redeemed_at.is_(None), codes.c.expires_at > now)
        .values(redeemed_at=now)
        .returning(codes.c.grant_id, codes.c.scopes)
    ).one_or_none()
    if taken is None:
        used = select(codes.c.grant_id).where(*mine, codes.c.redeemed_at.is_not(None))
        return None, connection.scalar(used)
    resource = connection.scalar(
        select(grants.c.resource).where(grants.c.grant_id == taken.grant_id, grants.c.revoked_at.is_(None))
    )
    if resource is None:
        return None, None
    issued = make_tokens(taken.scopes.split(), now)
    family = Family(taken.grant_id, client_id, resource)
    store_tokens(connection, family, issued, refresh_scopes=taken.scopes, refresh_end=refresh_end, now=now)
    return issued, None
