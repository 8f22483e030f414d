"""The sessions of 2025-11-25 clients: bounded for each person and in all, the idle ones going first.

Each belongs to one person and client, which the SDK sees to: to everybody else it does not exist. A session
takes about 44 KB, so nobody may keep as many as they like. Clients of later revisions have none.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import anyio
from fastmcp.server.http import StreamableHTTPASGIApp
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS
from starlette.datastructures import Headers
from starlette.responses import JSONResponse

from auxcord.telemetry.metrics import SESSIONS_OPEN

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    from mcp.server.streamable_http import StreamableHTTPServerTransport
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
    from starlette.applications import Starlette
    from starlette.types import ASGIApp, Lifespan, Receive, Scope, Send

IDLE_SECONDS: Final = 300
"""A session nobody has used for so long ends."""
MOST: Final = 2000
"""So many in all: at 44 KB each, 88 MB."""
MOST_EACH: Final = 50
"""So many of one person."""
LARGEST: Final = 1024 * 1024
"""Bytes of a message: ten thousand URIs, the most a tool takes, are 400 KB. It is held until it is whole."""
SPARED_SECONDS: Final = 10
"""A session used so recently is not ended to make room."""


class _Session(NamedTuple):
    manager: StreamableHTTPSessionManager
    session_id: str
    transport: StreamableHTTPServerTransport
    owner: str | None

    @property
    def idle(self) -> float:
        """Seconds since it was last in use; below zero while it is."""
        scope = self.transport.idle_scope
        return -1.0 if scope is None else anyio.current_time() - (scope.deadline - IDLE_SECONDS)


class Sessions:
    """The sessions that are open; what keeps them exists only while the application runs."""

    def __init__(self) -> None:
        self._managers: list[StreamableHTTPSessionManager] = []

    async def make_room(self, person: str) -> bool:
        """End idle sessions until one more of this person's fits, and say whether it does.

        Where only the room for everybody is used up, the session that is idle longest goes, whoever's it is;
        the SDK refuses when there is none.
        """
        everybodys = list(self._open())
        theirs = [session for session in everybodys if session.owner == person]
        if len(theirs) >= MOST_EACH:
            return await _end_idlest(theirs)
        if len(everybodys) >= MOST:
            await _end_idlest(everybodys)
        return True

    def bounded(self, app: Starlette) -> Lifespan[Any]:
        """Wrap the application's lifespan so that its sessions are known and bounded."""
        inner = app.router.lifespan_context

        @asynccontextmanager
        async def lifespan(application: Starlette) -> AsyncIterator[Any]:
            async with inner(application) as state:
                self._managers = [
                    endpoint.session_manager
                    for endpoint in _mcp_endpoints(app)
                    if endpoint.session_manager is not None
                ]
                for manager in self._managers:
                    manager.max_sessions = MOST
                    manager.asgi_app.max_body_size = LARGEST
                with SESSIONS_OPEN.told_by(self._count):
                    yield state

        return lifespan

    def _count(self) -> dict[tuple[str, ...], float]:
        return {(): float(sum(1 for _ in self._open()))}

    def _open(self) -> Iterator[_Session]:
        """Yield what is open; the SDK tells nobody else."""
        for manager in self._managers:
            for session_id, transport in manager._server_instances.items():  # noqa: SLF001 - as said
                owner = manager._session_owners.get(session_id)  # noqa: SLF001 - as said
                yield _Session(manager, session_id, transport, owner["subject"] if owner else None)


async def _end_idlest(sessions: list[_Session]) -> bool:
    idlest = max(sessions, key=lambda session: session.idle)
    if idlest.idle < SPARED_SECONDS:
        return False
    await idlest.manager._discard_session(idlest.session_id, idlest.transport)  # noqa: SLF001 - what DELETE does
    return True


def _mcp_endpoints(app: Starlette) -> list[StreamableHTTPASGIApp]:
    endpoints = [getattr(route, "endpoint", None) for route in app.routes]
    inner = [getattr(endpoint, "app", endpoint) for endpoint in endpoints]
    return [endpoint for endpoint in inner if isinstance(endpoint, StreamableHTTPASGIApp)]


class SessionLimit:
    """Middleware: lets one person have only so many sessions, so that nobody uses up everybody's.

    Args:
        app: The application behind.
        sessions: Those that are open.
        refused: Told who was refused one more.
    """

    def __init__(
        self, app: ASGIApp, *, sessions: Sessions, refused: Callable[[str], Awaitable[None]]
    ) -> None:
        self._app = app
        self._sessions = sessions
        self._refused = refused

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse to open another session."""
        if scope["type"] == "http" and scope["method"] == "GET":
            # Nothing is kept to be sent again, and the SDK has no answer at all then: a stream begins anew.
            scope["headers"] = [header for header in scope["headers"] if header[0] != b"last-event-id"]
        person = _opens_session(scope)
        if person is not None and not await self._sessions.make_room(person):
            await self._refused(person)
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
