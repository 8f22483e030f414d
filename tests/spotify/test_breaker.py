"""Leaving Spotify alone while it keeps failing, and noticing when it works again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import httpx2
import pytest
from starlette.responses import JSONResponse, PlainTextResponse, Response

from auxcord import errors
from auxcord.spotify.breaker import TOLERANCE, Breaker
from tests.spotify.upstream import Clock, Reply, Seen, Tokens, Upstream, error, transport

if TYPE_CHECKING:
    from auxcord.spotify.transport import Transport

pytestmark = pytest.mark.anyio

FINE = JSONResponse({"fine": True})
DOWN = PlainTextResponse("no healthy upstream", 503)


class Outage:
    """Fails while it is on, and only below one path when one is given."""

    def __init__(self, path: str = "") -> None:
        self.on = True
        self.path = path

    def __call__(self, seen: Seen) -> Response:
        return DOWN if self.on and seen.path.startswith(f"/v1{self.path}") else FINE


async def failing(reply: Reply) -> tuple[Upstream, Clock, Transport]:
    """A transport after three reads have failed."""
    clock, upstream = Clock(), Upstream(reply)
    way = transport(upstream, clock)
    for _ in range(3):
        with pytest.raises(errors.SpotifyUnavailableError):
            await way.request(Tokens(), "GET", "/me/tracks")
    return upstream, clock, way


@pytest.mark.parametrize("failure", [DOWN, PlainTextResponse("", 500), httpx2.ReadTimeout("slow")])
async def test_after_three_failed_reads_the_fourth_is_refused_at_once_with_the_wait(failure: Reply) -> None:
    upstream, clock, way = await failing(failure)
    assert len(upstream.seen) == TOLERANCE
    slept = len(clock.slept)
    with pytest.raises(errors.SpotifyUnavailableError, match="5 seconds") as caught:
        await way.request(Tokens(), "GET", "/me/tracks")
    assert caught.value.retry_after == 5.0
    assert len(upstream.seen) == TOLERANCE
    assert len(clock.slept) == slept


async def test_other_kinds_of_request_go_on() -> None:
    upstream, _, way = await failing(Outage("/me/tracks"))
    assert await way.request(Tokens(), "GET", "/me/albums") is not None
    sent = len(upstream.seen)
    with pytest.raises(errors.SpotifyUnavailableError):
        await way.request(Tokens(), "PUT", "/me/tracks")
    assert len(upstream.seen) == sent + 3


async def test_one_answer_ends_the_rest() -> None:
    outage = Outage()
    upstream, clock, way = await failing(outage)
    outage.on = False
    clock.now += 5
    for _ in range(3):
        assert await way.request(Tokens(), "GET", "/me/tracks") is not None
    assert len(upstream.seen) == TOLERANCE + 3


async def test_a_refusal_is_an_answer_too() -> None:
    upstream, clock, way = await failing(Outage())
    clock.now += 5
    upstream.replies = [error(404, "Resource not found")]
    for _ in range(3):
        with pytest.raises(errors.NotFoundError):
            await way.request(Tokens(), "GET", "/me/tracks")


async def test_a_rest_is_ended_by_a_single_request_and_doubles_when_that_fails() -> None:
    upstream, clock, way = await failing(DOWN)
    for rest in (5.0, 10.0, 20.0, 40.0, 60.0, 60.0):
        with pytest.raises(errors.SpotifyUnavailableError) as caught:
            await way.request(Tokens(), "GET", "/me/tracks")
        assert caught.value.retry_after == rest
        clock.now += rest
        sent = len(upstream.seen)
        with pytest.raises(errors.SpotifyUnavailableError):
            await way.request(Tokens(), "GET", "/me/tracks")
        assert len(upstream.seen) == sent + 1


class Unhurried(httpx2.AsyncBaseTransport):
    """A network on which others get their turn while a request is under way."""

    def __init__(self, upstream: Upstream) -> None:
        self.wire = upstream.http._transport

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        for _ in range(3):
            await anyio.lowlevel.checkpoint()
        return await self.wire.handle_async_request(request)


async def test_while_one_request_tries_the_others_do_not_follow_it() -> None:
    outage, clock = Outage(), Clock()
    upstream = Upstream(outage)
    upstream.http = httpx2.AsyncClient(transport=Unhurried(upstream))
    way = transport(upstream, clock)
    for _ in range(3):
        with pytest.raises(errors.SpotifyUnavailableError):
            await way.request(Tokens(), "GET", "/me/tracks")
    outage.on = False
    clock.now += 5
    outcomes: list[bool] = []

    async def read() -> None:
        try:
            await way.request(Tokens(), "GET", "/me/tracks")
            outcomes.append(True)
        except errors.SpotifyUnavailableError:
            outcomes.append(False)

    async with anyio.create_task_group() as group:
        for _ in range(10):
            group.start_soon(read)
    assert outcomes.count(True) == 1
    assert len(upstream.seen) == TOLERANCE + 1


async def test_whoever_gives_up_while_trying_leaves_the_try_to_the_next() -> None:
    breaker = Breaker(clock := Clock(), tolerance=1)
    with breaker.attempt("GET /me") as first:
        first.failed = True
    assert breaker.resting_for("GET /me") == 5.0
    clock.now += 5
    assert breaker.resting_for("GET /me") == 0.0
    with breaker.attempt("GET /me"):
        assert breaker.resting_for("GET /me") == 1.0
    assert breaker.resting_for("GET /me") == 0.0


async def test_failures_with_an_answer_or_a_long_time_between_do_not_add_up() -> None:
    breaker = Breaker(clock := Clock(), tolerance=3)

    def ask(*, failed: bool) -> None:
        with breaker.attempt("GET /me") as attempt:
            attempt.failed = failed

    for failed in (True, True, False, True, True):
        ask(failed=failed)
    assert breaker.resting_for("GET /me") == 0.0
    clock.now += 61
    ask(failed=True)
    ask(failed=True)
    assert breaker.resting_for("GET /me") == 0.0
    ask(failed=True)
    assert breaker.resting_for("GET /me") == 5.0


async def test_what_was_sent_before_the_rest_and_fails_during_it_does_not_lengthen_it() -> None:
    breaker = Breaker(clock := Clock(), tolerance=2)
    attempts = [breaker.attempt("GET /me") for _ in range(8)]
    for attempt in attempts:
        attempt.__enter__()
        attempt.failed = True
    for attempt in attempts:
        attempt.__exit__(None, None, None)
    assert breaker.resting_for("GET /me") == 5.0
    clock.now -= 1000
    assert breaker.resting_for("GET /me") == 5.0


async def test_a_change_in_doubt_when_the_rest_begins_is_told_as_such() -> None:
    upstream, clock = Upstream(DOWN), Clock()
    way = transport(upstream, clock)
    for _ in range(2):
        with pytest.raises(errors.SpotifyUnavailableError):
            await way.request(Tokens(), "PUT", "/me/player/volume")
    for _ in range(2):
        with pytest.raises(errors.AmbiguousWriteError):
            await way.request(Tokens(), "PUT", "/me/player/volume", idempotent=False)
    with pytest.raises(errors.SpotifyUnavailableError, match="asking for it again is safe") as caught:
        await way.request(Tokens(), "PUT", "/me/player/volume")
    assert len(upstream.seen) == TOLERANCE
    assert caught.value.retry_after is not None
