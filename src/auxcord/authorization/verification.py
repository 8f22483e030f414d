"""From a bearer token to the person behind it, remembered for half a second.

One database read for every call does not fit the budget of a call; half a second does, and a revocation
elsewhere still takes effect within a second. A revocation here takes effect at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fastmcp.server.auth import AccessToken
from sqlalchemy import bindparam, select

from auxcord.authorization.tokens import Kind, digest, is_token
from auxcord.store.schema import access_tokens, grants, seats

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from auxcord.store.engine import Store

FRESH_SECONDS: Final = 0.5
REMEMBERED: Final = 8192
"""At most so many tokens are remembered, unknown ones included; the oldest go first."""
APP_CLAIM: Final = "spotify_app"
"""The claim that holds the client id of the Spotify app the person is linked through."""

_LOOK_UP: Final = (
    select(access_tokens, grants.c.user_id, grants.c.client_id, seats.c.client_id.label("app"))
    .join(grants, grants.c.grant_id == access_tokens.c.grant_id)
    .outerjoin(seats, seats.c.user_id == grants.c.user_id)
    .where(
        access_tokens.c.token_hash == bindparam("token_hash"),
        access_tokens.c.expires_at > bindparam("now"),  # so that an expired token costs what an unknown does
        grants.c.revoked_at.is_(None),
    )
)

_STILL_VALID: Final = (
    select(access_tokens.c.token_hash)
    .join(grants, grants.c.grant_id == access_tokens.c.grant_id)
    .where(
        access_tokens.c.token_hash.in_(bindparam("hashes", expanding=True)),
        access_tokens.c.expires_at > bindparam("now"),
        grants.c.revoked_at.is_(None),
    )
)
_AT_ONCE: Final = 500


class Verification:
    """Verifies access tokens.

    Args:
        store: Where their hashes are.
        issuer: Our issuer identifier.
        clock: Unix seconds.
    """

    def __init__(self, store: Store, *, issuer: str, clock: Callable[[], float]) -> None:
        self._store = store
        self._issuer = issuer
        self._clock = clock
        self._seen: dict[bytes, tuple[float, AccessToken | None]] = {}
        self._changes = 0

    async def verify(self, token: str) -> AccessToken | None:
        """Return who and what a token stands for; None if it is not valid.

        The result carries the grant's id instead of the token: whatever logs it or keys a cache by it never
        holds a credential.

        Raises:
            StoreUnavailableError: Nobody can tell right now.
        """
        token_hash = digest(token)
        now = self._clock()
        seen = self._seen.get(token_hash)
        if seen is not None and 0 <= now - seen[0] <= FRESH_SECONDS:
            return _unless_expired(seen[1], now)
        if not is_token(token, Kind.ACCESS):
            return None
        changes = self._changes
        found = await self._look_up(token_hash, now)
        if changes == self._changes:  # a revocation while we read must not be overwritten by what we read
            self._remember(token_hash, now, found)
        return _unless_expired(found, now)

    async def still_valid(self, tokens: Collection[str]) -> frozenset[str]:
        """Return those of many tokens that are valid at this moment; one look at the store for 500 of them.

        Raises:
            StoreUnavailableError: Nobody can tell right now.
        """
        by_hash = {digest(token): token for token in tokens}
        hashes, now = list(by_hash), self._clock()
        valid: set[str] = set()
        for start in range(0, len(hashes), _AT_ONCE):
            some = {"hashes": hashes[start : start + _AT_ONCE], "now": now}
            valid |= {by_hash[row.token_hash] for row in await self._store.fetch(_STILL_VALID, some)}
        return frozenset(valid)

    def forget(self, grant_id: str) -> None:
        """Forget what was remembered about a grant, because it was revoked or changed."""
        self._changes += 1
        stale = [key for key, (_, found) in self._seen.items() if found and found.token == grant_id]
        for key in stale:
            del self._seen[key]

    def _remember(self, token_hash: bytes, now: float, found: AccessToken | None) -> None:
        self._seen.pop(token_hash, None)
        while len(self._seen) >= REMEMBERED:
            del self._seen[next(iter(self._seen))]
        self._seen[token_hash] = (now, found)

    async def _look_up(self, token_hash: bytes, now: float) -> AccessToken | None:
        rows = await self._store.fetch(_LOOK_UP, {"token_hash": token_hash, "now": now})
        if not rows:
            return None
        row = rows[0]
        return AccessToken(
            token=row.grant_id,
            client_id=row.client_id,
            scopes=row.scopes.split(),
            expires_at=int(row.expires_at),
            resource=row.resource,
            subject=row.user_id,
            claims={"iss": self._issuer, APP_CLAIM: row.app},
        )


def _unless_expired(found: AccessToken | None, now: float) -> AccessToken | None:
    return None if found is None or (found.expires_at or 0) <= now else found
