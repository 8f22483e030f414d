"""One HTTP exchange with Spotify: bounded in time and size, told apart by what certainly happened.

Nothing here raises for a network failure. A failure is a value, so that the HTTP library's own exception,
which holds the request and with it the access token, is never chained to one of ours.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

import anyio
import httpx2

from auxcord.telemetry.discretion import discreet

BODY_CEILING = 8 * 1024 * 1024
"""Bytes of an answer that are read at most, after decompression."""

TIMEOUT = httpx2.Timeout(connect=5.0, read=10.0, write=10.0, pool=5.0)
"""Seconds for each stage of one exchange."""

TOTAL = 30.0
"""Seconds for one exchange altogether, so that a dripping answer ends as well."""


class Failure(Enum):
    """Why there is no answer, by what it means for a change that was asked for."""

    NOT_SENT = "not sent"
    """The request certainly did not reach Spotify."""

    NO_ANSWER = "no answer"
    """The request was on its way; whether Spotify acted on it is unknown."""


class Cut(Enum):
    """Why an answer has no body although its status arrived."""

    LOST = "lost"
    TOO_LARGE = "too large"


@discreet("headers", "body")
class Answer(NamedTuple):
    """What Spotify answered. `body` is None when it could not be read to its end; `cut` says why."""

    status: int
    headers: httpx2.Headers
    body: bytes | None
    cut: Cut | None = None

    @property
    def successful(self) -> bool:
        """Whether the status says the request was carried out."""
        return 200 <= self.status < 300


_NOT_SENT = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.ProxyError,
    httpx2.UnsupportedProtocol,
    httpx2.LocalProtocolError,
)


async def exchange(
    http: httpx2.AsyncClient, request: httpx2.Request, *, ceiling: int = BODY_CEILING, total: float = TOTAL
) -> Answer | Failure:
    """Send one request and read its answer; redirects are answers like any other.

    Args:
        http: The process's client; its cookies, credentials and base URL are not used.
        request: Complete, with its own headers and timeouts.
        ceiling: Bytes of body to read at most.
        total: Seconds for the whole exchange.
    """
    outcome: Answer | Failure = Failure.NO_ANSWER
    with anyio.move_on_after(total):
        response = await _headers(http, request)
        if isinstance(response, Failure):
            return response
        outcome = Answer(response.status_code, response.headers, None, Cut.LOST)
        try:
            outcome = await _with_body(response, ceiling)
        finally:
            with anyio.CancelScope(shield=True):
                await response.aclose()
    return outcome


async def _headers(http: httpx2.AsyncClient, request: httpx2.Request) -> httpx2.Response | Failure:
    try:
        return await http.send(request, stream=True, auth=None, follow_redirects=False)
    except _NOT_SENT:
        return Failure.NOT_SENT
    except httpx2.HTTPError:
        return Failure.NO_ANSWER


async def _with_body(response: httpx2.Response, ceiling: int) -> Answer:
    parts: list[bytes] = []
    size = 0
    cut: Cut | None = None
    try:
        async for part in response.aiter_bytes():
            size += len(part)
            if size > ceiling:
                cut = Cut.TOO_LARGE
                break
            parts.append(part)
    except httpx2.HTTPError:
        cut = Cut.LOST
    if cut is None and _is_short(response.headers, size):
        cut = Cut.LOST
    body = None if cut else b"".join(parts)
    return Answer(response.status_code, response.headers, body, cut)


def _is_short(headers: httpx2.Headers, size: int) -> bool:
    """Whether less arrived than was announced; HTTP/1.1 notices by itself, other ways of carrying do not."""
    announced = headers.get("content-length", "")
    is_number = announced.isascii() and announced.isdigit() and len(announced) < 16
    return is_number and "content-encoding" not in headers and size < int(announced)
