"""A name for each request: in every log line, audit line and span that comes of it, and in the answer."""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from structlog.contextvars import bind_contextvars, get_contextvars, reset_contextvars

from auxcord.telemetry import traces

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, MutableMapping

    Message = MutableMapping[str, Any]
    Application = Callable[
        [Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]
    ]

_NAME: Final = "request_id"
HEADER: Final = b"x-request-id"


@contextmanager
def named_request(request_id: str | None = None) -> Iterator[str]:
    """Let everything inside the block belong to one request; a new name when none is given."""
    name = request_id or secrets.token_hex(8)
    traces.name_request(name)
    if get_contextvars().get(_NAME) == name:  # as in a task that the request itself began
        yield name
        return
    tokens = bind_contextvars(request_id=name)
    try:
        yield name
    finally:
        reset_contextvars(**tokens)


class RequestIds:
    """Middleware: names every HTTP request, and its answer. The name is ours; a client cannot choose it.

    Args:
        app: The application behind.
    """

    def __init__(self, app: Application) -> None:
        self._app = app

    async def __call__(self, scope: Message, receive: Any, send: Any) -> None:
        """Pass the request on under its name."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        with named_request() as name:
            scope.setdefault("state", {})[_NAME] = name

            async def signed(message: Message) -> None:
                if message["type"] == "http.response.start":
                    message["headers"] = [*message["headers"], (HEADER, name.encode())]
                await send(message)

            await self._app(scope, receive, signed)


def name_of(scope: Message) -> str | None:
    """Return the name a request was given; None if it came past the middleware."""
    name = scope.get("state", {}).get(_NAME)
    return name if isinstance(name, str) else None
