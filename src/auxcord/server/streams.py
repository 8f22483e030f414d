"""Streams that outlive the permission they were opened with.

An MCP client may hold a stream open for hours. The token is checked when it opens; this looks again while it
stays open, for all streams together, so that a revoked client stops listening within a second.
"""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from fastmcp.server.auth.auth import TokenVerificationError
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from starlette.datastructures import Headers

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Iterator

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from auxcord.server.draining import Draining

LOOK_SECONDS: Final = 0.5
_DISCONNECT: Final = {"type": "http.disconnect"}


class RevocationWatch:
    """Middleware: ends a stream when its token is no longer valid.

    Args:
        app: The application behind.
        still_valid: Returns those of some bearer tokens that are still good, asking the store.
        sleep: Waits so many seconds.
        draining: Ends all streams when this process is about to end; they would keep it for hours.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        still_valid: Callable[[Collection[str]], Awaitable[frozenset[str]]],
        sleep: Callable[[float], Awaitable[None]],
        draining: Draining | None = None,
    ) -> None:
        self._app = app
        self._still_valid = still_valid
        self._sleep = sleep
        self._streams: dict[str, set[asyncio.Event]] = {}
        self._watch: asyncio.Task[None] | None = None
        if draining is not None:
            draining.on_leaving(self._end_all)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and watch it if it is a stream."""
        token = _token_of_stream(scope)
        if token is None:
            await self._app(scope, receive, send)
            return
        under_way = False

        async def noted(message: Message) -> None:
            nonlocal under_way
            under_way = message["type"] == "http.response.start" or bool(message.get("more_body"))
            await send(message)

        with self._watched(token) as over:
            await self._app(scope, _until(receive, over), noted)
            if under_way and over.is_set():
                await send({"type": "http.response.body", "body": b"", "more_body": False})

    @contextmanager
    def _watched(self, token: str) -> Iterator[asyncio.Event]:
        """Set the event when the token is no longer valid."""
        over = asyncio.Event()
        self._streams.setdefault(token, set()).add(over)
        if self._watch is None:
            self._watch = asyncio.create_task(self._look())
        try:
            yield over
        finally:
            self._streams[token].discard(over)
            if not self._streams[token]:
                del self._streams[token]
            if not self._streams and self._watch is not None:
                self._watch.cancel()
                self._watch = None

    def _end_all(self) -> None:
        for streams in self._streams.values():
            for over in streams:
                over.set()

    async def _look(self) -> None:
        """Look again and again, until no stream is left."""
        while self._streams:
            await self._sleep(LOOK_SECONDS)
            tokens = frozenset(self._streams)
            try:
                valid = await self._still_valid(tokens)
            except TokenVerificationError:
                continue  # nobody can tell right now; an outage ends no stream
            for token in tokens - valid:
                for over in self._streams.get(token, ()):
                    over.set()


def _until(receive: Receive, over: asyncio.Event) -> Receive:
    """Tell the application that the client is gone once the stream is over."""

    async def received() -> Message:
        waiting: asyncio.Task[Message] = asyncio.ensure_future(_message(receive))
        ending = asyncio.create_task(over.wait())
        try:
            await asyncio.wait({waiting, ending}, return_when=asyncio.FIRST_COMPLETED)
            return waiting.result() if waiting.done() else dict(_DISCONNECT)
        finally:
            waiting.cancel()
            ending.cancel()

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
