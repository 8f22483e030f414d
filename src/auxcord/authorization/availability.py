"""When our store is down: say "come back" (503), never "who are you" (401).

A client that is told 401 throws its tokens away and starts a sign-in that cannot work either; some never
recover. So while the store is known to be down, `/mcp` and `/token` answer 503 to everybody, token or not.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

import structlog
from fastmcp.server.auth.auth import TokenVerificationError
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from sqlalchemy import select
from starlette.authentication import AuthCredentials, AuthenticationBackend, AuthenticationError
from starlette.responses import JSONResponse, Response

from auxcord.errors import StoreError
from auxcord.store.schema import grants

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastmcp.server.auth import OAuthProvider
    from starlette.requests import HTTPConnection
    from starlette.types import ASGIApp, Receive, Scope, Send

    from auxcord.store.engine import Store

log = structlog.get_logger(__name__)

RETRY_AFTER: Final = 2
_PROBE_SECONDS: Final = 0.5


class Outage:
    """Knows whether the store is down: from whoever met it, and by looking again while it is.

    Args:
        store: The store.
        clock: Seconds that only go forward.
    """

    def __init__(self, store: Store, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._clock = clock
        self._down = False
        self._looked_at = 0.0

    @property
    def is_suspected(self) -> bool:
        """Whether the store failed when it was last used; cheap enough for every request."""
        return self._down

    def met(self) -> None:
        """Note that the store has just failed. The next request looks at once: perhaps only writing fails."""
        if not self._down:
            self._down = True
            self._looked_at = self._clock() - _PROBE_SECONDS
            log.error("the store fails")

    async def is_on(self) -> bool:
        """Whether the store is still down; looks again at most twice a second, and only after a failure."""
        if self._down and self._clock() - self._looked_at >= _PROBE_SECONDS:
            self._looked_at = self._clock()
            try:
                await self._store.fetch(select(grants.c.grant_id).limit(1))
            except StoreError:
                return True
            self._down = False
            log.warning("the store can be read again")
        return self._down


def unavailable(retry_after: float | None = None) -> Response:
    """Answer a client program that we cannot help right now."""
    return JSONResponse(
        {"error": "temporarily_unavailable", "error_description": "try again in a few seconds"},
        503,
        {"Retry-After": str(int(retry_after or RETRY_AFTER)), "Cache-Control": "no-store"},
    )


class OutageGate:
    """Middleware: answers 503 to some paths while the store is down.

    Args:
        app: The application behind.
        outage: Knows.
        paths: The paths, below the application's root.
    """

    def __init__(self, app: ASGIApp, outage: Outage, paths: frozenset[str]) -> None:
        self._app = app
        self._outage = outage
        self._paths = paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request pass, or answer 503."""
        closed = self._outage.is_suspected and scope["type"] == "http" and path_of(scope) in self._paths
        if closed and await self._outage.is_on():
            await unavailable()(scope, receive, send)
        else:
            await self._app(scope, receive, send)


class UnavailableError(AuthenticationError):
    """Nobody can tell right now whether the token is valid."""


class BearerBackend(AuthenticationBackend):
    """Verifies the bearer token of MCP requests, and only of those; it must have been issued for us.

    Args:
        verifier: Verifies tokens.
        resource: The resource tokens must be for, as we write it into them.
        path: The path of the MCP endpoint.
        outage: Told when the store fails.
    """

    def __init__(self, verifier: OAuthProvider, *, resource: str, path: str, outage: Outage) -> None:
        self._verifier = verifier
        self._resource = resource
        self._path = path
        self._outage = outage

    async def authenticate(self, conn: HTTPConnection) -> tuple[AuthCredentials, AuthenticatedUser] | None:
        """Return who is calling; None if nobody can be told from the request.

        Raises:
            UnavailableError: The store is down.
        """
        token = _bearer_of(conn.scope) if path_of(conn.scope) == self._path else None
        if token is None:
            return None
        try:
            found = await self._verifier.verify_token(token)
        except TokenVerificationError:
            self._outage.met()
            raise UnavailableError from None
        if found is None or found.resource != self._resource:
            return None
        return AuthCredentials(found.scopes), AuthenticatedUser(found)


def _bearer_of(scope: Any) -> str | None:
    """Return the bearer token of a request; None without one, or with more than one Authorization header."""
    values: list[bytes] = [value for name, value in scope["headers"] if name == b"authorization"]
    if len(values) != 1 or values[0][:7].lower() != b"bearer ":
        return None
    return values[0][7:].decode("latin-1")


def path_of(scope: Any) -> str:
    """Return the path of a request below the application's own root; mounting leaves the whole path in it."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))
