"""Streams that outlive the permission they were opened with, and sessions one person may keep open.

An MCP client may hold a stream open for hours. The token is checked when it opens; this looks again while it
stays open, so that a revoked client does not go on listening.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from fastmcp.server.auth.auth import TokenVerificationError
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS
from starlette.datastructures import Headers
from starlette.responses import JSONResponse

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOK_SECONDS: Final = 5.0
SESSIONS_EACH: Final = 50
_DISCONNECT: Final = {"type": "http.disconnect"}


class RevocationWatch:
    """Middleware: ends a stream when its token is no longer valid.

    Args:
        app: The application behind.
        is_valid: Whether a bearer token is still good.
        sleep: Waits so many seconds.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        is_valid: Callable[[str], Awaitable[bool]],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._app = app
        self._is_valid = is_valid
        self._sleep = sleep

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and watch it if it is a stream."""
        token = _token_of_stream(scope)
        if token is None:
            await self._app(scope, receive, send)
            return
        watching = asyncio.create_task(self._watch(token))
        under_way = False

        async def noted(message: Message) -> None:
            nonlocal under_way
            under_way = message["type"] == "http.response.start" or bool(message.get("more_body"))
            await send(message)

        try:
            await self._app(scope, _until(receive, watching), noted)
            if under_way and watching.done():
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            watching.cancel()

    async def _watch(self, token: str) -> None:
        """Return when the token is no longer valid."""
        valid = True
        while valid:
            await self._sleep(LOOK_SECONDS)
            try:
                valid = await self._is_valid(token)
            except TokenVerificationError:
                continue  # nobody can tell right now; an outage ends no stream


def _until(receive: Receive, watching: asyncio.Task[None]) -> Receive:
    """Tell the application that the client is gone once the watch has ended."""

    async def received() -> Message:
        waiting: asyncio.Task[Message] = asyncio.ensure_future(_message(receive))
        try:
            await asyncio.wait({waiting, watching}, return_when=asyncio.FIRST_COMPLETED)
            return waiting.result() if waiting.done() else dict(_DISCONNECT)
        finally:
            waiting.cancel()

    return received


async def _message(receive: Receive) -> Message:
    return await receive()


def _token_of_stream(scope: Scope) -> str | None:
    """Return the bearer token of a request that opens a long stream, in either revision."""
    if scope["type"] != "http" or not isinstance(scope.get("user"), AuthenticatedUser):
        return None
    headers = Headers(scope=scope)
    if scope["method"] != "GET" and headers.get("mcp-method") != "subscriptions/listen":
        return None
    return headers["authorization"][len("bearer ") :]


class SessionLimit:
    """Middleware: bounds the sessions one person has open, so that nobody uses up everybody's.

    Only 2025-11-25 clients have sessions. Those of later revisions are not looked at.

    Args:
        app: The application behind.
        owners: Returns who owns the sessions that are open.
        most: How many one person may have.
    """

    def __init__(
        self, app: ASGIApp, *, owners: Callable[[], list[str | None]], most: int = SESSIONS_EACH
    ) -> None:
        self._app = app
        self._owners = owners
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse to open another session."""
        person = _opens_session(scope)
        if person is not None and self._owners().count(person) >= self._most:
            await _too_many()(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def _opens_session(scope: Scope) -> str | None:
    """Return the person who is about to open a session."""
    user = scope.get("user")
    if scope["type"] != "http" or scope["method"] != "POST" or not isinstance(user, AuthenticatedUser):
        return None
    headers = Headers(scope=scope)
    version = headers.get("mcp-protocol-version")
    if "mcp-session-id" in headers or (version is not None and version not in HANDSHAKE_PROTOCOL_VERSIONS):
        return None
    return user.access_token.subject


def _too_many() -> JSONResponse:
    error: dict[str, Any] = {"code": -32000, "message": "You have too many sessions open; close some."}
    return JSONResponse({"jsonrpc": "2.0", "id": None, "error": error}, 429, {"Retry-After": "60"})
