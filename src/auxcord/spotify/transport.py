"""Requests to Spotify's Web API as everybody in the process sends them: to one place, as one person each."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import anyio
import msgspec

from auxcord.spotify.addresses import Api
from auxcord.spotify.breaker import Breaker
from auxcord.spotify.errand import Errand, Order, Road
from auxcord.spotify.modes import Access
from auxcord.spotify.pacing import Gate
from auxcord.telemetry.discretion import discreet

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import httpx2

    from auxcord.spotify.tokens import TokenSource
    from auxcord.spotify.wire import Answer

Params: TypeAlias = Mapping[str, str | int | bool | None]

_REPEATABLE = frozenset({"GET", "PUT", "DELETE"})
_LONGEST_ETAG = 256
_MAX_AGE = re.compile(r"max-age=([0-9]{1,9})\b")


@discreet("body")
class Fetched(NamedTuple):
    """An answer to a read, and what Spotify says about keeping it.

    Attributes:
        body: None when there is none, or it is unchanged.
        unchanged: Whether what carried the ETag asked with is still right.
        etag: What to ask with next time.
        keep_for: Seconds to keep it at most; None when Spotify leaves that open, 0 when it forbids it.
    """

    body: bytes | None
    unchanged: bool = False
    etag: str | None = None
    keep_for: float | None = None


class Transport:
    """The one way to Spotify's Web API; shared by everybody in the process.

    Args:
        http: The process's HTTP client. Its cookies, credentials and redirects are not used.
        api_url: Where the API is. Access tokens are sent nowhere else.
        gate: The pace of the Spotify app; a default one when omitted.
        clock: Seconds, for the default gate.
        sleep: Waits that many seconds.
        jitter: A number from 0 to 1, so that many who wait do not return at once.
        access: What is known about the Spotify app; learnt from the beginning when omitted.
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
        access: Access | None = None,
    ) -> None:
        self.gate = gate or Gate(clock=clock, sleep=sleep)
        self.access = access or Access(clock=self.gate.clock)
        self._road = Road(http, self.gate, Breaker(self.gate.clock), self.access, sleep, jitter)
        self._api = Api(api_url)

    @property
    def resting(self) -> int:
        """How many kinds of request are given a rest now."""
        return self._road.breaker.resting

    def place(self, place: str) -> None:
        """Tell its place among the server's apps, by which metrics call it."""
        self.gate.place = self._road.breaker.place = place

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
        if json is not None:
            content, content_type = msgspec.json.encode(json), "application/json"
        order = self._order(method, path, params)._replace(
            headers={"Content-Type": content_type} if content and content_type else {},
            body=content or b"",
            repeatable=method in _REPEATABLE if idempotent is None else idempotent,
            needs_answer=needs_answer,
        )
        return (await Errand(self._road, tokens, order).run()).body or None

    async def fetch(
        self, tokens: TokenSource, path: str, *, params: Params | None = None, etag: str | None = None
    ) -> Fetched:
        """Read something that may be kept.

        Args:
            tokens: The person's access token.
            path: Within the API.
            params: For the query; None values are left out.
            etag: Of an earlier answer, to be told only what has changed.

        Raises:
            SpotifyError: One of its kinds, in words.
        """
        order = self._order("GET", path, params)
        if etag is not None:
            order = order._replace(headers={"If-None-Match": etag}, conditional=True)
        answer = await Errand(self._road, tokens, order).run()
        unchanged = answer.status == 304
        body = None if unchanged else answer.body or None
        return Fetched(body, unchanged, _etag(answer), _keep_for(answer))

    def _order(self, method: str, path: str, params: Params | None) -> Order:
        query = None if params is None else {name: _text(v) for name, v in params.items() if v is not None}
        url = self._api.url(path, query)
        return Order(method, url, self._api.path(url), self._api.family(method, url))


def _text(value: str | float) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _etag(answer: Answer) -> str | None:
    told: str | None = answer.headers.get("etag")
    return told if told and len(told) <= _LONGEST_ETAG and told.isascii() and told.isprintable() else None


def _keep_for(answer: Answer) -> float | None:
    """What Cache-Control says about keeping.

    `max-age=0`, which Spotify says of nearly everything, is not read as a ban: it asks browsers to look
    again, while Spotify's terms allow an app to keep answers for a short time.
    """
    told = answer.headers.get("cache-control", "").lower()
    if "no-store" in told or "no-cache" in told:
        return 0.0
    age = _MAX_AGE.search(told)
    return float(age[1]) if age and int(age[1]) else None
