"""What the SDK says in a validator's words is said in ours: short, and without repeating what was sent."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_DUMP: Final = b'"message":"Validation error: '
"""How the SDK's answer to a 2025-11-25 client begins whose message is none."""
_NO_MESSAGE: Final = {
    "jsonrpc": "2.0",
    "id": None,
    "error": {"code": -32600, "message": "The body must be one JSON-RPC request, notification or response."},
}


class Rewording:
    """Middleware: replaces a validator's report on a message that is none by one sentence.

    Args:
        app: The application behind.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and look at what refuses it."""
        held: Message | None = None

        async def looked_at(message: Message) -> None:
            nonlocal held
            if message["type"] == "http.response.start" and message["status"] == 400:
                held = message
            elif held is None:
                await send(message)
            elif _DUMP in message.get("body", b""):
                await JSONResponse(_NO_MESSAGE, 400)(scope, receive, send)
            else:
                begun, held = held, None
                await send(begun)
                await send(message)

        with suppress(ClientDisconnect):  # who hung up before the request was whole gets no answer
            await self._app(scope, receive, looked_at)
