"""How much anybody may do over HTTP, before anything else is looked at.

A person's and a client's own limits count MCP requests and live in `quotas.py`. Here an address is counted
only as long as it shows no valid access token: clients in the cloud share addresses among many people.
"""

from __future__ import annotations

import math
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, NamedTuple

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection

from auxcord.authorization.limits import Limit, address_of, too_many
from auxcord.authorization.parts import MCP_PATH
from auxcord.authorization.problems import TOO_MANY

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from auxcord.authorization.limits import Rate
    from auxcord.authorization.pages import Pages

_ALWAYS_ANSWERED: Final = frozenset({"/healthz", "/readyz"})


class Limits(NamedTuple):
    """How much is too much; None for no limit."""

    everybody: Rate | None = None
    address: Rate | None = None


UNLIMITED: Final = Limits()


class RequestLimits:
    """Middleware: answers 429 to an address, or to everybody, that makes too many requests.

    Args:
        app: The application behind.
        limits: How many requests this process answers, and how many of those one address may make without a
            valid access token.
        pages: Makes the page that a person is shown.
        told: Told which limit was hit.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        limits: Limits,
        pages: Pages,
        told: Callable[[str], Awaitable[None]],
    ) -> None:
        self._app = app
        self._everybody = Limit(limits.everybody)
        self._address = Limit(limits.address)
        self._pages = pages
        self._told = told

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] != "http" or scope["path"] in _ALWAYS_ANSWERED:
            await self._app(scope, receive, send)
            return
        wait = self._everybody.seconds_to_wait("")
        if wait:
            await self._refuse("requests in all", wait, scope, receive, send)
            return
        if scope["path"].endswith(MCP_PATH):
            await self._call(scope, receive, send)
            return
        wait = self._address.seconds_to_wait(address_of(HTTPConnection(scope)))
        if wait:
            await self._refuse("requests from one address", wait, scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _call(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass an MCP request on; only when it turns out to carry no valid token, count it."""
        wait = 0.0

        async def counted(message: Message) -> None:
            nonlocal wait
            if message["type"] == "http.response.start" and message["status"] == HTTPStatus.UNAUTHORIZED:
                wait = self._address.seconds_to_wait(address_of(HTTPConnection(scope)))
            if not wait:
                await send(message)

        await self._app(scope, receive, counted)
        if wait:
            await self._refuse("calls without a valid token from one address", wait, scope, receive, send)

    async def _refuse(self, limit: str, wait: float, scope: Scope, receive: Receive, send: Send) -> None:
        await self._told(limit)
        is_page = "text/html" in Headers(scope=scope).get("accept", "")
        response: Response = self._pages.problem(TOO_MANY) if is_page else too_many(limit, wait)
        response.headers.setdefault("Retry-After", str(math.ceil(wait)))
        await response(scope, receive, send)
