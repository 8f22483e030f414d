"""A person signed in to the account page: for fifteen minutes, in one browser, known to us by a hash."""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import delete, insert, select

from auxcord.audit import Event
from auxcord.authorization.cookies import cookie_of
from auxcord.authorization.tokens import digest, new_secret
from auxcord.store.schema import page_sessions

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection
    from starlette.requests import Request
    from starlette.responses import Response

    from auxcord.audit import Trail
    from auxcord.store.engine import Store

SESSION_SECONDS: Final = 15 * 60
_VALUE: Final = re.compile(r"[A-Za-z0-9_-]{43}")


class PageSession(NamedTuple):
    """Somebody signed in."""

    secret: str
    user_id: str

    def __repr__(self) -> str:
        return f"PageSession(user_id={self.user_id!r})"

    def proof(self, step: str) -> str:
        """Make what a form of this session carries, so that no other site can send it (CSRF).

        Args:
            step: Which page shows the form: what a later page confirms cannot be sent from an earlier one.
        """
        return hmac.new(self.secret.encode(), f"account\n{step}".encode(), hashlib.sha256).hexdigest()

    def is_proof(self, presented: str, step: str) -> bool:
        """Whether a form comes from a page of this session."""
        return hmac.compare_digest(presented.encode(), self.proof(step).encode())


class PageSessions:
    """The sessions in the store.

    Args:
        store: Where their hashes are.
        trail: Told of every sign-in.
        clock: Unix seconds.
    """

    def __init__(self, store: Store, trail: Trail, *, clock: Callable[[], float]) -> None:
        self._store = store
        self._trail = trail
        self._clock = clock

    async def open(self, user_id: str) -> PageSession:
        """Begin a session of a person who has just proved who they are."""
        session = PageSession(new_secret(), user_id)
        now = self._clock()
        row = {
            "session_hash": digest(session.secret),
            "user_id": user_id,
            "created_at": now,
            "expires_at": now + SESSION_SECONDS,
        }

        def begin(connection: Connection) -> None:
            connection.execute(insert(page_sessions), row)
            self._trail.entry(connection, Event.SIGNED_IN, user=user_id, page="account")

        await self._store.transact(begin)
        return session

    async def find(self, secret: str | None) -> PageSession | None:
        """Return the session of a cookie; None if there is none, or it is over."""
        if secret is None:
            return None
        rows = await self._store.fetch(
            select(page_sessions.c.user_id).where(
                page_sessions.c.session_hash == digest(secret), page_sessions.c.expires_at > self._clock()
            )
        )
        return PageSession(secret, rows[0].user_id) if rows else None

    async def end(self, session: PageSession) -> None:
        """End a session."""
        mine = page_sessions.c.session_hash == digest(session.secret)
        await self._store.transact(lambda connection: connection.execute(delete(page_sessions).where(mine)))

    async def sweep(self) -> None:
        """Remove the sessions that are over."""
        over = page_sessions.c.expires_at <= self._clock()
        await self._store.transact(lambda connection: connection.execute(delete(page_sessions).where(over)))


class SessionCookie:
    """The cookie that holds a session's secret.

    Args:
        secure: Whether people reach us over https; then the name carries the `__Host-` promise (RFC 6265bis).
    """

    def __init__(self, *, secure: bool) -> None:
        self._secure = secure
        self._name: Final = "__Host-aux_account" if secure else "aux_account"

    def read(self, request: Request) -> str | None:
        """Read it; None if there is nothing usable."""
        value = cookie_of(request, self._name)
        return value if value is not None and _VALUE.fullmatch(value) else None

    def keep(self, response: Response, session: PageSession) -> None:
        """Make the browser hold it as long as the session lasts.

        Lax, not Strict: the way back from Spotify is a navigation from another site.
        """
        response.set_cookie(
            self._name,
            session.secret,
            max_age=SESSION_SECONDS,
            path="/",
            secure=self._secure,
            httponly=True,
            samesite="lax",
        )

    def drop(self, response: Response) -> None:
        """Make the browser forget it."""
        response.delete_cookie(self._name, path="/", secure=self._secure, httponly=True, samesite="lax")
