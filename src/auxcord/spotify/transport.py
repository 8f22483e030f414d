"""Requests to Spotify's Web API: paced, bounded, retried where that is safe, and refused in words.

What may be sent twice is decided here. A request that does something more by its repetition (adding,
skipping, creating) is sent again only when the first one certainly did not reach Spotify, or did nothing.
"""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn, Protocol, TypeAlias

import anyio
import httpx2
import msgspec

from auxcord import __version__
from auxcord.errors import (
    AccessTokenRefusedError,
    AmbiguousWriteError,
    MalformedAnswerError,
    PlayerError,
    SpotifyUnavailableError,
)
from auxcord.spotify.addresses import Api
from auxcord.spotify.closures import Limit
from auxcord.spotify.pacing import Gate, limited
from auxcord.spotify.refusals import refusal, retry_after, said
from auxcord.spotify.wire import TIMEOUT, Answer, Cut, Failure, exchange

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

Params: TypeAlias = Mapping[str, str | int | bool | None]

_TRIES = 3
_REPEATABLE = frozenset({"GET", "PUT", "DELETE"})
_WITH_OWN_LIMIT = frozenset({"PUT /playlists/*/images"})
_BACKOFF = 0.4
_LOST = "The answer to a change was lost: it may or may not have happened."


class TokenSource(Protocol):
    """Where a person's access token comes from."""

    async def current(self) -> str:
        """An access token valid now."""

    async def renewed(self, refused: str) -> str:
        """Another one, if there can be one, after Spotify refused this one."""


class JustIssued:
    """The access token of a sign-in that has just come back; there is no other one to renew it with."""

    def __init__(self, token: str) -> None:
        self._token = token

    async def current(self) -> str:
        """Return the token."""
        return self._token

    async def renewed(self, refused: str) -> str:
        """Return the same token again: Spotify's refusal stands."""
        return refused


class _Order(NamedTuple):
    """A request as it will be sent, as often as it may be."""

    method: str
    url: httpx2.URL
    path: str
    family: str
    headers: dict[str, str]
    body: bytes
    repeatable: bool
    needs_answer: bool


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
        self.http = http
        self.gate = gate or Gate(clock=clock, sleep=sleep)
        self.sleep = sleep
        self.jitter = jitter
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
        order = _Order(
            method=method,
            url=url,
            path=self._api.path(url),
            family=self._api.family(method, url),
            headers={"Content-Type": content_type} if content and content_type else {},
            body=content or b"",
            repeatable=method in _REPEATABLE if idempotent is None else idempotent,
            needs_answer=needs_answer,
        )
        return await _Errand(self, tokens, order).run()


class _Errand:
    """One request on its way, with what has been tried so far."""

    def __init__(self, transport: Transport, tokens: TokenSource, order: _Order) -> None:
        self._transport = transport
        self._tokens = tokens
        self._order = order
        self._tries = 0
        self._waited = 0.0
        self._began = 0.0
        self._uncertain = False

    async def run(self) -> bytes | None:
        token = await self._tokens.current()
        renewed = False
        while True:
            outcome = await self._send(token)
            if isinstance(outcome, Answer):
                if outcome.status == 401 and not renewed:
                    token = await self._tokens.renewed(token)
                    renewed = True
                    continue
                if self._is_done(outcome):
                    return outcome.body or None
            await self._recover(outcome)

    async def _send(self, token: str) -> Answer | Failure:
        if not (token.isascii() and token.isprintable()) or " " in token:
            raise AccessTokenRefusedError("The access token is not one that can be sent.")
        order, gate = self._order, self._transport.gate
        request = httpx2.Request(
            order.method,
            order.url,
            headers={
                **order.headers,
                "Accept": "application/json",
                "Accept-Encoding": "gzip",
                "Authorization": f"Bearer {token}",
                "User-Agent": f"auxcord/{__version__}",
            },
            content=order.body,
            extensions={"timeout": TIMEOUT.as_dict()},
        )
        # Whoever shares a token is the same person; its hash says whose line this request stands in.
        async with gate.turn(hash(token), order.family, patience=gate.ceiling - self._waited) as turn:
            self._waited += turn.waited
            self._began = turn.began
            return await exchange(self._transport.http, request)

    def _is_done(self, answer: Answer) -> bool:
        if not answer.successful:
            return False
        self._transport.gate.closures.answered()
        if answer.body is not None or not self._order.needs_answer:
            return True
        if self._order.method != "GET":
            raise AmbiguousWriteError("Spotify made the change, but what it said about it was lost.")
        if answer.cut is Cut.TOO_LARGE:
            raise MalformedAnswerError("Spotify's answer is larger than Auxcord reads.")
        return False

    async def _recover(self, outcome: Answer | Failure) -> None:
        """Wait for another try, or raise when none makes sense."""
        self._tries += 1
        if isinstance(outcome, Answer):
            if outcome.status == 429:
                self._slow_down(outcome)
                return
            if not _is_transient(outcome):
                self._refuse(outcome)
        if outcome is not Failure.NOT_SENT:
            self._uncertain = True
        may_repeat = self._order.repeatable or not self._uncertain
        after = retry_after(outcome.headers) if isinstance(outcome, Answer) else None
        pause = (
            after if after is not None else _BACKOFF * 2**self._tries * (0.5 + self._transport.jitter() / 2)
        )
        if not may_repeat or self._tries >= _TRIES or self._waited + pause > self._transport.gate.ceiling:
            self._give_up(after)
        self._waited += pause
        await self._transport.sleep(pause)

    def _slow_down(self, answer: Answer) -> None:
        """Close the gate after a 429, which took no effect; the next turn waits or refuses."""
        family = self._order.family
        limit = Limit.OWN if family in _WITH_OWN_LIMIT else Limit.PACE
        if said(answer.body).reason == "QUOTA_EXCEEDED":
            limit = Limit.QUOTA
        after = retry_after(answer.headers)
        wait = self._transport.gate.refused(family, limit=limit, began=self._began, after=after)
        if self._tries >= _TRIES:
            raise limited(wait, limit)

    def _refuse(self, answer: Answer) -> NoReturn:
        error = refusal(answer, path=self._order.path)
        if self._uncertain and type(error) is PlayerError:
            # The lost try may have paused what cannot be paused twice.
            raise AmbiguousWriteError(_LOST)
        raise error

    def _give_up(self, after: float | None) -> NoReturn:
        if self._uncertain and not self._order.repeatable:
            raise AmbiguousWriteError(_LOST)
        if self._uncertain and self._order.method != "GET":
            sentence = "Spotify did not confirm the change; asking for it again is safe."
        elif self._uncertain:
            sentence = "Spotify did not give a usable answer."
        else:
            sentence = "Spotify cannot be reached."
        raise SpotifyUnavailableError(sentence, retry_after=after)


def _is_transient(answer: Answer) -> bool:
    return answer.status >= 500 or answer.status == 408 or answer.successful


def _text(value: str | float) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
