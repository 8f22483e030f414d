"""One request on its way to Spotify: paced, sent again where that is safe, refused in words.

What may be sent twice is decided here. A request that does something more by its repetition (adding,
skipping, creating) is sent again only when the first one certainly did not reach Spotify, or did nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, NoReturn

import httpx2

from auxcord import __version__
from auxcord.errors import (
    AccessTokenRefusedError,
    AmbiguousWriteError,
    MalformedAnswerError,
    NotAllowListedError,
    OwnerPremiumRequiredError,
    PlayerError,
    RateLimitedError,
    SpotifyUnavailableError,
)
from auxcord.spotify.closures import Limit
from auxcord.spotify.observation import observed
from auxcord.spotify.pacing import limited, spoken
from auxcord.spotify.refusals import refusal, retry_after, said
from auxcord.spotify.wire import TIMEOUT, TOTAL, Answer, Cut, Failure
from auxcord.telemetry import metrics
from auxcord.telemetry.discretion import discreet

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from auxcord.spotify.breaker import Breaker
    from auxcord.spotify.modes import Access
    from auxcord.spotify.pacing import Gate
    from auxcord.spotify.tokens import TokenSource

_TRIES = 3
_WITH_OWN_LIMIT = frozenset({"PUT /playlists/*/images"})
_BACKOFF = 0.4
_SHORTEST = 5.0
"""Seconds an exchange is given at least; with fewer left, there is no other try."""
_LOST = "The answer to a change was lost: it may or may not have happened."
_EARLIER = "An earlier try got no answer and may have taken effect."
_UNCONFIRMED = "Spotify did not confirm the change; asking for it again is safe."


@discreet("headers", "body")
class Order(NamedTuple):
    """A request as it will be sent, as often as it may be.

    Attributes:
        path: Within the API, without its query.
        family: What kind of request it is, as Spotify counts its quota.
        repeatable: Whether sending it twice does the same as once.
        needs_answer: False when the status says all.
        conditional: Whether it asks only for what has changed, so that 304 is an answer.
    """

    method: str
    url: httpx2.URL
    path: str
    family: str
    headers: dict[str, str] = {}  # noqa: RUF012  # a tuple's default, never changed
    body: bytes = b""
    repeatable: bool = True
    needs_answer: bool = True
    conditional: bool = False


@dataclass(frozen=True, slots=True)
class Road:
    """What every request of the process goes through.

    Args:
        http: The process's HTTP client.
        gate: The pace of the Spotify app.
        breaker: Stops asking for what keeps failing.
        access: What is known about the Spotify app.
        sleep: Waits so many seconds.
        jitter: A number from 0 to 1.
    """

    http: httpx2.AsyncClient
    gate: Gate
    breaker: Breaker
    access: Access
    sleep: Callable[[float], Awaitable[None]]
    jitter: Callable[[], float]


class Errand:
    """One request on its way, with what has been tried so far."""

    def __init__(self, road: Road, tokens: TokenSource, order: Order) -> None:
        self._road = road
        self._tokens = tokens
        self._order = order
        self._tries = 0
        self._waited = 0.0
        self._began = 0.0
        self._uncertain = False
        # Waits and exchanges together end by then: an answer that drips is not waited for three times.
        self._deadline = road.gate.clock() + road.gate.ceiling + TOTAL

    async def run(self) -> Answer:
        """Send it until there is an answer to give.

        Raises:
            SpotifyError: One of its kinds, in words.
        """
        try:
            return await self._deliver()
        except RateLimitedError as error:
            if not self._uncertain or self._order.method == "GET":
                raise
            raise type(error)(f"{error} {_UNCONFIRMED}", retry_after=error.retry_after) from None

    async def _deliver(self) -> Answer:
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
                    return outcome
            await self._recover(outcome)

    async def _send(self, token: str) -> Answer | Failure:
        if not (token.isascii() and token.isprintable()) or " " in token:
            raise AccessTokenRefusedError("The access token is not one that can be sent.")
        order, gate, breaker = self._order, self._road.gate, self._road.breaker
        self._check_rest(breaker.resting_for(order.family))
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
        with breaker.attempt(order.family) as attempt:
            # Whoever shares a token is the same person; its hash says whose line this request stands in.
            async with gate.turn(hash(token), order.family, patience=gate.ceiling - self._waited) as turn:
                self._waited += turn.waited
                self._began = turn.began
                total = max(_SHORTEST, min(TOTAL, self._left()))
                metrics.PACE_SECONDS.note(turn.waited)
                outcome = await observed(
                    self._road.http, request, total=total, family=order.family, place=gate.place
                )
            attempt.failed = isinstance(outcome, Failure) or _is_broken(outcome)
        return outcome

    def _left(self) -> float:
        """Seconds until the errand has to end."""
        return self._deadline - self._road.gate.clock()

    def _check_rest(self, rest: float) -> None:
        if not rest:
            return
        if self._tries:
            self._give_up(rest)
        raise SpotifyUnavailableError(
            f"Spotify keeps failing at this; Auxcord asks again in {spoken(rest)}.", retry_after=rest
        )

    def _is_done(self, answer: Answer) -> bool:
        if answer.status == 304 and self._order.conditional:
            self._road.gate.closures.answered()
            return True
        if not answer.successful:
            return False
        self._road.gate.closures.answered()
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
        pause = after if after is not None else _BACKOFF * 2**self._tries * (0.5 + self._road.jitter() / 2)
        is_late = self._waited + pause > self._road.gate.ceiling or pause + _SHORTEST > self._left()
        if not may_repeat or self._tries >= _TRIES or is_late:
            self._give_up(after)
        rest = self._road.breaker.resting_for(self._order.family)
        if rest > pause:
            self._give_up(rest)
        self._waited += pause
        await self._road.sleep(pause)

    def _slow_down(self, answer: Answer) -> None:
        """Close the gate after a 429, which took no effect; the next turn waits or refuses."""
        family = self._order.family
        limit = Limit.OWN if family in _WITH_OWN_LIMIT else Limit.PACE
        if said(answer.body).reason == "QUOTA_EXCEEDED":
            limit = Limit.QUOTA
            self._road.access.met_limits()
        after = retry_after(answer.headers)
        metrics.COOLDOWNS_MET.add(self._road.gate.place, limit.value)
        wait = self._road.gate.refused(family, limit=limit, began=self._began, after=after)
        if self._tries >= _TRIES:
            raise limited(wait, limit)

    def _refuse(self, answer: Answer) -> NoReturn:
        error = refusal(answer, path=self._order.path)
        if isinstance(error, (NotAllowListedError, OwnerPremiumRequiredError)):
            self._road.access.met_limits()
        if self._uncertain and self._order.method != "GET":
            if type(error) is PlayerError:
                # The lost try may have paused what cannot be paused twice.
                raise AmbiguousWriteError(_LOST)
            error.args = (f"{error} {_EARLIER}",)
        raise error

    def _give_up(self, after: float | None) -> NoReturn:
        if self._uncertain and not self._order.repeatable:
            raise AmbiguousWriteError(_LOST)
        if self._uncertain and self._order.method != "GET":
            sentence = _UNCONFIRMED
        elif self._uncertain:
            sentence = "Spotify did not give a usable answer."
        else:
            sentence = "Spotify cannot be reached."
        raise SpotifyUnavailableError(sentence, retry_after=after)


def _is_transient(answer: Answer) -> bool:
    return _is_broken(answer) or answer.successful


def _is_broken(answer: Answer) -> bool:
    return answer.status >= 500 or answer.status == 408 or answer.cut is Cut.LOST
