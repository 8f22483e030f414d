"""Requests to Spotify's Web API as everybody in the process sends them: to one place, as one person each."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

import anyio
import msgspec

from auxcord.spotify.addresses import Api
from auxcord.spotify.breaker import Breaker
from auxcord.spotify.errand import Errand, Order, Road
from auxcord.spotify.pacing import Gate
from auxcord.spotify.tokens import JustIssued, TokenSource

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import httpx2

__all__ = ["JustIssued", "Params", "TokenSource", "Transport"]

Params: TypeAlias = Mapping[str, str | int | bool | None]

_REPEATABLE = frozenset({"GET", "PUT", "DELETE"})


class Transport:
    """The one way to Spotify's Web API; shared by everybody in the process.

    Args:
        http: The process's HTTP client. Its cookies, credentials and redirects are not used.
        api_url: Where the API is. Access tokens are sent nowhere else.
        gate: The pace of the Spotify app; a default one when omitted.
        clock: Seconds, for the default gate.
        sleep: Waits that many seconds.
        jitter: A number from 0 to 1, so that many who wait do not return at once.
    """

    def __init__(
        self,
        http: httpx2.AsyncClient,
        *,
        api_url: str = "https://api.spotify.com/v1",
        gate: Gate | None = None,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self.gate = gate or Gate(clock=clock, sleep=sleep)
        self._road = Road(http, self.gate, Breaker(self.gate.clock), sleep, jitter)
        self._api = Api(api_url)

    def __repr__(self) -> str:
        return f"Transport(api_url={str(self._api)!r})"

    async def request(  # noqa: PLR0913  # one request, each of its parts by name
        self,
        tokens: TokenSource,
        method: str,
        path: str,
        *,
        params: Params | None = None,
        json: Any = None,
        content: bytes | None = None,
        content_type: str | None = None,
        idempotent: bool | None = None,
        needs_answer: bool = True,
    ) -> bytes | None:
        """Send a request as one person and return the body of the answer; None when there is none.

        Args:
            tokens: The person's access token.
            method: `GET`, `PUT`, `POST` or `DELETE`.
            path: Within the API, such as `/me`; or the `next` of a page.
            params: For the query; None values are left out.
            json: A body to send as JSON.
            content: A body to send as it is.
            content_type: What `content` is, such as `image/jpeg`.
            idempotent: Whether sending it twice does the same as once; by default GET, PUT and DELETE are.
            needs_answer: False when the status says all and a lost or odd body does not matter.

        Raises:
            SpotifyError: One of its kinds, in words; AmbiguousWriteError when a change may have happened.
        """
        query = None if params is None else {name: _text(v) for name, v in params.items() if v is not None}
        url = self._api.url(path, query)
        if json is not None:
            content, content_type = msgspec.json.encode(json), "application/json"
        order = Order(
            method=method,
            url=url,
            path=self._api.path(url),
            family=self._api.family(method, url),
            headers={"Content-Type": content_type} if content and content_type else {},
            body=content or b"",
            repeatable=method in _REPEATABLE if idempotent is None else idempotent,
            needs_answer=needs_answer,
        )
        return (await Errand(self._road, tokens, order).run()).body or None


def _text(value: str | float) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
